/*
 * audit.c - the audit log.
 */
#include "oper/show.h"

#include "base/str.h"
#include "gen/enums.h"
#include "store/store.h"

enum { COUNT_DEFAULT = 50 }; /* as the schema's help says */

/* Words as the database has them; a word that this release does not know
 * leaves the column empty. */
static void
row_word(
    struct row *row, unsigned column, uint16_t enumeration, const char *word)
{
    const struct schema_enum *words = &schema_enums[enumeration];

    for (uint16_t i = 0; i < words->count; i++) {
        if (str_equal(words->values[i].word, word))
            row_number(row, column, i);
    }
}

static void
give_entry(void *context, const struct store_audit *entry)
{
    const struct show *show = context;
    struct row row;

    row_start(&row);
    row_number(&row, COLUMN_AUDIT_NUMBER, entry->number);
    row_text(&row, COLUMN_AUDIT_AT, entry->at);
    row_text(&row, COLUMN_AUDIT_USER, entry->user);
    row_text(&row, COLUMN_AUDIT_FROM, entry->origin);
    row_number(&row, COLUMN_AUDIT_SESSION, entry->session);
    row_word(&row, COLUMN_AUDIT_EVENT, ENUM_AUDIT_EVENT, entry->event);
    row_word(&row, COLUMN_AUDIT_OUTCOME, ENUM_AUDIT_OUTCOME, entry->outcome);
    row_text(&row, COLUMN_AUDIT_TEXT, entry->text);
    row_send(&row, show);
}

enum err
show_audit(const struct show *show)
{
    const struct value *count = &show->args[ARG_SHOW_AUDIT_COUNT];
    struct show copy = *show; /* the sink's context is not const */

    return store_audit_log(show->view->store,
        value_is_set(count) ? count->number : COUNT_DEFAULT, give_entry, &copy,
        show->diag);
}
