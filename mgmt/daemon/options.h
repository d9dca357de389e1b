/*
 * options.h - the command line of ermined.
 */
#ifndef DAEMON_OPTIONS_H
#define DAEMON_OPTIONS_H

#include "base/err.h"
#include "base/log.h"

#include <stdbool.h>
#include <stdio.h>

/* Exit status of the program. */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* Texts are borrowed from the command line. */
struct options {
    const char *state_dir;
    const char *socket;  /* NULL: DIR/ermined.sock */
    const char *chassis; /* NULL: loopbacks only   */
    const char *user;    /* NULL: stay who we are  */
    bool foreground;
    enum log_level log_level;
    const char *import_key; /* do only that */
    bool check_db;          /* do only that */
    const char *lab;        /* a folder; the other way to run */
    const char *lab_socket; /* what its sockets' names begin with */
    int ready_fd;           /* -1: none */
    bool help;
    bool version;
};

/* ERR_SYNTAX: said why on standard error. */
MUST_CHECK enum err options_read(
    int argc, char *const *argv, struct options *out_options);
void options_help(FILE *file);

#endif
