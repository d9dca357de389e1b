/*
 * transform.c - the transforms, as a table: the router's ten, and ours.
 */
#include "sa/transform.h"

#include "pkt/pkt.h"

#include <assert.h>

/* Laid out by hand: the columns are the table.  sizes: protocol, encryption
 * key, authentication key, block, IV, ICV. */
/* clang-format off */
static const struct transform_row rows[TRANSFORM_COUNT] = {
    [TRANSFORM_AH_HMAC_MD5] =
        {{IP4_PROTO_AH,   0, 16, 4, 0, 12}, CIPHER_NONE,     HMAC_MD5, AEAD_NONE},
    [TRANSFORM_AH_HMAC_SHA] =
        {{IP4_PROTO_AH,   0, 20, 4, 0, 12}, CIPHER_NONE,     HMAC_SHA1, AEAD_NONE},
    [TRANSFORM_ESP_HMAC_MD5] =
        {{IP4_PROTO_ESP,  0, 16, 4, 0, 12}, CIPHER_NONE,     HMAC_MD5, AEAD_NONE},
    [TRANSFORM_ESP_HMAC_SHA] =
        {{IP4_PROTO_ESP,  0, 20, 4, 0, 12}, CIPHER_NONE,     HMAC_SHA1, AEAD_NONE},
    [TRANSFORM_ESP_DES] =
        {{IP4_PROTO_ESP,  8,  0, 8, 8,  0}, CIPHER_DES_CBC,  HMAC_NONE, AEAD_NONE},
    [TRANSFORM_ESP_3DES] =
        {{IP4_PROTO_ESP, 24,  0, 8, 8,  0}, CIPHER_3DES_CBC, HMAC_NONE, AEAD_NONE},
    [TRANSFORM_ESP_DES_HMAC_MD5] =
        {{IP4_PROTO_ESP,  8, 16, 8, 8, 12}, CIPHER_DES_CBC,  HMAC_MD5, AEAD_NONE},
    [TRANSFORM_ESP_DES_HMAC_SHA] =
        {{IP4_PROTO_ESP,  8, 20, 8, 8, 12}, CIPHER_DES_CBC,  HMAC_SHA1, AEAD_NONE},
    [TRANSFORM_ESP_3DES_HMAC_MD5] =
        {{IP4_PROTO_ESP, 24, 16, 8, 8, 12}, CIPHER_3DES_CBC, HMAC_MD5, AEAD_NONE},
    [TRANSFORM_ESP_3DES_HMAC_SHA] =
        {{IP4_PROTO_ESP, 24, 20, 8, 8, 12}, CIPHER_3DES_CBC, HMAC_SHA1, AEAD_NONE},
    [TRANSFORM_AH_HMAC_SHA256] =
        {{IP4_PROTO_AH, 0, 32, 4, 0, 16}, CIPHER_NONE, HMAC_SHA256, AEAD_NONE},
    [TRANSFORM_ESP_HMAC_SHA256] =
        {{IP4_PROTO_ESP, 0, 32, 4, 0, 16}, CIPHER_NONE, HMAC_SHA256, AEAD_NONE},
    [TRANSFORM_ESP_DES_HMAC_SHA256] =
        {{IP4_PROTO_ESP, 8, 32, 8, 8, 16}, CIPHER_DES_CBC, HMAC_SHA256, AEAD_NONE},
    [TRANSFORM_ESP_3DES_HMAC_SHA256] =
        {{IP4_PROTO_ESP, 24, 32, 8, 8, 16}, CIPHER_3DES_CBC, HMAC_SHA256, AEAD_NONE},
    [TRANSFORM_ESP_AES128] =
        {{IP4_PROTO_ESP, 16, 0, 16, 16, 0}, CIPHER_AES_128_CBC, HMAC_NONE, AEAD_NONE},
    [TRANSFORM_ESP_AES128_HMAC_MD5] =
        {{IP4_PROTO_ESP, 16, 16, 16, 16, 12}, CIPHER_AES_128_CBC, HMAC_MD5, AEAD_NONE},
    [TRANSFORM_ESP_AES128_HMAC_SHA] =
        {{IP4_PROTO_ESP, 16, 20, 16, 16, 12}, CIPHER_AES_128_CBC, HMAC_SHA1, AEAD_NONE},
    [TRANSFORM_ESP_AES128_HMAC_SHA256] =
        {{IP4_PROTO_ESP, 16, 32, 16, 16, 16}, CIPHER_AES_128_CBC, HMAC_SHA256, AEAD_NONE},
    [TRANSFORM_ESP_AES192] =
        {{IP4_PROTO_ESP, 24, 0, 16, 16, 0}, CIPHER_AES_192_CBC, HMAC_NONE, AEAD_NONE},
    [TRANSFORM_ESP_AES192_HMAC_MD5] =
        {{IP4_PROTO_ESP, 24, 16, 16, 16, 12}, CIPHER_AES_192_CBC, HMAC_MD5, AEAD_NONE},
    [TRANSFORM_ESP_AES192_HMAC_SHA] =
        {{IP4_PROTO_ESP, 24, 20, 16, 16, 12}, CIPHER_AES_192_CBC, HMAC_SHA1, AEAD_NONE},
    [TRANSFORM_ESP_AES192_HMAC_SHA256] =
        {{IP4_PROTO_ESP, 24, 32, 16, 16, 16}, CIPHER_AES_192_CBC, HMAC_SHA256, AEAD_NONE},
    [TRANSFORM_ESP_AES256] =
        {{IP4_PROTO_ESP, 32, 0, 16, 16, 0}, CIPHER_AES_256_CBC, HMAC_NONE, AEAD_NONE},
    [TRANSFORM_ESP_AES256_HMAC_MD5] =
        {{IP4_PROTO_ESP, 32, 16, 16, 16, 12}, CIPHER_AES_256_CBC, HMAC_MD5, AEAD_NONE},
    [TRANSFORM_ESP_AES256_HMAC_SHA] =
        {{IP4_PROTO_ESP, 32, 20, 16, 16, 12}, CIPHER_AES_256_CBC, HMAC_SHA1, AEAD_NONE},
    [TRANSFORM_ESP_AES256_HMAC_SHA256] =
        {{IP4_PROTO_ESP, 32, 32, 16, 16, 16}, CIPHER_AES_256_CBC, HMAC_SHA256, AEAD_NONE},
    [TRANSFORM_ESP_AES128_GCM] =
        {{IP4_PROTO_ESP, 20, 0, 4, 8, 16}, CIPHER_NONE, HMAC_NONE, AEAD_AES_128_GCM},
    [TRANSFORM_ESP_AES256_GCM] =
        {{IP4_PROTO_ESP, 36, 0, 4, 8, 16}, CIPHER_NONE, HMAC_NONE, AEAD_AES_256_GCM},
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
