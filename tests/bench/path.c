/*
 * path.c - what a packet through an SA costs beside the bare OpenSSL calls.
 *
 * For each transform, direction and inner length three contenders work on
 * the same packets, in turns within one process, and the medians count:
 *
 *    ours    sa_out or sa_in: headers, sequence, window, padding, IV, crypto
 *    limit   EVP calls alone on keyed contexts: a fresh IV, the cipher, and
 *            EVP_MAC (which allocates twice per message)
 *    floor   the crypto room's calls alone, which ours is made of
 *
 * ratio is ours by limit.  Fails if a packet through an SA made OpenSSL
 * allocate.
 */
#include "crypto/aead.h"
#include "crypto/cipher.h"
#include "crypto/hmac.h"
#include "crypto/provider.h"
#include "pkt/pkt.h"
#include "sa/sa.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    BURST = 64,
    ROUNDS = 7,
    TURN_NS = 12 * 1000 * 1000, /* how long a contender's turn lasts */
    OUTER = 20,
};

enum contender { OURS, LIMIT, FLOOR, CONTENDERS };

struct figure {
    const char *transform;
    const char *direction;
    unsigned size;
    double ns[CONTENDERS];
    unsigned long allocations; /* in all turns of ours */
};

/* What all contenders need for one figure. */
struct setting {
    struct crypto *crypto;
    OSSL_LIB_CTX *library; /* for the bare calls */
    struct pkt *pkts[BURST];
    bool outbound;
    uint32_t inner;   /* bytes */
    uint32_t covered; /* bytes under the cipher, 0: none */
    uint32_t hashed;  /* bytes under the HMAC, 0: none   */
    size_t icv;       /* bytes                           */
    struct sa *out;
    struct sa *in;
    struct cipher *cipher;
    struct hmac *hmac;
    struct aead *aead;
    EVP_CIPHER_CTX *evp_cipher;
    EVP_MAC_CTX *evp_mac;
};

