/*
 * baseline.c - `baseline ...` and `show ... delta`.
 *
 * Baselines are the router's: everybody sees the same deltas, and they are
 * gone when the router stops, as the counters are.
 */
#include "daemon/baseline.h"

#include "base/arena.h"
#include "base/str.h"
#include "daemon/router_state.h"
#include "daemon/session_state.h"
#include "oper/oper.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ARGUMENT = 2, FIRST_ROOM = 64 };

/* ---- keys and counters of a row ---- */

/* How many columns at the front of a row say which one it is. */
static size_t
key_columns(uint16_t rows)
{
    switch (rows) {
    case ROWS_IPSEC_SA:
        return COLUMN_IPSEC_SA_SPI + 1;
    case ROWS_IP_INTERFACE:
        return COLUMN_IP_INTERFACE_VIRTUAL_ROUTER + 1;
    case ROWS_IP_TRAFFIC:
        return COLUMN_IP_TRAFFIC_ITEM + 1;
    default:
        return 1;
    }
}

static bool
is_counter(const struct schema_field *column)
{
    static const char *const endings[] = {"packets", "octets", "errors"};
    size_t length = strlen(column->name);
    size_t i;

    for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        size_t tail = strlen(endings[i]);

        if (length >= tail &&
            str_equal(column->name + length - tail, endings[i]))
            return true;
    }
    return false;
}

/* FNV-1a over numbers and texts. */
static uint32_t
hash_of(uint16_t rows, const struct value *columns)
{
    uint32_t hash = 2166136261U ^ rows;
    size_t keys = key_columns(rows);
    const char *at;
    size_t i;

    for (i = 0; i < keys; i++) {
        if (columns[i].kind == VALUE_NUMBER)
            hash = (hash ^ (uint32_t)columns[i].number) * 16777619U;
        if (columns[i].kind != VALUE_TEXT)
            continue;
        for (at = value_string(&columns[i]); *at != '\0'; at++)
            hash = (hash ^ (uint8_t)*at) * 16777619U;
    }
    return hash;
}

static bool
is_same(
    const struct baseline_row *row, uint16_t rows, const struct value *columns)
{
    size_t keys = key_columns(rows);
    size_t i;

    for (i = 0; i < keys; i++) {
        if (!value_equal(&row->columns[i], &columns[i]))
            return false;
    }
    return true;
}

static struct baseline_row *
find(
    const struct baseline *baseline, uint16_t rows, const struct value *columns)
{
    uint32_t hash = hash_of(rows, columns);
    struct baseline_row *row;
    uint32_t place;

    if (baseline->count == 0)
        return NULL;
    place = baseline->heads[hash & (baseline->room - 1)];
    while (place != 0) {
        row = &baseline->all[place - 1];
        if (row->hash == hash && row->rows == rows &&
            is_same(row, rows, columns))
            return row;
        place = row->behind;
    }
    return NULL;
}

static void
chain(struct baseline *baseline, size_t index)
{
    struct baseline_row *row = &baseline->all[index];
    uint32_t *head = &baseline->heads[row->hash & (baseline->room - 1)];

    row->behind = *head;
    *head = (uint32_t)index + 1;
}

/* A new row at the end, with its hash. */
static struct baseline_row *
append(struct baseline *baseline, uint32_t hash)
{
    size_t i;

    if (baseline->count == baseline->room) {
        baseline->room = baseline->room == 0 ? FIRST_ROOM : baseline->room * 2;
        baseline->all =
            mem_resize(baseline->all, baseline->room * sizeof *baseline->all);
        free(baseline->heads);
        baseline->heads = mem_alloc(baseline->room * sizeof *baseline->heads);
        for (i = 0; i < baseline->count; i++)
            chain(baseline, i);
    }
    baseline->all[baseline->count].hash = hash;
    chain(baseline, baseline->count);
    return &baseline->all[baseline->count++];
}

static void
row_done(struct baseline_row *row)
{
    size_t i;

    for (i = 0; i < schema_rows[row->rows].column_count; i++)
        value_done(&row->columns[i]);
    free(row->columns);
}

void
baseline_done(struct baseline *baseline)
{
    size_t i;

    for (i = 0; i < baseline->count; i++)
        row_done(&baseline->all[i]);
    free(baseline->all);
    free(baseline->heads);
    *baseline = (struct baseline){0};
}

void
baseline_set(
    struct baseline *baseline, uint16_t rows, const struct value *columns)
{
    struct baseline_row *row = find(baseline, rows, columns);
    size_t count = schema_rows[rows].column_count;
    size_t i;

    if (row != NULL) {
        row_done(row);
    } else {
        row = append(baseline, hash_of(rows, columns));
    }
    row->rows = rows;
    row->columns = mem_alloc(count * sizeof *row->columns);
    for (i = 0; i < count; i++)
        row->columns[i] = value_share(&columns[i]);
}

