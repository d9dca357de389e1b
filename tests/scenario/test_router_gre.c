/*
 * test_router_gre.c - GRE under transport-mode SAs, from requests to packets.
 *
 *    10.1.0.0/16 - boston ===GRE=== ottawa - 10.2.0.0/16
 *                 192.0.2.1       192.0.2.2
 *
 * The lab's two sites get a GRE tunnel beside their IPsec tunnel.  An operator
 * protects it with a transport profile, at one end first, by session keys or
 * by IKE.
 */
#include <criterion/criterion.h>

#include "base/str.h"
#include "gen/views.h"
#include "tests/support/kit.h"

#include <stdio.h>
#include <string.h>

TestSuite(router_gre, .timeout = 60);

enum { LINE_MAX_SIZE = 512 };

struct site {
    struct kit *kit;
    struct session *boston;
    struct session *ottawa;
};

/* Lines for one end: @ is this end's last octet, # the other's. */
static const char *const tunnel_lines[] = {
    "CREATE gre-tunnel default branch",
    "SET gre-tunnel ip default branch 10.9.0.@ 255.255.255.252",
    "SET gre-tunnel source default branch 192.0.2.@",
    "SET gre-tunnel destination default branch 192.0.2.#",
    "COMMIT",
};

static void
configure(struct site *site, struct session *session, const char *const *lines,
    size_t count)
{
    bool is_boston = session == site->boston;
    char line[LINE_MAX_SIZE];

    for (size_t i = 0; i < count; i++) {
        (void)snprintf(line, sizeof(line), "%s", lines[i]);
        for (char *at = line; *at != '\0'; at++) {
            if (*at == '@')
                *at = is_boston ? '1' : '2';
            if (*at == '#')
                *at = is_boston ? '2' : '1';
        }
        cr_assert_eq(kit_do(site->kit, session, line), OK, "%s", line);
    }
}

static struct site
site_new(void)
{
    struct site site = {.kit = kit_two_sites(NULL)};

    site.boston = kit_session(site.kit, BOSTON, "alice", 15);
    site.ottawa = kit_session(site.kit, OTTAWA, "bob", 15);
    cr_assert_eq(kit_configure(site.kit, site.boston, BOSTON), OK);
    cr_assert_eq(kit_configure(site.kit, site.ottawa, OTTAWA), OK);
    configure(&site, site.boston, tunnel_lines,
        sizeof tunnel_lines / sizeof tunnel_lines[0]);
    configure(&site, site.ottawa, tunnel_lines,
        sizeof tunnel_lines / sizeof tunnel_lines[0]);
    return site;
}

static void
site_free(struct site *site)
{
    session_free(site->boston);
    session_free(site->ottawa);
    kit_free(site->kit);
}

#define KEY_A "!000102030405060708090a0b0c0d0e0f10111213"
#define KEY_B "!131211100f0e0d0c0b0a09080706050403020100"

/* The SA from .1 to .2 has SPI 0x3001 and key A, the other one 0x3002 and B. */
static void
protect(struct site *site, struct session *session, const char *transform)
{
    bool is_boston = session == site->boston;
    static const char *const lines[] = {
        "CREATE transport-profile default wan",
        "SET transport-profile application default wan gre",
        "SET transport-profile local_ip default wan 192.0.2.@",
        "SET transport-profile remote_ip default wan 192.0.2.#",
    };
    char line[LINE_MAX_SIZE];

    configure(site, session, lines, sizeof lines / sizeof lines[0]);
    (void)snprintf(line, sizeof(line),
        "SET transport-profile transforms default wan %s", transform);
    cr_assert_eq(kit_do(site->kit, session, line), OK);
    (void)snprintf(line, sizeof(line),
        "SET transport-profile session_key_inbound default wan %s %s",
        transform, is_boston ? "0x3002 " KEY_B : "0x3001 " KEY_A);
    cr_assert_eq(kit_do(site->kit, session, line), OK);
    (void)snprintf(line, sizeof(line),
        "SET transport-profile session_key_outbound default wan %s %s",
        transform, is_boston ? "0x3001 " KEY_A : "0x3002 " KEY_B);
    cr_assert_eq(kit_do(site->kit, session, line), OK);
    cr_assert_eq(kit_do(site->kit, session, "COMMIT"), OK);
}

