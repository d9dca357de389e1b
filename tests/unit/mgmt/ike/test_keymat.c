/*
 * test_keymat.c - keys of IKEv1 against tests/vectors/ike.txt, which another
 * implementation of the formulas wrote.
 */
#include "ike/phase1.h"

#include "base/arena.h"
#include "base/str.h"
#include "ike/numbers.h"
#include "ike/quick.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_SIZE = 16384, WORDS = 24, PHASE1_LINES = 25, PHASE2_LINES = 60 };

static const char *const prf_names[] = {
    "md5", "sha1", "sha256", "sha384", "sha512"};
static const char *const cipher_names[] = {
    "des", "3des", "aes128", "aes192", "aes256"};

static unsigned
index_of(const char *word, const char *const *names)
{
    for (unsigned i = 0; i < 5; i++) {
        if (str_equal(word, names[i]))
            return i;
    }
    cr_assert(false, "%s", word);
    return 0;
}

static size_t
hex(const char *word, uint8_t *bytes, size_t room)
{
    size_t length = 0;

    if (!str_equal(word, "-"))
        cr_assert_eq(hex_decode(word, bytes, room, &length), OK);
    return length;
}

static void
hex_blob(const char *word, struct blob *blob)
{
    uint8_t bytes[1024];

    blob_set(blob, bytes, hex(word, bytes, sizeof bytes));
}

static void
expect(const char *word, const uint8_t *bytes, const char *what)
{
    uint8_t wanted[1024];
    size_t length = hex(word, wanted, sizeof wanted);

    cr_expect_arr_eq(bytes, wanted, length, "%s", what);
}

static void
check_phase1(char **w)
{
    struct ike_sa *sa = mem_alloc(sizeof *sa);
    struct dh_value secret;
    uint8_t hash[PRF_SIZE_MAX];
    uint8_t iv[CIPHER_BLOCK_MAX];

    sa->p1 = mem_alloc(sizeof *sa->p1);
    sa->suite.digest = (enum ike_digest)index_of(w[1], prf_names);
    sa->suite.cipher = (enum ike_cipher)index_of(w[2], cipher_names);
    sa->p1->key.length = hex(w[3], sa->p1->key.bytes, SECRET_MAX);
    hex_blob(w[4], &sa->p1->nonces[INITIATOR]);
    hex_blob(w[5], &sa->p1->nonces[RESPONDER]);
    (void)hex(w[6], sa->cookies[INITIATOR], COOKIE_SIZE);
    (void)hex(w[7], sa->cookies[RESPONDER], COOKIE_SIZE);
    hex_blob(w[8], &sa->p1->ke[INITIATOR]);
    hex_blob(w[9], &sa->p1->ke[RESPONDER]);
    secret.length = hex(w[10], secret.bytes, sizeof secret.bytes);
    hex_blob(w[11], &sa->p1->sa_body);
    hex_blob(w[12], &sa->p1->ids[INITIATOR]);
    hex_blob(w[13], &sa->p1->ids[RESPONDER]);
    keymat_skeyid(sa, &secret, sa->p1->skeyid);
    expect(w[14], sa->p1->skeyid, "SKEYID");
    keymat_phase1(sa, &secret);
    expect(w[15], sa->keys.d, "SKEYID_d");
    expect(w[16], sa->keys.a, "SKEYID_a");
    expect(w[17], sa->keys.cipher, "the cipher's key");
    expect(w[18], sa->main.iv, "the first IV");
    keymat_hash(sa, INITIATOR, hash);
    expect(w[19], hash, "HASH_I");
    keymat_hash(sa, RESPONDER, hash);
    expect(w[20], hash, "HASH_R");
    (void)hex(w[22], sa->last_block, CIPHER_BLOCK_MAX);
    keymat_iv(sa, (uint32_t)strtoul(w[21], NULL, 10), iv);
    expect(w[23], iv, "the IV of phase 2");
    phase1_free(sa);
    free(sa);
}

static enum transform
transform_named(const char *name)
{
    for (unsigned i = 0; i < TRANSFORM_COUNT; i++) {
        if (str_equal(phase2_kind((enum transform)i)->name, name))
            return (enum transform)i;
    }
    cr_assert(false, "%s", name);
    return TRANSFORM_COUNT;
}

static void
check_phase2(char **w)
{
    struct ike_sa *sa = mem_alloc(sizeof *sa);
    struct quick *quick = mem_alloc(sizeof *quick);
    struct ike_sa_add out = {0};
    struct dh_value secret;

    sa->suite.digest = (enum ike_digest)index_of(w[1], prf_names);
    quick->transform = transform_named(w[2]);
    (void)hex(w[3], sa->keys.d, PRF_SIZE_MAX);
    secret.length = hex(w[4], secret.bytes, sizeof secret.bytes);
    hex_blob(w[7], &quick->nonces[INITIATOR]);
    hex_blob(w[8], &quick->nonces[RESPONDER]);
    keymat_phase2(sa, quick, secret.length > 0 ? &secret : NULL,
        (uint32_t)strtoul(w[6], NULL, 10), &out);
    expect(w[9], out.encryption_key.bytes, "encryption key");
    expect(w[10], out.authentication_key.bytes, "authentication key");
    cr_expect_eq(
        out.encryption_key.length, str_equal(w[9], "-") ? 0 : strlen(w[9]) / 2);
    quick->has_child = true; /* no SPI of an engine is in it */
    quick_free(NULL, quick);
    free(sa);
}

Test(keymat, gives_the_answers_of_another_implementation)
{
    FILE *file = fopen("tests/vectors/ike.txt", "r");
    static char line[LINE_SIZE];
    unsigned phase1 = 0;
    unsigned phase2 = 0;

    cr_assert_not_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        char *words[WORDS] = {NULL};
        char *rest = line;

        for (int i = 0; i < WORDS; i++)
            words[i] = strtok_r(rest, " \n", &rest);
        if (str_equal(words[0], "phase1")) {
            check_phase1(words);
            phase1++;
        } else if (str_equal(words[0], "phase2")) {
            check_phase2(words);
            phase2++;
        }
    }
    (void)fclose(file);
    cr_expect_eq(phase1, PHASE1_LINES);
    cr_expect_eq(phase2, PHASE2_LINES);
}
