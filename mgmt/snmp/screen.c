/*
 * screen.c - who may ask, where the library lets us decide.
 *
 *    packet -> parsed -> after_parse: community -> grant, or dropped
 *                                     user      -> grant, or a refusal
 *           -> check (a varbind)   -> does the view have it?
 *
 * What has no grant is dropped before the library copies anything of it, so
 * that floods are cheap.
 */
#include "snmp/screen.h"
#include "snmp/library.h"

#include <stdlib.h>
#include <string.h>

/* ---- packets ---- */

int
screen_before_parse(netsnmp_session *session, netsnmp_transport *transport,
    void *opaque, int length)
{
    (void)session;
    (void)transport;
    (void)opaque;
    (void)length;
    (void)snmp_increment_statistic(STAT_SNMPINPKTS);
    return 1;
}

static void
set_context(netsnmp_pdu *pdu, uint32_t router)
{
    char name[ACCESS_CONTEXT_MAX];

    free(pdu->contextName);
    pdu->contextName = strdup(access_context_name(router, name));
    pdu->contextNameLen = pdu->contextName == NULL ? 0 : strlen(name);
}

/* Where the packet came from; 0: not from an IPv4 socket. */
static uint32_t
address_of(const netsnmp_pdu *pdu)
{
    const netsnmp_indexed_addr_pair *pair = pdu->transport_data;

    if (pair == NULL ||
        pdu->transport_data_length != (int)sizeof(netsnmp_indexed_addr_pair) ||
        pair->remote_addr.sa.sa_family != AF_INET)
        return 0;
    return ntohl(pair->remote_addr.sin.sin_addr.s_addr);
}

/* Tables and groups look at the view themselves (library_hides), once for a
 * table: the library need not ask about each varbind.  It still has to where
 * nothing is to be seen, and in version 1, for Counter64. */
static void
spare_checks(const struct agent *agent, netsnmp_pdu *pdu)
{
    if (pdu->version != SNMP_VERSION_1 &&
        agent->request.grant.view != SNMP_VIEW_NOTHING)
        pdu->flags |= UCD_MSG_FLAG_ALWAYS_IN_VIEW;
}

/* False: dropped. */
static bool
screen_community(struct agent *agent, netsnmp_pdu *pdu)
{
    struct request *request = &agent->request;

    if (!access_community(agent->access, (const char *)pdu->community,
            pdu->community_len, &request->grant) ||
        !access_allows(agent->access, &request->grant, address_of(pdu))) {
        told_refused(agent);
        (void)snmp_increment_statistic(STAT_SNMPINBADCOMMUNITYNAMES);
        return false;
    }
    request->is_granted = true;
    set_context(pdu, request->grant.router);
    spare_checks(agent, pdu);
    return true;
}

/* Is the request as safe as the user's keys allow? */
static bool
is_safe(const struct agent *agent, const netsnmp_pdu *pdu)
{
    bool authentication = true;
    bool privacy = true;

    if (!access_user_needs(
            agent->access, pdu->securityName, &authentication, &privacy))
        return false;
    if (privacy)
        return pdu->securityLevel >= SNMP_SEC_LEVEL_AUTHPRIV;
    return !authentication || pdu->securityLevel >= SNMP_SEC_LEVEL_AUTHNOPRIV;
}

/* Who asks names our engine (RFC 3412, 7.2, 13 a).  The library also takes the
 * engines of hosts that informs go to: a user's key for one of those opens that
 * one and not us. */
static bool
is_for_us(const struct agent *agent, const netsnmp_pdu *pdu)
{
    return pdu->securityEngineIDLen == agent->engine_id_length &&
           memcmp(pdu->securityEngineID, agent->engine_id,
               agent->engine_id_length) == 0;
}

static void
screen_user(struct agent *agent, netsnmp_pdu *pdu)
{
    struct request *request = &agent->request;
    enum err error;

    request->refusal = VACM_NOACCESS;
    if (pdu->securityName == NULL || !is_safe(agent, pdu))
        return;
    error = access_user(agent->access, pdu->securityName, pdu->contextName,
        pdu->contextNameLen, &request->grant);
    if (error == ERR_NOT_FOUND)
        request->refusal = VACM_NOSUCHCONTEXT;
    if (error != OK)
        return;
    request->is_granted = true;
    if (pdu->contextNameLen == 0 && request->grant.router != 0)
        set_context(pdu, request->grant.router);
    spare_checks(agent, pdu);
}

