/*
 * str.c - growing text.
 *
 * Invariant: text is NULL and room 0, or text has room bytes, length < room
 * and text[length] is 0.
 */
#include "base/str.h"

#include "base/arena.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM_MIN = 32, NUMBER_DIGITS = 20 };

void
str_init(struct str *s)
{
    *s = (struct str){0};
}

void
str_done(struct str *s)
{
    if (s == NULL)
        return;
    free(s->text);
    *s = (struct str){0};
}

void
str_clear(struct str *s)
{
    s->length = 0;
    if (s->text != NULL)
        s->text[0] = '\0';
}

const char *
str_text(const struct str *s)
{
    return s->text == NULL ? "" : s->text;
}

char *
str_take(struct str *s)
{
    char *text = s->text == NULL ? mem_strdup("") : s->text;

    *s = (struct str){0};
    return text;
}

/* Make room for more bytes and the end. */
static void
reserve(struct str *s, size_t more)
{
    size_t room = s->room == 0 ? ROOM_MIN : s->room;

    assert(more < SIZE_MAX / 4 && s->length < SIZE_MAX / 4);
    while (room <= s->length + more)
        room *= 2;
    if (room == s->room)
        return;
    s->text = mem_resize(s->text, room);
    s->room = room;
}

void
str_add_n(struct str *s, const char *text, size_t length)
{
    reserve(s, length);
    if (length != 0)
        memcpy(s->text + s->length, text, length);
    s->length += length;
    s->text[s->length] = '\0';
}

void
str_add(struct str *s, const char *text)
{
    str_add_n(s, text, strlen(text));
}

void
str_add_char(struct str *s, char c)
{
    str_add_n(s, &c, 1);
}

/* Most texts fit into what is there: only the others are formatted twice. */
void
str_vprintf(struct str *s, const char *fmt, va_list args)
{
    va_list again;
    size_t room;
    int length;

    assert(fmt != NULL);
    reserve(s, ROOM_MIN);
    room = s->room - s->length;
    va_copy(again, args);
    length = vsnprintf(s->text + s->length, room, fmt, args);
    if (length >= 0 && (size_t)length >= room) {
        reserve(s, (size_t)length);
        (void)vsnprintf(s->text + s->length, (size_t)length + 1, fmt, again);
    }
    va_end(again);
    if (length < 0) { /* only a conversion that cannot be encoded */
        s->text[s->length] = '\0';
        return;
    }
    s->length += (size_t)length;
}

void
str_add_u64(struct str *s, uint64_t number)
{
    char digits[NUMBER_DIGITS];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    str_add_n(s, digits + at, sizeof digits - at);
}

void
str_printf(struct str *s, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    str_vprintf(s, fmt, args);
    va_end(args);
}

bool
str_equal(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

bool
str_has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static int
digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

enum err
str_to_u64(const char *text, uint64_t *out_number)
{
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    uint64_t base = hex ? 16 : 10;
    const char *at = hex ? text + 2 : text;
    uint64_t number = 0;
    bool too_big = false;

    if (*at == '\0')
        return ERR_SYNTAX;
    for (; *at != '\0'; at++) {
        int value = digit_value(*at);

        if (value < 0 || (uint64_t)value >= base)
            return ERR_SYNTAX;
        if (number > (UINT64_MAX - (uint64_t)value) / base)
            too_big = true; /* but a later letter is still a letter */
        number = number * base + (uint64_t)value;
    }
    if (too_big)
        return ERR_INVALID;
    *out_number = number;
    return OK;
}

enum err
hex_decode(const char *text, uint8_t *bytes, size_t room, size_t *out_length)
{
    size_t digits = 0;

    for (; text[digits] != '\0'; digits++) {
        if (digit_value(text[digits]) < 0)
            return ERR_SYNTAX;
    }
    if (digits % 2 != 0)
        return ERR_INVALID;
    if (digits / 2 > room)
        return ERR_EXHAUSTED;
    for (size_t i = 0; i < digits / 2; i++) {
        int high = digit_value(text[2 * i]);
        int low = digit_value(text[2 * i + 1]);

        bytes[i] = (uint8_t)(high * 16 + low);
    }
    *out_length = digits / 2;
    return OK;
}

void
hex_encode(const uint8_t *bytes, size_t length, char *text)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < length; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * length] = '\0';
}
