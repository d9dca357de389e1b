/*
 * line.h - what stands before the command itself, and what could have stood
 * where a line went wrong; shared by execution and help.
 */
#ifndef PARSE_LINE_H
#define PARSE_LINE_H

#include "parse/match.h"
#include "parse/parse.h"

#include <stddef.h>

/* What the words before a command make of it. */
struct head {
    struct parse_place place; /* where the rest is understood       */
    enum walk_form form;
    size_t from; /* column where the rest begins       */
};

/* Words that may stand before a command in every configuration mode. */
enum { HEAD_WORDS = 4 };
extern const struct schema_word head_words[HEAD_WORDS];
/* How many of them `?` lists: the others are second names. */
enum { HEAD_WORDS_LISTED = 3 };

/* Take `no`, `default`, `run` or `do`, if the line has one from there on. */
void head_take(const struct parse_place *place, const char *line, size_t from,
    struct head *out_head);
/* The same where the word is only the beginning of `no` or `default`; false:
 * it is not. */
bool head_take_short(const struct parse_place *place, const char *line,
    size_t from, struct head *out_head);

/* Column of the first byte of the line that no terminal should get, or that
 * is one too many; WORDS_NOWHERE if all is well. */
size_t line_find_foreign(const char *line);

/* ---- what could stand there ---- */

/* Phrases such as "a number from 160 to 9000" and "one of: manual isakmp". */
struct expectation {
    char *text; /* room bytes */
    size_t room;
    size_t length;
    size_t count;
    bool full;
    uint16_t pattern; /* of the only slot, while there is just that */
    const struct schema_token *slot;
    const struct schema_type *misfit; /* that the word is too short for, or
                                         too long; NULL: none */
};

void expectation_init(struct expectation *e, char *text, size_t room);
/* All that the walk's threads could take next.  word: the wrong one, which may
 * tell which of them was meant; NULL: the line ended there. */
void expectation_add(
    struct expectation *e, const struct walk *walk, const struct word *word);
/* The keywords and values that this word shortens. */
void expectation_add_ambiguous(
    struct expectation *e, const struct walk *walk, const struct word *word);
void expectation_finish(struct expectation *e);
/* What one slot reads, for people. */
void expectation_of_slot(
    struct expectation *e, uint16_t pattern, const struct schema_token *slot);

#endif
