/*
 * est.c - EST (RFC 7030): the CA's certificates, one of our own, the next one.
 *
 *    authenticate  GET  /cacerts         from whoever answers: a fingerprint
 *                                        that a person knows decides
 *    enroll        POST /simpleenroll    to a server that a trusted CA stands
 *                                        for; HTTP Basic, if there is a
 * password renewal       POST /simplereenroll  we prove by TLS who we are
 *
 *        IDLE --> CACERTS --> IDLE
 *        IDLE --> ENROLL --> IDLE | WAITING --next_s--> ENROLL
 *
 * What is issued is taken in beside what there is; from the next phase 1 on
 * peers are shown the newest.  SAs that stand rest on what they were made by.
 */
#include "authority/inside.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/log.h"
#include "config/config.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    ANSWER_MAX = 256 * 1024,
    TIME_MAX_S = 60,
    GLIMPSES_MAX = 8,
    ASN1_SEQUENCE = 0x30,
    ACCEPTED = 202,
    UNAUTHORIZED = 401,
    CLIENT_ERRORS = 400,
    SERVER_ERRORS = 500,
    LIMIT = 10, /* attempts, where it is not configured */
};

static const char standard_path[] = "/.well-known/est";

void
enrolment_free(struct enrolment *enrolment)
{
    if (enrolment == NULL)
        return;
    if (enrolment->fetch != NULL) {
        enrolment->authority->web.cancel(
            enrolment->authority->web.context, enrolment->fetch);
    }
    secret_done(&enrolment->password);
    str_done(&enrolment->answer);
    free(enrolment);
}

struct enrolment *
est_find(const struct authority *authority, const char *name)
{
    for (size_t i = 0; i < authority->enrolment_count; i++) {
        if (str_equal(authority->enrolments[i]->name, name))
            return authority->enrolments[i];
    }
    return NULL;
}

/* ---- its settings ---- */

/* The URL up to the operation: with the standard path if it has none. */
static void
base_url(const char *configured, char out[PKI_URL_SIZE])
{
    const char *host = strstr(configured, "://");
    const char *path = host == NULL ? NULL : strchr(host + 3, '/');
    size_t length = strlen(configured);
    const char *more = "";

    if (path == NULL || path[1] == '\0')
        more = standard_path;
    while (length > 0 && configured[length - 1] == '/')
        length--;
    (void)snprintf(out, PKI_URL_SIZE, "%.*s%s", (int)length, configured, more);
}

static void
read_user(const struct config *running, char *out, size_t size)
{
    const struct object *object =
        config_next(running, OBJECT_IPSEC_IDENTITY, NULL);
    struct cfg_ipsec_identity identity = {.domain_name = NULL};

    if (object != NULL)
        cfg_ipsec_identity_read(object->fields, &identity);
    (void)snprintf(out, size, "%s",
        identity.domain_name != NULL   ? identity.domain_name
        : identity.common_name != NULL ? identity.common_name
                                       : "ermine");
}

/* False: there is no such CA any more, or no URL. */
static bool
read_settings(struct enrolment *enrolment, const struct config *running)
{
    struct cfg_ca_identity ca;

    if (!find_ca(running, enrolment->name, &ca) || ca.enrollment_url == NULL)
        return false;
    base_url(ca.enrollment_url, enrolment->url);
    (void)snprintf(enrolment->proxy, sizeof enrolment->proxy, "%s",
        ca.root_proxy_url == NULL ? "" : ca.root_proxy_url);
    read_user(running, enrolment->user, sizeof enrolment->user);
    enrolment->limit = ca.has_enrollment_retry_limit
                           ? (uint32_t)ca.enrollment_retry_limit
                           : LIMIT;
    enrolment->period_s = ca.has_enrollment_retry_period
                              ? (uint32_t)ca.enrollment_retry_period * MINUTE_S
                              : MINUTE_S;
    if (enrolment->period_s < MINUTE_S)
        enrolment->period_s = MINUTE_S;
    return true;
}

static enum err
refuse(struct diag *diag, enum err error, const char *fmt, const char *name)
{
    struct str sentence;

    str_init(&sentence);
    for (const char *c = fmt; *c != '\0'; c++) {
        if (*c == '@') {
            str_add(&sentence, name);
        } else {
            str_add_char(&sentence, *c);
        }
    }
    diag_add(diag, DIAG_ERROR, NULL, NULL, "%s", str_text(&sentence));
    str_done(&sentence);
    return error;
}

