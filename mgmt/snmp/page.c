/*
 * page.c - rows of a table as the agent keeps them.
 *
 * The builder keeps rows as they come; page_build turns them on their side
 * into one block of memory.  A cell is 64 bits: the number, or where its text
 * is; a column whose cells are all the same is one cell.
 */
#include "snmp/page.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

/* 64 bits: a text is its offset and length. */
enum { LENGTH_BITS = 20, LENGTH_MASK = (1 << LENGTH_BITS) - 1 };

struct column {
    const uint64_t *cells; /* one, or one a row */
    const uint8_t *kinds;  /* enum value_kind   */
    bool is_constant;
};

/* One block; its source's. */
struct page {
    size_t size;
    size_t rows;
    size_t column_count;
    const uint32_t *key_ends; /* of each row, in key_numbers */
    const uint32_t *key_numbers;
    const char *texts;
    struct column columns[];
};

struct bytes {
    char *at;
    size_t length;
    size_t room;
};

/* Heap; a source's, for all its answers. */
struct page_builder {
    const struct key_shape *shape;
    size_t column_count;
    size_t rows;
    size_t row_room;
    uint64_t *cells; /* row by row */
    uint8_t *kinds;
    uint32_t *key_ends;
    uint32_t *key_numbers;
    size_t key_room;
    struct bytes texts;
};

struct page_builder *
page_builder_new(const struct key_shape *shape, size_t column_count)
{
    struct page_builder *builder = mem_alloc(sizeof *builder);

    builder->shape = shape;
    builder->column_count = column_count;
    return builder;
}

void
page_builder_reset(struct page_builder *builder)
{
    builder->rows = 0;
    builder->texts.length = 0;
}

void
page_builder_free(struct page_builder *builder)
{
    if (builder == NULL)
        return;
    free(builder->cells);
    free(builder->kinds);
    free(builder->key_ends);
    free(builder->key_numbers);
    free(builder->texts.at);
    free(builder);
}

size_t
page_builder_rows(const struct page_builder *builder)
{
    return builder->rows;
}

/* ---- adding ---- */

static size_t
keys_used(const struct page_builder *builder, size_t rows)
{
    return rows == 0 ? 0 : builder->key_ends[rows - 1];
}

static void
make_room(struct page_builder *builder)
{
    size_t used = keys_used(builder, builder->rows);

    if (builder->rows == builder->row_room) {
        size_t room = builder->row_room == 0 ? 16 : builder->row_room * 2;
        size_t cells = room * builder->column_count;

        builder->cells =
            mem_resize(builder->cells, cells * sizeof *builder->cells);
        builder->kinds = mem_resize(builder->kinds, cells);
        builder->key_ends =
            mem_resize(builder->key_ends, room * sizeof *builder->key_ends);
        builder->row_room = room;
    }
    if (used + KEY_MAX > builder->key_room) {
        builder->key_room = 2 * (used + KEY_MAX);
        builder->key_numbers = mem_resize(builder->key_numbers,
            builder->key_room * sizeof *builder->key_numbers);
    }
}

static struct key
builder_key(const struct page_builder *builder, size_t row)
{
    size_t start = keys_used(builder, row);

    return (struct key){
        builder->key_numbers + start, builder->key_ends[row] - start};
}

static uint64_t
add_text(struct bytes *texts, const char *text, size_t length)
{
    uint64_t offset = texts->length;

    if (texts->length + length > texts->room) {
        texts->room = 2 * (texts->length + length) + 256;
        texts->at = mem_resize(texts->at, texts->room);
    }
    if (length > 0)
        memcpy(texts->at + texts->length, text, length);
    texts->length += length;
    return offset << LENGTH_BITS | length;
}

/* Texts are often those of the row above. */
static uint64_t
text_cell(
    struct page_builder *builder, size_t position, const struct value *value)
{
    size_t length = value->text->length;
    struct bytes *texts = &builder->texts;

    if (length > LENGTH_MASK)
        length = LENGTH_MASK;
    if (position >= builder->column_count) {
        size_t above = position - builder->column_count;
        uint64_t cell = builder->cells[above];

        if (builder->kinds[above] == VALUE_TEXT &&
            (cell & LENGTH_MASK) == length &&
            (length == 0 || memcmp(texts->at + (cell >> LENGTH_BITS),
                                value->text->bytes, length) == 0))
            return cell;
    }
    return add_text(texts, value->text->bytes, length);
}

static void
add_cell(
    struct page_builder *builder, size_t position, const struct value *value)
{
    builder->kinds[position] = (uint8_t)VALUE_NONE;
    builder->cells[position] = 0;
    if (value->kind == VALUE_NUMBER) {
        builder->kinds[position] = (uint8_t)VALUE_NUMBER;
        builder->cells[position] = value->number;
    } else if (value->kind == VALUE_TEXT) {
        builder->cells[position] = text_cell(builder, position, value);
        builder->kinds[position] = (uint8_t)VALUE_TEXT;
    }
}

bool
page_builder_add(
    struct page_builder *builder, const struct value *values, size_t count)
{
    size_t start;
    size_t length;
    size_t row = builder->rows;

    if (count != builder->column_count)
        return false;
    make_room(builder);
    start = keys_used(builder, row);
    if (!key_of_row(
            builder->shape, values, builder->key_numbers + start, &length))
        return false;
    builder->key_ends[row] = (uint32_t)(start + length);
    if (row > 0 && key_compare(builder_key(builder, row - 1),
                       builder_key(builder, row)) >= 0)
        return false;
    for (size_t i = 0; i < count; i++)
        add_cell(builder, row * count + i, &values[i]);
    builder->rows++;
    return true;
}

