/* Opening the cryptographic library, also on a host that lacks a part. */
#include "crypto/provider.h"

#include "base/diag.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static bool
mentions(const struct diag *diag, const char *words)
{
    for (size_t i = 0; i < diag->count; i++) {
        if (strstr(diag->entries[i].sentence, words) != NULL)
            return true;
    }
    return false;
}

Test(provider, opens_and_closes)
{
    struct crypto *crypto = NULL;
    struct diag diag;

    diag_init(&diag);
    cr_assert_eq(crypto_open(&diag, &crypto), OK);
    cr_expect_not_null(crypto);
    cr_expect_not(diag_has_errors(&diag));
    crypto_close(crypto);
    crypto_close(NULL);
    diag_done(&diag);
}

Test(provider, names_all_that_is_missing)
{
    struct crypto *crypto = NULL;
    struct diag diag;

    /* the legacy provider is a module on disk; this hides it */
    cr_assert_eq(setenv("OPENSSL_MODULES", "/nonexistent", 1), 0);
    diag_init(&diag);
    cr_expect_eq(crypto_open(&diag, &crypto), ERR_NOT_FOUND);
    cr_expect_null(crypto);
    cr_expect(mentions(&diag, "legacy provider"));
    cr_expect(mentions(&diag, "DES-CBC"));
    cr_expect_not(mentions(&diag, "DES-EDE3-CBC"));
    diag_done(&diag);
}
