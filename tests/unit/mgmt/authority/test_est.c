/*
 * test_est.c - EST: whom a person vouches for, certificates for our key, and
 * the next one in time; against answers of every kind.
 */
#include "tests/support/authority_bed.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { HOUR_S = 3600, HALF_DAY_S = 12 * HOUR_S };

static struct bed *bed;
static struct mint *other; /* a CA that is not trusted */
static struct diag diag;

static void
set_up(void)
{
    struct mint_terms terms;

    bed = bed_new(NULL);
    terms = (struct mint_terms){.from_s = bed->now_s - HOUR_S,
        .to_s = bed->now_s + 1000 * (uint64_t)BED_DAY_S};
    other = mint_new("Other", &terms, NULL);
    bed_configure(bed, "https://ca.example/", NULL, NULL);
    bed_pass(bed, 1, 1);
    diag_init(&diag);
}

static void
tear_down(void)
{
    bed_free(bed);
    mint_free(other);
    diag_done(&diag);
}

/* An answer of one certificate of this CA, or of two. */
static void
pack(const struct mint *first, const struct mint *second, struct str *out)
{
    struct str certificates[2];
    size_t count = 1;

    str_init(&certificates[0]);
    str_init(&certificates[1]);
    mint_certificate(first, &certificates[0]);
    if (second != NULL) {
        mint_certificate(second, &certificates[1]);
        count = 2;
    }
    mint_pack(certificates, count, out);
    str_done(&certificates[0]);
    str_done(&certificates[1]);
}

static enum err
answer_of(struct str *text)
{
    enum err error = OK;

    str_clear(text);
    diag_done(&diag);
    diag_init(&diag);
    cr_assert(authority_answer(bed->authority, "hq", text, &diag, &error));
    if (diag.count > 0)
        str_add(text, diag.entries[0].sentence);
    return error;
}

static bool
is_under_way(void)
{
    struct str text;
    enum err error;
    bool is_over;

    str_init(&text);
    is_over = authority_answer(bed->authority, "hq", &text, NULL, &error);
    str_done(&text);
    return !is_over;
}

static size_t
count_trusted(void)
{
    struct pki_certificate_row row;
    size_t count = 0;

    for (size_t i = 0; pki_certificate(bed->pki, i, &row); i++)
        count += row.is_trusted;
    return count;
}

static enum err
enroll(const char *password)
{
    struct secret secret = {0};

    if (password != NULL) {
        cr_assert_eq(secret_set(&secret, password, strlen(password)), OK);
    }
    return authority_enroll(bed->authority, bed->config, "hq",
        password == NULL ? NULL : &secret, &diag);
}

/* Answer the request under way with a certificate for what it asks. */
static void
issue_for(uint64_t days)
{
    const struct mint_terms terms = {
        .from_s = bed->now_s - 60, .to_s = bed->now_s + days * BED_DAY_S};
    struct str request;
    struct str der;
    struct str answer;

    str_init(&request);
    str_init(&der);
    str_init(&answer);
    str_printf(&request,
        "-----BEGIN CERTIFICATE REQUEST-----\n%s-----END CERTIFICATE "
        "REQUEST-----\n",
        str_text(&bed_asked(bed)->body));
    cr_assert(mint_issue(bed->mint, str_text(&request), &terms, &der));
    mint_pack(&der, 1, &answer);
    bed_answer(bed, 200, &answer, 0);
    str_done(&request);
    str_done(&der);
    str_done(&answer);
}

/* ---- authenticate ---- */

Test(est, authenticate_tells_fingerprints_and_trusts_nobody, .init = set_up,
    .fini = tear_down)
{
    struct str answer;
    struct str text;

    str_init(&answer);
    str_init(&text);
    cr_assert_eq(
        authority_authenticate(bed->authority, bed->config, "hq", NULL, &diag),
        OK);
    cr_expect(is_under_way());
    cr_expect_str_eq(
        bed_asked(bed)->url, "https://ca.example/.well-known/est/cacerts");
    cr_expect_eq(bed_asked(bed)->trust, FETCH_TRUST_ANYBODY);
    pack(other, NULL, &answer);
    bed_answer(bed, 200, &answer, 0);
    cr_expect_eq(answer_of(&text), OK);
    cr_expect_not_null(strstr(str_text(&text), "O=Mint, CN=Other"));
    cr_expect_not_null(strstr(str_text(&text), "Nobody is trusted"));
    cr_expect_eq(strcspn(strstr(str_text(&text), "SHA-256 ") + 8, "\n"), 95,
        "all of it");
    cr_expect_eq(count_trusted(), 1);
    str_done(&answer);
    str_done(&text);
}

