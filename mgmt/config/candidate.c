/*
 * candidate.c - one session's private work on the configuration.
 *
 *     running at the time ---- base
 *                                \ edits, each in place
 *                                 work
 *
 * The two share all that was not edited.  No edit leaves half a change.
 *
 * Lines come object by object, so the object of the last edit is kept open: a
 * copy of our own that further edits change in place.  It goes into `work`,
 * and into the indexes, when somebody asks for anything else.
 */
#include "config/candidate.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/str.h"
#include "config/access.h"
#include "config/edit.h"
#include "gen/enums.h"

#include <assert.h>
#include <stdlib.h>

struct candidate *
candidate_open(const struct config *running)
{
    struct candidate *candidate = mem_alloc(sizeof(*candidate));

    candidate->base = config_ref(running);
    candidate->work = config_ref(running);
    return candidate;
}

void
candidate_settle(const struct candidate *candidate)
{
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): the way past const */
    struct candidate *mine = (struct candidate *)(uintptr_t)candidate;
    struct object *open = mine->open;
    const struct object *stored;

    if (open == NULL)
        return;
    mine->open = NULL;
    stored = config_find(mine->work, open->type, open->fields);
    if (stored != NULL && object_equal(stored, open)) {
        object_unref(open);
    } else {
        config_put(&mine->work, open);
    }
}

struct candidate *
candidate_copy(const struct candidate *candidate)
{
    struct candidate *copy = mem_alloc(sizeof(*copy));

    candidate_settle(candidate);
    copy->base = config_ref(candidate->base);
    copy->work = config_ref(candidate->work);
    return copy;
}

void
candidate_free(struct candidate *candidate)
{
    if (candidate == NULL)
        return;
    config_unref(candidate->base);
    config_unref(candidate->work);
    object_unref(candidate->open);
    free(candidate);
}

const struct config *
candidate_base(const struct candidate *candidate)
{
    return candidate->base;
}

const struct config *
candidate_work(const struct candidate *candidate)
{
    candidate_settle(candidate);
    return candidate->work;
}

bool
candidate_is_changed(const struct candidate *candidate)
{
    struct change_set set;
    bool changed;

    candidate_settle(candidate);
    if (candidate->base == candidate->work)
        return false;
    config_diff(candidate->base, candidate->work, &set);
    changed = set.count > 0;
    change_set_done(&set);
    return changed;
}

void
candidate_replace(struct candidate *candidate, const struct config *running,
    const struct config *work)
{
    struct config *new_base = config_ref(running);
    struct config *new_work = config_ref(work);

    config_unref(candidate->base);
    config_unref(candidate->work);
    object_unref(candidate->open);
    candidate->base = new_base;
    candidate->work = new_work;
    candidate->open = NULL;
}

void
candidate_reset(struct candidate *candidate, const struct config *running)
{
    candidate_replace(candidate, running, running);
}

/* A sentence about an object that is known by its keys. */
static void
explain(struct diag *diag, enum schema_object_id type, const struct value *keys,
    const char *setting, const char *sentence)
{
    struct str path;

    str_init(&path);
    config_path(type, keys, &path);
    diag_add(diag, DIAG_ERROR, str_text(&path), setting, "%s", sentence);
    str_done(&path);
}

static void
explain_missing(
    struct diag *diag, enum schema_object_id type, const struct value *keys)
{
    struct str path;

    str_init(&path);
    config_path(type, keys, &path);
    diag_add(diag, DIAG_ERROR, str_text(&path), NULL,
        "There is no such object in the candidate: type `%s` first.",
        str_text(&path));
    str_done(&path);
}

/* A route to null 0 brings the interface along: on the router it is always
 * there, so a pasted configuration does not create it. */
static void
create_null(struct candidate *candidate, const struct value *route)
{
    const struct value *type = &route[FIELD_ROUTE_OUT_TYPE];
    struct value keys[] = {route[FIELD_ROUTE_VIRTUAL_ROUTER], *type,
        route[FIELD_ROUTE_OUT_LOCATION]};

    if (type->kind != VALUE_NUMBER || type->number != INTERFACE_TYPE_NULL ||
        !str_equal(value_string(&keys[2]), "0"))
        return;
    if (config_find(candidate->work, OBJECT_INTERFACE, keys) == NULL)
        config_put(&candidate->work, object_new(OBJECT_INTERFACE, keys));
}

/* Is the open object the one of these keys? */
static bool
is_open(const struct candidate *candidate, enum schema_object_id type,
    const struct value *keys)
{
    const struct object *open = candidate->open;

    if (open == NULL || open->type != type)
        return false;
    for (uint16_t i = 0; i < schema_objects[type].key_count; i++) {
        if (!value_equal(&open->fields[i], &keys[i]))
            return false;
    }
    return true;
}

