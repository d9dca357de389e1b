/*
 * tree.c - the zip tree, persistent by copying what is shared.
 *
 *      insert x                          remove x
 *         p                                 p
 *        / \      go down while the        / \     zip the two sides of x
 *       .   s     rank is above x's,      .   x    into one tree again
 *          / \    then unzip s into          / \
 *         .   .   less and greater          l   r
 *
 * Invariant of every node: keys left < key < keys right, and the children's
 * ranks are below its own.  A node with refs 1 whose parent may be changed
 * may be changed too; any other is copied first (own).  Nothing recurses.
 */
#include "config/tree.h"

#include "base/arena.h"

#include <assert.h>
#include <stdlib.h>

/* Heap; counted by the trees and parents that point at it. */
struct tree_node {
    uint32_t refs;
    uint64_t rank;
    struct tree_node *left;
    struct tree_node *right;
    union {
        struct object *object;
        struct tree_node *next_dead; /* while being freed */
    };
};

static uint64_t
hash_bytes(uint64_t hash, const void *bytes, size_t length)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t
hash_value(uint64_t hash, const struct value *value)
{
    unsigned char kind = (unsigned char)value->kind;

    hash = hash_bytes(hash, &kind, sizeof(kind));
    if (value->kind == VALUE_NUMBER)
        return hash_bytes(hash, &value->number, sizeof(value->number));
    if (value->kind == VALUE_TEXT)
        return hash_bytes(hash, value->text->bytes, value->text->length);
    return hash;
}

/* FNV-1a, then the finish of splitmix64: FNV alone leaves the high bits of
 * short keys alike, and rank order is decided by the high bits. */
