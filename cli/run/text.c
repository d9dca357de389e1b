/*
 * text.c - typed lines and answers made fit to be seen.
 *
 * A wrong line is repeated on standard error, which may end up in a log, and
 * `show history` repeats all; neither may show a session key.
 */
#include "run/shell.h"

#include "base/str.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum {
    KEY_DIGITS = 16,     /* of the shortest key: DES, 8 bytes          */
    WORDS_BEFORE_KEY = 2 /* session-key-inbound TRANSFORM SPI KEY...   */
};

static const char key_command[] = "session-key-";

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static size_t
word_length(const char *text)
{
    size_t length = 0;

    while (text[length] != '\0' && !is_blank(text[length]))
        length++;
    return length;
}

/* Hexadecimal digits, enough for a key, wherever they stand. */
static bool
looks_like_key(const char *word, size_t length)
{
    size_t i;

    if (length < KEY_DIGITS)
        return false;
    for (i = 0; i < length; i++) {
        if (!isxdigit((unsigned char)word[i]))
            return false;
    }
    return true;
}

static void
add_word(const char *word, size_t length, bool hidden, struct str *out)
{
    size_t i;

    for (i = 0; i < length; i++) {
        if (hidden) {
            str_add_char(out, '*');
        } else if (iscntrl((unsigned char)word[i])) {
            str_add_char(out, '?');
        } else {
            str_add_char(out, word[i]);
        }
    }
}

/* `key STR` of a preshared key, or a beginning of that word. */
static bool
begins_with_key(const char *line)
{
    static const char command[] = "key";
    size_t length;

    while (is_blank(*line))
        line++;
    length = word_length(line);
    return length > 0 && length < sizeof(command) &&
           strncasecmp(line, command, length) == 0;
}

void
hide_secrets(const char *line, struct str *out)
{
    bool is_key = begins_with_key(line);
    bool after_command = false;
    bool masked = false;
    bool first = true;
    size_t words = 0; /* since the command */

    while (*line != '\0') {
        size_t length = word_length(line);
        bool hidden = looks_like_key(line, length);

        if (length == 0) {
            str_add_char(out, ' '); /* a tab would move the caret */
            line++;
            continue;
        }
        if (after_command && words++ >= WORDS_BEFORE_KEY) {
            masked = masked || (words == WORDS_BEFORE_KEY + 1 &&
                                   strncasecmp(line, "masked", length) == 0);
            hidden = !masked;
        }
        after_command = after_command || (length >= strlen(key_command) &&
                                             strncasecmp(line, key_command,
                                                 strlen(key_command)) == 0);
        add_word(line, length, hidden || (is_key && !first), out);
        first = false;
        line += length;
    }
}

/* How much of the line fits: up to a blank if there is one. */
static size_t
fitting(const char *line, size_t length, size_t width)
{
    size_t at = width;

    if (length <= width || width == 0)
        return length;
    while (at > 0 && line[at] != ' ')
        at--;
    /* a caret line is blanks, and a word may be longer than the screen */
    return strspn(line, " ") >= at ? length : at;
}

void
wrap_text(const char *text, size_t width, struct str *out)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        size_t take = fitting(text, length, width);

        str_add_n(out, text, take);
        str_add_char(out, '\n');
        text += take;
        text += take < length ? strspn(text, " ") : *text == '\n';
    }
}
