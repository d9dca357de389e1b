/* test_candidate.c - edits of a private candidate. */
#include "config/config.h"

#include "base/diag.h"
#include "base/str.h"
#include "gen/enums.h"
#include "tests/support/config_typing.h"

#include <criterion/criterion.h>
#include <string.h>

/* A candidate on a typed configuration, and what it says. */
struct bench {
    struct config *running;
    struct candidate *candidate;
    struct diag diag;
};

static void
setup(struct bench *bench, const char *script)
{
    bench->running = config_typed(script);
    bench->candidate = candidate_open(bench->running);
    diag_init(&bench->diag);
}

static void
teardown(struct bench *bench)
{
    diag_done(&bench->diag);
    candidate_free(bench->candidate);
    config_unref(bench->running);
}

static const struct object *
find_tunnel(const struct bench *bench, const char *name)
{
    struct value keys[2] = {value_text("default"), value_text(name)};
    const struct object *found =
        config_find(candidate_work(bench->candidate), OBJECT_TUNNEL, keys);

    value_done(&keys[0]);
    value_done(&keys[1]);
    return found;
}

Test(candidate, starts_as_what_is_running)
{
    struct bench bench;

    setup(&bench, "hostname boston\n");
    cr_expect_not(candidate_is_changed(bench.candidate));
    cr_assert_eq(type_script(bench.candidate, "hostname ottawa\n", NULL), OK);
    cr_expect(candidate_is_changed(bench.candidate));
    cr_assert_eq(type_script(bench.candidate, "hostname boston\n", NULL), OK);
    cr_expect_not(candidate_is_changed(bench.candidate), "set back by hand");
    teardown(&bench);
}

Test(candidate, refuses_an_edit_and_says_why)
{
    /* clang-format off */
    static const struct {
        const char *why;
        const char *script;
        enum err error;
        const char *path;
        const char *sentence;
    } cases[] = {
    {.why = "nothing to remove",
     .script = "no interface tunnel ipsec:b",
     .error = ERR_NOT_FOUND,
     .path = "interface tunnel ipsec:b",
     .sentence = "nothing to remove"},
    {.why = "presets stay",
     .script = "no virtual-router default",
     .error = ERR_DENIED,
     .path = "virtual-router default",
     .sentence = "always there"},
    {.why = "its object was removed",
     .script =
         "interface tunnel ipsec:a\n"
         "no interface tunnel ipsec:a\n"
         "tunnel mtu 1400",
     .error = ERR_NOT_FOUND,
     .path = "interface tunnel ipsec:a",
     .sentence = "type `interface tunnel ipsec:a` first"},
    {.why = "its parent was removed",
     .script =
         "virtual-router isp\n"
         "no virtual-router isp\n"
         "interface loopback 0",
     .error = ERR_NOT_FOUND,
     .path = "virtual-router isp",
     .sentence = "virtual-router isp"},
    };
    /* clang-format on */

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bench bench;
        enum err error;

        setup(&bench, "interface tunnel ipsec:a\n");
        error = type_script(bench.candidate, cases[i].script, &bench.diag);
        cr_expect_eq(
            error, cases[i].error, "%s: %s", cases[i].why, err_name(error));
        cr_assert_eq(bench.diag.count, 1, "%s", cases[i].why);
        cr_expect_str_eq(
            bench.diag.entries[0].path, cases[i].path, "%s", cases[i].why);
        cr_expect_not_null(
            strstr(bench.diag.entries[0].sentence, cases[i].sentence), "%s: %s",
            cases[i].why, bench.diag.entries[0].sentence);
        teardown(&bench);
    }
}

