/*
 * negotiator.c - layouts of the shows about signaled tunnels.
 */
#include "show/rows.h"

#include "base/ip.h"
#include "base/str.h"
#include "gen/enums.h"

#include <inttypes.h>

enum { ONE_S = 1000 /* milliseconds */ };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
add_end(struct text_table *table, const struct value *row, unsigned address,
    unsigned port)
{
    char text[IP_TEXT_SIZE];
    struct str end;

    str_init(&end);
    str_printf(&end, "%s:%" PRIu64,
        ip_format((uint32_t)cell_number(row, address), text),
        cell_number(row, port));
    text_table_add(table, str_text(&end));
    str_done(&end);
}

void
layout_ipsec_ike_sa(const struct show_rows *rows, size_t width, struct str *out)
{
    static const struct table_column columns[] = {
        {.title = "Local:Port" },
        {.title = "Remote:Port"},
        {.title = "Time(Sec)",   .right = true},
        {.title = "State"                     },
        {.title = "Local Cookie"},
        {.title = "Remote Cookie"                     },
    };
    struct text_table table;
    size_t i;

    (void)width;
    str_add(out, "IKE Phase 1 SA's:\n");
    text_table_begin(&table, columns, COUNT(columns));
    for (i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);
        bool ours = cell_has(row, COLUMN_IPSEC_IKE_SA_INITIATOR);

        add_end(&table, row, COLUMN_IPSEC_IKE_SA_LOCAL,
            COLUMN_IPSEC_IKE_SA_LOCAL_PORT);
        add_end(&table, row, COLUMN_IPSEC_IKE_SA_REMOTE,
            COLUMN_IPSEC_IKE_SA_REMOTE_PORT);
        text_table_add_cell(&table, rows, row, COLUMN_IPSEC_IKE_SA_REMAINING_S);
        text_table_add_cell(&table, rows, row, COLUMN_IPSEC_IKE_SA_STATE);
        text_table_add_cell(&table, rows, row,
            ours ? COLUMN_IPSEC_IKE_SA_INITIATOR_COOKIE
                 : COLUMN_IPSEC_IKE_SA_RESPONDER_COOKIE);
        text_table_add_cell(&table, rows, row,
            ours ? COLUMN_IPSEC_IKE_SA_RESPONDER_COOKIE
                 : COLUMN_IPSEC_IKE_SA_INITIATOR_COOKIE);
    }
    text_table_print(&table, out);
}

/* "  TITLE: text", where there is any. */
static void
print_line(const struct value *row, unsigned column, const char *title,
    struct str *out)
{
    if (cell_text(row, column)[0] != '\0')
        str_printf(out, "  %-9s %s\n", title, cell_text(row, column));
}

static void
print_age(
    const struct value *row, unsigned times, unsigned age, struct str *out)
{
    uint64_t count = cell_number(row, times);

    str_printf(out, "  %-9s %" PRIu64 " s ago", "Last:", cell_number(row, age));
    if (count > 1)
        str_printf(out, ", %" PRIu64 " times", count);
    str_add_char(out, '\n');
}

void
layout_ipsec_ike_failures(
    const struct show_rows *rows, size_t width, struct str *out)
{
    char remote[IP_TEXT_SIZE];
    size_t i;

    (void)width;
    if (rows->count == 0)
        str_add(out, "No negotiation has failed.\n");
    for (i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);
        const char *tunnel = cell_text(row, COLUMN_IPSEC_IKE_FAILURES_TUNNEL);

        str_printf(out, "%s%s with %s, %s%s\n", i == 0 ? "" : "\n",
            cell_has(row, COLUMN_IPSEC_IKE_FAILURES_INITIATOR)
                ? "We began"
                : "The peer began",
            ip_format(
                (uint32_t)cell_number(row, COLUMN_IPSEC_IKE_FAILURES_REMOTE),
                remote),
            tunnel[0] != '\0' ? "tunnel " : "no tunnel known", tunnel);
        str_printf(out, "  %-9s %s (%s)\n",
            "Stage:", cell_text(row, COLUMN_IPSEC_IKE_FAILURES_STAGE),
            cell_text(row, COLUMN_IPSEC_IKE_FAILURES_REASON));
        print_line(row, COLUMN_IPSEC_IKE_FAILURES_SENTENCE, "Cause:", out);
        print_line(row, COLUMN_IPSEC_IKE_FAILURES_MISMATCH, "Detail:", out);
        print_line(row, COLUMN_IPSEC_IKE_FAILURES_OURS, "Ours:", out);
        print_line(row, COLUMN_IPSEC_IKE_FAILURES_THEIRS, "Theirs:", out);
        print_line(row, COLUMN_IPSEC_IKE_FAILURES_NOTIFY, "Notify:", out);
        print_line(row, COLUMN_IPSEC_IKE_FAILURES_ADVICE, "Advice:", out);
        print_age(row, COLUMN_IPSEC_IKE_FAILURES_TIMES,
            COLUMN_IPSEC_IKE_FAILURES_AGE_S, out);
    }
}

static const char *
state_word(uint64_t state)
{
    if (state == TUNNEL_STATE_UP)
        return "up";
    return state == TUNNEL_STATE_DOWN ? "down" : "not-present";
}