/* An entry of an access list that was typed without a number: with it, where
 * there is one.  The keys are borrowed. */
static enum err
number_entry(struct candidate *candidate, const struct value *keys,
    struct value *out_keys)
{
    uint64_t number;

    candidate_settle(candidate);
    if (!access_entry_number(candidate->work, keys, &number))
        return ERR_EXHAUSTED;
    for (uint16_t i = 0; i < schema_objects[OBJECT_ACCESS_LIST].key_count; i++)
        out_keys[i] = keys[i];
    out_keys[FIELD_ACCESS_LIST_SEQUENCE] = value_number(number);
    return OK;
}

static bool
wants_number(enum schema_object_id type, const struct value *keys)
{
    return type == OBJECT_ACCESS_LIST &&
           !value_is_set(&keys[FIELD_ACCESS_LIST_SEQUENCE]);
}

enum err
candidate_create(struct candidate *candidate, enum schema_object_id type,
    const struct value *keys, struct diag *diag)
{
    const struct schema_object *schema = &schema_objects[type];
    struct value numbered[SCHEMA_KEYS_MAX];
    enum err error = edit_check_keys(type, keys, diag);

    if (error != OK)
        return error;
    if (wants_number(type, keys)) {
        error = number_entry(candidate, keys, numbered);
        if (error != OK) {
            explain(diag, type, keys, NULL,
                "There is no number left behind the last entry: give it one "
                "by `sequence`.");
            return error;
        }
        keys = numbered;
    }
    if (is_open(candidate, type, keys))
        return OK;
    candidate_settle(candidate);
    if (schema->parent != SCHEMA_NONE) {
        enum schema_object_id parent = (enum schema_object_id)schema->parent;

        if (config_find(candidate->work, parent, keys) == NULL) {
            explain_missing(diag, parent, keys);
            return ERR_NOT_FOUND;
        }
    }
    if (type == OBJECT_ROUTE)
        create_null(candidate, keys);
    if (config_find(candidate->work, type, keys) == NULL)
        candidate->open = object_new(type, keys);
    return OK;
}

/* Is `type` below `ancestor` in the tree of parents? */
static bool
is_below(size_t type, enum schema_object_id ancestor)
{
    uint16_t at = schema_objects[type].parent;

    while (at != SCHEMA_NONE && at != ancestor)
        at = schema_objects[at].parent;
    return at != SCHEMA_NONE;
}

/* All objects of the type whose keys begin with these.  False: none did. */
static bool
take_all(struct candidate *candidate, enum schema_object_id type,
    const struct value *keys, size_t count)
{
    const struct object *found;
    bool is_found = false;

    while ((found = config_next_child(
                candidate->work, type, keys, count, NULL)) != NULL) {
        struct object *held = object_ref(found); /* its keys are read */

        (void)config_take(&candidate->work, type, held->fields);
        object_unref(held);
        is_found = true;
    }
    return is_found;
}

/* All that belongs to the object: keys of children begin with its keys. */
static void
remove_children(struct candidate *candidate, enum schema_object_id type,
    const struct value *keys)
{
    size_t count = schema_objects[type].key_count;

    for (size_t i = 0; i < OBJECT_COUNT; i++) {
        if (is_below(i, type))
            (void)take_all(candidate, (enum schema_object_id)i, keys, count);
    }
}

/* Are these the first keys only, up to where `no` may end? */
static bool
is_together(enum schema_object_id type, const struct value *keys)
{
    const struct schema_object *schema = &schema_objects[type];
    bool is_short = schema->together_count > 0;

    for (uint16_t i = 0; i < schema->key_count && is_short; i++)
        is_short = value_is_set(&keys[i]) == (i < schema->together_count);
    return is_short;
}

/* All objects that agree in the first keys. */
static enum err
remove_together(struct candidate *candidate, enum schema_object_id type,
    const struct value *keys, struct diag *diag)
{
    if (take_all(candidate, type, keys, schema_objects[type].together_count))
        return OK;
    diag_add(diag, DIAG_ERROR, NULL, NULL,
        "Nothing like this is in the candidate, so there is nothing to "
        "remove.");
    return ERR_NOT_FOUND;
}

