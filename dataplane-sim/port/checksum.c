/*
 * checksum.c - the sum over eight bytes at a time.
 *
 * The sum may be taken in the host's byte order and swapped at the end
 * (RFC 1071, 2 B), and over wider words with the carries added in (2 C).
 */
#include "port/checksum.h"

#include "base/bytes.h"

#include <arpa/inet.h>
#include <string.h>

enum { UNROLLED = 32 /* bytes */ };

static uint16_t
fold(uint64_t sum)
{
    sum = (sum & UINT32_MAX) + (sum >> 32);
    sum = (sum & UINT32_MAX) + (sum >> 32);
    sum = (sum & UINT16_MAX) + (sum >> 16);
    sum = (sum & UINT16_MAX) + (sum >> 16);
    return (uint16_t)sum;
}

/* What an addition carries out is worth one, since 2^64 is 1 modulo 2^16 - 1.
 * Two lanes, which do not wait for each other. */
static uint64_t
sum_wide(const uint8_t *bytes, size_t length)
{
    uint64_t sum = 0;
    uint64_t other = 0;
    uint64_t carries = 0;
    uint64_t words[4];

    for (; length >= UNROLLED; bytes += UNROLLED, length -= UNROLLED) {
        memcpy(words, bytes, UNROLLED);
        carries += __builtin_add_overflow(sum, words[0], &sum);
        carries += __builtin_add_overflow(other, words[1], &other);
        carries += __builtin_add_overflow(sum, words[2], &sum);
        carries += __builtin_add_overflow(other, words[3], &other);
    }
    carries += __builtin_add_overflow(sum, other, &sum);
    return (sum & UINT32_MAX) + (sum >> 32) + carries;
}

uint16_t
checksum_add(uint16_t sum, const void *bytes, size_t length)
{
    size_t wide = length / UNROLLED * UNROLLED;
    const uint8_t *at = (const uint8_t *)bytes + wide;
    uint64_t total = sum + (uint64_t)ntohs(fold(sum_wide(bytes, wide)));

    for (length -= wide; length >= 2; at += 2, length -= 2)
        total += get_u16(at);
    if (length == 1)
        total += (uint64_t)at[0] << 8;
    return fold(total);
}

uint16_t
checksum_pseudo(const uint8_t *addresses, uint8_t protocol, size_t length)
{
    return fold((uint64_t)checksum_add(0, addresses, 8) + protocol + length);
}
