#include "parse/parse.h"

#include "base/str.h"

#include <criterion/criterion.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct parse_place exec = {MODE_EXEC, SCHEMA_NONE, 15};
static const struct parse_place config = {MODE_CONFIG, SCHEMA_NONE, 15};
static const struct parse_place tunnel = {MODE_CONFIG_IF, OBJECT_TUNNEL, 15};

/* Live objects, as the daemon would name them. */
static void
find_names(void *context, uint16_t object, const char *prefix,
    void (*take)(void *taker, const char *name), void *taker)
{
    static const struct {
        uint16_t object;
        const char *name;
    } names[] = {
        {OBJECT_TUNNEL,         "siteB"    },
        {OBJECT_TUNNEL,         "siteC"    },
        {OBJECT_TUNNEL,         "two words"},
        {OBJECT_TRANSFORM_SET,  "strong"   },
        {OBJECT_VIRTUAL_ROUTER, "default"  },
        {OBJECT_VIRTUAL_ROUTER, "vrA"      },
    };

    (void)context;
    for (size_t i = 0; i < COUNT(names); i++) {
        if (names[i].object == object && str_has_prefix(names[i].name, prefix))
            take(taker, names[i].name);
    }
}

static const struct parse_names names = {.find = find_names};

/* All choices joined by blanks; what is no literal in (). */
static void
join(const struct parse_choices *choices, struct str *out)
{
    for (size_t i = 0; i < choices->count; i++) {
        const struct parse_choice *choice = &choices->choices[i];

        str_printf(out, choice->literal ? "%s%s" : "%s(%s)", i == 0 ? "" : " ",
            choice->word);
    }
}

struct row {
    const struct parse_place *place;
    const char *text;
    const char *choices;
    const char *completion;
};

static void
try_row(const struct row *row)
{
    struct parse_choices choices;
    struct str text;

    str_init(&text);
    parse_choices_find(row->place, row->text, &names, &choices);
    join(&choices, &text);
    cr_expect_str_eq(str_text(&text), row->choices, "[%s]: got: %s", row->text,
        str_text(&text));
    str_clear(&text);
    parse_completion(&choices, row->text, &text);
    cr_expect_str_eq(str_text(&text), row->completion,
        "Tab after [%s]: got: "
        "[%s]",
        row->text, str_text(&text));
    parse_choices_done(&choices);
    str_done(&text);
}

