/*
 * library.c - net-snmp's agent library as we want it: no files of its own,
 * our engine, our sockets, our loop.
 */
#include "snmp/library.h"

#include "base/clock.h"
#include "base/str.h"
#include "snmp/screen.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

static const char program_name[] = "ermine-snmp";

enum { LINES_A_SECOND = 5, MASTER_S = 5 };

/* ---- what the library has to say ---- */

/* Packets from outside can make it talk: not more than a few lines a second
 * are passed on. */
static int
take_line(int major, int minor, void *server, void *client)
{
    const struct snmp_log_message *message = server;
    static struct {
        uint64_t second;
        unsigned lines;
    } told; /* of the library, which is one for the process, too */
    uint64_t second = clock_monotonic_us() / 1000000;

    (void)major;
    (void)minor;
    (void)client;
    if (second != told.second)
        told.lines = 0;
    told.second = second;
    if (told.lines++ < LINES_A_SECOND) {
        log_event(message->priority <= 3 ? LOG_WARNING : LOG_INFO, "snmp",
            "LIBRARY", "%.*s", (int)strcspn(message->msg, "\n"), message->msg);
    }
    return 0;
}

/* ---- starting ---- */

static void
forbid_files(void)
{
    static const int off[] = {NETSNMP_DS_LIB_DONT_READ_CONFIGS,
        NETSNMP_DS_LIB_DONT_PERSIST_STATE,
        NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD,
        NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE,
        NETSNMP_DS_LIB_DISABLE_CONFIG_LOAD,
        NETSNMP_DS_LIB_DONT_LOAD_HOST_FILES};

    for (size_t i = 0; i < sizeof off / sizeof off[0]; i++)
        (void)netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, off[i], 1);
    /* One thread, before any other is started: no MIB modules are read. */
    (void)setenv("MIBS", "", 1);    // NOLINT(concurrency-mt-unsafe)
    (void)setenv("MIBDIRS", "", 1); // NOLINT(concurrency-mt-unsafe)
}

/* Without files of its own the library takes this for its first start; and
 * what it is told of boots it counts up by one. */
static void
set_boots(const struct agent *agent)
{
    char word[] = "engineBoots";
    char boots[16];

    (void)snprintf(boots, sizeof boots, "%u",
        agent->boots == 0 ? 0 : (unsigned)(agent->boots - 1));
    engineBoots_conf(word, boots);
    (void)set_enginetime(agent->engine_id, (u_int)agent->engine_id_length,
        (u_int)snmpv3_local_snmpEngineBoots(),
        (u_int)snmpv3_local_snmpEngineTime(), TRUE);
}

static netsnmp_session *
open_session(struct agent *agent, netsnmp_transport *transport)
{
    netsnmp_session session;

    snmp_sess_init(&session);
    session.version = SNMP_DEFAULT_VERSION;
    session.callback = handle_snmp_packet;
    session.isAuthoritative = SNMP_SESS_AUTHORITATIVE;
    session.myvoid = agent;
    return snmp_add(
        &session, transport, screen_before_parse, screen_after_parse);
}

/* "127.0.0.1:16161", of the socket as it is bound. */
static void
announce(struct agent *agent, const netsnmp_transport *transport)
{
    struct sockaddr_in address = {0};
    socklen_t length = sizeof address;
    char text[INET_ADDRSTRLEN];

    if (getsockname(transport->sock, (struct sockaddr *)&address, &length) !=
            0 ||
        inet_ntop(AF_INET, &address.sin_addr, text, sizeof text) == NULL)
        return;
    if (agent->place[0] == '\0') {
        (void)snprintf(agent->place, sizeof agent->place, "%s:%u", text,
            (unsigned)ntohs(address.sin_port));
    }
    (void)printf("%s:%u\n", text, (unsigned)ntohs(address.sin_port));
    (void)fflush(stdout);
    if (agent->options.ready_fd >= 0) {
        (void)dprintf(agent->options.ready_fd, "%s:%u\n", text,
            (unsigned)ntohs(address.sin_port));
    }
}

static enum err
listen_on(struct agent *agent, const char *place)
{
    netsnmp_transport *transport = netsnmp_tdomain_transport(place, 1, "udp");

    if (transport == NULL || open_session(agent, transport) == NULL) {
        log_event(LOG_ERROR, "snmp", "NO-PORT",
            "%s cannot be listened on: another program may have it, or a port "
            "below 1024 needs root",
            place);
        return ERR_IO;
    }
    log_event(LOG_NOTICE, "snmp", "LISTENS", "%s", place);
    announce(agent, transport);
    return OK;
}

