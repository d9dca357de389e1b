/*
 * engine.h - the inside of the IKE engine, for the files of this room.  What it
 * remembers is in state.h, what is in payloads in payloads.h, phase 1 in
 * phase1.h and phase 2 in quick.h.
 *
 *    ike.c        the public calls: time, actions, rows
 *    config.c     rules, keys, options, tunnels
 *    table.c      peers and IKE SAs, found by cookie and by address
 *    input.c      a datagram: which SA, which exchange
 *    exchange.c   decrypts, matches retransmissions, walks a table of steps
 *    send.c       a built message on its way; retransmission
 *    phase1.c     what main and aggressive mode share (phase1.h)
 *    choice.c     which policy rules, and which of them both ends have
 *    proof.c      who is who, and the preshared key that proves it
 *    signature.c  the same by RSA signatures
 *    main_mode.c aggressive.c quick.c info.c   one exchange each
 *    certificate.c  who keeps certificates, requests for them, and those that
 *                 are good no longer
 *    natt.c       vendor ids, NAT discovery
 *    fragment.c   messages that are too long for the path
 *    pace.c       how many phase 1 exchanges at a time
 *    moved.c      a NAT that gave the peer another port or address
 *    child.c      SAs of a tunnel: pairs, rekeying, expiry
 *    spi.c        their SPIs, which are ours to choose
 *    tunnel.c     a tunnel negotiates, is renewed, cleared
 *    dpd.c        asking a silent peer
 *    quick_hash.c its hashes
 *    quick_selectors.c quick_choice.c  for which traffic, by which transform
 *    probe.c      asking again with something changed
 *    proposal.c offer.c identity.c keymat.c    payloads and keys
 *    failure.c    records of what went wrong
 *
 * A peer is a pair of addresses in a VR; it has tunnels and IKE SAs.  Nothing
 * keeps a pointer to an IKE SA beyond a call but its peer: timers and tunnels
 * hold slot and generation.  Handlers never free an SA: they say so by
 * is_dead, and the driver reaps it when it is done with the message.
 */
#ifndef IKE_ENGINE_H
#define IKE_ENGINE_H

#include "ike/state.h"

/* ---- ike.c ---- */

struct ike_action *action_add(struct ike *ike, enum ike_action_kind kind);
/* The other end of an IKE SA, as actions tell it. */
void peer_describe(const struct ike_sa *sa, struct ike_peer *out_peer);
/* A copy of the bytes, with the non-ESP marker where the ports ask for it. */
void action_send(
    struct ike *ike, const struct ike_sa *sa, const uint8_t *bytes, size_t n);
void note(struct ike *ike, uint32_t number, uint32_t remote, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));
/* The object is due earlier than its entry in the heap, perhaps. */
void ike_sa_schedule(struct ike *ike, struct ike_sa *sa);
void tunnel_schedule(struct ike *ike, struct tunnel *tunnel);
/* Some time in the last 5 percent before 90 percent of a span from now. */
uint64_t rekey_time(struct ike *ike, uint64_t span_s);
uint32_t random_u32(struct ike *ike);

/* ---- table.c ---- */

struct ike_sa *ike_sa_new(
    struct ike *ike, struct peer *peer, bool is_initiator);
void ike_sa_free(struct ike *ike, struct ike_sa *sa);
/* A responder's is not half-open any more. */
void half_open_end(struct ike *ike, struct ike_sa *sa);
/* By both cookies; the responder's may still be unknown to us. */
struct ike_sa *ike_sa_find(const struct ike *ike, const struct header *header);
void ike_sa_set_responder_cookie(
    struct ike_sa *sa, const uint8_t cookie[COOKIE_SIZE]);
/* That new exchanges with this peer use; NULL: none stands. */
struct ike_sa *peer_sa(const struct peer *peer);
/* Several may be behind one address: a tunnel to a name is served by an IKE SA
 * with whoever proved that name, and by no other. */
bool ike_sa_serves(const struct ike_sa *sa, const struct tunnel *tunnel);
/* As peer_sa, that serves this tunnel. */
struct ike_sa *tunnel_sa(const struct tunnel *tunnel);
/* Are both with the same one of those at this address? */
bool ike_sa_is_with_same(const struct ike_sa *a, const struct ike_sa *b);
bool peer_is_negotiating(const struct peer *peer);
struct peer *peer_find(
    const struct ike *ike, uint16_t vr, uint32_t local, uint32_t remote);
