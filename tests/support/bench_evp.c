/*
 * bench_evp.c - the bare OpenSSL calls of one packet.
 */
#include "tests/support/bench_evp.h"

#include "base/arena.h"
#include "crypto/aead.h"
#include "crypto/cipher.h"
#include "crypto/hmac.h"
#include "pkt/pkt.h"
#include "sa/transform.h"
#include "tests/support/bench.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <stdlib.h>

enum { ESP_HEADER = 8, ESP_TRAILER = 2 };

struct bench_evp {
    OSSL_LIB_CTX *library;
    EVP_CIPHER_CTX *cipher; /* NULL: none */
    EVP_MAC_CTX *mac;       /* NULL: none */
    bool outbound;
    bool is_aead;
    uint32_t covered; /* bytes under the cipher */
    uint32_t hashed;  /* bytes under the HMAC   */
    uint8_t iv[CIPHER_BLOCK_MAX];
};

/* ---- allocations ---- */

static unsigned long allocations;

static void *
counting_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    allocations++;
    return malloc(size);
}

static void *
counting_realloc(void *old, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    allocations++;
    return realloc(old, size);
}

static void
plain_free(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    free(memory);
}

unsigned long
bench_evp_allocations(void)
{
    static bool is_counting;

    if (!is_counting) {
        is_counting = CRYPTO_set_mem_functions(
                          counting_malloc, counting_realloc, plain_free) == 1;
        bench_require(is_counting, "counting allocations");
    }
    return allocations;
}

/* ---- one packet ---- */

/* Not the same IV again. */
static const uint8_t *
fresh_iv(struct bench_evp *evp)
{
    evp->iv[0]++;
    return evp->iv;
}

static void
run_cipher(struct bench_evp *evp, uint8_t *bytes)
{
    int done = 0;

    bench_require(EVP_CipherInit_ex2(
                      evp->cipher, NULL, NULL, fresh_iv(evp), -1, NULL) == 1 &&
                      EVP_CipherUpdate(evp->cipher, bytes, &done, bytes,
                          (int)evp->covered) == 1,
        "EVP_CipherUpdate");
}

static void
run_mac(struct bench_evp *evp, const uint8_t *bytes)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    size_t size = 0;

    bench_require(
        EVP_MAC_init(evp->mac, NULL, 0, NULL) == 1 &&
            EVP_MAC_update(evp->mac, bytes, evp->hashed) == 1 &&
            EVP_MAC_final(evp->mac, digest, &size, sizeof digest) == 1,
        "EVP_MAC");
}

/* A tag that is wrong costs the same as a good one. */
static void
run_aead(struct bench_evp *evp, uint8_t *bytes)
{
    uint8_t tag[AEAD_TAG] = {0};
    int done = 0;

    bench_require(EVP_CipherInit_ex2(
                      evp->cipher, NULL, NULL, fresh_iv(evp), -1, NULL) == 1 &&
                      EVP_CipherUpdate(
                          evp->cipher, NULL, &done, bytes, ESP_HEADER) == 1 &&
                      EVP_CipherUpdate(evp->cipher, bytes, &done, bytes,
                          (int)evp->covered) == 1,
        "EVP_CipherUpdate");
    if (evp->outbound) {
        bench_require(EVP_CipherFinal_ex(evp->cipher, tag, &done) == 1 &&
                          EVP_CIPHER_CTX_ctrl(evp->cipher,
                              EVP_CTRL_AEAD_GET_TAG, AEAD_TAG, tag) == 1,
            "the tag");
    } else {
        bench_require(EVP_CIPHER_CTX_ctrl(evp->cipher, EVP_CTRL_AEAD_SET_TAG,
                          AEAD_TAG, tag) == 1,
            "the tag");
        (void)EVP_CipherFinal_ex(evp->cipher, tag, &done);
    }
}

