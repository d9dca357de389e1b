/*
 * signature.c - who is who, by RSA signatures.  RFC 2409, 5.1; RFC 4945, 3.
 *
 *    CERT (type 1 | DER), ...   the own certificate and those above it
 *    SIG                        over HASH_I or HASH_R, by the own key
 *
 * Nothing of what a peer sends here is kept: it is judged at once, together,
 * by struct ike_credentials.  Of one exchange at most JUDGED_MAX messages are:
 * in aggressive mode anyone may send them.
 *
 * The identity of the peer has to be in its certificate, which the judge sees
 * to, and the one that the tunnel is for: what `tunnel peer-certificate` says;
 * without it, where its destination is a name, just that; where it is an
 * address, that address, or any name, since a certificate says nothing of
 * addresses as a rule and the configuration nothing of names.
 */
#include "ike/phase1.h"

#include "base/ip.h"
#include "ike/numbers.h"
#include "ike/payloads.h"

#include <stdio.h>
#include <string.h>

enum {
    ID_HEADER = 4, /* type, protocol, port */
    SIGNATURE_MAX = 1024,
    JUDGED_MAX = 3,
};

struct chain {
    struct ike_blob list[IKE_CERTIFICATES_MAX];
    size_t count;
};

bool
signs(const struct ike_sa *sa)
{
    return sa->suite.method == IKE_RSA_SIG;
}

/* ---- who we are ---- */

static void
id_text(const struct ike *ike, const struct blob *id, char *text, size_t size)
{
    const struct ike_credentials *from = &ike->credentials;
    const struct payload payload = {PAYLOAD_ID, id->bytes, id->length};
    struct ike_blob name;

    if (id->length > ID_HEADER && id->bytes[0] == ID_DN &&
        ike->has_credentials) {
        name = (struct ike_blob){id->bytes + ID_HEADER, id->length - ID_HEADER};
        from->name_text(from->context, name, text, size);
        return;
    }
    identity_text(&payload, text, size);
}

/* By a CA that the peer asked for, if we have such a certificate. */
static void
own_chain(const struct ike *ike, const struct ike_sa *sa,
    const struct ike_identity *us, struct chain *out)
{
    const struct ike_credentials *from = &ike->credentials;
    const struct phase1 *p1 = sa->p1;
    struct ike_blob asked[IKE_AUTHORITIES_MAX];

    for (size_t i = 0; i < p1->authority_count; i++) {
        asked[i] = (struct ike_blob){
            p1->authorities[i].bytes, p1->authorities[i].length};
    }
    out->count = from->chain(from->context, us, asked, p1->authority_count,
        out->list, IKE_CERTIFICATES_MAX);
    if (out->count == 0 && p1->authority_count > 0) {
        out->count = from->chain(
            from->context, us, NULL, 0, out->list, IKE_CERTIFICATES_MAX);
    }
}

static struct ike_blob
leaf(const struct chain *chain)
{
    return chain->count > 0 ? chain->list[0] : (struct ike_blob){0};
}

static enum err
fault_not_in_certificate(
    struct ike *ike, const struct ike_sa *sa, const struct ike_identity *wanted)
{
    bool is_first = sa->is_initiator && sa->main.step == 0;

    (void)fault(
        ike, IKE_REASON_NO_CERTIFICATE, is_first ? 0 : NOTIFY_CERT_UNAVAILABLE);
    if (wanted->name[0] == '\0')
        return ERR_NOT_FOUND;
    fault_text(ike->fault.ours, "%s", wanted->name);
    fault_text(ike->fault.mismatch,
        "No certificate of this router holds its identity for this tunnel, "
        "%s.",
        wanted->name);
    fault_text(ike->fault.advice,
        "Here: set `tunnel source identity` to what the certificate holds, or "
        "import a certificate that holds %s.",
        wanted->name);
    return ERR_NOT_FOUND;
}

/* A probe may ask for what we have no certificate for. */
static void
pretend(struct ike_sa *sa, const struct ike_identity *wanted, struct blob *id)
{
    struct ike_identity identity = *wanted;

    if (identity.name[0] == '\0' && identity.address == 0)
        identity.address = sa->peer->local;
    identity_build(&identity, id);
}

