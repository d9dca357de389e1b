/*
 * load.h - what load.c and load_text.c share; private to them.
 */
#ifndef RUN_LOAD_H
#define RUN_LOAD_H

#include "run/shell.h"

/* What is to be loaded, and how. */
struct load {
    bool replaces;
    bool is_json; /* nothing else will do */
    enum run_loading loading;
    const char *name;
    unsigned line; /* of the file that holds it, before its first */
    struct str text;
};

/* The line that asked for it: NULL, NULL: none. */
struct asked {
    const struct run_origin *origin;
    const char *line;
};

void load_done(struct load *load);
/* All of a text into load->text: of a file ("-": standard input), of the
 * lines below the one that asked, of what is typed.  RUN_FAILED: said why. */
enum run_outcome load_read_file(struct shell *shell, const struct asked *asked,
    const char *path, struct load *load);
enum run_outcome load_read_below(
    struct shell *shell, const struct asked *asked, struct load *load);
enum run_outcome load_read_typed(
    struct shell *shell, const struct asked *asked, struct load *load);
/* RUN_FAILED: the text says nothing. */
enum run_outcome load_refuse_nothing(
    struct shell *shell, const struct asked *asked, const struct load *load);

#endif
