/* config_random.c - random configurations of legal values, from a seed. */
#include "tests/support/config_random.h"

#include "base/ip.h"
#include "base/str.h"

#include <stdlib.h>

/* splitmix64 */
uint64_t
dice_roll(struct dice *dice)
{
    uint64_t z = (dice->state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

size_t
dice_below(struct dice *dice, size_t sides)
{
    return (size_t)(dice_roll(dice) % sides);
}

/* Few letters, so that names collide and references sometimes hold. */
static struct value
random_text(struct dice *dice, const char *before, uint64_t min, uint64_t max)
{
    size_t length = (size_t)min + dice_below(dice, 3);
    struct str text;
    struct value value;

    str_init(&text);
    str_add(&text, before);
    for (size_t i = 0; i < length && i < max; i++)
        str_add_char(&text, (char)('a' + dice_below(dice, 4)));
    value = value_text(str_text(&text));
    str_done(&text);
    return value;
}

static struct value
random_list(struct dice *dice, const struct schema_type *type)
{
    size_t spread = (size_t)(type->max - type->min) + 1;
    size_t count = (size_t)type->min + dice_below(dice, spread);
    size_t first = dice_below(dice, schema_enums[type->enumeration].count);
    uint64_t list = 0;

    for (size_t i = 0; i < count; i++) {
        list = value_list_add(list,
            (unsigned)((first + i) % schema_enums[type->enumeration].count));
    }
    return value_number(list);
}

static struct value
random_value(struct dice *dice, const struct schema_type *type)
{
    switch (type->kind) {
    case TYPE_UINT:
    case TYPE_HEX32:
        return value_number(
            type->min + dice_roll(dice) % (type->max - type->min + 1));
    case TYPE_FLAG:
        return value_number(!type_is_on(type));
    case TYPE_ENUM:
        return value_number(
            dice_below(dice, schema_enums[type->enumeration].count));
    case TYPE_ENUM_LIST:
        return random_list(dice, type);
    case TYPE_IPV4:
        return value_number(dice_roll(dice) & UINT32_MAX);
    case TYPE_MASK:
        return value_number(ip_mask_of((unsigned)dice_below(dice, 33)));
    case TYPE_SECRET_TEXT:
    case TYPE_SECRET_HEX:
        return random_text(dice, "$e1$", 8, 16);
    case TYPE_HASH:
        return random_text(dice, "$y$j9T$", 8, 16);
    case TYPE_TEXT:
    case TYPE_LINE:
    default:
        return random_text(dice, "", type->min, type->max);
    }
}

/* Values for the slots of one of the command's patterns, from..end. */
static void
fill(struct dice *dice, struct object *object, uint16_t command, uint16_t from,
    uint16_t end)
{
    const struct schema_command *typed = &schema_commands[command];
    const struct schema_pattern *pattern =
        &schema_patterns[typed->first_pattern +
                         dice_below(dice, typed->pattern_count)];

    for (uint16_t i = from; i < end; i++)
        value_done(&object->fields[i]);
    for (uint8_t i = 0; i < pattern->token_count; i++) {
        const struct schema_token *token =
            &schema_tokens[pattern->first_token + i];
        uint16_t field = token->field;

        if (token->kind == TOKEN_SLOT && field >= from && field < end &&
            !value_is_set(&object->fields[field])) {
            object->fields[field] = random_value(
                dice, &schema_objects[object->type].fields[field].type);
        }
    }
}

static void
fill_setting(struct dice *dice, struct object *object, uint16_t index)
{
    const struct schema_object *schema = &schema_objects[object->type];
    const struct schema_setting *setting = &schema->settings[index];
    uint16_t from = setting->first_field;

    if (schema->fields[from].type.kind == TYPE_FLAG) {
        value_done(&object->fields[from]);
        object->fields[from] =
            value_number(!type_is_on(&schema->fields[from].type));
    } else {
        fill(dice, object, setting->command, from,
            (uint16_t)(from + setting->field_count));
    }
}

/* A type of object that has a parent to belong to. */
static enum schema_object_id
random_type(struct dice *dice, const struct config *config)
{
    for (;;) {
        size_t type = dice_below(dice, OBJECT_COUNT);
        uint16_t parent = schema_objects[type].parent;

        if (parent == SCHEMA_NONE ||
            config_count_type(config, (enum schema_object_id)parent) > 0)
            return (enum schema_object_id)type;
    }
}

/* Keys of a new object of a random type, in a parent that exists. */
static struct object *
random_keys(struct dice *dice, const struct config *config)
{
    enum schema_object_id type = random_type(dice, config);
    const struct schema_object *schema = &schema_objects[type];
    struct value keys[SCHEMA_KEYS_MAX];
    struct object *object;

    for (size_t i = 0; i < SCHEMA_KEYS_MAX; i++)
        keys[i] = value_none();
    if (schema->parent != SCHEMA_NONE) {
        enum schema_object_id parent = (enum schema_object_id)schema->parent;
        size_t skip = dice_below(dice, config_count_type(config, parent));
        const struct object *at = config_next(config, parent, NULL);

        while (skip-- > 0)
            at = config_next(config, parent, at->fields);
        for (uint16_t i = 0; i < schema->inherited_count; i++)
            keys[i] = at->fields[i];
    }
    object = object_new(type, keys);
    if (schema->command != SCHEMA_NONE) {
        fill(dice, object, schema->command, schema->inherited_count,
            schema->key_count);
    }
    for (uint16_t i = schema->inherited_count; i < schema->key_count; i++) {
        if (!value_is_set(&object->fields[i]))
            object->fields[i] = value_share(&schema->fields[i].fallback);
    }
    return object;
}

static enum err
edit_once(struct candidate *candidate, struct dice *dice)
{
    struct object *object = random_keys(dice, candidate_work(candidate));
    const struct schema_object *schema = &schema_objects[object->type];
    enum err error;

    if (dice_below(dice, 8) == 0) {
        error = candidate_remove(candidate, object->type, object->fields, NULL);
        object_unref(object);
        return error;
    }
    error = candidate_create(candidate, object->type, object->fields, NULL);
    for (uint16_t i = 0; i < schema->setting_count && error == OK; i++) {
        uint16_t from = schema->settings[i].first_field;

        if (dice_below(dice, 2) == 0)
            continue;
        fill_setting(dice, object, i);
        if (!object_setting_equal(object, NULL, i)) {
            error = candidate_set(candidate, object->type, object->fields, i,
                &object->fields[from], NULL);
        }
    }
    object_unref(object);
    return error;
}

void
candidate_shuffle(struct candidate *candidate, struct dice *dice, size_t edits)
{
    for (size_t i = 0; i < edits; i++) {
        enum err error = edit_once(candidate, dice);

        if (error != OK && error != ERR_NOT_FOUND && error != ERR_DENIED)
            abort(); /* a legal edit was refused */
    }
}

struct config *
config_random(struct dice *dice, size_t count)
{
    struct config *empty = config_new();
    struct candidate *candidate = candidate_open(empty);
    struct config *config;

    candidate_shuffle(candidate, dice, count);
    config = config_ref(candidate_work(candidate));
    candidate_free(candidate);
    config_unref(empty);
    return config;
}

/* The object without names of what is not there; NULL: it has none. */
static struct object *
linked(const struct config *config, const struct object *object)
{
    const struct schema_object *schema = &schema_objects[object->type];
    struct object *copy = NULL;

    for (uint16_t i = 0; i < schema->field_count; i++) {
        uint16_t named = schema->fields[i].references;

        if (named == SCHEMA_NONE || !value_is_set(&object->fields[i]) ||
            config_find(config, (enum schema_object_id)named,
                &object->fields[i]) != NULL)
            continue;
        if (copy == NULL)
            copy = object_copy(object);
        value_done(&copy->fields[i]);
    }
    return copy;
}

struct config *
config_random_linked(struct dice *dice, size_t count)
{
    struct config *random = config_random(dice, count);
    struct config *config = config_ref(random);

    for (size_t i = 0; i < OBJECT_COUNT; i++) {
        enum schema_object_id type = (enum schema_object_id)i;
        const struct object *at = config_next(random, type, NULL);

        while (at != NULL) {
            struct object *copy = linked(random, at);

            if (copy != NULL)
                config_put(&config, copy);
            at = config_next(random, type, at->fields);
        }
    }
    config_unref(random);
    return config;
}

bool
config_equal(const struct config *a, const struct config *b)
{
    if (config_count(a) != config_count(b))
        return false;
    for (size_t i = 0; i < OBJECT_COUNT; i++) {
        enum schema_object_id type = (enum schema_object_id)i;
        const struct object *at = config_next(a, type, NULL);

        while (at != NULL) {
            const struct object *other = config_find(b, type, at->fields);

            if (other == NULL || !object_equal(at, other))
                return false;
            at = config_next(a, type, at->fields);
        }
    }
    return true;
}
