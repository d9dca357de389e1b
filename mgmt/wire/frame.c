/*
 * frame.c - a frame in memory: a verb, a number and a list of values.
 */
#include "wire/wire.h"

#include "base/arena.h"

#include <assert.h>
#include <stdlib.h>

enum { FIRST_ROOM = 8 };

static const struct value none = {.kind = VALUE_NONE};

void
wire_frame_init(struct wire_frame *frame, enum wire_verb verb, uint32_t id)
{
    *frame = (struct wire_frame){.verb = verb, .id = id};
}

void
wire_frame_done(struct wire_frame *frame)
{
    uint16_t i;

    for (i = 0; i < frame->count; i++)
        value_done(&frame->items[i]);
    free(frame->items);
    frame->items = NULL;
    frame->count = 0;
    frame->room = 0;
}

void
wire_add(struct wire_frame *frame, struct value value)
{
    assert(frame->count < UINT16_MAX);
    if (frame->count == frame->room) {
        size_t room = frame->room == 0 ? FIRST_ROOM : (size_t)frame->room * 2;

        if (room > UINT16_MAX)
            room = UINT16_MAX;
        frame->items = mem_resize(frame->items, room * sizeof *frame->items);
        frame->room = (uint16_t)room;
    }
    frame->items[frame->count++] = value;
}

void
wire_add_number(struct wire_frame *frame, uint64_t number)
{
    wire_add(frame, value_number(number));
}

void
wire_add_text(struct wire_frame *frame, const char *text)
{
    wire_add(frame, value_text(text));
}

const struct value *
wire_at(const struct wire_frame *frame, size_t position)
{
    return position < frame->count ? &frame->items[position] : &none;
}

uint64_t
wire_number(const struct wire_frame *frame, size_t position)
{
    const struct value *value = wire_at(frame, position);

    return value->kind == VALUE_NUMBER ? value->number : 0;
}

const char *
wire_text(const struct wire_frame *frame, size_t position)
{
    return value_string(wire_at(frame, position));
}
