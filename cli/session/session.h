/*
 * session.h - the programs' front ends: console, batch, and the lab.
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include <stdbool.h>
#include <stddef.h>

struct client;

/* Exit status of the program. */
enum session_exit {
    EXIT_DONE = 0,
    EXIT_REFUSED = 1, /* a command failed or was refused */
    EXIT_USAGE = 2,
    EXIT_NO_CONNECTION = 3,
    EXIT_WOULD_CHANGE = 4, /* --check: a commit would change something */
};

/* What is left to do when a batch ends with uncommitted changes. */
enum session_ending {
    ENDING_REFUSE,
    ENDING_COMMIT,
    ENDING_DISCARD,
    ENDING_CHECK, /* say what a commit would do */
};

/* Where a batch takes its lines from, in the order given. */
struct session_source {
    bool is_file;     /* else: text is the line itself */
    const char *text; /* "-": standard input           */
};

struct session_batch {
    const struct session_source *sources;
    size_t count;
    enum session_ending ending;
    bool replaces;         /* the sources are the whole configuration  */
    bool shows_difference; /* before it ends                           */
    bool hides_progress;
    const char *confirm;   /* minutes for `commit confirmed`, or NULL  */
    const char *commit_id; /* or NULL                                  */
};

/* Both take the client over. */
enum session_exit session_console(struct client *client);
enum session_exit session_batch(
    struct client *client, const struct session_batch *batch);

/* Type and commit a script into a router where nothing was committed yet. */
enum session_exit session_load(struct client *client, const char *path);

/* Connect to a router of the lab, which is started if it is not running.
 * name: a folder, or the name of a lab that came with the program; router:
 * NULL for the first one.  EXIT_DONE, or why not; it said so. */
enum session_exit session_lab(
    const char *name, const char *router, struct client **out_client);

#endif
