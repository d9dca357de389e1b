/*
 * router.c - shows about the router as a whole.
 *
 * The lines that collectors look for stand as they know them: "System
 * Release:", an indented "Version:", "System running for:", the slot table,
 * "System Configuration:".
 */
#include "show/rows.h"

#include "base/str.h"

#include <inttypes.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };

static const char own_name[] = "ermine";

/* All columns as a table, under these titles. */
static void
print_columns(const struct show_rows *rows, const struct table_column *columns,
    size_t count, struct str *out)
{
    struct text_table table;
    unsigned column;
    size_t i;

    text_table_begin(&table, columns, count);
    for (i = 0; i < rows->count; i++) {
        for (column = 0; column < count; column++)
            text_table_add_cell(&table, rows, rows_at(rows, i), column);
    }
    text_table_print(&table, out);
}

void
layout_history(const struct show_rows *rows, size_t width, struct str *out)
{
    size_t i;

    (void)width;
    for (i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        str_printf(out, "%5" PRIu64 "  %s\n",
            cell_number(row, COLUMN_HISTORY_NUMBER),
            cell_text(row, COLUMN_HISTORY_COMMAND));
    }
}

/* ---- show version ---- */

/* The software is the router's only slot. */
static void
print_slots(const struct value *row, struct str *out)
{
    static const struct table_column columns[] = {
        {.title = "slot"},
        {.title = "state"},
        {.title = "type"},
        {.title = "admin"},
        {.title = "spare"},
        {.title = "running release"},
        {.title = "slot uptime"},
    };
    uint64_t uptime = cell_number(row, COLUMN_VERSION_UPTIME_S);
    struct text_table table;
    struct str text;

    str_init(&text);
    str_printf(&text, "%" PRIu64 "d%02uh:%02um:%02us", uptime / DAY_S,
        (unsigned)(uptime % DAY_S / HOUR_S),
        (unsigned)(uptime % HOUR_S / MINUTE_S), (unsigned)(uptime % MINUTE_S));
    text_table_begin(&table, columns, COUNT(columns));
    text_table_add(&table, "0");
    text_table_add(&table, "online");
    text_table_add(&table, cell_text(row, COLUMN_VERSION_MODEL));
    text_table_add(&table, "enabled");
    text_table_add(&table, "---");
    text_table_add(&table, cell_text(row, COLUMN_VERSION_RELEASE));
    text_table_add(&table, str_text(&text));
    text_table_print(&table, out);
    str_done(&text);
}

static void
print_version(const struct value *row, struct str *out)
{
    const char *model = cell_text(row, COLUMN_VERSION_MODEL);
    uint64_t uptime = cell_number(row, COLUMN_VERSION_UPTIME_S);

    if (str_equal(model, own_name)) {
        str_printf(out, "%s IPsec gateway\n", model);
    } else {
        str_printf(out, "Juniper Edge Routing Switch %s\n", model);
    }
    str_printf(
        out, "System Release: %s\n", cell_text(row, COLUMN_VERSION_RELEASE));
    str_printf(out, "\tVersion: %s   (%s)\n",
        cell_text(row, COLUMN_VERSION_VERSION),
        cell_text(row, COLUMN_VERSION_BUILD_DATE));
    str_printf(out,
        "System running for: %" PRIu64 " days, %u hours, %u minutes, "
        "%u seconds\n",
        uptime / DAY_S, (unsigned)(uptime % DAY_S / HOUR_S),
        (unsigned)(uptime % HOUR_S / MINUTE_S), (unsigned)(uptime % MINUTE_S));
    str_add(out, "\t(since ");
    write_date(cell_number(row, COLUMN_VERSION_SINCE_S), out);
    str_add(out, ")\n\n");
    print_slots(row, out);
}

void
layout_version(const struct show_rows *rows, size_t width, struct str *out)
{
    size_t i;

    (void)width;
    for (i = 0; i < rows->count; i++)
        print_version(rows_at(rows, i), out);
}

/* ---- the platform ---- */

/* Why ports are down, where that is known: sentences, for which a table has
 * no room. */
static void
print_reasons(const struct show_rows *rows, struct str *out)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);
        const char *reason = cell_text(row, COLUMN_HARDWARE_REASON);

        if (reason[0] != '\0') {
            str_printf(out, "%s: %s\n",
                cell_text(row, COLUMN_HARDWARE_LOCATION), reason);
        }
    }
}

void
layout_hardware(const struct show_rows *rows, size_t width, struct str *out)
{
    static const struct table_column columns[] = {
        [COLUMN_HARDWARE_LOCATION] = {.title = "slot/port"},
        [COLUMN_HARDWARE_KIND] = {.title = "kind"},
        [COLUMN_HARDWARE_PARAMETERS] = {.title = "parameters"},
        [COLUMN_HARDWARE_STATE] = {.title = "state"},
    };

    (void)width;
    if (rows->count == 0) {
        str_add(out, "No ports: this router has loopbacks only.\n");
    } else {
        print_columns(rows, columns, COUNT(columns), out);
        print_reasons(rows, out);
    }
}

void
layout_redundancy(const struct show_rows *rows, size_t width, struct str *out)
{
    size_t i;

    (void)width;
    for (i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        str_printf(out, "redundancy mode: %s\nredundancy state: %s\n",
            cell_text(row, COLUMN_REDUNDANCY_MODE),
            cell_text(row, COLUMN_REDUNDANCY_STATE));
    }
}

