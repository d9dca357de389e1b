/*
 * diff.c - comparing two snapshots, and what to do with the difference.
 *
 * Two cursors walk the two trees in tandem.  Where both have the very same
 * subtree ahead, they skip it.  Else the one whose root ranks higher is
 * opened: in a zip tree that brings shared subtrees face to face, so one
 * change among many costs a few paths, not the whole.
 */
#include "config/tree.h"

#include "base/arena.h"

#include <stdlib.h>

void
change_set_init(struct change_set *set)
{
    *set = (struct change_set){0};
}

void
change_set_done(struct change_set *set)
{
    if (set == NULL)
        return;
    for (size_t i = 0; i < set->count; i++) {
        object_unref(set->changes[i].before);
        object_unref(set->changes[i].after);
    }
    free(set->changes);
    *set = (struct change_set){0};
}

void
change_set_add(struct change_set *set, const struct object *before,
    const struct object *after)
{
    if (set->count == set->room) {
        set->room = set->room == 0 ? 8 : 2 * set->room;
        set->changes =
            mem_resize(set->changes, set->room * sizeof(*set->changes));
    }
    set->changes[set->count++] = (struct change){
        .before = before == NULL ? NULL : object_ref(before),
        .after = after == NULL ? NULL : object_ref(after),
    };
}

/* Two cursors, and where their findings go. */
struct comparison {
    struct tree_cursor from;
    struct tree_cursor to;
    struct change_set *sets;    /* creates and sets, in order */
    struct change_set *deletes; /* in order                   */
};

static void
only_before(struct comparison *cmp)
{
    change_set_add(cmp->deletes, cursor_single(&cmp->from), NULL);
    cursor_skip(&cmp->from);
}

static void
only_after(struct comparison *cmp)
{
    change_set_add(cmp->sets, NULL, cursor_single(&cmp->to));
    cursor_skip(&cmp->to);
}

/* Both have a single object ahead. */
static void
compare_singles(struct comparison *cmp)
{
    const struct object *before = cursor_single(&cmp->from);
    const struct object *after = cursor_single(&cmp->to);
    struct tree_place place = order_place(ORDER_KEYS, after);
    int order = place_compare(ORDER_KEYS, before, &place);

    if (order < 0) {
        only_before(cmp);
    } else if (order > 0) {
        only_after(cmp);
    } else {
        if (!object_equal(before, after))
            change_set_add(cmp->sets, before, after);
        cursor_skip(&cmp->from);
        cursor_skip(&cmp->to);
    }
}

/* One step while both have something ahead. */
static void
compare_step(struct comparison *cmp)
{
    bool from_single = cursor_single(&cmp->from) != NULL;
    bool to_single = cursor_single(&cmp->to) != NULL;

    if (from_single && to_single) {
        compare_singles(cmp);
    } else if (cursor_same_tree(&cmp->from, &cmp->to)) {
        cursor_skip(&cmp->from);
        cursor_skip(&cmp->to);
    } else if (!from_single &&
               (to_single || cursor_is_above(&cmp->from, &cmp->to))) {
        cursor_open(&cmp->from);
    } else {
        cursor_open(&cmp->to);
    }
}

static void
compare_all(struct comparison *cmp)
{
    while (!cursor_at_end(&cmp->from) && !cursor_at_end(&cmp->to))
        compare_step(cmp);
    while (!cursor_at_end(&cmp->from)) {
        if (cursor_single(&cmp->from) != NULL) {
            only_before(cmp);
        } else {
            cursor_open(&cmp->from);
        }
    }
    while (!cursor_at_end(&cmp->to)) {
        if (cursor_single(&cmp->to) != NULL) {
            only_after(cmp);
        } else {
            cursor_open(&cmp->to);
        }
    }
}

size_t
tree_diff(const struct tree_node *from, const struct tree_node *to,
    struct change_set *out_set)
{
    struct change_set deletes;
    struct comparison cmp = {.sets = out_set, .deletes = &deletes};
    size_t visited;

    change_set_init(out_set);
    change_set_init(&deletes);
    cursor_init(&cmp.from, from);
    cursor_init(&cmp.to, to);
    compare_all(&cmp);
    for (size_t i = deletes.count; i > 0; i--)
        change_set_add(out_set, deletes.changes[i - 1].before, NULL);
    visited = cmp.from.visited + cmp.to.visited;
    change_set_done(&deletes);
    cursor_done(&cmp.from);
    cursor_done(&cmp.to);
    return visited;
}

void
config_diff(const struct config *from, const struct config *to,
    struct change_set *out_set)
{
    (void)tree_diff(
        config_tree(from, ORDER_KEYS), config_tree(to, ORDER_KEYS), out_set);
}

struct config *
config_apply(const struct config *config, const struct change_set *set)
{
    struct config *next = config_ref(config);

    for (size_t i = 0; i < set->count; i++) {
        const struct change *change = &set->changes[i];

        if (change->after != NULL) {
            config_put(&next, object_ref(change->after));
        } else {
            (void)config_take(
                &next, change->before->type, change->before->fields);
        }
    }
    return next;
}

/* Two small trees of only what differs, compared the other way round, give
 * the undo in the right order. */
void
change_set_invert(const struct change_set *set, struct change_set *out_inverse)
{
    struct tree_node *before = NULL;
    struct tree_node *after = NULL;

    for (size_t i = 0; i < set->count; i++) {
        const struct change *change = &set->changes[i];

        if (change->before != NULL)
            (void)tree_put(&before, ORDER_KEYS, object_ref(change->before));
        if (change->after != NULL)
            (void)tree_put(&after, ORDER_KEYS, object_ref(change->after));
    }
    (void)tree_diff(after, before, out_inverse);
    tree_unref(before);
    tree_unref(after);
}

const struct object *
change_object(const struct change *change)
{
    return change->after != NULL ? change->after : change->before;
}

bool
change_touches(const struct change *change, uint16_t setting)
{
    return !object_setting_equal(change->before, change->after, setting);
}
