/*
 * lists.c - revocation lists by HTTP.
 *
 *    certificates that were imported --distribution points--> URLs
 *    `crl url` of `ipsec ca identity` -----------------------> URLs
 *
 *    asked --> good: again after three quarters of the time to its nextUpdate,
 *              a minute at least, a day at most
 *          --> not:  again after one minute, then two, up to an hour
 *
 * each with up to a tenth less, so that the routers of a CA do not come all at
 * once.  A list is taken in only if a CA that is here signed it, and only if
 * it is not older than the one that is here.
 */
#include "authority/inside.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/log.h"
#include "config/config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { URLS_MAX = 4, TIME_MAX_S = 60, ASN1_SEQUENCE = 0x30 };

/* ---- which there are ---- */

void
list_source_free(struct source *source)
{
    if (source->fetch != NULL) {
        source->authority->web.cancel(
            source->authority->web.context, source->fetch);
    }
    free(source);
}

static struct source *
find_source(struct authority *authority, const char *url)
{
    for (size_t i = 0; i < authority->source_count; i++) {
        if (str_equal(authority->sources[i]->url, url))
            return authority->sources[i];
    }
    return NULL;
}

static void
name_source(struct authority *authority, const char *url, const char *proxy,
    const char *origin)
{
    struct source *source = find_source(authority, url);

    if (fetch_url_problem(url) != NULL)
        return;
    if (source == NULL && authority->source_count == SOURCES_MAX)
        return;
    if (source == NULL) {
        source = mem_alloc(sizeof *source);
        source->authority = authority;
        (void)snprintf(source->url, sizeof source->url, "%s", url);
        source->next_s = authority->now_s;
        authority->sources[authority->source_count++] = source;
    }
    source->is_named = true;
    (void)snprintf(source->origin, sizeof source->origin, "%s", origin);
    (void)snprintf(
        source->proxy, sizeof source->proxy, "%s", proxy == NULL ? "" : proxy);
}

/* The settings of the CA that issued a certificate; false: it has none. */
static bool
find_issuer(const struct authority *authority, const struct config *running,
    size_t position, struct cfg_ca_identity *out_ca)
{
    const struct object *at = NULL;

    while ((at = config_next(running, OBJECT_CA_IDENTITY,
                at == NULL ? NULL : at->fields)) != NULL) {
        cfg_ca_identity_read(at->fields, out_ca);
        if (pki_is_issued_by(authority->pki, position,
                out_ca->issuer_identifier != NULL ? out_ca->issuer_identifier
                                                  : out_ca->name))
            return true;
    }
    return false;
}

/* Lists that nobody looks at are not fetched. */
static void
name_points(struct authority *authority, const struct config *running)
{
    struct pki_certificate_row row;
    char urls[URLS_MAX][PKI_URL_SIZE];
    char origin[80];

    for (size_t i = 0; pki_certificate(authority->pki, i, &row); i++) {
        const size_t count =
            row.kind == CERTIFICATE_KIND_OTHER
                ? 0
                : pki_crl_urls(authority->pki, i, urls, URLS_MAX);
        struct cfg_ca_identity ca = {.name = NULL};
        const bool has_ca = find_issuer(authority, running, i, &ca);

        if (!pki_uses_lists(authority->pki, i))
            continue;
        (void)snprintf(origin, sizeof origin, "certificate %u", row.number);
        for (size_t u = 0; u < count; u++) {
            name_source(
                authority, urls[u], has_ca ? ca.root_proxy_url : NULL, origin);
        }
    }
}

static void
name_configured(struct authority *authority, const struct config *running)
{
    const struct object *at = NULL;
    struct cfg_ca_identity ca;
    char origin[80];

    while ((at = config_next(running, OBJECT_CA_IDENTITY,
                at == NULL ? NULL : at->fields)) != NULL) {
        cfg_ca_identity_read(at->fields, &ca);
        (void)snprintf(origin, sizeof origin, "ca identity %.64s", ca.name);
        if (ca.crl_url != NULL)
            name_source(authority, ca.crl_url, ca.root_proxy_url, origin);
    }
}

void
lists_look(struct authority *authority, const struct config *running)
{
    size_t kept = 0;

    for (size_t i = 0; i < authority->source_count; i++)
        authority->sources[i]->is_named = false;
    name_configured(authority, running);
    name_points(authority, running);
    for (size_t i = 0; i < authority->source_count; i++) {
        struct source *source = authority->sources[i];

        if (source->is_named) {
            authority->sources[kept++] = source;
        } else {
            list_source_free(source);
        }
    }
    authority->source_count = kept;
}

/* ---- when ---- */

static void
plan(struct source *source, uint64_t after_s)
{
    const uint64_t now_s = source->authority->now_s;

    source->next_s = now_s + after_s - jitter_of(source->url, now_s, after_s);
}

