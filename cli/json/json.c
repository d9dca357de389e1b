/*
 * json.c - from the text to objects.
 *
 * jansson reads the whole text first, so that what is no JSON changes nothing;
 * then the lists of objects are visited in the schema's order, parents first,
 * each with a cursor that remembers where its list begins.
 */
#include "json/json.h"

#include "json/cursor.h"
#include "json/value.h"

#include <stdio.h>
#include <string.h>

enum { FORMAT = 1, NAME_SIZE = 64 };

static const char configuration_path[] = ".configuration";

/* A name with its value; the cursor stands at the value. */
struct member {
    const char *name;
    json_t *value;
    struct json_place place;
};

/* The reading of one text. */
struct reader {
    struct json_problem *problem;
    bool (*take)(void *taker, const struct json_object *object);
    void *taker;
    bool is_over; /* take wants no more */
    json_t *lists[OBJECT_COUNT];
    struct json_cursor places[OBJECT_COUNT]; /* where they begin */
};

void
json_problem_init(struct json_problem *problem)
{
    problem->place = (struct json_place){0, 0};
    str_init(&problem->sentence);
}

void
json_problem_done(struct json_problem *problem)
{
    str_done(&problem->sentence);
}

static void
member_take(struct member *member, void *at, struct json_cursor *cursor)
{
    json_cursor_skip(cursor); /* the name */
    json_cursor_seek(cursor);
    *member = (struct member){json_object_iter_key(at),
        json_object_iter_value(at), json_cursor_place(cursor)};
}

/* The problem begins with where it is; the caller says what. */
static void
blame(struct reader *reader, struct json_place place, const char *path,
    const char *name)
{
    struct str *sentence = &reader->problem->sentence;

    reader->problem->place = place;
    str_clear(sentence);
    str_printf(sentence, "%s%s%s: ", path, name[0] == '\0' ? "" : ".", name);
}

/* The schema's "transform-set" as JSON's "transform_set". */
static void
write_name(const char *name, char out[NAME_SIZE])
{
    size_t i;

    for (i = 0; name[i] != '\0' && i + 1 < NAME_SIZE; i++) {
        out[i] = name[i];
        if (out[i] == '-')
            out[i] = '_';
    }
    out[i] = '\0';
}

/* OBJECT_COUNT: there is none of that name. */
static size_t
find_type(const char *name)
{
    char known[NAME_SIZE];
    size_t type;

    for (type = 0; type < OBJECT_COUNT; type++) {
        write_name(schema_objects[type].name, known);
        if (str_equal(name, known))
            break;
    }
    return type;
}

static uint16_t
find_field(const struct schema_object *object, const char *name)
{
    uint16_t field;

    for (field = 0; field < object->field_count; field++) {
        if (str_equal(object->fields[field].name, name))
            break;
    }
    return field;
}

/* ---- one object ---- */

struct fields {
    struct value values[SCHEMA_FIELDS_MAX];
    bool given[SCHEMA_FIELDS_MAX];
    struct json_place places[SCHEMA_FIELDS_MAX];
};

static enum err
read_field(struct reader *reader, const struct schema_object *object,
    const char *path, const struct member *member, struct fields *fields)
{
    struct str *sentence = &reader->problem->sentence;
    uint16_t field = find_field(object, member->name);
    const struct schema_type *type;

    if (field == object->field_count) {
        blame(reader, member->place, path, member->name);
        str_printf(sentence, "%s has nothing of that name.", object->title);
        return ERR_INVALID;
    }
    type = &object->fields[field].type;
    if (json_value_read(type, member->value, &fields->values[field]) != OK) {
        blame(reader, member->place, path, member->name);
        str_add(sentence, "Expected ");
        json_value_expected(type, sentence);
        str_add_char(sentence, '.');
        return ERR_INVALID;
    }
    fields->given[field] = true;
    fields->places[field] = member->place;
    return OK;
}

/* Keys that were left out: those of a parent that is always there, and those
 * that a line may leave out too. */
