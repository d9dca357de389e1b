/*
 * diag.h - sentences for a person, collected while a function works.
 *
 * Validation reports all problems, not the first, so a diag is a list.  Each
 * entry names where (object path), which setting, and a sentence that says
 * what is wrong and what to do.  Heap; one owner; all functions accept NULL
 * for "nobody listens".
 */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>

enum diag_severity { DIAG_ERROR, DIAG_WARNING };

struct diag_entry {
    enum diag_severity severity;
    char *path;     /* "tunnel ipsec:siteB", may be empty          */
    char *setting;  /* "tunnel mtu", may be empty                  */
    char *sentence; /* whole, with its full stop                   */
};

struct diag {
    struct diag_entry *entries;
    size_t count;
    size_t room;
};

void diag_init(struct diag *diag);
void diag_done(struct diag *diag); /* frees the entries, not the struct */

/* Copies the texts.  path and setting may be NULL (kept as ""). */
void diag_add(struct diag *diag, enum diag_severity severity, const char *path,
    const char *setting, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

bool diag_has_errors(const struct diag *diag);

#endif
