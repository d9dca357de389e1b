/*
 * library.h - net-snmp's headers, for the files of this room that need them.
 *
 * They bring syslog's names of levels as macros, which are not those of our
 * log.
 */
#ifndef SNMP_LIBRARY_H
#define SNMP_LIBRARY_H

#include "snmp/agent_state.h"

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

#include <net-snmp/agent/agent_callbacks.h>

#undef LOG_WARNING
#undef LOG_NOTICE
#undef LOG_INFO
#undef LOG_DEBUG

/* What was registered in a context goes, with its handlers.  The library's own
 * way to do so looks at the context's name when it has freed it already. */
void library_unregister(const netsnmp_handler_registration *registration,
    const struct agent_context *context);
/* Is what is below this node not in the view `user`? */
bool library_hides(const oid *root, size_t length);

#endif
