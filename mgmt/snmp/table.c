/*
 * table.c - instances of objects in the order of SNMP.
 *
 * All columns of a table have the same keys, those of its first source's
 * rows; but each is looked for in its own source, which may be asked at
 * another moment.  A row there without a value is passed over.
 */
#include "snmp/table.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

struct table {
    const struct mib_table *mib;
    struct source *sources[MIB_SOURCES_MAX];
    /* Rows of other routers are passed over: the column, or MIB_NONE. */
    uint16_t router_columns[MIB_SOURCES_MAX];
    uint32_t router;
    bool is_there;
};

struct shared_source {
    uint16_t exec;
    uint16_t parts[MIB_PARTS_MAX];
    size_t part_count;
    struct key_shape shape;
    struct source *source;
};

/* Heap; the agent's. */
struct tables {
    struct table *tables;
    struct shared_source *sources;
    size_t source_count;
};

static const uint32_t scalar_key[1] = {0};

/* ---- life ---- */

static struct source *
share_source(struct tables *tables, const struct source_asker *asker,
    const struct mib_table *mib, size_t position, uint32_t router)
{
    const struct mib_source *from = &mib->sources[position];
    struct shared_source *shared;

    for (size_t i = 0; i < tables->source_count; i++) {
        shared = &tables->sources[i];
        if (shared->exec == from->exec &&
            shared->part_count == mib->part_count &&
            memcmp(shared->parts, from->parts, sizeof shared->parts) == 0)
            return shared->source;
    }
    shared = &tables->sources[tables->source_count++];
    shared->exec = from->exec;
    shared->part_count = mib->part_count;
    memcpy(shared->parts, from->parts, sizeof shared->parts);
    shared->shape = (struct key_shape){
        .part_count = mib->part_count,
        .parts = mib->parts,
        .columns = shared->parts,
    };
    shared->source = source_new(
        asker, (enum schema_exec_id)from->exec, &shared->shape, router);
    return shared->source;
}

/* Has the table something of a router's own, or what all of them share? */
static bool
is_in_context(const struct mib_table *mib, uint32_t router)
{
    return router == 0 || mib->shared || mib->sources[0].router != MIB_NONE ||
           source_knows_routers((enum schema_exec_id)mib->sources[0].exec);
}

static void
fill_table(struct tables *tables, const struct source_asker *asker,
    struct table *table, uint32_t router)
{
    const struct mib_table *mib = table->mib;

    table->router = router;
    for (size_t i = 0; i < mib->source_count; i++) {
        enum schema_exec_id exec = (enum schema_exec_id)mib->sources[i].exec;

        table->sources[i] = share_source(tables, asker, mib, i, router);
        table->router_columns[i] = MIB_NONE;
        if (router != 0 && !source_knows_routers(exec))
            table->router_columns[i] = mib->sources[i].router;
    }
    table->is_there = true;
}

struct tables *
tables_new(const struct source_asker *asker, uint32_t router)
{
    struct tables *tables = mem_alloc(sizeof *tables);
    size_t most = 0;

    for (size_t i = 0; i < MIB_TABLE_COUNT; i++)
        most += mib_tables[i].source_count;
    tables->tables = mem_alloc((MIB_TABLE_COUNT + 1) * sizeof *tables->tables);
    tables->sources = mem_alloc((most + 1) * sizeof *tables->sources);
    for (size_t i = 0; i < MIB_TABLE_COUNT; i++) {
        struct table *table = &tables->tables[i];

        table->mib = &mib_tables[i];
        if (is_in_context(table->mib, router))
            fill_table(tables, asker, table, router);
    }
    return tables;
}

void
tables_free(struct tables *tables)
{
    if (tables == NULL)
        return;
    for (size_t i = 0; i < tables->source_count; i++)
        source_free(tables->sources[i].source);
    free(tables->sources);
    free(tables->tables);
    free(tables);
}

struct table *
tables_at(struct tables *tables, size_t position)
{
    struct table *table = &tables->tables[position];

    return table->is_there ? table : NULL;
}

void
tables_doubt(struct tables *tables)
{
    for (size_t i = 0; i < tables->source_count; i++)
        source_doubt(tables->sources[i].source);
}

void
tables_forget_stamps(struct tables *tables)
{
    for (size_t i = 0; i < tables->source_count; i++)
        source_forget_stamps(tables->sources[i].source);
}

void
tables_tidy(struct tables *tables, uint64_t now_us)
{
    for (size_t i = 0; i < tables->source_count; i++)
        source_tidy(tables->sources[i].source, now_us);
}

uint64_t
tables_oldest_us(const struct tables *tables, uint64_t now_us)
{
    uint64_t oldest_us = now_us;

    for (size_t i = 0; i < tables->source_count; i++) {
        uint64_t us = source_oldest_us(tables->sources[i].source, now_us);

        if (us < oldest_us)
            oldest_us = us;
    }
    return oldest_us;
}

size_t
tables_size(const struct tables *tables)
{
    size_t size = 0;

    for (size_t i = 0; i < tables->source_count; i++)
        size += source_size(tables->sources[i].source);
    return size;
}

const struct mib_table *
table_mib(const struct table *table)
{
    return table->mib;
}

/* ---- reading ---- */

static bool
is_ours(const struct table *table, const struct mib_object *object,
    const struct source_place *place)
{
    uint16_t column = table->router_columns[object->source];

    return column == MIB_NONE ||
           page_cell(place->page, place->row, column).number == table->router;
}

