/*
 * dh.c - Diffie-Hellman on OpenSSL's numbers and curves.
 *
 * Groups 1, 2 and 5 have no name in OpenSSL's key interface, which would also
 * draw exponents as long as the modulus; so this file works with BN_mod_exp
 * in its constant-time form, and with points.  Exponents have twice the bits
 * of the strength that RFC 3526, 8 gives a group, and some more.
 */
#include "crypto/dh.h"

#include "base/arena.h"
#include "base/secret.h"
#include "crypto/provider.h"
#include "crypto/state.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <stdlib.h>
#include <string.h>

struct group {
    uint16_t number;
    uint16_t size;                /* bytes of the modulus, or of a coordinate */
    uint16_t exponent;            /* bytes of a private one */
    BIGNUM *(*prime)(BIGNUM *to); /* NULL: an elliptic curve */
    int curve;
    uint8_t top_mask; /* of the exponent's first byte */
};

/* clang-format off */
static const struct group groups[DH_GROUPS] = {
    { 1,  96, 32, BN_get_rfc2409_prime_768,  0, 0xff},
    { 2, 128, 32, BN_get_rfc2409_prime_1024, 0, 0xff},
    { 5, 192, 32, BN_get_rfc3526_prime_1536, 0, 0xff},
    {14, 256, 40, BN_get_rfc3526_prime_2048, 0, 0xff},
    {15, 384, 52, BN_get_rfc3526_prime_3072, 0, 0xff},
    {16, 512, 60, BN_get_rfc3526_prime_4096, 0, 0xff},
    {19,  32, 32, NULL, NID_X9_62_prime256v1, 0xff},
    {20,  48, 48, NULL, NID_secp384r1,        0xff},
    {21,  66, 66, NULL, NID_secp521r1,        0x01},
};
/* clang-format on */

/* Lifetime: one exchange; owner: who negotiates. */
struct dh {
    struct crypto *crypto;
    const struct group *group;
    BIGNUM *private;
    struct dh_value public;
};

static const struct group *
find(uint16_t number)
{
    for (size_t i = 0; i < DH_GROUPS; i++) {
        if (groups[i].number == number)
            return &groups[i];
    }
    return NULL;
}

bool
dh_group_is_known(uint16_t group)
{
    return find(group) != NULL;
}

size_t
dh_public_size(uint16_t number)
{
    const struct group *group = find(number);

    if (group == NULL)
        return 0;
    return group->prime != NULL ? group->size : 2 * (size_t)group->size;
}

size_t
dh_exponent_size(uint16_t number)
{
    const struct group *group = find(number);

    return group != NULL ? group->exponent : 0;
}

/* ---- what is computed once ---- */

static bool
open_modulus(const struct group *group, BN_CTX *ctx, struct dh_field *field)
{
    field->prime = group->prime(NULL);
    field->last = BN_dup(field->prime);
    field->montgomery = BN_MONT_CTX_new();
    return field->prime != NULL && field->last != NULL &&
           field->montgomery != NULL && BN_sub_word(field->last, 1) == 1 &&
           BN_MONT_CTX_set(field->montgomery, field->prime, ctx) == 1;
}

enum err
dh_fields_open(struct crypto *crypto)
{
    BN_CTX *ctx = BN_CTX_new_ex(crypto->library);
    bool good = ctx != NULL;

    for (size_t i = 0; good && i < DH_GROUPS; i++) {
        struct dh_field *field = &crypto->fields[i];

        if (groups[i].prime != NULL) {
            good = open_modulus(&groups[i], ctx, field);
        } else {
            field->curve = EC_GROUP_new_by_curve_name_ex(
                crypto->library, NULL, groups[i].curve);
            good = field->curve != NULL;
        }
    }
    BN_CTX_free(ctx);
    return good ? OK : ERR_NOT_FOUND;
}

void
dh_fields_close(struct crypto *crypto)
{
    for (size_t i = 0; i < DH_GROUPS; i++) {
        struct dh_field *field = &crypto->fields[i];

        BN_free(field->prime);
        BN_free(field->last);
        BN_MONT_CTX_free(field->montgomery);
        EC_GROUP_free(field->curve);
    }
}

static const struct dh_field *
field_of(const struct dh *dh)
{
    return &dh->crypto->fields[dh->group - groups];
}

/* ---- MODP groups ---- */

/* base^private, with base below the prime. */
static bool
power(const struct dh *dh, const BIGNUM *base, BN_CTX *ctx, BIGNUM *result,
    struct dh_value *out)
{
    const struct dh_field *field = field_of(dh);

    out->length = dh->group->size;
    return BN_mod_exp_mont_consttime(result, base, dh->private, field->prime,
               ctx, field->montgomery) == 1 &&
           BN_bn2binpad(result, out->bytes, dh->group->size) == dh->group->size;
}

/* 1 < y < p - 1: the others give one of two known secrets. */
static bool
is_in_range(const BIGNUM *y, const BIGNUM *last)
{
    return !BN_is_zero(y) && !BN_is_one(y) && BN_cmp(y, last) < 0;
}

