/*
 * provider.c - opening OpenSSL: a context, two providers, the ciphers.
 *
 * Everything that can be missing on a host is asked for here, so that a
 * router without single DES says so at start and not at the first packet.
 * The digests are not fetched: hmac.c says why.
 */
#include "crypto/provider.h"

#include "base/arena.h"
#include "base/diag.h"
#include "crypto/lanes.h"
#include "crypto/state.h"

#include <stdlib.h>

static const char *const provider_names[CRYPTO_PROVIDERS] = {
    "default",
    "legacy",
};

static const char *const cipher_names[ALGORITHM_COUNT] = {
    [ALGORITHM_DES_CBC] = "DES-CBC",
    [ALGORITHM_3DES_CBC] = "DES-EDE3-CBC",
    [ALGORITHM_AES_128_CBC] = "AES-128-CBC",
    [ALGORITHM_AES_192_CBC] = "AES-192-CBC",
    [ALGORITHM_AES_256_CBC] = "AES-256-CBC",
    [ALGORITHM_AES_128_GCM] = "AES-128-GCM",
    [ALGORITHM_AES_256_GCM] = "AES-256-GCM",
    [ALGORITHM_AES_256_SIV] = "AES-256-SIV",
};

static enum err
load_providers(struct crypto *crypto, struct diag *diag)
{
    enum err err = OK;

    for (size_t i = 0; i < CRYPTO_PROVIDERS; i++) {
        crypto->providers[i] =
            OSSL_PROVIDER_load(crypto->library, provider_names[i]);
        if (crypto->providers[i] == NULL) {
            diag_add(diag, DIAG_ERROR, NULL, NULL,
                "OpenSSL's %s provider cannot be loaded; install it or mend "
                "OPENSSL_MODULES.",
                provider_names[i]);
            err = ERR_NOT_FOUND;
        }
    }
    return err;
}

static enum err
fetch_ciphers(struct crypto *crypto, struct diag *diag)
{
    enum err err = OK;

    for (size_t i = 0; i < ALGORITHM_COUNT; i++) {
        crypto->ciphers[i] =
            EVP_CIPHER_fetch(crypto->library, cipher_names[i], NULL);
        if (crypto->ciphers[i] == NULL ||
            (i < ALGORITHM_PACKETS &&
                direct_find(crypto->ciphers[i], &crypto->direct[i]) != OK)) {
            diag_add(diag, DIAG_ERROR, NULL, NULL,
                "OpenSSL offers no %s, which this router needs.",
                cipher_names[i]);
            err = ERR_NOT_FOUND;
        }
    }
    return err;
}

enum err
crypto_open(struct diag *diag, struct crypto **out_crypto)
{
    struct crypto *crypto = mem_alloc(sizeof *crypto);
    enum err loaded;
    enum err fetched;

    crypto->library = OSSL_LIB_CTX_new();
    if (crypto->library == NULL) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "OpenSSL cannot make a library context.");
        crypto_close(crypto);
        return ERR_NOT_FOUND;
    }
    loaded = load_providers(crypto, diag);
    fetched = fetch_ciphers(crypto, diag);
    if (loaded == OK && dh_fields_open(crypto) != OK) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "OpenSSL cannot make a group for Diffie-Hellman.");
        loaded = ERR_NOT_FOUND;
    }
    if (loaded != OK || fetched != OK) {
        crypto_close(crypto);
        return ERR_NOT_FOUND;
    }
    crypto->random = random_system(crypto);
    crypto->lanes = lanes_new();
    *out_crypto = crypto;
    return OK;
}

void
crypto_close(struct crypto *crypto)
{
    if (crypto == NULL)
        return;
    dh_fields_close(crypto);
    for (size_t i = 0; i < ALGORITHM_COUNT; i++)
        EVP_CIPHER_free(crypto->ciphers[i]);
    for (size_t i = 0; i < CRYPTO_PROVIDERS; i++) {
        if (crypto->providers[i] != NULL)
            (void)OSSL_PROVIDER_unload(crypto->providers[i]);
    }
    OSSL_LIB_CTX_free(crypto->library);
    lanes_free(crypto->lanes);
    free(crypto);
}

const struct lanes *
crypto_lanes(const struct crypto *crypto)
{
    return crypto->lanes;
}

void
crypto_random(struct crypto *crypto, uint8_t *bytes, size_t length)
{
    crypto->random.fill(crypto->random.context, bytes, length);
}

void
crypto_set_random(struct crypto *crypto, struct random_source source)
{
    crypto->random = source;
}
