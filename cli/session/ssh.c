/*
 * ssh.c - started by the system's sshd.
 *
 * sshd authenticates and encrypts; we read two of its variables.  They are a
 * claim of the environment, so nothing that a user may do depends on them.
 */
#include "session/ssh.h"

#include "base/str.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

const char ssh_no_transfer[] =
    "ermine: this account has the router's command line only, no files: "
    "`ssh HOST 'show configuration'` prints the configuration, `ssh HOST < "
    "FILE` types a script.\n";

const char *
ssh_command(void)
{
    const char *command = getenv("SSH_ORIGINAL_COMMAND");

    return getenv("SSH_CONNECTION") == NULL ? NULL : command;
}

void
ssh_origin(struct str *out)
{
    /* client's address and port, then ours */
    const char *connection = getenv("SSH_CONNECTION");
    size_t length;

    if (connection == NULL)
        return;
    length = strcspn(connection, " ");
    if (length == 0)
        return;
    str_add(out, "ssh ");
    str_add_n(out, connection, length);
}

bool
ssh_is_transfer(const char *command)
{
    static const char *const programs[] = {
        "scp", "sftp-server", "internal-sftp", "rsync"};
    size_t length = strcspn(command, " \t");
    const char *name = command + length;
    size_t i;

    while (name > command && name[-1] != '/')
        name--;
    length -= (size_t)(name - command);
    for (i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        if (strlen(programs[i]) == length &&
            strncmp(name, programs[i], length) == 0)
            return true;
    }
    return false;
}
