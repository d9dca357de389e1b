/*
 * greeting.c - what a session says first, and what it is told.
 */
#include "session/greeting.h"

#include "base/str.h"
#include "run/run.h"
#include "session/ssh.h"
#include "wire/client.h"

#include <string.h>

enum { VALUE_LENGTH, VALUE_WIDTH, VALUE_BANNERS, VALUE_COUNT = 5 };

/* As typed: a character, the text with `\n` between its lines, the same
 * character. */
static void
add_banner(const char *typed, struct str *out)
{
    size_t end = strlen(typed);
    size_t i;

    if (end < 2)
        return;
    for (i = 1; i < end - 1; i++) {
        if (typed[i] == '\\' && typed[i + 1] == 'n') {
            str_add_char(out, '\n');
            i++;
        } else if (typed[i] == '\\' && typed[i + 1] == '\\') {
            str_add_char(out, '\\');
            i++;
        } else {
            str_add_char(out, typed[i]);
        }
    }
    str_add_char(out, '\n');
}

/* What the operator says by `terminal length` later goes before. */
static void
fit(struct shell *shell, const struct wire_frame *reply)
{
    const struct value *length = wire_reply_value(reply, VALUE_LENGTH);
    const struct value *width = wire_reply_value(reply, VALUE_WIDTH);

    if (value_is_set(length)) {
        shell->length = (size_t)length->number;
        shell->length_is_set = true;
    }
    if (value_is_set(width)) {
        shell->width = (size_t)width->number;
        shell->width_is_set = true;
    }
}

bool
greeting_tell(struct client *client, bool is_person, struct shell *shell,
    struct str *out_banners)
{
    struct wire_frame frame;
    struct wire_frame reply;
    struct str origin;
    size_t i;

    str_init(&origin);
    ssh_origin(&origin);
    wire_frame_init(&frame, WIRE_LINE, 0);
    wire_add_number(&frame, is_person ? 1 : 0);
    wire_add_text(&frame, str_text(&origin));
    str_done(&origin);
    client_send(client, &frame);
    if (client_next(client, &reply) != OK)
        return false;
    if (is_person && wire_reply_values(&reply) == VALUE_COUNT) {
        fit(shell, &reply);
        for (i = VALUE_BANNERS; i < VALUE_COUNT; i++) {
            add_banner(value_string(wire_reply_value(&reply, i)), out_banners);
        }
    }
    wire_frame_done(&reply);
    return true;
}
