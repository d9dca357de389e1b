/*
 * engine.h - the inside of the IKE engine, for the files of this room.
 *
 *    ike.c        the public calls: time, actions, rows
 *    config.c     rules, keys, options, tunnels
 *    table.c      peers and IKE SAs, found by cookie and by address
 *    exchange.c   input: which SA, which exchange; decrypts, matches
 *                 retransmissions, walks a table of steps
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
 *    tunnel.c     a tunnel negotiates, is renewed, cleared
 *    dpd.c        asking a silent peer
 *    quick_hash.c its hashes
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

#include "base/err.h"
#include "base/secret.h"
#include "crypto/cipher.h"
#include "crypto/dh.h"
#include "crypto/prf.h"
#include "ike/ike.h"
#include "ike/message.h"
#include "ike/timers.h"

#include <bsd/sys/queue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SECOND_US = 1000000 };
enum { INITIATOR, RESPONDER }; /* indices of what both sides have */

enum {
    NONCE_SIZE = 32,
    NONCE_MIN = 8,
    NONCE_MAX = 256,
    SPI_SIZE = 4,
    SPI_MIN = 256,
    EXCHANGES_MAX = 256,   /* of phase 2 that an IKE SA has under way */
    EXCHANGES_KEPT = 1024, /* of it that are done, for who asks again */
    ANSWERS_MAX = 8,       /* times that a reply goes out again */
    PACED_MAX = 128,       /* phase 1 exchanges that we begin */
    PACED_TRIES = 2,       /* repetitions after which one does not count */
    CIPHER_KEY_MAX = 32,
};

/* Heap bytes with one owner; wiped when they go. */
struct blob {
    uint8_t *bytes;
    size_t length;
};

void blob_set(struct blob *blob, const void *bytes, size_t length);
void blob_done(struct blob *blob);

/* ---- peers, IKE SAs, exchanges ---- */

struct exchange;
struct ike_sa;
struct phase1;
struct pieces;
struct tunnel;

/* A handler of one message.  OK: go on.  ERR_MALFORMED, ERR_AUTH: the message
 * is ignored, as if it had not come.  Others: the exchange is over. */
typedef enum err step_build(
    struct ike *ike, struct exchange *exchange, struct builder *b);
typedef enum err step_take(
    struct ike *ike, struct exchange *exchange, const struct message *message);

#define NEEDS(type) (UINT32_C(1) << (type))

/* One message of an exchange; the first is the initiator's, and so on by
 * turns.  needs: payloads that must be there exactly once. */
struct step {
    uint32_t needs;
    bool is_encrypted;
    bool may_be_clear; /* all the same */
    enum ike_stage stage;
    step_build *build;
    step_take *take;
};

/* Lifetime: a negotiation and a while longer; owner: its IKE SA. */
struct exchange {
    LIST_ENTRY(exchange) link;
    struct ike_sa *sa;
    const struct step *steps;
    uint8_t step_count;
    uint8_t step; /* the next message to come or go */
    uint8_t type;
    bool is_initiator;
    bool is_done; /* kept to answer retransmissions */
    bool is_told; /* the doubt below was told of    */
    uint32_t message_id;
    uint64_t began_us;
    uint8_t iv[CIPHER_BLOCK_MAX];
    struct blob sent; /* the last message, as it went */
    uint8_t tries;
    uint8_t answers;
    bool has_taken;
    uint8_t taken[16]; /* digest of the last message taken */
    uint64_t due_us;   /* retransmission, or the end of is_done */
    struct quick *quick;
    struct ike_failure *doubt; /* about a message that was ignored */
};

struct sa_keys {
    uint8_t d[PRF_SIZE_MAX];
    uint8_t a[PRF_SIZE_MAX];
    uint8_t cipher[CIPHER_KEY_MAX];
    bool is_set;
};

struct dpd {
    uint64_t sent_us;     /* traffic to the peer     */
    uint64_t received_us; /* anything from the peer  */
    uint64_t asked_us;
    uint32_t sequence;
    uint8_t unanswered;
    bool has_asked; /* the peer, and this was its newest question */
    uint32_t peer_sequence;
};