static void
ping(struct site *site, const char *expected)
{
    struct kit_answer answer =
        kit_ask(site->kit, site->boston, "EXEC ping default - 10.9.0.2 3 - 64");

    cr_assert_eq(answer.error, OK, "%s", kit_sentence(&answer));
    cr_expect_str_eq(str_text(&answer.rows), expected);
    kit_answer_done(&answer);
}

/* 5 ms each way; a turn of the kit is 1 ms. */
static const char three_answers[] = "1 1 10000 -\n2 1 10000 -\n3 1 10000 -\n";
static const char no_answer[] = "1 - - -\n2 - - -\n3 - - -\n";

static void
expect_shown(struct site *site, struct session *session, const char *request,
    const char *const *parts)
{
    struct kit_answer answer = kit_ask(site->kit, session, request);

    cr_assert_eq(answer.error, OK, "%s", kit_sentence(&answer));
    for (; *parts != NULL; parts++) {
        cr_expect_not_null(strstr(str_text(&answer.rows), *parts),
            "%s: no `%s` in\n%s", request, *parts, str_text(&answer.rows));
    }
    kit_answer_done(&answer);
}

Test(router_gre, carries_pings_in_clear)
{
    struct site site = site_new();

    ping(&site, three_answers);
    site_free(&site);
}

Test(router_gre, carries_pings_under_esp_and_under_ah)
{
    static const char *const transforms[] = {"esp-hmac-sha", "ah-hmac-sha"};
    static const char *const drops[] = {"gre-clear 0 ", NULL};

    for (size_t i = 0; i < 2; i++) {
        struct site site = site_new();

        protect(&site, site.boston, transforms[i]);
        protect(&site, site.ottawa, transforms[i]);
        ping(&site, three_answers);
        expect_shown(&site, site.ottawa, "EXEC show-ip-drops default", drops);
        site_free(&site);
    }
}

Test(router_gre, refuses_clear_packets_once_it_is_protected)
{
    static const char *const drops[] = {"gre-clear 3 ", NULL};
    struct site site = site_new();

    protect(&site, site.ottawa, "ah-hmac-sha");
    ping(&site, no_answer);
    expect_shown(&site, site.ottawa, "EXEC show-ip-drops default", drops);
    protect(&site, site.boston, "ah-hmac-sha");
    ping(&site, three_answers);
    site_free(&site);
}

Test(router_gre, never_sends_in_clear_what_a_profile_without_keys_protects)
{
    static const char *const why[] = {
        "There is no preshared key for 192.0.2.2", NULL};
    struct site site = site_new();

    cr_assert_eq(
        kit_do(site.kit, site.boston, "CREATE transport-profile default any"),
        OK);
    cr_assert_eq(kit_do(site.kit, site.boston,
                     "SET transport-profile application default any gre"),
        OK);
    cr_assert_eq(kit_do(site.kit, site.boston,
                     "SET transport-profile transforms default any esp-aes128"),
        OK);
    cr_assert_eq(kit_do(site.kit, site.boston, "COMMIT"), OK);
    expect_shown(
        &site, site.boston, "EXEC show-gre-tunnel default branch", why);
    ping(&site,
        "1 - - The tunnel has no outbound SA.\n2 - - The tunnel has no outbound SA.\n"
        "3 - - The tunnel has no outbound SA.\n");
    /* One for these very ends goes first. */
    protect(&site, site.boston, "esp-hmac-sha");
    protect(&site, site.ottawa, "esp-hmac-sha");
    ping(&site, three_answers);
    cr_assert_eq(
        kit_do(site.kit, site.boston, "DELETE transport-profile default wan"),
        OK);
    cr_assert_eq(
        kit_do(site.kit, site.boston, "DELETE transport-profile default any"),
        OK);
    cr_assert_eq(kit_do(site.kit, site.boston, "COMMIT"), OK);
    ping(&site, no_answer); /* in clear now, which the other end refuses */
    site_free(&site);
}

