/*
 * esp_out.c - outbound: pad, encrypt, authenticate (RFC 2406, 3.3).
 */
#include "base/bytes.h"
#include "esp/esp.h"
#include "esp/state.h"
#include "pkt/pkt.h"

#include <string.h>

/* Padding 1, 2, 3... (RFC 2406, 2.4), its length, the next header. */
static void
write_trailer(uint8_t *at, uint8_t padding, uint8_t payload)
{
    for (uint8_t i = 0; i < padding; i++)
        at[i] = (uint8_t)(i + 1);
    at[padding] = padding;
    at[padding + 1] = payload;
}

/* Where the IV goes: as much of the epoch as there is room for, and the
 * sequence number (RFC 4106, 3.1). */
static void
write_nonce(const struct esp *esp, uint8_t *iv, uint32_t sequence)
{
    const size_t room = esp->iv - sizeof sequence;

    memcpy(iv, esp->epoch, room);
    put_u32(iv + room, sequence);
}

enum drop
esp_lay_out(struct esp *esp, struct pkt *pkt, uint32_t sequence)
{
    uint8_t padding = esp_padding(esp, pkt->length);
    uint8_t *trailer;
    uint8_t *header;

    trailer = pkt_append(pkt, (size_t)padding + ESP_TRAILER + esp->icv);
    header = pkt_push(pkt, esp_front(esp));
    if (trailer == NULL || header == NULL)
        return DROP_TOO_BIG_TUNNEL;
    write_trailer(trailer, padding, esp->payload);
    put_u32(header, esp->spi);
    put_u32(header + 4, sequence);
    if (esp->iv != 0)
        write_nonce(esp, header + ESP_HEADER, sequence);
    return DROP_NONE;
}

static bool
encrypt_aead(struct esp *esp, uint8_t *bytes, uint32_t covered)
{
    const struct aead_text text = {
        .header = bytes,
        .header_length = ESP_HEADER,
        .bytes = bytes + esp_front(esp),
        .length = covered - esp_front(esp),
    };

    return aead_seal(
        esp->aead, bytes + ESP_HEADER, &text, text.bytes + text.length);
}

bool
esp_encrypt(struct esp *esp, uint8_t *bytes, uint32_t length)
{
    const uint32_t covered = length - esp->icv;

    if (esp->aead != NULL)
        return encrypt_aead(esp, bytes, covered);
    if (esp->cipher != NULL && !cipher_run(esp->cipher, cipher_zero_block,
                                   bytes + ESP_HEADER, covered - ESP_HEADER))
        return false;
    if (esp->hmac != NULL) {
        hmac_start(esp->hmac);
        hmac_add(esp->hmac, bytes, covered);
        hmac_finish(esp->hmac, bytes + covered, esp->icv);
    }
    return true;
}
