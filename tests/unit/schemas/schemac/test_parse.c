/*
 * What is refused while a schema is read: by the line, with the line.
 */
#include "schemas/schemac/model.h"

#include <criterion/criterion.h>
#include <string.h>

struct bad_row {
    const char *text;
    const char *report; /* all of it */
    const char *why;
};

static void
expect_report(const struct bad_row *row)
{
    struct model model;

    model_init(&model);
    schema_parse(&model, "f", row->text, strlen(row->text));
    cr_expect_str_eq(str_text(&model.report.text), row->report, "%s: got %s",
        row->why, str_text(&model.report.text));
    model_done(&model);
}

Test(schemac_parse, refuses_lines_it_cannot_cut)
{
    /* clang-format off */
    static const struct bad_row rows[] = {
        {"enum\ta \"x\"\n",
         "f:1: only printable ASCII and blanks may be used, no tabs\n", "tab"},
        {"enum a \"\xc3\xa9\"\n",
         "f:1: only printable ASCII and blanks may be used, no tabs\n",
         "not ASCII"},
        {"\nenum a \"x\n", "f:2: the string is not closed\n", "open string"},
        {"enum a uint(1 \n", "f:1: the parenthesis is not closed\n",
         "open parenthesis"},
        {"  enum a \"x\"\n",
         "f:1: lines start with 0, 4 or 8 blanks, not with 2\n", "two blanks"},
        {"            value a\n",
         "f:1: lines start with 0, 4 or 8 blanks, not with 12\n",
         "three levels"},
        {"    value a \"x\"\n",
         "f:1: indented, but there is nothing above that it could belong to\n",
         "nothing above"},
        {"word \"a\" \"b\"\n    value a \"x\"\n",
         "f:2: indented, but there is nothing above that it could belong to\n",
         "a word has no properties"},
        {"enum a \"x\"\n        help \"x\"\n",
         "f:2: indented, but there is nothing above that it could belong to\n",
         "level skipped"},
    };
    /* clang-format on */

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expect_report(&rows[i]);
}

Test(schemac_parse, refuses_statements_of_another_shape)
{
    /* clang-format off */
    static const struct bad_row rows[] = {
        {"thing a\n", "f:1: 'thing' is not known here\n", "no statement"},
        {"enum a\n", "f:1: expected: enum NAME \"title\"\n", "word left out"},
        {"enum a b\n", "f:1: expected: enum NAME \"title\"\n", "no string"},
        {"enum \"a\" \"b\"\n", "f:1: expected: enum NAME \"title\"\n",
         "string for a name"},
        {"enum a+b \"b\"\n", "f:1: expected: enum NAME \"title\"\n",
         "character that no name has"},
        {"enum a \"b\" c\n", "f:1: expected: enum NAME \"title\"\n",
         "word too many"},
        {"order a\norder b\n", "f:2: a second 'order'\n", "order twice"},
        {"mode a \"\"\n    parent b\n    parent c\n",
         "f:3: a second 'parent'\n", "property twice"},
        {"rows a \"x\"\n    value b \"x\"\n",
         "f:2: 'value' is not known here\n", "property of something else"},
        {"exec a \"x\"\n    syntax a\n    syntax b\n",
         "f:3: a second 'syntax'\n", "syntax twice"},
        {"exec a \"x\"\n    level 16\n", "f:2: '16' is no level, 0 to 15\n",
         "level out of range"},
        {"exec a \"x\"\n    where here\n",
         "f:2: 'here' is no place: exec, config or anywhere\n", "no place"},
        {"exec a \"x\"\n    arg b ipv4 \"x\" names c\n",
         "f:2: only 'references OBJECT' may stand after the help\n",
         "another word than references"},
        {"object a \"x\"\n    key b ipv4 \"x\" maybe\n",
         "f:2: only 'optional' or a default may stand here, not 'maybe'\n",
         "another word than optional"},
        {"object a \"x\"\n    attr b flag\n        field c ipv4 \"x\"\n",
         "f:3: 'b' has a type, so it cannot have fields\n", "both forms"},
        {"object a \"x\"\n    attr b flag\n        effect soon\n",
         "f:3: 'soon' is no effect: live, next-negotiation or "
         "restart-tunnel\n", "no effect"},
        {"object a \"x\"\n    attr b flag\n        manual required\n",
         "f:3: 'required' wants the sentence that the operator gets\n",
         "no sentence"},
        {"object a \"x\"\n    attr b flag\n        manual perhaps\n",
         "f:3: 'manual' is not known here\n", "no need of that name"},
    };
    /* clang-format on */

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expect_report(&rows[i]);
}

