/*
 * opener.c - ermined's end of the opener: starting it, asking, answers.
 */
#include "daemon/opener.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/log.h"
#include "daemon/opener_message.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Heap; its maker's. */
struct opener {
    int fd; /* -1: it has ended */
    pid_t process;
};

enum err
opener_new(const struct chassis *routers, size_t count, struct diag *diag,
    struct opener **out_opener)
{
    struct opener *opener;
    int ends[2];
    pid_t process;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "Cannot make a socket for the opener: %s.", strerrordesc_np(errno));
        return ERR_IO;
    }
    process = fork();
    if (process == 0) {
        (void)close(ends[0]);
        opener_serve(ends[1], routers, count);
    }
    (void)close(ends[1]);
    if (process < 0) {
        diag_add(diag, DIAG_ERROR, NULL, NULL, "Cannot start the opener: %s.",
            strerrordesc_np(errno));
        (void)close(ends[0]);
        return ERR_IO;
    }
    opener = mem_alloc(sizeof *opener);
    opener->fd = ends[0];
    opener->process = process;
    *out_opener = opener;
    return OK;
}

/* The opener ends when our end is closed; it does not keep us waiting for
 * more than the opening under way. */
static void
finish(struct opener *opener)
{
    if (opener->fd < 0)
        return;
    (void)close(opener->fd);
    opener->fd = -1;
    while (waitpid(opener->process, NULL, 0) < 0 && errno == EINTR)
        continue;
}

void
opener_free(struct opener *opener)
{
    if (opener == NULL)
        return;
    finish(opener);
    free(opener);
}

int
opener_fd(const struct opener *opener)
{
    return opener->fd;
}

static void
lose(struct opener *opener)
{
    log_event(LOG_ERROR, "opener", "ENDED",
        "the opener has ended: ports that are open stay open, others stay "
        "closed until ermined is started again");
    finish(opener);
}

bool
opener_ask(struct opener *opener, struct opener_place place)
{
    const struct opener_request request = {OPENER_MAGIC, place};

    if (opener->fd < 0)
        return false;
    if (send(opener->fd, &request, sizeof request,
            MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof request)
        return true;
    if (errno != EAGAIN && errno != EINTR)
        lose(opener);
    return false;
}

/* ---- answers ---- */

/* Room for the descriptors of one answer, and for one that is too many. */
union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int) * (REAL_PORT_FDS + 1))];
};

/* The descriptors beside the answer; those that should not be there go. */
static bool
take_descriptors(struct msghdr *message, struct opener_answer *answer)
{
    const uint32_t expected = answer->is_open ? answer->port.fd_count : 0;
    struct cmsghdr *control;
    size_t count = 0;
    int fd;

    answer->port.fd_count = 0;
    for (control = CMSG_FIRSTHDR(message); control != NULL;
         control = CMSG_NXTHDR(message, control)) {
        size_t bytes = control->cmsg_len - CMSG_LEN(0);

        if (control->cmsg_level != SOL_SOCKET ||
            control->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < bytes / sizeof fd; i++, count++) {
            memcpy(&fd, CMSG_DATA(control) + i * sizeof fd, sizeof fd);
            if (answer->port.fd_count < REAL_PORT_FDS) {
                answer->port.fds[answer->port.fd_count++] = fd;
            } else {
                (void)close(fd);
            }
        }
    }
    if (count == expected && (message->msg_flags & MSG_CTRUNC) == 0)
        return true;
    real_port_close(&answer->port);
    return false;
}

/* Like ermined out of descriptors: the port can be asked for again. */
static void
refuse(struct opener_answer *answer)
{
    static const char sentence[] =
        "Descriptors of the open port were lost: are too many files open?";

    answer->is_open = false;
    memcpy(answer->sentence, sentence, sizeof sentence);
}

bool
opener_take(
    struct opener *opener, int wait_ms, struct opener_answer *out_answer)
{
    struct pollfd waiting = {.fd = opener->fd, .events = POLLIN};
    struct iovec piece = {out_answer, sizeof *out_answer};
    union control control;
    struct msghdr message = {.msg_iov = &piece,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes};
    ssize_t length;

    if (opener->fd < 0 || poll(&waiting, 1, wait_ms) != 1)
        return false;
    length = recvmsg(opener->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (length != (ssize_t)sizeof *out_answer) {
        lose(opener); /* its end, or it has gone mad */
        return false;
    }
    out_answer->sentence[REAL_PORT_SENTENCE - 1] = '\0';
    if (!take_descriptors(&message, out_answer))
        refuse(out_answer);
    return true;
}
