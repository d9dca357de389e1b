/*
 * quick_hash.c - the hashes of phase 2: that a message comes from the peer
 * that the IKE SA is with.  RFC 2409, 5.5; the formulas are in quick.c.
 */
#include "ike/quick.h"

#include "crypto/provider.h"
#include "ike/numbers.h"

#include <string.h>

/* Over what follows the HASH payload; nonce NULL: HASH(1). */
static void
hash_of(const struct exchange *exchange, const struct blob *nonce,
    const uint8_t *rest, size_t length, uint8_t *out)
{
    const struct ike_sa *sa = exchange->sa;
    enum prf_kind prf = suite_prf(&sa->suite);
    uint8_t id[4];
    const struct prf_part parts[] = {
        {id,                                  sizeof id},
        {nonce != NULL ? nonce->bytes : NULL,
         nonce != NULL ? nonce->length : 0             },
        {rest,                                length   },
    };

    put_u32(id, exchange->message_id);
    prf_mac(prf, (struct prf_part){sa->keys.a, prf_size(prf)}, parts, 3, out);
}

void
quick_last_hash(const struct exchange *exchange, uint8_t *out)
{
    const struct ike_sa *sa = exchange->sa;
    const struct quick *quick = exchange->quick;
    enum prf_kind prf = suite_prf(&sa->suite);
    uint8_t id[5] = {0};
    const struct prf_part parts[] = {
        {id,                             sizeof id                      },
        {quick->nonces[INITIATOR].bytes, quick->nonces[INITIATOR].length},
        {quick->nonces[RESPONDER].bytes, quick->nonces[RESPONDER].length},
    };

    put_u32(id + 1, exchange->message_id);
    prf_mac(prf, (struct prf_part){sa->keys.a, prf_size(prf)}, parts, 3, out);
}

bool
quick_hash_is(const struct exchange *exchange, const struct message *message,
    const uint8_t *wanted)
{
    const struct payload *first = &message->payloads[0];
    struct secret a = {.length = prf_size(suite_prf(&exchange->sa->suite))};
    struct secret b = {0};

    if (message->count == 0 || first->type != PAYLOAD_HASH)
        return false;
    memcpy(a.bytes, wanted, a.length);
    return secret_set(&b, first->body, first->length) == OK &&
           secret_equal(&a, &b);
}

enum err
quick_check_hash(const struct exchange *exchange, const struct message *message,
    const struct blob *nonce)
{
    uint8_t wanted[PRF_SIZE_MAX];
    const uint8_t *rest;

    if (message->count == 0)
        return ERR_AUTH;
    rest = message->payloads[0].body + message->payloads[0].length;
    hash_of(exchange, nonce, rest, (size_t)(message->end - rest), wanted);
    return quick_hash_is(exchange, message, wanted) ? OK : ERR_AUTH;
}

/* A HASH payload to be filled in by hash_close. */
uint8_t *
quick_hash_open(const struct exchange *exchange, struct builder *b)
{
    size_t size = prf_size(suite_prf(&exchange->sa->suite));
    uint8_t zero[PRF_SIZE_MAX] = {0};
    uint8_t *at;

    build_payload_begin(b, PAYLOAD_HASH);
    at = b->w.at;
    wr_bytes(&b->w, zero, size);
    build_payload_end(b);
    return at;
}

void
quick_hash_close(const struct exchange *exchange, const struct builder *b,
    const struct blob *nonce, uint8_t *at)
{
    const uint8_t *rest = at + prf_size(suite_prf(&exchange->sa->suite));

    if (wr_ok(&b->w))
        hash_of(exchange, nonce, rest, (size_t)(b->w.at - rest), at);
}
