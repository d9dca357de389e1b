/*
 * authority_bed.h - keys, certificates, their CA, and a network that answers
 * what the test says, when it says so; all under virtual time.
 */
#ifndef SUPPORT_AUTHORITY_BED_H
#define SUPPORT_AUTHORITY_BED_H

#include "authority/authority.h"
#include "base/diag.h"
#include "base/secret.h"
#include "base/str.h"
#include "config/config.h"
#include "tests/support/mint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BED_DAY_S = 86400, BED_REQUESTS_MAX = 8 };

/* A request that was made; what it pointed to, copied. */
struct bed_request {
    char url[400];
    char proxy[400];
    enum fetch_trust trust;
    struct str body;
    struct str certificate;
    bool has_password;
    bool has_key;
    fetch_call *call; /* NULL: answered or cancelled */
    void *context;
};

struct bed {
    struct crypto *crypto;
    struct sealer *sealer;
    struct store *store;
    struct pki *pki;
    struct authority *authority;
    struct config *config;
    struct mint *mint;
    uint64_t now_s;
    struct bed_request requests[BED_REQUESTS_MAX];
    size_t request_count; /* ever; the newest are kept */
    struct str notices;   /* a line for each */
};

/* With an own key and no certificate; the CA is trusted.  path: of the
 * database; NULL: in memory. */
struct bed *bed_new(const char *path);
void bed_free(struct bed *bed);
/* Another process: all but the database and the CA is made anew. */
void bed_restart(struct bed *bed, const char *path);
/* Seconds go by, in ticks of one second, or of step_s. */
void bed_pass(struct bed *bed, uint64_t seconds, uint64_t step_s);
/* A certificate for our key. */
void bed_issue(
    struct bed *bed, const struct mint_terms *terms, struct str *out);
void bed_import(struct bed *bed, const struct str *der);
/* `ipsec ca identity hq`; NULL: not set. */
void bed_configure(struct bed *bed, const char *enrollment_url,
    const char *crl_url, const char *proxy);
/* The last request that was made; NULL: none, or it is over. */
struct bed_request *bed_asked(struct bed *bed);
/* Answer it; status 200: with these bytes. */
void bed_answer(struct bed *bed, unsigned status, const struct str *bytes,
    uint32_t retry_after_s);

#endif
