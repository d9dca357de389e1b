/*
 * notify_pdu.c - a message as a trap of SNMPv1, or a trap or an inform of the
 * later versions.
 *
 *    v2c, v3   sysUpTime.0, snmpTrapOID.0, the objects
 *    v1        enterprise, generic and specific number (RFC 3584, 3.2), the
 *              objects
 */
#include "snmp/notify_pdu.h"

#include "snmp/reading.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum { S_US = 1000000, SPECIFIC_TAIL = 2, TRUTH_TRUE = 1, TRUTH_FALSE = 2 };

static const oid up_time[] = {1, 3, 6, 1, 2, 1, 1, 3, 0};
static const oid trap_oid[] = {1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0};
static const oid trap_address[] = {1, 3, 6, 1, 6, 3, 18, 1, 3, 0};
static const oid generic_root[] = {1, 3, 6, 1, 6, 3, 1, 1, 5};

/* An object identifier that is built in place. */
struct name {
    oid numbers[MAX_OID_LEN];
    size_t length;
};

static bool
read_name(const char *text, struct name *out_name)
{
    uint32_t numbers[READING_OID_MAX];
    size_t i;

    out_name->length =
        reading_oid(text, strlen(text), numbers, READING_OID_MAX);
    for (i = 0; i < out_name->length; i++)
        out_name->numbers[i] = numbers[i];
    return out_name->length > 0;
}

/* ---- objects ---- */

static void
add(netsnmp_pdu *pdu, const struct name *name, u_char type, const void *value,
    size_t length)
{
    (void)snmp_pdu_add_variable(
        pdu, name->numbers, name->length, type, value, length);
}

static void
add_number(
    netsnmp_pdu *pdu, const struct name *name, u_char type, uint64_t number)
{
    const long value = (long)number;

    add(pdu, name, type, &value, sizeof value);
}

static void
add_time(netsnmp_pdu *pdu, const struct name *name, uint64_t at_us)
{
    char date[READING_DATE_SIZE];

    reading_date(at_us / S_US, date);
    add(pdu, name, ASN_OCTET_STR, date, sizeof date);
}

static void
add_address(netsnmp_pdu *pdu, const struct name *name, uint64_t address)
{
    const uint32_t value = htonl((uint32_t)address);

    add(pdu, name, ASN_IPADDRESS, &value, sizeof value);
}

/* What is not set is told as nothing: a notification has all its objects. */
static void
add_value(netsnmp_pdu *pdu, const struct name *name, enum varbind_type type,
    const struct value *value)
{
    const uint64_t number = value->kind == VALUE_NUMBER ? value->number : 0;
    const char *text = value_string(value);

    switch (type) {
    case VARBIND_INTEGER:
        add_number(pdu, name, ASN_INTEGER, number);
        return;
    case VARBIND_GAUGE32:
        add_number(
            pdu, name, ASN_GAUGE, number > UINT32_MAX ? UINT32_MAX : number);
        return;
    case VARBIND_OCTETS:
        add(pdu, name, ASN_OCTET_STR, text, strlen(text));
        return;
    case VARBIND_IPADDRESS:
        add_address(pdu, name, number);
        return;
    case VARBIND_TRUTH:
        add_number(
            pdu, name, ASN_INTEGER, number != 0 ? TRUTH_TRUE : TRUTH_FALSE);
        return;
    case VARBIND_TIME:
        add_time(pdu, name, number);
        return;
    }
}

static void
add_objects(netsnmp_pdu *pdu, const struct notify_message *message)
{
    const struct notification_text *text = &notification_texts[message->kind];
    size_t i;

    for (i = 0; i < text->tell_count; i++) {
        const struct varbind_text *object = &varbind_texts[text->tells[i]];
        const struct value *index = object->index == VARBIND_SCALAR
                                        ? NULL
                                        : &message->columns[object->index];
        struct name name;

        if (!read_name(object->oid, &name))
            continue;
        name.numbers[name.length++] =
            index != NULL && index->kind == VALUE_NUMBER ? index->number : 0;
        add_value(pdu, &name, object->type, &message->columns[object->column]);
    }
}