enum err
signature_identify(
    struct ike *ike, struct ike_sa *sa, const struct ike_identity *wanted)
{
    const struct ike_credentials *from = &ike->credentials;
    struct blob *id = &sa->p1->ids[sa->is_initiator ? INITIATOR : RESPONDER];
    struct chain chain = {0};
    struct ike_blob body = {0};
    uint8_t type = 0;

    if (ike->has_credentials) {
        own_chain(ike, sa, wanted, &chain);
        if (from->identify(from->context, leaf(&chain), wanted, sa->peer->local,
                &type, &body)) {
            identity_set(id, type, body.bytes, body.length);
            return OK;
        }
    }
    if (sa->probe == NULL)
        return fault_not_in_certificate(ike, sa, wanted);
    pretend(sa, wanted, id);
    return OK;
}

/* ---- our signature ---- */

static void
read_own(const struct ike *ike, const struct blob *id, struct ike_identity *us)
{
    const struct payload payload = {PAYLOAD_ID, id->bytes, id->length};

    *us = (struct ike_identity){0};
    if (!identity_read(&payload, us))
        id_text(ike, id, us->name, sizeof us->name);
}

static enum err
fault_too_long(struct ike *ike)
{
    (void)fault(ike, IKE_REASON_NO_CERTIFICATE, NOTIFY_CERT_UNAVAILABLE);
    fault_text(ike->fault.mismatch,
        "The certificates of this router are too long for one message, of %u "
        "bytes, or %u where the peer does not take fragments.",
        IKE_MESSAGE_MAX, IKE_DATAGRAM_MAX);
    fault_text(ike->fault.advice,
        "Here: use a shorter chain of certificates, or shorter keys in it.");
    return ERR_EXHAUSTED;
}

enum err
signature_build(struct ike *ike, const struct ike_sa *sa, struct builder *b)
{
    const struct ike_credentials *from = &ike->credentials;
    int who = sa->is_initiator ? INITIATOR : RESPONDER;
    uint8_t hash[PRF_SIZE_MAX];
    uint8_t signature[SIGNATURE_MAX];
    struct ike_identity us;
    struct chain chain;
    size_t length;

    if (!ike->has_credentials) {
        (void)fault(ike, IKE_REASON_NO_CERTIFICATE, NOTIFY_CERT_UNAVAILABLE);
        return ERR_NOT_FOUND;
    }
    read_own(ike, &sa->p1->ids[who], &us);
    own_chain(ike, sa, &us, &chain);
    for (size_t i = 0; i < chain.count; i++) {
        build_payload_begin(b, PAYLOAD_CERT);
        wr_u8(&b->w, CERT_X509_SIGNATURE);
        wr_bytes(&b->w, chain.list[i].bytes, chain.list[i].length);
        build_payload_end(b);
    }
    keymat_hash(sa, who, hash);
    length = from->sign(from->context, leaf(&chain),
        (struct ike_blob){hash, prf_size(suite_prf(&sa->suite))}, signature,
        sizeof signature);
    if (length == 0)
        return fault_not_in_certificate(ike, sa, &us);
    build_payload(b, PAYLOAD_SIGNATURE, signature, length);
    if (!wr_ok(&b->w) ||
        (!sa->peer_has_fragments &&
            wr_length(&b->w) + CIPHER_BLOCK_MAX > IKE_DATAGRAM_MAX))
        return fault_too_long(ike);
    note(ike, IKE_NO_TUNNEL, sa->peer->remote,
        "we sign, and send %zu certificates", chain.count);
    return OK;
}

/* ---- the peer's ---- */

struct evidence {
    struct ike_blob certificates[IKE_CERTIFICATES_MAX];
    size_t certificate_count;
    struct ike_blob crls[IKE_CRLS_MAX];
    size_t crl_count;
    size_t left_out; /* certificates beyond these */
};

static void
add(struct ike_blob *list, size_t *count, const struct payload *payload)
{
    list[(*count)++] =
        (struct ike_blob){payload->body + 1, payload->length - 1};
}

