/*
 * lanes.c - ESP packets as jobs for lanes (crypto/lanes.h).
 */
#include "crypto/lanes.h"

#include "esp/esp.h"
#include "esp/state.h"

bool
esp_has_lanes(const struct esp *esp)
{
    return esp->lanes != NULL;
}

void
esp_lane(const struct esp *esp, struct lane_job *job)
{
    const bool is_nonce_clear = esp->aead != NULL || !esp->is_outbound;
    uint8_t *bytes = job->bytes;

    job->keys = esp->lanes;
    job->length -= esp->icv;
    job->iv = is_nonce_clear ? bytes + ESP_HEADER : cipher_zero_block;
    job->clear = is_nonce_clear ? esp_front(esp) : ESP_HEADER;
    if (esp->is_outbound)
        job->icv = bytes + job->length;
}

bool
esp_lane_matches(const struct esp *esp, const struct lane_job *job)
{
    return hmac_equal(job->icv, job->bytes + job->length, esp->icv);
}