static uint64_t
rank_of(const struct tree_place *place)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    unsigned char type = (unsigned char)place->type;

    hash = hash_bytes(hash, &type, sizeof(type));
    for (size_t i = 0; i < place->part_count; i++)
        hash = hash_value(hash, &place->parts[i]);
    for (size_t i = 0; i < place->key_count; i++)
        hash = hash_value(hash, &place->keys[i]);
    hash = (hash ^ (hash >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    hash = (hash ^ (hash >> 27)) * UINT64_C(0x94d049bb133111eb);
    return hash ^ (hash >> 31);
}

/* Does the node belong above a node of this rank and place?  Ties go to the
 * lesser key, so that the shape does not depend on history. */
static bool
is_above(const struct tree_node *node, enum tree_order order, uint64_t rank,
    const struct tree_place *place)
{
    if (node->rank != rank)
        return node->rank > rank;
    return place_compare(order, node->object, place) < 0;
}

static bool
node_is_above(
    const struct tree_node *a, const struct tree_node *b, enum tree_order order)
{
    struct tree_place place;

    if (a->rank != b->rank)
        return a->rank > b->rank;
    place = order_place(order, b->object);
    return place_compare(order, a->object, &place) < 0;
}

struct tree_node *
tree_ref(struct tree_node *root)
{
    if (root != NULL) {
        assert(root->refs < UINT32_MAX);
        root->refs++;
    }
    return root;
}

/* One holder less; a node without any joins the list of the dead. */
static void
let_go(struct tree_node *node, struct tree_node **dead)
{
    if (node == NULL || --node->refs > 0)
        return;
    object_unref(node->object);
    node->next_dead = *dead;
    *dead = node;
}

void
tree_unref(struct tree_node *root)
{
    struct tree_node *dead = NULL;

    let_go(root, &dead);
    while (dead != NULL) {
        struct tree_node *node = dead;

        dead = node->next_dead;
        let_go(node->left, &dead);
        let_go(node->right, &dead);
        free(node);
    }
}

/* Make the node in this slot ours alone. */
static struct tree_node *
own(struct tree_node **slot)
{
    struct tree_node *shared = *slot;
    struct tree_node *copy;

    assert(shared != NULL);
    if (shared->refs == 1)
        return shared;
    copy = mem_alloc(sizeof(*copy));
    *copy = *shared;
    copy->refs = 1;
    (void)object_ref(copy->object);
    (void)tree_ref(copy->left);
    (void)tree_ref(copy->right);
    shared->refs--;
    *slot = copy;
    return copy;
}

/* Split the tree that `at` holds into what is before and after the place. */
static void
unzip(struct tree_node *at, enum tree_order order,
    const struct tree_place *place, struct tree_node *out_top)
{
    struct tree_node **before = &out_top->left;
    struct tree_node **after = &out_top->right;

    while (at != NULL) {
        struct tree_node *node = own(&at);

        if (place_compare(order, node->object, place) < 0) {
            *before = node;
            before = &node->right;
            at = node->right;
        } else {
            *after = node;
            after = &node->left;
            at = node->left;
        }
    }
    *before = NULL;
    *after = NULL;
}

bool
tree_put(struct tree_node **root, enum tree_order order, struct object *object)
{
    struct tree_place place = order_place(order, object);
    uint64_t rank = rank_of(&place);
    struct tree_node **slot = root;
    struct tree_node *node;

    while (*slot != NULL && is_above(*slot, order, rank, &place)) {
        node = own(slot);
        slot = place_compare(order, node->object, &place) < 0 ? &node->right
                                                              : &node->left;
    }
    if (*slot != NULL && (*slot)->rank == rank &&
        place_compare(order, (*slot)->object, &place) == 0) {
        node = own(slot);
        object_unref(node->object);
        node->object = object;
        return true;
    }
    node = mem_alloc(sizeof(*node));
    node->refs = 1;
    node->rank = rank;
    node->object = object;
    unzip(*slot, order, &place, node);
    *slot = node;
    return false;
}

/* Join two trees, all of left before all of right, into the slot. */
static void
zip(struct tree_node **slot, enum tree_order order, struct tree_node *left,
    struct tree_node *right)
{
    while (left != NULL && right != NULL) {
        struct tree_node *node;

        if (node_is_above(left, right, order)) {
            node = own(&left);
            *slot = node;
            slot = &node->right;
            left = node->right;
        } else {
            node = own(&right);
            *slot = node;
            slot = &node->left;
            right = node->left;
        }
    }
    *slot = left != NULL ? left : right;
}

bool
tree_remove(struct tree_node **root, enum tree_order order,
    const struct tree_place *place)
{
    struct tree_node **slot = root;
    struct tree_node *node;

    if (tree_find(*root, order, place) == NULL)
        return false; /* before anything is copied */
    for (;;) {
        int result;

        node = own(slot);
        result = place_compare(order, node->object, place);
        if (result == 0)
            break;
        slot = result < 0 ? &node->right : &node->left;
    }
    zip(slot, order, node->left, node->right);
    object_unref(node->object);
    free(node);
    return true;
}

const struct object *
tree_find(const struct tree_node *root, enum tree_order order,
    const struct tree_place *place)
{
    const struct tree_node *node = root;

    while (node != NULL) {
        int result = place_compare(order, node->object, place);

        if (result == 0)
            return node->object;
        node = result < 0 ? node->right : node->left;
    }
    return NULL;
}

/* The first object after the place, or already one that is at it. */
static const struct object *
first_from(const struct tree_node *root, enum tree_order order,
    const struct tree_place *place, bool at_it)
{
    const struct object *best = NULL;
    const struct tree_node *node = root;

    while (node != NULL) {
        int result = place_compare(order, node->object, place);

        if (result > 0 || (result == 0 && at_it)) {
            best = node->object;
            node = node->left;
        } else {
            node = node->right;
        }
    }
    return best;
}

const struct object *
tree_first(const struct tree_node *root, enum tree_order order,
    const struct tree_place *place)
{
    return first_from(root, order, place, true);
}

const struct object *
tree_after(const struct tree_node *root, enum tree_order order,
    const struct tree_place *place)
{
    return first_from(root, order, place, false);
}

const struct object *
tree_before(const struct tree_node *root, enum tree_order order,
    const struct tree_place *place)
{
    const struct object *best = NULL;
    const struct tree_node *node = root;

    while (node != NULL) {
        if (place_compare(order, node->object, place) < 0) {
            best = node->object;
            node = node->right;
        } else {
            node = node->left;
        }
    }
    return best;
}

/* ---- walking ---- */

static void
push(struct tree_cursor *cursor, const struct tree_node *node, bool single)
{
    if (node == NULL)
        return;
    if (cursor->count == cursor->room) {
        cursor->room = cursor->room == 0 ? 64 : 2 * cursor->room;
        cursor->stack =
            mem_resize(cursor->stack, cursor->room * sizeof(*cursor->stack));
    }
    cursor->stack[cursor->count++] =
        (struct tree_ahead){.node = node, .single = single};
}

void
cursor_init(struct tree_cursor *cursor, const struct tree_node *root)
{
    *cursor = (struct tree_cursor){0};
    push(cursor, root, false);
}

void
cursor_done(struct tree_cursor *cursor)
{
    free(cursor->stack);
    *cursor = (struct tree_cursor){0};
}

bool
cursor_at_end(const struct tree_cursor *cursor)
{
    return cursor->count == 0;
}

void
cursor_skip(struct tree_cursor *cursor)
{
    assert(cursor->count > 0);
    cursor->count--;
}

void
cursor_open(struct tree_cursor *cursor)
{
    const struct tree_node *node;

    assert(cursor->count > 0 && !cursor->stack[cursor->count - 1].single);
    node = cursor->stack[--cursor->count].node;
    cursor->visited++;
    push(cursor, node->right, false);
    push(cursor, node, true);
    push(cursor, node->left, false);
}

const struct object *
cursor_single(const struct tree_cursor *cursor)
{
    const struct tree_ahead *ahead = &cursor->stack[cursor->count - 1];

    assert(cursor->count > 0);
    return ahead->single ? ahead->node->object : NULL;
}

bool
cursor_same_tree(const struct tree_cursor *a, const struct tree_cursor *b)
{
    const struct tree_ahead *ahead_a = &a->stack[a->count - 1];
    const struct tree_ahead *ahead_b = &b->stack[b->count - 1];

    return ahead_a->node == ahead_b->node && !ahead_a->single &&
           !ahead_b->single;
}

bool
cursor_is_above(const struct tree_cursor *a, const struct tree_cursor *b)
{
    return node_is_above(
        a->stack[a->count - 1].node, b->stack[b->count - 1].node, ORDER_KEYS);
}

const struct object *
cursor_next(struct tree_cursor *cursor)
{
    const struct object *object;

    while (cursor->count > 0 && cursor_single(cursor) == NULL)
        cursor_open(cursor);
    if (cursor->count == 0)
        return NULL;
    object = cursor_single(cursor);
    cursor_skip(cursor);
    return object;
}