/* Other types are no concern of rsa-sig, or are wrapped ones. */
static void
collect(const struct message *message, struct evidence *out)
{
    *out = (struct evidence){0};
    for (size_t i = 0; i < message->count; i++) {
        const struct payload *payload = &message->payloads[i];

        if (payload->type != PAYLOAD_CERT || payload->length < 1)
            continue;
        if (payload->body[0] == CERT_CRL) {
            if (out->crl_count < IKE_CRLS_MAX)
                add(out->crls, &out->crl_count, payload);
        } else if (payload->body[0] != CERT_X509_SIGNATURE) {
            continue;
        } else if (out->certificate_count < IKE_CERTIFICATES_MAX) {
            add(out->certificates, &out->certificate_count, payload);
        } else {
            out->left_out++;
        }
    }
}

/* What RFC 2408 has for it; where it has nothing, the general one. */
static uint16_t
notify_of(enum ike_reason reason)
{
    static const struct {
        enum ike_reason reason;
        uint16_t notify;
    } rows[] = {
        {IKE_REASON_CERT_EXPIRED,   NOTIFY_INVALID_CERTIFICATE   },
        {IKE_REASON_CERT_NOT_YET,   NOTIFY_INVALID_CERTIFICATE   },
        {IKE_REASON_CERT_REVOKED,   NOTIFY_INVALID_CERTIFICATE   },
        {IKE_REASON_CERT_USAGE,     NOTIFY_INVALID_CERTIFICATE   },
        {IKE_REASON_CERT_KEY,       NOTIFY_INVALID_CERTIFICATE   },
        {IKE_REASON_CERT_MALFORMED, NOTIFY_INVALID_CERT_ENCODING },
        {IKE_REASON_CERT_CA,        NOTIFY_INVALID_CERT_AUTHORITY},
        {IKE_REASON_CERT_CHAIN,     NOTIFY_INVALID_CERT_AUTHORITY},
        {IKE_REASON_CERT_SIGNATURE, NOTIFY_INVALID_SIGNATURE     },
        {IKE_REASON_NO_PUBLIC_KEY,  NOTIFY_CERT_UNAVAILABLE      },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].reason == reason)
            return rows[i].notify;
    }
    return NOTIFY_AUTHENTICATION_FAILED;
}

/* A distinguished name is as the configuration spells it, so that it can be
 * compared from then on. */
static bool
take_spelling(
    const struct ike *ike, struct ike_sa *sa, const struct ike_tunnel *config)
{
    const struct ike_credentials *from = &ike->credentials;
    const struct blob *id =
        &sa->p1->ids[sa->is_initiator ? RESPONDER : INITIATOR];
    const struct ike_blob name = {
        id->bytes + ID_HEADER, id->length - ID_HEADER};

    if (config->vr != sa->peer->vr || config->local != sa->peer->local ||
        strchr(config->remote.name, '=') == NULL ||
        !from->name_is(from->context, name, config->remote.name))
        return false;
    sa->identity = config->remote;
    return true;
}

static void
spell(const struct ike *ike, struct ike_sa *sa)
{
    const struct blob *id =
        &sa->p1->ids[sa->is_initiator ? RESPONDER : INITIATOR];
    const struct tunnel *tunnel;

    if (id->bytes[0] != ID_DN)
        return;
    id_text(ike, id, sa->identity.name, sizeof sa->identity.name);
    LIST_FOREACH(tunnel, &sa->peer->tunnels, of_peer) {
        if (take_spelling(ike, sa, &tunnel->config))
            return;
    }
    LIST_FOREACH(tunnel, &ike->nameless, of_peer) {
        if (take_spelling(ike, sa, &tunnel->config))
            return;
    }
}

/* Is the identity, which was proved, the one that this is for?  A name that
 * only looks like a subject is none. */
static bool
is_expected(const struct ike_sa *sa, const struct ike_identity *wanted)
{
    const struct blob *id =
        &sa->p1->ids[sa->is_initiator ? RESPONDER : INITIATOR];
    uint8_t type = id->bytes[0];

    if (type != ID_DN && strchr(sa->identity.name, '=') != NULL)
        return false;
    if (wanted != NULL && wanted->name[0] != '\0' && sa->is_initiator)
        return sa->is_known_by_name && identity_is_same(wanted, &sa->identity);
    return type != ID_ADDRESS || sa->has_nat ||
           sa->identity.address == sa->peer->remote;
}