Test(help, offers_what_can_stand_there)
{
    static const struct row rows[] = {
        {&exec,   "sho",                                           "show",                                             "w "             },
        {&exec,   "show",                                          "show",                                             " "              },
        {&exec,   "SHO",                                           "show",                                             "w "             },
        {&exec,   "co",                                            "commit configure copy",                            ""               },
        {&exec,   "show ip r",                                     "route",                                            "oute "          },
        {&exec,   "show v",                                        "version virtual-router",                           ""               },
        {&exec,   "show version ",                                 "(<cr>) (|)",                                       ""               },
        {&exec,   "show version",                                  "version",                                          " "              },
        {&exec,   "show nothing ",                                 "",                                                 ""               },
        {&exec,   "show ipsec t",                                  "transform-set transport tunnel",                   ""               },
        {&exec,   "commit ",                                       "(<cr>) and-exit check comment confirmed id label",
         ""                                                                                                                             },
        {&exec,   "commit co",                                     "comment confirmed",                                ""               },
        {&exec,   "terminal length ",                              "(<0 - 512>)",                                      ""               },
        {&exec,   "terminal length 1",                             "(<0 - 512>)",                                      ""               },
        {&exec,   "terminal length z",                             "",                                                 ""               },
        {&exec,   "! any",                                         "",                                                 ""               },
        {&exec,   "terminal length \"",                            "(<0 - 512>)",                                      ""               },
        {&tunnel, "ip c",                                          "classifier-list",                                  "lassifier-list "},
        {&tunnel, "ips c",
         "ca certificate certificate-database certificate-request clear crl",                                          ""               },
        {&tunnel, "tunnel m",                                      "mtu",                                              "tu "            },
        {&tunnel, "tunnel session-key-i",                          "session-key-inbound",                              "nbound "        },
        {&tunnel, "tunnel s",
         "session-key-inbound session-key-outbound "
            "signaling source",                                                                                        ""               },
        {&tunnel, "tunnel se",                                     "session-key-inbound session-key-outbound",
         "ssion-key-"                                                                                                                   },
        {&tunnel, "tunnel signaling ",                             "isakmp manual",                                    ""               },
        {&tunnel, "tunnel signaling m",                            "manual",                                           "anual "         },
        {&tunnel, "tunnel source ",                                "(A.B.C.D) identity",                               "identity "      },
        {&tunnel, "tunnel session-key-inbound esp-des 1 ",         "(HEX) masked",
         "masked "                                                                                                                      },
        {&tunnel, "ip a",                                          "address",                                          "ddress "        },
        {&tunnel, "description ",                                  "(LINE)",                                           ""               },
        {&tunnel, "description some te",                           "",                                                 ""               },
        {&tunnel, "no tunnel lifetime ",                           "(<cr>) kilobytes seconds",                         ""               },
        {&tunnel, "no tunnel m",                                   "mtu",                                              "tu "            },
        {&tunnel, "default tunnel mtu ",                           "(<160 - 9000>) (<cr>)",                            ""               },
        {&tunnel, "no",                                            "no",                                               " "              },
        {&config, "ipsec transform-set s esp-des esp-3des-hmac-s",
         "esp-3des-hmac-sha esp-3des-hmac-sha256",                                                                     "ha"             },
        {&config, "run show ver",                                  "version",                                          "sion "          },
        {&config, "no co",                                         "",                                                 ""               },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        try_row(&rows[i]);
}

Test(help, offers_names_of_live_objects)
{
    static const struct row rows[] = {
        {&config, "interface tunnel ",
         "gre: (ipsec:WORD) ipsec:siteB ipsec:siteC",                                     ""       },
        {&config, "interface tunnel i",           "(ipsec:WORD) ipsec:siteB ipsec:siteC",
         "psec:site"                                                                               },
        {&config, "interface tunnel ipsec:siteB", "(ipsec:WORD) ipsec:siteB",
         " "                                                                                       },
        {&config, "interface tunnel ipsec:x",     "(ipsec:WORD)",                         ""       },
        {&config, "interface tunnel x",           "",                                     ""       },
        {&config, "no virtual-router v",          "(WORD) vrA",                           "rA "    },
        {&tunnel, "tunnel transform-set ",        "(WORD) strong",                        "strong "},
        {&exec,   "show ipsec tunnel s",          "(WORD) siteB siteC state summary",     ""       },
        {&exec,   "show ipsec tunnel ipsec:",     "(WORD) ipsec:siteB ipsec:siteC",
         "site"                                                                                    },
        {&exec,   "ping vrf d",                   "(WORD) default",                       "efault "},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        try_row(&rows[i]);
}

Test(help, completes_the_prefix_of_a_name_that_is_new)
{
    struct parse_choices choices;
    struct str text;

    str_init(&text);
    parse_choices_find(&config, "interface tunnel i", NULL, &choices);
    parse_completion(&choices, "interface tunnel i", &text);
    cr_expect_str_eq(str_text(&text), "psec:", "no blank after it");
    parse_choices_done(&choices);
    str_done(&text);
}

Test(help, offers_filters_behind_a_bar)
{
    static const struct row rows[] = {
        {&exec,   "show version | ",                        "begin count display exclude include", ""       },
        {&exec,   "show version |i",                        "include",                             "nclude "},
        {&exec,   "show version | display ",                "json",                                "json "  },
        {&exec,   "show version | include ",                "(LINE)",                              ""       },
        {&exec,   "show version | include a | e",           "exclude",                             "xclude "},
        {&exec,   "show configuration | c",                 "compare count",                       "o"      },
        {&exec,   "show version | cou",                     "count",                               "nt "    },
        {&exec,   "show version | count ",                  "(<cr>)",                              ""       },
        {&exec,   "show configuration | compare ",          "(<cr>) rollback",
         "rollback "                                                                                        },
        {&exec,   "show configuration | compare rollback ", "(<0 - 4294967295>)",
         ""                                                                                                 },
        {&exec,   "show configuration at 1 | c",            "count",                               "ount "  },
        {&tunnel, "tunnel mtu 1400 | ",                     "",                                    ""       },
        {&tunnel, "description a | b",                      "",                                    ""       },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        try_row(&rows[i]);
}

/* Is the word among the choices? */
static bool
offers(const struct parse_place *place, const char *text, const char *word)
{
    struct parse_choices choices;
    bool found = false;

    parse_choices_find(place, text, NULL, &choices);
    for (size_t i = 0; i < choices.count; i++)
        found |= strcmp(choices.choices[i].word, word) == 0;
    parse_choices_done(&choices);
    return found;
}

Test(help, keeps_global_commands_out_of_the_bare_list_of_a_sub_mode)
{
    cr_expect(offers(&config, "", "interface"));
    cr_expect(offers(&tunnel, "", "tunnel"));
    cr_expect(offers(&tunnel, "", "show"));
    cr_expect(offers(&tunnel, "", "no"));
    cr_expect(!offers(&tunnel, "", "interface"));
    cr_expect(!offers(&tunnel, "no ", "interface"));
    cr_expect(offers(&tunnel, "in", "interface"));
    cr_expect(offers(&tunnel, "no in", "interface"));
    cr_expect(!offers(&exec, "", "no"));
}

Test(help, has_a_sentence_for_every_choice_and_each_once)
{
    struct parse_choices choices;

    parse_choices_find(&tunnel, "", NULL, &choices);
    cr_assert_gt(choices.count, 10);
    for (size_t i = 0; i < choices.count; i++) {
        cr_expect_str_neq(choices.choices[i].help, "");
        if (i > 0)
            cr_expect_lt(
                strcmp(choices.choices[i - 1].word, choices.choices[i].word), 0,
                "sorted, and no word twice");
    }
    parse_choices_done(&choices);
}
