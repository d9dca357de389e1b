/*
 * explain.h - what a commit tells the operator.
 *
 * Private to commit.
 */
#ifndef COMMIT_EXPLAIN_H
#define COMMIT_EXPLAIN_H

#include "commit/commit.h"

/* An error for each setting, or object, that the candidate and somebody else
 * changed: who, when, in which commit, and what to type. */
void explain_collisions(const struct candidate *candidate,
    const struct change_set *collisions, struct store *store,
    struct diag *diag);

/* What the change set, which leads from the candidate's base to its work, does
 * to tunnels. */
struct commit_summary summarise(
    const struct candidate *candidate, const struct change_set *set);

#endif
