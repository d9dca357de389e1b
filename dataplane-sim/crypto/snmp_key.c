/*
 * snmp_key.c - keys of SNMPv3 users from their passphrases.
 *
 *    Ku  = H(a megabyte of the passphrase, over and over)
 *    Kul = H(Ku, engine id, Ku)
 */
#include "crypto/snmp_key.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

enum { REPEATED = 1048576 };

static void
key_of(enum prf_kind kind, const struct secret *passphrase, uint8_t *digest)
{
    uint8_t *text = mem_alloc(REPEATED);
    struct prf_part part = {text, REPEATED};

    for (size_t i = 0; i < REPEATED; i++)
        text[i] = passphrase->bytes[i % passphrase->length];
    prf_hash(kind, &part, 1, digest);
    wipe(text, REPEATED);
    free(text);
}

enum err
snmp_key(enum prf_kind kind, const struct secret *passphrase,
    struct prf_part engine, size_t wanted, struct secret *out_key)
{
    uint8_t bytes[SECRET_MAX + PRF_SIZE_MAX];
    uint8_t key[PRF_SIZE_MAX];
    size_t size = prf_size(kind);
    struct prf_part parts[] = {
        {key, size},
        engine, {key, size}
    };
    size_t length = size;
    enum err error;

    if (wanted == 0)
        wanted = size;
    if (passphrase->length == 0 || wanted > SECRET_MAX)
        return ERR_INVALID;
    key_of(kind, passphrase, key);
    prf_hash(kind, parts, 3, bytes);
    for (; length < wanted; length += size) {
        struct prf_part whole = {bytes, length};

        prf_hash(kind, &whole, 1, bytes + length);
    }
    error = secret_set(out_key, bytes, wanted);
    wipe(key, sizeof key);
    wipe(bytes, sizeof bytes);
    return error;
}
