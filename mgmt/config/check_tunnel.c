/* check_tunnel.c - secure IP interfaces, of both kinds. */
#include "config/checks.h"

#include "base/ip.h"
#include "base/str.h"
#include "gen/enums.h"

/* Names are the router's: a tunnel is found by its name alone. */
static void
check_name(const struct check *check, const struct object *object)
{
    const struct object *other = config_other_at(check->to, ORDER_NAME, object);

    if (other == NULL)
        return;
    check_error(check, object, SCHEMA_NONE,
        "Virtual router `%s` has a tunnel of this name: choose another name, "
        "or remove that one.",
        field_text(other, FIELD_TUNNEL_VIRTUAL_ROUTER));
}

static void
check_source(const struct check *check, const struct object *object)
{
    uint32_t source =
        (uint32_t)field_number(object, FIELD_TUNNEL_SOURCE_ADDRESS);
    const struct value *vr = tunnel_transport_vr(object);
    const struct object *owner;
    char text[IP_TEXT_SIZE];

    if (!field_is_set(object, FIELD_TUNNEL_SOURCE_ADDRESS))
        return;
    owner = config_find_address(check->to, vr, source);
    if (owner != NULL && !address_is_of(owner, object))
        return; /* the tunnel's own inner addresses do not count */
    check_error(check, object, SETTING_TUNNEL_SOURCE,
        "%s is not an address of virtual router `%s`: give one of its "
        "interfaces this address, or set `tunnel source` to an address that "
        "it has.",
        ip_format(source, text), value_string(vr));
}

static void
check_peer(const struct check *check, const struct object *object,
    uint16_t setting, size_t field)
{
    uint64_t peer = field_number(object, field);
    char text[IP_TEXT_SIZE];
    uint32_t source;

    if (!field_is_set(object, field))
        return;
    if (!address_is_unicast(peer)) {
        check_error(check, object, setting,
            "%s is not an address that a gateway can have.",
            ip_format((uint32_t)peer, text));
    } else if (config_tunnel_source(check->to, object, &source) &&
               peer == source) {
        check_error(check, object, setting,
            "%s is the tunnel's own source: give the address of the other "
            "end.",
            ip_format((uint32_t)peer, text));
    }
}

/* The backup says its peer in the same way as the destination, and says
 * another one. */
static void
check_backup(const struct check *check, const struct object *object)
{
    const struct value *fields = object->fields;
    bool address =
        field_is_set(object, FIELD_TUNNEL_BACKUP_DESTINATION_ADDRESS);

    if (object_setting_equal(object, NULL, SETTING_TUNNEL_BACKUP_DESTINATION) ||
        object_setting_equal(object, NULL, SETTING_TUNNEL_DESTINATION))
        return;
    if (address != field_is_set(object, FIELD_TUNNEL_DESTINATION_ADDRESS)) {
        check_error(check, object, SETTING_TUNNEL_BACKUP_DESTINATION,
            "The destination is %s and the backup is not: give both the same "
            "way.",
            address ? "an identity" : "an address");
    } else if (value_equal(&fields[FIELD_TUNNEL_BACKUP_DESTINATION_ADDRESS],
                   &fields[FIELD_TUNNEL_DESTINATION_ADDRESS]) &&
               value_equal(&fields[FIELD_TUNNEL_BACKUP_DESTINATION_IDENTITY],
                   &fields[FIELD_TUNNEL_DESTINATION_IDENTITY])) {
        check_error(check, object, SETTING_TUNNEL_BACKUP_DESTINATION,
            "The backup is the destination itself: give another gateway, or "
            "`no tunnel destination backup`.");
    }
}

/* Whom a certificate proves is asked where the destination does not say it. */
static void
check_certificate(const struct check *check, const struct object *object)
{
    bool is_named = field_is_set(object, FIELD_TUNNEL_DESTINATION_IDENTITY);
    bool has_backup =
        field_is_set(object, FIELD_TUNNEL_BACKUP_DESTINATION_ADDRESS);

    if (is_named && field_is_set(object, FIELD_TUNNEL_PEER_CERTIFICATE)) {
        check_error(check, object, SETTING_TUNNEL_PEER_CERTIFICATE,
            "The destination is an identity, which the peer's certificate has "
            "to prove: `no tunnel peer-certificate identity`.");
    }
    if (!has_backup && field_is_set(object, FIELD_TUNNEL_BACKUP_CERTIFICATE)) {
        check_error(check, object, SETTING_TUNNEL_BACKUP_CERTIFICATE,
            "There is no backup destination with an address: set `tunnel "
            "destination backup`, or `no tunnel peer-certificate backup`.");
    }
}

static void
check_range(const struct check *check, const struct object *object,
    uint16_t setting, size_t first_field, size_t last_field)
{
    uint64_t first = field_number(object, first_field);
    uint64_t last = field_number(object, last_field);
    char first_text[IP_TEXT_SIZE];
    char last_text[IP_TEXT_SIZE];

    if (!field_is_set(object, first_field) || first <= last)
        return;
    check_error(check, object, setting,
        "The range ends before it begins: type `range %s %s`.",
        ip_format((uint32_t)last, last_text),
        ip_format((uint32_t)first, first_text));
}

static void
check_identities(const struct check *check, const struct object *object)
{
    check_end_identity(
        check, object, SETTING_TUNNEL_SOURCE, FIELD_TUNNEL_SOURCE_IDENTITY);
    check_end_identity(check, object, SETTING_TUNNEL_DESTINATION,
        FIELD_TUNNEL_DESTINATION_IDENTITY);
    check_end_identity(check, object, SETTING_TUNNEL_BACKUP_DESTINATION,
        FIELD_TUNNEL_BACKUP_DESTINATION_IDENTITY);
    check_range(check, object, SETTING_TUNNEL_LOCAL_IDENTITY,
        FIELD_TUNNEL_LOCAL_IDENTITY_FIRST, FIELD_TUNNEL_LOCAL_IDENTITY_LAST);
    check_range(check, object, SETTING_TUNNEL_PEER_IDENTITY,
        FIELD_TUNNEL_PEER_IDENTITY_FIRST, FIELD_TUNNEL_PEER_IDENTITY_LAST);
}

void
check_tunnel(const struct check *check, const struct object *object)
{
    bool manual =
        field_number(object, FIELD_TUNNEL_SIGNALING) == SIGNALING_MANUAL;

    check_name(check, object);
    check_address(check, object, SETTING_TUNNEL_IP);
    check_policy_input(check, object, SETTING_TUNNEL_IP_POLICY_INPUT);
    check_unnumbered(check, object);
    check_source(check, object);
    check_peer(check, object, SETTING_TUNNEL_DESTINATION,
        FIELD_TUNNEL_DESTINATION_ADDRESS);
    check_peer(check, object, SETTING_TUNNEL_BACKUP_DESTINATION,
        FIELD_TUNNEL_BACKUP_DESTINATION_ADDRESS);
    check_identities(check, object);
    if (manual) {
        check_manual(check, object);
    } else {
        check_backup(check, object);
        check_certificate(check, object);
    }
    if (!check->changed)
        return;
    check_path(check, object);
    check_overlaps(check, object);
    if (!manual) {
        check_tunnel_keys(check, object);
        check_weak_pfs(check, object);
    }
}
