/*
 * snmp_report.h - what the SNMP agent says of itself, for `show snmp`.
 *
 * The agent reports a few seconds apart, over its session; while that session
 * is there the agent runs.
 */
#ifndef DAEMON_SNMP_REPORT_H
#define DAEMON_SNMP_REPORT_H

#include "oper/oper.h"

struct router;
struct session;
struct wire_frame;

/* Lifetime: a router's. */
struct snmp_report {
    struct oper_snmp said;
    uint32_t session; /* 0: nobody reported */
};

void snmp_report_done(struct snmp_report *report);
/* NULL: no agent runs. */
const struct oper_snmp *snmp_report_of(const struct router *router);
/* False: it is not one of the agent's reports. */
bool exec_snmp_report(struct session *session, enum schema_exec_id exec,
    const struct wire_frame *frame);

#endif
