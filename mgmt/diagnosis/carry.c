/*
 * carry.c - findings about a tunnel that is up: does it carry what it is for?
 */
#include "diagnosis/state.h"

#include "base/ip.h"

#include <stdio.h>
#include <string.h>

enum {
    SILENT_PACKETS = 3,
    SILENT_S = 3,
    SHORT_S = 600, /* a lifetime below this, and far below ours, is short */
    FAR_BELOW = 4,

};

typedef bool look(const struct diagnosis *diagnosis,
    const struct subject *subject, struct finding *out_finding);

/* ---- keys and SPIs ---- */

static const struct sa *
find_sa(const struct diagnosis *diagnosis, const struct subject *subject,
    enum sa_direction direction)
{
    const struct sa *sas[IPSEC_SAS_MAX];
    size_t count = ipsec_sas(diagnosis->parts.ipsec, subject->tunnel, sas);

    while (count-- > 0) {
        if (sa_direction(sas[count]) == direction)
            return sas[count];
    }
    return NULL;
}

/* Every packet that comes fails, none ever was right. */
static bool
find_wrong_key(const struct diagnosis *diagnosis, const struct subject *subject,
    struct finding *out)
{
    const struct dp_interface_counters *counters = &subject->counters;
    uint64_t auth = counters->statistics[STATISTIC_IN_AUTH_ERRORS];
    uint64_t clear = counters->statistics[STATISTIC_IN_PAD_ERRORS] +
                     counters->statistics[STATISTIC_IN_DECRYPT_ERRORS];
    const struct sa *sa = find_sa(diagnosis, subject, SA_INBOUND);

    if (sa == NULL || sa_packets(sa) != 0 || (auth == 0 && clear == 0))
        return false;
    *out = finding_of(auth > 0 ? CAUSE_INBOUND_KEY : CAUSE_INBOUND_CIPHER_KEY);
    finding_text(out->ours, "SA 0x%x, %llu packets went out",
        (unsigned)sa_spi(sa),
        (unsigned long long)counters->out_accounted_packets);
    finding_text(out->theirs, "%llu packets came for it; all fail %s",
        (unsigned long long)(auth > 0 ? auth : clear),
        auth > 0 ? "authentication" : "decryption");
    return true;
}

static bool
is_fresh(const struct diagnosis *diagnosis, uint64_t when_us)
{
    return when_us != 0 &&
           diagnosis->now_us < when_us + (uint64_t)REMEMBER_S * S_US;
}

/* ESP from the peer for an SA that we do not have, and none for ours. */
static bool
find_unknown_spi(const struct diagnosis *diagnosis,
    const struct subject *subject, struct finding *out)
{
    const struct sa *in = find_sa(diagnosis, subject, SA_INBOUND);
    const struct sa *sent = find_sa(diagnosis, subject, SA_OUTBOUND);
    const struct seen_spi *seen = NULL;
    size_t i;

    if (in == NULL || sent == NULL ||
        subject->counters.in_accounted_packets != 0)
        return false;
    for (i = 0; i < SEEN_MAX; i++) {
        const struct seen_spi *each = &diagnosis->spis[i];

        if (is_fresh(diagnosis, each->when_us) &&
            each->source == subject->remote &&
            each->vr == subject->transport_vr &&
            (seen == NULL || each->spi == sa_spi(sent)))
            seen = each;
    }
    if (seen == NULL)
        return false;
    *out = finding_of(
        seen->spi == sa_spi(sent) ? CAUSE_SPI_SWAPPED : CAUSE_SPI_UNKNOWN);
    finding_text(out->ours, "inbound 0x%x, outbound 0x%x", (unsigned)sa_spi(in),
        (unsigned)sa_spi(sent));
    finding_text(out->theirs, "sends with SPI 0x%x", (unsigned)seen->spi);
    if (seen->spi == sa_spi(sent)) {
        finding_text(out->sentence,
            "The peer sends with 0x%x, which is the SPI of the other "
            "direction: its inbound and outbound SPI are swapped.",
            (unsigned)seen->spi);
        finding_text(out->fix,
            "Peer: exchange the two SPIs: 0x%x to send with, 0x%x to receive "
            "with. Here: or exchange ours.",
            (unsigned)sa_spi(in), (unsigned)sa_spi(sent));
    } else if (subject->is_signaled) {
        finding_text(out->fix, "Here: `ipsec clear sa tunnel %s phase 1`.",
            subject->view.name);
    } else {
        finding_text(out->fix,
            "Peer: set the SPI to send with to 0x%x. Here: or set the inbound "
            "one to 0x%x.",
            (unsigned)sa_spi(in), (unsigned)seen->spi);
    }
    return true;
}

