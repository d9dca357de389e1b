/* test_reserve.c - sequence numbers that were reserved are never given again.
 */
#include "store/store.h"

#include "tests/support/kit.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { STEP = 1 << 20 };

static uint64_t
reserve(struct store *store, const char *tunnel, uint32_t spi, uint64_t least)
{
    uint64_t first = 0;

    cr_assert_eq(store_reserve(store, tunnel, spi, STEP, least, &first), OK);
    return first;
}

static struct store *
open_store(const char *path)
{
    struct store *store = NULL;

    cr_assert_eq(store_open(path, NULL, &store), OK);
    return store;
}

Test(reserve, gives_each_tunnel_and_spi_numbers_of_its_own)
{
    struct store *store = open_store(NULL);

    cr_expect_eq(reserve(store, "siteB", 0x1001, 0), 1);
    cr_expect_eq(reserve(store, "siteB", 0x1001, 0), 1 + STEP);
    cr_expect_eq(reserve(store, "siteB", 0x1002, 0), 1);
    cr_expect_eq(reserve(store, "siteC", 0x1001, 0), 1);
    cr_expect_eq(reserve(store, "siteB", 0x1001, 9 * STEP), 9 * STEP);
    cr_expect_eq(store_reserve_finish(store), OK);
    store_close(store);
}

Test(reserve, goes_on_above_what_was_finished_before_a_restart)
{
    char *folder = kit_mkdir();
    char path[256];
    struct store *store;

    (void)snprintf(path, sizeof(path), "%s/config.db", folder);
    store = open_store(path);
    cr_expect_eq(reserve(store, "siteB", 0x1001, 0), 1);
    cr_expect_eq(store_reserve_finish(store), OK);
    cr_expect_eq(reserve(store, "siteB", 0x1001, 0), 1 + STEP);
    store_close(store); /* without finish: was never used */
    store = open_store(path);
    cr_expect_eq(reserve(store, "siteB", 0x1001, 0), 1 + STEP);
    cr_expect_eq(store_reserve_finish(store), OK);
    store_close(store);
    kit_rmdir(folder);
}

Test(reserve, refuses_numbers_beyond_32_bits)
{
    struct store *store = open_store(NULL);
    uint64_t end = UINT64_C(1) << 32;
    uint64_t first = 0;

    cr_expect_eq(reserve(store, "siteB", 0x1001, end - STEP), end - STEP);
    cr_expect_eq(
        store_reserve(store, "siteB", 0x1001, STEP, 0, &first), ERR_EXHAUSTED);
    cr_expect_eq(store_reserve(store, "siteB", 0x1002, STEP, end, &first),
        ERR_EXHAUSTED);
    cr_expect_eq(first, 0, "untouched on failure");
    cr_expect_eq(store_reserve_finish(store), OK);
    store_close(store);
}
