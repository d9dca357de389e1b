/*
 * proposal.c - SA payloads: read for both phases, built and compared for
 * phase 1.
 *
 *    DOI 4 | situation 4 | proposal...                       RFC 2407, 4.6.1
 *    proposal  = n# | protocol | SPI size | #transforms | SPI | transform...
 *    transform = n# | id | reserved 2 | attribute...         RFC 2408, 3.5, 3.6
 *    attribute = 1 type 15 | value 16, or 0 type 15 | length 16 | value
 */
#include "ike/payloads.h"

#include "ike/numbers.h"

#include <stdio.h>
#include <string.h>

enum { TRANSFORM_FIXED = 4 }; /* n#, id, reserved */

/* Where a word of ours stands in a phase 1 attribute. */
struct word {
    uint16_t number;
    uint16_t bits; /* of the key, where that is told apart */
    const char *name;
};

static const struct word ciphers[] = {
    [IKE_DES] = {1, 0,   "des"   },
    [IKE_3DES] = {5, 0,   "3des"  },
    [IKE_AES_128] = {7, 128, "aes128"},
    [IKE_AES_192] = {7, 192, "aes192"},
    [IKE_AES_256] = {7, 256, "aes256"},
};
static const struct word digests[] = {
    [IKE_MD5] = {1, 0, "md5"   },
    [IKE_SHA1] = {2, 0, "sha"   },
    [IKE_SHA256] = {4, 0, "sha256"},
    [IKE_SHA384] = {5, 0, "sha384"},
    [IKE_SHA512] = {6, 0, "sha512"},
};
static const struct word methods[] = {
    [IKE_PRE_SHARE] = {1, 0, "pre-share"},
    [IKE_RSA_SIG] = {3, 0, "rsa-sig"  },
};

/* ---- reading ---- */

struct lifetime {
    uint16_t type; /* of the duration that follows */
};

/* A value of up to eight bytes; longer ones are no number of ours. */
static uint64_t
long_value(const uint8_t *bytes, size_t length)
{
    uint64_t value = 0;

    for (size_t i = 0; i < length; i++) {
        if (value > UINT64_MAX >> 8)
            return UINT64_MAX;
        value = value << 8 | bytes[i];
    }
    return value;
}

static void
take_duration(struct offer *offer, uint16_t life_type, uint64_t value)
{
    uint32_t kept = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;

    if (life_type == LIFE_SECONDS) {
        offer->lifetime_s = kept;
    } else if (life_type == LIFE_KILOBYTES) {
        offer->lifetime_kb = kept;
    } else {
        offer->is_odd = true;
    }
}

/* Where attributes of either phase are kept; durations are apart. */
static uint16_t *
field_of(struct offer *offer, bool is_phase1, uint16_t type)
{
    static const uint8_t phase1_fields[] = {[P1_ENCRYPTION] = 1,
        [P1_HASH] = 2,
        [P1_METHOD] = 3,
        [P1_GROUP] = 4,
        [P1_KEY_LENGTH] = 7};
    static const uint8_t phase2_fields[] = {[P2_GROUP] = 4,
        [P2_MODE] = 5,
        [P2_AUTHENTICATION] = 6,
        [P2_KEY_LENGTH] = 7};
    uint16_t *fields[] = {NULL, &offer->encryption, &offer->hash,
        &offer->method, &offer->group, &offer->mode, &offer->authentication,
        &offer->key_bits};

    if (is_phase1)
        return type < sizeof phase1_fields ? fields[phase1_fields[type]] : NULL;
    return type < sizeof phase2_fields ? fields[phase2_fields[type]] : NULL;
}

static void
take_attribute(struct offer *offer, bool is_phase1, uint16_t type,
    uint64_t value, struct lifetime *life)
{
    uint16_t life_type = is_phase1 ? P1_LIFE_TYPE : P2_LIFE_TYPE;
    uint16_t duration = is_phase1 ? P1_LIFE_DURATION : P2_LIFE_DURATION;
    uint16_t *field = field_of(offer, is_phase1, type);

    if (type == life_type) {
        life->type = value > UINT16_MAX ? 0 : (uint16_t)value;
    } else if (type == duration) {
        take_duration(offer, life->type, value);
    } else if (field == NULL || *field != 0 || value == 0 ||
               value > UINT16_MAX) {
        offer->is_odd = true;
    } else {
        *field = (uint16_t)value;
    }
}

