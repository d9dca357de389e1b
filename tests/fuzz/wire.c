/*
 * wire.c - hostile bytes at the control socket: the reader of frames, and a
 * session of a whole router behind it.
 *
 * The input is what a client sends after its HELLO, at level 15.  The router
 * lives as long as the process, sessions as long as one input; what an input
 * commits is there for the next.
 */
#include "wire/wire.h"
#include "base/diag.h"
#include "base/log.h"
#include "crypto/random.h"
#include "daemon/router.h"
#include "daemon/session.h"
#include "dp.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { TURNS = 4, TURN_US = 3000000 };

static struct router *
make_router(void)
{
    struct router_params params = {
        .now = {1, 1}
    };
    struct router *router;

    log_set_level(LOG_ERROR);
    if (router_new(&params, NULL, &router) != OK)
        abort();
    return router;
}

static void
greet(struct session *session, const struct instant *now)
{
    struct wire_frame frame;

    wire_frame_init(&frame, WIRE_HELLO, 1);
    wire_add_number(&frame, WIRE_FORMAT);
    wire_add_text(&frame, schema_hash);
    if (wire_encode(&frame, session_in(session)) != OK)
        abort();
    wire_frame_done(&frame);
    wire_frame_init(&frame, WIRE_AUTH, 2);
    wire_add_number(&frame, 15);
    if (wire_encode(&frame, session_in(session)) != OK)
        abort();
    wire_frame_done(&frame);
    session_run(session, now);
}

/* What the session answered must be frames, whatever it was asked. */
static void
check_answers(struct session *session)
{
    struct wire_frame frame;
    bool complete = true;

    while (complete) {
        if (wire_decode(session_out(session), &frame, &complete) != OK)
            abort();
        if (complete)
            wire_frame_done(&frame);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct router *router;
    static struct instant now = {1000000, 1000000};
    struct session_user user = {
        .name = "fuzz", .from = "test", .is_allowed = true, .ceiling = 15};
    struct session *session;
    int turn;

    if (router == NULL)
        router = make_router();
    session = session_new(router, &user, &now);
    greet(session, &now);
    wire_buffer_add(session_in(session), bytes, length);
    for (turn = 0; turn < TURNS; turn++) {
        session_run(session, &now);
        check_answers(session);
        (void)dp_poll(router_dp(router), now.monotonic_us);
        router_take_events(router, &now);
        now.monotonic_us += TURN_US;
    }
    session_free(session);
    return 0;
}
