/*
 * aggressive.c - three messages; identities are in clear, and so known before
 * the key has to be.  RFC 2409, 5.4; RFC 3947, 3.2 for the NAT-D payloads.
 *
 *    HDR, SA, KE, Ni, IDii, VID   -->
 *                                 <--   HDR, SA, KE, Nr, IDir, HASH_R, VID,
 *                                       NAT-D x2
 *    HDR*, HASH_I, NAT-D x2       -->   (a peer may send it in clear)
 *
 * With rsa-sig the first two ask for certificates, and in place of a hash the
 * last two have CERT, SIG.
 */
#include "ike/phase1.h"

#include "ike/numbers.h"
#include "ike/quick.h"

static enum err
build_first(struct ike *ike, struct exchange *exchange, struct builder *b)
{
    struct ike_sa *sa = exchange->sa;
    enum err error = p1_build_offer(ike, sa, b);

    sa->suite.group = sa->p1->offered[0].group; /* and all have one method */
    sa->suite.method = sa->p1->offered[0].method;
    if (error == OK)
        error = p1_make_dh(ike, sa);
    if (error != OK)
        return error;
    p1_build_ke(ike, sa, b);
    error = p1_build_id(ike, sa, b);
    p1_build_requests(ike, sa, b);
    natt_build_vendors(ike, sa, b);
    return error;
}

static enum err
take_first(
    struct ike *ike, struct exchange *exchange, const struct message *message)
{
    struct ike_sa *sa = exchange->sa;
    enum err error = p1_take_id(ike, sa, message);

    if (error == OK)
        error = p1_take_offer(ike, sa, message);
    if (error == OK)
        error = p1_take_ke(ike, sa, message);
    if (error == OK)
        error = p1_make_dh(ike, sa);
    if (error == OK)
        error = p1_derive(ike, sa);
    if (error == OK)
        p1_take_requests(sa, message);
    return error;
}

static enum err
build_answer(struct ike *ike, struct exchange *exchange, struct builder *b)
{
    struct ike_sa *sa = exchange->sa;
    const struct phase1 *p1 = sa->p1;
    enum err error;

    build_payload(b, PAYLOAD_SA, p1->choice, p1->choice_length);
    p1_build_ke(ike, sa, b);
    error = p1_build_id(ike, sa, b);
    if (error == OK)
        error = p1_build_proof(ike, sa, b);
    if (error != OK)
        return error;
    p1_build_requests(ike, sa, b);
    natt_build_vendors(ike, sa, b);
    natt_build_discovery(sa, b);
    return OK;
}

static enum err
take_answer(
    struct ike *ike, struct exchange *exchange, const struct message *message)
{
    struct ike_sa *sa = exchange->sa;
    const struct natt_known known = natt_known(sa);
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
        sa->probe_key_is_right = p1_check_proof(ike, sa, message) == OK;
        return probe_agreed(ike, sa, message);
    }
    if (error == OK)
        error = p1_check_proof(ike, sa, message);
    if (error == OK) {
        p1_take_requests(sa, message);
    } else {
        natt_go_back(sa, &known);
    }
    return error;
}

static enum err
build_last(struct ike *ike, struct exchange *exchange, struct builder *b)
{
    struct ike_sa *sa = exchange->sa;
    enum err error = p1_build_proof(ike, sa, b);

    if (error != OK)
        return error;
    natt_build_discovery(sa, b);
    p1_build_greeting(ike, sa, b);
    return OK;
}

static enum err
take_last(
    struct ike *ike, struct exchange *exchange, const struct message *message)
{
    struct ike_sa *sa = exchange->sa;
    const struct natt_known known = natt_known(sa);
    enum err error;

    natt_take_discovery(ike, sa, message);
    error = p1_check_proof(ike, sa, message);
    if (error != OK)
        natt_go_back(sa, &known);
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
        NEEDS(PAYLOAD_ID), false, false,
        IKE_STAGE_PHASE1_IDENTITY, build_answer, take_answer},
    {0, true, true, IKE_STAGE_PHASE1_IDENTITY,
        build_last, take_last},
};
/* clang-format on */
