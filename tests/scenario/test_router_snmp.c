/*
 * test_router_snmp.c - what a router and its SNMP agent tell each other: whom
 * to notify, who may ask, and what the agent counted.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "daemon/router_state.h"
#include "tests/support/kit.h"

TestSuite(router_snmp, .timeout = 60);

static struct kit *kit;
static struct session *operator;

static void
set_up(void)
{
    kit = kit_router(NULL);
    operator= kit_session(kit, 0, "alice", 15);
}

static void
tear_down(void)
{
    kit_leave(kit, operator);
    kit_free(kit);
}

/* The agent's, as root runs it. */
static struct session *
agent_session(void)
{
    const struct session_user root = {
        .name = "root",
        .from = "process 1",
        .is_allowed = true,
        .ceiling = 15,
        .is_owner = true,
    };
    struct session *session = session_new(kit->routers[0], &root, &kit->now);
    struct kit_answer answer = kit_ask(kit, session, "HELLO");

    kit_answer_done(&answer);
    return session;
}

static void
type(const char *const *lines)
{
    for (; *lines != NULL; lines++)
        cr_assert_eq(kit_do(kit, operator, * lines), OK, "%s", *lines);
}

Test(router_snmp, tells_the_agent_whom_to_notify, .init = set_up,
    .fini = tear_down)
{
    static const char *const lines[] = {"OPEN",
        "SET virtual-router snmp_server default +",
        "CREATE interface default loopback 0",
        "SET interface ip default loopback 0 192.0.2.1 255.255.255.255",
        "SET virtual-router snmp_trap_source default loopback 0",
        "CREATE snmp-traps default", "SET snmp-traps severity default warning",
        "CREATE snmp-host default 192.0.2.9",
        "SET snmp-host community default 192.0.2.9 public",
        "SET snmp-host severity default 192.0.2.9 debug",
        "CREATE snmp-host default 192.0.2.10",
        "SET snmp-host community default 192.0.2.10 ann",
        "SET snmp-host kind default 192.0.2.10 informs",
        "SET snmp-host version default 192.0.2.10 3",
        "SET snmp-host port default 192.0.2.10 1162",
        "SET snmp-host severity default 192.0.2.10 error",
        /* traps are off there */
        "CREATE virtual-router isp", "SET virtual-router snmp_server isp +",
        "CREATE snmp-host isp 192.0.2.11",
        "SET snmp-host community isp 192.0.2.11 public",
        "CREATE access-list isp a - permit 192.0.2.0 0.0.0.255",
        "CREATE access-list isp a - deny - -", "COMMIT", NULL};
    struct session *agent = agent_session();

    type(lines);
    /* enums and addresses by their numbers */
    kit_expect_rows(kit, agent, "EXEC snmp-hosts default",
        "default 3221225993 162 0 0 public 4 - 3221225985\n"
        "default 3221225994 1162 1 2 ann 3 - 3221225985\n");
    kit_expect_rows(kit, agent, "EXEC snmp-access-lists default",
        "isp a 0 3221225984 255\n"
        "isp a 1 - -\n");
    cr_expect_eq(kit_do(kit, operator, "EXEC snmp-hosts default"), ERR_DENIED);
    kit_leave(kit, agent);
}

/* The last three columns of what the agent says of the router. */
static void
expect_traps(const char *wanted)
{
    struct session *agent = agent_session();
    struct kit_answer answer = kit_ask(kit, agent, "EXEC snmp-agent default");
    const char *rows = str_text(&answer.rows);
    size_t length = strlen(rows);

    cr_assert_geq(length, strlen(wanted), "%s", rows);
    cr_expect_str_eq(rows + length - strlen(wanted), wanted, "%s", rows);
    kit_answer_done(&answer);
    kit_leave(kit, agent);
}

Test(router_snmp, tells_the_agent_what_makes_traps, .init = set_up,
    .fini = tear_down)
{
    static const char *const off[] = {
        "OPEN", "CREATE snmp-traps default", "COMMIT", NULL};
    static const char *const on[] = {
        "SET virtual-router snmp_server default +", "COMMIT", NULL};
    static const char *const some[] = {
        "SET snmp-traps severity default warning",
        "SET snmp-traps categories default ipsec", "COMMIT", NULL};

    type(off); /* no agent is configured */
    expect_traps(" - - -\n");
    type(on);
    expect_traps(" 1 5 -\n");
    type(some);
    expect_traps(" 1 4 5\n");
}

Test(router_snmp, tells_the_agent_of_one_user_of_a_name, .init = set_up,
    .fini = tear_down)
{
    static const char *const two[] = {"OPEN",
        "SET virtual-router snmp_server default +",
        "CREATE virtual-router alpha", "SET virtual-router snmp_server alpha +",
        "CREATE snmp-user alpha ann", "CREATE snmp-user default ann",
        "SET snmp-user access_group default ann admin",
        "CREATE snmp-user alpha bob", "COMMIT", NULL};
    static const char *const off[] = {
        "SET virtual-router snmp_server default -", "COMMIT", NULL};
    struct session *agent = agent_session();

    type(two);
    kit_expect_rows(kit, agent, "EXEC snmp-access-users default",
        "bob alpha 0 - - - -\n"
        "ann default 2 - - - -\n");
    type(off);
    kit_expect_rows(kit, agent, "EXEC snmp-access-users default",
        "ann alpha 0 - - - -\n"
        "bob alpha 0 - - - -\n");
    kit_leave(kit, agent);
}

static void
expect_in(const char *request, const char *part, bool is_there)
{
    struct kit_answer answer = kit_ask(kit, operator, request);
    bool found = strstr(str_text(&answer.rows), part) != NULL;

    cr_expect_eq(
        found, is_there, "%s: %s: %s", request, part, str_text(&answer.rows));
    kit_answer_done(&answer);
}

Test(router_snmp, shows_what_the_agent_counted_while_it_runs, .init = set_up,
    .fini = tear_down)
{
    static const char *const lines[] = {"OPEN",
        "CREATE snmp-host default 192.0.2.9",
        "SET snmp-host community default 192.0.2.9 public", "COMMIT", NULL};
    struct session *agent = agent_session();

    type(lines);
    cr_expect_eq(kit_do(kit, agent,
                     "EXEC snmp-report-host default default 192.0.2.9 1 2 3 4 "
                     "5"),
        OK);
    expect_in("EXEC show-snmp default", " 17 18 ", false);
    cr_expect_eq(kit_do(kit, agent,
                     "EXEC snmp-report default 0.0.0.0:161 17 18 1 2 3 4 5 6 7 "
                     "8"),
        OK);
    cr_expect_eq(kit_do(kit, agent,
                     "EXEC snmp-report-host default default 192.0.2.9 41 42 43 "
                     "44 45"),
        OK);
    expect_in("EXEC show-snmp default",
        " 0.0.0.0:161 17 18 1 2 3 4 5 6 7 8 41 42 43 44", true);
    expect_in("EXEC show-snmp-trap default", " 41 42 43 44 45", true);
    cr_expect_eq(
        kit_do(kit, operator, "EXEC snmp-report default x 1 1 1 1 1 1 1 1 1 1"),
        ERR_DENIED);
    kit_leave(kit, agent);
    expect_in("EXEC show-snmp default", " 17 18 ", false);
    expect_in("EXEC show-snmp-trap default", " 41 42 ", false);
}