static void
choose_role(const struct snmp_options *options)
{
    (void)netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID,
        NETSNMP_DS_AGENT_ROLE, options->agentx ? 1 : 0);
    if (options->agentx && options->agentx_socket != NULL) {
        (void)netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID,
            NETSNMP_DS_AGENT_X_SOCKET, options->agentx_socket);
    }
}

/* ---- under another agent ---- */

/* A session with it is open, or was closed. */
static int
take_master(int major, int minor, void *server, void *client)
{
    struct agent *agent = client;

    (void)major;
    (void)server;
    agent->has_master = minor == SNMPD_CALLBACK_INDEX_START;
    return 0;
}

/* It is looked for, and its life, every so many seconds. */
static void
watch_master(struct agent *agent)
{
    (void)snprintf(agent->place, sizeof agent->place, "AgentX");
    (void)netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID,
        NETSNMP_DS_AGENT_AGENTX_PING_INTERVAL, MASTER_S);
    (void)snmp_register_callback(SNMP_CALLBACK_APPLICATION,
        SNMPD_CALLBACK_INDEX_START, take_master, agent);
    (void)snmp_register_callback(SNMP_CALLBACK_APPLICATION,
        SNMPD_CALLBACK_INDEX_STOP, take_master, agent);
}

/* The library would free what its callbacks are given. */
static void
forget_master(struct agent *agent)
{
    (void)snmp_unregister_callback(SNMP_CALLBACK_APPLICATION,
        SNMPD_CALLBACK_INDEX_START, take_master, agent, 1);
    (void)snmp_unregister_callback(SNMP_CALLBACK_APPLICATION,
        SNMPD_CALLBACK_INDEX_STOP, take_master, agent, 1);
}

enum err
library_start(struct agent *agent)
{
    const struct snmp_options *options = &agent->options;
    enum err error = OK;

    snmp_disable_stderrlog();
    snmp_enable_calllog();
    (void)snmp_register_callback(
        SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, take_line, NULL);
    forbid_files();
    choose_role(options);
    if (init_agent(program_name) != 0)
        return ERR_IO;
    if (set_exact_engineID(agent->engine_id, agent->engine_id_length) !=
        SNMPERR_SUCCESS)
        return ERR_INVALID;
    if (options->agentx)
        watch_master(agent);
    init_snmp(program_name);
    set_boots(agent);
    netsnmp_set_lookup_cache_size(-1);
    screen_start(agent);
    for (size_t i = 0;
         error == OK && !options->agentx && i < options->listen_count; i++)
        error = listen_on(agent, options->listen[i]);
    return error;
}

void
library_stop(struct agent *agent)
{
    screen_stop(agent);
    forget_master(agent);
    snmp_shutdown(program_name);
}

void
library_apply(struct agent *agent)
{
    const struct access *access = agent->access;
    uint64_t uptime_us = clock_monotonic_us() - access->started_us;

    (void)netsnmp_set_agent_uptime(uptime_us / 10000);
    if (access->packet_size != 0) {
        (void)netsnmp_ds_set_int(NETSNMP_DS_LIBRARY_ID,
            NETSNMP_DS_LIB_MSG_SEND_MAX, (int)access->packet_size);
    }
}

void
library_unregister(const netsnmp_handler_registration *registration,
    const struct agent_context *context)
{
    oid root[MAX_OID_LEN];
    size_t length = registration->rootoid_len;
    int priority = registration->priority;
    char name[ACCESS_CONTEXT_MAX];

    memcpy(root, registration->rootoid, length * sizeof root[0]);
    memcpy(name, context->name, sizeof name);
    (void)unregister_mib_context(root, length, priority, 0, 0, name);
}

/* ---- the loop ---- */

void
library_turn(struct agent *agent, uint64_t until_us)
{
    uint64_t now_us = clock_monotonic_us();
    uint64_t wait_us = until_us > now_us ? until_us - now_us : 0;
    struct timeval timeout = {.tv_sec = (time_t)(wait_us / 1000000),
        .tv_usec = (suseconds_t)(wait_us % 1000000)};
    int link = link_fd(agent->link);
    int highest = link + 1;
    int block = 0;
    fd_set readable;
    int count;

    FD_ZERO(&readable);
    (void)snmp_select_info(&highest, &readable, &timeout, &block);
    if (link >= 0) {
        FD_SET(link, &readable);
        if (link >= highest)
            highest = link + 1;
    }
    count = select(highest, &readable, NULL, NULL, &timeout);
    agent->now_us = clock_monotonic_us();
    /* What the daemon tells comes first: an answer is never older than it. */
    if (count > 0 && link >= 0 && FD_ISSET(link, &readable)) {
        FD_CLR(link, &readable);
        agent_listen(agent);
    }
    if (count > 0) {
        snmp_read(&readable);
    } else if (count == 0) {
        snmp_timeout();
    }
    run_alarms();
    netsnmp_check_outstanding_agent_requests();
}
