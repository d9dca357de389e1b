/*
 * test_files.c - what comes in by files, how it is kept, and how it goes.
 */
#include "tests/support/kit.h"
#include "tests/support/pki_kit.h"
#include "tests/support/rounds.h"

#include "base/arena.h"
#include "base/str.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ROOT   "C=XT,O=Test,CN=Root"
#define GATE   "C=XT,O=Test,CN=gate"
#define PHRASE "a phrase that nobody guesses"

/* The first bytes of a private key of 1024 bits are modulus and exponent. */
enum { PUBLIC_PART = 176 };
enum { PATH_ROOM = 256, SCAN_MAX = 4 * 1024 * 1024 };

static const struct ca_order root = {
    .key = CA_KEY_ROOT,
    .signer = CA_KEY_ROOT,
    .subject = ROOT,
    .is_ca = true,
};

static const struct ca_order gate = {
    .key = CA_KEY_GATE,
    .signer = CA_KEY_ROOT,
    .subject = GATE,
    .issuer = ROOT,
    .serial = 3,
    .names = "DNS:gate.test",
};

static size_t
count_certificates(const struct pki_kit *kit)
{
    struct pki_certificate_row row;
    size_t count = 0;

    while (pki_certificate(kit->pki, count, &row))
        count++;
    return count;
}

static size_t
count_keys(const struct pki_kit *kit)
{
    struct pki_key_row row = {.spki_hex = NULL};
    size_t count = 0;

    while (pki_key(kit->pki, count, &row))
        count++;
    return count;
}

/* ---- forms ---- */

static struct ca_bytes
whole_pem(void)
{
    struct ca_bytes parts[] = {ca_private_key(CA_KEY_GATE),
        ca_certificate(&gate), ca_certificate(&root),
        ca_crl(CA_KEY_ROOT, ROOT, CA_NOW_S, CA_NOW_S + 9, NULL, 0)};
    static const char *const labels[] = {
        "PRIVATE KEY", "CERTIFICATE", "CERTIFICATE", "X509 CRL"};
    struct ca_bytes pem = {NULL, 0};

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        ca_add_pem(&pem, labels[i], &parts[i]);
        ca_free(&parts[i]);
    }
    return pem;
}

Test(pki_files, a_pem_file_may_hold_everything)
{
    struct pki_kit *kit = pki_kit_new(NULL, NULL);
    struct pki_certificate_row row;
    struct pki_crl_row crl;

    cr_assert_eq(pki_kit_import(kit, CERTIFICATE_FORMAT_PEM, whole_pem(), NULL),
        OK, "%s", pki_kit_problem(kit));
    cr_expect_eq(count_keys(kit), 1);
    cr_assert(pki_certificate(kit->pki, 0, &row));
    cr_expect_str_eq(row.subject, "C=XT, O=Test, CN=gate");
    cr_expect_str_eq(row.names, "gate.test");
    cr_expect_eq(row.kind, CERTIFICATE_KIND_OWN);
    cr_expect_eq(row.issuer_number, 2);
    cr_expect_eq(row.key_number, 1);
    cr_expect_not(row.is_trusted);
    cr_expect(row.is_valid);
    cr_assert(pki_certificate(kit->pki, 1, &row));
    cr_expect_eq(row.kind, CERTIFICATE_KIND_CA);
    cr_expect(row.is_trusted);
    cr_assert(pki_crl(kit->pki, 0, &crl));
    cr_expect(crl.is_current && crl.is_known);
    cr_expect_eq(pki_presented(kit->pki), 1);
    cr_expect(pki_is_usable(kit->pki));
    /* the same again is nothing */
    cr_assert_eq(
        pki_kit_import(kit, CERTIFICATE_FORMAT_PEM, whole_pem(), NULL), OK);
    cr_expect_eq(count_keys(kit), 1);
    cr_expect_eq(count_certificates(kit), 2);
    cr_expect_not_null(strstr(str_text(&kit->answer), "already"));
    pki_kit_free(kit);
}

