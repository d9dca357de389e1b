/*
 * lex.h - lines of a schema file, cut into words.
 *
 * A word runs to the next blank, but blanks inside parentheses belong to it:
 * list(transform 1..6) is one word.  A string is a word in double quotes,
 * without escapes.  '#' at the start of a word begins a comment.
 */
#ifndef SCHEMAC_LEX_H
#define SCHEMAC_LEX_H

#include "base/arena.h"
#include "report.h"

#include <stdbool.h>
#include <stddef.h>

enum { LEX_WORDS_MAX = 64, LEX_LINE_MAX = 1000 };

struct lex_word {
    const char *text;
    bool quoted;
};

struct lex_line {
    struct place place;
    unsigned indent; /* levels of four blanks */
    size_t count;    /* at least 1            */
    struct lex_word words[LEX_WORDS_MAX];
    const char *rest; /* all after the first word, as it stands */
};

struct lexer {
    struct arena *arena;
    struct report *report;
    struct place place;
    const char *at;
    const char *end;
};

struct lexer lex_over(struct arena *arena, struct report *report,
    const char *file, const char *text, size_t length);
/* The next line that says something; lines that cannot be read are reported
 * and left out.  False: the end. */
bool lex_next(struct lexer *lexer, struct lex_line *out_line);

#endif
