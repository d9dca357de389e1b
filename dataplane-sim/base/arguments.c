/*
 * arguments.c - the command line, by getopt_long.
 */
#include "base/arguments.h"

#include "base/str.h"

#include <assert.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>

enum { FIRST = 1 }; /* of the numbers by which getopt tells options apart */

enum err
arguments_wrong(const char *program, const char *what, const char *word)
{
    (void)fprintf(stderr, "%s: %s%s%s%s; see %s --help.\n", program, what,
        word == NULL ? "" : " `", word == NULL ? "" : word,
        word == NULL ? "" : "`", program);
    return ERR_SYNTAX;
}

static int
value_of(const struct argument *argument)
{
    if (argument->flag == NULL)
        return required_argument;
    return argument->text == NULL ? no_argument : optional_argument;
}

static enum err
take_descriptor(
    const char *program, const struct argument *argument, const char *text)
{
    uint64_t number;

    if (str_to_u64(text, &number) != OK || number > INT_MAX)
        return arguments_wrong(program, "there is no descriptor", text);
    *argument->descriptor = (int)number;
    return OK;
}

static enum err
take(const char *program, const struct argument *argument, const char *text)
{
    struct argument_list *list = argument->list;

    if (argument->flag != NULL)
        *argument->flag = true;
    if (argument->text != NULL)
        *argument->text = text;
    if (list != NULL && list->count == list->most)
        return arguments_wrong(program, "there are too many before", text);
    if (list != NULL)
        list->words[list->count++] = text;
    if (argument->level != NULL && log_level_parse(text, argument->level) != OK)
        return arguments_wrong(program, "there is no log level", text);
    return argument->descriptor == NULL
               ? OK
               : take_descriptor(program, argument, text);
}

enum err
arguments_read(const char *program, const struct argument *known, size_t count,
    int argc, char *const *argv)
{
    struct option options[ARGUMENTS_MAX + 1] = {0};
    enum err error = OK;
    int found;

    assert(count <= ARGUMENTS_MAX);
    for (size_t i = 0; i < count; i++) {
        options[i] = (struct option){
            known[i].name, value_of(&known[i]), NULL, FIRST + (int)i};
    }
    opterr = 0;
    /* One thread, before any other is started. */
    while (error == OK && (found = getopt_long( // NOLINT(concurrency-mt-unsafe)
                               argc, argv, "", options, NULL)) != -1) {
        if (found == '?' || found == ':')
            return arguments_wrong(program, "wrong option", argv[optind - 1]);
        error = take(program, &known[found - FIRST], optarg);
    }
    if (error == OK && optind < argc)
        return arguments_wrong(program, "wrong word", argv[optind]);
    return error;
}
