/*
 * execs.c - EXEC: commands that are not configuration.
 */
#include "daemon/session_state.h"

#include "base/arena.h"
#include "base/ip.h"
#include "base/str.h"
#include "commit/commit.h"
#include "config/config.h"
#include "daemon/baseline.h"
#include "daemon/guard.h"
#include "daemon/ports.h"
#include "daemon/router_state.h"
#include "ipsec/ipsec.h"
#include "negotiator/negotiator.h"
#include "oper/oper.h"

#include <stdlib.h>

enum {
    FIRST_ARGUMENT = 2,
    PING_COUNT = 5,  /* where left out, as the schema's help says */
    PING_SIZE = 100, /* bytes */
};

/* ---- rows ---- */

struct exec_rows {
    struct session *session;
    size_t columns;
};

static void
take_row(void *context, const struct value *columns)
{
    const struct exec_rows *rows = context;

    session_row(rows->session, columns, rows->columns);
}

static size_t
columns_of(uint16_t exec)
{
    uint16_t rows = schema_execs[exec].rows;

    return rows == SCHEMA_NONE ? 0 : schema_rows[rows].column_count;
}

/* ---- shows ---- */

/* Heap, free(). */
static struct oper_user *
list_users(const struct session *asking, size_t *out_count)
{
    struct oper_user *users;
    struct session *session;
    size_t count = 0;

    LIST_FOREACH(session, &asking->router->sessions, all)
        count++;
    users = mem_alloc(count * sizeof *users);
    *out_count = count;
    /* The newest is first in the list; people read from the oldest. */
    LIST_FOREACH(session, &asking->router->sessions, all) {
        users[--count] = (struct oper_user){
            .session = session->number,
            .user = session->user,
            .from = session->from,
            .level = session->level,
            .uncommitted_changes = (uint32_t)session_changes(session),
            .since_us = session->since_us,
            .own = session == asking,
            .exclusive_since_us =
                exclusive_is_held(session) ? session->router->held_since_us : 0,
        };
        line_name(session, users[count].line, sizeof users[count].line);
    }
    return users;
}

static const char *
port_reason(const void *ports, size_t number)
{
    return ports_why(ports, number);
}

/* All but who is there. */
static void
look_at(struct session *session, const struct session_show *show,
    struct oper_view *view)
{
    const struct router *router = session->router;
    const struct instant *now = show->now;

    *view = (struct oper_view){
        .running = engine_running(router->engine),
        .generation = engine_generation(router->engine),
        .boot_generation = router->boot_generation,
        .ipsec = router->ipsec,
        .negotiator = router->negotiator,
        .diagnosis = router->diagnosis,
        .pki = router->pki,
        .authority = router->authority,
        .dp = router->dp,
        .store = router->store,
        .eventlog = router->eventlog,
        .chassis = &router->chassis,
        .port_reason = port_reason,
        .ports = router->ports,
        .state_dir = router->state_dir,
        .started_us = router->started.wall_us,
        .now_us = now->wall_us,
        .monotonic_us = now->monotonic_us,
        .pending = engine_pending(router->engine),
        .guarded = router->guard != NULL,
        .watched = router->guard != NULL ? guard_watched(router->guard) : 0,
        .down = router->guard != NULL ? guard_down(router->guard) : 0,
        .hostname = router_hostname(router),
        .session_vr = show->vr,
        .doubt = &session->router->doubts_numbers,
        .pages = router->pages,
        .snmp = snmp_report_of(router),
    };
}

uint64_t
session_stamp(
    struct session *session, const struct session_show *show, uint64_t start)
{
    struct oper_view view;

    look_at(session, show, &view);
    return oper_stamp(&view, show->exec, show->args, start);
}

void
session_show(struct session *session, const struct session_show *show,
    const struct row_sink *sink)
{
    struct oper_user *users;
    struct oper_view view;

    look_at(session, show, &view);
    users = list_users(session, &view.user_count);
    view.users = users;
    session->reply.error =
        oper_show(&view, show->exec, show->args, sink, &session->reply.diag);
    free(users);
}

static void
exec_show(struct session *session, enum schema_exec_id exec,
    const struct wire_frame *frame, const struct instant *now)
{
    struct exec_rows rows = {session, columns_of((uint16_t)exec)};
    const struct row_sink sink = {take_row, &rows};
    const struct session_show show = {
        .exec = exec,
        .args = frame->items + FIRST_ARGUMENT,
        .vr = wire_text(frame, 1),
        .now = now,
    };

    session_show(session, &show, &sink);
}

/* ---- ping ---- */

static bool
step_ping(struct session *session, const struct instant *now)
{
    struct exec_rows rows = {session, columns_of(EXEC_PING)};
    struct row_sink sink = {take_row, &rows};

    session->job.due_us =
        ping_tick(session->job.ping, now->monotonic_us, &sink);
    return session->job.due_us == 0;
}

