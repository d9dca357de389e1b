/*
 * terminal.c - modes of the terminal, and bytes from it.
 */
#include "edit/terminal.h"

#include "base/str.h"

#include <curses.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { US_PER_S = 1000000, NS_PER_US = 1000 };

/* The mode to go back to; a terminal belongs to a process, so this is the
 * one place for state that is not in a struct. */
static struct termios saved_mode;
static bool mode_is_saved;

bool
terminal_is_capable(void)
{
    const char *name = getenv("TERM");

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return false;
    if (name == NULL || *name == '\0' || str_equal(name, "dumb") ||
        str_equal(name, "network"))
        return false;
    /* an entry such as "unknown" is known, but says nothing */
    return tgetent(NULL, name) == 1 && tgetflag("gn") == 0 &&
           tgetflag("hc") == 0;
}

void
terminal_raw(void)
{
    struct termios mode;

    if (tcgetattr(STDIN_FILENO, &mode) != 0)
        return;
    if (!mode_is_saved) {
        saved_mode = mode;
        mode_is_saved = true;
    }
    mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    mode.c_iflag &= ~(tcflag_t)(IXON | INLCR | IGNCR);
    mode.c_cc[VMIN] = 1;
    mode.c_cc[VTIME] = 0;
    (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &mode);
}

void
terminal_restore(void)
{
    if (mode_is_saved)
        (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &saved_mode);
}

void
terminal_write(const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        ssize_t written = write(STDOUT_FILENO, text, left);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return; /* nobody reads any more */
        text += written;
        left -= (size_t)written;
    }
}

bool
terminal_is_quoting(const struct str *line)
{
    bool inside = false;
    size_t i;

    for (i = 0; i < line->length; i++) {
        if (line->text[i] == '"' && (i == 0 || line->text[i - 1] != '\\'))
            inside = !inside;
    }
    return inside;
}

int
terminal_byte(const struct edit_hooks *hooks, struct str *out_notice)
{
    struct pollfd watched[2];
    unsigned char byte;
    int fd;

    for (;;) {
        fd = hooks->watch(hooks->context);
        if (fd == EDIT_WATCH_OVER) {
            if (out_notice->length > 0)
                terminal_write("\n");
            terminal_write(str_text(out_notice));
            return TERMINAL_END;
        }
        if (out_notice->length > 0)
            return TERMINAL_NOTICE;
        watched[0] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
        watched[1] = (struct pollfd){.fd = fd, .events = POLLIN};
        if (poll(watched, 2, -1) < 0)
            continue; /* a signal */
        if (watched[1].revents != 0) {
            hooks->notice(hooks->context, out_notice);
            continue;
        }
        if (watched[0].revents != 0)
            return read(STDIN_FILENO, &byte, 1) == 1 ? byte : TERMINAL_END;
    }
}

int
edit_pause(uint64_t us)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    const struct timespec time = {
        .tv_sec = (time_t)(us / US_PER_S),
        .tv_nsec = (long)(us % US_PER_S) * NS_PER_US,
    };
    unsigned char byte;

    if (ppoll(&input, 1, &time, NULL) <= 0)
        return 0; /* a signal shortens it: no harm */
    return read(STDIN_FILENO, &byte, 1) == 1 ? byte : EDIT_PAUSE_END;
}

bool
edit_screen(size_t *out_rows, size_t *out_columns)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row < 2 ||
        size.ws_col < 20)
        return false;
    *out_rows = size.ws_row;
    *out_columns = size.ws_col;
    return true;
}
