/*
 * certificates.c - commands about keys and certificates, and the look at what
 * established tunnels rest on.
 *
 * A file comes as the bytes that the shell read with its user's rights
 * (IMPORT), in hexadecimal.  It may hold a private key, and its pass phrase
 * comes along: both are in values that are wiped, and are said to nobody.
 *
 * Every minute, and at once after anything that can change a verdict, the
 * certificates of all peers with an IKE SA are judged again, so many a second.
 */
#include "daemon/session_state.h"

#include "authority/authority.h"
#include "base/arena.h"
#include "base/diag.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/str.h"
#include "commit/commit.h"
#include "daemon/certificates.h"
#include "daemon/router_state.h"
#include "negotiator/negotiator.h"
#include "pki/pki.h"

#include <stdlib.h>
#include <string.h>

enum {
    FIRST_ARGUMENT = 2,
    SLICE = 128, /* certificates judged again in one second */
    S_US = 1000000,
    MAKING_LOOK_US = 20000,
    /* items of IMPORT */
    IMPORT_FORMAT = 0,
    IMPORT_NAME,
    IMPORT_TRUSTED,
    IMPORT_HEX,
    IMPORT_PASSPHRASE,
    IMPORT_ITEMS,
};

/* ---- commands ---- */

/* What was done is the reply, what was odd about it stands below. */
static void
answer(struct session *session, enum err error, struct str *text)
{
    struct diag *diag = &session->reply.diag;

    session->reply.error = error;
    if (error == OK) {
        for (size_t i = 0; i < diag->count; i++)
            str_printf(text, "Warning: %s\n", diag->entries[i].sentence);
        while (text->length > 0 && text->text[text->length - 1] == '\n')
            text->text[--text->length] = '\0';
        reply_text(session, str_text(text));
        diag_done(diag);
        diag_init(diag);
    }
    str_done(text);
}

/* ---- a key is made, which takes its time ---- */

static bool
step_making(struct session *session, const struct instant *now)
{
    struct pki_making *making = session->job.making;
    struct str text;

    session->job.due_us = now->monotonic_us + MAKING_LOOK_US;
    if (!pki_make_is_done(making))
        return false;
    session->job.making = NULL;
    str_init(&text);
    answer(session,
        pki_make_end(session->router->pki, making, &text, &session->reply.diag),
        &text);
    return true;
}

static void
begin_making(struct session *session, const struct value *size)
{
    static const unsigned bits[RSA_BITS_COUNT] = {1024, 2048, 3072, 4096};

    if (!value_is_set(size) || size->number >= RSA_BITS_COUNT) {
        reply_malformed(session);
        return;
    }
    session->job.making = pki_make_begin(bits[size->number]);
    if (session->job.making == NULL) {
        session->reply.error = ERR_IO;
        diag_add(&session->reply.diag, DIAG_ERROR, NULL, NULL,
            "No thread can be had to make a key in: try again.");
        return;
    }
    session->job.step = step_making;
    session->job.due_us = 0;
}

/* Files of the folder, and the places of revocation lists, whose answers come
 * later. */
static enum err
refresh(struct router *router, struct str *out, struct diag *diag)
{
    const size_t places =
        authority_refresh(router->authority, engine_running(router->engine));
    enum err error = OK;

    /* a router without a disk has no files, and that is no fault of its */
    if (places == 0 || pki_has_folder(router->pki))
        error = pki_refresh(router->pki, out, diag);
    if (places > 0) {
        str_printf(out,
            "%zu %s asked for revocation lists: `show ipsec crl "
            "sources` tells what comes of it.\n",
            places, places == 1 ? "place is" : "places are");
    }
    return error;
}

bool
exec_certificates(struct session *session, enum schema_exec_id exec,
    const struct wire_frame *frame)
{
    const struct value *args = frame->items + FIRST_ARGUMENT;
    struct diag *diag = &session->reply.diag;
    struct pki *pki = session->router->pki;
    enum err error;
    struct str text;

    if (exec == EXEC_IPSEC_KEY_GENERATE_RSA) {
        begin_making(session, &args[0]);
        return true;
    }
    str_init(&text);
    switch ((int)exec) {
    case EXEC_IPSEC_KEY_ZEROIZE_RSA:
        error = pki_zeroize(pki, &text, diag);
        break;
    case EXEC_IPSEC_CERTIFICATE_REQUEST:
        error = pki_request(pki, &text, diag);
        break;
    case EXEC_IPSEC_CERTIFICATE_DELETE:
        error = pki_delete(pki, (uint32_t)args[0].number, &text, diag);
        break;
    case EXEC_IPSEC_CERTIFICATE_REFRESH:
        error = refresh(session->router, &text, diag);
        break;
    default:
        str_done(&text);
        return false;
    }
    answer(session, error, &text);
    return true;
}

/* ---- IMPORT ---- */

