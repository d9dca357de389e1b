/*
 * pcapng.c - the three blocks that a capture file needs.
 *
 *    type u32 | length u32 | body, padded to 4 | options | length u32
 *
 * All numbers are written with the least byte first, as the section's magic
 * says.
 */
#include "daemon/pcapng.h"

#include <string.h>

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 6,
    MAGIC = 0x1a2b3c4d,
    LINKTYPE_RAW = 101, /* an IP packet, without a link header */
    OPTION_NAME = 2,
    OPTION_FLAGS = 2,
    FLAG_IN = 1,
    FLAG_OUT = 2,
    AROUND = 12, /* type and both lengths of a block */
    OPTION_FLAGS_SIZE = 8,
    OPTION_END_SIZE = 4,
};

static void
put_le(uint8_t *at, uint32_t value, unsigned size)
{
    unsigned i;

    for (i = 0; i < size; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static uint32_t
padding(uint32_t length)
{
    return (4 - length % 4) % 4;
}

static bool
write_u32(FILE *file, uint32_t value)
{
    uint8_t bytes[4];

    put_le(bytes, value, sizeof bytes);
    return fwrite(bytes, sizeof bytes, 1, file) == 1;
}

static bool
write_padded(FILE *file, const void *bytes, uint32_t length)
{
    static const uint8_t zeros[4];

    return fwrite(bytes, 1, length, file) == length &&
           fwrite(zeros, 1, padding(length), file) == padding(length);
}

static bool
begin(FILE *file, uint32_t type, uint32_t length)
{
    return write_u32(file, type) && write_u32(file, length);
}

uint32_t
pcapng_section(FILE *file)
{
    const uint32_t length = AROUND + 16;
    uint8_t body[16];

    put_le(body, MAGIC, 4);
    put_le(body + 4, 1, 2); /* version 1.0 */
    put_le(body + 6, 0, 2);
    memset(body + 8, 0xff, 8); /* until the file ends */
    if (!begin(file, (uint32_t)BLOCK_SECTION, length) ||
        !write_padded(file, body, sizeof body) || !write_u32(file, length))
        return 0;
    return length;
}

uint32_t
pcapng_interface(FILE *file, const char *name, uint32_t bytes_kept)
{
    uint32_t name_length = (uint32_t)strnlen(name, PCAPNG_NAME_MAX);
    uint32_t length =
        AROUND + 8 + 4 + name_length + padding(name_length) + OPTION_END_SIZE;
    uint8_t body[12];

    put_le(body, LINKTYPE_RAW, 4); /* and two reserved bytes */
    put_le(body + 4, bytes_kept, 4);
    put_le(body + 8, OPTION_NAME, 2);
    put_le(body + 10, name_length, 2);
    if (!begin(file, BLOCK_INTERFACE, length) ||
        !write_padded(file, body, sizeof body) ||
        !write_padded(file, name, name_length) || !write_u32(file, 0) ||
        !write_u32(file, length))
        return 0;
    return length;
}

uint32_t
pcapng_packet(FILE *file, const struct pcapng_packet *packet)
{
    uint32_t length = AROUND + 20 + packet->kept + padding(packet->kept) +
                      OPTION_FLAGS_SIZE + OPTION_END_SIZE;
    uint8_t body[20];
    uint8_t options[OPTION_FLAGS_SIZE + OPTION_END_SIZE] = {0};

    put_le(body, packet->interface, 4);
    put_le(body + 4, (uint32_t)(packet->wall_us >> 32), 4);
    put_le(body + 8, (uint32_t)packet->wall_us, 4);
    put_le(body + 12, packet->kept, 4);
    put_le(body + 16, packet->length, 4);
    put_le(options, OPTION_FLAGS, 2);
    put_le(options + 2, 4, 2);
    put_le(options + 4, packet->is_out ? FLAG_OUT : FLAG_IN, 4);
    if (!begin(file, BLOCK_PACKET, length) ||
        !write_padded(file, body, sizeof body) ||
        !write_padded(file, packet->bytes, packet->kept) ||
        !write_padded(file, options, sizeof options) ||
        !write_u32(file, length))
        return 0;
    return length;
}
