#include "show/show.h"

#include "base/str.h"
#include "gen/enums.h"

#include <criterion/criterion.h>
#include <jansson.h>

/* The text as JSON that another library reads; decref it. */
static json_t *
load(const struct str *text)
{
    json_error_t error;
    json_t *json = json_loads(str_text(text), JSON_REJECT_DUPLICATES, &error);

    cr_assert_not_null(
        json, "%s at line %d:\n%s", error.text, error.line, str_text(text));
    cr_expect_eq(json_integer_value(json_object_get(json, "format")), 1);
    return json;
}

/* As long as it has to be. */
static struct value
hard_text(const struct schema_type *type)
{
    static const char hard[] = "a\"\\\xff\xc3\xa9";
    char text[64] = "";
    size_t length = sizeof hard - 1;

    memcpy(text, hard, sizeof hard);
    for (; length < type->min && length + 1 < sizeof text; length++)
        text[length] = 'x';
    return value_text(text);
}

/* A value of the type; for texts one that is hard to quote. */
static struct value
sample(const struct schema_type *type)
{
    switch (type->kind) {
    case TYPE_UINT:
    case TYPE_HEX32:
        return value_number(type->max > INT32_MAX ? INT32_MAX : type->max);
    case TYPE_ENUM_LIST:
        return value_number(value_list_add(value_list_add(0, 0), 1));
    case TYPE_FLAG:
        return value_number(1);
    case TYPE_ENUM:
        return value_number(0);
    case TYPE_IPV4:
    case TYPE_MASK:
        return value_number(0xffff0000);
    case TYPE_SECRET_TEXT:
    case TYPE_SECRET_HEX:
        return value_text("$e1$AAAA");
    case TYPE_HASH:
        return value_text("$y$j9T$Ab./$xyz");
    case TYPE_TEXT:
    case TYPE_LINE:
        break;
    }
    return hard_text(type);
}

/* Is the JSON value what the type promises? */
static bool
has_form(const struct schema_type *type, const json_t *value)
{
    switch (type->kind) {
    case TYPE_UINT:
    case TYPE_HEX32:
        return json_is_integer(value);
    case TYPE_FLAG:
        return json_is_true(value);
    case TYPE_ENUM_LIST:
        return json_is_array(value) && json_array_size(value) == 2;
    case TYPE_ENUM:
    case TYPE_IPV4:
    case TYPE_MASK:
    case TYPE_TEXT:
    case TYPE_LINE:
    case TYPE_SECRET_TEXT:
    case TYPE_SECRET_HEX:
    case TYPE_HASH:
        break;
    }
    return json_is_string(value);
}

static void
try_rows(uint16_t type, bool set)
{
    const struct schema_rows *schema = &schema_rows[type];
    struct show_rows *rows = show_rows_new(type);
    struct value columns[SCHEMA_COLUMNS_MAX];
    struct str text;
    const char *key;
    json_t *json;
    json_t *list;

    for (size_t i = 0; i < schema->column_count; i++)
        columns[i] = set ? sample(&schema->columns[i].type) : value_none();
    for (size_t i = 0; i < 2; i++)
        cr_assert_eq(show_rows_add(rows, columns, schema->column_count), OK,
            "%s", schema->name);
    str_init(&text);
    show_rows_json(rows, &text);
    json = load(&text);
    json_object_foreach(json, key, list)
    {
        if (!json_is_array(list))
            continue;
        cr_assert_eq(json_array_size(list), 2, "%s", key);
        cr_expect_eq(
            json_object_size(json_array_get(list, 0)), schema->column_count);
        for (size_t i = 0; i < schema->column_count; i++) {
            const struct schema_field *field = &schema->columns[i];
            const json_t *value =
                json_object_get(json_array_get(list, 1), field->name);

            cr_assert_not_null(value, "%s.%s", key, field->name);
            cr_expect(set ? has_form(&field->type, value)
                          : json_is_null(value) || json_is_false(value),
                "%s.%s", key, field->name);
        }
    }
    cr_expect_eq(json_object_size(json), 2);
    json_decref(json);
    str_done(&text);
    for (size_t i = 0; i < schema->column_count; i++)
        value_done(&columns[i]);
    show_rows_free(rows);
}

Test(show_json, has_null_for_an_empty_text)
{
    struct show_rows *rows = show_rows_new(ROWS_HISTORY);
    struct value columns[SCHEMA_COLUMNS_MAX] = {
        [COLUMN_HISTORY_COMMAND] = value_text("")};
    struct str text;

    cr_assert_eq(
        show_rows_add(rows, columns, schema_rows[ROWS_HISTORY].column_count),
        OK);
    str_init(&text);
    show_rows_json(rows, &text);
    cr_expect(strstr(str_text(&text), "\"command\": null") != NULL, "%s",
        str_text(&text));
    str_done(&text);
    value_done(&columns[COLUMN_HISTORY_COMMAND]);
    show_rows_free(rows);
}

