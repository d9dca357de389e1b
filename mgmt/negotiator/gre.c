/*
 * gre.c - what IKE shall negotiate for a GRE tunnel: transport mode between
 * its ends, for GRE alone, by the transport profile that is for it.
 */
#include "negotiator/state.h"

#include "gen/views.h"
#include "ipsec/ipsec.h"

static struct ike_selector
end_of(uint32_t address)
{
    return (struct ike_selector){.first = address,
        .last = address,
        .is_address = true,
        .protocol = IPSEC_PROFILE_PAYLOAD};
}

static void
read_profile(const struct config *to, const struct object *profile,
    struct ike_tunnel *tunnel)
{
    struct cfg_transport_profile view;
    struct cfg_system system;
    unsigned count;

    cfg_transport_profile_read(profile->fields, &view);
    cfg_system_read(config_next(to, OBJECT_SYSTEM, NULL)->fields, &system);
    count = value_list_count(view.transforms);
    for (unsigned i = 0; i < count && i < IKE_TRANSFORMS_MAX; i++) {
        tunnel->transforms[tunnel->transform_count++] =
            (enum transform)value_list_at(view.transforms, i);
    }
    if (view.has_pfs_group)
        tunnel->pfs_group = group_number(ENUM_PFS_GROUP, view.pfs_group);
    tunnel->lifetime_s = view.has_lifetime_seconds
                             ? view.lifetime_seconds
                             : system.ipsec_lifetime_seconds;
    tunnel->lifetime_kb = view.has_lifetime_kilobytes
                              ? view.lifetime_kilobytes
                              : system.ipsec_lifetime_kilobytes;
}

bool
read_gre(const struct negotiator *negotiator, const struct config *to,
    const struct object *object, struct ike_tunnel *out_tunnel)
{
    const struct object *profile = config_gre_profile(to, object);
    struct ike_tunnel tunnel = {.is_transport = true};
    struct cfg_gre_tunnel view;

    cfg_gre_tunnel_read(object->fields, &view);
    if (profile == NULL || profile_has_keys(profile) || view.shutdown ||
        view.ip_shutdown ||
        ipsec_interface(negotiator->ipsec, object, &tunnel.number) != OK ||
        ipsec_vr(negotiator->ipsec, value_string(gre_transport_vr(object)),
            &tunnel.vr) != OK)
        return false;
    tunnel.local = view.source;
    tunnel.remote.address = view.destination;
    tunnel.local_selector = end_of(view.source);
    tunnel.remote_selector = end_of(view.destination);
    read_profile(to, profile, &tunnel);
    *out_tunnel = tunnel;
    return true;
}
