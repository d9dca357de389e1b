/*
 * test_present.c - what peers are shown, who we say that we are, and what is
 * signed.
 */
#include "tests/support/pki_kit.h"

#include <criterion/criterion.h>
#include <string.h>

#define ROOT  "C=XT,O=Test,CN=Root"
#define SUB   "C=XT,O=Test,CN=Sub"
#define OTHER "CN=Other CA"
#define GATE  "C=XT,O=Test,CN=gate"

enum { ROOM = 8, SIGNATURE_ROOM = 512 };

static const uint32_t local = 0xc0000201; /* 192.0.2.1 */

static const struct ca_order root = {.key = CA_KEY_ROOT,
    .signer = CA_KEY_ROOT,
    .subject = ROOT,
    .is_ca = true};
static const struct ca_order sub = {.key = CA_KEY_SUB,
    .signer = CA_KEY_ROOT,
    .subject = SUB,
    .issuer = ROOT,
    .serial = 2,
    .is_ca = true};
static const struct ca_order other = {.key = CA_KEY_OTHER,
    .signer = CA_KEY_OTHER,
    .subject = OTHER,
    .is_ca = true};
static const struct ca_order gate = {.key = CA_KEY_GATE,
    .signer = CA_KEY_SUB,
    .subject = GATE,
    .issuer = SUB,
    .serial = 3,
    .names = "DNS:gate.test,email:u@gate.test"};
/* of the same key, by the other CA */
static const struct ca_order second = {.key = CA_KEY_GATE,
    .signer = CA_KEY_OTHER,
    .subject = "CN=second",
    .issuer = OTHER,
    .serial = 4,
    .names = "DNS:second.test,IP:192.0.2.1",
    .from_s = CA_NOW_S - 60};

static const struct ike_identity anybody = {.address = 0};

static struct pki_kit *
router(void)
{
    struct pki_kit *kit = pki_kit_new(NULL, NULL);

    pki_kit_give(kit, ca_private_key(CA_KEY_GATE));
    pki_kit_give(kit, ca_certificate(&root));
    pki_kit_give(kit, ca_certificate(&sub));
    pki_kit_give(kit, ca_certificate(&other));
    pki_kit_give(kit, ca_certificate(&gate));
    return kit;
}

static bool
is_same(struct ike_blob blob, const struct ca_order *order)
{
    struct ca_bytes der = ca_certificate(order);
    bool same = blob.length == der.length &&
                memcmp(blob.bytes, der.bytes, der.length) == 0;

    ca_free(&der);
    return same;
}

Test(pki_present, the_chain_goes_up_to_what_the_peer_has)
{
    struct pki_kit *kit = router();
    struct ike_credentials c = pki_credentials(kit->pki);
    struct ike_blob chain[ROOM];

    cr_assert_eq(c.chain(c.context, &anybody, NULL, 0, chain, ROOM), 2);
    cr_expect(is_same(chain[0], &gate));
    cr_expect(is_same(chain[1], &sub), "but not what signed itself");
    cr_expect_eq(c.chain(c.context, &anybody, NULL, 0, chain, 1), 1);
    pki_kit_free(kit);
}

Test(pki_present, the_peer_and_the_tunnel_choose_the_certificate)
{
    struct pki_kit *kit = router();
    struct ike_credentials c = pki_credentials(kit->pki);
    struct ca_bytes names[] = {ca_name(ROOT), ca_name("CN=nobody")};
    struct ike_blob asked[] = {ca_blob(&names[1]), ca_blob(&names[0])};
    const struct ike_identity us = {.name = "gate.test"};
    const struct ike_identity stranger = {.name = "stranger.test"};
    struct ike_blob chain[ROOM];

    pki_kit_give(kit, ca_certificate(&second));
    cr_assert_eq(c.chain(c.context, &anybody, NULL, 0, chain, ROOM), 1);
    cr_expect(is_same(chain[0], &second), "the newest");
    cr_assert_eq(c.chain(c.context, &anybody, asked, 2, chain, ROOM), 2);
    cr_expect(is_same(chain[0], &gate), "of the root that is asked for");
    cr_assert_eq(c.chain(c.context, &us, NULL, 0, chain, ROOM), 2);
    cr_expect(is_same(chain[0], &gate), "that proves who we shall be");
    cr_assert_eq(c.chain(c.context, &stranger, NULL, 0, chain, ROOM), 1);
    cr_expect_not(c.identify(c.context, chain[0], &stranger, local,
        &(uint8_t){0}, &(struct ike_blob){NULL, 0}));
    /* time goes before all */
    pki_set_time(kit->pki, CA_NOW_S + 2 * (uint64_t)CA_YEAR_S);
    cr_expect_eq(c.chain(c.context, &anybody, NULL, 0, chain, ROOM), 1);
    ca_free(&names[0]);
    ca_free(&names[1]);
    pki_kit_free(kit);
}