Test(est, authenticate_trusts_the_one_with_the_fingerprint_alone,
    .init = set_up, .fini = tear_down)
{
    const struct mint_terms terms = {
        .from_s = bed->now_s - HOUR_S, .to_s = bed->now_s + BED_DAY_S};
    struct mint *third = mint_new("Third", &terms, NULL);
    struct str print;
    struct str answer;
    struct str text;

    str_init(&print);
    str_init(&answer);
    str_init(&text);
    mint_fingerprint(other, &print);
    cr_assert_eq(authority_authenticate(bed->authority, bed->config, "hq",
                     str_text(&print), &diag),
        OK);
    pack(third, other, &answer);
    bed_answer(bed, 200, &answer, 0);
    cr_expect_eq(answer_of(&text), OK);
    cr_expect_eq(count_trusted(), 2);
    cr_expect_not_null(strstr(str_text(&text), "CN=Other"));
    cr_expect_null(strstr(str_text(&text), "CN=Third"));

    mint_fingerprint(bed->mint, &print); /* twice as long: wrong */
    cr_assert_eq(authority_authenticate(bed->authority, bed->config, "hq",
                     str_text(&print), &diag),
        OK);
    bed_answer(bed, 200, &answer, 0);
    cr_expect_eq(answer_of(&text), ERR_AUTH);
    cr_expect_eq(count_trusted(), 2);
    str_done(&print);
    str_done(&answer);
    str_done(&text);
    mint_free(third);
}

/* ---- enroll ---- */

Test(est, enroll_gets_a_certificate_for_our_key, .init = set_up,
    .fini = tear_down)
{
    struct str text;

    str_init(&text);
    cr_assert_eq(enroll("open sesame"), OK);
    cr_expect_str_eq(
        bed_asked(bed)->url, "https://ca.example/.well-known/est/simpleenroll");
    cr_expect_eq(bed_asked(bed)->trust, FETCH_TRUST_GIVEN);
    cr_expect(bed_asked(bed)->has_password);
    cr_expect_not(bed_asked(bed)->has_key);
    issue_for(300);
    cr_expect_eq(answer_of(&text), OK);
    cr_expect_not_null(strstr(str_text(&text), "this router's own"));
    cr_expect_neq(pki_presented(bed->pki), 0);
    str_done(&text);
}

Test(est, a_ca_that_decides_later_is_asked_again, .init = set_up,
    .fini = tear_down)
{
    struct str text;

    str_init(&text);
    cr_assert_eq(enroll(NULL), OK);
    bed_answer(bed, 202, NULL, 600);
    cr_expect_eq(answer_of(&text), OK);
    cr_expect_not_null(strstr(str_text(&text), "not decided yet"));
    bed_pass(bed, 599, 1);
    cr_expect_null(bed_asked(bed));
    bed_pass(bed, 2, 1);
    cr_assert_not_null(bed_asked(bed));
    issue_for(300);
    cr_expect_neq(pki_presented(bed->pki), 0);
    bed_pass(bed, BED_DAY_S, 60);
    cr_expect_null(bed_asked(bed), "and no more");
    str_done(&text);
}

Test(est, attempts_have_an_end, .init = set_up, .fini = tear_down)
{
    struct authority_enrolment row;

    cr_assert_eq(enroll("x"), OK);
    for (unsigned i = 0; i < 20 && bed_asked(bed) != NULL; i++) {
        bed_answer(bed, 503, NULL, 0);
        bed_pass(bed, 61, 1);
    }
    cr_assert(authority_enrolment(bed->authority, 0, &row));
    cr_expect_eq(row.attempts, 10);
    cr_expect_eq(row.next_s, 0);
    cr_expect_not_null(strstr(row.result, "last attempt"));
}

Test(est, refusals_are_told_and_end_it, .init = set_up, .fini = tear_down)
{
    static const struct {
        unsigned status;
        const char *password;
        const char *text;
    } rows[] = {
        {401, NULL,    "asks for a password"         },
        {401, "wrong", "does not accept the password"},
        {403, "x",     "status 403"                  },
        {404, "x",     "status 404"                  },
    };
    struct str text;

    str_init(&text);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_assert_eq(enroll(rows[i].password), OK);
        bed_answer(bed, rows[i].status, NULL, 0);
        cr_expect_eq(answer_of(&text), ERR_DENIED);
        cr_expect_not_null(
            strstr(str_text(&text), rows[i].text), "%s", str_text(&text));
        bed_pass(bed, HOUR_S, 10);
        cr_expect_null(bed_asked(bed));
    }
    str_done(&text);
}

