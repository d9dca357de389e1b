/*
 * access.c - access lists: where an entry goes that is typed without a
 * number.
 *
 * Number and all else of an entry are its key, so that a list has one order
 * and a script that is loaded again adds nothing.
 */
#include "config/access.h"

#include "gen/enums.h"

enum { FIRST = 10, STEP = 10, LAST = 65535 };

/* Keys up to the name, which all entries of a list share. */
enum { LIST_KEYS = FIELD_ACCESS_LIST_NAME + 1 };

static bool
says_the_same(const struct object *entry, const struct value *keys)
{
    return value_equal(&entry->fields[FIELD_ACCESS_LIST_ACTION],
               &keys[FIELD_ACCESS_LIST_ACTION]) &&
           value_equal(&entry->fields[FIELD_ACCESS_LIST_SOURCE],
               &keys[FIELD_ACCESS_LIST_SOURCE]) &&
           value_equal(&entry->fields[FIELD_ACCESS_LIST_WILDCARD],
               &keys[FIELD_ACCESS_LIST_WILDCARD]);
}

bool
access_entry_number(
    const struct config *config, const struct value *keys, uint64_t *out_number)
{
    const struct object *entry = NULL;
    uint64_t last = 0;

    while ((entry = config_next_child(
                config, OBJECT_ACCESS_LIST, keys, LIST_KEYS, entry)) != NULL) {
        last = entry->fields[FIELD_ACCESS_LIST_SEQUENCE].number;
        if (says_the_same(entry, keys)) {
            *out_number = last;
            return true;
        }
    }
    *out_number = last == 0 ? FIRST : (last / STEP + 1) * STEP;
    return *out_number <= LAST;
}