/* The value of the answer's object in its row; false: it has none. */
static bool
read_answer(const struct table *table, struct answer *answer)
{
    const struct mib_object *object = &table->mib->objects[answer->object];
    const struct mib_source *source = &table->mib->sources[object->source];
    const struct schema_type *type = NULL;
    struct cell cell = {.kind = VALUE_NONE};

    if (!is_ours(table, object, &answer->place))
        return false;
    if (object->column != MIB_NONE) {
        type = &schema_rows[source->rows].columns[object->column].type;
        cell = page_cell(answer->place.page, answer->place.row, object->column);
    }
    answer->key = table->mib->part_count == 0
                      ? (struct key){scalar_key, 1}
                      : page_key(answer->place.page, answer->place.row);
    return reading_make(object, type, &cell, &answer->reading);
}

/* No row of the page has a value: the last one will do to go on from. */
static void
skip_unset(const struct mib_object *object, struct source_place *place)
{
    if (object->column != MIB_NONE && !object->unset.is_set &&
        object->reading != MIB_MAP &&
        page_is_unset(place->page, object->column))
        place->row = page_rows(place->page) - 1;
}

/* From the answer's place on, the first row with a value. */
static enum err
settle(struct table *table, uint64_t now_us, struct answer *answer)
{
    const struct mib_object *object = &table->mib->objects[answer->object];
    struct source *source = table->sources[object->source];
    enum err error;

    for (;;) {
        if (read_answer(table, answer))
            return OK;
        if (table->mib->part_count == 0)
            return ERR_NOT_FOUND;
        skip_unset(object, &answer->place);
        if (answer->place.row + 1 < page_rows(answer->place.page)) {
            answer->place.row++;
            continue;
        }
        error = source_after(source,
            page_key(answer->place.page, answer->place.row), now_us,
            &answer->place);
        if (error != OK)
            return error;
    }
}

/* The first instance of the answer's object, or of one behind it. */
static enum err
first_from(struct table *table, uint64_t now_us, struct answer *answer)
{
    for (; answer->object < table->mib->object_count; answer->object++) {
        const struct mib_object *object = &table->mib->objects[answer->object];
        enum err error = source_first(
            table->sources[object->source], now_us, &answer->place);

        if (error == OK)
            error = settle(table, now_us, answer);
        if (error != ERR_NOT_FOUND)
            return error;
    }
    return ERR_NOT_FOUND;
}

/* Position of the first object of at least this number. */
static size_t
find_object(const struct mib_table *mib, uint32_t number)
{
    size_t low = 0;
    size_t high = mib->object_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (mib->objects[middle].number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

enum err
table_get(struct table *table, struct key suffix, uint64_t now_us,
    struct answer *out_answer)
{
    const struct mib_table *mib = table->mib;
    struct key key = {suffix.numbers + 1, suffix.count - 1};
    struct source *source;
    enum err error;

    if (suffix.count == 0)
        return ERR_INVALID;
    out_answer->object = find_object(mib, suffix.numbers[0]);
    if (out_answer->object == mib->object_count ||
        mib->objects[out_answer->object].number != suffix.numbers[0])
        return ERR_INVALID;
    source = table->sources[mib->objects[out_answer->object].source];
    if (mib->part_count == 0) {
        if (key.count != 1 || key.numbers[0] != 0)
            return ERR_NOT_FOUND;
        error = source_first(source, now_us, &out_answer->place);
    } else {
        error = source_at(source, key, now_us, &out_answer->place);
    }
    if (error != OK)
        return error;
    return read_answer(table, out_answer) ? OK : ERR_NOT_FOUND;
}

/* The first instance of the object after this key, or at it. */
static enum err
next_in_object(struct table *table, struct key key, bool at, uint64_t now_us,
    struct answer *answer)
{
    const struct mib_object *object = &table->mib->objects[answer->object];
    struct source *source = table->sources[object->source];
    enum err error;

    if (table->mib->part_count == 0) {
        /* ".0" is after "" and, where it may be, at itself. */
        if (key.count > 0 && !(at && key.count == 1 && key.numbers[0] == 0))
            return ERR_NOT_FOUND;
        error = source_first(source, now_us, &answer->place);
    } else if (at && source_at(source, key, now_us, &answer->place) == OK) {
        error = OK;
    } else {
        error = source_after(source, key, now_us, &answer->place);
    }
    return error == OK ? settle(table, now_us, answer) : error;
}

enum err
table_next(struct table *table, struct key suffix, bool at, uint64_t now_us,
    struct answer *out_answer)
{
    const struct mib_table *mib = table->mib;
    enum err error;

    out_answer->object = 0;
    if (suffix.count == 0)
        return first_from(table, now_us, out_answer);
    out_answer->object = find_object(mib, suffix.numbers[0]);
    if (out_answer->object == mib->object_count)
        return ERR_NOT_FOUND;
    if (mib->objects[out_answer->object].number != suffix.numbers[0])
        return first_from(table, now_us, out_answer);
    error = next_in_object(table,
        (struct key){suffix.numbers + 1, suffix.count - 1}, at, now_us,
        out_answer);
    if (error != ERR_NOT_FOUND)
        return error;
    out_answer->object++;
    return first_from(table, now_us, out_answer);
}

enum err
table_step(struct table *table, uint64_t now_us, struct answer *answer)
{
    const struct mib_object *object = &table->mib->objects[answer->object];
    enum err error = ERR_NOT_FOUND;

    if (table->mib->part_count > 0) {
        if (answer->place.row + 1 < page_rows(answer->place.page)) {
            answer->place.row++;
            error = OK;
        } else {
            error = source_after(table->sources[object->source], answer->key,
                now_us, &answer->place);
        }
        if (error == OK)
            error = settle(table, now_us, answer);
    }
    if (error != ERR_NOT_FOUND)
        return error;
    answer->object++;
    return first_from(table, now_us, answer);
}
