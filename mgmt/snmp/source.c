/*
 * source.c - what one exec of the daemon answers, cached in pages.
 *
 *    slots   (from, to] (from, to]       (from, end
 *            |  page  | |  page  |  gap  |  page
 *
 * Slots do not overlap and stand in order.  What lies in a gap is asked for
 * when somebody wants it; a page that comes ends at the latest where the next
 * slot begins.  `from` and `to` need not be keys of rows.
 */
#include "snmp/source.h"

#include "base/arena.h"
#include "snmp/asking.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_MAX = 4096 };

/* A key with its own memory. */
struct mark {
    uint32_t *numbers;
    size_t count;
};

struct slot {
    struct page *page;
    struct mark from;
    struct mark to;
    bool is_last; /* nothing comes after it; `to` means nothing */
    bool is_doubtful;
    bool lasts;     /* until the configuration changes */
    uint64_t stamp; /* 0: none */
    uint64_t fetched_us;
    uint64_t used_us;
};

/* Heap; the agent's, or a test's. */
struct source {
    struct asking asking;
    const struct key_shape *shape;
    struct slot *slots;
    size_t count;
    size_t room;
};

/* ---- marks ---- */

static struct mark
mark_of(struct key key)
{
    struct mark mark = {NULL, key.count};

    if (key.count > 0) {
        mark.numbers = mem_alloc(key.count * sizeof *mark.numbers);
        memcpy(mark.numbers, key.numbers, key.count * sizeof *mark.numbers);
    }
    return mark;
}

static struct key
key_of(const struct mark *mark)
{
    return (struct key){mark->numbers, mark->count};
}

static void
slot_done(struct slot *slot)
{
    page_free(slot->page);
    free(slot->from.numbers);
    free(slot->to.numbers);
}

/* ---- life ---- */

bool
source_knows_routers(enum schema_exec_id exec)
{
    return asking_has_arg(exec, "router");
}

struct source *
source_new(const struct source_asker *asker, enum schema_exec_id exec,
    const struct key_shape *shape, uint32_t router)
{
    struct source *source = mem_alloc(sizeof *source);

    asking_init(&source->asking, asker, exec, shape, router);
    source->shape = shape;
    return source;
}

void
source_free(struct source *source)
{
    if (source == NULL)
        return;
    for (size_t i = 0; i < source->count; i++)
        slot_done(&source->slots[i]);
    free(source->slots);
    asking_done(&source->asking);
    free(source);
}

/* ---- asking ---- */

/* What is in the builder becomes the page of this slot; next: the slot behind
 * it, NULL: none. */
static void
settle(struct source *source, struct slot *slot, const struct slot *next)
{
    const struct asking *asking = &source->asking;
    size_t rows = page_builder_rows(asking->builder);
    bool is_whole = asking_is_whole(asking) || rows < PAGE_ROWS_MAX;
    struct key limit = {NULL, 0};
    size_t kept;

    if (next != NULL)
        limit = key_of(&next->from);
    page_free(slot->page);
    free(slot->to.numbers);
    slot->page = page_build(asking->builder, next != NULL ? &limit : NULL);
    kept = page_rows(slot->page);
    slot->is_last = is_whole && next == NULL;
    slot->to = (struct mark){NULL, 0};
    if (slot->is_last)
        return;
    if (next != NULL && (is_whole || kept < rows)) {
        slot->to = mark_of(limit);
    } else {
        slot->to = mark_of(page_key(slot->page, kept - 1));
    }
}

/* How long a page is believed.  A walk through many of them comes back to each
 * for every column; it is no picture of one moment anyway. */
static uint64_t
age_most_us(const struct source *source, const struct slot *slot, bool walks)
{
    if (slot->lasts)
        return SOURCE_LASTS_US;
    return walks && source->count > 1 ? SOURCE_WALK_US : SOURCE_AGE_US;
}

/* Ask again for a page that may be out of date; briefly, where it serves in
 * the meantime: not after a commit, which would not be seen.  False: nobody
 * answers, and it is too old to serve. */
