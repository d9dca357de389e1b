/*
 * reading.c and access.c: how a column reads, who a community is.
 */
#include "snmp/access.h"
#include "snmp/reading.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct schema_type number = {TYPE_UINT, 0, UINT64_MAX, 0};
static const struct schema_type flag = {TYPE_FLAG, 1, 1, 0};
static const struct schema_type text = {TYPE_TEXT, 0, 99, 0};
static const struct schema_type address = {TYPE_IPV4, 0, 0, 0};

static struct cell
text_cell(const char *of)
{
    return (struct cell){.kind = VALUE_TEXT, .text = of, .length = strlen(of)};
}

Test(reading, dates_are_eleven_octets)
{
    static const struct {
        uint64_t seconds;
        unsigned char octets[READING_DATE_SIZE];
    } rows[] = {
        {0,          {7, 178, 1, 1, 0, 0, 0, 0, '+', 0, 0}    },
        {951782399,  {7, 208, 2, 28, 23, 59, 59, 0, '+', 0, 0}},
        {951782400,  {7, 208, 2, 29, 0, 0, 0, 0, '+', 0, 0}   },
        {1420452000, {7, 223, 1, 5, 10, 0, 0, 0, '+', 0, 0}   },
        {4107542400, {8, 52, 3, 1, 0, 0, 0, 0, '+', 0, 0}     },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char octets[READING_DATE_SIZE];

        reading_date(rows[i].seconds, octets);
        cr_expect_arr_eq(octets, rows[i].octets, sizeof octets, "%llu",
            (unsigned long long)rows[i].seconds);
    }
}

Test(reading, flags_have_numbers_set_or_not)
{
    static const struct mib_map map[] = {
        {true, 2},
        {true, 1}
    };
    const struct mib_object object = {
        .syntax = MIB_INTEGER, .reading = MIB_MAP, .map = map, .map_count = 2};
    struct cell cell = {.kind = VALUE_NONE};
    struct reading reading;

    cr_assert(reading_make(&object, &flag, &cell, &reading));
    cr_expect_eq(reading.number, 2);
    cell = (struct cell){.kind = VALUE_NUMBER, .number = 1};
    cr_assert(reading_make(&object, &flag, &cell, &reading));
    cr_expect_eq(reading.number, 1);
}

Test(reading, what_has_no_number_is_absent_or_the_other_one)
{
    static const struct mib_map map[] = {
        {true,  7},
        {false, 0}
    };
    struct mib_object object = {
        .syntax = MIB_INTEGER, .reading = MIB_MAP, .map = map, .map_count = 2};
    struct cell cell = {.kind = VALUE_NUMBER, .number = 1};
    struct reading reading;

    cr_expect_not(reading_make(&object, &number, &cell, &reading));
    object.otherwise = (struct mib_fixed){true, -1, "-1"};
    cr_assert(reading_make(&object, &number, &cell, &reading));
    cr_expect_eq((int64_t)reading.number, -1);
    cell.number = 99; /* no word at all */
    cr_assert(reading_make(&object, &number, &cell, &reading));
    cell.kind = VALUE_NONE;
    cr_expect_not(reading_make(&object, &number, &cell, &reading));
    object.unset = (struct mib_fixed){true, 0, "0"};
    cr_assert(reading_make(&object, &number, &cell, &reading));
    cr_expect_eq(reading.number, 0);
}

Test(reading, octets_are_text_hexadecimal_or_an_address)
{
    struct mib_object object = {.syntax = MIB_OCTETS, .reading = MIB_HEX};
    struct cell cell = text_cell("00:fF10");
    struct reading reading;

    cr_assert(reading_make(&object, &text, &cell, &reading));
    cr_expect_eq(reading.length, 3);
    cr_expect_arr_eq(reading.bytes, "\x00\xff\x10", 3);
    object.reading = MIB_PLAIN;
    cell = (struct cell){.kind = VALUE_NUMBER, .number = 0x0a000001};
    cr_assert(reading_make(&object, &address, &cell, &reading));
    cr_expect_eq(reading.length, 8);
    cr_expect_arr_eq(reading.bytes, "10.0.0.1", 8);
}

Test(reading, object_identifiers_are_read_whole_or_not_at_all)
{
    uint32_t oid[4];

    cr_expect_eq(reading_oid("1.3.6", 5, oid, 4), 3);
    cr_expect_eq(oid[2], 6);
    cr_expect_eq(reading_oid("1.3.6.1.4", 9, oid, 4), 0, "too long");
    cr_expect_eq(reading_oid("1..3", 4, oid, 4), 0);
    cr_expect_eq(reading_oid("1.4294967296", 12, oid, 4), 0);
    cr_expect_eq(reading_oid("", 0, oid, 4), 0);
}

Test(access, a_community_names_a_context_behind_an_at)
{
    static struct access_context contexts[] = {
        {"default", 1},
        {"isp",     2},
        {"lab",     3}
    };
    static struct access_community communities[] = {
        {.name = "public",      .router = 0, .view = SNMP_VIEW_USER      },
        {.name = "ispc",        .router = 2, .view = SNMP_VIEW_EVERYTHING},
        {.name = "odd@router3", .router = 0, .view = SNMP_VIEW_NOTHING   },
    };
    const struct access access = {.contexts = contexts,
        .context_count = 3,
        .communities = communities,
        .community_count = 3};
    static const struct {
        const char *text;
        bool is_one;
        uint32_t router;
        enum snmp_view view;
    } rows[] = {
        {"public",         true,  0, SNMP_VIEW_USER      },
        {"public@router2", true,  2, SNMP_VIEW_USER      },
        {"public@router9", false, 0, SNMP_VIEW_USER      },
        {"public@",        false, 0, SNMP_VIEW_USER      },
        {"Public",         false, 0, SNMP_VIEW_USER      },
        {"publi",          false, 0, SNMP_VIEW_USER      },
        {"ispc",           true,  2, SNMP_VIEW_EVERYTHING},
        {"ispc@router2",   true,  2, SNMP_VIEW_EVERYTHING},
        {"ispc@router3",   false, 0, SNMP_VIEW_USER      },
        {"odd@router3",    true,  0, SNMP_VIEW_NOTHING   },
        {"",               false, 0, SNMP_VIEW_USER      },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct grant grant = {0};
        bool is_one = access_community(
            &access, rows[i].text, strlen(rows[i].text), &grant);

        cr_expect_eq(is_one, rows[i].is_one, "%s", rows[i].text);
        if (!is_one)
            continue;
        cr_expect_eq(grant.router, rows[i].router, "%s", rows[i].text);
        cr_expect_eq(grant.view, rows[i].view, "%s", rows[i].text);
    }
}

Test(access, view_user_is_without_the_parameters_of_access)
{
    static const uint32_t usm[] = {1, 3, 6, 1, 6, 3, 15, 1, 1, 5, 0};
    static const uint32_t system[] = {1, 3, 6, 1, 2, 1, 1, 1, 0};

    cr_expect(view_allows(SNMP_VIEW_EVERYTHING, usm, 11));
    cr_expect_not(view_allows(SNMP_VIEW_USER, usm, 11));
    cr_expect(view_allows(SNMP_VIEW_USER, system, 9));
    cr_expect_not(view_allows(SNMP_VIEW_NOTHING, system, 9));
}
