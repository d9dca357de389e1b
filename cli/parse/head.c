/*
 * head.c - the words before a command: no, default, run, do.
 */
#include "parse/line.h"

#include "parse/words.h"

#include <string.h>
#include <strings.h>

const struct schema_word head_words[HEAD_WORDS] = {
    {"default", "Set a parameter to its default"},
    {"no",      "Remove, or set to its default" },
    {"run",     "A command of exec mode"        },
    {"do",      "A command of exec mode"        },
};

enum { HEAD_DEFAULT, HEAD_NO };

static size_t
word_length(const char *text)
{
    size_t length = 0;

    while (text[length] != '\0' && !parse_is_blank(text[length]))
        length++;
    return length;
}

static void
apply(size_t which, size_t from, struct head *head)
{
    head->from = from;
    if (which == HEAD_DEFAULT) {
        head->form = FORM_DEFAULT;
    } else if (which == HEAD_NO) {
        head->form = FORM_NO;
    } else {
        head->place.mode = MODE_EXEC;
        head->place.object = SCHEMA_NONE;
    }
}

void
head_take(const struct parse_place *place, const char *line, size_t from,
    struct head *out_head)
{
    size_t length = word_length(line + from);
    size_t i;

    *out_head =
        (struct head){.place = *place, .form = FORM_PLAIN, .from = from};
    if (!mode_configures(place->mode))
        return;
    for (i = 0; i < HEAD_WORDS; i++) {
        if (strlen(head_words[i].word) == length &&
            strncasecmp(head_words[i].word, line + from, length) == 0)
            apply(i, from + length, out_head);
    }
}

bool
head_take_short(const struct parse_place *place, const char *line, size_t from,
    struct head *out_head)
{
    size_t length = word_length(line + from);
    size_t i;

    if (!mode_configures(place->mode) || length == 0)
        return false;
    for (i = HEAD_DEFAULT; i <= HEAD_NO; i++) {
        if (strncasecmp(head_words[i].word, line + from, length) != 0)
            continue;
        *out_head = (struct head){.place = *place};
        apply(i, from + length, out_head);
        return true;
    }
    return false;
}

size_t
line_find_foreign(const char *line)
{
    size_t at;

    for (at = 0; line[at] != '\0'; at++) {
        unsigned char c = (unsigned char)line[at];

        if (at == PARSE_LINE_MAX || c == 0x7f ||
            (c < ' ' && !parse_is_blank(line[at])))
            return at;
    }
    return WORDS_NOWHERE;
}
