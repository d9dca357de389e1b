/*
 * walk.c - the objects of a configuration in the order of a script.
 *
 * After an object comes its first child; without one, what follows it among
 * its siblings; without that, what follows its parent among that one's.
 */
#include "daemon/walk.h"

#include <assert.h>
#include <string.h>

void
walk_init(struct walk *walk, const struct config *config)
{
    *walk = (struct walk){.config = config};
}

/* The first object below this parent whose type is at least `type`. */
static const struct object *
first_below(const struct walk *walk, const struct object *parent, unsigned type)
{
    unsigned parent_type = parent == NULL ? SCHEMA_NONE : parent->type;
    const struct object *object = NULL;

    for (; type < OBJECT_COUNT && object == NULL; type++) {
        const struct schema_object *schema = &schema_objects[type];

        if (schema->parent != parent_type)
            continue;
        if (parent == NULL) {
            object =
                config_next(walk->config, (enum schema_object_id)type, NULL);
        } else {
            object =
                config_next_child(walk->config, (enum schema_object_id)type,
                    parent->fields, schema->inherited_count, NULL);
        }
    }
    return object;
}

/* What follows an object among its siblings. */
static const struct object *
sibling(const struct walk *walk, const struct object *parent,
    const struct object *object)
{
    const struct object *next;

    if (parent == NULL) {
        next = config_next(walk->config, object->type, object->fields);
    } else {
        next = config_next_child(walk->config, object->type, parent->fields,
            schema_objects[object->type].inherited_count, object);
    }
    if (next != NULL)
        return next;
    return first_below(walk, parent, (unsigned)object->type + 1);
}

static const struct object *
enter(struct walk *walk, const struct object *object)
{
    assert(walk->depth < WALK_DEPTH_MAX); /* the schema's nesting */
    walk->path[walk->depth++] = object;
    return object;
}

const struct object *
walk_next(struct walk *walk)
{
    const struct object *here = NULL;
    const struct object *next;

    if (walk->is_over)
        return NULL;
    if (walk->depth > 0)
        here = walk->path[walk->depth - 1];
    next = first_below(walk, here, 0);
    while (next == NULL && walk->depth > 0) {
        here = walk->path[--walk->depth];
        next = sibling(
            walk, walk->depth == 0 ? NULL : walk->path[walk->depth - 1], here);
    }
    if (next == NULL) {
        walk->is_over = true;
        return NULL;
    }
    return enter(walk, next);
}
