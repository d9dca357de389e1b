/*
 * affected.c - tunnels that did not change themselves, but whose SAs or ends
 * follow from an object that did.
 *
 *    local endpoint of a virtual router    tunnels without a source there
 *    transport profile                     GRE tunnels that it is or was for
 *
 * They join the change set with the same object on both sides: it is then
 * what the dataplane shall have for it that differs.  (An object that did not
 * change is the very same in both configurations.)
 */
#include "ipsec/manager.h"

/* Both configurations of a commit, and the set that grows. */
struct search {
    const struct config *from;
    const struct config *to;
    struct change_set *out;
};

static bool
moves_endpoint(const struct change *change)
{
    return change->before != NULL && change->after != NULL &&
           change->after->type == OBJECT_VIRTUAL_ROUTER &&
           change_touches(change, SETTING_VIRTUAL_ROUTER_LOCAL_ENDPOINT);
}

static bool
is_of_profile(const struct change *change)
{
    const struct object *either = change_object(change);

    return either->type == OBJECT_TRANSPORT_PROFILE;
}

static void
add(const struct search *search, const struct object *tunnel)
{
    if (config_find(search->from, tunnel->type, tunnel->fields) == tunnel)
        change_set_add(search->out, tunnel, tunnel);
}

static void
add_moved(const struct search *search, const struct value *vr)
{
    const struct object *tunnel = NULL;

    while (
        (tunnel = config_next_without_source(search->to, vr, tunnel)) != NULL)
        add(search, tunnel);
}

/* Does one of the changed profiles reach it?  Once is enough. */
static bool
is_reached(const struct change_set *set, const struct object *gre)
{
    for (size_t i = 0; i < set->count; i++) {
        if (is_of_profile(&set->changes[i]) &&
            profile_change_reaches(&set->changes[i], gre))
            return true;
    }
    return false;
}

static void
add_protected(const struct search *search, const struct change_set *set)
{
    const struct object *gre = NULL;

    while ((gre = config_next(search->to, OBJECT_GRE_TUNNEL,
                gre == NULL ? NULL : gre->fields)) != NULL) {
        if (is_reached(set, gre))
            add(search, gre);
    }
}

bool
affected_any(const struct change_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        if (moves_endpoint(&set->changes[i]) || is_of_profile(&set->changes[i]))
            return true;
    }
    return false;
}

void
affected_with(const struct config *from, const struct config *to,
    const struct change_set *set, struct change_set *out_set)
{
    const struct search search = {from, to, out_set};
    bool has_profile = false;

    for (size_t i = 0; i < set->count; i++) {
        const struct change *change = &set->changes[i];

        change_set_add(out_set, change->before, change->after);
        if (moves_endpoint(change))
            add_moved(&search, &change->after->fields[0]);
        has_profile = has_profile || is_of_profile(change);
    }
    if (has_profile)
        add_protected(&search, set);
}
