/*
 * fixed.h - objects that the agent itself knows, few and always there: a list
 * of instances below a node, in order.  Private to the files of this room that
 * know the library.
 */
#ifndef SNMP_FIXED_H
#define SNMP_FIXED_H

#include "snmp/library.h"

enum { FIXED_SUFFIX_MAX = 3 };

struct fixed_object {
    oid suffix[FIXED_SUFFIX_MAX]; /* the object's number, then the instance */
    size_t length;
    void (*read)(const struct agent *agent, const struct fixed_object *object,
        netsnmp_variable_list *vb);
    long argument; /* for read */
};

struct fixed;

/* objects: in order, constant.  NULL: the library refused, and said so. */
struct fixed *fixed_new(struct agent_context *context, const char *name,
    const oid *root, size_t root_length, const struct fixed_object *objects,
    size_t count);
void fixed_free(struct fixed *fixed); /* NULL is allowed */

#endif
