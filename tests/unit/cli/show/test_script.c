#include "show/show.h"

#include "base/str.h"
#include "config/config.h"
#include "daemon/walk.h"
#include "gen/enums.h"
#include "parse/parse.h"
#include "tests/support/config_random.h"

#include <criterion/criterion.h>
#include <string.h>

enum { MONDAY_S = 1420452000, SEEDS = 20, OBJECTS = 120 };

static const char header[] =
    "! Configuration script being generated on MON JAN 05 2015 10:00:00 UTC\n"
    "! Version: 0.1.0\n"
    "! Commands displayed are limited to those available at privilege level "
    "15\n"
    "!\n";

static void
done(struct value *fields)
{
    for (size_t i = 0; i < SCHEMA_FIELDS_MAX; i++)
        value_done(&fields[i]);
}

static void
add(struct show_script *script, uint16_t type, struct value *fields)
{
    show_script_object(script, type, fields);
    done(fields);
}

static void
add_interface(struct show_script *script, const char *vr, const char *location)
{
    struct value fields[SCHEMA_FIELDS_MAX] = {0};

    fields[FIELD_INTERFACE_VIRTUAL_ROUTER] = value_text(vr);
    fields[FIELD_INTERFACE_TYPE] = value_number(INTERFACE_TYPE_LOOPBACK);
    fields[FIELD_INTERFACE_LOCATION] = value_text(location);
    fields[FIELD_INTERFACE_IP_ADDRESS] = value_number(0xc0000201);
    fields[FIELD_INTERFACE_IP_MASK] = value_number(0xffffffff);
    add(script, OBJECT_INTERFACE, fields);
}

static void
add_tunnel(struct show_script *script, const char *vr)
{
    struct value fields[SCHEMA_FIELDS_MAX] = {0};

    fields[FIELD_TUNNEL_VIRTUAL_ROUTER] = value_text(vr);
    fields[FIELD_TUNNEL_NAME] = value_text("siteB");
    fields[FIELD_TUNNEL_TRANSPORT_VR] = value_text("default");
    fields[FIELD_TUNNEL_SIGNALING] = value_number(SIGNALING_MANUAL);
    fields[FIELD_TUNNEL_LIFETIME_SECONDS] = value_number(7200);
    fields[FIELD_TUNNEL_LIFETIME_KILOBYTES] = value_number(1024000);
    fields[FIELD_TUNNEL_SESSION_KEY_INBOUND_TRANSFORM] =
        value_number(TRANSFORM_ESP_DES);
    fields[FIELD_TUNNEL_SESSION_KEY_INBOUND_SPI] = value_number(0x1001);
    fields[FIELD_TUNNEL_SESSION_KEY_INBOUND_KEY] = value_text("$e1$AAAA");
    fields[FIELD_TUNNEL_DESCRIPTION] = value_text("to B");
    fields[FIELD_TUNNEL_SHUTDOWN] = value_number(1);
    add(script, OBJECT_TUNNEL, fields);
}

static void
add_route(struct show_script *script, const char *vr, uint32_t prefix)
{
    struct value fields[SCHEMA_FIELDS_MAX] = {0};

    fields[FIELD_ROUTE_VIRTUAL_ROUTER] = value_text(vr);
    fields[FIELD_ROUTE_PREFIX] = value_number(prefix);
    fields[FIELD_ROUTE_MASK] = value_number(0xff000000);
    fields[FIELD_ROUTE_OUT_TUNNEL] = value_text("siteB");
    fields[FIELD_ROUTE_DISTANCE] = value_number(5);
    add(script, OBJECT_ROUTE, fields);
}

static void
add_vr(struct show_script *script, const char *name)
{
    struct value fields[SCHEMA_FIELDS_MAX] = {0};

    fields[FIELD_VIRTUAL_ROUTER_NAME] = value_text(name);
    add(script, OBJECT_VIRTUAL_ROUTER, fields);
}