static bool
ping_id_is_taken(const struct router *router, uint16_t id)
{
    const struct session *session;

    LIST_FOREACH(session, &router->sessions, all) {
        if ((session->job.ping != NULL || session->job.test != NULL) &&
            session->job.ping_id == id)
            return true;
    }
    return false;
}

uint16_t
ping_id_new(struct router *router)
{
    do {
        router->last_ping++;
    } while (ping_id_is_taken(router, router->last_ping));
    return router->last_ping;
}

/* The arguments as the ping wants them; false: refused. */
static bool
take_ping(struct session *session, const struct value *args,
    const struct value *vr, struct ping_params *params)
{
    const struct router *router = session->router;
    char text[IP_TEXT_SIZE];

    if (ipsec_vr(router->ipsec, value_string(vr), &params->vr) != OK) {
        reply_refuse(session, ERR_NOT_FOUND, "There is no virtual router %s.",
            value_string(vr));
        return false;
    }
    params->address = (uint32_t)args[ARG_PING_ADDRESS].number;
    params->has_source = value_is_set(&args[ARG_PING_SOURCE]);
    if (params->has_source)
        params->source = (uint32_t)args[ARG_PING_SOURCE].number;
    if (value_is_set(&args[ARG_PING_COUNT]))
        params->count = (uint16_t)args[ARG_PING_COUNT].number;
    if (value_is_set(&args[ARG_PING_SIZE]))
        params->size = (uint16_t)args[ARG_PING_SIZE].number;
    if (params->has_source &&
        config_find_address(
            engine_running(router->engine), vr, params->source) == NULL) {
        reply_refuse(session, ERR_CONFLICT,
            "%s is not an address of virtual router %s; `show ip interface` "
            "lists them.",
            ip_format(params->source, text), value_string(vr));
        return false;
    }
    return true;
}

static void
exec_ping(struct session *session, const struct wire_frame *frame)
{
    const struct value *args = frame->items + FIRST_ARGUMENT;
    const struct value *vr = &args[ARG_PING_VR];
    struct router *router = session->router;
    struct ping_params params = {.count = PING_COUNT, .size = PING_SIZE};

    if (!value_is_set(vr))
        vr = wire_at(frame, 1);
    if (!value_is_set(&args[ARG_PING_ADDRESS])) {
        reply_malformed(session);
        return;
    }
    if (!take_ping(session, args, vr, &params))
        return;
    params.id = ping_id_new(router);
    session->job.ping_id = params.id;
    session->job.ping = ping_new(router->dp, &params);
    session->job.step = step_ping;
}

/* ---- ipsec clear sa ---- */

/* Is it in the state that is asked for? */
static bool
is_asked_for(const struct router *router, const struct object *tunnel,
    const struct value *state)
{
    return !value_is_set(state) || (uint64_t)ipsec_tunnel_state(router->ipsec,
                                       tunnel, NULL) == state->number;
}

/* Will it negotiate again?  NULL: there is none. */
static bool
clear_one(const struct router *router, const struct object *tunnel,
    const struct value *phase)
{
    uint32_t interface;

    return tunnel != NULL &&
           ipsec_interface(router->ipsec, tunnel, &interface) == OK &&
           negotiator_clear(router->negotiator, interface, phase->number == 1);
}

/* How many tunnels of a type will. */
static unsigned
clear_all(const struct router *router, enum schema_object_id type,
    const struct value *args)
{
    const struct config *running = engine_running(router->engine);
    const struct object *tunnel = NULL;
    unsigned cleared = 0;

    while ((tunnel = config_next(running, type,
                tunnel != NULL ? tunnel->fields : NULL)) != NULL) {
        if (is_asked_for(router, tunnel, &args[ARG_IPSEC_CLEAR_SA_STATE]) &&
            clear_one(router, tunnel, &args[ARG_IPSEC_CLEAR_SA_PHASE]))
            cleared++;
    }
    return cleared;
}

/* Why nothing negotiates again.  tunnel: of the name, or NULL. */
static void
refuse_clear_sa(struct session *session, const struct value *name,
    const struct object *tunnel)
{
    if (!value_is_set(name)) {
        reply_refuse(
            session, ERR_NOT_FOUND, "None of these tunnels negotiates.");
    } else if (tunnel == NULL) {
        reply_refuse(session, ERR_NOT_FOUND, "There is no tunnel %s.",
            value_string(name));
    } else {
        reply_refuse(session, ERR_NOT_FOUND,
            "Tunnel %s does not negotiate: it is configured by hand or shut "
            "down.",
            value_string(name));
    }
}

