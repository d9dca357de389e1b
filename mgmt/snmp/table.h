/*
 * table.h - the engine: instances of objects in the order of SNMP, over the
 * cached rows of the daemon.  Knows nothing of SNMP's library.
 *
 *    suffix     column . key          of a table, below its entry
 *               object . 0            of scalars, below their node
 */
#ifndef SNMP_TABLE_H
#define SNMP_TABLE_H

#include "snmp/reading.h"
#include "snmp/source.h"

enum { SUFFIX_MAX = KEY_MAX + 1 };

/* All tables in one context, and the sources that they share. */
struct tables;
struct table;

/* router: whose rows; 0: all, and then every table is there. */
struct tables *tables_new(const struct source_asker *asker, uint32_t router);
void tables_free(struct tables *tables); /* NULL is allowed */
/* The table of this position in mib_tables; NULL: it is not in the context. */
struct table *tables_at(struct tables *tables, size_t position);
void tables_doubt(struct tables *tables);
void tables_forget_stamps(struct tables *tables);
void tables_tidy(struct tables *tables, uint64_t now_us);
/* Of the oldest page that serves; now: none does. */
uint64_t tables_oldest_us(const struct tables *tables, uint64_t now_us);
size_t tables_size(const struct tables *tables);

const struct mib_table *table_mib(const struct table *table);

/* An instance that was found: good until the next call for its table. */
struct answer {
    size_t object; /* position among the table's */
    struct source_place place;
    struct key key; /* behind the object's number */
    struct reading reading;
};

/* The instance of this suffix.  ERR_NOT_FOUND: no such instance;
 * ERR_INVALID: no such object; ERR_IO: nobody knows. */
MUST_CHECK enum err table_get(struct table *table, struct key suffix,
    uint64_t now_us, struct answer *out_answer);
/* The first instance after the suffix; `at`: or at it. */
MUST_CHECK enum err table_next(struct table *table, struct key suffix, bool at,
    uint64_t now_us, struct answer *out_answer);
/* The one after an answer, which it becomes. */
MUST_CHECK enum err table_step(
    struct table *table, uint64_t now_us, struct answer *answer);

#endif
