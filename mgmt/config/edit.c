/* edit.c - what may be typed into a candidate. */
#include "config/edit.h"

#include "base/diag.h"
#include "base/str.h"

/* Does this pattern have a slot for the field? */
static bool
has_slot(const struct schema_pattern *pattern, uint16_t field)
{
    for (uint16_t i = 0; i < pattern->token_count; i++) {
        const struct schema_token *token =
            &schema_tokens[pattern->first_token + i];

        if (token->kind == TOKEN_SLOT && token->field == field)
            return true;
    }
    return false;
}

/* Of the fields from first on: are those that are set the pattern's slots? */
static bool
fits(const struct schema_pattern *pattern, const struct schema_object *schema,
    const struct value *fields, uint16_t first, uint16_t end)
{
    for (uint16_t i = first; i < end; i++) {
        if (schema->fields[i].type.kind == TYPE_FLAG)
            continue; /* said by the words alone */
        if (value_is_set(&fields[i]) != has_slot(pattern, i))
            return false;
    }
    return true;
}

static bool
is_typeable(uint16_t command, enum schema_object_id type,
    const struct value *fields, uint16_t first, uint16_t end)
{
    const struct schema_command *typed;

    if (command == SCHEMA_NONE)
        return true;
    typed = &schema_commands[command];
    for (uint16_t i = 0; i < typed->pattern_count; i++) {
        if (fits(&schema_patterns[typed->first_pattern + i],
                &schema_objects[type], fields, first, end))
            return true;
    }
    return false;
}

/* A value from outside: of the type, and not a secret in clear. */
static bool
is_legal(const struct schema_field *field, const struct value *value)
{
    if (!value_is_set(value))
        return true;
    return value->kind != VALUE_CLEAR && value_check(&field->type, value) == OK;
}

static void
explain_value(struct diag *diag, const char *path, const char *setting,
    const struct schema_field *field)
{
    struct str label;

    str_init(&label);
    type_label(&field->type, &label);
    diag_add(diag, DIAG_ERROR, path, setting,
        "The value for %s is not one that it can have: give %s.", field->name,
        str_text(&label));
    str_done(&label);
}

enum err
edit_check_keys(
    enum schema_object_id type, const struct value *keys, struct diag *diag)
{
    const struct schema_object *schema = &schema_objects[type];

    for (uint16_t i = 0; i < schema->key_count; i++) {
        bool missing = i < schema->inherited_count && !value_is_set(&keys[i]);

        if (missing || !is_legal(&schema->fields[i], &keys[i])) {
            explain_value(diag, schema->title, NULL, &schema->fields[i]);
            return ERR_INVALID;
        }
    }
    if (!is_typeable(schema->command, type, keys, schema->inherited_count,
            schema->key_count)) {
        diag_add(diag, DIAG_ERROR, schema->title, NULL,
            "This is not a whole command: type `%s`.",
            schema_commands[schema->command].synopsis);
        return ERR_INVALID;
    }
    return OK;
}

enum err
edit_check_values(const struct object *object, uint16_t setting,
    const struct value *values, struct diag *diag)
{
    const struct schema_object *schema = &schema_objects[object->type];
    const struct schema_setting *set = &schema->settings[setting];
    struct str path;

    for (uint16_t i = 0; i < set->field_count; i++) {
        const struct schema_field *field =
            &schema->fields[set->first_field + i];

        if (is_legal(field, &values[i]))
            continue;
        str_init(&path);
        object_path(object, &path);
        explain_value(diag, str_text(&path), set->label, field);
        str_done(&path);
        return ERR_INVALID;
    }
    return OK;
}

bool
edit_is_whole(const struct object *object, uint16_t setting)
{
    const struct schema_object *schema = &schema_objects[object->type];
    const struct schema_setting *set = &schema->settings[setting];
    uint16_t first = set->first_field;
    uint16_t end = (uint16_t)(first + set->field_count);

    if (object_setting_equal(object, NULL, setting))
        return true;
    return is_typeable(set->command, object->type, object->fields, first, end);
}
