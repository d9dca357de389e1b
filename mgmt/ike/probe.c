/*
 * probe.c - asking a peer again with something changed.
 *
 * A probe of phase 1 is an IKE SA that never comes to stand: it ends with the
 * message that tells what was asked for.  A probe of phase 2 is a quick mode
 * that is gone through to its end, so that the peer does not wait for it, and
 * whose SAs are deleted at once; the packet engine never hears of them.
 */
#include "ike/phase1.h"

#include "base/arena.h"
#include "ike/numbers.h"
#include "ike/quick.h"

#include <stdlib.h>
#include <string.h>

enum {
    DER_OID = 0x06,
    DER_LONG = 0x80,
};

static struct ike_probed *
tell(struct ike *ike, uint32_t id, enum ike_probe_end end)
{
    struct ike_probed *probed = &action_add(ike, IKE_ACTION_PROBED)->probed;

    *probed = (struct ike_probed){.id = id, .end = end};
    return probed;
}

/* ---- phase 1 ---- */

static void
begin_phase1(struct ike *ike, const struct ike_probe *probe, struct peer *peer)
{
    struct ike_identity who = {.address = peer->remote};
    const struct tunnel *tunnel = tunnel_find(ike, probe->number);
    const struct secret *key = key_find(ike, peer->vr, &who);
    struct ike_sa *sa;

    if (tunnel->config.remote.name[0] != '\0' && probe->is_aggressive)
        key = key_find(ike, peer->vr, &tunnel->config.remote);
    sa = ike_sa_new(ike, peer, true);
    sa->local_port = probe->port != 0 ? probe->port : IKE_PORT;
    sa->remote_port = probe->peer_port != 0 ? probe->peer_port : IKE_PORT;
    if (key != NULL)
        sa->p1->key = *key;
    phase1_offer(sa, probe->rules, probe->rule_count);
    sa->probe = mem_alloc(sizeof *sa->probe);
    *sa->probe = *probe;
    sa->probe->rules = NULL; /* the caller's */
    phase1_use_mode(sa, probe->is_aggressive);
    if (exchange_advance(ike, &sa->main) != OK) {
        (void)tell(ike, probe->id, IKE_PROBE_IMPOSSIBLE);
        ike_sa_end(ike, sa, false);
    }
}

/* Of a distinguished name, the last common name: what people call a CA. */
static void
read_authority(const uint8_t *der, size_t length, char *text, size_t size)
{
    static const uint8_t common_name[] = {DER_OID, 3, 0x55, 4, 3};

    for (size_t i = 0; i + sizeof common_name + 2 < length; i++) {
        size_t at = i + sizeof common_name;
        size_t n = der[at + 1];

        if (memcmp(der + i, common_name, sizeof common_name) != 0 ||
            n >= DER_LONG || n >= size || at + 2 + n > length)
            continue;
        memcpy(text, der + at + 2, n);
        text[n] = '\0';
        for (size_t c = 0; c < n; c++) {
            if (text[c] < ' ' || text[c] > '~')
                text[c] = '?';
        }
    }
}

enum err
probe_agreed(struct ike *ike, struct ike_sa *sa, const struct message *message)
{
    const struct payload *request = message_find(message, PAYLOAD_CERT_REQUEST);
    struct ike_probed *probed = tell(ike, sa->probe->id, IKE_PROBE_AGREED);

    probed->chosen = sa->suite;
    probed->is_key_right = sa->probe_key_is_right;
    probed->is_here_changed = sa->p1->is_here_changed;
    probed->is_there_changed = sa->p1->is_there_changed;
    probed->knows_nat_t = sa->p1->peer_nat_t;
    probed->wants_certificate = request != NULL;
    if (request != NULL && request->length > 1 &&
        request->body[0] == CERT_X509_SIGNATURE) {
        read_authority(request->body + 1, request->length - 1,
            probed->authority, sizeof probed->authority);
    }
    ike_sa_end(ike, sa, false);
    return OK;
}

static enum ike_probe_end
end_of(const struct ike *ike)
{
    return ike->fault.reason == IKE_REASON_NO_ANSWER ||
                   ike->fault.reason == IKE_REASON_SILENCE
               ? IKE_PROBE_SILENT
               : IKE_PROBE_REFUSED;
}

void
probe_failed(struct ike *ike, struct ike_sa *sa)
{
    struct ike_probed *probed = tell(ike, sa->probe->id, end_of(ike));

    probed->notify = ike->fault.notify;
    ike_sa_end(ike, sa, false);
}

/* ---- phase 2 ---- */

void
probe_quick_agreed(struct ike *ike, struct exchange *exchange)
{
    const struct quick *quick = exchange->quick;
    struct ike_probed *probed = tell(ike, quick->probe->id, IKE_PROBE_AGREED);
    uint8_t spi[SPI_SIZE];

    probed->transform = quick->transform;
    probed->group = quick->group;
    probed->has_selectors = true;
    probed->local_selector = quick->selectors[INITIATOR];
    probed->remote_selector = quick->selectors[RESPONDER];
    probed->lifetime_s = quick->lifetime_s;
    put_u32(spi, quick->in_spi);
    send_delete(ike, exchange->sa, phase2_kind(quick->transform)->protocol, spi,
        sizeof spi);
}

void
probe_quick_failed(struct ike *ike, const struct quick *quick)
{
    struct ike_probed *probed = tell(ike, quick->probe->id, end_of(ike));

    probed->notify = ike->fault.notify;
}

/* ---- both ---- */

void
ike_probe(struct ike *ike, uint64_t now_us, const struct ike_probe *probe)
{
    struct tunnel *tunnel = tunnel_find(ike, probe->number);
    struct ike_sa *sa = NULL;

    ike->now_us = now_us;
    if (tunnel != NULL && probe->is_phase2)
        sa = tunnel_sa(tunnel);
    if (sa != NULL) {
        quick_probe(ike, sa, tunnel, probe);
    } else if (tunnel != NULL && tunnel->peer != NULL && !probe->is_phase2 &&
               probe->rule_count > 0 &&
               probe->rule_count <= IKE_PROBE_RULES_MAX) {
        begin_phase1(ike, probe, tunnel->peer);
    } else {
        (void)tell(ike, probe->id, IKE_PROBE_IMPOSSIBLE);
    }
    reap(ike);
}
