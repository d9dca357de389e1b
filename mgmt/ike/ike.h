/*
 * ike.h - IKEv1 (RFC 2407 to 2409) without I/O: bytes and times in, actions
 * out.
 *
 * One struct ike negotiates for all tunnels of a router.  It is told what is
 * configured, gets every datagram for UDP 500 and 4500, and is ticked when
 * it is due.  What is to be done then waits as actions: datagrams to send,
 * SAs for the packet engine to take or drop, and what there is to tell.
 *
 *    configuration, requests, datagrams, ticks      ike_set_* ike_need_sa ...
 *              |
 *          [ struct ike ]  main / aggressive / quick mode, informational, DPD
 *              |
 *    actions: send, SA add, SA remove, peer up, ...              ike_next
 *
 * The caller takes all actions after every call.  It owns the packet engine
 * and names each tunnel by a number of its own (the handle of the interface).
 * When a tunnel negotiates again after a failure, and with which of its
 * destinations, is the caller's to decide; rekeying is done here.
 *
 * Times are microseconds of a monotonic clock; addresses are in host order.
 * Random bytes come from crypto_random.  Thread M only.
 */
#ifndef IKE_IKE_H
#define IKE_IKE_H

#include "base/err.h"
#include "base/secret.h"
#include "gen/causes.h"
#include "gen/enums.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct crypto;
struct ike;

/* crypto is borrowed for the engine's life. */
struct ike *ike_new(struct crypto *crypto);
void ike_free(struct ike *ike); /* NULL is allowed; wipes keys, sends nothing */

/* ---- datagrams and time ---- */

enum {
    IKE_PORT = 500,
    IKE_PORT_NAT = 4500,
    IKE_DATAGRAM_MAX = 8192, /* longer ones are dropped */
    IKE_MESSAGE_MAX = 16384, /* that comes, or goes, in fragments */
};

/* The payload of one UDP datagram, exactly: where the local port is 4500 it
 * begins with the non-ESP marker (RFC 3948, 2.2), in and out. */
struct ike_datagram {
    uint16_t vr; /* transport VR, as in struct ike_tunnel */
    uint32_t local;
    uint16_t local_port;
    uint32_t remote;
    uint16_t remote_port;
    const uint8_t *bytes;
    size_t length;
};

void ike_input(
    struct ike *ike, uint64_t now_us, const struct ike_datagram *datagram);
/* Do what is due.  Early ticks are harmless. */
void ike_tick(struct ike *ike, uint64_t now_us);
/* When to tick next; UINT64_MAX: never, until something else happens. */
uint64_t ike_due(const struct ike *ike);

/* ---- configuration; takes effect with the next negotiation ---- */

enum ike_cipher {
    IKE_DES,
    IKE_3DES,
    IKE_AES_128,
    IKE_AES_192,
    IKE_AES_256,
};
enum ike_digest { IKE_MD5, IKE_SHA1, IKE_SHA256, IKE_SHA384, IKE_SHA512 };
enum ike_method { IKE_PRE_SHARE, IKE_RSA_SIG };
enum ike_aggressive {
    IKE_AGGRESSIVE_NONE,
    IKE_AGGRESSIVE_ACCEPTED,
    IKE_AGGRESSIVE_REQUESTED,
    IKE_AGGRESSIVE_REQUIRED,
};

/* What is looked at of one exchange: certificates and CRLs that come with a
 * signature, CAs that the peer asks for, bytes of their names. */
enum {
    IKE_CERTIFICATES_MAX = 8,
    IKE_CRLS_MAX = 4,
    IKE_AUTHORITIES_MAX = 16,
    IKE_AUTHORITY_BYTES_MAX = 2048,
};

enum { IKE_RULES_MAX = 10, IKE_TRANSFORMS_MAX = 6, IKE_NAME_SIZE = 81 };

/* A policy rule of phase 1. */
struct ike_rule {
    enum ike_cipher cipher;
    enum ike_digest digest;
    enum ike_method method;
    enum ike_aggressive aggressive;
    uint32_t lifetime_s;
    uint16_t priority; /* 1 is tried first */
    uint16_t group;    /* 1 2 5 14 15 16 19 20 21 */
    bool has_scope;    /* for one local address on one VR only */
    uint16_t scope_vr;
    uint32_t scope_address;
};

