/*
 * phase2.c - asking again, inside the IKE SA that stands: other transforms,
 * another group for PFS, another mode, any network at either end.
 *
 *    no traversal, and a NAT on the way?   asked first: it explains the rest
 *    transforms x groups                   one of them changed, then both
 *    networks                              "any" makes a peer say what it has
 */
#include "diagnosis/state.h"

#include "base/ip.h"

#include <stdio.h>
#include <string.h>

static const uint16_t groups[] = {0, 1, 2, 5, 14, 15, 16, 19, 20, 21};

enum { GROUPS = sizeof groups / sizeof groups[0], LIKELY_GROUPS = 5 };

/* ---- the verdict ---- */

static void
group_text(uint16_t group, char *text, size_t size)
{
    if (group == 0) {
        (void)snprintf(text, size, "none");
    } else {
        (void)snprintf(text, size, "group %u", group);
    }
}

static void
transforms_words(const struct ike_tunnel *tunnel, char *text, size_t size)
{
    size_t length = 0;

    text[0] = '\0';
    for (uint8_t i = 0; i < tunnel->transform_count && length < size; i++) {
        length += (size_t)snprintf(text + length, size - length, "%s%s",
            i > 0 ? ", " : "", ike_transform_name(tunnel->transforms[i]));
    }
}

static bool
has_transform(const struct ike_tunnel *tunnel, enum transform transform)
{
    for (uint8_t i = 0; i < tunnel->transform_count; i++) {
        if (tunnel->transforms[i] == transform)
            return true;
    }
    return false;
}

static void
judge_group(
    const struct ike_tunnel *ours, uint16_t theirs, struct finding *finding)
{
    char mine[16];
    char other[16];

    group_text(ours->pfs_group, mine, sizeof mine);
    group_text(theirs, other, sizeof other);
    *finding = finding_of(CAUSE_PFS);
    if (ours->pfs_group == 0) {
        finding_text(finding->sentence,
            "The peer demands perfect forward secrecy (%s), and this router's "
            "quick mode carries no key exchange.",
            other);
    } else {
        finding_text(finding->sentence,
            "The two ends do not agree on perfect forward secrecy: this router "
            "asks with %s, the peer takes %s.",
            mine, other);
    }
    finding_text(finding->ours, "PFS %s", mine);
    finding_text(finding->theirs, "PFS %s", other);
    if (theirs == 0) {
        finding_text(finding->fix,
            "Here: `no tunnel pfs group`. Peer: or ask for PFS %s.", mine);
    } else {
        finding_text(finding->fix, "Here: `tunnel pfs %s`. Peer: or %s%s.",
            other, ours->pfs_group == 0 ? "ask for no PFS" : "take ",
            ours->pfs_group == 0 ? "" : mine);
    }
}

static void
judge_transform(const struct ike_tunnel *ours, enum transform theirs,
    uint16_t group, struct finding *finding)
{
    char other[16];

    *finding = finding_of(CAUSE_TRANSFORM);
    transforms_words(ours, finding->ours, sizeof finding->ours);
    finding_text(finding->theirs, "%s", ike_transform_name(theirs));
    finding_text(finding->sentence,
        "No IPsec transform in common: this router offers %.160s, the peer "
        "refuses that and takes %s.",
        finding->ours, finding->theirs);
    finding_text(finding->fix,
        "Peer: accept %.160s (ESP, phase 2). Here: or add %s to the tunnel's "
        "`ipsec transform-set`.",
        finding->ours, finding->theirs);
    if (group == ours->pfs_group)
        return;
    group_text(group, other, sizeof other);
    (void)snprintf(finding->fix + strlen(finding->fix),
        sizeof finding->fix - strlen(finding->fix),
        " PFS differs too: the peer takes %s.", other);
}

static void
judge_networks(struct tunnel_test *test, const struct ike_probed *probed)
{
    const struct ike_tunnel *ours = &test->subject.ike;
    struct finding finding = finding_of(CAUSE_SELECTOR);
    bool is_there =
        !ike_selector_is_same(&ours->remote_selector, &probed->remote_selector);
    bool is_here =
        !ike_selector_is_same(&ours->local_selector, &probed->local_selector);
    char mine[2][48];
    char theirs[2][48];
    const int at = is_there ? 1 : 0;

    ike_selector_text(&ours->local_selector, mine[0], sizeof mine[0]);
    ike_selector_text(&ours->remote_selector, mine[1], sizeof mine[1]);
    ike_selector_text(&probed->local_selector, theirs[0], sizeof theirs[0]);
    ike_selector_text(&probed->remote_selector, theirs[1], sizeof theirs[1]);
    finding_text(finding.ours, "here %s, there %s", mine[0], mine[1]);
    finding_text(finding.theirs, "here %s, there %s", theirs[0], theirs[1]);
    finding_text(finding.sentence,
        "The networks do not match: this router asks for %s here and %s "
        "there, and the peer protects %s here and %s there.",
        mine[0], mine[1], theirs[0], theirs[1]);
    finding_text(finding.fix,
        "Peer: set its %s network to %s%s%s. Here: or set `tunnel "
        "%s-identity` to %s.",
        is_there ? "local" : "remote", mine[at],
        is_there && is_here ? ", its remote one to " : "",
        is_there && is_here ? mine[0] : "", is_there ? "peer" : "local",
        theirs[at]);
    test_verdict(test, &finding);
}

