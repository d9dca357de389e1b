/*
 * crypto.h - the crypto report's inside; private to this room.
 *
 *    crypto_report.c  walks configuration and SAs, slice by slice, and counts
 *    crypto_rows.c    what was counted, and costs, as rows
 *    crypto_stages.c  the commands of a migration
 *    crypto_rules.c   those about IKE policy rules
 */
#ifndef OPER_CRYPTO_H
#define OPER_CRYPTO_H

#include "base/str.h"
#include "gen/enums.h"
#include "oper/show.h"

/* Algorithms and keys in one row of numbers. */
enum {
    SUBJECT_TRANSFORM = 0,
    SUBJECT_ENCRYPTION = SUBJECT_TRANSFORM + TRANSFORM_COUNT,
    SUBJECT_HASH = SUBJECT_ENCRYPTION + IKE_ENCRYPTION_COUNT,
    SUBJECT_GROUP = SUBJECT_HASH + IKE_HASH_COUNT,
    SUBJECT_SHORT_KEY = SUBJECT_GROUP + IKE_GROUP_COUNT,
    SUBJECT_SHORT_RSA,
    SUBJECT_SHA1_SIGNATURE,
    SUBJECT_MD5_SIGNATURE,
    SUBJECT_COUNT
};

enum { KEY_LENGTH_MIN = 16 }; /* of a preshared key, in characters */

/* Who uses something somewhere: how many, and the first names. */
struct crypto_use {
    uint64_t count;
    struct str names;
    unsigned named;
};

enum { STAGE_OBJECTS_MAX = 16 }; /* of a kind, that get commands */

/* The first of many objects, borrowed from the report's configuration. */
struct crypto_objects {
    uint64_t count;
    const struct object *first[STAGE_OBJECTS_MAX];
};

/* Heap; its maker's. */
struct crypto_report {
    struct config *config; /* the running one when it began, held */
    const struct ipsec *ipsec;
    const struct negotiator *negotiator; /* or NULL */
    const struct unsealer *unsealer;
    const struct appraiser *appraiser; /* NULL: costs are not told */
    const struct pki *pki;             /* or NULL */
    uint64_t now_s;
    uint64_t days;
    unsigned phase;
    const struct object *at;   /* the last one looked at, or NULL */
    uint32_t cursor;           /* of IKE SAs */
    bool has_signaled;         /* a tunnel negotiates */
    struct crypto_objects pfs; /* signaled tunnels whose group is not strong */
    struct crypto_objects sas; /* tunnels that negotiated what is not strong */
    struct crypto_use manual;  /* tunnels and profiles with keys of their own */
    uint32_t costs_ns[TRANSFORM_COUNT];
    struct crypto_use uses[CRYPTO_PLACE_COUNT][SUBJECT_COUNT];
};

/* ---- crypto_report.c ---- */

void report_use(struct crypto_report *report, enum crypto_place place,
    unsigned subject, const char *name);

/* ---- crypto_certificates.c ---- */

/* Keys and signatures of certificates, and keys of ours. */
void report_look_at_certificates(struct crypto_report *report);
void report_look_at_peer_key(
    struct crypto_report *report, const struct object *object);
void report_certificates(
    const struct crypto_report *report, const struct show *show);

/* ---- crypto_rows.c, crypto_stages.c ---- */

void report_costs(const struct crypto_report *report, const struct show *show);
void report_uses(const struct crypto_report *report, const struct show *show);
void report_stages(const struct crypto_report *report, const struct show *show);

/* ---- crypto_stages.c, crypto_rules.c ---- */

struct stages {
    const struct crypto_report *report;
    const struct show *show;
    unsigned stage;
    bool is_begun;     /* its remark was said       */
    const char *about; /* that remark               */
    const char *vr;    /* that the commands are in  */
    bool is_edit;      /* the stage ends in a commit */
    bool is_quiet;     /* only planned, not said    */
};

/* The first line of a stage brings its head. */
void stages_say(struct stages *stages, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void stages_offer_rules(struct stages *stages);
/* Those that a strong one stands in for after stage 1. */
void stages_remove_rules(struct stages *stages);

#endif