static enum err
attributes_read(struct offer *offer, bool is_phase1)
{
    struct rd r = rd_over(offer->attributes, offer->attributes_length);
    struct lifetime life = {0};

    while (rd_left(&r) > 0) {
        uint16_t type = rd_u16(&r);
        uint16_t value = rd_u16(&r);
        const uint8_t *bytes;

        if ((type & ATTRIBUTE_SHORT) != 0) {
            take_attribute(offer, is_phase1,
                (uint16_t)(type & ~(unsigned)ATTRIBUTE_SHORT), value, &life);
            continue;
        }
        bytes = rd_bytes(&r, value);
        if (!rd_ok(&r))
            return ERR_MALFORMED;
        take_attribute(offer, is_phase1, type, long_value(bytes, value), &life);
    }
    return rd_ok(&r) ? OK : ERR_MALFORMED;
}

/* The transforms of one proposal; what the proposal says is in offer. */
static enum err
transforms_read(const struct payload *proposal, struct rd *r,
    const struct offer *common, bool is_phase1, struct offers *out)
{
    static const struct message empty;
    struct message chain = empty;
    uint8_t announced = proposal->body[3];

    if (payloads_read(r->at, rd_left(r), PAYLOAD_TRANSFORM, false, &chain) !=
            OK ||
        chain.count != announced)
        return ERR_MALFORMED;
    for (size_t i = 0; i < chain.count; i++) {
        const struct payload *transform = &chain.payloads[i];
        struct offer offer = *common;

        if (transform->type != PAYLOAD_TRANSFORM ||
            transform->length < TRANSFORM_FIXED)
            return ERR_MALFORMED;
        offer.number = transform->body[0];
        offer.id = transform->body[1];
        offer.attributes = transform->body + TRANSFORM_FIXED;
        offer.attributes_length = transform->length - TRANSFORM_FIXED;
        if (attributes_read(&offer, is_phase1) != OK)
            return ERR_MALFORMED;
        if (out->count < OFFERS_MAX)
            out->list[out->count++] = offer;
    }
    return OK;
}

static enum err
proposal_read(
    const struct payload *proposal, bool is_phase1, struct offers *out)
{
    struct rd r = rd_over(proposal->body, proposal->length);
    struct offer common = {0};

    common.proposal = rd_u8(&r);
    common.protocol = rd_u8(&r);
    common.spi_size = rd_u8(&r);
    rd_skip(&r, 1);
    common.spi = rd_bytes(&r, common.spi_size);
    if (proposal->type != PAYLOAD_PROPOSAL || !rd_ok(&r))
        return ERR_MALFORMED;
    return transforms_read(proposal, &r, &common, is_phase1, out);
}

/* Proposals with one number belong together: ESP and AH at once. */
static bool
is_bundled(const struct message *chain, size_t at)
{
    uint8_t number =
        chain->payloads[at].length > 0 ? chain->payloads[at].body[0] : 0;

    for (size_t i = 0; i < chain->count; i++) {
        if (i != at && chain->payloads[i].length > 0 &&
            chain->payloads[i].body[0] == number)
            return true;
    }
    return false;
}

enum err
offers_read(const struct payload *sa, bool is_phase1, struct offers *out_offers)
{
    struct rd r = rd_over(sa->body, sa->length);
    struct message chain;
    uint32_t doi = rd_u32(&r);
    uint32_t situation = rd_u32(&r);

    out_offers->count = 0;
    if (!rd_ok(&r) || doi != DOI_IPSEC ||
        situation != SITUATION_IDENTITY_ONLY ||
        payloads_read(r.at, rd_left(&r), PAYLOAD_PROPOSAL, false, &chain) != OK)
        return ERR_MALFORMED;
    for (size_t i = 0; i < chain.count; i++) {
        size_t before = out_offers->count;

        if (proposal_read(&chain.payloads[i], is_phase1, out_offers) != OK)
            return ERR_MALFORMED;
        if (is_bundled(&chain, i))
            out_offers->count = before;
    }
    return OK;
}

