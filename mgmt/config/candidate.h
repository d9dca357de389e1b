/*
 * candidate.h - the two snapshots of a candidate, for editing and rebasing.
 *
 * Private to config.
 */
#ifndef CONFIG_CANDIDATE_H
#define CONFIG_CANDIDATE_H

#include "config/config.h"

/* Heap; one owner, a session.  Holds both. */
struct candidate {
    struct config *base; /* what was running when it was opened */
    struct config *work; /* with the edits                      */
};

#endif