Test(est, an_answer_without_our_certificate_changes_nothing, .init = set_up,
    .fini = tear_down)
{
    static const char *const answers[] = {
        "", "!", "AAAA", "0\x82\xff\xff", "MIIC", "<html></html>"};
    const size_t trusted = count_trusted();
    struct str answer;
    struct str text;

    str_init(&answer);
    str_init(&text);
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        str_clear(&answer);
        str_add(&answer, answers[i]);
        cr_assert_eq(enroll(NULL), OK);
        bed_answer(bed, 200, &answer, 0);
        cr_expect_neq(answer_of(&text), OK, "%s", answers[i]);
    }
    str_clear(&answer);
    pack(other, bed->mint, &answer); /* CAs instead of what was asked for */
    cr_assert_eq(enroll(NULL), OK);
    bed_answer(bed, 200, &answer, 0);
    cr_expect_eq(answer_of(&text), ERR_MALFORMED);
    cr_expect_eq(count_trusted(), trusted);
    cr_expect_eq(pki_presented(bed->pki), 0);
    str_done(&answer);
    str_done(&text);
}

Test(est, says_what_is_missing, .init = set_up, .fini = tear_down)
{
    cr_expect_eq(
        authority_enroll(bed->authority, bed->config, "nobody", NULL, &diag),
        ERR_NOT_FOUND);
    bed_configure(bed, NULL, NULL, NULL);
    cr_expect_eq(enroll(NULL), ERR_CONFLICT);
    bed_configure(bed, "http://ca.example/", NULL, NULL);
    cr_expect_eq(enroll(NULL), ERR_CONFLICT, "EST is https");
    cr_expect_eq(bed->request_count, 0);
}

/* ---- renewal ---- */

Test(est, what_was_issued_is_renewed_in_time, .init = set_up, .fini = tear_down)
{
    uint32_t first;

    cr_assert_eq(enroll("x"), OK);
    issue_for(400);
    first = pki_presented(bed->pki);
    bed_pass(bed, 359 * (uint64_t)BED_DAY_S, HALF_DAY_S);
    cr_expect_null(bed_asked(bed), "40 days are left");
    bed_pass(bed, 2 * (uint64_t)BED_DAY_S, HOUR_S);
    cr_assert_not_null(bed_asked(bed));
    cr_expect_str_eq(bed_asked(bed)->url,
        "https://ca.example/.well-known/est/simplereenroll");
    cr_expect(bed_asked(bed)->has_key, "we prove who we are");
    cr_expect_not_null(
        strstr(str_text(&bed_asked(bed)->certificate), "BEGIN CERTIFICATE"));
    cr_expect_not(bed_asked(bed)->has_password);
    issue_for(400);
    cr_expect_neq(pki_presented(bed->pki), first);
    bed_pass(bed, 300 * (uint64_t)BED_DAY_S, HALF_DAY_S);
    cr_expect_null(bed_asked(bed), "once is enough");
    cr_expect_str_eq(str_text(&bed->notices), "", "nothing expires");
}

Test(est, a_renewal_that_fails_is_tried_until_it_works, .init = set_up,
    .fini = tear_down)
{
    unsigned tries = 0;

    cr_assert_eq(enroll("x"), OK);
    issue_for(100);
    bed_pass(bed, 76 * (uint64_t)BED_DAY_S, HALF_DAY_S);
    for (unsigned hour = 0; hour < 48; hour++) {
        if (bed_asked(bed) != NULL) {
            tries++;
            bed_answer(bed, 403, NULL, 0);
        }
        bed_pass(bed, HOUR_S, HOUR_S / 4);
    }
    cr_expect_geq(tries, 24);
    cr_assert_not_null(bed_asked(bed));
    issue_for(100);
    bed_pass(bed, BED_DAY_S, HOUR_S);
    cr_expect_null(bed_asked(bed));
}

Test(est, what_came_from_a_file_is_not_renewed, .init = set_up,
    .fini = tear_down)
{
    const struct mint_terms terms = {.from_s = bed->now_s - 60,
        .to_s = bed->now_s + 100 * (uint64_t)BED_DAY_S};
    struct str der;

    str_init(&der);
    bed_issue(bed, &terms, &der);
    bed_import(bed, &der);
    bed_pass(bed, 101 * (uint64_t)BED_DAY_S, HALF_DAY_S);
    cr_expect_eq(bed->request_count, 0);
    str_done(&der);
}
