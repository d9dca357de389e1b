/*
 * words.h - a line as words, each knowing the column where it begins.
 *
 * Blanks separate; "quotes" keep blanks, with \" and \\ inside them, and may
 * open in the middle of a word (ipsec:"a b").  Plain values; the words point
 * into the struct they are in, so it must not be copied.
 */
#ifndef PARSE_WORDS_H
#define PARSE_WORDS_H

#include "parse/parse.h"

#include <stdbool.h>
#include <stddef.h>

enum { WORDS_NOWHERE = PARSE_LINE_MAX + 1 }; /* "there is no such column" */

struct word {
    const char *text; /* without its quotes, terminated             */
    size_t length;
    size_t column; /* where it begins in the line                   */
    bool quoted;   /* it is no keyword                              */
    bool open;     /* its closing quote is missing                  */
};

struct words {
    size_t count;
    size_t excess; /* column of the first word that found no room     */
    size_t bar;    /* column of the first '|' outside quotes, or of a
                      '>' there that begins a word                    */
    size_t end;    /* of the line, without the blanks that trail      */
    struct word words[PARSE_WORDS_MAX];
    char text[PARSE_LINE_MAX + PARSE_WORDS_MAX + 1];
};

bool parse_is_blank(char c);
/* Split the line from a column on; cut: only up to the bar.  The line
 * has at most PARSE_LINE_MAX bytes. */
void words_split(
    const char *line, size_t from, bool cut, struct words *out_words);

#endif
