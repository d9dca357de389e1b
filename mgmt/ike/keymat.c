/*
 * keymat.c - from a shared secret to session keys.  RFC 2409, 5 and 5.5,
 * appendix B.
 *
 *    SKEYID   = prf(key, Ni | Nr)          by preshared key
 *             = prf(Ni | Nr, g^xy)         by signatures
 *    SKEYID_d = prf(SKEYID, g^xy | CKY-I | CKY-R | 0)
 *    SKEYID_a = prf(SKEYID, SKEYID_d | g^xy | CKY-I | CKY-R | 1)
 *    SKEYID_e = prf(SKEYID, SKEYID_a | g^xy | CKY-I | CKY-R | 2)
 *    HASH_I   = prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi | IDii)
 *    KEYMAT   = prf(SKEYID_d, [g^xy |] protocol | SPI | Ni | Nr), and on
 */
#include "ike/phase1.h"

#include "ike/payloads.h"

#include <assert.h>
#include <string.h>

#define PART(pointer, size) ((struct prf_part){(pointer), (size)})

static struct prf_part
blob_part(const struct blob *blob)
{
    return (struct prf_part){blob->bytes, blob->length};
}

/* Nonces have at most NONCE_MAX bytes each: they were taken so. */
static void
skeyid_of_signatures(
    const struct ike_sa *sa, const struct dh_value *secret, uint8_t *out)
{
    const struct blob *nonces = sa->p1->nonces;
    const struct prf_part shared = PART(secret->bytes, secret->length);
    uint8_t key[2 * NONCE_MAX];
    struct wr w = wr_over(key, sizeof key);

    wr_bytes(&w, nonces[INITIATOR].bytes, nonces[INITIATOR].length);
    wr_bytes(&w, nonces[RESPONDER].bytes, nonces[RESPONDER].length);
    assert(wr_ok(&w));
    prf_mac(suite_prf(&sa->suite), PART(key, wr_length(&w)), &shared, 1, out);
}

void
keymat_skeyid(
    const struct ike_sa *sa, const struct dh_value *secret, uint8_t *out)
{
    const struct phase1 *p1 = sa->p1;
    const struct prf_part parts[] = {
        blob_part(&p1->nonces[INITIATOR]),
        blob_part(&p1->nonces[RESPONDER]),
    };

    if (sa->suite.method == IKE_RSA_SIG) {
        skeyid_of_signatures(sa, secret, out);
        return;
    }
    prf_mac(suite_prf(&sa->suite), PART(p1->key.bytes, p1->key.length), parts,
        2, out);
}

/* The cipher's key from SKEYID_e: its first bytes, or where it is too short
 * K1 = prf(SKEYID_e, 0), K2 = prf(SKEYID_e, K1), ... */
static void
cipher_key(struct ike_sa *sa, const uint8_t *e)
{
    enum prf_kind prf = suite_prf(&sa->suite);
    size_t size = prf_size(prf);
    size_t wanted = cipher_key_size(suite_cipher(&sa->suite));
    uint8_t block[PRF_SIZE_MAX] = {0};
    struct prf_part part = {block, 1};

    assert(wanted <= CIPHER_KEY_MAX);
    if (wanted <= size) {
        memcpy(sa->keys.cipher, e, wanted);
        return;
    }
    for (size_t at = 0; at < wanted; at += size) {
        prf_mac(prf, PART(e, size), &part, 1, block);
        part.length = size;
        memcpy(sa->keys.cipher + at, block,
            wanted - at < size ? wanted - at : size);
    }
    wipe(block, sizeof block);
}

/* IV of phase 1: the hash of both public values. */
static void
first_iv(struct ike_sa *sa)
{
    const struct prf_part parts[] = {
        blob_part(&sa->p1->ke[INITIATOR]),
        blob_part(&sa->p1->ke[RESPONDER]),
    };
    uint8_t digest[PRF_SIZE_MAX];

    prf_hash(suite_prf(&sa->suite), parts, 2, digest);
    memcpy(sa->main.iv, digest, CIPHER_BLOCK_MAX);
}

