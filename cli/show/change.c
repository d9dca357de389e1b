/*
 * change.c - one changed object as lines to read.
 *
 *     interface tunnel ipsec:siteB     it stays
 *    - tunnel mtu 1400
 *    + tunnel mtu 1500
 *    -interface loopback 1             it goes, with all it had
 *    - ip address 192.0.2.1 255.255.255.255
 *    +ip route 10.0.0.0 255.0.0.0 null 0
 */
#include "show/show.h"

#include "base/str.h"
#include "parse/parse.h"

/* The line of a command for one side; "" if that side has none. */
static void
render(uint16_t command, const struct value *fields, struct str *out)
{
    str_clear(out);
    if (fields != NULL && !schema_render(command, fields, out))
        str_clear(out);
}

static void
add_line(char sign, const char *indent, const struct str *line, struct str *out)
{
    if (line->length > 0)
        str_printf(out, "%c%s%s\n", sign, indent, str_text(line));
}

/* The object's own line, which may carry settings (a set's transforms). */
static void
show_enter(uint16_t command, const struct value *sides[2], const char *indent,
    struct str *out)
{
    struct str old;
    struct str new;

    str_init(&old);
    str_init(&new);
    render(command, sides[0], &old);
    render(command, sides[1], &new);
    if (str_equal(str_text(&old), str_text(&new))) {
        add_line(' ', indent, &old, out);
    } else {
        add_line('-', indent, &old, out);
        add_line('+', indent, &new, out);
    }
    str_done(&old);
    str_done(&new);
}

static void
show_setting(uint16_t command, const struct value *sides[2], const char *indent,
    struct str *out)
{
    struct str old;
    struct str new;

    str_init(&old);
    str_init(&new);
    render(command, sides[0], &old);
    render(command, sides[1], &new);
    if (!str_equal(str_text(&old), str_text(&new))) {
        add_line('-', indent, &old, out);
        add_line('+', indent, &new, out);
    }
    str_done(&old);
    str_done(&new);
}

static void
show_parents(uint16_t object, const struct value *keys, struct str *out)
{
    uint16_t parents[SCHEMA_PARENTS_MAX];
    size_t count = schema_parents(object, keys, parents);

    for (size_t i = 0; i < count; i++) {
        str_add_char(out, ' ');
        schema_path(parents[i], keys, out);
        str_add_char(out, '\n');
    }
}

void
show_change(uint16_t object, const struct value *before,
    const struct value *after, struct str *out)
{
    const struct schema_object *schema = &schema_objects[object];
    const struct value *sides[2] = {before, after};
    const char *own = object_is_nested(schema) ? " " : "";
    struct str indent;
    uint16_t i;

    if (before == NULL && after == NULL)
        return;
    str_init(&indent);
    str_printf(&indent, "%s%s", own, object_is_block(schema) ? " " : "");
    show_parents(object, after == NULL ? before : after, out);
    if (schema->command != SCHEMA_NONE)
        show_enter(schema->command, sides, own, out);
    for (i = 0; i < schema->setting_count; i++) {
        uint16_t command = schema->settings[i].command;

        if (command != schema->command && command != SCHEMA_NONE)
            show_setting(command, sides, str_text(&indent), out);
    }
    str_done(&indent);
}
