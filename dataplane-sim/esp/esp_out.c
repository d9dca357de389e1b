/*
 * esp_out.c - outbound: pad, encrypt, authenticate (RFC 2406, 3.3).
 */
#include "base/bytes.h"
#include "crypto/iv.h"
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

/* The IV: our word and the sequence number (RFC 4106, 3.1). */
static enum drop
seal_aead(struct esp *esp, uint8_t *header, uint32_t covered, uint32_t sequence)
{
    uint8_t *iv = header + ESP_HEADER;
    struct aead_text text = {
        .header = header,
        .header_length = ESP_HEADER,
        .bytes = iv + esp->iv,
        .length = covered,
    };

    memcpy(iv, esp->epoch, sizeof esp->epoch);
    put_u32(iv + sizeof esp->epoch, sequence);
    if (!aead_seal(esp->aead, iv, &text, text.bytes + covered))
        return DROP_ENCRYPT_FAILED;
    return DROP_NONE;
}

enum drop
esp_seal(struct esp *esp, struct pkt *pkt, uint32_t sequence)
{
    uint8_t padding = esp_padding(esp, pkt->length);
    uint32_t covered = pkt->length + padding + ESP_TRAILER;
    uint8_t *trailer;
    uint8_t *header;
    uint8_t *body;

    trailer = pkt_append(pkt, (size_t)padding + ESP_TRAILER + esp->icv);
    header = pkt_push(pkt, (size_t)ESP_HEADER + esp->iv);
    if (trailer == NULL || header == NULL)
        return DROP_TOO_BIG_TUNNEL;
    body = header + ESP_HEADER + esp->iv;
    write_trailer(trailer, padding, esp->payload);
    put_u32(header, esp->spi);
    put_u32(header + 4, sequence);
    if (esp->aead != NULL)
        return seal_aead(esp, header, covered, sequence);
    if (esp->cipher != NULL &&
        (!iv_stream_take(esp->ivs, header + ESP_HEADER, esp->iv) ||
            !cipher_run(esp->cipher, header + ESP_HEADER, body, covered)))
        return DROP_ENCRYPT_FAILED;
    if (esp->hmac != NULL) {
        hmac_start(esp->hmac);
        hmac_add(esp->hmac, header, (size_t)(body - header) + covered);
        hmac_finish(esp->hmac, body + covered, esp->icv);
    }
    return DROP_NONE;
}
