/*
 * Syntax lines as flat patterns.
 */
#include "schemas/schemac/model.h"

#include <criterion/criterion.h>
#include <string.h>

/* An exec with four arguments and the line under test. */
static void
load(struct model *model, const char *syntax)
{
    struct str text;

    str_init(&text);
    str_printf(&text,
        "mode exec \"\"\nmode config \"\"\n"
        "enum e \"x\"\n    value on \"x\"\n"
        "exec go \"x\"\n    syntax %s\n    arg a ipv4 \"x\"\n"
        "    arg t text(1..9) \"x\"\n    arg u uint(1..9) \"x\"\n"
        "    arg l list(e 1..2) \"x\"\n"
        "word \"go\" \"Go\"\nword \"to\" \"To\"\nword \"go by\" \"Go by\"\n"
        "word \"by\" \"By\"\n",
        syntax);
    model_init(model);
    schema_parse(model, "f", str_text(&text), text.length);
    schema_finish(model);
    str_done(&text);
}

/* "go to <a>; go to <a> by" */
static void
write_patterns(const struct model *model, struct str *out)
{
    const struct command *command = TAILQ_FIRST(&model->commands);
    const struct pattern *pattern;

    TAILQ_FOREACH(pattern, &command->patterns, link) {
        if (out->length > 0)
            str_add(out, "; ");
        for (size_t i = 0; i < pattern->count; i++) {
            const struct token *token = &pattern->tokens[i];

            if (i > 0)
                str_add_char(out, ' ');
            if (token->word != NULL)
                str_add(out, token->word);
            if (token->prefix_optional)
                str_add_char(out, '?');
            if (token->field != NULL)
                str_printf(out, "<%s>", token->field->name);
        }
    }
}

Test(schemac_expand, makes_every_way_to_type_a_line)
{
    /* clang-format off */
    static const struct {
        const char *syntax;
        const char *patterns;
        const char *why;
    } rows[] = {
        {"go <a> <t> <u> <l>", "go <a> <t> <u> <l>", "flat"},
        {"go <a> <t> [<u>] to <l>", "go <a> <t> to <l>; go <a> <t> <u> to <l>",
         "without the optional part first"},
        {"go { <a> | to <t> <u> <l> }", "go <a>; go to <t> <u> <l>",
         "alternatives in their order"},
        {"go [<a> | <t>] {<u>|by} <l>",
         "go <u> <l>; go <a> <u> <l>; go <t> <u> <l>; "
         "go by <l>; go <a> by <l>; go <t> by <l>", "all combinations"},
        {"go <a> [to <t> [by <u>]] <l>",
         "go <a> <l>; go <a> to <t> <l>; go <a> to <t> by <u> <l>", "nested"},
    };
    /* clang-format on */

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct model model;
        struct str patterns;

        str_init(&patterns);
        load(&model, rows[i].syntax);
        write_patterns(&model, &patterns);
        cr_expect_str_eq(str_text(&patterns), rows[i].patterns, "%s: %s: %s",
            rows[i].why, rows[i].syntax, str_text(&patterns));
        str_done(&patterns);
        model_done(&model);
    }
}

Test(schemac_expand, keeps_prefixes_with_their_colon)
{
    struct model model;
    struct str patterns;

    str_init(&patterns);
    load(&model, "go { to:<t> | [by:]<t> <a> <u> <l> }");
    cr_expect_eq(model.report.count, 0, "%s", str_text(&model.report.text));
    write_patterns(&model, &patterns);
    cr_expect_str_eq(str_text(&patterns), "go to:<t>; go by:?<t> <a> <u> <l>");
    str_done(&patterns);
    model_done(&model);
}

Test(schemac_expand, gives_a_word_the_help_of_the_path_that_fits_best)
{
    struct model model;
    const struct pattern *pattern;

    load(&model, "go [to <t>] by <a> <u> <l>");
    cr_assert_eq(model.report.count, 0, "%s", str_text(&model.report.text));
    pattern = TAILQ_FIRST(&TAILQ_FIRST(&model.commands)->patterns);
    cr_expect_str_eq(pattern->tokens[1].help, "Go by", "the whole path");
    pattern = TAILQ_NEXT(pattern, link);
    cr_expect_str_eq(pattern->tokens[1].help, "To", "the word alone");
    cr_expect_str_eq(
        pattern->tokens[3].help, "Go by", "words between do not matter");
    model_done(&model);
}

