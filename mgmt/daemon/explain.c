/*
 * explain.c - `explain packet`: the packet is made here, goes to thread D in
 * a batch of its own, and comes back with the trail of its rehearsal.
 */
#include "daemon/session_state.h"
#include "daemon/watching.h"

#include "base/arena.h"
#include "base/bytes.h"
#include "commit/commit.h"
#include "daemon/router_state.h"
#include "dp.h"
#include "ipsec/ipsec.h"
#include "oper/oper.h"

#include <stdlib.h>

enum {
    FIRST_ARGUMENT = 2,
    SIZE = 100, /* where left out, as the schema's help says */
    TTL = 64,
    ICMP_ECHO = 8,
    AT_ICMP_CHECKSUM = 2,
};

const uint8_t watch_protocols[PACKET_PROTOCOL_COUNT] = {
    [PACKET_PROTOCOL_ICMP] = IP4_PROTO_ICMP,
    [PACKET_PROTOCOL_IGMP] = 2,
    [PACKET_PROTOCOL_IPIP] = IP4_PROTO_IPIP,
    [PACKET_PROTOCOL_TCP] = IP4_PROTO_TCP,
    [PACKET_PROTOCOL_UDP] = IP4_PROTO_UDP,
    [PACKET_PROTOCOL_GRE] = 47,
    [PACKET_PROTOCOL_ESP] = IP4_PROTO_ESP,
    [PACKET_PROTOCOL_AH] = IP4_PROTO_AH,
};

/* ---- the packet ---- */

/* What the first bytes of its payload say; the rest is zero. */
static void
write_payload(struct dp_explanation *explanation, uint8_t protocol,
    const struct value *args)
{
    uint8_t *at = explanation->bytes + IP4_HEADER;

    if (protocol == IP4_PROTO_TCP || protocol == IP4_PROTO_UDP) {
        put_u16(at, (uint16_t)args[ARG_EXPLAIN_PACKET_SOURCE_PORT].number);
        put_u16(
            at + 2, (uint16_t)args[ARG_EXPLAIN_PACKET_DESTINATION_PORT].number);
    } else if (protocol == IP4_PROTO_ICMP) {
        at[0] = ICMP_ECHO;
        put_u16(at + AT_ICMP_CHECKSUM,
            ip4_checksum(at, explanation->length - IP4_HEADER));
    }
}

static void
write_packet(struct dp_explanation *explanation, const struct value *args)
{
    uint8_t protocol =
        watch_protocols[args[ARG_EXPLAIN_PACKET_PROTOCOL].number];
    struct ip4 ip = {
        .src = (uint32_t)args[ARG_EXPLAIN_PACKET_SOURCE].number,
        .dst = (uint32_t)args[ARG_EXPLAIN_PACKET_DESTINATION].number,
        .tos = (uint8_t)args[ARG_EXPLAIN_PACKET_TOS].number,
        .ttl = TTL,
        .protocol = protocol,
        .dont_fragment = value_is_set(&args[ARG_EXPLAIN_PACKET_DF]),
    };

    explanation->length = SIZE;
    if (value_is_set(&args[ARG_EXPLAIN_PACKET_SIZE]))
        explanation->length = (uint32_t)args[ARG_EXPLAIN_PACKET_SIZE].number;
    ip.total_length = (uint16_t)explanation->length;
    ip4_write(explanation->bytes, &ip);
    write_payload(explanation, protocol, args);
}

/* ---- where it is ---- */

bool
watch_take_interface(struct session *session, const struct watch_port *port,
    uint32_t *out_interface)
{
    const struct router *router = session->router;
    struct value keys[SCHEMA_KEYS_MAX] = {0};
    const struct object *object;

    keys[FIELD_INTERFACE_VIRTUAL_ROUTER] = *port->vr; /* all borrowed */
    keys[FIELD_INTERFACE_TYPE] = *port->type;
    keys[FIELD_INTERFACE_LOCATION] = *port->location;
    object =
        config_find(engine_running(router->engine), OBJECT_INTERFACE, keys);
    if (object != NULL &&
        ipsec_interface(router->ipsec, object, out_interface) == OK)
        return true;
    reply_refuse(session, ERR_NOT_FOUND,
        "There is no interface %s %s in virtual router %s; `show ip "
        "interface` lists them.",
        schema_enums[ENUM_INTERFACE_TYPE].values[port->type->number].word,
        value_string(port->location), value_string(port->vr));
    return false;
}

void
watch_refuse_busy(struct session *session)
{
    reply_refuse(session, ERR_EXHAUSTED,
        "The packet engine is busy with commits: ask again.");
}

static bool
take_place(struct session *session, const struct wire_frame *frame,
    struct dp_explanation *explanation)
{
    const struct value *args = frame->items + FIRST_ARGUMENT;
    const struct value *vr = &args[ARG_EXPLAIN_PACKET_VR];
    struct watch_port port = {
        .type = &args[ARG_EXPLAIN_PACKET_TYPE],
        .location = &args[ARG_EXPLAIN_PACKET_LOCATION],
    };

    if (!value_is_set(vr))
        vr = wire_at(frame, 1);
    if (ipsec_vr(session->router->ipsec, value_string(vr), &explanation->vr) !=
        OK) {
        reply_refuse(session, ERR_NOT_FOUND,
            "There is no virtual router %s; `show virtual-router` lists them.",
            value_string(vr));
        return false;
    }
    port.vr = vr;
    explanation->interface = DP_NO_INTERFACE;
    return !value_is_set(port.type) ||
           watch_take_interface(session, &port, &explanation->interface);
}

/* ---- the answer ---- */

static void
take_row(void *context, const struct value *columns)
{
    session_row(context, columns, schema_rows[ROWS_PACKET_STEP].column_count);
}

static bool
step_explain(struct session *session, const struct instant *now)
{
    const struct row_sink sink = {take_row, session};

    (void)now;
    if (session->job.explained == NULL)
        return false;
    oper_trail(
        session->router->ipsec, &session->job.explained->trail, 1, &sink);
    if (session->job.explained->trail.is_cut) {
        diag_add(&session->reply.diag, DIAG_WARNING, NULL, NULL,
            "The packet has more pieces than are shown.");
    }
    return true;
}

void
exec_explain(struct session *session, const struct wire_frame *frame)
{
    const struct value *args = frame->items + FIRST_ARGUMENT;
    struct dp_explanation *explanation;
    struct dp_batch *batch;

    if (!value_is_set(&args[ARG_EXPLAIN_PACKET_SOURCE]) ||
        !value_is_set(&args[ARG_EXPLAIN_PACKET_DESTINATION]) ||
        !value_is_set(&args[ARG_EXPLAIN_PACKET_PROTOCOL])) {
        reply_malformed(session);
        return;
    }
    explanation = mem_alloc(sizeof *explanation);
    if (!take_place(session, frame, explanation)) {
        free(explanation);
        return;
    }
    write_packet(explanation, args);
    batch = dp_batch_new();
    dp_batch_add(batch, DP_EXPLAIN)->explanation = explanation;
    if (dp_submit(session->router->dp, batch) != OK) {
        dp_batch_free(batch);
        free(explanation);
        watch_refuse_busy(session);
        return;
    }
    session->job.explanation = explanation;
    session->job.step = step_explain;
}
