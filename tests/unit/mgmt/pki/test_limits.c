/*
 * test_limits.c - what is kept of certificates has an end, and says so.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "pki/inside.h"
#include "tests/support/ca.h"
#include "tests/support/kit.h"
#include "tests/support/pki_kit.h"

TestSuite(pki_limits, .timeout = 120);

enum { NAME_SIZE = 32, PATH_SIZE = 256 };

/* A CA of that number, of one key with all others. */
static struct ca_bytes
authority(unsigned number, char name[NAME_SIZE])
{
    const struct ca_order order = {.key = CA_KEY_ROOT,
        .signer = CA_KEY_ROOT,
        .subject = name,
        .serial = number + 1,
        .is_ca = true};

    (void)snprintf(name, NAME_SIZE, "CN=CA %u", number);
    return ca_certificate(&order);
}

static enum err
import(struct pki_kit *kit, struct ca_bytes der)
{
    return pki_kit_import(kit, CERTIFICATE_FORMAT_DER, der, NULL);
}

Test(pki_limits, certificates_and_lists_have_an_end)
{
    struct pki_kit *kit = pki_kit_new(NULL, NULL);
    char name[NAME_SIZE];
    unsigned i;

    for (i = 0; i < PKI_CERTIFICATES_MAX; i++)
        cr_assert_eq(import(kit, authority(i, name)), OK, "%u", i);
    cr_expect_eq(import(kit, authority(i, name)), ERR_EXHAUSTED);
    cr_expect_not_null(strstr(pki_kit_problem(kit), "256"));
    for (i = 0; i < PKI_CRLS_MAX; i++) {
        (void)snprintf(name, sizeof name, "CN=CA %u", i);
        cr_assert_eq(
            import(kit, ca_crl(CA_KEY_ROOT, name, CA_NOW_S, 0, NULL, 0)), OK);
    }
    (void)snprintf(name, sizeof name, "CN=CA %u", i);
    cr_expect_eq(import(kit, ca_crl(CA_KEY_ROOT, name, CA_NOW_S, 0, NULL, 0)),
        ERR_EXHAUSTED);
    cr_expect_eq(kit->pki->crl_count, PKI_CRLS_MAX);
    pki_kit_free(kit);
}

Test(pki_limits, a_certificate_may_be_so_long)
{
    const struct ca_order order = {.key = CA_KEY_ROOT,
        .signer = CA_KEY_ROOT,
        .subject = "CN=Huge",
        .is_ca = true,
        .flaws = CA_HUGE};
    struct pki_kit *kit = pki_kit_new(NULL, NULL);

    cr_expect_neq(import(kit, ca_certificate(&order)), OK);
    cr_expect_eq(kit->pki->certificate_count, 0);
    pki_kit_free(kit);
}

/* One byte more than PKI_FILE_MAX. */
Test(pki_limits, a_file_of_the_folder_may_be_so_long)
{
    char *folder = kit_mkdir();
    struct pki_kit *kit = pki_kit_new(NULL, folder);
    char path[PATH_SIZE];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/long.cer", folder);
    file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_eq(fseek(file, PKI_FILE_MAX, SEEK_SET), 0);
    cr_assert_eq(fputc('x', file), 'x');
    cr_assert_eq(fclose(file), 0);
    cr_expect_eq(pki_refresh(kit->pki, &kit->answer, &kit->diag), OK);
    cr_expect_not_null(strstr(pki_kit_problem(kit), "long.cer"));
    cr_expect_eq(kit->pki->certificate_count, 0);
    pki_kit_free(kit);
    kit_rmdir(folder);
}

/* The one that was not asked for longest goes. */
Test(pki_limits, peers_that_are_looked_at_again_have_an_end)
{
    struct pki_kit *kit = pki_kit_new(NULL, NULL);
    STACK_OF(X509) *path = sk_X509_new_null();
    char name[NAME_SIZE];
    struct ca_bytes der = authority(1, name);
    const uint8_t *at = der.bytes;

    cr_assert_gt(sk_X509_push(path, d2i_X509(NULL, &at, (long)der.length)), 0);
    for (uint64_t id = 1; id <= PKI_KNOWN_MAX + 1; id++) {
        pki_set_time(kit->pki, (uint64_t)CA_NOW_S + id);
        (void)known_put(kit->pki, id, path);
    }
    cr_expect_eq(kit->pki->known_count, PKI_KNOWN_MAX);
    cr_expect_eq(kit->pki->known[0].id, 2, "the first was the oldest");
    sk_X509_pop_free(path, X509_free);
    ca_free(&der);
    pki_kit_free(kit);
}
