/*
 * check_manual.c - what only a manual tunnel has: SPIs and keys.
 *
 * Key lengths are those of the transform (RFC 2403, 2404, 2405, 2451).  Keys
 * are unsealed for the time of the check and wiped.
 */
#include "config/checks.h"

#include "base/ip.h"
#include "base/secret.h"
#include "base/str.h"
#include "dp.h"
#include "gen/enums.h"

#include <string.h>

enum { SPI_MIN = 256, KEYS_MAX = 2, PROTOCOL_AH = 51 };

static const char *
transform_name(uint64_t transform)
{
    return schema_enums[ENUM_TRANSFORM].values[transform].word;
}

/* "a key of 16 digits" or "two keys ... and ..." */
static void
say_keys(const struct check *check, const struct object *object,
    const struct session_key *key, const struct sa_transform *wanted)
{
    const char *name = transform_name(field_number(object, key->transform));
    unsigned cipher = 2U * wanted->encryption_key;
    unsigned icv = 2U * wanted->authentication_key;

    if (cipher > 0 && icv > 0) {
        check_error(check, object, key->setting,
            "%s needs two keys: %u hexadecimal digits for encryption, then %u "
            "for authentication.",
            name, cipher, icv);
    } else {
        check_error(check, object, key->setting,
            "%s needs one key of %u hexadecimal digits for %s.", name,
            cipher + icv, cipher > 0 ? "encryption" : "authentication");
    }
}

/* Do the hex words have these lengths (in digits, none of them 0)? */
static bool
words_fit(const struct secret *clear, const size_t *digits, size_t count)
{
    const uint8_t *at = clear->bytes;
    size_t left = clear->length;

    for (size_t i = 0; i < count; i++) {
        const uint8_t *blank = memchr(at, ' ', left);
        size_t length = blank == NULL ? left : (size_t)(blank - at);

        if (length != digits[i] || (blank == NULL) != (i + 1 == count))
            return false;
        if (blank == NULL)
            return true;
        left -= length + 1;
        at = blank + 1;
    }
    return false;
}

static bool
keys_fit(const struct secret *clear, const struct sa_transform *wanted)
{
    size_t digits[KEYS_MAX];
    size_t count = 0;

    if (wanted->encryption_key > 0)
        digits[count++] = 2U * (size_t)wanted->encryption_key;
    if (wanted->authentication_key > 0)
        digits[count++] = 2U * (size_t)wanted->authentication_key;
    return words_fit(clear, digits, count);
}

static void
check_key_lengths(const struct check *check, const struct object *object,
    const struct session_key *key)
{
    enum transform transform =
        (enum transform)field_number(object, key->transform);
    const struct sa_transform *wanted = sa_transform_of(transform);
    struct secret clear = {0};
    enum err error;

    if (check->unsealer == NULL)
        return;
    error = check->unsealer->unseal(
        check->unsealer->context, field_text(object, key->key), &clear);
    if (error != OK) {
        check_error(check, object, key->setting,
            "The masked keys were made by another router: import its key file "
            "with `ermined --import-key FILE`, or type the keys again.");
    } else if (!keys_fit(&clear, wanted)) {
        say_keys(check, object, key, wanted);
    }
    secret_done(&clear);
}

void
check_session_key(const struct check *check, const struct object *object,
    const struct session_key *key, uint64_t list, const char *name)
{
    uint64_t transform = field_number(object, key->transform);

    if (object_setting_equal(object, NULL, key->setting))
        return;
    if (field_number(object, key->spi) < SPI_MIN) {
        check_error(check, object, key->setting,
            "SPI %u is reserved: choose one from 256 to 4294967295.",
            (unsigned)field_number(object, key->spi));
    }
    check_key_lengths(check, object, key);
    if (value_list_count(list) == 1 && value_list_at(list, 0) != transform) {
        check_error(check, object, key->setting,
            "The key is for %s, but %s is %s: make them the same.",
            transform_name(transform), name,
            transform_name(value_list_at(list, 0)));
    }
}