void
layout_ipsec_tunnel_why(
    const struct show_rows *rows, size_t width, struct str *out)
{
    const struct value *row;
    size_t i;

    (void)width;
    if (rows->count == 0)
        return;
    row = rows_at(rows, 0);
    str_printf(out, "IPSEC tunnel %s is %s\n",
        cell_text(row, COLUMN_IPSEC_TUNNEL_WHY_NAME),
        state_word(cell_number(row, COLUMN_IPSEC_TUNNEL_WHY_STATE)));
    for (i = 0; i < rows->count; i++) {
        row = rows_at(rows, i);
        if (i > 0)
            str_add_char(out, '\n');
        str_printf(out, "  %-9s %s\n",
            "Cause:", cell_text(row, COLUMN_IPSEC_TUNNEL_WHY_CAUSE));
        print_line(row, COLUMN_IPSEC_TUNNEL_WHY_WHY, "Why:", out);
        print_line(row, COLUMN_IPSEC_TUNNEL_WHY_STAGE, "Stage:", out);
        print_line(row, COLUMN_IPSEC_TUNNEL_WHY_OURS, "Ours:", out);
        print_line(row, COLUMN_IPSEC_TUNNEL_WHY_THEIRS, "Theirs:", out);
        print_line(row, COLUMN_IPSEC_TUNNEL_WHY_NOTIFY, "Notify:", out);
        print_line(row, COLUMN_IPSEC_TUNNEL_WHY_FIX, "Fix:", out);
        if (cell_has(row, COLUMN_IPSEC_TUNNEL_WHY_AGE_S)) {
            print_age(row, COLUMN_IPSEC_TUNNEL_WHY_TIMES,
                COLUMN_IPSEC_TUNNEL_WHY_AGE_S, out);
        }
    }
}

enum { HOURS = 24, HOUR_S = 3600 };

/* Oldest first: how much of each hour it was up. */
static void
print_day(const struct show_rows *rows, struct str *out)
{
    uint64_t up[HOURS] = {0};
    size_t i;

    for (i = 0; i < rows->count && i < HOURS; i++) {
        up[i] = cell_number(rows_at(rows, i), COLUMN_IPSEC_TUNNEL_HISTORY_UP_S);
    }
    str_add(out, "Up, 24 hours to now: ");
    show_bars(up, i, HOUR_S, out);
    str_add(out, "\n\n");
}

static bool
has_happened(const struct value *row)
{
    return cell_number(row, COLUMN_IPSEC_TUNNEL_HISTORY_UP_S) != 0 ||
           cell_number(row, COLUMN_IPSEC_TUNNEL_HISTORY_UPS) != 0 ||
           cell_number(row, COLUMN_IPSEC_TUNNEL_HISTORY_DOWNS) != 0;
}

/* Hours in which nothing was are in the bars only. */
void
layout_ipsec_tunnel_history(
    const struct show_rows *rows, size_t width, struct str *out)
{
    static const struct table_column columns[] = {
        {.title = "Hours ago",   .right = true},
        {.title = "Up(Sec)",     .right = true},
        {.title = "Ups",         .right = true},
        {.title = "Downs",       .right = true},
        {.title = "Renewals",    .right = true},
        {.title = "DPD answers", .right = true},
        {.title = "mean us",     .right = true},
        {.title = "max us",      .right = true},
    };
    struct text_table table;
    size_t i;

    (void)width;
    print_day(rows, out);
    text_table_begin(&table, columns, COUNT(columns));
    for (i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        for (unsigned column = 0; has_happened(row) && column < COUNT(columns);
             column++)
            text_table_add_cell(&table, rows, row, column);
    }
    text_table_print(&table, out);
}

void
layout_ipsec_tunnel_test(
    const struct show_rows *rows, size_t width, struct str *out)
{
    bool had_verdict = false;
    size_t i;

    (void)width;
    for (i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);
        uint64_t ms = cell_number(row, COLUMN_IPSEC_TUNNEL_TEST_TIME_MS);

        if (cell_has(row, COLUMN_IPSEC_TUNNEL_TEST_TEXT)) {
            str_printf(out, "%4" PRIu64 ".%03" PRIu64 "  %s\n", ms / ONE_S,
                ms % ONE_S, cell_text(row, COLUMN_IPSEC_TUNNEL_TEST_TEXT));
            continue;
        }
        str_printf(out, "%s: %s\n",
            cell_has(row, COLUMN_IPSEC_TUNNEL_TEST_SURE) ? "Verdict"
            : had_verdict                                ? "Or"
                                                         : "Most likely",
            cell_text(row, COLUMN_IPSEC_TUNNEL_TEST_CAUSE));
        had_verdict = true;
        print_line(row, COLUMN_IPSEC_TUNNEL_TEST_VERDICT, "Cause:", out);
        print_line(row, COLUMN_IPSEC_TUNNEL_TEST_OURS, "Ours:", out);
        print_line(row, COLUMN_IPSEC_TUNNEL_TEST_THEIRS, "Theirs:", out);
        print_line(row, COLUMN_IPSEC_TUNNEL_TEST_FIX, "Fix:", out);
    }
}
