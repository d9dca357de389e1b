/*
 * inside.h - what the files of this room share.
 */
#ifndef AUTHORITY_INSIDE_H
#define AUTHORITY_INSIDE_H

#include "authority/authority.h"

#include "base/secret.h"
#include "base/str.h"
#include "gen/views.h"

enum {
    MINUTE_S = 60,
    HOUR_S = 3600,
    DAY_S = 86400,
    SOURCES_MAX = 64,
    CAS_MAX = 32,
    LOOK_S = 60, /* from one look at all certificates to the next */
};

/* ---- forecast ---- */

/* What was told of a certificate, stored. */
struct told {
    uint64_t id;
    uint8_t step; /* of steps_days in forecast.c */
    bool is_revoked;
};

/* ---- lists ---- */

/* Lives as long as something names the URL. */
struct source {
    struct authority *authority;
    char url[PKI_URL_SIZE];
    char origin[80];
    char proxy[PKI_URL_SIZE];
    bool is_named; /* by something, in the look under way */
    struct fetch *fetch;
    uint64_t asked_s;
    uint64_t done_s;
    uint64_t next_s;
    uint32_t failures;
    char result[AUTHORITY_TEXT_SIZE];
};

/* ---- enrolment ---- */

enum est_state {
    EST_IDLE,
    EST_CACERTS, /* under way */
    EST_ENROLL,  /* under way */
    EST_WAITING, /* until next_s */
};

/* With one CA; there is one for each that was ever asked. */
struct enrolment {
    struct authority *authority;
    char name[65];
    enum est_state state;
    struct fetch *fetch;
    bool is_renewal;
    bool has_password;
    struct secret password;
    char fingerprint[96]; /* that was said with `authenticate`; "": none */
    /* as configured when it was last looked at */
    char url[PKI_URL_SIZE];
    char proxy[PKI_URL_SIZE];
    char user[81];
    uint32_t limit;
    uint32_t period_s;
    uint32_t attempts;
    uint64_t asked_s;
    uint64_t next_s;
    /* of the last command */
    bool is_answered;
    enum err error;
    struct str answer;
    char result[AUTHORITY_TEXT_SIZE];
};

/* Heap; its maker's. */
struct authority {
    struct pki *pki;
    struct store *store;
    struct authority_web web; /* start is NULL: none */
    struct authority_listener listener;
    uint64_t now_s;
    uint64_t epoch; /* of the pki, at the last look */
    uint64_t look_s;
    struct told told[PKI_CERTIFICATES_MAX];
    size_t told_count;
    struct source *sources[SOURCES_MAX];
    size_t source_count;
    struct enrolment *enrolments[CAS_MAX];
    size_t enrolment_count;
};

MUST_CHECK enum err forecast_load(
    struct authority *authority, struct diag *diag);
void forecast_look(struct authority *authority);

/* Which sources there are, by certificates and configuration. */
void lists_look(struct authority *authority, const struct config *running);
void lists_tick(struct authority *authority);
size_t lists_refresh(struct authority *authority);
void list_source_free(struct source *source);

/* ---- est.c ---- */

struct enrolment *est_find(
    const struct authority *authority, const char *name); /* NULL: none */
/* The enrolment with this CA, idle, with its settings read anew. */
MUST_CHECK enum err est_prepare(struct authority *authority,
    const struct config *running, const char *name, struct diag *diag,
    struct enrolment **out_enrolment);
/* Without a command: whom to tell is the log. */
void est_ask_again(struct enrolment *enrolment);

/* ---- renewal.c ---- */

/* Is a certificate due for renewal? */
void est_look(struct authority *authority, const struct config *running);
void est_tick(struct authority *authority, const struct config *running);
void enrolment_free(struct enrolment *enrolment);

/* A tenth of a time or less, another one for each text and time: so that many
 * routers do not ask at once. */
uint64_t jitter_of(const char *text, uint64_t now_s, uint64_t most_s);
/* The first sentence of a diag, cut. */
void keep_sentence(const struct diag *diag, char *out, size_t size);
/* The settings of a CA; false: there is none of this name. */
bool find_ca(const struct config *running, const char *name,
    struct cfg_ca_identity *out_ca);
/* Base64 with any blanks and line ends between; false: it is none, or does not
 * fit. */
bool base64_decode(const uint8_t *text, size_t length, uint8_t *out,
    size_t room, size_t *out_length);

#endif