/* 3des, sha, pre-share, group 2, 28800 s: what holds without any rule. */
extern const struct ike_rule ike_rule_default;

/* All rules, in any order; copied.  None: the default one holds.  At most
 * IKE_RULES_MAX are kept. */
void ike_set_rules(struct ike *ike, const struct ike_rule *rules, size_t count);

/* Who one is in phase 1: an address, or where name is not empty an FQDN,
 * user@FQDN or, if there is a '=' in it, a distinguished name. */
struct ike_identity {
    uint32_t address;
    char name[IKE_NAME_SIZE];
};

/* Copied; replaces the key of that identity in that VR. */
void ike_set_key(struct ike *ike, uint16_t vr,
    const struct ike_identity *identity, const struct secret *key);
void ike_remove_key(
    struct ike *ike, uint16_t vr, const struct ike_identity *identity);

/* Of one transport VR; without this all are false but nat_t. */
struct ike_options {
    bool dpd;   /* ask peers that are silent; peers are answered always */
    bool nat_t; /* on by default */
    bool tx_invalid_cookie;
};

void ike_set_options(
    struct ike *ike, uint16_t vr, const struct ike_options *options);

/* Inner addresses, or in transport mode the ends themselves, from first to
 * last.  How it is written in a message follows from it: a subnet where it
 * is one, else a range; a single address where is_address is set. */
struct ike_selector {
    uint32_t first;
    uint32_t last;
    bool is_address;
    uint8_t protocol; /* 0: any */
    uint16_t port;    /* 0: any */
};

struct ike_tunnel {
    uint32_t number;
    uint16_t vr; /* transport VR */
    uint32_t local;
    struct ike_identity local_identity; /* neither name nor address: local */
    struct ike_identity remote; /* a name: its address is learnt, it begins */
    /* Whom a certificate of the peer has to prove, as text; "": anyone, where
     * the destination is an address. */
    char certified[IKE_NAME_SIZE];
    bool is_transport;                             /* transport mode */
    enum transform transforms[IKE_TRANSFORMS_MAX]; /* the most wanted first */
    uint8_t transform_count;
    uint16_t pfs_group; /* 0: none asked for */
    uint32_t lifetime_s;
    uint32_t lifetime_kb; /* 0: no limit by volume */
    struct ike_selector local_selector;
    struct ike_selector remote_selector;
};

/* Copied.  Set again, its SAs stay and the next negotiation is by the new
 * values; if its ends, selectors or mode changed, its SAs go first. */
void ike_set_tunnel(
    struct ike *ike, uint64_t now_us, const struct ike_tunnel *tunnel);
/* Its SAs go, with DELETE to the peer; an IKE SA that nobody uses, too. */
void ike_remove_tunnel(struct ike *ike, uint64_t now_us, uint32_t number);

/* Bounds on phase 1 exchanges that strangers began. */
struct ike_limits {
    uint32_t half_open;            /* 512 */
    uint32_t half_open_per_source; /* 16  */
};

void ike_set_limits(struct ike *ike, const struct ike_limits *limits);
/* To peers that can put them together, messages longer than this go in
 * fragments, each at most so long; 1252 by default, so that with IP and UDP it
 * is 1280.  Not below 128. */
void ike_set_datagram_max(struct ike *ike, size_t bytes);

/* ---- requests ---- */

/* Negotiate, if the tunnel has no SAs and does not negotiate yet.  Its end is
 * an SA_ADD of an outbound SA, or a FAILURE with this tunnel's number. */
void ike_need_sa(struct ike *ike, uint64_t now_us, uint32_t number);
/* The same although it has SAs. */
void ike_rekey(struct ike *ike, uint64_t now_us, uint32_t number);
/* Remove the tunnel's SAs, with DELETE to the peer. */
void ike_clear(struct ike *ike, uint64_t now_us, uint32_t number);
/* Also the IKE SAs with its peer: the next negotiation is a whole one. */
void ike_clear_peer(struct ike *ike, uint64_t now_us, uint32_t number);
/* The packet engine reports that nine tenths, or nearly, of this SA's volume
 * are used up; that all of it is, or that it would not take the SA. */
void ike_sa_ageing(struct ike *ike, uint64_t now_us, uint32_t number,
    bool is_outbound, uint32_t spi);
