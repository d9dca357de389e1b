/* Lanes give the bytes of cipher.h and hmac.h, and refuse what these do. */
#include "crypto/lanes.h"

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
do_alone(const struct lane_params *params, uint8_t *text, uint32_t clear,
    uint32_t length)
{
    const size_t block = cipher_block(params->cipher);
    struct cipher *cipher = NULL;
    struct hmac *hmac = NULL;

    if (params->hmac != HMAC_NONE)
        cr_assert_eq(
            hmac_new(params->hmac, params->authentication_key, &hmac), OK);
    if (params->cipher != CIPHER_NONE)
        cr_assert_eq(cipher_new(crypto, params->cipher, params->direction,
                         params->encryption_key, &cipher),
            OK);
    if (cipher != NULL && params->direction == CIPHER_ENCRYPT)
        cr_assert(cipher_run(
            cipher, text + clear - block, text + clear, length - clear));
    if (hmac != NULL) {
        hmac_start(hmac);
        hmac_add(hmac, text, length);
        hmac_finish(hmac, text + length, hmac_icv(params->hmac));
    }
    if (cipher != NULL && params->direction == CIPHER_DECRYPT)
        cr_assert(cipher_run(
            cipher, text + clear - block, text + clear, length - clear));
    hmac_free(hmac);
    cipher_free(cipher);
}

/* Every length of whole blocks comes about, every job has its keys. */
static void
compare(enum cipher_kind cipher, enum hmac_kind hmac,
    enum cipher_direction direction)
{
    const uint32_t block = cipher == CIPHER_NONE ? 4 : 16;
    struct secret encryption = {0};
    struct secret authentication = {0};
    const struct lane_params params = {
        direction, cipher, hmac, &encryption, &authentication};
    struct lane_keys *keys[JOBS] = {NULL};
    enum err err = OK;

    for (size_t i = 0; i < JOBS && err == OK; i++) {
        uint32_t length = 24 + block * (uint32_t)(1 + i * 31 % 126);

        make_key(&encryption, cipher_key_size(cipher), (uint8_t)i);
        make_key(&authentication, hmac_size(hmac), (uint8_t)i);
        err = lane_keys_new(lanes, &params, &keys[i]);
        fill(expected[i], i);
        fill(bytes[i], i);
        do_alone(&params, expected[i], 24, length);
        jobs[i] = (struct lane_job){
            .keys = keys[i],
            .iv = bytes[i] + 24 - cipher_block(cipher),
            .bytes = bytes[i],
            .clear = 24,
            .length = length,
            .icv = bytes[i] + length,
        };
    }
    cr_expect(err == OK || err == ERR_NOT_FOUND);
    if (err == OK) {
        cr_expect_eq(lanes_run(lanes, jobs, JOBS), JOBS);
        for (size_t i = 0; i < JOBS; i++)
            cr_expect_arr_eq(bytes[i], expected[i], ROOM,
                "cipher %u, hmac %u, direction %u, job %zu", cipher, hmac,
                direction, i);
    }
    for (size_t i = 0; i < JOBS; i++)
        lane_keys_free(keys[i]);
}

Test(lanes, give_the_bytes_of_ciphers_and_digests)
{
    for (unsigned cipher = CIPHER_NONE; cipher <= CIPHER_AES_256_CBC; cipher++)
        for (unsigned hmac = HMAC_NONE; hmac <= HMAC_SHA256; hmac++) {
            if (cipher == CIPHER_NONE && hmac == HMAC_NONE)
                continue;
            compare(cipher, hmac, CIPHER_ENCRYPT);
            compare(cipher, hmac, CIPHER_DECRYPT);
        }
}

Test(lanes, refuse_wrong_keys_and_nothing_to_do)
{
    struct secret right = {.length = 16};
    struct secret wrong = {.length = 15};
    struct lane_params params = {
        CIPHER_ENCRYPT, CIPHER_NONE, HMAC_NONE, &right, &right};
    struct lane_keys *keys = NULL;
    const enum err expect = lanes == NULL ? ERR_NOT_FOUND : ERR_INVALID;

    cr_expect_neq(lane_keys_new(lanes, &params, &keys), OK);
    params.hmac = HMAC_MD5;
    params.authentication_key = &wrong;
    cr_expect_eq(lane_keys_new(lanes, &params, &keys), expect);
    params.authentication_key = &right;
    params.cipher = CIPHER_AES_128_CBC;
    params.encryption_key = &wrong;
    cr_expect_eq(lane_keys_new(lanes, &params, &keys), expect);
    cr_expect_null(keys);
    params.encryption_key = &right;
    cr_expect_eq(lane_keys_new(NULL, &params, &keys), ERR_NOT_FOUND);
}

/* Those before a job that the library refuses may be done or not, the count
 * says which; the refused one stays as it was. */
Test(lanes, leave_what_they_refuse)
{
    struct secret key = {.length = 16};
    const struct lane_params params = {
        CIPHER_ENCRYPT, CIPHER_AES_128_CBC, HMAC_NONE, &key, &key};
    struct lane_keys *keys = NULL;
    uint8_t before[ROOM];

    if (lane_keys_new(lanes, &params, &keys) != OK)
        return; /* none on this machine: the test before this one saw that */
    for (size_t i = 0; i < 8; i++) {
        fill(bytes[i], i);
        jobs[i] = (struct lane_job){.keys = keys,
            .iv = bytes[i],
            .bytes = bytes[i],
            .clear = 24,
            .length = 24 + 64};
    }
    jobs[5].length--; /* not of whole blocks */
    memcpy(before, bytes[5], ROOM);
    cr_expect_leq(lanes_run(lanes, jobs, 8), 5);
    cr_expect_arr_eq(bytes[5], before, ROOM);
    jobs[5].length++;
    cr_expect_eq(lanes_run(lanes, jobs, 8), 8);
    lane_keys_free(keys);
}
