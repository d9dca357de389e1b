/*
 * mib_key.c - an index of several parts, and the first few of many in its
 * order.
 *
 * Those that make the page are kept in a heap with the last of them on top:
 * whatever comes later than that is passed over.
 */
#include "oper/mib.h"

#include "base/arena.h"
#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

enum { ADDRESS_BYTES = 4 };

/* ---- keys ---- */

static void
add_bytes(struct mib_key *key, const void *bytes, size_t count)
{
    if (count > (size_t)(MIB_KEY_MAX - key->length))
        count = (size_t)(MIB_KEY_MAX - key->length);
    memcpy(key->bytes + key->length, bytes, count);
    key->length = (uint8_t)(key->length + count);
}

void
mib_key_number(struct mib_key *key, uint32_t number)
{
    uint8_t bytes[4];

    put_u32(bytes, number);
    add_bytes(key, bytes, sizeof bytes);
}

void
mib_key_text(struct mib_key *key, const char *text)
{
    size_t length = strlen(text);

    mib_key_number(key, (uint32_t)length);
    add_bytes(key, text, length);
}

int
mib_key_compare(const struct mib_key *a, const struct mib_key *b)
{
    size_t common = a->length < b->length ? a->length : b->length;
    int order = memcmp(a->bytes, b->bytes, common);

    return order != 0 ? order : (int)a->length - (int)b->length;
}

/* A number and the dot behind it; false: there is none. */
static bool
take_number(const char **at, uint32_t *out_number)
{
    uint64_t number = 0;

    if (**at < '0' || **at > '9')
        return false;
    for (; **at >= '0' && **at <= '9'; ++*at) {
        number = number * 10 + (uint64_t)(**at - '0');
        if (number > UINT32_MAX)
            number = UINT32_MAX;
    }
    if (**at == '.')
        ++*at;
    *out_number = (uint32_t)number;
    return true;
}

/* A number that is no byte is beyond all that are; then the rest does not
 * matter.  False: that, or the text is over. */
static bool
read_bytes(const char **at, uint32_t count, struct mib_key *out)
{
    uint32_t number;
    uint8_t byte;

    for (; count > 0 && take_number(at, &number); count--) {
        byte = number > UINT8_MAX ? UINT8_MAX : (uint8_t)number;
        add_bytes(out, &byte, 1);
        if (number > UINT8_MAX) {
            while (out->length < MIB_KEY_MAX)
                add_bytes(out, &byte, 1);
            return false;
        }
    }
    return count == 0;
}

static bool
read_text(const char **at, struct mib_key *out)
{
    uint32_t length;

    if (!take_number(at, &length))
        return false;
    mib_key_number(out, length);
    return read_bytes(at, length, out);
}

static bool
read_number(const char **at, struct mib_key *out)
{
    uint32_t number;

    if (!take_number(at, &number))
        return false;
    mib_key_number(out, number);
    return true;
}

/* What is longer than an index follows it, and nothing comes between. */
void
mib_key_read(const char *dotted, const char *parts, struct mib_key *out)
{
    bool is_more = true;

    out->length = 0;
    for (; is_more && *parts != '\0'; parts++) {
        if (*parts == 't') {
            is_more = read_text(&dotted, out);
        } else if (*parts == 'a') {
            is_more = read_bytes(&dotted, ADDRESS_BYTES, out);
        } else {
            is_more = read_number(&dotted, out);
        }
    }
}

/* ---- the first of many ---- */

struct entry {
    struct mib_key key;
    unsigned char *what;
};

/* Heap; its show's. */
struct mib_sort {
    struct mib_key after;
    size_t most;
    size_t size;
    size_t rank; /* bytes of a key that are none of the index */
    size_t count;
    size_t given;
    bool is_sorted;
    struct entry *entries;
};