/* ---- building ---- */

/* Short where it can be (RFC 2407, 4.5: both forms are allowed then). */
void
attribute_build(struct wr *w, uint16_t type, uint32_t value)
{
    if (value <= UINT16_MAX) {
        wr_u16(w, (uint16_t)(type | ATTRIBUTE_SHORT));
        wr_u16(w, (uint16_t)value);
        return;
    }
    wr_u16(w, type);
    wr_u16(w, sizeof value);
    wr_u32(w, value);
}

static void
rule_build(struct wr *w, const struct ike_rule *rule)
{
    const struct word *cipher = &ciphers[rule->cipher];

    attribute_build(w, P1_ENCRYPTION, cipher->number);
    if (cipher->bits != 0)
        attribute_build(w, P1_KEY_LENGTH, cipher->bits);
    attribute_build(w, P1_HASH, digests[rule->digest].number);
    attribute_build(w, P1_GROUP, rule->group);
    attribute_build(w, P1_METHOD, methods[rule->method].number);
    attribute_build(w, P1_LIFE_TYPE, LIFE_SECONDS);
    attribute_build(w, P1_LIFE_DURATION, rule->lifetime_s);
}

/* The length of the payload that begins at start. */
static void
close_payload(struct wr *w, const uint8_t *start)
{
    size_t at = (size_t)(start - w->start);

    if (wr_ok(w))
        put_u16(w->start + at + 2, (uint16_t)(wr_length(w) - at));
}

void
proposal_build_phase1(struct wr *w, const struct ike_rule *rules, size_t count)
{
    const uint8_t *proposal;

    wr_u32(w, DOI_IPSEC);
    wr_u32(w, SITUATION_IDENTITY_ONLY);
    proposal = w->at;
    wr_u32(w, 0);
    wr_u8(w, 1);
    wr_u8(w, PROTOCOL_ISAKMP);
    wr_u8(w, 0);
    wr_u8(w, (uint8_t)count);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *transform = w->at;

        wr_u8(w, i + 1 < count ? PAYLOAD_TRANSFORM : PAYLOAD_NONE);
        wr_u8(w, 0);
        wr_u16(w, 0);
        wr_u8(w, (uint8_t)(i + 1));
        wr_u8(w, TRANSFORM_KEY_IKE);
        wr_u16(w, 0);
        rule_build(w, &rules[i]);
        close_payload(w, transform);
    }
    close_payload(w, proposal);
}

void
offer_build(struct wr *w, const struct offer *offer, const uint8_t *spi,
    size_t spi_size)
{
    size_t transform =
        PAYLOAD_HEADER + TRANSFORM_FIXED + offer->attributes_length;

    wr_u32(w, DOI_IPSEC);
    wr_u32(w, SITUATION_IDENTITY_ONLY);
    wr_u16(w, 0);
    wr_u16(w, (uint16_t)(PAYLOAD_HEADER + 4 + spi_size + transform));
    wr_u8(w, offer->proposal);
    wr_u8(w, offer->protocol);
    wr_u8(w, (uint8_t)spi_size);
    wr_u8(w, 1);
    wr_bytes(w, spi, spi_size);
    wr_u16(w, 0);
    wr_u16(w, (uint16_t)transform);
    wr_u8(w, offer->number);
    wr_u8(w, offer->id);
    wr_u16(w, 0);
    wr_bytes(w, offer->attributes, offer->attributes_length);
}

/* ---- comparing and telling ---- */

