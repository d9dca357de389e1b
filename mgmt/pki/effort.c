/*
 * effort.c - what it costs to open a file that is under a pass phrase.
 *
 * A file says itself how many rounds make its keys out of the pass phrase, and
 * the thread that routes stands still for that long.  What the file says is
 * added up and bounded before anything is derived.  The most that exporters
 * in use write is 600000 rounds for each of MAC, certificates and key
 * (Firefox); a million are less than a second, by the slowest hash 1.3.
 */
#include "pki/reading.h"

#include "base/diag.h"

#include <openssl/err.h>
#include <openssl/objects.h>

/* A count of the file; more than all that is allowed: anything else. */
static uint64_t
count_of(const ASN1_INTEGER *integer)
{
    int64_t count = 0;

    if (ASN1_INTEGER_get_int64(&count, integer) != 1 || count < 1 ||
        count > EFFORT_MAX)
        return EFFORT_MAX + 1;
    return (uint64_t)count;
}

static enum err
spend(struct reading *reading, uint64_t rounds)
{
    ERR_clear_error();
    if (rounds > reading->effort) {
        diag_add(reading->diag, DIAG_ERROR, NULL, NULL,
            "%s: opening it would take more than %d rounds of key derivation, "
            "which would hold the router up: have it written with fewer "
            "(exporters use 2048 to 600000).",
            reading->file->name, EFFORT_MAX);
        return ERR_EXHAUSTED;
    }
    reading->effort -= rounds;
    return OK;
}

enum err
effort_for_rounds(struct reading *reading, const ASN1_INTEGER *rounds)
{
    return spend(reading, rounds == NULL ? 1 : count_of(rounds));
}

/* The parameters as this structure; NULL: they are not. */
static void *
parameters(const X509_ALGOR *algorithm, const ASN1_ITEM *item)
{
    return ASN1_TYPE_unpack_sequence(item, algorithm->parameter);
}

/* PBKDF2 (RFC 8018, A.2); 0: malformed. */
static uint64_t
pbkdf2_rounds(const X509_ALGOR *function)
{
    PBKDF2PARAM *said = parameters(function, ASN1_ITEM_rptr(PBKDF2PARAM));
    uint64_t rounds = said == NULL ? 0 : count_of(said->iter);

    PBKDF2PARAM_free(said);
    return rounds;
}

/* scrypt (RFC 7914, 7): one of its blocks, of which there are N * r * p, is
 * about as long as a round. */
static uint64_t
scrypt_rounds(const X509_ALGOR *function)
{
    SCRYPT_PARAMS *said = parameters(function, ASN1_ITEM_rptr(SCRYPT_PARAMS));
    uint64_t rounds = 0;

    if (said != NULL) {
        /* each at most 2^21: no overflow */
        rounds = count_of(said->costParameter) * count_of(said->blockSize) *
                 count_of(said->parallelizationParameter);
    }
    SCRYPT_PARAMS_free(said);
    return rounds;
}

/* PBES2 (RFC 8018, A.4); 0: malformed, or by an unknown function. */
static uint64_t
pbes2_rounds(const X509_ALGOR *algorithm)
{
    PBE2PARAM *said = parameters(algorithm, ASN1_ITEM_rptr(PBE2PARAM));
    uint64_t rounds = 0;
    int function;

    if (said == NULL)
        return 0;
    function = OBJ_obj2nid(said->keyfunc->algorithm);
    if (function == NID_id_pbkdf2) {
        rounds = pbkdf2_rounds(said->keyfunc);
    } else if (function == NID_id_scrypt) {
        rounds = scrypt_rounds(said->keyfunc);
    }
    PBE2PARAM_free(said);
    return rounds;
}

/* The older ways, of PKCS #5 and PKCS #12; 0: malformed. */
static uint64_t
pbe_rounds(const X509_ALGOR *algorithm)
{
    PBEPARAM *said = parameters(algorithm, ASN1_ITEM_rptr(PBEPARAM));
    uint64_t rounds = said == NULL ? 0 : count_of(said->iter);

    PBEPARAM_free(said);
    return rounds;
}

enum err
effort_for(struct reading *reading, const X509_ALGOR *algorithm)
{
    uint64_t rounds = 0;

    if (algorithm != NULL && algorithm->parameter != NULL) {
        rounds = OBJ_obj2nid(algorithm->algorithm) == NID_pbes2
                     ? pbes2_rounds(algorithm)
                     : pbe_rounds(algorithm);
    }
    if (rounds == 0) {
        return refuse(
            reading, ERR_MALFORMED, "a part is encrypted in an unknown way.");
    }
    return spend(reading, rounds);
}
