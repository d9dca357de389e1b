/*
 * config_random.h - random configurations of legal values, from a seed.
 *
 * Driven by the schema's tables, so that a new object or setting is in the
 * property tests without a word.  Legal by type, not sound as a whole: most
 * would not pass validation.
 */
#ifndef SUPPORT_CONFIG_RANDOM_H
#define SUPPORT_CONFIG_RANDOM_H

#include "config/config.h"

struct dice {
    uint64_t state;
};

uint64_t dice_roll(struct dice *dice);
/* 0 to sides - 1 */
size_t dice_below(struct dice *dice, size_t sides);

/* About so many objects beside the presets. */
struct config *config_random(struct dice *dice, size_t count);
/* The same, and whatever names an object that is not there is cleared: what
 * the database's foreign keys accept. */
struct config *config_random_linked(struct dice *dice, size_t count);
/* So many random edits: new objects, new values, removals. */
void candidate_shuffle(
    struct candidate *candidate, struct dice *dice, size_t edits);

/* The same objects?  Does not rely on the tree's comparison. */
bool config_equal(const struct config *a, const struct config *b);

#endif