static void
add_globals(struct show_script *script)
{
    struct value fields[SCHEMA_FIELDS_MAX] = {0};

    fields[FIELD_SYSTEM_HOSTNAME] = value_text("host 1");
    fields[FIELD_SYSTEM_IPSEC_LIFETIME_SECONDS] = value_number(3600);
    add(script, OBJECT_SYSTEM, fields);
    for (size_t i = 0; i < 2; i++) {
        fields[FIELD_TRANSFORM_SET_NAME] =
            value_text(i == 0 ? "strong" : "weak");
        fields[FIELD_TRANSFORM_SET_TRANSFORMS] =
            value_number(value_list_add(0, TRANSFORM_ESP_DES));
        add(script, OBJECT_TRANSFORM_SET, fields);
    }
}

Test(script, has_the_shape_of_the_routers_own)
{
    struct show_script *script;
    struct str expected;
    struct str out;

    str_init(&out);
    str_init(&expected);
    script = show_script_new(MONDAY_S * UINT64_C(1000000), "0.1.0", &out);
    add_globals(script);
    add_vr(script, "default");
    add_interface(script, "default", "0");
    add_interface(script, "default", "1");
    add_vr(script, "vrA");
    add_tunnel(script, "vrA");
    add_route(script, "vrA", 0x0a000000);
    add_route(script, "vrA", 0x0b000000);
    show_script_end(script);
    str_add(&expected, header);
    str_add(&expected,
        "hostname \"host 1\"\n"
        "ipsec lifetime seconds 3600\n"
        "!\n"
        "ipsec transform-set strong esp-des\n"
        "ipsec transform-set weak esp-des\n"
        "!\n"
        "virtual-router default\n"
        "interface loopback 0\n"
        " ip address 192.0.2.1 255.255.255.255\n"
        "!\n"
        "interface loopback 1\n"
        " ip address 192.0.2.1 255.255.255.255\n"
        "!\n"
        "virtual-router vrA\n"
        "interface tunnel ipsec:siteB transport-virtual-router default\n"
        " tunnel signaling manual\n"
        " tunnel lifetime seconds 7200 kilobytes 1024000\n"
        " tunnel session-key-inbound esp-des 0x1001 masked $e1$AAAA\n"
        " description to B\n"
        " shutdown\n"
        "!\n"
        "ip route 10.0.0.0 255.0.0.0 tunnel ipsec:siteB 5\n"
        "ip route 11.0.0.0 255.0.0.0 tunnel ipsec:siteB 5\n"
        "!\n"
        "! End of generated configuration script.\n");
    cr_expect_str_eq(
        str_text(&out), str_text(&expected), "got:\n%s", str_text(&out));
    str_done(&out);
    str_done(&expected);
}

Test(script, names_the_parent_again_where_it_changes)
{
    struct show_script *script;
    struct str out;

    str_init(&out);
    script = show_script_new(MONDAY_S * UINT64_C(1000000), "0.1.0", &out);
    add_route(script, "default", 0x0a000000);
    add_route(script, "vrA", 0x0a000000);
    add_route(script, "vrA", 0x0b000000);
    show_script_end(script);
    cr_expect_str_eq(str_text(&out) + sizeof header - 1,
        "virtual-router default\n"
        "ip route 10.0.0.0 255.0.0.0 tunnel ipsec:siteB 5\n"
        "virtual-router vrA\n"
        "ip route 10.0.0.0 255.0.0.0 tunnel ipsec:siteB 5\n"
        "ip route 11.0.0.0 255.0.0.0 tunnel ipsec:siteB 5\n"
        "!\n"
        "! End of generated configuration script.\n");
    str_done(&out);
}

static void
add_group(struct show_script *script, const char *policy, const char *list)
{
    struct value fields[SCHEMA_FIELDS_MAX] = {0};

    fields[FIELD_POLICY_LIST_NAME] = value_text(policy);
    if (list == NULL) {
        add(script, OBJECT_POLICY_LIST, fields);
        return;
    }
    fields[FIELD_CLASSIFIER_GROUP_LIST] = value_text(list);
    fields[FIELD_CLASSIFIER_GROUP_PRECEDENCE] = value_number(7);
    fields[FIELD_CLASSIFIER_GROUP_FILTER] = value_number(1);
    add(script, OBJECT_CLASSIFIER_GROUP, fields);
}

