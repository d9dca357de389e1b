/*
 * bench_rsa.c - bare signatures.
 */
#include "tests/support/bench_rsa.h"

#include "base/arena.h"
#include "tests/support/bench.h"
#include "tests/support/papers.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>

enum { HASH = 20, ROOM = 512 };

struct bench_rsa {
    EVP_PKEY *key;
    EVP_PKEY_CTX *signer;
    EVP_PKEY_CTX *verifier;
    uint8_t hash[HASH];
};

struct bench_rsa *
bench_rsa_new(void)
{
    struct bench_rsa *rsa = mem_alloc(sizeof *rsa);

    rsa->key = papers_key("a2048");
    rsa->signer = EVP_PKEY_CTX_new(rsa->key, NULL);
    rsa->verifier = EVP_PKEY_CTX_new(rsa->key, NULL);
    bench_require(
        EVP_PKEY_sign_init(rsa->signer) == 1 &&
            EVP_PKEY_CTX_set_rsa_padding(rsa->signer, RSA_PKCS1_PADDING) == 1 &&
            EVP_PKEY_verify_init(rsa->verifier) == 1 &&
            EVP_PKEY_CTX_set_rsa_padding(rsa->verifier, RSA_PKCS1_PADDING) == 1,
        "RSA contexts");
    return rsa;
}

void
bench_rsa_free(struct bench_rsa *rsa)
{
    EVP_PKEY_CTX_free(rsa->signer);
    EVP_PKEY_CTX_free(rsa->verifier);
    EVP_PKEY_free(rsa->key);
    free(rsa);
}

void
bench_rsa_run(struct bench_rsa *rsa)
{
    uint8_t signature[ROOM];
    size_t length = sizeof signature;

    rsa->hash[0]++;
    bench_require(
        EVP_PKEY_sign(rsa->signer, signature, &length, rsa->hash, HASH) == 1 &&
            EVP_PKEY_verify(
                rsa->verifier, signature, length, rsa->hash, HASH) == 1,
        "a signature");
}
