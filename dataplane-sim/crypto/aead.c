/*
 * aead.c - AES-GCM on contexts that keep their key schedule.
 *
 *    nonce = salt (4) | IV (8)                              RFC 4106, 4
 */
#include "crypto/aead.h"

#include "base/ahead.h"
#include "base/arena.h"
#include "crypto/direct.h"
#include "crypto/state.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

/* What of OpenSSL's contexts a packet reads, about: the keys and powers of the
 * hash key. */
enum { CONTEXT_SIZE = 1024 };

struct aead {
    struct direct direct;
    uint8_t nonce[AEAD_SALT + AEAD_IV]; /* the salt stays */
    uint8_t tag[AEAD_TAG];              /* of the packet under way */
    OSSL_PARAM tag_param[2];            /* how to say where that is */
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
    struct aead *aead;
    enum err err;

    if (kind == AEAD_NONE || key->length != aead_key_size(kind))
        return ERR_INVALID;
    aead = mem_alloc(sizeof *aead);
    memcpy(
        aead->nonce, key->bytes + aead_key_size(kind) - AEAD_SALT, AEAD_SALT);
    aead->tag_param[0] = OSSL_PARAM_construct_octet_string(
        OSSL_CIPHER_PARAM_AEAD_TAG, aead->tag, AEAD_TAG);
    aead->tag_param[1] = OSSL_PARAM_construct_end();
    err = direct_open(&aead->direct,
        &crypto->direct[aead_kinds[kind].algorithm], direction, key->bytes);
    if (err != OK) {
        aead_free(aead);
        return err;
    }
    *out_aead = aead;
    return OK;
}

void
aead_ahead(const struct aead *aead, unsigned step)
{
    if (step == 0) {
        ahead(aead, sizeof *aead);
    } else {
        direct_ahead(&aead->direct, CONTEXT_SIZE);
    }
}

void
aead_free(struct aead *aead)
{
    if (aead == NULL)
        return;
    direct_close(&aead->direct);
    wipe(aead, sizeof *aead);
    free(aead);
}

/* The nonce, the header, the bytes. */
static bool
run(struct aead *aead, const uint8_t *iv, const struct aead_text *text)
{
    memcpy(aead->nonce + AEAD_SALT, iv, AEAD_IV);
    return direct_start(&aead->direct, aead->nonce, sizeof aead->nonce) &&
           direct_run(&aead->direct, NULL, text->header, text->header_length) &&
           direct_run(&aead->direct, text->bytes, text->bytes, text->length);
}

/* What OpenSSL's last step gives out: nothing, with this mode. */
static bool
finish(struct aead *aead)
{
    uint8_t nothing[AEAD_TAG];
    size_t done = 0;

    return aead->direct.functions->finish(
               aead->direct.context, nothing, &done, sizeof nothing) == 1;
}

bool
aead_seal(struct aead *aead, const uint8_t *iv, const struct aead_text *text,
    uint8_t *tag)
{
    if (!run(aead, iv, text) || !finish(aead) ||
        aead->direct.functions->get(aead->direct.context, aead->tag_param) != 1)
        return false;
    memcpy(tag, aead->tag, AEAD_TAG);
    return true;
}

bool
aead_open(struct aead *aead, const uint8_t *iv, const struct aead_text *text,
    const uint8_t *tag)
{
    memcpy(aead->tag, tag, AEAD_TAG);
    return run(aead, iv, text) &&
           aead->direct.functions->set(aead->direct.context, aead->tag_param) ==
               1 &&
           finish(aead);
}
