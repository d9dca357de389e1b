/* Lanes give the bytes of cipher.h and hmac.h, and refuse what these do. */
#include "crypto/lanes.h"

#include "crypto/aead.h"
#include "crypto/provider.h"

#include <criterion/criterion.h>
#include <string.h>

enum { JOBS = 130, LONGEST = 2048, ROOM = 64 + LONGEST + HMAC_ICV_MAX };

static struct crypto *crypto;
static struct lanes *lanes;
static uint8_t expected[JOBS][ROOM];
static uint8_t bytes[JOBS][ROOM];
static struct lane_job jobs[JOBS];

static void
set_up(void)
{
    cr_assert_eq(crypto_open(NULL, &crypto), OK);
    lanes = lanes_new();
}

static void
tear_down(void)
{
    lanes_free(lanes);
    crypto_close(crypto);
}

TestSuite(lanes, .init = set_up, .fini = tear_down);

/* Different in each job. */
static void
make_key(struct secret *key, size_t length, uint8_t salt)
{
    key->length = length;
    for (size_t i = 0; i < length; i++)
        key->bytes[i] = (uint8_t)(i * 29 + salt * 7 + 3);
}

static void
fill(uint8_t *text, size_t salt)
{
    for (size_t i = 0; i < ROOM; i++)
        text[i] = (uint8_t)(i * i + salt);
}

/* By OpenSSL, one after the other. */
static void
run_cipher(const struct lane_params *params, const struct lane_job *job)
{
    struct cipher *cipher = NULL;

    if (params->cipher == CIPHER_NONE)
        return;
    cr_assert_eq(cipher_new(crypto, params->cipher, params->direction,
                     params->encryption_key, &cipher),
        OK);
    cr_assert(cipher_run(
        cipher, job->iv, job->bytes + job->clear, job->length - job->clear));
    cipher_free(cipher);
}

static void
run_hmac(const struct lane_params *params, const struct lane_job *job)
{
    struct hmac *hmac = NULL;

    if (params->hmac == HMAC_NONE)
        return;
    cr_assert_eq(hmac_new(params->hmac, params->authentication_key, &hmac), OK);
    hmac_start(hmac);
    hmac_add(hmac, job->bytes, job->length);
    hmac_finish(hmac, job->icv, hmac_icv(params->hmac));
    hmac_free(hmac);
}

/* The tag is of the encrypted bytes: inbound it is found by encrypting the
 * decrypted ones again, since a key stream undoes itself. */
static void
run_aead(const struct lane_params *params, const struct lane_job *job)
{
    const struct aead_text text = {job->bytes, LANE_HEADER,
        job->bytes + job->clear, job->length - job->clear};
    struct aead *aead = NULL;
    uint8_t clear[LONGEST];

    cr_assert_eq(aead_new(crypto, params->aead, CIPHER_ENCRYPT,
                     params->encryption_key, &aead),
        OK);
    cr_assert(aead_seal(aead, job->iv, &text, job->icv));
    if (params->direction == CIPHER_DECRYPT) {
        memcpy(clear, text.bytes, text.length);
        cr_assert(aead_seal(aead, job->iv, &text, job->icv));
        memcpy(text.bytes, clear, text.length);
    }
    aead_free(aead);
}

static void
do_alone(const struct lane_params *params, const struct lane_job *job)
{
    if (params->aead != AEAD_NONE) {
        run_aead(params, job);
        return;
    }
    if (params->direction == CIPHER_ENCRYPT)
        run_cipher(params, job);
    run_hmac(params, job);
    if (params->direction == CIPHER_DECRYPT)
        run_cipher(params, job);
}

/* A job with 24 bytes in clear, of these the IV the last. */
static struct lane_job
job_of(uint8_t *text, size_t iv, uint32_t length)
{
    return (struct lane_job){
        .iv = text + 24 - iv,
        .bytes = text,
        .clear = 24,
        .length = length,
        .icv = text + length,
    };
}

