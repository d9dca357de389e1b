/*
 * offer.c - proposals of phase 2: transforms of ESP and AH.
 *
 * RFC 2407, 4.4.3 to 4.5; RFC 2451, 3602 (key length), 4106, 4868.
 */
#include "ike/payloads.h"

#include "ike/numbers.h"

#include <stdio.h>
#include <string.h>

enum {
    ESP_DES = 2,
    ESP_3DES = 3,
    ESP_NULL = 11,
    ESP_AES = 12,
    ESP_AES_GCM = 20,
    AH_MD5 = 2,
    AH_SHA = 3,
    AH_SHA256 = 5,
    AUTH_MD5 = 1,
    AUTH_SHA = 2,
    AUTH_SHA256 = 5,
};

#define ESP PROTOCOL_ESP
#define AH  PROTOCOL_AH

/* clang-format off */
static const struct phase2_kind kinds[TRANSFORM_COUNT] = {
    [TRANSFORM_AH_HMAC_MD5] =
        {AH, AH_MD5, AUTH_MD5, 0, 0, 16, "ah-hmac-md5"},
    [TRANSFORM_AH_HMAC_SHA] =
        {AH, AH_SHA, AUTH_SHA, 0, 0, 20, "ah-hmac-sha"},
    [TRANSFORM_AH_HMAC_SHA256] =
        {AH, AH_SHA256, AUTH_SHA256, 0, 0, 32, "ah-hmac-sha256"},
    [TRANSFORM_ESP_HMAC_MD5] =
        {ESP, ESP_NULL, AUTH_MD5, 0, 0, 16, "esp-hmac-md5"},
    [TRANSFORM_ESP_HMAC_SHA] =
        {ESP, ESP_NULL, AUTH_SHA, 0, 0, 20, "esp-hmac-sha"},
    [TRANSFORM_ESP_HMAC_SHA256] =
        {ESP, ESP_NULL, AUTH_SHA256, 0, 0, 32, "esp-hmac-sha256"},
    [TRANSFORM_ESP_DES] = {ESP, ESP_DES, 0, 0, 8, 0, "esp-des"},
    [TRANSFORM_ESP_3DES] = {ESP, ESP_3DES, 0, 0, 24, 0, "esp-3des"},
    [TRANSFORM_ESP_DES_HMAC_MD5] =
        {ESP, ESP_DES, AUTH_MD5, 0, 8, 16, "esp-des-hmac-md5"},
    [TRANSFORM_ESP_DES_HMAC_SHA] =
        {ESP, ESP_DES, AUTH_SHA, 0, 8, 20, "esp-des-hmac-sha"},
    [TRANSFORM_ESP_DES_HMAC_SHA256] =
        {ESP, ESP_DES, AUTH_SHA256, 0, 8, 32, "esp-des-hmac-sha256"},
    [TRANSFORM_ESP_3DES_HMAC_MD5] =
        {ESP, ESP_3DES, AUTH_MD5, 0, 24, 16, "esp-3des-hmac-md5"},
    [TRANSFORM_ESP_3DES_HMAC_SHA] =
        {ESP, ESP_3DES, AUTH_SHA, 0, 24, 20, "esp-3des-hmac-sha"},
    [TRANSFORM_ESP_3DES_HMAC_SHA256] =
        {ESP, ESP_3DES, AUTH_SHA256, 0, 24, 32, "esp-3des-hmac-sha256"},
    [TRANSFORM_ESP_AES128] = {ESP, ESP_AES, 0, 128, 16, 0, "esp-aes128"},
    [TRANSFORM_ESP_AES128_HMAC_MD5] =
        {ESP, ESP_AES, AUTH_MD5, 128, 16, 16, "esp-aes128-hmac-md5"},
    [TRANSFORM_ESP_AES128_HMAC_SHA] =
        {ESP, ESP_AES, AUTH_SHA, 128, 16, 20, "esp-aes128-hmac-sha"},
    [TRANSFORM_ESP_AES128_HMAC_SHA256] =
        {ESP, ESP_AES, AUTH_SHA256, 128, 16, 32, "esp-aes128-hmac-sha256"},
    [TRANSFORM_ESP_AES192] = {ESP, ESP_AES, 0, 192, 24, 0, "esp-aes192"},
    [TRANSFORM_ESP_AES192_HMAC_MD5] =
        {ESP, ESP_AES, AUTH_MD5, 192, 24, 16, "esp-aes192-hmac-md5"},
    [TRANSFORM_ESP_AES192_HMAC_SHA] =
        {ESP, ESP_AES, AUTH_SHA, 192, 24, 20, "esp-aes192-hmac-sha"},
    [TRANSFORM_ESP_AES192_HMAC_SHA256] =
        {ESP, ESP_AES, AUTH_SHA256, 192, 24, 32, "esp-aes192-hmac-sha256"},
    [TRANSFORM_ESP_AES256] = {ESP, ESP_AES, 0, 256, 32, 0, "esp-aes256"},
    [TRANSFORM_ESP_AES256_HMAC_MD5] =
        {ESP, ESP_AES, AUTH_MD5, 256, 32, 16, "esp-aes256-hmac-md5"},
    [TRANSFORM_ESP_AES256_HMAC_SHA] =
        {ESP, ESP_AES, AUTH_SHA, 256, 32, 20, "esp-aes256-hmac-sha"},
    [TRANSFORM_ESP_AES256_HMAC_SHA256] =
        {ESP, ESP_AES, AUTH_SHA256, 256, 32, 32, "esp-aes256-hmac-sha256"},
    [TRANSFORM_ESP_AES128_GCM] =
        {ESP, ESP_AES_GCM, 0, 128, 20, 0, "esp-aes128-gcm"},
    [TRANSFORM_ESP_AES256_GCM] =
        {ESP, ESP_AES_GCM, 0, 256, 36, 0, "esp-aes256-gcm"},
};
/* clang-format on */

