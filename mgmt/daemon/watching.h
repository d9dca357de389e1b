/*
 * watching.h - a router's trace and capture, as thread M has them.
 *
 * What D is given comes back with the batch that replaces it, and is freed
 * then; until then M takes out of its ring.
 */
#ifndef DAEMON_WATCHING_H
#define DAEMON_WATCHING_H

#include "daemon/router.h"
#include "dp.h"
#include "watch.h"

#include <stdbool.h>
#include <stdio.h>

struct dp_batch;
struct session;
struct value;
struct wire_frame;

enum { TRACE_PACKETS = 100 };

struct trace_state {
    struct dp_trace *trace;  /* D's, which we read from; NULL: none is armed */
    struct dp_trail *trails; /* heap; what was taken so far */
    uint32_t count;
};

struct capture_state {
    struct dp_capture *capture; /* as above */
    FILE *file;                 /* NULL: none is open */
    char name[72];              /* of the last one, "": there was none */
    uint32_t side;              /* enum capture_side                   */
    uint64_t wall_offset_us;    /* from D's clock to that of the wall  */
    uint64_t packets;
    uint64_t octets; /* of the file */
    uint64_t lost;
    bool has_failed; /* the file could not be written */
};

/* Lifetime: a router's. */
struct watch {
    struct trace_state trace;
    struct capture_state capture;
};

void watch_done(struct watch *watch);
/* Take what D has put into the rings. */
void watch_take(struct router *router);
/* Once a second: what is over by number or by time is taken out of D. */
void watch_tick(struct router *router, uint64_t now_us);
/* A batch is back: what is in it of ours is freed or handed to who waits. */
void watch_batch(struct router *router, const struct dp_batch *batch);

/* Give D this trace or capture (NULL: none) in place of what it has.  False:
 * it is busy. */
bool watch_swap(struct router *router, enum dp_command_kind kind, void *watch);

/* ---- for the commands ---- */

extern const uint8_t watch_protocols[]; /* by enum packet_protocol */

/* An interface as it is typed; borrowed. */
struct watch_port {
    const struct value *vr;
    const struct value *type;
    const struct value *location;
};

/* Both: false: refused. */
bool watch_take_interface(struct session *session,
    const struct watch_port *port, uint32_t *out_interface);
bool watch_take_tunnel(
    struct session *session, const char *name, uint32_t *out_interface);
void watch_refuse_busy(struct session *session);

void exec_explain(struct session *session, const struct wire_frame *frame);
void exec_trace(struct session *session, const struct wire_frame *frame,
    const struct instant *now);
void exec_show_trace(struct session *session);
void exec_clear_trace(struct session *session);
void exec_capture(struct session *session, const struct wire_frame *frame,
    const struct instant *now);
void exec_show_capture(struct session *session);
void exec_clear_capture(struct session *session);

#endif
