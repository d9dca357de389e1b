/*
 * check_keys.c - preshared keys, identities, and who has no key or no tunnel.
 */
#include "config/checks.h"

#include "base/ip.h"
#include "base/secret.h"
#include "base/str.h"
#include "gen/enums.h"

#include <string.h>

enum { LABEL_MAX = 63 };

/* ---- the form of an identity ---- */

static bool
is_label_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* Labels of letters, digits and hyphens with dots between (RFC 1123, 2.1);
 * the last one is no number, or it would be an address. */
static bool
is_fqdn(const char *text)
{
    for (;;) {
        size_t digits = strspn(text, "0123456789");
        size_t length = 0;

        while (is_label_char(text[length]))
            length++;
        if (length == 0 || length > LABEL_MAX || text[0] == '-' ||
            text[length - 1] == '-')
            return false;
        if (text[length] == '\0')
            return digits < length;
        if (text[length] != '.')
            return false;
        text += length + 1;
    }
}

static bool
is_identity(const char *text)
{
    const char *at = strchr(text, '@');

    if (at == NULL)
        return is_fqdn(text);
    if (at == text || memchr(text, ' ', (size_t)(at - text)) != NULL)
        return false;
    return is_fqdn(at + 1);
}

/* A certificate's subject: C=XT, O=Example, CN=gate; a backslash before what
 * would end a part. */
static bool
is_subject(const char *text)
{
    for (;;) {
        size_t key;
        size_t value = 0;

        text += strspn(text, " ");
        key = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                           "abcdefghijklmnopqrstuvwxyz.0123456789");
        if (key == 0 || text[key] != '=')
            return false;
        text += key + 1;
        while (text[value] != '\0' && text[value] != ',')
            value += text[value] == '\\' && text[value + 1] != '\0' ? 2 : 1;
        if (strspn(text, " ") >= value)
            return false;
        if (text[value] == '\0')
            return true;
        text += value + 1;
    }
}

void
check_identity(const struct check *check, const struct object *object,
    uint16_t setting, size_t field)
{
    const char *text = field_text(object, field);
    uint32_t address;

    if (!field_is_set(object, field) || is_identity(text))
        return;
    if (ip_parse(text, &address) == OK) {
        check_error(check, object, setting,
            "%s is an address: leave the word `identity` out.", text);
    } else {
        check_error(check, object, setting,
            "`%s` is no FQDN or user@FQDN: give one as `branch.isp.net` or "
            "`user@branch.isp.net`.",
            text);
    }
}

void
check_end_identity(const struct check *check, const struct object *object,
    uint16_t setting, size_t field)
{
    const char *text = field_text(object, field);

    if (!field_is_set(object, field) || is_subject(text))
        return;
    if (strchr(text, '=') == NULL) {
        check_identity(check, object, setting, field);
        return;
    }
    check_error(check, object, setting,
        "`%s` is no subject of a certificate: give one as \"C=XT, O=Example, "
        "CN=gate\".",
        text);
}

/* ---- tunnels and their keys ---- */

/* Does any IKE rule (or the one that is there without any) want a key? */
static bool
keys_are_used(const struct check *check)
{
    const struct object *rule = NULL;
    bool any = false;

    while ((rule = config_next(check->to, OBJECT_IKE_POLICY_RULE,
                rule == NULL ? NULL : rule->fields)) != NULL) {
        if (field_number(rule, FIELD_IKE_POLICY_RULE_AUTHENTICATION) ==
            IKE_AUTHENTICATION_PRE_SHARE)
            return true;
        any = true;
    }
    return !any;
}

void
check_key_for(const struct check *check, const struct object *tunnel,
    uint16_t setting, const struct value *vr, const struct value *peer)
{
    bool is_address = peer->kind == VALUE_NUMBER;
    char text[IP_TEXT_SIZE];

    if (!value_is_set(peer) || config_find_key(check->to, vr, peer) != NULL ||
        !keys_are_used(check) ||
        (!is_address && strchr(value_string(peer), '=') != NULL))
        return; /* a subject is for certificates */
    check_note(check, NOTE_NO_KEY, tunnel, setting,
        "Virtual router `%s` has no preshared key for it: type `ipsec key "
        "manual pre-share %s%s` there, and `key`.",
        value_string(vr), is_address ? "" : "identity ",
        is_address ? ip_format((uint32_t)peer->number, text)
                   : value_string(peer));
}

static void
check_peer_key(const struct check *check, const struct object *tunnel,
    uint16_t setting, size_t address, size_t identity)
{
    const struct value *fields = tunnel->fields;

    check_key_for(check, tunnel, setting, tunnel_transport_vr(tunnel),
        value_is_set(&fields[address]) ? &fields[address] : &fields[identity]);
}

void
check_tunnel_keys(const struct check *check, const struct object *object)
{
    check_peer_key(check, object, SETTING_TUNNEL_DESTINATION,
        FIELD_TUNNEL_DESTINATION_ADDRESS, FIELD_TUNNEL_DESTINATION_IDENTITY);
    check_peer_key(check, object, SETTING_TUNNEL_BACKUP_DESTINATION,
        FIELD_TUNNEL_BACKUP_DESTINATION_ADDRESS,
        FIELD_TUNNEL_BACKUP_DESTINATION_IDENTITY);
}

/* ---- keys and sets and their tunnels ---- */

