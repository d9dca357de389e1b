/*
 * snmp.h - ermine-snmp: the router's SNMP agent, a program of its own.
 *
 *    manager --UDP--> net-snmp's library --> who may ask (access)
 *                        --> tables --> pages --> control socket --> ermined
 *
 * It is a client of the daemon's control socket and holds nothing that lasts:
 * configuration, keys and values come from there.  All of net-snmp is in this
 * room.  One thread.
 */
#ifndef SNMP_SNMP_H
#define SNMP_SNMP_H

#include "base/err.h"
#include "base/log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { SNMP_LISTEN_MAX = 8 };

struct snmp_options {
    const char *socket;                  /* of the daemon */
    const char *listen[SNMP_LISTEN_MAX]; /* ADDRESS:PORT  */
    size_t listen_count;
    bool agentx;               /* under another agent, not on a port */
    const char *agentx_socket; /* NULL: the usual one                */
    bool end_with_daemon;      /* a lab's agent ends with the lab    */
    int ready_fd;              /* told the ports; -1: nobody is      */
    enum log_level log_level;
    bool help;
    bool version;
};

/* ERR_SYNTAX: said on standard error. */
MUST_CHECK enum err snmp_options_read(
    int argc, char *const *argv, struct snmp_options *out_options);
void snmp_options_help(FILE *file);
/* Serve until a signal ends it.  False: it could not begin; said on standard
 * error. */
bool snmp_serve(const struct snmp_options *options);

#endif