/* ---- where the traffic goes ---- */

static bool
is_same_tunnel(const struct object *a, const struct object *b)
{
    return value_equal(
        &a->fields[FIELD_TUNNEL_NAME], &b->fields[FIELD_TUNNEL_NAME]);
}

static const char *
tunnel_name(const struct object *object)
{
    return object->type == OBJECT_TUNNEL
               ? value_string(&object->fields[FIELD_TUNNEL_NAME])
               : NULL;
}

static void
describe_overlap(const struct subject *subject, const struct object *other,
    uint32_t address, struct finding *out)
{
    struct cover cover = config_tunnel_cover(other, false);
    struct ike_selector theirs = {.first = cover.first, .last = cover.last};
    struct cfg_tunnel view;
    char ours_text[48];
    char theirs_text[48];
    char text[IP_TEXT_SIZE];
    char end[IP_TEXT_SIZE];

    cfg_tunnel_read(other->fields, &view);
    ike_selector_text(&subject->there, ours_text, sizeof ours_text);
    ike_selector_text(&theirs, theirs_text, sizeof theirs_text);
    (void)ip_format(view.destination_address, end);
    *out = finding_of(CAUSE_OVERLAP);
    finding_text(out->sentence,
        "The networks of two tunnels overlap: traffic for %s, for which "
        "tunnel %s is (%s), leaves by tunnel %s (%s, to %s).",
        ip_format(address, text), subject->view.name, ours_text, view.name,
        theirs_text, end);
    finding_text(out->ours, "%s: %s; %s: %s", subject->view.name, ours_text,
        view.name, theirs_text);
    finding_text(out->fix,
        "Here: correct `tunnel peer-identity` of tunnel %s, or the `ip route` "
        "that leads into it.",
        view.name);
}

static void
describe_route(const struct subject *subject, const struct object *other,
    uint32_t address, struct finding *out)
{
    char network[48];
    char text[IP_TEXT_SIZE];

    ike_selector_text(&subject->there, network, sizeof network);
    *out = finding_of(CAUSE_ROUTED_ELSEWHERE);
    finding_text(out->sentence,
        "Traffic for %s, of the peer's network %s, is not routed into the "
        "tunnel%s.",
        ip_format(address, text), network,
        other == NULL ? ": there is no route"
                      : ", but out by another interface");
    finding_text(out->fix, "Here: `ip route` for %s, to `tunnel ipsec:%s`.",
        network, subject->view.name);
}

/* Whose is this address of the peer's network, if not ours?  True: found. */
static bool
is_elsewhere(const struct diagnosis *diagnosis, const struct subject *subject,
    uint32_t address, struct finding *out)
{
    const struct object *other;
    uint32_t interface = 0;
    enum err error = ipsec_resolve(diagnosis->parts.ipsec,
        subject->view.virtual_router, address, &interface);

    if (error == OK && interface == subject->interface)
        return false;
    if (error == ERR_EXISTS)
        return false; /* an address of the router itself */
    other = error == OK ? ipsec_interface_of(diagnosis->parts.ipsec, interface)
                        : NULL;
    if (other != NULL && tunnel_name(other) != NULL) {
        struct value name = value_text(tunnel_name(other));

        other = config_find_tunnel(subject->running, &name);
        value_done(&name);
        if (other != NULL)
            describe_overlap(subject, other, address, out);
    } else {
        describe_route(subject, other, address, out);
    }
    return true;
}

