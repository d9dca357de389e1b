/*
 * pki_kit.c - a store, a sealer and a pki.
 */
#include "tests/support/pki_kit.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/secret.h"
#include "commit/commit.h"
#include "config/config.h"
#include "crypto/provider.h"
#include "crypto/seal.h"
#include "store/store.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
open_all(struct pki_kit *kit, const char *database)
{
    uint8_t bytes[SEAL_KEY_SIZE] = {7};
    struct secret key = {0};
    struct pki_params params;

    assert(crypto_open(&kit->diag, &kit->crypto) == OK);
    assert(secret_set(&key, bytes, sizeof bytes) == OK);
    assert(sealer_new(kit->crypto, &key, &kit->sealer) == OK);
    assert(store_open(database, &kit->diag, &kit->store) == OK);
    params = (struct pki_params){
        .sealer = kit->sealer,
        .store = kit->store,
        .folder = kit->folder,
        .now_s = CA_NOW_S,
    };
    assert(pki_new(&params, &kit->diag, &kit->pki) == OK);
}

static void
close_all(struct pki_kit *kit)
{
    pki_free(kit->pki);
    store_close(kit->store);
    sealer_free(kit->sealer);
    crypto_close(kit->crypto);
}

struct pki_kit *
pki_kit_new(const char *database, const char *folder)
{
    struct pki_kit *kit = mem_alloc(sizeof *kit);

    log_set_level(LOG_ERROR);
    diag_init(&kit->diag);
    str_init(&kit->answer);
    if (folder != NULL)
        kit->folder = mem_strdup(folder);
    open_all(kit, database);
    return kit;
}

void
pki_kit_free(struct pki_kit *kit)
{
    close_all(kit);
    diag_done(&kit->diag);
    str_done(&kit->answer);
    free(kit->folder);
    free(kit);
}

void
pki_kit_restart(struct pki_kit *kit, const char *database)
{
    close_all(kit);
    open_all(kit, database);
}

static enum err
import(struct pki_kit *kit, const struct pki_file *wanted,
    struct ca_bytes bytes, const char *phrase)
{
    struct pki_file file = *wanted;
    struct secret secret = {0};
    enum err error;

    if (phrase != NULL) {
        assert(secret_set(&secret, phrase, strlen(phrase)) == OK);
        file.passphrase = &secret;
    }
    file.bytes = bytes.bytes;
    file.length = bytes.length;
    str_clear(&kit->answer);
    diag_done(&kit->diag);
    diag_init(&kit->diag);
    error = pki_import(kit->pki, &file, &kit->answer, &kit->diag);
    secret_done(&secret);
    ca_free(&bytes);
    return error;
}

enum err
pki_kit_import(struct pki_kit *kit, enum certificate_format format,
    struct ca_bytes bytes, const char *phrase)
{
    const struct pki_file file = {.name = "test", .format = format};

    return import(kit, &file, bytes, phrase);
}

void
pki_kit_give(struct pki_kit *kit, struct ca_bytes der)
{
    enum err error = pki_kit_import(kit, CERTIFICATE_FORMAT_DER, der, NULL);

    if (error != OK)
        (void)fprintf(stderr, "refused: %s\n", pki_kit_problem(kit));
    assert(error == OK);
}

void
pki_kit_trust(struct pki_kit *kit, struct ca_bytes der)
{
    const struct pki_file file = {
        .name = "test", .format = CERTIFICATE_FORMAT_DER, .is_trusted = true};

    assert(import(kit, &file, der, NULL) == OK);
}

void
pki_kit_configure(struct pki_kit *kit, enum crl_use crl, uint32_t clock_skew)
{
    struct participant participant = pki_participant(kit->pki);
    struct config *config = config_new();
    struct object *system =
        object_copy(config_next(config, OBJECT_SYSTEM, NULL));
    struct change_set none;

    system->fields[FIELD_SYSTEM_CRL] = value_number((uint64_t)crl);
    system->fields[FIELD_SYSTEM_CLOCK_SKEW] = value_number(clock_skew);
    config_put(&config, system);
    change_set_init(&none);
    assert(participant.prepare(
               participant.context, NULL, config, &none, &kit->diag) == OK);
    participant.apply(participant.context);
    change_set_done(&none);
    config_unref(config);
}

const char *
pki_kit_problem(const struct pki_kit *kit)
{
    return kit->diag.count == 0 ? "" : kit->diag.entries[0].sentence;
}
