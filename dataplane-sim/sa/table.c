/*
 * table.c - SAs of one direction by VR, destination, protocol and SPI.
 *
 * Open addressing with linear probing in at least twice as many slots as
 * SAs, so a search ends soon at an empty slot.  Removing closes the gap by
 * moving later entries of the run back, so there are no tombstones and the
 * table does not age.
 */
#include "base/arena.h"
#include "sa/sa.h"
#include "sa/state.h"

#include <stdlib.h>

struct sa_table {
    struct sa **slots; /* borrowed; NULL: empty */
    uint32_t mask;     /* slots - 1, slots being a power of two */
    uint32_t count;
    uint32_t capacity;
};

enum { SA_CAPACITY_MAX = 1 << 30 };

struct sa_table *
sa_table_new(uint32_t capacity)
{
    struct sa_table *table = mem_alloc(sizeof *table);
    uint32_t slots = 2;

    if (capacity > SA_CAPACITY_MAX)
        capacity = SA_CAPACITY_MAX;
    while (slots / 2 < capacity)
        slots *= 2;
    table->slots = mem_alloc(slots * sizeof(struct sa *));
    table->mask = slots - 1;
    table->capacity = capacity;
    return table;
}

void
sa_table_free(struct sa_table *table)
{
    if (table == NULL)
        return;
    free(table->slots);
    free(table);
}

/* Where the search for these begins.  Peers do not choose what is in the
 * table, so mixing is enough: no secret is needed. */
static uint32_t
home_of(const struct sa_table *table, uint16_t vr, uint32_t dst,
    uint8_t protocol, uint32_t spi)
{
    uint64_t key = ((uint64_t)dst << 32) | spi;

    key ^= ((uint64_t)vr << 40) ^ ((uint64_t)protocol << 56);
    key *= UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(key >> 32) & table->mask;
}

static uint32_t
home_of_sa(const struct sa_table *table, const struct sa *sa)
{
    return home_of(table, sa->vr, sa->dst, sa->protocol, sa->spi);
}

uint32_t
sa_table_count(const struct sa_table *table)
{
    return table->count;
}

void
sa_table_ahead(const struct sa_table *table, uint16_t vr, uint32_t dst,
    uint8_t protocol, uint32_t spi)
{
    __builtin_prefetch(&table->slots[home_of(table, vr, dst, protocol, spi)]);
}

struct sa *
sa_table_find(const struct sa_table *table, uint16_t vr, uint32_t dst,
    uint8_t protocol, uint32_t spi)
{
    uint32_t at = home_of(table, vr, dst, protocol, spi);

    for (;;) {
        struct sa *sa = table->slots[at];

        if (sa == NULL)
            return NULL;
        if (sa->spi == spi && sa->dst == dst && sa->protocol == protocol &&
            sa->vr == vr)
            return sa;
        at = (at + 1) & table->mask;
    }
}

enum err
sa_table_add(struct sa_table *table, struct sa *sa)
{
    uint32_t at = home_of_sa(table, sa);

    if (sa_table_find(table, sa->vr, sa->dst, sa->protocol, sa->spi) != NULL)
        return ERR_EXISTS;
    if (table->count == table->capacity)
        return ERR_EXHAUSTED;
    while (table->slots[at] != NULL)
        at = (at + 1) & table->mask;
    table->slots[at] = sa;
    table->count++;
    return OK;
}

/* An entry may move back to the gap if its home is not after the gap, seen
 * along the run. */
static void
close_gap(struct sa_table *table, uint32_t gap)
{
    uint32_t at = gap;
    uint32_t home;

    for (;;) {
        table->slots[gap] = NULL;
        do {
            at = (at + 1) & table->mask;
            if (table->slots[at] == NULL)
                return;
            home = home_of_sa(table, table->slots[at]);
        } while (((at - home) & table->mask) < ((at - gap) & table->mask));
        table->slots[gap] = table->slots[at];
        gap = at;
    }
}

void
sa_table_remove(struct sa_table *table, const struct sa *sa)
{
    uint32_t at = home_of_sa(table, sa);

    while (table->slots[at] != NULL && table->slots[at] != sa)
        at = (at + 1) & table->mask;
    if (table->slots[at] == NULL)
        return;
    table->count--;
    close_gap(table, at);
}
