/*
 * types.c - what a value may be.
 */
#include "types.h"

#include "names.h"

#include <inttypes.h>
#include <string.h>

/* How a type is written and how far its range may reach. */
struct form_rule {
    const char *word;
    const char *constant;
    uint64_t limit; /* of max; 0: no range is written   */
    bool named;     /* an enumeration before the range  */
};

static const struct form_rule rules[FORM_COUNT] = {
    [FORM_UINT] = {"uint",        "TYPE_UINT",        UINT64_MAX, false},
    [FORM_HEX32] = {"hex32",       "TYPE_HEX32",       UINT32_MAX, false},
    [FORM_FLAG] = {"flag",        "TYPE_FLAG",        0,          false},
    [FORM_ENUM] = {"enum",        "TYPE_ENUM",        0,          true },
    [FORM_LIST] = {"list",        "TYPE_ENUM_LIST",   LIST_MAX,   true },
    [FORM_IPV4] = {"ipv4",        "TYPE_IPV4",        0,          false},
    [FORM_MASK] = {"mask",        "TYPE_MASK",        0,          false},
    [FORM_TEXT] = {"text",        "TYPE_TEXT",        4096,       false},
    [FORM_LINE] = {"line",        "TYPE_LINE",        4096,       false},
    [FORM_SECRET_TEXT] = {"secret text", "TYPE_SECRET_TEXT", 200,        false},
    [FORM_SECRET_HEX] = {"secret hex",  "TYPE_SECRET_HEX",  LIST_MAX,   false},
    [FORM_HASH] = {"hash",        "TYPE_HASH",        200,        false},
};

const char *
form_constant(enum form form)
{
    return rules[form].constant;
}

bool
form_is_number(enum form form)
{
    return form < FORM_TEXT;
}

bool
form_is_secret(enum form form)
{
    return form == FORM_SECRET_TEXT || form == FORM_SECRET_HEX ||
           form == FORM_HASH;
}

bool
type_is_open(const struct type *type)
{
    if (type->form == FORM_LINE)
        return true;
    return (type->form == FORM_LIST || type->form == FORM_SECRET_HEX) &&
           type->min != type->max;
}

bool
number_parse(const char *text, uint64_t *out_number)
{
    return str_to_u64(text, out_number) == OK;
}

/* "1..6" */
static bool
range_parse(struct arena *arena, const char *text, struct type *type)
{
    const char *dots = strstr(text, "..");
    const char *low;

    if (dots == NULL)
        return false;
    low = arena_strndup(arena, text, (size_t)(dots - text));
    return number_parse(low, &type->min) &&
           number_parse(dots + 2, &type->max) && type->min <= type->max;
}

/* Cuts "list(transform 1..6)" into up to three words; returns how many, 0 if
 * it has another shape. */
static size_t
cut_type(struct arena *arena, const char *text, const char *words[3])
{
    size_t length = strcspn(text, "(");
    size_t count = 1;
    const char *at = text + length;

    words[0] = arena_strndup(arena, text, length);
    if (*at == '\0')
        return 1;
    at++;
    while (count < 3) {
        length = strcspn(at, " )");
        if (length == 0)
            return 0;
        words[count++] = arena_strndup(arena, at, length);
        at += length;
        if (*at == ')')
            return at[1] == '\0' ? count : 0;
        at += strspn(at, " ");
    }
    return 0;
}

/* Which form these words name; FORM_COUNT: none.  A secret's second word
 * belongs to the form, and is taken out. */
static enum form
form_find(struct arena *arena, const char *words[3], size_t *count)
{
    const char *word = words[0];

    if (str_equal(word, "secret") && *count > 1) {
        word = arena_printf(arena, "%s %s", words[0], words[1]);
        words[1] = words[2];
        (*count)--;
    }
    for (unsigned i = 0; i < FORM_COUNT; i++) {
        if (str_equal(word, rules[i].word))
            return (enum form)i;
    }
    return FORM_COUNT;
}