static bool
renew(struct source *source, size_t position, bool walks, uint64_t now_us)
{
    struct slot *slot = &source->slots[position];
    const struct slot *next = position + 1 < source->count ? slot + 1 : NULL;
    uint64_t stamp = slot->stamp;
    uint64_t age_us = now_us - slot->fetched_us;
    bool serves = age_us < SOURCE_KEPT_US;

    if (!slot->is_doubtful && age_us < age_most_us(source, slot, walks))
        return true;
    if (asking_ask(&source->asking, key_of(&slot->from),
            serves && !slot->is_doubtful, &slot->stamp, &slot->lasts) != OK)
        return serves;
    if (slot->stamp == 0 || slot->stamp != stamp ||
        page_builder_rows(source->asking.builder) > 0)
        settle(source, slot, next);
    slot->fetched_us = now_us;
    slot->is_doubtful = false;
    return true;
}

static struct slot *
insert(struct source *source, size_t position)
{
    if (source->count == source->room) {
        source->room = source->room == 0 ? 4 : source->room * 2;
        source->slots =
            mem_resize(source->slots, source->room * sizeof *source->slots);
    }
    memmove(&source->slots[position + 1], &source->slots[position],
        (source->count - position) * sizeof *source->slots);
    source->count++;
    source->slots[position] = (struct slot){.page = NULL};
    return &source->slots[position];
}

static void
drop_all(struct source *source)
{
    for (size_t i = 0; i < source->count; i++)
        slot_done(&source->slots[i]);
    source->count = 0;
}

/* A new slot at this position for the keys after `from`. */
static enum err
fetch(struct source *source, size_t position, struct key from, uint64_t now_us)
{
    struct slot fresh = {.page = NULL};
    struct slot *slot;

    if (asking_ask(&source->asking, from, false, &fresh.stamp, &fresh.lasts) !=
        OK)
        return ERR_IO;
    slot = insert(source, position);
    *slot = fresh;
    slot->from = mark_of(from);
    slot->fetched_us = now_us;
    settle(source, slot, position + 1 < source->count ? slot + 1 : NULL);
    return OK;
}

/* ---- finding ---- */

/* How many slots begin before the key (or at it, if what comes after it is
 * looked for). */
