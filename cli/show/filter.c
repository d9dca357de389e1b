/*
 * filter.c - what follows a '|': which lines of the output pass.
 *
 * Regular expressions are POSIX extended ones and may hold blanks and
 * alternatives (up|down); a '|' with blanks before it and the name of a
 * filter after it begins the next filter of the chain.
 */
#include "show/show.h"

#include "base/arena.h"
#include "base/str.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum filter_kind {
    FILTER_BEGIN,
    FILTER_DISPLAY,
    FILTER_EXCLUDE,
    FILTER_INCLUDE,
    FILTER_TALLY,
    FILTER_COUNT
};

enum { PATTERN_COST_MAX = 100000 }; /* nodes of an expression */

static const char *const names[FILTER_COUNT] = {
    [FILTER_BEGIN] = "begin",
    [FILTER_DISPLAY] = "display",
    [FILTER_EXCLUDE] = "exclude",
    [FILTER_INCLUDE] = "include",
    [FILTER_TALLY] = "count",
};

/* Heap; the first of a chain owns the others. */
struct show_filter {
    struct show_filter *next;
    enum filter_kind kind;
    bool begun;      /* `begin` has met its line           */
    size_t lines;    /* that `count` has met               */
    regex_t pattern; /* of `begin`, `exclude` and `include` */
};

/* ---- reading ---- */

/* The word at the start of the text, shortened or not. */
static enum filter_kind
read_kind(const char *text, size_t length)
{
    unsigned i;

    for (i = 0; i < FILTER_COUNT && length > 0; i++) {
        if (length <= strlen(names[i]) &&
            strncasecmp(names[i], text, length) == 0)
            return (enum filter_kind)i;
    }
    return FILTER_COUNT;
}

static bool
has_pattern(enum filter_kind kind)
{
    return kind != FILTER_DISPLAY && kind != FILTER_TALLY;
}

/* Does a filter begin with this word?  As the last one only `count` does, in
 * full: another one lacks its expression, and this one may end so. */
static bool
begins_filter(const char *word)
{
    size_t length = strcspn(word, " \t");
    enum filter_kind kind = read_kind(word, length);

    if (kind == FILTER_TALLY && length == strlen(names[kind]))
        return true;
    return kind != FILTER_COUNT && word[length] != '\0';
}

/* Length up to the '|' of the next filter, or to the end. */
static size_t
argument_length(const char *text)
{
    const char *at = text;

    while ((at = strchr(at, '|')) != NULL) {
        if ((at == text || at[-1] == ' ' || at[-1] == '\t') &&
            begins_filter(at + 1 + strspn(at + 1, " \t")))
            return (size_t)(at - text);
        at++;
    }
    return strlen(text);
}

static enum err
read_display(const char *argument, struct str *problem)
{
    size_t length = strlen(argument);

    if (length > 0 && length <= strlen("json") &&
        strncasecmp("json", argument, length) == 0)
        return OK;
    str_add(problem, "% Output can be displayed as: json.");
    return ERR_SYNTAX;
}

static enum err
read_tally(const char *argument, struct str *problem)
{
    if (argument[0] == '\0')
        return OK;
    str_add(problem, "% After count nothing more can stand.");
    return ERR_SYNTAX;
}

/* The larger number of a bound that begins here, "{2,5}"; at least 1. */
static size_t
read_bound(const char *text)
{
    size_t largest = 1;
    size_t number = 0;

    for (text++; (*text >= '0' && *text <= '9') || *text == ','; text++) {
        number = *text == ',' ? 0 : number * 10 + (size_t)(*text - '0');
        if (number > PATTERN_COST_MAX)
            number = PATTERN_COST_MAX;
        if (number > largest)
            largest = number;
    }
    return largest;
}

/* The C library unrolls `+` and bounds, each inside the one around it: some
 * fifty in a row would take all memory.  What they could cost together, as if
 * they were all nested, is bounded. */
static bool
is_costly(const char *pattern)
{
    size_t cost = strlen(pattern);

    for (; *pattern != '\0' && cost <= PATTERN_COST_MAX; pattern++) {
        if (*pattern == '\\' && pattern[1] != '\0') {
            pattern++;
        } else if (*pattern == '+') {
            cost *= 2;
        } else if (*pattern == '{') {
            cost *= read_bound(pattern);
        }
    }
    return cost > PATTERN_COST_MAX;
}

