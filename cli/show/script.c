/*
 * script.c - a configuration as the lines that make it again.
 *
 *    virtual-router vrA              the parent, where it changes
 *    interface tunnel ipsec:siteB    the line that enters the object
 *     tunnel mtu 1400                its settings, one blank to the right
 *    !
 *
 * Settings of an object that is no block (the system, a virtual router) stand
 * at column 0.  An object that lives in a block stands in it, its settings one
 * blank further:
 *
 *     ip address 10.1.0.1 255.255.0.0 secondary
 */
#include "show/show.h"

#include "base/arena.h"
#include "base/str.h"
#include "parse/parse.h"
#include "show/rows.h"

#include <stdlib.h>

/* Heap; from show_script_new to show_script_end. */
struct show_script {
    struct str *out; /* NULL: lines are handed over */
    show_line *take;
    void *context;
    struct str parent; /* line of the parent that is in force          */
    struct str block;  /* line of the last block, for what is in it    */
    uint16_t object;   /* the last one's type                          */
    bool joined;       /* what comes next belongs to the line before   */
};

struct show_script *
show_script_new(uint64_t wall_us, const char *version, struct str *out)
{
    struct show_script *script = mem_alloc(sizeof *script);

    *script = (struct show_script){.out = out, .object = SCHEMA_NONE};
    script->joined = true;
    str_init(&script->parent);
    str_init(&script->block);
    str_add(out, "! Configuration script being generated on ");
    write_date(wall_us / 1000000, out);
    str_printf(out, "\n! Version: %s\n", version);
    str_add(out,
        "! Commands displayed are limited to those available at privilege "
        "level 15\n!\n");
    return script;
}

struct show_script *
show_script_lines(show_line *take, void *context)
{
    struct show_script *script = mem_alloc(sizeof *script);

    *script = (struct show_script){
        .take = take, .context = context, .object = SCHEMA_NONE};
    script->joined = true;
    str_init(&script->parent);
    str_init(&script->block);
    return script;
}

static void
put(struct show_script *script, uint16_t setting, const char *line)
{
    if (script->out != NULL) {
        str_printf(script->out, "%s\n", line);
    } else {
        script->take(script->context, setting, line);
    }
}

/* A line of the object; those of a nested one stand one blank further in. */
static void
put_nested(struct show_script *script, const struct schema_object *object,
    uint16_t setting, const char *line)
{
    struct str shown;

    if (!object_is_nested(object)) {
        put(script, setting, line);
        return;
    }
    str_init(&shown);
    str_printf(&shown, " %s", line);
    put(script, setting, str_text(&shown));
    str_done(&shown);
}

/* "!" between blocks, and between kinds of objects. */
static void
separate(struct show_script *script, uint16_t object)
{
    if (!script->joined && !object_is_nested(&schema_objects[object]) &&
        (script->object != object || object_is_block(&schema_objects[object])))
        put(script, SHOW_LINE_PLAIN, "!");
    script->object = object;
    script->joined = false;
}

/* The line of the object's parent, if it isn't the one in force. */
static void
enter_parent(struct show_script *script, const struct schema_object *object,
    const struct value *fields)
{
    struct str *last =
        object_is_nested(object) ? &script->block : &script->parent;
    struct str line;

    if (object->parent == SCHEMA_NONE)
        return;
    str_init(&line);
    schema_path(object->parent, fields, &line);
    if (!str_equal(str_text(&line), str_text(last))) {
        put(script, SHOW_LINE_PLAIN, str_text(&line));
        str_clear(last);
        str_add(last, str_text(&line));
    }
    str_done(&line);
}

/* The object's own line. */
static void
enter(struct show_script *script, const struct schema_object *object,
    const struct value *fields)
{
    struct str line;

    if (object->command == SCHEMA_NONE)
        return;
    str_init(&line);
    if (schema_render(object->command, fields, &line))
        put_nested(script, object, SHOW_LINE_OBJECT, str_text(&line));
    if (object_is_block(object) && !object_is_nested(object)) {
        str_clear(&script->block);
        schema_path(script->object, fields, &script->block);
    }
    if (object->mode != SCHEMA_NONE && !object_is_block(object)) {
        str_clear(&script->parent);
        str_add(&script->parent, str_text(&line));
        script->joined = true;
    }
    str_done(&line);
}

void
show_script_object(
    struct show_script *script, uint16_t object, const struct value *fields)
{
    const struct schema_object *schema = &schema_objects[object];
    struct str line;
    uint16_t i;

    separate(script, object);
    enter_parent(script, schema, fields);
    enter(script, schema, fields);
    str_init(&line);
    for (i = 0; i < schema->setting_count; i++) {
        uint16_t command = schema->settings[i].command;

        str_clear(&line);
        if (object_is_block(schema))
            str_add_char(&line, ' ');
        if (command != schema->command && command != SCHEMA_NONE &&
            schema_render(command, fields, &line))
            put_nested(script, schema, i, str_text(&line));
    }
    str_done(&line);
}

void
show_script_end(struct show_script *script)
{
    static const char end[] = "! End of generated configuration script.";

    put(script, SHOW_LINE_PLAIN, "!");
    if (script->out != NULL)
        put(script, SHOW_LINE_PLAIN, end);
    str_done(&script->parent);
    str_done(&script->block);
    free(script);
}
