/*
 * certificate.c - who keeps keys and certificates, requests for them, and IKE
 * SAs that rest on one that is good no longer.  RFC 2408, 3.9 and 3.10;
 * RFC 4945, 3.2.
 *
 *    request = type 1 | DER name of a CA, or nothing: of any
 *
 * Requests are not authenticated, and only choose among our chains: what is
 * kept of them is bounded, and what is beyond is not looked at.
 */
#include "ike/phase1.h"

#include "ike/numbers.h"
#include "ike/quick.h"

/* Requests of ours: when there were more, one for any CA. */
enum { ASKED_MAX = 8, ASKED_BYTES_MAX = 768 };

void
ike_set_credentials(struct ike *ike, const struct ike_credentials *credentials)
{
    ike->has_credentials = credentials != NULL;
    if (credentials != NULL)
        ike->credentials = *credentials;
}

bool
can_sign(const struct ike *ike)
{
    return ike->has_credentials &&
           ike->credentials.is_usable(ike->credentials.context);
}

/* ---- requests ---- */

static void
build_request(struct builder *b, const struct ike_blob *authority)
{
    build_payload_begin(b, PAYLOAD_CERT_REQUEST);
    wr_u8(&b->w, CERT_X509_SIGNATURE);
    wr_bytes(&b->w, authority->bytes, authority->length);
    build_payload_end(b);
}

void
p1_build_requests(struct ike *ike, struct ike_sa *sa, struct builder *b)
{
    const struct ike_credentials *from = &ike->credentials;
    struct ike_blob list[ASKED_MAX + 1];
    const struct ike_blob any = {0};
    size_t bytes = 0;
    size_t count;

    if (!signs(sa) || !ike->has_credentials)
        return;
    count = from->authorities(from->context, list, ASKED_MAX + 1);
    for (size_t i = 0; i < count && i < ASKED_MAX; i++)
        bytes += list[i].length;
    if (count == 0 || count > ASKED_MAX || bytes > ASKED_BYTES_MAX) {
        build_request(b, &any);
        return;
    }
    for (size_t i = 0; i < count; i++)
        build_request(b, &list[i]);
}

void
p1_take_requests(struct ike_sa *sa, const struct message *message)
{
    struct phase1 *p1 = sa->p1;

    for (size_t i = 0; i < message->count; i++) {
        const struct payload *payload = &message->payloads[i];

        if (payload->type != PAYLOAD_CERT_REQUEST || payload->length < 2 ||
            payload->body[0] != CERT_X509_SIGNATURE ||
            p1->authority_count == IKE_AUTHORITIES_MAX ||
            p1->authority_bytes + payload->length > IKE_AUTHORITY_BYTES_MAX)
            continue;
        blob_set(&p1->authorities[p1->authority_count++], payload->body + 1,
            payload->length - 1);
        p1->authority_bytes += payload->length;
    }
}

/* ---- good no longer ---- */

/* Does the peer prove itself by something else, too?  Then its tunnels stay. */
static bool
has_other_proof(const struct ike_sa *of)
{
    const struct ike_sa *sa;

    LIST_FOREACH(sa, &of->peer->sas, of_peer) {
        if (sa->is_established && !sa->is_dead && !sa->is_superseded &&
            ike_sa_is_with_same(sa, of) &&
            sa->certificate_id != of->certificate_id)
            return true;
    }
    return false;
}

static void
drop_tunnels(
    struct ike *ike, const struct ike_sa *sa, const struct ike_verdict *why)
{
    struct tunnel *tunnel;

    LIST_FOREACH(tunnel, &sa->peer->tunnels, of_peer) {
        if (tunnel->child_count == 0 || !ike_sa_serves(sa, tunnel))
            continue;
        children_remove(ike, tunnel, true, (enum cause)why->reason);
        (void)fault_verdict(ike, why, 0);
        ike->fault.stage = IKE_STAGE_ESTABLISHED;
        ike->fault.is_initiator = sa->is_initiator;
        failure_tell(ike, sa, tunnel->config.number);
    }
}

size_t
ike_drop_certificate(struct ike *ike, uint64_t now_us, uint64_t certificate_id,
    const struct ike_verdict *why)
{
    size_t count = 0;

    ike->now_us = now_us;
    for (uint32_t i = 0; i < ike->sa_room && certificate_id != 0; i++) {
        struct ike_sa *sa = ike->sas[i];

        if (sa == NULL || sa->is_dead || !sa->is_established ||
            sa->certificate_id != certificate_id)
            continue;
        if (!has_other_proof(sa))
            drop_tunnels(ike, sa, why);
        ike_sa_end(ike, sa, true);
        count++;
    }
    reap(ike);
    return count;
}
