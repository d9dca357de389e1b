/*
 * monitor.c - live rates: the shell asks for counters again and again.
 *
 * A rate is the difference of two samples over the time that lay between
 * them, measured and not assumed.  At a terminal one line is drawn over and
 * over, with the last samples as a sparkline, until a key is pressed, or for so
 * many samples; then keys are for the prompt, and Ctrl-C ends it.  A script
 * gets a line for each sample.
 */
#include "run/shell.h"

#include "base/clock.h"
#include "base/str.h"
#include "parse/parse.h"
#include "run/spark.h"
#include "show/show.h"
#include "wire/client.h"

#include <inttypes.h>
#include <time.h>

enum { US_PER_S = 1000000, BITS = 8, SCRIPT_SAMPLES = 10 };

/* Counters at one time. */
struct sample {
    bool is_there;
    uint64_t at_us;
    uint64_t in_packets;
    uint64_t in_octets;
    uint64_t out_packets;
    uint64_t out_octets;
    uint64_t drops; /* of tunnels */
};

struct monitor {
    const struct run_call *call;
    bool is_tunnel;
    uint64_t interval_us;
    bool until_key;
    uint64_t left; /* samples, where not until a key */
    struct spark spark;
};

/* ---- samples ---- */

static void
take_interface(void *context, const struct wire_frame *row)
{
    struct sample *sample = context;

    sample->is_there = true;
    sample->in_packets = wire_number(row, COLUMN_IP_INTERFACE_IN_PACKETS);
    sample->in_octets = wire_number(row, COLUMN_IP_INTERFACE_IN_OCTETS);
    sample->out_packets = wire_number(row, COLUMN_IP_INTERFACE_OUT_PACKETS);
    sample->out_octets = wire_number(row, COLUMN_IP_INTERFACE_OUT_OCTETS);
}

static void
take_drops(void *context, const struct wire_frame *row)
{
    static const unsigned errors[] = {
        COLUMN_IPSEC_TUNNEL_DETAIL_IN_AUTH_ERRORS,
        COLUMN_IPSEC_TUNNEL_DETAIL_IN_REPLAY_ERRORS,
        COLUMN_IPSEC_TUNNEL_DETAIL_IN_POLICY_ERRORS,
        COLUMN_IPSEC_TUNNEL_DETAIL_IN_OTHER_RX_ERRORS,
        COLUMN_IPSEC_TUNNEL_DETAIL_IN_DECRYPT_ERRORS,
        COLUMN_IPSEC_TUNNEL_DETAIL_IN_PAD_ERRORS,
        COLUMN_IPSEC_TUNNEL_DETAIL_OUT_POLICY_ERRORS,
        COLUMN_IPSEC_TUNNEL_DETAIL_OUT_OTHER_TX_ERRORS,
    };
    struct sample *sample = context;
    size_t i;

    for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        sample->drops += wire_number(row, errors[i]);
}

/* EXEC with the arguments at these places of it. */
static enum run_outcome
ask(const struct monitor *monitor, enum schema_exec_id exec,
    const struct value *const *args,
    void (*take)(void *, const struct wire_frame *), struct sample *sample)
{
    const struct run_call *call = monitor->call;
    struct wire_frame frame;
    struct wire_frame reply;
    enum run_outcome outcome;
    size_t i;

    wire_frame_init(&frame, WIRE_EXEC, 0);
    wire_add_number(&frame, (uint64_t)exec);
    wire_add_text(&frame, call->shell->vr);
    for (i = 0; i < schema_execs[exec].arg_count; i++)
        wire_add(&frame, args[i] != NULL ? value_share(args[i]) : value_none());
    outcome = request(call->shell, &frame, take, sample, &reply);
    if (outcome == RUN_FAILED && reply.count > 0)
        say_refusal(call, &reply);
    wire_frame_done(&reply);
    return outcome;
}

static enum run_outcome
take_sample(const struct monitor *monitor, struct sample *sample)
{
    const struct value *values = monitor->call->parsed->values;
    const struct value *interface[SCHEMA_ARGS_MAX] = {
        [ARG_SHOW_IP_INTERFACE_TYPE] = &values[ARG_MONITOR_TYPE],
        [ARG_SHOW_IP_INTERFACE_LOCATION] = &values[ARG_MONITOR_LOCATION],
        [ARG_SHOW_IP_INTERFACE_TUNNEL] = &values[ARG_MONITOR_TUNNEL],
    };
    const struct value *tunnel[SCHEMA_ARGS_MAX] = {
        [ARG_SHOW_IPSEC_TUNNEL_DETAIL_NAME] = &values[ARG_MONITOR_TUNNEL],
    };
    enum run_outcome outcome;

    *sample = (struct sample){.at_us = clock_monotonic_us()};
    outcome =
        ask(monitor, EXEC_SHOW_IP_INTERFACE, interface, take_interface, sample);
    if (outcome == RUN_OK && monitor->is_tunnel) {
        outcome = ask(
            monitor, EXEC_SHOW_IPSEC_TUNNEL_DETAIL, tunnel, take_drops, sample);
    }
    return outcome;
}

