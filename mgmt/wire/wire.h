/*
 * wire.h - the control protocol between ermined and its clients.
 *
 * A frame is a verb, a request number and a flat list of self-describing
 * values; what each position means is fixed by the verb.  New commands add
 * schema rows, not verbs.
 *
 *    length u32 | verb u8 | id u32 | count u16 | item * count
 *    item: tag u8 (0 none, 1 number, 2 text, 3 clear secret)
 *          number: u64      text, clear: length u32, bytes
 *
 * All in network order; length counts the bytes after itself.  A client may
 * send many requests without waiting; answers come in order.  Each request
 * gets any number of ROWs and then one REPLY with its id; EVENTs have id 0
 * and may come at any time.
 *
 *    HELLO    format, schema hash            -> REPLY values: hostname, user,
 *                                               level, session number,
 *                                               version
 *    AUTH     level, password or none        -> REPLY values: level
 *    OPEN     mode (0 or none; 1: hold the configuration exclusively)
 *                                            -> REPLY values: generation
 *    CLOSE    mode (0 or none: discards the candidate; 1: keeps it; either
 *             ends holding the configuration exclusively)
 *    CREATE   object, key...
 *    DELETE   object, key...
 *    SET      object, setting, key..., field value...
 *    UNSET    object, setting, key..., flag... (one a field; 1: unset it)
 *    COMMIT   mode (0 commit, 1 check), comment, label, id, minutes to be
 *             confirmed in (0: stays), seconds of the guard (0: none)
 *             -> REPLY values: outcome (0 done, 1 nothing to do, 2 the id was
 *                committed already, 3 confirmed, 4 has longer, 5 done and
 *                confirmed what waited), generation, created, removed,
 *                restarted, changed live, renegotiated, untouched, taken
 *                down, brought up
 *    ROLLBACK mode (enum wire_rollback), number, time, label or none
 *             BACK: so many commits back; TO: to a generation, or to what was
 *             running at a time; LABEL: to a label; the candidate becomes that
 *             configuration
 *             -> REPLY values: generation, objects changed
 *             MARK: remembers the candidate as it is; TO_MARK: it is that
 *             again, and the mark is gone; FORGET: the mark alone is gone;
 *             EMPTY: it holds what is always there and nothing else
 *             -> REPLY without values
 *    SHOW     what, ...                      -> ROWs, REPLY
 *        SHOW_RUNNING, SHOW_CANDIDATE: ROW: object, field...
 *        SHOW_COMPARE [, commits back]:
 *                      ROW: object, has_before, has_after, key...,
 *                           field before..., field after... (without keys)
 *        SHOW_NAMES, object, prefix, limit: ROW: last key as text
 *        SHOW_STATUS: REPLY values: candidate open, objects changed,
 *                                   generation it is based on, generation,
 *                                   hostname
 *        SHOW_AT, generation, time or label (then 1): ROW as of SHOW_RUNNING
 *    EXEC     exec, virtual router of the session, argument...
 *                                            -> ROWs: the exec's columns
 *             with a last argument `stamp` (docs/reference/requests.md):
 *             -> REPLY values: stamp of this answer; with the stamp that was
 *                given and without ROWs, it is the same as that one
 *    SUBSCRIBE classes (bit set; 1 configuration, 4 log, 8 notifications) of
 *             EVENTs that are wanted
 *    REPLY    err, number of values, value..., then for each problem:
 *             severity, path, setting, sentence
 *    EVENT    class, sentence; class 2, which is always sent: the daemon
 *             closes the session.  Of class 8: class, sentence, how many
 *             notifications this session has missed so far, and the columns of
 *             the rows `notification` (gen/notifications.h says which of them
 *             each kind has)
 *    LINE     person (1: at a terminal), where from ("ssh ADDRESS", or "")
 *             -> REPLY values: rows, columns (none: not set), then the banners
 *                before and after the login, each none or in lines
 *             (once; what the shell says of itself is believed as far as it
 *             concerns nobody else: see daemon/line.c)
 *    IMPORT   form (of the schema's certificate-format), name, trusted (1: a
 *             CA by itself), the file's bytes in hexadecimal, pass phrase or
 *             none; the last two as clear secrets
 *             -> REPLY values: what was done, in lines
 *    ENROLL   name of the CA, password or none, as a clear secret
 *             -> REPLY values: what the CA answered, in lines
 */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include "base/err.h"
