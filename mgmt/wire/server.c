/*
 * server.c - the daemon's end of the control socket.
 *
 * The file never exists with a wider mode than it is to have: it is bound
 * under a umask and opened up after.
 */
#include "wire/server.h"

#include "base/diag.h"
#include "wire/address.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BACKLOG = 64, MODE_OWN = 0600, MODE_ALL = 0666, UMASK_OWN = 0177 };

static enum err
refuse(struct diag *diag, const char *path)
{
    diag_add(diag, DIAG_ERROR, NULL, NULL, "Cannot listen on %s: %s.", path,
        strerrordesc_np(errno));
    return ERR_IO;
}

/* Is there somebody behind this address? */
static bool
is_answered(const struct sockaddr_un *address, socklen_t length)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool answered;

    if (fd < 0)
        return true; /* cannot tell, so leave it alone */
    answered = connect(fd, (const struct sockaddr *)address, length) == 0 ||
               (errno != ECONNREFUSED && errno != ENOENT);
    (void)close(fd);
    return answered;
}

/* Only a socket is ever removed, and only a dead one. */
static enum err
clear_way(const char *path, const struct sockaddr_un *address, socklen_t length,
    struct diag *diag)
{
    struct stat status;

    if (wire_address_is_abstract(path) || lstat(path, &status) != 0)
        return OK;
    if (!S_ISSOCK(status.st_mode)) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "%s is not a socket, so it is not replaced by one.", path);
        return ERR_CONFLICT;
    }
    if (is_answered(address, length)) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "Another ermined answers on %s: stop that one, or give this one a "
            "--socket of its own.",
            path);
        return ERR_CONFLICT;
    }
    return unlink(path) == 0 ? OK : refuse(diag, path);
}

/* ERR_IO: errno says why. */
static enum err
bind_and_listen(int fd, const struct sockaddr_un *address, socklen_t length)
{
    mode_t old = umask(UMASK_OWN);
    int bound = bind(fd, (const struct sockaddr *)address, length);

    (void)umask(old);
    if (bound != 0)
        return errno == EADDRINUSE ? ERR_CONFLICT : ERR_IO;
    if (listen(fd, BACKLOG) != 0)
        return ERR_IO;
    return OK;
}

enum err
wire_listen(const char *path, bool for_all, struct diag *diag, int *out_fd)
{
    struct sockaddr_un address;
    socklen_t length;
    int fd;
    enum err error;

    if (wire_address(path, &address, &length) != OK) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "The path of the socket is empty or too long: %s", path);
        return ERR_INVALID;
    }
    error = clear_way(path, &address, length, diag);
    if (error != OK)
        return error;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return refuse(diag, path);
    error = bind_and_listen(fd, &address, length);
    if (error == OK && !wire_address_is_abstract(path) &&
        chmod(path, for_all ? MODE_ALL : MODE_OWN) != 0)
        error = ERR_IO;
    if (error == ERR_CONFLICT) {
        diag_add(diag, DIAG_ERROR, NULL, NULL, "Another process answers on %s.",
            path);
    } else if (error != OK) {
        (void)refuse(diag, path);
    }
    if (error != OK) {
        (void)close(fd);
        return error;
    }
    *out_fd = fd;
    return OK;
}

void
wire_listen_done(const char *path)
{
    if (!wire_address_is_abstract(path))
        (void)unlink(path); /* gone already is as well */
}
