/*
 * snmp_report.c - taking the reports of the SNMP agent.
 */
#include "daemon/snmp_report.h"

#include "base/arena.h"
#include "base/str.h"
#include "daemon/router_state.h"
#include "daemon/session_state.h"

#include <stdio.h>
#include <stdlib.h>

enum { FIRST_ARGUMENT = 2, HOSTS_MAX = 4096 };

void
snmp_report_done(struct snmp_report *report)
{
    free(report->said.hosts);
    *report = (struct snmp_report){0};
}

const struct oper_snmp *
snmp_report_of(const struct router *router)
{
    const struct session *session;

    LIST_FOREACH(session, &router->sessions, all) {
        if (session->number == router->snmp_report.session)
            return &router->snmp_report.said;
    }
    return NULL;
}

static uint64_t
number(const struct wire_frame *frame, size_t argument)
{
    return wire_number(frame, FIRST_ARGUMENT + argument);
}

/* A new agent: what was said of hosts was the old one's. */
static void
take_report(struct session *session, const struct wire_frame *frame)
{
    struct snmp_report *report = &session->router->snmp_report;
    struct oper_snmp *said = &report->said;

    if (report->session != session->number)
        snmp_report_done(report);
    report->session = session->number;
    (void)snprintf(said->listens, sizeof said->listens, "%s",
        wire_text(frame, FIRST_ARGUMENT + ARG_SNMP_REPORT_LISTENS));
    said->in_packets = number(frame, ARG_SNMP_REPORT_IN_PACKETS);
    said->out_packets = number(frame, ARG_SNMP_REPORT_OUT_PACKETS);
    said->bad_versions = number(frame, ARG_SNMP_REPORT_BAD_VERSIONS);
    said->bad_communities = number(frame, ARG_SNMP_REPORT_BAD_COMMUNITIES);
    said->bad_users = number(frame, ARG_SNMP_REPORT_BAD_USERS);
    said->bad_packets = number(frame, ARG_SNMP_REPORT_BAD_PACKETS);
    said->get_requests = number(frame, ARG_SNMP_REPORT_GET_REQUESTS);
    said->next_requests = number(frame, ARG_SNMP_REPORT_NEXT_REQUESTS);
    said->set_requests = number(frame, ARG_SNMP_REPORT_SET_REQUESTS);
    said->responses = number(frame, ARG_SNMP_REPORT_RESPONSES);
}

/* NULL: there are too many. */
static struct oper_snmp_host *
host_of(struct oper_snmp *said, const char *vr, uint32_t address)
{
    struct oper_snmp_host *host;
    size_t i;

    for (i = 0; i < said->host_count; i++) {
        host = &said->hosts[i];
        if (host->address == address && str_equal(host->vr, vr))
            return host;
    }
    if (said->host_count == HOSTS_MAX)
        return NULL;
    said->hosts =
        mem_resize(said->hosts, (said->host_count + 1) * sizeof *said->hosts);
    host = &said->hosts[said->host_count++];
    *host = (struct oper_snmp_host){.address = address};
    (void)snprintf(host->vr, sizeof host->vr, "%s", vr);
    return host;
}

static void
take_host(struct session *session, const struct wire_frame *frame)
{
    struct snmp_report *report = &session->router->snmp_report;
    struct oper_snmp_host *host;

    if (report->session != session->number)
        return; /* the agent speaks of itself first */
    host = host_of(&report->said,
        wire_text(frame, FIRST_ARGUMENT + ARG_SNMP_REPORT_HOST_VIRTUAL_ROUTER),
        (uint32_t)number(frame, ARG_SNMP_REPORT_HOST_ADDRESS));
    if (host == NULL)
        return;
    host->sent = number(frame, ARG_SNMP_REPORT_HOST_SENT);
    host->acknowledged = number(frame, ARG_SNMP_REPORT_HOST_ACKNOWLEDGED);
    host->failed = number(frame, ARG_SNMP_REPORT_HOST_FAILED);
    host->dropped = number(frame, ARG_SNMP_REPORT_HOST_DROPPED);
    host->waiting = number(frame, ARG_SNMP_REPORT_HOST_WAITING);
}

bool
exec_snmp_report(struct session *session, enum schema_exec_id exec,
    const struct wire_frame *frame)
{
    if (exec == EXEC_SNMP_REPORT) {
        take_report(session, frame);
    } else if (exec == EXEC_SNMP_REPORT_HOST) {
        take_host(session, frame);
    } else {
        return false;
    }
    return true;
}
