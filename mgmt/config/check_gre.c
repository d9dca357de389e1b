/*
 * check_gre.c - GRE tunnels, and the transport profiles that protect them.
 *
 * The keys of a profile are looked at as those of a manual tunnel are.
 */
#include "config/checks.h"

#include "base/ip.h"
#include "dp.h"
#include "gen/enums.h"

/* ---- tunnels ---- */

static void
check_ends(const struct check *check, const struct object *object)
{
    uint64_t source = field_number(object, FIELD_GRE_TUNNEL_SOURCE);
    uint64_t peer = field_number(object, FIELD_GRE_TUNNEL_DESTINATION);
    const struct value *vr = gre_transport_vr(object);
    const struct object *owner;
    char text[IP_TEXT_SIZE];

    owner = config_find_address(check->to, vr, (uint32_t)source);
    if (field_is_set(object, FIELD_GRE_TUNNEL_SOURCE) &&
        (owner == NULL || owner == object)) {
        check_error(check, object, SETTING_GRE_TUNNEL_SOURCE,
            "%s is not an address of virtual router `%s`: give one of its "
            "interfaces this address, or set `tunnel source` to an address "
            "that it has.",
            ip_format((uint32_t)source, text), value_string(vr));
    }
    if (!field_is_set(object, FIELD_GRE_TUNNEL_DESTINATION))
        return;
    (void)ip_format((uint32_t)peer, text);
    if (!address_is_unicast(peer)) {
        check_error(check, object, SETTING_GRE_TUNNEL_DESTINATION,
            "%s is not an address that a router can have.", text);
    } else if (peer == source) {
        check_error(check, object, SETTING_GRE_TUNNEL_DESTINATION,
            "%s is the tunnel's own source: give the address of the other "
            "end.",
            text);
    }
}

/* A packet belongs to the tunnel of its ends. */
static void
check_ends_unique(const struct check *check, const struct object *object)
{
    const struct object *other;

    if (!field_is_set(object, FIELD_GRE_TUNNEL_SOURCE) ||
        !field_is_set(object, FIELD_GRE_TUNNEL_DESTINATION))
        return;
    other = config_other_at(check->to, ORDER_GRE, object);
    if (other == NULL)
        return;
    check_error(check, object, SETTING_GRE_TUNNEL_DESTINATION,
        "GRE tunnel `%s` of virtual router `%s` has the same source and "
        "destination: packets would not tell which one they belong to.",
        field_text(other, FIELD_GRE_TUNNEL_NAME),
        field_text(other, FIELD_GRE_TUNNEL_VIRTUAL_ROUTER));
}

static void
check_way(const struct check *check, const struct object *object)
{
    uint32_t peer =
        (uint32_t)field_number(object, FIELD_GRE_TUNNEL_DESTINATION);
    const struct value *vr = gre_transport_vr(object);
    const struct object *out;
    char text[IP_TEXT_SIZE];
    bool covered;

    if (!field_is_set(object, FIELD_GRE_TUNNEL_DESTINATION))
        return;
    out = reach_of(check->to, vr, peer, &covered);
    if (!covered) {
        check_note(check, NOTE_NO_ROUTE, object, SETTING_GRE_TUNNEL_DESTINATION,
            "No route of virtual router `%s` leads to %s: add an `ip route` "
            "there.",
            value_string(vr), ip_format(peer, text));
    } else if (out == object) {
        check_note(check, NOTE_LOOP, object, SETTING_GRE_TUNNEL_DESTINATION,
            "The route to the destination leads into the tunnel itself: add "
            "an `ip route` to it by another way.");
    }
}

/* A profile without session keys: IKE needs a key for the other end. */
static void
check_protection(const struct check *check, const struct object *object)
{
    const struct object *profile = config_gre_profile(check->to, object);

    if (profile == NULL || profile_has_keys(profile))
        return;
    check_key_for(check, object, SETTING_GRE_TUNNEL_DESTINATION,
        gre_transport_vr(object),
        &object->fields[FIELD_GRE_TUNNEL_DESTINATION]);
}

const struct object *
find_negotiated_gre(
    const struct check *check, const struct value *vr, const struct value *peer)
{
    const struct object *gre = NULL;

    while ((gre = config_next(check->to, OBJECT_GRE_TUNNEL,
                gre != NULL ? gre->fields : NULL)) != NULL) {
        const struct object *profile;

        if (!value_equal(gre_transport_vr(gre), vr) ||
            !value_equal(&gre->fields[FIELD_GRE_TUNNEL_DESTINATION], peer))
            continue;
        profile = config_gre_profile(check->to, gre);
        if (profile != NULL && !profile_has_keys(profile))
            return gre;
    }
    return NULL;
}

