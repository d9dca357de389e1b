/*
 * read.c - values from text, and whether a value from outside is one of its
 * type.
 */
#include "base/ip.h"
#include "base/secret.h"
#include "base/str.h"
#include "schema/type.h"

#include <string.h>
#include <strings.h>

enum { SEALED_MAX = 512, HASH_MAX = 200, WORDS_MAX = 8 };

/* ---- texts ---- */

/* Printable, or not ASCII: nothing that moves a cursor. */
static bool
is_printable(const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c < ' ' || c == 0x7f)
            return false;
    }
    return true;
}

static enum err
check_text(const struct schema_type *type, const char *text)
{
    size_t length = strlen(text);

    if (!is_printable(text))
        return ERR_SYNTAX;
    if (length < type->min || length > type->max)
        return ERR_INVALID;
    return OK;
}

/* A line loses its outer blanks on the way through a command line, so a value
 * cannot have any. */
static enum err
check_line(const struct schema_type *type, const char *text)
{
    size_t length = strlen(text);

    if (length > 0 && (text[0] == ' ' || text[length - 1] == ' '))
        return ERR_INVALID;
    return check_text(type, text);
}

bool
is_sealed(const char *text)
{
    static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/=";
    size_t length = strlen(text);

    return length > 4 && length <= SEALED_MAX && str_has_prefix(text, "$e1$") &&
           strspn(text + 4, base64) == length - 4;
}

bool
is_hash(const char *text)
{
    static const char begin[] = "$y$j9T$";
    static const char base64[] = "./ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789$";
    size_t length = strlen(text);

    return length > sizeof begin - 1 && length <= HASH_MAX &&
           str_has_prefix(text, begin) && strspn(text, base64) == length;
}

/* Words of hexadecimal digits with one blank between. */
static enum err
check_hex_words(const struct schema_type *type, const char *text)
{
    uint64_t count = 0;

    for (;;) {
        size_t length = strspn(text, "0123456789abcdef");

        if (length == 0)
            return ERR_SYNTAX;
        if (length % 2 != 0)
            return ERR_INVALID;
        count++;
        text += length;
        if (*text == '\0')
            break;
        if (*text != ' ')
            return ERR_SYNTAX;
        text++;
    }
    return count < type->min || count > type->max ? ERR_INVALID : OK;
}

/* ---- enumerations ---- */

/* The index that a word or a unique beginning of one names. */
static enum err
read_enum(const struct schema_type *type, const char *word, uint64_t *out_index)
{
    const struct schema_enum *e = &schema_enums[type->enumeration];
    size_t length = strlen(word);
    unsigned found = 0;

    if (length == 0)
        return ERR_SYNTAX;
    for (uint16_t i = 0; i < e->count; i++) {
        if (strncasecmp(e->values[i].word, word, length) != 0)
            continue;
        if (e->values[i].word[length] == '\0') {
            *out_index = i;
            return OK;
        }
        if (found == 0)
            *out_index = i;
        found++;
    }
    return found == 1 ? OK : ERR_SYNTAX;
}

static enum err
read_list(const struct schema_type *type, const char *const *words,
    size_t count, uint64_t *out_list)
{
    uint64_t list = 0;

    if (count < type->min || count > type->max || count > WORDS_MAX)
        return ERR_INVALID;
    for (size_t i = 0; i < count; i++) {
        uint64_t index;
        enum err error = read_enum(type, words[i], &index);

        if (error != OK)
            return error;
        list = value_list_add(list, (unsigned)index);
    }
    *out_list = list;
    return OK;
}

static enum err
check_list(const struct schema_type *type, uint64_t list)
{
    unsigned count = value_list_count(list);

    if (count < type->min || count > type->max)
        return ERR_INVALID;
    if (count < WORDS_MAX && list >> (8 * count) != 0)
        return ERR_INVALID; /* a gap */
    for (unsigned i = 0; i < count; i++) {
        if (value_list_at(list, i) >= schema_enums[type->enumeration].count)
            return ERR_INVALID;
    }
    return OK;
}

/* ---- the two directions ---- */

static enum err
check_number(const struct schema_type *type, uint64_t number)
{
    bool good = false;

    switch (type->kind) {
    case TYPE_UINT:
    case TYPE_HEX32:
        good = number >= type->min && number <= type->max;
        break;
    case TYPE_FLAG:
        good = number == 1 || (number == 0 && type_is_on(type));
        break;
    case TYPE_ENUM:
        good = number < schema_enums[type->enumeration].count;
        break;
    case TYPE_ENUM_LIST:
        return check_list(type, number);
    case TYPE_IPV4:
        good = number <= UINT32_MAX;
        break;
    case TYPE_MASK:
        good = number <= UINT32_MAX && ip_is_mask((uint32_t)number);
        break;
    case TYPE_TEXT:
    case TYPE_LINE:
    case TYPE_SECRET_TEXT:
    case TYPE_SECRET_HEX:
    case TYPE_HASH:
        return ERR_SYNTAX;
    }
    return good ? OK : ERR_INVALID;
}

