/*
 * test_signature.c - what is signed, against tests/vectors/ike_rsa.txt, which
 * was worked out with integers; and that papers.c signs like that.
 */
#include "ike/payloads.h"
#include "ike/phase1.h"

#include "base/arena.h"
#include "base/str.h"
#include "tests/support/papers.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 19 };

static const char *const prf_names[] = {
    "md5", "sha1", "sha256", "sha384", "sha512"};
static const char *const key_names[] = {"a1024", "a2048"};

static size_t
hex(const char *word, uint8_t *bytes, size_t room)
{
    size_t length = 0;

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
expect(const char *word, const uint8_t *bytes, size_t size, const char *what)
{
    uint8_t wanted[1024];
    size_t length = hex(word, wanted, sizeof wanted);

    cr_assert_eq(length, size, "%s", what);
    cr_expect_arr_eq(bytes, wanted, length, "%s", what);
}

static void
expect_signature(const char *key, const char *word, struct ike_blob hash)
{
    static struct papers papers;
    struct ike_credentials credentials;
    uint8_t signature[512];
    size_t length;

    papers_init(&papers, key);
    credentials = papers_credentials(&papers);
    length = credentials.sign(
        &papers, (struct ike_blob){0}, hash, signature, sizeof signature);
    expect(word, signature, length, "signature");
    papers_done(&papers);
}

static void
check(char **w, enum ike_digest digest)
{
    struct ike_sa *sa = mem_alloc(sizeof *sa);
    struct dh_value secret;
    uint8_t hash[PRF_SIZE_MAX];
    size_t size;

    sa->p1 = mem_alloc(sizeof *sa->p1);
    sa->suite.method = IKE_RSA_SIG;
    sa->suite.digest = digest;
    size = prf_size(suite_prf(&sa->suite));
    hex_blob(w[3], &sa->p1->nonces[INITIATOR]);
    hex_blob(w[4], &sa->p1->nonces[RESPONDER]);
    secret.length = hex(w[5], secret.bytes, sizeof secret.bytes);
    (void)hex(w[6], sa->cookies[INITIATOR], COOKIE_SIZE);
    (void)hex(w[7], sa->cookies[RESPONDER], COOKIE_SIZE);
    hex_blob(w[8], &sa->p1->ke[INITIATOR]);
    hex_blob(w[9], &sa->p1->ke[RESPONDER]);
    hex_blob(w[10], &sa->p1->sa_body);
    hex_blob(w[11], &sa->p1->ids[INITIATOR]);
    hex_blob(w[12], &sa->p1->ids[RESPONDER]);
    keymat_skeyid(sa, &secret, sa->p1->skeyid);
    expect(w[13], sa->p1->skeyid, size, "SKEYID");
    for (int who = INITIATOR; who <= RESPONDER; who++) {
        keymat_hash(sa, who, hash);
        expect(w[14 + who], hash, size, who == INITIATOR ? "HASH_I" : "HASH_R");
        expect_signature(w[2], w[16 + who], (struct ike_blob){hash, size});
    }
    phase1_free(sa);
    free(sa);
}

Test(signature, is_over_the_bare_hash_that_another_program_gives)
{
    for (unsigned prf = 0; prf < 5; prf++) {
        for (unsigned key = 0; key < 2; key++) {
            char both[32];
            char *line;
            char *rest;
            char *words[WORDS] = {NULL};

            (void)snprintf(
                both, sizeof both, "%s %s", prf_names[prf], key_names[key]);
            line = papers_line("signed", both);
            rest = line;
            for (int i = 0; i < WORDS; i++)
                words[i] = strtok_r(rest, " \n", &rest);
            check(words, (enum ike_digest)prf);
            free(line);
        }
    }
}
