/* test_rebase.c - two candidates, one after the other. */
#include "config/config.h"

#include "tests/support/config_random.h"
#include "tests/support/config_typing.h"

#include <criterion/criterion.h>

static const char base_script[] = "hostname base\n"
                                  "virtual-router isp\n"
                                  "interface loopback 1\n"
                                  "virtual-router default\n"
                                  "interface loopback 0\n"
                                  "interface tunnel ipsec:a\n"
                                  "tunnel mtu 1400\n"
                                  "interface tunnel ipsec:b\n";

/* clang-format off */
static const struct {
    const char *why;
    const char *ours;
    const char *theirs;
    size_t collisions;
} cases[] = {
    {.why = "other objects",
     .ours = "interface tunnel ipsec:c\n",
     .theirs = "interface tunnel ipsec:d\n",
     .collisions = 0},
    {.why = "other settings of one object",
     .ours = "interface tunnel ipsec:a\nshutdown\n",
     .theirs = "interface tunnel ipsec:a\ntunnel mtu 1300\n",
     .collisions = 0},
    {.why = "the same value on both sides",
     .ours = "hostname x\n",
     .theirs = "hostname x\n",
     .collisions = 0},
    {.why = "both create the same, other settings",
     .ours = "interface tunnel ipsec:c\nshutdown\n",
     .theirs = "interface tunnel ipsec:c\ntunnel mtu 1300\n",
     .collisions = 0},
    {.why = "both remove the same",
     .ours = "no interface tunnel ipsec:b\n",
     .theirs = "no interface tunnel ipsec:b\n",
     .collisions = 0},
    {.why = "one removes, the other leaves alone",
     .ours = "no interface tunnel ipsec:b\n",
     .theirs = "hostname x\n",
     .collisions = 0},
    {.why = "the same setting",
     .ours = "hostname x\n",
     .theirs = "hostname y\n",
     .collisions = 1},
    {.why = "two of the same settings",
     .ours = "hostname x\ninterface tunnel ipsec:a\ntunnel mtu 1200\n",
     .theirs = "hostname y\ninterface tunnel ipsec:a\ntunnel mtu 1300\n",
     .collisions = 2},
    {.why = "set against unset",
     .ours = "interface tunnel ipsec:a\nno tunnel mtu\n",
     .theirs = "interface tunnel ipsec:a\ntunnel mtu 1300\n",
     .collisions = 1},
    {.why = "both create the same, one setting differs",
     .ours = "interface tunnel ipsec:c\ntunnel mtu 1200\n",
     .theirs = "interface tunnel ipsec:c\ntunnel mtu 1300\n",
     .collisions = 1},
    {.why = "they removed what we changed",
     .ours = "interface tunnel ipsec:a\nshutdown\n",
     .theirs = "no interface tunnel ipsec:a\n",
     .collisions = 1},
    {.why = "we removed what they changed",
     .ours = "no interface tunnel ipsec:a\n",
     .theirs = "interface tunnel ipsec:a\nshutdown\n",
     .collisions = 1},
    {.why = "they removed the parent of what we created",
     .ours = "virtual-router isp\ninterface loopback 2\n",
     .theirs = "no virtual-router isp\n",
     .collisions = 1},
    {.why = "we removed the parent of what they created",
     .ours = "no virtual-router isp\n",
     .theirs = "virtual-router isp\ninterface loopback 2\n",
     .collisions = 1},
};
/* clang-format on */

Test(rebase, merges_by_setting_and_reports_collisions)
{
    struct config *base = config_typed(base_script);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct candidate *ours = candidate_open(base);
        struct candidate *theirs = candidate_open(base);
        struct change_set collisions;
        const struct config *work;
        enum err error;

        cr_assert_eq(type_script(ours, cases[i].ours, NULL), OK);
        cr_assert_eq(type_script(theirs, cases[i].theirs, NULL), OK);
        work = candidate_work(ours);
        error = candidate_rebase(ours, candidate_work(theirs), &collisions);
        cr_expect_eq(error, cases[i].collisions == 0 ? OK : ERR_CONFLICT, "%s",
            cases[i].why);
        cr_expect_eq(collisions.count, cases[i].collisions, "%s: %zu",
            cases[i].why, collisions.count);
        if (error == OK) {
            cr_expect_eq(candidate_base(ours), candidate_work(theirs));
        } else {
            cr_expect_eq(candidate_base(ours), base, "%s", cases[i].why);
            cr_expect_eq(candidate_work(ours), work, "%s", cases[i].why);
        }
        change_set_done(&collisions);
        candidate_free(ours);
        candidate_free(theirs);
    }
    config_unref(base);
}

Test(rebase, keeps_the_changes_of_both)
{
    struct config *base = config_typed(base_script);
    struct candidate *ours = candidate_open(base);
    struct candidate *theirs = candidate_open(base);
    struct config *both;
    struct change_set collisions;

    cr_assert_eq(type_script(ours,
                     "interface tunnel ipsec:a\nshutdown\n"
                     "no interface tunnel ipsec:b\n",
                     NULL),
        OK);
    cr_assert_eq(type_script(theirs,
                     "interface tunnel ipsec:a\n"
                     "tunnel mtu 1300\n",
                     NULL),
        OK);
    both = config_typed("hostname base\n"
                        "virtual-router isp\n"
                        "interface loopback 1\n"
                        "virtual-router default\n"
                        "interface loopback 0\n"
                        "interface tunnel ipsec:a\n"
                        "tunnel mtu 1300\n"
                        "shutdown\n");
    cr_assert_eq(
        candidate_rebase(ours, candidate_work(theirs), &collisions), OK);
    cr_expect(config_equal(candidate_work(ours), both));
    change_set_done(&collisions);
    config_unref(both);
    candidate_free(ours);
    candidate_free(theirs);
    config_unref(base);
}

/* Applying ours after theirs is the same as theirs after ours. */
Test(rebase, does_not_care_who_came_first_when_it_is_clean)
{
    struct dice dice = {.state = 21};
    size_t clean = 0;

    for (int i = 0; i < 200; i++) {
        struct config *base = config_random(&dice, 40);
        struct candidate *a = candidate_open(base);
        struct candidate *b = candidate_open(base);
        struct candidate *a_again;
        struct change_set first;
        struct change_set second;
        enum err error;

        candidate_shuffle(a, &dice, 1 + dice_below(&dice, 6));
        candidate_shuffle(b, &dice, 1 + dice_below(&dice, 6));
        a_again = candidate_copy(a);
        error = candidate_rebase(a, candidate_work(b), &first);
        cr_expect_eq(
            candidate_rebase(b, candidate_work(a_again), &second), error);
        if (error == OK) {
            cr_expect(config_equal(candidate_work(a), candidate_work(b)),
                "round %d", i);
            clean++;
        }
        change_set_done(&first);
        change_set_done(&second);
        candidate_free(a_again);
        candidate_free(a);
        candidate_free(b);
        config_unref(base);
    }
    cr_expect(clean > 20 && clean < 200, "%zu were clean", clean);
}