/* Lifetime: from the first message to its end; owner: the table. */
struct ike_sa {
    LIST_ENTRY(ike_sa) by_cookie;
    LIST_ENTRY(ike_sa) of_peer;
    uint32_t slot;
    uint32_t generation;
    struct peer *peer;
    uint8_t cookies[2][COOKIE_SIZE];
    bool is_initiator;
    bool is_established;
    bool is_aggressive;
    bool is_paced;      /* it counts, in ike->paced                  */
    bool is_dead;       /* to be reaped                              */
    bool is_superseded; /* a newer one carries new exchanges          */
    bool peer_has_dpd;
    bool has_nat;       /* somebody is behind one, and both speak NAT-T     */
    bool is_behind_nat; /* we are */
    bool is_draft_nat;
    bool peer_has_fragments;
    bool is_known_by_name; /* the key was that of its identity         */
    bool has_replaced;     /* rekeying was begun                       */
    bool has_served;       /* a tunnel was negotiated by it            */
    uint16_t local_port;
    uint16_t remote_port;
    struct ike_rule suite;        /* agreed */
    struct ike_identity identity; /* the peer's */
    struct sa_keys keys;
    uint8_t last_block[CIPHER_BLOCK_MAX]; /* of phase 1 */
    struct phase1 *p1;
    struct ike_probe *probe; /* heap; NULL: it is meant to stand */
    bool probe_key_is_right;
    uint64_t certificate_id; /* that the peer proved itself by; 0: by none */
    uint32_t offered_lifetime_s; /* by the peer, in phase 1 */
    struct pieces *pieces;       /* of a message that is not whole; or NULL */
    struct exchange main;        /* phase 1's */
    LIST_HEAD(, exchange) exchanges;
    uint32_t exchange_count; /* of these under way */
    uint32_t exchange_kept;  /* done */
    bool is_full;            /* tunnels wait until some are done */
    uint64_t created_us;
    uint64_t established_us; /* phase 1 is done */
    uint64_t rekey_us;
    uint64_t expires_us;
    uint64_t heard_us; /* the last message that was right */
    struct dpd dpd;
    uint64_t timer_us; /* the earliest entry in the heap */
};

/* Lifetime: while it has tunnels or IKE SAs; owner: the table. */
struct peer {
    LIST_ENTRY(peer) link;
    uint16_t vr;
    uint32_t local;
    uint32_t remote;
    LIST_HEAD(, ike_sa) sas; /* the newest first */
    LIST_HEAD(, tunnel) tunnels;
    bool was_up;      /* PEER_UP was told */
    bool has_greeted; /* INITIAL-CONTACT went to it */
    struct ike_peer_state state;
    bool is_in_line; /* for a phase 1 exchange     */
    TAILQ_ENTRY(peer) in_line;
};

/* ---- tunnels ---- */

/* A pair of SAs.  Lifetime: a tunnel's array. */
struct child {
    bool is_ready; /* the outbound SA may be, or is, current */
    bool is_outbound_added;
    bool we_began;
    bool has_replaced; /* rekeying was begun */
    bool is_told;      /* the peer, that it goes */
    uint32_t in_spi;
    uint32_t out_spi;
    uint8_t protocol;
    uint64_t created_us;
    uint64_t ready_us;
    uint64_t began_us;   /* its exchange */
    uint64_t current_us; /* its outbound SA came into use */
    uint64_t full_us;    /* about when its volume is used up; 0: far off */
    uint64_t swap_us;    /* when the outbound SA becomes current; 0: is  */
    uint64_t retire_us;  /* a newer pair is current: when it goes; 0: not */
    uint64_t rekey_us;
    uint64_t expires_us;
    struct ike_sa_add *outbound; /* kept: it may become current again */
};

enum { CHILDREN_MAX = IKE_PAIRS_MAX };

/* Lifetime: its configuration's; owner: the table. */
struct tunnel {
    LIST_ENTRY(tunnel) of_peer;
    struct ike_tunnel config;
    struct peer *peer; /* NULL: its address is not known */
    uint32_t generation;
    bool is_waiting;     /* for an IKE SA                 */
    bool is_negotiating; /* in quick mode, that we began */
    bool is_doubted;     /* the peer lives, but sends nothing here */
    uint64_t sent_us;    /* traffic                       */
    uint64_t received_us;
    struct child children[CHILDREN_MAX];
    size_t child_count;
    uint64_t timer_us;
};

