/*
 * names.c - the forms of a name.
 */
#include "names.h"

#include "base/str.h"

#include <stddef.h>
#include <string.h>

/* Not with ctype: its answers depend on the locale. */
static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

const char *
name_snake(struct arena *arena, const char *name)
{
    char *copy = arena_strdup(arena, name);

    for (char *at = copy; *at != '\0'; at++) {
        if (*at == '-') {
            *at = '_';
        } else if (*at >= 'A' && *at <= 'Z') {
            *at = (char)(*at - 'A' + 'a');
        }
    }
    return copy;
}

const char *
name_upper(struct arena *arena, const char *name)
{
    char *copy = arena_strdup(arena, name);

    for (char *at = copy; *at != '\0'; at++) {
        if (*at == '-') {
            *at = '_';
        } else if (*at >= 'a' && *at <= 'z') {
            *at = (char)(*at - 'a' + 'A');
        }
    }
    return copy;
}

bool
name_is_good(const char *name)
{
    if (!is_letter(name[0]) && !is_digit(name[0]))
        return false;
    for (const char *at = name; *at != '\0'; at++) {
        if (!is_letter(*at) && !is_digit(*at) && *at != '-' && *at != '_')
            return false;
    }
    return true;
}

bool
name_is_reserved(const char *id)
{
    static const char *const reserved[] = {"add", "all", "alter", "and", "as",
        "auto", "between", "bool", "break", "case", "char", "check", "collate",
        "commit", "const", "constraint", "continue", "create", "default",
        "delete", "distinct", "do", "double", "drop", "else", "enum", "escape",
        "except", "exists", "extern", "float", "for", "foreign", "from", "goto",
        "group", "having", "if", "in", "index", "inline", "insert", "int",
        "intersect", "into", "is", "join", "limit", "long", "not", "null", "on",
        "or", "order", "primary", "references", "register", "restrict",
        "return", "select", "set", "short", "signed", "sizeof", "static",
        "struct", "switch", "table", "then", "to", "transaction", "typedef",
        "union", "unique", "unsigned", "update", "using", "values", "void",
        "volatile", "when", "where", "while"};

    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (str_equal(id, reserved[i]))
            return true;
    }
    return false;
}
