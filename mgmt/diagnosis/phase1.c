/*
 * phase1.c - asking again: which rule would the peer take, by which method
 * does it authenticate, as whom does it know us?
 *
 * Rules are asked for by how many of their four values differ from one of
 * ours, the fewest first; the peer's choice is the answer.  Whatever it
 * chooses, it has said so itself.
 */
#include "diagnosis/state.h"

#include "base/arena.h"
#include "base/ip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUES = 4 };

static const uint16_t groups[] = {2, 5, 14, 1, 15, 16, 19, 20, 21};

enum { GROUPS = sizeof groups / sizeof groups[0] };

/* ---- all rules, the nearest first ---- */

static unsigned
distance(const struct ike_rule *a, const struct ike_rule *b)
{
    return (unsigned)(a->cipher != b->cipher) + (a->digest != b->digest) +
           (a->method != b->method) + (a->group != b->group);
}

static unsigned
distance_to_ours(
    const struct ike_rule *rule, const struct ike_rule *ours, size_t count)
{
    unsigned least = VALUES;

    for (size_t i = 0; i < count; i++) {
        unsigned each = distance(rule, &ours[i]);

        least = each < least ? each : least;
    }
    return least;
}

static void
add_at_distance(struct tunnel_test *test, const struct ike_rule *ours,
    size_t count, unsigned wanted)
{
    struct ike_rule rule = ours[0];

    for (unsigned n = 0; n < 5 * 5 * 2 * GROUPS; n++) {
        rule.cipher = (enum ike_cipher)(n % 5);
        rule.digest = (enum ike_digest)(n / 5 % 5);
        rule.method = (enum ike_method)(n / 25 % 2);
        rule.group = groups[n / 50];
        if (distance_to_ours(&rule, ours, count) == wanted &&
            test->rule_count < RULES_ALL)
            test->rules[test->rule_count++] = rule;
    }
}

static size_t
our_rules(const struct tunnel_test *test, struct ike_rule *out)
{
    return ike_rules_of(negotiator_ike(test->diagnosis->parts.negotiator),
        test->subject.interface, out);
}

static void
list_rules(struct tunnel_test *test)
{
    struct ike_rule ours[IKE_RULES_MAX] = {0};
    size_t count = our_rules(test, ours);

    test->rules = mem_alloc(RULES_ALL * sizeof *test->rules);
    for (unsigned d = 1; d <= VALUES && count > 0; d++)
        add_at_distance(test, ours, count, d);
}

/* ---- the verdict ---- */

static const struct ike_rule *
nearest(const struct ike_rule *rule, const struct ike_rule *ours, size_t count)
{
    const struct ike_rule *best = &ours[0];

    for (size_t i = 1; i < count; i++) {
        if (distance(rule, &ours[i]) < distance(rule, best))
            best = &ours[i];
    }
    return best;
}

/* The text of a rule's values, one by one. */
static void
split(const struct ike_rule *rule, char words[VALUES][16])
{
    char text[80];
    char group[16];

    ike_rule_text(rule, text, sizeof text);
    if (sscanf(text, "%15s %15s %15s %15s %15s", words[0], words[1], words[2],
            words[3], group) == VALUES + 1)
        (void)snprintf(words[3], sizeof words[3], "group %.8s", group);
}

