/*
 * lanes.c - libipsec-mb, where it is: Debian has it for amd64.
 */
#include "crypto/lanes.h"

#if defined(__x86_64__) && __has_include(<intel-ipsec-mb.h>)

#include "base/arena.h"

#include <intel-ipsec-mb.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAD_SIZE = 64,          /* the block of all digests, bytes */
    SCHEDULE_AES = 15 * 16, /* of 14 rounds, the longest       */
    SCHEDULES = 3 * IMB_DES_KEY_SCHED_SIZE, /* 3DES has three  */
    BURST = 64,
};

struct lanes {
    IMB_MGR *manager;
};

/* As libipsec-mb wants them: key schedules of the one direction, and the
 * digests after the padded keys.  Most of it is of the schedules: AES-128 ends
 * before, and its packets read no more. */
struct lane_keys {
    IMB_CIPHER_MODE mode;
    IMB_HASH_ALG hash;
    IMB_CIPHER_DIRECTION direction;
    uint8_t key_size;
    uint8_t block;
    uint8_t icv;
    const void *triple[3]; /* 3DES: its three schedules */
    alignas(16) uint8_t inner[HMAC_SIZE_MAX];
    alignas(16) uint8_t outer[HMAC_SIZE_MAX];
    alignas(16) uint8_t schedule[SCHEDULES];
};

static bool
is_sound(const IMB_MGR *manager)
{
    const uint64_t tested = IMB_FEATURE_SELF_TEST;

    return imb_get_errno((IMB_MGR *)(uintptr_t)manager) == 0 &&
           ((manager->features & tested) == 0 ||
               (manager->features & IMB_FEATURE_SELF_TEST_PASS) != 0);
}

struct lanes *
lanes_new(void)
{
    struct lanes *lanes = mem_alloc(sizeof *lanes);
    IMB_ARCH arch = IMB_ARCH_NONE;

    lanes->manager = alloc_mb_mgr(0);
    if (lanes->manager != NULL)
        init_mb_mgr_auto(lanes->manager, &arch);
    if (lanes->manager == NULL || arch < IMB_ARCH_AVX2 ||
        !is_sound(lanes->manager)) {
        lanes_free(lanes);
        return NULL;
    }
    return lanes;
}

void
lanes_free(struct lanes *lanes)
{
    if (lanes == NULL)
        return;
    if (lanes->manager != NULL)
        free_mb_mgr(lanes->manager);
    free(lanes);
}

/* ---- keys ---- */

/* A digest of one block: the key, zero padded, xor the pad byte. */
static void
absorb(const IMB_MGR *manager, const struct lane_params *params, uint8_t pad,
    uint8_t *digest)
{
    const struct secret *key = params->authentication_key;
    uint8_t block[PAD_SIZE];

    memset(block, pad, sizeof block);
    for (size_t i = 0; i < key->length; i++)
        block[i] ^= key->bytes[i];
    if (params->hmac == HMAC_MD5) {
        IMB_MD5_ONE_BLOCK(manager, block, digest);
    } else if (params->hmac == HMAC_SHA1) {
        IMB_SHA1_ONE_BLOCK(manager, block, digest);
    } else {
        IMB_SHA256_ONE_BLOCK(manager, block, digest);
    }
    wipe(block, sizeof block);
}

static enum err
set_hash(struct lane_keys *keys, const IMB_MGR *manager,
    const struct lane_params *params)
{
    static const IMB_HASH_ALG hashes[] = {
        [HMAC_NONE] = IMB_AUTH_NULL,
        [HMAC_MD5] = IMB_AUTH_MD5,
        [HMAC_SHA1] = IMB_AUTH_HMAC_SHA_1,
        [HMAC_SHA256] = IMB_AUTH_HMAC_SHA_256,
    };

    keys->hash = hashes[params->hmac];
    if (params->hmac == HMAC_NONE)
        return OK;
    if (params->authentication_key->length != hmac_size(params->hmac))
        return ERR_INVALID;
    keys->icv = (uint8_t)hmac_icv(params->hmac);
    absorb(manager, params, 0x36, keys->inner);
    absorb(manager, params, 0x5c, keys->outer);
    return OK;
}

