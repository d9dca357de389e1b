/*
 * test_check.c - what --check-db finds in the rows of keys and certificates.
 */
#include "tests/support/kit.h"
#include "tests/support/pki_kit.h"

#include "base/secret.h"
#include "crypto/provider.h"
#include "crypto/seal.h"
#include "store/store.h"

#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

enum { PATH_ROOM = 256 };

static const struct ca_order root = {
    .key = CA_KEY_ROOT,
    .signer = CA_KEY_ROOT,
    .subject = "CN=Root",
    .is_ca = true,
};

/* A database with a key, a certificate and a list, which no router has. */
struct place {
    char *folder;
    char path[PATH_ROOM];
};

static void
place_init(struct place *place)
{
    struct pki_kit *kit;

    place->folder = kit_mkdir();
    (void)snprintf(place->path, sizeof place->path, "%s/db", place->folder);
    kit = pki_kit_new(place->path, NULL);
    pki_kit_give(kit, ca_private_key(CA_KEY_GATE));
    pki_kit_give(kit, ca_certificate(&root));
    pki_kit_give(kit, ca_crl(CA_KEY_ROOT, "CN=Root", CA_NOW_S, 0, NULL, 0));
    pki_kit_free(kit);
}

static void
place_done(struct place *place)
{
    kit_rmdir(place->folder);
}

static void
tamper(const struct place *place, const char *sql)
{
    sqlite3 *db = NULL;

    cr_assert_eq(sqlite3_open(place->path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s: %s",
        sql, sqlite3_errmsg(db));
    (void)sqlite3_close(db);
}

static enum err
look_at(void *context, struct store *copy, struct diag *diag)
{
    return pki_check(copy, context, diag);
}

/* Under this byte of a key; 0: without one. */
static enum err
check(const struct place *place, uint8_t key_byte, struct diag *diag)
{
    uint8_t bytes[SEAL_KEY_SIZE] = {key_byte};
    struct store_expert expert = {.look = look_at};
    struct crypto *crypto = NULL;
    struct sealer *sealer = NULL;
    struct secret key = {0};
    struct store_health health;
    enum err error;

    cr_assert_eq(crypto_open(NULL, &crypto), OK);
    cr_assert_eq(secret_set(&key, bytes, sizeof bytes), OK);
    if (key_byte != 0)
        cr_assert_eq(sealer_new(crypto, &key, &sealer), OK);
    expert.context = sealer;
    error = store_check(place->path, &expert, diag, &health);
    sealer_free(sealer);
    secret_done(&key);
    crypto_close(crypto);
    return error;
}

enum { OUR_KEY = 7, OTHER_KEY = 8, NO_KEY = 0 };

Test(pki_check, a_good_one_is_good_with_its_key_file_and_without)
{
    struct place place;

    place_init(&place);
    cr_expect_eq(check(&place, OUR_KEY, NULL), OK);
    cr_expect_eq(check(&place, NO_KEY, NULL), OK);
    place_done(&place);
}

static const struct {
    const char *why;
    uint8_t key;
    const char *sql;
    const char *words;
} bad[] = {
    {"another key file",                OTHER_KEY, "SELECT 1",
     "Row 1 of pki_key was sealed under another secret.key"                                                                          },
    {"a sealed key that is damaged",    OUR_KEY,
     "UPDATE pki_key SET sealed = replace(sealed, substr(sealed, 30, 8), "
        "'AAAAAAAA')",                                                         "Row 1 of pki_key was sealed under another secret.key"},
    {"a sealed key that is no base64",  OUR_KEY,
     "UPDATE pki_key SET sealed = '$e1$***'",                                  "Row 1 of pki_key holds no sealed key"                },
    {"a certificate that is damaged",   NO_KEY,
     "UPDATE pki_certificate SET der = substr(der, 1, 100)",                   "Row 1 of pki_certificate (CN=Root) cannot be read"   },
    {"a certificate of nothing",        OUR_KEY,
     "INSERT INTO pki_certificate VALUES (9, 0, 'CN=x', 'x', x'')",            "Row 9 of pki_certificate (CN=x) cannot be read"      },
    {"a list that is a certificate",    NO_KEY,
     "UPDATE pki_crl SET der = (SELECT der FROM pki_certificate)",             "Row 2 of pki_crl (CN=Root) cannot be read"           },
    {"more lists than the router uses", NO_KEY,
     "WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE "
        "i < 73) INSERT INTO pki_crl SELECT i, 'x', 'x', der FROM n, pki_crl", "pki_crl has 65 rows, and the router uses 64"         },
};

Test(pki_check, what_cannot_be_used_is_told)
{
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct place place;
        struct diag diag;

        diag_init(&diag);
        place_init(&place);
        tamper(&place, bad[i].sql);
        cr_expect_eq(
            check(&place, bad[i].key, &diag), ERR_MALFORMED, "%s", bad[i].why);
        cr_expect_eq(diag.count, 1, "%s: %zu", bad[i].why, diag.count);
        cr_assert_gt(diag.count, 0, "%s", bad[i].why);
        cr_expect_not_null(strstr(diag.entries[0].sentence, bad[i].words),
            "%s: %s", bad[i].why, diag.entries[0].sentence);
        diag_done(&diag);
        place_done(&place);
    }
}

/* As sealed as it shall be, and no key that can be used. */
static void
put_sealed(const struct place *place, const struct ca_bytes *der)
{
    struct pki_kit *kit = pki_kit_new(place->path, NULL);
    struct store_pki item = {.kind = STORE_PKI_KEY, .number = 2};
    struct str sealed;

    str_init(&sealed);
    cr_assert_eq(seal_long(kit->sealer, der->bytes, der->length, &sealed), OK);
    item.name = str_text(&sealed);
    cr_assert_eq(store_pki_write(kit->store, &item, 1, NULL), OK);
    str_done(&sealed);
    pki_kit_free(kit);
}

Test(pki_check, a_key_that_opens_is_looked_at)
{
    static uint8_t no_key[] = "no key";
    const struct {
        struct ca_bytes der;
        const char *words;
    } rows[] = {
        {{no_key, sizeof no_key},      "opens, but holds no private key"},
        {ca_private_key(CA_KEY_SHORT), "holds a key that cannot be used"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct place place;
        struct diag diag;

        diag_init(&diag);
        place_init(&place);
        put_sealed(&place, &rows[i].der);
        cr_expect_eq(check(&place, OUR_KEY, &diag), ERR_MALFORMED);
        cr_assert_gt(diag.count, 0);
        cr_expect_not_null(strstr(diag.entries[0].sentence, rows[i].words),
            "%s", diag.entries[0].sentence);
        diag_done(&diag);
        place_done(&place);
    }
    for (size_t i = 1; i < sizeof rows / sizeof rows[0]; i++) {
        struct ca_bytes der = rows[i].der;

        ca_free(&der);
    }
}