/* ---- negotiated ---- */

static void
negotiate(struct site *site, struct session *session, const char *transform)
{
    static const char *const lines[] = {
        "CREATE preshared-key default 192.0.2.# -",
        "SET preshared-key key default 192.0.2.# - !same",
        "CREATE transport-profile default wan",
        "SET transport-profile application default wan gre",
    };
    char line[LINE_MAX_SIZE];

    configure(site, session, lines, sizeof lines / sizeof lines[0]);
    (void)snprintf(line, sizeof(line),
        "SET transport-profile transforms default wan %s", transform);
    cr_assert_eq(kit_do(site->kit, session, line), OK);
    cr_assert_eq(kit_do(site->kit, session, "COMMIT"), OK);
}

/* How many SAs of the GRE tunnel it has. */
static unsigned
sas_of(struct site *site, struct session *session)
{
    struct kit_answer answer =
        kit_ask(site->kit, session, "EXEC show-ipsec-sa default gre:branch");
    unsigned count = 0;

    for (const char *at = str_text(&answer.rows); *at != '\0'; at++)
        count += *at == '\n';
    kit_answer_done(&answer);
    return count;
}

Test(router_gre, negotiates_what_a_profile_without_keys_protects)
{
    static const char *const transforms[] = {
        "esp-aes128-hmac-sha256", "ah-hmac-sha", "esp-aes128-gcm"};
    static const char *const done[] = {"DONE", NULL};

    for (size_t i = 0; i < sizeof transforms / sizeof transforms[0]; i++) {
        struct site site = site_new();

        negotiate(&site, site.boston, transforms[i]);
        negotiate(&site, site.ottawa, transforms[i]);
        kit_seconds(site.kit, 60);
        expect_shown(
            &site, site.boston, "EXEC show-ipsec-ike-sa default", done);
        ping(&site, three_answers);
        cr_expect_eq(sas_of(&site, site.boston), 2);
        cr_expect_eq(sas_of(&site, site.ottawa), 2);
        site_free(&site);
    }
}

/* The last three columns of the first SA: mode, seconds and kilobytes left. */
static void
limits_left(struct site *site, unsigned *out_seconds, unsigned *out_kilobytes)
{
    struct kit_answer answer = kit_ask(
        site->kit, site->boston, "EXEC show-ipsec-sa default gre:branch");
    const char *at = str_text(&answer.rows);

    for (unsigned column = 0; column < COLUMN_IPSEC_SA_MODE; column++) {
        at = strchr(at, ' ');
        cr_assert_not_null(at);
        at++;
    }
    cr_assert_eq(sscanf(at, "1 %u %u", out_seconds, out_kilobytes), 2, "%s",
        str_text(&answer.rows));
    kit_answer_done(&answer);
}

Test(router_gre, tells_what_is_left_of_the_lifetime_of_its_sas)
{
    struct site site = site_new();
    unsigned seconds[2];
    unsigned kilobytes[2];

    negotiate(&site, site.boston, "esp-aes128-hmac-sha256");
    negotiate(&site, site.ottawa, "esp-aes128-hmac-sha256");
    kit_seconds(site.kit, 60);
    limits_left(&site, &seconds[0], &kilobytes[0]);
    cr_expect_leq(seconds[0], 28800);
    cr_expect_gt(seconds[0], 0);
    for (unsigned i = 0; i < 30; i++)
        ping(&site, three_answers);
    kit_seconds(site.kit, 60);
    limits_left(&site, &seconds[1], &kilobytes[1]);
    cr_expect_leq(seconds[1], seconds[0] - 60);
    cr_expect_lt(kilobytes[1], kilobytes[0]);
    site_free(&site);
}

