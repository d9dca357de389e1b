/*
 * table.c - peers and IKE SAs, and how they are found.
 *
 * An IKE SA is found by our own cookie, which no stranger can choose; until
 * the responder has one, and for the responder's first message again, by the
 * initiator's.
 */
#include "ike/phase1.h"

#include "base/arena.h"
#include "crypto/provider.h"
#include "ike/quick.h"

#include <stdlib.h>
#include <string.h>

enum { CLEAN_S = 30 };

/* ---- peers ---- */

static uint32_t
peer_bucket(uint16_t vr, uint32_t local, uint32_t remote)
{
    uint32_t hash = (remote ^ (uint32_t)vr << 20) * 2654435761U ^ local;

    hash *= 2246822519U;
    return (hash ^ hash >> 15) % BUCKETS;
}

struct peer *
peer_find(const struct ike *ike, uint16_t vr, uint32_t local, uint32_t remote)
{
    struct peer *peer;

    LIST_FOREACH(peer, &ike->peers[peer_bucket(vr, local, remote)], link) {
        if (peer->vr == vr && peer->local == local && peer->remote == remote)
            return peer;
    }
    return NULL;
}

struct peer *
peer_get(struct ike *ike, uint16_t vr, uint32_t local, uint32_t remote)
{
    struct peer *peer = peer_find(ike, vr, local, remote);

    if (peer != NULL)
        return peer;
    peer = mem_alloc(sizeof *peer);
    peer->vr = vr;
    peer->local = local;
    peer->remote = remote;
    LIST_INSERT_HEAD(&ike->peers[peer_bucket(vr, local, remote)], peer, link);
    return peer;
}

void
peer_release(struct ike *ike, struct peer *peer)
{
    if (!LIST_EMPTY(&peer->sas) || !LIST_EMPTY(&peer->tunnels))
        return;
    pace_forget(ike, peer);
    LIST_REMOVE(peer, link);
    free(peer);
}

bool
ike_sa_serves(const struct ike_sa *sa, const struct tunnel *tunnel)
{
    const struct ike_identity *wanted = &tunnel->config.remote;

    return wanted->name[0] == '\0' ||
           (sa->is_known_by_name && identity_is_same(wanted, &sa->identity));
}

static bool
has_named_tunnel(const struct peer *peer)
{
    const struct tunnel *tunnel;

    LIST_FOREACH(tunnel, &peer->tunnels, of_peer) {
        if (tunnel->config.remote.name[0] != '\0')
            return true;
    }
    return false;
}

bool
ike_sa_is_with_same(const struct ike_sa *a, const struct ike_sa *b)
{
    if (a->is_known_by_name == b->is_known_by_name &&
        (!a->is_known_by_name || identity_is_same(&a->identity, &b->identity)))
        return true;
    return !has_named_tunnel(a->peer); /* who is there is the peer */
}

/* The newest that stands; where there is no other, one on its way out. */
static struct ike_sa *
newest_sa(const struct peer *peer, const struct tunnel *tunnel)
{
    struct ike_sa *old = NULL;
    struct ike_sa *sa;

    LIST_FOREACH(sa, &peer->sas, of_peer) {
        if (!sa->is_established || sa->is_dead ||
            (tunnel != NULL && !ike_sa_serves(sa, tunnel)))
            continue;
        if (!sa->is_superseded)
            return sa;
        if (old == NULL)
            old = sa;
    }
    return old;
}

struct ike_sa *
peer_sa(const struct peer *peer)
{
    return newest_sa(peer, NULL);
}

struct ike_sa *
tunnel_sa(const struct tunnel *tunnel)
{
    return tunnel->peer != NULL ? newest_sa(tunnel->peer, tunnel) : NULL;
}

uint64_t
clean_up_time(const struct ike *ike, bool is_second)
{
    uint64_t seconds = is_second ? CLEAN_S : 2 * CLEAN_S;

    return ike->now_us + seconds * SECOND_US;
}

bool
peer_is_negotiating(const struct peer *peer)
{
    const struct ike_sa *sa;

    LIST_FOREACH(sa, &peer->sas, of_peer) {
        if (!sa->is_established && sa->is_initiator && !sa->is_dead &&
            sa->probe == NULL)
            return true;
    }
    return false;
}

/* ---- IKE SAs ---- */

static uint32_t
cookie_bucket(const uint8_t *cookie)
{
    uint32_t hash = get_u32(cookie) ^ get_u32(cookie + 4);

    return (hash * 2654435761U >> 12) % BUCKETS;
}

/* Its own cookie is in the bucket's key: the initiator's if we are that. */
static const uint8_t *
own_cookie(const struct ike_sa *sa)
{
    return sa->cookies[sa->is_initiator ? INITIATOR : RESPONDER];
}

static uint32_t
take_slot(struct ike *ike)
{
    uint32_t room = ike->sa_room;

    for (uint32_t i = 0; i < room; i++) {
        uint32_t slot = (ike->sa_spare + i) % room;

        if (ike->sas[slot] == NULL) {
            ike->sa_spare = slot + 1;
            return slot;
        }
    }
    ike->sa_room = room > 0 ? 2 * room : 64;
    ike->sas = mem_resize(ike->sas, ike->sa_room * sizeof(struct ike_sa *));
    ike->generations =
        mem_resize(ike->generations, ike->sa_room * sizeof ike->generations[0]);
    for (uint32_t slot = room; slot < ike->sa_room; slot++) {
        ike->sas[slot] = NULL;
        ike->generations[slot] = 0;
    }
    ike->sa_spare = room + 1;
    return room;
}

