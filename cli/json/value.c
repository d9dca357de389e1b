/*
 * value.c - values of JSON by the schema's types, the way that
 * value_write_json writes them.
 */
#include "json/value.h"

#include <string.h>

enum { LIST_MAX = 8 };

/* Is a secret in the form that is shown? */
static bool
is_masked(const struct schema_type *type, const char *text)
{
    if (type->kind == TYPE_HASH)
        return str_has_prefix(text, "$y$");
    if (type->kind == TYPE_SECRET_TEXT || type->kind == TYPE_SECRET_HEX)
        return str_has_prefix(text, "$e1$");
    return false;
}

/* A text, or a number as it is typed. */
static enum err
read_word(const struct schema_type *type, const char *text, size_t length,
    struct value *out_value)
{
    if (strlen(text) != length)
        return ERR_SYNTAX;
    return value_read(type, is_masked(type, text), &text, 1, out_value);
}

/* What is as by default is not set: true of a flag that is on by itself. */
static struct value
flag_value(const struct schema_type *type, bool is_on)
{
    return is_on == type_is_on(type) ? value_none() : value_number(is_on);
}

static enum err
read_number(
    const struct schema_type *type, const json_t *json, struct value *out_value)
{
    json_int_t number = json_integer_value(json);
    struct value value;

    if (number < 0 || (type->kind != TYPE_UINT && type->kind != TYPE_HEX32))
        return ERR_SYNTAX;
    value = value_number((uint64_t)number);
    if (value_check(type, &value) != OK)
        return ERR_INVALID;
    *out_value = value;
    return OK;
}

static enum err
read_list(
    const struct schema_type *type, const json_t *json, struct value *out_value)
{
    const char *words[LIST_MAX];
    size_t count = json_array_size(json);
    size_t i;

    if (type->kind != TYPE_ENUM_LIST)
        return ERR_SYNTAX;
    if (count == 0 || count > LIST_MAX)
        return ERR_INVALID;
    for (i = 0; i < count; i++) {
        words[i] = json_string_value(json_array_get(json, i));
        if (words[i] == NULL)
            return ERR_SYNTAX;
    }
    return value_read(type, false, words, count, out_value);
}

enum err
json_value_read(
    const struct schema_type *type, const json_t *json, struct value *out_value)
{
    switch (json_typeof(json)) {
    case JSON_NULL:
        *out_value = value_none();
        return OK;
    case JSON_TRUE:
    case JSON_FALSE:
        if (type->kind != TYPE_FLAG)
            return ERR_SYNTAX;
        *out_value = flag_value(type, json_is_true(json));
        return OK;
    case JSON_INTEGER:
        return read_number(type, json, out_value);
    case JSON_STRING:
        if (type->kind == TYPE_FLAG || type->kind == TYPE_ENUM_LIST)
            return ERR_SYNTAX;
        return read_word(
            type, json_string_value(json), json_string_length(json), out_value);
    case JSON_ARRAY:
        return read_list(type, json, out_value);
    case JSON_OBJECT:
    case JSON_REAL:
    default:
        return ERR_SYNTAX;
    }
}

static void
add_words(const struct schema_type *type, struct str *out)
{
    const struct schema_enum *e = &schema_enums[type->enumeration];
    uint16_t i;

    for (i = 0; i < e->count; i++)
        str_printf(out, "%s\"%s\"", i == 0 ? "" : ", ", e->values[i].word);
}

void
json_value_expected(const struct schema_type *type, struct str *out)
{
    unsigned long long min = type->min;
    unsigned long long max = type->max;

    switch (type->kind) {
    case TYPE_UINT:
    case TYPE_HEX32:
        str_printf(out, "a whole number from %llu to %llu", min, max);
        break;
    case TYPE_FLAG:
        str_add(out, "true or false");
        break;
    case TYPE_ENUM:
        str_add(out, "one of: ");
        add_words(type, out);
        break;
    case TYPE_ENUM_LIST:
        str_printf(out, "a list of %llu to %llu of: ", min, max);
        add_words(type, out);
        break;
    case TYPE_IPV4:
        str_add(out, "an address, \"A.B.C.D\"");
        break;
    case TYPE_MASK:
        str_add(out, "a mask, \"A.B.C.D\" with its ones on the left");
        break;
    case TYPE_TEXT:
    case TYPE_LINE:
        str_printf(out, "a text of %llu to %llu characters", min, max);
        break;
    case TYPE_SECRET_TEXT:
        str_printf(out,
            "a key of %llu to %llu characters, or its masked form \"$e1$...\"",
            min, max);
        break;
    case TYPE_HASH:
        str_printf(out,
            "a password of %llu to %llu characters, or its hash \"$y$...\"",
            min, max);
        break;
    case TYPE_SECRET_HEX:
        str_add(out, "hexadecimal digits with a blank between two keys, or the "
                     "masked form \"$e1$...\"");
        break;
    }
}