/* What quick mode needs until it is done. */
struct quick {
    struct ike_probe *probe; /* heap; NULL: its SAs are meant to be used */
    uint32_t number;         /* IKE_NO_TUNNEL: not known yet */
    uint32_t generation;
    uint32_t in_spi;
    uint32_t out_spi;
    struct blob nonces[2];
    struct blob ke[2];
    struct blob ids[2]; /* bodies; empty: none were sent */
    struct dh *dh;
    uint16_t group; /* PFS; 0: none */
    enum transform transform;
    bool is_transport;
    bool is_udp;
    uint32_t lifetime_s;
    uint32_t lifetime_kb;
    bool tells_lifetime; /* ours is the smaller one */
    struct ike_selector selectors[2];
    uint8_t choice[256]; /* responder: the SA payload's body to answer with */
    size_t choice_length;
};

/* ---- the engine ---- */

struct key_entry {
    LIST_ENTRY(key_entry) link;
    uint16_t vr;
    struct ike_identity identity;
    struct secret key;
};

struct option_entry {
    LIST_ENTRY(option_entry) link;
    uint16_t vr;
    struct ike_options options;
};

struct queued {
    STAILQ_ENTRY(queued) link;
    struct ike_action action;
    struct blob bytes; /* of a SEND */
};

LIST_HEAD(sa_bucket, ike_sa);
LIST_HEAD(peer_bucket, peer);
LIST_HEAD(key_bucket, key_entry);

enum { BUCKETS = 4096 }; /* of each table; a power of two */

struct ike {
    struct crypto *crypto;
    uint64_t now_us; /* of the call under way */
    struct ike_rule rules[IKE_RULES_MAX];
    size_t rule_count;
    struct ike_limits limits;
    bool has_credentials;
    struct ike_credentials credentials;
    LIST_HEAD(, option_entry) options;
    struct key_bucket keys[BUCKETS];
    struct sa_bucket by_cookie[BUCKETS];
    struct peer_bucket peers[BUCKETS];
    struct ike_sa **sas; /* by slot; NULL: free */
    uint32_t *generations;
    uint32_t sa_room;
    uint32_t sa_spare;       /* where to look for a free slot */
    struct tunnel **tunnels; /* by number */
    uint32_t tunnel_room;
    uint32_t tunnel_generation;
    TAILQ_HEAD(, peer) line; /* that wait for phase 1 */
    uint32_t paced;
    size_t datagram_max; /* longer messages go in fragments */
    size_t held;         /* bytes of fragments, of all IKE SAs */
    uint16_t fragment_id;
    LIST_HEAD(, tunnel) nameless; /* whose peer's address is not known */
    uint32_t *dead;               /* slots of SAs to be reaped */
    size_t dead_count;
    size_t dead_room;
    struct timers timers;
    STAILQ_HEAD(, queued) actions;
    struct queued *given; /* whose bytes the caller has */
    struct ike_counters counters;
    uint16_t local_port; /* of the datagram under way */
    uint16_t remote_port;
    uint32_t remote;
    uint8_t digest[16]; /* of it */
    bool narrates;
    uint64_t half_open_told_us;     /* that strangers fill it     */
    uint64_t cookie_notice_us;      /* the last INVALID-COOKIE sent */
    struct ike_failure fault;       /* of the handler under way */
    uint16_t fault_notify;          /* to send because of it; 0: none */
    struct message message;         /* the one under way */
    uint8_t clear[IKE_MESSAGE_MAX]; /* it, decrypted */
    uint8_t whole[IKE_MESSAGE_MAX]; /* a message of fragments */
    uint8_t built[IKE_MESSAGE_MAX]; /* a message of an exchange */
    uint8_t told[512]; /* an informational one, perhaps while that is built */
};

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
/* By both cookies; the responder's may still be unknown to us. */
struct ike_sa *ike_sa_find(const struct ike *ike, const struct header *header);
void ike_sa_set_responder_cookie(
    struct ike_sa *sa, const uint8_t cookie[COOKIE_SIZE]);
/* That new exchanges with this peer use; NULL: none stands. */
struct ike_sa *peer_sa(const struct peer *peer);
bool peer_is_negotiating(const struct peer *peer);
struct peer *peer_find(
    const struct ike *ike, uint16_t vr, uint32_t local, uint32_t remote);