void ike_sa_ended(struct ike *ike, uint64_t now_us, uint32_t number,
    bool is_outbound, uint32_t spi);
/* The packet engine reports: ESP in UDP of this tunnel, right and newer than
 * all before, came from another place than its outbound SA leads to. */
void ike_peer_moved(struct ike *ike, uint64_t now_us, uint32_t number,
    uint32_t remote, uint16_t remote_port);
/* What went through the tunnel since the last call (for DPD).  To be called
 * every few seconds, for tunnels where something did. */
void ike_traffic(struct ike *ike, uint64_t now_us, uint32_t number, bool sent,
    bool received);

/* ---- actions ---- */

enum ike_action_kind {
    IKE_ACTION_SEND,
    IKE_ACTION_SA_ADD,
    IKE_ACTION_SA_REMOVE,
    IKE_ACTION_PEER_UP,    /* an IKE SA stands                             */
    IKE_ACTION_PEER_DOWN,  /* the last one with this peer is gone          */
    IKE_ACTION_PEER_MOVED, /* another port or address: SAs are renewed     */
    IKE_ACTION_ANSWERED,   /* by the peer, to DPD                          */
    IKE_ACTION_FAILURE,    /* a negotiation failed, or a peer is dead      */
    IKE_ACTION_NOTE,       /* narration: only where asked for              */
    IKE_ACTION_PROBED,     /* what came of an ike_probe                    */
};

/* One direction of a pair.  For an outbound SA: it is the tunnel's current
 * one from now on. */
struct ike_sa_add {
    uint32_t number; /* of the tunnel */
    bool is_outbound;
    enum transform transform;
    uint32_t spi;
    uint32_t peer_spi; /* of the other direction: the pair's name */
    uint32_t local;
    uint32_t remote;
    bool is_transport;
    bool is_udp; /* ESP in UDP, between these ports */
    uint16_t local_port;
    uint16_t remote_port;
    uint32_t lifetime_s;  /* negotiated; expiry is this engine's business */
    uint32_t lifetime_kb; /* 0: no limit; the packet engine's to watch     */
    struct ike_selector local_selector;  /* as agreed: may be narrower than */
    struct ike_selector remote_selector; /* the configured ones            */
    struct secret encryption_key;        /* with the salt for GCM */
    struct secret authentication_key;
};

struct ike_sa_remove {
    uint32_t number;
    bool is_outbound;
    uint32_t spi;
    enum cause why;
};

/* For PEER_UP, PEER_DOWN and PEER_MOVED (where number is the tunnel). */
struct ike_peer {
    uint16_t vr;
    uint32_t number;
    uint32_t local;
    uint16_t local_port;
    uint32_t remote;
    uint16_t remote_port;
    struct ike_identity identity; /* as the peer proved it */
    bool is_nat;                  /* there is one in between */
};

/* The peer answered an inquiry (RFC 3706), so long after it was asked. */
struct ike_answer {
    struct ike_peer peer;
    uint32_t round_trip_us;
};

/* Where in the negotiation something went wrong. */
enum ike_stage {
    IKE_STAGE_PHASE1_PROPOSAL, /* messages 1 and 2 of main mode    */
    IKE_STAGE_PHASE1_KEYS,     /* 3 and 4                          */
    IKE_STAGE_PHASE1_IDENTITY, /* 5 and 6; 2 and 3 of aggressive mode */
    IKE_STAGE_PHASE2,
    IKE_STAGE_ESTABLISHED,
};

