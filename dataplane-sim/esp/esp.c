/*
 * esp.c - the life of a struct esp, and its sizes.
 */
#include "esp/esp.h"

#include "base/ahead.h"
#include "base/arena.h"
#include "crypto/lanes.h"
#include "crypto/provider.h"
#include "esp/state.h"
#include "pkt/pkt.h"

#include <stdlib.h>

static enum err
set_cipher(
    struct esp *esp, struct crypto *crypto, const struct esp_params *params)
{
    esp->block = ESP_ALIGN;
    if (params->cipher == CIPHER_NONE)
        return OK;
    esp->block = (uint8_t)cipher_block(params->cipher);
    esp->iv = esp->block;
    return cipher_new(crypto, params->cipher, params->direction,
        params->encryption_key, &esp->cipher);
}

static enum err
set_hmac(struct esp *esp, const struct esp_params *params)
{
    if (params->hmac == HMAC_NONE)
        return OK;
    if (params->authentication_key->length != hmac_size(params->hmac))
        return ERR_INVALID;
    esp->icv = (uint8_t)hmac_icv(params->hmac);
    return hmac_new(params->hmac, params->authentication_key, &esp->hmac);
}

static enum err
set_aead(
    struct esp *esp, struct crypto *crypto, const struct esp_params *params)
{
    if (params->aead == AEAD_NONE)
        return OK;
    if (params->cipher != CIPHER_NONE || params->hmac != HMAC_NONE)
        return ERR_INVALID;
    esp->iv = AEAD_IV;
    esp->icv = AEAD_TAG;
    return aead_new(crypto, params->aead, params->direction,
        params->encryption_key, &esp->aead);
}

/* Without them packets go one after the other. */
static enum err
set_lanes(
    struct esp *esp, struct crypto *crypto, const struct esp_params *params)
{
    const struct lane_params lane = {
        .direction = params->direction,
        .cipher = params->cipher,
        .hmac = params->hmac,
        .aead = params->aead,
        .encryption_key = params->encryption_key,
        .authentication_key = params->authentication_key,
    };
    enum err err;

    if (esp->cipher == NULL && esp->hmac == NULL && esp->aead == NULL)
        return OK;
    err = lane_keys_new(crypto_lanes(crypto), &lane, &esp->lanes);
    if (err == OK)
        esp->lanes_size = (uint16_t)lane_keys_size(esp->lanes);
    return err == ERR_NOT_FOUND ? OK : err;
}

enum err
esp_new(struct crypto *crypto, const struct esp_params *params,
    struct esp **out_esp)
{
    struct esp *esp = mem_alloc_lines(sizeof *esp);
    enum err err;

    esp->spi = params->spi;
    esp->is_outbound = params->direction == CIPHER_ENCRYPT;
    if (esp->is_outbound)
        crypto_random(crypto, esp->epoch, sizeof esp->epoch);
    esp->payload = params->payload != 0 ? params->payload : IP4_PROTO_IPIP;
    err = set_cipher(esp, crypto, params);
    if (err == OK)
        err = set_hmac(esp, params);
    if (err == OK)
        err = set_aead(esp, crypto, params);
    if (err == OK)
        err = set_lanes(esp, crypto, params);
    if (err != OK) {
        esp_free(esp);
        return err;
    }
    *out_esp = esp;
    return OK;
}

void
esp_free(struct esp *esp)
{
    if (esp == NULL)
        return;
    cipher_free(esp->cipher);
    hmac_free(esp->hmac);
    aead_free(esp->aead);
    lane_keys_free(esp->lanes);
    mem_free_lines(esp);
}

void
esp_ahead(const struct esp *esp, unsigned step)
{
    if (step == 0) {
        ahead(esp, sizeof *esp);
        return;
    }
    if (esp->lanes != NULL) {
        if (step == 1)
            ahead(esp->lanes, esp->lanes_size);
        return;
    }
    if (esp->aead != NULL)
        aead_ahead(esp->aead, step - 1);
    if (esp->cipher != NULL)
        cipher_ahead(esp->cipher, step - 1);
    if (esp->hmac != NULL && step == 1)
        hmac_ahead(esp->hmac);
}

uint8_t
esp_padding(const struct esp *esp, uint32_t inner_length)
{
    uint32_t over = (inner_length + ESP_TRAILER) % esp->block;

    return (uint8_t)(over == 0 ? 0 : esp->block - over);
}

uint32_t
esp_overhead(const struct esp *esp, uint32_t inner_length)
{
    return (uint32_t)ESP_HEADER + esp->iv + esp_padding(esp, inner_length) +
           ESP_TRAILER + esp->icv;
}
