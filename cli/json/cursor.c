/*
 * cursor.c - walking along a text that is known to be JSON.
 */
#include "json/cursor.h"

#include <string.h>

void
json_cursor_init(struct json_cursor *cursor, const char *text, size_t length)
{
    *cursor = (struct json_cursor){.text = text, .length = length, .line = 1};
}

static char
here(const struct json_cursor *cursor)
{
    if (cursor->at >= cursor->length)
        return '\0';
    return cursor->text[cursor->at];
}

static void
step(struct json_cursor *cursor)
{
    if (here(cursor) == '\n') {
        cursor->line++;
        cursor->line_at = cursor->at + 1;
    }
    cursor->at++;
}

void
json_cursor_seek(struct json_cursor *cursor)
{
    while (cursor->at < cursor->length && here(cursor) != '\0' &&
           strchr(" \t\r\n,:", here(cursor)) != NULL)
        step(cursor);
}

void
json_cursor_enter(struct json_cursor *cursor)
{
    json_cursor_seek(cursor);
    step(cursor);
}

static void
skip_string(struct json_cursor *cursor)
{
    for (step(cursor); cursor->at < cursor->length && here(cursor) != '"';
         step(cursor)) {
        if (here(cursor) == '\\')
            step(cursor);
    }
    step(cursor);
}

static void
skip_word(struct json_cursor *cursor)
{
    while (cursor->at < cursor->length &&
           strchr(" \t\r\n,:]}", here(cursor)) == NULL)
        step(cursor);
}

void
json_cursor_skip(struct json_cursor *cursor)
{
    size_t depth = 0;

    do {
        json_cursor_seek(cursor);
        switch (here(cursor)) {
        case '"':
            skip_string(cursor);
            break;
        case '{':
        case '[':
            depth++;
            step(cursor);
            break;
        case '}':
        case ']':
            depth -= depth > 0;
            step(cursor);
            break;
        default:
            skip_word(cursor);
        }
    } while (depth > 0 && cursor->at < cursor->length);
}

struct json_place
json_cursor_place(const struct json_cursor *cursor)
{
    return (struct json_place){
        cursor->line, (unsigned)(cursor->at - cursor->line_at) + 1};
}