Test(pki_files, pkcs12_opens_by_its_pass_phrase_alone)
{
    struct pki_kit *kit = pki_kit_new(NULL, NULL);
    struct ca_bytes own = ca_certificate(&gate);
    struct ca_bytes ca = ca_certificate(&root);

    cr_expect_eq(pki_kit_import(kit, CERTIFICATE_FORMAT_PKCS12,
                     ca_pkcs12(CA_KEY_GATE, &own, &ca, 1, PHRASE), NULL),
        ERR_AUTH);
    cr_expect_not_null(strstr(pki_kit_problem(kit), "give its pass phrase"));
    cr_expect_eq(pki_kit_import(kit, CERTIFICATE_FORMAT_PKCS12,
                     ca_pkcs12(CA_KEY_GATE, &own, &ca, 1, PHRASE), "wrong"),
        ERR_AUTH);
    cr_expect_not_null(strstr(pki_kit_problem(kit), "is wrong"));
    cr_expect_eq(count_keys(kit) + count_certificates(kit), 0);
    cr_assert_eq(pki_kit_import(kit, CERTIFICATE_FORMAT_PKCS12,
                     ca_pkcs12(CA_KEY_GATE, &own, &ca, 1, PHRASE), PHRASE),
        OK, "%s", pki_kit_problem(kit));
    cr_expect_eq(count_keys(kit), 1);
    cr_expect_eq(count_certificates(kit), 2);
    cr_expect(pki_is_usable(kit->pki));
    ca_free(&own);
    ca_free(&ca);
    pki_kit_free(kit);
}

Test(pki_files, pkcs12_without_a_pass_phrase_needs_none)
{
    struct pki_kit *kit = pki_kit_new(NULL, NULL);
    struct ca_bytes own = ca_certificate(&gate);

    cr_expect_eq(pki_kit_import(kit, CERTIFICATE_FORMAT_PKCS12,
                     ca_pkcs12(CA_KEY_GATE, &own, NULL, 0, ""), NULL),
        OK, "%s", pki_kit_problem(kit));
    cr_expect_eq(count_keys(kit), 1);
    ca_free(&own);
    pki_kit_free(kit);
}

Test(pki_files, an_encrypted_key_opens_by_its_pass_phrase_alone)
{
    struct pki_kit *kit = pki_kit_new(NULL, NULL);

    cr_expect_eq(pki_kit_import(kit, CERTIFICATE_FORMAT_DER,
                     ca_sealed_key(CA_KEY_GATE, PHRASE), NULL),
        ERR_AUTH);
    cr_expect_eq(pki_kit_import(kit, CERTIFICATE_FORMAT_DER,
                     ca_sealed_key(CA_KEY_GATE, PHRASE), "x"),
        ERR_AUTH);
    cr_expect_eq(pki_kit_import(kit, CERTIFICATE_FORMAT_DER,
                     ca_sealed_key(CA_KEY_GATE, PHRASE), PHRASE),
        OK);
    cr_expect_eq(count_keys(kit), 1);
    pki_kit_free(kit);
}

/* ---- what is refused ---- */

static struct ca_bytes
made(const struct ca_order *order)
{
    return ca_certificate(order);
}

Test(pki_files, what_is_of_no_use_or_dangerous_is_refused)
{
    const struct {
        const char *why;
        const char *says;
        enum err error;
        struct ca_bytes bytes;
    } rows[] = {
        {"a certificate of nobody here",      "no key here belongs to it",
         ERR_CONFLICT,                                                                                                                                        made(&gate)       },
        {"a key that is too short",           "shorter than 1024 bits",            ERR_INVALID,
         ca_private_key(CA_KEY_SHORT)                                                                                                                                           },
        {"a curve",                           "not an RSA key",                    ERR_INVALID,
         ca_private_key(CA_KEY_CURVE)                                                                                                                                           },
        {"a list of an unknown CA",           "whose certificate is not here",
         ERR_NOT_FOUND,                                                                                                                                       ca_crl(CA_KEY_ROOT, ROOT, CA_NOW_S, 0, NULL, 0)},
        {"a CA with a zero byte in a name",                           "zero byte",                                                             ERR_MALFORMED,
         made(&(struct ca_order){
                .subject = ROOT, .is_ca = true, .flaws = CA_ZERO_IN_NAME})                                                                                                                                                 },
        {"a CA with a key that is too short",   "shorter than 1024 bits",
         ERR_INVALID, made(&(struct ca_order){.key = CA_KEY_SHORT,
                .signer = CA_KEY_SHORT,
                .subject = ROOT,
                .is_ca = true})                                                                                                      },
        {"a CA that is too long", "it is no certificate",          ERR_MALFORMED,
         made(&(struct ca_order){
                .subject = ROOT, .is_ca = true, .flaws = CA_HUGE})                                                                                                                            },
        {"a public key alone",             "it is no certificate",                          ERR_MALFORMED,
         ca_public_key(CA_KEY_GATE)                                                                                                              },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pki_kit *kit = pki_kit_new(NULL, NULL);

        cr_expect_eq(
            pki_kit_import(kit, CERTIFICATE_FORMAT_DER, rows[i].bytes, NULL),
            rows[i].error, "%s", rows[i].why);
        cr_expect_not_null(strstr(pki_kit_problem(kit), rows[i].says), "%s: %s",
            rows[i].why, pki_kit_problem(kit));
        cr_expect_eq(
            count_keys(kit) + count_certificates(kit), 0, "%s", rows[i].why);
        pki_kit_free(kit);
    }
}

