/*
 * state.h - the inside of this room.
 *
 *    diagnosis.c  life, events, what is remembered of what was seen
 *    look.c       findings from that, configuration and counters
 *    carry.c      findings about a tunnel that is up
 *    test.c       the course of a test: waits, and what comes next
 *    volley.c     echo requests to several addresses
 *    phase1.c     asking again: phase 1
 *    phase2.c     asking again: phase 2
 *    reach.c      no answer to the first message: what does get through?
 *    path.c       up: what gets through the tunnel?  With measure.c and
 *                 renew.c, by path.h
 */
#ifndef DIAGNOSIS_STATE_H
#define DIAGNOSIS_STATE_H

#include "config/config.h"
#include "diagnosis/diagnosis.h"
#include "dp.h"
#include "gen/views.h"
#include "ike/ike.h"
#include "ipsec/ipsec.h"
#include "negotiator/negotiator.h"

enum {
    S_US = 1000000,
    MS_US = 1000,
    SEEN_MAX = 32,        /* unknown SPIs, ICMP errors */
    REMEMBER_S = 600,     /* what was seen longer ago is no news */
    ICMP_UNREACHABLE = 3, /* types and codes of ICMP */
    ICMP_CODE_HOST = 1,
    ICMP_CODE_PORT = 3,
    ICMP_CODE_TOO_BIG = 4,
};

/* ESP or AH that came for no SA. */
struct seen_spi {
    uint16_t vr;
    uint32_t source;
    uint32_t spi;
    uint64_t when_us; /* 0: free */
    uint32_t times;
};

/* An ICMP error that came out of a tunnel, or to us. */
struct seen_error {
    uint32_t interface;
    uint32_t source;
    uint32_t destination; /* of the packet that it is about */
    uint8_t type;
    uint8_t code;
    uint64_t when_us; /* 0: free */
    uint32_t times;
};

/* What a tunnel carried, when it was last looked at; by its handle. */
struct carried {
    bool is_known;
    bool is_told; /* that nothing comes back */
    uint64_t in;
    uint64_t out;
    uint64_t out_at_last_in; /* what had gone out when something last came */
    uint64_t in_us;          /* when something last came; 0: never         */
    uint64_t since_us;       /* since when it is up                        */
    uint64_t restarted_us;   /* the peer lost its SAs; 0: not             */
    uint32_t restart_probe;  /* under way, 0: none                        */
    struct finding *tested;  /* heap: what a test found while it was down  */
};

/* Lifetime: a router's; thread M. */
struct diagnosis {
    struct diagnosis_parts parts;
    uint64_t now_us;
    uint64_t looked_us;
    uint32_t cursor; /* the handle that is looked at next */
    struct seen_spi spis[SEEN_MAX];
    struct seen_error errors[SEEN_MAX];
    struct carried *carried; /* by handle */
    uint32_t room;
    struct tunnel_test *test; /* NULL: none is under way */
    uint32_t last_probe;
    uint32_t restarted[SEEN_MAX]; /* handles whose peers are to be asked */
    size_t restarted_count;
};

/* What is asked of a tunnel all the time. */
struct subject {
    const struct config *running;
    const struct object *tunnel;
    struct cfg_tunnel view;
    uint32_t interface; /* its handle              */
    uint16_t vr;        /* operational             */
    uint16_t transport_vr;
    uint32_t local; /* ends in use             */
    uint32_t remote;
    bool is_signaled;
    bool is_present;       /* the dataplane has it    */
    bool has_ike;          /* IKE knows it           */
    struct ike_tunnel ike; /* what it negotiates by  */
    struct ike_tunnel_state state;
    struct ike_selector here; /* as agreed, else as configured */
    struct ike_selector there;
    struct dp_interface_counters counters;
};

/* ---- diagnosis.c ---- */

void subject_read(struct diagnosis *diagnosis, const struct config *running,
    const struct object *tunnel, struct subject *out_subject);
struct carried *carried_of(struct diagnosis *diagnosis, uint32_t interface);
/* "12 s ago", "never" */
void age_text(const struct diagnosis *diagnosis, uint64_t when_us, char *text,
    size_t size);

/* ---- look.c ---- */