static void
judge_rule(struct tunnel_test *test, const struct ike_rule *chosen)
{
    static const enum cause causes[VALUES] = {CAUSE_PROPOSAL_ENCRYPTION,
        CAUSE_PROPOSAL_HASH, CAUSE_PROPOSAL_AUTHENTICATION,
        CAUSE_PROPOSAL_GROUP};
    static const char *const settings[VALUES] = {
        "encryption", "hash", "authentication", "group"};
    struct ike_rule ours[IKE_RULES_MAX] = {0};
    const struct ike_rule *mine = nearest(chosen, ours, our_rules(test, ours));
    char my_words[VALUES][16];
    char their_words[VALUES][16];
    struct finding finding = {.is_sure = false};
    char take[120] = "";
    size_t length = 0;

    split(mine, my_words);
    split(chosen, their_words);
    for (int i = 0; i < VALUES; i++) {
        if (strcmp(my_words[i], their_words[i]) == 0)
            continue;
        if (!finding.is_sure) {
            finding = finding_of(causes[i]);
            finding_text(finding.sentence,
                "%s This router offers %s, the peer refuses it and takes %s.",
                cause_texts[causes[i]].sentence, my_words[i], their_words[i]);
        }
        length += (size_t)snprintf(take + length, sizeof take - length,
            "%s`%s %s`", length > 0 ? ", " : "", settings[i],
            strncmp(their_words[i], "group ", 6) == 0 ? their_words[i] + 6
                                                      : their_words[i]);
    }
    ike_rule_text(mine, finding.ours, sizeof finding.ours);
    ike_rule_text(chosen, finding.theirs, sizeof finding.theirs);
    finding_text(finding.fix,
        "Peer: accept %s (phase 1, IKE). Here: or an `ipsec ike-policy-rule` "
        "with %s.",
        finding.ours, take);
    test_verdict(test, &finding);
}

static void
judge_none(struct tunnel_test *test)
{
    struct finding finding = finding_of(CAUSE_PROPOSAL_REFUSED);
    char text[IP_TEXT_SIZE];

    (void)ip_format(test->subject.local, text);
    finding_text(finding.sentence,
        "The peer refuses every phase 1 proposal that there is (%zu were "
        "asked for): most likely it has no connection for %s.",
        test->rule_count, text);
    finding_text(finding.ours, "%s", test->failure.ours);
    finding_text(finding.theirs, "%s", test->failure.theirs);
    finding_text(
        finding.fix, "Peer: configure its connection for this end, %s.", text);
    test_verdict(test, &finding);
}

/* ---- which rule would it take? ---- */

static test_step asked_rules;

static void
ask_rules(struct tunnel_test *test)
{
    size_t left = test->rule_count - test->rule_at;
    struct ike_probe probe = {
        .rules = test->rules + test->rule_at,
        .rule_count = left < IKE_PROBE_RULES_MAX ? left : IKE_PROBE_RULES_MAX,
        .is_nat_t = true,
    };

    if (left == 0) {
        judge_none(test);
        return;
    }
    test->rule_at += probe.rule_count;
    test_wait_probe(test, &probe, asked_rules);
}

static void
asked_rules(struct tunnel_test *test)
{
    if (test->probed.end == IKE_PROBE_AGREED) {
        judge_rule(test, &test->probed.chosen);
    } else {
        ask_rules(test);
    }
}

void
search_phase1(struct tunnel_test *test)
{
    test_say(test, "Asking again with other proposals, the nearest first.");
    list_rules(test);
    ask_rules(test);
}

/* ---- does it authenticate in another way? ---- */

/* Was it a signature that was refused?  A peer that has certificates says by
 * which CA ours should be. */
static bool
is_of_signature(const struct ike_failure *failure)
{
    return strncmp(failure->ours, "rsa-sig", strlen("rsa-sig")) == 0;
}

static bool
knows_no_ca(const struct ike_failure *failure)
{
    return strstr(failure->theirs, "certificates of") == NULL;
}

/* Our signature was refused: does the peer go on with preshared keys, for which
 * it needs the one of this router? */
static void
asked_keys(struct tunnel_test *test)
{
    const struct negotiator_failure entry = {test->failure, 1};
    struct finding finding = finding_from_failure(&entry, &test->subject);
    char text[IP_TEXT_SIZE];

    if (test->probed.end != IKE_PROBE_AGREED ||
        test->probed.wants_certificate) {
        test_verdict(test, &finding);
        return;
    }
    (void)ip_format(test->subject.local, text);
    finding = finding_of(CAUSE_PROPOSAL_AUTHENTICATION);
    finding_text(finding.sentence,
        "The authentication methods differ: this router offers rsa-sig, and "
        "the peer asks for no certificate and refuses ours; with pre-share it "
        "goes on, for it has a key for %s.",
        text);
    finding_text(finding.ours, "rsa-sig");
    finding_text(finding.theirs, "pre-share");
    finding_text(finding.fix,
        "Peer: trust the CA of this router's certificate, and use "
        "certificates. Here: or a rule with `authentication pre-share`, and "
        "the agreed key for the peer.");
    test_verdict(test, &finding);
}

