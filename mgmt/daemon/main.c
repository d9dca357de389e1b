/*
 * main.c - ermined: the router as a program.
 */
#include "base/diag.h"
#include "base/log.h"
#include "base/str.h"
#include "daemon/lab.h"
#include "daemon/launch.h"
#include "daemon/options.h"
#include "daemon/places.h"
#include "daemon/upkeep.h"
#include "oper/oper.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* Sentences about a command that ends at once. */
static int
finish(enum err error, const struct diag *diag, const char *text)
{
    size_t i;

    for (i = 0; i < diag->count; i++)
        (void)fprintf(stderr, "ermined: %s\n", diag->entries[i].sentence);
    if (error == OK)
        (void)fputs(text, stdout);
    return error == OK ? EXIT_DONE : EXIT_FAILED;
}

static int
keep_up(const struct options *options)
{
    struct places places;
    struct diag diag;
    struct str text;
    enum err error;
    int status;

    diag_init(&diag);
    str_init(&text);
    places_init(&places, options);
    if (options->import_key != NULL) {
        error = upkeep_import_key(places.state, options->import_key, &diag);
        str_printf(&text, "%s/secret.key is the key of %s now.\n", places.state,
            options->import_key);
    } else {
        error = upkeep_check_database(places.state, &diag, &text);
    }
    status = finish(error, &diag, str_text(&text));
    places_done(&places);
    str_done(&text);
    diag_done(&diag);
    return status;
}

/* Where the log of a router in the background goes; a lab leaves no file. */
static char *
log_path(const struct options *options)
{
    struct places places;
    struct str path;

    if (options->lab != NULL)
        return NULL;
    places_init(&places, options);
    str_init(&path);
    str_printf(&path, "%s/ermined.log", places.state);
    places_done(&places);
    return str_take(&path);
}

static int
serve(const struct options *options)
{
    struct launch launch;
    struct diag diag;
    struct lab *lab;
    char *log;
    enum err error;

    if (launch_begin(options->foreground, options->ready_fd, &launch) != OK) {
        (void)fprintf(stderr, "ermined: cannot go to the background.\n");
        return EXIT_FAILED;
    }
    if (launch.is_parent)
        return launch.status;
    diag_init(&diag);
    error = lab_new(options, &diag, &lab);
    if (error != OK) {
        if (diag.count == 0) {
            diag_add(&diag, DIAG_ERROR, NULL, NULL, "Cannot start: %s.",
                err_name(error));
        }
        launch_failed(&launch, &diag);
    } else {
        log = log_path(options);
        launch_ready(&launch, log);
        free(log);
        lab_run(lab);
        lab_free(lab);
    }
    diag_done(&diag);
    return error == OK ? EXIT_DONE : EXIT_FAILED;
}

int
main(int argc, char **argv)
{
    struct options options;

    if (options_read(argc, argv, &options) != OK)
        return EXIT_USAGE;
    if (options.help) {
        options_help(stdout);
        return EXIT_DONE;
    }
    if (options.version) {
        (void)printf("ermined %s\n", oper_version);
        return EXIT_DONE;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    log_set_level(options.log_level);
    if (options.import_key != NULL || options.check_db)
        return keep_up(&options);
    return serve(&options);
}