/* The other tunnels whose networks touch ours say where to look. */
static bool
find_elsewhere(const struct diagnosis *diagnosis, const struct subject *subject,
    struct finding *out)
{
    const struct object *other = NULL;
    struct cover theirs;
    uint32_t first;

    if (!subject->counters.up)
        return false; /* its own routes wait for it */
    while ((other = config_next(subject->running, OBJECT_TUNNEL,
                other != NULL ? other->fields : NULL)) != NULL) {
        theirs = config_tunnel_cover(other, false);
        if (is_same_tunnel(other, subject->tunnel) ||
            theirs.first > subject->there.last ||
            theirs.last < subject->there.first)
            continue;
        first = theirs.first > subject->there.first ? theirs.first
                                                    : subject->there.first;
        if (is_elsewhere(diagnosis, subject, first, out) ||
            (first < UINT32_MAX && first + 1 <= subject->there.last &&
                is_elsewhere(diagnosis, subject, first + 1, out)))
            return true;
    }
    if (subject->there.first == 0 && subject->there.last == UINT32_MAX)
        return false; /* whatever is routed into it */
    first = subject->counters.last_destination;
    if (first < subject->there.first || first > subject->there.last) {
        first = subject->there.first +
                (subject->there.last - subject->there.first) / 2;
    }
    return is_elsewhere(diagnosis, subject, first, out);
}

/* Ours lies within another one, and takes from it. */
static bool
find_taken(const struct diagnosis *diagnosis, const struct subject *subject,
    struct finding *out)
{
    const struct object *other = NULL;
    struct finding found = {.cause = CAUSE_UNKNOWN};
    struct subject wider;

    if (subject->there.first == 0 && subject->there.last == UINT32_MAX)
        return false;
    while ((other = config_next(subject->running, OBJECT_TUNNEL,
                other != NULL ? other->fields : NULL)) != NULL) {
        struct cover theirs = config_tunnel_cover(other, false);

        if (is_same_tunnel(other, subject->tunnel) ||
            theirs.first > subject->there.first ||
            theirs.last < subject->there.last ||
            (theirs.first == 0 && theirs.last == UINT32_MAX))
            continue;
        wider = *subject;
        wider.tunnel = other;
        cfg_tunnel_read(other->fields, &wider.view);
        wider.there =
            (struct ike_selector){.first = theirs.first, .last = theirs.last};
        if (ipsec_interface(diagnosis->parts.ipsec, other, &wider.interface) !=
                OK ||
            !is_elsewhere(diagnosis, &wider, subject->there.first, &found) ||
            found.cause != CAUSE_OVERLAP)
            continue;
        *out = found;
        return true;
    }
    return false;
}

bool
find_overlap(const struct diagnosis *diagnosis, const struct subject *subject,
    struct finding *out)
{
    return find_elsewhere(diagnosis, subject, out) ||
           find_taken(diagnosis, subject, out);
}

/* ---- what was agreed ---- */

static bool
find_narrowed(const struct diagnosis *diagnosis, const struct subject *subject,
    struct finding *out)
{
    const struct ike_selector *mine[2];
    const struct ike_selector *agreed[2];
    char asked[2][48];
    char got[2][48];
    int at;

    (void)diagnosis;
    if (!subject->has_ike || !subject->state.is_up)
        return false;
    mine[0] = &subject->ike.local_selector;
    mine[1] = &subject->ike.remote_selector;
    agreed[0] = &subject->state.local_selector;
    agreed[1] = &subject->state.remote_selector;
    for (int i = 0; i < 2; i++) {
        ike_selector_text(mine[i], asked[i], sizeof asked[i]);
        ike_selector_text(agreed[i], got[i], sizeof got[i]);
    }
    at = ike_selector_is_same(mine[0], agreed[0]) ? 1 : 0;
    if (ike_selector_is_same(mine[at], agreed[at]))
        return false;
    *out = finding_of(CAUSE_NARROWED);
    finding_text(out->sentence,
        "The peer narrowed %s %s to %s: hosts outside of that get no answer.",
        at == 0 ? "this router's network" : "its own network", asked[at],
        got[at]);
    finding_text(out->ours, "here %s, there %s", asked[0], asked[1]);
    finding_text(out->theirs, "here %s, there %s", got[0], got[1]);
    finding_text(out->fix,
        "Peer: set its %s network to %s (it has %s). Here: or set `tunnel "
        "%s-identity` to %s.",
        at == 0 ? "remote" : "local", asked[at], got[at],
        at == 0 ? "local" : "peer", got[at]);
    return true;
}