/* With the cause's own words; sure, and a fault. */
struct finding finding_of(enum cause cause);
void finding_text(char text[FINDING_TEXT], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
struct finding finding_from_failure(
    const struct negotiator_failure *entry, const struct subject *subject);

/* ---- carry.c ---- */

/* Of a tunnel that is up, or by hand.  Returns how many were faults. */
size_t look_at_carrying(struct diagnosis *diagnosis,
    const struct subject *subject, const struct finding_sink *sink);
/* Another tunnel, or none, that takes traffic of this one.  False: none. */
bool find_overlap(const struct diagnosis *diagnosis,
    const struct subject *subject, struct finding *out_finding);
bool find_error_behind(const struct diagnosis *diagnosis,
    const struct subject *subject, uint64_t since_us,
    struct finding *out_finding);

/* ---- volley.c ---- */

enum { TARGETS_MAX = 254 };

struct volley_params {
    uint16_t vr;
    uint32_t source;
    bool is_foreign;
    uint32_t targets[TARGETS_MAX];
    size_t target_count;
    uint16_t each; /* requests to each */
    uint16_t size; /* bytes of payload */
    uint32_t spacing_us;
    uint32_t wait_us; /* after the last one */
};

struct volley {
    struct dp *dp;
    uint16_t id;
    struct volley_params params;
    uint32_t first; /* its first sequence number */
    uint32_t sent;
    uint32_t settled;
    uint32_t dropped; /* here */
    enum drop drop;
    uint64_t next_us;
    uint32_t answers[TARGETS_MAX];
    uint64_t round_trip_us; /* the last one's */
};

void volley_begin(struct volley *volley, uint32_t first, uint64_t now_us);
/* True: it is over; else *out_due is when to go on. */
bool volley_tick(struct volley *volley, uint64_t now_us, uint64_t *out_due);
void volley_event(struct volley *volley, const struct dp_event *event);
uint32_t volley_answers(const struct volley *volley); /* in all */
/* The target that answered most, 0: none did; does it miss more than one? */
uint32_t volley_best(const struct volley *volley);
bool volley_is_lossy(const struct volley *volley);
/* Percent lost in each direction, as if both were alike. */
unsigned loss_each_way(unsigned answered, unsigned of);

/* ---- test.c ---- */

typedef void test_step(struct tunnel_test *test);

enum waiting {
    WAIT_NOTHING,
    WAIT_TIME,
    WAIT_NEGOTIATION, /* up, or a failure */
    WAIT_REKEY,       /* another pair, or a failure */
    WAIT_PROBE,
    WAIT_VOLLEY,
};

enum { RULES_ALL = 450 }; /* ciphers x hashes x methods x groups */

/* Lifetime: one command. */
struct tunnel_test {
    struct diagnosis *diagnosis;
    struct test_params params;
    struct config *running;
    struct object *kept; /* the tunnel */
    uint64_t now_us;
    uint64_t began_us;
    enum waiting waiting;
    uint64_t due_us; /* of the wait: its end at the latest */
    test_step *next;
    struct subject subject;
    /* what has come */
    struct ike_failure failure;
    struct ike_probed probed;
    uint32_t probe_id;
    uint32_t spi_before; /* of a rekeying */
    struct volley volley;
    uint32_t sequence;
    /* phase1.c: all rules to ask with, the nearest first */
    struct ike_rule *rules;
    size_t rule_count;
    size_t rule_at;
    /* phase2.c */
    unsigned variant;
    struct ike_tunnel asked;
    test_step *otherwise; /* if there is no NAT on the way */
    /* reach.c and path.c */
    uint64_t carrying_since_us;
    uint64_t asked_us; /* the peer's DPD, before it lost its SAs */
    uint32_t asked_count;
    struct finding found;
    uint32_t wanted; /* the host that is asked for, or 0 */
    uint32_t answering;
    uint32_t lost; /* of MANY */
    /* flags of all of these, and sizes */
    bool is_over;
    bool has_verdict;
    bool has_come;
    bool has_failed;
    bool outer_answers;
    bool is_sas_lost;
    bool has_dpd;
    bool has_waited; /* for SAs that are new */
    uint16_t size_asked;
    uint16_t size_good;
    uint16_t size_bad; /* 0: none is */
};

void test_say(struct tunnel_test *test, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A verdict; the test goes on until test_end. */
void test_find(struct tunnel_test *test, const struct finding *finding);
void test_end(struct tunnel_test *test);
void test_verdict(struct tunnel_test *test, const struct finding *finding);
void test_wait_probe(
    struct tunnel_test *test, struct ike_probe *probe, test_step *next);
void test_wait_volley(struct tunnel_test *test,
    const struct volley_params *params, test_step *next);
void test_wait_time(
    struct tunnel_test *test, uint32_t milliseconds, test_step *next);
void test_negotiate(struct tunnel_test *test, test_step *next);
void test_rekey(struct tunnel_test *test, test_step *next);
void test_refresh(struct tunnel_test *test);

/* Is there address translation that we do not speak of?  Else otherwise. */
void search_nat(struct tunnel_test *test, test_step *otherwise);

/* Where a test goes on. */
test_step search_phase1;   /* the peer takes none of our rules          */
test_step search_method;   /* the peer has no key for us                */
test_step search_identity; /* aggressive mode: refused by the first word */
test_step search_phase2;   /* refused, and the IKE SA stands            */
test_step search_reach;    /* nothing comes back                        */
test_step search_nat_port; /* it stopped when it went to port 4500      */
test_step search_path;     /* it is up                                  */

/* The transport virtual router of the tunnel, borrowed; false: it is gone. */
bool test_transport_vr(
    const struct tunnel_test *test, struct cfg_virtual_router *out_view);

#endif