static enum err
read_pattern(
    struct show_filter *filter, const char *argument, struct str *problem)
{
    char reason[160];
    int error;

    if (argument[0] == '\0') {
        str_printf(problem, "%% After %s there must be a regular expression.",
            names[filter->kind]);
        return ERR_SYNTAX;
    }
    if (is_costly(argument)) {
        str_add(problem,
            "% The regular expression has too many repetitions or is too "
            "long.");
        return ERR_SYNTAX;
    }
    error = regcomp(&filter->pattern, argument, REG_EXTENDED | REG_NOSUB);
    if (error == 0)
        return OK;
    regerror(error, &filter->pattern, reason, sizeof reason);
    str_printf(problem, "%% The regular expression is wrong: %s.", reason);
    return ERR_SYNTAX;
}

/* One filter from the start of the text; out_used: up to the next. */
static enum err
read_filter(const char *text, struct show_filter **out_filter, size_t *out_used,
    struct str *problem)
{
    size_t length = strcspn(text, " \t|");
    enum filter_kind kind = read_kind(text, length);
    struct show_filter *filter;
    struct str argument;
    size_t start;
    size_t end;
    enum err error;

    if (kind == FILTER_COUNT) {
        str_add(problem,
            "% A filter is one of: begin, count, exclude, include, display "
            "json.");
        return ERR_SYNTAX;
    }
    start = length + strspn(text + length, " \t");
    end = start + argument_length(text + start);
    *out_used = text[end] == '|' ? end + 1 : end;
    while (end > start && strchr(" \t\r", text[end - 1]) != NULL)
        end--;
    str_init(&argument);
    str_add_n(&argument, text + start, end - start);
    filter = mem_alloc(sizeof *filter);
    filter->kind = kind;
    error = kind == FILTER_DISPLAY ? read_display(str_text(&argument), problem)
            : kind == FILTER_TALLY
                ? read_tally(str_text(&argument), problem)
                : read_pattern(filter, str_text(&argument), problem);
    str_done(&argument);
    if (error == OK) {
        *out_filter = filter;
    } else {
        free(filter);
    }
    return error;
}

enum err
show_filter_new(
    const char *text, struct show_filter **out_filter, struct str *out_problem)
{
    struct show_filter *first = NULL;
    struct show_filter **last = &first;
    enum err error = OK;
    size_t used = 0;

    if (text == NULL) {
        *out_filter = NULL;
        return OK;
    }
    do {
        text += used;
        text += strspn(text, " \t");
        error = read_filter(text, last, &used, out_problem);
        if (error == OK)
            last = &(*last)->next;
    } while (error == OK && text[used] != '\0');
    if (error == OK) {
        *out_filter = first;
    } else {
        show_filter_free(first);
    }
    return error;
}

void
show_filter_free(struct show_filter *filter)
{
    while (filter != NULL) {
        struct show_filter *next = filter->next;

        if (has_pattern(filter->kind))
            regfree(&filter->pattern);
        free(filter);
        filter = next;
    }
}

bool
show_filter_wants_json(const struct show_filter *filter)
{
    for (; filter != NULL; filter = filter->next) {
        if (filter->kind == FILTER_DISPLAY)
            return true;
    }
    return false;
}

bool
show_filter_count(const struct show_filter *filter, size_t *out_lines)
{
    while (filter != NULL && filter->kind != FILTER_TALLY)
        filter = filter->next;
    if (filter != NULL)
        *out_lines = filter->lines;
    return filter != NULL;
}

/* ---- lines ---- */

static bool
passes(struct show_filter *filter, const char *line)
{
    bool matches;

    if (filter->kind == FILTER_DISPLAY || filter->begun)
        return true;
    if (filter->kind == FILTER_TALLY) {
        filter->lines++;
        return false;
    }
    matches = regexec(&filter->pattern, line, 0, NULL, 0) == 0;
    if (filter->kind == FILTER_EXCLUDE)
        return !matches;
    if (filter->kind == FILTER_BEGIN)
        filter->begun = matches;
    return matches;
}

bool
show_filter_line(struct show_filter *filter, const char *line)
{
    for (; filter != NULL; filter = filter->next) {
        if (!passes(filter, line))
            return false;
    }
    return true;
}
