/*
 * test_handles.c - indices by object.
 */
#include "ipsec/handles.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* Take an index for a virtual router of this name. */
static enum err
take(struct handles *handles, const char *name, uint32_t *out_index)
{
    struct value key = value_text(name);
    struct object *vr = object_new(OBJECT_VIRTUAL_ROUTER, &key);
    enum err error;

    error = handles_take(handles, vr, out_index);
    object_unref(vr);
    value_done(&key);
    return error;
}

static enum err
find(const struct handles *handles, const char *name, uint32_t *out_index)
{
    struct value key = value_text(name);
    enum err error;

    error = handles_find(handles, OBJECT_VIRTUAL_ROUTER, &key, out_index);
    value_done(&key);
    return error;
}

Test(handles, gives_each_object_an_index_of_its_own)
{
    struct handles handles;
    uint32_t a = 99;
    uint32_t b = 99;
    uint32_t found = 99;

    handles_init(&handles, 4);
    cr_assert_eq(take(&handles, "a", &a), OK);
    cr_assert_eq(take(&handles, "b", &b), OK);
    cr_assert_eq(a, 0);
    cr_assert_eq(b, 1);
    cr_assert_eq(find(&handles, "b", &found), OK);
    cr_assert_eq(found, b);
    cr_assert_eq(find(&handles, "c", &found), ERR_NOT_FOUND);
    cr_assert_str_eq(
        value_string(&handles_object(&handles, a)->fields[0]), "a");
    cr_assert_null(handles_object(&handles, 2));
    handles_done(&handles);
}

Test(handles, gives_out_again_what_came_back_and_stops_at_the_limit)
{
    struct handles handles;
    uint32_t index = 99;

    handles_init(&handles, 2);
    cr_assert_eq(take(&handles, "a", &index), OK);
    cr_assert_eq(take(&handles, "b", &index), OK);
    cr_assert_eq(take(&handles, "c", &index), ERR_EXHAUSTED);
    handles_give_back(&handles, 0);
    cr_assert_eq(find(&handles, "a", &index), ERR_NOT_FOUND);
    cr_assert_eq(take(&handles, "c", &index), OK);
    cr_assert_eq(index, 0);
    cr_assert_eq(handles.count, 2);
    handles_done(&handles);
}

Test(handles, tells_types_and_all_keys_apart)
{
    struct value keys[SCHEMA_KEYS_MAX] = {
        value_text("default"), value_number(0), value_text("0")};
    struct value other[SCHEMA_KEYS_MAX] = {
        value_text("default"), value_text("0")};
    struct object *interface = object_new(OBJECT_INTERFACE, keys);
    struct handles handles;
    uint32_t index = 99;

    handles_init(&handles, 4);
    cr_assert_eq(handles_take(&handles, interface, &index), OK);
    object_unref(interface);
    cr_assert_eq(
        handles_find(&handles, OBJECT_TUNNEL, other, &index), ERR_NOT_FOUND);
    keys[1].number = 1;
    cr_assert_eq(
        handles_find(&handles, OBJECT_INTERFACE, keys, &index), ERR_NOT_FOUND);
    for (size_t i = 0; i < SCHEMA_KEYS_MAX; i++) {
        value_done(&keys[i]);
        value_done(&other[i]);
    }
    handles_done(&handles);
}

Test(handles, finds_all_of_ten_thousand_with_gaps)
{
    enum { COUNT = 10000 };
    struct handles handles;
    uint32_t index;
    char name[16];

    handles_init(&handles, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        (void)snprintf(name, sizeof(name), "vr%u", (unsigned)i);
        cr_assert_eq(take(&handles, name, &index), OK);
        cr_assert_eq(index, i);
    }
    for (uint32_t i = 0; i < COUNT; i += 3)
        handles_give_back(&handles, i);
    for (uint32_t i = 0; i < COUNT; i++) {
        (void)snprintf(name, sizeof(name), "vr%u", (unsigned)i);
        cr_assert_eq(
            find(&handles, name, &index), i % 3 == 0 ? ERR_NOT_FOUND : OK);
        cr_assert(i % 3 == 0 || index == i);
    }
    handles_done(&handles);
}
