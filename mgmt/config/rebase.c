/*
 * rebase.c - bring a candidate onto what others have committed meanwhile.
 *
 *                  theirs
 *          base ----------> running
 *            \                  \  ours, setting by setting
 *             \ ours             \
 *              work               new work
 *
 * A three-way merge by setting.  It fails as a whole or not at all: all
 * collisions are collected, and nothing is changed if there is one.
 */
#include "config/candidate.h"

#include <stdlib.h>

/* One rebase under way. */
struct merge {
    const struct config *base;
    const struct config *running;
    struct config *work;           /* running plus ours so far */
    struct change_set *collisions; /* what they did            */
};

static void
collide(struct merge *merge, const struct object *before,
    const struct object *after)
{
    change_set_add(merge->collisions, before, after);
}

static void
copy_setting(struct object *to, const struct object *from,
    const struct schema_setting *setting)
{
    for (uint16_t i = 0; i < setting->field_count; i++) {
        size_t field = (size_t)setting->first_field + i;

        value_done(&to->fields[field]);
        to->fields[field] = value_share(&from->fields[field]);
    }
}

/* Both sides have the object: take their copy and put our settings in. */
static void
merge_settings(struct merge *merge, const struct change *ours,
    const struct object *before, const struct object *theirs)
{
    const struct schema_object *schema = &schema_objects[theirs->type];
    struct object *merged = object_copy(theirs);
    bool collided = false;

    for (uint16_t i = 0; i < schema->setting_count; i++) {
        if (object_setting_equal(ours->before, ours->after, i))
            continue;
        if (!object_setting_equal(before, theirs, i) &&
            !object_setting_equal(ours->after, theirs, i))
            collided = true;
        copy_setting(merged, ours->after, &schema->settings[i]);
    }
    if (collided) {
        collide(merge, before, theirs);
        object_unref(merged);
    } else {
        config_put(&merge->work, merged);
    }
}

/* We created or changed it. */
static void
merge_kept(struct merge *merge, const struct change *ours)
{
    const struct object *after = ours->after;
    uint16_t parent = schema_objects[after->type].parent;
    const struct object *theirs =
        config_find(merge->running, after->type, after->fields);

    if (theirs != NULL) {
        merge_settings(merge, ours, ours->before, theirs);
        return;
    }
    if (ours->before != NULL) {
        collide(merge, ours->before, NULL);
        return;
    }
    if (parent != SCHEMA_NONE) {
        enum schema_object_id type = (enum schema_object_id)parent;
        const struct object *had =
            config_find(merge->base, type, after->fields);

        if (had != NULL &&
            config_find(merge->running, type, after->fields) == NULL) {
            collide(merge, had, NULL); /* they deleted its parent */
            return;
        }
    }
    config_put(&merge->work, object_ref(after));
}

/* We deleted it. */
static void
merge_deleted(struct merge *merge, const struct change *ours)
{
    const struct object *before = ours->before;
    const struct object *theirs =
        config_find(merge->running, before->type, before->fields);

    if (theirs == NULL)
        return; /* so did they */
    if (!object_equal(before, theirs)) {
        collide(merge, before, theirs);
    } else {
        (void)config_take(&merge->work, before->type, before->fields);
    }
}

/* They created something in what we deleted. */
static void
find_orphans(struct merge *merge, const struct change_set *theirs)
{
    for (size_t i = 0; i < theirs->count; i++) {
        const struct object *created = theirs->changes[i].after;
        uint16_t parent;

        if (created == NULL || theirs->changes[i].before != NULL)
            continue;
        parent = schema_objects[created->type].parent;
        if (parent == SCHEMA_NONE)
            continue;
        if (config_find(merge->work, (enum schema_object_id)parent,
                created->fields) == NULL)
            collide(merge, NULL, created);
    }
}

static void
merge_all(struct merge *merge, const struct change_set *ours,
    const struct change_set *theirs)
{
    for (size_t i = 0; i < ours->count; i++) {
        if (ours->changes[i].after != NULL) {
            merge_kept(merge, &ours->changes[i]);
        } else {
            merge_deleted(merge, &ours->changes[i]);
        }
    }
    find_orphans(merge, theirs);
}

enum err
candidate_rebase(struct candidate *candidate, const struct config *running,
    struct change_set *out_collisions)
{
    struct change_set ours;
    struct change_set theirs;
    struct merge merge = {.base = candidate->base,
        .running = running,
        .work = config_ref(running),
        .collisions = out_collisions};

    candidate_settle(candidate);
    change_set_init(out_collisions);
    config_diff(candidate->base, candidate->work, &ours);
    config_diff(candidate->base, running, &theirs);
    merge_all(&merge, &ours, &theirs);
    change_set_done(&ours);
    change_set_done(&theirs);
    if (out_collisions->count > 0) {
        config_unref(merge.work);
        return ERR_CONFLICT;
    }
    config_unref(candidate->base);
    config_unref(candidate->work);
    candidate->base = config_ref(running);
    candidate->work = merge.work;
    return OK;
}
