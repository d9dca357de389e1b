/* test_arguments.c - options by a table. */
#include <criterion/criterion.h>

#include "base/arguments.h"
#include "base/str.h"

#include <getopt.h>
#include <string.h>

TestSuite(arguments, .timeout = 10);

enum { WORDS_MAX = 16, LIST_MAX = 2 };

struct read {
    bool flag;
    bool maybe;
    const char *maybe_text;
    const char *text;
    const char *words[LIST_MAX];
    size_t word_count;
    int descriptor;
    enum log_level level;
};

/* They point into the line. */
static enum err
read_line(char *line, struct read *out_read)
{
    struct read got = {.descriptor = -1, .level = LOG_NOTICE, .text = "usual"};
    struct argument_list list = {got.words, LIST_MAX, 0};
    const struct argument known[] = {
        {.name = "flag",  .flag = &got.flag },
        {.name = "maybe", .flag = &got.maybe, .text = &got.maybe_text},
        {.name = "text",               .text = &got.text                   },
        {.name = "list",               .list = &list},
        {.name = "descriptor",               .descriptor = &got.descriptor             },
        {.name = "level",               .level = &got.level     },
    };
    char program[] = "test";
    char *words[WORDS_MAX] = {program};
    char *rest = line;
    char *word;
    int count = 1;
    enum err error;

    while ((word = strsep(&rest, " ")) != NULL) {
        if (word[0] != '\0')
            words[count++] = word;
    }
    optind = 0; /* getopt begins again */
    error = arguments_read(
        "test", known, sizeof known / sizeof known[0], count, words);
    got.word_count = list.count;
    if (error == OK)
        *out_read = got;
    return error;
}

Test(arguments, go_where_the_table_says)
{
    char all[] = "--flag --maybe=m --text t --list=a --descriptor 7 --list b "
                 "--level debug";
    char few[] = "--maybe --text=t";
    char none[] = "";
    struct read got;

    cr_assert_eq(read_line(all, &got), OK);
    cr_expect(got.flag);
    cr_expect(got.maybe);
    cr_expect_str_eq(got.maybe_text, "m");
    cr_expect_str_eq(got.text, "t");
    cr_expect_eq(got.word_count, 2);
    cr_expect_str_eq(got.words[0], "a");
    cr_expect_str_eq(got.words[1], "b");
    cr_expect_eq(got.descriptor, 7);
    cr_expect_eq(got.level, LOG_DEBUG);

    cr_assert_eq(read_line(few, &got), OK);
    cr_expect_not(got.flag);
    cr_expect(got.maybe);
    cr_expect_null(got.maybe_text);
    cr_expect_str_eq(got.text, "t");

    cr_assert_eq(read_line(none, &got), OK);
    cr_expect_not(got.maybe);
    cr_expect_str_eq(got.text, "usual");
    cr_expect_eq(got.word_count, 0);
    cr_expect_eq(got.descriptor, -1);
    cr_expect_eq(got.level, LOG_NOTICE);
}

Test(arguments, are_refused_where_they_are_none)
{
    static const char *const lines[] = {"--none", "--flag=x", "--text",
        "--list a --list b --list c", "--descriptor x",
        "--descriptor 99999999999", "--descriptor -1", "--level loud", "word",
        "--flag word"};
    struct read got;
    char line[64];

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        cr_assert_lt(strlen(lines[i]), sizeof line);
        memcpy(line, lines[i], strlen(lines[i]) + 1);
        cr_expect_eq(read_line(line, &got), ERR_SYNTAX, "%s", lines[i]);
    }
}