/* Is it whom `tunnel peer-certificate` names? */
static bool
is_certified(const struct ike *ike, const struct ike_sa *sa, const char *text)
{
    const struct blob *id =
        &sa->p1->ids[sa->is_initiator ? RESPONDER : INITIATOR];
    const struct ike_credentials *from = &ike->credentials;
    struct ike_identity wanted = {0};

    if (text[0] == '\0')
        return true;
    if (id->bytes[0] == ID_DN) {
        return from->name_is(from->context,
            (struct ike_blob){id->bytes + ID_HEADER, id->length - ID_HEADER},
            text);
    }
    if (ip_parse(text, &wanted.address) != OK)
        (void)snprintf(wanted.name, sizeof wanted.name, "%s", text);
    return identity_is_same(&wanted, &sa->identity);
}

/* An IKE SA serves all tunnels between its ends: it has to suit each. */
static const struct tunnel *
find_other_certified(const struct ike *ike, const struct ike_sa *sa)
{
    const struct tunnel *tunnel;

    LIST_FOREACH(tunnel, &sa->peer->tunnels, of_peer) {
        if (!is_certified(ike, sa, tunnel->config.certified))
            return tunnel;
    }
    return NULL;
}

static enum err
judge_identity(struct ike *ike, const struct ike_sa *sa)
{
    const struct tunnel *tunnel = peer_first_tunnel(sa->peer);
    const struct tunnel *other = find_other_certified(ike, sa);
    const struct ike_identity *wanted =
        tunnel != NULL ? &tunnel->config.remote : NULL;
    char text[IP_TEXT_SIZE];
    enum err error;

    if (other == NULL && is_expected(sa, wanted))
        return OK;
    error = fault(ike, IKE_REASON_IDENTITY, NOTIFY_AUTHENTICATION_FAILED);
    if (other != NULL) {
        fault_text(ike->fault.ours, "%s", other->config.certified);
    } else if (wanted != NULL && wanted->name[0] != '\0') {
        fault_text(ike->fault.ours, "%s", wanted->name);
    } else {
        fault_text(ike->fault.ours, "%s", ip_format(sa->peer->remote, text));
    }
    fault_text(ike->fault.theirs, "%s",
        sa->identity.name[0] != '\0' ? sa->identity.name
                                     : ip_format(sa->identity.address, text));
    fault_text(ike->fault.mismatch,
        "The peer identifies itself as %s, and its certificate proves it.",
        ike->fault.theirs);
    return error;
}

static void
judge(struct ike *ike, const struct ike_sa *sa, const struct message *message,
    struct ike_verdict *out)
{
    const struct ike_credentials *from = &ike->credentials;
    const struct payload *proof = message_find(message, PAYLOAD_SIGNATURE);
    const struct tunnel *tunnel = peer_first_tunnel(sa->peer);
    int them = sa->is_initiator ? RESPONDER : INITIATOR;
    const struct blob *id = &sa->p1->ids[them];
    uint8_t hash[PRF_SIZE_MAX];
    struct evidence evidence;
    struct ike_claim claim;

    collect(message, &evidence);
    keymat_hash(sa, them, hash);
    claim = (struct ike_claim){
        .vr = sa->peer->vr,
        .number = tunnel != NULL ? tunnel->config.number : IKE_NO_TUNNEL,
        .remote = sa->peer->remote,
        .identity_type = id->bytes[0],
        .identity = {id->bytes + ID_HEADER, id->length - ID_HEADER         },
        .certificates = evidence.certificates,
        .certificate_count = evidence.certificate_count,
        .crls = evidence.crls,
        .crl_count = evidence.crl_count,
        .hash = {hash,                  prf_size(suite_prf(&sa->suite))},
        .signature = {proof->body,           proof->length                  },
    };
    note(ike, IKE_NO_TUNNEL, sa->peer->remote,
        "the peer signs, and sends %zu certificates",
        evidence.certificate_count + evidence.left_out);
    if (evidence.left_out > 0) {
        *out = (struct ike_verdict){.reason = IKE_REASON_CERT_CHAIN};
        fault_text(out->mismatch,
            "The peer sends %zu certificates, and %u are the most that are "
            "looked at.",
            evidence.certificate_count + evidence.left_out,
            IKE_CERTIFICATES_MAX);
        return;
    }
    from->judge(from->context, &claim, out);
}

/* What came in clear may be anyone's: it is ignored if it is no good. */
enum err
signature_check(
    struct ike *ike, struct ike_sa *sa, const struct message *message)
{
    bool is_clear = (message->header.flags & FLAG_ENCRYPTED) == 0;
    struct ike_verdict verdict = {0};
    enum err error = OK;