/* The same of a tunnel's key and its set, NULL if it has none. */
static void
check_tunnel_key(const struct check *check, const struct object *object,
    const struct session_key *key, const struct object *set)
{
    struct str name;

    str_init(&name);
    if (set != NULL) {
        str_printf(&name, "the tunnel's transform set `%s`",
            field_text(set, FIELD_TRANSFORM_SET_NAME));
    }
    check_session_key(check, object, key,
        set != NULL ? field_number(set, FIELD_TRANSFORM_SET_TRANSFORMS) : 0,
        str_text(&name));
    str_done(&name);
}

static void
check_set(const struct check *check, const struct object *object,
    const struct object *set)
{
    uint64_t list;

    if (set == NULL)
        return;
    list = field_number(set, FIELD_TRANSFORM_SET_TRANSFORMS);
    if (value_list_count(list) > 1) {
        check_error(check, object, SETTING_TUNNEL_TRANSFORM_SET,
            "A manual tunnel has one transform, but the set `%s` has %u: name "
            "a set of exactly one.",
            field_text(set, FIELD_TRANSFORM_SET_NAME), value_list_count(list));
    }
}

/* Are the two inbound SAs the same to an arriving packet?  The caller knows
 * that source and SPI are. */
static bool
is_same_inbound(const struct object *a, const struct object *b)
{
    const size_t field = FIELD_TUNNEL_SESSION_KEY_INBOUND_TRANSFORM;

    return field_number(b, FIELD_TUNNEL_SIGNALING) == SIGNALING_MANUAL &&
           sa_transform_of((enum transform)field_number(a, field))->protocol ==
               sa_transform_of((enum transform)field_number(b, field))
                   ->protocol &&
           value_equal(tunnel_transport_vr(a), tunnel_transport_vr(b));
}

/* Is the tunnel's inbound SA of the protocol of a profile's key, in this
 * virtual router?  The caller knows that address and SPI are the same. */
static bool
has_inbound(const struct object *tunnel, const struct object *profile,
    size_t transform, const struct value *vr)
{
    const size_t field = FIELD_TUNNEL_SESSION_KEY_INBOUND_TRANSFORM;

    return field_number(tunnel, FIELD_TUNNEL_SIGNALING) == SIGNALING_MANUAL &&
           value_equal(tunnel_transport_vr(tunnel), vr) &&
           sa_transform_of((enum transform)field_number(tunnel, field))
                   ->protocol ==
               sa_transform_of((enum transform)field_number(profile, transform))
                   ->protocol;
}

/* Another tunnel at this place of the order (address or virtual router, SPI)
 * whose inbound SA is the same. */
static const struct object *
find_same_inbound(const struct check *check, const struct object *object,
    enum tree_order order, const struct value *end)
{
    const struct value *spi =
        &object->fields[FIELD_TUNNEL_SESSION_KEY_INBOUND_SPI];
    struct tree_place own = order_place(ORDER_KEYS, object);
    struct tree_place same = {
        .parts = {*end, *spi},
          .part_count = 2
    };
    const struct object *other = NULL;

    do {
        other = config_next_at(check->to, order, &same, other);
    } while (other != NULL && (place_compare(ORDER_KEYS, other, &own) == 0 ||
                                  !is_same_inbound(object, other)));
    return other;
}

/* Does the tunnel start where its virtual router's local endpoint is? */
static bool
is_at_endpoint(
    const struct check *check, const struct object *object, uint32_t source)
{
    const struct object *vr = config_find(
        check->to, OBJECT_VIRTUAL_ROUTER, tunnel_transport_vr(object));

    return vr != NULL &&
           field_number(vr, FIELD_VIRTUAL_ROUTER_LOCAL_ENDPOINT) == source;
}

static void
check_inbound_unique(const struct check *check, const struct object *object)
{
    const struct object *other;
    struct value end;
    uint32_t source;

    if (!field_is_set(object, FIELD_TUNNEL_SESSION_KEY_INBOUND_SPI) ||
        !config_tunnel_source(check->to, object, &source))
        return;
    end = value_number(source);
    other = find_same_inbound(check, object, ORDER_SOURCE, &end);
    if (other == NULL && is_at_endpoint(check, object, source)) {
        other = find_same_inbound(
            check, object, ORDER_ENDPOINT, tunnel_transport_vr(object));
    }
    if (other == NULL)
        return;
    check_error(check, object, SETTING_TUNNEL_SESSION_KEY_INBOUND,
        "Tunnel `%s` of virtual router `%s` has the same inbound SPI at the "
        "same address: choose another SPI here and at the peer.",
        field_text(other, FIELD_TUNNEL_NAME),
        field_text(other, FIELD_TUNNEL_VIRTUAL_ROUTER));
}

