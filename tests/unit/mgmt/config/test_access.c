/*
 * access.c: entries of access lists that are typed without a number.
 */
#include "config/candidate.h"

#include <criterion/criterion.h>

#include "base/diag.h"
#include "base/str.h"
#include "tests/support/config_typing.h"

static void
type(struct candidate *candidate, const char *script)
{
    struct diag diag;

    diag_init(&diag);
    cr_assert_eq(type_script(candidate, script, &diag), OK);
    diag_done(&diag);
}

/* The paths of a candidate's access lists, a line each. */
static void
expect_lists(const struct candidate *candidate, const char *lines)
{
    const struct object *at = NULL;
    struct str paths;

    str_init(&paths);
    while ((at = config_next(candidate_work(candidate), OBJECT_ACCESS_LIST,
                at == NULL ? NULL : at->fields)) != NULL) {
        object_path(at, &paths);
        str_add_char(&paths, '\n');
    }
    cr_expect_str_eq(str_text(&paths), lines, "%s", str_text(&paths));
    str_done(&paths);
}

Test(access, entries_stand_in_the_order_in_which_they_are_typed)
{
    struct config *running = config_new();
    struct candidate *candidate = candidate_open(running);

    type(candidate, "access-list a permit host 10.0.0.9\n"
                    "access-list a deny any\n"
                    "access-list b permit any\n"
                    "access-list a permit host 10.0.0.1\n"
                    "access-list a sequence 15 deny host 10.0.0.8\n"
                    "virtual-router isp\n"
                    "access-list a permit any\n");
    expect_lists(candidate,
        "access-list a sequence 10 permit host 10.0.0.9\n"
        "access-list a sequence 15 deny host 10.0.0.8\n"
        "access-list a sequence 20 deny any\n"
        "access-list a sequence 30 permit host 10.0.0.1\n"
        "access-list b sequence 10 permit any\n"
        "virtual-router isp access-list a sequence 10 permit any\n");
    candidate_free(candidate);
    config_unref(running);
}

Test(access, what_is_typed_again_or_without_its_number_is_the_same)
{
    struct config *running = config_new();
    struct candidate *candidate = candidate_open(running);

    type(candidate, "access-list a permit host 10.0.0.9\n"
                    "access-list a sequence 17 deny any\n"
                    "access-list a deny any\n"
                    "access-list a permit host 10.0.0.9\n"
                    "access-list a permit host 10.0.0.7\n");
    expect_lists(candidate, "access-list a sequence 10 permit host 10.0.0.9\n"
                            "access-list a sequence 17 deny any\n"
                            "access-list a sequence 20 permit host 10.0.0.7\n");
    type(candidate, "no access-list a deny any\n"
                    "no access-list a sequence 10 permit host 10.0.0.9\n");
    expect_lists(candidate, "access-list a sequence 20 permit host 10.0.0.7\n");
    type(candidate, "no access-list a\n");
    expect_lists(candidate, "");
    candidate_free(candidate);
    config_unref(running);
}

Test(access, a_list_goes_with_the_entry_that_was_typed_last)
{
    struct config *running = config_new();
    struct candidate *candidate = candidate_open(running);

    type(candidate, "access-list a permit host 10.0.0.9\n"
                    "access-list a deny any\n"
                    "no access-list a\n");
    expect_lists(candidate, "");
    candidate_free(candidate);
    config_unref(running);
}

Test(access, says_what_is_missing_or_too_much)
{
    static const struct typed_case rows[] = {
        {"snmp-server community c ro 7\n",         DIAG_WARNING,
         "There is no `access-list 7`"                                                        },
        {"access-list a sequence 10 permit any\n", DIAG_ERROR,
         "Two entries of the list have this number"                                           },
        {"no access-list a\n",                     DIAG_WARNING, "There is no `access-list a`"},
        {"snmp-server host 192.0.2.9 informs c\n", DIAG_ERROR,
         "SNMPv1 knows no informs"                                                            },
        {"no snmp-server user u\n",                DIAG_WARNING,
         "There is no `snmp-server user u`"                                                   },
        {"access-list a sequence 20 permit any\n", DIAG_WARNING, NULL                         },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        typed_case_try("access-list a deny any\n"
                       "snmp-server user u\n"
                       "snmp-server host 192.0.2.1 version 3 u\n"
                       "snmp-server community d ro a\n",
            &rows[i]);
    }
}

#define BOTH "virtual-router isp\nsnmp-server user ann\n"

Test(access, says_which_of_two_users_of_a_name_is_served)
{
    static const char here[] = "Virtual router `isp` has a user of this name "
                               "too";
    static const struct {
        const char *before;
        struct typed_case typed;
    } rows[] = {
  /* the second one, in either order; default is the one that stays */
        {"snmp-server\nsnmp-server user ann\n",
         {BOTH "snmp-server\n", DIAG_WARNING, "that of `default` alone"}                  },
        {BOTH "snmp-server\n",
         {"snmp-server\nsnmp-server user ann\n", DIAG_WARNING, here}                      },
 /* without an agent there he is in nobody's way */
        {"snmp-server\nsnmp-server user ann\n",                 {BOTH, DIAG_WARNING, NULL}},
 /* ... until there is one */
        {"snmp-server\nsnmp-server user ann\n" BOTH,
         {"virtual-router isp\nsnmp-server\n", DIAG_WARNING,
                "that of `default` alone"}                                                },
        {BOTH "snmp-server\nvirtual-router lab\nsnmp-server\n",
         {"virtual-router lab\nsnmp-server user ann\n", DIAG_WARNING,
                "that of `isp` alone"}                                                    },
        {BOTH "snmp-server\n",
         {"snmp-server\nsnmp-server user bob\n", DIAG_WARNING, NULL}                      },
        {BOTH "snmp-server\n",                                  {"virtual-router isp\nno snmp-server user ann\n",
                                   DIAG_WARNING, NULL}      },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        typed_case_try(rows[i].before, &rows[i].typed);
}
