/* test_tree.c - the persistent tree: canonical, shared, ordered. */
#include "config/tree.h"

#include "tests/support/config_random.h"
#include "tests/support/rounds.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* Opened in lockstep, do the two show the same nodes at the same depth? */
static bool
same_shape(const struct tree_node *a, const struct tree_node *b)
{
    struct tree_cursor left;
    struct tree_cursor right;
    bool same = true;

    cursor_init(&left, a);
    cursor_init(&right, b);
    while (same && !cursor_at_end(&left) && left.count == right.count) {
        const struct object *mine = cursor_single(&left);
        const struct object *theirs = cursor_single(&right);

        if (mine != NULL && theirs != NULL) {
            same = object_equal(mine, theirs);
            cursor_skip(&left);
            cursor_skip(&right);
        } else if (mine == NULL && theirs == NULL) {
            cursor_open(&left);
            cursor_open(&right);
        } else {
            same = false;
        }
    }
    same = same && cursor_at_end(&left) && cursor_at_end(&right);
    cursor_done(&left);
    cursor_done(&right);
    return same;
}

static struct object *
tunnel_number(unsigned number)
{
    struct value keys[2] = {value_text("default"), value_none()};
    struct object *object;
    char name[16];

    (void)snprintf(name, sizeof(name), "t%u", number);
    keys[1] = value_text(name);
    object = object_new(OBJECT_TUNNEL, keys);
    value_done(&keys[0]);
    value_done(&keys[1]);
    return object;
}

static struct config *
with_tunnels(unsigned count)
{
    struct config *config = config_new();

    for (unsigned i = 0; i < count; i++)
        config_put(&config, tunnel_number(i));
    return config;
}

Test(tree, has_one_shape_for_the_same_contents)
{
    struct config *up = config_new();
    struct config *down = config_new();

    for (unsigned i = 0; i < 500; i++) {
        config_put(&up, tunnel_number(i));
        config_put(&down, tunnel_number(599 - i));
    }
    for (unsigned i = 500; i < 600; i++) {
        struct object *extra = tunnel_number(i);

        config_put(&up, tunnel_number(i - 500)); /* again, no effect */
        cr_assert(config_take(&down, OBJECT_TUNNEL, extra->fields));
        object_unref(extra);
    }
    for (unsigned i = 0; i < 100; i++)
        config_put(&down, tunnel_number(i));
    for (size_t i = 0; i < ORDER_COUNT; i++) {
        enum tree_order order = (enum tree_order)i;

        cr_expect(same_shape(config_tree(up, order), config_tree(down, order)),
            "order %zu", i);
    }
    cr_expect(config_equal(up, down));
    config_unref(up);
    config_unref(down);
}

Test(tree, walks_in_the_order_of_type_and_keys)
{
    struct dice dice = {.state = 7};
    struct config *config = config_random(&dice, 400);
    struct tree_cursor cursor;
    const struct object *before = NULL;
    const struct object *at;
    size_t count = 0;

    cursor_init(&cursor, config_tree(config, ORDER_KEYS));
    while ((at = cursor_next(&cursor)) != NULL) {
        struct tree_place place = order_place(ORDER_KEYS, at);

        if (before != NULL)
            cr_assert_lt(place_compare(ORDER_KEYS, before, &place), 0);
        before = at;
        count++;
    }
    cr_expect_eq(count, config_count(config));
    cursor_done(&cursor);
    config_unref(config);
}

Test(tree, leaves_the_older_snapshot_as_it_was)
{
    struct dice dice = {.state = 11};
    struct config *empty = config_new();
    struct config *old = config_random(&dice, 200);
    struct candidate *candidate = candidate_open(old);
    struct change_set all;
    struct config *witness;

    config_diff(empty, old, &all);
    witness = config_apply(empty, &all); /* shares no node with old */
    candidate_shuffle(candidate, &dice, 200);
    cr_expect(config_equal(old, witness));
    cr_expect_not(config_equal(candidate_work(candidate), old));
    change_set_done(&all);
    candidate_free(candidate);
    config_unref(empty);
    config_unref(witness);
    config_unref(old);
}

Test(tree, comparison_of_one_change_among_many_looks_at_few_nodes)
{
    struct config *from = with_tunnels(10000);
    size_t worst = 0;

    for (unsigned i = 0; i < 10000; i += 97) {
        struct object *changed = tunnel_number(i);
        struct change_set set;
        struct config *to;
        size_t visited;

        changed->fields[FIELD_TUNNEL_MTU] = value_number(1400);
        to = config_with(from, changed);
        visited = tree_diff(
            config_tree(from, ORDER_KEYS), config_tree(to, ORDER_KEYS), &set);
        cr_assert_eq(set.count, 1);
        worst = visited > worst ? visited : worst;
        change_set_done(&set);
        config_unref(to);
    }
    cr_expect_lt(worst, 150, "%zu nodes", worst);
    config_unref(from);
}

Test(tree, comparison_after_a_removal_or_creation_looks_at_few_nodes)
{
    struct config *from = with_tunnels(10000);
    size_t worst = 0;

    for (unsigned i = 0; i < 10000; i += 97) {
        struct object *gone = tunnel_number(i);
        struct config *to = config_without(from, OBJECT_TUNNEL, gone->fields);
        struct change_set set;
        size_t there = tree_diff(
            config_tree(from, ORDER_KEYS), config_tree(to, ORDER_KEYS), &set);
        size_t back;

        cr_assert(set.count == 1 && set.changes[0].after == NULL);
        change_set_done(&set);
        back = tree_diff(
            config_tree(to, ORDER_KEYS), config_tree(from, ORDER_KEYS), &set);
        cr_assert(set.count == 1 && set.changes[0].before == NULL);
        change_set_done(&set);
        worst = there > worst ? there : worst;
        worst = back > worst ? back : worst;
        object_unref(gone);
        config_unref(to);
    }
    cr_expect_lt(worst, 300, "%zu nodes", worst);
    config_unref(from);
}

Test(tree, holds_a_hundred_thousand_objects)
{
    const unsigned many = rounds(100000, 10000);
    struct config *config = with_tunnels(many);
    struct object *last = tunnel_number(many - 1);

    cr_expect_eq(config_count_type(config, OBJECT_TUNNEL), many);
    cr_expect_not_null(config_find(config, OBJECT_TUNNEL, last->fields));
    object_unref(last);
    config_unref(config);
}

Test(tree, indexes_hold_what_the_objects_say)
{
    struct dice dice = {.state = 3};

    for (size_t round = 0; round < 20; round++) {
        struct config *config = config_random(&dice, 100);
        struct candidate *candidate = candidate_open(config);

        candidate_shuffle(candidate, &dice, 100);
        for (size_t i = 0; i < ORDER_COUNT; i++) {
            enum tree_order order = (enum tree_order)i;
            const struct config *work = candidate_work(candidate);
            struct tree_node *fresh = NULL;
            struct tree_cursor cursor;
            const struct object *at;

            cursor_init(&cursor, config_tree(work, ORDER_KEYS));
            while ((at = cursor_next(&cursor)) != NULL) {
                if (order_has(order, at))
                    (void)tree_put(&fresh, order, object_ref(at));
            }
            cr_expect(same_shape(fresh, config_tree(work, order)),
                "order %zu in round %zu", i, round);
            cursor_done(&cursor);
            tree_unref(fresh);
        }
        candidate_free(candidate);
        config_unref(config);
    }
}