static void
asked_method(struct tunnel_test *test)
{
    const struct ike_probed *probed = &test->probed;
    struct finding finding = finding_of(CAUSE_PEER_HAS_NO_KEY);
    char text[IP_TEXT_SIZE];

    (void)ip_format(test->subject.local, text);
    finding_text(finding.ours, "pre-share");
    finding_text(finding.theirs, "%s to our key exchange with pre-share",
        ike_notify_name(test->failure.notify));
    if (probed->end == IKE_PROBE_AGREED && probed->wants_certificate) {
        finding = finding_of(CAUSE_PROPOSAL_AUTHENTICATION);
        finding_text(finding.sentence,
            "The authentication methods differ: this router offers pre-share, "
            "for which the peer has no key for %s; with rsa-sig it goes on, "
            "and asks for a certificate.",
            text);
        finding_text(finding.ours, "pre-share");
        finding_text(finding.theirs, "rsa-sig%s%s",
            probed->authority[0] != '\0' ? ", certificates of " : "",
            probed->authority);
        finding_text(finding.fix,
            "Peer: configure pre-share, and the agreed key for %s. Here: or a "
            "certificate and a rule with `authentication rsa-sig`.",
            text);
    } else {
        finding_text(finding.sentence,
            "The peer has no preshared key for %s: it took our proposal and "
            "refused the key exchange that needs the key.",
            text);
        finding_text(
            finding.fix, "Peer: enter the agreed preshared key for %s.", text);
    }
    test_verdict(test, &finding);
}

void
search_method(struct tunnel_test *test)
{
    struct ike_rule rules[IKE_RULES_MAX] = {0};
    size_t count = our_rules(test, rules);
    bool is_signed = is_of_signature(&test->failure);
    struct ike_probe probe = {
        .rule_count = count,
        .is_deep = true,
        .is_nat_t = true,
    };

    for (size_t i = 0; i < count; i++)
        rules[i].method = is_signed ? IKE_PRE_SHARE : IKE_RSA_SIG;
    probe.rules = rules;
    test_say(
        test, "Asking again with %s.", is_signed ? "pre-share" : "rsa-sig");
    test_wait_probe(test, &probe, is_signed ? asked_keys : asked_method);
}

/* ---- as whom does it know us? ---- */

enum { IDENTITIES_MAX = 24 };

static void
add_identity(struct ike_identity *list, size_t *count,
    const struct ike_identity *identity)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(list[i].name, identity->name) == 0)
            return;
    }
    if (*count < IDENTITIES_MAX && strlen(identity->name) < IKE_NAME_SIZE - 1)
        list[(*count)++] = *identity;
}

static void
add_name(struct ike_identity *list, size_t *count, const char *name)
{
    struct ike_identity identity = {0};

    (void)snprintf(identity.name, sizeof identity.name, "%s", name);
    if (name[0] != '\0')
        add_identity(list, count, &identity);
}

/* Names that this router has, or nearly has; the first is what it says. */
static size_t
list_identities(
    const struct tunnel_test *test, struct ike_identity *out, size_t room)
{
    const struct ike_identity *said = &test->subject.ike.local_identity;
    const char *at = strchr(said->name, '@');
    const struct object *other = NULL;
    struct ike_identity address = {.address = test->subject.local};
    struct cfg_system system;
    size_t count = 0;

    (void)room;
    add_identity(out, &count, said->name[0] != '\0' ? said : &address);
    if (at != NULL)
        add_name(out, &count, at + 1);
    cfg_system_read(
        config_next(test->running, OBJECT_SYSTEM, NULL)->fields, &system);
    while ((other = config_next(test->running, OBJECT_TUNNEL,
                other != NULL ? other->fields : NULL)) != NULL) {
        struct cfg_tunnel view;

        cfg_tunnel_read(other->fields, &view);
        if (view.source_identity != NULL)
            add_name(out, &count, view.source_identity);
    }
    if (said->name[0] != '\0' && at == NULL) {
        char user[2 * IKE_NAME_SIZE];

        (void)snprintf(user, sizeof user, "%s@%s",
            system.hostname != NULL ? system.hostname : "router", said->name);
        if (strlen(user) < IKE_NAME_SIZE)
            add_name(out, &count, user);
        (void)snprintf(user, sizeof user, "router@%s",
            strchr(said->name, '.') != NULL ? strchr(said->name, '.') + 1
                                            : said->name);
        if (strlen(user) < IKE_NAME_SIZE)
            add_name(out, &count, user);
    }
    if (said->name[0] != '\0')
        add_identity(out, &count, &address);
    return count;
}

