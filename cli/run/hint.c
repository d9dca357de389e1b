/*
 * hint.c - where and from which level a line that is wrong here is right.
 *
 * The line is read again in other places; nothing is done with it.
 */
#include "run/shell.h"

#include "base/str.h"
#include "parse/parse.h"
#include "wire/client.h"

#include <stdint.h>

enum { LEVEL_MAX = 15 };

/* How much of the line is understood in this place: the column of what is
 * wrong, or SIZE_MAX; then out_command is what it is, else SCHEMA_NONE. */
static size_t
reach(const struct parse_place *place, const char *line, uint16_t *out_command)
{
    struct parse_result again;
    size_t reached;

    parse_line(place, line, &again);
    reached = again.outcome == PARSE_OK ? SIZE_MAX : again.column;
    *out_command = again.command;
    parse_result_done(&again);
    return reached;
}

/* The level from which more of the line is understood than `reached`; 0: none
 * makes a difference.  The value behind a command may be wrong all the same. */
static uint8_t
level_of(struct parse_place place, const char *line, size_t reached)
{
    uint8_t level = place.level;
    uint16_t command;
    size_t most;

    place.level = LEVEL_MAX;
    most = reach(&place, line, &command);
    if (most <= reached)
        return 0;
    do {
        place.level = ++level;
    } while (level < LEVEL_MAX && reach(&place, line, &command) < most);
    return level;
}

/* What the level lacks for it. */
static void
add_level(const struct shell *shell, uint8_t level, struct str *out)
{
    if (level > shell->ceiling) {
        str_printf(out,
            "%% It needs privilege level %u, and %s may have %u at most.\n",
            level, client_identity(shell->client)->user, shell->ceiling);
    } else {
        str_printf(out,
            "%% A command of that name needs privilege level %u: `enable "
            "%u`.\n",
            level, level);
    }
}

/* In exec mode, is it an exec command; elsewhere, is it configuration? */
static bool
is_right_in(uint16_t mode, uint16_t object, const char *line)
{
    const struct parse_place place = {
        .mode = mode, .object = object, .level = LEVEL_MAX};
    uint16_t command;

    return reach(&place, line, &command) == SIZE_MAX &&
           command != SCHEMA_NONE &&
           (schema_commands[command].kind == COMMAND_EXEC) ==
               (mode == MODE_EXEC);
}

/* The mode of configuration in which the line is right; MODE_COUNT: none. */
static uint16_t
mode_of(const char *line)
{
    if (is_right_in(MODE_CONFIG, SCHEMA_NONE, line))
        return MODE_CONFIG;
    for (size_t i = 0; i < OBJECT_COUNT; i++) {
        const struct schema_object *object = &schema_objects[i];

        if (object_is_block(object) &&
            is_right_in(object->mode, (uint16_t)i, line))
            return object->mode;
    }
    return MODE_COUNT;
}

/* Is it right in another mode?  Who may not configure at all needs a level. */
static void
hint_mode(const struct shell *shell, const char *line, struct str *out)
{
    const uint8_t configures =
        schema_commands[schema_execs[EXEC_CONFIGURE].command].level;
    bool is_exec = shell->mode == MODE_EXEC;
    uint16_t mode;

    if (!is_exec && is_right_in(MODE_EXEC, SCHEMA_NONE, line)) {
        str_add(out, "% It is a command of exec mode: `end` leads there, or "
                     "put `run` before it.\n");
        return;
    }
    mode = mode_of(line);
    if (mode == MODE_COUNT)
        return;
    if (is_exec && configures > shell->level) {
        add_level(shell, configures, out);
    } else if (is_exec) {
        str_add(out, "% It is a command of configuration mode: `configure "
                     "terminal` leads there.\n");
    } else {
        str_printf(
            out, "%% It is a command of mode %s.\n", schema_modes[mode].prompt);
    }
}

void
hint_add(const struct shell *shell, const char *line,
    const struct parse_result *parsed, struct str *out)
{
    struct parse_place place;
    uint8_t level;

    if (parsed->outcome != PARSE_INVALID &&
        parsed->outcome != PARSE_UNRECOGNIZED)
        return;
    shell_place(shell, &place);
    level = level_of(place, line, parsed->column);
    if (level > 0) {
        add_level(shell, level, out);
    } else {
        hint_mode(shell, line, out);
    }
}
