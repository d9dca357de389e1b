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

enum { WIDE = 4, UNROLLED = 8 * WIDE };

static uint32_t
halves(uint64_t sum)
{
    return (uint32_t)(sum & UINT32_MAX) + 0U;
}

static uint16_t
fold(uint64_t sum)
{
    sum = halves(sum) + (sum >> 32);
    sum = halves(sum) + (sum >> 32);
    sum = (sum & UINT16_MAX) + (sum >> 16);
    sum = (sum & UINT16_MAX) + (sum >> 16);
    return (uint16_t)sum;
}

/* Words of 32 bits into sums of 64: no carry is lost over any length here. */
static uint64_t
sum_wide(const uint8_t *bytes, size_t length)
{
    uint64_t sums[2 * WIDE] = {0};
    uint64_t sum = 0;
    uint32_t words[2 * WIDE];
    size_t i;

    for (; length >= UNROLLED; bytes += UNROLLED, length -= UNROLLED) {
        memcpy(words, bytes, UNROLLED);
        for (i = 0; i < sizeof words / sizeof words[0]; i++)
            sums[i] += words[i];
    }
    for (i = 0; i < sizeof sums / sizeof sums[0]; i++)
        sum += sums[i];
    return sum;
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
