/*
 * phase1.h - what the files of phase 1 share: phase1.c and its two modes,
 * choice.c, proof.c, signature.c, certificate.c.
 */
#ifndef IKE_PHASE1_H
#define IKE_PHASE1_H

#include "ike/engine.h"

/* What phase 1 needs until it is done.  Index: INITIATOR, RESPONDER. */
struct phase1 {
    struct blob sa_body; /* as offered: it goes into the hashes */
    struct blob nonces[2];
    struct blob ke[2];
    struct blob ids[2];
    struct dh *dh;
    struct secret key;
    struct ike_rule *offered; /* heap */
    size_t offered_count;
    uint8_t skeyid[PRF_SIZE_MAX];
    uint8_t choice[512]; /* responder: the SA payload's body to answer with */
    size_t choice_length;
    bool peer_nat_t;
    bool peer_is_draft;   /* NAT-D by a draft's number */
    bool is_here_changed; /* the peer sees another address of ours */
    bool is_there_changed;
    /* DER names of the CAs that the peer asks for */
    struct blob authorities[IKE_AUTHORITIES_MAX];
    size_t authority_count;
    size_t authority_bytes;
    unsigned judged; /* signatures that were looked at */
};

void phase1_free(struct ike_sa *sa);

/* ---- main_mode.c, aggressive.c ---- */

extern const struct step main_steps[6];
extern const struct step aggressive_steps[3];

/* ---- phase1.c ---- */

void phase1_use_mode(struct ike_sa *sa, bool is_aggressive);
enum err p1_make_dh(struct ike *ike, struct ike_sa *sa);
void p1_build_ke(struct ike *ike, struct ike_sa *sa, struct builder *b);
enum err p1_take_ke(
    struct ike *ike, struct ike_sa *sa, const struct message *message);
/* After both KE and nonces, with the key. */
enum err p1_derive(struct ike *ike, struct ike_sa *sa);
void p1_build_greeting(struct ike *ike, struct ike_sa *sa, struct builder *b);
void p1_take_notifies(
    struct ike *ike, struct ike_sa *sa, const struct message *message);

/* ---- choice.c ---- */

/* What we begin with.  False: nothing; the fault says why. */
bool choose_offer(struct ike *ike, const struct peer *peer,
    struct ike_rule out_offer[IKE_RULES_MAX], size_t *out_count,
    bool *out_is_aggressive);
void phase1_offer(
    struct ike_sa *sa, const struct ike_rule *rules, size_t count);
enum err p1_build_offer(struct ike *ike, struct ike_sa *sa, struct builder *b);
/* In aggressive mode after the identity. */
enum err p1_take_offer(
    struct ike *ike, struct ike_sa *sa, const struct message *message);
enum err p1_take_choice(
    struct ike *ike, struct ike_sa *sa, const struct message *message);

/* ---- proof.c ---- */

const struct tunnel *peer_first_tunnel(const struct peer *peer);
/* The preshared key to begin with: by the address, or in aggressive mode by
 * the name of the tunnel. */
const struct secret *initiator_key(const struct ike *ike,
    const struct peer *peer, bool is_aggressive, bool *out_by_name);
void fault_no_key(struct ike *ike, const char *who);
/* The responder's.  False: there is none. */
bool p1_find_key(struct ike *ike, struct ike_sa *sa, bool by_name);
enum err p1_build_id(struct ike *ike, struct ike_sa *sa, struct builder *b);
enum err p1_take_id(
    struct ike *ike, struct ike_sa *sa, const struct message *message);
/* A hash or a signature, with certificates. */
enum err p1_build_proof(struct ike *ike, struct ike_sa *sa, struct builder *b);
/* Of the peer.  ERR_AUTH: it is as if the message had not come. */
enum err p1_check_proof(
    struct ike *ike, struct ike_sa *sa, const struct message *message);

/* ---- signature.c ---- */

bool signs(const struct ike_sa *sa); /* rsa-sig was agreed, or is offered */
/* Into ids: who we are by our certificate. */
enum err signature_identify(
    struct ike *ike, struct ike_sa *sa, const struct ike_identity *wanted);
enum err signature_build(
    struct ike *ike, const struct ike_sa *sa, struct builder *b);
enum err signature_check(
    struct ike *ike, struct ike_sa *sa, const struct message *message);
/* The peer, or what is between, is silent after our signature. */
void fault_silent_after_signature(
    struct ike *ike, const struct ike_sa *sa, size_t length);
/* The peer says no to it. */
void fault_signature_refused(
    struct ike *ike, const struct ike_sa *sa, uint16_t notify);

/* ---- certificate.c ---- */

bool can_sign(const struct ike *ike);
void p1_build_requests(struct ike *ike, struct ike_sa *sa, struct builder *b);
void p1_take_requests(struct ike_sa *sa, const struct message *message);

#endif