enum err
est_prepare(struct authority *authority, const struct config *running,
    const char *name, struct diag *diag, struct enrolment **out_enrolment)
{
    struct enrolment *enrolment = est_find(authority, name);
    struct cfg_ca_identity ca;

    if (!find_ca(running, name, &ca)) {
        return refuse(diag, ERR_NOT_FOUND,
            "There is no `ipsec ca identity @`: create it, and commit.", name);
    }
    if (ca.enrollment_url == NULL) {
        return refuse(diag, ERR_CONFLICT,
            "Set `enrollment url` of `ipsec ca identity @`, and commit.", name);
    }
    if (strncasecmp(ca.enrollment_url, "https://", 8) != 0) {
        return refuse(diag, ERR_CONFLICT,
            "EST needs an `enrollment url` of `ipsec ca identity @` that "
            "begins with https://.",
            name);
    }
    if (authority->web.start == NULL) {
        return refuse(diag, ERR_CONFLICT,
            "This router has no network of its host's to ask @ by.", name);
    }
    if (enrolment == NULL && authority->enrolment_count == CAS_MAX) {
        return refuse(diag, ERR_EXHAUSTED,
            "Too many CAs were asked: wait a minute before @.", name);
    }
    if (enrolment == NULL) {
        enrolment = mem_alloc(sizeof *enrolment);
        enrolment->authority = authority;
        (void)snprintf(enrolment->name, sizeof enrolment->name, "%s", name);
        str_init(&enrolment->answer);
        authority->enrolments[authority->enrolment_count++] = enrolment;
    }
    if (enrolment->fetch != NULL) {
        return refuse(
            diag, ERR_CONFLICT, "@ is being asked: wait for it.", name);
    }
    enrolment->state = EST_IDLE;
    enrolment->attempts = 0;
    enrolment->is_renewal = false;
    (void)read_settings(enrolment, running);
    *out_enrolment = enrolment;
    return OK;
}

/* ---- answers ---- */

static void
answer(struct enrolment *enrolment, enum err error, const char *text)
{
    if (!enrolment->is_answered) {
        str_clear(&enrolment->answer);
        str_add(&enrolment->answer, text);
        enrolment->error = error;
        enrolment->is_answered = true;
    }
    (void)snprintf(enrolment->result, sizeof enrolment->result, "%.*s",
        (int)strcspn(text, "\n"), text);
}

static void
finish(struct enrolment *enrolment, enum err error, const char *text)
{
    enrolment->state = EST_IDLE;
    enrolment->next_s = 0;
    secret_done(&enrolment->password);
    enrolment->has_password = false;
    answer(enrolment, error, text);
    log_event(error == OK ? LOG_NOTICE : LOG_WARNING, "ikepki",
        error == OK ? "CA-ANSWERED" : "CA-REFUSED", "%.64s: %.180s",
        enrolment->name, enrolment->result);
}

/* DER of what is either that or base64; heap; NULL: neither. */
static uint8_t *
unwrap(const struct fetch_result *result, size_t *out_length)
{
    uint8_t *der = mem_alloc(result->length + 1);

    if (result->length > 0 && result->bytes[0] == ASN1_SEQUENCE) {
        memcpy(der, result->bytes, result->length);
        *out_length = result->length;
        return der;
    }
    if (base64_decode(
            result->bytes, result->length, der, result->length, out_length))
        return der;
    free(der);
    return NULL;
}

/* ---- /cacerts ---- */

static void
tell_fingerprints(struct enrolment *enrolment,
    const struct pki_glimpse *glimpses, size_t count)
{
    struct str text;

    str_init(&text);
    for (size_t i = 0; i < count; i++) {
        if (glimpses[i].is_ca) {
            str_printf(&text, "%s\n  SHA-256 %s\n", glimpses[i].subject,
                glimpses[i].fingerprint);
        }
    }
    str_printf(&text,
        "Nobody is trusted by that.  Ask the people of the CA for its "
        "fingerprint; if it is this one, type `ipsec ca authenticate %s "
        "fingerprint` and the fingerprint.",
        enrolment->name);
    answer(enrolment, OK, str_text(&text));
    str_done(&text);
    enrolment->state = EST_IDLE;
}

static enum err
take_cacerts(struct enrolment *enrolment, const struct pki_file *file,
    struct str *text, struct diag *diag)
{
    struct pki_glimpse glimpses[GLIMPSES_MAX];
    struct pki *pki = enrolment->authority->pki;
    size_t count;
    enum err error;

    error = pki_look(pki, file, glimpses, GLIMPSES_MAX, &count, diag);
    if (error != OK)
        return error;
    if (enrolment->fingerprint[0] == '\0') {
        tell_fingerprints(enrolment, glimpses, count);
        return OK;
    }
    error = pki_take_authority(pki, file, enrolment->fingerprint, text, diag);
    if (error == OK)
        finish(enrolment, OK, str_text(text));
    return error;
}

/* ---- /simpleenroll, /simplereenroll ---- */

