/*
 * test_router_certificates.c - two routers that know each other by
 * certificates.
 *
 *    10.1.0.1 [ boston ] 192.0.2.1 ---5 ms--- 192.0.2.2 [ ottawa ] 10.2.0.1
 *
 *    Root -> Sub -> boston.test           Root -> ottawa.test
 *
 * Certificates come, expire, are revoked and renewed while time goes on.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "tests/support/ca.h"
#include "tests/support/kit.h"

TestSuite(router_certificates, .timeout = 300);

#define ROOT "C=XT,O=Test,CN=Root"
#define SUB  "C=XT,O=Test,CN=Sub"

/* A row of show-ipsec-tunnel-why: the name, the state as a number. */
#define WHY  "EXEC show-ipsec-tunnel-why default peer"
#define UP   "peer 0 "
#define DOWN "peer 1 "

enum { DAY_S = 86400, DER = 1, SERIAL = 7 };

static struct kit *kit;
static struct session *operators[KIT_ROUTERS];

static const struct ca_order root = {.key = CA_KEY_ROOT,
    .signer = CA_KEY_ROOT,
    .subject = ROOT,
    .is_ca = true,
    .to_s = CA_NOW_S + 9 * (int64_t)CA_YEAR_S};
static const struct ca_order sub = {.key = CA_KEY_SUB,
    .signer = CA_KEY_ROOT,
    .subject = SUB,
    .issuer = ROOT,
    .serial = 2,
    .is_ca = true,
    .to_s = CA_NOW_S + 9 * (int64_t)CA_YEAR_S};
static const struct ca_order boston = {.key = CA_KEY_GATE,
    .signer = CA_KEY_SUB,
    .subject = "C=XT,CN=boston",
    .issuer = SUB,
    .serial = 5,
    .names = "DNS:boston.test"};
static const struct ca_order ottawa = {.key = CA_KEY_PEER,
    .signer = CA_KEY_ROOT,
    .subject = "C=XT,CN=ottawa",
    .issuer = ROOT,
    .serial = SERIAL,
    .names = "DNS:ottawa.test"};

static void
set_up(void)
{
    log_set_level(LOG_ERROR);
    kit = kit_two_sites(NULL);
    for (size_t i = 0; i < KIT_ROUTERS; i++)
        operators[i] = kit_session(kit, i, "alice", 15);
}

static void
tear_down(void)
{
    for (size_t i = 0; i < KIT_ROUTERS; i++)
        kit_leave(kit, operators[i]);
    kit_free(kit);
}

static void
type(size_t site, const char *const *lines)
{
    for (; *lines != NULL; lines++)
        cr_assert_eq(kit_do(kit, operators[site], *lines), OK, "%s", *lines);
}

static void
give(size_t site, struct ca_bytes der)
{
    char *hex = mem_alloc(2 * der.length + 1);
    struct str request;

    hex_encode(der.bytes, der.length, hex);
    str_init(&request);
    str_printf(&request, "IMPORT %d a-file 0 %s -", DER, hex);
    cr_assert_eq(kit_do(kit, operators[site], str_text(&request)), OK);
    str_done(&request);
    free(hex);
    ca_free(&der);
}

/* What both sites have, with the other one's numbers; no certificates. */
static void
configure(size_t site)
{
    static const char *const lines[KIT_ROUTERS][16] = {
        {"OPEN", "CREATE transform-set strong",
         "SET transform-set transforms strong esp-aes128-hmac-sha", "CREATE interface default loopback 0",
         "SET interface ip default loopback 0 10.1.0.1 255.255.0.0", "CREATE interface default fastEthernet 0/0",
         "SET interface ip default fastEthernet 0/0 192.0.2.1 "
            "255.255.255.0", "CREATE tunnel default peer",
         "SET tunnel source default peer 192.0.2.1 -", "SET tunnel destination default peer 192.0.2.2 -",
         "SET tunnel transform_set default peer strong", "SET tunnel ip default peer 10.255.0.1 255.255.255.252",
         "CREATE ike-policy-rule 1", "SET ike-policy-rule authentication 1 rsa-sig", "COMMIT", NULL},
        {"OPEN", "CREATE transform-set strong",
         "SET transform-set transforms strong esp-aes128-hmac-sha", "CREATE interface default loopback 0",
         "SET interface ip default loopback 0 10.2.0.1 255.255.0.0", "CREATE interface default fastEthernet 0/0",
         "SET interface ip default fastEthernet 0/0 192.0.2.2 "
            "255.255.255.0", "CREATE tunnel default peer",
         "SET tunnel source default peer 192.0.2.2 -", "SET tunnel destination default peer 192.0.2.1 -",
         "SET tunnel transform_set default peer strong", "SET tunnel ip default peer 10.255.0.2 255.255.255.252",
         "CREATE ike-policy-rule 1", "SET ike-policy-rule authentication 1 rsa-sig", "COMMIT", NULL},
    };

    type(site, lines[site]);
}

