/*
 * negotiator.h - signaled tunnels: the configuration, the IKE engine and the
 * packet engine, joined.
 *
 *    commits ----> what IKE shall know     (tunnels, rules, keys, options)
 *    datagrams --> ike_input --> actions --> SAs and datagrams, in batches
 *    ticks ------> ike_tick; when a tunnel tries again, and with whom
 *    failures ---> kept for each tunnel, and those of unknown peers
 *
 * When a tunnel negotiates is decided here: as soon as it is committed, on a
 * packet for it, and after a failure in one minute, growing to sixty; with a
 * backup destination the other one is tried at once.  A tunnel whose peer is
 * known by an identity alone waits for the peer.
 *
 * Times are microseconds of the monotonic clock.  Thread M only.
 */
#ifndef NEGOTIATOR_NEGOTIATOR_H
#define NEGOTIATOR_NEGOTIATOR_H

#include "base/err.h"
#include "ike/ike.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct crypto;
struct dp_event;
struct ipsec;
struct object;
struct participant;
struct negotiator;
struct unsealer;

/* All are borrowed; the manager is told whom to ask about signaled tunnels. */
struct negotiator *negotiator_new(struct ipsec *ipsec, struct crypto *crypto,
    const struct unsealer *unsealer);
void negotiator_free(struct negotiator *negotiator); /* NULL is allowed */

/* Who keeps keys and certificates, for rsa-sig; copied, its context is
 * borrowed. */
void negotiator_set_credentials(
    struct negotiator *negotiator, const struct ike_credentials *credentials);

/* To join an engine with, after the manager's. */
struct participant negotiator_participant(struct negotiator *negotiator);

/* A datagram for IKE, the end of an SA, a packet for a tunnel without one;
 * all other events are ignored. */
void negotiator_event(struct negotiator *negotiator, uint64_t now_us,
    const struct dp_event *event);
void negotiator_tick(struct negotiator *negotiator, uint64_t now_us);
/* When to tick next; UINT64_MAX: not before something else happens. */
uint64_t negotiator_due(const struct negotiator *negotiator);

/* ---- requests ---- */

/* Remove the SAs of a tunnel, by its handle, where phase_1 its IKE SA too, and
 * negotiate again.  False: it is not signaled. */
bool negotiator_clear(
    struct negotiator *negotiator, uint32_t interface, bool phase_1);

/* Negotiate now, unless it has SAs or is at it.  False: it is not signaled, or
 * its peer has to begin. */
bool negotiator_try(
    struct negotiator *negotiator, uint64_t now_us, uint32_t interface);
/* Make the SAs of a tunnel anew, make before break. */
void negotiator_rekey(
    struct negotiator *negotiator, uint64_t now_us, uint32_t interface);
void negotiator_probe(struct negotiator *negotiator, uint64_t now_us,
    const struct ike_probe *probe);

/* Take down what rests on a certificate that is good no longer. */
size_t negotiator_drop_certificate(struct negotiator *negotiator,
    uint64_t now_us, uint64_t certificate_id, const struct ike_verdict *why);

/* Told of notes, failures and ends of probes, after what belongs to them was
 * done; must not call back. */
struct negotiator_listener {
    void (*take)(void *context, const struct ike_action *action);
    void *context;
};

/* One at most; copied, its context is borrowed. */
void negotiator_listen(
    struct negotiator *negotiator, const struct negotiator_listener *listener);
/* What becomes of a signaled tunnel, other than that it is up or down. */
enum negotiator_turn {
    NEGOTIATOR_RENEWED,        /* a new pair of SAs while it was up        */
    NEGOTIATOR_RENEWAL_FAILED, /* while it was up; the failure is the last */
    NEGOTIATOR_CHANGED_ENDS,   /* up with the other destination            */
    NEGOTIATOR_PEER_DEAD,      /* the failure is the last                  */
};

/* Told of turns; must not call back, but for questions. */
struct negotiator_watcher {
    void (*turned)(
        void *context, uint32_t interface, enum negotiator_turn turn);
    void *context;
};

/* One at most; copied, its context is borrowed. */
void negotiator_watch(
    struct negotiator *negotiator, const struct negotiator_watcher *watcher);
/* Notes of every message, from now on, or no longer. */
void negotiator_narrate(struct negotiator *negotiator, bool on);

/* ---- questions ---- */

/* What a signaled tunnel negotiates by, with the destination in use; NULL:
 * IKE has nothing to do with it.  Borrowed until the next commit or tick. */
const struct ike_tunnel *negotiator_tunnel(
    const struct negotiator *negotiator, uint32_t interface);

/* The time that failures and IKE SAs are measured against. */
uint64_t negotiator_now(const struct negotiator *negotiator);
/* Borrowed. */
const struct ike *negotiator_ike(const struct negotiator *negotiator);

/* Why the tunnel lost its last SAs; CAUSE_COUNT: it never did, or is up. */
enum cause negotiator_ending(
    const struct negotiator *negotiator, uint32_t interface);
/* Does it use, or did it use last, the backup destination? */
bool negotiator_is_on_backup(
    const struct negotiator *negotiator, uint32_t interface);

enum { NEGOTIATOR_FAILURES_MAX = 256 }; /* remembered, of all peers */

/* A failure that is remembered, and how often it came in a row. */
struct negotiator_failure {
    struct ike_failure failure; /* the last one */
    uint32_t times;
};

/* The newest first; NULL: no more. */
const struct negotiator_failure *negotiator_failure(
    const struct negotiator *negotiator, size_t index);
/* The newest of a tunnel, by its handle, even if it is up since; NULL: none.
 */
const struct negotiator_failure *negotiator_last_failure(
    const struct negotiator *negotiator, uint32_t interface);
/* The newest of a tunnel, by its handle, unless it is up since; NULL: none. */
const struct negotiator_failure *negotiator_failure_of(
    const struct negotiator *negotiator, uint32_t interface);

/* One hour of a tunnel. */
struct negotiator_hour {
    uint16_t up_s;
    uint16_t ups;
    uint16_t downs;
    uint16_t renewals; /* pairs of SAs while it was up    */
    uint16_t answers;  /* to DPD                          */
    uint32_t mean_us;  /* of their round trips            */
    uint32_t max_us;
};

/* Of a tunnel since it is signaled. */
struct negotiator_totals {
    uint32_t renewals;   /* pairs of SAs while it was up                    */
    uint32_t failovers;  /* came up at the other one of its destinations    */
    uint32_t dead_peers; /* found by DPD                                    */
    bool on_backup;      /* what it has, or had last, was with the backup   */
};

/* False: the tunnel is not signaled. */
bool negotiator_totals(const struct negotiator *negotiator, uint32_t interface,
    struct negotiator_totals *out_totals);

enum { NEGOTIATOR_HOURS = 24 };

/* So many hours ago, up to now; 0: the one under way.  False: the tunnel is
 * not signaled. */
bool negotiator_hour(const struct negotiator *negotiator, uint32_t interface,
    unsigned hours_ago, struct negotiator_hour *out_hour);

#endif
