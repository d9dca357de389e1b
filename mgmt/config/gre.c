/*
 * gre.c - which IPsec transport profile protects a GRE tunnel.
 *
 * A profile for GRE of the tunnel's transport virtual router, whose ends are
 * the tunnel's or are left out, which means any.  Of several the closest one:
 * both ends, this end, the other end, none; then by name.
 */
#include "config/checks.h"

#include "gen/enums.h"

const struct value *
gre_transport_vr(const struct object *gre)
{
    return field_is_set(gre, FIELD_GRE_TUNNEL_TRANSPORT_VR)
               ? &gre->fields[FIELD_GRE_TUNNEL_TRANSPORT_VR]
               : &gre->fields[FIELD_GRE_TUNNEL_VIRTUAL_ROUTER];
}

bool
profile_is_for_gre(const struct object *profile)
{
    uint64_t list = field_number(profile, FIELD_TRANSPORT_PROFILE_APPLICATION);

    for (unsigned i = 0; i < value_list_count(list); i++) {
        if (value_list_at(list, i) == PROFILE_APPLICATION_GRE)
            return true;
    }
    return false;
}

bool
profile_has_keys(const struct object *profile)
{
    return field_is_set(
               profile, FIELD_TRANSPORT_PROFILE_SESSION_KEY_INBOUND_KEY) &&
           field_is_set(
               profile, FIELD_TRANSPORT_PROFILE_SESSION_KEY_OUTBOUND_KEY);
}

static bool
allows(const struct object *profile, size_t end, const struct object *gre,
    size_t gre_end)
{
    return !field_is_set(profile, end) ||
           value_equal(&profile->fields[end], &gre->fields[gre_end]);
}

bool
profile_matches(const struct object *profile, const struct object *gre)
{
    return profile_is_for_gre(profile) &&
           value_equal(&profile->fields[FIELD_TRANSPORT_PROFILE_VIRTUAL_ROUTER],
               gre_transport_vr(gre)) &&
           allows(profile, FIELD_TRANSPORT_PROFILE_LOCAL_IP, gre,
               FIELD_GRE_TUNNEL_SOURCE) &&
           allows(profile, FIELD_TRANSPORT_PROFILE_REMOTE_IP, gre,
               FIELD_GRE_TUNNEL_DESTINATION);
}

static int
closeness(const struct object *profile)
{
    return 2 * field_is_set(profile, FIELD_TRANSPORT_PROFILE_LOCAL_IP) +
           field_is_set(profile, FIELD_TRANSPORT_PROFILE_REMOTE_IP);
}

const struct object *
config_gre_profile(const struct config *config, const struct object *gre)
{
    const struct value *vr = gre_transport_vr(gre);
    const struct object *best = NULL;
    const struct object *at = NULL;

    while ((at = config_next_child(
                config, OBJECT_TRANSPORT_PROFILE, vr, 1, at)) != NULL) {
        if (profile_matches(at, gre) &&
            (best == NULL || closeness(at) > closeness(best)))
            best = at;
    }
    return best;
}

bool
profile_change_reaches(const struct change *change, const struct object *gre)
{
    return (change->before != NULL && profile_matches(change->before, gre)) ||
           (change->after != NULL && profile_matches(change->after, gre));
}