unsigned
proposal_compare(const struct ike_rule *rule, const struct offer *offer,
    enum ike_reason *out_first)
{
    const struct word *cipher = &ciphers[rule->cipher];
    const struct {
        bool matches;
        enum ike_reason reason;
    } rows[] = {
        {offer->group == rule->group,                                            IKE_REASON_PROPOSAL_GROUP},
        {offer->method == methods[rule->method].number,
         IKE_REASON_PROPOSAL_METHOD                                                                       },
        {offer->hash == digests[rule->digest].number,                            IKE_REASON_PROPOSAL_HASH },
        {offer->encryption == cipher->number && offer->key_bits == cipher->bits,
         IKE_REASON_PROPOSAL_ENCRYPTION                                                                   },
    };
    unsigned matches = 0;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].matches) {
            matches++;
        } else {
            *out_first = rows[i].reason;
        }
    }
    return matches;
}

void
rule_text(const struct ike_rule *rule, char *text, size_t size)
{
    (void)snprintf(text, size, "%s %s %s group %u", ciphers[rule->cipher].name,
        digests[rule->digest].name, methods[rule->method].name, rule->group);
}

void
rules_text(const struct ike_rule *rules, size_t count, char *text, size_t size)
{
    size_t at = 0;

    text[0] = '\0';
    for (size_t i = 0; i < count && at + 1 < size; i++) {
        char one[80];
        int length;

        rule_text(&rules[i], one, sizeof one);
        length = snprintf(text + at, size - at, "%s%s", i > 0 ? "; " : "", one);
        at += length > 0 ? (size_t)length : 0;
    }
}

static void
word_text(const struct word *words, size_t count, const struct offer *offer,
    uint16_t number, char text[16])
{
    for (size_t i = 0; i < count; i++) {
        if (words[i].number == number &&
            (words[i].bits == 0 || words[i].bits == offer->key_bits)) {
            (void)snprintf(text, 16, "%s", words[i].name);
            return;
        }
    }
    (void)snprintf(text, 16, "?%u", number);
}

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

void
attribute_text(
    enum ike_reason which, const struct offer *offer, char *text, size_t size)
{
    char word[16] = "";

    if (which == IKE_REASON_PROPOSAL_ENCRYPTION) {
        word_text(ciphers, COUNT_OF(ciphers), offer, offer->encryption, word);
    } else if (which == IKE_REASON_PROPOSAL_HASH) {
        word_text(digests, COUNT_OF(digests), offer, offer->hash, word);
    } else if (which == IKE_REASON_PROPOSAL_METHOD) {
        word_text(methods, COUNT_OF(methods), offer, offer->method, word);
    } else {
        (void)snprintf(word, sizeof word, "group %u", offer->group);
    }
    (void)snprintf(text, size, "%s", word);
}

void
offer_text_phase1(const struct offer *offer, char *text, size_t size)
{
    char cipher[16];
    char hash[16];
    char method[16];

    word_text(ciphers, COUNT_OF(ciphers), offer, offer->encryption, cipher);
    word_text(digests, COUNT_OF(digests), offer, offer->hash, hash);
    word_text(methods, COUNT_OF(methods), offer, offer->method, method);
    (void)snprintf(
        text, size, "%s %s %s group %u", cipher, hash, method, offer->group);
}

enum cipher_kind
suite_cipher(const struct ike_rule *suite)
{
    static const enum cipher_kind kinds[] = {
        [IKE_DES] = CIPHER_DES_CBC,
        [IKE_3DES] = CIPHER_3DES_CBC,
        [IKE_AES_128] = CIPHER_AES_128_CBC,
        [IKE_AES_192] = CIPHER_AES_192_CBC,
        [IKE_AES_256] = CIPHER_AES_256_CBC,
    };

    return kinds[suite->cipher];
}

enum prf_kind
suite_prf(const struct ike_rule *suite)
{
    static const enum prf_kind kinds[] = {
        [IKE_MD5] = PRF_MD5,
        [IKE_SHA1] = PRF_SHA1,
        [IKE_SHA256] = PRF_SHA256,
        [IKE_SHA384] = PRF_SHA384,
        [IKE_SHA512] = PRF_SHA512,
    };

    return kinds[suite->digest];
}

void
ike_rule_text(const struct ike_rule *rule, char *text, size_t size)
{
    rule_text(rule, text, size);
}