Test(pki_files, a_forged_or_older_list_does_not_take_the_place_of_a_good_one)
{
    static const uint32_t serial = 3;
    struct pki_kit *kit = pki_kit_new(NULL, NULL);
    struct pki_crl_row row;

    pki_kit_give(kit, ca_certificate(&root));
    pki_kit_give(kit, ca_crl(CA_KEY_ROOT, ROOT, CA_NOW_S, 0, &serial, 1));
    cr_expect_eq(pki_kit_import(kit, CERTIFICATE_FORMAT_DER,
                     ca_crl(CA_KEY_ROOT, ROOT, CA_NOW_S - 1, 0, NULL, 0), NULL),
        ERR_CONFLICT);
    cr_expect_eq(
        pki_kit_import(kit, CERTIFICATE_FORMAT_DER,
            ca_crl(CA_KEY_OTHER, ROOT, CA_NOW_S + 1, 0, NULL, 0), NULL),
        ERR_AUTH);
    cr_assert(pki_crl(kit->pki, 0, &row));
    cr_expect_eq(row.entries, 1);
    pki_kit_give(kit, ca_crl(CA_KEY_ROOT, ROOT, CA_NOW_S + 1, 0, NULL, 0));
    cr_assert(pki_crl(kit->pki, 0, &row));
    cr_expect_eq(row.entries, 0, "the newer one is there now");
    cr_expect_not(pki_crl(kit->pki, 1, &row));
    pki_kit_free(kit);
}

Test(pki_files, a_list_says_whether_it_revokes_a_certificate_of_ours)
{
    struct pki_kit *kit = pki_kit_new(NULL, NULL);
    const uint32_t theirs = 77;
    const uint32_t ours = gate.serial;

    pki_kit_give(kit, ca_private_key(CA_KEY_GATE));
    pki_kit_give(kit, ca_certificate(&root));
    pki_kit_give(kit, ca_certificate(&gate));
    str_clear(&kit->answer);
    pki_kit_give(kit, ca_crl(CA_KEY_ROOT, ROOT, CA_NOW_S, 0, &theirs, 1));
    cr_expect_null(strstr(str_text(&kit->answer), "Warning"));
    pki_kit_give(kit, ca_crl(CA_KEY_ROOT, ROOT, CA_NOW_S + 1, 0, &ours, 1));
    cr_expect_not_null(
        strstr(str_text(&kit->answer), "it revokes certificate 2, "), "%s",
        str_text(&kit->answer));
    pki_kit_free(kit);
}

Test(pki_files, a_file_is_taken_as_a_whole_or_not_at_all)
{
    struct pki_kit *kit = pki_kit_new(NULL, NULL);
    struct ca_bytes ca = ca_certificate(&root);
    struct ca_bytes stranger = ca_certificate(&gate);
    struct ca_bytes pem = {NULL, 0};

    ca_add_pem(&pem, "CERTIFICATE", &ca);
    ca_add_pem(&pem, "CERTIFICATE", &stranger);
    cr_expect_eq(
        pki_kit_import(kit, CERTIFICATE_FORMAT_PEM, pem, NULL), ERR_CONFLICT);
    cr_expect_eq(count_certificates(kit), 0);
    ca_free(&ca);
    ca_free(&stranger);
    pki_kit_free(kit);
}

/* Is the last whole line before it, but for a part of a line, an END? */
static bool
ends_outside(const struct ca_bytes *pem, size_t length)
{
    enum { LONGEST_BEGIN = 29 };
    static const char end[] = "-----END ";
    size_t at = length < 2 * LONGEST_BEGIN ? 0 : length - 2 * LONGEST_BEGIN;
    const char *last = memmem(pem->bytes + at, length - at, end, strlen(end));

    return last != NULL;
}

