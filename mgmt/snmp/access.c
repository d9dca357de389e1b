/*
 * access.c - who may ask for what.
 */
#include "snmp/access.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char context_word[] = "router";

/* ---- views ---- */

/* The parameters of access to SNMP itself; view `user` does not see them. */
static const struct node {
    uint32_t oid[10];
    size_t length;
} hidden[] = {
    {{1, 3, 6, 1, 6, 3, 12},             7 }, /* SNMP-TARGET-MIB        */
    {{1, 3, 6, 1, 6, 3, 13},             7 }, /* SNMP-NOTIFICATION-MIB  */
    {{1, 3, 6, 1, 6, 3, 15},             7 }, /* SNMP-USER-BASED-SM-MIB */
    {{1, 3, 6, 1, 6, 3, 16},             7 }, /* SNMP-VIEW-BASED-ACM-.. */
    {{1, 3, 6, 1, 6, 3, 18},             7 }, /* SNMP-COMMUNITY-MIB     */
    {{1, 3, 6, 1, 4, 1, 4874, 2, 2, 16}, 10}, /* Juniper-SNMP-MIB       */
};

static bool
is_hidden(const uint32_t *oid, size_t length)
{
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
        const struct node *node = &hidden[i];

        if (length >= node->length &&
            memcmp(oid, node->oid, node->length * sizeof *oid) == 0)
            return true;
    }
    return false;
}

bool
view_allows(enum snmp_view view, const uint32_t *oid, size_t length)
{
    if (view == SNMP_VIEW_EVERYTHING)
        return true;
    return view == SNMP_VIEW_USER && !is_hidden(oid, length);
}

/* ---- asking the daemon ---- */

static void
copy_name(char *out, size_t size, const struct wire_frame *row, size_t column)
{
    (void)snprintf(out, size, "%s", wire_text(row, column));
}

static uint32_t
router_of(const struct access *access, const char *vr)
{
    if (str_equal(vr, "default"))
        return 0;
    for (size_t i = 0; i < access->context_count; i++) {
        if (str_equal(access->contexts[i].vr, vr))
            return access->contexts[i].router;
    }
    return UINT32_MAX; /* none: nothing is seen */
}

static void
take_agent(void *context, const struct wire_frame *row)
{
    struct access *access = context;

    if (access->name != NULL)
        return;
    access->is_enabled = wire_number(row, COLUMN_SNMP_AGENT_ENABLED) == 1;
    access->name = mem_strdup(wire_text(row, COLUMN_SNMP_AGENT_NAME));
    access->contact = mem_strdup(wire_text(row, COLUMN_SNMP_AGENT_CONTACT));
    access->location = mem_strdup(wire_text(row, COLUMN_SNMP_AGENT_LOCATION));
    access->description =
        mem_strdup(wire_text(row, COLUMN_SNMP_AGENT_DESCRIPTION));
    access->object_id = mem_strdup(wire_text(row, COLUMN_SNMP_AGENT_OBJECT_ID));
    access->packet_size =
        (uint32_t)wire_number(row, COLUMN_SNMP_AGENT_PACKET_SIZE);
    access->started_us =
        clock_monotonic_us() - wire_number(row, COLUMN_SNMP_AGENT_UPTIME_US);
    access->traps = wire_number(row, COLUMN_SNMP_AGENT_TRAPS) == 1;
    access->trap_severity =
        (enum event_severity)wire_number(row, COLUMN_SNMP_AGENT_TRAP_SEVERITY);
    access->trap_categories =
        wire_number(row, COLUMN_SNMP_AGENT_TRAP_CATEGORIES);
}

static void
take_context(void *context, const struct wire_frame *row)
{
    struct access *access = context;
    struct access_context *entry;

    access->contexts = mem_resize(access->contexts,
        (access->context_count + 1) * sizeof *access->contexts);
    entry = &access->contexts[access->context_count++];
    copy_name(
        entry->vr, sizeof entry->vr, row, COLUMN_SNMP_CONTEXT_VIRTUAL_ROUTER);
    entry->router =
        (uint32_t)wire_number(row, COLUMN_SNMP_CONTEXT_ROUTER_INDEX);
}