static void
half_open_begin(struct ike *ike, struct ike_sa *sa)
{
    TAILQ_INSERT_TAIL(&ike->half_open, sa, of_half_open);
    ike->counters.half_open++;
}

void
half_open_end(struct ike *ike, struct ike_sa *sa)
{
    TAILQ_REMOVE(&ike->half_open, sa, of_half_open);
    ike->counters.half_open--;
}

struct ike_sa *
ike_sa_new(struct ike *ike, struct peer *peer, bool is_initiator)
{
    struct ike_sa *sa = mem_alloc(sizeof *sa);

    sa->slot = take_slot(ike);
    sa->generation = ++ike->generations[sa->slot];
    ike->sas[sa->slot] = sa;
    sa->peer = peer;
    sa->is_initiator = is_initiator;
    sa->created_us = ike->now_us;
    sa->expires_us = UINT64_MAX;
    sa->rekey_us = UINT64_MAX;
    sa->timer_us = UINT64_MAX;
    sa->p1 = mem_alloc(sizeof *sa->p1);
    sa->main.sa = sa;
    sa->main.is_initiator = is_initiator;
    sa->main.due_us = UINT64_MAX;
    do {
        crypto_random(ike->crypto,
            sa->cookies[is_initiator ? INITIATOR : RESPONDER], COOKIE_SIZE);
    } while (get_u32(own_cookie(sa)) == 0);
    LIST_INSERT_HEAD(
        &ike->by_cookie[cookie_bucket(own_cookie(sa))], sa, by_cookie);
    LIST_INSERT_HEAD(&peer->sas, sa, of_peer);
    ike->counters.ike_sas++;
    if (!is_initiator)
        half_open_begin(ike, sa);
    return sa;
}

void
phase1_free(struct ike_sa *sa)
{
    struct phase1 *p1 = sa->p1;

    if (p1 == NULL)
        return;
    blob_done(&p1->sa_body);
    for (int who = 0; who < 2; who++) {
        blob_done(&p1->nonces[who]);
        blob_done(&p1->ke[who]);
        blob_done(&p1->ids[who]);
    }
    for (size_t i = 0; i < p1->authority_count; i++)
        blob_done(&p1->authorities[i]);
    free(p1->offered);
    dh_free(p1->dh);
    secret_done(&p1->key);
    wipe(p1, sizeof *p1);
    free(p1);
    sa->p1 = NULL;
}

void
exchange_free(struct ike *ike, struct exchange *exchange)
{
    blob_done(&exchange->sent);
    quick_free(ike, exchange->quick);
    free(exchange->doubt);
}

void
ike_sa_free(struct ike *ike, struct ike_sa *sa)
{
    struct peer *peer = sa->peer;

    pace_give(ike, sa);
    fragments_forget(ike, sa);
    while (!LIST_EMPTY(&sa->exchanges)) {
        struct exchange *exchange = LIST_FIRST(&sa->exchanges);

        LIST_REMOVE(exchange, link);
        exchange_free(ike, exchange);
        free(exchange);
    }
    exchange_free(ike, &sa->main);
    phase1_free(sa);
    free(sa->probe);
    LIST_REMOVE(sa, by_cookie);
    LIST_REMOVE(sa, of_peer);
    ike->sas[sa->slot] = NULL;
    ike->counters.ike_sas--;
    if (!sa->is_initiator && !sa->is_established)
        half_open_end(ike, sa);
    wipe(sa, sizeof *sa);
    free(sa);
    peer_release(ike, peer);
}

static bool
is_zero(const uint8_t *cookie)
{
    static const uint8_t zero[COOKIE_SIZE];

    return memcmp(cookie, zero, COOKIE_SIZE) == 0;
}

/* Does the message belong to this SA?  The cookie that we do not know yet may
 * be anything, once. */
static bool
fits(const struct ike_sa *sa, const struct header *header)
{
    if (memcmp(sa->cookies[INITIATOR], header->cookies[INITIATOR],
            COOKIE_SIZE) != 0)
        return false;
    return memcmp(sa->cookies[RESPONDER], header->cookies[RESPONDER],
               COOKIE_SIZE) == 0 ||
           (sa->is_initiator && is_zero(sa->cookies[RESPONDER]));
}

struct ike_sa *
ike_sa_find(const struct ike *ike, const struct header *header)
{
    for (int who = INITIATOR; who <= RESPONDER; who++) {
        struct ike_sa *sa;

        LIST_FOREACH(sa, &ike->by_cookie[cookie_bucket(header->cookies[who])],
            by_cookie) {
            if (sa->is_initiator == (who == INITIATOR) && fits(sa, header))
                return sa;
        }
    }
    return NULL;
}

void
ike_sa_set_responder_cookie(
    struct ike_sa *sa, const uint8_t cookie[COOKIE_SIZE])
{
    memcpy(sa->cookies[RESPONDER], cookie, COOKIE_SIZE);
}

/* ---- everything with a peer ---- */

void
peer_clear(struct ike *ike, struct peer *peer, bool tell)
{
    struct ike_sa *sa;

    LIST_FOREACH(sa, &peer->sas, of_peer)
        ike_sa_end(ike, sa, tell);
}

void
table_done(struct ike *ike)
{
    for (uint32_t i = 0; i < ike->sa_room; i++) {
        if (ike->sas[i] != NULL)
            ike_sa_free(ike, ike->sas[i]);
    }
    free(ike->sas);
    free(ike->generations);
    for (size_t i = 0; i < BUCKETS; i++) {
        while (!LIST_EMPTY(&ike->peers[i])) {
            struct peer *peer = LIST_FIRST(&ike->peers[i]);

            LIST_REMOVE(peer, link);
            free(peer);
        }
    }
}
