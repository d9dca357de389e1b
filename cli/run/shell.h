/*
 * shell.h - what the files of this room share.
 */
#ifndef RUN_SHELL_H
#define RUN_SHELL_H

#include "run/run.h"

struct client;
struct diag;
struct parse_result;
struct show_filter;
struct wire_frame;

/* One line under way. */
struct run_call {
    struct shell *shell;
    const char *line;
    const struct run_origin *origin;
    const struct parse_result *parsed;
};

/* ---- saying things ---- */

/* text: whole lines.  To the person under the line typed, or to standard
 * error with FILE:LINE: and, if with_line, the line itself before it. */
void say_problem(struct shell *shell, const struct run_origin *origin,
    const char *line, const char *text);
/* Problems as "% path: setting: sentence" lines; warnings as "Warning: ...". */
void say_diag(struct shell *shell, const struct run_origin *origin,
    const char *line, const struct diag *diag);
/* The problems of a refused request, under its line. */
void say_refusal(const struct run_call *call, const struct wire_frame *reply);
void say(struct shell *shell, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- text.c ---- */

/* A typed line as others may see it: keys and what else could harm them or
 * their terminal replaced, one character by one, so that columns stay. */
void hide_secrets(const char *line, struct str *out);
/* Lines longer than the screen broken at blanks. */
void wrap_text(const char *text, size_t width, struct str *out);

/* ---- requests ---- */

/* Send and wait for the REPLY; rows go to take (may be NULL).  The frame's
 * items are taken over.  RUN_FAILED: reply has the problems. */
enum run_outcome request(struct shell *shell, struct wire_frame *frame,
    void (*take)(void *taker, const struct wire_frame *row), void *taker,
    struct wire_frame *out_reply);
/* Send ahead; its answer is looked at later. */
enum run_outcome request_ahead(struct shell *shell, struct wire_frame *frame,
    const char *line, const struct run_origin *origin);

/* ---- kinds of command ---- */

enum run_outcome run_config(const struct run_call *call);
enum run_outcome run_exec(const struct run_call *call);
/* NULL: not a command of the shell's own. */
enum run_outcome (*run_local(uint16_t exec))(const struct run_call *call);
enum run_outcome run_enable(const struct run_call *call);
enum run_outcome run_disable(const struct run_call *call);
enum run_outcome run_change_level(const struct run_call *call, uint8_t level);
enum run_outcome run_show_privilege(const struct run_call *call);
enum run_outcome run_commit(const struct run_call *call);
enum run_outcome run_commit_check(const struct run_call *call);
enum run_outcome run_configure_exclusive(const struct run_call *call);
/* At the end of configuration mode. */
enum run_outcome run_end_exclusive(struct shell *shell);
enum run_outcome run_discard(const struct run_call *call);
enum run_outcome run_show_running(const struct run_call *call);
enum run_outcome run_rollback(const struct run_call *call);
enum run_outcome run_rollback_to(const struct run_call *call);
enum run_outcome run_show_at(const struct run_call *call);
enum run_outcome run_show_blame(const struct run_call *call);
enum run_outcome run_show_candidate(const struct run_call *call);
/* What COMMIT is asked, in the order of wire.h; 0 or "": left out. */
struct run_commit_order {
    bool check;
    const char *comment;
    const char *label;
    const char *id;
    uint64_t minutes; /* commit confirmed */
    uint64_t guard_s;
};
enum run_outcome run_commit_now(struct shell *shell,
    const struct run_origin *origin, const char *line,
    const struct run_commit_order *order);
enum run_outcome run_open(struct shell *shell);
void shell_leave_object(struct shell *shell);
/* The same, to where `exit` leads: the object that this one belongs to, if
 * that has a sub-mode too. */
void shell_exit_object(struct shell *shell);
/* To global configuration, in the virtual router `default`. */
void shell_enter_top(struct shell *shell);

/* ---- banners ---- */

/* Is this line the beginning of a banner, or one to be written otherwise?
 * Then the outcome is that of the line. */
bool banner_begins(const struct run_call *call, enum run_outcome *out_outcome);
/* The next line of a text that has begun. */
enum run_outcome banner_goes_on(
    struct shell *shell, const char *line, const struct run_origin *origin);
/* At the end of a file: it must not stop inside a text. */
enum run_outcome banner_check_end(
    struct shell *shell, const struct run_origin *origin);

/* ---- output: filters and pager ---- */

struct output {
    struct shell *shell;
    struct show_filter *filter;
    size_t on_screen; /* lines since the pager last asked  */
    bool quit;        /* the person does not want any more */
};

/* RUN_FAILED: the filter is wrong; said so. */
enum run_outcome output_open(
    struct output *output, const struct run_call *call, bool *out_json);
/* Whole lines. */
void output_text(struct output *output, const char *text);
void output_close(struct output *output);
/* The end of a show: prints its text, or says why it was refused, and
 * releases text, reply and output. */
enum run_outcome finish_show(const struct run_call *call, struct output *output,
    struct str *text, enum run_outcome outcome, struct wire_frame *reply);
/* `| compare` behind `show configuration`: true if it was asked for; done. */
bool run_compare(const struct run_call *call, enum run_outcome *out_outcome);

#endif