static void
take_community(void *context, const struct wire_frame *row)
{
    struct access *access = context;
    struct access_community *entry;

    access->communities = mem_resize(access->communities,
        (access->community_count + 1) * sizeof *access->communities);
    entry = &access->communities[access->community_count++];
    copy_name(entry->name, sizeof entry->name, row,
        COLUMN_SNMP_ACCESS_COMMUNITY_NAME);
    copy_name(entry->access_list, sizeof entry->access_list, row,
        COLUMN_SNMP_ACCESS_COMMUNITY_ACCESS_LIST);
    copy_name(entry->vr, sizeof entry->vr, row,
        COLUMN_SNMP_ACCESS_COMMUNITY_VIRTUAL_ROUTER);
    entry->router = router_of(access, entry->vr);
    entry->view =
        (enum snmp_view)wire_number(row, COLUMN_SNMP_ACCESS_COMMUNITY_VIEW);
    entry->privilege = (enum snmp_privilege)wire_number(
        row, COLUMN_SNMP_ACCESS_COMMUNITY_PRIVILEGE);
}

static void
take_entry(void *context, const struct wire_frame *row)
{
    struct access *access = context;
    struct access_entry *entry;
    bool is_any = !value_is_set(wire_at(row, COLUMN_SNMP_ACCESS_LIST_SOURCE));

    access->entries = mem_resize(
        access->entries, (access->entry_count + 1) * sizeof *access->entries);
    entry = &access->entries[access->entry_count++];
    *entry = (struct access_entry){
        .action = (enum access_action)wire_number(
            row, COLUMN_SNMP_ACCESS_LIST_ACTION),
        .source = (uint32_t)wire_number(row, COLUMN_SNMP_ACCESS_LIST_SOURCE),
        .wildcard = is_any ? UINT32_MAX
                           : (uint32_t)wire_number(
                                 row, COLUMN_SNMP_ACCESS_LIST_WILDCARD),
    };
    copy_name(entry->vr, sizeof entry->vr, row,
        COLUMN_SNMP_ACCESS_LIST_VIRTUAL_ROUTER);
    copy_name(
        entry->list, sizeof entry->list, row, COLUMN_SNMP_ACCESS_LIST_NAME);
}

static bool
is_set(const struct wire_frame *row, size_t column)
{
    return value_is_set(wire_at(row, column));
}

static void
take_user(void *context, const struct wire_frame *row)
{
    struct access *access = context;
    struct access_user *entry;

    access->users = mem_resize(
        access->users, (access->user_count + 1) * sizeof *access->users);
    entry = &access->users[access->user_count++];
    *entry = (struct access_user){
        .group = (enum snmp_group)wire_number(
            row, COLUMN_SNMP_ACCESS_USER_ACCESS_GROUP),
        .has_authentication =
            is_set(row, COLUMN_SNMP_ACCESS_USER_AUTHENTICATION),
        .authentication = (enum snmp_authentication)wire_number(
            row, COLUMN_SNMP_ACCESS_USER_AUTHENTICATION),
        .has_privacy = is_set(row, COLUMN_SNMP_ACCESS_USER_PRIVACY),
        .privacy = (enum snmp_privacy)wire_number(
            row, COLUMN_SNMP_ACCESS_USER_PRIVACY),
        .authentication_key = mem_strdup(
            wire_text(row, COLUMN_SNMP_ACCESS_USER_AUTHENTICATION_KEY)),
        .privacy_key =
            mem_strdup(wire_text(row, COLUMN_SNMP_ACCESS_USER_PRIVACY_KEY)),
    };
    copy_name(
        entry->name, sizeof entry->name, row, COLUMN_SNMP_ACCESS_USER_NAME);
    copy_name(entry->vr, sizeof entry->vr, row,
        COLUMN_SNMP_ACCESS_USER_VIRTUAL_ROUTER);
    entry->router = router_of(access, entry->vr);
}

enum err
access_read(const struct source_asker *asker, struct access **out_access)
{
    static const struct {
        enum schema_exec_id exec;
        void (*row)(void *context, const struct wire_frame *row);
    } steps[] = {
        {EXEC_SNMP_AGENT,              take_agent    },
        {EXEC_SNMP_CONTEXTS,           take_context  },
        {EXEC_SNMP_ACCESS_COMMUNITIES, take_community},
        {EXEC_SNMP_ACCESS_USERS,       take_user     },
        {EXEC_SNMP_ACCESS_LISTS,       take_entry    },
    };
    struct access *access = mem_alloc(sizeof *access);
    enum err error = OK;

    for (size_t i = 0; error == OK && i < sizeof steps / sizeof steps[0]; i++) {
        const struct link_question question = {
            .exec = steps[i].exec,
            .vr = "default",
            .row = steps[i].row,
            .context = access,
        };

        error = asker->ask(asker->context, &question);
    }
    if (error == OK && access->name == NULL)
        error = ERR_MALFORMED;
    if (error != OK) {
        access_free(access);
        return error;
    }
    *out_access = access;
    return OK;
}

