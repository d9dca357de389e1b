/*
 * certificate.c - who keeps keys and certificates, and IKE SAs that rest on
 * one that is good no longer.
 */
#include "ike/engine.h"

void
ike_set_credentials(struct ike *ike, const struct ike_credentials *credentials)
{
    ike->has_credentials = credentials != NULL;
    if (credentials != NULL)
        ike->credentials = *credentials;
}

/* ---- good no longer ---- */

/* Does the peer prove itself by something else, too?  Then its tunnels stay. */
static bool
has_other_proof(const struct peer *peer, uint64_t certificate_id)
{
    const struct ike_sa *sa;

    LIST_FOREACH(sa, &peer->sas, of_peer) {
        if (sa->is_established && !sa->is_dead && !sa->is_superseded &&
            sa->certificate_id != certificate_id)
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
        if (tunnel->child_count == 0)
            continue;
        children_remove(ike, tunnel, true);
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
        if (!has_other_proof(sa->peer, certificate_id))
            drop_tunnels(ike, sa, why);
        ike_sa_end(ike, sa, true);
        count++;
    }
    reap(ike);
    return count;
}