static void
expand_aes(struct lane_keys *keys, const IMB_MGR *manager, const uint8_t *key)
{
    alignas(16) uint8_t other[SCHEDULE_AES];
    const bool encrypts = keys->direction == IMB_DIR_ENCRYPT;
    uint8_t *forth = encrypts ? keys->schedule : other;
    uint8_t *back = encrypts ? other : keys->schedule;

    if (keys->key_size == IMB_KEY_128_BYTES) {
        IMB_AES_KEYEXP_128(manager, key, forth, back);
    } else if (keys->key_size == IMB_KEY_192_BYTES) {
        IMB_AES_KEYEXP_192(manager, key, forth, back);
    } else {
        IMB_AES_KEYEXP_256(manager, key, forth, back);
    }
    wipe(other, sizeof other);
}

/* The schedules of DES serve both directions. */
static void
expand_des(struct lane_keys *keys, const IMB_MGR *manager, const uint8_t *key)
{
    for (size_t i = 0; i < keys->key_size / 8u; i++) {
        keys->triple[i] = keys->schedule + i * IMB_DES_KEY_SCHED_SIZE;
        (void)IMB_DES_KEYSCHED(manager,
            (uint64_t *)(void *)(keys->schedule + i * IMB_DES_KEY_SCHED_SIZE),
            key + i * 8);
    }
}

static enum err
set_cipher(struct lane_keys *keys, const IMB_MGR *manager,
    const struct lane_params *params)
{
    static const IMB_CIPHER_MODE modes[] = {
        [CIPHER_NONE] = IMB_CIPHER_NULL,
        [CIPHER_DES_CBC] = IMB_CIPHER_DES,
        [CIPHER_3DES_CBC] = IMB_CIPHER_DES3,
        [CIPHER_AES_128_CBC] = IMB_CIPHER_CBC,
        [CIPHER_AES_192_CBC] = IMB_CIPHER_CBC,
        [CIPHER_AES_256_CBC] = IMB_CIPHER_CBC,
    };
    const bool is_des =
        params->cipher == CIPHER_DES_CBC || params->cipher == CIPHER_3DES_CBC;

    keys->mode = modes[params->cipher];
    if (params->cipher == CIPHER_NONE)
        return OK;
    if (is_des && manager->used_arch < IMB_ARCH_AVX512)
        return ERR_NOT_FOUND; /* it has lanes there only */
    if (params->encryption_key->length != cipher_key_size(params->cipher))
        return ERR_INVALID;
    keys->key_size = (uint8_t)cipher_key_size(params->cipher);
    keys->block = (uint8_t)cipher_block(params->cipher);
    if (is_des) {
        expand_des(keys, manager, params->encryption_key->bytes);
    } else {
        expand_aes(keys, manager, params->encryption_key->bytes);
    }
    return OK;
}

/* Decryption is no chain: with AES one packet fills the processor. */
static bool
is_quick_alone(const struct lane_params *params)
{
    return params->direction == CIPHER_DECRYPT && params->hmac == HMAC_NONE &&
           cipher_block(params->cipher) == CIPHER_BLOCK_MAX;
}

enum err
lane_keys_new(const struct lanes *lanes, const struct lane_params *params,
    struct lane_keys **out_keys)
{
    struct lane_keys *keys;
    enum err err;

    if (params->cipher == CIPHER_NONE && params->hmac == HMAC_NONE)
        return ERR_INVALID;
    if (lanes == NULL || is_quick_alone(params))
        return ERR_NOT_FOUND;
    keys = mem_alloc(sizeof *keys);
    keys->direction =
        params->direction == CIPHER_ENCRYPT ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
    err = set_hash(keys, lanes->manager, params);
    if (err == OK)
        err = set_cipher(keys, lanes->manager, params);
    if (err != OK) {
        lane_keys_free(keys);
        return err;
    }
    *out_keys = keys;
    return OK;
}