static void
add_usual_keys(const struct schema_object *object, struct fields *fields)
{
    const struct value *preset = object->parent == SCHEMA_NONE
                                     ? NULL
                                     : schema_objects[object->parent].preset;
    uint16_t i;

    for (i = 0; preset != NULL && i < object->inherited_count; i++) {
        if (!value_is_set(&fields->values[i]))
            fields->values[i] = value_share(&preset[i]);
    }
    for (i = 0; i < object->key_count; i++) {
        if (!value_is_set(&fields->values[i]))
            fields->values[i] = value_share(&object->fields[i].fallback);
    }
}

static enum err
read_fields(struct reader *reader, const struct schema_object *object,
    const char *path, json_t *json, struct json_cursor *cursor,
    struct fields *fields)
{
    enum err error = OK;
    void *at;

    json_cursor_enter(cursor);
    for (at = json_object_iter(json); at != NULL && error == OK;
         at = json_object_iter_next(json, at)) {
        struct member member;

        member_take(&member, at, cursor);
        error = read_field(reader, object, path, &member, fields);
        json_cursor_skip(cursor);
    }
    return error;
}

static enum err
read_object(struct reader *reader, uint16_t type, size_t index, json_t *json,
    struct json_cursor *cursor)
{
    const struct schema_object *object = &schema_objects[type];
    struct fields fields = {.given = {false}};
    struct json_object result;
    char path[NAME_SIZE * 2];
    char name[NAME_SIZE];
    enum err error;
    uint16_t i;

    write_name(object->name, name);
    (void)snprintf(
        path, sizeof path, "%s.%s[%zu]", configuration_path, name, index);
    json_cursor_seek(cursor);
    result = (struct json_object){.type = type,
        .place = json_cursor_place(cursor),
        .path = path,
        .keys = fields.values,
        .fields = fields.values,
        .given = fields.given,
        .places = fields.places};
    if (!json_is_object(json)) {
        blame(reader, result.place, path, "");
        str_add(&reader->problem->sentence, "Expected an object, {...}.");
        return ERR_INVALID;
    }
    error = read_fields(reader, object, path, json, cursor, &fields);
    json_cursor_seek(cursor);
    json_cursor_enter(cursor); /* the bracket that closes it */
    add_usual_keys(object, &fields);
    if (error == OK)
        reader->is_over = !reader->take(reader->taker, &result);
    for (i = 0; i < object->field_count; i++)
        value_done(&fields.values[i]);
    return error;
}

static enum err
read_list(struct reader *reader, uint16_t type)
{
    struct json_cursor cursor = reader->places[type];
    json_t *list = reader->lists[type];
    enum err error = OK;
    size_t i;

    json_cursor_enter(&cursor);
    for (i = 0; i < json_array_size(list) && error == OK && !reader->is_over;
         i++)
        error = read_object(reader, type, i, json_array_get(list, i), &cursor);
    return error;
}

/* ---- the lists ---- */

static enum err
note_list(struct reader *reader, const struct member *member,
    const struct json_cursor *cursor)
{
    struct str *sentence = &reader->problem->sentence;
    size_t type = find_type(member->name);
    char known[NAME_SIZE];

    if (type == OBJECT_COUNT) {
        blame(reader, member->place, configuration_path, member->name);
        str_add(
            sentence, "There are no objects of that name; expected one of: ");
        for (type = 0; type < OBJECT_COUNT; type++) {
            write_name(schema_objects[type].name, known);
            str_printf(sentence, "%s%s", type == 0 ? "" : ", ", known);
        }
        str_add_char(sentence, '.');
        return ERR_INVALID;
    }
    if (!json_is_array(member->value)) {
        blame(reader, member->place, configuration_path, member->name);
        str_add(sentence, "Expected a list of objects, [{...}, ...].");
        return ERR_INVALID;
    }
    reader->lists[type] = member->value;
    reader->places[type] = *cursor;
    return OK;
}

static enum err
note_lists(
    struct reader *reader, json_t *configuration, struct json_cursor cursor)
{
    enum err error = OK;
    void *at;

