/*
 * sa.c - the life of a security association, and what may be asked of it.
 */
#include "sa/sa.h"

#include "ah/ah.h"
#include "base/ahead.h"
#include "base/arena.h"
#include "esp/esp.h"
#include "pkt/pkt.h"
#include "sa/state.h"
#include "sa/transform.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { SPI_MIN = 256 }; /* RFC 2406, 2.1: 1 to 255 are reserved, 0 is local */

static enum err
key_protocol(struct sa *sa, struct crypto *crypto,
    const struct sa_params *params, const struct transform_row *row)
{
    struct esp_params esp = {
        .spi = params->spi,
        .direction =
            params->direction == SA_OUTBOUND ? CIPHER_ENCRYPT : CIPHER_DECRYPT,
        .cipher = row->cipher,
        .hmac = row->hmac,
        .aead = row->aead,
        .payload = sa->payload,
        .encryption_key = &params->encryption_key,
        .authentication_key = &params->authentication_key,
    };

    enum err err;

    if (row->sizes.protocol != IP4_PROTO_AH)
        return esp_new(crypto, &esp, &sa->esp);
    err = ah_new(params->spi, row->hmac, &params->authentication_key, &sa->ah);
    if (err == OK)
        ah_carry(sa->ah, sa->payload);
    return err;
}

/* Transport mode would have the checksums of TCP and UDP mended (RFC 3948,
 * 3.1.2), since a NAT changes what they cover: there is none of it. */
static bool
udp_is_good(const struct sa_params *params, const struct sa_transform *sizes)
{
    const struct sa_udp *udp = &params->udp;

    if (udp->local_port == 0 && udp->remote_port == 0)
        return true;
    return udp->local_port != 0 && udp->remote_port != 0 &&
           sizes->protocol == IP4_PROTO_ESP && params->mode == SA_TUNNEL;
}

static bool
is_valid(const struct sa_params *params, const struct sa_transform *sizes)
{
    if (params->window != 0 &&
        (params->window < REPLAY_BITS_MIN || params->window > REPLAY_BITS_MAX))
        return false;
    if (params->mode == SA_TRANSPORT && params->payload == 0)
        return false;
    return params->spi >= SPI_MIN && udp_is_good(params, sizes) &&
           params->encryption_key.length == sizes->encryption_key &&
           params->authentication_key.length == sizes->authentication_key;
}

enum err
sa_new(
    struct crypto *crypto, const struct sa_params *params, struct sa **out_sa)
{
    const struct transform_row *row = transform_row_of(params->transform);
    struct sa *sa;
    enum err err;

    if (!is_valid(params, &row->sizes))
        return ERR_INVALID;
    sa = mem_alloc_lines(sizeof *sa);
    sa->direction = params->direction;
    sa->mode = params->mode;
    sa->payload =
        params->mode == SA_TRANSPORT ? params->payload : IP4_PROTO_IPIP;
    sa->transform = params->transform;
    sa->protocol = row->sizes.protocol;
    sa->vr = params->vr;
    sa->spi = params->spi;
    sa->src = params->src;
    sa->dst = params->dst;
    sa->tunnel = params->tunnel;
    sa->udp = params->udp;
    sa->limits = params->limits;
    sa->replays = params->direction == SA_INBOUND && row->sizes.icv != 0;
    if (sa->replays) {
        replay_init(&sa->window,
            params->window == 0 ? REPLAY_BITS_MIN : params->window);
    }
    err = key_protocol(sa, crypto, params, row);
    if (err != OK) {
        sa_free(sa);
        return err;
    }
    *out_sa = sa;
    return OK;
}

void
sa_free(struct sa *sa)
{
    if (sa == NULL)
        return;
    replay_done(&sa->window);
    esp_free(sa->esp);
    ah_free(sa->ah);
    mem_free_lines(sa);
}

void
sa_ahead(const struct sa *sa, unsigned step)
{
    if (step == 0) {
        ahead(sa, sizeof *sa);
    } else if (sa->ah != NULL) {
        ah_ahead(sa->ah, step - 1);
    } else {
        esp_ahead(sa->esp, step - 1);
        if (step == 1 && sa->replays)
            ahead(sa->window.words, REPLAY_BITS_MIN / 8);
    }
}

uint32_t
sa_spi(const struct sa *sa)
{
    return sa->spi;
}

uint32_t
sa_src(const struct sa *sa)
{
    return sa->src;
}

uint32_t
sa_dst(const struct sa *sa)
{
    return sa->dst;
}

uint16_t
sa_vr(const struct sa *sa)
{
    return sa->vr;
}

uint32_t
sa_tunnel(const struct sa *sa)
{
    return sa->tunnel;
}

uint8_t
sa_protocol(const struct sa *sa)
{
    return sa->protocol;
}

enum sa_direction
sa_direction(const struct sa *sa)
{
    return sa->direction;
}

enum sa_mode
sa_mode(const struct sa *sa)
{
    return sa->mode;
}

enum transform
sa_transform(const struct sa *sa)
{
    return sa->transform;
}

struct sa_udp
sa_udp(const struct sa *sa)
{
    return sa->udp;
}

bool
sa_is_in_udp(const struct sa *sa)
{
    return sa->udp.local_port != 0;
}

uint32_t
sa_overhead(const struct sa *sa, uint32_t inner_length)
{
    uint32_t header = sa->mode == SA_TUNNEL ? IP4_HEADER : 0;
    uint32_t payload = inner_length;

    if (sa->mode == SA_TRANSPORT)
        payload -= inner_length < IP4_HEADER ? inner_length : IP4_HEADER;
    if (sa_is_in_udp(sa))
        header += UDP_HEADER;
    if (sa->ah != NULL)
        return header + ah_overhead(sa->ah);
    return header + esp_overhead(sa->esp, payload);
}

struct sa_limits
sa_limits(const struct sa *sa)
{
    return sa->limits;
}

enum sa_life
sa_life(const struct sa *sa)
{
    return (enum sa_life)atomic_load_explicit(
        &sa->life.now, memory_order_relaxed);
}

uint32_t
sa_sequence(const struct sa *sa)
{
    return atomic_load_explicit(&sa->sequence, memory_order_relaxed);
}

uint32_t
sa_window(const struct sa *sa)
{
    return sa->replays ? sa->window.bits : 0;
}

uint64_t
sa_packets(const struct sa *sa)
{
    return atomic_load_explicit(&sa->packets, memory_order_relaxed);
}

uint64_t
sa_octets(const struct sa *sa)
{
    return atomic_load_explicit(&sa->octets, memory_order_relaxed);
}

void
sa_start_above(struct sa *sa, uint32_t last)
{
    atomic_store_explicit(&sa->sequence, last, memory_order_relaxed);
}
