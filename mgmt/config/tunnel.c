/*
 * tunnel.c - what a tunnel's settings mean together with those of its
 * transport virtual router: its source, the preshared key for its peer, and
 * the addresses of its identities.
 */
#include "config/checks.h"

#include <string.h>

const struct value *
tunnel_transport_vr(const struct object *tunnel)
{
    return field_is_set(tunnel, FIELD_TUNNEL_TRANSPORT_VR)
               ? &tunnel->fields[FIELD_TUNNEL_TRANSPORT_VR]
               : &tunnel->fields[FIELD_TUNNEL_VIRTUAL_ROUTER];
}

bool
config_tunnel_source(const struct config *config, const struct object *tunnel,
    uint32_t *out_address)
{
    const struct value *source = &tunnel->fields[FIELD_TUNNEL_SOURCE_ADDRESS];
    const struct object *vr;

    if (!value_is_set(source)) {
        vr = config_find(
            config, OBJECT_VIRTUAL_ROUTER, tunnel_transport_vr(tunnel));
        if (vr == NULL)
            return false;
        source = &vr->fields[FIELD_VIRTUAL_ROUTER_LOCAL_ENDPOINT];
    }
    if (!value_is_set(source))
        return false;
    *out_address = (uint32_t)source->number;
    return true;
}

static const struct object *
find_key(const struct config *config, const struct value *vr,
    const struct value *peer)
{
    struct value keys[] = {*vr, value_none(), value_none()};

    keys[peer->kind == VALUE_NUMBER ? FIELD_PRESHARED_KEY_ADDRESS
                                    : FIELD_PRESHARED_KEY_IDENTITY] = *peer;
    return config_find(config, OBJECT_PRESHARED_KEY, keys);
}

const struct object *
config_find_key(const struct config *config, const struct value *vr,
    const struct value *peer)
{
    const struct object *key = find_key(config, vr, peer);
    const char *at = strchr(value_string(peer), '@');
    struct value domain;

    if (key != NULL || at == NULL)
        return key;
    domain = value_text(at + 1);
    key = find_key(config, vr, &domain);
    value_done(&domain);
    return key;
}

/* The fields of an identity, in the order of the schema: local and peer have
 * the same. */
static struct cover
cover_of(const struct value *identity)
{
    const struct value *address = &identity[0];
    const struct value *mask = &identity[1];
    const struct value *first = &identity[2];
    const struct value *last = &identity[3];
    uint32_t bits = UINT32_MAX;

    if (value_is_set(first) && value_is_set(last)) {
        return (struct cover){(uint32_t)first->number, (uint32_t)last->number};
    }
    if (!value_is_set(address))
        return (struct cover){0, UINT32_MAX};
    if (value_is_set(mask))
        bits = (uint32_t)mask->number;
    return (struct cover){
        (uint32_t)address->number & bits, (uint32_t)address->number | ~bits};
}

struct cover
tunnel_local_cover(const struct object *tunnel)
{
    return cover_of(&tunnel->fields[FIELD_TUNNEL_LOCAL_IDENTITY_ADDRESS]);
}

struct cover
tunnel_peer_cover(const struct object *tunnel)
{
    return cover_of(&tunnel->fields[FIELD_TUNNEL_PEER_IDENTITY_ADDRESS]);
}

struct cover
config_tunnel_cover(const struct object *tunnel, bool is_local)
{
    return is_local ? tunnel_local_cover(tunnel) : tunnel_peer_cover(tunnel);
}
