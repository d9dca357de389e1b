/*
 * test_tunnels.c - what the dataplane shall have for a configured tunnel.
 */
#include "ipsec/manager.h"

#include "base/ip.h"
#include "tests/support/gateway.h"

#include <criterion/criterion.h>
#include <string.h>

static struct gateway *gateway;

static struct object *
the_tunnel(void)
{
    return gateway_tunnel("x", "192.0.2.1", "192.0.2.2", 0x1001, 0x2001);
}

static void
set_up(void)
{
    gateway = gateway_new(NULL);
    gateway_put(gateway, the_tunnel());
    cr_assert_eq(gateway_commit(gateway), OK);
}

static void
tear_down(void)
{
    gateway_free(gateway);
}

/* The wish of the tunnel with these numbers set on it; 0: none. */
static struct wish
wish_with(unsigned field, uint64_t number, unsigned second, uint64_t other)
{
    struct object *tunnel = the_tunnel();
    struct wish wish;

    if (field != 0)
        gateway_set_number(tunnel, field, number);
    if (second != 0)
        gateway_set_number(tunnel, second, other);
    cr_assert_eq(wish_of(gateway->ipsec, gateway->running, tunnel, &wish), OK);
    object_unref(tunnel); /* so its keys may not be looked at any more */
    return wish;
}

Test(tunnels, reads_identities_as_ranges, .init = set_up, .fini = tear_down)
{
    static const struct {
        unsigned field;
        const char *address;
        unsigned second;
        const char *other;
        bool is_remote;
        const char *first;
        const char *last;
    } rows[] = {
        {0,                                   "0.0.0.0",  0, "0.0.0.0",     false, "0.0.0.0",  "255.255.255.255"},
        {FIELD_TUNNEL_LOCAL_IDENTITY_ADDRESS, "10.1.2.3", 0, "0.0.0.0",     false,
         "10.1.2.3",                                                                           "10.1.2.3"       },
        {FIELD_TUNNEL_PEER_IDENTITY_ADDRESS,  "10.1.2.3", 0, "0.0.0.0",     true,
         "10.1.2.3",                                                                           "10.1.2.3"       },
        {FIELD_TUNNEL_LOCAL_IDENTITY_ADDRESS, "10.1.2.3",
         FIELD_TUNNEL_LOCAL_IDENTITY_MASK,                   "255.255.0.0", false, "10.1.0.0",
         "10.1.255.255"                                                                                         },
        {FIELD_TUNNEL_PEER_IDENTITY_ADDRESS,  "10.1.2.3",
         FIELD_TUNNEL_PEER_IDENTITY_MASK,                    "255.255.0.0", true,  "10.1.0.0",
         "10.1.255.255"                                                                                         },
        {FIELD_TUNNEL_LOCAL_IDENTITY_FIRST,   "10.0.0.9",
         FIELD_TUNNEL_LOCAL_IDENTITY_LAST,                   "10.3.0.1",    false, "10.0.0.9",
         "10.3.0.1"                                                                                             },
        {FIELD_TUNNEL_PEER_IDENTITY_FIRST,    "10.0.0.9",
         FIELD_TUNNEL_PEER_IDENTITY_LAST,                    "10.3.0.1",    true,  "10.0.0.9",
         "10.3.0.1"                                                                                             },
    };
    const struct dp_selector *selector;
    const struct dp_selector *other;
    struct wish wish;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        wish = wish_with(rows[i].field, gateway_ip(rows[i].address),
            rows[i].second, gateway_ip(rows[i].other));
        selector = rows[i].is_remote ? &wish.interface.tunnel.remote
                                     : &wish.interface.tunnel.local;
        other = rows[i].is_remote ? &wish.interface.tunnel.local
                                  : &wish.interface.tunnel.remote;
        cr_assert_eq(selector->first, gateway_ip(rows[i].first), "row %zu", i);
        cr_assert_eq(selector->last, gateway_ip(rows[i].last), "row %zu", i);
        cr_assert_eq(other->first, 0);
        cr_assert_eq(other->last, UINT32_MAX);
    }
}

