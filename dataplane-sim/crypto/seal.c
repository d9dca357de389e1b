/*
 * seal.c - AES-256-SIV and base64.
 *
 *    "$e1$" base64( synthetic IV (16) | ciphertext )
 *
 * A context is made for each call: OpenSSL's SIV contexts cannot be used
 * for a second message without a new key, and this is not the packet path.
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
    SEAL_TEXT_MAX = (SEAL_BYTES_MAX + 2) / 3 * 4,
};

static const char seal_prefix[] = "$e1$";

struct sealer {
    const EVP_CIPHER *algorithm; /* borrowed from the struct crypto */
    struct secret key;
};

enum err
sealer_new(
    struct crypto *crypto, const struct secret *key, struct sealer **out_sealer)
{
    struct sealer *sealer;

    if (key->length != SEAL_KEY_SIZE)
        return ERR_INVALID;
    sealer = mem_alloc(sizeof *sealer);
    sealer->algorithm = crypto->ciphers[ALGORITHM_AES_256_SIV];
    sealer->key = *key;
    *out_sealer = sealer;
    return OK;
}

void
sealer_free(struct sealer *sealer)
{
    if (sealer == NULL)
        return;
    secret_done(&sealer->key);
    free(sealer);
}

static bool
siv_encrypt(
    const struct sealer *sealer, const struct secret *clear, uint8_t *sealed)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int done = 0;
    bool good;

    good = context != NULL &&
           EVP_EncryptInit_ex2(context, sealer->algorithm, sealer->key.bytes,
               NULL, NULL) == 1 &&
           EVP_EncryptUpdate(context, sealed + SEAL_TAG, &done, clear->bytes,
               (int)clear->length) == 1 &&
           (size_t)done == clear->length &&
           EVP_EncryptFinal_ex(context, sealed + SEAL_TAG + done, &done) == 1 &&
           EVP_CIPHER_CTX_ctrl(
               context, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG, sealed) == 1;
    EVP_CIPHER_CTX_free(context);
    return good;
}

/* ERR_AUTH where the synthetic IV does not fit what was decrypted. */
static enum err
siv_decrypt(const struct sealer *sealer, uint8_t *sealed, size_t length,
    struct secret *clear)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int body = (int)(length - SEAL_TAG);
    enum err err = ERR_EXHAUSTED;
    int done = 0;

    if (context == NULL ||
        EVP_DecryptInit_ex2(
            context, sealer->algorithm, sealer->key.bytes, NULL, NULL) != 1 ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG, sealed) !=
            1)
        goto out;
    err = ERR_AUTH;
    if (EVP_DecryptUpdate(
            context, clear->bytes, &done, sealed + SEAL_TAG, body) != 1 ||
        done != body ||
        EVP_DecryptFinal_ex(context, clear->bytes + done, &done) != 1)
        goto out;
    clear->length = (size_t)body;
    err = OK;
out:
    EVP_CIPHER_CTX_free(context);
    return err;
}

enum err
seal_text(
    const struct sealer *sealer, const struct secret *clear, struct str *out)
{
    uint8_t sealed[SEAL_BYTES_MAX];
    uint8_t text[SEAL_TEXT_MAX + 1];
    int length;

    if (clear->length == 0)
        return ERR_INVALID;
    if (!siv_encrypt(sealer, clear, sealed))
        return ERR_EXHAUSTED;
    length = EVP_EncodeBlock(text, sealed, SEAL_TAG + (int)clear->length);
    str_add(out, seal_prefix);
    str_add_n(out, (const char *)text, (size_t)length);
    return OK;
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
    uint8_t clean[SEAL_TEXT_MAX + 1];
    size_t length = strlen(text);
    int decoded;

    if (length == 0 || length > SEAL_TEXT_MAX || length % 4 != 0)
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

enum err
unseal_text(
    const struct sealer *sealer, const char *text, struct secret *out_clear)
{
    uint8_t sealed[SEAL_TEXT_MAX];
    struct secret clear = {0};
    size_t length = 0;
    enum err err;

    if (!str_has_prefix(text, seal_prefix) ||
        !decode(text + strlen(seal_prefix), sealed, &length) ||
        length <= SEAL_TAG || length > SEAL_BYTES_MAX)
        return ERR_SYNTAX;
    err = siv_decrypt(sealer, sealed, length, &clear);
    if (err == OK)
        *out_clear = clear;
    secret_done(&clear);
    return err;
}
