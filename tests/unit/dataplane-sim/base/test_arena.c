#include "base/arena.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

Test(arena, gives_zeroed_and_aligned_memory_of_every_size)
{
    struct arena arena;

    arena_init(&arena);
    for (size_t size = 0; size < 6000; size += 7) {
        unsigned char *memory = arena_alloc(&arena, size);

        cr_assert_eq((uintptr_t)memory % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            cr_assert_eq(memory[i], 0, "byte %zu of %zu", i, size);
        if (size != 0)
            memset(memory, 0xff, size);
    }
    arena_done(&arena);
}

Test(arena, never_gives_the_same_bytes_twice)
{
    enum { COUNT = 1000 };
    struct arena arena;
    uint32_t *taken[COUNT];

    arena_init(&arena);
    for (uint32_t i = 0; i < COUNT; i++) {
        taken[i] = arena_alloc(&arena, i % 100 == 0 ? 5000 : sizeof(uint32_t));
        *taken[i] = i;
    }
    for (uint32_t i = 0; i < COUNT; i++)
        cr_assert_eq(*taken[i], i);
    arena_done(&arena);
}

Test(arena, keeps_filling_its_block_after_a_large_request)
{
    struct arena arena;
    char *first;
    char *second;

    arena_init(&arena);
    first = arena_alloc(&arena, 16);
    (void)arena_alloc(&arena, 100000);
    second = arena_alloc(&arena, 16);
    cr_expect_eq(second - first, 16);
    arena_done(&arena);
}

Test(arena, copies_text_whole_and_in_part)
{
    struct arena arena;

    arena_init(&arena);
    cr_expect_str_eq(arena_strdup(&arena, "tunnel"), "tunnel");
    cr_expect_str_eq(arena_strndup(&arena, "tunnel", 3), "tun");
    cr_expect_str_eq(arena_strndup(&arena, NULL, 0), "");
    cr_expect_str_eq(arena_printf(&arena, "%s %d", "mtu", 1400), "mtu 1400");
    arena_done(&arena);
}

Test(arena, is_usable_after_clear)
{
    struct arena arena;

    arena_init(&arena);
    (void)arena_strdup(&arena, "before");
    arena_clear(&arena);
    cr_expect_str_eq(arena_strdup(&arena, "after"), "after");
    arena_done(&arena);
    arena_done(NULL);
}

Test(arena, aborts_rather_than_wrap_a_size, .signal = SIGABRT)
{
    struct arena arena;

    arena_init(&arena);
    (void)arena_alloc(&arena, SIZE_MAX);
}

Test(arena, heap_memory_is_zeroed_and_never_null)
{
    unsigned char *memory = mem_alloc(1000);
    char *text = mem_strdup("text");

    for (size_t i = 0; i < 1000; i++)
        cr_assert_eq(memory[i], 0);
    memory[999] = 7;
    memory = mem_resize(memory, 2000);
    cr_expect_eq(memory[999], 7);
    cr_expect_str_eq(text, "text");
    free(memory);
    free(text);
    memory = mem_alloc(0);
    cr_expect_not_null(memory);
    free(memory);
}
