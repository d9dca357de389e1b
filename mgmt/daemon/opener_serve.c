/*
 * opener_serve.c - the opener itself.
 *
 * It trusts ermined with nothing: a request is two numbers, which name a port
 * of the chassis or none.  It opens one port after the other and keeps no
 * descriptor of what it opened, so that a namespace can go when ermined lets
 * go of it.
 */
#include "daemon/opener_message.h"

#include "chassis/chassis.h"
#include "daemon/privilege.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* The opener's; as long as the process. */
struct serving {
    int fd;
    int own_netns;
    const struct chassis *routers;
    size_t count;
};

/* Room for the descriptors of one answer. */
union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int) * REAL_PORT_FDS)];
};

/* NULL: there is no such port, or it is not the opener's work. */
static const struct chassis_port *
find_port(const struct serving *serving, struct opener_place place)
{
    const struct chassis *chassis;

    if (place.router >= serving->count)
        return NULL;
    chassis = &serving->routers[place.router];
    if (place.port >= chassis->port_count ||
        !chassis_is_real(&chassis->ports[place.port]))
        return NULL;
    return &chassis->ports[place.port];
}

static void
open_port(const struct serving *serving, const struct opener_request *request,
    struct opener_answer *answer)
{
    const struct chassis_port *place = NULL;

    if (request->magic == OPENER_MAGIC)
        place = find_port(serving, request->place);
    answer->place = request->place;
    if (place == NULL) {
        (void)snprintf(answer->sentence, sizeof answer->sentence,
            "The chassis has no such port to be opened.");
        return;
    }
    answer->is_open = real_port_open(place, serving->own_netns, &answer->port,
                          answer->sentence) == OK;
}

static void
attach_descriptors(struct msghdr *message, union control *control,
    const struct real_port *port)
{
    const size_t size = sizeof(int) * port->fd_count;

    if (size == 0)
        return;
    memset(control, 0, sizeof *control);
    message->msg_control = control->bytes;
    message->msg_controllen = CMSG_SPACE(size);
    control->header.cmsg_level = SOL_SOCKET;
    control->header.cmsg_type = SCM_RIGHTS;
    control->header.cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(&control->header), port->fds, size);
}

/* False: ermined is gone. */
static bool
answer_one(const struct serving *serving)
{
    struct opener_request request = {0};
    struct opener_answer answer = {0};
    struct iovec piece = {&answer, sizeof answer};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    union control control;
    ssize_t length = recv(serving->fd, &request, sizeof request, 0);

    if (length < 0)
        return errno == EINTR;
    if (length == 0)
        return false;
    if (length != sizeof request)
        request.magic = 0;
    open_port(serving, &request, &answer);
    attach_descriptors(&message, &control, &answer.port);
    length = sendmsg(serving->fd, &message, MSG_NOSIGNAL);
    real_port_close(&answer.port);
    return length == sizeof answer;
}

/* Nothing of ermined's but our end of the socket: who waits for the end of
 * its output does not wait for us. */
static int
keep_only(int fd)
{
    enum { PLACE = STDERR_FILENO + 1 };
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    for (int i = STDIN_FILENO; null_fd >= 0 && i <= STDERR_FILENO; i++)
        (void)dup2(null_fd, i);
    if (fd != PLACE && dup3(fd, PLACE, O_CLOEXEC) < 0)
        _exit(1);
    if (close_range(PLACE + 1, UINT_MAX, 0) != 0)
        _exit(1);
    return PLACE;
}

_Noreturn void
opener_serve(int fd, const struct chassis *routers, size_t count)
{
    struct serving serving = {.routers = routers, .count = count};

    (void)prctl(PR_SET_NAME, "ermined-opener", 0, 0, 0);
    /* It ends with ermined, also where a signal is for the whole group. */
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    serving.fd = keep_only(fd);
    serving.own_netns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (serving.own_netns < 0 || privilege_keep_ports() != OK)
        _exit(1);
    while (answer_one(&serving))
        continue;
    _exit(0);
}