static void
exec_clear_sa(struct session *session, const struct wire_frame *frame)
{
    const struct value *args = frame->items + FIRST_ARGUMENT;
    const struct value *name = &args[ARG_IPSEC_CLEAR_SA_TUNNEL];
    const struct router *router = session->router;
    const struct object *tunnel = NULL;
    unsigned cleared;
    struct str sentence;

    if (!value_is_set(&args[ARG_IPSEC_CLEAR_SA_PHASE])) {
        reply_malformed(session);
        return;
    }
    if (value_is_set(name)) {
        tunnel = oper_find_tunnel(
            engine_running(router->engine), value_string(name));
        cleared = clear_one(router, tunnel, &args[ARG_IPSEC_CLEAR_SA_PHASE]);
    } else {
        cleared = clear_all(router, OBJECT_TUNNEL, args) +
                  clear_all(router, OBJECT_GRE_TUNNEL, args);
    }
    if (cleared == 0) {
        refuse_clear_sa(session, name, tunnel);
        return;
    }
    str_init(&sentence);
    str_printf(&sentence, "%u tunnel%s will negotiate again.", cleared,
        cleared == 1 ? "" : "s");
    reply_text(session, str_text(&sentence));
    str_done(&sentence);
}

/* ---- all ---- */

/* The arguments are there, each of its type or left out. */
static bool
check_arguments(struct session *session, const struct wire_frame *frame,
    const struct schema_exec *exec)
{
    size_t i;

    if (frame->count != FIRST_ARGUMENT + exec->arg_count ||
        wire_at(frame, 1)->kind != VALUE_TEXT) {
        reply_malformed(session);
        return false;
    }
    for (i = 0; i < exec->arg_count; i++) {
        const struct value *value = wire_at(frame, FIRST_ARGUMENT + i);

        if (value_is_set(value) &&
            value_check(&exec->args[i].type, value) != OK) {
            reply_refuse(session, ERR_INVALID,
                "The value of %s is out of its range.", exec->args[i].name);
            return false;
        }
    }
    return true;
}

/* Is it one of those that look at packets?  Then it is done. */
static bool
exec_watches(struct session *session, enum schema_exec_id exec,
    const struct wire_frame *frame, const struct instant *now)
{
    switch ((int)exec) {
    case EXEC_EXPLAIN_PACKET:
        exec_explain(session, frame);
        return true;
    case EXEC_TRACE_PACKET:
        exec_trace(session, frame, now);
        return true;
    case EXEC_SHOW_PACKET_TRACE:
        exec_show_trace(session);
        return true;
    case EXEC_CLEAR_PACKET_TRACE:
        exec_clear_trace(session);
        return true;
    case EXEC_CAPTURE:
        exec_capture(session, frame, now);
        return true;
    case EXEC_SHOW_CAPTURE:
        exec_show_capture(session);
        return true;
    case EXEC_CLEAR_CAPTURE:
        exec_clear_capture(session);
        return true;
    default:
        return exec_certificates(session, exec, frame) ||
               exec_baseline(session, exec, frame, now);
    }
}

void
verb_exec(struct session *session, const struct wire_frame *frame,
    const struct instant *now)
{
    const struct value *number = wire_at(frame, 0);
    const struct schema_exec *exec;

    if (number->kind != VALUE_NUMBER || number->number >= EXEC_COUNT ||
        schema_execs[number->number].local) {
        reply_malformed(session);
        return;
    }
    exec = &schema_execs[number->number];
    if (exec->owner && !session->is_owner) {
        reply_refuse(session, ERR_DENIED,
            "Only root and the router's own user may ask for %s.", exec->name);
        return;
    }
    if (!session_may(session, exec->level) ||
        !check_arguments(session, frame, exec))
        return;
    if (exec_watches(
            session, (enum schema_exec_id)number->number, frame, now) ||
        exec_snmp(session, (enum schema_exec_id)number->number, frame))
        return;
    if (exec_has_stamp(exec)) {
        exec_page(session, (enum schema_exec_id)number->number, frame, now);
        return;
    }
    if (exec_snmp_report(session, (enum schema_exec_id)number->number, frame))
        return;
    if (number->number == EXEC_PING) {
        exec_ping(session, frame);
    } else if (number->number == EXEC_SHOW_CANDIDATE_IMPACT) {
        exec_impact(session);
    } else if (number->number == EXEC_IPSEC_CA_AUTHENTICATE) {
        exec_authenticate(session, frame, now);
    } else if (number->number == EXEC_SHOW_IPSEC_CRYPTO_REPORT) {
        exec_crypto_report(session, frame, now);
    } else if (number->number == EXEC_IPSEC_CLEAR_SA) {
        exec_clear_sa(session, frame);
    } else if (number->number == EXEC_TEST_IPSEC_TUNNEL) {
        exec_test(session, frame, now);
    } else if (number->number == EXEC_CLEAR_EXCLUSIVE) {
        exec_clear_exclusive(session, now);
    } else {
        exec_show(session, (enum schema_exec_id)number->number, frame, now);
    }
}
