/*
 * lab_snmp.c - SNMP agents of a lab: one beside each router whose script has
 * `snmp-server`.
 *
 * Each is ermine-snmp on a port of the loopback, 16161 and up, or another one
 * where that is taken; it ends with the lab.
 */
#include "session/lab_snmp.h"

#include "base/str.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORTS = 32, READY_MS = 10000, LINE_MAX_SIZE = 512 };

/* Does a line of the script turn the agent on?  Its community goes to out,
 * "" where there is none that a person would try. */
static bool
script_has_agent(const char *script, char out[static LAB_COMMUNITY_MAX])
{
    FILE *file = fopen(script, "re");
    char line[LINE_MAX_SIZE];
    bool is_on = false;

    out[0] = '\0';
    if (file == NULL)
        return false;
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (str_equal(line, "snmp-server"))
            is_on = true;
        if (out[0] == '\0')
            (void)sscanf(line, "snmp-server community %31s", out);
    }
    (void)fclose(file);
    return is_on;
}

/* Could it be bound just now? */
static bool
is_free(unsigned port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool good = fd >= 0 && bind(fd, (const struct sockaddr *)&address,
                               sizeof address) == 0;

    if (fd >= 0)
        (void)close(fd);
    return good;
}

/* One that is free, from this on; 0: any. */
static unsigned
choose_port(unsigned first)
{
    for (unsigned port = first; port < LAB_SNMP_PORT + PORTS; port++) {
        if (is_free(port))
            return port;
    }
    return 0;
}

/* In the child: become the agent, away from this terminal. */
static void
become_agent(const struct lab_agent_start *start, unsigned port, int ready_fd)
{
    char place[32];
    char number[16];
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    (void)snprintf(place, sizeof place, "127.0.0.1:%u", port);
    (void)snprintf(number, sizeof number, "%d", ready_fd);
    (void)setsid(); /* Ctrl-C at this terminal is not meant for it */
    for (int fd = STDIN_FILENO; null_fd >= 0 && fd <= STDERR_FILENO; fd++)
        (void)dup2(null_fd, fd);
    execl(start->program, start->program, "--socket", start->socket, "--lab",
        "--listen", place, "--ready-fd", number, (char *)NULL);
    _exit(1);
}

bool
lab_agent_begin(const struct lab_agent_start *start, struct lab_agent *agent)
{
    int ends[2];
    pid_t child;

    *agent = (struct lab_agent){.ready_fd = -1};
    if (!script_has_agent(start->script, agent->community) ||
        access(start->program, X_OK) != 0 || pipe(ends) != 0)
        return false;
    agent->port = choose_port(start->first_port);
    child = fork();
    if (child == 0) {
        (void)close(ends[0]);
        become_agent(start, agent->port, ends[1]);
    }
    (void)close(ends[1]);
    if (child < 0) {
        (void)close(ends[0]);
        return false;
    }
    agent->ready_fd = ends[0];
    return true;
}

bool
lab_agent_wait(struct lab_agent *agent)
{
    struct pollfd ready = {.fd = agent->ready_fd, .events = POLLIN};
    char line[64];
    ssize_t got = -1;
    const char *colon;

    if (poll(&ready, 1, READY_MS) == 1)
        got = read(agent->ready_fd, line, sizeof line - 1);
    (void)close(agent->ready_fd);
    agent->ready_fd = -1;
    agent->has_ended = got == 0;
    if (got <= 0)
        return false;
    line[got] = '\0';
    line[strcspn(line, "\n")] = '\0';
    colon = strrchr(line, ':');
    if (colon == NULL)
        return false;
    agent->port = (unsigned)strtoul(colon + 1, NULL, 10);
    return true;
}