Test(tunnels, is_in_service_unless_tunnel_or_ip_is_shut_down, .init = set_up,
    .fini = tear_down)
{
    cr_assert(wish_with(0, 0, 0, 0).interface.enabled);
    cr_assert_not(wish_with(FIELD_TUNNEL_SHUTDOWN, 1, 0, 0).interface.enabled);
    cr_assert_not(
        wish_with(FIELD_TUNNEL_IP_SHUTDOWN, 1, 0, 0).interface.enabled);
}

Test(tunnels, wants_no_sa_where_it_is_signaled, .init = set_up,
    .fini = tear_down)
{
    struct wish wish =
        wish_with(FIELD_TUNNEL_SIGNALING, (uint64_t)SIGNALING_ISAKMP, 0, 0);

    cr_assert_not(wish.inbound.is_wanted);
    cr_assert_not(wish.outbound.is_wanted);
    wish = wish_with(0, 0, 0, 0);
    cr_assert(wish.inbound.is_wanted);
    cr_assert(wish.outbound.is_wanted);
}

Test(tunnels, tells_an_sa_by_key_and_ends, .init = set_up, .fini = tear_down)
{
    struct object *old = the_tunnel();
    struct object *new = the_tunnel();
    struct wish before;
    struct wish after;

    cr_assert_eq(wish_of(gateway->ipsec, gateway->running, old, &before), OK);
    cr_assert_eq(wish_of(gateway->ipsec, gateway->running, new, &after), OK);
    cr_assert(wish_same_sa(&before, &after, SA_INBOUND));
    cr_assert(wish_same_sa(&before, &after, SA_OUTBOUND));
    gateway_set_text(new, FIELD_TUNNEL_SESSION_KEY_INBOUND_KEY, "$00");
    cr_assert_eq(wish_of(gateway->ipsec, gateway->running, new, &after), OK);
    cr_assert_not(wish_same_sa(&before, &after, SA_INBOUND));
    cr_assert(wish_same_sa(&before, &after, SA_OUTBOUND));
    gateway_set_number(
        new, FIELD_TUNNEL_ENCAPSULATION_KIND, TUNNEL_ENCAPSULATION_UDP);
    cr_assert_eq(wish_of(gateway->ipsec, gateway->running, new, &after), OK);
    cr_assert_not(wish_same_sa(&before, &after, SA_OUTBOUND));
    before = after;
    gateway_set_number(new, FIELD_TUNNEL_ENCAPSULATION_REMOTE_PORT, 4501);
    cr_assert_eq(wish_of(gateway->ipsec, gateway->running, new, &after), OK);
    cr_assert_not(wish_same_sa(&before, &after, SA_OUTBOUND));
    cr_assert_eq(after.outbound.udp.local_port, 4500);
    cr_assert_eq(after.inbound.udp.remote_port, 4501);
    before = after;
    gateway_set_number(new, FIELD_TUNNEL_SOURCE_ADDRESS, 1);
    cr_assert_eq(wish_of(gateway->ipsec, gateway->running, new, &after), OK);
    cr_assert_not(wish_same_sa(&before, &after, SA_OUTBOUND));
    object_unref(old);
    object_unref(new);
}

#define TWO_BYTES   "0102"
#define EIGHT       "0102030405060708"
#define SIXTEEN     EIGHT EIGHT
#define TWENTY      SIXTEEN "01020304"
#define TWENTY_FOUR SIXTEEN EIGHT