Test(schemac_expand, refuses_lines_with_a_reason)
{
    /* clang-format off */
    static const struct {
        const char *syntax;
        const char *report;
    } rows[] = {
        {"go <a> <t> <u> <l> [", "syntax: a bracket is not closed"},
        {"go <a> <t> <u> <l> ]", "syntax: a bracket that closes nothing"},
        {"go {<a>] <t> <u> <l>", "syntax: a bracket that closes nothing"},
        {"go <a> | <t>", "syntax: '|' outside brackets"},
        {"go <a> <t> <u> <l> ++", "syntax: cannot be read"},
        {"go <a", "syntax: cannot be read"},
        {"go <a><t>", "syntax: cannot be read"},
        {"go <z>", "syntax: nothing is called 'z' here"},
        {"go <a:masked>", "syntax: only a secret has a masked form"},
        {"go x:<a>", "syntax: only a text can have a prefix"},
        {"[go <a> <t> <u> <l>]", "syntax: it could be an empty line"},
        {"<t> <a> <u> <l>", "a command starts with a word"},
        {"go <a> <t> <u>", "the argument 'l' cannot be typed"},
        {"go <a> <a> <t> <u> <l>", "'a' is twice in one way to type it"},
        {"go <l> <a> <t> <u>",
         "'l' takes several words, so it must be the last"},
        {"go [to] [to] <a> <t> <u> <l>", "two ways to type it are the same"},
        {"go far <a> <t> <u> <l>", "no help: write  word \"go far\" \"...\""},
        {"go [to] [by] [to] [by] [to] [by] [to]",
         "syntax: more than 96 ways to type it"},
        {"go [[[[[[[[to]]]]]]]]", "syntax: brackets nested too deeply"},
        {"go to to to to to to to to to to to to to to to to to to to to to "
         "to to to to", "syntax: more than 24 words in one way to type it"},
    };
    /* clang-format on */

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct model model;
        struct str report;

        str_init(&report);
        str_printf(&report, "f:6: %s\n", rows[i].report);
        load(&model, rows[i].syntax);
        cr_expect_str_eq(str_text(&model.report.text), str_text(&report),
            "%s: got %s", rows[i].syntax, str_text(&model.report.text));
        model_done(&model);
        str_done(&report);
    }
}

static const char objects[] =
    "mode exec \"\"\nmode config \"\"\norder o\nobject o \"x\"\n"
    "    syntax at <n> { <h> | to <t> } [by <d>]\n"
    "    key n text(1..9) \"x\"\n    key h ipv4 \"x\" optional\n"
    "    key t text(1..9) \"x\" optional\n"
    "    attr d uint(1..9)\n        help \"x\"\n"
    "    attr life\n        help \"x\"\n        field s uint(1..9) \"x\"\n"
    "        field k uint(1..9) \"x\"\n"
    "        syntax my life { s <s> [k <k>] | k <k> }\n"
    "    attr off flag\n        help \"x\"\n        syntax shut off\n"
    "word \"at\" \"x\"\nword \"to\" \"x\"\nword \"by\" \"x\"\n"
    "word \"my\" \"x\"\nword \"life\" \"x\"\nword \"s\" \"x\"\n"
    "word \"k\" \"x\"\nword \"shut\" \"x\"\nword \"off\" \"x\"\n";

Test(schemac_expand, lets_a_no_form_end_early)
{
    static const size_t ends[3][4] = {
        {3, 4, 3, 4}, /* at n h | at n to t | ... by d */
        {2, 2, 2, 0}, /* my life                       */
        {2, 0, 0, 0}, /* shut off                      */
    };
    const struct command *command;
    size_t c = 0;
    struct model model;

    model_init(&model);
    schema_parse(&model, "f", objects, strlen(objects));
    schema_finish(&model);
    cr_assert_eq(model.report.count, 0, "%s", str_text(&model.report.text));
    TAILQ_FOREACH(command, &model.commands, link) {
        const struct pattern *pattern;
        size_t p = 0;

        TAILQ_FOREACH(pattern, &command->patterns, link) {
            cr_expect_eq(pattern->negate_from, ends[c][p],
                "command %zu pattern %zu: %zu", c, p, pattern->negate_from);
            p++;
        }
        c++;
    }
    model_done(&model);
}