Test(schemac_parse, refuses_types_that_are_none)
{
    /* clang-format off */
    static const struct bad_row rows[] = {
        {"rows a \"x\"\n    column b number \"x\"\n",
         "f:2: 'number' is not a type\n", "no such type"},
        {"rows a \"x\"\n    column b uint \"x\"\n",
         "f:2: 'uint' wants a range in parentheses\n", "range left out"},
        {"rows a \"x\"\n    column b ipv4(1..2) \"x\"\n",
         "f:2: 'ipv4' wants nothing in parentheses\n", "range too many"},
        {"rows a \"x\"\n    column b list(t) \"x\"\n",
         "f:2: 'list' wants an enumeration and a range in parentheses\n",
         "half of it"},
        {"rows a \"x\"\n    column b enum() \"x\"\n",
         "f:2: 'enum()' is not a type\n", "empty parentheses"},
        {"rows a \"x\"\n    column b uint(1..2)x \"x\"\n",
         "f:2: 'uint(1..2)x' is not a type\n", "text behind"},
        {"rows a \"x\"\n    column b uint(2..1) \"x\"\n",
         "f:2: '2..1' is not a range, low..high up to "
         "18446744073709551615\n", "backwards"},
        {"rows a \"x\"\n    column b uint(1) \"x\"\n",
         "f:2: '1' is not a range, low..high up to 18446744073709551615\n",
         "no dots"},
        {"rows a \"x\"\n    column b hex32(0..0x100000000) \"x\"\n",
         "f:2: '0..0x100000000' is not a range, low..high up to "
         "4294967295\n", "33 bits"},
        {"rows a \"x\"\n    column b list(t 1..9) \"x\"\n",
         "f:2: '1..9' is not a range, low..high up to 8\n",
         "more words than a number packs"},
        {"rows a \"x\"\n    column b secret(word 1..2) \"x\"\n",
         "f:2: 'secret(word 1..2)' is not a type\n", "no such secret"},
    };
    /* clang-format on */

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expect_report(&rows[i]);
}

Test(schemac_parse, tells_all_problems_and_then_only_counts)
{
    struct model model;
    struct str text;

    str_init(&text);
    for (int i = 0; i < REPORT_MAX + 20; i++)
        str_add(&text, "thing\n");
    model_init(&model);
    schema_parse(&model, "f", str_text(&text), text.length);
    cr_expect_eq(model.report.count, (size_t)REPORT_MAX + 20);
    cr_expect_not_null(strstr(str_text(&model.report.text), "f:100: "));
    cr_expect_null(strstr(str_text(&model.report.text), "f:101: "));
    model_done(&model);
    str_done(&text);
}

Test(schemac_parse, leaves_comments_and_empty_lines_out)
{
    static const char text[] = "# first\n\n   \nenum a \"x # y\" # last\n"
                               "    value b \"y\"";
    struct model model;
    const struct enumeration *e;

    model_init(&model);
    schema_parse(&model, "f", text, strlen(text));
    cr_assert_eq(model.report.count, 0, "%s", str_text(&model.report.text));
    e = model_enum(&model, "a");
    cr_assert_not_null(e);
    cr_expect_str_eq(e->title, "x # y", "inside a string it is a character");
    cr_expect_eq(e->count, 1, "the last line needs no line end");
    model_done(&model);
}

Test(schemac_parse, hashes_every_byte_of_the_texts)
{
    struct model a;
    struct model b;

    model_init(&a);
    model_init(&b);
    schema_parse(&a, "f", "# 1\n", 4);
    schema_parse(&b, "f", "# 2\n", 4);
    cr_expect_neq(a.hash, b.hash);
    model_done(&a);
    model_done(&b);
}
