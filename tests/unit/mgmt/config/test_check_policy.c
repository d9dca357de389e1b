/*
 * test_check_policy.c - policy routing: what is refused and warned of.
 *
 * Each case is typed on top of a sound configuration: one sentence must come,
 * with its severity, or (NULL) none at all.
 */
#include "config/config.h"

#include "base/diag.h"
#include "base/str.h"
#include "dp.h"
#include "gen/enums.h"
#include "tests/support/config_typing.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const char ground[] =
    "ip classifier-list web tcp any any destination-port 80\n"
    "ip classifier-list all ip any any\n"
    "ip policy-list corp\n"
    "classifier-group web precedence 10\n"
    "forward interface tunnel ipsec:b\n"
    "ip policy-list other\n"
    "classifier-group all\n"
    "permit\n"
    "virtual-router red\n"
    "interface tunnel ipsec:r\n"
    "interface loopback 1\n"
    "virtual-router default\n"
    "interface tunnel ipsec:b\n"
    "interface loopback 0\n"
    "ip policy input corp\n";

/* clang-format off */
static const struct typed_case rows[] = {
    {"ip classifier-list web tcp any any source-port 1\n", DIAG_ERROR, NULL},
    {"ip classifier-list web 17 any any source-port 1\n", DIAG_ERROR, NULL},
    {"ip classifier-list web icmp any any source-port 1\n", DIAG_ERROR,
     "Only TCP and UDP have ports"},
    {"ip classifier-list web 50 any any destination-port 1\n", DIAG_ERROR,
     "Only TCP and UDP have ports"},
    {"ip classifier-list new ip any any\n", DIAG_WARNING,
     "No policy list uses this classifier list"},
    {"no ip classifier-list web\n", DIAG_ERROR,
     "There is no classifier list `web`"},
    {"no ip classifier-list web tcp any any destination-port 80\n", DIAG_ERROR,
     "There is no classifier list `web`"},
    {"ip classifier-list web udp any any\n"
     "no ip classifier-list web tcp any any destination-port 80\n", DIAG_ERROR,
     NULL},
    {"ip policy-list new\n", DIAG_WARNING, "The list is empty"},
    {"ip policy-list corp\nno classifier-group web\n", DIAG_WARNING,
     "The list is empty"},
    {"ip policy-list new\nclassifier-group all\nfilter\n", DIAG_WARNING,
     "attached to no interface"},
    {"ip policy-list other\nclassifier-group gone\nfilter\n", DIAG_ERROR,
     "There is no classifier list `gone`"},
    {"ip policy-list corp\nclassifier-group all\n", DIAG_ERROR,
     "The group does nothing"},
    {"ip policy-list corp\nclassifier-group web\nfilter\n", DIAG_ERROR,
     "more than one of"},
    {"ip policy-list corp\nclassifier-group web\nno forward\nfilter\n",
     DIAG_ERROR, NULL},
    {"ip policy-list corp\nclassifier-group web\n"
     "forward next-hop 224.0.0.5\n", DIAG_ERROR, "not an address that a router"},
    {"ip policy-list corp\nclassifier-group web\n"
     "forward next-hop 10.0.0.5\n", DIAG_ERROR, NULL},
    {"ip policy-list corp\nclassifier-group web\n"
     "forward interface tunnel ipsec:x\n", DIAG_ERROR,
     "There is no tunnel `x`"},
    {"ip policy-list corp\nclassifier-group web\n"
     "forward interface tunnel ipsec:r\n", DIAG_ERROR,
     "which `interface loopback 0` is not in"},
    {"virtual-router red\ninterface loopback 1\nip policy input corp\n",
     DIAG_ERROR, "which `virtual-router red interface loopback 1` is not in"},
    {"virtual-router red\ninterface loopback 1\nip policy input other\n",
     DIAG_ERROR, NULL},
    {"ip policy-list corp\nclassifier-group all precedence 5\npermit\n"
     "classifier-group web precedence 11\n", DIAG_WARNING,
     "No packet gets here: classifier list `all`"},
    {"ip policy-list corp\nclassifier-group all precedence 11\npermit\n",
     DIAG_ERROR, NULL},
    {"no ip policy-list corp\n", DIAG_ERROR,
     "`interface loopback 0` still uses it"},
    {"no ip policy-list other\n", DIAG_ERROR, NULL},
    {"no interface tunnel ipsec:b\n", DIAG_ERROR,
     "`ip policy-list corp classifier-group web` still uses it"},
    {"virtual-router red\nno interface tunnel ipsec:r\n", DIAG_ERROR, NULL},
    {"interface loopback 0\nip policy input gone\n", DIAG_ERROR,
     "There is no `ip policy-list gone`"},
};
/* clang-format on */