struct peer *peer_get(
    struct ike *ike, uint16_t vr, uint32_t local, uint32_t remote);
/* Frees it if nobody needs it. */
void peer_release(struct ike *ike, struct peer *peer);
struct tunnel *tunnel_find(const struct ike *ike, uint32_t number);
void tunnel_bind(struct ike *ike, struct tunnel *tunnel, struct peer *peer);
void exchange_free(struct exchange *exchange);
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
void exchange_remove(struct exchange *exchange); /* of phase 2 */
/* The exchange failed as ike->fault says. */
void exchange_fail(struct ike *ike, struct exchange *exchange);
void send_invalid_cookie(struct ike *ike, const struct ike_datagram *datagram,
    const struct header *header);
bool decrypt(struct ike *ike, const struct ike_sa *sa, uint8_t *iv,
    uint8_t *bytes, size_t length);
/* Where the exchange is over for us but for retransmissions. */
void exchange_finish(struct ike *ike, struct exchange *exchange);

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

/* ---- quick.c ---- */

extern const struct step quick_steps[3];

void quick_begin(struct ike *ike, struct ike_sa *sa, struct tunnel *tunnel);
/* Ask by the probe's values, inside this IKE SA. */
void quick_probe(struct ike *ike, struct ike_sa *sa,
    const struct tunnel *tunnel, const struct ike_probe *probe);
struct exchange *quick_answer(
    struct ike *ike, struct ike_sa *sa, uint32_t message_id);
void quick_done(struct ike *ike, struct exchange *exchange);
void quick_free(struct quick *quick);
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

/* ---- info.c, dpd.c ---- */

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

/* ---- probe.c ---- */

/* The message that a probe of phase 1 waited for has come: its end. */
enum err probe_agreed(
    struct ike *ike, struct ike_sa *sa, const struct message *message);
/* As ike->fault says. */
void probe_failed(struct ike *ike, struct ike_sa *sa);
void probe_quick_agreed(struct ike *ike, struct exchange *exchange);
void probe_quick_failed(struct ike *ike, const struct quick *quick);

/* ---- natt.c ---- */

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
/* The peer has deleted this SA of its: our outbound one. */
void child_deleted(
    struct ike *ike, struct peer *peer, uint8_t protocol, uint32_t out_spi);
void child_remove(struct ike *ike, struct tunnel *tunnel, size_t at, bool tell,
    enum cause why);
void child_done(struct child *child);
struct child *tunnel_current(struct tunnel *tunnel);
uint64_t tunnel_due(const struct tunnel *tunnel);
/* Its negotiation came to nothing: a pair that wanted renewal wants it again
 * a little later. */
void tunnel_failed(struct ike *ike, struct tunnel *tunnel);
void tunnel_tick(struct ike *ike, struct tunnel *tunnel);
uint32_t spi_new(struct ike *ike);

/* ---- tunnel.c ---- */

/* Negotiate, by an IKE SA that stands or a new one. */
void tunnel_begin(struct ike *ike, struct tunnel *tunnel);
/* Phase 1 with this peer is done: all that wait for it. */
void peer_ready(struct ike *ike, struct peer *peer);

/* ---- proposal.c (phase 1), offer.c (phase 2) ---- */

/* One transform of an SA payload, with the attributes we know. */
struct offer {
    uint8_t proposal;
    uint8_t protocol;
    uint8_t spi_size;
    const uint8_t *spi;
    uint8_t number; /* of the transform */
    uint8_t id;
    const uint8_t *attributes; /* as they came: an answer repeats them */
    size_t attributes_length;
    bool is_odd; /* something in it is unknown, or contradicts */
    uint16_t encryption;
    uint16_t hash;
    uint16_t method;
    uint16_t group;
    uint16_t mode;
    uint16_t authentication;
    uint16_t key_bits;
    uint32_t lifetime_s;
    uint32_t lifetime_kb;
};

enum { OFFERS_MAX = 64 };

struct offers {
    size_t count;
    struct offer list[OFFERS_MAX];
};

/* The body of an SA payload.  ERR_MALFORMED; another DOI, too.  Proposals
 * after OFFERS_MAX transforms are not looked at, those of several protocols
 * at once are left out. */
MUST_CHECK enum err offers_read(
    const struct payload *sa, bool is_phase1, struct offers *out_offers);
