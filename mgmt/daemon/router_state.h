/*
 * router_state.h - a router's inside, for the files of this room.
 */
#ifndef DAEMON_ROUTER_STATE_H
#define DAEMON_ROUTER_STATE_H

#include "base/secret.h"
#include "config/config.h"
#include "daemon/baseline.h"
#include "daemon/notices.h"
#include "daemon/router.h"
#include "daemon/snmp_report.h"
#include "daemon/statedir.h"
#include "daemon/watching.h"

#include <sys/queue.h>

struct authority;
struct crypto;
struct engine;
struct eventlog;
struct guard;
struct ipsec;
struct pki;
struct ports;
struct sealer;
struct session;
struct store;

LIST_HEAD(session_list, session);

/* Heap; its maker's.  In the order of making, freed in reverse. */
struct router {
    char *name;
    char *state_dir; /* NULL: in memory */
    struct chassis chassis;
    struct statedir *statedir; /* NULL: in memory */
    struct crypto *crypto;
    struct sealer *sealer;
    struct unsealer unsealer;
    struct appraiser appraiser;
    uint32_t costs_ns[TRANSFORM_COUNT]; /* 0: not measured */
    struct store *store;
    struct dp *dp;
    struct ports *ports; /* of the Linux host; NULL: none */
    struct ipsec *ipsec;
    struct pki *pki;
    struct authority *authority;
    uint64_t certificates_now_s; /* wall clock, of the last tick */
    struct negotiator *negotiator;
    struct diagnosis *diagnosis;
    struct oper_pages *pages; /* for SNMP */
    struct eventlog *eventlog;
    struct engine *engine;
    struct guard *guard; /* of the commit that waits; NULL: it has none */
    const struct session *committing; /* reads its answer, not the event */
    struct instant started;
    uint64_t boot_generation;
    bool has_more;        /* events of the dataplane, that were not taken yet */
    uint64_t prune_at_us; /* monotonic: when the history is looked at */
    bool doubts_numbers;  /* an ifIndex was found without its interface */
    struct session_list sessions;
    struct session *holder;   /* of the configuration, exclusively; or NULL */
    uint64_t held_since_us;   /* wall clock */
    uint64_t next_refused_us; /* monotonic; for the audit log */
    uint32_t last_session;
    uint16_t last_ping;
    struct watch watch; /* traces and captures */
    struct baseline baseline;
    struct notices notices;
    struct snmp_report snmp_report;
    uint64_t certificate_epoch;   /* that the peers' were last judged in     */
    uint64_t certificates_due_us; /* monotonic: when they are again        */
    uint32_t certificate_cursor;  /* among the IKE SAs                     */
    bool looks_again;             /* it is under way                       */
    uint64_t next_password_us;    /* when the next one may be tried */
};

/* Tell every session that wants to know, but for this one. */
void router_announce(
    struct router *router, const struct session *except, const char *sentence);
/* At a start, and where a number was found without its interface: `all`. */
MUST_CHECK enum err router_settle_numbers(
    struct router *router, bool all, struct diag *diag);
/* The name in force; borrowed from the running configuration. */
const char *router_hostname(const struct router *router);

#endif