const struct phase2_kind *
phase2_kind(enum transform transform)
{
    return &kinds[transform];
}

uint16_t
mode_number(bool is_transport, bool is_udp, bool is_draft)
{
    if (!is_udp)
        return is_transport ? MODE_TRANSPORT : MODE_TUNNEL;
    if (is_draft)
        return is_transport ? MODE_UDP_TRANSPORT_DRAFT : MODE_UDP_TUNNEL_DRAFT;
    return is_transport ? MODE_UDP_TRANSPORT : MODE_UDP_TUNNEL;
}

const char *
obstacle_in_udp(const struct ike_tunnel *tunnel)
{
    if (tunnel->is_transport)
        return "this router has no transport mode in UDP";
    for (uint8_t i = 0; i < tunnel->transform_count; i++) {
        if (kinds[tunnel->transforms[i]].protocol != PROTOCOL_AH)
            return NULL;
    }
    return "AH does not go in UDP";
}

static void
transform_build(struct wr *w, const struct ike_tunnel *tunnel,
    const struct phase2_kind *kind, uint16_t group, uint16_t mode)
{
    attribute_build(w, P2_LIFE_TYPE, LIFE_SECONDS);
    attribute_build(w, P2_LIFE_DURATION, tunnel->lifetime_s);
    if (tunnel->lifetime_kb != 0) {
        attribute_build(w, P2_LIFE_TYPE, LIFE_KILOBYTES);
        attribute_build(w, P2_LIFE_DURATION, tunnel->lifetime_kb);
    }
    if (group != 0)
        attribute_build(w, P2_GROUP, group);
    attribute_build(w, P2_MODE, mode);
    if (kind->key_bits != 0)
        attribute_build(w, P2_KEY_LENGTH, kind->key_bits);
    if (kind->authentication != 0)
        attribute_build(w, P2_AUTHENTICATION, kind->authentication);
}

/* A run of transforms of one protocol makes one proposal: a proposal cannot
 * have two, and in between the order of the set is kept. */
static uint8_t
run_length(const struct ike_tunnel *tunnel, uint8_t from, bool is_udp)
{
    uint8_t protocol = kinds[tunnel->transforms[from]].protocol;
    uint8_t at = from;

    while (at < tunnel->transform_count &&
           kinds[tunnel->transforms[at]].protocol == protocol)
        at++;
    return is_udp && protocol == PROTOCOL_AH ? 0 : (uint8_t)(at - from);
}

static void
patch_length(struct wr *w, size_t at)
{
    if (wr_ok(w))
        put_u16(w->start + at + 2, (uint16_t)(wr_length(w) - at));
}