Test(schemac_expand, lets_a_no_form_name_all_that_go_together)
{
    static const char text[] =
        "mode exec \"\"\nmode config \"\"\norder o\nobject o \"x\"\n"
        "    syntax at <n> { <h> | any } [to any]\n"
        "    key n text(1..9) \"x\"\n    key h ipv4 \"x\" optional\n"
        "    together n\n"
        "word \"at\" \"x\"\nword \"to\" \"x\"\nword \"any\" \"x\"\n";
    static const size_t counts[] = {3, 3, 5, 5};
    const struct pattern *pattern;
    struct model model;
    size_t p = 0;

    model_init(&model);
    schema_parse(&model, "f", text, strlen(text));
    schema_finish(&model);
    cr_assert_eq(model.report.count, 0, "%s", str_text(&model.report.text));
    TAILQ_FOREACH(pattern, &TAILQ_FIRST(&model.commands)->patterns, link) {
        cr_expect_eq(pattern->negate_at, 2);
        cr_expect_eq(pattern->negate_from, counts[p],
            "words behind the last key are part of what it says");
        p++;
    }
    cr_expect_eq(p, 4);
    model_done(&model);
}

Test(schemac_expand, labels_settings_by_what_is_typed)
{
    struct model model;
    const struct attr *attr;

    model_init(&model);
    schema_parse(&model, "f", objects, strlen(objects));
    schema_finish(&model);
    cr_assert_eq(model.report.count, 0);
    attr = TAILQ_FIRST(&TAILQ_FIRST(&model.objects)->attrs);
    cr_expect_str_eq(attr->label, "by", "in its object's line");
    attr = TAILQ_NEXT(attr, link);
    cr_expect_str_eq(attr->label, "my life", "in a line of its own");
    model_done(&model);
}

Test(schemac_expand, refuses_objects_whose_lines_say_too_little)
{
    /* clang-format off */
    static const struct {
        const char *text;
        const char *report;
    } rows[] = {
        {"object o \"x\"\n    syntax at [<n>]\n    key n text(1..9) \"x\"\n",
         "f:5: the key 'n' can be left out\n"},
        {"object o \"x\"\n    syntax at <n>\n    key n text(1..9) \"x\"\n"
         "    key m text(1..9) \"x\" optional\n", "f:5: 'm' cannot be typed\n"},
        {"object o \"x\"\n    attr p ipv4\n        help \"x\"\n",
         "f:5: neither 'p' nor its object has a 'syntax'\n"},
        {"object o \"x\"\n    attr p ipv4\n        help \"x\"\n"
         "        syntax at\n", "f:7: 'p' cannot be typed\n"},
        {"object o \"x\"\n    attr p flag\n        help \"x\"\n"
         "        syntax at <p>\n", "f:7: 'p' is a flag and takes no slot\n"},
        {"object o \"x\"\n    attr p secret(text 1..9)\n        help \"x\"\n"
         "        syntax at <p>\n",
         "f:7: a secret needs a masked form to be shown in\n"},
        {"object o \"x\"\n    attr p hash(1..9)\n        help \"x\"\n"
         "        syntax at <p>\n",
         "f:7: a secret needs a masked form to be shown in\n"},
        {"object o \"x\"\n    syntax at [<n>]\n"
         "    key n uint(1..9) \"x\" default 5\n", ""},
    };
    /* clang-format on */

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        static const char start[] =
            "order o\nmode exec \"\"\nmode config \"\"\n";
        struct model model;
        struct str text;

        str_init(&text);
        str_printf(&text, "%s%sword \"at\" \"x\"\n", start, rows[i].text);
        model_init(&model);
        schema_parse(&model, "f", str_text(&text), text.length);
        schema_finish(&model);
        cr_expect_str_eq(str_text(&model.report.text), rows[i].report, "got %s",
            str_text(&model.report.text));
        model_done(&model);
        str_done(&text);
    }
}