struct peer *peer_get(
    struct ike *ike, uint16_t vr, uint32_t local, uint32_t remote);
/* Frees it if nobody needs it. */
void peer_release(struct ike *ike, struct peer *peer);
struct tunnel *tunnel_find(const struct ike *ike, uint32_t number);
void tunnel_bind(struct ike *ike, struct tunnel *tunnel, struct peer *peer);
void exchange_free(struct ike *ike, struct exchange *exchange);
/* It is over: with DELETE where tell is set; reaped after the message. */
void ike_sa_end(struct ike *ike, struct ike_sa *sa, bool tell);
void reap(struct ike *ike);
/* When one of two that do the same work goes.  The second in an order that
 * both ends see alike goes first, so that two ends that keep different ones do
 * not clean up both. */
uint64_t clean_up_time(const struct ike *ike, bool is_second);
void peer_clear(struct ike *ike, struct peer *peer, bool tell);
void table_done(struct ike *ike);

/* ---- config.c ---- */

void config_done(struct ike *ike);

const struct ike_options *options_of(const struct ike *ike, uint16_t vr);
const struct secret *key_find(
    const struct ike *ike, uint16_t vr, const struct ike_identity *identity);
bool identity_is_same(
    const struct ike_identity *a, const struct ike_identity *b);
/* Rules that hold for this local address, in the order in which they are
 * tried, usable or not; returns how many. */
size_t rules_for(const struct ike *ike, uint16_t vr, uint32_t local,
    struct ike_rule out_rules[IKE_RULES_MAX]);

/* ---- exchange.c, send.c ---- */

/* Send the message of the exchange's step, and go to the next. */
enum err exchange_advance(struct ike *ike, struct exchange *exchange);
/* Encrypts (with the exchange's IV), keeps and sends what was built. */
enum err send_message(struct ike *ike, struct exchange *exchange,
    struct builder *b, bool is_encrypted);
/* One message of the informational exchange: body is what comes after HASH,
 * a payload of that type. */
void send_informational(struct ike *ike, struct ike_sa *sa, uint8_t type,
    const uint8_t *body, size_t length);
/* A notification, encrypted where keys stand. */
void send_notify(struct ike *ike, struct ike_sa *sa, uint16_t type,
    const uint8_t *data, size_t length);
void send_refusal(
    struct ike *ike, const struct exchange *exchange, uint16_t type);
void send_delete(struct ike *ike, struct ike_sa *sa, uint8_t protocol,
    const uint8_t *spi, size_t size);
/* Its time has come: again, or enough. */
void exchange_tick(struct ike *ike, struct exchange *exchange);
void exchange_resend(struct ike *ike, struct exchange *exchange);
struct exchange *exchange_new(struct ike *ike, struct ike_sa *sa, uint8_t type,
    uint32_t message_id, bool is_initiator);
void exchange_remove(struct ike *ike, struct exchange *exchange); /* phase 2 */
/* The exchange failed as ike->fault says. */
void exchange_fail(struct ike *ike, struct exchange *exchange);
void send_invalid_cookie(struct ike *ike, const struct ike_datagram *datagram,
    const struct header *header);
bool decrypt(struct ike *ike, const struct ike_sa *sa, uint8_t *iv,
    uint8_t *bytes, size_t length);
/* Where the exchange is over for us but for retransmissions. */
void exchange_finish(struct ike *ike, struct exchange *exchange);
/* A message for it: a step, or one of before again. */
void exchange_input(struct ike *ike, struct exchange *exchange,
    const struct ike_datagram *datagram, const uint8_t *bytes, size_t length);
/* What came for it was no good, which is remembered as a reason, no more. */
void exchange_ignore(
    struct ike *ike, struct exchange *exchange, enum err error);
/* Of phase 2; NULL: none. */
struct exchange *exchange_find(const struct ike_sa *sa, uint32_t message_id);
/* The one that is done and began first. */
void exchange_forget_oldest(struct ike *ike, struct ike_sa *sa);

/* ---- input.c ---- */

void datagram_drop(struct ike *ike, enum ike_drop why);

/* ---- phase1.c ---- */

/* Begin phase 1 with a peer.  False: no rule, no key; the failure is told. */
bool phase1_begin(struct ike *ike, struct peer *peer);
/* What a stranger's first message is answered by; NULL: dropped. */
struct ike_sa *phase1_answer(struct ike *ike,
    const struct ike_datagram *datagram, const struct header *header);