static void
certify(void)
{
    give(BOSTON, ca_private_key(CA_KEY_GATE));
    give(BOSTON, ca_certificate(&root));
    give(BOSTON, ca_certificate(&sub));
    give(BOSTON, ca_certificate(&boston));
    give(OTTAWA, ca_private_key(CA_KEY_PEER));
    give(OTTAWA, ca_certificate(&root));
    give(OTTAWA, ca_certificate(&ottawa));
}

static bool
holds(size_t site, const char *request, const char *part)
{
    struct kit_answer answer = kit_ask(kit, operators[site], request);
    bool found = strstr(str_text(&answer.rows), part) != NULL;

    if (!found) {
        (void)fprintf(stderr, "%s: %s is not in: %s\n", request, part,
            str_text(&answer.rows));
    }
    kit_answer_done(&answer);
    return found;
}

static void
come_up(void)
{
    configure(BOSTON);
    configure(OTTAWA);
    certify();
    kit_seconds(kit, 10);
    cr_assert(holds(BOSTON, WHY, UP));
    cr_assert(holds(OTTAWA, WHY, UP));
}

Test(router_certificates, a_tunnel_waits_for_its_certificate, .init = set_up,
    .fini = tear_down)
{
    configure(BOSTON);
    configure(OTTAWA);
    kit_seconds(kit, 20);
    cr_expect(holds(BOSTON, WHY, DOWN));
    cr_expect(holds(BOSTON, WHY, "no-certificate"));
    /* its next own try would be after a minute */
    certify();
    kit_seconds(kit, 20); /* of which each message takes one */
    cr_expect(holds(BOSTON, WHY, UP));
    cr_expect(holds(OTTAWA, WHY, UP));
    cr_expect(
        holds(BOSTON, "EXEC show-ipsec-certificates default 1", "192.0.2.2"));
    cr_expect(holds(
        OTTAWA, "EXEC show-ipsec-certificates default -", "C=XT, CN=ottawa"));
    kit_expect_rows(kit, operators[BOSTON], "EXEC show-ipsec-identity default",
        "- - - -\n");
}

Test(router_certificates, a_revoked_peer_is_down_within_two_seconds,
    .init = set_up, .fini = tear_down)
{
    static const uint32_t serial = SERIAL;

    come_up();
    give(BOSTON,
        ca_crl(CA_KEY_ROOT, ROOT, CA_NOW_S, CA_NOW_S + DAY_S, &serial, 1));
    kit_seconds(kit, 2);
    cr_expect(holds(BOSTON, WHY, DOWN));
    cr_expect(holds(BOSTON, WHY, "cert-revoked"));
    cr_expect(holds(BOSTON, WHY, "C=XT, CN=ottawa"));
    kit_seconds(kit, 120);
    cr_expect(holds(BOSTON, WHY, DOWN), "and stays so");
    /* looked at no longer: it comes back at its next try, at once */
    type(BOSTON,
        (const char *const[]){"SET system crl ignored", "COMMIT", NULL});
    kit_seconds(kit, 20);
    cr_expect(holds(BOSTON, WHY, UP));
}

Test(router_certificates, an_expired_peer_is_down_at_the_next_look,
    .init = set_up, .fini = tear_down)
{
    struct ca_order soon = ottawa;

    soon.to_s = CA_NOW_S + 2000;
    soon.serial = SERIAL + 1;
    configure(BOSTON);
    configure(OTTAWA);
    type(BOSTON,
        (const char *const[]){"SET system clock_skew 0", "COMMIT", NULL});
    give(BOSTON, ca_private_key(CA_KEY_GATE));
    give(BOSTON, ca_certificate(&root));
    give(BOSTON, ca_certificate(&sub));
    give(BOSTON, ca_certificate(&boston));
    give(OTTAWA, ca_private_key(CA_KEY_PEER));
    give(OTTAWA, ca_certificate(&root));
    give(OTTAWA, ca_certificate(&soon));
    kit_seconds(kit, 10);
    cr_assert(holds(BOSTON, WHY, UP));
    kit_seconds(kit, 1900);
    cr_expect(holds(BOSTON, WHY, UP));
    kit_seconds(kit, 170);
    cr_expect(holds(BOSTON, WHY, DOWN));
    cr_expect(holds(BOSTON, WHY, "cert-expired"));
    /* renewed there: back without a hand here */
    give(OTTAWA, ca_certificate(&ottawa));
    kit_seconds(kit, 600);
    cr_expect(holds(BOSTON, WHY, UP));
}

