/*
 * authorities.c - CAs that are asked by the network: commands that wait for
 * their answers, and what is told of certificates.
 */
#include "daemon/authorities.h"

#include "authority/authority.h"
#include "base/secret.h"
#include "base/str.h"
#include "commit/commit.h"
#include "daemon/notices.h"
#include "daemon/router_state.h"
#include "daemon/session_state.h"
#include "fetch/fetch.h"
#include "pki/pki.h"

enum {
    FIRST_ARGUMENT = 2,
    POLL_US = 50000, /* from one look at an answer to the next */
    S_US = 1000000,
    DAY_S = 86400,
    /* items of ENROLL */
    ENROLL_NAME = 0,
    ENROLL_PASSWORD,
    ENROLL_ITEMS,
};

/* ---- what is told ---- */

/* As ERMINE-MIB has them. */
enum mib_role { MIB_OWN = 1, MIB_CHAIN, MIB_AUTHORITY };
enum mib_state { MIB_EXPIRING = 3, MIB_EXPIRED, MIB_REVOKED };

static uint64_t
role_of(const struct pki_certificate_row *row)
{
    if (row->kind == CERTIFICATE_KIND_OWN)
        return MIB_OWN;
    return row->is_trusted ? MIB_AUTHORITY : MIB_CHAIN;
}

static void
tell(void *context, enum authority_notice kind,
    const struct pki_certificate_row *row)
{
    static const enum notification kinds[] = {
        [AUTHORITY_EXPIRING] = NOTIFICATION_CERTIFICATE_EXPIRING,
        [AUTHORITY_EXPIRED] = NOTIFICATION_CERTIFICATE_EXPIRED,
        [AUTHORITY_REVOKED] = NOTIFICATION_CERTIFICATE_REVOKED,
    };
    static const char *const words[] = {
        [AUTHORITY_EXPIRING] = "expires soon",
        [AUTHORITY_EXPIRED] = "has expired",
        [AUTHORITY_REVOKED] = "is revoked",
    };
    static const enum mib_state states[] = {
        [AUTHORITY_EXPIRING] = MIB_EXPIRING,
        [AUTHORITY_EXPIRED] = MIB_EXPIRED,
        [AUTHORITY_REVOKED] = MIB_REVOKED,
    };
    struct router *router = context;
    const uint64_t now_s = router->certificates_now_s;
    struct notice notice;
    struct str sentence;

    if (!notice_is_wanted(router))
        return;
    str_init(&sentence);
    str_printf(&sentence, "Certificate %u, %s, %s.", row->number, row->subject,
        words[kind]);
    notice_start(router, kinds[kind], &notice);
    notice_number(&notice, COLUMN_NOTIFICATION_CERTIFICATE, row->number);
    notice_text(&notice, COLUMN_NOTIFICATION_SUBJECT, row->subject);
    notice_text(&notice, COLUMN_NOTIFICATION_ISSUER, row->issuer);
    notice_text(&notice, COLUMN_NOTIFICATION_SERIAL, row->serial);
    notice_number(&notice, COLUMN_NOTIFICATION_ROLE, role_of(row));
    notice_number(
        &notice, COLUMN_NOTIFICATION_VALIDITY, (uint64_t)states[kind]);
    notice_number(
        &notice, COLUMN_NOTIFICATION_NOT_AFTER_US, row->not_after_s * S_US);
    notice_number(&notice, COLUMN_NOTIFICATION_DAYS_LEFT,
        row->not_after_s > now_s ? (row->not_after_s - now_s) / DAY_S : 0);
    notice_send(router, &notice, str_text(&sentence));
    str_done(&sentence);
}

/* ---- the network ---- */

static enum err
start(void *context, const struct fetch_request *request, fetch_call *call,
    void *call_context, struct diag *diag, struct fetch **out_fetch)
{
    return fetch_start(context, request, call, call_context, diag, out_fetch);
}

static void
cancel(void *context, struct fetch *fetch)
{
    (void)context;
    fetch_cancel(fetch);
}

void
router_fetch_by(struct router *router, struct fetcher *fetcher)
{
    const struct authority_web web = {start, cancel, fetcher};

    authority_set_web(router->authority, &web);
}

enum err
authorities_open(struct router *router, struct diag *diag)
{
    const struct authority_listener listener = {tell, router};
    enum err error =
        authority_new(router->pki, router->store, diag, &router->authority);

    if (error == OK)
        authority_listen(router->authority, &listener);
    return error;
}

void
authorities_tick(struct router *router, const struct instant *now)
{
    router->certificates_now_s = now->wall_us / S_US;
    authority_tick(router->authority, engine_running(router->engine),
        router->certificates_now_s);
}

/* ---- commands ---- */

static bool
step_answer(struct session *session, const struct instant *now)
{
    struct str text;
    enum err error = OK;
    bool is_over;

    str_init(&text);
    is_over = authority_answer(session->router->authority,
        value_string(&session->job.authority), &text, &session->reply.diag,
        &error);
    session->job.due_us = now->monotonic_us + POLL_US;
    if (is_over)
        session->reply.error = error;
    if (is_over && error == OK) {
        while (text.length > 0 && text.text[text.length - 1] == '\n')
            text.text[--text.length] = '\0';
        reply_text(session, str_text(&text));
    }
    str_done(&text);
    return is_over;
}

static void
await(struct session *session, enum err error, const struct value *name,
    const struct instant *now)
{
    session->reply.error = error;
    if (error != OK)
        return;
    session->job.authority = value_share(name);
    session->job.due_us = now->monotonic_us + POLL_US;
    session->job.step = step_answer;
}

void
exec_authenticate(struct session *session, const struct wire_frame *frame,
    const struct instant *now)
{
    const struct value *args = frame->items + FIRST_ARGUMENT;
    const struct value *name = &args[ARG_IPSEC_CA_AUTHENTICATE_NAME];
    const struct value *print = &args[ARG_IPSEC_CA_AUTHENTICATE_FINGERPRINT];
    struct router *router = session->router;

    if (!value_is_set(name)) {
        reply_malformed(session);
        return;
    }
    await(session,
        authority_authenticate(router->authority,
            engine_running(router->engine), value_string(name),
            value_is_set(print) ? value_string(print) : NULL,
            &session->reply.diag),
        name, now);
}

void
verb_enroll(struct session *session, const struct wire_frame *frame,
    const struct instant *now)
{
    const struct value *name = wire_at(frame, ENROLL_NAME);
    const struct value *typed = wire_at(frame, ENROLL_PASSWORD);
    struct router *router = session->router;
    struct secret password = {0};
    enum err error = OK;

    if (frame->count != ENROLL_ITEMS || name->kind != VALUE_TEXT ||
        (value_is_set(typed) && typed->kind != VALUE_CLEAR)) {
        reply_malformed(session);
        return;
    }
    if (value_is_set(typed)) {
        error = secret_set(&password, value_string(typed), typed->text->length);
    }
    if (error != OK) {
        reply_malformed(session);
        return;
    }
    error = authority_enroll(router->authority, engine_running(router->engine),
        value_string(name), value_is_set(typed) ? &password : NULL,
        &session->reply.diag);
    secret_done(&password);
    await(session, error, name, now);
}