void phase1_done(struct ike *ike, struct ike_sa *sa);

/* ---- fragment.c ---- */

/* As action_send, in fragments where it has to be. */
void send_bytes(
    struct ike *ike, const struct ike_sa *sa, const uint8_t *bytes, size_t n);
/* One has come, whose header was read.  When it was the last that lacked, the
 * length of the message, which is in ike->whole; 0: not yet. */
size_t fragment_take(
    struct ike *ike, struct ike_sa *sa, const uint8_t *bytes, size_t length);
/* How many there are of a message that is not whole. */
unsigned fragments_held(const struct ike_sa *sa);
void fragments_forget(struct ike *ike, struct ike_sa *sa);

/* ---- pace.c ---- */

/* Phase 1 with this peer, now or as soon as there is room. */
void pace_begin(struct ike *ike, struct peer *peer);
/* The same, at the end of this call at the earliest. */
void pace_wait(struct ike *ike, struct peer *peer);
/* It takes a place; it gives it back, if it has one. */
void pace_take(struct ike *ike, struct ike_sa *sa);
void pace_give(struct ike *ike, struct ike_sa *sa);
/* The peer goes. */
void pace_forget(struct ike *ike, struct peer *peer);
/* At the end of a call: who is next? */
void pace_next(struct ike *ike);

/* ---- info.c, dpd.c ---- */

/* Something came by this IKE SA that its peer has made just now. */
void ike_sa_heard(struct ike *ike, struct ike_sa *sa);

void info_take(struct ike *ike, struct ike_sa *sa, struct message *message);
/* Not encrypted; of an exchange of phase 1 that is under way. */
void info_take_clear(
    struct ike *ike, struct ike_sa *sa, const struct message *message);
void take_notify(struct ike *ike, struct ike_sa *sa,
    const struct payload *payload, bool is_protected);
void dpd_take(struct ike *ike, struct ike_sa *sa, uint16_t type,
    const struct payload *payload);
uint64_t dpd_due(const struct ike *ike, const struct ike_sa *sa);
/* False: the peer is dead, and the SA with it. */
bool dpd_tick(struct ike *ike, struct ike_sa *sa);
/* Does the peer have this IKE SA?  Whatever it answers is in heard_us. */
void dpd_call(struct ike *ike, struct ike_sa *sa);
/* Phase 1 failed as ike->fault says.  True: that was to find out whether the
 * peer lives; it does not, and the tunnel's SAs are gone. */
bool dpd_is_dead(struct ike *ike, struct tunnel *tunnel);

/* ---- natt.c ---- */

/* What is known of address translation; to go back to, where it turns out that
 * a message was not the peer's. */
struct natt_known {
    bool has_nat;
    bool is_behind_nat;
    bool is_draft_nat;
    uint16_t local_port;
    uint16_t remote_port;
};

struct natt_known natt_known(const struct ike_sa *sa);
void natt_go_back(struct ike_sa *sa, const struct natt_known *known);

void natt_build_vendors(struct ike *ike, struct ike_sa *sa, struct builder *b);
void natt_take_vendors(
    struct ike *ike, struct ike_sa *sa, const struct message *message);
void natt_build_discovery(struct ike_sa *sa, struct builder *b);
void natt_take_discovery(
    struct ike *ike, struct ike_sa *sa, const struct message *message);

/* ---- moved.c ---- */

/* Renew the SAs of this peer that lead to another port or address of its. */
void moved_renew(struct ike *ike, const struct ike_sa *sa);
/* It is there now, as something newer than all before proves. */
void moved_to(
    struct ike *ike, struct ike_sa *sa, uint32_t remote, uint16_t remote_port);

/* ---- failure.c ---- */

/* Describe what went wrong in ike->fault, for the handler to return. */
enum err fault(struct ike *ike, enum ike_reason reason, uint16_t notify);
enum err fault_verdict(
    struct ike *ike, const struct ike_verdict *verdict, uint16_t notify);
void fault_text(char text[IKE_TEXT_SIZE], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Into it: whose the tunnel is, and who the IKE SA is with. */
void fault_names(
    struct ike *ike, const struct ike_sa *sa, const struct tunnel *tunnel);
/* Tell of ike->fault, for one tunnel, or for all that wait for this peer. */
void failure_tell(struct ike *ike, const struct ike_sa *sa, uint32_t number);
void failure_tell_peer(struct ike *ike, struct peer *peer);

#endif
