/*
 * test_read.c - configurations in JSON: what is printed reads back, whatever
 * it holds; what is wrong is found where it stands.
 */
#include "json/json.h"

#include "base/str.h"
#include "config/config.h"
#include "show/show.h"
#include "tests/support/config_random.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(json, .timeout = 60);

/* ---- round trip ---- */

static void
print(const struct config *config, struct str *out)
{
    struct show_config_json *json = show_config_json_new(out);

    for (size_t i = 0; i < OBJECT_COUNT; i++) {
        const struct object *object = NULL;

        while ((object = config_next(config, (enum schema_object_id)i,
                    object == NULL ? NULL : object->fields)) != NULL)
            show_config_json_object(json, (uint16_t)i, object->fields);
    }
    show_config_json_end(json);
}

/* Put each object into *context, a configuration. */
static bool
put(void *context, const struct json_object *object)
{
    const struct schema_object *schema = &schema_objects[object->type];
    struct object *made =
        object_new((enum schema_object_id)object->type, object->keys);

    for (size_t i = schema->key_count; i < schema->field_count; i++)
        made->fields[i] = value_share(&object->fields[i]);
    config_put(context, made);
    return true;
}

Test(json, reads_what_is_printed)
{
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct dice dice = {seed};
        struct config *config = config_random(&dice, seed % 40);
        struct config *again = config_new();
        struct json_problem problem;
        struct str text;

        str_init(&text);
        json_problem_init(&problem);
        print(config, &text);
        cr_assert_eq(
            json_read(str_text(&text), text.length, put, &again, &problem), OK,
            "seed %llu: %u:%u %s", (unsigned long long)seed, problem.place.line,
            problem.place.column, str_text(&problem.sentence));
        cr_expect(config_equal(config, again), "seed %llu:\n%s",
            (unsigned long long)seed, str_text(&text));
        json_problem_done(&problem);
        str_done(&text);
        config_unref(config);
        config_unref(again);
    }
}

/* ---- what is wrong ---- */

static bool
count(void *context, const struct json_object *object)
{
    size_t *objects = context;

    (void)object;
    (*objects)++;
    return true;
}

/* "LINE:COLUMN SENTENCE" of the problem; "" where there is none.  An
 * apostrophe in the text stands for a quotation mark. */
static void
read_problem(const char *text, struct str *out)
{
    struct json_problem problem;
    size_t objects = 0;
    struct str json;

    str_init(&json);
    for (; *text != '\0'; text++) {
        char c = *text == '\'' ? '"' : *text;

        str_add_char(&json, c);
    }
    json_problem_init(&problem);
    str_clear(out);
    if (json_read(str_text(&json), json.length, count, &objects, &problem) !=
        OK) {
        str_printf(out, "%u:%u %s", problem.place.line, problem.place.column,
            str_text(&problem.sentence));
    }
    json_problem_done(&problem);
    str_done(&json);
}

Test(json, refuses_a_byte_of_zero_where_it_stands)
{
    static const char text[] = "{\"format\": 1,\n \0\"configuration\": {}}";
    struct json_problem problem;
    size_t objects = 0;

    json_problem_init(&problem);
    cr_expect_eq(json_read(text, sizeof text - 1, count, &objects, &problem),
        ERR_SYNTAX);
    cr_expect_eq(problem.place.line, 2);
    cr_expect_eq(problem.place.column, 2);
    cr_expect_str_eq(
        str_text(&problem.sentence), "This is no JSON: it has a byte of zero.");
    json_problem_done(&problem);
}

