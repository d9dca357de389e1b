/*
 * ike_message.c - any bytes as an ISAKMP message, and as each payload.
 *
 * Whatever is read must lie within the bytes given, and what is understood
 * must be written back as it was.
 */
#include "ike/engine.h"
#include "ike/numbers.h"
#include "ike/payloads.h"
#include "tests/support/ike_net.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void
must(bool is_so)
{
    if (!is_so)
        abort();
}

static void
read_offers(const struct payload *payload, bool is_phase1)
{
    struct offers offers;
    uint8_t out[4096];
    char text[120];

    if (offers_read(payload, is_phase1, &offers) != OK)
        return;
    must(offers.count <= OFFERS_MAX);
    for (size_t i = 0; i < offers.count; i++) {
        const struct offer *offer = &offers.list[i];
        struct wr w = wr_over(out, sizeof out);

        must(offer->attributes + offer->attributes_length <=
             payload->body + payload->length);
        offer_text_phase1(offer, text, sizeof text);
        offer_text_phase2(offer, text, sizeof text);
        offer_build(&w, offer, offer->spi, offer->spi_size);
    }
}

static void
read_identity(const struct payload *payload)
{
    struct ike_identity identity;
    struct ike_selector selector;
    struct ike_selector again;
    struct blob blob = {0};
    char text[120];

    identity_text(payload, text, sizeof text);
    if (identity_read(payload, &identity))
        must(strlen(identity.name) < IKE_NAME_SIZE);
    if (selector_read(payload, &selector) != OK)
        return;
    must(selector.first <= selector.last);
    selector_text(&selector, text, sizeof text);
    selector_build(&selector, &blob);
    must(selector_read(&(struct payload){PAYLOAD_ID, blob.bytes, blob.length},
             &again) == OK &&
         selector_is_same(&selector, &again));
    blob_done(&blob);
}

static void
read_payloads(const uint8_t *bytes, size_t length)
{
    static struct message message;

    if (length == 0 ||
        payloads_read(bytes + 1, length - 1, bytes[0], true, &message) != OK)
        return;
    must(message.count <= PAYLOADS_MAX && message.end <= bytes + length);
    for (size_t i = 0; i < message.count; i++) {
        const struct payload *payload = &message.payloads[i];

        must(payload->body + payload->length <= bytes + length);
        read_offers(payload, true);
        read_offers(payload, false);
        read_identity(payload);
    }
}

/* By an engine that waits for the second message, and knows the peer. */
static void
give(struct net *net, const uint8_t *bytes, size_t length)
{
    uint8_t copy[IKE_DATAGRAM_MAX];
    struct ike_datagram datagram = {.local = NET_A,
        .local_port = IKE_PORT,
        .remote = NET_B,
        .remote_port = IKE_PORT,
        .bytes = copy,
        .length = length};

    if (length > sizeof copy || length < HEADER_SIZE)
        return;
    memcpy(copy, bytes, length);
    put_u32(copy + 24, (uint32_t)length);
    net_configure(net);
    ike_input(net->ends[0].ike, net->now_us, &datagram);
    net_collect(net, 0);
    ike_need_sa(net->ends[0].ike, net->now_us, 7);
    net_collect(net, 0);
    /* the cookie of the exchange just begun: the message may answer it */
    memcpy(copy, net->flights[net->flight_count - 1].bytes, COOKIE_SIZE);
    ike_input(net->ends[0].ike, net->now_us, &datagram);
    net_collect(net, 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct net net;

    if (net.flights == NULL)
        net_init(&net, 1);
    else
        net_restart(&net, 1);
    read_payloads(bytes, length);
    give(&net, bytes, length);
    return 0;
}
