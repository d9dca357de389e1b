/*
 * trail.c - what the stages do with one packet, noted step by step.
 *
 * The stages know nothing of it: what a stage did is read off the flight
 * before and after.  A packet is the trail's only while its stage runs.
 */
#include "path/engine.h"

#include "watch.h"

#include <assert.h>

static const enum dp_stage stage_of[STAGE_END] = {
    [STAGE_INPUT] = DP_STAGE_INPUT,
    [STAGE_ROUTE] = DP_STAGE_ROUTE,
    [STAGE_LOCAL] = DP_STAGE_LOCAL,
    [STAGE_REASSEMBLE] = DP_STAGE_REASSEMBLE,
    [STAGE_UDP] = DP_STAGE_UDP,
    [STAGE_DECAP] = DP_STAGE_DECAP,
    [STAGE_GRE_IN] = DP_STAGE_GRE_IN,
    [STAGE_ECHO] = DP_STAGE_ECHO,
    [STAGE_POLICY] = DP_STAGE_POLICY,
    [STAGE_FORWARD] = DP_STAGE_FORWARD,
    [STAGE_ENCAP] = DP_STAGE_ENCAP,
    [STAGE_GRE_OUT] = DP_STAGE_GRE_OUT,
    [STAGE_PROTECT] = DP_STAGE_PROTECT,
    [STAGE_OUTPUT] = DP_STAGE_OUTPUT,
    [STAGE_DROP] = DP_STAGE_DROP,
    [STAGE_ICMP_ERROR] = DP_STAGE_ICMP_ERROR,
};

static void
note_header(struct dp_step *step, const struct flight *flight)
{
    step->protocol = flight->ip.protocol;
    step->source = flight->ip.src;
    step->destination = flight->ip.dst;
}

static struct dp_step
before(const struct dp *dp, const struct flight *flight, enum stage stage)
{
    struct dp_step step = {
        .stage = stage_of[stage],
        .piece = dp->trail->piece,
        .interface = DP_NO_INTERFACE,
    };

    if (flight->pkt != NULL) {
        step.vr = flight->pkt->vr;
        step.length = flight->pkt->length;
    }
    if (stage != STAGE_INPUT)
        note_header(&step, flight);
    if (stage == STAGE_POLICY)
        step.policy = flight->policy - 1;
    return step;
}

static bool
has_route(const struct flight *flight)
{
    return flight->route.outcome == ROUTE_TO_INTERFACE ||
           flight->route.outcome == ROUTE_DOWN;
}

static void
note_path(const struct interface *tunnel, struct dp_step *step)
{
    step->mtu = path_mtu_inner(tunnel);
    step->path_mtu =
        atomic_load_explicit(&tunnel->path_mtu, memory_order_relaxed);
}

static void
note_interface(
    const struct dp *dp, const struct flight *flight, struct dp_step *step)
{
    const struct interface *interface;

    if (step->stage == DP_STAGE_INPUT || step->stage == DP_STAGE_DROP ||
        step->stage == DP_STAGE_LOCAL || step->stage == DP_STAGE_UDP ||
        step->stage == DP_STAGE_ECHO || step->stage == DP_STAGE_REASSEMBLE ||
        step->stage == DP_STAGE_ICMP_ERROR)
        return;
    if (step->stage == DP_STAGE_GRE_IN) {
        step->interface = flight->met;
        return;
    }
    if (step->stage == DP_STAGE_DECAP) {
        if (flight->sa != NULL)
            step->interface = sa_tunnel(flight->sa);
        return;
    }
    if (!has_route(flight))
        return;
    step->interface = flight->route.interface;
    interface = &dp->interfaces[step->interface];
    if (step->stage == DP_STAGE_ENCAP)
        note_path(interface, step);
    if (step->stage == DP_STAGE_OUTPUT)
        step->mtu = path_output_mtu(dp, interface);
}

static void
note_sa(const struct flight *flight, struct dp_step *step)
{
    if (flight->sa == NULL ||
        (step->stage != DP_STAGE_DECAP && step->stage != DP_STAGE_ENCAP &&
            step->stage != DP_STAGE_PROTECT))
        return;
    step->spi = sa_spi(flight->sa);
    step->transform = (uint8_t)sa_transform(flight->sa);
}

/* After OUTPUT and other ends the packet is gone: only the flight is read. */
static void
after(const struct dp *dp, const struct flight *flight, enum stage next,
    struct dp_step *step)
{
    step->outcome = DP_PASSED;
    if (next == STAGE_DROP) {
        step->outcome = DP_DROPPED;
        step->drop = flight->drop;
    } else if (next == STAGE_END) {
        step->outcome = DP_ENDED;
    } else {
        step->length_after = flight->pkt->length;
        if (stage_of[next] == step->stage)
            step->outcome = DP_FRAGMENTED;
    }
    if (step->stage == DP_STAGE_INPUT && next == STAGE_ROUTE)
        note_header(step, flight);
    if (step->stage == DP_STAGE_ICMP_ERROR) {
        step->icmp_type = dp->icmp.type;
        step->icmp_code = dp->icmp.code;
        step->mtu = flight->mtu;
    }
    step->is_ours = flight->route.outcome == ROUTE_TO_US;
    note_interface(dp, flight, step);
    note_sa(flight, step);
}

static void
keep(struct dp_trail *trail, const struct dp_step *step)
{
    if (trail->count == DP_TRAIL_STEPS) {
        trail->is_cut = true;
        return;
    }
    trail->steps[trail->count++] = *step;
}

/* Of a packet that a stage dropped, that stage has told why. */
static bool
is_told(const struct dp_trail *trail)
{
    return trail->count != 0 &&
           trail->steps[trail->count - 1].outcome == DP_DROPPED;
}

enum stage
trail_run(
    struct dp *dp, struct flight *flight, enum stage stage, stage_function *run)
{
    struct dp_step step = before(dp, flight, stage);
    enum stage next;

    flight->sa = NULL;
    if (stage == STAGE_DROP) {
        step.outcome = DP_DROPPED;
        step.drop = flight->drop;
        if (!is_told(dp->trail))
            keep(dp->trail, &step);
        return run(dp, flight);
    }
    next = run(dp, flight);
    after(dp, flight, next, &step);
    keep(dp->trail, &step);
    return next;
}

void
trail_next_piece(struct dp *dp)
{
    if (dp->trail != NULL && dp->trail->piece < UINT8_MAX)
        dp->trail->piece++;
}