void
bench_evp_run(struct bench_evp *evp, uint8_t *bytes)
{
    if (evp->is_aead) {
        run_aead(evp, bytes);
        return;
    }
    if (evp->outbound && evp->cipher != NULL)
        run_cipher(evp, bytes);
    if (evp->mac != NULL)
        run_mac(evp, bytes);
    if (!evp->outbound && evp->cipher != NULL)
        run_cipher(evp, bytes);
}

/* ---- life ---- */

static void
set_cipher(struct bench_evp *evp, const char *name)
{
    uint8_t key[EVP_MAX_KEY_LENGTH];
    EVP_CIPHER *algorithm = EVP_CIPHER_fetch(evp->library, name, NULL);

    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)(i * 29 + 1);
    evp->cipher = EVP_CIPHER_CTX_new();
    bench_require(EVP_CipherInit_ex2(evp->cipher, algorithm, key, NULL,
                      evp->outbound, NULL) == 1 &&
                      EVP_CIPHER_CTX_set_padding(evp->cipher, 0) == 1,
        "EVP_CipherInit");
    EVP_CIPHER_free(algorithm);
}

static void
set_mac(struct bench_evp *evp, char *digest, size_t key_size)
{
    uint8_t key[EVP_MAX_MD_SIZE];
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC *algorithm = EVP_MAC_fetch(evp->library, "HMAC", NULL);

    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)(i * 31 + 7);
    evp->mac = EVP_MAC_CTX_new(algorithm);
    bench_require(
        EVP_MAC_init(evp->mac, key, key_size, params) == 1, "EVP_MAC_init");
    EVP_MAC_free(algorithm);
}

static void
set_sizes(struct bench_evp *evp, const struct transform_row *row,
    uint32_t inner_length)
{
    const uint32_t block = row->sizes.block;

    evp->covered = (inner_length + ESP_TRAILER + block - 1) / block * block;
    if (row->sizes.protocol == IP4_PROTO_AH) {
        evp->hashed = 2U * IP4_HEADER + 4 + row->sizes.icv + inner_length;
    } else {
        evp->hashed = (uint32_t)ESP_HEADER + row->sizes.iv + evp->covered;
    }
}

struct bench_evp *
bench_evp_new(enum transform transform, bool outbound, uint32_t inner_length)
{
    static const char *const ciphers[] = {
        [CIPHER_DES_CBC] = "DES-CBC",
        [CIPHER_3DES_CBC] = "DES-EDE3-CBC",
        [CIPHER_AES_128_CBC] = "AES-128-CBC",
        [CIPHER_AES_192_CBC] = "AES-192-CBC",
        [CIPHER_AES_256_CBC] = "AES-256-CBC",
    };
    static const char *const aeads[] = {
        [AEAD_AES_128_GCM] = "AES-128-GCM",
        [AEAD_AES_256_GCM] = "AES-256-GCM",
    };
    static char digests[][8] = {
        [HMAC_MD5] = "MD5",
        [HMAC_SHA1] = "SHA1",
        [HMAC_SHA256] = "SHA256",
    };
    const struct transform_row *row = transform_row_of(transform);
    struct bench_evp *evp = mem_alloc(sizeof *evp);

    evp->library = OSSL_LIB_CTX_new();
    bench_require(OSSL_PROVIDER_load(evp->library, "default") != NULL &&
                      OSSL_PROVIDER_load(evp->library, "legacy") != NULL,
        "loading providers");
    evp->outbound = outbound;
    evp->is_aead = row->aead != AEAD_NONE;
    set_sizes(evp, row, inner_length);
    if (row->cipher != CIPHER_NONE)
        set_cipher(evp, ciphers[row->cipher]);
    if (evp->is_aead)
        set_cipher(evp, aeads[row->aead]);
    if (row->hmac != HMAC_NONE)
        set_mac(evp, digests[row->hmac], row->sizes.authentication_key);
    return evp;
}

void
bench_evp_free(struct bench_evp *evp)
{
    EVP_CIPHER_CTX_free(evp->cipher);
    EVP_MAC_CTX_free(evp->mac);
    OSSL_LIB_CTX_free(evp->library);
    free(evp);
}
