/*
 * source.c and page.c: pages of rows, against the rows that a daemon made of
 * numbers has.
 */
#include "snmp/source.h"

#include "tests/support/rounds.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { HIGHEST = 4000, ROUNDS = 20000, SECOND_US = 1000000 };

/* Rows of mib-interface-state whose index is there. */
struct daemon {
    bool is_there[HIGHEST];
    uint64_t version; /* of the rows */
    bool is_away;
    bool lasts;
    bool is_brief; /* how it was asked last */
    size_t asked;
    size_t rows_sent;
};

static void
send_row(const struct link_question *question, uint32_t index)
{
    struct wire_frame row;

    wire_frame_init(&row, WIRE_ROW, 1);
    wire_add_number(&row, index);
    wire_add_number(&row, 1);
    wire_add_number(&row, 0);
    wire_add(&row, index % 2 == 0 ? value_number(index * 10) : value_none());
    question->row(question->context, &row);
    wire_frame_done(&row);
}

static enum err
ask(void *context, const struct link_question *question)
{
    struct daemon *daemon = context;
    const struct value *args = question->args;
    uint32_t from = 0;
    uint64_t sent = 0;

    cr_assert_eq(question->arg_count, 3);
    daemon->asked++;
    daemon->is_brief = question->is_brief;
    if (daemon->is_away)
        return ERR_IO;
    *question->stamp = daemon->version;
    *question->lasts = daemon->lasts;
    if (value_is_set(&args[2]) && args[2].number == daemon->version)
        return OK;
    if (value_is_set(&args[0]))
        from = (uint32_t)args[0].number + 1;
    for (uint32_t i = from; i < HIGHEST && sent < args[1].number; i++) {
        if (daemon->is_there[i]) {
            send_row(question, i);
            sent++;
        }
    }
    daemon->rows_sent += sent;
    return OK;
}

static const enum mib_part parts[] = {MIB_PART_NUMBER};
static const uint16_t columns[] = {COLUMN_MIB_INTERFACE_STATE_IF_INDEX};
static const struct key_shape shape = {1, parts, columns};

static struct source *
make(struct daemon *daemon)
{
    const struct source_asker asker = {ask, daemon};

    return source_new(&asker, EXEC_MIB_INTERFACE_STATE, &shape, 0);
}

static uint32_t
index_at(const struct source_place *place)
{
    return page_key(place->page, place->row).numbers[0];
}

/* The first that is there, from this on; HIGHEST: none. */
static uint32_t
model_next(const struct daemon *daemon, uint32_t from)
{
    while (from < HIGHEST && !daemon->is_there[from])
        from++;
    return from;
}

static void
expect_at(struct source *source, const struct daemon *daemon, uint32_t index,
    uint64_t now_us)
{
    struct source_place place;
    bool there = index < HIGHEST && daemon->is_there[index];
    enum err error = source_at(source, (struct key){&index, 1}, now_us, &place);

    cr_assert_eq(error, there ? OK : ERR_NOT_FOUND, "index %u", index);
    if (there)
        cr_assert_eq(index_at(&place), index);
}

static void
expect_after(struct source *source, const struct daemon *daemon, uint32_t index,
    uint64_t now_us)
{
    uint32_t next = model_next(daemon, index + 1);
    struct source_place place;
    enum err error =
        source_after(source, (struct key){&index, 1}, now_us, &place);

    cr_assert_eq(error, next < HIGHEST ? OK : ERR_NOT_FOUND, "after %u", index);
    if (error == OK)
        cr_assert_eq(index_at(&place), next, "after %u", index);
}

Test(source, finds_what_the_daemon_has_while_that_changes)
{
    struct daemon daemon = {.version = 1};
    struct source *source = make(&daemon);
    uint64_t now_us = SECOND_US;
    uint32_t seed = 7;

    for (size_t i = 0; i < HIGHEST; i++)
        daemon.is_there[i] = i % 3 != 0;
    for (size_t i = 0; i < rounds(ROUNDS, 2000); i++) {
        uint32_t index;

        seed = seed * 1664525U + 1013904223U;
        index = (seed >> 8) % (HIGHEST + 10);
        if (i % 50 == 0) { /* some come, some go; the agent is told */
            if (index < HIGHEST)
                daemon.is_there[index] = !daemon.is_there[index];
            daemon.version++;
            source_doubt(source);
        }
        if (i % 2 == 0) {
            expect_at(source, &daemon, index, now_us);
        } else {
            expect_after(source, &daemon, index, now_us);
        }
        now_us += 1000;
    }
    source_free(source);
}

Test(source, walks_through_everything_once_and_in_order)
{
    struct daemon daemon = {.version = 1};
    struct source *source = make(&daemon);
    struct source_place place;
    uint32_t last = 0;
    size_t count = 0;
    enum err error;

    for (size_t i = 1; i < HIGHEST; i++)
        daemon.is_there[i] = true;
    error = source_first(source, SECOND_US, &place);
    while (error == OK) {
        cr_assert_gt(index_at(&place), last);
        last = index_at(&place);
        count++;
        error = source_after(source, (struct key){&last, 1}, SECOND_US, &place);
    }
    cr_expect_eq(error, ERR_NOT_FOUND);
    cr_expect_eq(count, HIGHEST - 1);
    cr_expect_eq(daemon.asked, (HIGHEST - 1) / PAGE_ROWS_MAX + 1);
    source_free(source);
}

