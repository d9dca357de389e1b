/* The names of errors go over the wire, so that they may not change. */
#include "base/err.h"

#include <criterion/criterion.h>

Test(err, names_each_error_in_lower_case_with_hyphens)
{
    static const struct {
        enum err error;
        const char *name;
    } rows[] = {
        {OK,            "ok"       },
        {ERR_SYNTAX,    "syntax"   },
        {ERR_INVALID,   "invalid"  },
        {ERR_CONFLICT,  "conflict" },
        {ERR_NOT_FOUND, "not-found"},
        {ERR_EXISTS,    "exists"   },
        {ERR_DENIED,    "denied"   },
        {ERR_MALFORMED, "malformed"},
        {ERR_AUTH,      "auth"     },
        {ERR_EXHAUSTED, "exhausted"},
        {ERR_IO,        "io"       },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_str_eq(err_name(rows[i].error), rows[i].name);
}

Test(err, has_a_name_for_a_number_outside_the_list)
{
    int beyond = ERR_IO + 1;

    cr_expect_str_eq(err_name((enum err)beyond), "unknown");
}
