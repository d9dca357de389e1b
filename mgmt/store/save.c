/*
 * save.c - one commit: the changed rows, the log and the change set, in one
 * transaction.
 */
#include "store/sql.h"

#include "base/clock.h"
#include "base/diag.h"
#include "base/str.h"
#include "config/config.h"
#include "gen/sql.h"

#include <assert.h>
#include <stdio.h>

/* ---- the objects' own rows ---- */

static enum err
prepared(struct store *store, enum schema_object_id type, enum statement kind,
    sqlite3_stmt **out_statement)
{
    const struct schema_sql *sql = &schema_sql[type];
    const char *const texts[STATEMENT_COUNT] = {
        [STATEMENT_INSERT] = sql->insert,
        [STATEMENT_UPDATE] = sql->update,
        [STATEMENT_ERASE] = sql->erase,
    };
    sqlite3_stmt **slot = &store->objects[type][kind];

    if (*slot == NULL) {
        enum err error = sql_prepare(store, texts[kind], slot);

        if (error != OK)
            return error;
    }
    *out_statement = *slot;
    return OK;
}

/* Insert, update or delete the object's row; exactly one. */
static enum err
write_row(struct store *store, enum statement kind, const struct object *object)
{
    const struct schema_object *schema = &schema_objects[object->type];
    uint16_t count =
        kind == STATEMENT_ERASE ? schema->key_count : schema->field_count;
    sqlite3_stmt *statement = NULL;
    enum err error = prepared(store, object->type, kind, &statement);

    for (uint16_t i = 0; i < count && error == OK; i++) {
        error = sql_bind_value(store, statement, i + 1, &schema->fields[i].type,
            &object->fields[i]);
    }
    if (error == OK)
        error = sql_run(store, statement);
    if (error == OK && sqlite3_changes(store->db) != 1)
        error = ERR_CONFLICT; /* somebody edited the file */
    return error;
}

static enum err
write_change(struct store *store, const struct change *change)
{
    if (change->before == NULL)
        return write_row(store, STATEMENT_INSERT, change->after);
    if (change->after == NULL)
        return write_row(store, STATEMENT_ERASE, change->before);
    return write_row(store, STATEMENT_UPDATE, change->after);
}

/* ---- history ---- */

static const char *
null_if_empty(const char *text)
{
    return text == NULL || text[0] == '\0' ? NULL : text;
}

static enum err
write_commit(
    struct store *store, const struct store_commit *commit, uint64_t changes)
{
    static const char text[] =
        "INSERT INTO commit_log (generation, user, origin, at, comment, "
        "changes, label, id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    char at[CLOCK_TEXT_SIZE];
    sqlite3_stmt *row;
    enum err error = OK;

    (void)clock_format_iso(commit->at_us, at);
    if (store->commit_row == NULL)
        error = sql_prepare(store, text, &store->commit_row);
    row = store->commit_row;
    if (error == OK)
        error = sql_bind_number(store, row, 1, commit->generation);
    if (error == OK)
        error = sql_bind_text(store, row, 2, commit->user);
    if (error == OK)
        error = sql_bind_text(store, row, 3, commit->origin);
    if (error == OK)
        error = sql_bind_text(store, row, 4, at);
    if (error == OK)
        error = sql_bind_text(store, row, 5, commit->comment);
    if (error == OK)
        error = sql_bind_number(store, row, 6, changes);
    if (error == OK)
        error = sql_bind_text(store, row, 7, null_if_empty(commit->label));
    if (error == OK)
        error = sql_bind_text(store, row, 8, null_if_empty(commit->id));
    return error == OK ? sql_run(store, row) : error;
}

/* One row of history under way; the texts are NULL where there is none. */
struct history_row {
    uint64_t generation;
    uint64_t position;
    const char *object;
    const char *path;
    const char *setting;
    const char *before;
    const char *after;
    const char *keys;
    const char *before_values;
    const char *after_values;
};

static enum err
write_history_row(struct store *store, const struct history_row *history)
{
    static const char text[] =
        "INSERT INTO change "
        "(generation, position, object, path, setting, old, new, keys, "
        "old_values, new_values) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    const char *const texts[] = {history->object, history->path,
        history->setting, history->before, history->after, history->keys,
        history->before_values, history->after_values};
    const int text_count = sizeof(texts) / sizeof(texts[0]);
    sqlite3_stmt *row;
    enum err error = OK;

    if (store->change_row == NULL)
        error = sql_prepare(store, text, &store->change_row);
    row = store->change_row;
    if (error == OK)
        error = sql_bind_number(store, row, 1, history->generation);
    if (error == OK)
        error = sql_bind_number(store, row, 2, history->position);
    for (int i = 0; i < text_count && error == OK; i++)
        error = sql_bind_text(store, row, i + 3, texts[i]);
    return error == OK ? sql_run(store, row) : error;
}

/* One side of what changed, for people and for rebuilding. */
struct side {
    struct str line;
    struct str values;
};

static void
side_done(struct side *side)
{
    str_done(&side->line);
    str_done(&side->values);
}

