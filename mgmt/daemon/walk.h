/*
 * walk.h - the objects of a configuration in the order of a script.
 *
 * Every object is followed by its children, so a virtual router stands before
 * its interfaces, tunnels and routes, and after another's.  Objects are
 * otherwise in the order of the schema and of their keys.
 */
#ifndef DAEMON_WALK_H
#define DAEMON_WALK_H

#include "config/config.h"

enum { WALK_DEPTH_MAX = 4 };

/* A place in one snapshot, borrowed from whoever holds that. */
struct walk {
    const struct config *config;
    const struct object *path[WALK_DEPTH_MAX]; /* from the root to here */
    size_t depth;                              /* 0: before the first   */
    bool is_over;
};

void walk_init(struct walk *walk, const struct config *config);
/* NULL: there are no more. */
const struct object *walk_next(struct walk *walk);

#endif