/* The causes that this engine finds; their words are in the schema. */
enum ike_reason {
    IKE_REASON_NO_RULE = CAUSE_NO_RULE,     /* no usable policy rule here */
    IKE_REASON_NO_KEY = CAUSE_NO_KEY,       /* none for this peer         */
    IKE_REASON_NO_ANSWER = CAUSE_NO_ANSWER, /* nothing came back at all   */
    IKE_REASON_SILENCE = CAUSE_SILENCE,     /* it stopped midway          */
    /* phase 1: the first mismatch */
    IKE_REASON_PROPOSAL_ENCRYPTION = CAUSE_PROPOSAL_ENCRYPTION,
    IKE_REASON_PROPOSAL_HASH = CAUSE_PROPOSAL_HASH,
    IKE_REASON_PROPOSAL_METHOD = CAUSE_PROPOSAL_AUTHENTICATION,
    IKE_REASON_PROPOSAL_GROUP = CAUSE_PROPOSAL_GROUP,
    /* the peer refused ours, phase 1 */
    IKE_REASON_PROPOSAL_REFUSED = CAUSE_PROPOSAL_REFUSED,
    IKE_REASON_MODE = CAUSE_MODE,           /* main or aggressive          */
    IKE_REASON_WRONG_KEY = CAUSE_WRONG_KEY, /* the preshared keys differ   */
    IKE_REASON_PEER_NO_KEY = CAUSE_PEER_HAS_NO_KEY,
    IKE_REASON_IDENTITY = CAUSE_IDENTITY, /* the peer is not who it should be */
    IKE_REASON_AUTHENTICATION = CAUSE_AUTHENTICATION, /* it refused ours */
    IKE_REASON_TRANSFORM = CAUSE_TRANSFORM,           /* phase 2         */
    IKE_REASON_PFS = CAUSE_PFS,
    IKE_REASON_ENCAPSULATION = CAUSE_ENCAPSULATION, /* tunnel, UDP       */
    IKE_REASON_SELECTOR = CAUSE_SELECTOR,           /* the identities    */
    IKE_REASON_REFUSED = CAUSE_REFUSED,             /* the peer refused  */
    IKE_REASON_KEY_EXCHANGE = CAUSE_KEY_EXCHANGE,   /* a bad DH value    */
    IKE_REASON_MALFORMED = CAUSE_MALFORMED,
    IKE_REASON_DEAD_PEER = CAUSE_DEAD_PEER, /* DPD got no answer */
    IKE_REASON_HALF_OPEN = CAUSE_HALF_OPEN, /* too many by strangers */
    /* rsa-sig: struct ike_credentials finds them */
    IKE_REASON_NO_CERTIFICATE = CAUSE_NO_CERTIFICATE, /* none of ours fits */
    IKE_REASON_CERT_EXPIRED = CAUSE_CERT_EXPIRED,
    IKE_REASON_CERT_NOT_YET = CAUSE_CERT_NOT_YET,
    IKE_REASON_CERT_CA = CAUSE_CERT_CA,
    IKE_REASON_CERT_CHAIN = CAUSE_CERT_CHAIN,
    IKE_REASON_CERT_REVOKED = CAUSE_CERT_REVOKED,
    IKE_REASON_CERT_CRL = CAUSE_CERT_CRL,
    IKE_REASON_CERT_USAGE = CAUSE_CERT_USAGE,
    IKE_REASON_CERT_IDENTITY = CAUSE_CERT_IDENTITY,
    IKE_REASON_CERT_KEY = CAUSE_CERT_KEY,
    IKE_REASON_CERT_SIGNATURE = CAUSE_CERT_SIGNATURE,
    IKE_REASON_CERT_MALFORMED = CAUSE_CERT_MALFORMED,
    IKE_REASON_NO_PUBLIC_KEY = CAUSE_NO_PUBLIC_KEY, /* of the peer */
    IKE_REASON_COUNT = CAUSE_COUNT
};

/* "no-key"; "There is no preshared key for this peer."  Never NULL. */
const char *ike_reason_name(enum ike_reason reason);
const char *ike_reason_sentence(enum ike_reason reason);
const char *ike_stage_name(enum ike_stage stage); /* "phase 1, proposal" */

enum { IKE_TEXT_SIZE = 320 };
#define IKE_NO_TUNNEL UINT32_MAX

/* Why something failed.  Texts are cut where they are too long. */
struct ike_failure {
    enum ike_stage stage;
    enum ike_reason reason;
    bool is_initiator; /* we began */
    bool is_guess;     /* the most likely reason, not the only one */
    uint32_t number;   /* IKE_NO_TUNNEL: of no tunnel (unknown peer) */
    uint16_t vr;
    uint32_t local;
    uint32_t remote;
    uint16_t remote_port;
    uint16_t notify; /* what the peer sent, 0: nothing */
    uint64_t when_us;
    char ours[IKE_TEXT_SIZE];     /* what we have                       */
    char theirs[IKE_TEXT_SIZE];   /* what was seen of theirs, or ""     */
    char mismatch[IKE_TEXT_SIZE]; /* the first thing that did not match */
    char advice[IKE_TEXT_SIZE];   /* what to change, on which side      */
};

