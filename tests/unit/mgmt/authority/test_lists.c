/*
 * test_lists.c - revocation lists by HTTP: which are asked for, when, and what
 * becomes of the answers.
 */
#include "tests/support/authority_bed.h"

#include <criterion/criterion.h>
#include <string.h>

enum { HOUR_S = 3600 };

static struct bed *bed;

static void
set_up(void)
{
    bed = bed_new(NULL);
}

static void
tear_down(void)
{
    bed_free(bed);
}

static struct authority_source
source(size_t position)
{
    struct authority_source row = {.url = ""};

    (void)authority_source(bed->authority, position, &row);
    return row;
}

static void
issue_with(const char *url)
{
    const struct mint_terms terms = {.from_s = bed->now_s - HOUR_S,
        .to_s = bed->now_s + 300 * (uint64_t)BED_DAY_S,
        .crl_url = url};
    struct str der;

    str_init(&der);
    bed_issue(bed, &terms, &der);
    bed_import(bed, &der);
    str_done(&der);
}

static void
answer_list(uint64_t seconds, const unsigned *serials, size_t count)
{
    struct str list;

    str_init(&list);
    mint_list(
        bed->mint, bed->now_s, bed->now_s + seconds, serials, count, &list);
    bed_answer(bed, 200, &list, 0);
    str_done(&list);
}

static bool
is_revoked(void)
{
    struct pki_certificate_row row;

    for (size_t i = 0; pki_certificate(bed->pki, i, &row); i++) {
        if (row.is_revoked)
            return true;
    }
    return false;
}

Test(lists, a_distribution_point_of_our_certificate_is_asked, .init = set_up,
    .fini = tear_down)
{
    static const unsigned serials[] = {1};

    issue_with("http://ca.example/root.crl");
    bed_pass(bed, 1, 1);
    cr_assert_not_null(bed_asked(bed));
    cr_expect_str_eq(bed_asked(bed)->url, "http://ca.example/root.crl");
    cr_expect_str_eq(source(0).origin, "certificate 2");
    cr_expect_eq(source(0).next_s, 0, "under way");
    answer_list(BED_DAY_S, serials, 1);
    cr_expect(is_revoked());
    cr_expect_eq(source(0).failures, 0);
    cr_expect_not_null(strstr(source(0).result, "Revocation list"));
}

Test(lists, it_comes_again_before_it_is_outdated, .init = set_up,
    .fini = tear_down)
{
    issue_with("http://ca.example/root.crl");
    bed_pass(bed, 1, 1);
    answer_list(8 * HOUR_S, NULL, 0);
    cr_expect_geq(source(0).next_s, bed->now_s + 5 * HOUR_S);
    cr_expect_leq(source(0).next_s, bed->now_s + 6 * HOUR_S);
    bed_pass(bed, 6 * HOUR_S, 10);
    cr_assert_not_null(bed_asked(bed));
    cr_expect_eq(bed->request_count, 2);
    answer_list(30 * BED_DAY_S, NULL, 0);
    cr_expect_leq(source(0).next_s, bed->now_s + BED_DAY_S, "a day at most");
}

Test(lists, an_operator_need_not_wait, .init = set_up, .fini = tear_down)
{
    static const unsigned serials[] = {1};

    cr_expect_eq(authority_refresh(bed->authority, bed->config), 0);
    issue_with("http://ca.example/root.crl");
    bed_pass(bed, 1, 1);
    answer_list(7 * (uint64_t)BED_DAY_S, NULL, 0);
    bed_pass(bed, HOUR_S, 60);
    cr_assert_null(bed_asked(bed), "it is not its turn");
    cr_expect_eq(authority_refresh(bed->authority, bed->config), 1);
    bed_pass(bed, 1, 1);
    cr_assert_not_null(bed_asked(bed));
    cr_expect_eq(
        authority_refresh(bed->authority, bed->config), 1, "it is under way");
    answer_list(7 * (uint64_t)BED_DAY_S, serials, 1);
    cr_expect(is_revoked());
    bed_pass(bed, HOUR_S, 60);
    cr_expect_null(bed_asked(bed), "and then it is as before");
}

Test(lists, failures_wait_longer_and_longer, .init = set_up, .fini = tear_down)
{
    uint64_t last_s = 0;

    issue_with("http://ca.example/root.crl");
    bed_pass(bed, 1, 1);
    for (unsigned i = 0; i < 12; i++) {
        uint64_t wait_s;

        cr_assert_not_null(bed_asked(bed));
        bed_answer(bed, 500, NULL, 0);
        wait_s = source(0).next_s - bed->now_s;
        cr_expect_leq(wait_s, HOUR_S);
        cr_expect_geq(wait_s, last_s < 54 * 60 ? last_s + last_s / 2 : 54 * 60);
        last_s = wait_s;
        bed_pass(bed, wait_s, 1);
    }
    cr_expect_eq(source(0).failures, 12);
    cr_expect_not_null(strstr(source(0).result, "status 500"));
}