Test(router_gre, negotiates_anew_when_it_is_cleared)
{
    struct site site = site_new();

    negotiate(&site, site.boston, "esp-aes128-hmac-sha256");
    negotiate(&site, site.ottawa, "esp-aes128-hmac-sha256");
    kit_seconds(site.kit, 60);
    cr_expect_eq(kit_do(site.kit, site.boston,
                     "EXEC ipsec-clear-sa default gre:branch - 1"),
        OK);
    kit_seconds(site.kit, 60);
    ping(&site, three_answers);
    cr_expect_eq(
        kit_do(site.kit, site.boston, "EXEC ipsec-clear-sa default - - 2"), OK);
    kit_seconds(site.kit, 60);
    ping(&site, three_answers);
    site_free(&site);
}

Test(router_gre, goes_from_negotiated_to_session_keys_and_back)
{
    static const char *const no_keys[] = {
        "SET transport-profile session_key_inbound default wan - - -",
        "SET transport-profile session_key_outbound default wan - - -",
        "COMMIT",
    };
    struct site site = site_new();

    negotiate(&site, site.boston, "esp-hmac-sha");
    negotiate(&site, site.ottawa, "esp-hmac-sha");
    kit_seconds(site.kit, 60);
    cr_assert_eq(
        kit_do(site.kit, site.boston, "DELETE transport-profile default wan"),
        OK);
    cr_assert_eq(
        kit_do(site.kit, site.ottawa, "DELETE transport-profile default wan"),
        OK);
    protect(&site, site.boston, "esp-hmac-sha");
    protect(&site, site.ottawa, "esp-hmac-sha");
    kit_seconds(site.kit, 5);
    ping(&site, three_answers);
    cr_expect_eq(sas_of(&site, site.boston), 2);
    configure(&site, site.boston, no_keys, 3);
    configure(&site, site.ottawa, no_keys, 3);
    kit_seconds(site.kit, 90);
    ping(&site, three_answers);
    cr_expect_eq(sas_of(&site, site.boston), 2);
    cr_expect_eq(sas_of(&site, site.ottawa), 2);
    site_free(&site);
}

/* ---- the guard of `commit confirmed` ---- */

static void
expect_told(struct site *site, struct session *session, const char *part)
{
    struct kit_answer answer = kit_ask(site->kit, session, "SUBSCRIBE 1");

    cr_expect_not_null(strstr(str_text(&answer.rows), part), "%s is not in: %s",
        part, str_text(&answer.rows));
    kit_answer_done(&answer);
}

Test(router_gre, is_watched_while_a_commit_waits_to_be_confirmed)
{
    struct site site = site_new();
    struct kit_answer answer;

    kit_seconds(site.kit, 2);
    cr_assert_eq(kit_do(site.kit, site.boston, "SUBSCRIBE 1"), OK);
    cr_assert_eq(kit_do(site.kit, site.boston,
                     "SET gre-tunnel destination default branch 203.0.113.9"),
        OK);
    cr_assert_eq(kit_do(site.kit, site.boston, "CONFIRM 60 30"), OK);
    kit_seconds(site.kit, 33);
    expect_told(&site, site.boston,
        "because 1 of 2 tunnels that were up is down for 30 s: gre:branch: ");
    answer = kit_ask(site.kit, site.boston, "EXEC show-gre-tunnel default -");
    /* 192.0.2.1 and 192.0.2.2 */
    cr_expect_not_null(
        strstr(str_text(&answer.rows), " 3221225985 3221225986 "), "%s",
        str_text(&answer.rows));
    kit_answer_done(&answer);
    site_free(&site);
}

Test(router_gre, may_be_shut_down_while_a_commit_waits)
{
    struct site site = site_new();

    kit_seconds(site.kit, 2);
    cr_assert_eq(kit_do(site.kit, site.boston,
                     "SET gre-tunnel shutdown default branch +"),
        OK);
    cr_assert_eq(kit_do(site.kit, site.boston, "CONFIRM 60 30"), OK);
    kit_seconds(site.kit, 100);
    cr_expect_eq(router_generation(site.kit->routers[BOSTON]), 3);
    site_free(&site);
}
