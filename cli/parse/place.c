/*
 * place.c - which commands can be typed where.
 *
 * In a sub-mode the commands of the modes above it can be typed too, as on
 * the router: a command of global configuration leaves the sub-mode.  The
 * settings of objects that are no block (the system's, and those of the
 * virtual router that the session is in) are global; all others belong to the
 * object that is being configured, and so do the lines of objects that live
 * in it (an interface's secondary addresses).
 */
#include "parse/match.h"

#include "parse/words.h"

enum { ASCII_CASE = 0x20 };

/* In schema_command's initials: no letter, so only what begins with anything
 * has it. */
#define ANY_INITIAL (UINT32_C(1) << 31)

bool
mode_configures(uint16_t mode)
{
    return mode != MODE_EXEC;
}

bool
mode_is_sub(uint16_t mode)
{
    return mode_configures(mode) && mode_configures(schema_modes[mode].parent);
}

/* Is `above` the mode itself, or one that exit leads to? */
static bool
mode_reaches(uint16_t mode, uint16_t above)
{
    unsigned steps;

    for (steps = 0; steps < MODE_COUNT; steps++) {
        if (mode == above)
            return true;
        if (!mode_configures(mode))
            return false;
        mode = schema_modes[mode].parent;
    }
    return false;
}

/* Of an exec command.  WALK_COUNT: it can't be typed here. */
static enum walk_class
class_of_exec(
    const struct schema_command *command, const struct parse_place *place)
{
    bool configures = mode_configures(place->mode);
    bool here = false;

    switch (command->where) {
    case WHERE_MODE:
        here = command->mode == place->mode;
        break;
    case WHERE_EXEC:
        here = !configures;
        break;
    case WHERE_CONFIG:
        here = configures;
        break;
    case WHERE_ANYWHERE:
        here = true;
        break;
    }
    return here ? WALK_EXEC : WALK_COUNT;
}

bool
object_is_block(const struct schema_object *object)
{
    return object->mode != SCHEMA_NONE && mode_is_sub(object->mode);
}

bool
object_is_nested(const struct schema_object *object)
{
    return object->parent != SCHEMA_NONE &&
           object_is_block(&schema_objects[object->parent]);
}

static enum walk_class
class_of_setting(
    const struct schema_command *command, const struct parse_place *place)
{
    if (!object_is_block(&schema_objects[command->object]))
        return WALK_GLOBAL;
    return command->object == place->object ? WALK_OBJECT : WALK_COUNT;
}

/* Of the line of an object.  That of one that lives in a block can be typed
 * there, and in the blocks next to it, which it leaves. */
static enum walk_class
class_of_object(
    const struct schema_command *command, const struct parse_place *place)
{
    const struct schema_object *object = &schema_objects[command->object];

    if (!object_is_nested(object))
        return WALK_GLOBAL;
    if (object->parent == place->object)
        return WALK_OBJECT;
    return place->object != SCHEMA_NONE &&
                   schema_objects[place->object].parent == object->parent
               ? WALK_GLOBAL
               : WALK_COUNT;
}

static enum walk_class
class_of(const struct schema_command *command, const struct parse_place *place)
{
    if (command->level > place->level)
        return WALK_COUNT;
    if (command->kind == COMMAND_EXEC)
        return class_of_exec(command, place);
    if (!mode_configures(place->mode) ||
        (command->where == WHERE_MODE &&
            !mode_reaches(place->mode, command->mode)))
        return WALK_COUNT;
    if (command->kind == COMMAND_SETTING)
        return class_of_setting(command, place);
    return class_of_object(command, place);
}

/* Can the command be typed with `no` or `default` before it? */
static bool
has_form(const struct schema_command *command, enum walk_form form)
{
    if (form == FORM_PLAIN)
        return true;
    if (form == FORM_DEFAULT)
        return command->kind == COMMAND_SETTING;
    return command->kind != COMMAND_EXEC;
}

/* The bits of schema_command's initials that a first word can match; all of
 * them for NULL, which is not known yet. */
static uint32_t
initials_of(const struct word *first)
{
    char letter;

    if (first == NULL)
        return UINT32_MAX;
    letter = (char)(first->text[0] | ASCII_CASE);
    return letter < 'a' || letter > 'z' ? ANY_INITIAL
                                        : UINT32_C(1) << (letter - 'a');
}

static bool
may_begin(const struct schema_pattern *pattern, const struct word *first)
{
    const struct schema_token *token = &schema_tokens[pattern->first_token];

    return first == NULL || token->kind == TOKEN_SLOT ||
           may_be_keyword(first, token->word);
}

static void
add_patterns(struct walk *walk, const struct schema_command *command,
    const struct word *first)
{
    bool begins = false;
    uint16_t i;

    for (i = 0; i < command->pattern_count; i++) {
        uint16_t number = (uint16_t)(command->first_pattern + i);
        const struct schema_pattern *pattern = &schema_patterns[number];

        if (i == 0 || pattern->shared == 0)
            begins = may_begin(pattern, first);
        if (!begins || (walk->form != FORM_PLAIN && pattern->negate_from == 0))
            continue;
        walk->live[walk->count++] = (struct thread){.pattern = number};
    }
}

void
walks_init(struct walks *walks)
{
    walks->used = 0;
}

struct walk *
walks_begin(
    struct walks *walks, enum walk_class class, const struct walk_start *start)
{
    const uint32_t initials = initials_of(start->first);
    const struct schema_command *const end = schema_commands + COMMAND_COUNT;
    struct walk *walk = &walks->of[class];
    const struct schema_command *command;

    *walk =
        (struct walk){.form = start->form, .live = walks->room + walks->used};
    for (command = schema_commands; command < end; command++) {
        if ((command->initials & initials) != 0 &&
            has_form(command, start->form) &&
            class_of(command, start->place) == class)
            add_patterns(walk, command, start->first);
    }
    walks->used += walk->count;
    return walk;
}