Test(script, shows_inside_a_block_what_belongs_to_it)
{
    struct show_script *script;
    struct str out;

    str_init(&out);
    script = show_script_new(MONDAY_S * UINT64_C(1000000), "0.1.0", &out);
    add_group(script, "p", NULL);
    add_group(script, "p", "a");
    add_group(script, "p", "b");
    add_group(script, "q", NULL);
    add_vr(script, "default");
    show_script_end(script);
    cr_expect_str_eq(str_text(&out) + sizeof header - 1,
        "ip policy-list p\n"
        " classifier-group a precedence 7\n"
        "  filter\n"
        " classifier-group b precedence 7\n"
        "  filter\n"
        "!\n"
        "ip policy-list q\n"
        "!\n"
        "virtual-router default\n"
        "!\n"
        "! End of generated configuration script.\n",
        "got:\n%s", str_text(&out));
    str_done(&out);
}

Test(script, of_nothing_is_a_whole_script)
{
    struct str out;

    str_init(&out);
    show_script_end(
        show_script_new(MONDAY_S * UINT64_C(1000000), "0.1.0", &out));
    cr_expect(str_has_prefix(str_text(&out), header));
    cr_expect_str_eq(str_text(&out) + sizeof header - 1,
        "!\n! End of generated configuration script.\n");
    str_done(&out);
}

/* ---- what is printed loads again ---- */

/* Someone who types a script: where he is, and what he has made. */
struct typist {
    struct parse_place place;
    struct candidate *candidate;
    struct value vr;
    struct value keys[SCHEMA_KEYS_MAX];
};

static void
type_object(struct typist *typist, const struct parse_result *parsed)
{
    uint16_t type = schema_commands[parsed->command].object;
    const struct schema_object *object = &schema_objects[type];
    struct value keys[SCHEMA_FIELDS_MAX];

    for (size_t i = 0; i < object->field_count; i++)
        keys[i] = parsed->values[i];
    if (object->parent == OBJECT_VIRTUAL_ROUTER)
        keys[0] = typist->vr;
    if (object_is_nested(object)) {
        for (size_t i = 0; i < object->inherited_count; i++)
            keys[i] = typist->keys[i];
    }
    cr_assert_eq(candidate_create(typist->candidate,
                     (enum schema_object_id)type, keys, NULL),
        OK);
    for (uint16_t i = 0; i < object->setting_count; i++) {
        const struct schema_setting *setting = &object->settings[i];

        if (setting->command == object->command &&
            value_is_set(&keys[setting->first_field]))
            cr_assert_eq(
                candidate_set(typist->candidate, (enum schema_object_id)type,
                    keys, i, &keys[setting->first_field], NULL),
                OK);
    }
    if (object_is_nested(object) && object->mode == SCHEMA_NONE)
        return; /* still in the parent */
    if (object->mode != SCHEMA_NONE) {
        typist->place.mode = object->mode;
        typist->place.object = type;
    } else {
        typist->place.mode = MODE_CONFIG;
        typist->place.object = SCHEMA_NONE;
    }
    for (size_t i = 0; i < object->key_count; i++) {
        value_done(&typist->keys[i]);
        typist->keys[i] = value_share(&keys[i]);
    }
    if (type == OBJECT_VIRTUAL_ROUTER) {
        value_done(&typist->vr);
        typist->vr = value_share(&keys[0]);
    }
}

