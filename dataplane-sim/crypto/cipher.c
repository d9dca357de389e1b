/*
 * cipher.c - CBC ciphers on contexts that keep their key schedule.
 *
 * Starting without a key only loads the IV: the key schedule stays and
 * nothing is allocated.  One call takes whole blocks, so padding never comes
 * into it.
 */
#include "crypto/cipher.h"

#include "base/ahead.h"
#include "base/arena.h"
#include "crypto/direct.h"
#include "crypto/state.h"

#include <stdlib.h>

/* What of OpenSSL's contexts a packet reads, about: the IV and the keys. */
enum { CONTEXT_SIZE = 512 };

struct cipher {
    struct direct direct;
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

const uint8_t cipher_zero_block[CIPHER_BLOCK_MAX];

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

enum err
cipher_new(struct crypto *crypto, enum cipher_kind kind,
    enum cipher_direction direction, const struct secret *key,
    struct cipher **out_cipher)
{
    struct cipher *cipher;
    enum err err;

    if (kind == CIPHER_NONE || key->length != cipher_key_size(kind))
        return ERR_INVALID;
    cipher = mem_alloc(sizeof *cipher);
    cipher->block = cipher_block(kind);
    err = direct_open(&cipher->direct,
        &crypto->direct[cipher_kinds[kind].algorithm], direction, key->bytes);
    if (err != OK) {
        cipher_free(cipher);
        return err;
    }
    *out_cipher = cipher;
    return OK;
}

void
cipher_ahead(const struct cipher *cipher, unsigned step)
{
    if (step == 0) {
        ahead(cipher, sizeof *cipher);
    } else {
        direct_ahead(&cipher->direct, CONTEXT_SIZE);
    }
}

void
cipher_free(struct cipher *cipher)
{
    if (cipher == NULL)
        return;
    direct_close(&cipher->direct);
    free(cipher);
}

bool
cipher_run(
    struct cipher *cipher, const uint8_t *iv, uint8_t *bytes, size_t length)
{
    return length % cipher->block == 0 &&
           direct_start(&cipher->direct, iv, cipher->block) &&
           direct_run(&cipher->direct, bytes, bytes, length);
}