Test(source, asks_no_more_than_it_has_to)
{
    struct daemon daemon = {.version = 1, .is_there = {[5] = true}};
    struct source *source = make(&daemon);
    const uint64_t start_us = SECOND_US;

    expect_at(source, &daemon, 5, start_us);
    expect_at(source, &daemon, 5, start_us + SOURCE_AGE_US - 1);
    cr_expect_eq(daemon.asked, 1, "it is young");
    expect_at(source, &daemon, 5, start_us + SOURCE_AGE_US);
    cr_expect_eq(daemon.asked, 2);
    cr_expect_eq(daemon.rows_sent, 1, "the stamp is the same: no rows");
    daemon.lasts = true;
    source_doubt(source);
    expect_at(source, &daemon, 5, start_us + SOURCE_AGE_US);
    expect_at(source, &daemon, 5, start_us + 10 * SOURCE_AGE_US);
    cr_expect_eq(daemon.asked, 3, "it lasts until the configuration changes");
    source_forget_stamps(source);
    expect_at(source, &daemon, 5, start_us + 10 * SOURCE_AGE_US);
    cr_expect_eq(daemon.rows_sent, 2, "another daemon's stamp means nothing");
    source_free(source);
}

Test(source, serves_what_it_knows_while_nobody_answers_and_not_for_ever)
{
    struct daemon daemon = {.version = 1, .is_there = {[5] = true}};
    struct source *source = make(&daemon);
    struct source_place place;
    uint32_t index = 5;
    struct key key = {&index, 1};

    daemon.is_away = true;
    cr_expect_eq(source_at(source, key, SECOND_US, &place), ERR_IO);
    daemon.is_away = false;
    expect_at(source, &daemon, 5, SECOND_US);
    daemon.is_away = true;
    expect_at(source, &daemon, 5, SECOND_US + SOURCE_KEPT_US - 1);
    cr_expect_eq(
        source_at(source, key, SECOND_US + SOURCE_KEPT_US, &place), ERR_IO);
    cr_expect_eq(source_oldest_us(source, 2 * SECOND_US), SECOND_US);
    source_tidy(source, SECOND_US + 2 * (uint64_t)SOURCE_UNUSED_US);
    cr_expect_eq(source_size(source), 0);
    source_free(source);
}

Test(page, keeps_values_and_what_is_not_set)
{
    struct page_builder *builder = page_builder_new(&shape, 4);
    struct value row[4] = {
        value_number(3), value_text("same"), value_none(), value_number(1)};
    struct page *page;

    cr_expect(page_builder_add(builder, row, 4));
    cr_expect_not(page_builder_add(builder, row, 4), "not in order");
    row[0] = value_number(4);
    row[3] = value_text("other");
    cr_expect(page_builder_add(builder, row, 4));
    cr_expect_not(page_builder_add(builder, row, 3), "another shape");
    row[0] = value_none();
    cr_expect_not(page_builder_add(builder, row, 4), "no index");
    page = page_build(builder, NULL);
    cr_expect_eq(page_rows(page), 2);
    cr_expect(page_is_unset(page, 2));
    cr_expect_eq(page_cell(page, 1, 1).length, 4);
    cr_expect_arr_eq(page_cell(page, 1, 1).text, "same", 4);
    cr_expect_eq(page_cell(page, 0, 3).number, 1);
    cr_expect_arr_eq(page_cell(page, 1, 3).text, "other", 5);
    page_free(page);
    page_builder_free(builder);
    value_done(&row[1]);
    value_done(&row[3]);
}

Test(page, indexes_are_numbers_addresses_and_texts_with_their_length)
{
    static const enum mib_part all[] = {
        MIB_PART_IPV4, MIB_PART_TEXT, MIB_PART_NUMBER};
    static const uint16_t at[] = {1, 0, 2};
    static const uint32_t wanted[] = {10, 1, 0, 255, 2, 'a', 'b', 7};
    const struct key_shape mixed = {3, all, at};
    struct value row[3] = {
        value_text("ab"), value_number(0x0a0100ff), value_number(7)};
    uint32_t numbers[KEY_MAX];
    size_t count;

    cr_assert(key_of_row(&mixed, row, numbers, &count));
    cr_expect_eq(count, 8);
    cr_expect_arr_eq(numbers, wanted, sizeof wanted);
    value_done(&row[2]);
    row[2] = value_number(UINT64_C(1) << 32);
    cr_expect_not(key_of_row(&mixed, row, numbers, &count), "too large");
    value_done(&row[0]);
}

Test(source, asks_briefly_where_a_page_serves)
{
    struct daemon daemon = {.version = 1};
    struct source *source = make(&daemon);
    uint64_t now_us = SECOND_US;

    daemon.is_there[7] = true;
    expect_at(source, &daemon, 7, now_us);
    cr_expect_not(daemon.is_brief);
    now_us += SOURCE_AGE_US;
    expect_at(source, &daemon, 7, now_us);
    cr_expect(daemon.is_brief);

    /* nobody answers in time: what is there is served, and asked for anew */
    daemon.is_away = true;
    now_us += SOURCE_KEPT_US - 1;
    expect_at(source, &daemon, 7, now_us);
    cr_expect(daemon.is_brief);
    cr_expect_eq(daemon.asked, 3);
    daemon.is_away = false;
    expect_at(source, &daemon, 7, now_us);
    cr_expect_eq(daemon.asked, 4);

    /* a commit is seen at once */
    source_doubt(source);
    expect_at(source, &daemon, 7, now_us);
    cr_expect_not(daemon.is_brief);
    now_us += SOURCE_KEPT_US; /* too old to serve */
    expect_at(source, &daemon, 7, now_us);
    cr_expect_not(daemon.is_brief);
    source_free(source);
}
