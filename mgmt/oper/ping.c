/*
 * ping.c - the echo requests of one ping command.
 *
 *    tick: send one, wait     event: answered or dropped
 *    tick: give its row, send the next ...
 *    tick, two seconds later and no event: lost, give its row, ...
 *
 * A batch of its own carries each request; it has the number 0, by which the
 * tunnel manager knows to free it when it is back.
 */
#include "oper/oper.h"

#include "base/arena.h"
#include "dp.h"

#include <stdlib.h>

enum {
    ANSWER_US = 2000000, /* that an answer may take                */
    RETRY_US = 10000,    /* until a busy dataplane is asked again  */
};

/* Lifetime: one command. */
struct ping {
    struct dp *dp; /* borrowed */
    struct ping_params params;
    uint16_t sequence; /* of the request that is out, or of the next */
    bool is_out;
    bool is_settled; /* by an event */
    bool is_answered;
    uint32_t round_trip_us;
    enum drop drop;
    uint64_t deadline_us;
};

struct ping *
ping_new(struct dp *dp, const struct ping_params *params)
{
    struct ping *ping = mem_alloc(sizeof(*ping));

    ping->dp = dp;
    ping->params = *params;
    ping->sequence = 1;
    return ping;
}

void
ping_free(struct ping *ping)
{
    free(ping);
}

static void
give_row(const struct ping *ping, const struct row_sink *sink)
{
    struct value columns[SCHEMA_COLUMNS_MAX] = {0};

    columns[COLUMN_PING_SEQUENCE] = value_number(ping->sequence);
    if (ping->is_answered) {
        columns[COLUMN_PING_ANSWERED] = value_number(1);
        columns[COLUMN_PING_ROUND_TRIP_US] = value_number(ping->round_trip_us);
    }
    if (ping->drop != DROP_NONE) {
        columns[COLUMN_PING_DROPPED] =
            value_text(drop_reasons[ping->drop].sentence);
    }
    sink->row(sink->context, columns);
    value_done(&columns[COLUMN_PING_DROPPED]);
}

/* False: the dataplane is busy. */
static bool
send_request(struct ping *ping)
{
    const struct ping_params *params = &ping->params;
    struct dp_batch *batch = dp_batch_new();

    dp_batch_add(batch, DP_PING)->ping = (struct dp_ping){
        .vr = params->vr,
        .has_source = params->has_source,
        .source = params->source,
        .destination = params->address,
        .id = params->id,
        .sequence = ping->sequence,
        .payload = params->size,
    };
    if (dp_submit(ping->dp, batch) == OK)
        return true;
    dp_batch_free(batch);
    return false;
}

/* The request that is out has come to its end. */
static void
finish(struct ping *ping, const struct row_sink *sink)
{
    give_row(ping, sink);
    ping->is_out = false;
    ping->is_settled = false;
    ping->is_answered = false;
    ping->drop = DROP_NONE;
    ping->sequence++;
}

uint64_t
ping_tick(struct ping *ping, uint64_t now_us, const struct row_sink *sink)
{
    if (ping->is_out && (ping->is_settled || now_us >= ping->deadline_us))
        finish(ping, sink);
    if (ping->is_out)
        return ping->deadline_us;
    if (ping->sequence > ping->params.count)
        return 0;
    if (!send_request(ping))
        return now_us + RETRY_US;
    ping->is_out = true;
    ping->deadline_us = now_us + ANSWER_US;
    return ping->deadline_us;
}

void
ping_event(struct ping *ping, const struct dp_event *event)
{
    if (!ping->is_out || ping->is_settled ||
        event->ping_sequence != ping->sequence)
        return; /* too late: it was given up */
    if (event->kind == DP_EVENT_ECHO_REPLY) {
        ping->is_answered = true;
        ping->round_trip_us = event->round_trip_us;
    } else if (event->kind == DP_EVENT_PING_DROP) {
        ping->drop = event->drop;
    } else {
        return;
    }
    ping->is_settled = true;
}
