/*
 * compare.c - what of two sides does not fit, in the order in which it would
 * show in a negotiation.
 */
#include "offline/words.h"

#include "base/ip.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct comparison {
    const struct side *ours;
    const struct side *theirs;
    void (*take)(void *context, const struct difference *difference);
    void *context;
    size_t count;
};

static void set(char text[OFFLINE_TEXT_SIZE], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
set(char text[OFFLINE_TEXT_SIZE], const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, OFFLINE_TEXT_SIZE, fmt, args);
    va_end(args);
}

static struct difference
difference_of(enum cause cause)
{
    struct difference difference = {.cause = cause};

    set(difference.sentence, "%s", cause_texts[cause].sentence);
    set(difference.fix, "%s", cause_texts[cause].fix);
    return difference;
}

static void
tell(struct comparison *comparison, const struct difference *difference)
{
    comparison->count++;
    comparison->take(comparison->context, difference);
}

/* ---- addresses, modes, identities ---- */

static bool
is_any(const char *address)
{
    return address[0] == '\0' || strcmp(address, "%any") == 0 ||
           strcmp(address, "0.0.0.0/0") == 0;
}

static void
compare_addresses(struct comparison *comparison)
{
    const struct side *ours = comparison->ours;
    const struct side *theirs = comparison->theirs;
    struct difference difference = difference_of(CAUSE_PROPOSAL_REFUSED);

    if (!is_any(theirs->remote) && ours->local[0] != '\0' &&
        strstr(theirs->remote, ours->local) == NULL) {
        set(difference.sentence,
            "The peer has no connection for %s: its file is for %s.",
            ours->local, theirs->remote);
        set(difference.ours, "source %s", ours->local);
        set(difference.theirs, "remote address %s", theirs->remote);
        set(difference.fix, "Peer: set the remote address to %s.", ours->local);
        tell(comparison, &difference);
    }
    if (!is_any(theirs->local) && ours->remote[0] != '\0' &&
        strstr(theirs->local, ours->remote) == NULL) {
        difference = difference_of(CAUSE_NO_ANSWER);
        set(difference.sentence,
            "The peer listens to %s, and the tunnel's destination is %s.",
            theirs->local, ours->remote);
        set(difference.ours, "destination %s", ours->remote);
        set(difference.theirs, "local address %s", theirs->local);
        set(difference.fix, "Here: `tunnel destination %s`.", theirs->local);
        tell(comparison, &difference);
    }
}

static void
compare_methods(struct comparison *comparison)
{
    const struct side *ours = comparison->ours;
    const struct side *theirs = comparison->theirs;
    struct difference difference = difference_of(CAUSE_PROPOSAL_AUTHENTICATION);

    if (theirs->auth[0] != '\0' && ours->auth[0] != '\0' &&
        strcmp(ours->auth, theirs->auth) != 0) {
        set(difference.ours, "%s", ours->auth);
        set(difference.theirs, "%s", theirs->auth);
        set(difference.fix,
            "Peer: authenticate by %s. Here: or `authentication %s`.",
            ours->auth, theirs->auth);
        tell(comparison, &difference);
    }
    if (ours->is_aggressive == theirs->is_aggressive)
        return;
    difference = difference_of(CAUSE_MODE);
    set(difference.sentence, "One end uses aggressive mode, the other main "
                             "mode.");
    set(difference.ours, "%s", ours->is_aggressive ? "aggressive" : "main");
    set(difference.theirs, "%s", theirs->is_aggressive ? "aggressive" : "main");
    set(difference.fix,
        "Here: `%saggressive-mode` in the policy rule. Peer: or the other mode.",
        theirs->is_aggressive ? "" : "no ");
    tell(comparison, &difference);
}

/* The identity that one end sends, and the other end waits for. */
static void
compare_identity(struct comparison *comparison, bool is_ours)
{
    const struct side *from = is_ours ? comparison->ours : comparison->theirs;
    const struct side *to = is_ours ? comparison->theirs : comparison->ours;
    const char *said = from->local_id[0] != '\0' ? from->local_id : from->local;
    const char *wanted = to->remote_id[0] != '\0' ? to->remote_id : to->remote;
    struct difference difference =
        difference_of(is_ours ? CAUSE_IDENTITY_UNKNOWN : CAUSE_IDENTITY);

    if (said[0] == '\0' || is_any(wanted) || strcmp(said, wanted) == 0)
        return;
    if (to->remote_id[0] == '\0' && from->local_id[0] == '\0')
        return; /* addresses: told of already */
    set(difference.ours, "%s", is_ours ? said : wanted);
    set(difference.theirs, "%s", is_ours ? wanted : said);
    set(difference.sentence,
        is_ours ? "This router says that it is %s, the peer waits for %s."
                : "The peer says that it is %s, this router waits for %s.",
        said, wanted);
    set(difference.fix,
        is_ours ? "Here: `tunnel source identity %s`. Peer: or wait for %s."
                : "Peer: use the identity %s. Here: or `tunnel destination "
                  "identity %s`.",
        wanted, said);
    tell(comparison, &difference);
}

/* ---- proposals ---- */

static void
join(const char offers[][OFFLINE_OFFER_SIZE], size_t count,
    char text[OFFLINE_TEXT_SIZE])
{
    size_t length = 0;

    text[0] = '\0';
    for (size_t i = 0; i < count && length < OFFLINE_TEXT_SIZE; i++) {
        length += (size_t)snprintf(text + length, OFFLINE_TEXT_SIZE - length,
            "%s%s", i > 0 ? "; " : "", offers[i]);
    }
}