/* clang-format off */
static const struct {
    const char *name;
    enum transform transform;
    enum cipher_kind cipher;
    enum hmac_kind hmac;
    enum aead_kind aead;
} transforms[] = {
    {"ah-hmac-md5", TRANSFORM_AH_HMAC_MD5,
        CIPHER_NONE, HMAC_MD5, AEAD_NONE},
    {"ah-hmac-sha", TRANSFORM_AH_HMAC_SHA,
        CIPHER_NONE, HMAC_SHA1, AEAD_NONE},
    {"ah-hmac-sha256", TRANSFORM_AH_HMAC_SHA256,
        CIPHER_NONE, HMAC_SHA256, AEAD_NONE},
    {"esp-hmac-md5", TRANSFORM_ESP_HMAC_MD5,
        CIPHER_NONE, HMAC_MD5, AEAD_NONE},
    {"esp-hmac-sha", TRANSFORM_ESP_HMAC_SHA,
        CIPHER_NONE, HMAC_SHA1, AEAD_NONE},
    {"esp-hmac-sha256", TRANSFORM_ESP_HMAC_SHA256,
        CIPHER_NONE, HMAC_SHA256, AEAD_NONE},
    {"esp-des", TRANSFORM_ESP_DES,
        CIPHER_DES_CBC, HMAC_NONE, AEAD_NONE},
    {"esp-des-hmac-md5", TRANSFORM_ESP_DES_HMAC_MD5,
        CIPHER_DES_CBC, HMAC_MD5, AEAD_NONE},
    {"esp-des-hmac-sha", TRANSFORM_ESP_DES_HMAC_SHA,
        CIPHER_DES_CBC, HMAC_SHA1, AEAD_NONE},
    {"esp-des-hmac-sha256", TRANSFORM_ESP_DES_HMAC_SHA256,
        CIPHER_DES_CBC, HMAC_SHA256, AEAD_NONE},
    {"esp-3des", TRANSFORM_ESP_3DES,
        CIPHER_3DES_CBC, HMAC_NONE, AEAD_NONE},
    {"esp-3des-hmac-md5", TRANSFORM_ESP_3DES_HMAC_MD5,
        CIPHER_3DES_CBC, HMAC_MD5, AEAD_NONE},
    {"esp-3des-hmac-sha", TRANSFORM_ESP_3DES_HMAC_SHA,
        CIPHER_3DES_CBC, HMAC_SHA1, AEAD_NONE},
    {"esp-3des-hmac-sha256", TRANSFORM_ESP_3DES_HMAC_SHA256,
        CIPHER_3DES_CBC, HMAC_SHA256, AEAD_NONE},
    {"esp-aes128", TRANSFORM_ESP_AES128,
        CIPHER_AES_128_CBC, HMAC_NONE, AEAD_NONE},
    {"esp-aes128-hmac-md5", TRANSFORM_ESP_AES128_HMAC_MD5,
        CIPHER_AES_128_CBC, HMAC_MD5, AEAD_NONE},
    {"esp-aes128-hmac-sha", TRANSFORM_ESP_AES128_HMAC_SHA,
        CIPHER_AES_128_CBC, HMAC_SHA1, AEAD_NONE},
    {"esp-aes128-hmac-sha256", TRANSFORM_ESP_AES128_HMAC_SHA256,
        CIPHER_AES_128_CBC, HMAC_SHA256, AEAD_NONE},
    {"esp-aes192", TRANSFORM_ESP_AES192,
        CIPHER_AES_192_CBC, HMAC_NONE, AEAD_NONE},
    {"esp-aes192-hmac-md5", TRANSFORM_ESP_AES192_HMAC_MD5,
        CIPHER_AES_192_CBC, HMAC_MD5, AEAD_NONE},
    {"esp-aes192-hmac-sha", TRANSFORM_ESP_AES192_HMAC_SHA,
        CIPHER_AES_192_CBC, HMAC_SHA1, AEAD_NONE},
    {"esp-aes192-hmac-sha256", TRANSFORM_ESP_AES192_HMAC_SHA256,
        CIPHER_AES_192_CBC, HMAC_SHA256, AEAD_NONE},
    {"esp-aes256", TRANSFORM_ESP_AES256,
        CIPHER_AES_256_CBC, HMAC_NONE, AEAD_NONE},
    {"esp-aes256-hmac-md5", TRANSFORM_ESP_AES256_HMAC_MD5,
        CIPHER_AES_256_CBC, HMAC_MD5, AEAD_NONE},
    {"esp-aes256-hmac-sha", TRANSFORM_ESP_AES256_HMAC_SHA,
        CIPHER_AES_256_CBC, HMAC_SHA1, AEAD_NONE},
    {"esp-aes256-hmac-sha256", TRANSFORM_ESP_AES256_HMAC_SHA256,
        CIPHER_AES_256_CBC, HMAC_SHA256, AEAD_NONE},
    {"esp-aes128-gcm", TRANSFORM_ESP_AES128_GCM,
        CIPHER_NONE, HMAC_NONE, AEAD_AES_128_GCM},
    {"esp-aes256-gcm", TRANSFORM_ESP_AES256_GCM,
        CIPHER_NONE, HMAC_NONE, AEAD_AES_256_GCM},
};
/* clang-format on */

static const unsigned inner_sizes[] = {64, 512, 1400};

static unsigned long allocations;

static void *
counting_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    allocations++;
    return malloc(size);
}

static void *
counting_realloc(void *old, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    allocations++;
    return realloc(old, size);
}

static void
counting_free(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    free(memory);
}

static void
require(bool good, const char *what)
{
    if (good)
        return;
    (void)fprintf(stderr, "esp: %s failed\n", what);
    exit(1);
}

static uint64_t
now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

/* --- the contenders, one burst each -------------------------------------- */

static const struct sa_outer outer_fields = {.ttl = 64};

static void
run_ours(struct setting *s)
{
    enum drop drop;

    for (size_t i = 0; i < BURST; i++) {
        drop = s->outbound ? sa_out(s->out, s->pkts[i], &outer_fields)
                           : sa_in(s->in, s->pkts[i]);
        require(drop == DROP_NONE, "a packet through its SA");
    }
}

static void
evp_encrypt(struct setting *s, uint8_t *at)
{
    int done = 0;

    require(EVP_CipherInit_ex2(
                s->evp_cipher, NULL, NULL, at + OUTER, -1, NULL) == 1 &&
                EVP_CipherUpdate(
                    s->evp_cipher, at, &done, at, (int)s->covered) == 1,
        "EVP_CipherUpdate");
}