Test(json, finds_what_is_wrong_where_it_stands)
{
    /* clang-format off */
    static const struct {
        const char *why;
        const char *text;
        const char *problem; /* its start */
    } rows[] = {
        {"no JSON", "{'format': 1,\n  'configuration' {}}",
            "2:19 This is no JSON: ':' expected."},
        {"twice the same name", "{'format': 1, 'format': 1}",
            "1:22 This is no JSON: duplicate object key."},
        {"nothing at all", "", "1:1 This is no JSON: "},
        {"another document", "[1, 2]", "1:1 Expected {\"format\": 1, "},
        {"another release", "{'format': 2, 'configuration': {}}",
            "1:12 .format: Expected 1."},
        {"more beside it", "{'configuration': {},\n'changes': []}",
            "2:12 .changes: Expected `format` and"},
        {"a list for an object", "{'configuration': []}",
            "1:19 .configuration: Expected an object with lists"},
        {"no such kind", "{'configuration': {'tunnels': []}}",
            "1:31 .configuration.tunnels: There are no objects of that name"},
        {"an object for a list", "{'configuration': {'tunnel': {}}}",
            "1:30 .configuration.tunnel: Expected a list"},
        {"a number for an object", "{'configuration': {'tunnel': [7]}}",
            "1:31 .configuration.tunnel[0]: Expected an object"},
        {"no such field",
            "{'configuration': {'tunnel': [\n {'name': 'a'},\n"
            " {'name': 'b',\n  'mut': 1400}]}}",
            "4:10 .configuration.tunnel[1].mut: Secure IP interface has"},
        {"out of range", "{'configuration': {'tunnel': [{'mtu': 10}]}}",
            "1:39 .configuration.tunnel[0].mtu: Expected a whole number from "
            "160 to 9000."},
        {"a fraction", "{'configuration': {'tunnel': [{'mtu': 1e3}]}}",
            "1:39 .configuration.tunnel[0].mtu: Expected a whole"},
        {"text for true", "{'configuration': {'tunnel': [{'shutdown': 'yes'}]}}",
            "1:44 .configuration.tunnel[0].shutdown: Expected true or false."},
        {"brackets and quotes inside a text before it",
            "{'configuration': {'tunnel': [{'description': "
            "']}{[,: \\' \\\\', 'mtu': -1}]}}",
            "1:70 .configuration.tunnel[0].mtu: Expected a whole"},
        {"half a mask",
            "{'configuration': {'tunnel': [{'ip_mask': '255.0.255.0'}]}}",
            "1:43 .configuration.tunnel[0].ip_mask: Expected a mask"},
        {"an empty list",
            "{'configuration': {'transform_set': [{'transforms': []}]}}",
            "1:53 .configuration.transform_set[0].transforms: Expected a list"},
        {"a key that is no key",
            "{'configuration': {'tunnel': [{'session_key_inbound_key': "
            "'0123456789abcdeg'}]}}",
            "1:59 .configuration.tunnel[0].session_key_inbound_key: Expected "
            "hexadecimal digits"},
    };
    /* clang-format on */
    struct str problem;

    str_init(&problem);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        read_problem(rows[i].text, &problem);
        cr_expect(str_has_prefix(str_text(&problem), rows[i].problem), "%s: %s",
            rows[i].why, str_text(&problem));
    }
    str_done(&problem);
}

Test(json, never_repeats_a_key)
{
    static const char *const texts[] = {
        "{'configuration': {'tunnel': [{'session_key_inbound_key': "
        "'c0ffee00c0ffee0'}]}}",
        "{'configuration': {'tunnel': [{'session_key_inbound_key': "
        "'c0ffee00c0ffee00' 'x'}]}}",
        "{'session_key_inbound_key': c0ffee00c0ffee00}",
    };
    struct str problem;

    str_init(&problem);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        read_problem(texts[i], &problem);
        cr_expect(
            problem.length > 0 && strstr(str_text(&problem), "c0ffee") == NULL,
            "%s", str_text(&problem));
    }
    str_done(&problem);
}

/* ---- objects ---- */

struct seen {
    char types[16];
    struct value vr;
    bool mtu_given;
    bool mtu_set;
};