static void
retry(struct enrolment *enrolment, uint32_t after_s, const char *why)
{
    struct str text;

    enrolment->state = EST_WAITING;
    enrolment->next_s = enrolment->authority->now_s + after_s;
    str_init(&text);
    str_printf(&text, "%s Asked again in %" PRIu32 " seconds.", why, after_s);
    answer(enrolment, OK, str_text(&text));
    str_done(&text);
    log_event(LOG_NOTICE, "ikepki", "CA-ASKED-AGAIN", "%.64s: %.160s",
        enrolment->name, enrolment->result);
}

/* No certificate this time: is there a next time? */
static void
take_refusal(struct enrolment *enrolment, const struct fetch_result *result)
{
    const bool is_last =
        enrolment->limit != 0 && enrolment->attempts >= enrolment->limit;
    uint32_t after_s = enrolment->period_s;

    if (result->retry_after_s >= MINUTE_S && result->retry_after_s <= DAY_S)
        after_s = result->retry_after_s;
    if (result->status == UNAUTHORIZED) {
        finish(enrolment, ERR_DENIED,
            enrolment->has_password
                ? "The CA does not accept the password."
                : "The CA asks for a password: give it behind the name.");
    } else if (result->error == ERR_AUTH) {
        finish(enrolment, ERR_AUTH,
            "No trusted CA stands for the server's certificate, or it is for "
            "another host: `ipsec ca authenticate` comes first.");
    } else if (result->status >= CLIENT_ERRORS &&
               result->status < SERVER_ERRORS) {
        finish(enrolment, ERR_DENIED, result->text);
    } else if (is_last) {
        finish(enrolment, ERR_IO, "The last attempt was in vain as well.");
    } else {
        retry(enrolment, after_s,
            result->status == ACCEPTED ? "The CA has not decided yet."
                                       : result->text);
    }
}

static enum err
take_issued(struct enrolment *enrolment, const struct pki_file *file,
    struct str *text, struct diag *diag)
{
    enum err error =
        pki_take_issued(enrolment->authority->pki, file, text, diag);

    if (error == OK)
        finish(enrolment, OK, str_text(text));
    return error;
}

static void
on_answer(void *context, const struct fetch_result *result)
{
    struct enrolment *enrolment = context;
    const bool is_enrolling = enrolment->state == EST_ENROLL;
    char source[80];
    struct pki_file file = {.name = source, .format = CERTIFICATE_FORMAT_DER};
    uint8_t *der = NULL;
    struct str text;
    struct diag diag;
    char why[AUTHORITY_TEXT_SIZE];
    enum err error = ERR_MALFORMED;

    enrolment->fetch = NULL;
    if (result->error != OK) {
        if (is_enrolling) {
            take_refusal(enrolment, result);
        } else {
            finish(enrolment, result->error, result->text);
        }
        return;
    }
    (void)snprintf(source, sizeof source, "ca %s", enrolment->name);
    der = unwrap(result, &file.length);
    file.bytes = der;
    str_init(&text);
    diag_init(&diag);
    if (der != NULL) {
        error = is_enrolling ? take_issued(enrolment, &file, &text, &diag)
                             : take_cacerts(enrolment, &file, &text, &diag);
    }
    if (error != OK) {
        keep_sentence(&diag, why, sizeof why);
        finish(enrolment, error,
            der == NULL ? "What the CA sent is neither DER nor base64." : why);
    }
    diag_done(&diag);
    str_done(&text);
    free(der);
}

/* ---- requests ---- */

static enum err
start(struct enrolment *enrolment, struct fetch_request *request,
    const char *operation, struct diag *diag)
{
    struct authority *authority = enrolment->authority;
    char url[PKI_URL_SIZE + 32];
    enum err error;

    (void)snprintf(url, sizeof url, "%s/%s", enrolment->url, operation);
    request->url = url;
    request->proxy = enrolment->proxy;
    request->size_max = ANSWER_MAX;
    request->time_max_s = TIME_MAX_S;
    error = authority->web.start(authority->web.context, request, on_answer,
        enrolment, diag, &enrolment->fetch);
    if (error == ERR_EXHAUSTED) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "Other requests are under way: try again.");
    }
    if (error == OK)
        enrolment->asked_s = authority->now_s;
    return error;
}

/* The lines between BEGIN and END, as EST has them. */
static void
strip_pem(const char *pem, struct str *out)
{
    const char *at = strchr(pem, '\n');
    const char *last = strstr(pem, "-----END");

    if (at != NULL && last != NULL && last > at + 1)
        str_add_n(out, at + 1, (size_t)(last - at - 1));
}

