/*
 * quick.h - phase 2: quick mode, the pairs of SAs that come of it, and the
 * tunnels that have them; private to this room.
 */
#ifndef IKE_QUICK_H
#define IKE_QUICK_H

#include "ike/engine.h"
#include "ike/payloads.h"

/* ---- quick.c ---- */

extern const struct step quick_steps[3];

void quick_begin(struct ike *ike, struct ike_sa *sa, struct tunnel *tunnel);
/* Ask by the probe's values, inside this IKE SA. */
void quick_probe(struct ike *ike, struct ike_sa *sa,
    const struct tunnel *tunnel, const struct ike_probe *probe);
struct exchange *quick_answer(
    struct ike *ike, struct ike_sa *sa, uint32_t message_id);
void quick_done(struct ike *ike, struct exchange *exchange);
void quick_free(struct ike *ike, struct quick *quick);
/* HASH(1) of an exchange of phase 2, over what follows the HASH payload. */
enum err quick_check_hash(const struct exchange *exchange,
    const struct message *message, const struct blob *nonce);
/* HASH(3), and whether the message's hash is this one. */
void quick_last_hash(const struct exchange *exchange, uint8_t *out);
bool quick_hash_is(const struct exchange *exchange,
    const struct message *message, const uint8_t *wanted);
/* A HASH payload to be filled in when the rest is there. */
uint8_t *quick_hash_open(const struct exchange *exchange, struct builder *b);
void quick_hash_close(const struct exchange *exchange, const struct builder *b,
    const struct blob *nonce, uint8_t *at);

/* ---- quick_selectors.c ---- */

/* Both ID payloads, or none: then it is the two ends themselves. */
MUST_CHECK enum err quick_read_selectors(const struct ike_sa *sa,
    const struct message *message, bool peer_is_first, struct quick *quick,
    bool *out_has);
/* The tunnel for exactly these, or else one that holds them; NULL: none. */
struct tunnel *quick_find_tunnel(
    const struct ike_sa *sa, const struct quick *quick);
enum err quick_fault_selectors(
    struct ike *ike, const struct ike_sa *sa, struct quick *quick);
/* The initiator's: the peer may take less than we asked for, and says so only
 * here. */
MUST_CHECK enum err quick_take_selectors(
    struct ike *ike, struct exchange *exchange, const struct message *message);

/* ---- quick_choice.c ---- */

/* The responder's: the first of the offers that this tunnel takes. */
MUST_CHECK enum err quick_choose(struct ike *ike, struct exchange *exchange,
    const struct ike_tunnel *config, const struct message *message,
    const struct offers *offers);
/* The initiator's: what the peer chose of ours. */
MUST_CHECK enum err quick_take_choice(struct ike *ike,
    struct exchange *exchange, const struct ike_tunnel *config,
    const struct message *message);
/* RESPONDER-LIFETIME: the peer's lifetimes are the smaller ones. */
void quick_take_lifetime(struct quick *quick, const struct payload *payload);

/* ---- child.c ---- */

/* The inbound SA goes to the packet engine at once, the outbound one when it
 * is ready. */
enum err child_add(struct ike *ike, const struct exchange *exchange);
void child_ready(struct ike *ike, struct tunnel *tunnel, uint32_t in_spi);
void child_drop_unready(
    struct ike *ike, struct tunnel *tunnel, uint32_t in_spi);
/* Without a word to the peer where tell is not set. */
void children_remove(
    struct ike *ike, struct tunnel *tunnel, bool tell, enum cause why);
/* Who this IKE SA is with has deleted this SA of its: our outbound one. */
void child_deleted(struct ike *ike, const struct ike_sa *sa, uint8_t protocol,
    uint32_t out_spi);
void child_remove(struct ike *ike, struct tunnel *tunnel, size_t at, bool tell,
    enum cause why);
void child_done(struct child *child);
struct child *tunnel_current(struct tunnel *tunnel);
uint64_t tunnel_due(const struct tunnel *tunnel);
/* Its negotiation came to nothing: a pair that wanted renewal wants it again
 * a little later. */
void tunnel_failed(struct ike *ike, struct tunnel *tunnel);
void tunnel_tick(struct ike *ike, struct tunnel *tunnel);

/* ---- spi.c ---- */

uint32_t spi_new(struct ike *ike);
void spi_release(struct ike *ike, uint32_t number);
void spis_done(struct ike *ike);

/* ---- tunnel.c ---- */

/* Negotiate, by an IKE SA that stands or a new one. */
void tunnel_begin(struct ike *ike, struct tunnel *tunnel);
/* Phase 1 with this peer is done: all that wait for it, and that it serves. */
void peer_ready(struct ike *ike, struct peer *peer);

/* ---- probe.c ---- */

/* The message that a probe of phase 1 waited for has come: its end. */
enum err probe_agreed(
    struct ike *ike, struct ike_sa *sa, const struct message *message);
/* As ike->fault says. */
void probe_failed(struct ike *ike, struct ike_sa *sa);
void probe_quick_agreed(struct ike *ike, struct exchange *exchange);
void probe_quick_failed(struct ike *ike, const struct quick *quick);

#endif
