/* test_text.c - breaking lines. */
#include "run/shell.h"

#include "base/str.h"

#include <criterion/criterion.h>

struct pair {
    const char *text;
    const char *expected;
    const char *why;
};

static void
expect_wrapped(const struct pair *row)
{
    struct str out;

    str_init(&out);
    wrap_text(row->text, 10, &out);
    cr_expect_str_eq(str_text(&out), row->expected, "%s", row->why);
    str_done(&out);
}

Test(run_text, breaks_long_lines_at_blanks)
{
    static const struct pair rows[] = {
        {.text = "ten chars.\n",               .expected = "ten chars.\n", .why = "fits"        },
        {.text = "one two three four\nfive\n",
         .expected = "one two\nthree four\nfive\n",
         .why = "at the last blank that fits"                                                   },
        {.text = "             ^\n",
         .expected = "             ^\n",
         .why = "a caret stays where it points"                                                 },
        {.text = "averyveryverylongword\n",
         .expected = "averyveryverylongword\n",
         .why = "there is no blank"                                                             },
        {.text = "\n\nx\n",                    .expected = "\n\nx\n",      .why = "empty lines" },
        {.text = "no end",                     .expected = "no end\n",     .why = "gets its end"},
    };
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_wrapped(&rows[i]);
}