/* A setting.  Neither where it is not set; some have no line of their own. */
static void
side_write(const struct object *object, uint16_t setting, struct side *out_side,
    const char **out_line, const char **out_values)
{
    const struct schema_setting *schema;

    str_init(&out_side->line);
    str_init(&out_side->values);
    *out_line = NULL;
    *out_values = NULL;
    if (object == NULL || object_setting_equal(object, NULL, setting))
        return;
    schema = &schema_objects[object->type].settings[setting];
    if (schema_render(schema->command, object->fields, &out_side->line))
        *out_line = str_text(&out_side->line);
    sql_write_json(
        object, schema->first_field, schema->field_count, &out_side->values);
    *out_values = str_text(&out_side->values);
}

static enum err
write_setting(struct store *store, struct history_row *history,
    const struct change *change, uint16_t setting)
{
    const struct object *either =
        change->before != NULL ? change->before : change->after;
    struct side before;
    struct side after;
    enum err error;

    history->position++;
    history->setting = schema_objects[either->type].settings[setting].name;
    side_write(change->before, setting, &before, &history->before,
        &history->before_values);
    side_write(change->after, setting, &after, &history->after,
        &history->after_values);
    error = write_history_row(store, history);
    side_done(&before);
    side_done(&after);
    return error;
}

/* An object that was created or deleted, as a whole. */
static enum err
write_object(struct store *store, struct history_row *history,
    const struct object *object, bool is_created)
{
    const struct schema_object *schema = &schema_objects[object->type];
    size_t settable = (size_t)schema->field_count - schema->key_count;
    struct str values;
    enum err error;

    str_init(&values);
    sql_write_json(object, schema->key_count, settable, &values);
    history->position++;
    history->setting = NULL;
    history->before = is_created ? NULL : history->path;
    history->before_values = is_created ? NULL : str_text(&values);
    history->after = is_created ? history->path : NULL;
    history->after_values = is_created ? str_text(&values) : NULL;
    error = write_history_row(store, history);
    str_done(&values);
    return error;
}

static enum err
write_history(struct store *store, struct history_row *history,
    const struct change *change)
{
    const struct object *either =
        change->before != NULL ? change->before : change->after;
    const struct schema_object *schema = &schema_objects[either->type];
    enum err error = OK;
    struct str path;
    struct str keys;

    str_init(&path);
    str_init(&keys);
    object_path(either, &path);
    sql_write_json(either, 0, schema->key_count, &keys);
    history->object = schema->name;
    history->path = str_text(&path);
    history->keys = str_text(&keys);
    if (change->before == NULL || change->after == NULL) {
        error = write_object(store, history, either, change->before == NULL);
    } else {
        for (uint16_t i = 0; i < schema->setting_count && error == OK; i++) {
            if (change_touches(change, i))
                error = write_setting(store, history, change, i);
        }
    }
    str_done(&path);
    str_done(&keys);
    return error;
}

/* ---- the transaction ---- */

static enum err
write_all(struct store *store, const struct store_commit *commit,
    const struct change_set *set)
{
    struct history_row history = {.generation = commit->generation};
    enum err error = write_commit(store, commit, set->count);

    if (error == OK)
        error = audit_write_commit(store, commit, set->count);
    for (size_t i = 0; i < set->count && error == OK; i++) {
        error = write_change(store, &set->changes[i]);
        if (error == OK)
            error = write_history(store, &history, &set->changes[i]);
    }
    if (error == OK)
        error = numbers_write(store, commit->generation, set);
    if (error == OK)
        error = sql_put_confirmation(store, commit->confirmation);
    return error;
}

void
store_cancel(struct store *store)
{
    if (sqlite3_get_autocommit(store->db) == 0)
        (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
}

/* One small transaction is written where the refused one may be. */
enum err
store_settle(struct store *store)
{
    char text[96];
    enum err error;

    if (!store->doubtful)
        return OK;
    (void)snprintf(text, sizeof(text),
        "BEGIN IMMEDIATE; PRAGMA user_version = %u; COMMIT", store->version);
    error = sql_exec(store, text);
    if (error == OK) {
        store->doubtful = false;
    } else {
        store_cancel(store);
    }
    return error;
}

enum err
store_begin(struct store *store, const struct store_commit *commit,
    const struct change_set *set, struct diag *diag)
{
    enum err error = store_settle(store);

    if (error == OK)
        error = sql_exec(store, "BEGIN IMMEDIATE");
    if (error == OK)
        error = write_all(store, commit, set);
    if (error == OK)
        return OK;
    if (error == ERR_CONFLICT) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "The configuration database %s was changed by another program. "
            "Restart the router to take that over, or restore the file.",
            store->name);
    } else {
        (void)sql_explain(
            store, diag, "The commit cannot be stored; nothing has changed");
    }
    store_cancel(store);
    return error;
}

enum err
store_finish(struct store *store, struct diag *diag)
{
    enum err error;

    assert(sqlite3_get_autocommit(store->db) == 0);
    error = sql_exec(store, "COMMIT");
    if (error == OK)
        return OK;
    error = sql_explain(
        store, diag, "The commit cannot be stored; nothing has changed");
    store_cancel(store);
    store->doubtful = true;
    if (store_settle(store) != OK) {
        diag_add(diag, DIAG_WARNING, NULL, NULL,
            "As long as %s cannot be written, a crash may bring this commit "
            "back: look at `show commit history` after a restart.",
            store->name);
    }
    return error;
}