Test(pki_present, one_that_is_revoked_stands_back)
{
    const uint32_t seconds = 4;
    const uint32_t subs = 2;
    struct pki_kit *kit = router();
    struct ike_credentials c = pki_credentials(kit->pki);
    struct ike_blob chain[ROOM];

    pki_kit_give(kit, ca_certificate(&second));
    cr_assert_eq(c.chain(c.context, &anybody, NULL, 0, chain, ROOM), 1);
    cr_expect(is_same(chain[0], &second), "the newest");
    pki_kit_give(kit, ca_crl(CA_KEY_OTHER, OTHER, CA_NOW_S, 0, &seconds, 1));
    cr_assert_eq(c.chain(c.context, &anybody, NULL, 0, chain, ROOM), 2);
    cr_expect(is_same(chain[0], &gate), "an older one that is good");
    cr_expect(pki_is_usable(kit->pki));
    /* the CA above it */
    pki_kit_give(kit, ca_crl(CA_KEY_ROOT, ROOT, CA_NOW_S, 0, &subs, 1));
    cr_expect_not(pki_is_usable(kit->pki), "none is good");
    cr_expect(c.is_usable(c.context), "and yet it is tried");
    pki_kit_free(kit);
}

static const struct {
    const char *why;
    const struct ca_order *certificate; /* NULL: the bare key */
    const char *wanted;                 /* "": nothing        */
    uint8_t type;                       /* 0: it does not prove it */
    const char *body;
} identities[] = {
    {"its FQDN, if nobody says otherwise", &gate,   "",                       2, "gate.test"       },
    {"its address, if it is in it",        &second, "",                       1, "\xc0\x00\x02\x01"},
    {"user@FQDN, as configured",           &gate,   "u@gate.test",            3, "u@gate.test"     },
    {"not of another user",                &gate,   "v@gate.test",            0, ""                },
    {"the subject, as configured",         &gate,   "C=XT, O=Test, CN=gate",  9, NULL              },
    {"and from its end",                   &gate,   "CN=gate, O=Test, C=XT",  9, NULL              },
    {"not another subject",                &gate,   "C=XT, O=Test, CN=other", 0, ""                },
    {"nor half of it",                     &gate,   "C=XT, O=Test",           0, ""                },
    {"by the bare key the address",        NULL,    "",                       1, "\xc0\x00\x02\x01"},
    {"by the bare key what is configured", NULL,    "any.test",               2, "any.test"        },
    {"a bare key has no subject",          NULL,    "CN=gate",                0, ""                },
};

static void
try_identity(struct pki_kit *kit, size_t i)
{
    struct ike_credentials c = pki_credentials(kit->pki);
    struct ca_bytes der = {NULL, 0};
    struct ike_identity wanted = {.address = 0};
    struct ike_blob body = {NULL, 0};
    uint8_t type = 0;
    bool is_proved;
    char text[IKE_TEXT_SIZE];

    if (identities[i].certificate != NULL)
        der = ca_certificate(identities[i].certificate);
    (void)strcpy(wanted.name, identities[i].wanted);
    is_proved =
        c.identify(c.context, ca_blob(&der), &wanted, local, &type, &body);
    cr_expect_eq(is_proved, identities[i].type != 0, "%s", identities[i].why);
    cr_expect_eq(type, identities[i].type, "%s", identities[i].why);
    if (is_proved && identities[i].body != NULL) {
        size_t length = type == 1 ? 4 : strlen(identities[i].body);

        cr_expect_eq(body.length, length, "%s", identities[i].why);
        cr_expect_arr_eq(
            body.bytes, identities[i].body, length, "%s", identities[i].why);
    } else if (is_proved) {
        c.name_text(c.context, body, text, sizeof text);
        cr_expect_str_eq(text, "C=XT, O=Test, CN=gate");
        cr_expect(c.name_is(c.context, body, identities[i].wanted));
        cr_expect_not(c.name_is(c.context, body, "CN=gate"));
    }
    ca_free(&der);
}

Test(pki_present, a_certificate_says_who_we_are)
{
    struct pki_kit *kit = router();

    pki_kit_give(kit, ca_certificate(&second));
    for (size_t i = 0; i < sizeof identities / sizeof identities[0]; i++)
        try_identity(kit, i);
    pki_kit_free(kit);
}

/* ---- signatures ---- */

