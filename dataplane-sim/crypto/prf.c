/*
 * prf.c - HMAC over OpenSSL's plain digest functions.
 *
 *    H(K ^ opad, H(K ^ ipad, text))                          RFC 2104, 2
 *
 * A negotiation needs some thirty of these; fetching an EVP_MAC for each
 * would cost as much as the exponentiation.  The functions are marked
 * deprecated; API_COMPAT asks for them, as in hmac.c.
 */
#define OPENSSL_API_COMPAT 0x10101000L

#include "crypto/prf.h"

#include "base/secret.h"

#include <openssl/md5.h>
#include <openssl/sha.h>
#include <string.h>

enum { BLOCK_MAX = SHA512_CBLOCK };

union context {
    MD5_CTX md5;
    SHA_CTX sha1;
    SHA256_CTX sha256;
    SHA512_CTX sha512;
};

/* One row a digest, so that none of the functions below knows which it is.
 * The library's functions differ in the type of their first parameter. */
struct digest {
    size_t size;
    size_t block;
    void (*start)(union context *context);
    void (*add)(union context *context, const void *bytes, size_t length);
    void (*finish)(union context *context, uint8_t *out);
};

/* None of the library's three functions has a way to fail. */
#define DIGEST_FUNCTIONS(NAME, MEMBER, PREFIX)                                 \
    static void NAME##_start(union context *context)                           \
    {                                                                          \
        (void)PREFIX##_Init(&context->MEMBER);                                 \
    }                                                                          \
    static void NAME##_add(                                                    \
        union context *context, const void *bytes, size_t length)              \
    {                                                                          \
        (void)PREFIX##_Update(&context->MEMBER, bytes, length);                \
    }                                                                          \
    static void NAME##_finish(union context *context, uint8_t *out)            \
    {                                                                          \
        (void)PREFIX##_Final(out, &context->MEMBER);                           \
    }

DIGEST_FUNCTIONS(md5, md5, MD5)
DIGEST_FUNCTIONS(sha1, sha1, SHA1)
DIGEST_FUNCTIONS(sha256, sha256, SHA256)
DIGEST_FUNCTIONS(sha384, sha512, SHA384)
DIGEST_FUNCTIONS(sha512, sha512, SHA512)

/* clang-format off */
static const struct digest digests[] = {
    [PRF_MD5] = {MD5_DIGEST_LENGTH, MD5_CBLOCK,
        md5_start, md5_add, md5_finish},
    [PRF_SHA1] = {SHA_DIGEST_LENGTH, SHA_CBLOCK,
        sha1_start, sha1_add, sha1_finish},
    [PRF_SHA256] = {SHA256_DIGEST_LENGTH, SHA256_CBLOCK,
        sha256_start, sha256_add, sha256_finish},
    [PRF_SHA384] = {SHA384_DIGEST_LENGTH, SHA512_CBLOCK,
        sha384_start, sha384_add, sha384_finish},
    [PRF_SHA512] = {SHA512_DIGEST_LENGTH, SHA512_CBLOCK,
        sha512_start, sha512_add, sha512_finish},
};
/* clang-format on */

size_t
prf_size(enum prf_kind kind)
{
    return digests[kind].size;
}

static void
add_parts(const struct digest *digest, union context *context,
    const struct prf_part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (parts[i].length > 0)
            digest->add(context, parts[i].bytes, parts[i].length);
    }
}

void
prf_hash(enum prf_kind kind, const struct prf_part *parts, size_t count,
    uint8_t *out)
{
    const struct digest *digest = &digests[kind];
    union context context;

    digest->start(&context);
    add_parts(digest, &context, parts, count);
    digest->finish(&context, out);
    wipe(&context, sizeof context);
}

/* The digest's state after the padded key. */
static void
absorb(const struct digest *digest, const uint8_t *key, uint8_t pad,
    union context *context)
{
    uint8_t block[BLOCK_MAX];

    for (size_t i = 0; i < digest->block; i++)
        block[i] = key[i] ^ pad;
    digest->start(context);
    digest->add(context, block, digest->block);
    wipe(block, sizeof block);
}

void
prf_mac(enum prf_kind kind, struct prf_part key, const struct prf_part *parts,
    size_t count, uint8_t *out)
{
    const struct digest *digest = &digests[kind];
    uint8_t padded[BLOCK_MAX] = {0};
    uint8_t inner[PRF_SIZE_MAX];
    union context context;

    if (key.length > digest->block) {
        prf_hash(kind, &key, 1, padded);
    } else if (key.length > 0) {
        memcpy(padded, key.bytes, key.length);
    }
    absorb(digest, padded, 0x36, &context);
    add_parts(digest, &context, parts, count);
    digest->finish(&context, inner);
    absorb(digest, padded, 0x5c, &context);
    digest->add(&context, inner, digest->size);
    digest->finish(&context, out);
    wipe(padded, sizeof padded);
    wipe(inner, sizeof inner);
    wipe(&context, sizeof context);
}