/* Every job has its keys and its length. */
static void
compare(struct lane_params params)
{
    const bool is_aead = params.aead != AEAD_NONE;
    const size_t iv = is_aead ? AEAD_IV : cipher_block(params.cipher);
    const uint32_t step = is_aead || iv == 0 ? 4 : 16;
    struct secret encryption = {0};
    struct secret authentication = {0};
    struct lane_keys *keys[JOBS] = {NULL};
    enum err err = OK;

    params.encryption_key = &encryption;
    params.authentication_key = &authentication;
    for (size_t i = 0; i < JOBS && err == OK; i++) {
        uint32_t length = 24 + step * (uint32_t)(1 + i * 31 % 126);
        struct lane_job alone = job_of(expected[i], iv, length);

        make_key(&encryption,
            is_aead ? aead_key_size(params.aead)
                    : cipher_key_size(params.cipher),
            (uint8_t)i);
        make_key(&authentication, hmac_size(params.hmac), (uint8_t)i);
        err = lane_keys_new(lanes, &params, &keys[i]);
        fill(expected[i], i);
        fill(bytes[i], i);
        do_alone(&params, &alone);
        jobs[i] = job_of(bytes[i], iv, length);
        jobs[i].keys = keys[i];
    }
    cr_expect(err == OK || err == ERR_NOT_FOUND);
    if (err == OK) {
        cr_expect_eq(lanes_run(lanes, jobs, JOBS), JOBS);
        for (size_t i = 0; i < JOBS; i++)
            cr_expect_arr_eq(bytes[i], expected[i], ROOM,
                "cipher %u, hmac %u, aead %u, direction %u, job %zu",
                params.cipher, params.hmac, params.aead, params.direction, i);
    }
    for (size_t i = 0; i < JOBS; i++)
        lane_keys_free(keys[i]);
}

static void
compare_both_ways(
    enum cipher_kind cipher, enum hmac_kind hmac, enum aead_kind aead)
{
    compare((struct lane_params){.direction = CIPHER_ENCRYPT,
        .cipher = cipher,
        .hmac = hmac,
        .aead = aead});
    compare((struct lane_params){.direction = CIPHER_DECRYPT,
        .cipher = cipher,
        .hmac = hmac,
        .aead = aead});
}

Test(lanes, give_the_bytes_of_ciphers_and_digests)
{
    for (unsigned cipher = CIPHER_NONE; cipher <= CIPHER_AES_256_CBC; cipher++)
        for (unsigned hmac = HMAC_NONE; hmac <= HMAC_SHA256; hmac++)
            if (cipher != CIPHER_NONE || hmac != HMAC_NONE)
                compare_both_ways(cipher, hmac, AEAD_NONE);
    compare_both_ways(CIPHER_NONE, HMAC_NONE, AEAD_AES_128_GCM);
    compare_both_ways(CIPHER_NONE, HMAC_NONE, AEAD_AES_256_GCM);
}

Test(lanes, refuse_wrong_keys_and_nothing_to_do)
{
    struct secret right = {.length = 16};
    struct secret wrong = {.length = 15};
    struct lane_params params = {.direction = CIPHER_ENCRYPT,
        .encryption_key = &right,
        .authentication_key = &right};
    struct lane_keys *keys = NULL;

    cr_expect_eq(lane_keys_new(lanes, &params, &keys), ERR_INVALID);
    params.hmac = HMAC_MD5;
    params.authentication_key = &wrong;
    cr_expect_eq(lane_keys_new(lanes, &params, &keys), ERR_INVALID);
    params.authentication_key = &right;
    params.cipher = CIPHER_AES_128_CBC;
    params.encryption_key = &wrong;
    cr_expect_eq(lane_keys_new(lanes, &params, &keys), ERR_INVALID);
    cr_expect_null(keys);
    params.encryption_key = &right;
    cr_expect_eq(lane_keys_new(NULL, &params, &keys), ERR_NOT_FOUND);
}

/* Those before a job that the library refuses may be done or not, the count
 * says which; the refused one stays as it was. */
Test(lanes, leave_what_they_refuse)
{
    struct secret key = {.length = 16};
    const struct lane_params params = {.direction = CIPHER_ENCRYPT,
        .cipher = CIPHER_AES_128_CBC,
        .encryption_key = &key};
    struct lane_keys *keys = NULL;
    uint8_t before[ROOM];

    if (lane_keys_new(lanes, &params, &keys) != OK)
        return; /* this machine has none */
    for (size_t i = 0; i < 8; i++) {
        fill(bytes[i], i);
        jobs[i] = job_of(bytes[i], CIPHER_BLOCK_MAX, 24 + 64);
        jobs[i].keys = keys;
    }
    jobs[5].length--; /* not of whole blocks */
    memcpy(before, bytes[5], ROOM);
    cr_expect_leq(lanes_run(lanes, jobs, 8), 5);
    cr_expect_arr_eq(bytes[5], before, ROOM);
    jobs[5].length++;
    cr_expect_eq(lanes_run(lanes, jobs, 8), 8);
    lane_keys_free(keys);
}
