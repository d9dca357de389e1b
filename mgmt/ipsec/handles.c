/*
 * handles.c - indices by object: chained hashing over the places themselves.
 */
#include "ipsec/handles.h"

#include "base/arena.h"
#include "base/hash.h"

#include <assert.h>
#include <stdlib.h>

enum { FIRST_ROOM = 16 };

/* One index; given out while object is set. */
struct handle {
    struct object *object; /* as it was when the index was given out */
    uint64_t hash;
    uint32_t next; /* in its chain, or among the spare ones */
};

/* Names are the operator's own, so mixing is enough: no secret is needed. */
static uint64_t
hash_of(enum schema_object_id type, const struct value *keys)
{
    uint64_t hash = hash_mix(HASH_START, (uint64_t)type);
    const char *text;
    uint16_t i;

    for (i = 0; i < schema_objects[type].key_count; i++) {
        if (keys[i].kind == VALUE_NUMBER)
            hash = hash_mix(hash, keys[i].number);
        for (text = value_string(&keys[i]); *text != '\0'; text++)
            hash = hash_mix(hash, (unsigned char)*text);
        hash = hash_mix(hash, (uint64_t)keys[i].kind);
    }
    return hash;
}

static bool
has_keys(const struct handle *handle, enum schema_object_id type,
    const struct value *keys)
{
    uint16_t i;

    if (handle->object->type != type)
        return false;
    for (i = 0; i < schema_objects[type].key_count; i++) {
        if (!value_equal(&handle->object->fields[i], &keys[i]))
            return false;
    }
    return true;
}

void
handles_init(struct handles *handles, uint32_t limit)
{
    uint32_t i;

    *handles = (struct handles){
        .limit = limit,
        .spare = HANDLE_NONE,
        .head_count = FIRST_ROOM,
    };
    handles->heads = mem_alloc(sizeof(*handles->heads) * FIRST_ROOM);
    for (i = 0; i < FIRST_ROOM; i++)
        handles->heads[i] = HANDLE_NONE;
}

void
handles_done(struct handles *handles)
{
    uint32_t i;

    for (i = 0; i < handles->touched; i++)
        object_unref(handles->all[i].object);
    free(handles->all);
    free(handles->heads);
    *handles = (struct handles){0};
}

static uint32_t *
head_of(const struct handles *handles, uint64_t hash)
{
    return &handles->heads[hash & (handles->head_count - 1)];
}

/* Twice the chains, so that they stay short. */
static void
grow_heads(struct handles *handles)
{
    struct handle *handle;
    uint32_t *head;
    uint32_t i;

    handles->head_count *= 2;
    handles->heads = mem_resize(
        handles->heads, sizeof(*handles->heads) * handles->head_count);
    for (i = 0; i < handles->head_count; i++)
        handles->heads[i] = HANDLE_NONE;
    for (i = 0; i < handles->touched; i++) {
        handle = &handles->all[i];
        if (handle->object == NULL)
            continue;
        head = head_of(handles, handle->hash);
        handle->next = *head;
        *head = i;
    }
}

/* A free place's index, HANDLE_NONE at the limit. */
static uint32_t
take_place(struct handles *handles)
{
    uint32_t index = handles->spare;

    if (index != HANDLE_NONE) {
        handles->spare = handles->all[index].next;
        return index;
    }
    if (handles->touched == handles->limit)
        return HANDLE_NONE;
    if (handles->touched == handles->room) {
        handles->room = handles->room == 0 ? FIRST_ROOM : handles->room * 2;
        handles->all =
            mem_resize(handles->all, sizeof(*handles->all) * handles->room);
    }
    return handles->touched++;
}

enum err
handles_find(const struct handles *handles, enum schema_object_id type,
    const struct value *keys, uint32_t *out_index)
{
    uint64_t hash = hash_of(type, keys);
    uint32_t index = *head_of(handles, hash);

    while (index != HANDLE_NONE) {
        if (handles->all[index].hash == hash &&
            has_keys(&handles->all[index], type, keys)) {
            *out_index = index;
            return OK;
        }
        index = handles->all[index].next;
    }
    return ERR_NOT_FOUND;
}

enum err
handles_take(
    struct handles *handles, const struct object *object, uint32_t *out_index)
{
    uint64_t hash = hash_of(object->type, object->fields);
    uint32_t index;
    uint32_t *head;

    if (handles->count == handles->head_count)
        grow_heads(handles);
    index = take_place(handles);
    if (index == HANDLE_NONE)
        return ERR_EXHAUSTED;
    head = head_of(handles, hash);
    handles->all[index] = (struct handle){
        .object = object_ref(object),
        .hash = hash,
        .next = *head,
    };
    *head = index;
    handles->count++;
    handles->changes++;
    *out_index = index;
    return OK;
}

void
handles_give_back(struct handles *handles, uint32_t index)
{
    struct handle *handle;
    uint32_t *link;

    assert(handles_object(handles, index) != NULL);
    handle = &handles->all[index];
    link = head_of(handles, handle->hash);
    while (*link != index)
        link = &handles->all[*link].next;
    *link = handle->next;
    object_unref(handle->object);
    handle->object = NULL;
    handle->next = handles->spare;
    handles->spare = index;
    handles->count--;
    handles->changes++;
}

const struct object *
handles_object(const struct handles *handles, uint32_t index)
{
    return index < handles->touched ? handles->all[index].object : NULL;
}