/* Heap, to be wiped; NULL: it is not hexadecimal. */
static uint8_t *
bytes_of(const struct value *hex, size_t *out_length)
{
    size_t room = hex->text->length / 2 + 1;
    uint8_t *bytes = mem_alloc(room);

    if (hex_decode(value_string(hex), bytes, room, out_length) == OK)
        return bytes;
    wipe(bytes, room);
    free(bytes);
    return NULL;
}

static bool
import_is_sound(const struct wire_frame *frame)
{
    const struct value *phrase = wire_at(frame, IMPORT_PASSPHRASE);

    return frame->count == IMPORT_ITEMS &&
           wire_at(frame, IMPORT_FORMAT)->kind == VALUE_NUMBER &&
           wire_number(frame, IMPORT_FORMAT) < CERTIFICATE_FORMAT_COUNT &&
           value_check(&schema_execs[EXEC_IPSEC_CERTIFICATE_IMPORT]
                            .args[ARG_IPSEC_CERTIFICATE_IMPORT_FILE]
                            .type,
               wire_at(frame, IMPORT_NAME)) == OK &&
           wire_at(frame, IMPORT_HEX)->kind == VALUE_CLEAR &&
           (!value_is_set(phrase) || phrase->kind == VALUE_CLEAR);
}

void
verb_import(struct session *session, const struct wire_frame *frame,
    const struct instant *now)
{
    struct pki_file file = {.name = wire_text(frame, IMPORT_NAME)};
    const struct value *phrase = wire_at(frame, IMPORT_PASSPHRASE);
    struct secret secret = {0};
    uint8_t *bytes = NULL;
    enum err error = OK;
    struct str text;

    (void)now;
    if (import_is_sound(frame))
        bytes = bytes_of(wire_at(frame, IMPORT_HEX), &file.length);
    if (bytes != NULL && value_is_set(phrase)) {
        error = secret_set(&secret, value_string(phrase), phrase->text->length);
        file.passphrase = &secret;
    }
    if (bytes == NULL || error != OK) {
        reply_malformed(session);
        free(bytes);
        return;
    }
    file.format = (enum certificate_format)wire_number(frame, IMPORT_FORMAT);
    file.is_trusted = wire_number(frame, IMPORT_TRUSTED) != 0;
    file.bytes = bytes;
    str_init(&text);
    error =
        pki_import(session->router->pki, &file, &text, &session->reply.diag);
    answer(session, error, &text);
    secret_done(&secret);
    wipe(bytes, file.length);
    free(bytes);
}

/* ---- what tunnels rest on ---- */

/* Those that failed for want of what there may be now try again. */
static void
wake(struct router *router, uint64_t now_us)
{
    const struct negotiator_failure *at;

    for (size_t i = 0; (at = negotiator_failure(router->negotiator, i)) != NULL;
         i++) {
        enum cause reason = (enum cause)at->failure.reason;
        bool is_ours =
            reason == CAUSE_NO_RULE ||
            (reason >= CAUSE_NO_CERTIFICATE && reason <= CAUSE_NO_PUBLIC_KEY);

        if (is_ours && at->failure.number != IKE_NO_TUNNEL) {
            (void)negotiator_try(
                router->negotiator, now_us, at->failure.number);
        }
    }
}

static void
drop(struct router *router, uint64_t now_us, uint64_t id,
    const struct ike_verdict *why)
{
    size_t count =
        negotiator_drop_certificate(router->negotiator, now_us, id, why);

    log_event(LOG_WARNING, "ikepki", "NO-LONGER-GOOD",
        "%zu IKE SAs are deleted: %s", count,
        why->mismatch[0] != '\0' ? why->mismatch
                                 : ike_reason_sentence(why->reason));
}

static void
look_again(struct router *router, uint64_t now_us)
{
    const struct ike *ike = negotiator_ike(router->negotiator);
    struct ike_verdict why;
    struct ike_sa_row row;

    for (unsigned i = 0; i < SLICE; i++) {
        if (!ike_next_sa(ike, &router->certificate_cursor, &row)) {
            router->certificate_cursor = 0;
            router->looks_again = false;
            return;
        }
        if (row.certificate_id != 0 &&
            !pki_is_good(router->pki, row.certificate_id, &why))
            drop(router, now_us, row.certificate_id, &why);
    }
}

void
certificates_time(struct router *router, const struct instant *now)
{
    pki_set_time(router->pki, now->wall_us / S_US);
}

void
certificates_tick(struct router *router, const struct instant *now)
{
    uint64_t epoch = pki_epoch(router->pki);
    bool has_changed = epoch != router->certificate_epoch;

    certificates_time(router, now);
    if (has_changed || now->monotonic_us >= router->certificates_due_us) {
        router->certificate_epoch = epoch;
        router->certificates_due_us =
            now->monotonic_us + (uint64_t)PKI_RECHECK_S * S_US;
        router->certificate_cursor = 0;
        router->looks_again = true;
    }
    if (has_changed)
        wake(router, now->monotonic_us);
    if (router->looks_again)
        look_again(router, now->monotonic_us);
}
