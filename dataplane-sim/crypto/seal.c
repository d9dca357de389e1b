/*
 * seal.c - AES-256-SIV and base64.
 *
 *    "$e1$" base64( synthetic IV (16) | ciphertext )
 *
 * OpenSSL's SIV contexts cannot be used for a second message, and keying one
 * costs three times what a short message does: so one of each direction is
 * keyed when the sealer is made, and each call works on a copy of it.
 */
#include "crypto/seal.h"

#include "base/arena.h"
#include "base/str.h"
#include "crypto/state.h"

#include <stdlib.h>
#include <string.h>

enum {
    SEAL_TAG = 16,
    SEAL_BYTES_MAX = SEAL_TAG + SECRET_MAX,
    LONG_BYTES_MAX = SEAL_TAG + SEAL_LONG_MAX,
    LONG_TEXT_MAX = (LONG_BYTES_MAX + 2) / 3 * 4,
};

static const char seal_prefix[] = "$e1$";

struct sealer {
    EVP_CIPHER_CTX *seal; /* keyed, never used itself */
    EVP_CIPHER_CTX *open;
};

enum err
sealer_new(
    struct crypto *crypto, const struct secret *key, struct sealer **out_sealer)
{
    const EVP_CIPHER *algorithm = crypto->ciphers[ALGORITHM_AES_256_SIV];
    struct sealer *sealer;

    if (key->length != SEAL_KEY_SIZE)
        return ERR_INVALID;
    sealer = mem_alloc(sizeof *sealer);
    sealer->seal = EVP_CIPHER_CTX_new();
    sealer->open = EVP_CIPHER_CTX_new();
    if (sealer->seal == NULL || sealer->open == NULL ||
        EVP_EncryptInit_ex2(sealer->seal, algorithm, key->bytes, NULL, NULL) !=
            1 ||
        EVP_DecryptInit_ex2(sealer->open, algorithm, key->bytes, NULL, NULL) !=
            1) {
        sealer_free(sealer);
        return ERR_EXHAUSTED;
    }
    *out_sealer = sealer;
    return OK;
}

void
sealer_free(struct sealer *sealer)
{
    if (sealer == NULL)
        return;
    EVP_CIPHER_CTX_free(sealer->seal);
    EVP_CIPHER_CTX_free(sealer->open);
    free(sealer);
}

/* A context of one's own for one message; NULL: no memory. */
static EVP_CIPHER_CTX *
copy_of(const EVP_CIPHER_CTX *keyed)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

    if (context == NULL || EVP_CIPHER_CTX_copy(context, keyed) == 1)
        return context;
    EVP_CIPHER_CTX_free(context);
    return NULL;
}

static bool
siv_encrypt(const struct sealer *sealer, const uint8_t *clear, size_t length,
    uint8_t *sealed)
{
    EVP_CIPHER_CTX *context = copy_of(sealer->seal);
    int done = 0;
    bool good;

    good = context != NULL &&
           EVP_EncryptUpdate(
               context, sealed + SEAL_TAG, &done, clear, (int)length) == 1 &&
           (size_t)done == length &&
           EVP_EncryptFinal_ex(context, sealed + SEAL_TAG + done, &done) == 1 &&
           EVP_CIPHER_CTX_ctrl(
               context, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG, sealed) == 1;
    EVP_CIPHER_CTX_free(context);
    return good;
}

/* ERR_AUTH where the synthetic IV does not fit what was decrypted. */
static enum err
siv_decrypt(
    const struct sealer *sealer, uint8_t *sealed, size_t length, uint8_t *clear)
{
    EVP_CIPHER_CTX *context = copy_of(sealer->open);
    int body = (int)(length - SEAL_TAG);
    enum err err = ERR_EXHAUSTED;
    int done = 0;

    if (context == NULL || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG,
                               SEAL_TAG, sealed) != 1)
        goto out;
    err = ERR_AUTH;
    if (EVP_DecryptUpdate(context, clear, &done, sealed + SEAL_TAG, body) !=
            1 ||
        done != body || EVP_DecryptFinal_ex(context, clear + done, &done) != 1)
        goto out;
    err = OK;
out:
    EVP_CIPHER_CTX_free(context);
    return err;
}

enum err
seal_long(const struct sealer *sealer, const uint8_t *clear, size_t length,
    struct str *out)
{
    uint8_t sealed[LONG_BYTES_MAX];
    uint8_t text[LONG_TEXT_MAX + 1];
    int characters;

    if (length == 0 || length > SEAL_LONG_MAX)
        return ERR_INVALID;
    if (!siv_encrypt(sealer, clear, length, sealed))
        return ERR_EXHAUSTED;
    characters = EVP_EncodeBlock(text, sealed, SEAL_TAG + (int)length);
    str_add(out, seal_prefix);
    str_add_n(out, (const char *)text, (size_t)characters);
    return OK;
}

enum err
seal_text(
    const struct sealer *sealer, const struct secret *clear, struct str *out)
{
    return seal_long(sealer, clear->bytes, clear->length, out);
}

static size_t
count_padding(const char *text, size_t length)
{
    size_t count = 0;

    while (count < 2 && count < length && text[length - 1 - count] == '=')
        count++;
    return count;
}

/* EVP_DecodeBlock takes blanks and stray bits, so what it made is encoded
 * again and must give the same text: one secret has one sealed form. */
static bool
decode(const char *text, uint8_t *sealed, size_t *out_length)
{
    uint8_t clean[LONG_TEXT_MAX + 1];
    size_t length = strlen(text);
    int decoded;

    if (length == 0 || length > LONG_TEXT_MAX || length % 4 != 0)
        return false;
    decoded = EVP_DecodeBlock(sealed, (const uint8_t *)text, (int)length);
    if (decoded < 0 || (size_t)decoded != length / 4 * 3)
        return false;
    decoded -= (int)count_padding(text, length);
    (void)EVP_EncodeBlock(clean, sealed, decoded);
    if (strcmp((const char *)clean, text) != 0)
        return false;
    *out_length = (size_t)decoded;
    return true;
}

/* most: bytes that the clear form may have. */
static enum err
unseal(const struct sealer *sealer, const char *text, size_t most,
    uint8_t *clear, size_t *out_length)
{
    uint8_t sealed[LONG_TEXT_MAX];
    size_t length = 0;
    enum err err;

    if (!str_has_prefix(text, seal_prefix) ||
        !decode(text + strlen(seal_prefix), sealed, &length) ||
        length <= SEAL_TAG || length > SEAL_TAG + most)
        return ERR_SYNTAX;
    err = siv_decrypt(sealer, sealed, length, clear);
    if (err == OK)
        *out_length = length - SEAL_TAG;
    return err;
}

enum err
unseal_long(const struct sealer *sealer, const char *text, uint8_t *out_clear,
    size_t *out_length)
{
    return unseal(sealer, text, SEAL_LONG_MAX, out_clear, out_length);
}

enum err
unseal_text(
    const struct sealer *sealer, const char *text, struct secret *out_clear)
{
    struct secret clear = {0};
    enum err err = unseal(sealer, text, SECRET_MAX, clear.bytes, &clear.length);

    if (err == OK)
        *out_clear = clear;
    secret_done(&clear);
    return err;
}
