/*
 * pkcs12.c - PKCS #12: a key, its certificate and those of its CAs.
 *
 *    file      MAC over all of it | safes
 *    safe      in clear, or encrypted | bags
 *    bag       a certificate | a key in clear or encrypted | bags
 *
 * Each of MAC, encrypted safes and encrypted keys has a derivation of its own
 * from the pass phrase, and says how long that takes (effort.c).
 */
#include "pki/reading.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>

enum { BAGS_MAX = 1024 };

/* The pass phrase in the form that fits: an empty one has two. */
struct opener {
    const char *phrase; /* NULL: none at all */
    int length;
};

static enum err
cannot_read(const struct reading *reading)
{
    return refuse(
        reading, ERR_MALFORMED, "it opens, but what is in it cannot be read.");
}

/* There is a MAC, of the kind that has its rounds beside it. */
static enum err
check_mac(const struct reading *reading, const PKCS12 *pkcs12)
{
    const X509_ALGOR *algorithm = NULL;

    if (PKCS12_mac_present(pkcs12) != 1) {
        return refuse(reading, ERR_MALFORMED,
            "nothing in it shows that it is as it was made (it has no MAC).");
    }
    PKCS12_get0_mac(NULL, &algorithm, NULL, NULL, pkcs12);
    if (algorithm != NULL && OBJ_obj2nid(algorithm->algorithm) == NID_pbmac1) {
        return refuse(reading, ERR_INVALID,
            "its MAC is PBMAC1, which is not read here: have it written with "
            "the usual MAC.");
    }
    return OK;
}

/* Does this pass phrase fit?  ERR_AUTH: no, nothing is said. */
static enum err
try_phrase(struct reading *reading, PKCS12 *pkcs12, const struct opener *opener)
{
    const ASN1_INTEGER *rounds = NULL;
    enum err error;

    PKCS12_get0_mac(NULL, NULL, NULL, &rounds, pkcs12);
    error = effort_for_rounds(reading, rounds);
    if (error != OK)
        return error;
    return PKCS12_verify_mac(pkcs12, opener->phrase, opener->length) == 1
               ? OK
               : ERR_AUTH;
}

static enum err
find_phrase(struct reading *reading, PKCS12 *pkcs12, struct opener *opener)
{
    enum err error = try_phrase(reading, pkcs12, opener);

    if (error == ERR_AUTH && opener->length == 0) {
        opener->phrase = NULL;
        error = try_phrase(reading, pkcs12, opener);
    }
    return error == ERR_AUTH ? want_phrase(reading) : error;
}

/* ---- bags ---- */

static enum err
take_key(const struct reading *reading, const PKCS8_PRIV_KEY_INFO *pkcs8)
{
    EVP_PKEY *key = NULL;

    if (pkcs8 != NULL)
        key = EVP_PKCS82PKEY_ex(pkcs8, reading->pki->library, NULL);
    if (key == NULL)
        return cannot_read(reading);
    parcel_add_key(reading->parcel, key);
    return OK;
}

static enum err
take_shrouded_key(struct reading *reading, const PKCS12_SAFEBAG *bag,
    const struct opener *opener)
{
    PKCS8_PRIV_KEY_INFO *pkcs8;
    const X509_ALGOR *algorithm = NULL;
    enum err error;

    X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &algorithm, NULL);
    error = effort_for(reading, algorithm);
    if (error != OK)
        return error;
    pkcs8 = PKCS12_decrypt_skey_ex(
        bag, opener->phrase, opener->length, reading->pki->library, NULL);
    error = take_key(reading, pkcs8);
    PKCS8_PRIV_KEY_INFO_free(pkcs8);
    return error;
}

static enum err
take_bag_certificate(const struct reading *reading, const PKCS12_SAFEBAG *bag)
{
    X509 *x509;
    bool is_read;

    if (PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate)
        return OK; /* of another kind: nothing for us */
    x509 = PKCS12_SAFEBAG_get1_cert(bag);
    is_read = x509 != NULL && take_again(reading, x509);
    X509_free(x509);
    return is_read ? OK : cannot_read(reading);
}

