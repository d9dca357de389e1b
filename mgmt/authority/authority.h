/*
 * authority.h - what the router asks of CAs by the network, and foresees.
 *
 *    forecast   a certificate expires in 30, 7, 1 days, has expired, is
 *               revoked: told once each, also over restarts
 *    lists      revocation lists from where certificates that were imported
 *               and `crl url` say that they are, before they are outdated
 *    enrolment  EST (RFC 7030): the CA's certificates, one for our key, and
 *               another one before that expires
 *
 * Nothing of it is ever waited for: requests are started through a struct
 * authority_web, and their answers come as calls.  Nothing comes from what a
 * peer sent.  The wall clock is a parameter.  Thread M only.
 */
#ifndef AUTHORITY_AUTHORITY_H
#define AUTHORITY_AUTHORITY_H

#include "base/err.h"
#include "fetch/fetch.h"
#include "pki/pki.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct authority;
struct config;
struct diag;
struct secret;
struct store;
struct str;

/* How requests are made: as fetch_start and fetch_cancel have it. */
struct authority_web {
    enum err (*start)(void *context, const struct fetch_request *request,
        fetch_call *call, void *call_context, struct diag *diag,
        struct fetch **out_fetch);
    void (*cancel)(void *context, struct fetch *fetch);
    void *context;
};

/* What there is to tell of a certificate. */
enum authority_notice {
    AUTHORITY_EXPIRING,
    AUTHORITY_EXPIRED,
    AUTHORITY_REVOKED,
};

struct authority_listener {
    void (*tell)(void *context, enum authority_notice notice,
        const struct pki_certificate_row *row);
    void *context;
};

/* All are borrowed for its life.  ERR_IO. */
MUST_CHECK enum err authority_new(struct pki *pki, struct store *store,
    struct diag *diag, struct authority **out_authority);
/* Requests under way end; NULL is allowed. */
void authority_free(struct authority *authority);
/* Copied; its context is borrowed.  Without one nothing is asked. */
void authority_set_web(
    struct authority *authority, const struct authority_web *web);
void authority_listen(
    struct authority *authority, const struct authority_listener *listener);

/* About once a second, with the running configuration, borrowed for the call,
 * and the wall clock. */
void authority_tick(
    struct authority *authority, const struct config *running, uint64_t now_s);

/* ---- commands, whose answers come later ---- */

/* Ask all places of revocation lists with the next tick, whenever it was their
 * turn.  How many there are. */
size_t authority_refresh(
    struct authority *authority, const struct config *running);

/* Fetch the certificates of the CA of `ipsec ca identity NAME`.  They are
 * trusted if one of them has the fingerprint; NULL: nobody is trusted, and the
 * answer tells the fingerprints. */
MUST_CHECK enum err authority_authenticate(struct authority *authority,
    const struct config *running, const char *name, const char *fingerprint,
    struct diag *diag);
/* Ask for a certificate for the newest key.  password: HTTP Basic; kept in
 * memory until there is an answer; NULL: none. */
MUST_CHECK enum err authority_enroll(struct authority *authority,
    const struct config *running, const char *name,
    const struct secret *password, struct diag *diag);
/* False: it is under way.  What came of the last command about this CA: the
 * answer, or an error with its sentence. */
bool authority_answer(struct authority *authority, const char *name,
    struct str *answer, struct diag *diag, enum err *out_error);

/* ---- what there is, as values; by position, false: no more ---- */

enum { AUTHORITY_TEXT_SIZE = 250 };

/* A place that revocation lists come from. */
struct authority_source {
    const char *url;    /* borrowed until the next tick      */
    const char *origin; /* "certificate 3", "ca identity hq" */
    uint64_t asked_s;   /* 0: never                          */
    uint64_t done_s;    /* the last time that it worked      */
    uint64_t next_s;    /* 0: under way                      */
    uint32_t failures;  /* in a row                          */
    char result[AUTHORITY_TEXT_SIZE];
};

bool authority_source(const struct authority *authority, size_t position,
    struct authority_source *out_row);

/* How enrolment with a CA stands. */
struct authority_enrolment {
    const char *name;
    bool is_waiting; /* for the CA to decide, or to try again */
    bool is_renewal;
    uint32_t attempts;
    uint64_t asked_s;
    uint64_t next_s; /* 0: not again */
    char result[AUTHORITY_TEXT_SIZE];
};

bool authority_enrolment(const struct authority *authority, size_t position,
    struct authority_enrolment *out_row);

#endif
