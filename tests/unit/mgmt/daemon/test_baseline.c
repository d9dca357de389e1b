/*
 * test_baseline.c - rows kept, and subtracted from later ones.
 */
#include "daemon/baseline.h"

#include <criterion/criterion.h>
#include <stdio.h>

static void
fill(struct value *columns, const char *reason, uint64_t packets)
{
    columns[COLUMN_IP_DROPS_REASON] = value_text(reason);
    columns[COLUMN_IP_DROPS_PACKETS] = value_number(packets);
    columns[COLUMN_IP_DROPS_SENTENCE] = value_none();
}

static void
set(struct baseline *baseline, const char *reason, uint64_t packets)
{
    struct value columns[SCHEMA_COLUMNS_MAX] = {0};

    fill(columns, reason, packets);
    baseline_set(baseline, ROWS_IP_DROPS, columns);
    value_done(&columns[COLUMN_IP_DROPS_REASON]);
}

static uint64_t
delta(const struct baseline *baseline, const char *reason, uint64_t packets)
{
    struct value columns[SCHEMA_COLUMNS_MAX] = {0};

    fill(columns, reason, packets);
    baseline_subtract(baseline, ROWS_IP_DROPS, columns);
    value_done(&columns[COLUMN_IP_DROPS_REASON]);
    return columns[COLUMN_IP_DROPS_PACKETS].number;
}

Test(baseline, is_subtracted_from_the_row_with_its_keys)
{
    struct baseline baseline = {0};

    cr_expect_eq(delta(&baseline, "loop", 5), 5, "none was set");
    set(&baseline, "loop", 5);
    cr_expect_eq(delta(&baseline, "loop", 5), 0);
    cr_expect_eq(delta(&baseline, "loop", 12), 7);
    cr_expect_eq(delta(&baseline, "no-sa", 12), 12, "another row");
    cr_expect_eq(delta(&baseline, "loop", 3), 3, "the counter began anew");
    set(&baseline, "loop", 10);
    cr_expect_eq(delta(&baseline, "loop", 12), 2, "the newer one holds");
    baseline_done(&baseline);
}

Test(baseline, finds_each_of_many)
{
    enum { MANY = 1000 };
    struct baseline baseline = {0};
    char name[16];
    uint64_t i;

    for (i = 0; i < MANY; i++) {
        (void)snprintf(name, sizeof name, "row-%u", (unsigned)i);
        set(&baseline, name, i);
    }
    for (i = 0; i < MANY; i++) {
        (void)snprintf(name, sizeof name, "row-%u", (unsigned)i);
        cr_expect_eq(delta(&baseline, name, 5000), 5000 - i);
    }
    baseline_done(&baseline);
}

Test(baseline, leaves_what_is_no_counter)
{
    struct baseline baseline = {0};
    struct value sa[SCHEMA_COLUMNS_MAX] = {0};

    sa[COLUMN_IPSEC_SA_TUNNEL] = value_text("siteB");
    sa[COLUMN_IPSEC_SA_SPI] = value_number(0x1001);
    sa[COLUMN_IPSEC_SA_SEQUENCE] = value_number(7);
    sa[COLUMN_IPSEC_SA_WINDOW] = value_number(64);
    sa[COLUMN_IPSEC_SA_OCTETS] = value_number(100);
    baseline_set(&baseline, ROWS_IPSEC_SA, sa);
    baseline_subtract(&baseline, ROWS_IPSEC_SA, sa);
    cr_expect_eq(sa[COLUMN_IPSEC_SA_SEQUENCE].number, 7);
    cr_expect_eq(sa[COLUMN_IPSEC_SA_WINDOW].number, 64);
    cr_expect_eq(sa[COLUMN_IPSEC_SA_SPI].number, 0x1001);
    cr_expect_eq(sa[COLUMN_IPSEC_SA_OCTETS].number, 0);
    sa[COLUMN_IPSEC_SA_SPI] = value_number(0x1002);
    sa[COLUMN_IPSEC_SA_OCTETS] = value_number(40);
    baseline_subtract(&baseline, ROWS_IPSEC_SA, sa);
    cr_expect_eq(sa[COLUMN_IPSEC_SA_OCTETS].number, 40, "another SA");
    value_done(&sa[COLUMN_IPSEC_SA_TUNNEL]);
    baseline_done(&baseline);
}
