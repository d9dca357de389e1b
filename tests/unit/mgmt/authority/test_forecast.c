/*
 * test_forecast.c - what is told before and when a certificate ends, in years
 * of virtual time.
 */
#include "tests/support/authority_bed.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { HOUR_S = 3600, HALF_DAY_S = 12 * HOUR_S, YEAR_DAYS = 365 };

static struct bed *bed;
static char folder[] = "/tmp/ermine-forecast.XXXXXX";
static char path[64];

static void
set_up(void)
{
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/db", folder);
    bed = bed_new(path);
}

static void
tear_down(void)
{
    static const char *const files[] = {"db", "db-wal", "db-shm"};
    char file[80];

    bed_free(bed);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)snprintf(file, sizeof file, "%s/%s", folder, files[i]);
        (void)unlink(file);
    }
    (void)rmdir(folder);
}

static void
issue_for(uint64_t days)
{
    const struct mint_terms terms = {
        .from_s = bed->now_s - HOUR_S, .to_s = bed->now_s + days * BED_DAY_S};
    struct str der;

    str_init(&der);
    bed_issue(bed, &terms, &der);
    bed_import(bed, &der);
    str_done(&der);
}

static void
expect(const char *notices)
{
    cr_expect_str_eq(
        str_text(&bed->notices), notices, "got:\n%s", str_text(&bed->notices));
}

Test(forecast, each_step_is_told_once_in_a_year, .init = set_up,
    .fini = tear_down)
{
    issue_for(YEAR_DAYS);
    bed_pass(bed, (YEAR_DAYS - 31) * (uint64_t)BED_DAY_S, HALF_DAY_S);
    expect("");
    bed_pass(bed, 40 * (uint64_t)BED_DAY_S, HOUR_S);
    expect("expiring own 30\nexpiring own 7\nexpiring own 1\nexpired own 0\n");
    bed_pass(bed, 300 * (uint64_t)BED_DAY_S, HALF_DAY_S);
    expect("expiring own 30\nexpiring own 7\nexpiring own 1\nexpired own 0\n");
}

Test(forecast, a_restart_tells_nothing_again, .init = set_up, .fini = tear_down)
{
    issue_for(20);
    bed_pass(bed, 2, 1);
    expect("expiring own 19\n");
    for (unsigned i = 0; i < 5; i++) {
        bed_restart(bed, path);
        bed_pass(bed, 12 * HOUR_S, HOUR_S);
    }
    expect("expiring own 19\n");
}

Test(forecast, who_was_off_tells_the_step_that_it_is_in, .init = set_up,
    .fini = tear_down)
{
    issue_for(40);
    bed_pass(bed, 2, 1);
    bed->now_s += 41 * (uint64_t)BED_DAY_S;
    bed_restart(bed, path);
    bed_pass(bed, 2, 1);
    expect("expired own 0\n");
}

Test(forecast, what_was_replaced_in_time_is_not_told, .init = set_up,
    .fini = tear_down)
{
    issue_for(40);
    bed_pass(bed, 5 * (uint64_t)BED_DAY_S, HOUR_S);
    issue_for(300);
    bed_pass(bed, 100 * (uint64_t)BED_DAY_S, HALF_DAY_S);
    expect("");
}

Test(forecast, revocation_is_told_once, .init = set_up, .fini = tear_down)
{
    static const unsigned serials[] = {1};
    struct str list;

    issue_for(300);
    bed_pass(bed, 10, 1);
    str_init(&list);
    mint_list(bed->mint, bed->now_s, bed->now_s + BED_DAY_S, serials, 1, &list);
    bed_import(bed, &list);
    bed_pass(bed, 2, 1);
    expect("revoked own 299\n");
    str_clear(&list);
    mint_list(
        bed->mint, bed->now_s + 60, bed->now_s + BED_DAY_S, serials, 1, &list);
    bed_pass(bed, 120, 1);
    bed_import(bed, &list);
    bed_restart(bed, path);
    bed_pass(bed, 120, 1);
    expect("revoked own 299\n");
    str_done(&list);
}

Test(forecast, the_end_of_a_ca_is_told_as_well, .init = set_up,
    .fini = tear_down)
{
    bed_pass(bed, (10 * YEAR_DAYS - 8) * (uint64_t)BED_DAY_S, HALF_DAY_S);
    bed_pass(bed, 2 * (uint64_t)BED_DAY_S, HOUR_S);
    expect("expiring ca 30\nexpiring ca 7\n");
}
