/*
 * candidate.h - the two snapshots of a candidate, for editing and rebasing.
 *
 * Private to config.
 */
#ifndef CONFIG_CANDIDATE_H
#define CONFIG_CANDIDATE_H

#include "config/config.h"

/* Heap; one owner, a session.  Holds all three. */
struct candidate {
    struct config *base; /* what was running when it was opened */
    struct config *work; /* with the edits, but for those of:   */
    /* The object that is being edited: ours alone, in place of the one of
     * these keys in `work`; NULL: none is. */
    struct object *open;
};

/* Put the open object into `work`.  What the candidate says stays the same,
 * so whoever only reads may have it done. */
void candidate_settle(const struct candidate *candidate);

#endif
