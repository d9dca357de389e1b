/*
 * cursor.h - where the values of a text that is JSON begin.
 *
 * jansson checks and reads the text but keeps no places.  Its values come in
 * the order of the text, so a cursor that walks along tells where each of
 * them is.  The text is valid; the cursor only skips.  Plain values: a copy
 * remembers a place.  Private to the room.
 */
#ifndef JSON_CURSOR_H
#define JSON_CURSOR_H

#include "json/json.h"

struct json_cursor {
    const char *text;
    size_t length;
    size_t at;
    unsigned line; /* of the place `at`, from 1 */
    size_t line_at;
};

void json_cursor_init(
    struct json_cursor *cursor, const char *text, size_t length);
/* To the start of the next value, name or closing bracket. */
void json_cursor_seek(struct json_cursor *cursor);
/* Into the object or list that begins here. */
void json_cursor_enter(struct json_cursor *cursor);
/* Behind the value or name that begins here. */
void json_cursor_skip(struct json_cursor *cursor);
struct json_place json_cursor_place(const struct json_cursor *cursor);

#endif
