/*
 * test_thread.c - thread D starts, wakes for commands and stops.
 */
#include "dp.h"

#include <criterion/criterion.h>
#include <poll.h>

enum { PATIENCE_MS = 10000 };

static const struct dp_limits limits = {
    .packets = 8,
    .vrs = 2,
    .ports = 1,
    .interfaces = 2,
    .routes = 2,
    .sas = 2,
};

/* Submit a batch and wait for it to come back. */
static void
roundtrip(struct dp *dp)
{
    struct pollfd waiting = {.fd = dp_event_fd(dp), .events = POLLIN};
    struct dp_batch *batch = dp_batch_new();
    struct dp_event event;

    dp_batch_add(batch, DP_VR_ADD)->vr = 1;
    cr_assert_eq(dp_submit(dp, batch), OK);
    while (!dp_next_event(dp, &event))
        cr_assert_eq(poll(&waiting, 1, PATIENCE_MS), 1, "D does not wake");
    cr_expect_eq(event.batch, batch);
    cr_expect_eq(batch->applied, 1);
    dp_batch_free(batch);
}

Test(thread, wakes_for_the_commands_of_each_of_its_dps)
{
    struct dp *dps[2] = {dp_new(&limits), dp_new(&limits)};
    struct dp_thread *thread = dp_thread_start(dps, 2);

    roundtrip(dps[1]);
    roundtrip(dps[0]);
    roundtrip(dps[1]);
    dp_thread_stop(thread);
    dp_free(dps[0]);
    dp_free(dps[1]);
}

Test(thread, stops_when_it_has_nothing_to_do)
{
    struct dp_thread *thread = dp_thread_start(NULL, 0);

    cr_assert_not_null(thread);
    dp_thread_stop(thread);
    dp_thread_stop(NULL);
}
