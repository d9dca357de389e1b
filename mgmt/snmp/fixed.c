/*
 * fixed.c - objects that the agent itself knows, as a handler.
 *
 * They are so few that a list is looked through; repetitions of GETBULK are
 * the library's matter.
 */
#include "snmp/fixed.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

struct fixed {
    const struct agent_context *context;
    const struct fixed_object *objects;
    size_t count;
    netsnmp_handler_registration *registration;
    bool is_hidden; /* not in the view `user` */
};

static int
compare(const netsnmp_handler_registration *reginfo,
    const struct fixed_object *object, const netsnmp_variable_list *vb)
{
    size_t root = reginfo->rootoid_len;

    if (vb->name_length < root ||
        snmp_oid_compare(vb->name, root, reginfo->rootoid, root) != 0) {
        return -snmp_oid_compare(
            vb->name, vb->name_length, reginfo->rootoid, root);
    }
    return snmp_oid_compare(object->suffix, object->length, vb->name + root,
        vb->name_length - root);
}

/* Is there any instance of the object that is asked for? */
static bool
has_object(const struct fixed *fixed,
    const netsnmp_handler_registration *reginfo,
    const netsnmp_variable_list *vb)
{
    size_t root = reginfo->rootoid_len;

    for (size_t i = 0; vb->name_length > root && i < fixed->count; i++) {
        if (fixed->objects[i].suffix[0] == vb->name[root])
            return true;
    }
    return false;
}

static void
get(const struct fixed *fixed, const netsnmp_handler_registration *reginfo,
    netsnmp_request_info *request)
{
    for (size_t i = 0; i < fixed->count; i++) {
        const struct fixed_object *object = &fixed->objects[i];

        if (compare(reginfo, object, request->requestvb) == 0) {
            object->read(fixed->context->agent, object, request->requestvb);
            return;
        }
    }
    (void)netsnmp_request_set_error(request,
        has_object(fixed, reginfo, request->requestvb) ? SNMP_NOSUCHINSTANCE
                                                       : SNMP_NOSUCHOBJECT);
}

static void
get_next(const struct fixed *fixed, const netsnmp_handler_registration *reginfo,
    netsnmp_request_info *request)
{
    oid name[MAX_OID_LEN];
    size_t root = reginfo->rootoid_len;

    for (size_t i = 0; i < fixed->count; i++) {
        const struct fixed_object *object = &fixed->objects[i];
        int order = compare(reginfo, object, request->requestvb);

        if (order < 0 || (order == 0 && request->inclusive == 0))
            continue;
        memcpy(name, reginfo->rootoid, root * sizeof name[0]);
        memcpy(name + root, object->suffix, object->length * sizeof name[0]);
        (void)snmp_set_var_objid(
            request->requestvb, name, root + object->length);
        object->read(fixed->context->agent, object, request->requestvb);
        return;
    }
}

static int
handle(netsnmp_mib_handler *handler, netsnmp_handler_registration *reginfo,
    netsnmp_agent_request_info *reqinfo, netsnmp_request_info *requests)
{
    const struct fixed *fixed = handler->myvoid;

    if (fixed->is_hidden &&
        fixed->context->agent->request.grant.view == SNMP_VIEW_USER)
        return SNMP_ERR_NOERROR; /* as if it were empty */
    for (; requests != NULL; requests = requests->next) {
        if (requests->processed != 0)
            continue;
        if (reqinfo->mode == MODE_GET) {
            get(fixed, reginfo, requests);
        } else {
            get_next(fixed, reginfo, requests);
        }
    }
    return SNMP_ERR_NOERROR;
}

struct fixed *
fixed_new(struct agent_context *context, const char *name, const oid *root,
    size_t root_length, const struct fixed_object *objects, size_t count)
{
    struct fixed *fixed = mem_alloc(sizeof *fixed);
    netsnmp_mib_handler *handler = netsnmp_create_handler(name, handle);

    fixed->context = context;
    fixed->objects = objects;
    fixed->count = count;
    fixed->is_hidden = library_hides(root, root_length);
    handler->myvoid = fixed;
    fixed->registration = netsnmp_handler_registration_create(
        name, handler, root, root_length, HANDLER_CAN_GETANDGETNEXT);
    if (context->name[0] != '\0')
        fixed->registration->contextName = strdup(context->name);
    if (netsnmp_register_handler(fixed->registration) != MIB_REGISTERED_OK) {
        free(fixed);
        return NULL;
    }
    return fixed;
}

void
fixed_free(struct fixed *fixed)
{
    if (fixed == NULL)
        return;
    library_unregister(fixed->registration, fixed->context);
    free(fixed);
}
