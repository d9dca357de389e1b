/*
 * secret.h - key material that cannot be printed.
 *
 * Length and bytes, wiped on release, compared in constant time.  There is
 * deliberately no function that formats one.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SECRET_MAX = 256 }; /* bytes */

struct secret {
    size_t length;
    uint8_t bytes[SECRET_MAX];
};

/* Copies; ERR_EXHAUSTED if longer than SECRET_MAX. */
MUST_CHECK enum err secret_set(
    struct secret *secret, const void *bytes, size_t length);
void secret_done(struct secret *secret); /* wipes */
bool secret_equal(const struct secret *a, const struct secret *b);

/* Wipe any memory that held key material; never optimised away. */
void wipe(void *bytes, size_t length);

#endif