static void
type_setting(struct typist *typist, const struct parse_result *parsed)
{
    const struct schema_command *command = &schema_commands[parsed->command];
    const struct schema_object *object = &schema_objects[command->object];
    const struct schema_setting *setting = &object->settings[command->setting];
    struct value values[SCHEMA_FIELDS_MAX];

    for (size_t i = 0; i < setting->field_count; i++)
        values[i] = parsed->values[setting->first_field + i];
    if (object->fields[setting->first_field].type.kind == TYPE_FLAG)
        values[0] = value_number(!parsed->negated);
    cr_assert_eq(
        candidate_set(typist->candidate, (enum schema_object_id)command->object,
            command->object == OBJECT_VIRTUAL_ROUTER ? &typist->vr
                                                     : typist->keys,
            command->setting, values, NULL),
        OK);
}

static void
type_line(struct typist *typist, const char *line)
{
    struct parse_result parsed;

    parse_line(&typist->place, line, &parsed);
    cr_assert(parsed.outcome == PARSE_OK || parsed.outcome == PARSE_NOTHING,
        "%s", line);
    if (parsed.outcome == PARSE_NOTHING)
        return;
    if (schema_commands[parsed.command].kind == COMMAND_OBJECT)
        type_object(typist, &parsed);
    else
        type_setting(typist, &parsed);
    parse_result_done(&parsed);
}

/* A new configuration from the script. */
static struct config *
type_script(char *script)
{
    struct config *empty = config_new();
    struct typist typist = {
        .place = {MODE_CONFIG, SCHEMA_NONE, 15},
        .candidate = candidate_open(empty),
        .vr = value_text("default")
    };
    struct config *typed;
    char *rest = script;
    char *line;

    while ((line = strsep(&rest, "\n")) != NULL)
        type_line(&typist, line);
    typed = config_ref(candidate_work(typist.candidate));
    candidate_free(typist.candidate);
    value_done(&typist.vr);
    for (size_t i = 0; i < SCHEMA_KEYS_MAX; i++)
        value_done(&typist.keys[i]);
    config_unref(empty);
    return typed;
}

/* In the order in which the daemon sends them. */
static void
print(const struct config *config, struct str *out)
{
    struct show_script *script =
        show_script_new(MONDAY_S * UINT64_C(1000000), "0.1.0", out);
    const struct object *at;
    struct walk walk;

    walk_init(&walk, config);
    while ((at = walk_next(&walk)) != NULL)
        show_script_object(script, (uint16_t)at->type, at->fields);
    show_script_end(script);
}

static bool
has_a_line(const struct object *object)
{
    uint16_t command = schema_objects[object->type].command;
    struct str line;
    bool has;

    str_init(&line);
    has =
        command == SCHEMA_NONE || schema_render(command, object->fields, &line);
    str_done(&line);
    return has;
}

/* The candidate's tree lets a set exist before its transforms are typed; a
 * line of it cannot be printed. */
static struct config *
printable(struct dice *dice)
{
    struct config *config = config_random(dice, OBJECTS);
    struct candidate *candidate = candidate_open(config);
    const struct object *at;
    struct config *kept;

    for (size_t i = 0; i < OBJECT_COUNT; i++) {
        enum schema_object_id type = (enum schema_object_id)i;

        at = config_next(config, type, NULL);
        for (; at != NULL; at = config_next(config, type, at->fields)) {
            if (!has_a_line(at))
                cr_assert_eq(
                    candidate_remove(candidate, type, at->fields, NULL), OK);
        }
    }
    kept = config_ref(candidate_work(candidate));
    candidate_free(candidate);
    config_unref(config);
    return kept;
}

Test(script, loads_as_the_configuration_it_was_printed_from)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct dice dice = {seed};
        struct config *config = printable(&dice);
        struct config *typed;
        struct str first;
        struct str second;
        char *script;

        str_init(&first);
        str_init(&second);
        print(config, &first);
        script = strdup(str_text(&first));
        cr_assert_not_null(script);
        typed = type_script(script);
        cr_expect(config_equal(config, typed), "seed %zu", (size_t)seed);
        print(typed, &second);
        cr_expect_str_eq(str_text(&first), str_text(&second));
        free(script);
        config_unref(config);
        config_unref(typed);
        str_done(&first);
        str_done(&second);
    }
}
