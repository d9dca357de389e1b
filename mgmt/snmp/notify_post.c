/*
 * notify_post.c - sessions to the hosts.
 *
 *    v1, v2c        community
 *    v3, traps      the user's keys for our own engine (users.c)
 *    v3, informs    unknown --probe--> asked --report--> known
 *                      ^------------- timed out -----------'
 *    AgentX         the agent above this one, by the library's session
 */
#include "snmp/notify_post.h"

#include "base/arena.h"
#include "base/ip.h"
#include "base/log.h"
#include "base/str.h"
#include "snmp/notify_pdu.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    TIMEOUT_US = 3000000, /* of an inform, and it is sent three times more */
    RETRIES = 3,
    ENGINE_MAX = 32,
};

enum line_state { LINE_UNKNOWN, LINE_ASKED, LINE_KNOWN };

/* Heap; its target's. */
struct line {
    struct notify_poster *poster;
    struct notify_target *target;
    netsnmp_session *session; /* the library's, until it is closed */
    enum line_state state;    /* of the engine of the host         */
    struct usmUser *user;     /* for that engine; ours             */
    uint32_t address;         /* of ours, as the host sees it      */
};

struct notify_poster {
    struct agent *agent;
    struct notify *notify;
    struct usmUser *nobody; /* who asks for an engine; the library's */
};

/* ---- addresses ---- */

/* What this host's kernel would send from. */
static uint32_t
local_address(const struct notify_host *host)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
        .sin_port = htons(host->port),
        .sin_addr.s_addr = htonl(host->address)};
    struct sockaddr_in from = {0};
    socklen_t length = sizeof from;
    uint32_t address = 0;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return 0;
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0 &&
        getsockname(fd, (struct sockaddr *)&from, &length) == 0)
        address = ntohl(from.sin_addr.s_addr);
    (void)close(fd);
    return address;
}

/* ---- sessions ---- */

/* For what the library copies without saying so. */
static void *
past_const(const void *pointer)
{
    return (void *)(uintptr_t)pointer; // NOLINT(performance-no-int-to-ptr)
}

/* An inform was answered, or gave up. */
static int
take_end(int operation, netsnmp_session *session, int number, netsnmp_pdu *pdu,
    void *magic)
{
    struct line *line = magic;
    bool is_answer = operation == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE &&
                     pdu->command == SNMP_MSG_RESPONSE;

    (void)session;
    (void)number;
    if (!is_answer && line->state == LINE_KNOWN)
        line->state = LINE_UNKNOWN; /* it may have another engine by now */
    notify_ended(line->poster->notify, line->target, is_answer);
    return 1;
}

/* Who sends to us without being asked has nothing to say. */
static int
take_stray(int operation, netsnmp_session *session, int number,
    netsnmp_pdu *pdu, void *magic)
{
    (void)operation;
    (void)session;
    (void)number;
    (void)pdu;
    (void)magic;
    return 1;
}

static void
set_community(netsnmp_session *session, const struct notify_host *host)
{
    session->version =
        host->version == SNMP_PROTOCOL_1 ? SNMP_VERSION_1 : SNMP_VERSION_2c;
    session->community = past_const(host->name);
    session->community_len = strlen(host->name);
}

static void
set_user(netsnmp_session *session, const struct line *line,
    const struct notify_host *host, const struct access_user *user)
{
    const struct agent *agent = line->poster->agent;

    session->version = SNMP_VERSION_3;
    session->securityModel = SNMP_SEC_MODEL_USM;
    session->securityName = past_const(host->name);
    session->securityNameLen = strlen(host->name);
    session->securityLevel = user->has_privacy ? SNMP_SEC_LEVEL_AUTHPRIV
                             : user->has_authentication
                                 ? SNMP_SEC_LEVEL_AUTHNOPRIV
                                 : SNMP_SEC_LEVEL_NOAUTH;
    session->contextEngineID = past_const(agent->engine_id);
    session->contextEngineIDLen = agent->engine_id_length;
    session->contextName = past_const("");
    if (host->kind == SNMP_KIND_TRAPS) {
        session->securityEngineID = past_const(agent->engine_id);
        session->securityEngineIDLen = agent->engine_id_length;
    }
    session->flags |= SNMP_FLAGS_DONT_PROBE | SNMP_FLAGS_USER_CREATED;
}

/* Bound to the source that the router is to be seen by, where this host has
 * that address. */
static netsnmp_session *
open_bound(netsnmp_session *session, uint32_t source)
{
    netsnmp_session *opened;
    char text[IP_TEXT_SIZE];

    if (source == 0)
        return snmp_open(session);
    (void)netsnmp_ds_set_string(NETSNMP_DS_LIBRARY_ID,
        NETSNMP_DS_LIB_CLIENT_ADDR, ip_format(source, text));
    opened = snmp_open(session);
    (void)netsnmp_ds_set_string(
        NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_CLIENT_ADDR, NULL);
    return opened;
}