enum err
value_check(const struct schema_type *type, const struct value *value)
{
    const char *text = value_string(value);
    bool clear = value->kind == VALUE_CLEAR;

    if (value->kind == VALUE_NONE)
        return ERR_SYNTAX;
    if (value->kind == VALUE_NUMBER)
        return check_number(type, value->number);
    if (strlen(text) != value->text->length)
        return ERR_SYNTAX; /* a zero byte in it */
    if (type->kind == TYPE_TEXT && !clear)
        return check_text(type, text);
    if (type->kind == TYPE_LINE && !clear)
        return check_line(type, text);
    if (type->kind == TYPE_HASH && !clear)
        return is_hash(text) ? OK : ERR_SYNTAX;
    if ((type->kind == TYPE_SECRET_TEXT || type->kind == TYPE_HASH) && clear)
        return check_text(type, text);
    if (type->kind == TYPE_SECRET_HEX && clear)
        return check_hex_words(type, text);
    if (type->kind == TYPE_SECRET_TEXT || type->kind == TYPE_SECRET_HEX)
        return is_sealed(text) ? OK : ERR_SYNTAX;
    return ERR_SYNTAX;
}

static enum err
read_number(const struct schema_type *type, const char *const *words,
    size_t count, uint64_t *out_number)
{
    uint32_t address = 0;
    enum err error;

    if (type->kind == TYPE_ENUM_LIST)
        return read_list(type, words, count, out_number);
    if (count != 1)
        return ERR_SYNTAX;
    if (type->kind == TYPE_ENUM)
        return read_enum(type, words[0], out_number);
    if (type->kind == TYPE_UINT || type->kind == TYPE_HEX32)
        return str_to_u64(words[0], out_number);
    if (type->kind == TYPE_FLAG)
        return ERR_SYNTAX; /* has no words */
    error = ip_parse(words[0], &address);
    *out_number = address;
    return error;
}

/* The words with one blank between. */
static void
join(const char *const *words, size_t count, bool lower, struct str *out)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            str_add_char(out, ' ');
        str_add(out, words[i]);
    }
    for (size_t i = 0; lower && i < out->length; i++) {
        char *c = &out->text[i];

        if (*c >= 'A' && *c <= 'F')
            *c = (char)(*c - 'A' + 'a');
    }
}

/* The part of a line without its outer blanks. */
static struct value
trimmed_line(const char *text)
{
    size_t length;

    text += strspn(text, " ");
    length = strlen(text);
    while (length > 0 && text[length - 1] == ' ')
        length--;
    return value_text_n(text, length);
}

static enum err
read_text(const struct schema_type *type, bool masked, const char *const *words,
    size_t count, struct value *out_value)
{
    bool secret = type->kind == TYPE_SECRET_TEXT ||
                  type->kind == TYPE_SECRET_HEX || type->kind == TYPE_HASH;
    bool one_word = masked || type->kind == TYPE_TEXT ||
                    type->kind == TYPE_SECRET_TEXT || type->kind == TYPE_HASH;
    struct str joined;
    struct value value;
    enum err error;

    if (count == 0 || (one_word && count != 1))
        return ERR_SYNTAX;
    str_init(&joined);
    /* Case matters in the base64 of a sealed form. */
    join(words, count, type->kind == TYPE_SECRET_HEX && !masked, &joined);
    if (secret && !masked) {
        value = value_clear(str_text(&joined));
    } else if (type->kind == TYPE_LINE) {
        value = trimmed_line(str_text(&joined));
    } else {
        value = value_text(str_text(&joined));
    }
    if (joined.text != NULL)
        wipe(joined.text, joined.room);
    str_done(&joined);
    error = value_check(type, &value);
    if (error == OK) {
        *out_value = value;
    } else {
        value_done(&value);
    }
    return error;
}

enum err
value_read(const struct schema_type *type, bool masked,
    const char *const *words, size_t count, struct value *out_value)
{
    uint64_t number = 0;
    enum err error;

    if (type->kind >= TYPE_TEXT)
        return read_text(type, masked, words, count, out_value);
    error = read_number(type, words, count, &number);
    if (error == OK)
        error = check_number(type, number);
    if (error == OK)
        *out_value = value_number(number);
    return error;
}
