#include "show/show.h"

#include "base/str.h"

#include <criterion/criterion.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

Test(filter, lets_the_right_lines_pass)
{
    static const char *const lines[] = {
        "interface loopback 0", "ip address", "interface tunnel a", "end"};
    static const struct {
        const char *filter;
        const char *passes; /* one letter for each line */
        const char *why;
    } rows[] = {
        {NULL,                                    "yyyy", "no filter"                      },
        {"include interface",                     "ynyn", "the plain form"                 },
        {"i interface",                           "ynyn", "shortened"                      },
        {"INC interface",                         "ynyn", "in capitals"                    },
        {"exclude interface",                     "nyny", "the opposite"                   },
        {"begin tunnel",                          "nnyy", "from there to the end"          },
        {"include ip a",                          "nynn", "a blank in the expression"      },
        {"include tunnel|end",                    "nnyy", "an alternative"                 },
        {"include (tunnel | end)",                "nnyn",
         "a bar between blanks, but no filter after it"                                    },
        {"include ^i.*[0a]$",                     "ynyn", "extended expressions"           },
        {"include interface | exclude loop",      "nnyn", "a chain of two"                 },
        {"begin ip | include e | exclude tunnel", "nyny", "a chain of three"               },
        {"display json",                          "yyyy", "all lines"                      },
        {"display json | include end",            "nnny", "and a filter after it"          },
        {"include end  ",                         "nnny", "blanks that trail are not meant"},
        {"count",                                 "nnnn", "none, they are counted"         },
        {"include tunnel | coun",                 "nnyn", "at the end, count is whole"     },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct show_filter *filter = NULL;
        struct str problem;

        str_init(&problem);
        cr_assert_eq(show_filter_new(rows[i].filter, &filter, &problem), OK,
            "%s: %s", rows[i].why, str_text(&problem));
        for (size_t k = 0; k < COUNT(lines); k++)
            cr_expect_eq(show_filter_line(filter, lines[k]),
                rows[i].passes[k] == 'y', "%s: %s", rows[i].why, lines[k]);
        show_filter_free(filter);
        str_done(&problem);
    }
}

Test(filter, counts_the_lines_that_come_so_far)
{
    static const struct {
        const char *filter;
        size_t lines;
        bool counts;
        const char *why;
    } rows[] = {
        {NULL,                      0, false, "no filter"                  },
        {"include a",               0, false, "another one"                },
        {"count",                   3, true,  "all"                        },
        {"co",                      3, true,  "shortened"                  },
        {"include a | count",       2, true,  "of those that match"        },
        {"include a | count ",      2, true,  "a blank behind it"          },
        {"exclude a | coun | in x", 1, true,  "nothing comes out behind it"},
        {"include z | count",       0, true,  "none"                       },
    };
    static const char *const lines[] = {"aa", "ba", "c"};

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct show_filter *filter = NULL;
        struct str problem;
        size_t met = 0;

        str_init(&problem);
        cr_assert_eq(show_filter_new(rows[i].filter, &filter, &problem), OK,
            "%s: %s", rows[i].why, str_text(&problem));
        for (size_t k = 0; k < COUNT(lines); k++)
            (void)show_filter_line(filter, lines[k]);
        cr_expect_eq(
            show_filter_count(filter, &met), rows[i].counts, "%s", rows[i].why);
        cr_expect_eq(met, rows[i].lines, "%s: %zu", rows[i].why, met);
        show_filter_free(filter);
        str_done(&problem);
    }
}

Test(filter, says_what_is_wrong_with_it)
{
    static const struct {
        const char *filter;
        const char *problem; /* how it begins */
    } rows[] = {
        {"",
         "% A filter is one of: begin, count, exclude, include, display json."           },
        {"save file",               "% A filter is one of:"                              },
        {"include",                 "% After include there must be a regular expression."},
        {"include x | exclude ",
         "% After exclude there must be a regular expression."                           },
        {"include (",               "% The regular expression is wrong: "                },
        {"display xml",             "% Output can be displayed as: json."                },
        {"display",                 "% Output can be displayed as: json."                },
        {"include x | display xml", "% Output can be displayed as: json."                },
        {"count x",                 "% After count nothing more can stand."              },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct show_filter *filter = NULL;
        struct str problem;

        str_init(&problem);
        cr_expect_eq(show_filter_new(rows[i].filter, &filter, &problem),
            ERR_SYNTAX, "%s", rows[i].filter);
        cr_expect_null(filter);
        cr_expect(str_has_prefix(str_text(&problem), rows[i].problem),
            "[%s]: %s", rows[i].filter, str_text(&problem));
        str_done(&problem);
    }
}

Test(filter, tells_when_json_is_wanted)
{
    static const struct {
        const char *filter;
        bool json;
    } rows[] = {
        {NULL,                       false},
        {"include json",             false},
        {"display json",             true },
        {"d j",                      true },
        {"include a | display json", true },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct show_filter *filter = NULL;
        struct str problem;

        str_init(&problem);
        cr_assert_eq(show_filter_new(rows[i].filter, &filter, &problem), OK);
        cr_expect_eq(show_filter_wants_json(filter), rows[i].json);
        show_filter_free(filter);
        str_done(&problem);
    }
}