Test(router_certificates, a_renewed_certificate_disturbs_nobody, .init = set_up,
    .fini = tear_down)
{
    struct ca_order renewed = ottawa;
    struct kit_answer before;
    struct kit_answer after;

    come_up();
    before =
        kit_ask(kit, operators[BOSTON], "EXEC show-ipsec-sa default - - - -");
    renewed.serial = SERIAL + 1;
    renewed.from_s = CA_NOW_S;
    give(OTTAWA, ca_certificate(&renewed));
    kit_seconds(kit, 120);
    cr_expect(holds(BOSTON, WHY, UP));
    after =
        kit_ask(kit, operators[BOSTON], "EXEC show-ipsec-sa default - - - -");
    cr_expect_eq(before.row_count, after.row_count);
    kit_answer_done(&before);
    kit_answer_done(&after);
}

/* ---- renewed, with packets on their way ---- */

/* IKE SAs of a minute: by the end each has been proved anew many times. */
static void
make_short(size_t site)
{
    static const char *const lines[] = {"OPEN",
        "SET ike-policy-rule lifetime 1 60",
        "SET tunnel lifetime default peer 1800 -", "COMMIT", NULL};

    type(site, lines);
}

/* Number of echo requests that were not answered. */
static unsigned
ping_for(unsigned seconds)
{
    unsigned lost = 0;

    for (unsigned second = 0; second < seconds; second += 2) {
        struct kit_answer answer = kit_ask(kit, operators[BOSTON],
            "EXEC ping default - 10.255.0.2 1 10.255.0.1 64");

        lost += strncmp(str_text(&answer.rows), "1 1 ", 4) != 0;
        kit_answer_done(&answer);
        kit_seconds(kit, 2);
    }
    return lost;
}

/* The first `count` certificates of ottawa are on the list. */
static void
revoke(size_t count)
{
    static const uint32_t serials[] = {SERIAL, SERIAL + 1};

    give(BOSTON, ca_crl(CA_KEY_ROOT, ROOT, CA_NOW_S + (int64_t)count,
                     CA_NOW_S + DAY_S, serials, count));
}

Test(router_certificates, a_renewal_loses_no_packet, .init = set_up,
    .fini = tear_down)
{
    struct ca_order renewed = ottawa;

    configure(BOSTON);
    configure(OTTAWA);
    make_short(BOSTON);
    make_short(OTTAWA);
    certify();
    kit_seconds(kit, 10);
    cr_assert(holds(BOSTON, WHY, UP));
    cr_expect_eq(ping_for(100), 0);
    renewed.serial = SERIAL + 1;
    renewed.from_s = CA_NOW_S;
    give(OTTAWA, ca_certificate(&renewed));
    cr_expect_eq(ping_for(2200), 0, "through renewals of both phases");
    revoke(1);
    cr_expect_eq(ping_for(130), 0, "nothing rests on the old one any more");
    cr_expect(holds(BOSTON, WHY, UP));
    revoke(2);
    kit_seconds(kit, 3);
    cr_expect(holds(BOSTON, WHY, DOWN), "but on the new one");
}

Test(router_certificates, a_wiped_key_is_of_no_more_use, .init = set_up,
    .fini = tear_down)
{
    come_up();
    kit_expect_values(kit, operators[BOSTON],
        "EXEC ipsec-key-zeroize-rsa default",
        "1 RSA key was wiped.  Certificates stay; those of this router are of "
        "no more use.");
    kit_expect_rows(
        kit, operators[BOSTON], "EXEC show-ipsec-key-mypubkey-rsa default", "");
    cr_assert_eq(
        kit_do(kit, operators[BOSTON], "EXEC ipsec-clear-sa default peer - 1"),
        OK);
    kit_seconds(kit, 30);
    cr_expect(holds(BOSTON, WHY, DOWN));
    cr_expect(holds(BOSTON, WHY, "no-certificate"));
}

/* `ipsec key pubkey-chain rsa` of an address or of a name, the other being
 * "-". */
static void
enter(size_t site, const char *address, const char *name,
    const struct ca_bytes *key)
{
    char hex[1024];
    struct str set;

    hex_encode(key->bytes, key->length, hex);
    str_init(&set);
    str_printf(&set, "CREATE peer-public-key default %s %s", address, name);
    cr_assert_eq(kit_do(kit, operators[site], str_text(&set)), OK);
    str_clear(&set);
    str_printf(&set, "SET peer-public-key key_string default %s %s %s", address,
        name, hex);
    cr_assert_eq(kit_do(kit, operators[site], str_text(&set)), OK);
    cr_assert_eq(kit_do(kit, operators[site], "COMMIT"), OK);
    str_done(&set);
}

