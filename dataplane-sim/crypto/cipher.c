/*
 * cipher.c - CBC ciphers on EVP contexts that keep their key schedule.
 *
 * EVP_CipherInit_ex2 with neither cipher nor key only loads the IV: the key
 * schedule stays and nothing is allocated.
 */
#include "crypto/cipher.h"

#include "base/arena.h"
#include "crypto/state.h"

#include <limits.h>
#include <stdlib.h>

struct cipher {
    EVP_CIPHER_CTX *context;
    size_t block;
};

static const struct {
    size_t key_size;
    size_t block;
    enum algorithm algorithm;
} cipher_kinds[] = {
    [CIPHER_NONE] = {0,  0,  ALGORITHM_COUNT      },
    [CIPHER_DES_CBC] = {8,  8,  ALGORITHM_DES_CBC    },
    [CIPHER_3DES_CBC] = {24, 8,  ALGORITHM_3DES_CBC   },
    [CIPHER_AES_128_CBC] = {16, 16, ALGORITHM_AES_128_CBC},
    [CIPHER_AES_192_CBC] = {24, 16, ALGORITHM_AES_192_CBC},
    [CIPHER_AES_256_CBC] = {32, 16, ALGORITHM_AES_256_CBC},
};

size_t
cipher_key_size(enum cipher_kind kind)
{
    return cipher_kinds[kind].key_size;
}

size_t
cipher_block(enum cipher_kind kind)
{
    return cipher_kinds[kind].block;
}

static bool
set_key(EVP_CIPHER_CTX *context, const EVP_CIPHER *algorithm,
    enum cipher_direction direction, const struct secret *key)
{
    int encrypt = direction == CIPHER_ENCRYPT;

    return EVP_CipherInit_ex2(
               context, algorithm, key->bytes, NULL, encrypt, NULL) == 1 &&
           EVP_CIPHER_CTX_set_padding(context, 0) == 1;
}

enum err
cipher_new(struct crypto *crypto, enum cipher_kind kind,
    enum cipher_direction direction, const struct secret *key,
    struct cipher **out_cipher)
{
    struct cipher *cipher;

    if (kind == CIPHER_NONE || key->length != cipher_key_size(kind))
        return ERR_INVALID;
    cipher = mem_alloc(sizeof *cipher);
    cipher->block = cipher_block(kind);
    cipher->context = EVP_CIPHER_CTX_new();
    if (cipher->context == NULL ||
        !set_key(cipher->context, crypto->ciphers[cipher_kinds[kind].algorithm],
            direction, key)) {
        cipher_free(cipher);
        return ERR_EXHAUSTED;
    }
    *out_cipher = cipher;
    return OK;
}

void
cipher_free(struct cipher *cipher)
{
    if (cipher == NULL)
        return;
    EVP_CIPHER_CTX_free(cipher->context);
    free(cipher);
}

bool
cipher_run(
    struct cipher *cipher, const uint8_t *iv, uint8_t *bytes, size_t length)
{
    int done = 0;

    if (length > INT_MAX || length % cipher->block != 0)
        return false;
    return EVP_CipherInit_ex2(cipher->context, NULL, NULL, iv, -1, NULL) == 1 &&
           EVP_CipherUpdate(
               cipher->context, bytes, &done, bytes, (int)length) == 1 &&
           (size_t)done == length;
}
