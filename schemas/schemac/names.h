/*
 * names.h - the forms of a name: tunnel-state, tunnel_state, TUNNEL_STATE.
 *
 * Results are in the arena.
 */
#ifndef SCHEMAC_NAMES_H
#define SCHEMAC_NAMES_H

#include "base/arena.h"

#include <stdbool.h>

const char *name_snake(struct arena *arena, const char *name);
const char *name_upper(struct arena *arena, const char *name);
/* Words of letters, digits, '-' and '_', not starting with '-'. */
bool name_is_good(const char *name);
/* Keyword of C or of SQL: no name for an object or a field. */
bool name_is_reserved(const char *id);

#endif