static const struct object *
first_at(const struct check *check, enum tree_order order,
    const struct value *parts, size_t count)
{
    struct tree_place place = {.part_count = count};

    for (size_t i = 0; i < count; i++)
        place.parts[i] = parts[i];
    return config_next_at(check->to, order, &place, NULL);
}

static const struct value *
key_peer(const struct object *key)
{
    return field_is_set(key, FIELD_PRESHARED_KEY_ADDRESS)
               ? &key->fields[FIELD_PRESHARED_KEY_ADDRESS]
               : &key->fields[FIELD_PRESHARED_KEY_IDENTITY];
}

/* A tunnel with this peer; for a key of an FQDN also one to user@FQDN. */
static bool
key_has_tunnel(const struct check *check, const struct object *key)
{
    const struct value *peer = key_peer(key);
    const struct value parts[] = {
        key->fields[FIELD_PRESHARED_KEY_VIRTUAL_ROUTER], *peer};
    const struct value domain[] = {parts[0], domain_hash(value_string(peer))};

    if (first_at(check, ORDER_PEER, parts, 2) != NULL ||
        first_at(check, ORDER_BACKUP, parts, 2) != NULL ||
        find_negotiated_gre(check, &parts[0], peer) != NULL)
        return true;
    return peer->kind == VALUE_TEXT &&
           first_at(check, ORDER_DOMAIN, domain, 2) != NULL;
}

void
check_unused(const struct check *check, const struct object *object)
{
    if (object->type == OBJECT_PRESHARED_KEY) {
        if (!key_has_tunnel(check, object)) {
            check_note(check, NOTE_UNUSED, object, SCHEMA_NONE,
                "No tunnel with endpoints in this virtual router has this "
                "peer: the key is not used.");
        }
    } else if (first_at(check, ORDER_SET, &object->fields[0], 1) == NULL) {
        check_note(
            check, NOTE_UNUSED, object, SCHEMA_NONE, "No tunnel uses it.");
    }
}

void
check_lost_key(const struct check *check, const struct object *gone)
{
    const struct value *peer = key_peer(gone);
    const struct value parts[] = {
        gone->fields[FIELD_PRESHARED_KEY_VIRTUAL_ROUTER], *peer};
    const struct object *tunnel = first_at(check, ORDER_PEER, parts, 2);
    size_t name = FIELD_TUNNEL_NAME;

    if (tunnel == NULL ||
        field_number(tunnel, FIELD_TUNNEL_SIGNALING) == SIGNALING_MANUAL) {
        tunnel = find_negotiated_gre(check, &parts[0], peer);
        name = FIELD_GRE_TUNNEL_NAME;
    }
    if (tunnel == NULL || config_find_key(check->to, &parts[0], peer) != NULL ||
        !keys_are_used(check))
        return;
    check_note(check, NOTE_NO_KEY, gone, SCHEMA_NONE,
        "Tunnel `%s` has no preshared key any more: remove the tunnel, or "
        "configure the key again.",
        field_text(tunnel, name));
}

/* ---- the key itself ---- */

static void
check_readable(const struct check *check, const struct object *object)
{
    struct secret clear = {0};
    enum err error;

    if (check->unsealer == NULL ||
        !field_is_set(object, FIELD_PRESHARED_KEY_KEY))
        return;
    error = check->unsealer->unseal(check->unsealer->context,
        field_text(object, FIELD_PRESHARED_KEY_KEY), &clear);
    secret_done(&clear);
    if (error != OK) {
        check_error(check, object, SETTING_PRESHARED_KEY_KEY,
            "The masked key was made by another router: import its key file "
            "with `ermined --import-key FILE`, or type the key again.");
    }
}

void
check_preshared_key(const struct check *check, const struct object *object)
{
    uint64_t address = field_number(object, FIELD_PRESHARED_KEY_ADDRESS);
    char text[IP_TEXT_SIZE];

    if (field_is_set(object, FIELD_PRESHARED_KEY_ADDRESS) &&
        !address_is_unicast(address)) {
        check_error(check, object, SCHEMA_NONE,
            "%s is not an address that a gateway can have.",
            ip_format((uint32_t)address, text));
    }
    check_identity(check, object, SCHEMA_NONE, FIELD_PRESHARED_KEY_IDENTITY);
    check_readable(check, object);
    if (check->changed)
        check_unused(check, object);
}

void
check_peer_public_key(const struct check *check, const struct object *object)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    uint64_t address = field_number(object, FIELD_PEER_PUBLIC_KEY_ADDRESS);
    const char *key = field_text(object, FIELD_PEER_PUBLIC_KEY_KEY_STRING);
    char text[IP_TEXT_SIZE];

    if (field_is_set(object, FIELD_PEER_PUBLIC_KEY_ADDRESS) &&
        !address_is_unicast(address)) {
        check_error(check, object, SCHEMA_NONE,
            "%s is not an address that a gateway can have.",
            ip_format((uint32_t)address, text));
    }
    check_identity(check, object, SCHEMA_NONE, FIELD_PEER_PUBLIC_KEY_NAME);
    if (key != NULL &&
        (strlen(key) % 2 != 0 || key[strspn(key, digits)] != '\0')) {
        check_error(check, object, SETTING_PEER_PUBLIC_KEY_KEY_STRING,
            "The key is written in hexadecimal digits, two for each byte.");
    }
}
