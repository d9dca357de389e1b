/*
 * lex.c - lines of a schema file, cut into words.
 */
#include "lex.h"

#include <string.h>

struct lexer
lex_over(struct arena *arena, struct report *report, const char *file,
    const char *text, size_t length)
{
    return (struct lexer){
        .arena = arena,
        .report = report,
        .place = {.file = file, .line = 0},
        .at = text,
        .end = text + length,
    };
}

/* The next line as text of its own; NULL: it was reported. */
static const char *
take_line(struct lexer *lexer)
{
    const char *start = lexer->at;
    size_t left = (size_t)(lexer->end - start);
    const char *newline = memchr(start, '\n', left);
    size_t length = newline == NULL ? left : (size_t)(newline - start);

    lexer->at = newline == NULL ? lexer->end : newline + 1;
    lexer->place.line++;
    if (length > LEX_LINE_MAX) {
        report_at(lexer->report, &lexer->place,
            "the line is longer than %d characters", LEX_LINE_MAX);
        return NULL;
    }
    for (size_t i = 0; i < length; i++) {
        if (start[i] < ' ' || start[i] > '~') {
            report_at(lexer->report, &lexer->place,
                "only printable ASCII and blanks may be used, no tabs");
            return NULL;
        }
    }
    return arena_strndup(lexer->arena, start, length);
}

/* Where the word that starts here ends; NULL: it never does. */
static const char *
end_of_word(const char *at)
{
    unsigned depth = 0;

    if (*at == '"')
        return strchr(at + 1, '"');
    for (; *at != '\0' && (*at != ' ' || depth > 0); at++) {
        if (*at == '(') {
            depth++;
        } else if (*at == ')' && depth > 0) {
            depth--;
        }
    }
    return depth == 0 ? at : NULL;
}

/* The text up to end, without the blanks before it. */
static const char *
trim(struct arena *arena, const char *text, const char *end)
{
    while (end > text && end[-1] == ' ')
        end--;
    return arena_strndup(arena, text, (size_t)(end - text));
}

static bool
cut_words(struct lexer *lexer, const char *at, struct lex_line *line)
{
    line->count = 0;
    for (;;) {
        const char *end;
        struct lex_word *word = &line->words[line->count];

        at += strspn(at, " ");
        if (line->count == 1)
            line->rest = at; /* cut at the end of the line below */
        if (*at == '\0' || *at == '#') {
            if (line->count > 1)
                line->rest = trim(lexer->arena, line->rest, at);
            return true;
        }
        if (line->count == LEX_WORDS_MAX) {
            report_at(lexer->report, &line->place,
                "the line has more than %d words", LEX_WORDS_MAX);
            return false;
        }
        end = end_of_word(at);
        if (end == NULL) {
            report_at(lexer->report, &line->place, "%s is not closed",
                *at == '"' ? "the string" : "the parenthesis");
            return false;
        }
        word->quoted = *at == '"';
        if (word->quoted)
            at++;
        word->text = arena_strndup(lexer->arena, at, (size_t)(end - at));
        at = word->quoted ? end + 1 : end;
        line->count++;
    }
}

bool
lex_next(struct lexer *lexer, struct lex_line *out_line)
{
    while (lexer->at != lexer->end) {
        const char *text = take_line(lexer);
        size_t blanks;

        if (text == NULL)
            continue;
        blanks = strspn(text, " ");
        out_line->place = lexer->place;
        out_line->indent = (unsigned)(blanks / 4);
        out_line->rest = "";
        if (!cut_words(lexer, text + blanks, out_line) || out_line->count == 0)
            continue;
        if (blanks % 4 != 0 || blanks > 8) {
            report_at(lexer->report, &lexer->place,
                "lines start with 0, 4 or 8 blanks, not with %zu", blanks);
            continue;
        }
        return true;
    }
    return false;
}
