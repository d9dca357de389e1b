/*
 * hmac.c - HMAC over OpenSSL's digests, without an allocation per message.
 *
 *    H(K ^ opad, H(K ^ ipad, text))                          RFC 2104, 2
 *
 * EVP_MAC keeps the padded keys too, but in OpenSSL 3.0 its EVP_MAC_init
 * duplicates a provider's digest context twice per message on the heap, and
 * EVP_DigestInit does so as well.  Thread D may not allocate, so this file
 * uses the plain digest functions, whose state is a struct that can be
 * copied.  They are marked deprecated; API_COMPAT asks for them.
 */
#define OPENSSL_API_COMPAT 0x10101000L

#include "crypto/hmac.h"

#include "base/ahead.h"
#include "base/arena.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/md5.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

enum { PAD_SIZE = 64 }; /* the block of all three digests, bytes */

union digest {
    MD5_CTX md5;
    SHA_CTX sha1;
    SHA256_CTX sha256;
};

struct hmac {
    enum hmac_kind kind;
    union digest inner; /* after K ^ ipad */
    union digest outer; /* after K ^ opad */
    union digest text;  /* of the message under way */
};

static const struct {
    size_t size;
    size_t icv;
} hmac_kinds[] = {
    [HMAC_NONE] = {0,                    0 },
    [HMAC_MD5] = {MD5_DIGEST_LENGTH,    12},
    [HMAC_SHA1] = {SHA_DIGEST_LENGTH,    12},
    [HMAC_SHA256] = {SHA256_DIGEST_LENGTH, 16},
};

size_t
hmac_size(enum hmac_kind kind)
{
    return hmac_kinds[kind].size;
}

size_t
hmac_icv(enum hmac_kind kind)
{
    return hmac_kinds[kind].icv;
}

static bool
digest_start(enum hmac_kind kind, union digest *digest)
{
    if (kind == HMAC_MD5)
        return MD5_Init(&digest->md5) == 1;
    if (kind == HMAC_SHA1)
        return SHA1_Init(&digest->sha1) == 1;
    return SHA256_Init(&digest->sha256) == 1;
}

/* Neither Update nor Final of these digests has a way to fail. */
static void
digest_add(
    enum hmac_kind kind, union digest *digest, const void *bytes, size_t length)
{
    if (kind == HMAC_MD5) {
        (void)MD5_Update(&digest->md5, bytes, length);
    } else if (kind == HMAC_SHA1) {
        (void)SHA1_Update(&digest->sha1, bytes, length);
    } else {
        (void)SHA256_Update(&digest->sha256, bytes, length);
    }
}

static void
digest_finish(enum hmac_kind kind, union digest *digest, uint8_t *out)
{
    if (kind == HMAC_MD5) {
        (void)MD5_Final(out, &digest->md5);
    } else if (kind == HMAC_SHA1) {
        (void)SHA1_Final(out, &digest->sha1);
    } else {
        (void)SHA256_Final(out, &digest->sha256);
    }
}

/* Digest of one block: the key, zero padded, xor the pad byte. */
static bool
absorb_key(enum hmac_kind kind, const uint8_t *key, uint8_t pad,
    union digest *out_digest)
{
    uint8_t block[PAD_SIZE];
    bool good;

    for (size_t i = 0; i < PAD_SIZE; i++)
        block[i] = key[i] ^ pad;
    good = digest_start(kind, out_digest);
    if (good)
        digest_add(kind, out_digest, block, sizeof block);
    wipe(block, sizeof block);
    return good;
}

/* Keys longer than a block are replaced by their digest (RFC 2104, 2). */
static bool
shorten_key(enum hmac_kind kind, const struct secret *key, uint8_t *block)
{
    union digest digest;
    bool good;

    if (key->length <= PAD_SIZE) {
        memcpy(block, key->bytes, key->length);
        return true;
    }
    good = digest_start(kind, &digest);
    if (good) {
        digest_add(kind, &digest, key->bytes, key->length);
        digest_finish(kind, &digest, block);
    }
    wipe(&digest, sizeof digest);
    return good;
}

enum err
hmac_new(enum hmac_kind kind, const struct secret *key, struct hmac **out_hmac)
{
    uint8_t block[PAD_SIZE] = {0};
    struct hmac *hmac;
    bool good;

    if (kind == HMAC_NONE || key->length == 0)
        return ERR_INVALID;
    hmac = mem_alloc(sizeof *hmac);
    hmac->kind = kind;
    good = shorten_key(kind, key, block) &&
           absorb_key(kind, block, 0x36, &hmac->inner) &&
           absorb_key(kind, block, 0x5c, &hmac->outer);
    wipe(block, sizeof block);
    if (!good) {
        hmac_free(hmac);
        return ERR_EXHAUSTED;
    }
    hmac->text = hmac->inner;
    *out_hmac = hmac;
    return OK;
}

void
hmac_ahead(const struct hmac *hmac)
{
    ahead(hmac, sizeof *hmac);
}

void
hmac_free(struct hmac *hmac)
{
    if (hmac == NULL)
        return;
    wipe(hmac, sizeof *hmac);
    free(hmac);
}

void
hmac_start(struct hmac *hmac)
{
    hmac->text = hmac->inner;
}

void
hmac_add(struct hmac *hmac, const void *bytes, size_t length)
{
    digest_add(hmac->kind, &hmac->text, bytes, length);
}

void
hmac_finish(struct hmac *hmac, uint8_t *digest, size_t size)
{
    uint8_t whole[HMAC_SIZE_MAX];

    assert(size <= hmac_size(hmac->kind));
    digest_finish(hmac->kind, &hmac->text, whole);
    hmac->text = hmac->outer;
    digest_add(hmac->kind, &hmac->text, whole, hmac_size(hmac->kind));
    digest_finish(hmac->kind, &hmac->text, whole);
    memcpy(digest, whole, size);
}

bool
hmac_matches(struct hmac *hmac, const uint8_t *digest, size_t size)
{
    uint8_t expected[HMAC_SIZE_MAX];

    hmac_finish(hmac, expected, size);
    return hmac_equal(expected, digest, size);
}

bool
hmac_equal(const uint8_t *a, const uint8_t *b, size_t size)
{
    return CRYPTO_memcmp(a, b, size) == 0;
}