void
proposal_build_phase2(struct wr *w, const struct ike_tunnel *tunnel,
    uint16_t group, bool is_udp, bool is_draft, uint32_t spi)
{
    uint16_t mode = mode_number(tunnel->is_transport, is_udp, is_draft);
    size_t last = 0; /* where the proposal before begins */
    uint8_t number = 0;
    uint8_t from = 0;

    wr_u32(w, DOI_IPSEC);
    wr_u32(w, SITUATION_IDENTITY_ONLY);
    while (from < tunnel->transform_count) {
        uint8_t run = run_length(tunnel, from, is_udp);
        size_t proposal = wr_length(w);

        if (run == 0) { /* AH does not go in UDP */
            from++;
            continue;
        }
        if (number > 0 && wr_ok(w))
            w->start[last] = PAYLOAD_PROPOSAL;
        last = proposal;
        wr_u32(w, 0);
        wr_u8(w, ++number);
        wr_u8(w, kinds[tunnel->transforms[from]].protocol);
        wr_u8(w, SPI_SIZE);
        wr_u8(w, run);
        wr_u32(w, spi);
        for (uint8_t i = 0; i < run; i++) {
            const struct phase2_kind *kind =
                &kinds[tunnel->transforms[from + i]];
            size_t transform = wr_length(w);

            wr_u8(w, i + 1 < run ? PAYLOAD_TRANSFORM : PAYLOAD_NONE);
            wr_u8(w, 0);
            wr_u16(w, 0);
            wr_u8(w, (uint8_t)(i + 1));
            wr_u8(w, kind->id);
            wr_u16(w, 0);
            transform_build(w, tunnel, kind, group, mode);
            patch_length(w, transform);
        }
        patch_length(w, proposal);
        from = (uint8_t)(from + run);
    }
}

/* The algorithms only: lifetimes, group and mode are compared elsewhere.
 * DES, 3DES and NULL have one key length, which some peers say all the same. */
bool
offer_is_transform(const struct offer *offer, enum transform transform)
{
    const struct phase2_kind *kind = &kinds[transform];

    return !offer->is_odd && offer->protocol == kind->protocol &&
           offer->id == kind->id &&
           offer->authentication == kind->authentication &&
           (offer->key_bits == kind->key_bits || kind->key_bits == 0);
}

static const char *
mode_name(uint16_t mode)
{
    static const struct {
        uint16_t mode;
        const char *name;
    } names[] = {
        {MODE_TUNNEL,              "tunnel"          },
        {MODE_TRANSPORT,           "transport"       },
        {MODE_UDP_TUNNEL,          "tunnel in UDP"   },
        {MODE_UDP_TUNNEL_DRAFT,    "tunnel in UDP"   },
        {MODE_UDP_TRANSPORT,       "transport in UDP"},
        {MODE_UDP_TRANSPORT_DRAFT, "transport in UDP"},
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].mode == mode)
            return names[i].name;
    }
    return "no mode";
}

void
offer_text_phase2(const struct offer *offer, char *text, size_t size)
{
    const char *name = NULL;
    char group[24] = "";

    for (size_t i = 0; i < TRANSFORM_COUNT && name == NULL; i++) {
        if (offer_is_transform(offer, (enum transform)i))
            name = kinds[i].name;
    }
    if (offer->group != 0)
        (void)snprintf(group, sizeof group, " pfs group %u", offer->group);
    if (name != NULL) {
        (void)snprintf(
            text, size, "%s%s, %s", name, group, mode_name(offer->mode));
        return;
    }
    (void)snprintf(text, size,
        "protocol %u transform %u key %u authentication %u%s, %s",
        offer->protocol, offer->id, offer->key_bits, offer->authentication,
        group, mode_name(offer->mode));
}

void
transforms_text(const struct ike_tunnel *tunnel, char *text, size_t size)
{
    size_t at = 0;

    text[0] = '\0';
    for (uint8_t i = 0; i < tunnel->transform_count && at + 1 < size; i++) {
        int length = snprintf(text + at, size - at, "%s%s", i > 0 ? "; " : "",
            kinds[tunnel->transforms[i]].name);

        at += length > 0 ? (size_t)length : 0;
    }
    if (tunnel->pfs_group != 0 && at + 1 < size) {
        (void)snprintf(
            text + at, size - at, ", pfs group %u", tunnel->pfs_group);
    }
}

const char *
ike_transform_name(enum transform transform)
{
    return phase2_kind(transform)->name;
}
