/*
 * choice.c - which policy rules phase 1 goes by.  RFC 2409, 5.
 *
 * A rule is usable where its proof is at hand: pre-share needs the peer's key,
 * rsa-sig a key pair of ours.  As initiator we take the first usable rule that
 * asks for aggressive mode and offer it with the others of its group and
 * method, since the message already holds a public value and an identity;
 * without one it is main mode, with all usable rules.  As responder the first
 * usable rule wins that matches one of the offers and allows the mode.
 */
#include "ike/phase1.h"

#include "base/arena.h"
#include "base/ip.h"
#include "ike/numbers.h"
#include "ike/payloads.h"

#include <stdio.h>
#include <string.h>

enum { SOURCE_TEXT = 64 };

/* ---- what this end offers ---- */

/* Has a key of one kind or the other, where the mode allows that kind. */
static bool
can_begin(const struct ike *ike, const struct peer *peer,
    const struct ike_rule *rule, bool is_aggressive)
{
    bool by_name;

    if (rule->method == IKE_RSA_SIG)
        return can_sign(ike);
    return initiator_key(ike, peer, is_aggressive, &by_name) != NULL;
}

static bool
is_wanted_aggressive(const struct ike_rule *rule)
{
    return rule->aggressive == IKE_AGGRESSIVE_REQUESTED ||
           rule->aggressive == IKE_AGGRESSIVE_REQUIRED;
}

/* Why there is nothing to offer. */
static void
fault_nothing(struct ike *ike, const struct peer *peer,
    const struct ike_rule *rules, size_t count)
{
    char text[IP_TEXT_SIZE];

    for (size_t i = 0; i < count; i++) {
        if (rules[i].method == IKE_PRE_SHARE) {
            fault_no_key(ike, ip_format(peer->remote, text));
            return;
        }
    }
    if (count == 0) {
        (void)fault(ike, IKE_REASON_NO_RULE, 0);
        return;
    }
    (void)fault(ike, IKE_REASON_NO_CERTIFICATE, 0);
    rules_text(rules, count, ike->fault.ours, sizeof ike->fault.ours);
}

bool
choose_offer(struct ike *ike, const struct peer *peer,
    struct ike_rule out_offer[IKE_RULES_MAX], size_t *out_count,
    bool *out_is_aggressive)
{
    struct ike_rule rules[IKE_RULES_MAX];
    size_t count = rules_for(ike, peer->vr, peer->local, rules);
    const struct ike_rule *wanted = NULL;
    size_t offered = 0;

    for (size_t i = 0; i < count && wanted == NULL; i++) {
        if (is_wanted_aggressive(&rules[i]) &&
            can_begin(ike, peer, &rules[i], true))
            wanted = &rules[i];
    }
    for (size_t i = 0; i < count; i++) {
        bool fits = rules[i].aggressive != IKE_AGGRESSIVE_REQUIRED;

        if (wanted != NULL) {
            fits = rules[i].group == wanted->group &&
                   rules[i].method == wanted->method &&
                   rules[i].aggressive != IKE_AGGRESSIVE_NONE;
        }
        if (fits && can_begin(ike, peer, &rules[i], wanted != NULL))
            out_offer[offered++] = rules[i];
    }
    if (offered == 0)
        fault_nothing(ike, peer, rules, count);
    *out_count = offered;
    *out_is_aggressive = wanted != NULL;
    return offered > 0;
}

void
phase1_offer(struct ike_sa *sa, const struct ike_rule *rules, size_t count)
{
    sa->p1->offered = mem_alloc(count * sizeof *rules);
    memcpy(sa->p1->offered, rules, count * sizeof *rules);
    sa->p1->offered_count = count;
}