static void
evp_mac(struct setting *s, const uint8_t *at)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    size_t size = 0;

    require(EVP_MAC_init(s->evp_mac, NULL, 0, NULL) == 1 &&
                EVP_MAC_update(s->evp_mac, at, s->hashed) == 1 &&
                EVP_MAC_final(s->evp_mac, digest, &size, sizeof digest) == 1,
        "EVP_MAC");
}

/* The same calls for both directions: a tag that is wrong costs the same. */
static void
evp_aead(struct setting *s, uint8_t *at)
{
    uint8_t tag[AEAD_TAG] = {0};
    int done = 0;

    require(EVP_CipherInit_ex2(
                s->evp_cipher, NULL, NULL, at + OUTER, -1, NULL) == 1 &&
                EVP_CipherUpdate(s->evp_cipher, NULL, &done, at, 8) == 1 &&
                EVP_CipherUpdate(
                    s->evp_cipher, at, &done, at, (int)s->covered) == 1,
        "EVP_CipherUpdate");
    if (s->outbound) {
        require(EVP_CipherFinal_ex(s->evp_cipher, tag, &done) == 1 &&
                    EVP_CIPHER_CTX_ctrl(s->evp_cipher, EVP_CTRL_AEAD_GET_TAG,
                        AEAD_TAG, tag) == 1,
            "the tag");
    } else {
        require(EVP_CIPHER_CTX_ctrl(
                    s->evp_cipher, EVP_CTRL_AEAD_SET_TAG, AEAD_TAG, tag) == 1,
            "the tag");
        (void)EVP_CipherFinal_ex(s->evp_cipher, tag, &done);
    }
}

static void
floor_aead(struct setting *s, uint8_t *at)
{
    uint8_t tag[AEAD_TAG] = {0};
    const struct aead_text text = {at, 8, at + OUTER, s->covered};

    if (s->outbound) {
        require(aead_seal(s->aead, at, &text, tag), "aead_seal");
    } else if (aead_open(s->aead, at, &text, tag)) {
        require(false, "refusing a wrong tag");
    }
}

static void
run_limit(struct setting *s)
{
    for (size_t i = 0; i < BURST; i++) {
        if (s->aead != NULL) {
            evp_aead(s, s->pkts[i]->at);
            continue;
        }
        if (s->hashed != 0)
            evp_mac(s, s->pkts[i]->at);
        if (s->covered != 0)
            evp_encrypt(s, s->pkts[i]->at);
    }
}

static void
run_floor(struct setting *s)
{
    uint8_t digest[HMAC_ICV_MAX];
    uint8_t *at;

    for (size_t i = 0; i < BURST; i++) {
        at = s->pkts[i]->at;
        if (s->aead != NULL) {
            floor_aead(s, at);
            continue;
        }
        if (s->hashed != 0) {
            hmac_start(s->hmac);
            hmac_add(s->hmac, at, s->hashed);
            hmac_finish(s->hmac, digest, s->icv);
        }
        if (s->covered != 0)
            require(cipher_run(s->cipher, at + OUTER, at, s->covered),
                "cipher_run");
    }
}

/* --- turns ---------------------------------------------------------------- */

/* Not timed: inner packets for out and for the bare calls, protected ones
 * for in. */
static void
refill(struct setting *s, enum contender who)
{
    struct ip4 ip = {.total_length = (uint16_t)s->inner, .ttl = 64};

    for (size_t i = 0; i < BURST; i++) {
        struct pkt *pkt = s->pkts[i];

        pkt->at = pkt->memory + PKT_HEADROOM;
        pkt->length = s->inner;
        memset(pkt->at, (int)i, s->inner);
        ip4_write(pkt->at, &ip);
        if (who == OURS && !s->outbound)
            require(sa_out(s->out, pkt, &outer_fields) == DROP_NONE,
                "preparing a packet");
    }
}

static double
take_turn(struct setting *s, enum contender who)
{
    static void (*const runs[CONTENDERS])(struct setting *) = {
        [OURS] = run_ours,
        [LIMIT] = run_limit,
        [FLOOR] = run_floor,
    };
    uint64_t spent = 0;
    uint64_t start;
    unsigned bursts = 0;

    while (spent < TURN_NS) {
        refill(s, who);
        start = now_ns();
        runs[who](s);
        spent += now_ns() - start;
        bursts++;
    }
    return (double)spent / bursts / BURST;
}

static int
compare_doubles(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;

    return (*x > *y) - (*x < *y);
}

