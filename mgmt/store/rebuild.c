/*
 * rebuild.c - an older configuration, from what is running and the history.
 *
 *     running --undo newest commit--> ... --undo--> wanted
 *
 * The rows of one object stand together.  Each is checked against what it
 * claims to have made, and each value as if a client had sent it: somebody
 * may have edited the file, and a wrong old configuration is worse than none.
 */
#include "store/sql.h"

#include "base/diag.h"
#include "base/str.h"
#include "config/config.h"

#include <assert.h>

enum column {
    COLUMN_OBJECT,
    COLUMN_SETTING,
    COLUMN_OLD,
    COLUMN_NEW,
    COLUMN_KEYS,
    COLUMN_OLD_VALUES,
    COLUMN_NEW_VALUES,
};

/* One rebuilding under way. */
struct undo {
    struct store *store;
    struct config *config; /* so far */
    uint64_t generation;   /* being undone */
    sqlite3_stmt *rows;
    sqlite3_stmt *reader;
    /* The object whose rows are being read. */
    struct object *before;      /* being made; NULL: none, or it was created */
    const struct object *after; /* in config; NULL: it was deleted      */
    struct str keys;            /* as they stand in the row             */
    uint64_t objects;
};

static const char *
text_of(const struct undo *undo, enum column column)
{
    return (const char *)sqlite3_column_text(undo->rows, (int)column);
}

/* ---- objects ---- */

static enum err
find_type(const char *name, enum schema_object_id *out_type)
{
    for (size_t i = 0; name != NULL && i < OBJECT_COUNT; i++) {
        if (str_equal(schema_objects[i].name, name)) {
            *out_type = (enum schema_object_id)i;
            return OK;
        }
    }
    return ERR_INVALID;
}

/* What the object's rows made is done with: put it back as it was. */
static void
finish_object(struct undo *undo)
{
    if (undo->before != NULL) {
        config_put(&undo->config, undo->before);
    } else if (undo->after != NULL) {
        /* its keys are needed until it is gone */
        struct object *created = object_ref(undo->after);

        (void)config_take(&undo->config, created->type, created->fields);
        object_unref(created);
    }
    undo->before = NULL;
    undo->after = NULL;
}

/* The row is the first of an object that was created, deleted or changed. */
static enum err
open_object(
    struct undo *undo, enum schema_object_id type, const struct value *keys)
{
    const struct object *after = config_find(undo->config, type, keys);
    bool whole = text_of(undo, COLUMN_SETTING) == NULL;
    bool was = !whole || text_of(undo, COLUMN_OLD) != NULL;
    bool is = !whole || text_of(undo, COLUMN_NEW) != NULL;

    if ((!was && !is) || (whole && was && is) || is != (after != NULL))
        return ERR_INVALID;
    if (is && was) {
        undo->before = object_copy(after);
    } else if (was) {
        undo->before = object_new(type, keys);
    }
    undo->after = after;
    undo->objects++;
    return OK;
}

static enum err
begin_object(struct undo *undo, enum schema_object_id type)
{
    const struct schema_object *schema = &schema_objects[type];
    struct value keys[SCHEMA_KEYS_MAX] = {{.kind = VALUE_NONE}};
    enum err error;

    finish_object(undo);
    str_clear(&undo->keys);
    str_add(&undo->keys, text_of(undo, COLUMN_KEYS));
    error = sql_read_json(undo->store, undo->reader, str_text(&undo->keys),
        schema->fields, schema->key_count, keys);
    if (error != OK)
        return error;
    for (size_t i = 0; i < schema->inherited_count; i++) {
        if (!value_is_set(&keys[i]))
            error = ERR_INVALID;
    }
    if (error == OK)
        error = open_object(undo, type, keys);
    for (size_t i = 0; i < schema->key_count; i++)
        value_done(&keys[i]);
    return error;
}

/* ---- settings ---- */

