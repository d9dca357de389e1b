/*
 * What is refused once all is read: names, references, rules.
 */
#include "schemas/schemac/model.h"

#include <criterion/criterion.h>
#include <string.h>

/* Line 1 to 7 of every text; objects begin at line 8. */
static const char prologue[] = "mode exec \"\"\n"
                               "mode config \"(config)\"\n"
                               "enum kind \"Kinds\"\n"
                               "    value red  \"x\"\n"
                               "    value blue \"x\"\n"
                               "word \"a\" \"x\"\n"
                               "word \"b\" \"x\"\n";

struct bad_row {
    const char *text;
    const char *report;
    const char *why;
};

static void
expect_reports(const struct bad_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct model model;
        struct str text;

        str_init(&text);
        str_printf(&text, "%s%s", prologue, rows[i].text);
        model_init(&model);
        schema_parse(&model, "f", str_text(&text), text.length);
        schema_finish(&model);
        cr_expect_str_eq(str_text(&model.report.text), rows[i].report,
            "%s: got %s", rows[i].why, str_text(&model.report.text));
        model_done(&model);
        str_done(&text);
    }
}

#define EXPECT_REPORTS(rows)                                                   \
    expect_reports((rows), sizeof(rows) / sizeof((rows)[0]))

Test(schemac_check, refuses_a_name_used_twice)
{
    /* clang-format off */
    static const struct bad_row rows[] = {
        {"enum kind \"x\"\n    value a \"x\"\n", "f:8: a second enum 'kind'\n",
         "enum"},
        {"enum e \"x\"\n    value a-b \"x\"\n    value A_b \"x\"\n",
         "f:10: a second value 'A_b'\n", "the same in C"},
        {"mode exec \"\"\n", "f:8: a second mode 'exec'\n", "mode"},
        {"rows r \"x\"\n    column a ipv4 \"x\"\n    column a ipv4 \"x\"\n",
         "f:10: a second column 'a'\n", "column"},
        {"word \"a\" \"x\"\n", "f:8: a second word 'a'\n", "word"},
        {"drop d none \"x\"\ndrop d none \"x\"\n", "f:9: a second drop 'd'\n",
         "drop"},
        {"drop none none \"x\"\n", "f:8: a second drop 'none'\n",
         "the generated enum has it"},
        {"statistic count \"x\"\n",
         "f:8: the name 'count' is taken by the generated enum\n",
         "the generated enum has it too"},
        {"object o \"x\"\n    attr p flag\n        help \"x\"\n"
         "        syntax a\n    attr p flag\n        help \"x\"\n"
         "        syntax b\norder o\n",
         "f:12: a second attr 'p'\nf:12: a second field 'p'\n", "attr"},
    };
    /* clang-format on */

    EXPECT_REPORTS(rows);
}

Test(schemac_check, refuses_names_that_lead_nowhere)
{
    /* clang-format off */
    static const struct bad_row rows[] = {
        {"rows r \"x\"\n    column a enum(none) \"x\"\n",
         "f:9: no enum 'none'\n", "enum"},
        {"exec e \"x\"\n    syntax a\n    rows r\n", "f:8: no rows 'r'\n",
         "rows"},
        {"exec e \"x\"\n", "f:8: exec without 'syntax'\n", "no line"},
        {"exec e \"x\"\n    syntax a\n    hidden\n",
         "f:8: a hidden exec has no 'syntax', and is not 'local'\n",
         "a line that nobody may see"},
        {"exec e \"x\"\n    hidden\n    local\n",
         "f:8: a hidden exec has no 'syntax', and is not 'local'\n",
         "the shell cannot answer it"},
        {"exec e \"x\"\n    syntax a <b>\n    arg b ipv4 \"x\" references c\n",
         "f:10: no object 'c'\n", "object"},
        {"mode m \"\"\n    parent n\n",
         "f:8: 'n' is no mode declared before this one\n", "mode"},
        {"drop d lost \"x\"\n", "f:8: no statistic 'lost'\n", "statistic"},
        {"order o\n", "f:8: no object 'o' in 'order'\n", "object in order"},
        {"object o \"x\"\n    attr p flag\n        syntax a\n"
         "        help \"x\"\n", "f:8: 'o' is missing in 'order'\n",
         "object not in order"},
        {"object o \"x\"\n    mode m\n    attr p flag\n        syntax a\n"
         "        help \"x\"\norder o\n", "f:8: no mode 'm'\n",
         "mode of an object"},
        {"object o \"x\"\n    syntax a\n    parent p\norder o\n"
         "object p \"x\"\n    syntax b <n>\n    key n text(1..9) \"x\"\n",
         "f:12: 'p' is missing in 'order'\n", "parent not in order"},
        {"order o p\nobject o \"x\"\n    syntax a\n    parent p\n"
         "object p \"x\"\n    syntax b <n>\n    key n text(1..9) \"x\"\n",
         "f:9: the parent 'p' is no object before it in 'order'\n"
         "f:9: 'o' has neither keys nor attrs\n", "child before its parent"},
        {"order o p\nobject o \"x\"\n    attr q text(1..9)\n"
         "        help \"x\"\n        syntax a <q>\n        references p\n"
         "object p \"x\"\n    syntax b <n>\n    key n text(1..9) \"x\"\n",
         "f:10: 'q' refers to 'p', which is no object before it in "
         "'order'\n", "reference forward"},
    };
    /* clang-format on */

    EXPECT_REPORTS(rows);
}