static enum err
open_line(struct line *line, const struct notify_host *host,
    const struct access_user *user)
{
    netsnmp_session session;
    char peer[IP_TEXT_SIZE + 16];
    char text[IP_TEXT_SIZE];

    (void)snprintf(peer, sizeof peer, "udp:%s:%u",
        ip_format(host->address, text), (unsigned)host->port);
    snmp_sess_init(&session);
    session.peername = peer;
    session.timeout = TIMEOUT_US;
    session.retries = RETRIES;
    session.callback = take_stray;
    if (host->version == SNMP_PROTOCOL_3) {
        set_user(&session, line, host, user);
    } else {
        set_community(&session, host);
    }
    line->session = open_bound(&session, host->source);
    if (line->session == NULL && host->source != 0) {
        log_event(LOG_NOTICE, "snmp", "TRAP-SOURCE",
            "%s is no address of this host: traps to %s leave from another "
            "one, and name it",
            ip_format(host->source, text), peer);
        line->session = snmp_open(&session);
    }
    line->address = host->source != 0 ? host->source : local_address(host);
    return line->session == NULL ? ERR_IO : OK;
}

/* ---- the engine of a host ---- */

/* The library sends without an engine for a user that it knows only. */
static bool
know_nobody(struct notify_poster *poster)
{
    struct usmUser *user;

    if (poster->nobody != NULL)
        return true;
    user = usm_create_user();
    if (user == NULL)
        return false;
    user->name = strdup("");
    user->secName = strdup("");
    user->engineIDLen = 0;
    user->userStorageType = ST_READONLY;
    poster->nobody = usm_add_user(user) == NULL ? NULL : user;
    return poster->nobody != NULL;
}

static void
forget_user(struct line *line)
{
    if (line->user == NULL)
        return;
    (void)usm_remove_user(line->user);
    (void)usm_free_user(line->user); /* wipes its keys */
    line->user = NULL;
}

/* The session speaks to this engine from now on. */
static bool
set_engine(netsnmp_session *session, const u_char *engine, size_t length)
{
    u_char *copy = netsnmp_memdup(engine, length);

    if (copy == NULL)
        return false;
    free(session->securityEngineID);
    session->securityEngineID = copy;
    session->securityEngineIDLen = length;
    return true;
}

/* The user of a host's virtual router; NULL: there is none. */
static const struct access_user *
user_of(const struct agent *agent, const struct notify_host *host)
{
    const struct access *access = agent->access;

    for (size_t i = 0; access != NULL && i < access->user_count; i++) {
        if (str_equal(access->users[i].name, host->name) &&
            str_equal(access->users[i].vr, host->vr))
            return &access->users[i];
    }
    return NULL;
}

static enum err
make_user(struct line *line, const u_char *engine, size_t length)
{
    const struct notify_host *host = notify_target_host(line->target);
    struct agent *agent = line->poster->agent;
    const struct access_user *from = user_of(agent, host);

    forget_user(line);
    if (from == NULL)
        return ERR_NOT_FOUND;
    if (usm_get_user(past_const(engine), length, past_const(host->name)) !=
        NULL)
        return OK; /* another host has the same engine and user */
    line->user = users_make(agent, from, engine, length);
    if (line->user == NULL)
        return ERR_IO;
    return usm_add_user(line->user) == NULL ? ERR_IO : OK;
}

static void
learn_engine(struct line *line, netsnmp_pdu *pdu)
{
    const struct notify_host *host = notify_target_host(line->target);
    const size_t length = pdu->securityEngineIDLen;
    char text[IP_TEXT_SIZE];
    enum err error = ERR_MALFORMED;

    if (length > 0 && length <= ENGINE_MAX &&
        set_engine(line->session, pdu->securityEngineID, length))
        error = make_user(line, pdu->securityEngineID, length);
    if (error == OK) {
        line->state = LINE_KNOWN;
        return;
    }
    log_event(LOG_WARNING, "snmp", "NO-KEY",
        "informs to %s as user %s cannot be sent: %s",
        ip_format(host->address, text), host->name, err_name(error));
}

static int
take_engine(int operation, netsnmp_session *session, int number,
    netsnmp_pdu *pdu, void *magic)
{
    struct line *line = magic;

    (void)session;
    (void)number;
    line->state = LINE_UNKNOWN;
    if (operation == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE &&
        pdu->command == SNMP_MSG_REPORT)
        learn_engine(line, pdu);
    return 1;
}

/* RFC 3414, 4: a request that names no engine is answered by a report that
 * does. */
