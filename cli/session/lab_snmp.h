/*
 * lab_snmp.h - SNMP agents of a lab; private to session.
 */
#ifndef SESSION_LAB_SNMP_H
#define SESSION_LAB_SNMP_H

#include <stdbool.h>

enum { LAB_COMMUNITY_MAX = 32, LAB_SNMP_PORT = 16161 };

struct lab_agent_start {
    const char *program; /* ermine-snmp              */
    const char *socket;  /* of the router            */
    const char *script;  /* that the router was told */
    unsigned first_port; /* to be tried              */
};

struct lab_agent {
    unsigned port;
    char community[LAB_COMMUNITY_MAX]; /* "" none in the script */
    int ready_fd;
    bool has_ended; /* without a word: its port was taken meanwhile, say */
};

/* False: the script does not ask for one, or it cannot be started. */
bool lab_agent_begin(
    const struct lab_agent_start *start, struct lab_agent *agent);
/* Until it listens; then it has its port.  False: it did not come up. */
bool lab_agent_wait(struct lab_agent *agent);

#endif
