/*
 * redirect.c - `show ... > FILE`, `>> FILE` and `save FILE`.
 *
 * What is written goes to a new file beside the one that was named, with mode
 * 0600, and takes its name when all of it is there: a full disk or a refused
 * show leaves the old file as it was.  Only `>>`, and what is no plain file,
 * is written in place.
 */
#include "run/shell.h"

#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MODE = 0600 };

void
redirect_init(struct redirect *redirect)
{
    *redirect = (struct redirect){.file = NULL};
    str_init(&redirect->path);
    str_init(&redirect->fresh);
}

/* ---- reading ---- */

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The last '>' or '>>' with a blank before it; NULL: none. */
static const char *
find_sign(const char *text)
{
    const char *at = text + strlen(text);

    while (at > text) {
        at--;
        if (*at != '>')
            continue;
        if (at > text && at[-1] == '>')
            at--;
        if (at == text || is_blank(at[-1]))
            return at;
    }
    return NULL;
}

bool
redirect_read(const char *filter, struct redirect *redirect, struct str *before)
{
    const char *sign = filter == NULL ? NULL : find_sign(filter);
    const char *path;
    size_t length;
    bool appends;

    if (sign == NULL)
        return false;
    appends = sign[1] == '>';
    path = sign + 1 + appends;
    path += strspn(path, " \t");
    length = strlen(path);
    while (length > 0 && is_blank(path[length - 1]))
        length--;
    if (length > 1 && path[0] == '"' && path[length - 1] == '"') {
        path++;
        length -= 2;
    } else if (memchr(path, ' ', length) != NULL) {
        return false; /* a regular expression may hold all this */
    }
    redirect->appends = appends;
    str_add_n(&redirect->path, path, length);
    str_add_n(before, filter, (size_t)(sign - filter));
    return true;
}

/* ---- writing ---- */

/* A plain file, or none yet: it can be replaced as a whole. */
static bool
is_replaceable(const char *path)
{
    struct stat status;

    return stat(path, &status) != 0 || S_ISREG(status.st_mode);
}

static int
open_fresh(struct redirect *redirect)
{
    str_printf(&redirect->fresh, "%s.XXXXXX", str_text(&redirect->path));
    return mkostemp(redirect->fresh.text, O_CLOEXEC);
}

static void
explain(const struct redirect *redirect, int error, struct str *out)
{
    if (error == EEXIST) {
        str_printf(out,
            "%% %s is there already; `force` behind it replaces it.\n",
            str_text(&redirect->path));
    } else {
        str_printf(out, "%% Cannot write %s: %s.\n", str_text(&redirect->path),
            strerrordesc_np(error));
    }
}

static enum run_outcome
refuse(const struct run_call *call, const struct redirect *redirect, int error)
{
    struct str text;

    str_init(&text);
    explain(redirect, error, &text);
    say_problem(call->shell, call->origin, call->line, str_text(&text));
    str_done(&text);
    return RUN_FAILED;
}

enum run_outcome
redirect_open(struct redirect *redirect, const struct run_call *call)
{
    const char *path = str_text(&redirect->path);
    int fd;

    if (redirect->path.length == 0) {
        say_problem(call->shell, call->origin, call->line,
            "% After > there must be the name of a file.\n");
        return RUN_FAILED;
    }
    if (redirect->keeps && access(path, F_OK) == 0)
        return refuse(call, redirect, EEXIST);
    if (redirect->appends) {
        fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, MODE);
    } else if (is_replaceable(path)) {
        fd = open_fresh(redirect);
    } else {
        fd = open(path, O_WRONLY | O_CLOEXEC);
    }
    if (fd >= 0)
        redirect->file = fdopen(fd, "w");
    if (redirect->file != NULL)
        return RUN_OK;
    str_clear(&redirect->fresh); /* there is no such file */
    return refuse(call, redirect, errno);
}

/* 0, or why it is not written. */
static int
keep(struct redirect *redirect)
{
    const char *fresh = str_text(&redirect->fresh);
    const char *path = str_text(&redirect->path);
    int error = 0;

    if (fflush(redirect->file) != 0 ||
        (redirect->fresh.length > 0 && fsync(fileno(redirect->file)) != 0))
        error = errno;
    if (fclose(redirect->file) != 0 && error == 0)
        error = errno;
    redirect->file = NULL;
    if (error == 0 && redirect->fresh.length > 0 &&
        renameat2(AT_FDCWD, fresh, AT_FDCWD, path,
            redirect->keeps ? RENAME_NOREPLACE : 0) != 0)
        error = errno;
    return error;
}

enum run_outcome
redirect_finish(struct redirect *redirect, const struct run_call *call,
    enum run_outcome outcome)
{
    int error = 0;

    if (redirect->file != NULL && outcome == RUN_OK) {
        error = keep(redirect);
    } else if (redirect->file != NULL) {
        fclose(redirect->file);
        error = ECANCELED;
    }
    if (error != 0 && redirect->fresh.length > 0)
        (void)unlink(str_text(&redirect->fresh));
    if (outcome == RUN_OK && error != 0)
        outcome = refuse(call, redirect, error);
    str_done(&redirect->path);
    str_done(&redirect->fresh);
    return outcome;
}
