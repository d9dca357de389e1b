/*
 * oper.h - rows for show: what a router says about itself.
 *
 * One function per show, in a table by exec; each gives its rows to a sink,
 * columns in the schema's order.  Also ping, which takes its time.
 */
#ifndef OPER_OPER_H
#define OPER_OPER_H

#include "base/err.h"
#include "schema/schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct appraiser;
struct authority;
struct chassis;
struct commit_pending;
struct config;
struct diag;
struct diagnosis;
struct dp;
struct dp_event;
struct dp_trail;
struct eventlog;
struct ipsec;
struct negotiator;
struct oper_pages;
struct pki;
struct store;
struct str;
struct unsealer;

struct row_sink {
    /* columns are borrowed; there are as many as the schema says. */
    void (*row)(void *context, const struct value *columns);
    void *context;
};

/* One session, for `show users`. */
struct oper_user {
    uint32_t session;
    const char *user;
    char line[16]; /* "vty 3", or "" */
    const char *from;
    uint8_t level;
    uint32_t uncommitted_changes;
    uint64_t since_us; /* wall clock */
    bool own;
    uint64_t exclusive_since_us; /* wall clock; 0: does not hold it */
};

/* What the SNMP agent reported of itself, and of a host. */
struct oper_snmp_host {
    char vr[33];
    uint32_t address;
    uint64_t sent;
    uint64_t acknowledged;
    uint64_t failed;
    uint64_t dropped;
    uint64_t waiting;
};

struct oper_snmp {
    char listens[97];
    uint64_t in_packets;
    uint64_t out_packets;
    uint64_t bad_versions;
    uint64_t bad_communities;
    uint64_t bad_users;
    uint64_t bad_packets;
    uint64_t get_requests;
    uint64_t next_requests;
    uint64_t set_requests;
    uint64_t responses;
    struct oper_snmp_host *hosts; /* its owner's */
    size_t host_count;
};

/* What the shows look at; borrowed for the call. */
struct oper_view {
    const struct config *running;
    uint64_t generation;
    uint64_t boot_generation;
    const struct ipsec *ipsec;
    const struct negotiator *negotiator;
    struct diagnosis *diagnosis;
    const struct pki *pki;
    const struct authority *authority;
    const struct dp *dp;
    struct store *store; /* of the commit log, and of ifIndexes */
    bool *doubt; /* set where an ifIndex has no interface; NULL: who cares */
    struct oper_pages *pages; /* for the rows of tunnels for SNMP */
    const struct eventlog *eventlog;
    const struct chassis *chassis;
    /* Why a port of the Linux host is not up, by its number; NULL: nobody
     * knows. */
    const char *(*port_reason)(const void *context, size_t number);
    const void *ports;     /* its context              */
    const char *state_dir; /* NULL: in memory          */
    uint64_t started_us;   /* wall clock               */
    uint64_t now_us;       /* wall clock               */
    uint64_t monotonic_us;
    const struct commit_pending *pending; /* NULL: nothing waits */
    bool guarded;                         /* tunnels are watched for it */
    uint64_t watched;
    uint64_t down;
    const char *hostname;         /* the name in force       */
    const char *session_vr;       /* the asking session's VR  */
    const struct oper_snmp *snmp; /* NULL: no agent runs */
    const struct oper_user *users;
    size_t user_count;
};

/* ERR_NOT_FOUND with a sentence where an argument names nothing. */
MUST_CHECK enum err oper_show(const struct oper_view *view,
    enum schema_exec_id exec, const struct value *args,
    const struct row_sink *sink, struct diag *diag);

/* `show ipsec crypto-report`, which takes its time where there are many
 * tunnels. */
struct crypto_report;

/* All but running are borrowed for the report's life; what follows ipsec may be
 * NULL. */
struct crypto_report_parts {
    const struct config *running;
    const struct ipsec *ipsec;
    const struct negotiator *negotiator;
    const struct unsealer *unsealer;
    const struct appraiser *appraiser;
    const struct pki *pki;
    uint64_t now_s; /* wall clock */
    uint64_t days;  /* certificates that expire within */
};

struct crypto_report *crypto_report_new(
    const struct crypto_report_parts *parts);
void crypto_report_free(struct crypto_report *report); /* NULL is allowed */
/* Look at so many objects more, at most, or measure one transform.  True: that
 * was all, and there are rows. */
bool crypto_report_step(struct crypto_report *report, unsigned most);
void crypto_report_rows(
    const struct crypto_report *report, const struct row_sink *sink);

/* Do the rows for SNMP that this answers with follow from the configuration
 * alone? */
bool oper_is_configuration(enum schema_exec_id exec);

/* The stamp of such rows, found without making them: while it is the same they
 * are.  0: they have to be made.  start: what it is to begin from. */
uint64_t oper_stamp(const struct oper_view *view, enum schema_exec_id exec,
    const struct value *args, uint64_t start);

/* Which tunnels were on which of the pages that were asked for last. */
struct oper_pages *oper_pages_new(void);
void oper_pages_free(struct oper_pages *pages); /* NULL is allowed */
/* After numbers were given out anew by the same configuration. */
void oper_pages_forget(struct oper_pages *pages);

/* How many tunnels are in which state: counted slice by slice. */
struct tunnel_summary;

/* The view's parts are borrowed, but for the configuration, until the end. */
struct tunnel_summary *tunnel_summary_new(const struct oper_view *view);
void tunnel_summary_free(struct tunnel_summary *summary); /* NULL is allowed */
/* Look at so many tunnels; true: all were. */
bool tunnel_summary_step(struct tunnel_summary *summary, unsigned most);
void tunnel_summary_rows(
    const struct tunnel_summary *summary, const struct row_sink *sink);

/* The IPsec tunnel of this name, or for `gre:NAME` the first GRE tunnel of that
 * one; NULL: none. */
const struct object *oper_find_tunnel(
    const struct config *running, const char *name);

/* What the stages did with one packet: a row of packet-step for each. */
void oper_trail(const struct ipsec *ipsec, const struct dp_trail *trail,
    uint32_t packet, const struct row_sink *sink);

/* The model and release shown by `show version` and told in HELLO. */
const char *oper_model(const struct chassis *chassis);
const char *oper_release(const struct chassis *chassis);
/* Release and build as collectors read them: "X.Y.Z release-A.B [BuildId N]".
 */
void oper_software(const struct chassis *chassis, struct str *out);
extern const char oper_version[];    /* of this program: "0.1.0" */
extern const char oper_build_date[]; /* "November 23, 2026" */

/* Echo requests of one ping command: one at a time, the next when the last
 * was answered, dropped, or two seconds old. */
struct ping;

struct ping_params {
    uint16_t id; /* unique among the pings under way */
    uint16_t vr; /* dataplane's index */
    uint32_t address;
    bool has_source;
    uint32_t source;
    uint16_t count;
    uint16_t size;
};

struct ping *ping_new(struct dp *dp, const struct ping_params *params);
void ping_free(struct ping *ping);
/* Advance to now (monotonic): gives finished requests to the sink as rows.
 * Returns when to be called again at the latest, or 0: it is over. */
uint64_t ping_tick(
    struct ping *ping, uint64_t now_us, const struct row_sink *sink);
/* An event of the dataplane with this ping's id; call ping_tick after it. */
void ping_event(struct ping *ping, const struct dp_event *event);

#endif
