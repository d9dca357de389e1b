/*
 * write.c - values as text: as typed, as JSON, and what help calls a slot.
 */
#include "base/ip.h"
#include "base/str.h"
#include "schema/type.h"

#include <inttypes.h>
#include <string.h>

const char *
enum_word(const struct schema_type *type, uint64_t index)
{
    const struct schema_enum *e = &schema_enums[type->enumeration];

    return index < e->count ? e->values[index].word : "";
}

/* What the parser of command lines would not take as one plain word. */
static bool
wants_quotes(const char *text)
{
    return text[0] == '\0' || strpbrk(text, " \"'!|?\\") != NULL;
}

static void
write_word(const char *text, struct str *out)
{
    if (!wants_quotes(text)) {
        str_add(out, text);
        return;
    }
    str_add_char(out, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            str_add_char(out, '\\');
        str_add_char(out, *text);
    }
    str_add_char(out, '"');
}

static void
write_list(const struct schema_type *type, uint64_t list, struct str *out)
{
    for (unsigned i = 0; i < value_list_count(list); i++) {
        if (i > 0)
            str_add_char(out, ' ');
        str_add(out, enum_word(type, value_list_at(list, i)));
    }
}

static void
write_number(const struct schema_type *type, uint64_t number, struct str *out)
{
    char text[IP_TEXT_SIZE];

    switch (type->kind) {
    case TYPE_HEX32:
        str_printf(out, "0x%" PRIx64, number);
        break;
    case TYPE_FLAG:
        str_add(out, number != 0 ? "true" : "false");
        break;
    case TYPE_ENUM:
        str_add(out, enum_word(type, number));
        break;
    case TYPE_ENUM_LIST:
        write_list(type, number, out);
        break;
    case TYPE_IPV4:
    case TYPE_MASK:
        str_add(out, ip_format((uint32_t)number, text));
        break;
    case TYPE_UINT:
    case TYPE_TEXT:
    case TYPE_LINE:
    case TYPE_SECRET_TEXT:
    case TYPE_SECRET_HEX:
    case TYPE_HASH:
        str_add_u64(out, number);
        break;
    }
}

void
value_write(
    const struct schema_type *type, const struct value *value, struct str *out)
{
    if (value->kind == VALUE_NUMBER) {
        write_number(type, value->number, out);
    } else if (value->kind == VALUE_TEXT && type->kind == TYPE_TEXT) {
        write_word(value_string(value), out);
    } else if (value->kind == VALUE_TEXT) {
        str_add(out, value_string(value)); /* a line, or a sealed form */
    }
}

static void
write_json_list(const struct schema_type *type, uint64_t list, struct str *out)
{
    str_add_char(out, '[');
    for (unsigned i = 0; i < value_list_count(list); i++) {
        if (i > 0)
            str_add(out, ", ");
        str_add_json(out, enum_word(type, value_list_at(list, i)));
    }
    str_add_char(out, ']');
}

static void
write_json_number(
    const struct schema_type *type, uint64_t number, struct str *out)
{
    char text[IP_TEXT_SIZE];

    if (type->kind == TYPE_ENUM) {
        str_add_json(out, enum_word(type, number));
    } else if (type->kind == TYPE_ENUM_LIST) {
        write_json_list(type, number, out);
    } else if (type->kind == TYPE_IPV4 || type->kind == TYPE_MASK) {
        str_add_json(out, ip_format((uint32_t)number, text));
    } else if (type->kind == TYPE_FLAG) {
        str_add(out, number != 0 ? "true" : "false");
    } else {
        str_add_u64(out, number);
    }
}

void
value_write_json(
    const struct schema_type *type, const struct value *value, struct str *out)
{
    if (value->kind == VALUE_NUMBER) {
        write_json_number(type, value->number, out);
    } else if (value->kind == VALUE_TEXT) {
        str_add_json(out, value_string(value));
    } else {
        str_add(out, "null"); /* a secret in the clear is not for anyone */
    }
}

static void
label_enum(const struct schema_type *type, struct str *out)
{
    const struct schema_enum *e = &schema_enums[type->enumeration];

    str_add_char(out, '<');
    for (uint16_t i = 0; i < e->count; i++)
        str_printf(out, "%s%s", i == 0 ? "" : " | ", e->values[i].word);
    str_add_char(out, '>');
}

void
type_label(const struct schema_type *type, struct str *out)
{
    switch (type->kind) {
    case TYPE_UINT:
        str_printf(out, "<%" PRIu64 " - %" PRIu64 ">", type->min, type->max);
        break;
    case TYPE_HEX32:
        str_printf(
            out, "<0x%" PRIx64 " - 0x%" PRIx64 ">", type->min, type->max);
        break;
    case TYPE_ENUM:
    case TYPE_ENUM_LIST:
        label_enum(type, out);
        break;
    case TYPE_IPV4:
    case TYPE_MASK:
        str_add(out, "A.B.C.D");
        break;
    case TYPE_TEXT:
    case TYPE_SECRET_TEXT:
    case TYPE_HASH:
        str_add(out, "WORD");
        break;
    case TYPE_LINE:
        str_add(out, "LINE");
        break;
    case TYPE_SECRET_HEX:
        str_add(out, "HEX");
        break;
    case TYPE_FLAG:
        break;
    }
}

bool
type_is_on(const struct schema_type *type)
{
    return type->kind == TYPE_FLAG && type->min == 0;
}

size_t
type_words(const struct schema_type *type)
{
    if (type->kind == TYPE_FLAG)
        return 0;
    if (type->kind == TYPE_ENUM_LIST || type->kind == TYPE_SECRET_HEX)
        return (size_t)type->max;
    return 1;
}