Test(candidate, removes_an_object_with_all_that_is_in_it)
{
    struct bench bench;
    const struct config *work;

    setup(&bench, "virtual-router isp\n"
                  "interface loopback 0\n"
                  "interface tunnel ipsec:a\n"
                  "ip route 10.0.0.0 255.0.0.0 null 0\n"
                  "virtual-router other\n"
                  "interface loopback 0\n");
    cr_assert_eq(
        type_script(bench.candidate, "no virtual-router isp\n", NULL), OK);
    work = candidate_work(bench.candidate);
    cr_expect_eq(config_count_type(work, OBJECT_VIRTUAL_ROUTER), 2);
    cr_expect_eq(config_count_type(work, OBJECT_INTERFACE), 1);
    cr_expect_eq(config_count_type(work, OBJECT_TUNNEL), 0);
    cr_expect_eq(config_count_type(work, OBJECT_ROUTE), 0);
    cr_expect_eq(config_count_type(bench.running, OBJECT_TUNNEL), 1);
    teardown(&bench);
}

static const struct value *
nat_t(const struct bench *bench)
{
    struct value key = value_text("default");
    const struct object *vr = config_find(
        candidate_work(bench->candidate), OBJECT_VIRTUAL_ROUTER, &key);

    value_done(&key);
    return &vr->fields[FIELD_VIRTUAL_ROUTER_OPTION_NAT_T];
}

Test(candidate, stores_of_a_flag_that_is_on_only_that_it_is_off)
{
    struct bench bench;

    setup(&bench, "hostname boston\n");
    cr_assert_eq(
        type_script(bench.candidate, "ipsec option nat-t\n", NULL), OK);
    cr_expect_not(candidate_is_changed(bench.candidate), "on it was before");
    cr_assert_eq(
        type_script(bench.candidate, "no ipsec option nat-t\n", NULL), OK);
    cr_assert_eq(nat_t(&bench)->kind, VALUE_NUMBER);
    cr_expect_eq(nat_t(&bench)->number, 0);
    cr_assert_eq(
        type_script(bench.candidate, "ipsec option nat-t\n", NULL), OK);
    cr_expect_not(candidate_is_changed(bench.candidate), "on again");
    teardown(&bench);
}

Test(candidate, keeps_the_other_half_of_a_merging_setting)
{
    struct bench bench;
    const struct object *tunnel;

    setup(&bench, "interface tunnel ipsec:a\n"
                  "tunnel lifetime seconds 3600\n"
                  "tunnel lifetime kilobytes 200000\n");
    tunnel = find_tunnel(&bench, "a");
    cr_assert_not_null(tunnel);
    cr_expect_eq(tunnel->fields[FIELD_TUNNEL_LIFETIME_SECONDS].number, 3600);
    cr_expect_eq(
        tunnel->fields[FIELD_TUNNEL_LIFETIME_KILOBYTES].number, 200000);
    teardown(&bench);
}

Test(candidate, replaces_one_form_of_a_setting_by_another)
{
    struct bench bench;
    const struct object *tunnel;

    setup(&bench, "interface tunnel ipsec:a\n"
                  "tunnel source 192.0.2.1\n"
                  "tunnel source identity a.example\n");
    tunnel = find_tunnel(&bench, "a");
    cr_assert_not_null(tunnel);
    cr_expect_not(value_is_set(&tunnel->fields[FIELD_TUNNEL_SOURCE_ADDRESS]));
    cr_expect_str_eq(
        value_string(&tunnel->fields[FIELD_TUNNEL_SOURCE_IDENTITY]),
        "a.example");
    teardown(&bench);
}