void
check_gre_tunnel(const struct check *check, const struct object *object)
{
    check_address(check, object, SETTING_GRE_TUNNEL_IP);
    check_policy_input(check, object, SETTING_GRE_TUNNEL_IP_POLICY_INPUT);
    check_ends(check, object);
    check_ends_unique(check, object);
    check_protection(check, object);
    if (check->changed)
        check_way(check, object);
}

/* ---- profiles ---- */

static const struct session_key profile_keys[] = {
    {SETTING_TRANSPORT_PROFILE_SESSION_KEY_INBOUND,
     FIELD_TRANSPORT_PROFILE_SESSION_KEY_INBOUND_TRANSFORM,  FIELD_TRANSPORT_PROFILE_SESSION_KEY_INBOUND_SPI,
     FIELD_TRANSPORT_PROFILE_SESSION_KEY_INBOUND_KEY },
    {SETTING_TRANSPORT_PROFILE_SESSION_KEY_OUTBOUND,
     FIELD_TRANSPORT_PROFILE_SESSION_KEY_OUTBOUND_TRANSFORM, FIELD_TRANSPORT_PROFILE_SESSION_KEY_OUTBOUND_SPI,
     FIELD_TRANSPORT_PROFILE_SESSION_KEY_OUTBOUND_KEY},
};

static void
check_applications(const struct check *check, const struct object *object)
{
    uint64_t list = field_number(object, FIELD_TRANSPORT_PROFILE_APPLICATION);

    if (!check->changed || value_list_count(list) == 0 ||
        (value_list_count(list) == 1 && profile_is_for_gre(object)))
        return;
    check_kept(check, object,
        "This router protects GRE only: dvmrp, l2tp and l2tp-nat-passthrough "
        "are kept without effect.");
}

/* By hand: both SAs, between two addresses, by one transform. */
static void
check_by_hand(const struct check *check, const struct object *object)
{
    static const struct {
        uint16_t setting;
        size_t field;
        const char *sentence;
    } needed[] = {
        {SETTING_TRANSPORT_PROFILE_LOCAL_IP,             FIELD_TRANSPORT_PROFILE_LOCAL_IP,
         "Set `local ip address`: SAs by hand are between two addresses."                                                                                          },
        {SETTING_TRANSPORT_PROFILE_REMOTE_IP,            FIELD_TRANSPORT_PROFILE_REMOTE_IP,
         "Set `remote ip address`: SAs by hand are between two addresses."                                                                                         },
        {SETTING_TRANSPORT_PROFILE_SESSION_KEY_INBOUND,
         FIELD_TRANSPORT_PROFILE_SESSION_KEY_INBOUND_KEY,                                   "Set `session-key-inbound`: SAs by hand are needed in both directions."},
        {SETTING_TRANSPORT_PROFILE_SESSION_KEY_OUTBOUND,
         FIELD_TRANSPORT_PROFILE_SESSION_KEY_OUTBOUND_KEY,                                  "Set `session-key-outbound`: SAs by hand are needed in both "
            "directions."                                                                                },
    };
    uint64_t list = field_number(object, FIELD_TRANSPORT_PROFILE_TRANSFORMS);

    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        if (!field_is_set(object, needed[i].field)) {
            check_error(
                check, object, needed[i].setting, "%s", needed[i].sentence);
        }
    }
    if (value_list_count(list) > 1) {
        check_error(check, object, SETTING_TRANSPORT_PROFILE_TRANSFORMS,
            "SAs by hand have one transform, but the profile has %u: name "
            "exactly one.",
            value_list_count(list));
    }
    for (size_t i = 0; i < 2; i++) {
        check_session_key(
            check, object, &profile_keys[i], list, "the profile's `transform`");
    }
    if (check->changed &&
        (!object_setting_equal(
             object, NULL, SETTING_TRANSPORT_PROFILE_LIFETIME) ||
            field_is_set(object, FIELD_TRANSPORT_PROFILE_PFS_GROUP))) {
        check_note(check, NOTE_NO_EFFECT, object, SCHEMA_NONE,
            "SAs by hand are not negotiated: `lifetime` and `pfs group` have "
            "no effect.");
    }
}

