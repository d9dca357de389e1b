/*
 * base64.c - bodies of EST (RFC 7030, 4): base64 with line ends, or without.
 */
#include "authority/inside.h"

#include <string.h>

static int
digit_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

static bool
is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool
base64_decode(const uint8_t *text, size_t length, uint8_t *out, size_t room,
    size_t *out_length)
{
    uint32_t bits = 0;
    unsigned held = 0;
    size_t used = 0;
    size_t i;

    for (i = 0; i < length; i++) {
        const int digit = digit_of(text[i]);

        if (is_blank(text[i]))
            continue;
        if (digit < 0)
            break;
        bits = (bits << 6 | (uint32_t)digit) & 0xffffff;
        held += 6;
        if (held < 8)
            continue;
        held -= 8;
        if (used == room)
            return false;
        out[used++] = (uint8_t)(bits >> held);
    }
    for (; i < length; i++) {
        if (!is_blank(text[i]) && text[i] != '=')
            return false;
    }
    *out_length = used;
    return used > 0 && (bits & ((1U << held) - 1)) == 0;
}
