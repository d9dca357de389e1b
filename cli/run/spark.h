/*
 * spark.h - the last numbers of a row as small bars, for monitor.c.
 */
#ifndef RUN_SPARK_H
#define RUN_SPARK_H

#include <stddef.h>
#include <stdint.h>

struct str;

enum { SPARK_BARS = 20 };

/* All zero: no numbers. */
struct spark {
    uint64_t numbers[SPARK_BARS]; /* the oldest first */
    size_t count;
};

void spark_add(struct spark *spark, uint64_t number);
/* "in 12.3k pkt/s": in six places. */
void spark_scale(
    const char *before, uint64_t number, const char *after, struct str *out);
/* A character for each of the last `most`, from the lowest bar for 0 to the
 * highest for the largest of them; in ASCII, for any terminal. */
void spark_draw(const struct spark *spark, size_t most, struct str *out);

#endif