    if (!json_is_object(configuration)) {
        blame(reader, json_cursor_place(&cursor), configuration_path, "");
        str_add(&reader->problem->sentence,
            "Expected an object with lists by kind, {\"tunnel\": [...]}.");
        return ERR_INVALID;
    }
    json_cursor_enter(&cursor);
    for (at = json_object_iter(configuration); at != NULL && error == OK;
         at = json_object_iter_next(configuration, at)) {
        struct member member;

        member_take(&member, at, &cursor);
        error = note_list(reader, &member, &cursor);
        json_cursor_skip(&cursor);
    }
    return error;
}

/* ---- the whole ---- */

static enum err
note_member(struct reader *reader, const struct member *member,
    const struct json_cursor *cursor)
{
    if (str_equal(member->name, configuration_path + 1))
        return note_lists(reader, member->value, *cursor);
    if (str_equal(member->name, "format")) {
        if (json_is_integer(member->value) &&
            json_integer_value(member->value) == FORMAT)
            return OK;
        blame(reader, member->place, "", member->name);
        str_add(&reader->problem->sentence, "Expected 1.");
        return ERR_INVALID;
    }
    blame(reader, member->place, "", member->name);
    str_add(&reader->problem->sentence,
        "Expected `format` and `configuration` here, and nothing else.");
    return ERR_INVALID;
}

static enum err
read_root(struct reader *reader, json_t *root, struct json_cursor cursor)
{
    enum err error = OK;
    size_t type;
    void *at;

    if (json_object_get(root, configuration_path + 1) == NULL) {
        json_cursor_seek(&cursor);
        reader->problem->place = json_cursor_place(&cursor);
        str_add(&reader->problem->sentence,
            "Expected {\"format\": 1, \"configuration\": {...}}, as `show "
            "configuration | display json` prints it.");
        return ERR_INVALID;
    }
    json_cursor_enter(&cursor);
    for (at = json_object_iter(root); at != NULL && error == OK;
         at = json_object_iter_next(root, at)) {
        struct member member;

        member_take(&member, at, &cursor);
        error = note_member(reader, &member, &cursor);
        json_cursor_skip(&cursor);
    }
    for (type = 0; type < OBJECT_COUNT && error == OK && !reader->is_over;
         type++)
        error = read_list(reader, (uint16_t)type);
    return error;
}

/* What stands near the mistake may be a key, and is not repeated. */
static void
explain_syntax(const json_error_t *error, struct json_problem *problem)
{
    const char *near = strstr(error->text, " near ");
    size_t length =
        near == NULL ? strlen(error->text) : (size_t)(near - error->text);

    problem->place.line = error->line < 1 ? 1 : (unsigned)error->line;
    problem->place.column = error->column < 1 ? 1 : (unsigned)error->column;
    str_clear(&problem->sentence);
    str_add(&problem->sentence, "This is no JSON: ");
    str_add_n(&problem->sentence, error->text, length);
    str_add_char(&problem->sentence, '.');
}

/* jansson reads over a zero byte between words, so it would go in unseen. */
static bool
has_zero_byte(const char *text, size_t length, struct json_problem *problem)
{
    const char *zero = memchr(text, '\0', length);
    const char *at;

    if (zero == NULL)
        return false;
    problem->place = (struct json_place){1, 1};
    for (at = text; at < zero; at++) {
        problem->place.column++;
        if (*at == '\n')
            problem->place = (struct json_place){problem->place.line + 1, 1};
    }
    str_clear(&problem->sentence);
    str_add(&problem->sentence, "This is no JSON: it has a byte of zero.");
    return true;
}

enum err
json_read(const char *text, size_t length,
    bool (*take)(void *taker, const struct json_object *object), void *taker,
    struct json_problem *out_problem)
{
    struct reader reader = {
        .problem = out_problem, .take = take, .taker = taker};
    struct json_cursor cursor;
    json_error_t syntax;
    enum err error;
    json_t *root;

    if (has_zero_byte(text, length, out_problem))
        return ERR_SYNTAX;
    root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &syntax);
    if (root == NULL) {
        explain_syntax(&syntax, out_problem);
        return ERR_SYNTAX;
    }
    json_cursor_init(&cursor, text, length);
    error = read_root(&reader, root, cursor);
    json_decref(root);
    return error;
}