static enum err
ask_engine(struct line *line)
{
    netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GET);

    if (pdu == NULL || !know_nobody(line->poster)) {
        snmp_free_pdu(pdu);
        return ERR_IO;
    }
    pdu->version = SNMP_VERSION_3;
    pdu->securityName = strdup("");
    pdu->securityNameLen = 0;
    pdu->securityLevel = SNMP_SEC_LEVEL_NOAUTH;
    pdu->securityModel = SNMP_SEC_MODEL_USM;
    pdu->securityEngineID = malloc(1);
    pdu->securityEngineIDLen = 0;
    free(line->session->securityEngineID);
    line->session->securityEngineID = NULL;
    line->session->securityEngineIDLen = 0;
    if (snmp_async_send(line->session, pdu, take_engine, line) == 0) {
        snmp_free_pdu(pdu);
        return ERR_IO;
    }
    line->state = LINE_ASKED;
    return OK;
}

/* ---- the post ---- */

static struct line *
line_of(struct notify_poster *poster, struct notify_target *target,
    const struct access_user *user)
{
    struct line *line = notify_target_line(target);

    if (line != NULL)
        return line;
    line = mem_alloc(sizeof *line);
    line->poster = poster;
    line->target = target;
    if (open_line(line, notify_target_host(target), user) != OK) {
        free(line);
        return NULL;
    }
    notify_target_set_line(target, line);
    return line;
}

static enum err
send_pdu(struct line *line, const struct notify_host *host, netsnmp_pdu *pdu)
{
    int number = host->kind == SNMP_KIND_INFORMS
                     ? snmp_async_send(line->session, pdu, take_end, line)
                     : snmp_send(line->session, pdu);

    if (number != 0)
        return OK;
    snmp_free_pdu(pdu);
    line->state = LINE_UNKNOWN; /* its user may have gone with another line */
    return ERR_IO;
}

/* Informs of SNMPv3 wait until the engine of the host is known. */
static enum err
be_ready(struct line *line, const struct notify_host *host)
{
    enum err error = OK;

    if (host->version != SNMP_PROTOCOL_3 || host->kind != SNMP_KIND_INFORMS ||
        line->state == LINE_KNOWN)
        return OK;
    if (line->state == LINE_UNKNOWN)
        error = ask_engine(line);
    return error == OK ? ERR_CONFLICT : error;
}

/* To the agent above this one, whose receivers are its own.  It may start
 * later, or anew: until then what is to be told waits. */
static enum err
send_to_master(const struct agent *agent, const struct notify_host *host,
    const struct notify_message *message)
{
    const struct notify_sender nobody = {.object_id = ""};
    netsnmp_pdu *pdu;

    if (!agent->has_master)
        return ERR_CONFLICT;
    pdu = notify_pdu(message, host, &nobody);
    if (pdu == NULL)
        return ERR_IO;
    send_v2trap(pdu->variables); /* copies them */
    snmp_free_pdu(pdu);
    return OK;
}

static enum err
post_send(void *context, struct notify_target *target,
    const struct notify_message *message)
{
    struct notify_poster *poster = context;
    const struct notify_host *host = notify_target_host(target);
    const struct access_user *user = user_of(poster->agent, host);
    struct notify_sender sender = {.object_id = ""};
    struct line *line;
    netsnmp_pdu *pdu;
    enum err error;

    if (host->is_master)
        return send_to_master(poster->agent, host, message);
    if (poster->agent->access == NULL ||
        (host->version == SNMP_PROTOCOL_3 && user == NULL))
        return ERR_NOT_FOUND;
    line = line_of(poster, target, user);
    if (line == NULL)
        return ERR_IO;
    error = be_ready(line, host);
    if (error != OK)
        return error;
    sender.object_id = poster->agent->access->object_id;
    sender.address = line->address;
    pdu = notify_pdu(message, host, &sender);
    return pdu == NULL ? ERR_IO : send_pdu(line, host, pdu);
}

static void
post_close(void *context, struct notify_target *target)
{
    struct line *line = notify_target_line(target);

    (void)context;
    if (line == NULL)
        return;
    notify_target_set_line(target, NULL);
    (void)snmp_close(line->session);
    forget_user(line);
    free(line);
}

/* ---- life ---- */

struct notify_poster *
notify_poster_new(struct agent *agent)
{
    struct notify_poster *poster = mem_alloc(sizeof *poster);

    poster->agent = agent;
    return poster;
}

void
notify_poster_free(struct notify_poster *poster)
{
    free(poster);
}

struct notify_post
notify_poster_post(struct notify_poster *poster)
{
    return (struct notify_post){post_send, post_close, poster};
}

void
notify_poster_serve(struct notify_poster *poster, struct notify *notify)
{
    poster->notify = notify;
}
