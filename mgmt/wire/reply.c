/*
 * reply.c - the parts of a REPLY, as its taker reads them.
 *
 *    err | n | value * n | (severity, path, setting, sentence) * problems
 *
 * Reading never fails: what is not there reads as nothing.
 */
#include "wire/client.h"

#include "base/diag.h"

enum { FIRST_VALUE = 2, PROBLEM_ITEMS = 4 };

/* A code that we do not know is an error all the same. */
enum err
wire_reply_err(const struct wire_frame *reply)
{
    uint64_t error = wire_number(reply, 0);

    return error > ERR_IO ? ERR_MALFORMED : (enum err)error;
}

/* Never more than there are items for. */
size_t
wire_reply_values(const struct wire_frame *reply)
{
    uint64_t count = wire_number(reply, 1);
    size_t most =
        reply->count > FIRST_VALUE ? (size_t)reply->count - FIRST_VALUE : 0;

    return count < most ? (size_t)count : most;
}

const struct value *
wire_reply_value(const struct wire_frame *reply, size_t position)
{
    if (position >= wire_reply_values(reply))
        return wire_at(reply, SIZE_MAX);
    return wire_at(reply, FIRST_VALUE + position);
}

void
wire_reply_diag(const struct wire_frame *reply, struct diag *diag)
{
    size_t at = FIRST_VALUE + wire_reply_values(reply);

    for (; at + PROBLEM_ITEMS <= reply->count; at += PROBLEM_ITEMS) {
        diag_add(diag,
            wire_number(reply, at) == DIAG_WARNING ? DIAG_WARNING : DIAG_ERROR,
            wire_text(reply, at + 1), wire_text(reply, at + 2), "%s",
            wire_text(reply, at + 3));
    }
}
