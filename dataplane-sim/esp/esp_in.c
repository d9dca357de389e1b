/*
 * esp_in.c - inbound: length, ICV, decryption, padding (RFC 2406, 3.4).
 */
#include "base/bytes.h"
#include "esp/esp.h"
#include "esp/state.h"
#include "pkt/pkt.h"

bool
esp_read(const struct esp *esp, const struct pkt *pkt, uint32_t *out_sequence)
{
    uint32_t around = esp_front(esp) + esp->icv;
    uint32_t covered;

    if (pkt->length < around + esp->block)
        return false;
    covered = pkt->length - around;
    if (covered % esp->block != 0)
        return false;
    *out_sequence = get_u32(pkt->at + 4);
    return true;
}

static bool
open_aead(struct esp *esp, struct pkt *pkt)
{
    const uint8_t *iv = pkt->at + ESP_HEADER;
    uint32_t around = esp_front(esp);
    struct aead_text text = {
        .header = pkt->at,
        .header_length = ESP_HEADER,
        .bytes = pkt->at + around,
        .length = pkt->length - around - esp->icv,
    };

    return aead_open(esp->aead, iv, &text, text.bytes + text.length);
}

bool
esp_verify(struct esp *esp, struct pkt *pkt)
{
    uint32_t covered = pkt->length - esp->icv;

    if (esp->aead != NULL)
        return open_aead(esp, pkt);
    if (esp->hmac == NULL)
        return true;
    hmac_start(esp->hmac);
    hmac_add(esp->hmac, pkt->at, covered);
    return hmac_matches(esp->hmac, pkt->at + covered, esp->icv);
}

/* The pad bytes count up from 1 (RFC 2406, 2.4): a cheap sign of a wrong
 * key where nothing else authenticates.  out_size includes the trailer. */
static bool
padding_is_good(const struct pkt *pkt, uint32_t *out_size)
{
    const uint8_t *end = pkt->at + pkt->length;
    uint32_t size = (uint32_t)end[-2] + ESP_TRAILER;
    const uint8_t *padding;

    if (size > pkt->length)
        return false;
    padding = end - size;
    for (uint32_t i = 0; i < size - ESP_TRAILER; i++) {
        if (padding[i] != i + 1)
            return false;
    }
    *out_size = size;
    return true;
}

bool
esp_decrypt(struct esp *esp, struct pkt *pkt)
{
    const uint32_t around = esp_front(esp) + esp->icv;

    return esp->cipher == NULL ||
           cipher_run(esp->cipher, pkt->at + ESP_HEADER,
               pkt->at + esp_front(esp), pkt->length - around);
}

enum drop
esp_strip(const struct esp *esp, struct pkt *pkt)
{
    uint32_t size = 0;

    pkt_trim(pkt, esp->icv);
    pkt_pull(pkt, esp_front(esp));
    if (!padding_is_good(pkt, &size))
        return DROP_BAD_PADDING;
    if (pkt->at[pkt->length - 1] != esp->payload) {
        return esp->payload == IP4_PROTO_IPIP ? DROP_BAD_PADDING
                                              : DROP_OTHER_PROTOCOL;
    }
    pkt_trim(pkt, size);
    return DROP_NONE;
}
