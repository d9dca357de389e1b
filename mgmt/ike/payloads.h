/*
 * payloads.h - what is in payloads, read and built: proposals, identities,
 * selectors; and the keys of both phases; private to this room.
 */
#ifndef IKE_PAYLOADS_H
#define IKE_PAYLOADS_H

#include "ike/state.h"

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

#endif