/* What is in a bag, put behind those that are still to be looked at. */
static enum err
unfold(const struct reading *reading, const STACK_OF(PKCS12_SAFEBAG) * bags,
    STACK_OF(PKCS12_SAFEBAG) * pending)
{
    for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); i++) {
        if (sk_PKCS12_SAFEBAG_num(pending) >= BAGS_MAX ||
            sk_PKCS12_SAFEBAG_push(pending, sk_PKCS12_SAFEBAG_value(bags, i)) <=
                0) {
            return refuse(
                reading, ERR_EXHAUSTED, "there are more than 1024 bags in it.");
        }
    }
    return OK;
}

static enum err
take_bag(struct reading *reading, const PKCS12_SAFEBAG *bag,
    const struct opener *opener, STACK_OF(PKCS12_SAFEBAG) * pending)
{
    switch (PKCS12_SAFEBAG_get_nid(bag)) {
    case NID_keyBag:
        return take_key(reading, PKCS12_SAFEBAG_get0_p8inf(bag));
    case NID_pkcs8ShroudedKeyBag:
        return take_shrouded_key(reading, bag, opener);
    case NID_certBag:
        return take_bag_certificate(reading, bag);
    case NID_safeContentsBag:
        return unfold(reading, PKCS12_SAFEBAG_get0_safes(bag), pending);
    default:
        return OK; /* lists and secrets of other kinds */
    }
}

static enum err
take_bags(struct reading *reading, const STACK_OF(PKCS12_SAFEBAG) * bags,
    const struct opener *opener)
{
    STACK_OF(PKCS12_SAFEBAG) *pending = sk_PKCS12_SAFEBAG_new_null();
    enum err error = unfold(reading, bags, pending);

    for (int i = 0; error == OK && i < sk_PKCS12_SAFEBAG_num(pending); i++) {
        error = take_bag(
            reading, sk_PKCS12_SAFEBAG_value(pending, i), opener, pending);
    }
    sk_PKCS12_SAFEBAG_free(pending);
    return error;
}

/* ---- safes ---- */

static enum err
take_safe(struct reading *reading, PKCS7 *safe, const struct opener *opener)
{
    STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
    enum err error = OK;

    if (PKCS7_type_is_data(safe)) {
        bags = PKCS12_unpack_p7data(safe);
    } else if (PKCS7_type_is_encrypted(safe) && safe->d.encrypted != NULL &&
               safe->d.encrypted->enc_data != NULL) {
        error = effort_for(reading, safe->d.encrypted->enc_data->algorithm);
        if (error != OK)
            return error;
        bags = PKCS12_unpack_p7encdata(safe, opener->phrase, opener->length);
    } else {
        return refuse(reading, ERR_MALFORMED,
            "a part of it is not under a pass phrase, but for a key.");
    }
    if (bags == NULL)
        return cannot_read(reading);
    error = take_bags(reading, bags, opener);
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    return error;
}

static enum err
take_safes(struct reading *reading, PKCS12 *pkcs12, const struct opener *opener)
{
    STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(pkcs12);
    enum err error = safes == NULL ? cannot_read(reading) : OK;

    for (int i = 0; error == OK && i < sk_PKCS7_num(safes); i++)
        error = take_safe(reading, sk_PKCS7_value(safes, i), opener);
    sk_PKCS7_pop_free(safes, PKCS7_free);
    return error;
}

enum err
take_pkcs12(struct reading *reading, BIO *bio)
{
    PKCS12 *pkcs12 =
        PKCS12_init_ex(NID_pkcs7_data, reading->pki->library, NULL);
    char phrase[PHRASE_ROOM];
    struct opener opener = {phrase, 0};
    enum err error = OK;

    if (d2i_PKCS12_bio(bio, &pkcs12) == NULL) {
        PKCS12_free(pkcs12);
        return refuse(reading, ERR_MALFORMED, "it is no PKCS #12 file.");
    }
    opener.length = (int)phrase_of(reading->file, phrase);
    error = check_mac(reading, pkcs12);
    if (error == OK)
        error = find_phrase(reading, pkcs12, &opener);
    if (error == OK)
        error = take_safes(reading, pkcs12, &opener);
    wipe(phrase, sizeof phrase);
    PKCS12_free(pkcs12);
    ERR_clear_error();
    return error;
}
