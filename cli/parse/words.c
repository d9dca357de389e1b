/*
 * words.c - splitting a line.
 */
#include "parse/words.h"

#include <assert.h>
#include <string.h>

bool
parse_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* One word from a column on, its text written to `to`; returns the column
 * after it. */
static size_t
take_word(const char *line, size_t at, struct word *word, char *to)
{
    bool inside = false;

    word->text = to;
    word->column = at;
    word->quoted = line[at] == '"';
    for (; line[at] != '\0' && (inside || !parse_is_blank(line[at])); at++) {
        if (line[at] == '"') {
            inside = !inside;
            continue;
        }
        if (inside && line[at] == '\\' &&
            (line[at + 1] == '"' || line[at + 1] == '\\'))
            at++;
        *to++ = line[at];
    }
    *to = '\0';
    word->length = (size_t)(to - word->text);
    word->open = inside;
    return at;
}

static bool
begins_redirect(const char *line, size_t at)
{
    return line[at] == '>' && at > 0 && parse_is_blank(line[at - 1]);
}

/* Where the output's way begins: at the first '|' outside quotes, or at a '>'
 * that begins a word. */
static size_t
find_bar(const char *line, size_t from)
{
    bool inside = false;
    size_t at;

    if (strpbrk(line + from, "|>") == NULL)
        return WORDS_NOWHERE;
    for (at = from; line[at] != '\0'; at++) {
        if (line[at] == '"') {
            inside = !inside;
        } else if (inside && line[at] == '\\' && line[at + 1] != '\0') {
            at++;
        } else if (!inside && (line[at] == '|' || begins_redirect(line, at))) {
            return at;
        }
    }
    return WORDS_NOWHERE;
}

static void
split(const char *line, size_t at, struct words *words)
{
    char *to = words->text;

    for (;;) {
        while (parse_is_blank(line[at]))
            at++;
        if (line[at] == '\0')
            return;
        if (words->count == PARSE_WORDS_MAX) {
            words->excess = at;
            return;
        }
        at = take_word(line, at, &words->words[words->count], to);
        to += words->words[words->count].length + 1;
        words->count++;
    }
}

void
words_split(const char *line, size_t from, bool cut, struct words *out_words)
{
    char before_bar[PARSE_LINE_MAX + 1];
    size_t end = strlen(line);

    assert(end <= PARSE_LINE_MAX);
    while (end > from && parse_is_blank(line[end - 1]))
        end--;
    out_words->count = 0;
    out_words->excess = WORDS_NOWHERE;
    out_words->bar = find_bar(line, from);
    out_words->end = end;
    if (!cut || out_words->bar == WORDS_NOWHERE) {
        split(line, from, out_words);
        return;
    }
    memcpy(before_bar, line, out_words->bar);
    before_bar[out_words->bar] = '\0';
    split(before_bar, from, out_words);
}