Test(tunnels, makes_sas_of_all_transforms_from_exactly_their_keys,
    .init = set_up, .fini = tear_down)
{
    static const struct {
        enum transform transform;
        const char *key;
        enum err error;
        const char *why;
    } rows[] = {
        {TRANSFORM_AH_HMAC_MD5,       "$" SIXTEEN,                 OK,          "16 bytes"        },
        {TRANSFORM_AH_HMAC_SHA,       "$" TWENTY,                  OK,          "20 bytes"        },
        {TRANSFORM_ESP_HMAC_MD5,      "$" SIXTEEN,                 OK,          "16 bytes"        },
        {TRANSFORM_ESP_HMAC_SHA,      "$" TWENTY,                  OK,          "20 bytes"        },
        {TRANSFORM_ESP_DES,           "$" EIGHT,                   OK,          "8 bytes"         },
        {TRANSFORM_ESP_3DES,          "$" TWENTY_FOUR,             OK,          "24 bytes"        },
        {TRANSFORM_ESP_DES_HMAC_MD5,  "$" EIGHT " " SIXTEEN,       OK,          "two keys"        },
        {TRANSFORM_ESP_DES_HMAC_SHA,  "$" EIGHT " " TWENTY,        OK,          "two keys"        },
        {TRANSFORM_ESP_3DES_HMAC_MD5, "$" TWENTY_FOUR " " SIXTEEN, OK,
         "two keys"                                                                               },
        {TRANSFORM_ESP_3DES_HMAC_SHA, "$" TWENTY_FOUR " " TWENTY,  OK,
         "two keys"                                                                               },
        {TRANSFORM_ESP_DES_HMAC_SHA,  "$" TWENTY " " EIGHT,        ERR_INVALID,
         "the wrong way round"                                                                    },
        {TRANSFORM_ESP_DES_HMAC_SHA,  "$" EIGHT,                   ERR_INVALID, "one missing"     },
        {TRANSFORM_ESP_DES,           "$" EIGHT " " TWENTY,        ERR_INVALID, "one too many"    },
        {TRANSFORM_ESP_DES,           "$" TWO_BYTES,               ERR_INVALID, "too short"       },
        {TRANSFORM_ESP_DES,           "$01x2030405060708",         ERR_INVALID, "no number"       },
        {TRANSFORM_ESP_DES,           "$",                         ERR_INVALID, "empty"           },
        {TRANSFORM_ESP_DES,           EIGHT,                       ERR_AUTH,    "not sealed by us"},
    };
    struct object *tunnel = the_tunnel();
    struct wish wish;
    struct sa *sa;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        gateway_set_number(tunnel, FIELD_TUNNEL_SESSION_KEY_INBOUND_TRANSFORM,
            (uint64_t)rows[i].transform);
        gateway_set_text(
            tunnel, FIELD_TUNNEL_SESSION_KEY_INBOUND_KEY, rows[i].key);
        cr_assert_eq(
            wish_of(gateway->ipsec, gateway->running, tunnel, &wish), OK);
        sa = NULL;
        cr_assert_eq(wish_make_sa(gateway->ipsec, &wish, SA_INBOUND,
                         &gateway->diag, &sa),
            rows[i].error, "%s", rows[i].why);
        if (rows[i].error != OK)
            continue;
        cr_assert_eq(sa_transform(sa), rows[i].transform);
        cr_assert_eq(sa_spi(sa), 0x1001);
        cr_assert_eq(sa_src(sa), gateway_ip("192.0.2.2"));
        cr_assert_eq(sa_dst(sa), gateway_ip("192.0.2.1"));
        sa_free(sa);
    }
    cr_assert_str_eq(gateway->diag.entries[0].path, "interface tunnel ipsec:x");
    cr_assert_str_eq(
        gateway->diag.entries[0].setting, "tunnel session-key-inbound");
    object_unref(tunnel);
}

Test(tunnels, never_says_a_key, .init = set_up, .fini = tear_down)
{
    struct object *tunnel = the_tunnel();
    struct wish wish;
    struct sa *sa = NULL;

    gateway_set_text(tunnel, FIELD_TUNNEL_SESSION_KEY_INBOUND_KEY, "$deadbeef");
    cr_assert_eq(wish_of(gateway->ipsec, gateway->running, tunnel, &wish), OK);
    cr_assert_eq(
        wish_make_sa(gateway->ipsec, &wish, SA_INBOUND, &gateway->diag, &sa),
        ERR_INVALID);
    for (size_t i = 0; i < gateway->diag.count; i++)
        cr_assert_null(strstr(gateway->diag.entries[i].sentence, "deadbeef"));
    object_unref(tunnel);
}