void
keymat_phase1(struct ike_sa *sa, const struct dh_value *secret)
{
    enum prf_kind prf = suite_prf(&sa->suite);
    size_t size = prf_size(prf);
    uint8_t e[PRF_SIZE_MAX];
    static const uint8_t numbers[] = {0, 1, 2};
    struct prf_part parts[] = {
        {NULL,          0                 },
        {secret->bytes, secret->length    },
        {sa->cookies,   sizeof sa->cookies},
        {&numbers[0],   1                 },
    };
    struct prf_part key = PART(sa->p1->skeyid, size);

    prf_mac(prf, key, parts, 4, sa->keys.d);
    parts[0] = PART(sa->keys.d, size);
    parts[3] = PART(&numbers[1], 1);
    prf_mac(prf, key, parts, 4, sa->keys.a);
    parts[0] = PART(sa->keys.a, size);
    parts[3] = PART(&numbers[2], 1);
    prf_mac(prf, key, parts, 4, e);
    cipher_key(sa, e);
    first_iv(sa);
    sa->keys.is_set = true;
    wipe(e, sizeof e);
}

void
keymat_hash(const struct ike_sa *sa, int who, uint8_t *out)
{
    const struct phase1 *p1 = sa->p1;
    int other = who == INITIATOR ? RESPONDER : INITIATOR;
    const struct prf_part parts[] = {
        blob_part(&p1->ke[who]),
        blob_part(&p1->ke[other]),
        PART(sa->cookies[who], COOKIE_SIZE),
        PART(sa->cookies[other], COOKIE_SIZE),
        blob_part(&p1->sa_body),
        blob_part(&p1->ids[who]),
    };
    enum prf_kind prf = suite_prf(&sa->suite);

    prf_mac(prf, PART(p1->skeyid, prf_size(prf)), parts, 6, out);
}

void
keymat_iv(const struct ike_sa *sa, uint32_t message_id, uint8_t *iv)
{
    uint8_t id[4];
    uint8_t digest[PRF_SIZE_MAX];
    const struct prf_part parts[] = {
        PART(sa->last_block, cipher_block(suite_cipher(&sa->suite))),
        PART(id, sizeof id),
    };

    put_u32(id, message_id);
    prf_hash(suite_prf(&sa->suite), parts, 2, digest);
    memcpy(iv, digest, CIPHER_BLOCK_MAX);
}

/* KEYMAT = K1 | K2 | ..., each from the one before; first the encryption key,
 * then that of authentication (RFC 2407 has it so for ESP). */
void
keymat_phase2(const struct ike_sa *sa, const struct quick *quick,
    const struct dh_value *secret, uint32_t spi, struct ike_sa_add *out_sa)
{
    const struct phase2_kind *kind = phase2_kind(quick->transform);
    enum prf_kind prf = suite_prf(&sa->suite);
    size_t size = prf_size(prf);
    size_t wanted = (size_t)kind->encryption_key + kind->authentication_key;
    uint8_t bytes[2 * PRF_SIZE_MAX + CIPHER_KEY_MAX];
    uint8_t block[PRF_SIZE_MAX];
    uint8_t place[5] = {kind->protocol};
    struct prf_part parts[] = {
        {NULL,  0           },
        {NULL,  0           },
        {place, sizeof place},
        blob_part(&quick->nonces[INITIATOR]),
        blob_part(&quick->nonces[RESPONDER]),
    };

    assert(wanted <= 72);
    put_u32(place + 1, spi);
    if (secret != NULL)
        parts[1] = PART(secret->bytes, secret->length);
    for (size_t at = 0; at < wanted; at += size) {
        prf_mac(prf, PART(sa->keys.d, size), parts, 5, block);
        memcpy(bytes + at, block, size);
        parts[0] = PART(block, size);
    }
    out_sa->encryption_key.length = kind->encryption_key;
    memcpy(out_sa->encryption_key.bytes, bytes, kind->encryption_key);
    out_sa->authentication_key.length = kind->authentication_key;
    memcpy(out_sa->authentication_key.bytes, bytes + kind->encryption_key,
        kind->authentication_key);
    wipe(bytes, sizeof bytes);
    wipe(block, sizeof block);
}
