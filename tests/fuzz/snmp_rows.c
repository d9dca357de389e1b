/*
 * snmp_rows.c - rows as a daemon may send them, and suffixes of object
 * identifiers as managers do, at the SNMP agent's pages and readings.
 *
 * The input makes rows of two texts and two numbers, indexed by one of each,
 * then keys that are looked for.  Whatever comes, the keys of a page increase
 * and what is found is what was asked for.
 */
#include "base/bytes.h"
#include "snmp/page.h"
#include "snmp/reading.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { COLUMNS = 4, NUMBERS = 8 };

static const enum mib_part parts[] = {MIB_PART_TEXT, MIB_PART_NUMBER};
static const uint16_t columns[] = {0, 1};
static const struct key_shape shape = {2, parts, columns};

static struct value
take_value(struct rd *r)
{
    uint8_t kind = rd_u8(r);
    size_t length = kind / 4;
    const uint8_t *text;

    if (kind % 4 == 0)
        return value_none();
    if (kind % 4 == 1)
        return value_number(rd_u32(r));
    if (kind % 4 == 2)
        return value_number((uint64_t)rd_u32(r) << 32 | 1);
    if (length > rd_left(r))
        length = rd_left(r);
    text = rd_bytes(r, length);
    for (size_t i = 0; i < length; i++) {
        if (text[i] == 0)
            length = i;
    }
    return length == 0 ? value_text("")
                       : value_text_n((const char *)text, length);
}

static void
check_page(const struct page *page)
{
    for (size_t row = 0; row < page_rows(page); row++) {
        struct key key = page_key(page, row);

        assert(row == 0 || key_compare(page_key(page, row - 1), key) < 0);
        assert(page_find(page, key, false) == row);
        assert(page_find(page, key, true) == row + 1);
    }
}

static void
read_cells(const struct page *page)
{
    static const struct mib_map map[] = {
        {true,  1},
        {false, 0}
    };
    static const struct schema_type type = {TYPE_TEXT, 0, 99, 0};
    struct mib_object object = {.map = map, .map_count = 2};
    struct reading reading;

    for (size_t i = 0; i < page_rows(page) * COLUMNS; i++) {
        struct cell cell = page_cell(page, i / COLUMNS, i % COLUMNS);

        for (int way = MIB_PLAIN; way <= MIB_HEX; way++) {
            object.reading = (enum mib_reading)way;
            object.syntax = way == MIB_MAP ? MIB_INTEGER : MIB_OCTETS;
            (void)reading_make(&object, &type, &cell, &reading);
        }
        object.reading = MIB_PLAIN;
        object.syntax = MIB_OID;
        (void)reading_make(&object, &type, &cell, &reading);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct rd r = rd_over(bytes, length);
    struct page_builder *builder = page_builder_new(&shape, COLUMNS);
    uint32_t numbers[NUMBERS];
    struct page *page;

    while (rd_left(&r) > NUMBERS * 4) {
        struct value row[COLUMNS];

        for (size_t i = 0; i < COLUMNS; i++)
            row[i] = take_value(&r);
        (void)page_builder_add(builder, row, COLUMNS);
        for (size_t i = 0; i < COLUMNS; i++)
            value_done(&row[i]);
    }
    for (size_t i = 0; i < NUMBERS; i++)
        numbers[i] = rd_u32(&r) & 0xff;
    page = page_build(builder, NULL);
    check_page(page);
    read_cells(page);
    for (size_t i = 0; i <= NUMBERS; i++)
        assert(
            page_find(page, (struct key){numbers, i}, true) <= page_rows(page));
    page_free(page);
    page_builder_free(builder);
    return 0;
}
