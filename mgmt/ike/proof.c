/*
 * proof.c - who is who: identities, and the preshared key that proves them.
 * RFC 2409, 5.4; signature.c has the other proof.
 */
#include "ike/phase1.h"

#include "base/ip.h"
#include "ike/numbers.h"
#include "ike/payloads.h"

#include <string.h>

enum { ID_HEADER = 4 }; /* type, protocol, port */

const struct tunnel *
peer_first_tunnel(const struct peer *peer)
{
    return LIST_FIRST(&peer->tunnels);
}

/* ---- preshared keys ---- */

/* By the address; the key of a name is for aggressive mode only. */
const struct secret *
initiator_key(const struct ike *ike, const struct peer *peer,
    bool is_aggressive, bool *out_by_name)
{
    struct ike_identity address = {.address = peer->remote};
    const struct secret *key = key_find(ike, peer->vr, &address);
    const struct tunnel *tunnel = peer_first_tunnel(peer);

    *out_by_name = false;
    if (tunnel != NULL && tunnel->config.remote.name[0] != '\0' &&
        is_aggressive) {
        key = key_find(ike, peer->vr, &tunnel->config.remote);
        *out_by_name = key != NULL;
    }
    return key;
}

void
fault_no_key(struct ike *ike, const char *who)
{
    (void)fault(ike, IKE_REASON_NO_KEY, NOTIFY_NO_PROPOSAL);
    ike->fault.stage = IKE_STAGE_PHASE1_PROPOSAL;
    fault_text(ike->fault.mismatch,
        "There is no preshared key for %s in this virtual router.", who);
    fault_text(ike->fault.advice,
        "Here: enter the key for %s in the tunnel's transport virtual router.",
        who);
}

bool
p1_find_key(struct ike *ike, struct ike_sa *sa, bool by_name)
{
    struct ike_identity address = {.address = sa->peer->remote};
    const struct secret *key = NULL;

    if (by_name && sa->identity.name[0] != '\0')
        key = key_find(ike, sa->peer->vr, &sa->identity);
    sa->is_known_by_name = key != NULL;
    if (key == NULL)
        key = key_find(ike, sa->peer->vr, &address);
    if (key != NULL)
        sa->p1->key = *key;
    return key != NULL;
}

/* ---- who is who ---- */

/* The tunnel that the peer is here for; NULL: none yet. */
static const struct tunnel *
tunnel_for(const struct ike *ike, const struct ike_sa *sa)
{
    const struct tunnel *tunnel = peer_first_tunnel(sa->peer);
    const struct tunnel *other;

    if (tunnel != NULL)
        return tunnel;
    LIST_FOREACH(other, &ike->nameless, of_peer) {
        if (other->config.vr == sa->peer->vr &&
            other->config.local == sa->peer->local &&
            identity_is_same(&other->config.remote, &sa->identity))
            tunnel = other; /* its address is still to be learnt */
    }
    return tunnel;
}

enum err
p1_build_id(struct ike *ike, struct ike_sa *sa, struct builder *b)
{
    int us = sa->is_initiator ? INITIATOR : RESPONDER;
    const struct tunnel *tunnel = tunnel_for(ike, sa);
    struct ike_identity identity = {0};
    struct blob *id = &sa->p1->ids[us];
    struct payload payload = {.type = PAYLOAD_ID};
    char text[IKE_NAME_SIZE];
    enum err error;

    if (tunnel != NULL)
        identity = tunnel->config.local_identity;
    if (sa->probe != NULL && sa->probe->has_identity)
        identity = sa->probe->identity;
    if (signs(sa)) {
        error = signature_identify(ike, sa, &identity);
        if (error != OK)
            return error;
    } else {
        bool is_subject = strchr(identity.name, '=') != NULL;

        if (is_subject) /* without a certificate nobody has one */
            identity.name[0] = '\0';
        if (identity.name[0] == '\0' && identity.address == 0)
            identity.address = sa->peer->local;
        identity_build(&identity, id);
    }
    payload.body = id->bytes;
    payload.length = id->length;
    identity_text(&payload, text, sizeof text);
    note(ike, IKE_NO_TUNNEL, sa->peer->remote, "we say that we are %s", text);
    build_payload(b, PAYLOAD_ID, id->bytes, id->length);
    return OK;
}

/* A distinguished name is for certificates only; its text is found when it is
 * proved. */
static bool
read_name(struct ike_sa *sa, const struct payload *id)
{
    bool is_known = sa->suite.method == IKE_RSA_SIG || !sa->is_initiator;

    if (identity_read(id, &sa->identity))
        return true;
    if (id->length <= ID_HEADER || id->body[0] != ID_DN || !is_known)
        return false;
    sa->identity = (struct ike_identity){0};
    return true;
}

