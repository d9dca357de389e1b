/*
 * table.c - GRE tunnels by their ends: chains of interfaces by hash.
 */
#include "base/arena.h"
#include "gre/gre.h"

#include <assert.h>
#include <stdlib.h>

struct entry {
    bool is_used;
    struct gre_ends ends;
    uint32_t next;
};

/* Heap; all of it made by gre_table_new. */
struct gre_table {
    struct entry *entries; /* by interface */
    uint32_t capacity;
    uint32_t *heads; /* by hash */
    uint32_t mask;   /* heads - 1; a power of two of them */
};

struct gre_table *
gre_table_new(uint32_t capacity)
{
    struct gre_table *table = mem_alloc(sizeof(*table));
    uint32_t heads = 1;
    uint32_t i;

    while (heads < capacity)
        heads *= 2;
    table->capacity = capacity;
    table->entries =
        mem_alloc(sizeof(*table->entries) * ((size_t)capacity + 1));
    table->heads = mem_alloc(sizeof(*table->heads) * heads);
    table->mask = heads - 1;
    for (i = 0; i < heads; i++)
        table->heads[i] = GRE_NONE;
    return table;
}

void
gre_table_free(struct gre_table *table)
{
    if (table == NULL)
        return;
    free(table->entries);
    free(table->heads);
    free(table);
}

/* Addresses that are neighbours spread well (Knuth's multiplier). */
static uint32_t *
head_of(const struct gre_table *table, const struct gre_ends *ends)
{
    uint32_t hash = ends->local ^ ends->vr;

    hash = (hash * 2654435761U) ^ ends->remote;
    hash *= 2654435761U;
    return &table->heads[(hash >> 7) & table->mask];
}

static bool
is_same(const struct gre_ends *a, const struct gre_ends *b)
{
    return a->vr == b->vr && a->local == b->local && a->remote == b->remote;
}

void
gre_table_add(
    struct gre_table *table, uint32_t interface, const struct gre_ends *ends)
{
    uint32_t *head = head_of(table, ends);

    assert(interface < table->capacity && !table->entries[interface].is_used);
    table->entries[interface] =
        (struct entry){.is_used = true, .ends = *ends, .next = *head};
    *head = interface;
}

void
gre_table_remove(struct gre_table *table, uint32_t interface)
{
    struct entry *entry = &table->entries[interface];
    uint32_t *at;

    assert(interface < table->capacity);
    if (!entry->is_used)
        return;
    at = head_of(table, &entry->ends);
    while (*at != interface)
        at = &table->entries[*at].next;
    *at = entry->next;
    entry->is_used = false;
}

uint32_t
gre_table_find(const struct gre_table *table, const struct gre_ends *ends)
{
    uint32_t at = *head_of(table, ends);

    while (at != GRE_NONE && !is_same(&table->entries[at].ends, ends))
        at = table->entries[at].next;
    return at;
}
