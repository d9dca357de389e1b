/* What comes out of ESP must be IPv4; it may be shorter than the payload. */
#include "base/bytes.h"
#include "crypto/hmac.h"
#include "crypto/provider.h"
#include "pkt/pkt.h"
#include "sa/sa.h"

#include <criterion/criterion.h>
#include <string.h>

enum { INNER_ROOM = 48, SPI = 0x1000 };

/* An authenticated ESP packet in clear, with this body, as a peer that has
 * the key could send it. */
static void
craft(
    struct pkt *pkt, struct hmac *hmac, uint32_t sequence, const uint8_t *body)
{
    struct ip4 outer = {.ttl = 64, .protocol = IP4_PROTO_ESP};
    uint8_t *at;

    pkt->at = pkt->memory + PKT_HEADROOM;
    pkt->length = 20 + 8 + INNER_ROOM + 4 + 12;
    outer.total_length = (uint16_t)pkt->length;
    ip4_write(pkt->at, &outer);
    at = pkt->at + 20;
    put_u32(at, SPI);
    put_u32(at + 4, sequence);
    memcpy(at + 8, body, INNER_ROOM);
    memcpy(at + 8 + INNER_ROOM, "\x01\x02\x02\x04", 4);
    hmac_start(hmac);
    hmac_add(hmac, at, 8 + INNER_ROOM + 4);
    hmac_finish(hmac, at + 8 + INNER_ROOM + 4, 12);
}

static const struct {
    size_t at; /* byte of the inner header to change */
    uint8_t value;
    enum drop drop;
    uint32_t length;
    const char *why;
} rows[] = {
    {8, 64,   DROP_NONE,      48, "whole"                            },
    {3, 20,   DROP_NONE,      20, "a header, the rest is trimmed"    },
    {3, 47,   DROP_NONE,      47, "one byte shorter than the payload"},
    {3, 49,   DROP_BAD_INNER, 0,  "one byte longer than the payload" },
    {3, 19,   DROP_BAD_INNER, 0,  "shorter than its header"          },
    {0, 0x60, DROP_BAD_INNER, 0,  "IPv6"                             },
    {0, 0x44, DROP_BAD_INNER, 0,  "a header of 16 bytes"             },
};

Test(esp_inner, must_be_ipv4_that_fits)
{
    struct sa_params params = {
        .direction = SA_INBOUND,
        .transform = TRANSFORM_ESP_HMAC_MD5,
        .spi = SPI,
        .authentication_key = {.length = 16},
    };
    struct ip4 inner = {.total_length = INNER_ROOM, .ttl = 64};
    struct crypto *crypto = NULL;
    struct pkt_pool *pool = pkt_pool_new(1);
    struct pkt *pkt = pkt_new(pool);
    struct hmac *hmac = NULL;
    struct sa *sa = NULL;

    cr_assert_eq(crypto_open(NULL, &crypto), OK);
    cr_assert_eq(sa_new(crypto, &params, &sa), OK);
    cr_assert_eq(hmac_new(HMAC_MD5, &params.authentication_key, &hmac), OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t body[INNER_ROOM] = {0};

        ip4_write(body, &inner);
        body[rows[i].at] = rows[i].value;
        put_u16(body + 10, 0);
        put_u16(body + 10, ip4_checksum(body, IP4_HEADER));
        craft(pkt, hmac, (uint32_t)i + 1, body);
        cr_expect_eq(sa_in(sa, pkt), rows[i].drop, "%s", rows[i].why);
        if (rows[i].drop == DROP_NONE)
            cr_expect_eq(pkt->length, rows[i].length, "%s", rows[i].why);
    }
    sa_free(sa);
    hmac_free(hmac);
    pkt_free(pkt);
    pkt_pool_free(pool);
    crypto_close(crypto);
}