void
access_free(struct access *access)
{
    if (access == NULL)
        return;
    for (size_t i = 0; i < access->user_count; i++) {
        free(access->users[i].authentication_key);
        free(access->users[i].privacy_key);
    }
    free(access->name);
    free(access->contact);
    free(access->location);
    free(access->description);
    free(access->object_id);
    free(access->contexts);
    free(access->communities);
    free(access->users);
    free(access->entries);
    free(access);
}

/* ---- contexts ---- */

const char *
access_context_name(uint32_t router, char out[ACCESS_CONTEXT_MAX])
{
    out[0] = '\0';
    if (router != 0) {
        (void)snprintf(
            out, ACCESS_CONTEXT_MAX, "%s%u", context_word, (unsigned)router);
    }
    return out;
}

/* "router3"; false: no context of ours. */
static bool
find_context(const struct access *access, const char *text, size_t length,
    uint32_t *out_router)
{
    char name[ACCESS_CONTEXT_MAX];

    for (size_t i = 0; i < access->context_count; i++) {
        uint32_t router = access->contexts[i].router;

        (void)access_context_name(router, name);
        if (strlen(name) == length && memcmp(name, text, length) == 0) {
            *out_router = router;
            return true;
        }
    }
    return false;
}

/* ---- communities ---- */

/* Secrets of a sort, but sent in clear: the time that it takes to compare
 * tells less than the network does. */
static bool
is_called(
    const struct access_community *community, const char *text, size_t length)
{
    return strlen(community->name) == length &&
           memcmp(community->name, text, length) == 0;
}

bool
access_community(const struct access *access, const char *text, size_t length,
    struct grant *out_grant)
{
    const char *at = length == 0 ? NULL : memrchr(text, '@', length);
    size_t base = at == NULL ? length : (size_t)(at - text);
    uint32_t asked = 0;
    bool has_context =
        at != NULL && find_context(access, at + 1, length - base - 1, &asked);

    if (length == 0)
        return false; /* text may be NULL */
    for (size_t i = 0; i < access->community_count; i++) {
        const struct access_community *community = &access->communities[i];
        bool is_whole = is_called(community, text, length);
        bool is_base = has_context && is_called(community, text, base) &&
                       (community->router == 0 || community->router == asked);

        if (!is_whole && !is_base)
            continue;
        out_grant->view = community->view;
        out_grant->router = is_whole ? community->router : asked;
        out_grant->access_list = community->access_list;
        out_grant->vr = community->vr;
        return true;
    }
    return false;
}

/* ---- access lists ---- */

static bool
entry_matches(const struct access_entry *entry, uint32_t address)
{
    return ((entry->source ^ address) & ~entry->wildcard) == 0;
}

bool
access_allows(
    const struct access *access, const struct grant *grant, uint32_t address)
{
    if (grant->access_list[0] == '\0')
        return true;
    for (size_t i = 0; i < access->entry_count; i++) {
        const struct access_entry *entry = &access->entries[i];

        if (entry_matches(entry, address) &&
            str_equal(entry->list, grant->access_list) &&
            str_equal(entry->vr, grant->vr))
            return entry->action == ACCESS_ACTION_PERMIT;
    }
    return false;
}

/* ---- users ---- */

static const struct access_user *
find_user(const struct access *access, const char *name)
{
    for (size_t i = 0; i < access->user_count; i++) {
        if (str_equal(access->users[i].name, name))
            return &access->users[i];
    }
    return NULL;
}

enum err
access_user(const struct access *access, const char *name, const char *context,
    size_t context_length, struct grant *out_grant)
{
    const struct access_user *user = find_user(access, name);
    uint32_t router = 0;

    if (user == NULL)
        return ERR_DENIED;
    if (context_length > 0 &&
        !find_context(access, context, context_length, &router))
        return ERR_NOT_FOUND;
    if (router == 0)
        router = user->router;
    if (user->router != 0 && user->router != router)
        return ERR_DENIED;
    out_grant->view =
        user->group == SNMP_GROUP_ADMIN ? SNMP_VIEW_EVERYTHING : SNMP_VIEW_USER;
    out_grant->router = router;
    out_grant->access_list = "";
    out_grant->vr = user->vr;
    return OK;
}

bool
access_user_needs(const struct access *access, const char *name,
    bool *out_authentication, bool *out_privacy)
{
    const struct access_user *user = find_user(access, name);

    if (user == NULL)
        return false;
    *out_authentication = user->has_authentication;
    *out_privacy = user->has_privacy;
    return true;
}