Test(show_json, of_all_rows_is_read_by_another_library)
{
    for (uint16_t type = 0; type < ROWS_COUNT; type++) {
        try_rows(type, true);
        try_rows(type, false);
    }
}

Test(show_json, names_rows_and_columns_in_snake_case)
{
    struct show_rows *rows = show_rows_new(ROWS_IPSEC_LIFETIME);
    struct value columns[2] = {value_number(28800), value_none()};
    struct str text;

    str_init(&text);
    cr_assert_eq(show_rows_add(rows, columns, 2), OK);
    show_rows_json(rows, &text);
    cr_expect_str_eq(str_text(&text),
        "{\"format\": 1, \"ipsec_lifetime\": [\n"
        "  {\"seconds\": 28800, \"kilobytes\": null}\n"
        "]}\n");
    str_clear(&text);
    show_rows_free(rows);
    rows = show_rows_new(ROWS_PING);
    show_rows_json(rows, &text);
    cr_expect_str_eq(str_text(&text), "{\"format\": 1, \"ping\": []}\n");
    show_rows_free(rows);
    str_done(&text);
}

static void
done(struct value *fields)
{
    for (size_t i = 0; i < SCHEMA_FIELDS_MAX; i++)
        value_done(&fields[i]);
}

Test(show_json, of_a_configuration_groups_objects_by_type)
{
    struct value fields[SCHEMA_FIELDS_MAX] = {0};
    struct show_config_json *config;
    struct str text;
    json_t *json;
    json_t *groups;

    str_init(&text);
    config = show_config_json_new(&text);
    for (uint16_t round = 0; round < 2; round++) {
        for (uint16_t type = 0; type < OBJECT_COUNT; type++) {
            const struct schema_object *object = &schema_objects[type];

            for (size_t i = 0; i < object->field_count; i++)
                fields[i] = sample(&object->fields[i].type);
            show_config_json_object(config, type, fields);
            done(fields);
        }
    }
    show_config_json_end(config);
    json = load(&text);
    groups = json_object_get(json, "configuration");
    cr_expect_eq(json_object_size(groups), OBJECT_COUNT);
    cr_expect_eq(json_array_size(json_object_get(groups, "transform_set")), 2);
    cr_expect_eq(
        json_object_size(json_array_get(json_object_get(groups, "tunnel"), 0)),
        schema_objects[OBJECT_TUNNEL].field_count);
    json_decref(json);
    str_clear(&text);
    show_config_json_end(show_config_json_new(&text));
    json_decref(load(&text));
    str_done(&text);
}

Test(show_json, of_changes_has_what_differs_on_each_side)
{
    struct value before[SCHEMA_FIELDS_MAX] = {0};
    struct value after[SCHEMA_FIELDS_MAX] = {0};
    struct str text;
    const json_t *change;
    json_t *json;

    before[FIELD_TUNNEL_VIRTUAL_ROUTER] = value_text("default");
    before[FIELD_TUNNEL_NAME] = value_text("siteB");
    before[FIELD_TUNNEL_TRANSFORM_SET] = value_text("strong");
    before[FIELD_TUNNEL_MTU] = value_number(1400);
    for (size_t i = 0; i < SCHEMA_FIELDS_MAX; i++)
        after[i] = value_share(&before[i]);
    after[FIELD_TUNNEL_MTU] = value_number(1500);
    after[FIELD_TUNNEL_SHUTDOWN] = value_number(1);
    str_init(&text);
    str_add(&text, "{\"format\":1,\"changes\":[");
    show_change_json(OBJECT_TUNNEL, before, after, true, &text);
    show_change_json(OBJECT_TUNNEL, NULL, after, false, &text);
    show_change_json(OBJECT_TUNNEL, before, NULL, false, &text);
    str_add(&text, "]}\n");
    json = load(&text);
    change = json_array_get(json_object_get(json, "changes"), 0);
    cr_expect_str_eq(
        json_string_value(json_object_get(change, "action")), "changed");
    cr_expect_eq(json_integer_value(
                     json_object_get(json_object_get(change, "before"), "mtu")),
        1400);
    cr_expect_eq(json_object_size(json_object_get(change, "after")), 2);
    cr_expect_str_eq(json_string_value(json_object_get(
                         json_object_get(change, "key"), "name")),
        "siteB");
    change = json_array_get(json_object_get(json, "changes"), 1);
    cr_expect(json_is_null(json_object_get(change, "before")));
    cr_expect_eq(json_object_size(json_object_get(change, "after")), 3);
    change = json_array_get(json_object_get(json, "changes"), 2);
    cr_expect_str_eq(
        json_string_value(json_object_get(change, "action")), "deleted");
    json_decref(json);
    str_done(&text);
    done(before);
    done(after);
}
