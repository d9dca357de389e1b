/*
 * seen.h - names that may be used once.
 *
 * Compared as they come out in C: "a-b", "a_b" and "A-B" are one name.
 */
#ifndef SCHEMAC_SEEN_H
#define SCHEMAC_SEEN_H

#include "model.h"

struct seen {
    struct model *model;
    const char *what; /* "value", for "a second value 'up'" */
    bool counted;     /* there is a generated PREFIX_COUNT */
    struct seen_name *first;
};

/* Reports a name that was there before. */
void seen_add(struct seen *seen, const struct place *place, const char *name);
/* Reports an id that C or SQL would not take. */
void id_check(struct model *model, const struct place *place, const char *id);

#endif