void
baseline_subtract(
    const struct baseline *baseline, uint16_t rows, struct value *columns)
{
    const struct baseline_row *row = find(baseline, rows, columns);
    const struct schema_rows *schema = &schema_rows[rows];
    size_t i;

    for (i = 0; row != NULL && i < schema->column_count; i++) {
        if (is_counter(&schema->columns[i]) && value_is_set(&columns[i]) &&
            value_is_set(&row->columns[i]) &&
            columns[i].number >= row->columns[i].number)
            columns[i].number -= row->columns[i].number;
    }
}

/* ---- the commands ---- */

struct taking {
    struct session *session;
    uint16_t rows;
};

static void
keep_row(void *context, const struct value *columns)
{
    const struct taking *taking = context;

    baseline_set(&taking->session->router->baseline, taking->rows, columns);
}

static void
give_delta(void *context, const struct value *columns)
{
    const struct taking *taking = context;
    struct value copy[SCHEMA_COLUMNS_MAX];
    size_t count = schema_rows[taking->rows].column_count;

    memcpy(copy, columns, count * sizeof copy[0]); /* borrowed */
    baseline_subtract(&taking->session->router->baseline, taking->rows, copy);
    session_row(taking->session, copy, count);
}

/* Run a show with these arguments; its rows are kept or given as deltas. */
static void
run(struct session *session, const struct session_show *show, bool is_delta)
{
    struct taking taking = {session, schema_execs[show->exec].rows};
    const struct row_sink sink = {is_delta ? give_delta : keep_row, &taking};

    session_show(session, show, &sink);
}

static const struct value no_arguments[SCHEMA_ARGS_MAX];

static void
take_all(struct session *session, const struct session_show *as,
    const enum schema_exec_id *execs, size_t count)
{
    struct session_show show = *as;
    size_t i;

    show.args = no_arguments;
    for (i = 0; i < count && session->reply.error == OK; i++) {
        show.exec = execs[i];
        run(session, &show, false);
    }
}

/* The show that a delta is of. */
static bool
show_of(enum schema_exec_id exec, enum schema_exec_id *out_show)
{
    static const struct {
        enum schema_exec_id delta;
        enum schema_exec_id show;
    } pairs[] = {
        {EXEC_SHOW_IP_INTERFACE_DELTA,        EXEC_SHOW_IP_INTERFACE       },
        {EXEC_SHOW_IP_DROPS_DELTA,            EXEC_SHOW_IP_DROPS           },
        {EXEC_SHOW_IP_TRAFFIC_DELTA,          EXEC_SHOW_IP_TRAFFIC         },
        {EXEC_SHOW_IPSEC_TUNNEL_DETAIL_DELTA, EXEC_SHOW_IPSEC_TUNNEL_DETAIL},
        {EXEC_SHOW_IPSEC_SA_DELTA,            EXEC_SHOW_IPSEC_SA           },
    };
    size_t i;

    for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (pairs[i].delta == exec) {
            *out_show = pairs[i].show;
            return true;
        }
    }
    return false;
}

/* The first arguments of a delta are its show's; the others are left out. */
static void
show_delta(struct session *session, struct session_show *show,
    enum schema_exec_id delta, const struct wire_frame *frame)
{
    struct value args[SCHEMA_ARGS_MAX] = {0};
    size_t i;

    for (i = 0; i < schema_execs[delta].arg_count; i++)
        args[i] = frame->items[FIRST_ARGUMENT + i]; /* borrowed */
    show->args = args;
    run(session, show, true);
}

bool
exec_baseline(struct session *session, enum schema_exec_id exec,
    const struct wire_frame *frame, const struct instant *now)
{
    static const enum schema_exec_id ip[] = {
        EXEC_SHOW_IP_INTERFACE, EXEC_SHOW_IP_DROPS, EXEC_SHOW_IP_TRAFFIC};
    static const enum schema_exec_id ipsec[] = {
        EXEC_SHOW_IPSEC_TUNNEL_DETAIL, EXEC_SHOW_IPSEC_SA};
    struct session_show show = {.vr = wire_text(frame, 1), .now = now};

    if (show_of(exec, &show.exec)) {
        show_delta(session, &show, exec, frame);
        return true;
    }
    if (exec == EXEC_BASELINE_IP) {
        take_all(session, &show, ip, 3);
    } else if (exec == EXEC_BASELINE_IPSEC) {
        take_all(session, &show, ipsec, 2);
    } else if (exec == EXEC_BASELINE_INTERFACE) {
        show.exec = EXEC_SHOW_IP_INTERFACE;
        show.args = frame->items + FIRST_ARGUMENT;
        run(session, &show, false);
    } else {
        return false;
    }
    if (session->reply.error == OK) {
        reply_text(
            session, "The baseline is set; `show ... delta` counts from here.");
    }
    return true;
}
