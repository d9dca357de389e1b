/*
 * ike_protected.c - any payloads behind a right hash, under the right keys: a
 * peer that is known, and hostile.
 *
 *    byte 0   exchange: informational or quick
 *    byte 1   type of the first payload after HASH
 *    rest     payloads
 */
#include "ike/numbers.h"
#include "ike/payloads.h"
#include "tests/support/ike_net.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { ID = 0x12345678, HASH_SIZE = 20, BLOCK = 8, BODY_MAX = 2048 };

static struct ike_sa *
established(const struct ike *ike)
{
    for (uint32_t i = 0; i < ike->sa_room; i++) {
        if (ike->sas[i] != NULL && ike->sas[i]->is_established)
            return ike->sas[i];
    }
    abort();
}

/* RFC 2409, 5.5 and 5.7: HASH(1) over the message id and what follows. */
static void
sign(const struct ike_sa *sa, uint8_t *hash, size_t rest)
{
    uint8_t id[4];
    const struct prf_part parts[] = {
        {id,               sizeof id},
        {hash + HASH_SIZE, rest     },
    };

    put_u32(id, ID);
    prf_mac(PRF_SHA1, (struct prf_part){sa->keys.a, HASH_SIZE}, parts, 2, hash);
}

static void
encrypt_body(
    struct net *net, const struct ike_sa *sa, uint8_t *body, size_t length)
{
    struct secret key = {.length = 24};
    struct cipher *cipher = NULL;
    uint8_t iv[CIPHER_BLOCK_MAX];

    memcpy(key.bytes, sa->keys.cipher, key.length);
    keymat_iv(sa, ID, iv);
    if (cipher_new(net->ends[0].crypto, CIPHER_3DES_CBC, CIPHER_ENCRYPT, &key,
            &cipher) != OK ||
        !cipher_run(cipher, iv, body, length))
        abort();
    cipher_free(cipher);
}

static void
give(struct net *net, const uint8_t *bytes, size_t length)
{
    const struct ike_sa *sa = established(net->ends[0].ike);
    uint8_t out[HEADER_SIZE + BODY_MAX + 64] = {0};
    struct header header = {.exchange = (bytes[0] & 1) != 0
                                            ? EXCHANGE_QUICK
                                            : EXCHANGE_INFORMATIONAL,
        .flags = FLAG_ENCRYPTED,
        .message_id = ID};
    uint8_t zero[HASH_SIZE] = {0};
    struct ike_datagram datagram = {.local = NET_B,
        .local_port = IKE_PORT,
        .remote = NET_A,
        .remote_port = IKE_PORT,
        .bytes = out};
    struct builder b;
    size_t total;

    memcpy(header.cookies, sa->cookies, sizeof header.cookies);
    build_begin(&b, out, sizeof out, &header);
    build_payload(&b, PAYLOAD_HASH, zero, sizeof zero);
    *b.next = bytes[1];
    wr_bytes(&b.w, bytes + 2, length - 2);
    sign(sa, out + HEADER_SIZE + PAYLOAD_HEADER, length - 2);
    while ((wr_length(&b.w) - HEADER_SIZE) % BLOCK != 0)
        wr_u8(&b.w, 0);
    total = build_finish(&b);
    encrypt_body(net, sa, out + HEADER_SIZE, total - HEADER_SIZE);
    datagram.length = total;
    ike_input(net->ends[1].ike, net->now_us, &datagram);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct net net;

    if (length < 2 || length > BODY_MAX)
        return 0;
    if (net.flights == NULL)
        net_init(&net, 1);
    else
        net_restart(&net, 1);
    net_configure(&net);
    ike_need_sa(net.ends[0].ike, net.now_us, 7);
    net_run(&net, 3);
    give(&net, bytes, length);
    net_collect(&net, 1);
    net_run(&net, 60);
    return 0;
}
