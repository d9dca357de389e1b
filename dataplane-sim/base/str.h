/*
 * str.h - growing text, and the few conversions every room needs.
 *
 * A struct str owns heap memory, is always terminated, and is printed with
 * str_text() (never NULL).
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/err.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
    char *text; /* NULL while empty */
    size_t length;
    size_t room;
};

void str_init(struct str *s);
void str_done(struct str *s);
void str_clear(struct str *s); /* keeps the memory */
const char *str_text(const struct str *s);
/* Hands the text to the caller (free() it) and leaves the str empty. */
char *str_take(struct str *s);

void str_add(struct str *s, const char *text);
void str_add_n(struct str *s, const char *text, size_t length);
void str_add_char(struct str *s, char c);
void str_add_u64(struct str *s, uint64_t number); /* decimal */
void str_printf(struct str *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void str_vprintf(struct str *s, const char *fmt, va_list args)
    __attribute__((format(printf, 2, 0)));
/* As a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void str_add_json(struct str *s, const char *text);

bool str_equal(const char *a, const char *b);
bool str_has_prefix(const char *text, const char *prefix);

/* Decimal, or hexadecimal after 0x; no sign, no blanks, all of the text.
 * ERR_SYNTAX where it is no number, ERR_INVALID where 64 bits are
 * too few. */
MUST_CHECK enum err str_to_u64(const char *text, uint64_t *out_number);

/* Hexadecimal digits, either case, an even number of them, at most room
 * bytes.  ERR_SYNTAX for another character, ERR_INVALID for an odd count,
 * ERR_EXHAUSTED where it does not fit. */
MUST_CHECK enum err hex_decode(
    const char *text, uint8_t *bytes, size_t room, size_t *out_length);
/* Lower case; text has room for 2 * length + 1. */
void hex_encode(const uint8_t *bytes, size_t length, char *text);

#endif