Test(pki_files, garbage_and_cut_files_are_refused)
{
    struct pki_kit *kit = pki_kit_new(NULL, NULL);
    struct ca_bytes pem = whole_pem();

    for (size_t length = 0; length < pem.length; length += rounds(7, 53)) {
        /* between two parts, where text may stand */
        if (ends_outside(&pem, length))
            continue;
        for (int format = 0; format < CERTIFICATE_FORMAT_COUNT; format++) {
            struct ca_bytes cut = {mem_alloc(length + 1), length};

            memcpy(cut.bytes, pem.bytes, length);
            /* a whole part in front of the cut is no reason to take it */
            cr_expect_neq(
                pki_kit_import(kit, (enum certificate_format)format, cut, NULL),
                OK, "%zu bytes as %d", length, format);
        }
    }
    cr_expect_eq(count_keys(kit) + count_certificates(kit), 0);
    ca_free(&pem);
    pki_kit_free(kit);
}

Test(pki_files, there_is_an_end_to_what_is_kept)
{
    static const enum ca_key keys[] = {
        CA_KEY_ROOT, CA_KEY_SUB, CA_KEY_GATE, CA_KEY_PEER, CA_KEY_OTHER};
    struct pki_kit *kit = pki_kit_new(NULL, NULL);

    for (size_t i = 0; i < PKI_KEYS_MAX; i++)
        pki_kit_give(kit, ca_private_key(keys[i]));
    cr_expect_eq(pki_kit_import(kit, CERTIFICATE_FORMAT_DER,
                     ca_private_key(keys[PKI_KEYS_MAX]), NULL),
        ERR_EXHAUSTED);
    cr_expect_eq(count_keys(kit), PKI_KEYS_MAX);
    pki_kit_free(kit);
}

/* ---- kept, and gone ---- */

/* Is it in a file of the folder? */
static bool
folder_holds(const char *folder, const void *bytes, size_t length)
{
    static const char *const names[] = {"db", "db-wal", "db-shm"};
    char *all = malloc(SCAN_MAX);
    bool found = false;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[PATH_ROOM];
        FILE *file;
        size_t n = 0;

        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        file = fopen(path, "re");
        if (file == NULL)
            continue;
        n = fread(all, 1, SCAN_MAX, file);
        found = found || memmem(all, n, bytes, length) != NULL;
        (void)fclose(file);
    }
    free(all);
    return found;
}

Test(pki_files, what_is_here_is_here_after_a_restart_and_no_key_is_in_clear)
{
    char *folder = kit_mkdir();
    char database[PATH_ROOM];
    struct ca_bytes key = ca_private_key(CA_KEY_GATE);
    struct pki_certificate_row row;
    struct pki_kit *kit;

    (void)snprintf(database, sizeof database, "%s/db", folder);
    kit = pki_kit_new(database, NULL);
    cr_assert_eq(
        pki_kit_import(kit, CERTIFICATE_FORMAT_PEM, whole_pem(), NULL), OK);
    for (size_t at = PUBLIC_PART; at + 16 <= key.length; at += 16) {
        cr_expect_not(folder_holds(folder, key.bytes + at, 16),
            "bytes %zu of the key", at);
    }
    cr_expect(folder_holds(folder, "$e1$", 4), "it is sealed");
    pki_kit_restart(kit, database);
    cr_expect_eq(count_keys(kit), 1);
    cr_expect_eq(count_certificates(kit), 2);
    cr_assert(pki_certificate(kit->pki, 0, &row));
    cr_expect_eq(row.number, 1);
    cr_expect_eq(row.kind, CERTIFICATE_KIND_OWN);
    cr_expect_str_eq(row.source, "test");
    cr_expect(pki_is_usable(kit->pki));
    ca_free(&key);
    pki_kit_free(kit);
    kit_rmdir(folder);
}

static bool
is_base64(const char *text)
{
    enum { ENOUGH = 60 };

    for (size_t i = 0; i < ENOUGH; i++) {
        if (!isalnum((unsigned char)text[i]) && text[i] != '+' &&
            text[i] != '/')
            return false;
    }
    return true;
}

/* The sealed text of a row, from the database file itself. */
static void
read_sealed(const char *folder, char *out, size_t size)
{
    char path[PATH_ROOM];
    char *all = malloc(SCAN_MAX);
    const char *at = NULL;
    static const char *const names[] = {"db-wal", "db"};

    for (size_t i = 0; i < 2 && at == NULL; i++) {
        FILE *file;
        size_t n;

        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        file = fopen(path, "re");
        cr_assert_not_null(file);
        n = fread(all, 1, SCAN_MAX, file);
        (void)fclose(file);
        at = memmem(all, n, "$e1$", 4);
        while (at != NULL && !is_base64(at + 4)) /* of the schema */
            at = memmem(at + 4, n - (size_t)(at + 4 - all), "$e1$", 4);
    }
    cr_assert_not_null(at);
    memcpy(out, at, size);
    free(all);
}

