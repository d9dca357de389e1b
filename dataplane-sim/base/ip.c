/* ip.c - IPv4 addresses as numbers. */
#include "base/ip.h"

#include <assert.h>

/*
 * One part of a dotted quad; moves *at behind it.  A leading zero is refused:
 * half of the world reads 010 as eight.
 */
static bool
take_part(const char **at, uint32_t *out_part)
{
    const char *digit = *at;
    uint32_t part = 0;

    if (digit[0] == '0' && digit[1] >= '0' && digit[1] <= '9')
        return false;
    while (*digit >= '0' && *digit <= '9' && part <= 255)
        part = part * 10 + (uint32_t)(*digit++ - '0');
    if (digit == *at || part > 255)
        return false;
    *at = digit;
    *out_part = part;
    return true;
}

enum err
ip_parse(const char *text, uint32_t *out_addr)
{
    const char *at = text;
    uint32_t addr = 0;
    uint32_t part;

    for (unsigned i = 0; i < 4; i++) {
        if (i != 0 && *at++ != '.')
            return ERR_SYNTAX;
        if (!take_part(&at, &part))
            return ERR_SYNTAX;
        addr = addr << 8 | part;
    }
    if (*at != '\0')
        return ERR_SYNTAX;
    *out_addr = addr;
    return OK;
}

/* Up to three digits; where they end. */
static char *
add_octet(char *at, unsigned octet)
{
    if (octet >= 100)
        *at++ = (char)('0' + octet / 100);
    if (octet >= 10)
        *at++ = (char)('0' + octet / 10 % 10);
    *at++ = (char)('0' + octet % 10);
    return at;
}

/* By hand: a configuration of 100,000 tunnels holds a million addresses. */
const char *
ip_format(uint32_t addr, char *text)
{
    char *at = text;
    unsigned shift = 32;

    do {
        shift -= 8;
        at = add_octet(at, addr >> shift & 255);
        *at++ = shift == 0 ? '\0' : '.';
    } while (shift > 0);
    return text;
}

bool
ip_is_mask(uint32_t mask)
{
    uint32_t host = ~mask;

    return (host & (host + 1)) == 0;
}

unsigned
ip_mask_length(uint32_t mask)
{
    return (unsigned)__builtin_popcount(mask);
}

uint32_t
ip_mask_of(unsigned length)
{
    assert(length <= 32);
    return length == 0 ? 0 : UINT32_MAX << (32 - length);
}
