#include "base/ring.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>

Test(ring, gives_back_in_order_and_then_is_empty)
{
    struct ring *ring = ring_new(sizeof(int), 4);
    int got = -1;

    for (int i = 0; i < 4; i++)
        cr_assert(ring_put(ring, &i));
    for (int i = 0; i < 4; i++) {
        cr_assert(ring_get(ring, &got));
        cr_expect_eq(got, i);
    }
    cr_expect_not(ring_get(ring, &got));
    cr_expect_eq(got, 3, "untouched when empty");
    ring_free(ring);
    ring_free(NULL);
}

Test(ring, refuses_when_full_and_accepts_after_a_get)
{
    struct ring *ring = ring_new(sizeof(int), 2);
    int value = 1;

    cr_expect_eq(ring_room(ring), 2);
    cr_expect(ring_put(ring, &value));
    cr_expect_eq(ring_room(ring), 1);
    cr_expect(ring_put(ring, &value));
    cr_expect_eq(ring_room(ring), 0);
    cr_expect_not(ring_put(ring, &value));
    cr_expect(ring_get(ring, &value));
    cr_expect(ring_put(ring, &value));
    ring_free(ring);
}

Test(ring, rounds_its_size_up_to_a_power_of_two)
{
    static const size_t rows[][2] = {
        {0,  1  },
        {1,  1  },
        {2,  2  },
        {3,  4  },
        {64, 64 },
        {65, 128}
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ring *ring = ring_new(1, rows[i][0]);

        cr_expect_eq(ring_room(ring), rows[i][1], "asked for %zu", rows[i][0]);
        ring_free(ring);
    }
}

Test(ring, keeps_odd_sized_elements_apart_around_the_end)
{
    struct element {
        uint8_t bytes[5];
    };
    struct ring *ring = ring_new(sizeof(struct element), 4);
    struct element in;
    struct element out;

    for (uint8_t i = 0; i < 200; i++) {
        for (size_t j = 0; j < sizeof(in.bytes); j++)
            in.bytes[j] = (uint8_t)(i + j);
        cr_assert(ring_put(ring, &in));
        if (i == 0)
            continue; /* one always stays inside */
        cr_assert(ring_get(ring, &out));
        cr_assert_eq(out.bytes[0], i - 1);
        cr_assert_eq(out.bytes[4], (uint8_t)(i + 3));
    }
    ring_free(ring);
}

enum { CROSSINGS = 20000 };

static void *
produce(void *context)
{
    struct ring *ring = context;

    for (uint32_t i = 0; i < CROSSINGS; i++) {
        while (!ring_put(ring, &i))
            (void)sched_yield();
    }
    return NULL;
}

Test(ring, loses_and_reorders_nothing_between_two_threads, .timeout = 60)
{
    struct ring *ring = ring_new(sizeof(uint32_t), 8);
    pthread_t producer;
    uint32_t got;

    cr_assert_eq(pthread_create(&producer, NULL, produce, ring), 0);
    for (uint32_t i = 0; i < CROSSINGS; i++) {
        while (!ring_get(ring, &got))
            (void)sched_yield();
        cr_assert_eq(got, i);
    }
    cr_assert_eq(pthread_join(producer, NULL), 0);
    ring_free(ring);
}
