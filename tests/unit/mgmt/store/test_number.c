/* test_number.c - an interface keeps its number, whatever happens to it. */
#include "store/number.h"

#include "base/str.h"
#include "config/config.h"
#include "store/sql.h"
#include "store/store.h"
#include "tests/support/config_typing.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A database and what is running. */
struct shop {
    struct store *store;
    struct config *running;
    uint64_t generation;
};

static void
shop_open(struct shop *shop, const char *path)
{
    *shop = (struct shop){.running = NULL};
    cr_assert_eq(store_open(path, NULL, &shop->store), OK);
    cr_assert_eq(
        store_load(shop->store, NULL, &shop->running, &shop->generation), OK);
}

static void
shop_close(struct shop *shop)
{
    config_unref(shop->running);
    store_close(shop->store);
}

static enum err
begin(struct shop *shop, const struct config *to)
{
    const struct store_commit commit = {.generation = shop->generation + 1,
        .user = "root",
        .origin = "console",
        .at_us = 1,
        .comment = ""};
    struct change_set set;
    enum err error;

    config_diff(shop->running, to, &set);
    error = store_begin(shop->store, &commit, &set, NULL);
    change_set_done(&set);
    return error;
}

/* What this script says is all there is. */
static void
commit(struct shop *shop, const char *script)
{
    struct config *to = config_typed(script);

    cr_assert_eq(begin(shop, to), OK);
    cr_assert_eq(store_finish(shop->store, NULL), OK);
    config_unref(shop->running);
    shop->running = to;
    shop->generation++;
}

static void
settle(struct shop *shop, const char *const *locations, size_t count, bool all)
{
    const struct number_ports ports = {locations, count};

    cr_assert_eq(numbers_settle(shop->store, shop->running, shop->generation,
                     &ports, all, NULL),
        OK);
}

struct list {
    struct str text;
    size_t left; /* of those wanted */
};

static bool
list_one(void *context, const struct numbered *entry)
{
    struct list *list = context;
    static const char *const kinds[] = {
        "port", "loopback", "null", "tunnel", "gre", "router"};

    str_printf(&list->text, "%u %s %s%s%s%s\n", (unsigned)entry->number,
        kinds[entry->kind], entry->name, entry->vr[0] == '\0' ? "" : " ",
        entry->vr, entry->is_configured ? "" : " (not configured)");
    return --list->left > 0;
}

static void
expect_page(struct shop *shop, enum number_space space, uint32_t after,
    size_t most, const char *wanted)
{
    const struct number_query query = {space, after, false};
    struct list list = {.left = most};

    str_init(&list.text);
    cr_assert_eq(numbers_page(shop->store, &query, list_one, &list), OK);
    cr_expect_str_eq(str_text(&list.text), wanted);
    str_done(&list.text);
}

static void
expect_list(struct shop *shop, const char *wanted)
{
    expect_page(shop, NUMBER_INTERFACES, 0, 1000, wanted);
}

#define A "interface tunnel ipsec:a\ntunnel mtu 1400\n"
#define B "interface tunnel ipsec:b\ntunnel mtu 1400\n"
#define C "interface tunnel ipsec:c\ntunnel mtu 1400\n"

Test(number, are_given_out_in_order_by_name)
{
    struct shop shop;

    shop_open(&shop, NULL);
    settle(&shop, NULL, 0, false);
    commit(&shop, "virtual-router isp\ninterface loopback 0\n"
                  "virtual-router default\ninterface loopback 0\n"
                  "interface null 0\ninterface fastEthernet 0/0\n" A
                  "interface tunnel gre:g\n");
    expect_list(&shop, "1 loopback 0 default\n2 null 0 default\n"
                       "3 port 0/0\n4 loopback 0 isp\n5 tunnel a\n"
                       "6 gre g default\n");
    expect_page(
        &shop, NUMBER_ROUTERS, 0, 9, "1 router default\n2 router isp\n");
    expect_page(
        &shop, NUMBER_INTERFACES, 3, 2, "4 loopback 0 isp\n5 tunnel a\n");
    expect_page(&shop, NUMBER_INTERFACES, 6, 9, "");
    shop_close(&shop);
}

Test(number, survive_deletion_and_come_back_with_the_name)
{
    struct shop shop;

    shop_open(&shop, NULL);
    commit(&shop, A B C);
    commit(&shop, A C);
    expect_list(&shop, "1 tunnel a\n3 tunnel c\n");
    commit(&shop, "interface tunnel ipsec:x\n" A C);
    expect_list(&shop, "1 tunnel a\n3 tunnel c\n4 tunnel x\n");
    commit(&shop, B);
    expect_list(&shop, "2 tunnel b\n");
    commit(&shop, A B C "interface tunnel ipsec:x\n");
    expect_list(&shop, "1 tunnel a\n2 tunnel b\n3 tunnel c\n4 tunnel x\n");
    shop_close(&shop);
}

