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
esp_lane(const struct esp *esp, uint8_t *bytes, uint32_t length, uint8_t *icv,
    struct lane_job *out_job)
{
    const uint32_t covered = length - esp->icv;
    const bool is_nonce_clear = esp->aead != NULL || !esp->is_outbound;

    *out_job = (struct lane_job){
        .keys = esp->lanes,
        .iv = is_nonce_clear ? bytes + ESP_HEADER : cipher_zero_block,
        .bytes = bytes,
        .clear = is_nonce_clear ? esp_front(esp) : ESP_HEADER,
        .length = covered,
        .icv = esp->is_outbound ? bytes + covered : icv,
    };
}

bool
esp_lane_matches(const struct esp *esp, const struct lane_job *job)
{
    return hmac_equal(job->icv, job->bytes + job->length, esp->icv);
}
