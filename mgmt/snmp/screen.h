/*
 * screen.h - hooks of the library's sessions; private to the files of this
 * room that know the library.
 */
#ifndef SNMP_SCREEN_H
#define SNMP_SCREEN_H

#include "snmp/library.h"

/* The session's myvoid is the agent.  0: the packet is dropped. */
int screen_before_parse(netsnmp_session *session, netsnmp_transport *transport,
    void *opaque, int length);
int screen_after_parse(netsnmp_session *session, netsnmp_pdu *pdu, int result);

#endif
