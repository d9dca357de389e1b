/* What sshd says of a session, and requests for files. */
#include "session/ssh.h"

#include "base/str.h"

#include <criterion/criterion.h>
#include <stdlib.h>

Test(ssh, is_not_there_without_its_variables)
{
    struct str origin;

    unsetenv("SSH_CONNECTION");
    setenv("SSH_ORIGINAL_COMMAND", "show version", 1);
    str_init(&origin);
    ssh_origin(&origin);
    cr_expect_eq(origin.length, 0);
    cr_expect_null(ssh_command(), "somebody else's variable");
    str_done(&origin);
}

Test(ssh, tells_the_client_and_its_command)
{
    struct str origin;

    setenv("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22", 1);
    unsetenv("SSH_ORIGINAL_COMMAND");
    cr_expect_null(ssh_command());
    setenv("SSH_ORIGINAL_COMMAND", "show version", 1);
    cr_expect_str_eq(ssh_command(), "show version");
    str_init(&origin);
    ssh_origin(&origin);
    cr_expect_str_eq(str_text(&origin), "ssh 192.0.2.1");
    str_done(&origin);
}

Test(ssh, knows_requests_for_files)
{
    static const struct {
        const char *command;
        bool transfer;
    } rows[] = {
        {"scp -t /tmp/x",                        true },
        {"scp",                                  true },
        {"internal-sftp",                        true },
        {"/usr/lib/openssh/sftp-server",         true },
        {"/usr/lib/openssh/sftp-server -l INFO", true },
        {"rsync --server .",                     true },
        {"show version",                         false},
        {"scpx",                                 false},
        {"show scp",                             false},
        {"",                                     false},
        {"ping 192.0.2.1",                       false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_eq(ssh_is_transfer(rows[i].command), rows[i].transfer, "%s",
            rows[i].command);
    }
}
