/*
 * password.c - hashes of passwords.
 */
#include "crypto/password.h"

#include "base/arena.h"
#include "base/secret.h"
#include "base/str.h"
#include "crypto/provider.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum { COST = 5, SALT_BYTES = 16 };

/* The work area is too large for a stack, and holds the password. */
static bool
hash(const char *password, const char *setting, struct str *out)
{
    struct crypt_data *work = mem_alloc(sizeof *work);
    const char *made = crypt_r(password, setting, work);
    bool ok = made != NULL && made[0] != '*';

    if (ok)
        str_add(out, made);
    wipe(work, sizeof *work);
    free(work);
    return ok;
}

enum err
password_hash(struct crypto *crypto, const char *password, struct str *out)
{
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    char salt[SALT_BYTES];

    crypto_random(crypto, (uint8_t *)salt, sizeof salt);
    if (crypt_gensalt_rn(
            "$y$", COST, salt, sizeof salt, setting, sizeof setting) == NULL)
        return ERR_IO;
    return hash(password, setting, out) ? OK : ERR_IO;
}

bool
password_matches(const char *password, const char *expected)
{
    struct str made;
    bool matches;

    str_init(&made);
    matches = hash(password, expected, &made) &&
              made.length == strlen(expected) &&
              CRYPTO_memcmp(str_text(&made), expected, made.length) == 0;
    str_done(&made);
    return matches;
}
