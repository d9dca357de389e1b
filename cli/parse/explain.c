/*
 * explain.c - what the operator reads under a wrong line.
 *
 * The texts are those that collectors look for; what was expected follows on
 * the same line.
 */
#include "parse/parse.h"

#include "base/str.h"

static void
add_expected(const struct parse_result *result, struct str *out)
{
    if (result->expected[0] != '\0')
        str_printf(out, " Expected %s.", result->expected);
}

void
parse_explain(const struct parse_result *result, size_t indent, struct str *out)
{
    switch (result->outcome) {
    case PARSE_OK:
    case PARSE_NOTHING:
        return;
    case PARSE_UNRECOGNIZED:
        str_add(out, "% Unrecognized command");
        break;
    case PARSE_INVALID:
        str_printf(out, "%*s^\n", (int)(indent + result->column), "");
        str_add(out, "% Invalid input detected at '^' marker.");
        add_expected(result, out);
        break;
    case PARSE_AMBIGUOUS:
        str_add(out, "% Ambiguous command");
        if (result->expected[0] != '\0')
            str_printf(out, ": it could be %s.", result->expected);
        break;
    case PARSE_INCOMPLETE:
        str_add(out, "% Incomplete command.");
        add_expected(result, out);
        break;
    }
    str_add_char(out, '\n');
}