static void
measure(struct setting *s, struct figure *figure)
{
    double ns[CONTENDERS][ROUNDS];
    unsigned long before;

    for (unsigned round = 0; round < ROUNDS; round++) {
        before = allocations;
        ns[OURS][round] = take_turn(s, OURS);
        figure->allocations += allocations - before;
        ns[LIMIT][round] = take_turn(s, LIMIT);
        ns[FLOOR][round] = take_turn(s, FLOOR);
    }
    for (unsigned who = 0; who < CONTENDERS; who++) {
        qsort(ns[who], ROUNDS, sizeof(double), compare_doubles);
        figure->ns[who] = ns[who][ROUNDS / 2];
    }
}

/* --- settings ------------------------------------------------------------- */

static struct sa *
make_sa(struct setting *s, enum sa_direction direction,
    const struct secret *keys, size_t row)
{
    struct sa_params params = {
        .direction = direction,
        .transform = transforms[row].transform,
        .spi = 4096,
        .src = 0x0a000001,
        .dst = 0x0a000002,
        .encryption_key = keys[0],
        .authentication_key = keys[1],
    };
    struct sa *sa = NULL;

    require(sa_new(s->crypto, &params, &sa) == OK, "sa_new");
    return sa;
}

static void
set_cipher(struct setting *s, const struct secret *key, size_t row)
{
    static const char *const names[] = {
        [CIPHER_DES_CBC] = "DES-CBC",
        [CIPHER_3DES_CBC] = "DES-EDE3-CBC",
        [CIPHER_AES_128_CBC] = "AES-128-CBC",
        [CIPHER_AES_192_CBC] = "AES-192-CBC",
        [CIPHER_AES_256_CBC] = "AES-256-CBC",
    };
    const enum cipher_kind kind = transforms[row].cipher;
    const uint32_t block = (uint32_t)cipher_block(kind);
    EVP_CIPHER *algorithm;

    if (kind == CIPHER_NONE)
        return;
    require(cipher_new(s->crypto, kind,
                s->outbound ? CIPHER_ENCRYPT : CIPHER_DECRYPT, key,
                &s->cipher) == OK,
        "cipher_new");
    algorithm = EVP_CIPHER_fetch(s->library, names[kind], NULL);
    s->evp_cipher = EVP_CIPHER_CTX_new();
    require(EVP_CipherInit_ex2(s->evp_cipher, algorithm, key->bytes, NULL,
                s->outbound, NULL) == 1 &&
                EVP_CIPHER_CTX_set_padding(s->evp_cipher, 0) == 1,
        "EVP_CipherInit");
    EVP_CIPHER_free(algorithm);
    s->covered = (s->inner + 2 + block - 1) / block * block;
}

static void
set_aead(struct setting *s, const struct secret *key, size_t row)
{
    const enum aead_kind kind = transforms[row].aead;
    EVP_CIPHER *algorithm;

    if (kind == AEAD_NONE)
        return;
    require(
        aead_new(s->crypto, kind, s->outbound ? CIPHER_ENCRYPT : CIPHER_DECRYPT,
            key, &s->aead) == OK,
        "aead_new");
    algorithm = EVP_CIPHER_fetch(s->library,
        kind == AEAD_AES_128_GCM ? "AES-128-GCM" : "AES-256-GCM", NULL);
    s->evp_cipher = EVP_CIPHER_CTX_new();
    require(EVP_CipherInit_ex2(s->evp_cipher, algorithm, key->bytes, NULL,
                s->outbound, NULL) == 1,
        "EVP_CipherInit");
    EVP_CIPHER_free(algorithm);
    s->covered = (s->inner + 2 + 3) / 4 * 4;
}

static void
set_hmac(struct setting *s, const struct secret *key, size_t row)
{
    char md5[] = "MD5";
    char sha1[] = "SHA1";
    char sha256[] = "SHA256";
    const enum hmac_kind kind = transforms[row].hmac;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
            kind == HMAC_MD5    ? md5
            : kind == HMAC_SHA1 ? sha1
                                : sha256,
            0),
        OSSL_PARAM_construct_end(),
    };
    const struct sa_transform *sizes =
        sa_transform_of(transforms[row].transform);
    EVP_MAC *algorithm;

    if (kind == HMAC_NONE)
        return;
    require(hmac_new(kind, key, &s->hmac) == OK, "hmac_new");
    algorithm = EVP_MAC_fetch(s->library, "HMAC", NULL);
    s->evp_mac = EVP_MAC_CTX_new(algorithm);
    require(EVP_MAC_init(s->evp_mac, key->bytes, key->length, params) == 1,
        "EVP_MAC_init");
    EVP_MAC_free(algorithm);
    s->icv = sizes->icv;
    s->hashed = s->inner + sa_overhead(s->out, s->inner);
    if (sizes->protocol == IP4_PROTO_ESP)
        s->hashed -= (uint32_t)OUTER + sizes->icv;
}