size_t
lane_keys_size(const struct lane_keys *keys)
{
    size_t schedule = SCHEDULES;

    if (keys->mode == IMB_CIPHER_NULL) {
        schedule = 0;
    } else if (keys->mode == IMB_CIPHER_CBC) {
        schedule = (keys->key_size / 4u + 7u) * 16u; /* FIPS 197, 5 */
    }
    return offsetof(struct lane_keys, schedule) + schedule;
}

void
lane_keys_free(struct lane_keys *keys)
{
    if (keys == NULL)
        return;
    wipe(keys, sizeof *keys);
    free(keys);
}

/* ---- packets ---- */

static void
fill(IMB_JOB *to, const struct lane_job *job)
{
    const struct lane_keys *keys = job->keys;
    const bool encrypts = keys->direction == IMB_DIR_ENCRYPT;
    const void *schedule = keys->mode == IMB_CIPHER_DES3
                               ? (const void *)keys->triple
                               : keys->schedule;

    to->cipher_mode = keys->mode;
    to->cipher_direction = keys->direction;
    to->hash_alg = keys->hash;
    to->chain_order = encrypts ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
    to->enc_keys = schedule;
    to->dec_keys = schedule;
    to->key_len_in_bytes = keys->key_size;
    to->src = job->bytes;
    to->dst = job->bytes + job->clear;
    to->iv = job->iv;
    to->iv_len_in_bytes = keys->block;
    to->cipher_start_src_offset_in_bytes = job->clear;
    to->msg_len_to_cipher_in_bytes = job->length - job->clear;
    to->hash_start_src_offset_in_bytes = 0;
    to->msg_len_to_hash_in_bytes = job->length;
    to->auth_tag_output = job->icv;
    to->auth_tag_output_len_in_bytes = keys->icv;
    to->u.HMAC._hashed_auth_key_xor_ipad = keys->inner;
    to->u.HMAC._hashed_auth_key_xor_opad = keys->outer;
}

/* At most BURST jobs. */
static size_t
run_burst(IMB_MGR *manager, const struct lane_job *jobs, size_t count)
{
    IMB_JOB *slots[BURST];
    uint32_t want = (uint32_t)count;
    uint32_t done;
    uint32_t more;

    if (IMB_GET_NEXT_BURST(manager, want, slots) != want)
        return 0;
    for (size_t i = 0; i < count; i++)
        fill(slots[i], &jobs[i]);
    done = IMB_SUBMIT_BURST(manager, want, slots);
    if (imb_get_errno(manager) != 0)
        return 0; /* none was begun */
    while (done < want) {
        more = IMB_FLUSH_BURST(manager, want - done, slots);
        if (more == 0)
            break;
        done += more;
    }
    return done;
}

size_t
lanes_run(struct lanes *lanes, const struct lane_job *jobs, size_t count)
{
    size_t done = 0;

    while (done < count) {
        size_t most = count - done < BURST ? count - done : BURST;
        size_t now = run_burst(lanes->manager, jobs + done, most);

        done += now;
        if (now < most)
            break;
    }
    return done;
}

#else

struct lanes *
lanes_new(void)
{
    return NULL;
}

void
lanes_free(struct lanes *lanes)
{
    (void)lanes;
}

enum err
lane_keys_new(const struct lanes *lanes, const struct lane_params *params,
    struct lane_keys **out_keys)
{
    (void)lanes;
    (void)params;
    (void)out_keys;
    return ERR_NOT_FOUND;
}

size_t
lane_keys_size(const struct lane_keys *keys)
{
    (void)keys;
    return 0;
}

void
lane_keys_free(struct lane_keys *keys)
{
    (void)keys;
}

size_t
lanes_run(struct lanes *lanes, const struct lane_job *jobs, size_t count)
{
    (void)lanes;
    (void)jobs;
    (void)count;
    return 0;
}

#endif
