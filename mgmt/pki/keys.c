/*
 * keys.c - the router's own key pairs: put into a request, wiped.
 */
#include "pki/inside.h"

#include "base/diag.h"
#include "base/log.h"
#include "base/str.h"
#include "gen/views.h"
#include "pki/shelf.h"
#include "store/store.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>

enum { SIGNED_ALSO_MAX = 300 };

/* ---- wiping ---- */

enum err
pki_zeroize(struct pki *pki, struct str *answer, struct diag *diag)
{
    size_t gone = pki->key_count;
    enum err error = store_pki_wipe_keys(pki->store, diag);

    if (error != OK)
        return error;
    shelf_drop_keys(pki);
    pki->last_key = 0;
    pki_changed(pki);
    str_printf(answer,
        "%zu RSA %s wiped.  Certificates stay; those of this router are of no "
        "more use.\n",
        gone, gone == 1 ? "key was" : "keys were");
    log_event(LOG_NOTICE, "ikepki", "ZEROIZED", "%zu RSA %s wiped", gone,
        gone == 1 ? "key was" : "keys were");
    return OK;
}

/* ---- requests ---- */

static bool
add_name(X509_NAME *name, const char *key, const char *value)
{
    return value == NULL || X509_NAME_add_entry_by_txt(name, key, MBSTRING_UTF8,
                                (const unsigned char *)value, -1, -1, 0) == 1;
}

static bool
add_extension(STACK_OF(X509_EXTENSION) * list, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

    if (extension == NULL || sk_X509_EXTENSION_push(list, extension) <= 0) {
        X509_EXTENSION_free(extension);
        return false;
    }
    return true;
}

static bool
add_extensions(X509_REQ *request, const struct cfg_ipsec_identity *identity)
{
    STACK_OF(X509_EXTENSION) *list = sk_X509_EXTENSION_new_null();
    bool good = add_extension(list, NID_key_usage, "critical,digitalSignature");

    if (good && identity->domain_name != NULL) {
        char name[SIGNED_ALSO_MAX];

        (void)snprintf(name, sizeof name, "DNS:%s", identity->domain_name);
        good = add_extension(list, NID_subject_alt_name, name);
    }
    good = good && X509_REQ_add_extensions(request, list) == 1;
    sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
    return good;
}

static bool
fill_request(X509_REQ *request, const struct cfg_ipsec_identity *identity,
    EVP_PKEY *pkey)
{
    X509_NAME *subject = X509_REQ_get_subject_name(request);

    return X509_REQ_set_version(request, 0) == 1 &&
           add_name(subject, "C", identity->country) &&
           add_name(subject, "O", identity->organization) &&
           add_name(subject, "CN",
               identity->common_name != NULL ? identity->common_name
                                             : identity->domain_name) &&
           X509_REQ_set_pubkey(request, pkey) == 1 &&
           add_extensions(request, identity) &&
           X509_REQ_sign(request, pkey, EVP_sha256()) > 0;
}

static bool
read_identity(const struct pki *pki, struct cfg_ipsec_identity *out_identity)
{
    const struct object *object =
        pki->running == NULL
            ? NULL
            : config_next(pki->running, OBJECT_IPSEC_IDENTITY, NULL);

    if (object == NULL)
        return false;
    cfg_ipsec_identity_read(object->fields, out_identity);
    return out_identity->common_name != NULL ||
           out_identity->domain_name != NULL;
}

enum err
pki_request(struct pki *pki, struct str *out_pem, struct diag *diag)
{
    struct cfg_ipsec_identity identity;
    X509_REQ *request;
    BIO *bio;
    char *text = NULL;
    long length = 0;
    bool good;

    if (pki->key_count == 0) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "There is no key to make a request for: `ipsec key generate rsa "
            "2048` makes one.");
        return ERR_NOT_FOUND;
    }
    if (!read_identity(pki, &identity)) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "A request needs a name: set `common-name` or `domain-name` in "
            "`ipsec identity`, and commit.");
        return ERR_CONFLICT;
    }
    request = X509_REQ_new_ex(pki->library, NULL);
    bio = BIO_new(BIO_s_mem());
    good =
        request != NULL && bio != NULL &&
        fill_request(request, &identity, pki->keys[pki->key_count - 1].pkey) &&
        PEM_write_bio_X509_REQ(bio, request) == 1;
    if (good)
        length = BIO_get_mem_data(bio, &text);
    if (good && length > 0)
        str_add_n(out_pem, text, (size_t)length);
    BIO_free(bio);
    X509_REQ_free(request);
    ERR_clear_error();
    if (good)
        return OK;
    diag_add(diag, DIAG_ERROR, NULL, NULL,
        "A name of `ipsec identity` cannot stand in a request: a country has "
        "two letters, others at most 64 characters.");
    return ERR_INVALID;
}
