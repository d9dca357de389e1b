/*
 * making.c - a key pair is made, which takes seconds, in a thread of its own.
 *
 *    M: pki_make_begin ... pki_make_is_done? ... pki_make_end: into the store
 *    the thread:  OpenSSL's search for primes, in a context of its own
 *
 * The thread touches nothing of the router: it gets a number of bits and
 * leaves a DER.  A key that nobody waits for any more is given up at the next
 * candidate for a prime, which takes milliseconds, and the thread is waited
 * for: one that outlived main would use what OpenSSL frees at the end of the
 * process.
 */
#include "pki/inside.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/secret.h"
#include "base/str.h"
#include "pki/shelf.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Heap; M's, the thread borrows it for its life. */
struct pki_making {
    pthread_t thread;
    unsigned bits;
    atomic_bool is_given_up;
    atomic_bool is_done; /* what follows is M's from then on */
    unsigned char *der;  /* OpenSSL's heap; NULL: it could not be made */
    int length;
};

/* After its thread. */
static void
making_free(struct pki_making *making)
{
    if (making->der != NULL) {
        wipe(making->der, (size_t)making->length);
        OPENSSL_free(making->der);
    }
    free(making);
}

/* PKCS #8. */
static void
write_key(struct pki_making *making, EVP_PKEY *pkey)
{
    PKCS8_PRIV_KEY_INFO *pkcs8 = pkey == NULL ? NULL : EVP_PKEY2PKCS8(pkey);

    if (pkcs8 == NULL)
        return;
    making->length = i2d_PKCS8_PRIV_KEY_INFO(pkcs8, &making->der);
    if (making->length <= 0) {
        OPENSSL_free(making->der);
        making->der = NULL;
    }
    PKCS8_PRIV_KEY_INFO_free(pkcs8); /* wipes */
}

/* Asked by OpenSSL at each candidate: 0 ends the search. */
static int
goes_on(EVP_PKEY_CTX *context)
{
    const struct pki_making *making = EVP_PKEY_CTX_get_app_data(context);

    return !atomic_load(&making->is_given_up);
}

static bool
generate(EVP_PKEY_CTX *context, struct pki_making *making, EVP_PKEY **out_pkey)
{
    if (context == NULL || EVP_PKEY_keygen_init(context) != 1 ||
        EVP_PKEY_CTX_set_rsa_keygen_bits(context, (int)making->bits) != 1)
        return false;
    EVP_PKEY_CTX_set_app_data(context, making);
    EVP_PKEY_CTX_set_cb(context, goes_on);
    return EVP_PKEY_generate(context, out_pkey) == 1;
}

static void *
make(void *argument)
{
    struct pki_making *making = argument;
    OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(library, "RSA", NULL);
    EVP_PKEY *pkey = NULL;

    if (generate(context, making, &pkey))
        write_key(making, pkey);
    EVP_PKEY_free(pkey);
    EVP_PKEY_CTX_free(context);
    OSSL_LIB_CTX_free(library);
    OPENSSL_thread_stop();
    atomic_store(&making->is_done, true);
    return NULL;
}

struct pki_making *
pki_make_begin(unsigned bits)
{
    struct pki_making *making = mem_alloc(sizeof *making);

    making->bits = bits;
    atomic_init(&making->is_given_up, false);
    atomic_init(&making->is_done, false);
    if (pthread_create(&making->thread, NULL, make, making) == 0)
        return making;
    free(making);
    return NULL;
}

bool
pki_make_is_done(const struct pki_making *making)
{
    return atomic_load(&making->is_done);
}

void
pki_make_abandon(struct pki_making *making)
{
    if (making == NULL)
        return;
    atomic_store(&making->is_given_up, true);
    (void)pthread_join(making->thread, NULL);
    making_free(making);
}

/* NULL: it could not be made. */
static EVP_PKEY *
read_key(const struct pki *pki, const struct pki_making *making)
{
    const unsigned char *at = making->der;
    EVP_PKEY *pkey = NULL;

    if (at != NULL) {
        pkey = d2i_AutoPrivateKey_ex(
            NULL, &at, making->length, pki->library, NULL);
    }
    ERR_clear_error();
    return pkey;
}

enum err
pki_make_end(struct pki *pki, struct pki_making *making, struct str *answer,
    struct diag *diag)
{
    const struct pki_file made = {.name = "ipsec key generate rsa"};
    struct parcel parcel = {.key_count = 0};
    EVP_PKEY *pkey;
    enum err error;

    (void)pthread_join(making->thread, NULL);
    pkey = read_key(pki, making);
    if (pkey == NULL) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "OpenSSL cannot make an RSA key of %u bits.", making->bits);
        making_free(making);
        return ERR_IO;
    }
    making_free(making);
    parcel_add_key(&parcel, pkey);
    error = shelf_put(pki, &parcel, &made, answer, diag);
    parcel_done(&parcel);
    if (error == OK) {
        str_add(answer, "`ipsec certificate-request generate rsa FILE` makes a "
                        "request for it.\n");
    }
    return error;
}