static enum err
find_setting(const struct schema_object *schema, const char *name,
    const struct schema_setting **out_setting)
{
    for (size_t i = 0; i < schema->setting_count; i++) {
        if (str_equal(schema->settings[i].name, name)) {
            *out_setting = &schema->settings[i];
            return OK;
        }
    }
    return ERR_INVALID;
}

/* The fields that a row is about: those of one setting, or of all. */
struct part {
    const struct schema_field *fields;
    size_t first;
    size_t count;
};

static enum err
find_part(const struct schema_object *schema, const char *setting,
    struct part *out_part)
{
    size_t first = schema->key_count;
    size_t count = (size_t)schema->field_count - first;

    if (setting != NULL) {
        const struct schema_setting *found;
        enum err error = find_setting(schema, setting, &found);

        if (error != OK)
            return error;
        first = found->first_field;
        count = found->field_count;
    }
    *out_part = (struct part){&schema->fields[first], first, count};
    return OK;
}

static void
values_done(struct value *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        value_done(&values[i]);
}

/* NULL: nothing was set. */
static enum err
read_side(struct undo *undo, enum column column, const struct part *part,
    struct value *out_values)
{
    const char *text = text_of(undo, column);

    return sql_read_json(undo->store, undo->reader, text == NULL ? "{}" : text,
        part->fields, part->count, out_values);
}

/* Is it what the row says it became? */
static enum err
check_new(struct undo *undo, const struct part *part)
{
    struct value values[SCHEMA_FIELDS_MAX] = {{.kind = VALUE_NONE}};
    enum err error = read_side(undo, COLUMN_NEW_VALUES, part, values);

    for (size_t i = 0; error == OK && i < part->count; i++) {
        const struct value none = value_none();
        const struct value *is =
            undo->after == NULL ? &none : &undo->after->fields[part->first + i];

        if (!value_equal(is, &values[i]))
            error = ERR_INVALID;
    }
    values_done(values, part->count);
    return error;
}

/* Give the object what the row says was there before. */
static enum err
take_old(struct undo *undo, const struct part *part)
{
    struct value values[SCHEMA_FIELDS_MAX] = {{.kind = VALUE_NONE}};
    enum err error = read_side(undo, COLUMN_OLD_VALUES, part, values);

    for (size_t i = 0; error == OK && i < part->count; i++) {
        if (undo->before == NULL) {
            if (value_is_set(&values[i]))
                error = ERR_INVALID; /* it was created: had nothing before */
        } else {
            struct value *field = &undo->before->fields[part->first + i];

            value_done(field);
            *field = value_share(&values[i]);
        }
    }
    values_done(values, part->count);
    return error;
}

/* A created object has its new values in its row, a deleted one its old ones:
 * a row without them says nothing of the object. */
static bool
has_values(const struct undo *undo)
{
    if (text_of(undo, COLUMN_SETTING) != NULL)
        return true;
    return (text_of(undo, COLUMN_OLD_VALUES) != NULL) ==
               (undo->before != NULL) &&
           (text_of(undo, COLUMN_NEW_VALUES) != NULL) == (undo->after != NULL);
}

static enum err
undo_part(struct undo *undo, const struct schema_object *schema)
{
    struct part part;
    enum err error = has_values(undo) ? OK : ERR_INVALID;

    if (error == OK)
        error = find_part(schema, text_of(undo, COLUMN_SETTING), &part);
    if (error == OK)
        error = check_new(undo, &part);
    if (error == OK)
        error = take_old(undo, &part);
    return error;
}

/* ---- commits ---- */

static bool
is_same_object(const struct undo *undo, enum schema_object_id type)
{
    const struct object *either =
        undo->before != NULL ? undo->before : undo->after;

    return either != NULL && either->type == type &&
           text_of(undo, COLUMN_SETTING) != NULL &&
           str_equal(text_of(undo, COLUMN_KEYS), str_text(&undo->keys));
}

static enum err
undo_row(struct undo *undo)
{
    enum schema_object_id type;
    enum err error = find_type(text_of(undo, COLUMN_OBJECT), &type);

    if (error == OK && text_of(undo, COLUMN_KEYS) == NULL)
        error = ERR_INVALID;
    if (error == OK && !is_same_object(undo, type))
        error = begin_object(undo, type);
    if (error == OK)
        error = undo_part(undo, &schema_objects[type]);
    return error;
}

