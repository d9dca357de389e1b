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
    PAD_SIZE = 64, /* the block of all digests, bytes */
    /* 16 bytes for each round and one more (FIPS 197, 5) */
    SCHEDULE_AES_128 = 11 * 16,
    SCHEDULE_AES_192 = 13 * 16,
    SCHEDULE_AES_256 = 15 * 16,
    SCHEDULE_DES = IMB_DES_KEY_SCHED_SIZE,
    SCHEDULE_3DES = 3 * SCHEDULE_DES,
    NONCE = AEAD_SALT + AEAD_IV,
    BURST = 64,
};

struct lanes {
    IMB_MGR *manager;
};

/* As libipsec-mb wants them: the digests after the padded keys, and the key
 * schedule of the one direction; or for AES-GCM that and the powers of the hash
 * key.  Packed, since with many SAs each line of it is waited for. */
struct lane_keys {
    uint16_t size;     /* of all of it, which depends on the cipher */
    uint8_t mode;      /* IMB_CIPHER_MODE                           */
    uint8_t hash;      /* IMB_HASH_ALG                              */
    uint8_t direction; /* IMB_CIPHER_DIRECTION                  */
    uint8_t key_size;
    uint8_t block;
    uint8_t icv;
    uint8_t salt[AEAD_SALT];
    alignas(16) uint8_t inner[HMAC_SIZE_MAX];
    uint8_t outer[HMAC_SIZE_MAX];
    uint8_t schedule[];
};

/* Three schedules make the key of 3DES: it is asked for by pointers. */
struct scratch {
    uint8_t nonce[NONCE];
    const void *triple[3];
};

static bool
is_sound(IMB_MGR *manager)
{
    const uint64_t tested = IMB_FEATURE_SELF_TEST;

    return imb_get_errno(manager) == 0 &&
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

static void
set_hash(struct lane_keys *keys, const IMB_MGR *manager,
    const struct lane_params *params)
{
    static const IMB_HASH_ALG hashes[] = {
        [HMAC_NONE] = IMB_AUTH_NULL,
        [HMAC_MD5] = IMB_AUTH_MD5,
        [HMAC_SHA1] = IMB_AUTH_HMAC_SHA_1,
        [HMAC_SHA256] = IMB_AUTH_HMAC_SHA_256,
    };

    keys->hash = (uint8_t)hashes[params->hmac];
    if (params->hmac == HMAC_NONE)
        return;
    keys->icv = (uint8_t)hmac_icv(params->hmac);
    absorb(manager, params, 0x36, keys->inner);
    absorb(manager, params, 0x5c, keys->outer);
}

static void
expand_aes(struct lane_keys *keys, const IMB_MGR *manager, const uint8_t *key)
{
    alignas(16) uint8_t other[SCHEDULE_AES_256];
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
        (void)IMB_DES_KEYSCHED(manager,
            (uint64_t *)(void *)(keys->schedule + i * SCHEDULE_DES),
            key + i * 8);
    }
}

static void
expand_gcm(struct lane_keys *keys, const IMB_MGR *manager, const uint8_t *key)
{
    struct gcm_key_data *data = (struct gcm_key_data *)(void *)keys->schedule;

    keys->hash = IMB_AUTH_AES_GMAC;
    keys->icv = AEAD_TAG;
    memcpy(keys->salt, key + keys->key_size, AEAD_SALT);
    if (keys->key_size == IMB_KEY_128_BYTES) {
        IMB_AES128_GCM_PRE(manager, key, data);
    } else {
        IMB_AES256_GCM_PRE(manager, key, data);
    }
}

/* ---- what each cipher is to libipsec-mb ---- */

typedef void expand_function(
    struct lane_keys *keys, const IMB_MGR *manager, const uint8_t *key);

struct mode {
    IMB_CIPHER_MODE mode;
    IMB_ARCH from; /* processors before have no lanes for it */
    size_t schedule;
    expand_function *expand;
};

/* clang-format off */
static const struct mode ciphers[] = {
    [CIPHER_NONE] = {IMB_CIPHER_NULL, IMB_ARCH_AVX2, 0, NULL},
    [CIPHER_DES_CBC] =
        {IMB_CIPHER_DES, IMB_ARCH_AVX512, SCHEDULE_DES, expand_des},
    [CIPHER_3DES_CBC] =
        {IMB_CIPHER_DES3, IMB_ARCH_AVX512, SCHEDULE_3DES, expand_des},
    [CIPHER_AES_128_CBC] =
        {IMB_CIPHER_CBC, IMB_ARCH_AVX2, SCHEDULE_AES_128, expand_aes},
    [CIPHER_AES_192_CBC] =
        {IMB_CIPHER_CBC, IMB_ARCH_AVX2, SCHEDULE_AES_192, expand_aes},
    [CIPHER_AES_256_CBC] =
        {IMB_CIPHER_CBC, IMB_ARCH_AVX2, SCHEDULE_AES_256, expand_aes},
};
/* clang-format on */

static const struct mode gcm = {
    IMB_CIPHER_GCM, IMB_ARCH_AVX512, sizeof(struct gcm_key_data), expand_gcm};

/* Decryption is no chain: with AES one packet fills the processor. */
static bool
is_quick_alone(const struct lane_params *params)
{
    return params->direction == CIPHER_DECRYPT && params->hmac == HMAC_NONE &&
           params->aead == AEAD_NONE &&
           cipher_block(params->cipher) == CIPHER_BLOCK_MAX;
}

