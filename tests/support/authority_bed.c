/*
 * authority_bed.c - see authority_bed.h.
 */
#include "tests/support/authority_bed.h"

#include "base/arena.h"
#include "commit/commit.h"
#include "crypto/provider.h"
#include "crypto/seal.h"
#include "store/store.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BEGIN_S = 1800000000, BITS = 2048 };

/* ---- the network ---- */

static enum err
on_start(void *context, const struct fetch_request *request, fetch_call *call,
    void *call_context, struct diag *diag, struct fetch **out_fetch)
{
    struct bed *bed = context;
    struct bed_request *at =
        &bed->requests[bed->request_count++ % BED_REQUESTS_MAX];

    (void)diag;
    str_done(&at->body);
    str_done(&at->certificate);
    *at = (struct bed_request){
        .trust = request->trust,
        .has_password = request->password != NULL,
        .has_key = request->key_pem != NULL &&
                   strstr(request->key_pem, "PRIVATE KEY") != NULL,
        .call = call,
        .context = call_context,
    };
    (void)snprintf(at->url, sizeof at->url, "%s", request->url);
    (void)snprintf(at->proxy, sizeof at->proxy, "%s",
        request->proxy == NULL ? "" : request->proxy);
    str_init(&at->body);
    str_init(&at->certificate);
    if (request->body != NULL) {
        str_add_n(&at->body, (const char *)request->body, request->body_length);
    }
    if (request->certificate_pem != NULL)
        str_add(&at->certificate, request->certificate_pem);
    *out_fetch = (struct fetch *)(uintptr_t)at;
    return OK;
}

static void
on_cancel(void *context, struct fetch *fetch)
{
    struct bed_request *at = (struct bed_request *)(uintptr_t)fetch;

    (void)context;
    at->call = NULL;
}

struct bed_request *
bed_asked(struct bed *bed)
{
    struct bed_request *at;

    if (bed->request_count == 0)
        return NULL;
    at = &bed->requests[(bed->request_count - 1) % BED_REQUESTS_MAX];
    return at->call == NULL ? NULL : at;
}

void
bed_answer(struct bed *bed, unsigned status, const struct str *bytes,
    uint32_t retry_after_s)
{
    struct bed_request *at = bed_asked(bed);
    struct fetch_result result = {
        .error = status == 200 ? OK : ERR_IO,
        .status = status,
        .retry_after_s = retry_after_s,
    };
    fetch_call *call;

    assert(at != NULL);
    call = at->call;
    at->call = NULL;
    if (status == 200) {
        result.bytes = (const uint8_t *)str_text(bytes);
        result.length = bytes->length;
    } else {
        (void)snprintf(result.text, sizeof result.text,
            "The server answers with status %u.", status);
    }
    call(at->context, &result);
}

/* ---- notices ---- */

static void
on_notice(void *context, enum authority_notice notice,
    const struct pki_certificate_row *row)
{
    static const char *const words[] = {
        [AUTHORITY_EXPIRING] = "expiring",
        [AUTHORITY_EXPIRED] = "expired",
        [AUTHORITY_REVOKED] = "revoked",
    };
    struct bed *bed = context;

    str_printf(&bed->notices, "%s %s %d\n", words[notice],
        row->kind == CERTIFICATE_KIND_OWN ? "own" : "ca",
        row->not_after_s < bed->now_s
            ? 0
            : (int)((row->not_after_s - bed->now_s) / BED_DAY_S));
}

/* ---- life ---- */

static void
open_all(struct bed *bed, const char *path)
{
    const struct authority_web web = {on_start, on_cancel, bed};
    const struct authority_listener listener = {on_notice, bed};
    struct pki_params params = {.now_s = bed->now_s};
    struct secret key = {.length = SEAL_KEY_SIZE};

    assert(crypto_open(NULL, &bed->crypto) == OK);
    assert(sealer_new(bed->crypto, &key, &bed->sealer) == OK);
    assert(store_open(path, NULL, &bed->store) == OK);
    params.sealer = bed->sealer;
    params.store = bed->store;
    assert(pki_new(&params, NULL, &bed->pki) == OK);
    assert(authority_new(bed->pki, bed->store, NULL, &bed->authority) == OK);
    authority_set_web(bed->authority, &web);
    authority_listen(bed->authority, &listener);
}

