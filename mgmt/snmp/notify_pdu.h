/*
 * notify_pdu.h - messages as the library's PDUs; private to the files of this
 * room that know the library.
 */
#ifndef SNMP_NOTIFY_PDU_H
#define SNMP_NOTIFY_PDU_H

#include "snmp/library.h"
#include "snmp/notify.h"

/* What SNMPv1 says of who sends. */
struct notify_sender {
    const char *object_id; /* sysObjectID */
    uint32_t address;      /* 0: not known */
};

/* NULL: it cannot be made. */
netsnmp_pdu *notify_pdu(const struct notify_message *message,
    const struct notify_host *host, const struct notify_sender *sender);

#endif