/* The body of an SA payload that repeats one offer, with this SPI. */
void offer_build(struct wr *w, const struct offer *offer, const uint8_t *spi,
    size_t spi_size);
void attribute_build(struct wr *w, uint16_t type, uint32_t value);
/* A whole SA payload's body. */
void proposal_build_phase1(
    struct wr *w, const struct ike_rule *rules, size_t count);
/* How many of the four match, the first that does not in out_first. */
unsigned proposal_compare(const struct ike_rule *rule,
    const struct offer *offer, enum ike_reason *out_first);
void rule_text(const struct ike_rule *rule, char *text, size_t size);
void offer_text_phase1(const struct offer *offer, char *text, size_t size);
void rules_text(
    const struct ike_rule *rules, size_t count, char *text, size_t size);
enum cipher_kind suite_cipher(const struct ike_rule *suite);
enum prf_kind suite_prf(const struct ike_rule *suite);
/* A numbered attribute of phase 1 as a word: "3des", "?7". */
void attribute_text(
    enum ike_reason which, const struct offer *offer, char *text, size_t size);

/* Phase 2. */
struct phase2_kind {
    uint8_t protocol;
    uint8_t id;
    uint16_t authentication; /* 0: none */
    uint16_t key_bits;       /* attribute; 0: none */
    uint8_t encryption_key;  /* bytes, with GCM's salt */
    uint8_t authentication_key;
    const char *name;
};

const struct phase2_kind *phase2_kind(enum transform transform);
void proposal_build_phase2(struct wr *w, const struct ike_tunnel *tunnel,
    uint16_t group, bool is_udp, bool is_draft, uint32_t spi);
bool offer_is_transform(const struct offer *offer, enum transform transform);
void offer_text_phase2(const struct offer *offer, char *text, size_t size);
void transforms_text(const struct ike_tunnel *tunnel, char *text, size_t size);
uint16_t mode_number(bool is_transport, bool is_udp, bool is_draft);
/* Why nothing of this tunnel gets through address translation; NULL: something
 * does. */
const char *obstacle_in_udp(const struct ike_tunnel *tunnel);

/* ---- identity.c ---- */

void identity_build(const struct ike_identity *identity, struct blob *out);
/* False: a type that no identity of ours can be. */
bool identity_read(
    const struct payload *payload, struct ike_identity *out_identity);
void identity_text(const struct payload *payload, char *text, size_t size);
/* The body of an ID payload of any type. */
void identity_set(
    struct blob *out, uint8_t type, const uint8_t *body, size_t length);
void selector_build(const struct ike_selector *selector, struct blob *out);
MUST_CHECK enum err selector_read(
    const struct payload *payload, struct ike_selector *out_selector);
void selector_text(
    const struct ike_selector *selector, char *text, size_t size);
bool selector_is_same(
    const struct ike_selector *a, const struct ike_selector *b);
bool selector_holds(
    const struct ike_selector *outer, const struct ike_selector *inner);

/* ---- keymat.c ---- */

/* By the method that was agreed; the shared secret is for signatures. */
void keymat_skeyid(
    const struct ike_sa *sa, const struct dh_value *secret, uint8_t *out);
/* d, a and the cipher's key, from SKEYID and the shared secret. */
void keymat_phase1(struct ike_sa *sa, const struct dh_value *secret);
void keymat_hash(const struct ike_sa *sa, int who, uint8_t *out);
void keymat_iv(const struct ike_sa *sa, uint32_t message_id, uint8_t *iv);
void keymat_phase2(const struct ike_sa *sa, const struct quick *quick,
    const struct dh_value *secret, uint32_t spi, struct ike_sa_add *out_sa);

/* ---- failure.c ---- */

/* Describe what went wrong in ike->fault, for the handler to return. */
enum err fault(struct ike *ike, enum ike_reason reason, uint16_t notify);
enum err fault_verdict(
    struct ike *ike, const struct ike_verdict *verdict, uint16_t notify);
void fault_text(char text[IKE_TEXT_SIZE], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Tell of ike->fault, for one tunnel, or for all that wait for this peer. */
void failure_tell(struct ike *ike, const struct ike_sa *sa, uint32_t number);
void failure_tell_peer(struct ike *ike, struct peer *peer);

#endif
