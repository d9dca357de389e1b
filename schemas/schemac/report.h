/*
 * report.h - what is wrong with a schema: "file:line: sentence", all of it.
 *
 * Bounded: after REPORT_MAX lines only the count goes on.
 */
#ifndef SCHEMAC_REPORT_H
#define SCHEMAC_REPORT_H

#include "base/str.h"

#include <stddef.h>

enum { REPORT_MAX = 100 };

struct place {
    const char *file;
    unsigned line;
};

struct report {
    struct str text;
    size_t count;
};

void report_at(struct report *report, const struct place *place,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
