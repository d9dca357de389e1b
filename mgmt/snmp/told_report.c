/*
 * told_report.c - what the agent counted, for `show snmp` of the daemon.
 */
#include "snmp/agent_state.h"

#include "snmp/library.h"
#include "snmp/notify.h"

static uint64_t
counted(int statistic)
{
    return snmp_get_statistic(statistic);
}

static void
ask(struct agent *agent, enum schema_exec_id exec, const struct value *args,
    size_t count)
{
    const struct link_question question = {
        .exec = exec,
        .vr = "default",
        .args = args,
        .arg_count = count,
        .is_brief = true,
    };

    /* Where it is refused or not there, the next report comes anyway. */
    (void)agent->asker.ask(agent->asker.context, &question);
}

static void
report_agent(struct agent *agent)
{
    const uint64_t users = counted(STAT_USMSTATSUNKNOWNUSERNAMES) +
                           counted(STAT_USMSTATSWRONGDIGESTS) +
                           counted(STAT_USMSTATSDECRYPTIONERRORS) +
                           counted(STAT_USMSTATSUNSUPPORTEDSECLEVELS);
    struct value args[ARGS_SNMP_REPORT] = {
        [ARG_SNMP_REPORT_LISTENS] = value_text(agent->place),
        [ARG_SNMP_REPORT_IN_PACKETS] = value_number(counted(STAT_SNMPINPKTS)),
        [ARG_SNMP_REPORT_OUT_PACKETS] = value_number(counted(STAT_SNMPOUTPKTS)),
        [ARG_SNMP_REPORT_BAD_VERSIONS] =
            value_number(counted(STAT_SNMPINBADVERSIONS)),
        [ARG_SNMP_REPORT_BAD_COMMUNITIES] =
            value_number(counted(STAT_SNMPINBADCOMMUNITYNAMES)),
        [ARG_SNMP_REPORT_BAD_USERS] = value_number(users),
        [ARG_SNMP_REPORT_BAD_PACKETS] =
            value_number(counted(STAT_SNMPINASNPARSEERRS)),
        [ARG_SNMP_REPORT_GET_REQUESTS] =
            value_number(counted(STAT_SNMPINGETREQUESTS)),
        [ARG_SNMP_REPORT_NEXT_REQUESTS] =
            value_number(counted(STAT_SNMPINGETNEXTS)),
        [ARG_SNMP_REPORT_SET_REQUESTS] =
            value_number(counted(STAT_SNMPINSETREQUESTS)),
        [ARG_SNMP_REPORT_RESPONSES] =
            value_number(counted(STAT_SNMPOUTGETRESPONSES)),
    };

    ask(agent, EXEC_SNMP_REPORT, args, ARGS_SNMP_REPORT);
    value_done(&args[ARG_SNMP_REPORT_LISTENS]);
}

static void
report_host(struct agent *agent, const struct notify_target *target)
{
    const struct notify_host *host = notify_target_host(target);
    const struct notify_counters counters = notify_target_counters(target);
    struct value args[ARGS_SNMP_REPORT_HOST] = {
        [ARG_SNMP_REPORT_HOST_VIRTUAL_ROUTER] = value_text(host->vr),
        [ARG_SNMP_REPORT_HOST_ADDRESS] = value_number(host->address),
        [ARG_SNMP_REPORT_HOST_SENT] = value_number(counters.sent),
        [ARG_SNMP_REPORT_HOST_ACKNOWLEDGED] =
            value_number(counters.acknowledged),
        [ARG_SNMP_REPORT_HOST_FAILED] = value_number(counters.failed),
        [ARG_SNMP_REPORT_HOST_DROPPED] = value_number(counters.dropped),
        [ARG_SNMP_REPORT_HOST_WAITING] = value_number(counters.waiting),
    };

    ask(agent, EXEC_SNMP_REPORT_HOST, args, ARGS_SNMP_REPORT_HOST);
    value_done(&args[ARG_SNMP_REPORT_HOST_VIRTUAL_ROUTER]);
}

void
told_report(struct agent *agent, const struct notify *notify)
{
    report_agent(agent);
    for (size_t i = 0; i < notify_count(notify); i++)
        report_host(agent, notify_target(notify, i));
}
