/*
 * test_affected.c - tunnels that join a change set because of another object.
 */
#include "ipsec/manager.h"

#include "gen/enums.h"
#include "tests/support/config_typing.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define GRE                                                                    \
    "interface tunnel gre:a\n"                                                 \
    "tunnel source 192.0.2.1\n"                                                \
    "tunnel destination 192.0.2.2\n"                                           \
    "interface tunnel gre:b\n"                                                 \
    "tunnel source 192.0.2.1\n"                                                \
    "tunnel destination 192.0.2.3\n"
#define PROFILE "ipsec transport profile p\napplication gre\n"
#define TO_A    PROFILE "remote ip address 192.0.2.2\n"

/* How many changes of GRE tunnels follow from what is typed on the ground. */
static void
expect_affected(const char *ground, const char *typed, unsigned count)
{
    struct config *from = config_typed(ground);
    struct candidate *candidate = candidate_open(from);
    const struct config *to;
    struct change_set set;
    struct change_set full;
    unsigned tunnels = 0;
    struct diag diag;

    change_set_init(&full);
    diag_init(&diag);
    cr_assert_eq(type_script(candidate, typed, &diag), OK, "%s", typed);
    diag_done(&diag);
    to = candidate_work(candidate);
    config_diff(from, to, &set);
    cr_assert(affected_any(&set), "%s", typed);
    affected_with(from, to, &set, &full);
    for (size_t i = 0; i < full.count; i++) {
        const struct change *change = &full.changes[i];

        if (change->after != NULL && change->after->type == OBJECT_GRE_TUNNEL) {
            cr_expect_eq(change->before, change->after, "%s", typed);
            tunnels++;
        }
    }
    cr_expect_eq(tunnels, count, "%s: %u", typed, tunnels);
    cr_expect_eq(full.count, set.count + count, "%s", typed);
    change_set_done(&full);
    change_set_done(&set);
    candidate_free(candidate);
    config_unref(from);
}

Test(affected, by_a_profile_are_the_gre_tunnels_that_it_is_or_was_for)
{
    static const struct {
        const char *ground;
        const char *typed;
        unsigned count;
    } rows[] = {
        {GRE,      PROFILE,                                 2},
        {GRE,      TO_A,                                    1},
        {GRE TO_A, "no ipsec transport profile p\n",        1},
        {GRE TO_A, PROFILE "lifetime seconds 1800\n",       1},
        {GRE TO_A, PROFILE "no remote ip address\n",        2},
        {GRE TO_A, PROFILE "remote ip address 192.0.2.3\n", 2},
        {GRE TO_A, PROFILE "application l2tp\n",            1},
        {GRE,      PROFILE "application l2tp\n",            0},
        {GRE,      PROFILE "remote ip address 192.0.2.9\n", 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_affected(rows[i].ground, rows[i].typed, rows[i].count);
}