Test(router_certificates, a_key_that_is_entered_counts_for_its_peer,
    .init = set_up, .fini = tear_down)
{
    struct ca_bytes keys[] = {
        ca_public_key(CA_KEY_GATE), ca_public_key(CA_KEY_PEER)};
    static const char *const peers[] = {"192.0.2.1", "192.0.2.2"};

    configure(BOSTON);
    configure(OTTAWA);
    give(BOSTON, ca_private_key(CA_KEY_GATE));
    give(OTTAWA, ca_private_key(CA_KEY_PEER));
    for (size_t site = 0; site < KIT_ROUTERS; site++)
        enter(site, peers[1 - site], "-", &keys[1 - site]);
    kit_seconds(kit, 90);
    cr_expect(holds(BOSTON, WHY, UP));
    cr_expect(holds(BOSTON, "EXEC show-ipsec-key-pubkey-chain-rsa default",
        "3221225986 - 1024"));
    /* another key there: a certificate of a trusted CA does not help */
    kit_expect_values(kit, operators[OTTAWA],
        "EXEC ipsec-key-zeroize-rsa default",
        "1 RSA key was wiped.  Certificates stay; those of this router are of "
        "no more use.");
    give(OTTAWA, ca_private_key(CA_KEY_SPARE));
    give(BOSTON, ca_certificate(&root));
    cr_assert_eq(
        kit_do(kit, operators[BOSTON], "EXEC ipsec-clear-sa default peer - 1"),
        OK);
    kit_seconds(kit, 30);
    cr_expect(holds(BOSTON, WHY, DOWN));
    cr_expect(holds(BOSTON, WHY, "cert-signature"));
    ca_free(&keys[0]);
    ca_free(&keys[1]);
}

/* Of two entries the first must not stand in for the other. */
Test(router_certificates, each_key_that_is_entered_has_to_fit, .init = set_up,
    .fini = tear_down)
{
    struct ca_bytes gate = ca_public_key(CA_KEY_GATE);
    struct ca_bytes peer = ca_public_key(CA_KEY_PEER);
    struct ca_bytes other = ca_public_key(CA_KEY_OTHER);

    configure(BOSTON);
    configure(OTTAWA);
    give(BOSTON, ca_private_key(CA_KEY_GATE));
    give(OTTAWA, ca_private_key(CA_KEY_PEER));
    enter(BOSTON, "192.0.2.2", "-", &peer);
    enter(OTTAWA, "192.0.2.1", "-", &gate);
    enter(OTTAWA, "-", "gate.test", &gate);
    type(BOSTON,
        (const char *const[]){"OPEN",
            "SET virtual-router local_endpoint default 192.0.2.1",
            "SET tunnel source default peer - gate.test", "COMMIT", NULL});
    kit_seconds(kit, 90);
    cr_expect(holds(BOSTON, WHY, UP));
    for (int which = 0; which < 2; which++) {
        enter(OTTAWA, "-", "gate.test", which == 0 ? &other : &gate);
        enter(OTTAWA, "192.0.2.1", "-", which == 1 ? &other : &gate);
        cr_assert_eq(kit_do(kit, operators[BOSTON],
                         "EXEC ipsec-clear-sa default peer - 1"),
            OK);
        kit_seconds(kit, 30);
        cr_expect(holds(BOSTON, WHY, DOWN), "%d", which);
        cr_expect(holds(OTTAWA, WHY, "cert-signature"), "%d", which);
    }
    ca_free(&gate);
    ca_free(&peer);
    ca_free(&other);
}

Test(router_certificates, what_is_no_key_is_not_committed, .init = set_up,
    .fini = tear_down)
{
    struct kit_answer answer;

    type(BOSTON,
        (const char *const[]){"OPEN",
            "CREATE peer-public-key default 192.0.2.9 -",
            "SET peer-public-key key_string default 192.0.2.9 - 3082", NULL});
    answer = kit_ask(kit, operators[BOSTON], "COMMIT");
    cr_expect_eq(answer.error, ERR_INVALID);
    cr_expect_not_null(strstr(kit_sentence(&answer), "no RSA key"));
    kit_answer_done(&answer);
}

Test(router_certificates, commands_need_the_highest_level, .init = set_up,
    .fini = tear_down)
{
    static const char *const requests[] = {
        "EXEC ipsec-key-generate-rsa default 1024",
        "EXEC ipsec-key-zeroize-rsa default",
        "EXEC ipsec-certificate-delete default 1",
        "EXEC ipsec-certificate-refresh default",
        "EXEC ipsec-certificate-request default f",
        "IMPORT 1 f 0 00 -",
    };
    struct session *clerk = kit_session(kit, BOSTON, "bob", 14);

    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        struct kit_answer answer = kit_ask(kit, clerk, requests[i]);

        cr_expect_eq(answer.error, ERR_DENIED, "%s", requests[i]);
        kit_answer_done(&answer);
    }
    kit_leave(kit, clerk);
}
