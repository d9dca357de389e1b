/* The anti-replay window, as numbered arrivals. */
#include "sa/replay.h"

#include <criterion/criterion.h>

enum { W = REPLAY_WINDOW_BITS };

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
    struct replay window = {0};

    for (size_t i = 0; i < sizeof arrivals / sizeof arrivals[0]; i++)
        cr_expect_eq(arrive(&window, arrivals[i].seq), arrivals[i].fresh,
            "row %zu, %u: %s", i, arrivals[i].seq, arrivals[i].why);
}

Test(replay, does_not_change_by_asking)
{
    struct replay window = {0};

    cr_expect(replay_check(&window, 1000));
    cr_expect(replay_check(&window, 1000));
    cr_expect_eq(window.highest, 0);
    cr_expect_eq(window.seen, 0);
    cr_expect(arrive(&window, 5));
}

Test(replay, takes_a_window_in_reverse_order)
{
    struct replay window = {0};

    for (uint32_t seq = 10 + W; seq > 10; seq--)
        cr_expect(arrive(&window, seq), "%u", seq);
    cr_expect_not(arrive(&window, 10));
    cr_expect_eq(window.seen, UINT64_MAX);
}