Test(schemac_check, refuses_objects_that_cannot_be_stored)
{
    /* clang-format off */
    static const struct bad_row rows[] = {
        {"order o\nobject o \"x\"\n    syntax a\n",
         "f:9: 'o' has neither keys nor attrs\n", "nothing in it"},
        {"order o\nobject o \"x\"\n    key n text(1..9) \"x\"\n",
         "f:9: 'o' has keys, so it needs a 'syntax' or a 'preset'\n",
         "nobody can make it"},
        {"order o\nobject o \"x\"\n    preset x\n    attr p flag\n"
         "        help \"x\"\n        syntax a\n",
         "f:9: preset: 'x' must be the one key of 'o'\n", "preset, no key"},
        {"order o\nobject o \"x\"\n    syntax a <n>\n    together m\n"
         "    key n text(1..9) \"x\"\n",
         "f:9: together: 'm' is no key with others behind it\n", "no key"},
        {"order o\nobject o \"x\"\n    syntax a <n>\n    together n\n"
         "    key n text(1..9) \"x\"\n",
         "f:9: together: 'n' is no key with others behind it\n", "last key"},
        {"order o\nobject o \"x\"\n    attr p flag\n        syntax a\n",
         "f:10: 'p' needs a 'help'\n", "no help"},
        {"order o\nobject o \"x\"\n    attr p\n        syntax a\n"
         "        help \"x\"\n", "f:10: 'p' needs a type, or fields\n"
         "f:9: 'o' has neither keys nor attrs\n", "no type"},
        {"order o\nobject o \"x\"\n    attr p\n        syntax a <q>\n"
         "        help \"x\"\n        field q flag \"x\"\n",
         "f:13: a flag must be an attr of its own\n", "flag as a field"},
        {"order o\nobject o \"x\"\n    syntax a <k>\n"
         "    key k line(1..9) \"x\"\n",
         "f:11: a key must be one word that can be compared\n", "key type"},
        {"order o\nobject o \"x\"\n    syntax a <k>\n"
         "    key k hash(1..9) \"x\"\n",
         "f:11: a key must be one word that can be compared\n", "a hash"},
        {"order o\nobject o \"x\"\n    syntax a [<k>]\n"
         "    key k uint(1..9) \"x\" default 10\n",
         "f:11: '10' cannot be a default of 'k'\n", "a key's default"},
        {"order o\nobject o \"x\"\n    attr group flag\n        syntax a\n"
         "        help \"x\"\n",
         "f:10: 'group' is a word of C or SQL, take another name\n",
         "reserved word"},
        {"order o\nobject o \"x\"\n    attr 2nd flag\n        syntax a\n"
         "        help \"x\"\n", "f:10: '2nd' starts with a digit\n",
         "no C name"},
        {"order o\nobject o \"x\"\n"
         "    attr p uint(1..18446744073709551615)\n"
         "        syntax a <p>\n        help \"x\"\n",
         "f:10: the database holds numbers up to 9223372036854775807\n",
         "larger than SQL's INTEGER"},
        {"order p o\nobject p \"x\"\n    syntax a [<n>]\n"
         "    key n text(1..9) \"x\" optional\nobject o \"x\"\n"
         "    parent p\n    syntax b <m>\n    key m text(1..9) \"x\"\n",
         "f:12: the key 'n' of 'p' is optional, so that cannot be a parent\n",
         "parent without a sure key"},
    };
    /* clang-format on */

    EXPECT_REPORTS(rows);
}