static bool
look(void *context, const struct json_object *object)
{
    struct seen *seen = context;

    strncat(seen->types, schema_objects[object->type].name, 1);
    if (object->type == OBJECT_TUNNEL) {
        seen->vr = value_share(&object->keys[FIELD_TUNNEL_VIRTUAL_ROUTER]);
        seen->mtu_given = object->given[FIELD_TUNNEL_MTU];
        seen->mtu_set = value_is_set(&object->fields[FIELD_TUNNEL_MTU]);
    }
    return object->type != OBJECT_TUNNEL;
}

/* As jq -S or a program with sorted names writes it. */
Test(json, gives_parents_first_and_stops_when_told)
{
    static const char text[] =
        "{\"configuration\": {\"route\": [{\"prefix\": \"10.0.0.0\"}],"
        " \"tunnel\": [{\"mtu\": null, \"name\": \"a\"}, {\"name\": \"b\"}],"
        " \"system\": [{}], \"virtual_router\": [{\"name\": \"x\"}]}}";
    struct seen seen = {.types = ""};
    struct json_problem problem;

    json_problem_init(&problem);
    cr_assert_eq(json_read(text, strlen(text), look, &seen, &problem), OK);
    cr_expect_str_eq(seen.types, "svt", "the second tunnel was not wanted");
    cr_expect_str_eq(value_string(&seen.vr), "default", "left out");
    cr_expect(seen.mtu_given && !seen.mtu_set);
    value_done(&seen.vr);
    json_problem_done(&problem);
}

/* ---- values ---- */

static bool
keep(void *context, const struct json_object *object)
{
    const struct value *fields = object->fields;
    struct value *kept = context;

    if (object->type == OBJECT_VIRTUAL_ROUTER) {
        kept[0] = value_share(&fields[FIELD_VIRTUAL_ROUTER_OPTION_NAT_T]);
        kept[1] = value_share(&fields[FIELD_VIRTUAL_ROUTER_OPTION_DPD]);
    } else {
        kept[0] = value_share(&fields[FIELD_ENABLE_SECRET_SECRET]);
        kept[1] = value_share(&object->keys[FIELD_ENABLE_SECRET_LEVEL]);
    }
    return true;
}

static void
read_values(const char *text, struct value kept[2])
{
    struct json_problem problem;

    kept[0] = value_none();
    kept[1] = value_none();
    json_problem_init(&problem);
    cr_assert_eq(
        json_read(text, strlen(text), keep, kept, &problem), OK, "%s", text);
    json_problem_done(&problem);
}

/* What is as by default is not set, be that on or off. */
Test(json, sets_a_flag_that_is_not_as_by_default)
{
    struct value kept[2];

    read_values("{\"configuration\": {\"virtual_router\": [{\"name\": \"a\", "
                "\"option_nat_t\": false, \"option_dpd\": false}]}}",
        kept);
    cr_expect(kept[0].kind == VALUE_NUMBER && kept[0].number == 0);
    cr_expect_eq(kept[1].kind, VALUE_NONE);
    read_values("{\"configuration\": {\"virtual_router\": [{\"name\": \"a\", "
                "\"option_nat_t\": true, \"option_dpd\": true}]}}",
        kept);
    cr_expect_eq(kept[0].kind, VALUE_NONE);
    cr_expect(kept[1].kind == VALUE_NUMBER && kept[1].number == 1);
}

Test(json, takes_a_password_or_its_hash)
{
    struct value kept[2];

    read_values("{\"configuration\": {\"enable_secret\": [{\"secret\": "
                "\"omega\"}]}}",
        kept);
    cr_expect_eq(kept[0].kind, VALUE_CLEAR);
    cr_expect_eq(kept[1].number, 10, "the level that a line leaves out");
    value_done(&kept[0]);
    read_values(
        "{\"configuration\": {\"enable_secret\": [{\"level\": 5, "
        "\"secret\": \"$y$j9T$UXwxf.xFUwcN7/5.OVggB/$24wF.mGFPqHKBI4vaiI"
        "RE64IsU9s6OI3.Q8MuxLhv4D\"}]}}",
        kept);
    cr_expect_eq(kept[0].kind, VALUE_TEXT);
    value_done(&kept[0]);
}
