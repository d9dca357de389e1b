/*
 * snmp_limit.c - how cheap an SNMP agent on this library can be: one that
 * serves constants for a table of the tunnel table's shape.
 *
 *    snmp_limit ROWS        column C of row R is a number made of both
 *
 * It keeps no rows, asks nobody and lets everybody in, so that what is left is
 * the library's own work for a varbind; one handler answers all repetitions
 * of a GETBULK, as in our agent.  Listens on a free port of the loopback, which
 * it prints, until its standard input ends.
 */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

enum { FIRST_COLUMN = 2, LAST_COLUMN = 21 };

static const oid root[] = {1, 3, 6, 1, 4, 1, 4874, 2, 2, 70, 1, 1, 2, 1};

enum { ROOT = sizeof root / sizeof root[0] };

static unsigned long row_count;

struct place {
    oid column;
    oid row;
};

/* Where a walk goes on from this name; false: it is behind the table. */
static bool
next_place(const netsnmp_variable_list *vb, struct place *place)
{
    *place = (struct place){FIRST_COLUMN, 1};
    if (snmp_oid_compare(vb->name, vb->name_length, root, ROOT) < 0 ||
        vb->name_length <= ROOT)
        return true;
    if (vb->name[ROOT] < FIRST_COLUMN)
        return true;
    place->column = vb->name[ROOT];
    place->row = vb->name_length > ROOT + 1 ? vb->name[ROOT + 1] + 1 : 1;
    if (place->row > row_count) {
        place->column++;
        place->row = 1;
    }
    return place->column <= LAST_COLUMN;
}

/* Texts, addresses and numbers take turns, as in the tunnel table. */
static void
fill(netsnmp_variable_list *vb, struct place place)
{
    oid name[ROOT + 2];
    long number = (long)place.row;
    uint32_t address = htonl((uint32_t)place.row);

    memcpy(name, root, sizeof root);
    name[ROOT] = place.column;
    name[ROOT + 1] = place.row;
    (void)snmp_set_var_objid(vb, name, ROOT + 2);
    if (place.column % 3 == 0) {
        (void)snmp_set_var_typed_value(vb, ASN_INTEGER, &number, sizeof number);
    } else if (place.column % 3 == 1) {
        (void)snmp_set_var_typed_value(
            vb, ASN_IPADDRESS, &address, sizeof address);
    } else {
        (void)snmp_set_var_typed_value(vb, ASN_OCTET_STR, "constant", 8);
    }
}

static void
serve(netsnmp_request_info *request)
{
    const netsnmp_variable_list *last = NULL;
    struct place place;
    bool more = next_place(request->requestvb, &place);

    while (more) {
        fill(request->requestvb, place);
        if (request->repeat <= 0)
            return;
        last = request->requestvb;
        request->repeat--;
        request->requestvb = request->requestvb->next_variable;
        request->requestvb->type = ASN_NULL;
        request->inclusive = 0;
        more = next_place(last, &place);
    }
    if (last != NULL) {
        (void)snmp_set_var_objid(
            request->requestvb, last->name, last->name_length);
    }
}

static int
handle(netsnmp_mib_handler *handler, netsnmp_handler_registration *reginfo,
    netsnmp_agent_request_info *reqinfo, netsnmp_request_info *requests)
{
    (void)handler;
    (void)reginfo;
    (void)reqinfo;
    for (; requests != NULL; requests = requests->next)
        serve(requests);
    return SNMP_ERR_NOERROR;
}

/* Everybody may ask. */
static int
let_in(netsnmp_session *session, netsnmp_pdu *pdu, int result)
{
    (void)session;
    pdu->flags |= UCD_MSG_FLAG_ALWAYS_IN_VIEW;
    return result == 0 ? 1 : 0;
}

static bool
open_port(void)
{
    netsnmp_transport *transport =
        netsnmp_tdomain_transport("127.0.0.1:0", 1, "udp");
    struct sockaddr_in address = {0};
    socklen_t length = sizeof address;
    netsnmp_session session;

    snmp_sess_init(&session);
    session.version = SNMP_DEFAULT_VERSION;
    session.callback = handle_snmp_packet;
    session.isAuthoritative = SNMP_SESS_AUTHORITATIVE;
    if (transport == NULL ||
        snmp_add(&session, transport, NULL, let_in) == NULL ||
        getsockname(transport->sock, (struct sockaddr *)&address, &length) != 0)
        return false;
    (void)printf("%u\n", (unsigned)ntohs(address.sin_port));
    (void)fflush(stdout);
    return true;
}

static void
begin(void)
{
    (void)netsnmp_ds_set_boolean(
        NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
    (void)netsnmp_ds_set_boolean(
        NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
    (void)setenv("MIBS", "", 1);
    (void)init_agent("snmp_limit");
    init_snmp("snmp_limit");
    (void)netsnmp_register_handler(
        netsnmp_create_handler_registration("constants", handle, root, ROOT,
            HANDLER_CAN_GETANDGETNEXT | HANDLER_CAN_GETBULK));
}

int
main(int argc, char **argv)
{
    row_count = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
    begin();
    if (!open_port())
        return 1;
    for (;;) {
        fd_set readable;
        int highest = STDIN_FILENO + 1;
        int block = 1;
        struct timeval timeout = {0};

        FD_ZERO(&readable);
        (void)snmp_select_info(&highest, &readable, &timeout, &block);
        FD_SET(STDIN_FILENO, &readable);
        if (select(highest, &readable, NULL, NULL, block ? NULL : &timeout) < 0)
            return 1;
        if (FD_ISSET(STDIN_FILENO, &readable))
            return 0;
        snmp_read(&readable);
    }
}
