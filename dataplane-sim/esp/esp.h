/*
 * esp.h - the Encapsulating Security Payload of one SA (RFC 2406), without
 * the outer IP header, the sequence number and the anti-replay window: those
 * are the SA's, which calls the steps below in the order of RFC 2406, 3.4.
 *
 *    +-----+----------+----+---------------------+---------+---+----+-----+
 *    | SPI | sequence | IV | packet or payload   | 1 2 3.. |len|next| ICV |
 *    +-----+----------+----+---------------------+---------+---+----+-----+
 *     4     4         0..16 |<--- encrypted (or in clear) ---------->| 0..16
 *    |<--------------------- authenticated ------------------------->|
 *
 * RFC 2405, 2451 and 3602 give the ciphers, 2403, 2404 and 4868 the ICV, 2410
 * NULL.
 *
 * Each struct esp draws a random word, its epoch; with the sequence number it
 * makes a nonce that does not come twice under a key, not even if numbers did.
 * AES-GCM (RFC 4106) sends it as the IV, its own nonce's second part, which is
 * not itself authenticated.  CBC wants an IV that nobody can predict (RFC 3602,
 * 2.1): it is the nonce, encrypted under the SA's key (NIST SP 800-38A,
 * appendix C).  That is the first block of a message that begins with the
 * nonce and is encrypted with an IV of zeros, so it costs one block more and
 * no source of random bytes.
 *
 * A struct esp works in one direction; made in thread M, then thread D's.
 */
#ifndef ESP_ESP_H
#define ESP_ESP_H

#include "base/err.h"
#include "crypto/aead.h"
#include "crypto/cipher.h"
#include "crypto/hmac.h"
#include "gen/drops.h"

#include <stdbool.h>
#include <stdint.h>

struct crypto;
struct esp;
struct lane_job;
struct pkt;
struct secret;

/* The keys are borrowed for the call; that of CIPHER_NONE or HMAC_NONE is
 * not looked at.  With an AEAD both are those, and the encryption key is its
 * own. */
struct esp_params {
    uint32_t spi; /* host order */
    enum cipher_direction direction;
    enum cipher_kind cipher;
    enum hmac_kind hmac;
    enum aead_kind aead;
    uint8_t payload; /* next header; 0: that of tunnel mode, IPv4 */
    const struct secret *encryption_key;
    const struct secret *authentication_key;
};

/* ERR_INVALID: a key of the wrong length.  ERR_EXHAUSTED: OpenSSL refuses. */
MUST_CHECK enum err esp_new(struct crypto *crypto,
    const struct esp_params *params, struct esp **out_esp);
void esp_free(struct esp *esp); /* NULL is allowed; wipes */

/* As sa_ahead, in steps 0, 1, 2. */
void esp_ahead(const struct esp *esp, unsigned step);

/* Bytes that ESP adds to an inner packet of this length. */
uint32_t esp_overhead(const struct esp *esp, uint32_t inner_length);

/* Outbound: from the inner packet to the ESP header, in two steps.  Laid out,
 * the packet has its length, header, nonce and padding, but is in clear.
 * DROP_TOO_BIG_TUNNEL where the buffer has no room. */
enum drop esp_lay_out(struct esp *esp, struct pkt *pkt, uint32_t sequence);
/* bytes: from the ESP header to the end of the ICV.  False: OpenSSL refuses,
 * DROP_ENCRYPT_FAILED. */
bool esp_encrypt(struct esp *esp, uint8_t *bytes, uint32_t length);

/* Inbound, pkt being at the ESP header, in this order. */

/* Length and alignment; false: DROP_TRUNCATED. */
bool esp_read(
    const struct esp *esp, const struct pkt *pkt, uint32_t *out_sequence);
/* The ICV; true also where the SA has no authentication.  An AEAD decrypts in
 * the same pass, so the packet is of no use where this is false. */
bool esp_verify(struct esp *esp, struct pkt *pkt);
/* False: DROP_DECRYPT_FAILED. */
bool esp_decrypt(struct esp *esp, struct pkt *pkt);
/* Checks and takes off padding and trailer, header and ICV; pkt is then the
 * inner packet or the payload.  DROP_BAD_PADDING; another next header is that
 * too, but in transport mode DROP_OTHER_PROTOCOL. */
enum drop esp_strip(const struct esp *esp, struct pkt *pkt);

/* Encryption with the ICV, or verification with decryption, of many packets at
 * once (crypto/lanes.h). */

/* Has it the keys for that? */
bool esp_has_lanes(const struct esp *esp);
/* Make a job of one packet: its bytes are from the ESP header to the end of the
 * ICV.  Inbound the ICV as it should be goes where icv says, HMAC_ICV_MAX
 * bytes; outbound into the packet. */
void esp_lane(const struct esp *esp, struct lane_job *job);
/* Inbound, when it was run: was the packet's the same? */
bool esp_lane_matches(const struct esp *esp, const struct lane_job *job);

#endif
