/*
 * aead.c - AES-GCM on EVP contexts that keep their key schedule.
 *
 *    nonce = salt (4) | IV (8)                              RFC 4106, 4
 */
#include "crypto/aead.h"

#include "base/arena.h"
#include "crypto/state.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct aead {
    EVP_CIPHER_CTX *context;
    uint8_t nonce[AEAD_SALT + AEAD_IV]; /* the salt stays */
};

static const struct {
    size_t key_size;
    enum algorithm algorithm;
} aead_kinds[] = {
    [AEAD_NONE] = {0,              ALGORITHM_COUNT      },
    [AEAD_AES_128_GCM] = {16 + AEAD_SALT, ALGORITHM_AES_128_GCM},
    [AEAD_AES_256_GCM] = {32 + AEAD_SALT, ALGORITHM_AES_256_GCM},
};

size_t
aead_key_size(enum aead_kind kind)
{
    return aead_kinds[kind].key_size;
}

enum err
aead_new(struct crypto *crypto, enum aead_kind kind,
    enum cipher_direction direction, const struct secret *key,
    struct aead **out_aead)
{
    const EVP_CIPHER *algorithm;
    struct aead *aead;

    if (kind == AEAD_NONE || key->length != aead_key_size(kind))
        return ERR_INVALID;
    algorithm = crypto->ciphers[aead_kinds[kind].algorithm];
    aead = mem_alloc(sizeof *aead);
    memcpy(
        aead->nonce, key->bytes + aead_key_size(kind) - AEAD_SALT, AEAD_SALT);
    aead->context = EVP_CIPHER_CTX_new();
    if (aead->context == NULL ||
        EVP_CipherInit_ex2(aead->context, algorithm, key->bytes, NULL,
            direction == CIPHER_ENCRYPT, NULL) != 1) {
        aead_free(aead);
        return ERR_EXHAUSTED;
    }
    *out_aead = aead;
    return OK;
}

void
aead_free(struct aead *aead)
{
    if (aead == NULL)
        return;
    EVP_CIPHER_CTX_free(aead->context);
    wipe(aead, sizeof *aead);
    free(aead);
}

/* The nonce, the header, the bytes. */
static bool
run(struct aead *aead, const uint8_t *iv, const struct aead_text *text)
{
    int done = 0;

    if (text->length > INT_MAX || text->header_length > INT_MAX)
        return false;
    memcpy(aead->nonce + AEAD_SALT, iv, AEAD_IV);
    return EVP_CipherInit_ex2(
               aead->context, NULL, NULL, aead->nonce, -1, NULL) == 1 &&
           EVP_CipherUpdate(aead->context, NULL, &done, text->header,
               (int)text->header_length) == 1 &&
           EVP_CipherUpdate(aead->context, text->bytes, &done, text->bytes,
               (int)text->length) == 1 &&
           (size_t)done == text->length;
}

bool
aead_seal(struct aead *aead, const uint8_t *iv, const struct aead_text *text,
    uint8_t *tag)
{
    int done = 0;

    return run(aead, iv, text) &&
           EVP_CipherFinal_ex(aead->context, tag, &done) == 1 &&
           EVP_CIPHER_CTX_ctrl(
               aead->context, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG, tag) == 1;
}

bool
aead_open(struct aead *aead, const uint8_t *iv, const struct aead_text *text,
    const uint8_t *tag)
{
    uint8_t expected[AEAD_TAG];
    uint8_t nothing[AEAD_TAG];
    int done = 0;

    memcpy(expected, tag, AEAD_TAG);
    return run(aead, iv, text) &&
           EVP_CIPHER_CTX_ctrl(
               aead->context, EVP_CTRL_AEAD_SET_TAG, AEAD_TAG, expected) == 1 &&
           EVP_CipherFinal_ex(aead->context, nothing, &done) == 1;
}
