/*
 * transform.c - the ten transforms of the router, as a table.
 */
#include "sa/transform.h"

#include "pkt/pkt.h"

#include <assert.h>

/* Laid out by hand: the columns are the table.  sizes: protocol, encryption
 * key, authentication key, block, IV, ICV. */
/* clang-format off */
static const struct transform_row rows[TRANSFORM_COUNT] = {
    [TRANSFORM_AH_HMAC_MD5] =
        {{IP4_PROTO_AH,   0, 16, 4, 0, 12}, CIPHER_NONE,     HMAC_MD5},
    [TRANSFORM_AH_HMAC_SHA] =
        {{IP4_PROTO_AH,   0, 20, 4, 0, 12}, CIPHER_NONE,     HMAC_SHA1},
    [TRANSFORM_ESP_HMAC_MD5] =
        {{IP4_PROTO_ESP,  0, 16, 4, 0, 12}, CIPHER_NONE,     HMAC_MD5},
    [TRANSFORM_ESP_HMAC_SHA] =
        {{IP4_PROTO_ESP,  0, 20, 4, 0, 12}, CIPHER_NONE,     HMAC_SHA1},
    [TRANSFORM_ESP_DES] =
        {{IP4_PROTO_ESP,  8,  0, 8, 8,  0}, CIPHER_DES_CBC,  HMAC_NONE},
    [TRANSFORM_ESP_3DES] =
        {{IP4_PROTO_ESP, 24,  0, 8, 8,  0}, CIPHER_3DES_CBC, HMAC_NONE},
    [TRANSFORM_ESP_DES_HMAC_MD5] =
        {{IP4_PROTO_ESP,  8, 16, 8, 8, 12}, CIPHER_DES_CBC,  HMAC_MD5},
    [TRANSFORM_ESP_DES_HMAC_SHA] =
        {{IP4_PROTO_ESP,  8, 20, 8, 8, 12}, CIPHER_DES_CBC,  HMAC_SHA1},
    [TRANSFORM_ESP_3DES_HMAC_MD5] =
        {{IP4_PROTO_ESP, 24, 16, 8, 8, 12}, CIPHER_3DES_CBC, HMAC_MD5},
    [TRANSFORM_ESP_3DES_HMAC_SHA] =
        {{IP4_PROTO_ESP, 24, 20, 8, 8, 12}, CIPHER_3DES_CBC, HMAC_SHA1},
};
/* clang-format on */

const struct transform_row *
transform_row_of(enum transform transform)
{
    assert((unsigned)transform < TRANSFORM_COUNT);
    return &rows[transform];
}

const struct sa_transform *
sa_transform_of(enum transform transform)
{
    return &transform_row_of(transform)->sizes;
}