Test(pki_present, signs_the_bare_hash_whatever_its_length)
{
    static const uint8_t hash[64] = {9, 8, 7};
    static const size_t lengths[] = {16, 20, 32, 48, 64};
    struct pki_kit *kit = router();
    struct ike_credentials c = pki_credentials(kit->pki);
    struct ike_blob chain[ROOM];
    uint8_t out[SIGNATURE_ROOM];

    cr_assert_gt(c.chain(c.context, &anybody, NULL, 0, chain, ROOM), 0);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct ca_bytes right = ca_sign(CA_KEY_GATE, hash, lengths[i]);
        size_t length = c.sign(c.context, chain[0],
            (struct ike_blob){hash, lengths[i]}, out, sizeof out);

        cr_assert_eq(length, right.length);
        cr_expect_arr_eq(out, right.bytes, length);
        ca_free(&right);
    }
    cr_expect_eq(c.sign(c.context, chain[1], (struct ike_blob){hash, 20}, out,
                     sizeof out),
        0, "a CA's key is not here");
    cr_expect_eq(
        c.sign(c.context, chain[0], (struct ike_blob){hash, 20}, out, 100), 0,
        "no room");
    pki_kit_free(kit);
}

Test(pki_present, asks_for_certificates_of_what_it_trusts)
{
    struct pki_kit *kit = router();
    struct ike_credentials c = pki_credentials(kit->pki);
    struct ike_blob names[ROOM];
    char text[IKE_TEXT_SIZE];

    cr_assert_eq(c.authorities(c.context, names, ROOM), 2);
    c.name_text(c.context, names[0], text, sizeof text);
    cr_expect_str_eq(text, "C=XT, O=Test, CN=Root");
    c.name_text(c.context, names[1], text, sizeof text);
    cr_expect_str_eq(text, "CN=Other CA");
    cr_expect_eq(c.authorities(c.context, names, 1), 1);
    c.name_text(c.context, (struct ike_blob){(const uint8_t *)"\x30\xff", 2},
        text, sizeof text);
    cr_expect_str_eq(text, "");
    pki_kit_free(kit);
}

Test(pki_present, is_of_use_with_key_and_certificate_only)
{
    struct pki_kit *kit = pki_kit_new(NULL, NULL);

    cr_expect_not(pki_is_usable(kit->pki));
    pki_kit_give(kit, ca_private_key(CA_KEY_GATE));
    cr_expect_not(pki_is_usable(kit->pki));
    pki_kit_give(kit, ca_certificate(&gate));
    cr_expect(pki_is_usable(kit->pki));
    cr_assert_eq(pki_zeroize(kit->pki, &kit->answer, &kit->diag), OK);
    cr_expect_not(pki_is_usable(kit->pki));
    pki_kit_free(kit);
}

/* ---- keys that are made here ---- */

static enum err
make_key(struct pki_kit *kit)
{
    struct pki_making *making = pki_make_begin(1024);

    cr_assert_not_null(making);
    return pki_make_end(kit->pki, making, &kit->answer, &kit->diag);
}

Test(pki_present, a_key_that_is_made_here_signs)
{
    static const uint8_t hash[20] = {1};
    struct pki_kit *kit = pki_kit_new(NULL, NULL);
    struct ike_credentials c = pki_credentials(kit->pki);
    struct pki_key_row row;
    uint8_t out[SIGNATURE_ROOM];
    struct str spki;

    str_init(&spki);
    row.spki_hex = &spki;
    cr_assert_eq(make_key(kit), OK);
    cr_expect_not_null(strstr(str_text(&kit->answer), "weak"));
    cr_assert(pki_key(kit->pki, 0, &row));
    cr_expect_eq(row.bits, 1024);
    cr_expect(row.is_newest);
    cr_expect_eq(pki_key_string_bits(kit->pki, str_text(&spki)), 1024);
    cr_expect_eq(pki_key_string_bits(kit->pki, "3082"), 0);
    cr_expect_eq(c.sign(c.context, (struct ike_blob){NULL, 0},
                     (struct ike_blob){hash, sizeof hash}, out, sizeof out),
        128, "the bare key");
    cr_assert_eq(make_key(kit), OK);
    row.spki_hex = NULL;
    cr_assert(pki_key(kit->pki, 1, &row));
    cr_expect(row.is_newest);
    cr_assert(pki_key(kit->pki, 0, &row));
    cr_expect_not(row.is_newest);
    str_done(&spki);
    pki_kit_free(kit);
}

Test(pki_present, a_key_that_nobody_waits_for_is_nobodys)
{
    struct pki_kit *kit = pki_kit_new(NULL, NULL);
    struct pki_key_row row = {0};

    pki_make_abandon(pki_make_begin(4096));
    pki_make_abandon(NULL);
    cr_expect_not(pki_key(kit->pki, 0, &row));
    pki_kit_free(kit);
}

Test(pki_present, a_request_needs_a_key_and_a_name)
{
    struct pki_kit *kit = pki_kit_new(NULL, NULL);

    cr_expect_eq(
        pki_request(kit->pki, &kit->answer, &kit->diag), ERR_NOT_FOUND);
    pki_kit_give(kit, ca_private_key(CA_KEY_GATE));
    cr_expect_eq(pki_request(kit->pki, &kit->answer, &kit->diag), ERR_CONFLICT);
    pki_kit_free(kit);
}
