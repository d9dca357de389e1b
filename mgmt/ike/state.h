/*
 * state.h - what the IKE engine remembers: peers, IKE SAs, exchanges, tunnels,
 * and the engine itself; private to this room.
 */
#ifndef IKE_STATE_H
#define IKE_STATE_H

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
    NOTICES_KEPT = 32,     /* ids of notices, so that none is taken twice */
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
    bool is_answered; /* our newest question */
    bool has_asked;   /* the peer, and this was its newest question */
    uint32_t peer_sequence;
};

/* Lifetime: from the first message to its end; owner: the table. */
struct ike_sa {
    LIST_ENTRY(ike_sa) by_cookie;
    LIST_ENTRY(ike_sa) of_peer;
    TAILQ_ENTRY(ike_sa) of_half_open; /* while a responder's is that */
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
    bool is_known_by_name; /* it proved the name that is its identity  */
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
    uint64_t heard_us; /* the last message that was right, and is new */
    uint32_t notices[NOTICES_KEPT]; /* message ids, a ring; but DPD's */
    uint32_t notice_count;          /* all of them */
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
    bool was_up;                /* PEER_UP was told */
    bool has_greeted;           /* INITIAL-CONTACT went to it */
    uint64_t half_open_told_us; /* that it is shut out  */
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
    bool has_child; /* whose SPI that is from then on */
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
LIST_HEAD(spi_bucket, spi);

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
    struct spi_bucket spis[BUCKETS]; /* of SAs that come in */
    struct ike_sa **sas;             /* by slot; NULL: free */
    uint32_t *generations;
    uint32_t sa_room;
    uint32_t sa_spare;       /* where to look for a free slot */
    struct tunnel **tunnels; /* by number */
    uint32_t tunnel_room;
    uint32_t tunnel_generation;
    TAILQ_HEAD(, peer) line;        /* that wait for phase 1 */
    TAILQ_HEAD(, ike_sa) half_open; /* the first begun first */
    uint32_t paced;
    size_t datagram_max;         /* longer messages go in fragments */
    size_t held;                 /* bytes of fragments, of all IKE SAs */
    TAILQ_HEAD(, pieces) pieces; /* that they are in */
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

#endif
