/*
 * spark.c - the last numbers of a row as small bars.
 */
#include "run/spark.h"

#include "base/str.h"
#include "show/show.h"

#include <string.h>

enum { KILO = 1000 };

void
spark_add(struct spark *spark, uint64_t number)
{
    if (spark->count == SPARK_BARS) {
        spark->count--;
        memmove(spark->numbers, spark->numbers + 1,
            spark->count * sizeof(spark->numbers[0]));
    }
    spark->numbers[spark->count++] = number;
}

void
spark_scale(
    const char *before, uint64_t number, const char *after, struct str *out)
{
    static const char units[] = " kMGTPE";
    double scaled = (double)number;
    size_t unit = 0;

    while (scaled >= KILO && units[unit + 1] != '\0') {
        scaled /= KILO;
        unit++;
    }
    str_add(out, before);
    if (unit == 0) {
        str_printf(out, "%6u", (unsigned)number);
    } else {
        str_printf(out, "%5.1f%c", scaled, units[unit]);
    }
    str_add(out, after);
}

static uint64_t
largest(const struct spark *spark)
{
    uint64_t most = 1;
    size_t i;

    for (i = 0; i < spark->count; i++) {
        if (spark->numbers[i] > most)
            most = spark->numbers[i];
    }
    return most;
}

void
spark_draw(const struct spark *spark, size_t most, struct str *out)
{
    size_t first = spark->count > most ? spark->count - most : 0;

    show_bars(
        spark->numbers + first, spark->count - first, largest(spark), out);
}
