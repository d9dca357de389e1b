/*
 * serve.c - tables of the engine as the library's handlers.
 *
 * One handler stands for a table in a context; it answers GET, GETNEXT and
 * GETBULK, the last one whole, so that the library is asked once for all
 * repetitions.
 */
#include "snmp/library.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

/* A table that is registered; its context's. */
struct served {
    struct agent_context *context;
    struct table *table;
    netsnmp_handler_registration *registration;
    bool is_hidden; /* not in the view `user` */
};

/* An object identifier that is built in place: the entry, then the rest. */
struct name {
    oid numbers[MAX_OID_LEN];
    size_t root; /* numbers of the entry */
    size_t length;
};

/* ---- from and to the library's types ---- */

/* The numbers behind the entry.  False: there are none, since the name is
 * before the entry, or (out_past) behind all that is in it. */
static bool
suffix_of(const struct name *name, const netsnmp_variable_list *vb,
    uint32_t numbers[SUFFIX_MAX], size_t *out_count, bool *out_past)
{
    size_t root = name->root;
    size_t count;

    *out_past = false;
    if (vb->name_length < root ||
        snmp_oid_compare(vb->name, root, name->numbers, root) != 0) {
        *out_past = snmp_oid_compare(
                        vb->name, vb->name_length, name->numbers, root) > 0;
        return false;
    }
    count = vb->name_length - root;
    if (count > SUFFIX_MAX)
        count = SUFFIX_MAX;
    for (size_t i = 0; i < count; i++)
        numbers[i] = (uint32_t)vb->name[root + i];
    *out_count = count;
    return true;
}

static void
set_name(
    struct name *name, const struct table *table, const struct answer *answer)
{
    size_t at = name->root;

    name->numbers[at++] = table_mib(table)->objects[answer->object].number;
    for (size_t i = 0; i < answer->key.count && at < MAX_OID_LEN; i++)
        name->numbers[at++] = answer->key.numbers[i];
    name->length = at;
}

static void
set_number(netsnmp_variable_list *vb, u_char type, uint64_t number)
{
    long value = (long)number;

    (void)snmp_set_var_typed_value(vb, type, &value, sizeof value);
}

static void
set_unsigned(netsnmp_variable_list *vb, u_char type, uint64_t number)
{
    set_number(vb, type, number & UINT32_MAX);
}

static void
set_gauge(netsnmp_variable_list *vb, uint64_t number)
{
    set_number(vb, ASN_GAUGE, number > UINT32_MAX ? UINT32_MAX : number);
}

static void
set_counter64(netsnmp_variable_list *vb, uint64_t number)
{
    const struct counter64 value = {
        .high = number >> 32, .low = number & UINT32_MAX};

    (void)snmp_set_var_typed_value(vb, ASN_COUNTER64, &value, sizeof value);
}

static void
set_address(netsnmp_variable_list *vb, uint64_t number)
{
    const uint32_t address = htonl((uint32_t)number);

    (void)snmp_set_var_typed_value(vb, ASN_IPADDRESS, &address, sizeof address);
}

static void
set_oid(netsnmp_variable_list *vb, const struct reading *reading)
{
    oid numbers[READING_OID_MAX];

    for (size_t i = 0; i < reading->oid_length; i++)
        numbers[i] = reading->oid[i];
    (void)snmp_set_var_typed_value(
        vb, ASN_OBJECT_ID, numbers, reading->oid_length * sizeof numbers[0]);
}

static void
set_value(netsnmp_variable_list *vb, const struct reading *reading)
{
    switch (reading->syntax) {
    case MIB_INTEGER:
        set_number(vb, ASN_INTEGER, reading->number);
        break;
    case MIB_GAUGE32:
    case MIB_UNSIGNED32:
        set_gauge(vb, reading->number);
        break;
    case MIB_COUNTER32:
        set_unsigned(vb, ASN_COUNTER, reading->number);
        break;
    case MIB_TIMETICKS:
        set_unsigned(vb, ASN_TIMETICKS, reading->number);
        break;
    case MIB_COUNTER64:
        set_counter64(vb, reading->number);
        break;
    case MIB_IPADDRESS:
        set_address(vb, reading->number);
        break;
    case MIB_OCTETS:
        (void)snmp_set_var_typed_value(
            vb, ASN_OCTET_STR, reading->bytes, reading->length);
        break;
    case MIB_OID:
        set_oid(vb, reading);
        break;
    }
}

/* ---- modes ---- */

static void
serve_get(const struct served *served, const struct name *name,
    netsnmp_request_info *request)
{
    uint32_t numbers[SUFFIX_MAX];
    struct key suffix = {numbers, 0};
    struct answer answer;
    bool past;
    enum err error = ERR_INVALID;

    if (suffix_of(name, request->requestvb, numbers, &suffix.count, &past)) {
        error = table_get(
            served->table, suffix, served->context->agent->now_us, &answer);
    }
    if (error == OK) {
        set_value(request->requestvb, &answer.reading);
    } else if (error == ERR_IO) {
        (void)netsnmp_request_set_error(request, SNMP_ERR_GENERR);
    } else {
        (void)netsnmp_request_set_error(request,
            error == ERR_NOT_FOUND ? SNMP_NOSUCHINSTANCE : SNMP_NOSUCHOBJECT);
    }
}

