/*
 * lanes.h - CBC and HMAC, or AES-GCM, of many packets at a time.
 *
 * Each block of CBC encryption, and of a digest, waits for the one before it,
 * so one packet leaves most of a processor idle.  Debian's libipsec-mb puts up
 * to 16 packets, of any keys and lengths, into the lanes of vector registers;
 * AES-GCM has no such chain, and takes four of its own blocks side by side.
 * The bytes are those of cipher.h, hmac.h and aead.h; these stay for packets
 * that come alone, and where the library or the processor has no lanes.
 *
 * Keys are made in thread M; a struct lanes belongs to one thread.  Nothing is
 * allocated per packet.
 */
#ifndef CRYPTO_LANES_H
#define CRYPTO_LANES_H

#include "base/err.h"
#include "base/secret.h"
#include "crypto/aead.h"
#include "crypto/cipher.h"
#include "crypto/hmac.h"

#include <stddef.h>
#include <stdint.h>

struct lanes;
struct lane_keys;

/* Fewer packets are faster one after the other. */
enum { LANES_FEW = 5 };

/* NULL: this build or this machine has none. */
struct lanes *lanes_new(void);
void lanes_free(struct lanes *lanes); /* NULL is allowed */

/* Either cipher or hmac may be none, but not both; then its key is not looked
 * at.  With an AEAD both are.  lanes is borrowed for the call.
 * ERR_NOT_FOUND: lanes would not be faster, or there are none.
 * ERR_INVALID: a key of the wrong length. */
struct lane_params {
    enum cipher_direction direction;
    enum cipher_kind cipher;
    enum hmac_kind hmac;
    enum aead_kind aead;
    const struct secret *encryption_key;
    const struct secret *authentication_key;
};
MUST_CHECK enum err lane_keys_new(const struct lanes *lanes,
    const struct lane_params *params, struct lane_keys **out_keys);
/* Bytes of them that packets read. */
size_t lane_keys_size(const struct lane_keys *keys);
void lane_keys_free(struct lane_keys *keys); /* wipes; NULL is allowed */

/* One packet: `clear` bytes, then those that are encrypted or decrypted in
 * place, in CBC whole blocks.  All are authenticated, as they are when
 * encrypted, but with an AEAD no more than LANE_HEADER of the clear ones (RFC
 * 4106, 5); and the ICV is written. */
enum { LANE_HEADER = 8 };

struct lane_job {
    const struct lane_keys *keys;
    const uint8_t *iv; /* of a block; AEAD_IV bytes */
    uint8_t *bytes;
    uint32_t clear;
    uint32_t length; /* with the clear ones; without the ICV   */
    uint8_t *icv;    /* hmac_icv or AEAD_TAG bytes; may follow the others */
};

/* How many of the jobs, from the first, are done.  Less than count: the
 * library refuses the others, whose packets are as they were. */
size_t lanes_run(
    struct lanes *lanes, const struct lane_job *jobs, size_t count);

#endif
