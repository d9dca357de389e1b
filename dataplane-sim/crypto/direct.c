/*
 * direct.c - a provider's functions for one cipher, looked up.
 */
#include "crypto/direct.h"

#include <openssl/core_names.h>
#include <openssl/provider.h>
#include <string.h>

enum { NAME_SIZE = 64 };

/* names is "AES-128-GCM:id-aes128-GCM:2.16.840...". */
static bool
has_name(const EVP_CIPHER *algorithm, const char *names)
{
    char first[NAME_SIZE] = "";
    size_t length = strcspn(names, ":");

    if (length >= sizeof first)
        return false;
    memcpy(first, names, length);
    return EVP_CIPHER_is_a(algorithm, first) == 1;
}

static const OSSL_DISPATCH *
functions_of(const EVP_CIPHER *algorithm, const OSSL_PROVIDER *provider)
{
    const OSSL_ALGORITHM *all;
    int no_cache = 0;

    all = OSSL_PROVIDER_query_operation(provider, OSSL_OP_CIPHER, &no_cache);
    for (; all != NULL && all->algorithm_names != NULL; all++) {
        if (has_name(algorithm, all->algorithm_names))
            return all->implementation;
    }
    return NULL;
}

/* False: a function is missing. */
static bool
look_up(struct direct *direct, const OSSL_DISPATCH *functions,
    enum cipher_direction direction)
{
    const int start = direction == CIPHER_ENCRYPT
                          ? OSSL_FUNC_CIPHER_ENCRYPT_INIT
                          : OSSL_FUNC_CIPHER_DECRYPT_INIT;

    for (; functions->function_id != 0; functions++) {
        if (functions->function_id == start) {
            direct->start = OSSL_FUNC_cipher_encrypt_init(functions);
        } else if (functions->function_id == OSSL_FUNC_CIPHER_NEWCTX) {
            direct->make = OSSL_FUNC_cipher_newctx(functions);
        } else if (functions->function_id == OSSL_FUNC_CIPHER_FREECTX) {
            direct->free = OSSL_FUNC_cipher_freectx(functions);
        } else if (functions->function_id == OSSL_FUNC_CIPHER_CIPHER) {
            direct->run = OSSL_FUNC_cipher_cipher(functions);
        } else if (functions->function_id == OSSL_FUNC_CIPHER_FINAL) {
            direct->finish = OSSL_FUNC_cipher_final(functions);
        } else if (functions->function_id == OSSL_FUNC_CIPHER_GET_CTX_PARAMS) {
            direct->get = OSSL_FUNC_cipher_get_ctx_params(functions);
        } else if (functions->function_id == OSSL_FUNC_CIPHER_SET_CTX_PARAMS) {
            direct->set = OSSL_FUNC_cipher_set_ctx_params(functions);
        }
    }
    return direct->make != NULL && direct->free != NULL &&
           direct->start != NULL && direct->run != NULL &&
           direct->finish != NULL && direct->get != NULL && direct->set != NULL;
}

enum err
direct_open(struct direct *direct, const EVP_CIPHER *algorithm,
    enum cipher_direction direction, const uint8_t *key)
{
    const OSSL_PROVIDER *provider = EVP_CIPHER_get0_provider(algorithm);
    const OSSL_DISPATCH *functions = functions_of(algorithm, provider);

    if (functions == NULL || !look_up(direct, functions, direction))
        return ERR_EXHAUSTED;
    direct->context = direct->make(OSSL_PROVIDER_get0_provider_ctx(provider));
    if (direct->context == NULL)
        return ERR_EXHAUSTED;
    if (direct->start(direct->context, key,
            (size_t)EVP_CIPHER_get_key_length(algorithm), NULL, 0, NULL) != 1) {
        direct_close(direct);
        return ERR_EXHAUSTED;
    }
    return OK;
}

void
direct_close(struct direct *direct)
{
    if (direct->context != NULL)
        direct->free(direct->context);
    *direct = (struct direct){0};
}
