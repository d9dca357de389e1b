/*
 * upkeep.c - what ermined does to a state folder without running a router.
 */
#include "daemon/upkeep.h"

#include "base/diag.h"
#include "base/secret.h"
#include "base/str.h"
#include "config/config.h"
#include "crypto/provider.h"
#include "crypto/seal.h"
#include "daemon/statedir.h"
#include "pki/pki.h"
#include "store/store.h"

#include <errno.h>
#include <sys/stat.h>

/* The stored configuration; the caller unrefs it. */
static enum err
find_sealed(const struct statedir *statedir, struct diag *diag, bool *out_any)
{
    struct config *config = NULL;
    struct store *store;
    uint64_t generation = 0;
    bool has_keys = false;
    enum err error = store_open(statedir_database(statedir), diag, &store);

    if (error != OK)
        return error;
    error = store_load(store, diag, &config, &generation);
    config_unref(config);
    if (error == OK)
        error = store_pki_has_keys(store, diag, &has_keys);
    store_close(store);
    *out_any = generation > 0 || has_keys;
    return error;
}

/* May the key that is there be given up? */
static enum err
check_unused(
    const struct statedir *statedir, const char *path, struct diag *diag)
{
    bool any = false;
    enum err error = find_sealed(statedir, diag, &any);

    if (error != OK || !any)
        return error;
    diag_add(diag, DIAG_ERROR, NULL, NULL,
        "The configuration in %s is sealed under the secret.key that is there, "
        "so no other key is imported: start with an empty state folder.",
        path);
    return ERR_CONFLICT;
}

static enum err
import(const struct statedir *statedir, const char *path,
    const struct secret *key, struct diag *diag)
{
    struct secret old = {0};
    enum err error;
    bool same;

    /* A key that was lost is put back, whatever is stored. */
    if (!statedir_has_key(statedir))
        return statedir_store_key(statedir, key, diag);
    error = statedir_load_key(statedir, diag, &old);
    same = error == OK && secret_equal(&old, key);
    secret_done(&old);
    if (error != OK || same)
        return error;
    error = check_unused(statedir, path, diag);
    return error == OK ? statedir_replace_key(statedir, key, diag) : error;
}

enum err
upkeep_import_key(const char *state_dir, const char *file, struct diag *diag)
{
    struct statedir *statedir;
    struct secret key = {0};
    enum err error = keyfile_read(file, diag, &key);

    if (error == OK)
        error = statedir_open(state_dir, diag, &statedir);
    if (error == OK) {
        error = import(statedir, state_dir, &key, diag);
        statedir_close(statedir);
    }
    secret_done(&key);
    return error;
}

/* What keys of the router are sealed under, where its file is there. */
static enum err
open_sealer(const struct statedir *statedir, struct crypto *crypto,
    struct diag *diag, struct sealer **out_sealer)
{
    struct secret key = {0};
    enum err error = OK;

    if (!statedir_has_key(statedir))
        return OK;
    error = statedir_load_key(statedir, diag, &key);
    if (error == OK)
        error = sealer_new(crypto, &key, out_sealer);
    secret_done(&key);
    return error;
}

static enum err
look_at_papers(void *context, struct store *copy, struct diag *diag)
{
    const struct statedir *statedir = context;
    struct crypto *crypto = NULL;
    struct sealer *sealer = NULL;
    enum err error = crypto_open(diag, &crypto);

    if (error == OK)
        error = open_sealer(statedir, crypto, diag, &sealer);
    if (error == OK)
        error = pki_check(copy, sealer, diag);
    sealer_free(sealer);
    crypto_close(crypto);
    return error;
}

enum err
upkeep_check_database(const char *state_dir, struct diag *diag, struct str *out)
{
    struct statedir *statedir;
    struct store_expert expert = {.look = look_at_papers};
    struct store_health health;
    struct stat status;
    enum err error;

    /* Looking must not make anything. */
    if (stat(state_dir, &status) != 0) {
        diag_add(
            diag, DIAG_ERROR, NULL, NULL, "There is no folder %s.", state_dir);
        return ERR_NOT_FOUND;
    }
    error = statedir_open(state_dir, diag, &statedir);
    if (error != OK)
        return error;
    if (stat(statedir_database(statedir), &status) != 0) {
        diag_add(diag, DIAG_ERROR, NULL, NULL, "There is no %s.",
            statedir_database(statedir));
        error = ERR_NOT_FOUND;
    } else {
        expert.context = statedir;
        error =
            store_check(statedir_database(statedir), &expert, diag, &health);
    }
    if (error == OK) {
        str_printf(out,
            "%s is good: format %u, generation %llu, %zu objects; the history "
            "reaches back to generation %llu.\n",
            statedir_database(statedir), health.version,
            (unsigned long long)health.generation, health.objects,
            (unsigned long long)health.oldest);
    }
    statedir_close(statedir);
    return error;
}
