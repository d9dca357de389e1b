/*
 * diagnosis.h - why a tunnel is down, or up and carries nothing.
 *
 *    look   what is known without asking anybody: configuration, state,
 *           failures, counters, what was seen of the peer    (show ... why)
 *    test   negotiates, asks the peer again with one value changed, sends
 *           echo requests through the tunnel                 (test ipsec ...)
 *
 * Both end in findings: a cause from the schema, what is ours beside what was
 * seen of theirs, and what to change on which side.  What cannot be told apart
 * is several findings that are not sure, not one that is wrong.
 *
 * Times are microseconds of the monotonic clock.  Thread M only.
 */
#ifndef DIAGNOSIS_DIAGNOSIS_H
#define DIAGNOSIS_DIAGNOSIS_H

#include "gen/causes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;
struct diagnosis;
struct dp;
struct dp_event;
struct ipsec;
struct negotiator;
struct object;
struct tunnel_test;

/* Is somebody on the link at an address that needs no router on the way? */
enum neighbour {
    NEIGHBOUR_UNKNOWN, /* it is not on a link of ours, or nobody can tell */
    NEIGHBOUR_ANSWERS, /* ARP has its hardware address                    */
    NEIGHBOUR_SILENT,  /* it does not answer ARP                          */
};

/* All are borrowed.  neighbour may be NULL. */
struct diagnosis_parts {
    struct ipsec *ipsec;
    struct negotiator *negotiator;
    struct dp *dp;
    enum neighbour (*neighbour)(
        const void *context, uint32_t local, uint32_t address);
    const void *context;
};

/* It becomes the negotiator's listener. */
struct diagnosis *diagnosis_new(const struct diagnosis_parts *parts);
void diagnosis_free(struct diagnosis *diagnosis); /* NULL is allowed */

/* Any event of the dataplane; those that say nothing here are ignored. */
void diagnosis_event(
    struct diagnosis *diagnosis, uint64_t now_us, const struct dp_event *event);
/* About once a second.  What each tunnel carried is looked at in the same
 * second, or, where there are tens of thousands, in turns of a few seconds. */
void diagnosis_tick(struct diagnosis *diagnosis, uint64_t now_us);

enum { FINDING_TEXT = 400 };

struct finding {
    enum cause cause;
    bool is_sure;
    bool is_fault;               /* false: it is said for completeness   */
    char sentence[FINDING_TEXT]; /* what is wrong, with values           */
    char ours[FINDING_TEXT];     /* "" where there is nothing to compare */
    char theirs[FINDING_TEXT];
    char fix[FINDING_TEXT]; /* what to change, on which side        */
    /* of a negotiation that failed; else empty */
    char stage[40];
    char notify[40];
    uint32_t times;
    uint64_t when_us; /* 0: now */
};

/* Where findings go, borrowed for the call. */
struct finding_sink {
    void (*take)(void *context, const struct finding *finding);
    void *context;
};

/* What is known of a tunnel of the running configuration, the most telling
 * first; at least one. */
void diagnosis_look(struct diagnosis *diagnosis, const struct config *running,
    const struct object *tunnel, const struct finding_sink *sink);

struct test_params {
    const struct config *running; /* kept until the end     */
    const struct object *tunnel;
    uint16_t ping_id; /* unique among all pings under way  */
    bool has_target;
    uint32_t target; /* a host behind the peer */
    void (*say)(void *context, uint64_t now_us, const char *text);
    /* a verdict */
    void (*find)(void *context, uint64_t now_us, const struct finding *finding);
    void *context; /* of both; borrowed */
};

/* NULL: another one is under way.  Ends within three minutes. */
struct tunnel_test *test_new(struct diagnosis *diagnosis, uint64_t now_us,
    const struct test_params *params);
/* Ends it, finished or not; NULL is allowed. */
void test_free(struct tunnel_test *test);
/* Goes on; returns when to be called again at the latest, 0: it is over. */
uint64_t test_tick(struct tunnel_test *test, uint64_t now_us);
/* The name of the tunnel under test; NULL: none is. */
const char *diagnosis_tested(const struct diagnosis *diagnosis);

#endif