static const char *
identity_kind(const struct ike_identity *identity)
{
    if (identity->name[0] == '\0')
        return "address";
    return strchr(identity->name, '@') != NULL ? "user@FQDN" : "FQDN";
}

static void
identity_words(const struct ike_identity *identity, char *text, size_t size)
{
    char address[IP_TEXT_SIZE];

    (void)snprintf(text, size, "%s (%s)",
        identity->name[0] != '\0' ? identity->name
                                  : ip_format(identity->address, address),
        identity_kind(identity));
}

static void
judge_identity(struct tunnel_test *test, const struct ike_identity *said,
    const struct ike_identity *known)
{
    struct finding finding = finding_of(CAUSE_IDENTITY_UNKNOWN);
    char text[IP_TEXT_SIZE];

    identity_words(said, finding.ours, sizeof finding.ours);
    if (known == NULL) {
        finding_text(finding.sentence,
            "The peer refuses this router as %s: it does not know that "
            "identity, or has no key for it.",
            finding.ours);
        finding_text(finding.theirs, "%s to the message with our identity",
            ike_notify_name(test->failure.notify));
        finding_text(finding.fix,
            "Here: set `tunnel source identity` to what the peer has. Peer: or "
            "set there %s, and the agreed key for it.",
            finding.ours);
        test_verdict(test, &finding);
        return;
    }
    identity_words(known, finding.theirs, sizeof finding.theirs);
    finding_text(finding.sentence,
        "The identity of this router has the wrong type or value: it says "
        "that it is %s, and the peer knows it as %s.",
        finding.ours, finding.theirs);
    finding_text(finding.fix,
        "Here: `tunnel source %s%s`. Peer: or let it know this router as %s.",
        known->name[0] != '\0' ? "identity " : "",
        known->name[0] != '\0' ? known->name : ip_format(known->address, text),
        finding.ours);
    test_verdict(test, &finding);
}

static test_step asked_identity;

static void
ask_identity(struct tunnel_test *test)
{
    struct ike_identity list[IDENTITIES_MAX] = {0};
    size_t count = list_identities(test, list, IDENTITIES_MAX);
    struct ike_rule rules[IKE_RULES_MAX] = {0};
    size_t rule_count = our_rules(test, rules);
    struct ike_probe probe = {
        .rules = rules,
        .rule_count = rule_count > 0 ? 1 : 0,
        .is_aggressive = true,
        .has_identity = true,
        .is_nat_t = true,
    };

    if (++test->variant >= count) {
        judge_identity(test, &list[0], NULL);
        return;
    }
    probe.identity = list[test->variant];
    test_wait_probe(test, &probe, asked_identity);
}

static void
asked_identity(struct tunnel_test *test)
{
    struct ike_identity list[IDENTITIES_MAX] = {0};

    if (test->probed.end == IKE_PROBE_AGREED) {
        (void)list_identities(test, list, IDENTITIES_MAX);
        judge_identity(test, &list[0], &list[test->variant]);
    } else {
        ask_identity(test);
    }
}

/* In main mode a refusal this late is about the key or the identity, and
 * nothing can be asked without being sent again as it was. */
void
search_identity(struct tunnel_test *test)
{
    const struct negotiator_failure entry = {test->failure, 1};
    struct finding finding = finding_from_failure(&entry, &test->subject);

    if (is_of_signature(&test->failure) && knows_no_ca(&test->failure)) {
        search_method(test);
        return;
    }
    if (test->failure.stage != IKE_STAGE_PHASE1_IDENTITY ||
        strstr(test->failure.ours, "aggressive") == NULL) {
        test_verdict(test, &finding);
        return;
    }
    test_say(test, "Asking again under other identities.");
    test->variant = 0;
    ask_identity(test);
}
