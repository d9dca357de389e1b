/*
 * run.h - one typed line, carried out.
 *
 * The shell's state (who is asking, in which mode, on what connection) and
 * the way from a line to requests and from answers to text.  Configuration
 * lines are sent ahead without waiting for their answers, so that a script
 * of 100,000 lines is not 100,000 round trips; each answer still finds the
 * file and line it belongs to.  Front ends (console, batch) are hooks.
 */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include "base/err.h"
#include "base/str.h"
#include "schema/schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client;
struct parse_names;
struct parse_place;

/* Where a line comes from.  file NULL: a person at the console. */
struct run_origin {
    const char *file;
    unsigned line;
};

enum run_input {
    INPUT_LINE,
    INPUT_END,     /* Ctrl-D, or the end of standard input */
    INPUT_GIVEN_UP /* Ctrl-C, or nobody is there           */
};

enum run_interrupt { INTERRUPT_BEGIN, INTERRUPT_ASK, INTERRUPT_END };

/* What a front end does for the shell. */
struct run_front {
    /* Standard output and standard error, whole lines. */
    void (*print)(void *context, const char *text);
    void (*complain)(void *context, const char *text);
    /* One key of the person at the screen, for the pager; 0: nobody there.
     * The question is on the screen while it is waited for. */
    int (*key)(void *context, const char *question);
    /* Wait so long, or for a key of the person at the screen: the key, or 0.
     * NULL: nobody is there. */
    int (*pause)(void *context, uint64_t us);
    /* A line's answer to a question; false: nobody there.  hidden: a
     * password. */
    bool (*ask)(void *context, const char *question, bool hidden,
        struct str *out_answer);
    /* The line typed so many lines ago (0: the first of the session), NULL:
     * no such. */
    const char *(*history)(void *context, size_t number);
    /* One line of a text that is being typed or pasted; NULL: never. */
    enum run_input (*input)(
        void *context, const char *prompt, struct str *out_line);
    /* How far a file is, in place of what it said last; NULL text: take it
     * off the screen.  NULL hook: nobody looks. */
    void (*progress)(void *context, const char *text);
    /* Ctrl-C while a file is read, from BEGIN to END: was it pressed?  NULL
     * hook: it ends the program, and with it the session. */
    bool (*interrupt)(void *context, enum run_interrupt what);
    void *context;
};

/* Are the lines those of a text to load, which holds configuration only? */
enum run_loading {
    LOADING_NOTHING,
    LOADING,
    LOADING_CHECK, /* `commit` is accepted and not carried out */
};

enum { RUN_WINDOW = 512 }; /* requests sent ahead */

/* A request whose answer is outstanding. */
struct run_pending {
    uint32_t id;
    char *file; /* NULL: the console */
    unsigned line;
    char *text;
};

struct shell {
    struct client *client;
    const struct run_front *front;
    bool interactive; /* a person: pager, questions, echo of the prompt */
    char hostname[80];
    char vr[40];                        /* the session's virtual router */
    uint8_t level;                      /* in force      */
    uint8_t ceiling;                    /* of this user  */
    uint16_t mode;                      /* enum schema_mode_id */
    uint16_t object;                    /* being configured, or SCHEMA_NONE */
    struct value keys[SCHEMA_KEYS_MAX]; /* of that object */
    bool candidate_open;
    bool is_exclusive; /* holds the configuration, unless it was broken */
    size_t length;     /* of the screen; 0: no pager */
    size_t width;
    bool length_is_set; /* by `terminal length`: the screen has no say */
    bool width_is_set;
    struct run_pending *pending; /* a queue of RUN_WINDOW places */
    size_t pending_first;
    size_t pending_count;
    bool errors_only; /* no warnings: what is loaded is not being worked on */
    unsigned file_depth;       /* of `configure file` inside each other */
    struct run_stream *stream; /* the file whose lines are run, or NULL */
    enum run_loading loading;
    struct redirect *redirect; /* of the command under way, or NULL */
    bool has_committed;        /* something, in this session */
    bool is_closed;            /* by the daemon, which said why         */
    char banner_end[3];        /* "": no banner is being typed          */
    uint16_t banner_type;
    unsigned banner_line; /* where it began                       */
    struct str banner;
};

enum run_outcome {
    RUN_OK,
    RUN_FAILED, /* refused or wrong; said so              */
    RUN_OVER,   /* the session is to end                  */
    RUN_LOST,   /* the connection is gone; said so        */
};

/* What a person reads when the daemon has gone. */
extern const char run_lost_text[];

/* Takes the client over. */
void shell_init(struct shell *shell, struct client *client,
    const struct run_front *front, bool interactive);
void shell_done(struct shell *shell);
/* "host1:vrA(config-if)#" */
void shell_prompt(const struct shell *shell, struct str *out);
/* For parse: where the next line is typed. */
void shell_place(const struct shell *shell, struct parse_place *out_place);
/* For Tab: asks the daemon for names, at most 100. */
void shell_names(struct shell *shell, struct parse_names *out_names);

enum run_outcome run_line(
    struct shell *shell, const char *line, const struct run_origin *origin);
/* Are the next lines those of a text, in which nothing has a meaning?  The
 * front end may give the text up. */
bool shell_in_banner(const struct shell *shell);
void shell_drop_banner(struct shell *shell);
/* At the end of all lines, or of a file's: it must not be inside a text. */
enum run_outcome banner_check_end(
    struct shell *shell, const struct run_origin *origin);
/* Wait for all outstanding answers. */
enum run_outcome run_drain(struct shell *shell);
/* All lines of the file, in global configuration mode if it is a
 * configuration script; stops at the first error.  from and line: the line
 * that named the file; NULL: none did. */
enum run_outcome run_file(struct shell *shell, const char *path,
    const struct run_origin *from, const char *line);
/* From now on lines are configuration only, from global configuration mode
 * on; replaces: into a candidate that holds what is always there and nothing
 * else.  It ends with shell->loading = LOADING_NOTHING. */
enum run_outcome run_begin_load(
    struct shell *shell, bool replaces, enum run_loading loading);
/* Meanwhile: a file's configuration, lines or JSON; a wrong line leaves the
 * candidate as it was.  path "-": standard input.  replaces: a file that says
 * nothing is refused, it would take everything away. */
enum run_outcome run_load_file(
    struct shell *shell, const char *path, bool replaces);
/* Ask for this level.  RUN_FAILED: refused (problem says why, may be NULL). */
enum run_outcome run_raise(
    struct shell *shell, uint8_t level, struct str *problem);
/* Objects changed in the candidate; 0 also without a candidate. */
enum run_outcome run_uncommitted(struct shell *shell, uint64_t *out_objects);
/* The generation that is running. */
enum run_outcome run_generation(struct shell *shell, uint64_t *out_generation);
/* With uncommitted changes, ask the person what to do with them; the end of
 * the session is the end of the candidate.  RUN_OK: go on leaving;
 * RUN_FAILED: stay. */
enum run_outcome run_leave(struct shell *shell, bool ends_session);

#endif
