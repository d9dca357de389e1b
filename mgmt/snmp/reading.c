/*
 * reading.c - a cell of a row as an object of a MIB reads.
 */
#include "snmp/reading.h"

#include "base/ip.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- object identifiers, dates, hexadecimal ---- */

size_t
reading_oid(const char *text, size_t length, uint32_t *oid, size_t room)
{
    size_t count = 0;
    uint64_t number = 0;
    bool has_digit = false;

    for (size_t i = 0; i <= length; i++) {
        char c = '.'; /* at the end too */

        if (i < length)
            c = text[i];
        if (c >= '0' && c <= '9') {
            number = number * 10 + (uint64_t)(c - '0');
            has_digit = true;
            if (number > UINT32_MAX)
                return 0;
            continue;
        }
        if (c != '.' || !has_digit || count == room)
            return 0;
        oid[count++] = (uint32_t)number;
        number = 0;
        has_digit = false;
    }
    return count < 2 ? 0 : count;
}

/* Days since 1970 as a date of our calendar (Hinnant's algorithm: years begin
 * in March, so that the leap day is the last). */
static void
civil(uint64_t days, unsigned *year, unsigned *month, unsigned *day)
{
    uint64_t shifted = days + 719468; /* since 0000-03-01 */
    uint64_t era = shifted / 146097;
    uint64_t of_era = shifted % 146097;
    uint64_t year_of_era =
        (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint64_t of_year =
        of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint64_t march_month = (5 * of_year + 2) / 153;

    *day = (unsigned)(of_year - (153 * march_month + 2) / 5 + 1);
    *month = (unsigned)(march_month < 10 ? march_month + 3 : march_month - 9);
    *year = (unsigned)(year_of_era + era * 400 + (*month <= 2 ? 1 : 0));
}

void
reading_date(uint64_t seconds, char out[READING_DATE_SIZE])
{
    uint64_t of_day = seconds % 86400;
    unsigned year;
    unsigned month;
    unsigned day;

    civil(seconds / 86400, &year, &month, &day);
    out[0] = (char)(year >> 8 & 0xff);
    out[1] = (char)(year & 0xff);
    out[2] = (char)month;
    out[3] = (char)day;
    out[4] = (char)(of_day / 3600);
    out[5] = (char)(of_day / 60 % 60);
    out[6] = (char)(of_day % 60);
    out[7] = 0;
    out[8] = '+';
    out[9] = 0;
    out[10] = 0;
}

static int
digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Pairs of digits; points and colons between them are passed over. */
static size_t
read_hex(const char *text, size_t length, char out[READING_ROOM])
{
    size_t count = 0;

    for (size_t i = 0; i + 1 < length && count < READING_ROOM; i++) {
        int high = digit(text[i]);
        int low = digit(text[i + 1]);

        if (high < 0 || low < 0)
            continue;
        out[count++] = (char)(high * 16 + low);
        i++;
    }
    return count;
}

/* ---- octets ---- */

static void
set_bytes(struct reading *reading, const char *bytes, size_t length)
{
    reading->bytes = bytes;
    reading->length = length;
}

static void
set_own(struct reading *reading)
{
    set_bytes(reading, reading->own, strlen(reading->own));
}

static const char *
word_of(const struct schema_type *type, uint64_t number)
{
    const struct schema_enum *e = &schema_enums[type->enumeration];

    return number < e->count ? e->values[number].word : "";
}

static void
read_list(
    struct reading *reading, const struct schema_type *type, uint64_t list)
{
    size_t length = 0;

    for (unsigned i = 0; i < value_list_count(list); i++) {
        const char *word = word_of(type, value_list_at(list, i));
        size_t more = strlen(word) + (i > 0 ? 1 : 0);

        if (length + more >= READING_ROOM)
            break;
        if (i > 0)
            reading->own[length++] = ',';
        memcpy(reading->own + length, word, strlen(word));
        length += strlen(word);
    }
    set_bytes(reading, reading->own, length);
}

/* A number as text. */
static void
read_words(
    struct reading *reading, const struct schema_type *type, uint64_t number)
{
    const char *word;

    switch (type->kind) {
    case TYPE_ENUM:
        word = word_of(type, number);
        set_bytes(reading, word, strlen(word));
        return;
    case TYPE_ENUM_LIST:
        read_list(reading, type, number);
        return;
    case TYPE_IPV4:
    case TYPE_MASK:
        (void)ip_format((uint32_t)number, reading->own);
        break;
    case TYPE_UINT:
    case TYPE_HEX32:
    case TYPE_FLAG:
    case TYPE_TEXT:
    case TYPE_LINE:
    case TYPE_SECRET_TEXT:
    case TYPE_SECRET_HEX:
    case TYPE_HASH:
        (void)snprintf(reading->own, READING_ROOM, "%" PRIu64, number);
        break;
    }
    set_own(reading);
}

/* ---- all ---- */

static bool
read_fixed(const struct mib_object *object, const struct mib_fixed *fixed,
    struct reading *reading)
{
    if (!fixed->is_set)
        return false;
    if (object->syntax == MIB_OCTETS) {
        set_bytes(reading, fixed->text, strlen(fixed->text));
    } else if (object->syntax == MIB_OID) {
        reading->oid_length = reading_oid(
            fixed->text, strlen(fixed->text), reading->oid, READING_OID_MAX);
    } else {
        reading->number = (uint64_t)fixed->number;
    }
    return true;
}

static bool
read_map(
    const struct mib_object *object, uint64_t number, struct reading *reading)
{
    if (number >= object->map_count || !object->map[number].is_set)
        return read_fixed(object, &object->otherwise, reading);
    reading->number = (uint64_t)object->map[number].number;
    return true;
}

static bool
read_plain(const struct mib_object *object, const struct schema_type *type,
    const struct cell *cell, struct reading *reading)
{
    if (object->syntax == MIB_OID) {
        reading->oid_length = reading_oid(
            cell->text, cell->length, reading->oid, READING_OID_MAX);
        return reading->oid_length > 0;
    }
    if (object->syntax != MIB_OCTETS) {
        reading->number = cell->number;
        return cell->kind == VALUE_NUMBER;
    }
    if (cell->kind == VALUE_TEXT) {
        set_bytes(reading, cell->text, cell->length);
    } else {
        read_words(reading, type, cell->number);
    }
    return true;
}

bool
reading_make(const struct mib_object *object, const struct schema_type *type,
    const struct cell *cell, struct reading *out_reading)
{
    out_reading->syntax = object->syntax;
    if (object->reading == MIB_CONSTANT || cell->kind == VALUE_NONE) {
        /* A flag that is not set is off, and may have a number as such. */
        if (object->reading == MIB_MAP && type->kind == TYPE_FLAG)
            return read_map(object, 0, out_reading);
        return read_fixed(object, &object->unset, out_reading);
    }
    switch (object->reading) {
    case MIB_MAP:
        return read_map(object, cell->number, out_reading);
    case MIB_DATE:
        reading_date(cell->number, out_reading->own);
        set_bytes(out_reading, out_reading->own, READING_DATE_SIZE);
        return true;
    case MIB_HEX:
        set_bytes(out_reading, out_reading->own,
            read_hex(cell->text, cell->length, out_reading->own));
        return true;
    case MIB_PLAIN:
    case MIB_CONSTANT:
        break;
    }
    return read_plain(object, type, cell, out_reading);
}