Test(candidate, refuses_values_that_no_line_could_have_said)
{
    struct bench bench;
    struct value keys[2] = {value_text("default"), value_text("a")};
    struct value mtu = value_number(159);
    struct value half[2] = {value_number(0x0a000001), value_none()};
    struct value clear[3] = {
        value_number(0), value_number(256), value_clear("00")};
    const struct object *before;

    setup(&bench, "interface tunnel ipsec:a\n");
    before = find_tunnel(&bench, "a");
    cr_expect_eq(candidate_set(bench.candidate, OBJECT_TUNNEL, keys,
                     SETTING_TUNNEL_MTU, &mtu, &bench.diag),
        ERR_INVALID, "out of range");
    cr_expect_eq(candidate_set(bench.candidate, OBJECT_TUNNEL, keys,
                     SETTING_TUNNEL_IP, half, &bench.diag),
        ERR_INVALID, "an address without its mask");
    cr_expect_eq(candidate_set(bench.candidate, OBJECT_TUNNEL, keys,
                     SETTING_TUNNEL_SESSION_KEY_INBOUND, clear, &bench.diag),
        ERR_INVALID, "a key that was not sealed");
    cr_expect_eq(bench.diag.count, 3);
    cr_expect_eq(find_tunnel(&bench, "a"), before, "nothing changed");
    value_done(&keys[0]);
    value_done(&keys[1]);
    value_done(&clear[2]);
    teardown(&bench);
}

Test(candidate, refuses_keys_that_no_line_could_have_said)
{
    struct bench bench;
    struct value route[SCHEMA_KEYS_MAX] = {value_text("default"),
        value_number(0x0a000000), value_number(0xff000000)};
    struct value nameless[2] = {value_text("default"), value_none()};
    struct value number[2] = {value_text("default"), value_number(5)};

    for (size_t i = 3; i < SCHEMA_KEYS_MAX; i++)
        route[i] = value_none();
    setup(&bench, "");
    cr_expect_eq(
        candidate_create(bench.candidate, OBJECT_ROUTE, route, &bench.diag),
        ERR_INVALID, "a route to nowhere");
    route[FIELD_ROUTE_NEXT_HOP] = value_number(0x0a000001);
    route[FIELD_ROUTE_OUT_TUNNEL] = value_text("a");
    cr_expect_eq(
        candidate_create(bench.candidate, OBJECT_ROUTE, route, &bench.diag),
        ERR_INVALID, "a route to two places");
    cr_expect_eq(
        candidate_create(bench.candidate, OBJECT_TUNNEL, nameless, &bench.diag),
        ERR_INVALID, "a tunnel without a name");
    cr_expect_eq(
        candidate_create(bench.candidate, OBJECT_TUNNEL, number, &bench.diag),
        ERR_INVALID, "a number for a name");
    cr_expect_eq(bench.diag.count, 4);
    cr_expect_not(candidate_is_changed(bench.candidate));
    value_done(&route[0]);
    value_done(&route[FIELD_ROUTE_OUT_TUNNEL]);
    value_done(&nameless[0]);
    value_done(&number[0]);
    teardown(&bench);
}

Test(candidate, path_names_the_virtual_router_when_it_is_not_the_default)
{
    struct config *config = config_typed("virtual-router isp\n"
                                         "interface loopback 0\n");
    const struct object *object = config_next(config, OBJECT_INTERFACE, NULL);
    struct str path;

    str_init(&path);
    cr_assert_not_null(object);
    object_path(object, &path);
    cr_expect_str_eq(
        str_text(&path), "virtual-router isp interface loopback 0");
    str_done(&path);
    config_unref(config);
}

Test(candidate, has_null_0_as_soon_as_a_route_leads_there)
{
    struct value keys[3] = {value_text("default"),
        value_number(INTERFACE_TYPE_NULL), value_text("0")};
    struct bench bench;

    setup(&bench, "");
    cr_assert_eq(type_script(bench.candidate,
                     "ip route 10.9.0.0 255.255.0.0 loopback 0\n", NULL),
        OK);
    cr_expect_null(
        config_find(candidate_work(bench.candidate), OBJECT_INTERFACE, keys));
    cr_assert_eq(type_script(bench.candidate,
                     "ip route 10.9.0.0 255.255.0.0 null 0\n", NULL),
        OK);
    cr_expect_not_null(
        config_find(candidate_work(bench.candidate), OBJECT_INTERFACE, keys));
    value_done(&keys[0]);
    value_done(&keys[2]);
    teardown(&bench);
}
