/*
 * commits.c - the commit log, and what waits to be confirmed.
 */
#include "oper/show.h"

#include "base/clock.h"
#include "commit/commit.h"
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
    if (entry->label[0] != '\0')
        row_text(&row, COLUMN_COMMIT_HISTORY_LABEL, entry->label);
    if (entry->id[0] != '\0')
        row_text(&row, COLUMN_COMMIT_HISTORY_ID, entry->id);
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

enum err
show_commit_id(const struct show *show)
{
    const char *id = value_string(&show->args[ARG_SHOW_COMMIT_ID_ID]);
    struct show copy = *show; /* the sink's context is not const */
    enum err error = store_commit_with_id(
        show->view->store, id, give_entry, &copy, show->diag);

    if (error == ERR_NOT_FOUND) {
        return show_not_found(show,
            "No commit has the id %s: it did not happen, or changed nothing.",
            id);
    }
    return error;
}

enum err
show_commit_confirmed(const struct show *show)
{
    const struct oper_view *view = show->view;
    const struct commit_pending *pending = view->pending;
    char at[CLOCK_TEXT_SIZE];
    uint64_t left_us;
    struct row row;

    if (pending == NULL)
        return OK;
    left_us = pending->due_us > view->monotonic_us
                  ? pending->due_us - view->monotonic_us
                  : 0;
    row_start(&row);
    row_number(&row, COLUMN_COMMIT_CONFIRMED_GENERATION, pending->generation);
    row_number(&row, COLUMN_COMMIT_CONFIRMED_BACK_TO, pending->back_to);
    row_text(&row, COLUMN_COMMIT_CONFIRMED_AT,
        clock_format_iso(view->now_us + left_us, at));
    row_number(&row, COLUMN_COMMIT_CONFIRMED_LEFT_S, left_us / 1000000);
    row_text(&row, COLUMN_COMMIT_CONFIRMED_USER, pending->user);
    row_text(&row, COLUMN_COMMIT_CONFIRMED_FROM, pending->origin);
    if (pending->guard_s > 0)
        row_number(&row, COLUMN_COMMIT_CONFIRMED_GUARD_S, pending->guard_s);
    if (view->guarded) {
        row_number(&row, COLUMN_COMMIT_CONFIRMED_WATCHED, view->watched);
        row_number(&row, COLUMN_COMMIT_CONFIRMED_DOWN, view->down);
    }
    row_send(&row, show);
    return OK;
}
