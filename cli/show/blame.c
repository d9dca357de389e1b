/*
 * blame.c - the lines of a script, each with the commit that made it what it
 * is.
 *
 *      7 2015-01-05T10:00:00Z alice | interface tunnel ipsec:siteB
 *     12 2015-02-11T08:30:00Z bob   |  tunnel mtu 1400
 *                                   | !
 *
 * Lines that no commit made (what is always there, and the "!" between
 * objects) have blanks in front.
 */
#include "show/show.h"

#include "base/arena.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

enum { ORIGIN_VALUES = 3, DATE_WIDTH = sizeof "2015-01-05T10:00:00Z" - 1 };

/* Heap; from show_blame_new to show_blame_end. */
struct show_blame {
    struct str *out;
    struct show_script *script;
    bool json;
    bool any; /* an element was written */
    int generation_width;
    int user_width;
    /* of the object that is being written, borrowed */
    uint16_t object;
    const struct value *fields;
    const struct value *origins;
};

/* 0: not known. */
static uint64_t
generation_of(const struct value *origin)
{
    return origin[0].kind == VALUE_NUMBER ? origin[0].number : 0;
}

static const struct value *
setting_origin(const struct show_blame *blame, size_t setting)
{
    return blame->origins + (1 + setting) * ORIGIN_VALUES;
}

/* The line of an object may carry settings: the newest counts. */
static const struct value *
object_origin(const struct show_blame *blame)
{
    const struct schema_object *object = &schema_objects[blame->object];
    const struct value *newest = blame->origins;

    for (size_t i = 0; i < object->setting_count; i++) {
        const struct value *origin = setting_origin(blame, i);

        if (object->settings[i].command == object->command &&
            generation_of(origin) > generation_of(newest))
            newest = origin;
    }
    return newest;
}

/* NULL: no commit made this line. */
static const struct value *
origin_of(const struct show_blame *blame, uint16_t setting)
{
    const struct value *origin;

    if (setting == SHOW_LINE_PLAIN)
        return NULL;
    origin = setting == SHOW_LINE_OBJECT ? object_origin(blame)
                                         : setting_origin(blame, setting);
    return generation_of(origin) == 0 ? NULL : origin;
}

static void
write_text(const struct show_blame *blame, const struct value *origin,
    const char *line)
{
    if (origin == NULL) {
        str_printf(blame->out, "%*s | %s\n",
            blame->generation_width + 1 + DATE_WIDTH + 1 + blame->user_width,
            "", line);
        return;
    }
    str_printf(blame->out, "%*llu %-*s %-*s | %s\n", blame->generation_width,
        (unsigned long long)origin[0].number, DATE_WIDTH,
        value_string(&origin[1]), blame->user_width, value_string(&origin[2]),
        line);
}

static void
add_member(
    const struct show_blame *blame, const char *name, const struct value *value)
{
    static const struct schema_type text = {.kind = TYPE_LINE};
    static const struct schema_type number = {.kind = TYPE_UINT};

    str_printf(blame->out, "\"%s\": ", name);
    value_write_json(
        value->kind == VALUE_NUMBER ? &number : &text, value, blame->out);
}

static void
add_text_member(
    const struct show_blame *blame, const char *name, const char *text)
{
    struct value value = value_text(text);

    add_member(blame, name, &value);
    value_done(&value);
}

/* With the parents' in front. */
static void
write_path(const struct show_blame *blame, struct str *out)
{
    uint16_t parents[SCHEMA_PARENTS_MAX];
    size_t count = schema_parents(blame->object, blame->fields, parents);

    for (size_t i = 0; i < count; i++) {
        schema_path(parents[i], blame->fields, out);
        str_add_char(out, ' ');
    }
    schema_path(blame->object, blame->fields, out);
}

static void
write_json(
    struct show_blame *blame, const struct value *origin, const char *line)
{
    static const char *const names[ORIGIN_VALUES] = {
        "generation", "at", "user"};
    const struct value none = value_none();
    struct str path;

    str_init(&path);
    write_path(blame, &path);
    str_add(blame->out, blame->any ? ",\n  {" : "\n  {");
    for (size_t i = 0; i < ORIGIN_VALUES; i++) {
        add_member(blame, names[i], origin == NULL ? &none : &origin[i]);
        str_add(blame->out, ", ");
    }
    add_text_member(blame, "path", str_text(&path));
    str_add(blame->out, ", ");
    add_text_member(blame, "line", line + strspn(line, " "));
    str_add_char(blame->out, '}');
    blame->any = true;
    str_done(&path);
}

static void
take_line(void *context, uint16_t setting, const char *line)
{
    struct show_blame *blame = context;
    const struct value *origin = origin_of(blame, setting);

    if (!blame->json) {
        write_text(blame, origin, line);
    } else if (setting != SHOW_LINE_PLAIN) {
        write_json(blame, origin, line);
    }
}

static int
digits(uint64_t number)
{
    int count = 1;

    for (; number >= 10; number /= 10)
        count++;
    return count;
}

struct show_blame *
show_blame_new(bool json, struct str *out)
{
    struct show_blame *blame = mem_alloc(sizeof *blame);

    *blame = (struct show_blame){.out = out, .json = json};
    blame->script = show_script_lines(take_line, blame);
    if (json)
        str_add(out, "{\"format\": 1, \"configuration_blame\": [");
    return blame;
}

void
show_blame_widths(
    struct show_blame *blame, uint64_t generation, uint64_t user_length)
{
    enum { USER_MAX = 64 };

    blame->generation_width = digits(generation);
    blame->user_width = user_length < USER_MAX ? (int)user_length : USER_MAX;
}

void
show_blame_object(struct show_blame *blame, uint16_t object,
    const struct value *fields, const struct value *origins)
{
    blame->object = object;
    blame->fields = fields;
    blame->origins = origins;
    show_script_object(blame->script, object, fields);
}

void
show_blame_end(struct show_blame *blame)
{
    show_script_end(blame->script);
    if (blame->json)
        str_add(blame->out, blame->any ? "\n]}\n" : "]}\n");
    free(blame);
}
