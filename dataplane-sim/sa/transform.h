/*
 * transform.h - which algorithms a transform is made of; private to this
 * room.
 */
#ifndef SA_TRANSFORM_H
#define SA_TRANSFORM_H

#include "crypto/aead.h"
#include "crypto/cipher.h"
#include "crypto/hmac.h"
#include "sa/sa.h"

struct transform_row {
    struct sa_transform sizes;
    enum cipher_kind cipher;
    enum hmac_kind hmac;
    enum aead_kind aead;
};

const struct transform_row *transform_row_of(enum transform transform);

#endif
