/*
 * access.h - who may ask for what: communities, users, contexts, views.
 *
 * Read from the daemon as a whole and then never changed: a new
 * configuration is a new struct access.  Nothing here knows SNMP's library.
 *
 *    public            a community of virtual router default: everything
 *    public@router3    the same, and only of the virtual router of index 3
 *    other             a community of another one: only of that one
 */
#ifndef SNMP_ACCESS_H
#define SNMP_ACCESS_H

#include "gen/enums.h"
#include "snmp/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ACCESS_NAME_MAX = 32, ACCESS_KEY_MAX = 64, ACCESS_CONTEXT_MAX = 24 };

struct access_context {
    char vr[ACCESS_NAME_MAX + 1];
    uint32_t router; /* its index */
};

struct access_community {
    char name[ACCESS_NAME_MAX + 1];
    char access_list[65]; /* "": every host may use it */
    char vr[ACCESS_NAME_MAX + 1];
    uint32_t router; /* 0: of virtual router default */
    enum snmp_view view;
    enum snmp_privilege privilege;
};

/* An entry of an access list; those of one list stand together, in order. */
struct access_entry {
    char vr[ACCESS_NAME_MAX + 1];
    char list[65];
    enum access_action action;
    uint32_t source;
    uint32_t wildcard; /* bits that may differ */
};

struct access_user {
    char name[ACCESS_NAME_MAX + 1];
    char vr[ACCESS_NAME_MAX + 1];
    uint32_t router;
    enum snmp_group group;
    bool has_authentication;
    enum snmp_authentication authentication;
    bool has_privacy;
    enum snmp_privacy privacy;
    /* Sealed passphrases: to see whether they are others. */
    char *authentication_key;
    char *privacy_key;
};

/* Heap; the agent's. */
struct access {
    bool is_enabled;
    char *name; /* of the router */
    char *contact;
    char *location;
    char *description;
    char *object_id;
    uint32_t packet_size;
    uint64_t started_us; /* monotonic here: when the router started */
    bool traps;          /* of virtual router default, and which    */
    enum event_severity trap_severity;
    uint64_t trap_categories; /* list of snmp-category; 0: all */
    struct access_context *contexts;
    size_t context_count;
    struct access_community *communities;
    size_t community_count;
    struct access_user *users;
    size_t user_count;
    struct access_entry *entries;
    size_t entry_count;
};

/* ERR_IO: the daemon cannot be reached; others: it refuses. */
MUST_CHECK enum err access_read(
    const struct source_asker *asker, struct access **out_access);
void access_free(struct access *access); /* NULL is allowed */

/* What one request may see. */
struct grant {
    enum snmp_view view;
    uint32_t router;         /* 0: of all of them                   */
    const char *access_list; /* "": none; borrowed from the access  */
    const char *vr;          /* that the list is of; borrowed       */
};

/* text is as it came from the network, length bytes.  False: there is no such
 * community. */
bool access_community(const struct access *access, const char *text,
    size_t length, struct grant *out_grant);
/* May who asks from this address use the grant?  The first entry of its list
 * that matches decides; without one that does, and of a list that does not
 * exist, nobody may. */
bool access_allows(
    const struct access *access, const struct grant *grant, uint32_t address);
/* A user and the context that he asks for.  ERR_DENIED: not his;
 * ERR_NOT_FOUND: there is no such context. */
MUST_CHECK enum err access_user(const struct access *access, const char *name,
    const char *context, size_t context_length, struct grant *out_grant);
/* Must requests of this user be authenticated, and encrypted?  False: there
 * is no such user. */
bool access_user_needs(const struct access *access, const char *name,
    bool *out_authentication, bool *out_privacy);
/* "router3"; "" for 0. */
const char *access_context_name(uint32_t router, char out[ACCESS_CONTEXT_MAX]);

/* What a view leaves out is below one of few nodes. */
bool view_allows(enum snmp_view view, const uint32_t *oid, size_t length);

#endif
