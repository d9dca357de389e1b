/*
 * test_spark.c - numbers as bars.
 */
#include "run/spark.h"

#include "base/str.h"

#include <criterion/criterion.h>

static void
expect(const uint64_t *numbers, size_t count, const char *expected)
{
    struct spark spark = {.count = 0};
    struct str out;
    size_t i;

    for (i = 0; i < count; i++)
        spark_add(&spark, numbers[i]);
    str_init(&out);
    spark_draw(&spark, SPARK_BARS, &out);
    cr_expect_str_eq(str_text(&out), expected);
    str_done(&out);
}

Test(spark, scales_to_the_largest)
{
    expect((const uint64_t[]){0, 1, 500, 1000}, 4, "_.=#");
    expect((const uint64_t[]){0, 0}, 2, "__");
    expect((const uint64_t[]){UINT64_MAX, 0}, 2, "#_");
    expect(NULL, 0, "");
}

Test(spark, scales_numbers_to_six_places)
{
    static const struct {
        uint64_t number;
        const char *expected;
    } rows[] = {
        {0,          "     0"},
        {999,        "   999"},
        {1000,       "  1.0k"},
        {123456,     "123.5k"},
        {2500000,    "  2.5M"},
        {UINT64_MAX, " 18.4E"},
    };
    struct str out;
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        str_init(&out);
        spark_scale("", rows[i].number, "", &out);
        cr_expect_str_eq(str_text(&out), rows[i].expected);
        str_done(&out);
    }
}

Test(spark, keeps_the_last_twenty)
{
    uint64_t numbers[30] = {[0] = 1000, [29] = 7};

    expect(numbers, 30, "___________________#");
}