/* Is the instance where the library does not want it any more, since another
 * table is within this one? */
static bool
is_beyond(const struct name *name, const netsnmp_request_info *request)
{
    return request->range_end_len > name->root &&
           snmp_oid_compare(name->numbers, name->length, request->range_end,
               request->range_end_len) >= 0;
}

/* The first instance for a request. */
static enum err
seek(const struct served *served, struct name *name,
    const netsnmp_request_info *request, struct answer *answer)
{
    uint32_t numbers[SUFFIX_MAX];
    struct key suffix = {numbers, 0};
    bool past;

    if (!suffix_of(name, request->requestvb, numbers, &suffix.count, &past) &&
        past)
        return ERR_NOT_FOUND;
    return table_next(served->table, suffix, request->inclusive != 0,
        served->context->agent->now_us, answer);
}

/* The next repetition, which is not filled yet. */
static netsnmp_variable_list *
next_repetition(netsnmp_request_info *request)
{
    netsnmp_variable_list *filled = request->requestvb;

    request->repeat--;
    request->requestvb = filled->next_variable;
    request->requestvb->type = ASN_NULL;
    request->inclusive = 0;
    return filled;
}

/* All repetitions of a GETBULK, or the one of a GETNEXT.  With what is left
 * over the library goes on in the next table, from the last name. */
static void
serve_next(const struct served *served, struct name *name,
    netsnmp_request_info *request)
{
    const netsnmp_variable_list *last = NULL;
    struct answer answer;
    enum err error = seek(served, name, request, &answer);

    while (error == OK) {
        set_name(name, served->table, &answer);
        if (is_beyond(name, request))
            break;
        (void)snmp_set_var_objid(
            request->requestvb, name->numbers, name->length);
        set_value(request->requestvb, &answer.reading);
        if (request->repeat <= 0)
            return;
        last = next_repetition(request);
        error =
            table_step(served->table, served->context->agent->now_us, &answer);
    }
    if (last != NULL) {
        (void)snmp_set_var_objid(
            request->requestvb, last->name, last->name_length);
    }
    if (error == ERR_IO)
        (void)netsnmp_request_set_error(request, SNMP_ERR_GENERR);
}

static int
handle(netsnmp_mib_handler *handler, netsnmp_handler_registration *reginfo,
    netsnmp_agent_request_info *reqinfo, netsnmp_request_info *requests)
{
    const struct served *served = handler->myvoid;
    struct name name = {.root = reginfo->rootoid_len};

    if (served->is_hidden &&
        served->context->agent->request.grant.view == SNMP_VIEW_USER)
        return SNMP_ERR_NOERROR; /* as if it were empty */
    memcpy(name.numbers, reginfo->rootoid, name.root * sizeof name.numbers[0]);
    for (; requests != NULL; requests = requests->next) {
        if (requests->processed != 0)
            continue;
        if (reqinfo->mode == MODE_GET) {
            serve_get(served, &name, requests);
        } else {
            serve_next(served, &name, requests);
        }
    }
    return SNMP_ERR_NOERROR;
}

/* ---- registering ---- */

static void
serve_table(
    struct served *served, struct agent_context *context, struct table *table)
{
    const struct mib_table *mib = table_mib(table);
    oid root[MAX_OID_LEN];
    netsnmp_mib_handler *handler = netsnmp_create_handler(mib->name, handle);

    served->context = context;
    served->table = table;
    handler->myvoid = served;
    for (size_t i = 0; i < mib->oid_length; i++)
        root[i] = mib->oid[i];
    served->registration =
        netsnmp_handler_registration_create(mib->name, handler, root,
            mib->oid_length, HANDLER_CAN_GETANDGETNEXT | HANDLER_CAN_GETBULK);
    served->is_hidden = library_hides(root, mib->oid_length);
    if (context->name[0] != '\0')
        served->registration->contextName = strdup(context->name);
    if (netsnmp_register_handler(served->registration) != MIB_REGISTERED_OK)
        served->registration = NULL; /* the library freed it, and said so */
}

void
serve_context(struct agent_context *context)
{
    context->served =
        mem_alloc((MIB_TABLE_COUNT + 1) * sizeof *context->served);
    for (size_t i = 0; i < MIB_TABLE_COUNT; i++) {
        struct table *table = tables_at(context->tables, i);

        if (table != NULL) {
            serve_table(
                &context->served[context->served_count++], context, table);
        }
    }
}

void
serve_context_end(struct agent_context *context)
{
    for (size_t i = 0; i < context->served_count; i++) {
        if (context->served[i].registration != NULL)
            library_unregister(context->served[i].registration, context);
    }
    free(context->served);
    context->served = NULL;
    context->served_count = 0;
}