/* ---- rates ---- */

/* A counter that went back began anew. */
static uint64_t
rate(uint64_t before, uint64_t after, uint64_t us)
{
    if (after < before || us == 0)
        return 0;
    return (uint64_t)((double)(after - before) * US_PER_S / (double)us + 0.5);
}

/* What a line tells. */
struct rates {
    uint64_t in_packets;
    uint64_t in_bits;
    uint64_t out_packets;
    uint64_t out_bits;
    uint64_t drops;
};

static struct rates
compare(const struct sample *before, const struct sample *after)
{
    uint64_t us = after->at_us - before->at_us;

    return (struct rates){
        .in_packets = rate(before->in_packets, after->in_packets, us),
        .in_bits = rate(before->in_octets, after->in_octets, us) * BITS,
        .out_packets = rate(before->out_packets, after->out_packets, us),
        .out_bits = rate(before->out_octets, after->out_octets, us) * BITS,
        .drops = rate(before->drops, after->drops, us),
    };
}

/* For a script: all digits. */
static void
write_line(
    const struct monitor *monitor, const struct rates *rates, struct str *out)
{
    str_printf(out,
        "in %8" PRIu64 " packets/s %12" PRIu64 " bits/s  out %8" PRIu64
        " packets/s %12" PRIu64 " bits/s",
        rates->in_packets, rates->in_bits, rates->out_packets, rates->out_bits);
    if (monitor->is_tunnel)
        str_printf(out, "  drops %6" PRIu64 "/s", rates->drops);
    str_add_char(out, '\n');
}

/* For people: in the width of the screen, over what stands there. */
static void
draw_line(
    const struct monitor *monitor, const struct rates *rates, struct str *out)
{
    size_t width = monitor->call->shell->width;
    size_t start = out->length;

    spark_scale("in", rates->in_packets, " pkt/s ", out);
    spark_scale("", rates->in_bits, " bit/s  ", out);
    spark_scale("out", rates->out_packets, " pkt/s ", out);
    spark_scale("", rates->out_bits, " bit/s  ", out);
    if (monitor->is_tunnel)
        spark_scale("drops", rates->drops, "/s  ", out);
    if (width > out->length - start + 1)
        spark_draw(&monitor->spark, width - (out->length - start) - 1, out);
}

static void
tell(struct monitor *monitor, const struct sample *before,
    const struct sample *after)
{
    const struct run_front *front = monitor->call->shell->front;
    struct rates rates = compare(before, after);
    struct str line;

    str_init(&line);
    if (front->pause == NULL) {
        write_line(monitor, &rates, &line);
    } else {
        spark_add(&monitor->spark, rates.in_bits + rates.out_bits);
        str_add_char(&line, '\r');
        draw_line(monitor, &rates, &line);
    }
    front->print(front->context, str_text(&line));
    str_done(&line);
}

/* False: a key was pressed. */
static bool
wait_interval(const struct monitor *monitor)
{
    const struct shell *shell = monitor->call->shell;

    if (monitor->until_key) {
        return shell->front->pause(
                   shell->front->context, monitor->interval_us) == 0;
    }
    return !interrupt_wait(shell, monitor->interval_us);
}

static enum run_outcome
watch(struct monitor *monitor)
{
    struct sample before;
    struct sample after;
    enum run_outcome outcome = take_sample(monitor, &before);

    while (outcome == RUN_OK && (monitor->until_key || monitor->left-- > 0) &&
           wait_interval(monitor)) {
        outcome = take_sample(monitor, &after);
        if (outcome == RUN_OK)
            tell(monitor, &before, &after);
        before = after;
    }
    return outcome;
}

enum run_outcome
run_monitor(const struct run_call *call)
{
    const struct run_front *front = call->shell->front;
    const struct value *values = call->parsed->values;
    const struct value *count = &values[ARG_MONITOR_COUNT];
    const struct value *interval = &values[ARG_MONITOR_INTERVAL];
    struct monitor monitor = {
        .call = call,
        .is_tunnel = value_is_set(&values[ARG_MONITOR_TUNNEL]),
        .interval_us = US_PER_S,
        .until_key = front->pause != NULL && !value_is_set(count),
        .left = value_is_set(count) ? count->number : SCRIPT_SAMPLES,
    };
    enum run_outcome outcome;

    if (value_is_set(interval))
        monitor.interval_us = interval->number * US_PER_S;
    if (!monitor.until_key)
        interrupt_begin(call->shell);
    outcome = watch(&monitor);
    if (!monitor.until_key)
        interrupt_end(call->shell);
    if (front->pause != NULL)
        say(call->shell, "%s", "");
    return outcome;
}
