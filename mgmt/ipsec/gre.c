/*
 * gre.c - what the dataplane shall have for a GRE tunnel: its interface, and
 * where a transport profile protects it, the profile's SAs.
 *
 * SAs of a profile without keys are negotiated (mgmt/negotiator); until they
 * stand the tunnel is down, and nothing leaves it in clear.
 */
#include "ipsec/manager.h"

static struct sa_wish
inbound_of(const struct object *profile, const struct cfg_transport_profile *v)
{
    return (struct sa_wish){
        .is_wanted = v->session_key_inbound_key != NULL,
        .payload = IPSEC_PROFILE_PAYLOAD,
        .transform = v->session_key_inbound_transform,
        .spi = v->session_key_inbound_spi,
        .key = v->session_key_inbound_key,
        .owner = profile,
    };
}

static struct sa_wish
outbound_of(const struct object *profile, const struct cfg_transport_profile *v)
{
    return (struct sa_wish){
        .is_wanted = v->session_key_outbound_key != NULL,
        .payload = IPSEC_PROFILE_PAYLOAD,
        .transform = v->session_key_outbound_transform,
        .spi = v->session_key_outbound_spi,
        .key = v->session_key_outbound_key,
        .owner = profile,
    };
}

static void
protect(
    const struct config *config, const struct object *object, struct wish *wish)
{
    const struct object *profile = config_gre_profile(config, object);
    struct cfg_transport_profile view;

    if (profile == NULL)
        return;
    cfg_transport_profile_read(profile->fields, &view);
    wish->interface.tunnel.is_protected = true;
    wish->inbound = inbound_of(profile, &view);
    wish->outbound = outbound_of(profile, &view);
}

enum err
wish_gre(const struct ipsec *ipsec, const struct config *config,
    const struct object *object, struct wish *out_wish)
{
    struct dp_interface *to = &out_wish->interface;
    struct cfg_gre_tunnel view;
    enum err error;

    cfg_gre_tunnel_read(object->fields, &view);
    to->kind = DP_INTERFACE_GRE;
    to->enabled = !view.shutdown && !view.ip_shutdown;
    to->has_address = view.has_ip_address;
    to->address = view.ip_address;
    to->mask = view.ip_mask;
    to->mtu = view.mtu;
    to->tunnel.source = view.source;
    to->tunnel.destination = view.destination;
    to->tunnel.local.last = UINT32_MAX;
    to->tunnel.remote.last = UINT32_MAX;
    protect(config, object, out_wish);
    error = ipsec_vr(ipsec, value_string(gre_transport_vr(object)),
        &to->tunnel.transport_vr);
    if (error == OK)
        error = wish_policy(ipsec, view.ip_policy_input, &to->policy);
    if (error != OK)
        return error;
    return ipsec_vr(ipsec, view.virtual_router, &to->vr);
}
