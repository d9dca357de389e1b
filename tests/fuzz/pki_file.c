/*
 * pki_file.c - any bytes as a file of certificates, keys and revocation lists:
 * taken in or refused with a sentence, never a crash, and memory stays where
 * it is.
 *
 * The first byte says the form (PEM, DER, PKCS #12) and whether there is a
 * pass phrase; the rest is the file.
 */
#include "base/diag.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/str.h"
#include "crypto/provider.h"
#include "crypto/seal.h"
#include "pki/pki.h"
#include "store/store.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { NOW_S = 1800000000, FULL = 100, FORM = 3, PHRASE = 4, TRUSTED = 8 };

/* A router's keys and certificates, as long as they are few. */
struct bench {
    struct crypto *crypto;
    struct sealer *sealer;
    struct store *store;
    struct pki *pki;
};

static void
check(bool is_so)
{
    if (!is_so)
        abort();
}

static void
close_bench(struct bench *bench)
{
    pki_free(bench->pki);
    store_close(bench->store);
    bench->pki = NULL;
}

static void
open_bench(struct bench *bench)
{
    const struct secret key = {.length = SEAL_KEY_SIZE};
    struct pki_params params = {.now_s = NOW_S};

    if (bench->crypto == NULL) {
        log_set_level(LOG_ERROR);
        check(crypto_open(NULL, &bench->crypto) == OK);
        check(sealer_new(bench->crypto, &key, &bench->sealer) == OK);
    }
    check(store_open(NULL, NULL, &bench->store) == OK);
    params.sealer = bench->sealer;
    params.store = bench->store;
    check(pki_new(&params, NULL, &bench->pki) == OK);
}

/* Told why, where it was refused. */
static void
judge(enum err error, struct str *answer, struct diag *diag)
{
    check(error == OK ? answer->length > 0 : diag->count > 0);
    str_clear(answer);
    diag_done(diag);
    diag_init(diag);
}

static void
look(const struct pki *pki, const struct pki_file *file, struct diag *diag)
{
    struct pki_glimpse rows[4];
    size_t count = 0;

    if (pki_look(pki, file, rows, 4, &count, diag) != OK)
        check(diag->count > 0 && count == 0);
    check(count <= 4);
    diag_done(diag);
    diag_init(diag);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct bench bench;
    struct secret phrase = {0};
    struct pki_file file = {.name = "file"};
    struct pki_certificate_row row;
    char urls[4][PKI_URL_SIZE];
    struct str answer;
    struct diag diag;

    if (size == 0)
        return 0;
    if (bench.pki != NULL && pki_certificate_number(bench.pki, FULL) != 0)
        close_bench(&bench);
    if (bench.pki == NULL)
        open_bench(&bench);
    file.format =
        (enum certificate_format)((bytes[0] & FORM) % CERTIFICATE_FORMAT_COUNT);
    file.is_trusted = (bytes[0] & TRUSTED) != 0;
    file.bytes = bytes + 1;
    file.length = size - 1;
    check(secret_set(&phrase, "secret", 6) == OK);
    if ((bytes[0] & PHRASE) != 0)
        file.passphrase = &phrase;
    str_init(&answer);
    diag_init(&diag);
    look(bench.pki, &file, &diag);
    judge(pki_take_lists(bench.pki, &file, &answer, &diag), &answer, &diag);
    judge(pki_take_issued(bench.pki, &file, &answer, &diag), &answer, &diag);
    judge(pki_import(bench.pki, &file, &answer, &diag), &answer, &diag);
    for (size_t i = 0; pki_certificate(bench.pki, i, &row); i++)
        check(pki_crl_urls(bench.pki, i, urls, 4) <= 4);
    diag_done(&diag);
    str_done(&answer);
    return 0;
}