Test(number, stay_while_others_and_they_themselves_are_edited)
{
    struct shop shop;

    shop_open(&shop, NULL);
    commit(&shop, A B);
    commit(&shop, "interface tunnel ipsec:a\ntunnel mtu 1300\n" B C);
    expect_list(&shop, "1 tunnel a\n2 tunnel b\n3 tunnel c\n");
    shop_close(&shop);
}

Test(number, stay_with_a_tunnel_that_moves_to_another_virtual_router)
{
    struct shop shop;

    shop_open(&shop, NULL);
    commit(&shop, A B "virtual-router isp\n");
    commit(&shop, B "virtual-router isp\n" A);
    expect_list(&shop, "1 tunnel a\n2 tunnel b\n");
    shop_close(&shop);
}

Test(number, go_with_a_commit_that_is_cancelled)
{
    struct config *to = config_typed(A B);
    struct shop shop;
    uint32_t number = 0;

    shop_open(&shop, NULL);
    commit(&shop, A);
    cr_assert_eq(begin(&shop, to), OK);
    store_cancel(shop.store);
    expect_list(&shop, "1 tunnel a\n");
    commit(&shop, A C);
    expect_list(&shop, "1 tunnel a\n2 tunnel c\n");
    cr_expect_eq(number_of_object(
                     shop.store, config_next(to, OBJECT_TUNNEL, NULL), &number),
        OK);
    cr_expect_eq(number, 1);
    config_unref(to);
    shop_close(&shop);
}

Test(number, are_the_same_after_a_restart)
{
    char dir[] = "/tmp/ermine-number-XXXXXX";
    char path[64];
    char command[96];
    struct shop shop;

    cr_assert_not_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/config.db", dir);
    shop_open(&shop, path);
    commit(&shop, A B);
    commit(&shop, B C);
    shop_close(&shop);
    shop_open(&shop, path);
    settle(&shop, NULL, 0, false);
    expect_list(&shop, "2 tunnel b\n3 tunnel c\n");
    commit(&shop, A);
    expect_list(&shop, "1 tunnel a\n");
    shop_close(&shop);
    (void)snprintf(command, sizeof command, "rm -r %s", dir);
    cr_assert_eq(system(command), 0);
}

Test(number, of_ports_last_as_long_as_the_chassis_has_them)
{
    static const char *const two[] = {"0/0", "0/1"};
    static const char *const other[] = {"0/1", "1/0"};
    struct shop shop;
    uint32_t number = 0;

    shop_open(&shop, NULL);
    settle(&shop, two, 2, false);
    commit(&shop, A "interface fastEthernet 0/0\n");
    expect_list(&shop, "1 port 0/0\n2 port 0/1 (not configured)\n3 tunnel a\n");
    commit(&shop, "interface fastEthernet 0/1\n");
    expect_list(&shop, "1 port 0/0 (not configured)\n2 port 0/1\n");
    settle(&shop, other, 2, false);
    expect_list(&shop, "2 port 0/1\n4 port 1/0 (not configured)\n");
    cr_expect_eq(number_of_port(shop.store, "1/0", &number), OK);
    cr_expect_eq(number, 4);
    cr_expect_eq(number_of_port(shop.store, "0/0", &number), ERR_NOT_FOUND);
    settle(&shop, two, 2, false);
    expect_list(&shop, "1 port 0/0 (not configured)\n2 port 0/1\n");
    shop_close(&shop);
}

Test(number, find_their_object_again)
{
    struct shop shop;
    struct numbered entry = {.kind = NUMBER_PORT, .name = "0/0"};
    const struct object *found;

    shop_open(&shop, NULL);
    commit(&shop, "virtual-router isp\ninterface gigabitEthernet 0/0\n"
                  "interface loopback 7\n" A "interface tunnel gre:g\n");
    found = number_object(shop.running, &entry);
    cr_assert_not_null(found);
    cr_expect_eq(found->type, OBJECT_INTERFACE);
    for (unsigned kind = 0; kind < NUMBER_KIND_COUNT; kind++) {
        static const char *const names[] = {"0/0", "7", "0", "a", "g", "isp"};

        entry.kind = (enum number_kind)kind;
        (void)snprintf(entry.name, sizeof entry.name, "%s", names[kind]);
        (void)snprintf(entry.vr, sizeof entry.vr, "isp");
        found = number_object(shop.running, &entry);
        cr_expect_eq(found != NULL, kind != NUMBER_NULL, "%s", names[kind]);
    }
    shop_close(&shop);
}

