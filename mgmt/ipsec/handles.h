/*
 * handles.h - which object has which index in the dataplane; private to this
 * room.
 *
 * Indices are given out from 0 up to a limit; one that was given back is the
 * first to be given out again.  Finding is by the object's type and keys, in
 * constant time.  Holds on to the object for its keys: what else is set on it
 * may have changed since.
 */
#ifndef IPSEC_HANDLES_H
#define IPSEC_HANDLES_H

#include "base/err.h"
#include "config/config.h"

#include <stdbool.h>
#include <stdint.h>

struct handle;

/* Lifetime: the manager's. */
struct handles {
    struct handle *all; /* by index */
    uint32_t room;
    uint32_t limit;
    uint32_t touched; /* indices below were given out at least once */
    uint32_t spare;   /* list of those given back; HANDLE_NONE: none */
    uint32_t count;   /* given out now */
    uint64_t changes; /* how often one was given out or back */
    uint32_t *heads;  /* chains by hash; a power of two of them */
    uint32_t head_count;
};

#define HANDLE_NONE UINT32_MAX

void handles_init(struct handles *handles, uint32_t limit);
void handles_done(struct handles *handles);

/* ERR_NOT_FOUND. */
MUST_CHECK enum err handles_find(const struct handles *handles,
    enum schema_object_id type, const struct value *keys, uint32_t *out_index);
/* For an object that has none yet.  ERR_EXHAUSTED at the limit. */
MUST_CHECK enum err handles_take(
    struct handles *handles, const struct object *object, uint32_t *out_index);
void handles_give_back(struct handles *handles, uint32_t index);
/* Of use for its type and keys; NULL: the index is not given out. */
const struct object *handles_object(
    const struct handles *handles, uint32_t index);

#endif