#include "schema/schema.h"

#include <stddef.h>
#include <stdint.h>

enum wire_verb {
    WIRE_HELLO = 1,
    WIRE_AUTH,
    WIRE_OPEN,
    WIRE_CLOSE,
    WIRE_CREATE,
    WIRE_DELETE,
    WIRE_SET,
    WIRE_UNSET,
    WIRE_COMMIT,
    WIRE_ROLLBACK,
    WIRE_SHOW,
    WIRE_EXEC,
    WIRE_SUBSCRIBE,
    WIRE_ROW,
    WIRE_REPLY,
    WIRE_EVENT,
    WIRE_LINE,
    WIRE_IMPORT,
    WIRE_ENROLL,
};

enum wire_show {
    SHOW_RUNNING = 1,
    SHOW_CANDIDATE,
    SHOW_COMPARE,
    SHOW_NAMES,
    SHOW_STATUS,
    SHOW_AT,
    SHOW_BLAME,
};

enum wire_rollback {
    ROLLBACK_BACK,
    ROLLBACK_TO,
    ROLLBACK_LABEL,
    ROLLBACK_MARK,
    ROLLBACK_TO_MARK,
    ROLLBACK_FORGET,
    ROLLBACK_EMPTY,
};

enum {
    WIRE_FORMAT = 1,
    WIRE_OVER = 2, /* class of the EVENT after which the session ends */
    WIRE_LOG = 4,  /* class of EVENTs of the log                      */
    WIRE_NOTIFICATION = 8,
    WIRE_NOTIFICATION_AT = 3, /* first of its columns in such an EVENT  */
    WIRE_ITEMS_MAX = 1024,
    WIRE_FRAME_MAX = 256 * 1024, /* bytes, length field included */
};

/* Owns its items. */
struct wire_frame {
    enum wire_verb verb;
    uint32_t id;
    struct value *items;
    uint16_t count;
    uint16_t room;
};

void wire_frame_init(
    struct wire_frame *frame, enum wire_verb verb, uint32_t id);
void wire_frame_done(struct wire_frame *frame);
/* Takes the value over. */
void wire_add(struct wire_frame *frame, struct value value);
void wire_add_number(struct wire_frame *frame, uint64_t number);
void wire_add_text(struct wire_frame *frame, const char *text);
/* Reading by position never fails: none, 0 or "" where there is no such item.
 */
const struct value *wire_at(const struct wire_frame *frame, size_t position);
uint64_t wire_number(const struct wire_frame *frame, size_t position);
const char *wire_text(const struct wire_frame *frame, size_t position);

/* Bytes ready to send or received and not yet understood. */
struct wire_buffer {
    uint8_t *bytes;
    size_t start; /* of what is still of use */
    size_t end;
    size_t room;
};

void wire_buffer_init(struct wire_buffer *buffer);
void wire_buffer_done(struct wire_buffer *buffer); /* wipes */
void wire_buffer_add(struct wire_buffer *buffer, const void *bytes, size_t n);
size_t wire_buffer_length(const struct wire_buffer *buffer);
/* To fill in place: room for n more bytes at the end, of which wire_buffer_grow
 * then says how many were used.  The place is good until the next call. */
uint8_t *wire_buffer_reserve(struct wire_buffer *buffer, size_t n);
void wire_buffer_grow(struct wire_buffer *buffer, size_t n);
/* Back to so many bytes: what was added since is wiped. */
void wire_buffer_shorten(struct wire_buffer *buffer, size_t length);
/* The first n bytes are of no more use: wiped, for a frame may hold keys. */
void wire_buffer_drop(struct wire_buffer *buffer, size_t n);

/* Append the frame.  ERR_EXHAUSTED: larger than WIRE_FRAME_MAX, or more than
 * WIRE_ITEMS_MAX items; the buffer is as before. */
MUST_CHECK enum err wire_encode(
    const struct wire_frame *frame, struct wire_buffer *buffer);
/* Take one frame off the front.  OK with *out_complete false: more bytes are
 * needed.  ERR_MALFORMED: the connection is of no more use. */
MUST_CHECK enum err wire_decode(struct wire_buffer *buffer,
    struct wire_frame *out_frame, bool *out_complete);

#endif
