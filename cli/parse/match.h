/*
 * match.h - following all patterns of a place at once, word by word.
 *
 * A thread is one pattern and how much of it the words so far have used.  A
 * word keeps the threads that it fits best and ends the others:
 *
 *    exact keyword > shortened keyword > value of a narrow type > any text
 *
 * Three walks are made of the same words, because a setting of the object
 * that is being configured wins over a command of global configuration, and
 * that over an exec command.  Plain values, no memory of their own.
 */
#ifndef PARSE_MATCH_H
#define PARSE_MATCH_H

#include "parse/parse.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct word;

enum walk_class { WALK_OBJECT, WALK_GLOBAL, WALK_EXEC, WALK_COUNT };

enum walk_form { FORM_PLAIN, FORM_NO, FORM_DEFAULT };

struct thread {
    uint16_t pattern;
    uint8_t next;  /* the token that is not used yet           */
    uint8_t taken; /* words in the slot before it, while it may
                      take more; else 0                        */
};

struct walk {
    enum walk_form form;
    size_t count;
    struct thread *live; /* its part of the room of all */
};

/* No pattern is in two of them.  They point into the struct, which must not
 * be copied. */
struct walks {
    struct walk of[WALK_COUNT];
    size_t used; /* of the room */
    struct thread room[PATTERN_COUNT];
};

/* What a walk is begun from. */
struct walk_start {
    const struct parse_place *place;
    enum walk_form form;
    const struct word *first; /* the first word that is going to be walked:
                                 patterns that it cannot begin may be left
                                 out; NULL: it is not known yet */
};

/* Is this mode one of configuration? */
bool mode_configures(uint16_t mode);
/* Is it one below global configuration? */
bool mode_is_sub(uint16_t mode);
void walks_init(struct walks *walks);
/* All patterns of a class that can be typed there; each class once. */
struct walk *walks_begin(
    struct walks *walks, enum walk_class class, const struct walk_start *start);
/* Could the word be this keyword or a shortened one?  False is certain. */
bool may_be_keyword(const struct word *word, const char *keyword);
/* One word further.  PARSE_OK; or PARSE_INVALID or PARSE_AMBIGUOUS, and the
 * walk stays where it was. */
enum parse_outcome walk_word(struct walk *walk, const struct word *word);
/* Is the line's first word, which was walked, spelt in full?  Where it is in
 * one walk, those are not meant for which it is short for another word: `ip`
 * and ipsec. */
bool walk_is_named(const struct walk *walk, const struct word *first);
/* The first thread that may end here, or NULL. */
const struct thread *walk_complete(const struct walk *walk);

/* ---- one thread ---- */

bool thread_is_complete(const struct thread *thread, enum walk_form form);
/* The token of which the thread is in the middle, and the next; NULL: none. */
const struct schema_token *thread_open(const struct thread *thread);
const struct schema_token *thread_next(const struct thread *thread);
/* Does the thread's slot take all that is left of the line? */
bool thread_takes_line(const struct thread *thread);
/* Move by a word that is known to fit. */
void thread_advance(struct thread *thread, const struct word *word);
/* What a slot of this pattern reads. */
const struct schema_field *slot_field(
    uint16_t pattern, const struct schema_token *slot);
/* The text after the slot's prefix; NULL: it lacks the prefix. */
const char *slot_text(const struct schema_token *slot, const char *text);

#endif
