/*
 * test_tunnel.c - selectors both ways, outer header, SAs.
 */
#include "tunnel/tunnel.h"

#include "crypto/provider.h"
#include "tests/support/packet.h"

#include <criterion/criterion.h>

static const struct {
    const char *src;
    const char *dst;
    bool out;
    bool in;
    const char *why;
} rows[] = {
    {"10.1.0.0",   "10.2.0.5",  true,  false, "the first address"           },
    {"10.1.0.255", "10.2.0.9",  true,  false, "the last address"            },
    {"10.1.1.0",   "10.2.0.5",  false, false, "source behind the end"       },
    {"10.0.9.9",   "10.2.0.5",  false, false, "source before the start"     },
    {"10.1.0.7",   "10.2.0.4",  false, false, "destination before the range"},
    {"10.1.0.7",   "10.2.0.10", false, false, "destination behind it"       },
    {"10.2.0.5",   "10.1.0.0",  false, true,  "the way in is the mirror"    },
    {"10.2.0.4",   "10.1.0.0",  false, false, "inner source not the peer's" },
    {"10.2.0.5",   "10.1.1.0",  false, false, "inner destination not ours"  },
};

Test(tunnel, selectors_hold_in_both_directions)
{
    struct dp_tunnel tunnel = {0};
    struct ip4 ip = {0};
    size_t i;

    tunnel.local.first = packet_address("10.1.0.0");
    tunnel.local.last = packet_address("10.1.0.255");
    tunnel.remote.first = packet_address("10.2.0.5");
    tunnel.remote.last = packet_address("10.2.0.9");
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ip.src = packet_address(rows[i].src);
        ip.dst = packet_address(rows[i].dst);
        cr_expect_eq(tunnel_allows_out(&tunnel, &ip), rows[i].out, "out: %s",
            rows[i].why);
        cr_expect_eq(
            tunnel_allows_in(&tunnel, &ip), rows[i].in, "in: %s", rows[i].why);
    }
}

Test(tunnel, outer_header_copies_tos_and_df_but_not_ttl)
{
    struct ip4 inner = {.tos = 0xb8, .ttl = 3, .dont_fragment = true};
    struct sa_outer outer = tunnel_outer(&inner, 77);

    cr_expect_eq(outer.tos, 0xb8);
    cr_expect_eq(outer.ttl, 64);
    cr_expect_eq(outer.id, 77);
    cr_expect(outer.dont_fragment);
    inner.dont_fragment = false;
    cr_expect_not(tunnel_outer(&inner, 0).dont_fragment);
}

static struct sa *
make_sa(struct crypto *crypto, enum sa_direction direction, uint32_t spi)
{
    struct sa_params params = {
        .direction = direction,
        .transform = TRANSFORM_AH_HMAC_MD5,
        .spi = spi,
        .authentication_key = {.length = 16},
    };
    struct sa *sa;

    cr_assert_eq(sa_new(crypto, &params, &sa), OK);
    return sa;
}

Test(tunnel, the_last_outbound_sa_added_is_current_until_it_goes)
{
    struct tunnel_sas sas = {0};
    struct crypto *crypto;
    struct sa *in;
    struct sa *old;
    struct sa *new;

    cr_assert_eq(crypto_open(NULL, &crypto), OK);
    in = make_sa(crypto, SA_INBOUND, 1000);
    old = make_sa(crypto, SA_OUTBOUND, 1001);
    new = make_sa(crypto, SA_OUTBOUND, 1002);
    cr_expect_eq(tunnel_sas_add(&sas, in), OK);
    cr_expect_null(sas.outbound);
    cr_expect_eq(tunnel_sas_add(&sas, old), OK);
    cr_expect_eq(tunnel_sas_add(&sas, new), OK);
    cr_expect_eq(sas.outbound, new);
    cr_expect_eq(tunnel_sas_remove(&sas, old), OK);
    cr_expect_eq(sas.outbound, new, "retiring the old one changes nothing");
    cr_expect_eq(tunnel_sas_remove(&sas, old), ERR_NOT_FOUND);
    cr_expect_eq(tunnel_sas_remove(&sas, new), OK);
    cr_expect_null(sas.outbound);
    sa_free(in);
    sa_free(old);
    sa_free(new);
    crypto_close(crypto);
}

Test(tunnel, has_room_for_six_sas)
{
    struct tunnel_sas sas = {0};
    struct crypto *crypto;
    struct sa *all[TUNNEL_SAS + 1];
    size_t i;

    cr_assert_eq(crypto_open(NULL, &crypto), OK);
    for (i = 0; i <= TUNNEL_SAS; i++)
        all[i] = make_sa(crypto, SA_INBOUND, 1000 + (uint32_t)i);
    for (i = 0; i < TUNNEL_SAS; i++)
        cr_expect_eq(tunnel_sas_add(&sas, all[i]), OK);
    cr_expect_eq(tunnel_sas_add(&sas, all[i]), ERR_EXHAUSTED);
    for (i = 0; i <= TUNNEL_SAS; i++)
        sa_free(all[i]);
    crypto_close(crypto);
}

/* RFC 6040, figure 4; 4: the packet is lost. */
Test(tunnel, congestion_comes_in_where_it_can_be_taken_up)
{
    static const unsigned becomes[4][4] = {
        {0, 0, 0, 4},
        {1, 1, 1, 3},
        {2, 1, 2, 3},
        {3, 3, 3, 3}
    };
    uint8_t outer;
    uint8_t inner;
    uint8_t tos;

    for (inner = 0; inner < 4; inner++) {
        for (outer = 0; outer < 4; outer++) {
            tos = 0xee;
            if (tunnel_ecn(0x20 | outer, 0xb8 | inner, &tos)) {
                cr_expect_eq(tos, 0xb8 | becomes[inner][outer],
                    "inner %u, outer %u", inner, outer);
            } else {
                cr_expect_eq(becomes[inner][outer], 4);
                cr_expect_eq(tos, 0xee);
            }
        }
    }
}