/* peer NULL: our own public value, 2 to that power. */
static enum err
modp(
    const struct dh *dh, const uint8_t *peer, BN_CTX *ctx, struct dh_value *out)
{
    BIGNUM *base = BN_new();
    BIGNUM *result = BN_new();
    enum err error = ERR_EXHAUSTED;
    bool good = base != NULL && result != NULL;

    if (good && peer == NULL) {
        good = BN_set_word(base, 2) == 1;
    } else if (good) {
        good = BN_bin2bn(peer, dh->group->size, base) != NULL;
        if (good && !is_in_range(base, field_of(dh)->last)) {
            error = ERR_MALFORMED;
            good = false;
        }
    }
    if (good && power(dh, base, ctx, result, out))
        error = OK;
    BN_free(base);
    BN_clear_free(result);
    return error;
}

/* ---- elliptic curves ---- */

/* The x coordinate, and y where the whole point is wanted. */
static bool
coordinates(const struct dh *dh, const EC_GROUP *curve, const EC_POINT *point,
    BN_CTX *ctx, bool whole, struct dh_value *out)
{
    int size = dh->group->size;
    BIGNUM *x = BN_new();
    BIGNUM *y = BN_new();
    bool good;

    good = x != NULL && y != NULL &&
           EC_POINT_get_affine_coordinates(curve, point, x, y, ctx) == 1 &&
           BN_bn2binpad(x, out->bytes, size) == size &&
           (!whole || BN_bn2binpad(y, out->bytes + size, size) == size);
    out->length = (whole ? 2 : 1) * (size_t)size;
    BN_clear_free(x);
    BN_clear_free(y);
    return good;
}

/* OpenSSL refuses coordinates that are not on the curve. */
static bool
read_point(const struct dh *dh, const EC_GROUP *curve, const uint8_t *peer,
    BN_CTX *ctx, EC_POINT *point)
{
    int size = dh->group->size;
    BIGNUM *x = BN_bin2bn(peer, size, NULL);
    BIGNUM *y = BN_bin2bn(peer + size, size, NULL);
    bool good;

    good = x != NULL && y != NULL &&
           EC_POINT_set_affine_coordinates(curve, point, x, y, ctx) == 1 &&
           EC_POINT_is_on_curve(curve, point, ctx) == 1;
    BN_free(x);
    BN_free(y);
    return good;
}

static enum err
curve_multiply(
    const struct dh *dh, const uint8_t *peer, BN_CTX *ctx, struct dh_value *out)
{
    const EC_GROUP *curve = field_of(dh)->curve;
    EC_POINT *from = EC_POINT_new(curve);
    EC_POINT *result = EC_POINT_new(curve);
    enum err error = ERR_EXHAUSTED;
    bool good;

    if (from == NULL || result == NULL)
        goto out;
    if (peer == NULL) {
        good = EC_POINT_mul(curve, result, dh->private, NULL, NULL, ctx) == 1;
    } else if (!read_point(dh, curve, peer, ctx, from)) {
        error = ERR_MALFORMED;
        goto out;
    } else {
        good = EC_POINT_mul(curve, result, NULL, from, dh->private, ctx) == 1;
    }
    if (good && coordinates(dh, curve, result, ctx, peer == NULL, out))
        error = OK;
out:
    EC_POINT_free(from);
    EC_POINT_clear_free(result);
    return error;
}

/* ---- both ---- */

static enum err
raise(const struct dh *dh, const uint8_t *peer, struct dh_value *out)
{
    BN_CTX *ctx = BN_CTX_secure_new_ex(dh->crypto->library);
    enum err error;

    if (ctx == NULL)
        return ERR_EXHAUSTED;
    error = dh->group->prime != NULL ? modp(dh, peer, ctx, out)
                                     : curve_multiply(dh, peer, ctx, out);
    BN_CTX_free(ctx);
    return error;
}

/* Below the order of each curve but with a chance of 2^-32, and then the
 * library reduces it. */
static bool
draw(struct dh *dh)
{
    uint8_t bytes[66];
    size_t length = dh->group->exponent;

    crypto_random(dh->crypto, bytes, length);
    bytes[0] &= dh->group->top_mask;
    bytes[length - 1] |= 2; /* never 0 or 1 */
    dh->private = BN_bin2bn(bytes, (int)length, NULL);
    wipe(bytes, sizeof bytes);
    if (dh->private == NULL)
        return false;
    BN_set_flags(dh->private, BN_FLG_CONSTTIME);
    return true;
}

enum err
dh_new(struct crypto *crypto, uint16_t number, struct dh **out_dh)
{
    const struct group *group = find(number);
    struct dh *dh;

    if (group == NULL)
        return ERR_INVALID;
    dh = mem_alloc(sizeof *dh);
    dh->crypto = crypto;
    dh->group = group;
    if (!draw(dh) || raise(dh, NULL, &dh->public) != OK) {
        dh_free(dh);
        return ERR_EXHAUSTED;
    }
    *out_dh = dh;
    return OK;
}

void
dh_free(struct dh *dh)
{
    if (dh == NULL)
        return;
    BN_clear_free(dh->private);
    free(dh);
}

const struct dh_value *
dh_public(const struct dh *dh)
{
    return &dh->public;
}

enum err
dh_shared(const struct dh *dh, const uint8_t *peer, size_t length,
    struct dh_value *out_secret)
{
    struct dh_value secret = {0};
    enum err error;

    if (length != dh_public_size(dh->group->number))
        return ERR_MALFORMED;
    error = raise(dh, peer, &secret);
    if (error == OK)
        *out_secret = secret;
    wipe(&secret, sizeof secret);
    return error;
}
