/*
 * page.h - rows of a table as the agent keeps them: by column, with the key
 * of each row as SNMP sorts it.
 *
 *    keys   [ 17 ] [ 18 ] [ 21 ] ...        numbers of an index, ascending
 *    column [ up up up ... ]   -> one value, where all rows have the same
 *    column [ 5, 9, 12, ... ]
 *    texts  "siteA" "siteB" ...             what is as above is not repeated
 *
 * A page is built from the rows of one answer, then never changes; it covers
 * the keys after `from` up to `to`.
 */
#ifndef SNMP_PAGE_H
#define SNMP_PAGE_H

#include "gen/mib.h"
#include "schema/schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    KEY_MAX = 100,       /* numbers of a key: a text of 80 and some more */
    PAGE_ROWS_MAX = 256, /* that the daemon is asked for at a time       */
};

struct key {
    const uint32_t *numbers;
    size_t count;
};

/* As SNMP sorts: the first number that differs, then the shorter one. */
int key_compare(struct key a, struct key b);

/* Where the key is in a row: columns, and how each becomes numbers. */
struct key_shape {
    size_t part_count;
    const enum mib_part *parts;
    const uint16_t *columns;
};

/* The key of a row: its numbers.  False: a part is not set, of another kind,
 * or the key is longer than KEY_MAX. */
bool key_of_row(const struct key_shape *shape, const struct value *values,
    uint32_t numbers[KEY_MAX], size_t *out_count);

/* One value of a row. */
struct cell {
    enum value_kind kind; /* none, number, text */
    uint64_t number;
    const char *text;
    size_t length;
};

struct page;

/* Takes rows one by one; lives on the stack of one answer. */
struct page_builder;

struct page_builder *page_builder_new(
    const struct key_shape *shape, size_t column_count);
/* Ready for the rows of another page. */
void page_builder_reset(struct page_builder *builder);
void page_builder_free(struct page_builder *builder); /* NULL is allowed */
/* False: it is not in order, or its key is no key; it is left out. */
bool page_builder_add(
    struct page_builder *builder, const struct value *values, size_t count);
size_t page_builder_rows(const struct page_builder *builder);
/* What was added, but for keys after `last` (NULL: all).  The caller's. */
struct page *page_build(struct page_builder *builder, const struct key *last);

void page_free(struct page *page); /* NULL is allowed */
size_t page_rows(const struct page *page);
struct key page_key(const struct page *page, size_t row);
struct cell page_cell(const struct page *page, size_t row, size_t column);
/* Is the column set in no row? */
bool page_is_unset(const struct page *page, size_t column);
/* The first row whose key is at least (or, if after, more than) this; as
 * many as there are rows: none. */
size_t page_find(const struct page *page, struct key key, bool after);
/* Bytes that it takes. */
size_t page_size(const struct page *page);

#endif
