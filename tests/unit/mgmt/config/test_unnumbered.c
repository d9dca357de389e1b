/*
 * test_unnumbered.c - secondary addresses, and interfaces that borrow one.
 *
 * Each row is typed on top of a sound configuration; one sentence must come
 * about one object (NULL: nothing is refused).
 */
#include "config/config.h"

#include "base/diag.h"
#include "base/str.h"
#include "tests/support/config_typing.h"

#include <criterion/criterion.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char ground[] = "ipsec transform-set one esp-des-hmac-sha\n"
                             "interface loopback 0\n"
                             "ip address 10.1.0.1 255.255.255.0\n"
                             "ip address 10.2.0.1 255.255.255.0 secondary\n"
                             "ip address 192.0.2.1 255.255.255.0 secondary\n"
                             "interface loopback 1\n"
                             "ip unnumbered loopback 0\n"
                             "interface tunnel ipsec:t\n"
                             "ip address 10.3.0.1 255.255.255.0\n"
                             "ip address 10.4.0.1 255.255.255.0 secondary\n"
                             "tunnel source 10.2.0.1\n"
                             "tunnel destination 192.0.2.9\n"
                             "tunnel transform-set one\n";

struct row {
    const char *typed;
    const char *path;
    const char *sentence; /* a part of it; NULL: nothing is refused */
};

static void
validate(const char *typed, struct diag *diag)
{
    struct config *running = config_typed(ground);
    struct candidate *candidate = candidate_open(running);
    struct change_set set;

    cr_assert_eq(type_script(candidate, typed, diag), OK, "%s", typed);
    config_diff(running, candidate_work(candidate), &set);
    config_validate(
        candidate_work(candidate), &set, &readable_unsealer, NULL, diag);
    change_set_done(&set);
    candidate_free(candidate);
    config_unref(running);
}

static void
try_row(const struct row *row)
{
    bool found = row->sentence == NULL;
    struct diag diag;

    diag_init(&diag);
    validate(row->typed, &diag);
    for (size_t i = 0; row->sentence != NULL && i < diag.count; i++) {
        found = found ||
                (diag.entries[i].severity == DIAG_ERROR &&
                    strstr(diag.entries[i].sentence, row->sentence) != NULL &&
                    str_equal(diag.entries[i].path, row->path));
    }
    cr_expect(found, "%s: %s", row->typed,
        diag.count > 0 ? diag.entries[0].sentence : "(nothing)");
    if (row->sentence == NULL) {
        cr_expect_not(diag_has_errors(&diag), "%s: %s", row->typed,
            diag.entries[0].sentence);
    }
    diag_done(&diag);
}

#define LOOPBACK "interface loopback 0"

Test(unnumbered, says_what_is_wrong_with_an_address)
{
    /* clang-format off */
    static const struct row rows[] = {
        {"", NULL, NULL},
        {LOOPBACK "\nip address 10.2.0.9 255.255.0.0 secondary\n",
         LOOPBACK " ip address 10.2.0.9 255.255.0.0 secondary",
         "The network overlaps"},
        {LOOPBACK "\nip address 10.9.0.0 255.255.255.0 secondary\n",
         LOOPBACK " ip address 10.9.0.0 255.255.255.0 secondary",
         "is the network itself"},
        {LOOPBACK "\nno ip address\n", LOOPBACK,
         "Secondary addresses need a first one"},
        {"interface loopback 5\nip address 10.9.0.1 255.255.255.0 secondary\n",
         "interface loopback 5 ip address 10.9.0.1 255.255.255.0 secondary",
         "A secondary address needs a first one"},
        {"virtual-router b\ninterface loopback 5\n"
         "ip address 10.9.0.1 255.255.255.0 secondary\n",
         "virtual-router b interface loopback 5 ip address 10.9.0.1 "
         "255.255.255.0 secondary", "A secondary address needs a first one"},
        {LOOPBACK "\nno ip address 10.2.0.1 255.255.255.0 secondary\n",
         "interface tunnel ipsec:t", "10.2.0.1 is not an address of virtual"},
        {"interface tunnel ipsec:t\ntunnel source 10.4.0.1\n",
         "interface tunnel ipsec:t", "10.4.0.1 is not an address of virtual"},
        {"interface loopback 1\nip address 10.9.0.1 255.255.255.0\n",
         "interface loopback 1", "It has an address of its own"},
        {"interface loopback 1\nip unnumbered loopback 9\n",
         "interface loopback 1", "There is no `interface loopback 9`"},
        {"interface loopback 1\nip unnumbered loopback 1\n",
         "interface loopback 1", "has no address to lend"},
        {"no interface loopback 0\n", "interface loopback 1",
         "There is no `interface loopback 0`"},
        {LOOPBACK "\nno ip address 10.2.0.1 255.255.255.0 secondary\n"
         "no ip address 192.0.2.1 255.255.255.0 secondary\n"
         "no ip address\n", "interface loopback 1", "no address to lend"},
        {"interface tunnel ipsec:t\nno ip address\n"
         "no ip address 10.4.0.1 255.255.255.0 secondary\n",
         "interface tunnel ipsec:t", "Set `ip address`: every secure"},
        {"interface tunnel ipsec:t\nno ip address\nip unnumbered loopback 0\n"
         "no ip address 10.4.0.1 255.255.255.0 secondary\n", NULL, NULL},
        {LOOPBACK "\nip address 10.8.0.1 255.255.255.0\n", NULL, NULL},
    };
    /* clang-format on */

    for (size_t i = 0; i < COUNT(rows); i++)
        try_row(&rows[i]);
}

Test(unnumbered, allows_sixteen_secondary_addresses_and_not_one_more)
{
    struct row row = {.path = NULL};
    struct str script;
    unsigned i;

    str_init(&script);
    str_add(&script, LOOPBACK "\n");
    for (i = 0; i < 14; i++) {
        str_printf(
            &script, "ip address 10.9.%u.1 255.255.255.0 secondary\n", i);
    }
    row.typed = str_text(&script);
    try_row(&row); /* two are there already */
    str_add(&script, "ip address 10.9.15.1 255.255.255.0 secondary\n");
    row = (struct row){str_text(&script),
        LOOPBACK " ip address 10.9.15.1 255.255.255.0 secondary",
        "at most 16 of these in one interface"};
    try_row(&row);
    str_done(&script);
}

Test(unnumbered, leads_to_a_destination_until_it_goes)
{
    static const char goes[] =
        LOOPBACK "\nno ip address 192.0.2.1 255.255.255.0 secondary\n";
    struct diag diag;
    bool found = false;

    diag_init(&diag);
    validate(goes, &diag);
    for (size_t i = 0; i < diag.count; i++) {
        found = found ||
                (str_equal(diag.entries[i].path, "interface tunnel ipsec:t") &&
                    strstr(diag.entries[i].sentence, "No route") != NULL);
    }
    cr_expect(found);
    cr_expect_not(diag_has_errors(&diag));
    diag_done(&diag);
}

Test(unnumbered, goes_with_its_interface)
{
    struct config *running = config_typed(ground);
    struct candidate *candidate = candidate_open(running);

    cr_assert_eq(
        type_script(candidate, "no interface tunnel ipsec:t\n", NULL), OK);
    cr_expect_eq(config_count_type(running, OBJECT_TUNNEL_ADDRESS), 1);
    cr_expect_eq(
        config_count_type(candidate_work(candidate), OBJECT_TUNNEL_ADDRESS), 0);
    candidate_free(candidate);
    config_unref(running);
}