/* ---- SNMPv1 ---- */

static bool
set_enterprise(netsnmp_pdu *pdu, const struct name *name, size_t length)
{
    free(pdu->enterprise);
    pdu->enterprise = snmp_duplicate_objid(name->numbers, length);
    pdu->enterprise_length = length;
    return pdu->enterprise != NULL;
}

/* coldStart and the like are numbers there, and the enterprise is that of the
 * router. */
static bool
set_kind(netsnmp_pdu *pdu, const struct name *trap,
    const struct notify_sender *sender)
{
    const size_t root = sizeof generic_root / sizeof generic_root[0];
    struct name model;

    if (trap->length == root + 1 &&
        snmp_oid_compare(trap->numbers, root, generic_root, root) == 0) {
        pdu->trap_type = (long)trap->numbers[root] - 1;
        return read_name(sender->object_id, &model) &&
               set_enterprise(pdu, &model, model.length);
    }
    pdu->trap_type = SNMP_TRAP_ENTERPRISESPECIFIC;
    pdu->specific_type = (long)trap->numbers[trap->length - 1];
    return trap->length > SPECIFIC_TAIL &&
           set_enterprise(pdu, trap, trap->length - SPECIFIC_TAIL);
}

static netsnmp_pdu *
pdu_v1(const struct notify_message *message, const struct name *trap,
    const struct notify_sender *sender)
{
    const uint32_t address = htonl(sender->address);
    netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_TRAP);

    if (pdu == NULL || !set_kind(pdu, trap, sender)) {
        snmp_free_pdu(pdu);
        return NULL;
    }
    memcpy(pdu->agent_addr, &address, sizeof pdu->agent_addr);
    pdu->time = message->uptime_cs;
    return pdu;
}

/* ---- later versions ---- */

static netsnmp_pdu *
pdu_v2(
    const struct notify_message *message, const struct name *trap, int command)
{
    const long uptime = (long)message->uptime_cs;
    netsnmp_pdu *pdu = snmp_pdu_create(command);

    if (pdu == NULL)
        return NULL;
    (void)snmp_pdu_add_variable(pdu, up_time,
        sizeof up_time / sizeof up_time[0], ASN_TIMETICKS, &uptime,
        sizeof uptime);
    (void)snmp_pdu_add_variable(pdu, trap_oid,
        sizeof trap_oid / sizeof trap_oid[0], ASN_OBJECT_ID, trap->numbers,
        trap->length * sizeof trap->numbers[0]);
    return pdu;
}

/* Whose it is, where it comes from another address (RFC 3584, 3.1). */
static void
add_source(netsnmp_pdu *pdu, uint32_t source)
{
    const uint32_t value = htonl(source);

    (void)snmp_pdu_add_variable(pdu, trap_address,
        sizeof trap_address / sizeof trap_address[0], ASN_IPADDRESS, &value,
        sizeof value);
}

netsnmp_pdu *
notify_pdu(const struct notify_message *message, const struct notify_host *host,
    const struct notify_sender *sender)
{
    const bool is_v1 = host->version == SNMP_PROTOCOL_1;
    netsnmp_pdu *pdu;
    struct name trap;

    if (!read_name(notification_texts[message->kind].oid, &trap))
        return NULL;
    if (is_v1) {
        pdu = pdu_v1(message, &trap, sender);
    } else {
        pdu = pdu_v2(message, &trap,
            host->kind == SNMP_KIND_INFORMS ? SNMP_MSG_INFORM : SNMP_MSG_TRAP2);
    }
    if (pdu == NULL)
        return NULL;
    add_objects(pdu, message);
    if (!is_v1 && host->source != 0)
        add_source(pdu, host->source);
    return pdu;
}
