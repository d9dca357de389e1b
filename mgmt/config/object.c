/*
 * object.c - one configured thing: its keys, then what is set on it.
 *
 * Objects are shared between snapshots and never change once they are in
 * one; only the counter does.
 */
#include "config/config.h"

#include "base/arena.h"
#include "base/str.h"

#include <assert.h>
#include <stdlib.h>

static struct object *
object_alloc(enum schema_object_id type)
{
    const struct schema_object *schema = &schema_objects[type];
    struct object *object = mem_alloc(
        sizeof(*object) + schema->field_count * sizeof(object->fields[0]));

    object->refs = 1;
    object->type = type;
    return object;
}

struct object *
object_new(enum schema_object_id type, const struct value *keys)
{
    const struct schema_object *schema = &schema_objects[type];
    struct object *object = object_alloc(type);

    for (uint16_t i = 0; i < schema->field_count; i++) {
        object->fields[i] =
            i < schema->key_count ? value_share(&keys[i]) : value_none();
    }
    return object;
}

struct object *
object_copy(const struct object *object)
{
    const struct schema_object *schema = &schema_objects[object->type];
    struct object *copy = object_alloc(object->type);

    for (uint16_t i = 0; i < schema->field_count; i++)
        copy->fields[i] = value_share(&object->fields[i]);
    return copy;
}

struct object *
object_ref(const struct object *object)
{
    /* The counter is the one part that changes in a shared object. */
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): the way past const */
    struct object *shared = (struct object *)(uintptr_t)object;

    assert(shared->refs < UINT32_MAX);
    shared->refs++;
    return shared;
}

void
object_unref(struct object *object)
{
    if (object == NULL || --object->refs > 0)
        return;
    for (uint16_t i = 0; i < schema_objects[object->type].field_count; i++)
        value_done(&object->fields[i]);
    free(object);
}

bool
object_equal(const struct object *a, const struct object *b)
{
    if (a == b)
        return true;
    if (a->type != b->type)
        return false;
    for (uint16_t i = 0; i < schema_objects[a->type].field_count; i++) {
        if (!value_equal(&a->fields[i], &b->fields[i]))
            return false;
    }
    return true;
}

bool
object_setting_equal(
    const struct object *a, const struct object *b, uint16_t setting)
{
    const struct value none = value_none();
    const struct object *either = a != NULL ? a : b;
    const struct schema_setting *schema;

    if (a == b || either == NULL)
        return true;
    schema = &schema_objects[either->type].settings[setting];
    for (uint16_t i = 0; i < schema->field_count; i++) {
        size_t field = (size_t)schema->first_field + i;

        if (!value_equal(a != NULL ? &a->fields[field] : &none,
                b != NULL ? &b->fields[field] : &none))
            return false;
    }
    return true;
}

bool
field_is_set(const struct object *object, size_t field)
{
    return value_is_set(&object->fields[field]);
}

uint64_t
field_number(const struct object *object, size_t field)
{
    const struct value *value = &object->fields[field];

    if (!value_is_set(value))
        value = &schema_objects[object->type].fields[field].fallback;
    return value->kind == VALUE_NUMBER ? value->number : 0;
}

const char *
field_text(const struct object *object, size_t field)
{
    return value_string(&object->fields[field]);
}

void
object_path(const struct object *object, struct str *out)
{
    config_path(object->type, object->fields, out);
}

void
config_path(
    enum schema_object_id type, const struct value *keys, struct str *out)
{
    uint16_t parents[SCHEMA_PARENTS_MAX];
    size_t count = schema_parents((uint16_t)type, keys, parents);

    for (size_t i = 0; i < count; i++) {
        schema_path(parents[i], keys, out);
        str_add_char(out, ' ');
    }
    schema_path((uint16_t)type, keys, out);
}