static void
fail(struct source *source, const char *why, uint32_t at_least_s)
{
    uint64_t after_s = MINUTE_S;

    for (uint32_t i = 0; i < source->failures && after_s < HOUR_S; i++)
        after_s *= 2;
    if (after_s > HOUR_S)
        after_s = HOUR_S;
    source->failures++;
    plan(source, after_s);
    if (at_least_s > 0 && at_least_s <= DAY_S &&
        source->next_s < source->authority->now_s + at_least_s)
        source->next_s = source->authority->now_s + at_least_s;
    (void)snprintf(source->result, sizeof source->result, "%s", why);
    log_event(source->failures == 1 ? LOG_WARNING : LOG_INFO, "ikepki",
        "CRL-NOT-FETCHED", "%.100s: %.120s", source->url, why);
}

/* The list that came from here; 0: it does not say when the next one is due. */
static uint64_t
next_update(const struct source *source)
{
    struct pki_crl_row row;

    for (size_t i = 0; pki_crl(source->authority->pki, i, &row); i++) {
        if (str_equal(row.source, source->url))
            return row.next_update_s;
    }
    return 0;
}

static void
succeed(struct source *source, const char *answer)
{
    const uint64_t now_s = source->authority->now_s;
    const uint64_t update_s = next_update(source);
    uint64_t after_s = DAY_S;

    if (update_s > now_s && (update_s - now_s) / 4 * 3 < after_s)
        after_s = (update_s - now_s) / 4 * 3;
    if (update_s != 0 && update_s <= now_s)
        after_s = HOUR_S; /* the CA is late itself */
    if (after_s < MINUTE_S)
        after_s = MINUTE_S;
    source->failures = 0;
    source->done_s = now_s;
    plan(source, after_s);
    (void)snprintf(source->result, sizeof source->result, "%.*s",
        (int)strcspn(answer, "\n"), answer);
    log_event(LOG_NOTICE, "ikepki", "CRL-FETCHED", "%.120s: %.100s",
        source->url, source->result);
}

static void
on_answer(void *context, const struct fetch_result *result)
{
    struct source *source = context;
    struct pki_file file = {.name = source->url};
    struct str answer;
    struct diag diag;
    char why[AUTHORITY_TEXT_SIZE];

    source->fetch = NULL;
    if (result->error != OK) {
        fail(source, result->text, result->retry_after_s);
        return;
    }
    file.bytes = result->bytes;
    file.length = result->length;
    file.format = result->length > 0 && result->bytes[0] == ASN1_SEQUENCE
                      ? CERTIFICATE_FORMAT_DER
                      : CERTIFICATE_FORMAT_PEM;
    str_init(&answer);
    diag_init(&diag);
    if (pki_take_lists(source->authority->pki, &file, &answer, &diag) == OK) {
        succeed(source, str_text(&answer));
    } else {
        keep_sentence(&diag, why, sizeof why);
        /* the sentence begins with the URL, which is told anyway */
        fail(source,
            str_has_prefix(why, source->url)
                ? why + strlen(source->url) + sizeof ":"
                : why,
            0);
    }
    diag_done(&diag);
    str_done(&answer);
}

static void
ask(struct source *source)
{
    struct authority *authority = source->authority;
    const struct fetch_request request = {
        .url = source->url,
        .proxy = source->proxy,
        .size_max = PKI_FILE_MAX,
        .time_max_s = TIME_MAX_S,
    };
    struct diag diag;
    char why[AUTHORITY_TEXT_SIZE];
    enum err error;

    diag_init(&diag);
    error = authority->web.start(authority->web.context, &request, on_answer,
        source, &diag, &source->fetch);
    if (error == OK) {
        source->asked_s = authority->now_s;
    } else if (error != ERR_EXHAUSTED) { /* else at the next tick */
        keep_sentence(&diag, why, sizeof why);
        fail(source, why, 0);
    }
    diag_done(&diag);
}

void
lists_tick(struct authority *authority)
{
    if (authority->web.start == NULL)
        return;
    for (size_t i = 0; i < authority->source_count; i++) {
        struct source *source = authority->sources[i];

        if (source->fetch == NULL && source->next_s <= authority->now_s)
            ask(source);
    }
}

size_t
lists_refresh(struct authority *authority)
{
    for (size_t i = 0; i < authority->source_count; i++)
        authority->sources[i]->next_s = authority->now_s;
    return authority->web.start == NULL ? 0 : authority->source_count;
}

/* ---- for shows ---- */

bool
authority_source(const struct authority *authority, size_t position,
    struct authority_source *out_row)
{
    const struct source *source;

    if (position >= authority->source_count)
        return false;
    source = authority->sources[position];
    *out_row = (struct authority_source){
        .url = source->url,
        .origin = source->origin,
        .asked_s = source->asked_s,
        .done_s = source->done_s,
        .next_s = source->fetch != NULL ? 0 : source->next_s,
        .failures = source->failures,
    };
    (void)snprintf(
        out_row->result, sizeof out_row->result, "%s", source->result);
    return true;
}