/* "NO-PROPOSAL-CHOSEN"; "" for a number that has no name. */
const char *ike_notify_name(uint16_t notify);

/* ---- certificates: authentication rsa-sig ---- */

/*
 * This engine carries certificates and signatures, and understands neither.
 * Whoever keeps keys and trust gives it this table.  All blobs are borrowed:
 * what the engine gives, for the call; what it gets, until the store changes,
 * that is at least until the engine's call that asked is over.
 */
struct ike_blob {
    const uint8_t *bytes;
    size_t length;
};

/* What a peer claims, to be judged in one go. */
struct ike_claim {
    uint16_t vr;
    uint32_t number; /* of the peer's first tunnel, or IKE_NO_TUNNEL */
    uint32_t remote; /* where it is; a NAT's, perhaps            */
    /* RFC 2407, 4.6.2.1: 1 address, 2 FQDN, 3 user@FQDN, 9 DN */
    uint8_t identity_type;
    struct ike_blob identity; /* the ID payload's body, behind the port */
    /* As received, the leaf not necessarily first; none: a bare key, or the
     * peer thinks that we have its certificate */
    const struct ike_blob *certificates;
    size_t certificate_count;
    const struct ike_blob *crls; /* that came along */
    size_t crl_count;
    struct ike_blob hash; /* HASH_I or HASH_R, which is what was signed */
    struct ike_blob signature;
};

struct ike_verdict {
    bool is_trusted;        /* by its chain, and the signature fits    */
    enum ike_reason reason; /* where it is not: IKE_REASON_CERT_...    */
    bool is_guess;
    /* As in struct ike_failure; where mismatch or advice is empty, the words
     * of the schema hold */
    char ours[IKE_TEXT_SIZE];
    char theirs[IKE_TEXT_SIZE];
    char mismatch[IKE_TEXT_SIZE];
    char advice[IKE_TEXT_SIZE];
    uint64_t certificate_id; /* of the leaf, to ask later; 0: a bare key */
    bool is_of_address; /* the key is the address's: a name is only said   */
};

struct ike_credentials {
    void *context;
    /* Can rules with rsa-sig be used: is there a key pair, and a certificate
     * for it or a peer that knows the bare key? */
    bool (*is_usable)(void *context);
    /* Our certificate and the CAs' above it, chosen by what the peer asked for
     * (DER names of CAs; none: any) and, if it is not empty, by who we shall
     * be.  Returns how many; 0: there is none, and sign() is asked to sign by
     * the bare key. */
    size_t (*chain)(void *context, const struct ike_identity *us,
        const struct ike_blob *authorities, size_t authority_count,
        struct ike_blob *out, size_t room);
    /* Who we say that we are by this certificate (none: the bare key).  wanted
     * is what is configured for the tunnel; where that is empty, the first of
     * these that the certificate proves: the address local, an FQDN,
     * user@FQDN, its subject.  Type and body as in struct ike_claim.  False:
     * the certificate does not prove what is wanted. */
    bool (*identify)(void *context, struct ike_blob certificate,
        const struct ike_identity *wanted, uint32_t local, uint8_t *out_type,
        struct ike_blob *out_body);
    /* DER subject names of the CAs that we trust, for certificate requests. */
    size_t (*authorities)(void *context, struct ike_blob *out, size_t room);
    /* PKCS #1 v1.5, block type 1, over the bare hash: without the name of a
     * digest (RFC 2409, 5.1), whatever its length.  By the key of that
     * certificate.  The signature's length; 0: it cannot. */
    size_t (*sign)(void *context, struct ike_blob certificate,
        struct ike_blob hash, uint8_t *out, size_t room);
    /* Chain, revocation, use, the identity in the certificate, signature.  That
     * the identity is the one that the tunnel is for, the engine sees to. */
    void (*judge)(void *context, const struct ike_claim *claim,
        struct ike_verdict *out_verdict);
    /* A DER name as text, C=XT, O=Example, CN=gate; it is cut if too long. */
    void (*name_text)(
        void *context, struct ike_blob name, char *out, size_t size);
    /* Is the DER name the one that was typed as that text? */
    bool (*name_is)(void *context, struct ike_blob name, const char *text);
};

/* The table is copied, its context is borrowed for the engine's life; NULL:
 * there are no credentials, as at first. */
