/*
 * ahead.h - ask for memory before it is needed, so that nobody waits for it.
 */
#ifndef BASE_AHEAD_H
#define BASE_AHEAD_H

#include "base/arena.h"

#include <stddef.h>

/* Any address is allowed, one that is not there too. */
static inline void
ahead(const void *memory, size_t size)
{
    const char *at = memory;

    for (size_t done = 0; done < size; done += MEM_LINE)
        __builtin_prefetch(at + done);
}

#endif
