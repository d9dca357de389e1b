/*
 * config.c - configuration lines become CREATE, DELETE, SET and UNSET.
 */
#include "run/shell.h"

#include "base/str.h"
#include "parse/parse.h"
#include "wire/client.h"

#include <stdio.h>
#include <string.h>

/* The keys of the object that the line is about: those of the object being
 * configured, of its parent, and what was typed. */
struct target {
    const struct schema_object *object;
    uint16_t type;
    struct value keys[SCHEMA_KEYS_MAX];
};

/* A key of the object that this one belongs to: the virtual router in force,
 * or the object that is being configured, or the parent of that. */
static struct value
parent_key(
    const struct shell *shell, const struct schema_object *object, size_t key)
{
    return object_is_nested(object) ? value_share(&shell->keys[key])
                                    : value_text(shell->vr);
}

/* Of the object that a setting is for: named in the line, or the one that is
 * being configured, which for a virtual router is the session's. */
static struct value
key_of_setting(const struct run_call *call, size_t key)
{
    const struct schema_command *command =
        &schema_commands[call->parsed->command];

    if (value_is_set(&call->parsed->values[key]))
        return value_share(&call->parsed->values[key]);
    if (command->object == OBJECT_VIRTUAL_ROUTER)
        return value_text(call->shell->vr);
    return value_share(&call->shell->keys[key]);
}

static void
target_find(const struct run_call *call, struct target *out_target)
{
    const struct schema_command *command =
        &schema_commands[call->parsed->command];
    const struct schema_object *object = &schema_objects[command->object];
    struct target target = {.object = object, .type = command->object};
    size_t i;

    for (i = 0; i < object->key_count; i++) {
        if (command->kind == COMMAND_SETTING) {
            target.keys[i] = key_of_setting(call, i);
        } else if (i < object->inherited_count) {
            target.keys[i] = parent_key(call->shell, object, i);
        } else {
            target.keys[i] = value_share(&call->parsed->values[i]);
            if (!value_is_set(&target.keys[i]))
                target.keys[i] = value_share(&object->fields[i].fallback);
        }
    }
    *out_target = target;
}

static void
target_done(struct target *target)
{
    size_t i;

    for (i = 0; i < target->object->key_count; i++)
        value_done(&target->keys[i]);
}

static void
frame_begin(struct wire_frame *frame, enum wire_verb verb,
    const struct target *target, uint16_t setting)
{
    size_t i;

    wire_frame_init(frame, verb, 0);
    wire_add_number(frame, target->type);
    if (verb == WIRE_SET || verb == WIRE_UNSET)
        wire_add_number(frame, setting);
    for (i = 0; i < target->object->key_count; i++)
        wire_add(frame, value_share(&target->keys[i]));
}

/* Was any field of this setting typed? */
static bool
setting_is_typed(const struct run_call *call,
    const struct schema_object *object, uint16_t setting)
{
    const struct schema_setting *row = &object->settings[setting];
    size_t i;

    for (i = 0; i < row->field_count; i++) {
        if (value_is_set(&call->parsed->values[row->first_field + i]))
            return true;
    }
    return false;
}

static enum run_outcome
send_set(
    const struct run_call *call, const struct target *target, uint16_t setting)
{
    const struct schema_setting *row = &target->object->settings[setting];
    struct wire_frame frame;
    size_t i;

    frame_begin(&frame, WIRE_SET, target, setting);
    for (i = 0; i < row->field_count; i++) {
        size_t field = row->first_field + i;

        /* a flag has no slot: its words are its value */
        if (target->object->fields[field].type.kind == TYPE_FLAG) {
            wire_add_number(&frame, !call->parsed->negated);
        } else {
            wire_add(&frame, value_share(&call->parsed->values[field]));
        }
    }
    return request_ahead(call->shell, &frame, call->line, call->origin);
}

/* A flag that is on by default is turned off by storing that it is off. */
static bool
is_turning_off(
    const struct run_call *call, const struct target *target, uint16_t setting)
{
    uint16_t field = target->object->settings[setting].first_field;

    return call->parsed->negated &&
           type_is_on(&target->object->fields[field].type);
}

