#include "parse/words.h"

#include <criterion/criterion.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

Test(words, are_split_at_blanks_and_kept_by_quotes)
{
    static const struct {
        const char *line;
        const char *words; /* joined by '/' */
        const char *why;
    } rows[] = {
        {"",                "",             "nothing"                            },
        {"  \t ",           "",             "blanks only"                        },
        {"show  version",   "show/version", "several blanks"                     },
        {" a\tb\r",         "a/b",          "tabs, and the end of a foreign line"},
        {"\"a b\" c",       "a b/c",        "a quoted word"                      },
        {"ipsec:\"a b\"",   "ipsec:a b",    "quotes in the middle of a word"     },
        {"\"a\\\"b\\\\c\"", "a\"b\\c",      "both escapes"                       },
        {"\"a\\nb\"",       "a\\nb",        "no other escape"                    },
        {"a\\b",            "a\\b",         "no escape outside quotes"           },
        {"\"\" x",          "/x",           "an empty word"                      },
        {"a|b",             "a|b",          "a bar is a character"               },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct words words;
        char joined[200] = "";

        words_split(rows[i].line, 0, false, &words);
        for (size_t k = 0; k < words.count; k++) {
            if (k > 0)
                strcat(joined, "/");
            strcat(joined, words.words[k].text);
            cr_expect_eq(words.words[k].length, strlen(words.words[k].text));
        }
        cr_expect_str_eq(joined, rows[i].words, "%s", rows[i].why);
        cr_expect_eq(words.excess, WORDS_NOWHERE);
    }
}

Test(words, know_their_columns)
{
    struct words words;

    words_split("no  \"a b\" c ", 2, false, &words);
    cr_assert_eq(words.count, 2);
    cr_expect_eq(words.words[0].column, 4);
    cr_expect(words.words[0].quoted);
    cr_expect_eq(words.words[1].column, 10);
    cr_expect(!words.words[1].quoted);
    cr_expect_eq(words.end, 11, "without the blank that trails");
}

Test(words, end_at_the_first_bar_outside_quotes)
{
    struct words words;

    words_split("show \"a|b\\\"|\" x|inc y", 0, true, &words);
    cr_expect_eq(words.bar, 15);
    cr_assert_eq(words.count, 3);
    cr_expect_str_eq(words.words[1].text, "a|b\"|");
    cr_expect_str_eq(words.words[2].text, "x");
}

Test(words, tell_a_quote_that_is_not_closed)
{
    struct words words;

    words_split("hostname \"one two", 0, false, &words);
    cr_assert_eq(words.count, 2);
    cr_expect(words.words[1].open);
    cr_expect(!words.words[0].open);
}

Test(words, stop_where_there_is_no_more_room)
{
    char line[2 * (PARSE_WORDS_MAX + 1) + 1];
    struct words words;

    for (size_t i = 0; i < sizeof line - 1; i++)
        line[i] = i % 2 == 0 ? 'x' : ' ';
    line[sizeof line - 1] = '\0';
    words_split(line, 0, false, &words);
    cr_expect_eq(words.count, PARSE_WORDS_MAX);
    cr_expect_eq(words.excess, 2 * PARSE_WORDS_MAX);
}

Test(words, hold_the_longest_line)
{
    static char line[PARSE_LINE_MAX + 1];
    struct words words;

    memset(line, 'x', PARSE_LINE_MAX);
    words_split(line, 0, false, &words);
    cr_assert_eq(words.count, 1);
    cr_expect_eq(words.words[0].length, PARSE_LINE_MAX);
}