    if (!ike->has_credentials || sa->p1->judged++ >= JUDGED_MAX)
        return ERR_AUTH;
    judge(ike, sa, message, &verdict);
    if (verdict.is_trusted) {
        spell(ike, sa);
        sa->is_known_by_name =
            sa->identity.name[0] != '\0' && !verdict.is_of_address;
        error = judge_identity(ike, sa);
    } else {
        error = fault_verdict(ike, &verdict, notify_of(verdict.reason));
    }
    if (error != OK)
        return is_clear ? ERR_AUTH : error;
    sa->certificate_id = verdict.certificate_id;
    note(ike, IKE_NO_TUNNEL, sa->peer->remote,
        "the peer's certificate and signature are right");
    return OK;
}

/* ---- what the peer says to ours ---- */

static void
describe_ours(struct ike *ike, const struct ike_sa *sa, char *who, size_t size)
{
    int us = sa->is_initiator ? INITIATOR : RESPONDER;
    const struct phase1 *p1 = sa->p1;
    char asked[IKE_NAME_SIZE];

    (void)snprintf(who, size, "this router");
    if (p1 == NULL)
        return;
    if (p1->ids[us].length > 0)
        id_text(ike, &p1->ids[us], who, size);
    fault_text(ike->fault.ours, "rsa-sig, as %s", who);
    if (p1->authority_count == 0 || !ike->has_credentials)
        return;
    ike->credentials.name_text(ike->credentials.context,
        (struct ike_blob){p1->authorities[0].bytes, p1->authorities[0].length},
        asked, sizeof asked);
    fault_text(ike->fault.theirs, "certificates of %s%s", asked,
        p1->authority_count > 1 ? ", and of others" : "");
}

void
fault_silent_after_signature(
    struct ike *ike, const struct ike_sa *sa, size_t length)
{
    char who[IKE_NAME_SIZE];
    char size[112] = "";

    (void)fault(ike, IKE_REASON_AUTHENTICATION, 0);
    ike->fault.is_guess = true;
    describe_ours(ike, sa, who, sizeof who);
    if (length > ike->datagram_max) {
        (void)snprintf(size, sizeof size,
            ", or the message, of %zu bytes, does not arrive%s", length,
            sa->peer_has_fragments ? "" : " in IP fragments");
    }
    fault_text(ike->fault.mismatch,
        "The peer does not answer the certificate and signature of this "
        "router: it does not trust them%s%s.",
        size, sa->has_nat ? ", or UDP 4500 does not pass" : "");
    fault_text(ike->fault.advice,
        "Peer: trust the CA of this router's certificate, and expect %s. "
        "Network: or let UDP 500 and 4500 pass, fragments too.",
        who);
}

void
fault_signature_refused(
    struct ike *ike, const struct ike_sa *sa, uint16_t notify)
{
    const char *what = "it does not trust the CA, or expects somebody else";
    char who[IKE_NAME_SIZE];

    (void)fault(ike, IKE_REASON_AUTHENTICATION, 0);
    describe_ours(ike, sa, who, sizeof who);
    if (ike->fault.theirs[0] == '\0') {
        fault_text(ike->fault.theirs, "notification %u %s", notify,
            ike_notify_name(notify));
    }
    if (notify == NOTIFY_INVALID_CERT_AUTHORITY) {
        what = "it does not trust the CA, or lacks one in between";
    } else if (notify == NOTIFY_INVALID_CERTIFICATE ||
               notify == NOTIFY_INVALID_CERT_ENCODING) {
        what = "expired, revoked, or not made for this";
    } else if (notify == NOTIFY_INVALID_SIGNATURE) {
        what = "the signature does not fit it";
    } else if (notify == NOTIFY_CERT_UNAVAILABLE) {
        what = "it wants another one, or has no key of this router";
    } else if (notify == NOTIFY_INVALID_ID) {
        what = "it does not know that identity";
    }
    fault_text(ike->fault.mismatch,
        "The peer refuses the certificate of this router, for %s: %s.", who,
        what);
    fault_text(ike->fault.advice,
        "Peer: trust the CA of this router's certificate, and expect %s. Here: "
        "or set `tunnel source identity` to what the peer expects, or import "
        "a certificate that it trusts.",
        who);
}