enum err
candidate_remove(struct candidate *candidate, enum schema_object_id type,
    const struct value *keys, struct diag *diag)
{
    struct value numbered[SCHEMA_KEYS_MAX];
    const struct object *found;
    struct object *held;
    enum err error;

    candidate_settle(candidate);
    if (is_together(type, keys))
        return remove_together(candidate, type, keys, diag);
    error = edit_check_keys(type, keys, diag);
    if (error != OK)
        return error;
    if (schema_is_preset((uint16_t)type, keys)) {
        explain(diag, type, keys, NULL,
            "It is always there and cannot be removed; remove what is in it.");
        return ERR_DENIED;
    }
    found = config_find(candidate->work, type, keys);
    if (found == NULL && wants_number(type, keys) &&
        number_entry(candidate, keys, numbered) == OK)
        found = config_find(candidate->work, type, numbered);
    if (found == NULL) {
        explain(diag, type, keys, NULL,
            "It is not in the candidate, so there is nothing to remove.");
        return ERR_NOT_FOUND;
    }
    held = object_ref(found); /* the caller's keys may be its own */
    remove_children(candidate, type, held->fields);
    (void)config_take(&candidate->work, type, held->fields);
    object_unref(held);
    return OK;
}

/* Open the object to edit; an error is explained. */
static enum err
open_object(struct candidate *candidate, enum schema_object_id type,
    const struct value *keys, struct diag *diag)
{
    const struct object *found;
    enum err error;

    if (is_open(candidate, type, keys))
        return OK;
    error = edit_check_keys(type, keys, diag);
    if (error != OK)
        return error;
    candidate_settle(candidate);
    found = config_find(candidate->work, type, keys);
    if (found == NULL) {
        explain_missing(diag, type, keys);
        return ERR_NOT_FOUND;
    }
    candidate->open = object_copy(found);
    return OK;
}

/* Exchange the setting's values of the object with these. */
static void
swap_values(struct object *object, const struct schema_setting *schema,
    struct value *values)
{
    for (uint16_t i = 0; i < schema->field_count; i++) {
        struct value *field = &object->fields[schema->first_field + i];
        struct value old = *field;

        *field = values[i];
        values[i] = old;
    }
}

/* Give the open object these values of a setting, unless that would be half a
 * command.  The values are taken over. */
static enum err
edit_open(struct candidate *candidate, uint16_t setting, struct value *values,
    struct diag *diag)
{
    struct object *open = candidate->open;
    const struct schema_setting *schema =
        &schema_objects[open->type].settings[setting];
    enum err error = OK;
    struct str path;

    swap_values(open, schema, values);
    if (!edit_is_whole(open, setting)) {
        str_init(&path);
        object_path(open, &path);
        diag_add(diag, DIAG_ERROR, str_text(&path), schema->label,
            "This is not a whole command: type `%s`.",
            schema_commands[schema->command].synopsis);
        str_done(&path);
        swap_values(open, schema, values);
        error = ERR_INVALID;
    }
    for (uint16_t i = 0; i < schema->field_count; i++)
        value_done(&values[i]);
    return error;
}

enum err
candidate_set(struct candidate *candidate, enum schema_object_id type,
    const struct value *keys, uint16_t setting, const struct value *values,
    struct diag *diag)
{
    const struct schema_setting *schema =
        &schema_objects[type].settings[setting];
    struct value wanted[SCHEMA_FIELDS_MAX];
    enum err error;

    assert(setting < schema_objects[type].setting_count);
    error = open_object(candidate, type, keys, diag);
    if (error == OK)
        error = edit_check_values(candidate->open, setting, values, diag);
    if (error != OK)
        return error;
    for (uint16_t i = 0; i < schema->field_count; i++) {
        bool stays = schema->merge && !value_is_set(&values[i]);

        wanted[i] = value_share(
            stays ? &candidate->open->fields[schema->first_field + i]
                  : &values[i]);
        if (type_is_on(
                &schema_objects[type].fields[schema->first_field].type) &&
            wanted[i].number != 0)
            wanted[i] = value_none(); /* on is how it is without a word */
    }
    return edit_open(candidate, setting, wanted, diag);
}

enum err
candidate_unset(struct candidate *candidate, enum schema_object_id type,
    const struct value *keys, uint16_t setting, const bool *which,
    struct diag *diag)
{
    const struct schema_setting *schema =
        &schema_objects[type].settings[setting];
    struct value wanted[SCHEMA_FIELDS_MAX];
    enum err error;

    assert(setting < schema_objects[type].setting_count);
    error = open_object(candidate, type, keys, diag);
    if (error != OK)
        return error;
    for (uint16_t i = 0; i < schema->field_count; i++) {
        bool goes = which == NULL || which[i];

        wanted[i] =
            goes ? value_none()
                 : value_share(
                       &candidate->open->fields[schema->first_field + i]);
    }
    return edit_open(candidate, setting, wanted, diag);
}
