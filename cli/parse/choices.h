/*
 * choices.h - collecting what could stand at the cursor.
 */
#ifndef PARSE_CHOICES_H
#define PARSE_CHOICES_H

#include "parse/parse.h"

#include <stdbool.h>

/* word: as struct parse_choice; a word that does not fit is left out, and
 * one that is there already is not added again. */
void choices_add(struct parse_choices *choices, const char *word,
    const char *help, bool literal);
/* The same for a word that is to begin with the prefix, in either case. */
void choices_add_keyword(struct parse_choices *choices, const char *prefix,
    const struct schema_word *keyword);
void choices_sort(struct parse_choices *choices);

/* What a slot could hold there.  prefix: what is typed of the word; names may
 * be NULL. */
struct slot_place {
    uint16_t pattern;
    const struct schema_token *slot;
    const char *prefix;
    bool quoted; /* the word began with a quote */
    const struct parse_names *names;
};
void choices_add_slot(
    struct parse_choices *choices, const struct slot_place *at);
/* What may follow a '|': the filters and their words.  exec: whose output. */
void choices_add_filter(
    struct parse_choices *choices, uint16_t exec, const char *text);

#endif