enum err
p1_build_offer(struct ike *ike, struct ike_sa *sa, struct builder *b)
{
    struct phase1 *p1 = sa->p1;
    uint8_t body[2560];
    struct wr w = wr_over(body, sizeof body);
    char text[IKE_TEXT_SIZE];

    rules_text(p1->offered, p1->offered_count, text, sizeof text);
    note(ike, IKE_NO_TUNNEL, sa->peer->remote, "we offer: %s", text);
    proposal_build_phase1(&w, p1->offered, p1->offered_count);
    if (!wr_ok(&w))
        return ERR_EXHAUSTED;
    blob_set(&p1->sa_body, body, wr_length(&w));
    build_payload(b, PAYLOAD_SA, body, wr_length(&w));
    return OK;
}

/* ---- which of them both ends have ---- */

static bool
mode_is_allowed(const struct ike_rule *rule, bool is_aggressive)
{
    return is_aggressive ? rule->aggressive != IKE_AGGRESSIVE_NONE
                         : rule->aggressive != IKE_AGGRESSIVE_REQUIRED;
}

static uint32_t
smaller(uint32_t ours, uint32_t theirs)
{
    return theirs != 0 && theirs < ours ? theirs : ours;
}

static void
offers_text(const struct offers *offers, char text[IKE_TEXT_SIZE])
{
    size_t at = 0;

    text[0] = '\0';
    for (size_t i = 0; i < offers->count && at + 1 < IKE_TEXT_SIZE; i++) {
        char one[80];
        int length;

        offer_text_phase1(&offers->list[i], one, sizeof one);
        length = snprintf(
            text + at, IKE_TEXT_SIZE - at, "%s%s", i > 0 ? "; " : "", one);
        at += length > 0 ? (size_t)length : 0;
    }
}

/* The pair that comes nearest names what does not match. */
static enum err
fault_proposal(struct ike *ike, const struct ike_rule *rules, size_t count,
    const struct offers *offers)
{
    const struct ike_rule *near_rule = NULL;
    const struct offer *near_offer = NULL;
    enum ike_reason reason = IKE_REASON_PROPOSAL_ENCRYPTION;
    unsigned best = 0;
    enum err error;
    char ours[SOURCE_TEXT];
    char theirs[SOURCE_TEXT];

    for (size_t r = 0; r < count; r++) {
        for (size_t o = 0; o < offers->count; o++) {
            enum ike_reason first = IKE_REASON_MODE;
            unsigned same =
                proposal_compare(&rules[r], &offers->list[o], &first);

            if (near_rule != NULL && same <= best)
                continue;
            best = same;
            reason = first;
            near_rule = &rules[r];
            near_offer = &offers->list[o];
        }
    }
    error =
        fault(ike, count > 0 ? reason : IKE_REASON_NO_RULE, NOTIFY_NO_PROPOSAL);
    rules_text(rules, count, ike->fault.ours, sizeof ike->fault.ours);
    offers_text(offers, ike->fault.theirs);
    if (near_rule == NULL || reason == IKE_REASON_MODE)
        return error;
    rule_text(near_rule, ours, sizeof ours);
    attribute_text(reason, near_offer, theirs, sizeof theirs);
    fault_text(ike->fault.mismatch, "%s Here: %s. The peer: %s.",
        ike_reason_sentence(reason), ours, theirs);
    return error;
}

static bool
choose(struct ike_sa *sa, const struct ike_rule *rules, size_t count,
    const struct offers *offers)
{
    struct wr w = wr_over(sa->p1->choice, sizeof sa->p1->choice);

    for (size_t r = 0; r < count; r++) {
        if (!mode_is_allowed(&rules[r], sa->is_aggressive))
            continue;
        for (size_t o = 0; o < offers->count; o++) {
            const struct offer *offer = &offers->list[o];
            enum ike_reason first;

            if (proposal_compare(&rules[r], offer, &first) < 4 ||
                offer->protocol != PROTOCOL_ISAKMP ||
                offer->id != TRANSFORM_KEY_IKE ||
                offer->attributes_length > 256)
                continue;
            sa->suite = rules[r];
            sa->offered_lifetime_s = offer->lifetime_s;
            sa->suite.lifetime_s =
                smaller(rules[r].lifetime_s, offer->lifetime_s);
            offer_build(&w, offer, NULL, 0);
            sa->p1->choice_length = wr_length(&w);
            return wr_ok(&w);
        }
    }
    return false;
}