Test(lists, a_busy_server_says_when_to_come_again, .init = set_up,
    .fini = tear_down)
{
    issue_with("http://ca.example/root.crl");
    bed_pass(bed, 1, 1);
    bed_answer(bed, 503, NULL, 7200);
    cr_expect_eq(source(0).next_s, bed->now_s + 7200);
}

Test(lists, what_is_no_list_of_a_ca_here_is_refused, .init = set_up,
    .fini = tear_down)
{
    static const char garbage[] = "<html>no list</html>";
    const struct mint_terms terms = {
        .from_s = bed->now_s - HOUR_S, .to_s = bed->now_s + BED_DAY_S};
    struct mint *liar = mint_new("Root", &terms, NULL);
    struct mint *stranger = mint_new("Stranger", &terms, NULL);
    static const unsigned serials[] = {1};
    struct str bytes;

    issue_with("http://ca.example/root.crl");
    bed_pass(bed, 1, 1);
    str_init(&bytes);
    str_add(&bytes, garbage);
    bed_answer(bed, 200, &bytes, 0);
    cr_expect_eq(source(0).failures, 1);

    bed_pass(bed, HOUR_S, 10);
    str_clear(&bytes);
    mint_list(liar, bed->now_s, bed->now_s + BED_DAY_S, serials, 1, &bytes);
    bed_answer(bed, 200, &bytes, 0);
    cr_expect_eq(source(0).failures, 2, "of the same name, by another key");
    cr_expect_not(is_revoked());

    bed_pass(bed, HOUR_S, 10);
    str_clear(&bytes);
    mint_list(stranger, bed->now_s, bed->now_s + BED_DAY_S, serials, 1, &bytes);
    bed_answer(bed, 200, &bytes, 0);
    cr_expect_eq(source(0).failures, 3, "of somebody who is not known");

    bed_pass(bed, HOUR_S, 10);
    str_clear(&bytes);
    mint_certificate(stranger, &bytes);
    bed_answer(bed, 200, &bytes, 0);
    cr_expect_eq(source(0).failures, 4, "a certificate in place of a list");
    cr_expect_not_null(strstr(source(0).result, "no revocation list"));
    str_clear(&bytes);
    pki_trusted_pem(bed->pki, &bytes);
    cr_expect_null(strstr(strstr(str_text(&bytes), "BEGIN") + 1, "BEGIN"),
        "nobody else is trusted because of it");
    str_done(&bytes);
    mint_free(liar);
    mint_free(stranger);
}

Test(lists, an_older_list_does_not_take_a_newer_ones_place, .init = set_up,
    .fini = tear_down)
{
    static const unsigned serials[] = {1};
    struct str old;

    issue_with("http://ca.example/root.crl");
    bed_pass(bed, 1, 1);
    str_init(&old);
    mint_list(
        bed->mint, bed->now_s - HOUR_S, bed->now_s + BED_DAY_S, NULL, 0, &old);
    answer_list(2 * HOUR_S, serials, 1);
    bed_pass(bed, 2 * HOUR_S, 10);
    bed_answer(bed, 200, &old, 0);
    cr_expect(is_revoked());
    cr_expect_eq(source(0).failures, 1);
    str_done(&old);
}

Test(lists, a_configured_url_is_asked_by_the_proxy, .init = set_up,
    .fini = tear_down)
{
    bed_configure(bed, NULL, "http://crl.example/a.crl", "http://proxy:3128");
    bed_pass(bed, 1, 1);
    cr_assert_not_null(bed_asked(bed));
    cr_expect_str_eq(bed_asked(bed)->url, "http://crl.example/a.crl");
    cr_expect_str_eq(bed_asked(bed)->proxy, "http://proxy:3128");
    cr_expect_str_eq(source(0).origin, "ca identity hq");
    bed_configure(bed, NULL, NULL, NULL);
    bed_pass(bed, 120, 10);
    cr_expect_null(bed_asked(bed), "it is cancelled");
    cr_expect_str_eq(source(0).url, "");
}

Test(lists, without_a_network_nothing_is_asked, .init = set_up,
    .fini = tear_down)
{
    const struct authority_web none = {NULL, NULL, NULL};

    authority_set_web(bed->authority, &none);
    issue_with("http://ca.example/root.crl");
    bed_pass(bed, HOUR_S, 10);
    cr_expect_eq(bed->request_count, 0);
}

Test(lists, what_is_no_url_of_ours_is_left_alone, .init = set_up,
    .fini = tear_down)
{
    issue_with("ldap://ca.example/cn=Root");
    bed_pass(bed, HOUR_S, 10);
    cr_expect_eq(bed->request_count, 0);
}
