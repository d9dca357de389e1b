/*
 * authority.c - the room's life, and what its files share.
 */
#include "authority/inside.h"

#include "base/arena.h"
#include "base/diag.h"
#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>

enum err
authority_new(struct pki *pki, struct store *store, struct diag *diag,
    struct authority **out_authority)
{
    struct authority *authority = mem_alloc(sizeof *authority);
    enum err error;

    authority->pki = pki;
    authority->store = store;
    error = forecast_load(authority, diag);
    if (error != OK) {
        free(authority);
        return error;
    }
    *out_authority = authority;
    return OK;
}

void
authority_free(struct authority *authority)
{
    if (authority == NULL)
        return;
    while (authority->source_count > 0)
        list_source_free(authority->sources[--authority->source_count]);
    while (authority->enrolment_count > 0)
        enrolment_free(authority->enrolments[--authority->enrolment_count]);
    free(authority);
}

void
authority_set_web(struct authority *authority, const struct authority_web *web)
{
    authority->web = *web;
}

void
authority_listen(
    struct authority *authority, const struct authority_listener *listener)
{
    authority->listener = *listener;
}

/* All certificates are looked at when something changed, and each minute;
 * what is due is done every time. */
void
authority_tick(
    struct authority *authority, const struct config *running, uint64_t now_s)
{
    const uint64_t epoch = pki_epoch(authority->pki);

    authority->now_s = now_s;
    if (epoch != authority->epoch || now_s >= authority->look_s ||
        now_s + LOOK_S < authority->look_s) {
        authority->epoch = epoch;
        authority->look_s = now_s + LOOK_S;
        forecast_look(authority);
        lists_look(authority, running);
        est_look(authority, running);
    }
    lists_tick(authority);
    est_tick(authority, running);
}

size_t
authority_refresh(struct authority *authority, const struct config *running)
{
    lists_look(authority, running);
    return lists_refresh(authority);
}

/* ---- shared ---- */

uint64_t
jitter_of(const char *text, uint64_t now_s, uint64_t most_s)
{
    enum { PRIME = 16777619 };
    uint32_t hash = 2166136261U ^ (uint32_t)now_s;

    for (; *text != '\0'; text++)
        hash = (hash ^ (uint8_t)*text) * PRIME;
    return most_s < 10 ? 0 : hash % (most_s / 10 + 1);
}

void
keep_sentence(const struct diag *diag, char *out, size_t size)
{
    (void)snprintf(out, size, "%s",
        diag->count == 0 ? "It did not work." : diag->entries[0].sentence);
}

bool
find_ca(const struct config *running, const char *name,
    struct cfg_ca_identity *out_ca)
{
    struct value key = value_text(name);
    const struct object *object =
        config_find(running, OBJECT_CA_IDENTITY, &key);

    value_done(&key);
    if (object == NULL)
        return false;
    cfg_ca_identity_read(object->fields, out_ca);
    return true;
}