Test(check_policy, says_what_is_wrong)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        typed_case_try(ground, &rows[i]);
}

/* ---- maximums ---- */

static void
add_entries(struct str *script, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        str_printf(script,
            "ip classifier-list many tcp any any source-port "
            "%zu\n",
            i);
    }
}

Test(check_policy, refuses_more_entries_than_a_list_holds)
{
    struct diag diag;
    struct str script;

    str_init(&script);
    add_entries(&script, POLICY_ENTRIES);
    diag_init(&diag);
    typed_validate(ground, str_text(&script), &diag);
    cr_expect_not(diag_has_errors(&diag));
    cr_expect_eq(diag.count, 1, "unused, said once");
    diag_done(&diag);
    str_add(&script, "ip classifier-list many udp any any\n");
    diag_init(&diag);
    typed_validate(ground, str_text(&script), &diag);
    cr_expect_not_null(
        typed_find(&diag, DIAG_ERROR, "holds at most 256 entries"));
    diag_done(&diag);
    str_done(&script);
}

Test(check_policy, refuses_more_groups_than_a_list_holds)
{
    struct diag diag;
    struct str script;

    str_init(&script);
    for (size_t i = 0; i <= POLICY_GROUPS; i++)
        str_printf(&script, "ip classifier-list l%zu icmp any any\n", i);
    str_add(&script, "ip policy-list big\n");
    for (size_t i = 0; i < POLICY_GROUPS; i++)
        str_printf(&script, "classifier-group l%zu\nfilter\n", i);
    diag_init(&diag);
    typed_validate(ground, str_text(&script), &diag);
    cr_expect_not(diag_has_errors(&diag));
    diag_done(&diag);
    str_printf(&script, "classifier-group l%d\nfilter\n", POLICY_GROUPS);
    diag_init(&diag);
    typed_validate(ground, str_text(&script), &diag);
    cr_expect_not_null(
        typed_find(&diag, DIAG_ERROR, "holds at most 32 classifier groups"));
    diag_done(&diag);
    str_done(&script);
}

/* ---- objects that go together ---- */

Test(check_policy, a_list_is_removed_by_its_name_alone)
{
    struct config *running =
        config_typed("ip classifier-list a ip any any\n"
                     "ip classifier-list a tcp any host 10.0.0.1\n"
                     "ip classifier-list ab ip any any\n");
    struct candidate *candidate = candidate_open(running);
    struct diag diag;

    diag_init(&diag);
    cr_assert_eq(
        type_script(candidate, "no ip classifier-list a\n", &diag), OK);
    cr_expect_eq(
        config_count_type(candidate_work(candidate), OBJECT_CLASSIFIER), 1);
    cr_expect_eq(type_script(candidate, "no ip classifier-list a\n", &diag),
        ERR_NOT_FOUND);
    cr_assert_eq(diag.count, 1);
    cr_expect_str_eq(diag.entries[0].sentence,
        "Nothing like this is in the candidate, so there is nothing to "
        "remove.");
    diag_done(&diag);
    candidate_free(candidate);
    config_unref(running);
}

Test(check_policy, routes_of_a_network_are_removed_without_their_next_hops)
{
    struct config *running =
        config_typed("interface tunnel ipsec:t\n"
                     "ip route 10.9.0.0 255.255.0.0 192.0.2.2\n"
                     "ip route 10.9.0.0 255.255.0.0 192.0.2.3 9\n"
                     "ip route 10.9.0.0 255.255.0.0 tunnel ipsec:t\n"
                     "ip route 10.9.0.0 255.255.255.0 192.0.2.2\n"
                     "virtual-router isp\n"
                     "ip route 10.9.0.0 255.255.0.0 192.0.2.2\n");
    struct candidate *candidate = candidate_open(running);
    struct diag diag;

    diag_init(&diag);
    cr_assert_eq(
        type_script(candidate, "no ip route 10.9.0.0 255.255.0.0\n", &diag),
        OK);
    cr_expect_eq(config_count_type(candidate_work(candidate), OBJECT_ROUTE), 2);
    diag_done(&diag);
    candidate_free(candidate);
    config_unref(running);
}

Test(check_policy, a_name_alone_makes_no_entry)
{
    struct config *running = config_new();
    struct candidate *candidate = candidate_open(running);
    struct value keys[SCHEMA_KEYS_MAX] = {value_text("a")};
    struct diag diag;

    diag_init(&diag);
    cr_expect_eq(candidate_create(candidate, OBJECT_CLASSIFIER, keys, &diag),
        ERR_INVALID);
    cr_expect_not(candidate_is_changed(candidate));
    diag_done(&diag);
    value_done(&keys[0]);
    candidate_free(candidate);
    config_unref(running);
}