enum err
p1_take_id(struct ike *ike, struct ike_sa *sa, const struct message *message)
{
    const struct payload *id = message_find(message, PAYLOAD_ID);
    int them = sa->is_initiator ? RESPONDER : INITIATOR;
    char text[IKE_NAME_SIZE];

    if (!read_name(sa, id)) {
        (void)fault(ike, IKE_REASON_IDENTITY, 0);
        identity_text(id, ike->fault.theirs, sizeof ike->fault.theirs);
        return ERR_MALFORMED;
    }
    identity_text(id, text, sizeof text);
    note(ike, IKE_NO_TUNNEL, sa->peer->remote, "the peer says that it is %s",
        text);
    blob_set(&sa->p1->ids[them], id->body, id->length);
    return OK;
}

static void
build_hash(const struct ike_sa *sa, struct builder *b)
{
    uint8_t hash[PRF_SIZE_MAX];

    keymat_hash(sa, sa->is_initiator ? INITIATOR : RESPONDER, hash);
    build_payload(b, PAYLOAD_HASH, hash, prf_size(suite_prf(&sa->suite)));
}

/* Whoever has the key is who the key is for: an address as identity must be
 * the peer's, unless a NAT changed it; and a name must be the configured one
 * where the key was found by that. */
static enum err
judge_identity(struct ike *ike, const struct ike_sa *sa)
{
    const struct tunnel *tunnel = peer_first_tunnel(sa->peer);
    const struct ike_identity *wanted =
        tunnel != NULL ? &tunnel->config.remote : NULL;
    struct ike_identity address = {.address = sa->peer->remote};
    enum err error;
    char text[IP_TEXT_SIZE];

    if (wanted == NULL || wanted->name[0] == '\0')
        wanted = &address;
    if (sa->identity.name[0] != '\0' &&
        (!sa->is_initiator || !sa->is_known_by_name ||
            identity_is_same(wanted, &sa->identity)))
        return OK;
    if (sa->identity.name[0] == '\0' &&
        (sa->has_nat || (!sa->is_known_by_name &&
                            sa->identity.address == sa->peer->remote)))
        return OK;
    error = fault(ike, IKE_REASON_IDENTITY, NOTIFY_AUTHENTICATION_FAILED);
    fault_text(ike->fault.ours, "%s",
        wanted->name[0] != '\0' ? wanted->name
                                : ip_format(wanted->address, text));
    fault_text(ike->fault.theirs, "%s",
        sa->identity.name[0] != '\0' ? sa->identity.name
                                     : ip_format(sa->identity.address, text));
    fault_text(ike->fault.mismatch, "The peer identifies itself as %s.",
        ike->fault.theirs);
    return error;
}

static enum err
check_hash(struct ike *ike, struct ike_sa *sa, const struct payload *hash)
{
    size_t size = prf_size(suite_prf(&sa->suite));
    struct secret wanted = {.length = size};
    struct secret got = {0};
    bool same;

    keymat_hash(sa, sa->is_initiator ? RESPONDER : INITIATOR, wanted.bytes);
    same = secret_set(&got, hash->body, hash->length) == OK &&
           secret_equal(&wanted, &got);
    secret_done(&wanted);
    if (!same) {
        (void)fault(ike, IKE_REASON_WRONG_KEY, 0);
        fault_text(ike->fault.theirs, "a hash that our key does not give");
        return ERR_AUTH;
    }
    return judge_identity(ike, sa);
}

/* ---- either proof ---- */

enum err
p1_build_proof(struct ike *ike, struct ike_sa *sa, struct builder *b)
{
    if (sa->suite.method == IKE_RSA_SIG)
        return signature_build(ike, sa, b);
    build_hash(sa, b);
    return OK;
}

/* Just one proof, and of the kind that was agreed.  Without it a message was
 * not decrypted to sense. */
enum err
p1_check_proof(
    struct ike *ike, struct ike_sa *sa, const struct message *message)
{
    bool is_signed = sa->suite.method == IKE_RSA_SIG;
    uint8_t type = is_signed ? PAYLOAD_SIGNATURE : PAYLOAD_HASH;
    size_t count = 0;

    for (size_t i = 0; i < message->count; i++)
        count += message->payloads[i].type == type;
    if (count != 1)
        return ERR_AUTH;
    return is_signed ? signature_check(ike, sa, message)
                     : check_hash(ike, sa, message_find(message, type));
}
