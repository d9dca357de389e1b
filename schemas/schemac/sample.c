/*
 * sample.c - a line that is right, and one that is wrong, made from types.
 */
#include "sample.h"

#include <inttypes.h>

/* "sample" stretched or cut to the range. */
static void
add_text(const struct type *type, struct str *out)
{
    static const char word[] = "sample";
    size_t length = sizeof(word) - 1;

    if (length > type->max)
        length = (size_t)type->max;
    str_add_n(out, word, length);
    for (; length < type->min; length++)
        str_add_char(out, 'x');
}

static void
add_words(const char *word, uint64_t count, struct str *out)
{
    str_add(out, word);
    for (uint64_t i = 1; i < count; i++)
        str_printf(out, " %s", word);
}

static void
add_good(const struct type *type, struct str *out)
{
    switch (type->form) {
    case FORM_UINT:
        str_printf(out, "%" PRIu64, type->min);
        break;
    case FORM_HEX32:
        str_printf(out, "0x%" PRIx64,
            type->min <= 0x1001 && type->max >= 0x1001 ? 0x1001 : type->min);
        break;
    case FORM_ENUM:
        str_add(out, TAILQ_FIRST(&type->enumeration->values)->name);
        break;
    case FORM_LIST:
        add_words(TAILQ_FIRST(&type->enumeration->values)->name,
            type->min == 0 ? 1 : type->min, out);
        break;
    case FORM_IPV4:
        str_add(out, "10.1.1.1");
        break;
    case FORM_MASK:
        str_add(out, "255.255.255.0");
        break;
    case FORM_TEXT:
    case FORM_LINE:
    case FORM_SECRET_TEXT:
    case FORM_HASH:
        add_text(type, out);
        break;
    case FORM_SECRET_HEX:
        add_words("0123456789abcdef", type->min, out);
        break;
    case FORM_FLAG:
    case FORM_COUNT:
        break;
    }
}

static void
add_bad(const struct type *type, struct str *out)
{
    switch (type->form) {
    case FORM_UINT:
    case FORM_HEX32:
        if (type->max == UINT64_MAX) {
            str_add(out, "99999999999999999999");
        } else {
            str_printf(out, "%" PRIu64, type->max + 1);
        }
        break;
    case FORM_ENUM:
    case FORM_LIST:
        str_add(out, "no-such-word");
        break;
    case FORM_IPV4:
        str_add(out, "10.1.1");
        break;
    case FORM_MASK:
        str_add(out, "255.0.255.0");
        break;
    case FORM_TEXT:
    case FORM_LINE:
    case FORM_SECRET_TEXT:
    case FORM_HASH:
        for (uint64_t i = 0; i <= type->max; i++)
            str_add_char(out, 'x');
        break;
    case FORM_SECRET_HEX:
        str_add(out, "not-hexadecimal");
        break;
    case FORM_FLAG:
    case FORM_COUNT:
        break;
    }
}

/* The slot in position `bad` gets a bad value. */
static void
add_line(const struct pattern *pattern, size_t bad, struct str *out)
{
    for (size_t i = 0; i < pattern->count; i++) {
        const struct token *token = &pattern->tokens[i];

        if (i > 0)
            str_add_char(out, ' ');
        if (token->word != NULL)
            str_add(out, token->word);
        if (token->field == NULL)
            continue;
        if (i == bad) {
            add_bad(&token->field->type, out);
        } else {
            add_good(&token->field->type, out);
        }
    }
}

void
sample_line(const struct pattern *pattern, struct str *out)
{
    add_line(pattern, pattern->count, out);
}

void
sample_bad_line(const struct pattern *pattern, struct str *out)
{
    for (size_t i = pattern->count; i-- > 0;) {
        if (pattern->tokens[i].field != NULL) {
            add_line(pattern, i, out);
            return;
        }
    }
    add_line(pattern, pattern->count, out);
    str_add(out, " extra");
}

static bool
sets_in_clear(const struct pattern *pattern, const struct attr *attr)
{
    bool sets = attr->command != NULL; /* else its slot must be there */

    for (size_t i = 0; i < pattern->count; i++) {
        if (pattern->tokens[i].masked)
            return false;
        if (pattern->tokens[i].field != NULL &&
            pattern->tokens[i].field->attr == attr)
            sets = true;
    }
    return sets;
}

const struct pattern *
sample_pattern(const struct attr *attr)
{
    const struct command *command =
        attr->command != NULL ? attr->command : attr->object->command;
    const struct pattern *pattern;

    TAILQ_FOREACH(pattern, &command->patterns, link) {
        if (sets_in_clear(pattern, attr))
            return pattern;
    }
    return TAILQ_FIRST(&command->patterns);
}
