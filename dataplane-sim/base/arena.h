/*
 * arena.h - memory with the lifetime of one request.
 *
 * Everything taken from an arena is freed by arena_done at once.  Out of
 * memory aborts with a message (control code only; the packet path has no
 * allocator at all).  Memory is zeroed.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena {
    struct arena_block *blocks;
};

void arena_init(struct arena *arena);
void arena_done(struct arena *arena);
void arena_clear(struct arena *arena); /* free all, keep usable */

void *arena_alloc(struct arena *arena, size_t size);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_printf(struct arena *arena, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Heap with the same policy: zeroed, and abort when there is none.  What
 * mem_resize adds is not zeroed: it cannot know the old size. */
void *mem_alloc(size_t size);
void *mem_resize(void *old, size_t size);
/* As mem_alloc, at the beginning of a line of the caches: for what packets
 * read, which then comes with as few of them as it can.  Freed by
 * mem_free_lines. */
enum { MEM_LINE = 64 };
void *mem_alloc_lines(size_t size);
void mem_free_lines(void *memory); /* NULL is allowed */
char *mem_strdup(const char *text);

#endif