static bool
has_common(const char a[][OFFLINE_OFFER_SIZE], size_t a_count,
    const char b[][OFFLINE_OFFER_SIZE], size_t b_count)
{
    for (size_t i = 0; i < a_count; i++) {
        for (size_t k = 0; k < b_count; k++) {
            if (strcmp(a[i], b[k]) == 0)
                return true;
        }
    }
    return false;
}

/* The first of three values that differs, of the first offer of each. */
static enum cause
first_mismatch(const char *ours, const char *theirs)
{
    static const enum cause causes[3] = {
        CAUSE_PROPOSAL_ENCRYPTION, CAUSE_PROPOSAL_HASH, CAUSE_PROPOSAL_GROUP};
    char a[3][16];
    char b[3][16];

    if (sscanf(ours, "%15s %15s group %15s", a[0], a[1], a[2]) != 3 ||
        sscanf(theirs, "%15s %15s group %15s", b[0], b[1], b[2]) != 3)
        return CAUSE_PROPOSAL_REFUSED;
    for (int i = 0; i < 3; i++) {
        if (strcmp(a[i], b[i]) != 0)
            return causes[i];
    }
    return CAUSE_PROPOSAL_REFUSED;
}

static void
compare_ike(struct comparison *comparison)
{
    const struct side *ours = comparison->ours;
    const struct side *theirs = comparison->theirs;
    struct difference difference;

    if (ours->ike_count == 0 || theirs->ike_count == 0 ||
        has_common(ours->ike, ours->ike_count, theirs->ike, theirs->ike_count))
        return;
    difference = difference_of(first_mismatch(ours->ike[0], theirs->ike[0]));
    join(ours->ike, ours->ike_count, difference.ours);
    join(theirs->ike, theirs->ike_count, difference.theirs);
    set(difference.fix,
        "Peer: accept %s (phase 1). Here: or an `ipsec ike-policy-rule` with "
        "%s.",
        ours->ike[0], theirs->ike[0]);
    tell(comparison, &difference);
}

static void
compare_esp(struct comparison *comparison)
{
    const struct side *ours = comparison->ours;
    const struct side *theirs = comparison->theirs;
    struct difference difference = difference_of(CAUSE_TRANSFORM);

    if (ours->esp_count > 0 && theirs->esp_count > 0 &&
        !has_common(
            ours->esp, ours->esp_count, theirs->esp, theirs->esp_count)) {
        join(ours->esp, ours->esp_count, difference.ours);
        join(theirs->esp, theirs->esp_count, difference.theirs);
        set(difference.fix,
            "Peer: accept %s (phase 2). Here: or add %s to the tunnel's "
            "`ipsec transform-set`.",
            ours->esp[0], theirs->esp[0]);
        tell(comparison, &difference);
    }
    if (ours->pfs == theirs->pfs)
        return;
    difference = difference_of(CAUSE_PFS);
    set(difference.ours, "PFS group %u%s", ours->pfs,
        ours->pfs == 0 ? " (none)" : "");
    set(difference.theirs, "PFS group %u%s", theirs->pfs,
        theirs->pfs == 0 ? " (none)" : "");
    if (theirs->pfs == 0) {
        set(difference.fix, "Here: `no tunnel pfs group`. Peer: or group %u.",
            ours->pfs);
    } else {
        set(difference.fix, "Here: `tunnel pfs group %u`.", theirs->pfs);
    }
    tell(comparison, &difference);
}

/* ---- networks ---- */

static void
network_text(const struct offline_network *network, char text[48])
{
    uint32_t mask = ~(network->first ^ network->last);
    char first[IP_TEXT_SIZE];
    char last[IP_TEXT_SIZE];

    (void)ip_format(network->first, first);
    (void)ip_format(network->last, last);
    if (ip_is_mask(mask) && (network->first & ~mask) == 0) {
        (void)snprintf(text, 48, "%s/%u", first, ip_mask_length(mask));
    } else {
        (void)snprintf(text, 48, "%s-%s", first, last);
    }
}

/* One end's network, as both have it: here at this end or there. */
static void
compare_network(struct comparison *comparison, bool is_here)
{
    const struct side *ours = comparison->ours;
    const struct side *theirs = comparison->theirs;
    const struct offline_network *a = is_here ? &ours->here : &ours->there;
    const struct offline_network *b = is_here ? &theirs->there : &theirs->here;
    struct difference difference = difference_of(CAUSE_SELECTOR);
    char mine[48];
    char other[48];

    if (a->first == b->first && a->last == b->last)
        return;
    network_text(a, mine);
    network_text(b, other);
    set(difference.ours, "%s %s", is_here ? "here" : "there", mine);
    set(difference.theirs, "%s %s", is_here ? "here" : "there", other);
    set(difference.sentence,
        "The networks do not match: for the %s end this router has %s, the "
        "peer %s.",
        is_here ? "near" : "far", mine, other);
    set(difference.fix,
        "Peer: set its %s network to %s. Here: or `tunnel %s-identity` to %s.",
        is_here ? "remote" : "local", mine, is_here ? "local" : "peer", other);
    tell(comparison, &difference);
}

size_t
side_compare(const struct side *ours, const struct side *theirs,
    void (*take)(void *context, const struct difference *difference),
    void *context)
{
    struct comparison comparison = {ours, theirs, take, context, 0};

    compare_addresses(&comparison);
    compare_ike(&comparison);
    compare_methods(&comparison);
    compare_identity(&comparison, true);
    compare_identity(&comparison, false);
    compare_esp(&comparison);
    compare_network(&comparison, true);
    compare_network(&comparison, false);
    return comparison.count;
}
