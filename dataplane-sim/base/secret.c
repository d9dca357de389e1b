/* secret.c - key material that cannot be printed. */
#include "base/secret.h"

#include <assert.h>
#include <string.h>

void
wipe(void *bytes, size_t length)
{
    if (bytes != NULL && length != 0)
        explicit_bzero(bytes, length); /* the one the compiler must keep */
}

enum err
secret_set(struct secret *secret, const void *bytes, size_t length)
{
    if (length > SECRET_MAX)
        return ERR_EXHAUSTED;
    if (length != 0) /* may be a part of itself, hence not memcpy */
        memmove(secret->bytes, bytes, length);
    wipe(secret->bytes + length, SECRET_MAX - length);
    secret->length = length;
    return OK;
}

void
secret_done(struct secret *secret)
{
    wipe(secret, sizeof(*secret));
}

/* The length is no secret; which byte differs first is. */
bool
secret_equal(const struct secret *a, const struct secret *b)
{
    volatile uint8_t differs = 0; /* volatile: no early way out */

    assert(a->length <= SECRET_MAX);
    if (a->length != b->length)
        return false;
    for (size_t i = 0; i < a->length; i++)
        differs = (uint8_t)(differs | (a->bytes[i] ^ b->bytes[i]));
    return differs == 0;
}