bool
type_parse(struct model *model, const struct place *place, const char *text,
    struct type *out_type)
{
    const char *words[3] = {"", "", ""};
    size_t count = cut_type(&model->arena, text, words);
    struct type type = {.form = form_find(&model->arena, words, &count)};
    const struct form_rule *rule;
    size_t expected;

    if (count == 0 || type.form == FORM_COUNT) {
        report_at(&model->report, place, "'%s' is not a type", text);
        return false;
    }
    rule = &rules[type.form];
    expected = 1 + (rule->named ? 1u : 0u) + (rule->limit > 0 ? 1u : 0u);
    if (count != expected) {
        report_at(&model->report, place, "'%s' wants %s%s%s in parentheses",
            rule->word, rule->named ? "an enumeration" : "",
            rule->named && rule->limit > 0 ? " and " : "",
            rule->limit > 0 ? "a range"
            : rule->named   ? ""
                            : "nothing");
        return false;
    }
    if (rule->named)
        type.enum_name = words[1];
    if (rule->limit > 0 &&
        (!range_parse(&model->arena, words[count - 1], &type) ||
            type.max > rule->limit)) {
        report_at(&model->report, place,
            "'%s' is not a range, low..high up to %" PRIu64, words[count - 1],
            rule->limit);
        return false;
    }
    if (type.form == FORM_FLAG)
        type.min = type.max = 1;
    *out_type = type;
    return true;
}

bool
type_begins_on(const struct type *type)
{
    return type->form == FORM_FLAG && type->min == 0;
}

bool
type_accepts(const struct type *type, const char *text, uint64_t *out_number)
{
    size_t length = strlen(text);

    *out_number = 0;
    if (type->form == FORM_UINT || type->form == FORM_HEX32) {
        return number_parse(text, out_number) && *out_number >= type->min &&
               *out_number <= type->max;
    }
    if (type->form == FORM_ENUM) {
        *out_number = enum_position(type->enumeration, text);
        return *out_number < type->enumeration->count;
    }
    if (type->form == FORM_TEXT || type->form == FORM_LINE)
        return length >= type->min && length <= type->max;
    return false;
}

static void
describe_values(const struct enumeration *e, struct str *out)
{
    const struct enum_value *value;
    const char *between = "";

    TAILQ_FOREACH(value, &e->values, link) {
        str_printf(out, "%s`%s`", between, value->name);
        between = ", ";
    }
}

static void
describe_range(const struct type *type, const char *what, struct str *out)
{
    if (type->min == type->max) {
        str_printf(out, "%" PRIu64 " %s", type->min, what);
    } else {
        str_printf(
            out, "%" PRIu64 " to %" PRIu64 " %s", type->min, type->max, what);
    }
}

void
type_describe(const struct type *type, struct str *out)
{
    switch (type->form) {
    case FORM_UINT:
        str_printf(
            out, "number, %" PRIu64 " to %" PRIu64, type->min, type->max);
        break;
    case FORM_HEX32:
        str_printf(out, "number, 0x%" PRIx64 " to 0x%" PRIx64 ", or decimal",
            type->min, type->max);
        break;
    case FORM_FLAG:
        str_add(out, type->min == 0 ? "on or off" : "set or not");
        break;
    case FORM_ENUM:
        str_add(out, "one of ");
        describe_values(type->enumeration, out);
        break;
    case FORM_LIST:
        describe_range(type, "of ", out);
        describe_values(type->enumeration, out);
        break;
    case FORM_IPV4:
        str_add(out, "address A.B.C.D");
        break;
    case FORM_MASK:
        str_add(out, "mask A.B.C.D");
        break;
    case FORM_TEXT:
    case FORM_SECRET_TEXT:
    case FORM_HASH:
        str_add(out, "one word, ");
        describe_range(type, "characters", out);
        break;
    case FORM_LINE:
        str_add(out, "rest of the line, ");
        describe_range(type, "characters", out);
        break;
    case FORM_SECRET_HEX:
        describe_range(type, "hexadecimal words", out);
        break;
    case FORM_COUNT:
        break;
    }
}
