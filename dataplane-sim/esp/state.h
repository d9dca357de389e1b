/*
 * state.h - what a struct esp holds; private to this room.
 */
#ifndef ESP_STATE_H
#define ESP_STATE_H

#include "crypto/aead.h"
#include "esp/esp.h"

enum {
    ESP_HEADER = 8,  /* SPI and sequence number         */
    ESP_TRAILER = 2, /* pad length and next header      */
    ESP_ALIGN = 4,   /* RFC 2406, 2.4, without a cipher */
    ESP_EPOCH = 12,  /* with a sequence number: the longest IV */
};

struct lane_keys;

/* One of cipher and aead, or neither.  What packets that go into lanes need is
 * in its first line. */
struct esp {
    uint32_t spi;
    uint8_t payload; /* next header                               */
    uint8_t block;   /* bytes: payload and trailer are a multiple */
    uint8_t iv;      /* bytes, 0 without a cipher                 */
    uint8_t icv;     /* bytes, 0 without authentication           */
    bool is_outbound;
    uint16_t lanes_size;      /* bytes of lanes that packets read          */
    uint8_t epoch[ESP_EPOCH]; /* outbound: a nonce's first part            */
    struct lane_keys *lanes;  /* the same keys, for many packets; or NULL  */
    struct aead *aead;        /* authenticates too: then hmac is NULL      */
    struct cipher *cipher;    /* NULL: NULL encryption                     */
    struct hmac *hmac;        /* NULL: no authentication                   */
};

/* Bytes before those that are encrypted. */
static inline uint32_t
esp_front(const struct esp *esp)
{
    return (uint32_t)ESP_HEADER + esp->iv;
}

/* Bytes between an inner packet of this length and the trailer. */
uint8_t esp_padding(const struct esp *esp, uint32_t inner_length);

#endif
