/*
 * ike_fragment.c - fragments of an IKE message, in any order and of any kind.
 *
 *    byte 0   how many seconds pass before it
 *    byte 1   id
 *    byte 2   number
 *    byte 3   flags
 *    byte 4   length, times 32; the next one follows after so many bytes
 *
 * Whatever comes, what is held stays within its bounds and is given back.
 */
#include "ike/engine.h"
#include "ike/numbers.h"
#include "tests/support/ike_net.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { HEAD = 5, UNIT = 32, ROOM = HEADER_SIZE + 8 + 255 * UNIT };

static void
must(bool is_so)
{
    if (!is_so)
        abort();
}

/* What the fuzzer does not give is zero. */
static size_t
build(const uint8_t *bytes, size_t left, uint8_t *out)
{
    static const uint8_t zero[255 * UNIT];
    const struct header header = {.exchange = EXCHANGE_QUICK};
    size_t carried = (size_t)bytes[4] * UNIT;
    struct builder b;
    uint8_t *body;

    memset(out, 0, ROOM);
    build_begin(&b, out, ROOM, &header);
    build_payload_begin(&b, PAYLOAD_FRAGMENT);
    wr_u16(&b.w, bytes[1]);
    wr_u8(&b.w, bytes[2]);
    wr_u8(&b.w, bytes[3]);
    body = b.w.at;
    wr_bytes(&b.w, zero, carried);
    build_payload_end(&b);
    memcpy(body, bytes + HEAD, left - HEAD < carried ? left - HEAD : carried);
    return build_finish(&b);
}

static void
give(struct net *net, struct ike_sa *sa, const uint8_t *bytes, size_t length)
{
    struct ike *ike = net->ends[0].ike;
    uint8_t out[ROOM];

    while (length >= HEAD) {
        size_t used = HEAD + (size_t)bytes[4] * UNIT;
        size_t n = build(bytes, length, out);

        ike->now_us += bytes[0] * (uint64_t)SECOND_US;
        if (n > 0)
            must(fragment_take(ike, sa, out, n) <= IKE_MESSAGE_MAX);
        must(ike->held <= IKE_MESSAGE_MAX && fragments_held(sa) <= 32);
        must((ike->held > 0) == (fragments_held(sa) > 0));
        if (used >= length)
            return;
        bytes += used;
        length -= used;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct net net;
    static uint64_t runs;
    struct ike *ike;
    struct peer *peer;
    struct ike_sa *sa;

    if (runs++ == 0) {
        net_init(&net, 1);
    } else {
        net_restart(&net, 1);
    }
    ike = net.ends[0].ike;
    peer = peer_get(ike, 0, NET_A, NET_B);
    sa = ike_sa_new(ike, peer, true);
    give(&net, sa, bytes, length);
    fragments_forget(ike, sa);
    must(ike->held == 0);
    return 0;
}
