/* The anti-replay window, as numbered arrivals. */
#include "sa/replay.h"

#include "crypto/random.h"

#include <criterion/criterion.h>
#include <string.h>

enum { W = REPLAY_BITS_MIN };

static bool
arrive(struct replay *window, uint32_t seq)
{
    if (!replay_check(window, seq))
        return false;
    replay_accept(window, seq);
    return true;
}

static const struct {
    uint32_t seq;
    bool fresh;
    const char *why;
} arrivals[] = {
    {0,              false, "zero is never sent"             },
    {1,              true,  "the first"                      },
    {1,              false, "the first again"                },
    {9,              true,  "a jump"                         },
    {8,              true,  "just behind"                    },
    {7,              true,  "two behind"                     },
    {7,              false, "two behind again"               },
    {0,              false, "zero inside the window"         },
    {W,              true,  "a whole window on"              },
    {W - 1,          true,  "behind it"                      },
    {W - 1,          false, "behind it again"                },
    {W + 1,          true,  "now 1 is at the far edge, out"  },
    {1,              false, "out of the window"              },
    {2,              true,  "the last bit of the window"     },
    {2,              false, "the last bit again"             },
    {W + 16,         true,  "16 on"                          },
    {17,             true,  "the new last bit"               },
    {16,             false, "one past it"                    },
    {3 * W,          true,  "past the whole window"          },
    {2 * W + 1,      true,  "last bit after a clean window"  },
    {2 * W,          false, "one past it"                    },
    {4 * W - 1,      true,  "63 on: the old highest stays in"},
    {3 * W,          false, "seen, at the last bit"          },
    {5 * W - 1,      true,  "64 on: all old ones out"        },
    {4 * W - 1,      false, "just out"                       },
    {4 * W,          true,  "just in, never seen"            },
    {UINT32_MAX - 1, true,  "almost the end"                 },
    {UINT32_MAX,     true,  "the end"                        },
    {UINT32_MAX,     false, "the end again"                  },
    {0,              false, "no wrap"                        },
    {1,              false, "no wrap to one"                 },
    {UINT32_MAX - 2, true,  "in the window at the end"       },
    {UINT32_MAX - W, false, "before the window at the end"   },
};

Test(replay, takes_each_number_once_while_it_is_in_the_window)
{
    struct replay window;

    replay_init(&window, W);
    for (size_t i = 0; i < sizeof arrivals / sizeof arrivals[0]; i++)
        cr_expect_eq(arrive(&window, arrivals[i].seq), arrivals[i].fresh,
            "row %zu, %u: %s", i, arrivals[i].seq, arrivals[i].why);
    replay_done(&window);
}

Test(replay, does_not_change_by_asking)
{
    struct replay window;

    replay_init(&window, W);
    cr_expect(replay_check(&window, 1000));
    cr_expect(replay_check(&window, 1000));
    cr_expect_eq(window.highest, 0);
    cr_expect(arrive(&window, 5));
    replay_done(&window);
}

static const uint32_t sizes[] = {64, 65, 127, 128, 1000, 1024, 4095, 4096};

Test(replay, takes_a_window_of_any_size_in_reverse_order)
{
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct replay window;

        replay_init(&window, sizes[i]);
        for (uint32_t seq = 10 + sizes[i]; seq > 10; seq--)
            cr_expect(arrive(&window, seq), "%u of %u", seq, sizes[i]);
        cr_expect_not(arrive(&window, 10));
        cr_expect_not(arrive(&window, 11));
        replay_done(&window);
    }
}

/* The same by the words of RFC 2401, appendix C: which numbers were taken. */
enum { NUMBERS = 40000 };

static bool
arrive_by_the_book(bool *taken, uint32_t *highest, uint32_t bits, uint32_t seq)
{
    if (seq == 0 || taken[seq] || (seq < *highest && *highest - seq >= bits))
        return false;
    taken[seq] = true;
    if (seq > *highest)
        *highest = seq;
    return true;
}

Test(replay, decides_as_the_book_says_for_random_arrivals)
{
    static bool taken[NUMBERS];

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct random_seed seed;
        struct random_source source = random_seeded(&seed, i + 1);
        struct replay window;
        uint32_t highest = 0;

        memset(taken, 0, sizeof taken);
        replay_init(&window, sizes[i]);
        for (int arrival = 0; arrival < 50000; arrival++) {
            uint32_t seq;
            uint32_t jump;

            source.fill(source.context, (uint8_t *)&jump, sizeof jump);
            /* around the highest: some ahead, most behind, few far */
            seq = highest + 3 - jump % (2 * sizes[i]);
            if (jump % 97 == 0)
                seq = highest + jump % (3 * sizes[i]);
            if (seq >= NUMBERS)
                continue;
            cr_assert_eq(arrive(&window, seq),
                arrive_by_the_book(taken, &highest, sizes[i], seq),
                "%u, highest %u, window %u", seq, highest, sizes[i]);
        }
        cr_expect_gt(highest, sizes[i]);
        replay_done(&window);
    }
}