static bool
is_short(uint32_t theirs, uint32_t ours)
{
    return theirs != 0 && theirs < SHORT_S && theirs < ours / FAR_BELOW;
}

static bool
find_short_phase1(const struct diagnosis *diagnosis,
    const struct subject *subject, struct finding *out)
{
    const struct ike *ike = negotiator_ike(diagnosis->parts.negotiator);
    struct ike_rule rules[IKE_RULES_MAX] = {0};
    struct ike_peer_state peer = {0};
    uint64_t span_s;

    if (!subject->has_ike || !ike_peer_state(ike, subject->interface, &peer) ||
        ike_rules_of(ike, subject->interface, rules) == 0 ||
        !is_short(peer.offered_lifetime_s, rules[0].lifetime_s))
        return false;
    span_s = (diagnosis->now_us - peer.first_phase1_us) / S_US;
    *out = finding_of(CAUSE_SHORT_IKE_LIFETIME);
    finding_text(out->sentence,
        "The peer's phase 1 lifetime is %u s (it says so in its proposals): "
        "phase 1 was made %u times in %llu s.",
        peer.offered_lifetime_s, peer.phase1_count, (unsigned long long)span_s);
    finding_text(out->ours, "phase 1 lifetime %u s", rules[0].lifetime_s);
    finding_text(out->theirs, "phase 1 lifetime %u s", peer.offered_lifetime_s);
    finding_text(out->fix, "Peer: set the phase 1 (IKE) lifetime to %u s.",
        rules[0].lifetime_s);
    return true;
}

static bool
find_short_phase2(const struct diagnosis *diagnosis,
    const struct subject *subject, struct finding *out)
{
    (void)diagnosis;
    if (!subject->has_ike || !subject->state.is_up ||
        !is_short(subject->state.lifetime_s, subject->ike.lifetime_s))
        return false;
    *out = finding_of(CAUSE_SHORT_LIFETIME);
    finding_text(out->sentence,
        "The peer's phase 2 lifetime is %u s: the SAs are made anew every few "
        "seconds.",
        subject->state.lifetime_s);
    finding_text(out->ours, "phase 2 lifetime %u s", subject->ike.lifetime_s);
    finding_text(
        out->theirs, "phase 2 lifetime %u s", subject->state.lifetime_s);
    finding_text(out->fix, "Peer: set the phase 2 lifetime to %u s.",
        subject->ike.lifetime_s);
    return true;
}

/* ---- what came back ---- */

/* Codes of "destination unreachable" that a filter sends; RFC 1812, 5.2.7.1. */
static bool
is_filter(uint8_t code)
{
    return code == 9 || code == 10 || code == 13;
}

static const char *
error_words(const struct seen_error *seen)
{
    if (seen->type != ICMP_UNREACHABLE)
        return "an error";
    if (is_filter(seen->code))
        return "administratively prohibited";
    if (seen->code == ICMP_CODE_HOST)
        return "host unreachable";
    return seen->code == ICMP_CODE_PORT ? "port unreachable"
                                        : "destination unreachable";
}

static enum cause
error_cause(const struct seen_error *seen)
{
    if (seen->type != ICMP_UNREACHABLE)
        return CAUSE_ERROR_BEHIND;
    if (is_filter(seen->code))
        return CAUSE_FILTER_BEHIND;
    return seen->code == ICMP_CODE_HOST ? CAUSE_HOST_DOWN : CAUSE_ERROR_BEHIND;
}