static size_t
slots_before(const struct source *source, struct key key, bool after)
{
    size_t low = 0;
    size_t high = source->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = key_compare(key_of(&source->slots[middle].from), key);

        if (order < 0 || (after && order == 0)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool
covers(const struct slot *slot, struct key key, bool after)
{
    int order;

    if (slot->is_last)
        return true;
    order = key_compare(key, key_of(&slot->to));
    return order < 0 || (!after && order == 0);
}

/* Something that comes before the key, near to it, and not before what is
 * covered already. */
static struct key
before(struct key key, const struct slot *previous, uint32_t room[KEY_MAX])
{
    struct key result = {room, key.count};

    memcpy(room, key.numbers, key.count * sizeof *room);
    if (room[key.count - 1] > 0) {
        room[key.count - 1]--;
    } else {
        result.count--;
    }
    if (previous != NULL && key_compare(result, key_of(&previous->to)) < 0)
        return key_of(&previous->to);
    return result;
}

/* The slot that covers the key, asked for if need be. */
static enum err
reach(struct source *source, struct key key, bool after, uint64_t now_us,
    size_t *out_position)
{
    size_t position = slots_before(source, key, after);
    uint32_t room[KEY_MAX];
    struct key from = key;
    enum err error;

    if (position > 0 && covers(&source->slots[position - 1], key, after)) {
        *out_position = position - 1;
        return renew(source, position - 1, after, now_us) ? OK : ERR_IO;
    }
    if (source->count >= SLOTS_MAX) {
        drop_all(source);
        position = 0;
    }
    if (asking_is_whole(&source->asking)) {
        from = (struct key){NULL, 0}; /* all rows come at once */
    } else if (!after) {
        from = before(
            key, position > 0 ? &source->slots[position - 1] : NULL, room);
    }
    error = fetch(source, position, from, now_us);
    *out_position = position;
    return error;
}

/* Pages that hold nothing lead on to the next one. */
static enum err
find(struct source *source, struct key key, bool after, uint64_t now_us,
    struct source_place *out_place)
{
    uint32_t numbers[KEY_MAX];

    /* The key may be in a page, which may go when another one comes. */
    if (key.count > 0)
        memcpy(numbers, key.numbers, key.count * sizeof *numbers);
    key.numbers = numbers;
    for (;;) {
        struct slot *slot;
        size_t position;
        size_t row;

        if (reach(source, key, after, now_us, &position) != OK)
            return ERR_IO;
        slot = &source->slots[position];
        slot->used_us = now_us;
        row = page_find(slot->page, key, after);
        if (row < page_rows(slot->page)) {
            *out_place = (struct source_place){slot->page, row};
            return OK;
        }
        /* Renewed, it may end before the key: then the key stays. */
        if (!covers(slot, key, after))
            continue;
        if (slot->is_last || !after)
            return ERR_NOT_FOUND;
        key.count = slot->to.count;
        /* Where all slots were dropped this one is new, and so is its mark. */
        if (key.count > 0) {
            memcpy(numbers, // NOLINT(clang-analyzer-unix.Malloc)
                slot->to.numbers, key.count * sizeof *numbers);
        }
    }
}

enum err
source_at(struct source *source, struct key key, uint64_t now_us,
    struct source_place *out_place)
{
    struct source_place place;
    enum err error;

    if (key.count == 0 || key.count > KEY_MAX)
        return ERR_NOT_FOUND;
    error = find(source, key, false, now_us, &place);
    if (error != OK)
        return error;
    if (key_compare(page_key(place.page, place.row), key) != 0)
        return ERR_NOT_FOUND;
    *out_place = place;
    return OK;
}

enum err
source_after(struct source *source, struct key key, uint64_t now_us,
    struct source_place *out_place)
{
    if (key.count > KEY_MAX)
        key.count = KEY_MAX;
    return find(source, key, true, now_us, out_place);
}

enum err
source_first(
    struct source *source, uint64_t now_us, struct source_place *out_place)
{
    static const struct key none = {NULL, 0};
    size_t position;
    enum err error;

    if (source->shape->part_count > 0)
        return find(source, none, true, now_us, out_place);
    /* One row, whose key has no numbers. */
    error = reach(source, none, true, now_us, &position);
    if (error != OK)
        return error;
    source->slots[position].used_us = now_us;
    if (page_rows(source->slots[position].page) == 0)
        return ERR_NOT_FOUND;
    *out_place = (struct source_place){source->slots[position].page, 0};
    return OK;
}

/* ---- upkeep ---- */

void
source_doubt(struct source *source)
{
    for (size_t i = 0; i < source->count; i++)
        source->slots[i].is_doubtful = true;
}

void
source_forget_stamps(struct source *source)
{
    for (size_t i = 0; i < source->count; i++)
        source->slots[i].stamp = 0;
    source_doubt(source);
}

void
source_tidy(struct source *source, uint64_t now_us)
{
    size_t kept = 0;

    for (size_t i = 0; i < source->count; i++) {
        struct slot *slot = &source->slots[i];
        uint64_t last_us =
            slot->used_us > slot->fetched_us ? slot->used_us : slot->fetched_us;

        if (now_us - last_us < SOURCE_UNUSED_US) {
            source->slots[kept++] = *slot;
        } else {
            slot_done(slot);
        }
    }
    source->count = kept;
}

uint64_t
source_oldest_us(const struct source *source, uint64_t now_us)
{
    uint64_t oldest_us = now_us;

    for (size_t i = 0; i < source->count; i++) {
        if (source->slots[i].fetched_us < oldest_us)
            oldest_us = source->slots[i].fetched_us;
    }
    return oldest_us;
}

size_t
source_size(const struct source *source)
{
    size_t size = 0;

    for (size_t i = 0; i < source->count; i++)
        size += page_size(source->slots[i].page) + sizeof source->slots[i];
    return size;
}
