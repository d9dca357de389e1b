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
table_of(const EVP_CIPHER *algorithm, const OSSL_PROVIDER *provider)
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

static void
take(struct direct_functions *to, const OSSL_DISPATCH *from)
{
    switch (from->function_id) {
    case OSSL_FUNC_CIPHER_NEWCTX:
        to->make = OSSL_FUNC_cipher_newctx(from);
        break;
    case OSSL_FUNC_CIPHER_FREECTX:
        to->free = OSSL_FUNC_cipher_freectx(from);
        break;
    case OSSL_FUNC_CIPHER_ENCRYPT_INIT:
        to->encrypt = OSSL_FUNC_cipher_encrypt_init(from);
        break;
    case OSSL_FUNC_CIPHER_DECRYPT_INIT:
        to->decrypt = OSSL_FUNC_cipher_decrypt_init(from);
        break;
    case OSSL_FUNC_CIPHER_CIPHER:
        to->run = OSSL_FUNC_cipher_cipher(from);
        break;
    case OSSL_FUNC_CIPHER_FINAL:
        to->finish = OSSL_FUNC_cipher_final(from);
        break;
    case OSSL_FUNC_CIPHER_GET_CTX_PARAMS:
        to->get = OSSL_FUNC_cipher_get_ctx_params(from);
        break;
    case OSSL_FUNC_CIPHER_SET_CTX_PARAMS:
        to->set = OSSL_FUNC_cipher_set_ctx_params(from);
        break;
    default:
        break; /* what only EVP asks for */
    }
}

enum err
direct_find(const EVP_CIPHER *algorithm, struct direct_functions *out_functions)
{
    const OSSL_PROVIDER *provider = EVP_CIPHER_get0_provider(algorithm);
    const OSSL_DISPATCH *table = table_of(algorithm, provider);
    struct direct_functions found = {
        .provider = OSSL_PROVIDER_get0_provider_ctx(provider),
        .key_size = (size_t)EVP_CIPHER_get_key_length(algorithm)};

    for (; table != NULL && table->function_id != 0; table++)
        take(&found, table);
    if (found.make == NULL || found.free == NULL || found.encrypt == NULL ||
        found.decrypt == NULL || found.run == NULL || found.finish == NULL ||
        found.get == NULL || found.set == NULL)
        return ERR_NOT_FOUND;
    *out_functions = found;
    return OK;
}

enum err
direct_open(struct direct *direct, const struct direct_functions *functions,
    enum cipher_direction direction, const uint8_t *key)
{
    direct->functions = functions;
    direct->run = functions->run;
    direct->start =
        direction == CIPHER_ENCRYPT ? functions->encrypt : functions->decrypt;
    direct->context = functions->make(functions->provider);
    if (direct->context == NULL)
        return ERR_EXHAUSTED;
    if (direct->start(
            direct->context, key, functions->key_size, NULL, 0, NULL) != 1) {
        direct_close(direct);
        return ERR_EXHAUSTED;
    }
    return OK;
}

void
direct_close(struct direct *direct)
{
    if (direct->context != NULL)
        direct->functions->free(direct->context);
    *direct = (struct direct){0};
}