/* The responder's keys are by the peer's address, and in aggressive mode by the
 * identity that came with the offer. */
static size_t
usable(struct ike *ike, struct ike_sa *sa, const struct ike_rule *rules,
    size_t count, struct ike_rule out_rules[IKE_RULES_MAX])
{
    bool has_key = p1_find_key(ike, sa, sa->is_aggressive);
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (rules[i].method == IKE_RSA_SIG ? can_sign(ike) : has_key)
            out_rules[kept++] = rules[i];
    }
    return kept;
}

/* Nothing matches that can be used; would something that cannot? */
static enum err
fault_choice(struct ike *ike, struct ike_sa *sa, const struct ike_rule *rules,
    size_t count, const struct offers *offers)
{
    char text[IP_TEXT_SIZE];

    if (!choose(sa, rules, count, offers))
        return fault_proposal(ike, rules, count, offers);
    if (sa->suite.method == IKE_RSA_SIG) {
        (void)fault(ike, IKE_REASON_NO_CERTIFICATE, NOTIFY_NO_PROPOSAL);
        rule_text(&sa->suite, ike->fault.ours, sizeof ike->fault.ours);
        return ERR_NOT_FOUND;
    }
    fault_no_key(ike, sa->is_aggressive && sa->identity.name[0] != '\0'
                          ? sa->identity.name
                          : ip_format(sa->peer->remote, text));
    return ERR_NOT_FOUND;
}

enum err
p1_take_offer(struct ike *ike, struct ike_sa *sa, const struct message *message)
{
    const struct payload *payload = message_find(message, PAYLOAD_SA);
    const struct peer *peer = sa->peer;
    struct ike_rule all[IKE_RULES_MAX];
    struct ike_rule rules[IKE_RULES_MAX];
    size_t all_count = rules_for(ike, peer->vr, peer->local, all);
    size_t count;
    struct offers offers;

    if (offers_read(payload, true, &offers) != OK || offers.count == 0)
        return ERR_MALFORMED;
    count = usable(ike, sa, all, all_count, rules);
    if (!choose(sa, rules, count, &offers))
        return fault_choice(ike, sa, all, all_count, &offers);
    blob_set(&sa->p1->sa_body, payload->body, payload->length);
    natt_take_vendors(ike, sa, message);
    return OK;
}

static void
tell_choice(struct ike *ike, const struct ike_sa *sa)
{
    char text[SOURCE_TEXT];

    rule_text(&sa->suite, text, sizeof text);
    note(ike, IKE_NO_TUNNEL, sa->peer->remote, "the peer chose: %s, %u s", text,
        sa->suite.lifetime_s);
}

enum err
p1_take_choice(
    struct ike *ike, struct ike_sa *sa, const struct message *message)
{
    const struct phase1 *p1 = sa->p1;
    struct offers offers;
    enum ike_reason first;

    if (offers_read(message_find(message, PAYLOAD_SA), true, &offers) != OK ||
        offers.count != 1)
        return ERR_MALFORMED;
    for (size_t i = 0; i < p1->offered_count; i++) {
        if (proposal_compare(&p1->offered[i], &offers.list[0], &first) < 4)
            continue;
        sa->suite = p1->offered[i];
        sa->suite.lifetime_s =
            smaller(p1->offered[i].lifetime_s, offers.list[0].lifetime_s);
        tell_choice(ike, sa);
        natt_take_vendors(ike, sa, message);
        return OK;
    }
    return fault_proposal(ike, p1->offered, p1->offered_count, &offers);
}
