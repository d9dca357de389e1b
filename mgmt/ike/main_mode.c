/*
 * main_mode.c - six messages; identities are encrypted.  RFC 2409, 5.4.
 *
 *    HDR, SA, VID              -->
 *                              <--   HDR, SA, VID
 *    HDR, KE, Ni, NAT-D x2     -->
 *                              <--   HDR, KE, Nr, NAT-D x2
 *    HDR*, IDii, HASH_I        -->
 *                              <--   HDR*, IDir, HASH_R
 *
 * With rsa-sig the third and fourth ask for certificates, and in place of a
 * hash the last two have CERT, SIG.
 */
#include "ike/phase1.h"

#include "ike/numbers.h"
#include "ike/quick.h"

static enum err
build_offer(struct ike *ike, struct exchange *exchange, struct builder *b)
{
    enum err error = p1_build_offer(ike, exchange->sa, b);

    natt_build_vendors(ike, exchange->sa, b);
    return error;
}

static enum err
take_offer(
    struct ike *ike, struct exchange *exchange, const struct message *message)
{
    p1_take_requests(exchange->sa, message);
    return p1_take_offer(ike, exchange->sa, message);
}

static enum err
build_choice(struct ike *ike, struct exchange *exchange, struct builder *b)
{
    const struct phase1 *p1 = exchange->sa->p1;

    build_payload(b, PAYLOAD_SA, p1->choice, p1->choice_length);
    natt_build_vendors(ike, exchange->sa, b);
    return OK;
}

static enum err
take_choice(
    struct ike *ike, struct exchange *exchange, const struct message *message)
{
    struct ike_sa *sa = exchange->sa;
    enum err error = p1_take_choice(ike, sa, message);

    if (error == OK && sa->probe != NULL && !sa->probe->is_deep)
        return probe_agreed(ike, sa, message);
    p1_take_requests(sa, message);
    return error;
}

static enum err
build_ke(struct ike *ike, struct exchange *exchange, struct builder *b)
{
    struct ike_sa *sa = exchange->sa;
    enum err error = p1_make_dh(ike, sa);

    if (error != OK)
        return error;
    p1_build_ke(ike, sa, b);
    p1_build_requests(ike, sa, b);
    natt_build_discovery(sa, b);
    return OK;
}

/* The responder derives before it answers: a value that gives no secret gets
 * no answer. */
static enum err
take_ke_first(
    struct ike *ike, struct exchange *exchange, const struct message *message)
{
    struct ike_sa *sa = exchange->sa;
    enum err error = p1_take_ke(ike, sa, message);

    if (error == OK)
        error = p1_make_dh(ike, sa);
    if (error == OK)
        error = p1_derive(ike, sa);
    if (error != OK)
        return error;
    natt_take_discovery(ike, sa, message);
    p1_take_requests(sa, message);
    return OK;
}

static enum err
build_ke_answer(struct ike *ike, struct exchange *exchange, struct builder *b)
{
    p1_build_ke(ike, exchange->sa, b);
    p1_build_requests(ike, exchange->sa, b);
    natt_build_discovery(exchange->sa, b);
    return OK;
}

static enum err
take_ke_answer(
    struct ike *ike, struct exchange *exchange, const struct message *message)
{
    struct ike_sa *sa = exchange->sa;
    enum err error = p1_take_ke(ike, sa, message);

    if (error == OK && sa->probe != NULL) {
        natt_take_discovery(ike, sa, message);
        return probe_agreed(ike, sa, message);
    }
    if (error == OK)
        error = p1_derive(ike, sa);
    if (error != OK)
        return error;
    natt_take_discovery(ike, sa, message);
    p1_take_requests(sa, message);
    return OK;
}

static enum err
build_identity(struct ike *ike, struct exchange *exchange, struct builder *b)
{
    struct ike_sa *sa = exchange->sa;
    enum err error = p1_build_id(ike, sa, b);

    if (error == OK)
        error = p1_build_proof(ike, sa, b);
    if (error == OK)
        p1_build_greeting(ike, sa, b);
    return error;
}

static enum err
take_identity(
    struct ike *ike, struct exchange *exchange, const struct message *message)
{
    struct ike_sa *sa = exchange->sa;
    enum err error = p1_take_id(ike, sa, message);

    if (error == OK)
        error = p1_check_proof(ike, sa, message);
    if (error != OK)
        return error;
    p1_take_requests(sa, message);
    p1_take_notifies(ike, sa, message);
    return OK;
}

/* clang-format off */
const struct step main_steps[6] = {
    {NEEDS(PAYLOAD_SA), false, false, IKE_STAGE_PHASE1_PROPOSAL,
        build_offer, take_offer},
    {NEEDS(PAYLOAD_SA), false, false, IKE_STAGE_PHASE1_PROPOSAL,
        build_choice, take_choice},
    {NEEDS(PAYLOAD_KE) | NEEDS(PAYLOAD_NONCE), false, false,
        IKE_STAGE_PHASE1_KEYS, build_ke, take_ke_first},
    {NEEDS(PAYLOAD_KE) | NEEDS(PAYLOAD_NONCE), false, false,
        IKE_STAGE_PHASE1_KEYS, build_ke_answer, take_ke_answer},
    {NEEDS(PAYLOAD_ID), true, false,
        IKE_STAGE_PHASE1_IDENTITY, build_identity, take_identity},
    {NEEDS(PAYLOAD_ID), true, false,
        IKE_STAGE_PHASE1_IDENTITY, build_identity, take_identity},
};
/* clang-format on */
