/*
 * commits.c - the commit log.
 */
#include "oper/show.h"

#include "store/store.h"

enum { COUNT_DEFAULT = 50 }; /* as the schema's help says */

static void
give_entry(void *context, const struct store_entry *entry)
{
    const struct show *show = context;
    struct row row;

    row_start(&row);
    row_number(&row, COLUMN_COMMIT_HISTORY_GENERATION, entry->generation);
    row_text(&row, COLUMN_COMMIT_HISTORY_AT, entry->at);
    row_text(&row, COLUMN_COMMIT_HISTORY_USER, entry->user);
    row_text(&row, COLUMN_COMMIT_HISTORY_FROM, entry->origin);
    row_number(&row, COLUMN_COMMIT_HISTORY_CHANGES, entry->changes);
    if (entry->comment[0] != '\0')
        row_text(&row, COLUMN_COMMIT_HISTORY_COMMENT, entry->comment);
    row_send(&row, show);
}

enum err
show_commit_history(const struct show *show)
{
    const struct value *count = &show->args[ARG_SHOW_COMMIT_HISTORY_COUNT];
    struct show copy = *show; /* the sink's context is not const */

    return store_log(show->view->store,
        value_is_set(count) ? count->number : COUNT_DEFAULT, give_entry, &copy,
        show->diag);
}