Test(pki_files, a_wiped_key_leaves_nothing_in_the_files)
{
    char *folder = kit_mkdir();
    char database[PATH_ROOM];
    char sealed[64];
    struct pki_kit *kit;

    (void)snprintf(database, sizeof database, "%s/db", folder);
    kit = pki_kit_new(database, NULL);
    cr_assert_eq(
        pki_kit_import(kit, CERTIFICATE_FORMAT_PEM, whole_pem(), NULL), OK);
    read_sealed(folder, sealed, sizeof sealed);
    cr_assert(folder_holds(folder, sealed, sizeof sealed));
    cr_assert_eq(pki_zeroize(kit->pki, &kit->answer, &kit->diag), OK);
    cr_expect_eq(count_keys(kit), 0);
    cr_expect_not(pki_is_usable(kit->pki));
    cr_expect_not(folder_holds(folder, sealed, sizeof sealed));
    pki_kit_restart(kit, database);
    cr_expect_eq(count_keys(kit), 0);
    cr_expect_eq(count_certificates(kit), 2, "certificates stay");
    pki_kit_free(kit);
    kit_rmdir(folder);
}

Test(pki_files, what_is_deleted_is_gone)
{
    struct pki_kit *kit = pki_kit_new(NULL, NULL);
    struct pki_crl_row crl;
    uint64_t epoch;

    cr_assert_eq(
        pki_kit_import(kit, CERTIFICATE_FORMAT_PEM, whole_pem(), NULL), OK);
    epoch = pki_epoch(kit->pki);
    cr_expect_eq(
        pki_delete(kit->pki, 3, &kit->answer, &kit->diag), OK, "the list");
    cr_expect_not(pki_crl(kit->pki, 0, &crl));
    cr_expect_eq(pki_delete(kit->pki, 1, &kit->answer, &kit->diag), OK);
    cr_expect_eq(count_certificates(kit), 1);
    cr_expect_eq(
        pki_delete(kit->pki, 1, &kit->answer, &kit->diag), ERR_NOT_FOUND);
    cr_expect_neq(pki_epoch(kit->pki), epoch);
    pki_kit_free(kit);
}

/* ---- the folder ---- */

static void
write_file(const char *folder, const char *name, struct ca_bytes bytes)
{
    char path[PATH_ROOM];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "we");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes.bytes, 1, bytes.length, file), bytes.length);
    cr_assert_eq(fclose(file), 0);
    ca_free(&bytes);
}

Test(pki_files, the_folder_is_read_again_and_again)
{
    char *folder = kit_mkdir();
    struct pki_kit *kit = pki_kit_new(NULL, folder);
    struct ca_bytes der = ca_certificate(&root);
    struct ca_bytes pem = {NULL, 0};
    struct pki_crl_row row;

    ca_add_pem(&pem, "CERTIFICATE", &der);
    write_file(folder, "a.crl",
        ca_crl(CA_KEY_ROOT, ROOT, CA_NOW_S, CA_NOW_S + 9, NULL, 0));
    write_file(folder, "root.cer", pem);
    write_file(folder, "b.CER", ca_certificate(&gate)); /* no key for it */
    write_file(folder, "readme.txt", ca_name("CN=x"));
    cr_assert_eq(pki_refresh(kit->pki, &kit->answer, &kit->diag), OK);
    cr_expect_eq(count_certificates(kit), 1);
    cr_expect(pki_crl(kit->pki, 0, &row), "lists come after certificates");
    cr_expect_str_eq(row.source, "a.crl");
    cr_expect_eq(kit->diag.count, 1);
    cr_expect_not_null(strstr(pki_kit_problem(kit), "b.CER"));
    cr_expect_not_null(strstr(str_text(&kit->answer), "3 files were read in"));
    pki_kit_give(kit, ca_private_key(CA_KEY_GATE));
    cr_assert_eq(pki_refresh(kit->pki, &kit->answer, &kit->diag), OK);
    cr_expect_eq(count_certificates(kit), 2);
    ca_free(&der);
    pki_kit_free(kit);
    kit_rmdir(folder);
}

Test(pki_files, a_router_without_a_disk_has_no_folder)
{
    struct pki_kit *kit = pki_kit_new(NULL, NULL);

    cr_expect_not(pki_has_folder(kit->pki));
    cr_expect_eq(
        pki_refresh(kit->pki, &kit->answer, &kit->diag), ERR_NOT_FOUND);
    pki_kit_free(kit);
}
