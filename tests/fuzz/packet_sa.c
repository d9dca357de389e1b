/*
 * packet_sa.c - any bytes into the inbound side of every transform, in tunnel
 * and in transport mode.
 *
 * The first byte chooses transform, mode and whether the outer header is
 * mended first, so that the fuzzer gets past the checksum; a third choice
 * feeds the bytes to the trailer check behind encryption and ICV, which no
 * fuzzer passes.  Nothing may be read outside the packet, and what is
 * accepted must be a whole IPv4 packet.
 */
#include "base/bytes.h"
#include "base/secret.h"
#include "crypto/provider.h"
#include "esp/esp.h"
#include "pkt/pkt.h"
#include "sa/sa.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { GRE = 47 };

/* libFuzzer's entry points have no context, so it is here. */
static struct {
    struct crypto *crypto;
    struct pkt_pool *pool;
    struct sa *sas[2][TRANSFORM_COUNT]; /* by enum sa_mode */
    struct esp *bare;
} fuzzed;

static void
make_sa(enum transform transform, enum sa_mode mode)
{
    const struct sa_transform *sizes = sa_transform_of(transform);
    struct sa_params params = {
        .direction = SA_INBOUND,
        .mode = mode,
        .payload = GRE,
        .transform = transform,
        .spi = 4096,
        .encryption_key = {.length = sizes->encryption_key},
        .authentication_key = {.length = sizes->authentication_key},
    };

    if (sa_new(fuzzed.crypto, &params, &fuzzed.sas[mode][transform]) != OK)
        abort();
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct esp_params bare = {.direction = CIPHER_DECRYPT};

    (void)argc;
    (void)argv;
    if (crypto_open(NULL, &fuzzed.crypto) != OK ||
        esp_new(fuzzed.crypto, &bare, &fuzzed.bare) != OK)
        abort();
    for (unsigned i = 0; i < TRANSFORM_COUNT; i++) {
        make_sa((enum transform)i, SA_TUNNEL);
        make_sa((enum transform)i, SA_TRANSPORT);
    }
    fuzzed.pool = pkt_pool_new(1);
    return 0;
}

static void
mend_outer(struct pkt *pkt)
{
    if (pkt->length < IP4_HEADER)
        return;
    pkt->at[0] = 0x45;
    put_u16(pkt->at + 2, (uint16_t)pkt->length);
    put_u16(pkt->at + 6, 0);
    put_u16(pkt->at + 10, 0);
    put_u16(pkt->at + 10, ip4_checksum(pkt->at, IP4_HEADER));
}

static void
feed_sa(struct sa *sa, struct pkt *pkt)
{
    struct ip4 ip;

    if (sa_in(sa, pkt) != DROP_NONE)
        return;
    if (!ip4_read(pkt->at, pkt->length, &ip) || ip.total_length != pkt->length)
        abort();
}

static void
feed_bare(struct pkt *pkt)
{
    uint32_t sequence;

    if (esp_read(fuzzed.bare, pkt, &sequence))
        (void)(esp_decrypt(fuzzed.bare, pkt) &&
               esp_strip(fuzzed.bare, pkt) == DROP_NONE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct pkt *pkt = pkt_new(fuzzed.pool);
    uint8_t choice;
    uint8_t *at;

    if (pkt == NULL)
        abort();
    if (size > 0 && size <= PKT_MTU_MAX) {
        choice = bytes[0];
        at = pkt_append(pkt, size - 1);
        if (at == NULL)
            abort();
        memcpy(at, bytes + 1, size - 1);
        if ((choice & 0x80) != 0)
            mend_outer(pkt);
        if ((choice & 0x40) != 0)
            feed_bare(pkt);
        else
            feed_sa(fuzzed.sas[(choice & 0x20) != 0]
                              [(choice & 0x1f) % TRANSFORM_COUNT],
                pkt);
    }
    pkt_free(pkt);
    return 0;
}
