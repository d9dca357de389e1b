/*
 * capture.c - the classic pcap format, as read from anybody's file.
 *
 *    header   magic 4, version 2+2, zone 4, accuracy 4, snaplen 4, linktype 4
 *    record   seconds 4, fraction 4, length here 4, length on the wire 4,
 *             then the bytes
 *
 * All numbers are in the byte order of the machine that wrote it, which the
 * magic number tells.
 */
#include "port/capture.h"

#include "base/bytes.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define MAGIC_MICRO UINT32_C(0xa1b2c3d4)
#define MAGIC_NANO  UINT32_C(0xa1b23c4d)

/* Have at least count bytes in the buffer; false: the file ends before. */
static bool
have(struct capture *capture, size_t count)
{
    ssize_t got;

    if (capture->have - capture->at >= count)
        return true;
    memmove(capture->bytes, capture->bytes + capture->at,
        capture->have - capture->at);
    capture->have -= capture->at;
    capture->at = 0;
    while (capture->have < count && !capture->is_ended) {
        got = read(capture->fd, capture->bytes + capture->have,
            sizeof(capture->bytes) - capture->have);
        if (got > 0) {
            capture->have += (size_t)got;
        } else if (got == 0 || errno != EINTR) {
            capture->is_ended = true;
        }
    }
    return capture->have >= count;
}

/* A number in the file's byte order. */
static uint32_t
number_at(const struct capture *capture, size_t at)
{
    uint32_t value = get_u32(capture->bytes + capture->at + at);

    return capture->is_swapped ? __builtin_bswap32(value) : value;
}

static bool
is_magic(uint32_t value)
{
    return value == MAGIC_MICRO || value == MAGIC_NANO;
}

enum err
capture_open(struct capture *capture, int fd)
{
    uint32_t linktype;

    *capture = (struct capture){.fd = fd};
    if (!have(capture, CAPTURE_HEADER))
        return ERR_MALFORMED;
    capture->is_swapped = !is_magic(number_at(capture, 0));
    if (!is_magic(number_at(capture, 0)))
        return ERR_MALFORMED;
    linktype = number_at(capture, 20) & UINT32_C(0xffff); /* above: FCS */
    if (linktype != CAPTURE_LINKTYPE && linktype != CAPTURE_IPV4)
        return ERR_MALFORMED;
    capture->at += CAPTURE_HEADER;
    return OK;
}

/* Pass over count bytes, which may be more than the buffer holds. */
static void
pass_over(struct capture *capture, size_t count)
{
    size_t step;

    while (count != 0 && have(capture, 1)) {
        step = capture->have - capture->at;
        if (step > count)
            step = count;
        capture->at += step;
        count -= step;
    }
}

const uint8_t *
capture_next(struct capture *capture, size_t room, size_t *out_length)
{
    const uint8_t *bytes;
    uint32_t length = CAPTURE_SNAPLEN + 1;

    if (have(capture, CAPTURE_RECORD)) {
        length = number_at(capture, 8);
        capture->at += CAPTURE_RECORD;
    }
    if (length <= CAPTURE_SNAPLEN &&
        (length > room || length > CAPTURE_BUFFER)) {
        pass_over(capture, length);
        length = 0;
    }
    if (length > CAPTURE_SNAPLEN || !have(capture, length)) {
        capture->is_ended = true;
        capture->at = capture->have;
        return NULL;
    }
    bytes = capture->bytes + capture->at;
    capture->at += length;
    *out_length = length;
    return bytes;
}