void ike_set_credentials(
    struct ike *ike, const struct ike_credentials *credentials);

/* A certificate is good no longer.  IKE SAs that rest on it are deleted, with
 * their peers' SAs, and the tunnels' FAILURE says why.  Returns how many IKE
 * SAs those were. */
size_t ike_drop_certificate(struct ike *ike, uint64_t now_us,
    uint64_t certificate_id, const struct ike_verdict *why);

struct ike_note {
    uint32_t number; /* or IKE_NO_TUNNEL */
    uint32_t remote;
    char text[IKE_TEXT_SIZE];
};

/*
 * A probe asks a peer again with something changed, to find out what a refusal
 * does not say, and leaves nothing behind at either end:
 *
 *    phase 1  begun anew with these rules, identity and ports, and left as
 *             soon as the peer's choice, or its key exchange, is known
 *    phase 2  inside the IKE SA that stands, by changed values; if the peer
 *             agrees, the SAs are deleted at once, and were never used
 *
 * It never says INITIAL-CONTACT, and its end is one PROBED action.
 */
enum { IKE_PROBE_RULES_MAX = 48 };

struct ike_probe {
    uint32_t id;     /* the caller's, not 0 */
    uint32_t number; /* of the tunnel       */
    bool is_phase2;
    /* phase 1 */
    const struct ike_rule *rules;
    size_t rule_count;
    bool is_aggressive; /* all rules of one group                     */
    bool is_deep;       /* main mode: up to the peer's key exchange   */
    bool has_identity;  /* who to be, in aggressive mode              */
    struct ike_identity identity;
    bool is_nat_t;      /* speak NAT-T, whatever the option says */
    uint16_t port;      /* of ours; 0: 500 */
    uint16_t peer_port; /* the same */
    /* phase 2: transforms, PFS, mode and selectors to ask for */
    struct ike_tunnel tunnel;
};

enum ike_probe_end {
    IKE_PROBE_AGREED,     /* the peer went along                     */
    IKE_PROBE_REFUSED,    /* notify says with what                   */
    IKE_PROBE_SILENT,     /* nothing came back                       */
    IKE_PROBE_IMPOSSIBLE, /* no such tunnel, no IKE SA for phase 2   */
};

struct ike_probed {
    uint32_t id;
    enum ike_probe_end end;
    uint16_t notify;
    /* phase 1 */
    struct ike_rule chosen;
    bool is_key_right;    /* aggressive mode: the peer's hash fits our key  */
    bool is_here_changed; /* a NAT shows the peer another address of ours   */
    bool is_there_changed;
    bool knows_nat_t;
    bool wants_certificate;
    char authority[96]; /* of this CA */
    /* phase 2 */
    enum transform transform;
    uint16_t group;
    bool has_selectors; /* the peer said which: ours and its own */
    struct ike_selector local_selector;
    struct ike_selector remote_selector;
    uint32_t lifetime_s;
};

void ike_probe(struct ike *ike, uint64_t now_us, const struct ike_probe *probe);

struct ike_action {
    enum ike_action_kind kind;
    union {
        struct ike_datagram send; /* bytes: borrowed until the next call */
        struct ike_sa_add sa_add; /* to be wiped by the caller           */
        struct ike_sa_remove sa_remove;
        struct ike_peer peer;
        struct ike_answer answer;
        struct ike_failure failure;
        struct ike_note note;
        struct ike_probed probed;
    };
};

/* In the order in which they are to be done.  False: no more. */
bool ike_next(struct ike *ike, struct ike_action *out_action);

/* Tell of every message, as notes. */
void ike_set_narration(struct ike *ike, bool on);

/* ---- what there is, as values ---- */

struct ike_sa_row {
    uint16_t vr;
    uint32_t local;
    uint16_t local_port;
    uint32_t remote;
    uint16_t remote_port;
    uint64_t initiator_cookie;
    uint64_t responder_cookie;
    bool is_initiator;
    bool is_established;
    bool is_nat;
    bool is_aggressive;
    uint8_t messages;             /* of phase 1, that went or came */
    struct ike_identity identity; /* the peer's */
    struct ike_rule rule; /* what was agreed; lifetime_s is the smaller one */
    uint64_t established_us;
    uint64_t expires_us;
    uint64_t certificate_id; /* that the peer proved itself by; 0: by none */
};