Test(schemac_check, refuses_defaults_and_rules_that_do_not_hold)
{
    /* clang-format off */
    static const struct bad_row rows[] = {
        {"order o\nobject o \"x\"\n    attr p uint(1..9)\n"
         "        syntax a <p>\n        help \"x\"\n        default 10\n",
         "f:13: '10' cannot be a default of 'p'\n", "out of range"},
        {"order o\nobject o \"x\"\n    attr p flag\n"
         "        syntax a\n        help \"x\"\n        default off\n",
         "f:13: 'off' cannot be a default of 'p'\n", "a flag is off anyway"},
        {"order o\nobject o \"x\"\n    attr p enum(kind)\n"
         "        syntax a <p>\n        help \"x\"\n        default re\n",
         "f:13: 're' cannot be a default of 'p'\n", "no value"},
        {"order o\nobject o \"x\"\n    attr p uint(1..9)\n"
         "        syntax a <p>\n        help \"x\"\n        default 1\n"
         "        default 2\n", "f:14: a second default for 'p'\n", "twice"},
        {"order o\nobject o \"x\"\n    attr p\n        syntax a <q>\n"
         "        help \"x\"\n        field q ipv4 \"x\"\n"
         "        default 1\n",
         "f:14: say which field of 'p' the default is for\n", "of which"},
        {"order o\nobject o \"x\"\n    kinds p\n    attr p flag\n"
         "        syntax a\n        help \"x\"\n",
         "f:9: kinds: 'p' is no enum attr with a default and up to 2 "
         "values\n", "kinds of a flag"},
        {"order o\nobject o \"x\"\n    attr p flag\n        syntax a\n"
         "        help \"x\"\n        red optional\n",
         "f:13: 'o' has no kinds; say 'required' or nothing\n",
         "rule without kinds"},
        {"order o\nobject o \"x\"\n    kinds p\n    attr p enum(kind)\n"
         "        syntax a <p>\n        help \"x\"\n        default red\n"
         "        green optional\n        red optional\n"
         "        red required \"x\"\n", "f:15: no kind 'green' of 'p'\n"
         "f:17: a second rule for kind 'red' of 'p'\n",
         "unknown and double kind"},
        {"order o\nobject o \"x\"\n    kinds p\n    attr p enum(kind)\n"
         "        syntax a <p>\n        help \"x\"\n        default red\n"
         "        required \"x\"\n",
         "f:11: 'o' has kinds; say what is required by kind\n",
         "required with kinds"},
        {"order o\nobject o \"x\"\n    attr p ipv4\n        syntax a <p>\n"
         "        help \"x\"\n        references o\n",
         "f:10: only one text can refer, and only to an object with one "
         "key\n", "a reference by address"},
    };
    /* clang-format on */

    EXPECT_REPORTS(rows);
}

Test(schemac_check, wants_the_two_modes_that_programs_name)
{
    static const char text[] = "exec e \"x\"\n    syntax a\n";
    struct model model;

    model_init(&model);
    schema_parse(&model, "f", text, strlen(text));
    schema_finish(&model);
    cr_expect_str_eq(str_text(&model.report.text),
        "f:2: commands need the modes 'exec' and 'config'\n");
    model_done(&model);
}

Test(schemac_check, gives_children_the_keys_of_their_parents)
{
    static const char text[] =
        "order p o q\nobject p \"x\"\n    syntax a <name>\n"
        "    key name text(1..9) \"x\"\nobject o \"x\"\n    parent p\n"
        "    syntax b <name> <slot>\n    key name text(1..9) \"x\"\n"
        "    key slot uint(1..9) \"x\"\nobject q \"x\"\n    parent o\n"
        "    syntax a <name>\n    key name text(1..9) \"x\"\n";
    static const char *const names[] = {"p", "o", "o_slot", "name"};
    struct model model;
    const struct object *object;

    model_init(&model);
    schema_parse(&model, "g", prologue, strlen(prologue));
    schema_parse(&model, "f", text, strlen(text));
    schema_finish(&model);
    cr_assert_eq(model.report.count, 0, "%s", str_text(&model.report.text));
    object = model_object(&model, "q");
    cr_assert_eq(object->field_count, 4);
    cr_expect_eq(object->inherited_count, 3);
    for (size_t i = 0; i < 4; i++)
        cr_expect_str_eq(object->fields[i]->id, names[i]);
    model_done(&model);
}
