/*
 * test_sequence.c - sequence numbers of manual SAs outlive the process.
 *
 * The keeper here is a table of four rows that outlives the gateways.
 */
#include "ipsec/manager.h"

#include "base/log.h"
#include "tests/support/gateway.h"

#include <criterion/criterion.h>
#include <string.h>

enum { ROWS = 4 };

struct keeper {
    struct {
        char tunnel[16];
        uint32_t spi;
        uint64_t next;
    } rows[ROWS];
    unsigned reserved;
    unsigned flushed;
    bool fails;
};

static enum err
reserve(void *context, const char *tunnel, uint32_t spi, uint64_t least,
    uint64_t *out_first)
{
    struct keeper *keeper = context;
    size_t i;

    if (keeper->fails)
        return ERR_IO;
    for (i = 0; i < ROWS - 1 && keeper->rows[i].next != 0; i++) {
        if (keeper->rows[i].spi == spi &&
            strcmp(keeper->rows[i].tunnel, tunnel) == 0)
            break;
    }
    strncpy(keeper->rows[i].tunnel, tunnel, sizeof(keeper->rows[i].tunnel) - 1);
    keeper->rows[i].spi = spi;
    if (keeper->rows[i].next < least)
        keeper->rows[i].next = least;
    if (keeper->rows[i].next > UINT32_MAX)
        return ERR_EXHAUSTED;
    *out_first = keeper->rows[i].next;
    keeper->rows[i].next += IPSEC_SEQUENCE_STEP;
    keeper->reserved++;
    return OK;
}

static enum err
flush(void *context)
{
    struct keeper *keeper = context;

    keeper->flushed++;
    return keeper->fails ? ERR_IO : OK;
}

static struct object *
the_tunnel(void)
{
    return gateway_tunnel("x", "192.0.2.1", "192.0.2.2", 0x1001, 0x2001);
}

/* A gateway that has just come up with one tunnel. */
static struct gateway *
start(struct keeper *keeper)
{
    struct sequence_keeper as_seen = {reserve, flush, keeper};
    struct gateway *gateway = gateway_new(NULL);

    ipsec_set_keeper(gateway->ipsec, &as_seen);
    gateway_put(gateway, the_tunnel());
    cr_assert_eq(gateway_commit(gateway), OK);
    return gateway;
}

static struct unit *
unit_of(struct gateway *gateway)
{
    struct object *tunnel = the_tunnel();
    uint32_t index = 99;

    cr_assert_eq(ipsec_interface(gateway->ipsec, tunnel, &index), OK);
    object_unref(tunnel);
    return ipsec_unit(gateway->ipsec, index);
}

Test(sequence, begins_above_all_that_an_earlier_process_may_have_sent)
{
    struct keeper keeper = {0};
    struct gateway *gateway;

    for (uint32_t run = 0; run < 5; run++) {
        gateway = start(&keeper);
        cr_assert_eq(sa_sequence(unit_sa(unit_of(gateway), SA_OUTBOUND)),
            run * IPSEC_SEQUENCE_STEP);
        cr_assert_eq(sa_sequence(unit_sa(unit_of(gateway), SA_INBOUND)), 0);
        gateway_free(gateway);
    }
    cr_assert_eq(keeper.flushed, 5);
}

Test(sequence, reserves_nothing_for_a_commit_that_is_given_up)
{
    struct keeper keeper = {0};
    struct gateway *gateway = start(&keeper);
    unsigned reserved = keeper.reserved;

    gateway_put(
        gateway, gateway_tunnel("y", "192.0.2.1", "192.0.2.2", 0x1002, 0x2002));
    cr_assert_eq(gateway_prepare(gateway), OK);
    gateway->participant.abort(gateway->participant.context);
    cr_assert_eq(keeper.reserved, reserved);
    gateway_free(gateway);
}

Test(sequence, reserves_the_next_step_when_half_of_one_is_used)
{
    struct keeper keeper = {0};
    struct gateway *gateway = start(&keeper);
    struct unit *unit = unit_of(gateway);

    sa_start_above(unit_sa(unit, SA_OUTBOUND), IPSEC_SEQUENCE_STEP / 2 - 1);
    ipsec_tick(gateway->ipsec, 1);
    cr_assert_eq(keeper.reserved, 1);
    sa_start_above(unit_sa(unit, SA_OUTBOUND), IPSEC_SEQUENCE_STEP / 2 + 1);
    ipsec_tick(gateway->ipsec, 1);
    cr_assert_eq(keeper.reserved, 2);
    cr_assert_eq(keeper.flushed, 2);
    cr_assert_eq(unit->sequence_end, 2 * IPSEC_SEQUENCE_STEP + 1);
    ipsec_tick(gateway->ipsec, 1);
    cr_assert_eq(keeper.reserved, 2);
    gateway_free(gateway);
}