/* The next IKE SA after *cursor, which begins at 0.  False: no more. */
bool ike_next_sa(
    const struct ike *ike, uint32_t *cursor, struct ike_sa_row *out_row);

/* What was agreed in the IKE SA that stands with a tunnel's peer; NULL: none
 * does.  Borrowed until the next call that is given a time. */
const struct ike_rule *ike_tunnel_suite(const struct ike *ike, uint32_t number);

/* The tunnel of this peer (of a PEER_ action) after that one, which exists;
 * IKE_NO_TUNNEL: the first, or there is no other. */
uint32_t ike_next_tunnel(
    const struct ike *ike, const struct ike_peer *peer, uint32_t after);

enum { IKE_PAIRS_MAX = 4 };

/* What is known of a tunnel's peer beyond its SAs.  Times: 0 is never. */
struct ike_peer_state {
    uint32_t offered_lifetime_s; /* of phase 1, when it last began; 0: never */
    uint32_t phase1_count;       /* IKE SAs that were established, ever       */
    uint64_t first_phase1_us;
    uint64_t asked_us; /* it last asked us whether we are alive     */
    uint32_t asked_count;
    uint64_t greeted_us; /* its last INITIAL-CONTACT                  */
    uint64_t heard_us;   /* any IKE message that was authentic        */
};

/* False: there is no such tunnel, or its peer's address is not known. */
bool ike_peer_state(
    const struct ike *ike, uint32_t number, struct ike_peer_state *out_state);
/* The keys that there are; false: no more.  The cursor begins at 0. */
bool ike_next_key(const struct ike *ike, uint32_t *cursor, uint16_t *out_vr,
    struct ike_identity *out_identity);
/* Rules that hold for a tunnel, in the order in which they are tried. */
size_t ike_rules_of(const struct ike *ike, uint32_t number,
    struct ike_rule out_rules[IKE_RULES_MAX]);
/* Words of the configuration: "3des sha pre-share group 2"; an identity, a
 * selector. */
void ike_rule_text(const struct ike_rule *rule, char *text, size_t size);
void ike_selector_text(
    const struct ike_selector *selector, char *text, size_t size);
bool ike_selector_is_same(
    const struct ike_selector *a, const struct ike_selector *b);
const char *ike_transform_name(enum transform transform);

struct ike_tunnel_state {
    bool is_up; /* an outbound SA is current */
    bool is_negotiating;
    uint8_t pairs;
    uint32_t inbound_spi[IKE_PAIRS_MAX]; /* the current pair first */
    uint32_t outbound_spi[IKE_PAIRS_MAX];
    uint64_t expires_us; /* of the current pair */
    uint32_t lifetime_s; /* of it, as agreed    */
    uint64_t created_us;
    bool has_ike_sa;                    /* with its peer, established */
    struct ike_selector local_selector; /* of the current pair, as agreed */
    struct ike_selector remote_selector;
};

/* False: there is no such tunnel. */
bool ike_tunnel_state(
    const struct ike *ike, uint32_t number, struct ike_tunnel_state *out_state);

/* Messages dropped, by cause. */
enum ike_drop {
    IKE_DROP_MALFORMED,      /* cannot be read                            */
    IKE_DROP_UNKNOWN_COOKIE, /* of no IKE SA                              */
    IKE_DROP_UNEXPECTED,     /* not what this state waits for             */
    IKE_DROP_UNPROTECTED,    /* in clear where it must be encrypted       */
    IKE_DROP_HASH,           /* wrong hash, or none                       */
    IKE_DROP_DECRYPT,        /* no sense after decryption                 */
    IKE_DROP_DUPLICATE,      /* a retransmission (answered where it may)  */
    IKE_DROP_HALF_OPEN,      /* bound on half-open exchanges reached      */
    IKE_DROP_NO_POLICY,      /* refused: failures tell why                */
    IKE_DROP_FRAGMENT,       /* odd, or more than is held                 */
    IKE_DROP_COUNT
};

struct ike_counters {
    uint64_t received;
    uint64_t sent;
    uint64_t retransmitted;
    uint64_t fragments_sent;
    uint64_t fragments_received;
    uint64_t dropped[IKE_DROP_COUNT];
    uint32_t ike_sas;
    uint32_t half_open;
};

void ike_counters(const struct ike *ike, struct ike_counters *out_counters);

#endif
