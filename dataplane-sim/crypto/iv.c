/*
 * iv.c - IVs from an AES-256-CTR key stream, made 16 or 32 at a time.
 */
#include "crypto/iv.h"

#include "base/ahead.h"
#include "base/arena.h"
#include "base/secret.h"
#include "crypto/cipher.h"
#include "crypto/provider.h"
#include "crypto/state.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
    STREAM_KEY = 32,
    STREAM_START = 16, /* the first counter block */
    STREAM_POOL = 16 * CIPHER_BLOCK_MAX,
};

struct iv_stream {
    EVP_CIPHER_CTX *context;
    size_t used; /* bytes of the pool that were given out */
    uint8_t pool[STREAM_POOL];
};

enum err
iv_stream_new(struct crypto *crypto, struct iv_stream **out_stream)
{
    struct iv_stream *stream = mem_alloc(sizeof *stream);
    uint8_t key[STREAM_KEY + STREAM_START];
    int keyed = 0;

    crypto_random(crypto, key, sizeof key);
    stream->used = STREAM_POOL;
    stream->context = EVP_CIPHER_CTX_new();
    if (stream->context != NULL) {
        keyed = EVP_EncryptInit_ex2(stream->context,
            crypto->ciphers[ALGORITHM_AES_256_CTR], key, key + STREAM_KEY,
            NULL);
    }
    wipe(key, sizeof key);
    if (keyed != 1) {
        iv_stream_free(stream);
        return ERR_EXHAUSTED;
    }
    *out_stream = stream;
    return OK;
}

void
iv_stream_ahead(const struct iv_stream *stream, unsigned step)
{
    if (step == 0) {
        ahead(stream, offsetof(struct iv_stream, pool));
    } else if (stream->used < STREAM_POOL) {
        ahead(stream->pool + stream->used, CIPHER_BLOCK_MAX);
    }
}

void
iv_stream_free(struct iv_stream *stream)
{
    if (stream == NULL)
        return;
    EVP_CIPHER_CTX_free(stream->context);
    wipe(stream->pool, sizeof stream->pool);
    free(stream);
}

/* The key stream is the encryption of zeros. */
static bool
refill(struct iv_stream *stream)
{
    int done = 0;

    memset(stream->pool, 0, sizeof stream->pool);
    if (EVP_EncryptUpdate(stream->context, stream->pool, &done, stream->pool,
            STREAM_POOL) != 1 ||
        done != STREAM_POOL)
        return false;
    stream->used = 0;
    return true;
}

bool
iv_stream_take(struct iv_stream *stream, uint8_t *iv, size_t size)
{
    assert(size <= CIPHER_BLOCK_MAX);
    if (STREAM_POOL - stream->used < size && !refill(stream))
        return false;
    memcpy(iv, stream->pool + stream->used, size);
    stream->used += size;
    return true;
}
