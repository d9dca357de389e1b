/* test_diff.c - change sets: apply, invert, order. */
#include "config/config.h"

#include "tests/support/config_random.h"
#include "tests/support/config_typing.h"

#include <criterion/criterion.h>

enum { ROUNDS = 60 };

/* Two configurations of which the second grew out of the first. */
static void
make_pair(struct dice *dice, struct config **out_a, struct config **out_b)
{
    struct config *a = config_random(dice, dice_below(dice, 80));
    struct candidate *candidate = candidate_open(a);

    candidate_shuffle(candidate, dice, dice_below(dice, 60));
    *out_a = a;
    *out_b = config_ref(candidate_work(candidate));
    candidate_free(candidate);
}

Test(diff, applied_to_the_first_gives_the_second)
{
    struct dice dice = {.state = 1};

    for (int i = 0; i < ROUNDS; i++) {
        struct config *a;
        struct config *b;
        struct config *applied;
        struct change_set set;

        make_pair(&dice, &a, &b);
        config_diff(a, b, &set);
        applied = config_apply(a, &set);
        cr_expect(config_equal(applied, b), "round %d", i);
        change_set_done(&set);
        config_unref(applied);
        config_unref(a);
        config_unref(b);
    }
}

Test(diff, of_unrelated_configurations_applies_too)
{
    struct dice dice = {.state = 2};

    for (int i = 0; i < ROUNDS; i++) {
        struct config *a = config_random(&dice, 50);
        struct config *b = config_random(&dice, 50);
        struct change_set set;
        struct config *applied;

        config_diff(a, b, &set);
        applied = config_apply(a, &set);
        cr_expect(config_equal(applied, b), "round %d", i);
        change_set_done(&set);
        config_unref(applied);
        config_unref(a);
        config_unref(b);
    }
}

Test(diff, inverted_leads_back)
{
    struct dice dice = {.state = 5};

    for (int i = 0; i < ROUNDS; i++) {
        struct config *a;
        struct config *b;
        struct config *back;
        struct change_set set;
        struct change_set inverse;

        make_pair(&dice, &a, &b);
        config_diff(a, b, &set);
        change_set_invert(&set, &inverse);
        cr_expect_eq(set.count, inverse.count);
        back = config_apply(b, &inverse);
        cr_expect(config_equal(back, a), "round %d", i);
        change_set_done(&set);
        change_set_done(&inverse);
        config_unref(back);
        config_unref(a);
        config_unref(b);
    }
}

Test(diff, of_the_same_contents_is_empty)
{
    static const char script[] = "virtual-router isp\n"
                                 "interface loopback 0\n"
                                 "ip address 10.0.0.1 255.255.255.255\n";
    struct config *a = config_typed(script);
    struct config *b = config_typed(script);
    struct change_set set;

    config_diff(a, b, &set);
    cr_expect_eq(set.count, 0);
    change_set_done(&set);
    config_unref(a);
    config_unref(b);
}

Test(diff, creates_parents_first_and_deletes_children_first)
{
    struct dice dice = {.state = 9};

    for (int i = 0; i < ROUNDS; i++) {
        struct config *a = config_random(&dice, 60);
        struct config *b = config_random(&dice, 60);
        struct change_set set;
        bool deleting = false;

        config_diff(a, b, &set);
        for (size_t k = 0; k < set.count; k++) {
            const struct change *change = &set.changes[k];
            const struct change *last = k > 0 ? &set.changes[k - 1] : NULL;

            if (change->after == NULL) {
                if (deleting)
                    cr_expect_leq(change->before->type, last->before->type);
                deleting = true;
            } else {
                cr_expect_not(deleting, "a create after a delete");
                if (last != NULL)
                    cr_expect_geq(change->after->type, last->after->type);
            }
        }
        change_set_done(&set);
        config_unref(a);
        config_unref(b);
    }
}

Test(diff, touches_names_the_settings_that_differ)
{
    struct config *a = config_typed("interface tunnel ipsec:a\n"
                                    "tunnel mtu 1400\n"
                                    "description before\n");
    struct config *b = config_typed("interface tunnel ipsec:a\n"
                                    "tunnel mtu 1400\n"
                                    "shutdown\n");
    struct change_set set;

    config_diff(a, b, &set);
    cr_assert_eq(set.count, 1);
    cr_expect_not(change_touches(&set.changes[0], SETTING_TUNNEL_MTU));
    cr_expect(change_touches(&set.changes[0], SETTING_TUNNEL_DESCRIPTION));
    cr_expect(change_touches(&set.changes[0], SETTING_TUNNEL_SHUTDOWN));
    change_set_done(&set);
    config_unref(a);
    config_unref(b);
}
