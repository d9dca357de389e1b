/*
 * key.c - indexes: from the columns of a row to the numbers in an object
 * identifier.
 *
 *    number  5            -> 5
 *    ipv4    10.1.0.1     -> 10 1 0 1
 *    text    "ab"         -> 2 97 98
 */
#include "snmp/page.h"

#include <string.h>

int
key_compare(struct key a, struct key b)
{
    size_t shorter = a.count < b.count ? a.count : b.count;

    for (size_t i = 0; i < shorter; i++) {
        if (a.numbers[i] != b.numbers[i])
            return a.numbers[i] < b.numbers[i] ? -1 : 1;
    }
    return a.count < b.count ? -1 : a.count > b.count;
}

struct writer {
    uint32_t *numbers;
    size_t count;
    bool is_bad;
};

static void
put(struct writer *writer, uint64_t number)
{
    if (writer->count == KEY_MAX || number > UINT32_MAX) {
        writer->is_bad = true;
    } else {
        writer->numbers[writer->count++] = (uint32_t)number;
    }
}

static void
put_text(struct writer *writer, const struct value *value)
{
    const char *text = value_string(value);

    if (value->kind != VALUE_TEXT && value->kind != VALUE_NONE) {
        writer->is_bad = true;
        return;
    }
    put(writer, strlen(text));
    for (; *text != '\0' && !writer->is_bad; text++)
        put(writer, (uint8_t)*text);
}

static void
put_part(struct writer *writer, enum mib_part part, const struct value *value)
{
    if (part == MIB_PART_TEXT) {
        put_text(writer, value);
        return;
    }
    if (value->kind != VALUE_NUMBER) {
        writer->is_bad = true;
        return;
    }
    if (part == MIB_PART_NUMBER) {
        put(writer, value->number);
        return;
    }
    for (unsigned shift = 32; shift > 0; shift -= 8)
        put(writer, value->number >> (shift - 8) & 0xff);
}

bool
key_of_row(const struct key_shape *shape, const struct value *values,
    uint32_t numbers[KEY_MAX], // NOLINT(readability-non-const-parameter)
    size_t *out_count)
{
    struct writer writer = {.numbers = numbers};

    for (size_t i = 0; i < shape->part_count; i++)
        put_part(&writer, shape->parts[i], &values[shape->columns[i]]);
    *out_count = writer.count;
    return !writer.is_bad;
}
