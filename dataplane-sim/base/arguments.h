/*
 * arguments.h - the command line of a program that has long options only, read
 * by a table of where each of them goes.
 */
#ifndef BASE_ARGUMENTS_H
#define BASE_ARGUMENTS_H

#include "base/err.h"
#include "base/log.h"

#include <stdbool.h>
#include <stddef.h>

enum { ARGUMENTS_MAX = 24 };

/* An option that can be given again; all its words. */
struct argument_list {
    const char **words;
    size_t most;
    size_t count;
};

/* One option.  What it sets is left alone where it is not given; words are
 * those of the command line.  A flag with a text has a value or none. */
struct argument {
    const char *name; /* without its dashes */
    bool *flag;
    const char **text;
    struct argument_list *list;
    int *descriptor;
    enum log_level *level;
};

/* ERR_SYNTAX: said why on standard error. */
MUST_CHECK enum err arguments_read(const char *program,
    const struct argument *known, size_t count, int argc, char *const *argv);
/* "PROGRAM: WHAT `WORD`; see PROGRAM --help."; word: NULL, none.  Always
 * ERR_SYNTAX. */
MUST_CHECK enum err arguments_wrong(
    const char *program, const char *what, const char *word);

#endif