static void
check_profile_ends(const struct check *check, const struct object *object)
{
    const struct value *fields = object->fields;
    const struct value *vr = &fields[FIELD_TRANSPORT_PROFILE_VIRTUAL_ROUTER];
    uint32_t local =
        (uint32_t)field_number(object, FIELD_TRANSPORT_PROFILE_LOCAL_IP);
    const struct object *at = NULL;
    char text[IP_TEXT_SIZE];

    if (field_is_set(object, FIELD_TRANSPORT_PROFILE_LOCAL_IP) &&
        config_find_address(check->to, vr, local) == NULL) {
        check_error(check, object, SETTING_TRANSPORT_PROFILE_LOCAL_IP,
            "%s is not an address of virtual router `%s`.",
            ip_format(local, text), value_string(vr));
    }
    while ((at = config_next_child(
                check->to, OBJECT_TRANSPORT_PROFILE, vr, 1, at)) != NULL) {
        if (at == object || !profile_is_for_gre(at) ||
            !profile_is_for_gre(object) ||
            !value_equal(&at->fields[FIELD_TRANSPORT_PROFILE_LOCAL_IP],
                &fields[FIELD_TRANSPORT_PROFILE_LOCAL_IP]) ||
            !value_equal(&at->fields[FIELD_TRANSPORT_PROFILE_REMOTE_IP],
                &fields[FIELD_TRANSPORT_PROFILE_REMOTE_IP]))
            continue;
        check_error(check, object, SCHEMA_NONE,
            "Profile `%s` is for GRE between the same ends: give one of them "
            "others, or remove it.",
            field_text(at, FIELD_TRANSPORT_PROFILE_NAME));
        return;
    }
}

static uint8_t
protocol_of(const struct object *object, size_t transform)
{
    return sa_transform_of((enum transform)field_number(object, transform))
        ->protocol;
}

/* Would an arriving packet find two SAs? */
static bool
is_same_inbound(const struct object *profile, const struct object *object,
    const struct session_key *key, uint64_t address)
{
    const struct session_key *own = &profile_keys[0];

    return profile_has_keys(profile) &&
           field_number(profile, FIELD_TRANSPORT_PROFILE_LOCAL_IP) == address &&
           value_equal(&profile->fields[own->spi], &object->fields[key->spi]) &&
           protocol_of(profile, own->transform) ==
               protocol_of(object, key->transform);
}

void
check_inbound_of_profiles(const struct check *check,
    const struct object *object, const struct session_key *key,
    const struct inbound_end *end)
{
    const struct object *at = NULL;

    while ((at = config_next_child(
                check->to, OBJECT_TRANSPORT_PROFILE, end->vr, 1, at)) != NULL) {
        if (at == object || !is_same_inbound(at, object, key, end->address))
            continue;
        check_error(check, object, key->setting,
            "Transport profile `%s` has the same inbound SPI at the same "
            "address: choose another SPI here and at the peer.",
            field_text(at, FIELD_TRANSPORT_PROFILE_NAME));
        return;
    }
}

/* A manual tunnel with such an inbound SA. */
static void
check_inbound_of_tunnels(const struct check *check, const struct object *object)
{
    const struct session_key *key = &profile_keys[0];
    const struct value *local =
        &object->fields[FIELD_TRANSPORT_PROFILE_LOCAL_IP];
    const struct object *tunnel =
        find_manual_inbound(check, object, key, local);

    if (tunnel == NULL)
        return;
    check_error(check, object, key->setting,
        "Tunnel `%s` of virtual router `%s` has the same inbound SPI at the "
        "same address: choose another SPI here and at the peer.",
        field_text(tunnel, FIELD_TUNNEL_NAME),
        field_text(tunnel, FIELD_TUNNEL_VIRTUAL_ROUTER));
}

void
check_transport_profile(const struct check *check, const struct object *object)
{
    const struct inbound_end end = {
        .vr = &object->fields[FIELD_TRANSPORT_PROFILE_VIRTUAL_ROUTER],
        .address = field_number(object, FIELD_TRANSPORT_PROFILE_LOCAL_IP),
    };

    check_applications(check, object);
    check_profile_ends(check, object);
    if (check->changed) {
        check_weak_transforms(check, object,
            field_number(object, FIELD_TRANSPORT_PROFILE_TRANSFORMS));
    }
    if (!field_is_set(
            object, FIELD_TRANSPORT_PROFILE_SESSION_KEY_INBOUND_KEY) &&
        !field_is_set(object, FIELD_TRANSPORT_PROFILE_SESSION_KEY_OUTBOUND_KEY))
        return;
    check_by_hand(check, object);
    check_inbound_of_profiles(check, object, &profile_keys[0], &end);
    check_inbound_of_tunnels(check, object);
}