static void
set_up(struct setting *s, size_t row)
{
    const struct sa_transform *sizes =
        sa_transform_of(transforms[row].transform);
    struct secret keys[2] = {
        {.length = sizes->encryption_key},
        {.length = sizes->authentication_key},
    };

    for (size_t i = 0; i < SECRET_MAX; i++) {
        keys[0].bytes[i] = (uint8_t)(i * 29 + 1);
        keys[1].bytes[i] = (uint8_t)(i * 31 + 7);
    }
    s->out = make_sa(s, SA_OUTBOUND, keys, row);
    s->in = make_sa(s, SA_INBOUND, keys, row);
    set_cipher(s, &keys[0], row);
    set_hmac(s, &keys[1], row);
    set_aead(s, &keys[0], row);
}

static void
tear_down(struct setting *s)
{
    sa_free(s->out);
    sa_free(s->in);
    cipher_free(s->cipher);
    hmac_free(s->hmac);
    aead_free(s->aead);
    EVP_CIPHER_CTX_free(s->evp_cipher);
    EVP_MAC_CTX_free(s->evp_mac);
}

/* --- output --------------------------------------------------------------- */

static void
print_figure(const struct figure *f, bool json)
{
    const char *fmt =
        json ? "{\"transform\": \"%s\", \"direction\": \"%s\", "
               "\"size\": %u, \"ours_ns\": %.1f, \"limit_ns\": %.1f, "
               "\"ratio\": %.3f, \"floor_ns\": %.1f, "
               "\"allocations\": %lu}\n"
             : "%-18s %-9s %5u %9.0f %9.0f %6.2f %9.0f %6lu\n";

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    (void)printf(fmt, f->transform, f->direction, f->size, f->ns[OURS],
        f->ns[LIMIT], f->ns[OURS] / f->ns[LIMIT], f->ns[FLOOR], f->allocations);
#pragma GCC diagnostic pop
    (void)fflush(stdout);
}

static unsigned long
measure_row(struct setting *base, size_t row, bool json)
{
    unsigned long total = 0;

    for (unsigned turn = 0; turn < 6; turn++) {
        struct setting s = *base;
        struct figure figure = {.transform = transforms[row].name};

        s.outbound = turn < 3;
        s.inner = inner_sizes[turn % 3];
        figure.direction = s.outbound ? "out" : "in";
        figure.size = s.inner;
        set_up(&s, row);
        measure(&s, &figure);
        print_figure(&figure, json);
        total += figure.allocations;
        tear_down(&s);
    }
    return total;
}

int
main(int argc, char **argv)
{
    const bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
    struct setting base = {0};
    struct pkt_pool *pool = pkt_pool_new(BURST);
    unsigned long total = 0;

    require(CRYPTO_set_mem_functions(
                counting_malloc, counting_realloc, counting_free) == 1,
        "counting allocations");
    require(crypto_open(NULL, &base.crypto) == OK, "crypto_open");
    base.library = OSSL_LIB_CTX_new();
    require(OSSL_PROVIDER_load(base.library, "default") != NULL &&
                OSSL_PROVIDER_load(base.library, "legacy") != NULL,
        "loading providers");
    for (size_t i = 0; i < BURST; i++)
        base.pkts[i] = pkt_new(pool);
    if (!json)
        (void)printf("%-18s %-9s %5s %9s %9s %6s %9s %6s\n", "transform",
            "direction", "size", "ours ns", "limit ns", "ratio", "floor ns",
            "allocs");
    for (size_t row = 0; row < sizeof transforms / sizeof transforms[0]; row++)
        total += measure_row(&base, row, json);
    for (size_t i = 0; i < BURST; i++)
        pkt_free(base.pkts[i]);
    pkt_pool_free(pool);
    OSSL_LIB_CTX_free(base.library);
    crypto_close(base.crypto);
    return total == 0 ? 0 : 1;
}
