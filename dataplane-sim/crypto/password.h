/*
 * password.h - hashes of passwords, by the C library's yescrypt.
 *
 * A hash is text, "$y$j9T$SALT$HASH", as in Debian's shadow file.  One
 * costs about 20 ms and 16 MB, both for who knows the password and for who
 * guesses it.
 */
#ifndef CRYPTO_PASSWORD_H
#define CRYPTO_PASSWORD_H

#include "base/err.h"

#include <stdbool.h>

struct crypto;
struct str;

/* Appends the hash, with a new salt.  ERR_IO: the C library cannot. */
MUST_CHECK enum err password_hash(
    struct crypto *crypto, const char *password, struct str *out);
/* False also where hash is none. */
bool password_matches(const char *password, const char *hash);

#endif