static void
judge_mode(struct tunnel_test *test)
{
    struct finding finding = finding_of(CAUSE_ENCAPSULATION);
    bool ours = test->subject.ike.is_transport;

    finding_text(finding.ours, "%s mode", ours ? "transport" : "tunnel");
    finding_text(finding.theirs, "%s mode", ours ? "tunnel" : "transport");
    finding_text(finding.fix, "Peer: use %s.", finding.ours);
    test_verdict(test, &finding);
}

/* What was changed when the peer agreed is what was wrong. */
static void
judge_agreed(struct tunnel_test *test, const struct ike_probed *probed)
{
    const struct ike_tunnel *ours = &test->subject.ike;
    struct finding finding;

    if (test->asked.is_transport != ours->is_transport) {
        judge_mode(test);
        return;
    }
    if (!has_transform(ours, probed->transform)) {
        judge_transform(ours, probed->transform, probed->group, &finding);
    } else if (probed->group != ours->pfs_group) {
        judge_group(ours, probed->group, &finding);
    } else { /* the same, and now it is accepted */
        finding = finding_of(CAUSE_REFUSED);
        finding.is_sure = false;
        finding_text(finding.sentence,
            "The peer refused the proposal, and takes the same one now.");
        finding_text(finding.fix, "Here: `test ipsec tunnel %s` again.",
            test->subject.view.name);
    }
    test_verdict(test, &finding);
}

static void
judge_nothing(struct tunnel_test *test)
{
    const struct negotiator_failure entry = {test->failure, 1};
    struct finding finding = finding_from_failure(&entry, &test->subject);

    finding.is_sure = finding.cause == CAUSE_SELECTOR;
    if (!finding.is_sure) {
        finding_text(finding.sentence,
            "The peer refuses phase 2 whatever transform, PFS, mode and "
            "network is asked for.");
    }
    test_verdict(test, &finding);
}

/* ---- any network ---- */

static const struct ike_selector any = {.first = 0, .last = UINT32_MAX};

static test_step asked_networks;

static void
ask_networks(struct tunnel_test *test)
{
    struct ike_probe probe = {.is_phase2 = true};

    if (test->variant >= 3) {
        judge_nothing(test);
        return;
    }
    probe.tunnel = test->subject.ike;
    if (test->variant != 1)
        probe.tunnel.remote_selector = any;
    if (test->variant != 0)
        probe.tunnel.local_selector = any;
    test_wait_probe(test, &probe, asked_networks);
}

static void
asked_networks(struct tunnel_test *test)
{
    const struct ike_tunnel *ours = &test->subject.ike;
    const struct ike_probed *probed = &test->probed;

    if (probed->end == IKE_PROBE_AGREED &&
        (!ike_selector_is_same(
             &ours->remote_selector, &probed->remote_selector) ||
            !ike_selector_is_same(
                &ours->local_selector, &probed->local_selector))) {
        judge_networks(test, probed);
        return;
    }
    test->variant++;
    ask_networks(test);
}

static void
search_networks(struct tunnel_test *test)
{
    test_say(test, "Asking again for any network.");
    test->variant = 0;
    ask_networks(test);
}

/* ---- transforms and groups ---- */

/* The chunk of transforms that are not ours; ours for chunk 0.  False: there
 * are no more. */
static bool
choose_transforms(struct ike_tunnel *tunnel, unsigned chunk)
{
    struct ike_tunnel ours = *tunnel;
    unsigned skip;
    int transform;

    if (chunk == 0)
        return true;
    skip = (chunk - 1) * IKE_TRANSFORMS_MAX;
    tunnel->transform_count = 0;
    /* from the strongest down: what peers have nowadays comes first */
    for (transform = TRANSFORM_COUNT - 1; transform >= 0; transform--) {
        if (has_transform(&ours, (enum transform)transform))
            continue;
        if (skip > 0) {
            skip--;
        } else if (tunnel->transform_count < IKE_TRANSFORMS_MAX) {
            tunnel->transforms[tunnel->transform_count++] =
                (enum transform)transform;
        }
    }
    return tunnel->transform_count > 0;
}