/* What an honest manager does not run into; discovery and clocks are not it.
 */
static bool
is_wrong_user(int number)
{
    return number == SNMPERR_USM_AUTHENTICATIONFAILURE ||
           number == SNMPERR_USM_UNKNOWNSECURITYNAME ||
           number == SNMPERR_USM_DECRYPTIONERROR;
}

int
screen_after_parse(netsnmp_session *session, netsnmp_pdu *pdu, int result)
{
    struct agent *agent = session->myvoid;

    agent->request = (struct request){.refusal = VACM_NOACCESS};
    if (result != 0 && is_wrong_user(session->s_snmp_errno))
        told_refused(agent);
    if (result != 0 || agent->access == NULL || !agent->access->is_enabled)
        return 0;
    if (pdu->version == SNMP_VERSION_3) {
        if (!is_for_us(agent, pdu)) {
            told_refused(agent);
            (void)snmp_increment_statistic(STAT_USMSTATSUNKNOWNENGINEIDS);
            return 0;
        }
        screen_user(agent, pdu);
        return 1;
    }
    return screen_community(agent, pdu) ? 1 : 0;
}

/* ---- views ---- */

bool
library_hides(const oid *root, size_t length)
{
    uint32_t numbers[MAX_OID_LEN];

    for (size_t i = 0; i < length; i++)
        numbers[i] = (uint32_t)root[i];
    return !view_allows(SNMP_VIEW_USER, numbers, length);
}

enum { VIEW_DEPTH = 10 }; /* no node that a view leaves out is deeper */

static bool
is_in_view(const struct agent *agent, const oid *name, size_t length)
{
    uint32_t numbers[VIEW_DEPTH];

    if (agent->request.grant.view == SNMP_VIEW_EVERYTHING)
        return true;
    if (length > VIEW_DEPTH)
        length = VIEW_DEPTH;
    for (size_t i = 0; i < length; i++)
        numbers[i] = (uint32_t)name[i];
    return view_allows(agent->request.grant.view, numbers, length);
}

/* The library asks before a request, for each varbind, and for the tables in
 * between.  A SET is let through, to be told that nothing can be written. */
static int
check(int major, int minor, void *server, void *client)
{
    struct view_parameters *parameters = server;
    const struct agent *agent = client;

    (void)major;
    parameters->errorcode = VACM_SUCCESS;
    if (!agent->request.is_granted) {
        parameters->errorcode = agent->request.refusal;
    } else if (minor == SNMPD_CALLBACK_ACM_CHECK_INITIAL ||
               parameters->pdu->command == SNMP_MSG_SET) {
        return 0;
    } else if (!is_in_view(agent, parameters->name, parameters->namelen)) {
        parameters->errorcode = VACM_NOTINVIEW;
    }
    return 0;
}

/* The library's own access control, which nothing configures. */
int vacm_in_view_callback(int major, int minor, void *server, void *client);

static const int minors[] = {SNMPD_CALLBACK_ACM_CHECK,
    SNMPD_CALLBACK_ACM_CHECK_INITIAL, SNMPD_CALLBACK_ACM_CHECK_SUBTREE};

enum { MINOR_COUNT = sizeof minors / sizeof minors[0] };

void
screen_start(struct agent *agent)
{
    for (size_t i = 0; i < MINOR_COUNT; i++) {
        (void)snmp_unregister_callback(SNMP_CALLBACK_APPLICATION, minors[i],
            vacm_in_view_callback, NULL, 0);
        (void)snmp_register_callback(
            SNMP_CALLBACK_APPLICATION, minors[i], check, agent);
    }
}

/* The library would free what its callbacks are given. */
void
screen_stop(struct agent *agent)
{
    for (size_t i = 0; i < MINOR_COUNT; i++) {
        (void)snmp_unregister_callback(
            SNMP_CALLBACK_APPLICATION, minors[i], check, agent, 1);
    }
}