static void
describe_error(const struct subject *subject, const struct seen_error *seen,
    struct finding *out)
{
    char from[IP_TEXT_SIZE];
    char to[IP_TEXT_SIZE];
    char here[48];

    (void)ip_format(seen->source, from);
    (void)ip_format(seen->destination, to);
    ike_selector_text(&subject->here, here, sizeof here);
    *out = finding_of(error_cause(seen));
    finding_text(out->theirs, "ICMP %s (%u/%u) from %s about %s, %u times",
        error_words(seen), seen->type, seen->code, from, to, seen->times);
    if (out->cause == CAUSE_FILTER_BEHIND) {
        finding_text(out->sentence,
            "A packet filter at %s, behind the tunnel, rejects the traffic "
            "for %s; the tunnel itself is in order.",
            from, to);
        finding_text(
            out->fix, "Peer: allow %s in the packet filter of %s.", here, from);
    } else if (out->cause == CAUSE_HOST_DOWN) {
        finding_text(out->sentence,
            "The host %s behind the peer does not answer on its own network: "
            "%s says that it is unreachable; the tunnel itself is in order.",
            to, from);
        finding_text(out->fix,
            "Peer: see that the host %s is switched on and has this address.",
            to);
    } else {
        finding_text(out->sentence,
            "%s, behind the tunnel, cannot deliver the traffic for %s; the "
            "tunnel itself is in order.",
            from, to);
        finding_text(
            out->fix, "Peer: correct the routes of %s for %s.", from, to);
    }
}

bool
find_error_behind(const struct diagnosis *diagnosis,
    const struct subject *subject, uint64_t since_us, struct finding *out)
{
    const struct seen_error *seen = NULL;
    size_t i;

    for (i = 0; i < SEEN_MAX; i++) {
        const struct seen_error *each = &diagnosis->errors[i];

        if (each->when_us < since_us || !is_fresh(diagnosis, each->when_us) ||
            each->interface != subject->interface ||
            each->code == ICMP_CODE_PORT || each->code == ICMP_CODE_TOO_BIG)
            continue;
        if (seen == NULL || each->times > seen->times)
            seen = each;
    }
    if (seen != NULL)
        describe_error(subject, seen, out);
    return seen != NULL;
}

static bool
find_error(const struct diagnosis *diagnosis, const struct subject *subject,
    struct finding *out)
{
    return find_error_behind(diagnosis, subject, 1, out);
}

static bool
find_nothing_back(const struct diagnosis *diagnosis,
    const struct subject *subject, struct finding *out)
{
    const struct carried *carried;
    uint64_t last;
    uint64_t sent;
    char age[32];

    if (subject->interface >= diagnosis->room)
        return false;
    carried = &diagnosis->carried[subject->interface];
    last =
        carried->in_us > carried->since_us ? carried->in_us : carried->since_us;
    sent = carried->out - carried->out_at_last_in;
    if (!carried->is_known || sent < SILENT_PACKETS ||
        diagnosis->now_us < last + (uint64_t)SILENT_S * S_US)
        return false;
    age_text(diagnosis, carried->in_us, age, sizeof age);
    *out = finding_of(CAUSE_NOTHING_BACK);
    finding_text(out->sentence,
        "%llu packets went out and none came in since; the last one came %s.",
        (unsigned long long)sent, age);
    finding_text(
        out->fix, "`test ipsec tunnel %s` finds out why.", subject->view.name);
    return true;
}

size_t
look_at_carrying(struct diagnosis *diagnosis, const struct subject *subject,
    const struct finding_sink *sink)
{
    static look *const looks[] = {
        find_wrong_key,
        find_unknown_spi,
        find_overlap,
        find_narrowed,
        find_error,
        find_short_phase1,
        find_short_phase2,
        find_nothing_back,
    };
    struct finding finding;
    size_t count = 0;
    size_t i;

    for (i = 0; i < sizeof looks / sizeof looks[0]; i++) {
        if (!looks[i](diagnosis, subject, &finding))
            continue;
        sink->take(sink->context, &finding);
        count++;
    }
    return count;
}