static size_t
wanted_key(const struct lane_params *params)
{
    return params->aead != AEAD_NONE ? aead_key_size(params->aead)
                                     : cipher_key_size(params->cipher);
}

static bool
keys_are_good(const struct lane_params *params)
{
    const size_t wanted = wanted_key(params);

    if (wanted == 0 && params->hmac == HMAC_NONE)
        return false;
    return (wanted == 0 || params->encryption_key->length == wanted) &&
           (params->hmac == HMAC_NONE ||
               params->authentication_key->length == hmac_size(params->hmac));
}

static void
set_cipher(struct lane_keys *keys, const struct mode *mode,
    const IMB_MGR *manager, const struct lane_params *params)
{
    const size_t salt = params->aead != AEAD_NONE ? AEAD_SALT : 0;

    keys->mode = (uint8_t)mode->mode;
    keys->direction =
        params->direction == CIPHER_ENCRYPT ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
    keys->key_size = (uint8_t)(wanted_key(params) - salt);
    keys->block = (uint8_t)cipher_block(params->cipher);
    if (mode->expand != NULL)
        mode->expand(keys, manager, params->encryption_key->bytes);
}

enum err
lane_keys_new(const struct lanes *lanes, const struct lane_params *params,
    struct lane_keys **out_keys)
{
    const struct mode *mode =
        params->aead != AEAD_NONE ? &gcm : &ciphers[params->cipher];
    struct lane_keys *keys;

    if (!keys_are_good(params))
        return ERR_INVALID;
    if (lanes == NULL || is_quick_alone(params) ||
        lanes->manager->used_arch < (uint32_t)mode->from)
        return ERR_NOT_FOUND;
    keys = mem_alloc_lines(sizeof *keys + mode->schedule);
    keys->size = (uint16_t)(sizeof *keys + mode->schedule);
    set_hash(keys, lanes->manager, params);
    set_cipher(keys, mode, lanes->manager, params);
    *out_keys = keys;
    return OK;
}

size_t
lane_keys_size(const struct lane_keys *keys)
{
    return keys->size;
}

void
lane_keys_free(struct lane_keys *keys)
{
    if (keys == NULL)
        return;
    wipe(keys, keys->size);
    mem_free_lines(keys);
}

/* ---- packets ---- */

static void
fill_gcm(IMB_JOB *to, const struct lane_job *job, uint8_t nonce[NONCE])
{
    memcpy(nonce, job->keys->salt, AEAD_SALT);
    memcpy(nonce + AEAD_SALT, job->iv, AEAD_IV);
    to->iv = nonce;
    to->iv_len_in_bytes = NONCE;
    to->hash_start_src_offset_in_bytes = job->clear;
    to->msg_len_to_hash_in_bytes = job->length - job->clear;
    to->u.GCM.aad = job->bytes;
    to->u.GCM.aad_len_in_bytes = LANE_HEADER;
}

static void
fill_cbc(IMB_JOB *to, const struct lane_job *job)
{
    to->iv = job->iv;
    to->iv_len_in_bytes = job->keys->block;
    to->hash_start_src_offset_in_bytes = 0;
    to->msg_len_to_hash_in_bytes = job->length;
    to->u.HMAC._hashed_auth_key_xor_ipad = job->keys->inner;
    to->u.HMAC._hashed_auth_key_xor_opad = job->keys->outer;
}

static const void *
schedule_of(const struct lane_keys *keys, const void *triple[3])
{
    if (keys->mode != IMB_CIPHER_DES3)
        return keys->schedule;
    for (size_t i = 0; i < 3; i++)
        triple[i] = keys->schedule + i * SCHEDULE_DES;
    return (const void *)triple;
}

static void
fill(IMB_JOB *to, const struct lane_job *job, struct scratch *scratch)
{
    const struct lane_keys *keys = job->keys;
    const bool encrypts = keys->direction == IMB_DIR_ENCRYPT;
    const void *schedule = schedule_of(keys, scratch->triple);

    to->cipher_mode = (IMB_CIPHER_MODE)keys->mode;
    to->cipher_direction = (IMB_CIPHER_DIRECTION)keys->direction;
    to->hash_alg = (IMB_HASH_ALG)keys->hash;
    to->chain_order = encrypts ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
    to->enc_keys = schedule;
    to->dec_keys = schedule;
    to->key_len_in_bytes = keys->key_size;
    to->src = job->bytes;
    to->dst = job->bytes + job->clear;
    to->cipher_start_src_offset_in_bytes = job->clear;
    to->msg_len_to_cipher_in_bytes = job->length - job->clear;
    to->auth_tag_output = job->icv;
    to->auth_tag_output_len_in_bytes = keys->icv;
    if (keys->mode == IMB_CIPHER_GCM) {
        fill_gcm(to, job, scratch->nonce);
    } else {
        fill_cbc(to, job);
    }
}

/* At most BURST jobs. */
static size_t
run_burst(IMB_MGR *manager, const struct lane_job *jobs, size_t count)
{
    struct scratch scratch[BURST];
    IMB_JOB *slots[BURST];
    uint32_t want = (uint32_t)count;
    uint32_t done;
    uint32_t more;

    if (IMB_GET_NEXT_BURST(manager, want, slots) != want)
        return 0;
    for (size_t i = 0; i < count; i++)
        fill(slots[i], &jobs[i], &scratch[i]);
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
