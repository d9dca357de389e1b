/*
 * watch.h - looking at packets on their way through the engine.
 *
 *    explanation  one made-up packet goes through the stages as a rehearsal:
 *                 what would happen to it, and nothing changes
 *    trace        what the stages did with real packets that match a filter
 *    capture      copies of real packets, before and after protection
 *
 * Each is made and freed by thread M and goes to thread D with a command
 * (dp.h), back with the batch.  While D has a trace or a capture it only puts
 * into its ring, and M only takes out of it; what finds the ring full is
 * counted as lost.
 */
#ifndef WATCH_H
#define WATCH_H

#include "gen/drops.h"
#include "pkt/pkt.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct ring;

/* ---- steps ---- */

enum dp_stage {
    DP_STAGE_INPUT,
    DP_STAGE_ROUTE,
    DP_STAGE_LOCAL,
    DP_STAGE_REASSEMBLE,
    DP_STAGE_UDP,
    DP_STAGE_DECAP,
    DP_STAGE_ECHO,
    DP_STAGE_POLICY,
    DP_STAGE_FORWARD,
    DP_STAGE_ENCAP,
    DP_STAGE_OUTPUT,
    DP_STAGE_DROP,
    DP_STAGE_GRE_IN,
    DP_STAGE_GRE_OUT,
    DP_STAGE_PROTECT,
    DP_STAGE_ICMP_ERROR,
};

enum dp_outcome {
    DP_PASSED,
    DP_FRAGMENTED, /* too large: its first piece goes on first   */
    DP_DROPPED,    /* for this reason                            */
    DP_ENDED,      /* the stage was its last: sent, delivered, or kept */
};

enum { DP_TRAIL_STEPS = 48 };

#define DP_NO_INTERFACE UINT32_MAX

/* What one stage did.  Header fields and length are the packet's before the
 * stage (after INPUT, which reads them). */
struct dp_step {
    enum dp_stage stage;
    enum dp_outcome outcome;
    enum drop drop;
    uint8_t piece; /* of a packet that was fragmented, from 0 */
    uint8_t protocol;
    uint16_t vr;
    uint32_t source;
    uint32_t destination;
    uint32_t length;
    uint32_t length_after;
    uint32_t interface; /* that the stage was about, or DP_NO_INTERFACE */
    uint32_t mtu;       /* of it; ENCAP and OUTPUT, 0: none; that an ICMP
                           error tells                                  */
    uint32_t path_mtu;  /* ENCAP: of the tunnel's path, if it is lower  */
    uint8_t icmp_type;  /* ICMP_ERROR: which one                        */
    uint8_t icmp_code;
    bool is_ours;    /* ROUTE: an address of the router              */
    uint32_t policy; /* POLICY: its handle                           */
    uint32_t spi;    /* DECAP, ENCAP, PROTECT: of the SA, 0: none             */
    uint8_t transform; /* of the SA                                    */
};

struct dp_trail {
    uint64_t at_us; /* monotonic */
    uint8_t count;
    uint8_t piece;
    bool is_cut; /* there was more than fits */
    struct dp_step steps[DP_TRAIL_STEPS];
};

/* ---- explanation ---- */

/* Heap, freed by free().  M fills in all but the trail. */
struct dp_explanation {
    uint16_t vr;        /* that it is in */
    uint32_t interface; /* that it came in by, DP_NO_INTERFACE: no policy and
                           no link state is asked */
    uint32_t length;
    uint8_t bytes[PKT_MTU_MAX];
    struct dp_trail trail;
};

/* ---- filters ---- */

struct dp_watch_filter {
    bool has_source;
    bool has_destination;
    bool has_host; /* source or destination */
    bool has_protocol;
    bool has_vr;
    uint8_t protocol;
    uint16_t vr;
    uint32_t source;
    uint32_t destination;
    uint32_t host;
    uint32_t interface; /* that it meets; DP_NO_INTERFACE: any */
};

/* ---- trace ---- */

struct dp_trace {
    struct dp_watch_filter filter;
    uint32_t wanted;   /* packets            */
    uint64_t until_us; /* monotonic          */
    struct ring *ring; /* of struct dp_trail */
    uint32_t seen;     /* D's                */
    struct dp_trail trail;
    _Atomic bool is_over; /* by number or time; D stopped */
    _Atomic uint64_t lost;
};

/* Its filter, wanted and until_us are the caller's to fill in. */
struct dp_trace *dp_trace_new(void);
void dp_trace_free(struct dp_trace *trace); /* NULL is allowed */
/* The next packet's trail.  M. */
bool dp_trace_next(struct dp_trace *trace, struct dp_trail *out_trail);

/* ---- capture ---- */

enum { DP_CAPTURE_BYTES = 2048 }; /* kept of a packet */

struct dp_captured {
    uint64_t at_us; /* monotonic */
    uint32_t interface;
    bool is_out;
    bool is_encrypted;
    uint32_t length; /* of the packet */
    uint32_t kept;
    uint8_t bytes[DP_CAPTURE_BYTES];
};

struct dp_capture {
    struct dp_watch_filter filter; /* interface: none: all ports */
    bool clear;
    bool encrypted;
    uint32_t wanted;
    struct ring *ring; /* of struct dp_captured */
    uint32_t seen;     /* D's */
    struct dp_captured packet;
    _Atomic bool is_over;
    _Atomic uint64_t lost;
};

/* Its filter, sides and wanted are the caller's to fill in. */
struct dp_capture *dp_capture_new(void);
void dp_capture_free(struct dp_capture *capture); /* NULL is allowed */
/* The next packet; is M's copy. */
bool dp_capture_next(
    struct dp_capture *capture, struct dp_captured *out_packet);

#endif