/* ---- a database of another kind ---- */

Test(number, are_given_to_what_an_older_release_stored)
{
    static const char *const ports[] = {"0/0"};
    struct shop shop;

    shop_open(&shop, NULL);
    commit(&shop, A B "virtual-router acme\n");
    cr_assert_eq(sql_exec(shop.store, "DELETE FROM interface_number;"
                                      "DELETE FROM router_number"),
        OK);
    settle(&shop, ports, 1, false);
    expect_list(&shop, "1 port 0/0 (not configured)\n2 tunnel a\n3 tunnel b\n");
    expect_page(
        &shop, NUMBER_ROUTERS, 0, 9, "1 router default\n2 router acme\n");
    shop_close(&shop);
}

Test(number, follow_an_edit_by_hand_when_all_are_looked_at)
{
    struct shop shop;

    shop_open(&shop, NULL);
    settle(&shop, NULL, 0, false);
    commit(&shop, A B);
    cr_assert_eq(
        sql_exec(shop.store,
            "UPDATE interface_number SET name = 'tunnel-ipsec z' WHERE number = 1;"
            "INSERT INTO interface_number VALUES (9, 'nonsense', 1, NULL)"),
        OK);
    expect_list(&shop, "1 tunnel z\n2 tunnel b\n");
    settle(&shop, NULL, 0, true);
    expect_list(&shop, "2 tunnel b\n10 tunnel a\n");
    shop_close(&shop);
}

/* ---- bounds ---- */

Test(number, of_the_names_longest_gone_are_forgotten_beyond_the_bound)
{
    struct store_keep keep = store_keep_default;
    bool more = false;
    struct shop shop;

    keep.gone = 2;
    shop_open(&shop, NULL);
    commit(&shop, A B C);
    commit(&shop, B C);
    commit(&shop, C);
    commit(&shop, "");
    cr_assert_eq(store_prune(shop.store, &keep, 1, NULL, &more), OK);
    commit(&shop, A B C);
    expect_list(&shop, "2 tunnel b\n3 tunnel c\n4 tunnel a\n");
    cr_assert_eq(store_prune(shop.store, &keep, 1, NULL, &more), OK);
    expect_list(&shop, "2 tunnel b\n3 tunnel c\n4 tunnel a\n");
    shop_close(&shop);
}

Test(number, that_was_forgotten_may_be_given_out_when_all_were)
{
    struct shop shop;

    shop_open(&shop, NULL);
    commit(&shop, A);
    cr_assert_eq(sql_exec(shop.store, "INSERT INTO interface_number VALUES "
                                      "(3, 'tunnel-ipsec old', 0, 1),"
                                      "(16777215, 'tunnel-ipsec last', 0, 1)"),
        OK);
    commit(&shop, A B C "interface tunnel ipsec:last\n");
    expect_list(&shop, "1 tunnel a\n2 tunnel b\n4 tunnel c\n"
                       "16777215 tunnel last\n");
    shop_close(&shop);
}

Test(number, of_what_has_no_tunnels_are_a_page_of_their_own)
{
    const struct number_query query = {NUMBER_INTERFACES, 0, true};
    struct shop shop;
    struct list list = {.left = 9};

    shop_open(&shop, NULL);
    commit(&shop, A "interface loopback 0\n");
    commit(&shop, A "interface loopback 0\ninterface fastEthernet 0/0\n"
                    "interface tunnel gre:g\n");
    str_init(&list.text);
    cr_assert_eq(numbers_page(shop.store, &query, list_one, &list), OK);
    cr_expect_str_eq(
        str_text(&list.text), "1 loopback 0 default\n3 port 0/0\n");
    str_done(&list.text);
    shop_close(&shop);
}

Test(number, are_left_alone_by_pages_that_overtake_changes)
{
    struct shop shop;

    shop_open(&shop, NULL);
    commit(&shop, A B C);
    expect_page(&shop, NUMBER_INTERFACES, 0, 2, "1 tunnel a\n2 tunnel b\n");
    commit(&shop, A C "interface tunnel ipsec:d\n");
    expect_page(&shop, NUMBER_INTERFACES, 2, 2, "3 tunnel c\n4 tunnel d\n");
    shop_close(&shop);
}
