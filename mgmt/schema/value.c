/*
 * value.c - values, and the counted texts that they share.
 *
 * A text of the generated tables has refs 0: it is nobody's and is never
 * counted or freed.  All others are wiped when they go, because the table
 * that a value belongs to need not be known then.
 */
#include "schema/schema.h"

#include "base/arena.h"
#include "base/secret.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct value
value_none(void)
{
    return (struct value){.kind = VALUE_NONE};
}

struct value
value_number(uint64_t number)
{
    return (struct value){.kind = VALUE_NUMBER, .number = number};
}

static struct value
new_text(enum value_kind kind, const char *text, size_t length)
{
    struct text *copy;

    assert(length < UINT32_MAX);
    copy = mem_alloc(sizeof(*copy) + length + 1);
    copy->refs = 1;
    copy->length = (uint32_t)length;
    memcpy(copy->bytes, text, length);
    return (struct value){.kind = kind, .text = copy};
}

struct value
value_text(const char *text)
{
    return new_text(VALUE_TEXT, text, strlen(text));
}

struct value
value_text_n(const char *text, size_t length)
{
    return new_text(VALUE_TEXT, text, length);
}

struct value
value_clear(const char *text)
{
    return new_text(VALUE_CLEAR, text, strlen(text));
}

static bool
has_text(const struct value *value)
{
    return value->kind == VALUE_TEXT || value->kind == VALUE_CLEAR;
}

struct value
value_share(const struct value *value)
{
    if (has_text(value) && value->text->refs != 0)
        value->text->refs++;
    return *value;
}

void
value_done(struct value *value)
{
    if (value == NULL)
        return;
    if (has_text(value) && value->text->refs != 0) {
        value->text->refs--;
        if (value->text->refs == 0) {
            wipe(value->text->bytes, value->text->length);
            free(value->text);
        }
    }
    *value = value_none();
}

const char *
value_string(const struct value *value)
{
    return has_text(value) ? value->text->bytes : "";
}

bool
value_is_set(const struct value *value)
{
    return value->kind != VALUE_NONE;
}

bool
value_equal(const struct value *a, const struct value *b)
{
    return value_compare(a, b) == 0;
}

int
value_compare(const struct value *a, const struct value *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->kind == VALUE_NONE)
        return 0;
    if (a->kind == VALUE_NUMBER)
        return (a->number > b->number) - (a->number < b->number);
    if (a->text == b->text)
        return 0;
    return strcmp(a->text->bytes, b->text->bytes);
}

/* ---- lists: one byte per index, plus one, so that 0 is the end ---- */

uint64_t
value_list_add(uint64_t list, unsigned index)
{
    unsigned count = value_list_count(list);

    assert(count < 8 && index < 255);
    return list | (uint64_t)(index + 1) << (8 * count);
}

unsigned
value_list_count(uint64_t list)
{
    unsigned count = 0;

    while (count < 8 && (list >> (8 * count) & 255) != 0)
        count++;
    return count;
}

unsigned
value_list_at(uint64_t list, unsigned position)
{
    assert(position < value_list_count(list));
    return (unsigned)(list >> (8 * position) & 255) - 1;
}
