/*
 * snapshot.c - struct config: one tree of all objects, and the indexes.
 *
 * Every tree holds references to the same objects.  A snapshot that nobody
 * else holds is changed in place by config_put and config_take, which is how
 * loading and applying many changes cost no copies.
 */
#include "config/tree.h"

#include "base/arena.h"

#include <assert.h>
#include <stdlib.h>

struct config {
    uint32_t refs;
    struct tree_node *trees[ORDER_COUNT];
    size_t counts[OBJECT_COUNT];
};

struct config *
config_new(void)
{
    struct config *config = mem_alloc(sizeof(*config));

    config->refs = 1;
    for (size_t type = 0; type < OBJECT_COUNT; type++) {
        const struct schema_object *schema = &schema_objects[type];

        if (schema->preset != NULL || schema->key_count == 0) {
            config_put(&config,
                object_new((enum schema_object_id)type, schema->preset));
        }
    }
    return config;
}

struct config *
config_ref(const struct config *config)
{
    /* The counter is the one part that changes in a shared snapshot. */
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): the way past const */
    struct config *shared = (struct config *)(uintptr_t)config;

    assert(shared->refs < UINT32_MAX);
    shared->refs++;
    return shared;
}

void
config_unref(struct config *config)
{
    if (config == NULL || --config->refs > 0)
        return;
    for (size_t i = 0; i < ORDER_COUNT; i++)
        tree_unref(config->trees[i]);
    free(config);
}

/* Make the snapshot ours alone. */
static struct config *
own(struct config **config)
{
    struct config *copy;

    if ((*config)->refs == 1)
        return *config;
    copy = mem_alloc(sizeof(*copy));
    *copy = **config;
    copy->refs = 1;
    for (size_t i = 0; i < ORDER_COUNT; i++)
        (void)tree_ref(copy->trees[i]);
    config_unref(*config);
    *config = copy;
    return copy;
}

/* Take the object out of the indexes. */
static void
forget(struct config *config, const struct object *object)
{
    for (size_t i = ORDER_KEYS + 1; i < ORDER_COUNT; i++) {
        enum tree_order order = (enum tree_order)i;
        struct tree_place place;
        bool was_there;

        if (!order_has(order, object))
            continue;
        place = order_place(order, object);
        was_there = tree_remove(&config->trees[i], order, &place);
        assert(was_there);
        (void)was_there;
    }
}

/* Can the index entry stay where it is? */
static bool
keeps_place(enum tree_order order, const struct object *before,
    const struct object *after)
{
    struct tree_place place;

    if (!order_has(order, before) || !order_has(order, after))
        return false;
    place = order_place(order, after);
    return place_compare(order, before, &place) == 0;
}

/* Bring the indexes from one object to the one that replaces it. */
static void
reindex(struct config *config, const struct object *before,
    const struct object *after)
{
    for (size_t i = ORDER_KEYS + 1; i < ORDER_COUNT; i++) {
        enum tree_order order = (enum tree_order)i;

        if (order_has(order, before) && !keeps_place(order, before, after)) {
            struct tree_place place = order_place(order, before);

            (void)tree_remove(&config->trees[i], order, &place);
        }
        if (order_has(order, after))
            (void)tree_put(&config->trees[i], order, object_ref(after));
    }
}

void
config_put(struct config **config, struct object *object)
{
    struct config *mine = own(config);
    struct tree_place place = order_place(ORDER_KEYS, object);
    const struct object *old =
        tree_find(mine->trees[ORDER_KEYS], ORDER_KEYS, &place);

    if (old != NULL) {
        reindex(mine, old, object);
    } else {
        mine->counts[object->type]++;
        for (size_t i = ORDER_KEYS + 1; i < ORDER_COUNT; i++) {
            if (order_has((enum tree_order)i, object)) {
                (void)tree_put(
                    &mine->trees[i], (enum tree_order)i, object_ref(object));
            }
        }
    }
    (void)tree_put(&mine->trees[ORDER_KEYS], ORDER_KEYS, object);
}

bool
config_take(struct config **config, enum schema_object_id type,
    const struct value *keys)
{
    struct tree_place place =
        place_of_keys(type, keys, schema_objects[type].key_count);
    const struct object *old = config_find(*config, type, keys);
    struct config *mine;

    if (old == NULL)
        return false;
    mine = own(config);
    mine->counts[type]--;
    forget(mine, old);
    return tree_remove(&mine->trees[ORDER_KEYS], ORDER_KEYS, &place);
}

struct config *
config_with(const struct config *config, struct object *object)
{
    struct config *next = config_ref(config);

    config_put(&next, object);
    return next;
}

struct config *
config_without(const struct config *config, enum schema_object_id type,
    const struct value *keys)
{
    struct config *next = config_ref(config);

    (void)config_take(&next, type, keys);
    return next;
}

size_t
config_count(const struct config *config)
{
    size_t count = 0;

    for (size_t i = 0; i < OBJECT_COUNT; i++)
        count += config->counts[i];
    return count;
}

size_t
config_count_type(const struct config *config, enum schema_object_id type)
{
    return config->counts[type];
}

const struct tree_node *
config_tree(const struct config *config, enum tree_order order)
{
    return config->trees[order];
}

const struct object *
config_find(const struct config *config, enum schema_object_id type,
    const struct value *keys)
{
    struct tree_place place =
        place_of_keys(type, keys, schema_objects[type].key_count);

    return tree_find(config->trees[ORDER_KEYS], ORDER_KEYS, &place);
}

const struct object *
config_next(const struct config *config, enum schema_object_id type,
    const struct value *keys)
{
    size_t count = keys == NULL ? 0 : schema_objects[type].key_count;
    struct tree_place place = place_of_keys(type, keys, count);
    const struct object *next =
        keys == NULL
            ? tree_first(config->trees[ORDER_KEYS], ORDER_KEYS, &place)
            : tree_after(config->trees[ORDER_KEYS], ORDER_KEYS, &place);

    return next != NULL && next->type == type ? next : NULL;
}

const struct object *
config_next_child(const struct config *config, enum schema_object_id type,
    const struct value *keys, size_t count, const struct object *after)
{
    struct tree_place parent = place_of_keys(type, keys, count);

    return config_next_at(config, ORDER_KEYS, &parent, after);
}
