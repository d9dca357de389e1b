/*
 * ssh.h - what the shell knows when the system's sshd has started it: as a
 * login shell, or by ForceCommand.
 */
#ifndef SESSION_SSH_H
#define SESSION_SSH_H

#include <stdbool.h>

struct str;

/* The command that the client gave, which ForceCommand has put aside; NULL:
 * none, or ssh has nothing to do with this process. */
const char *ssh_command(void);
/* Appends "ssh 192.0.2.1"; nothing without ssh. */
void ssh_origin(struct str *out);
/* Is this a request for files, or for another service than ours? */
bool ssh_is_transfer(const char *command);
extern const char ssh_no_transfer[];

#endif