Test(sequence, catches_up_with_a_burst_beyond_its_step)
{
    struct keeper keeper = {0};
    struct gateway *gateway = start(&keeper);

    sa_start_above(
        unit_sa(unit_of(gateway), SA_OUTBOUND), 10 * IPSEC_SEQUENCE_STEP);
    ipsec_tick(gateway->ipsec, 1);
    gateway_free(gateway);
    gateway = start(&keeper);
    cr_assert_eq(sa_sequence(unit_sa(unit_of(gateway), SA_OUTBOUND)),
        11 * IPSEC_SEQUENCE_STEP);
    gateway_free(gateway);
}

Test(sequence, never_begins_again_when_all_numbers_are_used_up)
{
    struct keeper keeper = {0};
    struct gateway *gateway = start(&keeper);

    keeper.rows[0].next = (uint64_t)UINT32_MAX + 1;
    gateway_free(gateway);
    gateway = start(&keeper);
    cr_assert_eq(
        sa_sequence(unit_sa(unit_of(gateway), SA_OUTBOUND)), UINT32_MAX);
    ipsec_tick(gateway->ipsec, 1);
    cr_assert_eq(
        sa_sequence(unit_sa(unit_of(gateway), SA_OUTBOUND)), UINT32_MAX);
    gateway_free(gateway);
}

Test(sequence, begins_at_one_again_under_another_spi)
{
    struct keeper keeper = {0};
    struct gateway *gateway = start(&keeper);
    struct object *tunnel = the_tunnel();

    sa_start_above(unit_sa(unit_of(gateway), SA_OUTBOUND), UINT32_MAX);
    gateway_set_number(tunnel, FIELD_TUNNEL_SESSION_KEY_OUTBOUND_SPI, 0x2002);
    gateway_put(gateway, tunnel);
    cr_assert_eq(gateway_commit(gateway), OK);
    cr_assert_eq(sa_sequence(unit_sa(unit_of(gateway), SA_OUTBOUND)), 0);
    gateway_free(gateway);
}

Test(sequence, goes_on_when_nothing_can_be_kept)
{
    struct keeper keeper = {.fails = true};
    struct gateway *gateway;

    log_set_level(LOG_ERROR);
    gateway = start(&keeper);
    cr_assert_eq(sa_sequence(unit_sa(unit_of(gateway), SA_OUTBOUND)), 0);
    sa_start_above(unit_sa(unit_of(gateway), SA_OUTBOUND), IPSEC_SEQUENCE_STEP);
    ipsec_tick(gateway->ipsec, 1);
    cr_assert_eq(unit_of(gateway)->sequence_end, 2 * IPSEC_SEQUENCE_STEP + 1);
    gateway_free(gateway);
}

Test(sequence, lets_traffic_pass_again_after_one_side_restarted)
{
    struct keeper keeper = {0};
    struct sequence_keeper as_seen = {reserve, flush, &keeper};
    struct gateway *boston;
    struct gateway *ottawa;
    struct object *tunnel;

    gateway_two_sites(&boston, &ottawa);
    for (int i = 0; i < 3; i++)
        cr_assert(gateway_ping(boston, ottawa, "10.2.0.1", "10.1.0.1"));

    /* Boston forgets: the tunnel goes and is made again with the same keys,
     * for the first time under a keeper that knows of one earlier step. */
    ipsec_set_keeper(boston->ipsec, &as_seen);
    keeper.rows[0].spi = 0x2001;
    keeper.rows[0].next = 1 + IPSEC_SEQUENCE_STEP;
    strncpy(keeper.rows[0].tunnel, "ottawa", sizeof(keeper.rows[0].tunnel) - 1);
    tunnel = object_copy(gateway_running(
        boston, gateway_tunnel("ottawa", "192.0.2.1", "192.0.2.2", 1, 1)));
    gateway_take(
        boston, gateway_route("default", "10.2.0.0/16", "ipsec:ottawa"));
    gateway_take(boston, object_ref(tunnel));
    cr_assert_eq(gateway_commit(boston), OK);
    cr_assert_not(gateway_ping(boston, ottawa, "10.2.0.1", "10.1.0.1"));
    gateway_put(boston, tunnel);
    gateway_put(
        boston, gateway_route("default", "10.2.0.0/16", "ipsec:ottawa"));
    cr_assert_eq(gateway_commit(boston), OK);
    cr_assert(gateway_ping(boston, ottawa, "10.2.0.1", "10.1.0.1"));
    gateway_free(boston);
    gateway_free(ottawa);
}