static enum err
ask_for_certificate(struct enrolment *enrolment, struct diag *diag)
{
    struct pki *pki = enrolment->authority->pki;
    struct fetch_request request = {
        .trust = FETCH_TRUST_GIVEN,
        .body_type = "application/pkcs10",
        .encoding = "base64",
    };
    struct str pem;
    struct str body;
    struct str trusted;
    struct str ours;
    char *key = NULL;
    enum err error;

    str_init(&pem);
    str_init(&body);
    str_init(&trusted);
    str_init(&ours);
    error = pki_request(pki, &pem, diag);
    pki_trusted_pem(pki, &trusted);
    if (error == OK && trusted.length == 0) {
        error = refuse(diag, ERR_CONFLICT,
            "No CA is trusted yet: `ipsec ca authenticate @` comes first.",
            enrolment->name);
    }
    strip_pem(str_text(&pem), &body);
    request.body = (const uint8_t *)str_text(&body);
    request.body_length = body.length;
    request.authorities_pem = str_text(&trusted);
    if (enrolment->has_password) {
        request.user = enrolment->user;
        request.password = &enrolment->password;
    }
    if (enrolment->is_renewal && pki_tls_identity(pki, &ours, &key)) {
        request.certificate_pem = str_text(&ours);
        request.key_pem = key;
    }
    if (error == OK) {
        error = start(enrolment, &request,
            enrolment->is_renewal ? "simplereenroll" : "simpleenroll", diag);
    }
    if (error == OK) {
        enrolment->state = EST_ENROLL;
        enrolment->attempts++;
    }
    if (key != NULL)
        wipe(key, strlen(key));
    free(key);
    str_done(&ours);
    str_done(&trusted);
    str_done(&body);
    str_done(&pem);
    return error;
}

enum err
authority_authenticate(struct authority *authority,
    const struct config *running, const char *name, const char *fingerprint,
    struct diag *diag)
{
    struct fetch_request request = {.trust = FETCH_TRUST_ANYBODY};
    struct enrolment *enrolment = NULL;
    enum err error = est_prepare(authority, running, name, diag, &enrolment);

    if (error != OK)
        return error;
    assert(enrolment != NULL);
    (void)snprintf(enrolment->fingerprint, sizeof enrolment->fingerprint, "%s",
        fingerprint == NULL ? "" : fingerprint);
    enrolment->is_answered = false;
    error = start(enrolment, &request, "cacerts", diag);
    if (error == OK)
        enrolment->state = EST_CACERTS;
    return error;
}

enum err
authority_enroll(struct authority *authority, const struct config *running,
    const char *name, const struct secret *password, struct diag *diag)
{
    struct enrolment *enrolment = NULL;
    enum err error = est_prepare(authority, running, name, diag, &enrolment);

    if (error != OK)
        return error;
    assert(enrolment != NULL);
    secret_done(&enrolment->password);
    enrolment->has_password = password != NULL;
    if (password != NULL)
        enrolment->password = *password;
    enrolment->is_answered = false;
    error = ask_for_certificate(enrolment, diag);
    if (error != OK) {
        secret_done(&enrolment->password);
        enrolment->has_password = false;
    }
    return error;
}

bool
authority_answer(struct authority *authority, const char *name,
    struct str *text, struct diag *diag, enum err *out_error)
{
    const struct enrolment *enrolment = est_find(authority, name);

    if (enrolment == NULL) {
        *out_error = refuse(diag, ERR_NOT_FOUND,
            "`ipsec ca identity @` was removed meanwhile.", name);
        return true;
    }
    if (!enrolment->is_answered)
        return false;
    *out_error = enrolment->error;
    if (enrolment->error == OK) {
        str_add(text, str_text(&enrolment->answer));
    } else {
        diag_add(
            diag, DIAG_ERROR, NULL, NULL, "%s", str_text(&enrolment->answer));
    }
    return true;
}

/* ---- what is due ---- */

void
est_ask_again(struct enrolment *enrolment)
{
    struct diag diag;
    char why[AUTHORITY_TEXT_SIZE];

    diag_init(&diag);
    if (ask_for_certificate(enrolment, &diag) != OK) {
        keep_sentence(&diag, why, sizeof why);
        enrolment->state = EST_WAITING;
        enrolment->next_s = enrolment->authority->now_s + enrolment->period_s;
        enrolment->attempts++;
        if (enrolment->limit != 0 && enrolment->attempts >= enrolment->limit)
            finish(enrolment, ERR_IO, why);
    }
    diag_done(&diag);
}

void
est_tick(struct authority *authority, const struct config *running)
{
    for (size_t i = 0; i < authority->enrolment_count; i++) {
        struct enrolment *enrolment = authority->enrolments[i];

        if (enrolment->state != EST_WAITING ||
            enrolment->next_s > authority->now_s)
            continue;
        if (!read_settings(enrolment, running)) {
            finish(enrolment, ERR_NOT_FOUND,
                "Its `enrollment url` is not configured any more.");
        } else {
            est_ask_again(enrolment);
        }
    }
}
