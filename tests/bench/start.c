/*
 * start.c - how long from the command to the first prompt of the lab.
 *
 * Runs `build/ermine --lab two-site` on a pseudo-terminal and waits for its
 * prompt; the limit is half a second.  Beside it, in the same run, the time
 * of a program that does nothing, started in the same way.
 */
#include "base/clock.h"
#include "base/str.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 7, LIMIT_US = 500000, GIVE_UP_MS = 10000 };

/* Until the text appears (or the terminal closes, for text NULL): in
 * microseconds; 0: it never did. */
static uint64_t
wait_for(int terminal, const char *text, uint64_t start_us)
{
    struct pollfd watched = {.fd = terminal, .events = POLLIN};
    char seen[8192];
    size_t length = 0;
    ssize_t got;

    for (;;) {
        if (poll(&watched, 1, GIVE_UP_MS) != 1)
            return 0;
        got = read(terminal, seen + length, sizeof seen - 1 - length);
        if (got <= 0)
            return text == NULL ? clock_monotonic_us() - start_us : 0;
        length += (size_t)got;
        seen[length] = '\0';
        if (text != NULL && strstr(seen, text) != NULL)
            return clock_monotonic_us() - start_us;
        if (length == sizeof seen - 1)
            length = 0;
    }
}

static uint64_t
one_start(char *const *command, const char *text)
{
    uint64_t start_us = clock_monotonic_us();
    uint64_t taken_us;
    int terminal;
    pid_t child = forkpty(&terminal, NULL, NULL, NULL);

    if (child < 0)
        return 0;
    if (child == 0) {
        execv(command[0], command);
        _exit(127);
    }
    taken_us = wait_for(terminal, text, start_us);
    close(terminal); /* the shell leaves, and the lab with it */
    kill(child, SIGTERM);
    waitpid(child, NULL, 0);
    return taken_us;
}

static int
compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* The median of some rounds; 0: one of them failed. */
static uint64_t
median_start(char *const *command, const char *text)
{
    uint64_t taken_us[ROUNDS];
    int i;

    for (i = 0; i < ROUNDS; i++) {
        taken_us[i] = one_start(command, text);
        if (taken_us[i] == 0)
            return 0;
    }
    qsort(taken_us, ROUNDS, sizeof taken_us[0], compare);
    return taken_us[ROUNDS / 2];
}

static void
print_figure(bool json, const char *what, uint64_t taken_us)
{
    double taken_ms = (double)taken_us / 1000;
    double limit_ms = (double)LIMIT_US / 1000;

    if (json)
        printf("{\"what\": \"%s\", \"ms\": %.1f, \"limit_ms\": %.1f, "
               "\"ratio\": %.3f}\n",
            what, taken_ms, limit_ms, taken_ms / limit_ms);
    else
        printf("%-34s %8.1f ms  limit %6.1f ms  ratio %.3f\n", what, taken_ms,
            limit_ms, taken_ms / limit_ms);
}

int
main(int argc, char **argv)
{
    char *lab[] = {(char[]){"build/ermine"}, (char[]){"--lab"},
        (char[]){"two-site"}, NULL};
    char *nothing[] = {(char[]){"/bin/true"}, NULL};
    bool json = argc == 2 && str_equal(argv[1], "--json");
    uint64_t lab_us = median_start(lab, "boston>");
    uint64_t nothing_us = median_start(nothing, NULL);

    if (lab_us == 0 || nothing_us == 0) {
        fprintf(stderr, "start: no prompt within ten seconds\n");
        return 1;
    }
    print_figure(json, "lab two-site, exec to first prompt", lab_us);
    print_figure(json, "/bin/true, exec to end", nothing_us);
    return 0;
}
