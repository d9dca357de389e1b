/*
 * quick_selectors.c - whose traffic a pair of SAs is for: the ID payloads of
 * quick mode, and the tunnel that they mean.  RFC 2407, 4.6.2.
 */
#include "ike/quick.h"

#include "base/bytes.h"
#include "ike/numbers.h"

#include <stdio.h>
#include <string.h>

/* Both ID payloads, or none: then it is the two ends themselves. */
enum err
quick_read_selectors(const struct ike_sa *sa, const struct message *message,
    bool peer_is_first, struct quick *quick, bool *out_has)
{
    const struct payload *found[2] = {NULL, NULL};
    unsigned count = 0;
    const uint32_t ends[2] = {sa->peer->local, sa->peer->remote};

    for (size_t i = 0; i < message->count; i++) {
        if (message->payloads[i].type != PAYLOAD_ID)
            continue;
        if (count == 2)
            return ERR_MALFORMED;
        found[count++] = &message->payloads[i];
    }
    *out_has = count == 2;
    for (int who = 0; who < 2; who++) {
        struct ike_selector *selector = &quick->selectors[who];

        if (count == 2 && selector_read(found[who], selector) != OK)
            return ERR_MALFORMED;
        if (count == 0) {
            bool is_peer = (who == INITIATOR) == peer_is_first;

            *selector = (struct ike_selector){.first = ends[is_peer],
                .last = ends[is_peer],
                .is_address = true};
        }
    }
    return count == 1 ? ERR_MALFORMED : OK;
}

static void
pair_text(const struct ike_selector *here, const struct ike_selector *there,
    char *text, size_t size)
{
    char one[48];
    char other[48];

    selector_text(here, one, sizeof one);
    selector_text(there, other, sizeof other);
    (void)snprintf(text, size, "here %s, there %s", one, other);
}

/* Which tunnel was meant, most likely. */
static uint32_t
nearest_tunnel(const struct ike_sa *sa, const struct quick *quick)
{
    uint32_t number = IKE_NO_TUNNEL;
    const struct tunnel *tunnel;
    int best = -1;

    LIST_FOREACH(tunnel, &sa->peer->tunnels, of_peer) {
        const struct ike_tunnel *config = &tunnel->config;
        int same = selector_is_same(
                       &config->local_selector, &quick->selectors[RESPONDER]) +
                   selector_is_same(
                       &config->remote_selector, &quick->selectors[INITIATOR]);

        if (same <= best)
            continue;
        best = same;
        number = config->number;
    }
    return number;
}

static enum err
fault_selectors(struct ike *ike, const struct ike_sa *sa, struct quick *quick)
{
    enum err error = fault(ike, IKE_REASON_SELECTOR, NOTIFY_INVALID_ID);
    const struct tunnel *tunnel;
    char *ours = ike->fault.ours;
    size_t at = 0;

    LIST_FOREACH(tunnel, &sa->peer->tunnels, of_peer) {
        char one[120];
        int length;

        pair_text(&tunnel->config.local_selector,
            &tunnel->config.remote_selector, one, sizeof one);
        if (at + 1 >= IKE_TEXT_SIZE)
            break;
        length = snprintf(
            ours + at, IKE_TEXT_SIZE - at, "%s%s", at > 0 ? "; " : "", one);
        at += length > 0 ? (size_t)length : 0;
    }
    quick->number = nearest_tunnel(sa, quick);
    pair_text(&quick->selectors[RESPONDER], &quick->selectors[INITIATOR],
        ike->fault.theirs, sizeof ike->fault.theirs);
    fault_text(ike->fault.mismatch,
        "No tunnel to this peer is for what it asks for: %s.",
        ike->fault.theirs);
    return error;
}

/* Tunnels of others behind the same address are none of this peer's business:
 * the tunnel for exactly these of those that are (or are not) for it, or else
 * one that holds them. */
static struct tunnel *
find_tunnel(const struct ike_sa *sa, const struct quick *quick, bool is_served)
{
    const struct ike_selector *there = &quick->selectors[INITIATOR];
    const struct ike_selector *here = &quick->selectors[RESPONDER];
    struct tunnel *wider = NULL;
    struct tunnel *tunnel;

    LIST_FOREACH(tunnel, &sa->peer->tunnels, of_peer) {
        const struct ike_tunnel *config = &tunnel->config;

        if (ike_sa_serves(sa, tunnel) != is_served)
            continue;
        if (selector_is_same(&config->local_selector, here) &&
            selector_is_same(&config->remote_selector, there))
            return tunnel;
        if (selector_holds(&config->local_selector, here) &&
            selector_holds(&config->remote_selector, there))
            wider = tunnel;
    }
    return wider;
}

struct tunnel *
quick_find_tunnel(const struct ike_sa *sa, const struct quick *quick)
{
    return find_tunnel(sa, quick, true);
}

enum err
quick_fault_selectors(
    struct ike *ike, const struct ike_sa *sa, struct quick *quick)
{
    const struct tunnel *tunnel = find_tunnel(sa, quick, false);
    enum err error;

    if (tunnel == NULL)
        return fault_selectors(ike, sa, quick);
    quick->number = tunnel->config.number;
    error = fault(ike, IKE_REASON_IDENTITY, NOTIFY_INVALID_ID);
    fault_names(ike, sa, tunnel);
    return error;
}

/* The peer may take less than we asked for, and says so only here. */
enum err
quick_take_selectors(
    struct ike *ike, struct exchange *exchange, const struct message *message)
{
    struct quick *quick = exchange->quick;
    struct ike_selector asked[2];
    bool has_ids = false;
    enum err error;

    memcpy(asked, quick->selectors, sizeof asked);
    error = quick_read_selectors(exchange->sa, message, false, quick, &has_ids);
    if (error != OK || !has_ids) {
        memcpy(quick->selectors, asked, sizeof asked);
        return error;
    }
    if (selector_holds(&asked[INITIATOR], &quick->selectors[INITIATOR]) &&
        selector_holds(&asked[RESPONDER], &quick->selectors[RESPONDER]))
        return OK;
    error = fault(ike, IKE_REASON_SELECTOR, NOTIFY_INVALID_ID);
    pair_text(&asked[INITIATOR], &asked[RESPONDER], ike->fault.ours,
        sizeof ike->fault.ours);
    pair_text(&quick->selectors[INITIATOR], &quick->selectors[RESPONDER],
        ike->fault.theirs, sizeof ike->fault.theirs);
    return error;
}
