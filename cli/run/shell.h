/*
 * shell.h - what the files of this room share.
 */
#ifndef RUN_SHELL_H
#define RUN_SHELL_H

#include "run/run.h"

#include "base/str.h"

#include <stdio.h>

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

/* ---- secrets.c, text.c ---- */

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
enum run_outcome run_monitor(const struct run_call *call);
enum run_outcome run_discard(const struct run_call *call);
/* certificates.c */
enum run_outcome run_certificate_import(const struct run_call *call);
enum run_outcome run_enroll(const struct run_call *call);
enum run_outcome run_certificate_request(const struct run_call *call);
bool confirm_zeroize(const struct run_call *call);
/* testing.c, offline.c */
enum run_outcome run_test(const struct run_call *call);
enum run_outcome run_test_offline(const struct run_call *call);
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

/* Where, or from which level, a line that is wrong here is right; lines behind
 * the explanation, or nothing. */
void hint_add(const struct shell *shell, const char *line,
    const struct parse_result *parsed, struct str *out);

/* ---- banners ---- */

/* Is this line the beginning of a banner, or one to be written otherwise?
 * Then the outcome is that of the line. */
bool banner_begins(const struct run_call *call, enum run_outcome *out_outcome);
/* The next line of a text that has begun. */
enum run_outcome banner_goes_on(
    struct shell *shell, const char *line, const struct run_origin *origin);

/* ---- files ---- */

struct progress {
    struct shell *shell; /* NULL: nobody looks */
    const char *name;
    uint64_t total; /* lines; 0: not known */
    uint64_t began_us;
    uint64_t drawn_us; /* 0: not on the screen */
};

/* Of the outermost file. */
void progress_begin(struct progress *progress, struct shell *shell,
    const char *name, uint64_t total);
void progress_step(struct progress *progress, uint64_t lines);
void progress_end(struct progress *progress);

/* Lines under way; file is the caller's. */
struct run_stream {
    FILE *file;
    struct run_origin origin; /* of the line read last */
};

/* Run them all; stream->origin says where the first one is, less one. */
enum run_outcome run_stream(
    struct shell *shell, struct run_stream *stream, uint64_t total);
/* Ctrl-C while something takes its time, from begin to end: was it pressed?
 * Keys typed ahead stay where they are.  Inside a file's lines, the file's. */
void interrupt_begin(const struct shell *shell);
bool interrupt_pressed(const struct shell *shell);
/* The same, after so long or as soon as it was. */
bool interrupt_wait(const struct shell *shell, uint64_t us);
void interrupt_end(const struct shell *shell);
/* "% Cannot read PATH: reason." */
void add_unreadable(const char *path, int error, struct str *out);

/* ---- loading ---- */

/* A mark at the candidate, back to it, or without it again. */
enum run_outcome run_mark(struct shell *shell);
enum run_outcome run_back_to_mark(struct shell *shell);
enum run_outcome run_forget_mark(struct shell *shell);
/* The JSON of a text, into the candidate.  origin: the line before it. */
enum run_outcome load_json(struct shell *shell, const struct run_origin *origin,
    const char *text, size_t length);
/* A line that configuration mode does not know: `configure terminal` is the
 * first line of many a script.  Another result in place of this one. */
void load_reparse(
    struct shell *shell, const char *line, struct parse_result *parsed);
/* An exec command among the lines that are loaded. */
enum run_outcome load_exec(const struct run_call *call);
enum run_outcome run_load_merge(const struct run_call *call);
enum run_outcome run_load_replace(const struct run_call *call);
enum run_outcome run_load_json(const struct run_call *call);

/* ---- output: filters and pager ---- */

/* The file that a command's output goes to. */
struct redirect {
    struct str path;
    struct str fresh; /* the new file that is to have that name, or "" */
    bool appends;
    bool keeps; /* what is there is not replaced */
    FILE *file; /* NULL: nothing was written     */
};

void redirect_init(struct redirect *redirect);
/* `> FILE` or `>> FILE` at the end of what stands behind the command.  True:
 * there is one; before: the filter in front of it. */
bool redirect_read(
    const char *filter, struct redirect *redirect, struct str *before);
/* RUN_FAILED: said why. */
enum run_outcome redirect_open(
    struct redirect *redirect, const struct run_call *call);
/* Keep the file, or what was there before if the command failed; releases
 * all.  The outcome with that of writing. */
enum run_outcome redirect_finish(struct redirect *redirect,
    const struct run_call *call, enum run_outcome outcome);
enum run_outcome run_save(const struct run_call *call);
enum run_outcome run_save_candidate(const struct run_call *call);
enum run_outcome run_copy_running(const struct run_call *call);

struct output {
    struct shell *shell;
    struct show_filter *filter;
    size_t on_screen; /* lines since the pager last asked  */
    bool quit;        /* the person does not want any more */
    bool is_begun;    /* there was something to print      */
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