static void
close_all(struct bed *bed)
{
    authority_free(bed->authority);
    pki_free(bed->pki);
    store_close(bed->store);
    sealer_free(bed->sealer);
    crypto_close(bed->crypto);
}

/* What pki takes part in; the store has nothing of it. */
static void
bring_into_force(struct bed *bed)
{
    const struct participant pki = pki_participant(bed->pki);
    struct change_set set;
    struct config *empty = config_new();

    config_diff(empty, bed->config, &set);
    assert(pki.prepare(pki.context, empty, bed->config, &set, NULL) == OK);
    pki.apply(pki.context);
    change_set_done(&set);
    config_unref(empty);
}

struct bed *
bed_new(const char *path)
{
    struct bed *bed = mem_alloc(sizeof *bed);
    struct mint_terms terms;
    struct str text;

    bed->now_s = BEGIN_S;
    str_init(&bed->notices);
    open_all(bed, path);
    bed->config = config_new();
    bed_configure(bed, NULL, NULL, NULL);
    terms = (struct mint_terms){.from_s = bed->now_s - BED_DAY_S,
        .to_s = bed->now_s + 10 * 365 * (uint64_t)BED_DAY_S};
    bed->mint = mint_new("Root", &terms, NULL);
    str_init(&text);
    assert(pki_make_end(bed->pki, pki_make_begin(BITS), &text, NULL) == OK);
    str_clear(&text);
    mint_certificate(bed->mint, &text);
    bed_import(bed, &text);
    str_done(&text);
    return bed;
}

void
bed_free(struct bed *bed)
{
    if (bed == NULL)
        return;
    close_all(bed);
    for (size_t i = 0; i < BED_REQUESTS_MAX; i++) {
        str_done(&bed->requests[i].body);
        str_done(&bed->requests[i].certificate);
    }
    mint_free(bed->mint);
    config_unref(bed->config);
    str_done(&bed->notices);
    free(bed);
}

void
bed_restart(struct bed *bed, const char *path)
{
    close_all(bed);
    open_all(bed, path);
    bring_into_force(bed);
}

void
bed_pass(struct bed *bed, uint64_t seconds, uint64_t step_s)
{
    const uint64_t end_s = bed->now_s + seconds;

    while (bed->now_s < end_s) {
        bed->now_s += step_s;
        pki_set_time(bed->pki, bed->now_s);
        authority_tick(bed->authority, bed->config, bed->now_s);
    }
}

void
bed_issue(struct bed *bed, const struct mint_terms *terms, struct str *out)
{
    struct str request;

    str_init(&request);
    assert(pki_request(bed->pki, &request, NULL) == OK);
    assert(mint_issue(bed->mint, str_text(&request), terms, out));
    str_done(&request);
}

void
bed_import(struct bed *bed, const struct str *der)
{
    const struct pki_file file = {
        .name = "a file",
        .format = CERTIFICATE_FORMAT_DER,
        .bytes = (const uint8_t *)der->text,
        .length = der->length,
    };
    struct str answer;

    str_init(&answer);
    assert(pki_import(bed->pki, &file, &answer, NULL) == OK);
    str_done(&answer);
}

static void
set_text(struct object *object, unsigned field, const char *text)
{
    if (text != NULL)
        object->fields[field] = value_text(text);
}

void
bed_configure(struct bed *bed, const char *enrollment_url, const char *crl_url,
    const char *proxy)
{
    struct value name = value_text("hq");
    struct object *ca = object_new(OBJECT_CA_IDENTITY, &name);
    const struct value whose = value_number(IDENTITY_OWNER_ROUTER);
    struct object *us = object_new(OBJECT_IPSEC_IDENTITY, &whose);

    set_text(us, FIELD_IPSEC_IDENTITY_DOMAIN_NAME, "gate.example");
    set_text(ca, FIELD_CA_IDENTITY_ISSUER_IDENTIFIER, "Root");
    set_text(ca, FIELD_CA_IDENTITY_ENROLLMENT_URL, enrollment_url);
    set_text(ca, FIELD_CA_IDENTITY_CRL_URL, crl_url);
    set_text(ca, FIELD_CA_IDENTITY_ROOT_PROXY_URL, proxy);
    config_put(&bed->config, us);
    config_put(&bed->config, ca);
    value_done(&name);
    bring_into_force(bed);
}