/* The order of what is asked, one step each: other transforms; other groups;
 * the other mode; both of the first two. */
enum { CHUNKS = 5 };

static bool
choose_variant(
    const struct ike_tunnel *ours, unsigned variant, struct ike_tunnel *out)
{
    unsigned chunk = 0;
    unsigned group = 0;
    unsigned n = variant;

    *out = *ours;
    if (n < CHUNKS) {
        chunk = n + 1;
        return choose_transforms(out, chunk);
    }
    n -= CHUNKS;
    if (n < GROUPS) {
        out->pfs_group = groups[n];
        return groups[n] != ours->pfs_group;
    }
    n -= GROUPS;
    if (n == 0) {
        out->is_transport = !ours->is_transport;
        return true;
    }
    n--;
    chunk = n / LIKELY_GROUPS + 1;
    group = n % LIKELY_GROUPS;
    out->pfs_group = groups[group];
    return groups[group] != ours->pfs_group && choose_transforms(out, chunk);
}

enum { VARIANTS = CHUNKS + GROUPS + 1 + CHUNKS * LIKELY_GROUPS };

static test_step asked_variant;

static void
ask_variant(struct tunnel_test *test)
{
    struct ike_probe probe = {.is_phase2 = true};

    while (test->variant < VARIANTS &&
           !choose_variant(&test->subject.ike, test->variant, &test->asked))
        test->variant++;
    if (test->variant >= VARIANTS) {
        search_networks(test);
        return;
    }
    probe.tunnel = test->asked;
    test_wait_probe(test, &probe, asked_variant);
}

static void
asked_variant(struct tunnel_test *test)
{
    test_refresh(test);
    if (!test->subject.has_ike || test->probed.end == IKE_PROBE_IMPOSSIBLE) {
        judge_nothing(test); /* the IKE SA is gone */
    } else if (test->probed.end == IKE_PROBE_AGREED) {
        judge_agreed(test, &test->probed);
    } else {
        test->variant++;
        ask_variant(test);
    }
}

static void
search_values(struct tunnel_test *test)
{
    if (test->failure.reason == IKE_REASON_SELECTOR) {
        search_networks(test);
        return;
    }
    test_say(test, "Asking again with other transforms, groups and modes.");
    test->variant = 0;
    ask_variant(test);
}

/* ---- is there a NAT that nobody speaks of? ---- */

static void
asked_nat(struct tunnel_test *test)
{
    const struct ike_probed *probed = &test->probed;
    struct finding finding = finding_of(CAUSE_NAT_WITHOUT_TRAVERSAL);
    char text[IP_TEXT_SIZE];

    if (probed->end != IKE_PROBE_AGREED || !probed->knows_nat_t ||
        (!probed->is_here_changed && !probed->is_there_changed)) {
        test->otherwise(test);
        return;
    }
    finding_text(finding.sentence,
        "There is address translation (NAT) in the path: %s. This router does "
        "not negotiate NAT-T.",
        probed->is_here_changed && probed->is_there_changed
            ? "the peer sees this router under another address than its own, "
              "and is itself behind one"
        : probed->is_here_changed
            ? "the peer sees this router under another address than its own"
            : "the peer is behind it");
    finding_text(finding.ours, "NAT-T off, address %s",
        ip_format(test->subject.local, text));
    finding_text(finding.theirs,
        "NAT-T known; its NAT-D payloads do not fit the addresses here");
    finding_text(finding.fix,
        "Here: `ipsec option nat-t` in the transport virtual router%s%s.",
        test->subject.view.transport_vr != NULL ? " " : "",
        test->subject.view.transport_vr != NULL
            ? test->subject.view.transport_vr
            : "");
    test_verdict(test, &finding);
}

static bool
speaks_nat_t(const struct tunnel_test *test)
{
    struct cfg_virtual_router view;

    return !test_transport_vr(test, &view) || view.option_nat_t;
}

void
search_nat(struct tunnel_test *test, test_step *otherwise)
{
    struct ike_rule rules[IKE_RULES_MAX];
    struct ike_probe probe = {
        .rules = rules, .is_deep = true, .is_nat_t = true};

    probe.rule_count =
        ike_rules_of(negotiator_ike(test->diagnosis->parts.negotiator),
            test->subject.interface, rules);
    if (speaks_nat_t(test)) {
        otherwise(test);
        return;
    }
    test_say(test, "Asking for address translation on the way.");
    test->otherwise = otherwise;
    test_wait_probe(test, &probe, asked_nat);
}

void
search_phase2(struct tunnel_test *test)
{
    search_nat(test, search_values);
}