static enum run_outcome
send_unset(
    const struct run_call *call, const struct target *target, uint16_t setting)
{
    const struct schema_setting *row = &target->object->settings[setting];
    const bool *named = &call->parsed->named[row->first_field];
    struct wire_frame frame;
    bool any = false;
    size_t i;

    for (i = 0; i < row->field_count; i++)
        any = any || named[i];
    frame_begin(&frame, WIRE_UNSET, target, setting);
    for (i = 0; i < row->field_count; i++)
        wire_add_number(&frame, !any || named[i]);
    return request_ahead(call->shell, &frame, call->line, call->origin);
}

/* From now on the session is inside the object. */
static void
enter_object(struct shell *shell, struct target *target)
{
    size_t i;

    shell_leave_object(shell);
    shell->mode = target->object->mode;
    if (target->type == OBJECT_VIRTUAL_ROUTER) {
        snprintf(
            shell->vr, sizeof shell->vr, "%s", value_string(&target->keys[0]));
        return;
    }
    shell->object = target->type;
    for (i = 0; i < target->object->key_count; i++) {
        shell->keys[i] = target->keys[i];
        target->keys[i] = value_none();
    }
}

/* Do the keys of the object that the session is inside begin with these? */
static bool
has_keys(const struct shell *shell, const struct target *target)
{
    size_t i;

    for (i = 0; i < target->object->key_count; i++) {
        if (!value_equal(&shell->keys[i], &target->keys[i]))
            return false;
    }
    return true;
}

/* Is the session inside the object that is being removed? */
static bool
is_inside(const struct shell *shell, const struct target *target)
{
    return shell->object == target->type && has_keys(shell, target);
}

/* Or inside one that belongs to it? */
static bool
is_below(const struct shell *shell, const struct target *target)
{
    return shell->object != SCHEMA_NONE &&
           schema_objects[shell->object].parent == target->type &&
           has_keys(shell, target);
}

static enum run_outcome
remove_object(const struct run_call *call, const struct target *target)
{
    struct shell *shell = call->shell;
    struct wire_frame frame;
    enum run_outcome outcome;

    frame_begin(&frame, WIRE_DELETE, target, 0);
    outcome = request_ahead(shell, &frame, call->line, call->origin);
    if (outcome != RUN_OK)
        return outcome;
    if (target->type == OBJECT_VIRTUAL_ROUTER) {
        /* wait: the context changes only if it is really gone */
        outcome = run_drain(shell);
        if (outcome == RUN_OK &&
            str_equal(shell->vr, value_string(&target->keys[0])))
            snprintf(shell->vr, sizeof shell->vr, "default");
    }
    if (is_inside(shell, target)) {
        shell_exit_object(shell);
    } else if ((target->object->mode == SCHEMA_NONE &&
                   !object_is_nested(target->object)) ||
               target->type == OBJECT_VIRTUAL_ROUTER ||
               is_below(shell, target)) {
        shell_leave_object(shell);
        shell->mode = MODE_CONFIG;
    }
    return outcome;
}

/* A line that makes an object, or enters it, with what it sets on the way. */
static enum run_outcome
create_object(const struct run_call *call, struct target *target)
{
    struct shell *shell = call->shell;
    struct wire_frame frame;
    enum run_outcome outcome;
    uint16_t i;

    frame_begin(&frame, WIRE_CREATE, target, 0);
    outcome = request_ahead(shell, &frame, call->line, call->origin);
    for (i = 0; outcome == RUN_OK && i < target->object->setting_count; i++) {
        if (setting_is_typed(call, target->object, i))
            outcome = send_set(call, target, i);
    }
    if (outcome == RUN_OK && call->origin->file == NULL)
        outcome = run_drain(shell); /* a person stays where it was refused */
    if (outcome != RUN_OK)
        return outcome;
    if (target->object->mode != SCHEMA_NONE) {
        enter_object(shell, target);
    } else if (!object_is_nested(target->object)) {
        shell_leave_object(shell);
        shell->mode = MODE_CONFIG;
    }
    return RUN_OK;
}

enum run_outcome
run_config(const struct run_call *call)
{
    const struct schema_command *command =
        &schema_commands[call->parsed->command];
    bool negated = call->parsed->negated || call->parsed->defaulted;
    enum run_outcome outcome;
    struct target target;

    target_find(call, &target);
    if (command->kind == COMMAND_OBJECT) {
        outcome = negated ? remove_object(call, &target)
                          : create_object(call, &target);
    } else {
        negated = negated && !is_turning_off(call, &target, command->setting);
        outcome = negated ? send_unset(call, &target, command->setting)
                          : send_set(call, &target, command->setting);
    }
    target_done(&target);
    return outcome;
}