void
layout_boot(const struct show_rows *rows, size_t width, struct str *out)
{
    size_t i;

    (void)width;
    for (i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        str_printf(out,
            "System Release: %s\nSystem Configuration: %s\n"
            "System Generation: %" PRIu64 "\n",
            cell_text(row, COLUMN_BOOT_RELEASE),
            cell_text(row, COLUMN_BOOT_CONFIGURATION),
            cell_number(row, COLUMN_BOOT_GENERATION));
    }
}

void
layout_environment(const struct show_rows *rows, size_t width, struct str *out)
{
    size_t i;

    (void)width;
    for (i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        str_printf(out, "%s: %s\n", cell_text(row, COLUMN_ENVIRONMENT_ITEM),
            cell_text(row, COLUMN_ENVIRONMENT_STATE));
    }
}

void
layout_dir(const struct show_rows *rows, size_t width, struct str *out)
{
    static const struct table_column columns[] = {
        {.title = "file"},
        {.title = "size", .right = true},
        {.title = "date (UTC)"              },
    };
    struct text_table table;
    struct str text;
    size_t i;

    (void)width;
    str_init(&text);
    text_table_begin(&table, columns, COUNT(columns));
    for (i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        text_table_add_cell(&table, rows, row, COLUMN_DIR_NAME);
        text_table_add_cell(&table, rows, row, COLUMN_DIR_SIZE_BYTES);
        str_clear(&text);
        write_date(cell_number(row, COLUMN_DIR_MODIFIED_S), &text);
        text_table_add(&table, str_text(&text));
    }
    text_table_print(&table, out);
    str_done(&text);
}

/* Below the table, where a session holds the configuration. */
static void
add_holder(const struct show_rows *rows, struct str *out)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        if (!cell_has(row, COLUMN_USERS_EXCLUSIVE_SINCE_S))
            continue;
        str_printf(out,
            "Session %llu holds the configuration exclusively since ",
            (unsigned long long)cell_number(row, COLUMN_USERS_SESSION));
        write_date(cell_number(row, COLUMN_USERS_EXCLUSIVE_SINCE_S), out);
        str_add(out, ".\n");
    }
}

void
layout_users(const struct show_rows *rows, size_t width, struct str *out)
{
    static const struct table_column columns[] = {
        {.title = ""           },
        {.title = "session",     .right = true},
        {.title = "user"                     },
        {.title = "line"},
        {.title = "from"                     },
        {.title = "level", .right = true},
        {.title = "uncommitted",         .right = true},
        {.title = "since"},
    };
    struct text_table table;
    struct str text;
    size_t i;

    (void)width;
    str_init(&text);
    text_table_begin(&table, columns, COUNT(columns));
    for (i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        text_table_add(&table, cell_has(row, COLUMN_USERS_OWN) ? "*" : "");
        text_table_add_cell(&table, rows, row, COLUMN_USERS_SESSION);
        text_table_add_cell(&table, rows, row, COLUMN_USERS_USER);
        text_table_add_cell(&table, rows, row, COLUMN_USERS_LINE);
        text_table_add_cell(&table, rows, row, COLUMN_USERS_FROM);
        text_table_add_cell(&table, rows, row, COLUMN_USERS_LEVEL);
        text_table_add_cell(
            &table, rows, row, COLUMN_USERS_UNCOMMITTED_CHANGES);
        str_clear(&text);
        write_date(cell_number(row, COLUMN_USERS_SINCE_S), &text);
        text_table_add(&table, str_text(&text));
    }
    text_table_print(&table, out);
    add_holder(rows, out);
    str_done(&text);
}

void
layout_clock(const struct show_rows *rows, size_t width, struct str *out)
{
    (void)width;
    if (rows->count == 0)
        return;
    write_date(cell_number(rows_at(rows, 0), COLUMN_CLOCK_TIME_S), out);
    str_add_char(out, '\n');
}

void
layout_privilege(const struct show_rows *rows, size_t width, struct str *out)
{
    size_t i;

    (void)width;
    for (i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        str_printf(out, "Privilege level is %llu\n",
            (unsigned long long)cell_number(row, COLUMN_PRIVILEGE_LEVEL));
    }
}

void
layout_commit_history(
    const struct show_rows *rows, size_t width, struct str *out)
{
    static const struct table_column columns[] = {
        [COLUMN_COMMIT_HISTORY_GENERATION] = {"generation",     .right = true},
        [COLUMN_COMMIT_HISTORY_AT] = {.title = "date (UTC)"               },
        [COLUMN_COMMIT_HISTORY_USER] = {.title = "user"},
        [COLUMN_COMMIT_HISTORY_FROM] = {.title = "from"               },
        [COLUMN_COMMIT_HISTORY_CHANGES] = {"changes", .right = true},
        [COLUMN_COMMIT_HISTORY_LABEL] = {.title = "label"  },
        [COLUMN_COMMIT_HISTORY_COMMENT] = {.title = "comment"},
    };

    (void)width;
    if (rows->count == 0) {
        str_add(out, "Nothing was committed yet.\n");
    } else {
        print_columns(rows, columns, COUNT(columns), out);
    }
}
