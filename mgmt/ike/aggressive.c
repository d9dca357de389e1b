/*
 * aggressive.c - three messages; identities are in clear, and so known before
 * the key has to be.  RFC 2409, 5.4; RFC 3947, 3.2 for the NAT-D payloads.
 *
 *    HDR, SA, KE, Ni, IDii, VID   -->
 *                                 <--   HDR, SA, KE, Nr, IDir, HASH_R, VID,
 *                                       NAT-D x2
 *    HDR*, HASH_I, NAT-D x2       -->   (a peer may send it in clear)
 */
#include "ike/engine.h"

#include "ike/numbers.h"

static enum err
build_first(struct ike *ike, struct exchange *exchange, struct builder *b)
{
    struct ike_sa *sa = exchange->sa;
    enum err error = p1_build_offer(ike, sa, b);

    sa->suite.group = sa->p1->offered[0].group;
    if (error == OK)
        error = p1_make_dh(ike, sa);
    if (error != OK)
        return error;
    p1_build_ke(ike, sa, b);
    p1_build_id(ike, sa, b);
    natt_build_vendors(ike, sa, b);
    return OK;
}

static enum err
take_first(
    struct ike *ike, struct exchange *exchange, const struct message *message)
{
    struct ike_sa *sa = exchange->sa;
    enum err error = p1_take_offer(ike, sa, message);

    if (error == OK)
        error = p1_take_ke(ike, sa, message);
    if (error == OK)
        error = p1_take_id(ike, sa, message);
    if (error == OK)
        error = p1_find_key(ike, sa, true);
    if (error == OK)
        error = p1_make_dh(ike, sa);
    return error != OK ? error : p1_derive(ike, sa);
}

static enum err
build_answer(struct ike *ike, struct exchange *exchange, struct builder *b)
{
    struct ike_sa *sa = exchange->sa;
    const struct phase1 *p1 = sa->p1;

    build_payload(b, PAYLOAD_SA, p1->choice, p1->choice_length);
    p1_build_ke(ike, sa, b);
    p1_build_id(ike, sa, b);
    p1_build_hash(sa, b);
    natt_build_vendors(ike, sa, b);
    natt_build_discovery(sa, b);
    return OK;
}

static enum err
take_answer(
    struct ike *ike, struct exchange *exchange, const struct message *message)
{
    struct ike_sa *sa = exchange->sa;
    enum err error = p1_take_choice(ike, sa, message);

    if (error == OK)
        error = p1_take_ke(ike, sa, message);
    if (error == OK)
        error = p1_take_id(ike, sa, message);
    if (error == OK)
        error = p1_derive(ike, sa);
    if (error == OK)
        natt_take_discovery(ike, sa, message);
    if (error == OK && sa->probe != NULL) {
        sa->probe_key_is_right = p1_check_hash(ike, sa, message) == OK;
        return probe_agreed(ike, sa, message);
    }
    return error != OK ? error : p1_check_hash(ike, sa, message);
}

static enum err
build_last(struct ike *ike, struct exchange *exchange, struct builder *b)
{
    struct ike_sa *sa = exchange->sa;

    p1_build_hash(sa, b);
    natt_build_discovery(sa, b);
    p1_build_greeting(ike, sa, b);
    return OK;
}

static enum err
take_last(
    struct ike *ike, struct exchange *exchange, const struct message *message)
{
    struct ike_sa *sa = exchange->sa;
    enum err error;

    natt_take_discovery(ike, sa, message);
    error = p1_check_hash(ike, sa, message);
    if (error == OK && (message->header.flags & FLAG_ENCRYPTED) != 0)
        p1_take_notifies(ike, sa, message);
    return error;
}

/* clang-format off */
const struct step aggressive_steps[3] = {
    {NEEDS(PAYLOAD_SA) | NEEDS(PAYLOAD_KE) | NEEDS(PAYLOAD_NONCE) |
        NEEDS(PAYLOAD_ID), false, false, IKE_STAGE_PHASE1_PROPOSAL,
        build_first, take_first},
    {NEEDS(PAYLOAD_SA) | NEEDS(PAYLOAD_KE) | NEEDS(PAYLOAD_NONCE) |
        NEEDS(PAYLOAD_ID) | NEEDS(PAYLOAD_HASH), false, false,
        IKE_STAGE_PHASE1_IDENTITY, build_answer, take_answer},
    {NEEDS(PAYLOAD_HASH), true, true, IKE_STAGE_PHASE1_IDENTITY,
        build_last, take_last},
};
/* clang-format on */
