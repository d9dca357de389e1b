/*
 * arena.c - memory with the lifetime of one request, and the plain heap.
 *
 *     blocks -> [newest, being filled] -> [full] -> [large] -> NULL
 *
 * A request too large for a block gets one of its own behind the newest, so
 * that the newest keeps being filled.
 */
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 4096, LARGE_SIZE = BLOCK_SIZE / 4 };

/* Heap; owned by its arena. */
struct arena_block {
    struct arena_block *next;
    size_t used;
    size_t room;
    alignas(max_align_t) unsigned char bytes[];
};

/* Nobody can act on this error, and a half-done commit is worse. */
_Noreturn static void
out_of_memory(size_t size)
{
    (void)fprintf(stderr, "ermine: out of memory (%zu bytes wanted)\n", size);
    abort();
}

void *
mem_alloc(size_t size)
{
    void *memory = calloc(1, size == 0 ? 1 : size);

    if (memory == NULL)
        out_of_memory(size);
    return memory;
}

/* calloc's zeros cost nothing where much is asked for and little is used, and
 * aligned_alloc has none: so a line more, and before the first what is to be
 * freed. */
void *
mem_alloc_lines(size_t size)
{
    unsigned char *memory;
    void **lines;

    if (size > SIZE_MAX - MEM_LINE)
        out_of_memory(size);
    memory = mem_alloc(size + MEM_LINE);
    lines = (void **)(void *)(memory + MEM_LINE - (uintptr_t)memory % MEM_LINE);
    lines[-1] = memory;
    return lines;
}

void
mem_free_lines(void *memory)
{
    if (memory != NULL)
        free(((void **)memory)[-1]);
}

void *
mem_resize(void *old, size_t size)
{
    void *memory = realloc(old, size == 0 ? 1 : size);

    if (memory == NULL)
        out_of_memory(size);
    return memory;
}

char *
mem_strdup(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(mem_alloc(size), text, size);
}

void
arena_init(struct arena *arena)
{
    arena->blocks = NULL;
}

void
arena_clear(struct arena *arena)
{
    struct arena_block *next;

    for (struct arena_block *at = arena->blocks; at != NULL; at = next) {
        next = at->next;
        free(at);
    }
    arena->blocks = NULL;
}

void
arena_done(struct arena *arena)
{
    if (arena != NULL)
        arena_clear(arena);
}

static struct arena_block *
block_new(size_t room)
{
    struct arena_block *block;

    if (room > SIZE_MAX - sizeof(*block))
        out_of_memory(room);
    block = mem_alloc(sizeof(*block) + room);
    block->room = room;
    return block;
}

/* A block with room for size bytes, already linked into the arena. */
static struct arena_block *
block_for(struct arena *arena, size_t size)
{
    struct arena_block *newest = arena->blocks;
    struct arena_block *block;

    if (newest != NULL && size <= newest->room - newest->used)
        return newest;
    block = block_new(size > LARGE_SIZE ? size : BLOCK_SIZE);
    if (size > LARGE_SIZE && newest != NULL) {
        block->next = newest->next;
        newest->next = block;
    } else {
        block->next = newest;
        arena->blocks = block;
    }
    return block;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
    const size_t step = alignof(max_align_t);
    struct arena_block *block;
    void *memory;

    if (size > SIZE_MAX - step)
        out_of_memory(size);
    size = size == 0 ? step : (size + step - 1) / step * step;
    block = block_for(arena, size);
    memory = block->bytes + block->used;
    block->used += size;
    return memory;
}

char *
arena_strndup(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);

    if (length != 0)
        memcpy(copy, text, length);
    return copy;
}

char *
arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

char *
arena_printf(struct arena *arena, const char *fmt, ...)
{
    va_list args;
    char *text;
    int length;

    assert(fmt != NULL);
    va_start(args, fmt);
    length = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (length < 0) /* only a conversion that cannot be encoded */
        return arena_strdup(arena, "");
    text = arena_alloc(arena, (size_t)length + 1);
    va_start(args, fmt);
    (void)vsnprintf(text, (size_t)length + 1, fmt, args);
    va_end(args);
    return text;
}