struct mib_sort *
mib_sort_new(const struct mib_page *page, const char *parts, size_t size)
{
    const struct value *after = &page->show->args[MIB_AFTER];
    struct mib_sort *sort = mem_alloc(sizeof *sort);

    sort->most = page->most;
    sort->size = size;
    sort->entries = mem_alloc(page->most * sizeof *sort->entries);
    mib_key_read(value_string(after), parts, &sort->after);
    return sort;
}

void
mib_sort_set_rank(struct mib_sort *sort, size_t bytes)
{
    sort->rank = bytes;
}

void
mib_sort_free(struct mib_sort *sort)
{
    if (sort == NULL)
        return;
    for (size_t i = 0; i < sort->count; i++)
        free(sort->entries[i].what);
    free(sort->entries);
    free(sort);
}

static void
swap(struct entry *a, struct entry *b)
{
    struct entry held = *a;

    *a = *b;
    *b = held;
}

static bool
is_later(const struct mib_sort *sort, size_t a, size_t b)
{
    return mib_key_compare(&sort->entries[a].key, &sort->entries[b].key) > 0;
}

static void
rise(struct mib_sort *sort, size_t at)
{
    while (at > 0 && is_later(sort, at, (at - 1) / 2)) {
        swap(&sort->entries[at], &sort->entries[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static void
sink(struct mib_sort *sort, size_t at)
{
    for (;;) {
        size_t child = 2 * at + 1;

        if (child >= sort->count)
            return;
        if (child + 1 < sort->count && is_later(sort, child + 1, child))
            child++;
        if (!is_later(sort, child, at))
            return;
        swap(&sort->entries[at], &sort->entries[child]);
        at = child;
    }
}

bool
mib_sort_wants(const struct mib_sort *sort, const struct mib_key *key)
{
    return sort->count < sort->most ||
           mib_key_compare(key, &sort->entries[0].key) < 0;
}

/* The one with this index; NULL: it is the first. */
static struct entry *
find_twin(const struct mib_sort *sort, const struct mib_key *key)
{
    const size_t length = key->length - sort->rank;

    for (size_t i = 0; sort->rank > 0 && i < sort->count; i++) {
        struct entry *entry = &sort->entries[i];

        if (entry->key.length == key->length &&
            memcmp(entry->key.bytes, key->bytes, length) == 0)
            return entry;
    }
    return NULL;
}

/* Is the row's index above what the page begins after? */
static bool
is_ahead(const struct mib_sort *sort, const struct mib_key *key)
{
    struct mib_key index = *key;

    index.length = (uint8_t)(key->length - sort->rank);
    return mib_key_compare(&index, &sort->after) > 0;
}

static void
keep(const struct mib_sort *sort, struct entry *entry,
    const struct mib_key *key, const void *what)
{
    entry->key.length = key->length;
    memcpy(entry->key.bytes, key->bytes, key->length);
    memcpy(entry->what, what, sort->size);
}

void
mib_sort_add(struct mib_sort *sort, const struct mib_key *key, const void *what)
{
    struct entry *entry = &sort->entries[0];
    bool is_full = sort->count == sort->most;
    struct entry *twin;

    if (!is_ahead(sort, key) || !mib_sort_wants(sort, key))
        return;
    twin = find_twin(sort, key);
    if (twin != NULL) {
        if (mib_key_compare(key, &twin->key) < 0)
            keep(sort, twin, key, what);
        return;
    }
    if (!is_full) {
        entry = &sort->entries[sort->count];
        entry->what = mem_alloc(sort->size);
    }
    keep(sort, entry, key, what);
    if (is_full) {
        sink(sort, 0);
    } else {
        rise(sort, sort->count++);
    }
}

static int
compare_entries(const void *a, const void *b)
{
    const struct entry *first = a;
    const struct entry *second = b;

    return mib_key_compare(&first->key, &second->key);
}

const void *
mib_sort_next(struct mib_sort *sort)
{
    if (!sort->is_sorted) {
        qsort(
            sort->entries, sort->count, sizeof *sort->entries, compare_entries);
        sort->is_sorted = true;
    }
    return sort->given < sort->count ? sort->entries[sort->given++].what : NULL;
}