/* ---- building ---- */

static bool
is_constant(const struct page_builder *builder, size_t rows, size_t column)
{
    size_t step = builder->column_count;

    for (size_t row = 1; row < rows; row++) {
        size_t at = row * step + column;

        if (builder->cells[at] != builder->cells[column] ||
            builder->kinds[at] != builder->kinds[column])
            return false;
    }
    return true;
}

/* Rows whose keys are not after the last one wanted. */
static size_t
rows_up_to(const struct page_builder *builder, const struct key *last)
{
    size_t rows = builder->rows;

    while (last != NULL && rows > 0 &&
           key_compare(builder_key(builder, rows - 1), *last) > 0)
        rows--;
    return rows;
}

static size_t
block_size(
    const struct page_builder *builder, size_t rows, const bool *constant)
{
    size_t size = sizeof(struct page) +
                  builder->column_count * sizeof(struct column) +
                  (rows + keys_used(builder, rows)) * sizeof(uint32_t) +
                  sizeof(uint64_t) + builder->texts.length;

    for (size_t i = 0; i < builder->column_count; i++) {
        size_t cells = constant[i] ? 1 : rows;

        size += cells * (sizeof(uint64_t) + 1);
    }
    return size;
}

/* Cuts the block into its parts, those that want the most alignment first. */
struct cutter {
    char *at;
};

static void *
cut(struct cutter *cutter, size_t size)
{
    void *part = cutter->at;

    cutter->at += size;
    return part;
}

static void
fill_column(const struct page_builder *builder, struct page *page,
    size_t column, struct cutter *cells, struct cutter *kinds)
{
    struct column *to = &page->columns[column];
    size_t count = to->is_constant ? 1 : page->rows;
    uint64_t *to_cells = cut(cells, count * sizeof *to_cells);
    uint8_t *to_kinds = cut(kinds, count);

    for (size_t row = 0; row < count && row < page->rows; row++) {
        size_t at = row * builder->column_count + column;

        to_cells[row] = builder->cells[at];
        to_kinds[row] = builder->kinds[at];
    }
    to->cells = to_cells;
    to->kinds = to_kinds;
}

static void
fill(const struct page_builder *builder, struct page *page, size_t cell_count)
{
    struct cutter cells = {(char *)&page->columns[page->column_count]};
    struct cutter rest = {cells.at + cell_count * sizeof(uint64_t)};
    size_t numbers = keys_used(builder, page->rows);
    uint32_t *key_ends = cut(&rest, page->rows * sizeof *key_ends);
    uint32_t *key_numbers = cut(&rest, numbers * sizeof *key_numbers);
    char *texts = cut(&rest, builder->texts.length);

    if (page->rows > 0)
        memcpy(key_ends, builder->key_ends, page->rows * sizeof *key_ends);
    if (numbers > 0) {
        memcpy(
            key_numbers, builder->key_numbers, numbers * sizeof *key_numbers);
    }
    if (builder->texts.length > 0)
        memcpy(texts, builder->texts.at, builder->texts.length);
    page->key_ends = key_ends;
    page->key_numbers = key_numbers;
    page->texts = texts;
    for (size_t i = 0; i < page->column_count; i++)
        fill_column(builder, page, i, &cells, &rest);
}

struct page *
page_build(struct page_builder *builder, const struct key *last)
{
    size_t rows = rows_up_to(builder, last);
    bool constant[SCHEMA_COLUMNS_MAX];
    size_t cell_count = 0;
    struct page *page;
    size_t size;

    for (size_t i = 0; i < builder->column_count; i++) {
        constant[i] = is_constant(builder, rows, i);
        cell_count += constant[i] ? 1 : rows;
    }
    size = block_size(builder, rows, constant);
    page = mem_alloc(size);
    page->size = size;
    page->rows = rows;
    page->column_count = builder->column_count;
    for (size_t i = 0; i < builder->column_count; i++)
        page->columns[i].is_constant = constant[i];
    fill(builder, page, cell_count);
    return page;
}

void
page_free(struct page *page)
{
    free(page);
}

/* ---- reading ---- */

size_t
page_rows(const struct page *page)
{
    return page->rows;
}

size_t
page_size(const struct page *page)
{
    return page->size;
}

struct key
page_key(const struct page *page, size_t row)
{
    size_t start = row == 0 ? 0 : page->key_ends[row - 1];

    return (struct key){page->key_numbers + start, page->key_ends[row] - start};
}

struct cell
page_cell(const struct page *page, size_t row, size_t column)
{
    const struct column *of = &page->columns[column];
    size_t at = of->is_constant ? 0 : row;
    uint64_t number = of->cells[at];

    if (of->kinds[at] != VALUE_TEXT) {
        return (struct cell){
            .kind = (enum value_kind)of->kinds[at], .number = number};
    }
    return (struct cell){
        .kind = VALUE_TEXT,
        .text = page->texts + (number >> LENGTH_BITS),
        .length = (size_t)(number & LENGTH_MASK),
    };
}

bool
page_is_unset(const struct page *page, size_t column)
{
    const struct column *of = &page->columns[column];

    return of->is_constant && of->kinds[0] == VALUE_NONE;
}

size_t
page_find(const struct page *page, struct key key, bool after)
{
    size_t low = 0;
    size_t high = page->rows;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = key_compare(page_key(page, middle), key);

        if (order < 0 || (after && order == 0)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}
