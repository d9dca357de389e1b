/*
 * load_json.c - a configuration in JSON becomes CREATE, SET and UNSET.
 *
 * Requests carry where in the text they come from, so that what the daemon
 * refuses is told with FILE:LINE:COLUMN as well.
 */
#include "run/shell.h"

#include "base/str.h"
#include "wire/client.h"
#include "json/json.h"

#include <string.h>

enum { LOOK_EVERY = 16 }; /* objects between two looks at the clock */

struct json_loader {
    struct shell *shell;
    const struct run_origin *origin; /* of the line before the text */
    struct progress progress;
    size_t objects;
    enum run_outcome outcome;
};

/* FILE:LINE with the column where origins have the line; name: to fill. */
static struct run_origin
origin_at(
    const struct json_loader *loader, struct json_place place, struct str *name)
{
    str_clear(name);
    str_printf(
        name, "%s:%u", loader->origin->file, loader->origin->line + place.line);
    return (struct run_origin){str_text(name), place.column};
}

/* One request; takes the frame over. */
static void
send(struct json_loader *loader, const struct json_object *object,
    const struct schema_field *field, struct json_place place,
    struct wire_frame *frame)
{
    struct run_origin origin;
    struct str name;
    struct str path;

    if (loader->outcome != RUN_OK) {
        wire_frame_done(frame);
        return;
    }
    str_init(&name);
    str_init(&path);
    str_add(&path, object->path);
    if (field != NULL)
        str_printf(&path, ".%s", field->name);
    origin = origin_at(loader, place, &name);
    loader->outcome =
        request_ahead(loader->shell, frame, str_text(&path), &origin);
    str_done(&name);
    str_done(&path);
}

static void
begin(struct wire_frame *frame, enum wire_verb verb,
    const struct json_object *object, const uint16_t *setting)
{
    const struct schema_object *schema = &schema_objects[object->type];
    uint16_t i;

    wire_frame_init(frame, verb, 0);
    wire_add_number(frame, object->type);
    if (setting != NULL)
        wire_add_number(frame, *setting);
    for (i = 0; i < schema->key_count; i++)
        wire_add(frame, value_share(&object->keys[i]));
}

/* What of a setting stands in the text. */
struct given {
    uint16_t first; /* field, or SCHEMA_NONE */
    bool sets;
    bool unsets;
};

static struct given
look(const struct json_object *object, const struct schema_setting *setting)
{
    struct given given = {.first = SCHEMA_NONE};
    uint16_t i;

    for (i = 0; i < setting->field_count; i++) {
        uint16_t field = (uint16_t)(setting->first_field + i);

        if (!object->given[field])
            continue;
        if (given.first == SCHEMA_NONE)
            given.first = field;
        if (value_is_set(&object->fields[field])) {
            given.sets = true;
        } else {
            given.unsets = true;
        }
    }
    return given;
}

/* null takes away; where another field of the setting is set with it, the
 * SET of a setting that does not merge does so by itself. */
static void
send_setting(struct json_loader *loader, const struct json_object *object,
    uint16_t setting)
{
    const struct schema_object *schema = &schema_objects[object->type];
    const struct schema_setting *row = &schema->settings[setting];
    struct given given = look(object, row);
    const struct schema_field *field;
    struct wire_frame frame;
    uint16_t i;

    if (given.first == SCHEMA_NONE)
        return;
    field = &schema->fields[given.first];
    if (given.unsets && (row->merge || !given.sets)) {
        begin(&frame, WIRE_UNSET, object, &setting);
        for (i = 0; i < row->field_count; i++) {
            uint16_t at = (uint16_t)(row->first_field + i);

            wire_add_number(&frame,
                object->given[at] && !value_is_set(&object->fields[at]));
        }
        send(loader, object, field, object->places[given.first], &frame);
    }
    if (given.sets) {
        begin(&frame, WIRE_SET, object, &setting);
        for (i = 0; i < row->field_count; i++) {
            wire_add(
                &frame, value_share(&object->fields[row->first_field + i]));
        }
        send(loader, object, field, object->places[given.first], &frame);
    }
}

/* Is it time to look at the clock, and was Ctrl-C pressed? */
static void
look_up(struct json_loader *loader, const struct json_object *object)
{
    struct run_origin origin;
    struct str name;

    if (loader->objects++ % LOOK_EVERY != 0)
        return;
    progress_step(&loader->progress, object->place.line);
    if (!interrupt_pressed(loader->shell))
        return;
    str_init(&name);
    origin = origin_at(loader, object->place, &name);
    say_problem(loader->shell, &origin, NULL, "% Stopped there by Ctrl-C.\n");
    str_done(&name);
    loader->outcome = RUN_FAILED;
}

static bool
take_object(void *context, const struct json_object *object)
{
    const struct schema_object *schema = &schema_objects[object->type];
    struct json_loader *loader = context;
    struct wire_frame frame;
    uint16_t i;

    look_up(loader, object);
    begin(&frame, WIRE_CREATE, object, NULL);
    send(loader, object, NULL, object->place, &frame);
    for (i = 0; i < schema->setting_count; i++)
        send_setting(loader, object, i);
    return loader->outcome == RUN_OK;
}

/* Behind what the daemon says of the objects before it. */
static void
say_json_problem(struct json_loader *loader, const struct json_problem *problem)
{
    struct run_origin origin;
    struct str name;
    struct str text;

    loader->outcome = run_drain(loader->shell);
    if (loader->outcome != RUN_OK)
        return;
    str_init(&name);
    str_init(&text);
    str_printf(&text, "%% %s\n", str_text(&problem->sentence));
    origin = origin_at(loader, problem->place, &name);
    say_problem(loader->shell, &origin, NULL, str_text(&text));
    str_done(&name);
    str_done(&text);
    loader->outcome = RUN_FAILED;
}

static uint64_t
count_lines(const char *text, size_t length)
{
    uint64_t lines = 0;
    size_t i;

    for (i = 0; i < length; i++)
        lines += text[i] == '\n';
    return lines;
}

enum run_outcome
load_json(struct shell *shell, const struct run_origin *origin,
    const char *text, size_t length)
{
    const struct run_origin first = {origin->file, origin->line + 1};
    struct json_loader loader = {.shell = shell, .origin = origin};
    bool is_outermost = shell->stream == NULL; /* else a file's lines ask */
    struct json_problem problem;
    enum err error;

    interrupt_begin(shell);
    if (is_outermost) {
        progress_begin(
            &loader.progress, shell, origin->file, count_lines(text, length));
    }
    json_problem_init(&problem);
    error = json_read(text, length, take_object, &loader, &problem);
    progress_end(&loader.progress);
    if (error != OK) {
        say_json_problem(&loader, &problem);
    } else if (loader.outcome == RUN_OK && loader.objects == 0) {
        say_problem(shell, &first, NULL, "% It holds no object.\n");
        loader.outcome = RUN_FAILED;
    } else if (loader.outcome == RUN_OK) {
        loader.outcome = run_drain(shell);
    }
    json_problem_done(&problem);
    interrupt_end(shell);
    return loader.outcome;
}
