/* GRE tunnels by their ends. */
#include "gre/gre.h"

#include <criterion/criterion.h>

enum { TUNNELS = 100 };

static struct gre_ends
ends_of(uint32_t i)
{
    return (struct gre_ends){
        .vr = (uint16_t)(i % 3), .local = 0x0a000001 + i / 7, .remote = i};
}

Test(gre_table, finds_each_tunnel_until_it_is_removed)
{
    struct gre_table *table = gre_table_new(TUNNELS);
    struct gre_ends ends;

    for (uint32_t i = 0; i < TUNNELS; i++) {
        ends = ends_of(i);
        cr_expect_eq(gre_table_find(table, &ends), GRE_NONE);
        gre_table_add(table, i, &ends);
        cr_expect_eq(gre_table_find(table, &ends), i);
    }
    for (uint32_t i = 0; i < TUNNELS; i += 2)
        gre_table_remove(table, i);
    gre_table_remove(table, 0); /* once is enough */
    for (uint32_t i = 0; i < TUNNELS; i++) {
        ends = ends_of(i);
        cr_expect_eq(
            gre_table_find(table, &ends), i % 2 == 0 ? GRE_NONE : i, "%u", i);
    }
    gre_table_free(table);
    gre_table_free(NULL);
}

Test(gre_table, tells_ends_apart)
{
    struct gre_table *table = gre_table_new(4);
    const struct gre_ends ends = {1, 2, 3};
    const struct gre_ends others[] = {
        {0, 2, 3},
        {1, 3, 2},
        {1, 2, 4},
        {1, 3, 3}
    };

    gre_table_add(table, 3, &ends);
    for (size_t i = 0; i < 4; i++)
        cr_expect_eq(gre_table_find(table, &others[i]), GRE_NONE);
    gre_table_free(table);
}

Test(gre_table, bears_two_with_the_same_ends_for_a_while)
{
    struct gre_table *table = gre_table_new(4);
    const struct gre_ends ends = {1, 2, 3};

    gre_table_add(table, 0, &ends);
    gre_table_add(table, 1, &ends);
    gre_table_remove(table, 1);
    cr_expect_eq(gre_table_find(table, &ends), 0);
    gre_table_add(table, 1, &ends);
    gre_table_remove(table, 0);
    cr_expect_eq(gre_table_find(table, &ends), 1);
    gre_table_free(table);
}
