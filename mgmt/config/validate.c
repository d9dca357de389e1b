/*
 * validate.c - is the configuration sound, as far as a change can tell?
 *
 * Looked at: the objects that changed; what depends on them (dependents.c);
 * and what still names an object that is gone (gone.c).  The matrix and the
 * references come from the schema's tables, the rest is in the checks.
 */
#include "config/checks.h"

#include "base/str.h"
#include "gen/enums.h"

/* ---- one object ---- */

static const struct schema_kind_rule *
rule_of(const struct object *object, const struct schema_setting *setting)
{
    uint16_t kind = schema_objects[object->type].kind_field;
    uint64_t column = kind == SCHEMA_NONE ? 0 : field_number(object, kind);

    return &setting->rules[column < SCHEMA_KINDS_MAX ? column : 0];
}

/* Does another setting do instead?  And a tunnel without a source may have its
 * virtual router's. */
static bool
is_given_elsewhere(
    const struct check *check, const struct object *object, uint16_t setting)
{
    uint16_t instead = schema_objects[object->type].settings[setting].unless;
    uint32_t address;

    if (instead != SCHEMA_NONE && !object_setting_equal(object, NULL, instead))
        return true;
    return object->type == OBJECT_TUNNEL && setting == SETTING_TUNNEL_SOURCE &&
           config_tunnel_source(check->to, object, &address);
}

static void
check_rule(
    const struct check *check, const struct object *object, uint16_t setting)
{
    const struct schema_setting *schema =
        &schema_objects[object->type].settings[setting];
    const struct schema_kind_rule *rule = rule_of(object, schema);
    bool set = !object_setting_equal(object, NULL, setting);

    switch (rule->need) {
    case NEED_REQUIRED:
        if (!set && !is_given_elsewhere(check, object, setting))
            check_error(check, object, setting, "%s", rule->sentence);
        break;
    case NEED_NOT_APPLICABLE:
        if (set)
            check_error(check, object, setting, "%s", rule->sentence);
        break;
    case NEED_OPTIONAL:
    default:
        if (set && rule->sentence != NULL && check->changed) {
            check_note(
                check, NOTE_NO_EFFECT, object, setting, "%s", rule->sentence);
        }
        break;
    }
}

/* Does what this field names exist? */
static void
check_reference(
    const struct check *check, const struct object *object, uint16_t index)
{
    const struct schema_field *field =
        &schema_objects[object->type].fields[index];
    const struct value *name = &object->fields[index];
    enum schema_object_id wanted;
    struct str path;

    if (field->references == SCHEMA_NONE || !value_is_set(name))
        return;
    wanted = (enum schema_object_id)field->references;
    if (config_find(check->to, wanted, name) != NULL)
        return;
    str_init(&path);
    config_path(wanted, name, &path);
    check_error(check, object, field->setting,
        "There is no `%s`: configure it, or name another one here.",
        str_text(&path));
    str_done(&path);
}

static void
check_parent(const struct check *check, const struct object *object)
{
    uint16_t parent = schema_objects[object->type].parent;
    struct str path;

    if (parent == SCHEMA_NONE ||
        config_find(check->to, (enum schema_object_id)parent, object->fields) !=
            NULL)
        return;
    str_init(&path);
    config_path((enum schema_object_id)parent, object->fields, &path);
    check_error(check, object, SCHEMA_NONE,
        "It belongs to `%s`, which is not there: create that first.",
        str_text(&path));
    str_done(&path);
}

/* Are there too many of its kind?  Counts no further than it must. */
static void
check_most(const struct check *check, const struct object *object)
{
    const struct schema_object *schema = &schema_objects[object->type];
    const struct object *other = NULL;
    size_t count = 0;

    if (schema->most == 0)
        return;
    do {
        other = config_next_child(check->to, object->type, object->fields,
            schema->inherited_count, other);
    } while (other != NULL && ++count <= schema->most);
    if (count <= schema->most)
        return;
    check_error(check, object, SCHEMA_NONE,
        "There can be at most %u of these%s%s: remove another one first.",
        (unsigned)schema->most, schema->parent == SCHEMA_NONE ? "" : " in one ",
        schema->parent == SCHEMA_NONE ? ""
                                      : schema_objects[schema->parent].name);
}

/* Can its own line be typed?  Settings of it may need one another. */
static void
check_own_line(const struct check *check, const struct object *object)
{
    uint16_t command = schema_objects[object->type].command;
    struct str line;

    if (command == SCHEMA_NONE)
        return;
    str_init(&line);
    if (!schema_render(command, object->fields, &line)) {
        check_error(check, object, SCHEMA_NONE,
            "It is not whole: type `%s`, or remove it.",
            schema_commands[command].synopsis);
    }
    str_done(&line);
}

void
check_one(const struct check *check, const struct object *object)
{
    const struct schema_object *schema = &schema_objects[object->type];

    check_parent(check, object);
    check_most(check, object);
    check_own_line(check, object);
    for (uint16_t i = 0; i < schema->setting_count; i++)
        check_rule(check, object, i);
    for (uint16_t i = 0; i < schema->field_count; i++)
        check_reference(check, object, i);
    check_object(check, object);
}

/* ---- the change set ---- */

/* What of the change the schema says that nothing uses. */
static void
say_kept(const struct check *check, const struct change *change)
{
    const struct object *after = change->after;
    const struct schema_object *schema = &schema_objects[after->type];

    if (schema->kept != NULL)
        check_kept(check, after, schema->kept);
    for (uint16_t i = 0; i < schema->setting_count; i++) {
        const char *kept = schema->settings[i].kept;

        if (kept != NULL && !object_setting_equal(after, NULL, i) &&
            !object_setting_equal(after, change->before, i))
            check_kept(check, after, kept);
    }
}

static void
check_change(const struct check *check, const struct change *change)
{
    if (change->after == NULL) {
        check_gone(check, change->before);
        return;
    }
    check_one(check, change->after);
    if (change->after->type == OBJECT_VIRTUAL_ROUTER)
        check_lost_endpoint(check, change);
    say_kept(check, change);
}

void
config_validate(const struct config *to, const struct change_set *set,
    const struct unsealer *unsealer, const struct appraiser *appraiser,
    struct diag *diag)
{
    struct notes notes = {0};
    struct check check = {
        .to = to,
        .unsealer = unsealer,
        .appraiser = appraiser,
        .diag = diag,
        .notes = &notes,
        .changed = true,
    };

    for (size_t i = 0; i < set->count; i++)
        check_change(&check, &set->changes[i]);
    check.changed = false;
    check_dependents(&check, set);
    notes_finish(&check);
}