/* How many objects the commit changed, by the log. */
static enum err
count_objects(struct undo *undo, uint64_t *out_count)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    enum err error = sql_prepare(undo->store,
        "SELECT changes FROM commit_log WHERE generation = ?1", &statement);

    if (error == OK)
        error = sql_bind_number(undo->store, statement, 1, undo->generation);
    if (error == OK)
        error = sql_step(undo->store, statement, &row);
    if (error == OK && row)
        *out_count = (uint64_t)sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    return error == OK && !row ? ERR_INVALID : error;
}

static enum err
undo_commit(struct undo *undo)
{
    uint64_t wanted = 0;
    bool row = false;
    enum err error = count_objects(undo, &wanted);

    undo->objects = 0;
    if (error == OK)
        error = sql_bind_number(undo->store, undo->rows, 1, undo->generation);
    if (error == OK)
        error = sql_step(undo->store, undo->rows, &row);
    while (error == OK && row) {
        error = undo_row(undo);
        if (error == OK)
            error = sql_step(undo->store, undo->rows, &row);
    }
    (void)sqlite3_reset(undo->rows);
    if (error == OK) {
        finish_object(undo);
        if (undo->objects != wanted)
            error = ERR_INVALID;
    }
    object_unref(undo->before); /* of an object that was not finished */
    undo->before = NULL;
    undo->after = NULL;
    return error;
}

static enum err
undo_begin(struct undo *undo)
{
    static const char text[] =
        "SELECT object, setting, old, new, keys, old_values, new_values "
        "FROM change WHERE generation = ?1 ORDER BY position";
    enum err error = sql_prepare(undo->store, text, &undo->rows);

    if (error == OK)
        error = sql_prepare_json(undo->store, &undo->reader);
    return error;
}

/* ERR_NOT_FOUND: what was changed since is not kept any more. */
static enum err
check_kept(struct store *store, uint64_t wanted, struct diag *diag)
{
    uint64_t oldest = 0;
    enum err error = history_oldest(store, &oldest);

    if (error != OK) {
        return sql_explain(
            store, diag, "The history of commits cannot be read");
    }
    if (wanted >= oldest)
        return OK;
    diag_add(diag, DIAG_ERROR, NULL, NULL,
        "Generation %llu is pruned from the history: the oldest that can be "
        "rebuilt is generation %llu.",
        (unsigned long long)wanted, (unsigned long long)oldest);
    return ERR_NOT_FOUND;
}

static enum err
refuse(const struct undo *undo, struct diag *diag, enum err error)
{
    if (error != ERR_INVALID) {
        return sql_explain(
            undo->store, diag, "The history of commits cannot be read");
    }
    diag_add(diag, DIAG_ERROR, NULL, NULL,
        "What commit %llu changed, as %s has it, does not fit: an older "
        "configuration cannot be rebuilt. Type it, or load a backup of it.",
        (unsigned long long)undo->generation, undo->store->name);
    return ERR_IO;
}

enum err
store_rebuild(struct store *store, const struct config *running,
    uint64_t generation, uint64_t wanted, struct diag *diag,
    struct config **out_config)
{
    struct undo undo = {.store = store, .generation = generation};
    enum err error;

    assert(wanted <= generation);
    error = check_kept(store, wanted, diag);
    if (error != OK)
        return error;
    undo.config = config_ref(running);
    str_init(&undo.keys);
    error = undo_begin(&undo);
    while (error == OK && undo.generation > wanted) {
        error = undo_commit(&undo);
        if (error == OK)
            undo.generation--;
    }
    if (error != OK)
        error = refuse(&undo, diag, error);
    (void)sqlite3_finalize(undo.rows);
    (void)sqlite3_finalize(undo.reader);
    str_done(&undo.keys);
    if (error != OK) {
        config_unref(undo.config);
        return error;
    }
    *out_config = undo.config;
    return OK;
}
