#include <criterion/criterion.h>

#include "base/str.h"
#include "daemon/options.h"
#include "daemon/places.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

TestSuite(options, .timeout = 10);

enum { WORDS_MAX = 16 };

/* The line's words after the program's name; they point into line. */
static enum err
read_line(char *line, struct options *out_options)
{
    char program[] = "ermined";
    char *words[WORDS_MAX] = {program};
    char *rest = line;
    char *word;
    int count = 1;

    while ((word = strsep(&rest, " ")) != NULL) {
        if (word[0] != '\0')
            words[count++] = word;
    }
    optind = 0; /* getopt begins again */
    return options_read(count, words, out_options);
}

static void
copy_line(char *place, size_t room, const char *line)
{
    cr_assert_lt(strlen(line), room);
    memcpy(place, line, strlen(line) + 1);
}

Test(options, are_refused_where_they_make_no_sense)
{
    static const struct {
        const char *line;
        enum err error;
    } rows[] = {
        {"",                                      OK        },
        {"--foreground",                          OK        },
        {"--state-dir d --socket s --chassis c",  OK        },
        {"--log-level debug",                     OK        },
        {"--log-level loud",                      ERR_SYNTAX},
        {"--lab d --lab-socket @x --ready-fd 5",  OK        },
        {"--lab d",                               ERR_SYNTAX},
        {"--lab-socket @x",                       ERR_SYNTAX},
        {"--lab d --lab-socket @x --state-dir s", ERR_SYNTAX},
        {"--lab d --lab-socket @x --check-db",    ERR_SYNTAX},
        {"--lab d --lab-socket @x --user u",      ERR_SYNTAX},
        {"--state-dir d --user u",                OK        },
        {"--user",                                ERR_SYNTAX},
        {"--import-key f --check-db",             ERR_SYNTAX},
        {"--ready-fd x",                          ERR_SYNTAX},
        {"--ready-fd 99999999999",                ERR_SYNTAX},
        {"--wrong",                               ERR_SYNTAX},
        {"--state-dir",                           ERR_SYNTAX},
        {"word",                                  ERR_SYNTAX},
    };
    struct options options;
    char line[128];
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        copy_line(line, sizeof line, rows[i].line);
        cr_expect_eq(
            read_line(line, &options), rows[i].error, "%s", rows[i].line);
    }
}

Test(options, lead_to_places)
{
    static const struct {
        const char *line;
        const char *router;
        const char *state;
        const char *socket;
    } rows[] = {
        {"",                          NULL,     "/var/lib/ermine", "/run/ermine/ermined.sock"},
        {"--state-dir d",             NULL,     "d",               "d/ermined.sock"          },
        {"--state-dir d --socket @x", NULL,     "d",               "@x"                      },
        {"--lab l --lab-socket @p",   "boston", "l/state/boston",  "@p-boston"               },
    };
    struct options options;
    struct places places;
    char line[128];
    char *state;
    char *path;
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        copy_line(line, sizeof line, rows[i].line);
        cr_assert_eq(read_line(line, &options), OK);
        places_init(&places, &options);
        state = places_state(&places, rows[i].router);
        path = places_socket(&places, rows[i].router);
        cr_expect_str_eq(state, rows[i].state);
        cr_expect_str_eq(path, rows[i].socket);
        free(state);
        free(path);
        places_done(&places);
    }
}
