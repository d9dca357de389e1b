/*
 * `mib` blocks: what is refused, and the tables that come out.
 */
#include "schemas/schemac/emit.h"

#include <criterion/criterion.h>
#include <string.h>

/* Lines 1 to 14 of every text; the block begins at line 15. */
static const char prologue[] =
    "mode exec \"\"\nmode config \"(config)\"\n"
    "enum state \"States\"\n    value up \"x\"\n    value down \"x\"\n"
    "exec things \"x\"\n    syntax go\n    rows thing\n"
    "word \"go\" \"x\"\nword \"come\" \"x\"\n"
    "rows thing \"x\"\n    column if_index uint(1..9) \"Index\"\n"
    "    column state enum(state) \"State\"\n"
    "    column since_s uint(0..9) \"Since\"\n";

static void
compile(struct model *model, const char *text)
{
    struct str whole;

    str_init(&whole);
    str_printf(&whole, "%s%s", prologue, text);
    model_init(model);
    schema_parse(model, "f", str_text(&whole), whole.length);
    schema_finish(model);
    str_done(&whole);
}

Test(schemac_mib, refuses_what_snmp_could_not_serve)
{
    /* clang-format off */
    static const struct {
        const char *block;
        const char *report;
        const char *why;
    } rows[] = {
        {"mib t 1.3.x \"x\"\n    rows thing\n    object 1 a integer =1\n",
         "f:15: '1.3.x' is no object identifier, 1.3.6...\n", "oid"},
        {"mib t 1.4294967296 \"x\"\n    rows thing\n    object 1 a integer =1\n",
         "f:15: '1.4294967296' is no object identifier, 1.3.6...\n",
         "a number of more than 32 bits"},
        {"mib t 1.3 \"x\"\n    object 1 a integer =1\n",
         "f:15: a mib without 'rows'\n", "no rows"},
        {"mib t 1.3 \"x\"\n    rows thong\n    object 1 a integer =1\n",
         "f:15: no rows 'thong'\n", "unknown rows"},
        {"mib t 1.3 \"x\"\n    rows thing others\n    object 1 a integer =1\n",
         "f:15: no exec others answers with 'thing'\n", "unknown exec"},
        {"mib t 1.3 \"x\"\n    rows thing\n",
         "f:15: a mib without an object\n", "empty"},
        {"mib t 1.3 \"x\"\n    rows thing\n    index name\n"
         "    object 1 a integer =1\n",
         "f:15: 'thing' have no column 'name' for the index\n", "index"},
        {"mib t 1.3 \"x\"\n    rows thing\n    object 1 a integer name\n",
         "f:17: no column 'name'\n", "column"},
        {"mib t 1.3 \"x\"\n    rows thing\n    object 1 a ipaddress state\n",
         "f:17: the column 'state' does not read as ipaddress\n", "syntax"},
        {"mib t 1.3 \"x\"\n    rows thing\n    object 1 a octets state hex\n",
         "f:17: the column 'state' does not read as octets\n", "hex"},
        {"mib t 1.3 \"x\"\n    rows thing\n    object 1 a integer state on=1\n",
         "f:17: 'on' is no word of 'state'\n", "word"},
        {"mib t 1.3 \"x\"\n    rows thing\n"
         "    object 1 a integer state else=1\n",
         "f:17: else= is a number for words that have none\n", "else alone"},
        {"mib t 1.3 \"x\"\n    rows thing\n    object 1 a float state\n",
         "f:17: 'float' is no syntax of SNMP\n", "no such syntax"},
        {"mib t 1.3 \"x\"\n    rows thing\n"
         "    object 2 a integer =1\n    object 2 b integer =1\n",
         "f:18: objects stand in the order of their numbers\n", "order"},
        {"mib t 1.3 \"x\"\n    rows thing\n"
         "    object 1 a integer =1\n    object 2 A integer =1\n",
         "f:18: a second object 'A'\n", "one name"},
        {"mib t 1.3 \"x\"\n    rows thing\n    object 1 a ipaddress =1.2\n",
         "f:17: '1.2' is no value of ipaddress\n", "constant"},
        {"exec more \"x\"\n    syntax come\n    rows thing\n"
         "mib t 1.3 \"x\"\n    rows thing\n    object 1 a integer =1\n",
         "f:18: 'things' and 'more' answer with 'thing': say which behind "
         "'rows'\n", "two execs"},
    };
    /* clang-format on */

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct model model;

        compile(&model, rows[i].block);
        cr_expect_str_eq(str_text(&model.report.text), rows[i].report,
            "%s: got %s", rows[i].why, str_text(&model.report.text));
        model_done(&model);
    }
}

static const char block[] = "mib thingTable 1.3.6.9 \"Things\"\n"
                            "    rows thing\n    index if_index\n"
                            "    router if_index\n"
                            "    object 2 thingState integer state up=1 "
                            "else=-2 unset=0\n"
                            "    object 3 thingSince octets since_s date\n"
                            "    object 4 thingAt ipaddress =10.0.0.1\n";

static void
expect_parts(void (*emit)(struct model *model, struct str *out),
    const char *const *parts, size_t count)
{
    struct model model;
    struct str out;

    compile(&model, block);
    cr_assert_eq(model.report.count, 0, "%s", str_text(&model.report.text));
    str_init(&out);
    emit(&model, &out);
    for (size_t i = 0; i < count; i++) {
        cr_expect_not_null(strstr(str_text(&out), parts[i]), "no '%s' in\n%s",
            parts[i], str_text(&out));
    }
    str_done(&out);
    model_done(&model);
}

Test(schemac_mib, writes_tables_and_the_page)
{
    /* clang-format off */
    static const char *const tables[] = {
        "static const uint32_t oid_thingtable[] = {1, 3, 6, 9};",
        "    [0] = {true, INT64_C(1)},\n};",
        ".otherwise = {true, INT64_C(-2), \"-2\"}",
        ".unset = {true, INT64_C(0), \"0\"}",
        ".reading = MIB_DATE, .source = 0, .column = 2}",
        ".unset = {true, INT64_C(167772161), \"10.0.0.1\"}",
        ".parts = {MIB_PART_NUMBER}",
        ".sources = {{0, 0, 0, {0}}}",
    };
    static const char *const page[] = {
        ("`1.3.6.9`, index: if_index.  The context of a virtual router has "
         "its own rows."),
        "| 2 | `thingState` | integer | State | up 1, others -2; not set: 0 |",
        "| 4 | `thingAt` | ipaddress | always 10.0.0.1 |  |",
    };
    /* clang-format on */

    expect_parts(emit_mib_c, tables, sizeof(tables) / sizeof(tables[0]));
    expect_parts(emit_mib_md, page, sizeof(page) / sizeof(page[0]));
}