const struct object *
find_manual_inbound(const struct check *check, const struct object *profile,
    const struct session_key *key, const struct value *address)
{
    const struct value *vr = &profile->fields[0];
    const struct value *spi = &profile->fields[key->spi];
    struct tree_place same = {
        .parts = {*address, *spi},
          .part_count = 2
    };
    const struct object *at = NULL;

    while ((at = config_next_at(check->to, ORDER_SOURCE, &same, at)) != NULL) {
        if (has_inbound(at, profile, key->transform, vr))
            return at;
    }
    same.parts[0] = *vr;
    at = config_next_at(check->to, ORDER_ENDPOINT, &same, NULL);
    if (at != NULL && is_at_endpoint(check, at, (uint32_t)address->number) &&
        has_inbound(at, profile, key->transform, vr))
        return at;
    return NULL;
}

static void
check_encapsulation(const struct check *check, const struct object *object)
{
    uint64_t transform =
        field_number(object, FIELD_TUNNEL_SESSION_KEY_INBOUND_TRANSFORM);

    if (!field_is_set(object, FIELD_TUNNEL_ENCAPSULATION_KIND) ||
        !field_is_set(object, FIELD_TUNNEL_SESSION_KEY_INBOUND_TRANSFORM) ||
        sa_transform_of((enum transform)transform)->protocol != PROTOCOL_AH)
        return;
    check_error(check, object, SETTING_TUNNEL_ENCAPSULATION,
        "UDP carries ESP only, and %s is AH: choose an ESP transform, or "
        "`no tunnel encapsulation`.",
        transform_name(transform));
}

static void
check_no_identity(const struct check *check, const struct object *object)
{
    if (field_is_set(object, FIELD_TUNNEL_SOURCE_IDENTITY)) {
        check_error(check, object, SETTING_TUNNEL_SOURCE,
            "Only a signaled tunnel can use an identity: set `tunnel source` "
            "to an address.");
    }
    if (field_is_set(object, FIELD_TUNNEL_DESTINATION_IDENTITY)) {
        check_error(check, object, SETTING_TUNNEL_DESTINATION,
            "Only a signaled tunnel can use an identity: set `tunnel "
            "destination` to an address.");
    }
}

void
check_manual(const struct check *check, const struct object *object)
{
    static const struct session_key inbound = {
        SETTING_TUNNEL_SESSION_KEY_INBOUND,
        FIELD_TUNNEL_SESSION_KEY_INBOUND_TRANSFORM,
        FIELD_TUNNEL_SESSION_KEY_INBOUND_SPI,
        FIELD_TUNNEL_SESSION_KEY_INBOUND_KEY,
    };
    static const struct session_key outbound = {
        SETTING_TUNNEL_SESSION_KEY_OUTBOUND,
        FIELD_TUNNEL_SESSION_KEY_OUTBOUND_TRANSFORM,
        FIELD_TUNNEL_SESSION_KEY_OUTBOUND_SPI,
        FIELD_TUNNEL_SESSION_KEY_OUTBOUND_KEY,
    };
    struct inbound_end end = {.vr = tunnel_transport_vr(object)};
    const struct object *set = NULL;
    uint32_t source;

    if (field_is_set(object, FIELD_TUNNEL_TRANSFORM_SET)) {
        set = config_find(check->to, OBJECT_TRANSFORM_SET,
            &object->fields[FIELD_TUNNEL_TRANSFORM_SET]);
    }
    check_no_identity(check, object);
    check_set(check, object, set);
    check_tunnel_key(check, object, &inbound, set);
    check_tunnel_key(check, object, &outbound, set);
    check_inbound_unique(check, object);
    check_encapsulation(check, object);
    if (field_is_set(object, inbound.key) &&
        config_tunnel_source(check->to, object, &source)) {
        end.address = source;
        check_inbound_of_profiles(check, object, &inbound, &end);
    }
}
