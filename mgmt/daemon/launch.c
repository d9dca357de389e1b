/*
 * launch.c - from the foreground to the background, and telling who waits.
 */
#include "daemon/launch.h"

#include "base/diag.h"
#include "base/str.h"
#include "daemon/options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LOG_MODE = 0600 };

/* All of it, or as much as whoever listens takes. */
static void
tell(int fd, const char *bytes, size_t length)
{
    ssize_t n;

    while (length > 0) {
        n = write(fd, bytes, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        bytes += n;
        length -= (size_t)n;
    }
}

/* In the parent: what the child says is its standard error until then. */
static int
await(int fd)
{
    char byte;
    ssize_t n;

    for (;;) {
        n = read(fd, &byte, 1);
        if (n < 0 && errno == EINTR)
            continue;
        return n == 1 && byte == '\0' ? EXIT_DONE : EXIT_FAILED;
    }
}

enum err
launch_begin(bool foreground, int ready_fd, struct launch *out_launch)
{
    struct launch launch = {.ready_fd = ready_fd, .parent_fd = -1};
    int ends[2];
    pid_t child;

    if (!foreground) {
        if (pipe2(ends, O_CLOEXEC) != 0)
            return ERR_IO;
        child = fork();
        if (child < 0)
            return ERR_IO;
        launch.is_parent = child > 0;
        (void)close(ends[launch.is_parent ? 1 : 0]);
        if (launch.is_parent) {
            launch.status = await(ends[0]);
            (void)close(ends[0]);
        } else {
            launch.parent_fd = ends[1];
            (void)setsid(); /* cannot fail in a new child */
        }
    }
    *out_launch = launch;
    return OK;
}

static void
close_ends(struct launch *launch)
{
    if (launch->ready_fd >= 0)
        (void)close(launch->ready_fd);
    if (launch->parent_fd >= 0)
        (void)close(launch->parent_fd);
    launch->ready_fd = -1;
    launch->parent_fd = -1;
}

/* The terminal is given back. */
static void
detach(const char *log_path)
{
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    int log_fd = -1;

    if (null_fd < 0)
        return; /* a host without it: stay as we are */
    if (log_path != NULL) {
        log_fd =
            open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, LOG_MODE);
    }
    (void)dup2(null_fd, STDIN_FILENO);
    (void)dup2(null_fd, STDOUT_FILENO);
    (void)dup2(log_fd < 0 ? null_fd : log_fd, STDERR_FILENO);
    (void)close(null_fd);
    if (log_fd >= 0)
        (void)close(log_fd);
}

void
launch_ready(struct launch *launch, const char *log_path)
{
    /* First, so that nobody waits for our end of his pipe. */
    if (launch->parent_fd >= 0)
        detach(log_path);
    if (launch->ready_fd >= 0)
        tell(launch->ready_fd, "", 1);
    if (launch->parent_fd >= 0)
        tell(launch->parent_fd, "", 1);
    close_ends(launch);
}

void
launch_failed(struct launch *launch, const struct diag *diag)
{
    struct str text;
    size_t i;

    str_init(&text);
    for (i = 0; i < diag->count; i++) {
        const struct diag_entry *entry = &diag->entries[i];

        if (entry->path[0] != '\0')
            str_printf(&text, "%s: ", entry->path);
        if (entry->setting[0] != '\0')
            str_printf(&text, "%s: ", entry->setting);
        str_printf(&text, "%s\n", entry->sentence);
    }
    if (launch->ready_fd >= 0) {
        tell(launch->ready_fd, str_text(&text), text.length);
    } else {
        (void)fprintf(stderr, "ermined: %s", str_text(&text));
    }
    str_done(&text);
    close_ends(launch);
}
