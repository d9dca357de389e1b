/*
 * test_trust.c - whom a router believes: claims of peers, right and wrong.
 *
 *    Root -> Sub -> peer            Other -> (nobody believes it)
 *
 * Root is trusted; Sub is sent along by the peer where a row does not say
 * otherwise.
 */
#include "tests/support/pki_kit.h"
#include "tests/support/rounds.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define ROOT "C=XT,O=Test,CN=Root"
#define SUB  "C=XT,O=Test,CN=Sub"
#define PEER "C=XT,O=Test,CN=peer"

enum { HASH_SIZE = 20, CERTIFICATES = 12, DAY_S = 86400 };

static const uint8_t hash[HASH_SIZE] = {1, 2, 3};

static const struct ca_order root = {
    .key = CA_KEY_ROOT,
    .signer = CA_KEY_ROOT,
    .subject = ROOT,
    .is_ca = true,
};

static const struct ca_order sub = {
    .key = CA_KEY_SUB,
    .signer = CA_KEY_ROOT,
    .subject = SUB,
    .issuer = ROOT,
    .serial = 2,
    .is_ca = true,
};

#define LEAF .key = CA_KEY_PEER, LEAF_OF
#define LEAF_OF                                                                \
    .signer = CA_KEY_SUB, .subject = PEER, .issuer = SUB, .serial = 7,         \
    .names = "DNS:peer.test,IP:192.0.2.2,email:u@peer.test"

static struct ike_blob
text(const char *name)
{
    return (struct ike_blob){(const uint8_t *)name, strlen(name)};
}

/* Signed as it should be, from peer.test; what it holds is the caller's. */
static void
ask(struct pki_kit *kit, struct ike_claim *claim, enum ca_key signer,
    struct ike_verdict *out_verdict)
{
    struct ike_credentials credentials = pki_credentials(kit->pki);
    struct ca_bytes signature = ca_sign(signer, hash, sizeof hash);

    claim->hash = (struct ike_blob){hash, sizeof hash};
    claim->signature = ca_blob(&signature);
    credentials.judge(credentials.context, claim, out_verdict);
    ca_free(&signature);
}

static struct pki_kit *
believer(enum crl_use crl)
{
    struct pki_kit *kit = pki_kit_new(NULL, NULL);

    pki_kit_give(kit, ca_certificate(&root));
    pki_kit_configure(kit, crl, 0);
    return kit;
}

/* One row: the leaf and what is above it, and what comes of it. */
struct row {
    const char *why;
    struct ca_order leaf;
    struct ca_order above; /* subject NULL: sub */
    bool alone;            /* nothing is sent along */
    enum ca_key signs;     /* CA_KEY_ROOT: the leaf's own */
    uint8_t type;          /* of the identity; 0: FQDN peer.test */
    const char *identity;
    enum ike_reason reason; /* 0: trusted */
    const char *says;       /* in the mismatch */
};

static void
try(const struct row *row)
{
    struct pki_kit *kit = believer(CRL_USE_OPTIONAL);
    const struct ca_order *above =
        row->above.subject != NULL ? &row->above : &sub;
    struct ca_bytes der[2] = {
        ca_certificate(&row->leaf), ca_certificate(above)};
    struct ike_blob sent[2] = {ca_blob(&der[0]), ca_blob(&der[1])};
    struct ike_claim claim = {
        .identity_type = row->type == 0 ? 2 : row->type,
        .identity = text(row->type == 0 ? "peer.test" : row->identity),
        .certificates = sent,
        .certificate_count = row->alone ? 1 : 2,
    };
    struct ike_verdict verdict;

    ask(kit, &claim, row->signs == CA_KEY_ROOT ? row->leaf.key : row->signs,
        &verdict);
    cr_expect_eq(verdict.reason, row->reason, "%s: %s: %s", row->why,
        verdict.is_trusted ? "trusted" : ike_reason_name(verdict.reason),
        verdict.mismatch);
    cr_expect_eq(verdict.is_trusted, row->reason == 0, "%s", row->why);
    cr_expect(row->says == NULL || strstr(verdict.mismatch, row->says) != NULL,
        "%s: %s", row->why, verdict.mismatch);
    cr_expect_eq(verdict.certificate_id != 0, row->reason == 0, "%s", row->why);
    ca_free(&der[0]);
    ca_free(&der[1]);
    pki_kit_free(kit);
}

/* Layout by hand: clang-format 14 crashes on this table. */
/* clang-format off */
static const struct row rows[] = {
    {.why = "all is well", .leaf = {LEAF}},
    {.why = "an address in the certificate",
     .leaf = {LEAF},
     .type = 1,
     .identity = "\xc0\x01\x02\x02",
     .reason = IKE_REASON_CERT_IDENTITY,
     .says = "192.1.2.2"},
    {.why = "user@FQDN as a whole",
     .leaf = {LEAF},
     .type = 3,
     .identity = "u@peer.test"},
    {.why = "user@ is not taken off",
     .leaf = {LEAF},
     .type = 3,
     .identity = "v@peer.test",
     .reason = IKE_REASON_CERT_IDENTITY,
     .says = "v@peer.test"},
    {.why = "an FQDN is no user@FQDN",
     .leaf = {LEAF},
     .type = 3,
     .identity = "peer.test",
     .reason = IKE_REASON_CERT_IDENTITY},
    {.why = "case of a host's name does not matter",
     .leaf = {LEAF},
     .type = 2,
     .identity = "PEER.test"},
    {.why = "no second search for the domain alone",
     .leaf = {LEAF},
     .type = 2,
     .identity = "test",
     .reason = IKE_REASON_CERT_IDENTITY},
    {.why = "a wildcard stands for nothing",
     .leaf = {.key = CA_KEY_PEER,
         .signer = CA_KEY_SUB,
         .subject = PEER,
         .issuer = SUB,
         .names = "DNS:*.test"},
     .reason = IKE_REASON_CERT_IDENTITY},
    {.why = "the common name, where there are no other names",
     .leaf = {.key = CA_KEY_PEER,
         .signer = CA_KEY_SUB,
         .subject = "CN=peer.test",
         .issuer = SUB}},
    {.why = "not the common name beside other names",
     .leaf = {.key = CA_KEY_PEER,
         .signer = CA_KEY_SUB,
         .subject = "CN=peer.test",
         .issuer = SUB,
         .names = "DNS:other.test"},
     .reason = IKE_REASON_CERT_IDENTITY,
     .says = "other.test"},
    {.why = "it has expired",
     .leaf = {LEAF, .to_s = CA_NOW_S - 1},
     .reason = IKE_REASON_CERT_EXPIRED,
     .says = "2015-01-05"},
    {.why = "its CA has expired",
     .leaf = {LEAF},
     .above = {.key = CA_KEY_SUB,
         .signer = CA_KEY_ROOT,
         .subject = SUB,
         .issuer = ROOT,
         .is_ca = true,
         .to_s = CA_NOW_S - DAY_S},
     .reason = IKE_REASON_CERT_EXPIRED,
     .says = "CN=Sub"},
    {.why = "it is not valid yet",
     .leaf = {LEAF, .from_s = CA_NOW_S + DAY_S},
     .reason = IKE_REASON_CERT_NOT_YET,
     .says = "2015-01-06"},
    {.why = "another CA",
     .leaf = {.key = CA_KEY_PEER,
         .signer = CA_KEY_OTHER,
         .subject = PEER,
         .issuer = "CN=Other CA",
         .names = "DNS:peer.test"},
     .reason = IKE_REASON_CERT_CA,
     .says = "CN=Other CA"},
    {.why = "the same name as our CA, another key",
     .leaf = {.key = CA_KEY_PEER,
         .signer = CA_KEY_OTHER,
         .subject = PEER,
         .issuer = SUB,
         .names = "DNS:peer.test"},
     .reason = IKE_REASON_CERT_SIGNATURE},
    {.why = "it signed itself",
     .leaf = {.key = CA_KEY_PEER,
         .signer = CA_KEY_PEER,
         .subject = PEER,
         .names = "DNS:peer.test"},
     .reason = IKE_REASON_CERT_CA},
    {.why = "the CA between is missing, and cannot be known",
     .leaf = {LEAF},
     .alone = true,
     .reason = IKE_REASON_CERT_CA,
     .says = "CN=Sub"},
    {.why = "the CA between is missing, and the leaf says who is above it",
     .leaf = {LEAF, .issuers_issuer = ROOT},
     .alone = true,
     .reason = IKE_REASON_CERT_CHAIN,
     .says = "did not send"},
    {.why = "a CA may have none below it",
     .leaf = {LEAF},
     .above = {.key = CA_KEY_SUB,
         .signer = CA_KEY_ROOT,
         .subject = SUB,
         .issuer = ROOT},
     .reason = IKE_REASON_CERT_USAGE},
    {.why = "a CA that may not sign certificates",
     .leaf = {LEAF},
     .above = {.key = CA_KEY_SUB,
         .signer = CA_KEY_ROOT,
         .subject = SUB,
         .issuer = ROOT,
         .is_ca = true,
         .usage = "critical,digitalSignature"},
     .reason = IKE_REASON_CERT_USAGE},
    {.why = "a key that may only encrypt",
     .leaf = {LEAF, .usage = "critical,keyEncipherment"},
     .reason = IKE_REASON_CERT_USAGE,
     .says = "digitalSignature"},
    {.why = "no use is said: all are meant", .leaf = {LEAF, .usage = ""}},
    {.why = "nonRepudiation signs too (RFC 4945)",
     .leaf = {LEAF, .usage = "nonRepudiation"}},
    {.why = "made for code", .leaf = {LEAF, .extended = "codeSigning"},
     .reason = IKE_REASON_CERT_USAGE, .says = "extended"},
    {.why = "made for IKE", .leaf = {LEAF, .extended = "1.3.6.1.5.5.7.3.17"}},
    {.why = "made for servers", .leaf = {LEAF, .extended = "serverAuth"}},
    {.why = "an extension that nobody knows, and that is critical",
     .leaf = {LEAF, .flaws = CA_UNKNOWN_CRITICAL},
     .reason = IKE_REASON_CERT_USAGE},
    {.why = "a curve", .leaf = {LEAF_OF, .key = CA_KEY_CURVE},
     .signs = CA_KEY_PEER, .reason = IKE_REASON_CERT_KEY,
     .says = "not an RSA key"},
    {.why = "512 bits", .leaf = {LEAF_OF, .key = CA_KEY_SHORT},
     .reason = IKE_REASON_CERT_KEY, .says = "1024"},
    {.why = "4096 bits", .leaf = {LEAF_OF, .key = CA_KEY_LONG}},
    {.why = "an exponent that only costs time",
     .leaf = {LEAF, .flaws = CA_EXPONENT_HUGE},
     .signs = CA_KEY_PEER, .reason = IKE_REASON_CERT_KEY},
    {.why = "SHA-1, as old peers have it", .leaf = {LEAF, .digest = "SHA1"}},
    {.why = "MD5, which can be forged", .leaf = {LEAF, .digest = "MD5"},
     .reason = IKE_REASON_CERT_SIGNATURE, .says = "MD5"},
    {.why = "its signature is wrong",
     .leaf = {LEAF, .flaws = CA_SIGNATURE_WRONG},
     .reason = IKE_REASON_CERT_SIGNATURE},
    {.why = "the exchange is signed by another key",
     .leaf = {LEAF},
     .signs = CA_KEY_SPARE,
     .reason = IKE_REASON_CERT_SIGNATURE,
     .says = "was not made by the key"},
    {.why = "a zero byte in a name",
     .leaf = {.key = CA_KEY_PEER, .signer = CA_KEY_SUB, .subject = PEER,
         .issuer = SUB, .flaws = CA_ZERO_IN_NAME},
     .type = 2, .identity = "gate.test",
     .reason = IKE_REASON_CERT_MALFORMED},
    {.why = "a zero byte in the subject",
     .leaf = {.key = CA_KEY_PEER, .signer = CA_KEY_SUB, .subject = "O=x",
         .issuer = SUB, .flaws = CA_ZERO_IN_SUBJECT},
     .type = 2, .identity = "gate",
     .reason = IKE_REASON_CERT_MALFORMED},
    {.why = "a key usage that cannot be read",
     .leaf = {LEAF, .flaws = CA_EXTENSION_BROKEN},
     .reason = IKE_REASON_CERT_MALFORMED},
    {.why = "too long", .leaf = {LEAF, .flaws = CA_HUGE},
     .reason = IKE_REASON_CERT_MALFORMED, .says = "bytes"},
};
/* clang-format on */

Test(pki_trust, believes_and_refuses_for_the_true_reason)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        try(&rows[i]);
}

Test(pki_trust, an_address_and_a_subject_are_identities_too)
{
    struct pki_kit *kit = believer(CRL_USE_OPTIONAL);
    const struct ca_order order = {LEAF};
    static const uint8_t address[] = {192, 0, 2, 2};
    struct ca_bytes der[] = {ca_certificate(&order), ca_certificate(&sub)};
    struct ca_bytes name = ca_name("C=xt,O= TEST ,CN=Peer");
    struct ike_blob sent[] = {ca_blob(&der[1]), ca_blob(&der[0])};
    struct ike_claim claim = {
        .identity_type = 1,
        .identity = {address, sizeof address},
        .certificates = sent,
        .certificate_count = 2,
    };
    struct ike_verdict verdict;

    /* and the leaf may stand last */
    ask(kit, &claim, CA_KEY_PEER, &verdict);
    cr_expect(verdict.is_trusted, "%s", verdict.mismatch);
    claim.identity_type = 9;
    claim.identity = ca_blob(&name);
    ask(kit, &claim, CA_KEY_PEER, &verdict);
    cr_expect(verdict.is_trusted, "%s", verdict.mismatch);
    claim.identity.length--;
    ask(kit, &claim, CA_KEY_PEER, &verdict);
    cr_expect_eq(verdict.reason, IKE_REASON_CERT_IDENTITY);
    claim.identity_type = 5; /* a range of addresses */
    ask(kit, &claim, CA_KEY_PEER, &verdict);
    cr_expect_eq(verdict.reason, IKE_REASON_CERT_IDENTITY);
    ca_free(&der[0]);
    ca_free(&der[1]);
    ca_free(&name);
    pki_kit_free(kit);
}

/* ---- revocation ---- */

static const struct {
    const char *why;
    enum crl_use use;
    int64_t from_s; /* 0: there is no list */
    int64_t to_s;
    uint32_t serial; /* that is on it */
    enum ike_reason reason;
} lists[] = {
    {"no list, and none is wanted", CRL_USE_IGNORED,  0,                0,                0, 0                      },
    {"no list, it would do",        CRL_USE_OPTIONAL, 0,                0,                0, 0                      },
    {"no list, it is a must",       CRL_USE_REQUIRED, 0,                0,                0, IKE_REASON_CERT_CRL    },
    {"on it, not looked at",        CRL_USE_IGNORED,  CA_NOW_S - DAY_S,
     CA_NOW_S + DAY_S,                                                                    7, 0                      },
    {"on it",                       CRL_USE_OPTIONAL, CA_NOW_S - DAY_S, CA_NOW_S + DAY_S, 7,
     IKE_REASON_CERT_REVOKED                                                                                        },
    {"on it, it is a must",         CRL_USE_REQUIRED, CA_NOW_S - DAY_S,
     CA_NOW_S + DAY_S,                                                                    7, IKE_REASON_CERT_REVOKED},
    {"not on it",                   CRL_USE_REQUIRED, CA_NOW_S - DAY_S, CA_NOW_S + DAY_S, 8, 0                      },
    {"on one that is out of date",  CRL_USE_OPTIONAL, CA_NOW_S - 99,
     CA_NOW_S - 9,                                                                        7, IKE_REASON_CERT_REVOKED},
    {"not on one out of date",      CRL_USE_OPTIONAL, CA_NOW_S - 99,    CA_NOW_S - 9,     8,
     0                                                                                                              },
    {"out of date, a must",         CRL_USE_REQUIRED, CA_NOW_S - 99,    CA_NOW_S - 9,     8,
     IKE_REASON_CERT_CRL                                                                                            },
    {"of the future, a must",       CRL_USE_REQUIRED, CA_NOW_S + 99,    CA_NOW_S + 999,
     8,                                                                                      IKE_REASON_CERT_CRL    },
    {"never out of date",           CRL_USE_REQUIRED, CA_NOW_S - 99,    0,                8, 0                      },
};

static void
try_list(size_t i)
{
    struct pki_kit *kit = believer(lists[i].use);
    const struct ca_order order = {LEAF};
    struct ca_bytes leaf = ca_certificate(&order);
    struct ike_blob sent = ca_blob(&leaf);
    struct ike_claim claim = {
        .identity_type = 2,
        .identity = text("peer.test"),
        .certificates = &sent,
        .certificate_count = 1,
    };
    struct ike_verdict verdict;

    pki_kit_give(kit, ca_certificate(&sub));
    pki_kit_give(kit,
        ca_crl(CA_KEY_ROOT, ROOT, CA_NOW_S - DAY_S, CA_NOW_S + DAY_S, NULL, 0));
    if (lists[i].from_s != 0) {
        pki_kit_give(kit, ca_crl(CA_KEY_SUB, SUB, lists[i].from_s,
                              lists[i].to_s, &lists[i].serial, 1));
    }
    ask(kit, &claim, CA_KEY_PEER, &verdict);
    cr_expect_eq(verdict.reason, lists[i].reason, "%s: %s", lists[i].why,
        verdict.mismatch);
    ca_free(&leaf);
    pki_kit_free(kit);
}

Test(pki_trust, revocation_lists_count_as_configured)
{
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        try_list(i);
}

Test(pki_trust, a_list_comes_along_and_is_kept_if_it_is_genuine)
{
    static const uint32_t serial = 7;
    struct pki_kit *kit = believer(CRL_USE_OPTIONAL);
    const struct ca_order order = {LEAF};
    struct ca_bytes leaf = ca_certificate(&order);
    struct ca_bytes forged =
        ca_crl(CA_KEY_OTHER, SUB, CA_NOW_S - DAY_S, CA_NOW_S + DAY_S, NULL, 0);
    struct ca_bytes genuine =
        ca_crl(CA_KEY_SUB, SUB, CA_NOW_S - DAY_S, CA_NOW_S + DAY_S, &serial, 1);
    struct ike_blob sent = ca_blob(&leaf);
    struct ike_blob crls[] = {ca_blob(&forged), ca_blob(&genuine)};
    struct ike_claim claim = {
        .identity_type = 2,
        .identity = text("peer.test"),
        .certificates = &sent,
        .certificate_count = 1,
        .crls = crls,
        .crl_count = 1,
    };
    struct ike_verdict verdict;
    struct pki_crl_row row;

    pki_kit_give(kit, ca_certificate(&sub));
    ask(kit, &claim, CA_KEY_PEER, &verdict);
    cr_expect(verdict.is_trusted, "%s", verdict.mismatch);
    cr_expect_not(pki_crl(kit->pki, 0, &row), "the forged one is not kept");
    claim.crl_count = 2;
    ask(kit, &claim, CA_KEY_PEER, &verdict);
    cr_expect_eq(verdict.reason, IKE_REASON_CERT_REVOKED);
    cr_assert(pki_crl(kit->pki, 0, &row));
    cr_expect_eq(row.entries, 1);
    ca_free(&leaf);
    ca_free(&forged);
    ca_free(&genuine);
    pki_kit_free(kit);
}

/* What anyone may fetch from the CA and send along: newer than the whole list,
 * signed by the same key, and without the peer's number. */
Test(pki_trust, a_partial_list_takes_no_whole_one_s_place)
{
    static const char *const scopes[] = {"delta", "onlyCA:TRUE", "onlyAA:TRUE",
        "indirectCRL:TRUE", "onlysomereasons:keyCompromise"};
    static const uint32_t serial = 7;
    const struct ca_order order = {LEAF};
    struct ca_bytes leaf = ca_certificate(&order);
    struct ike_blob sent = ca_blob(&leaf);

    for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++) {
        struct pki_kit *kit = believer(CRL_USE_OPTIONAL);
        struct ca_bytes partial = ca_partial_crl(
            CA_KEY_SUB, SUB, CA_NOW_S - 9, CA_NOW_S + DAY_S, scopes[i]);
        struct ike_blob crl = ca_blob(&partial);
        struct ike_claim claim = {
            .identity_type = 2,
            .identity = text("peer.test"),
            .certificates = &sent,
            .certificate_count = 1,
            .crls = &crl,
            .crl_count = 1,
        };
        struct ike_verdict verdict;

        pki_kit_give(kit, ca_certificate(&sub));
        pki_kit_give(kit, ca_crl(CA_KEY_SUB, SUB, CA_NOW_S - DAY_S,
                              CA_NOW_S + DAY_S, &serial, 1));
        ask(kit, &claim, CA_KEY_PEER, &verdict);
        cr_expect_eq(verdict.reason, IKE_REASON_CERT_REVOKED, "%s", scopes[i]);
        ca_free(&partial);
        pki_kit_free(kit);
    }
    ca_free(&leaf);
}

Test(pki_trust, peers_lists_leave_room_for_ours)
{
    struct pki_kit *kit = believer(CRL_USE_OPTIONAL);
    const struct ca_order order = {LEAF};
    struct ca_bytes leaf = ca_certificate(&order);
    struct ike_blob sent = ca_blob(&leaf);
    struct ike_claim claim = {
        .identity_type = 2,
        .identity = text("peer.test"),
        .certificates = &sent,
        .certificate_count = 1,
        .crl_count = 1,
    };
    struct ike_verdict verdict;
    struct pki_crl_row row;
    char scope[64];

    pki_kit_give(kit, ca_certificate(&sub));
    for (int i = 0; i <= PKI_PEER_CRLS_MAX; i++) {
        struct ca_bytes part;
        struct ike_blob crl;

        (void)snprintf(scope, sizeof scope, "fullname:URI:http//ca/%d", i);
        part = ca_partial_crl(
            CA_KEY_SUB, SUB, CA_NOW_S - 9, CA_NOW_S + DAY_S, scope);
        crl = ca_blob(&part);
        claim.crls = &crl;
        ask(kit, &claim, CA_KEY_PEER, &verdict);
        ca_free(&part);
    }
    cr_expect(pki_crl(kit->pki, PKI_PEER_CRLS_MAX - 1, &row));
    cr_expect_not(pki_crl(kit->pki, PKI_PEER_CRLS_MAX, &row));
    ca_free(&leaf);
    pki_kit_free(kit);
}

/* A list that is renewed takes no room, nor does what is here already. */
Test(pki_trust, a_full_shelf_can_be_renewed)
{
    struct pki_kit *kit = believer(CRL_USE_OPTIONAL);
    struct pki_crl_row row;
    char scope[64];

    pki_kit_give(kit, ca_certificate(&sub));
    for (int i = 0; i < PKI_CRLS_MAX; i++) {
        (void)snprintf(scope, sizeof scope, "fullname:URI:http//ca/%d", i);
        pki_kit_give(kit, ca_partial_crl(CA_KEY_SUB, SUB, CA_NOW_S - 9,
                              CA_NOW_S + DAY_S, scope));
    }
    cr_expect(pki_crl(kit->pki, PKI_CRLS_MAX - 1, &row));
    pki_kit_give(kit,
        ca_partial_crl(CA_KEY_SUB, SUB, CA_NOW_S - 5, CA_NOW_S + DAY_S, scope));
    cr_expect_not(pki_crl(kit->pki, PKI_CRLS_MAX, &row));
    cr_expect_eq(
        pki_kit_import(kit, CERTIFICATE_FORMAT_DER,
            ca_crl(CA_KEY_SUB, SUB, CA_NOW_S - 9, CA_NOW_S + DAY_S, NULL, 0),
            NULL),
        ERR_EXHAUSTED);
    pki_kit_free(kit);
}

/* ---- later ---- */

Test(pki_trust, what_was_good_is_looked_at_again)
{
    static const uint32_t serial = 7;
    struct pki_kit *kit = believer(CRL_USE_OPTIONAL);
    const struct ca_order order = {LEAF};
    struct ca_bytes der[] = {ca_certificate(&order), ca_certificate(&sub)};
    struct ike_blob sent[] = {ca_blob(&der[0]), ca_blob(&der[1])};
    struct ike_claim claim = {
        .identity_type = 2,
        .identity = text("peer.test"),
        .certificates = sent,
        .certificate_count = 2,
    };
    struct ike_verdict verdict;
    struct ike_verdict why;

    ask(kit, &claim, CA_KEY_PEER, &verdict);
    cr_assert(verdict.is_trusted);
    cr_expect(pki_is_good(kit->pki, verdict.certificate_id, &why));
    cr_expect_eq(pki_anchor_of(kit->pki, verdict.certificate_id), 1);
    pki_set_time(kit->pki, CA_NOW_S + 2 * (uint64_t)CA_YEAR_S);
    cr_expect_not(pki_is_good(kit->pki, verdict.certificate_id, &why));
    cr_expect_eq(why.reason, IKE_REASON_CERT_EXPIRED);
    pki_set_time(kit->pki, CA_NOW_S);
    cr_expect(pki_is_good(kit->pki, verdict.certificate_id, &why));
    pki_kit_give(kit, ca_certificate(&sub));
    pki_kit_give(kit,
        ca_crl(CA_KEY_SUB, SUB, CA_NOW_S - 9, CA_NOW_S + DAY_S, &serial, 1));
    cr_expect_not(pki_is_good(kit->pki, verdict.certificate_id, &why));
    cr_expect_eq(why.reason, IKE_REASON_CERT_REVOKED);
    cr_expect_not_null(strstr(why.theirs, "CN=peer"));
    /* without what it rested on */
    cr_assert_eq(pki_delete(kit->pki, 1, &kit->answer, &kit->diag), OK);
    cr_expect_not(pki_is_good(kit->pki, verdict.certificate_id, &why));
    cr_expect_eq(why.reason, IKE_REASON_CERT_CA);
    cr_expect(pki_is_good(kit->pki, 12345, &why), "one that was never seen");
    ca_free(&der[0]);
    ca_free(&der[1]);
    pki_kit_free(kit);
}

Test(pki_trust, clocks_may_differ_as_much_as_is_allowed)
{
    struct pki_kit *kit = believer(CRL_USE_OPTIONAL);
    const struct ca_order order = {LEAF, .to_s = CA_NOW_S - 100};
    struct ca_bytes der[] = {ca_certificate(&order), ca_certificate(&sub)};
    struct ike_blob sent[] = {ca_blob(&der[0]), ca_blob(&der[1])};
    struct ike_claim claim = {
        .identity_type = 2,
        .identity = text("peer.test"),
        .certificates = sent,
        .certificate_count = 2,
    };
    struct ike_verdict verdict;

    pki_kit_configure(kit, CRL_USE_OPTIONAL, 99);
    ask(kit, &claim, CA_KEY_PEER, &verdict);
    cr_expect_eq(verdict.reason, IKE_REASON_CERT_EXPIRED);
    pki_kit_configure(kit, CRL_USE_OPTIONAL, 100);
    ask(kit, &claim, CA_KEY_PEER, &verdict);
    cr_expect(verdict.is_trusted, "%s", verdict.mismatch);
    ca_free(&der[0]);
    ca_free(&der[1]);
    pki_kit_free(kit);
}

/* ---- what hostile peers send ---- */

Test(pki_trust, nothing_that_is_cut_or_changed_is_believed)
{
    struct pki_kit *kit = believer(CRL_USE_OPTIONAL);
    const struct ca_order order = {LEAF};
    struct ca_bytes der[] = {ca_certificate(&order), ca_certificate(&sub)};
    struct ike_blob sent[] = {ca_blob(&der[0]), ca_blob(&der[1])};
    struct ike_claim claim = {
        .identity_type = 2,
        .identity = text("peer.test"),
        .certificates = sent,
        .certificate_count = 2,
    };
    struct ike_verdict verdict;

    for (size_t i = 0; i < der[0].length; i += rounds(3, 17)) {
        sent[0].length = i;
        ask(kit, &claim, CA_KEY_PEER, &verdict);
        cr_expect_eq(verdict.reason, IKE_REASON_CERT_MALFORMED, "%zu", i);
    }
    sent[0].length = der[0].length;
    for (size_t i = 0; i < der[0].length; i += rounds(5, 17)) {
        der[0].bytes[i] ^= 1;
        ask(kit, &claim, CA_KEY_PEER, &verdict);
        cr_expect_not(verdict.is_trusted, "byte %zu", i);
        der[0].bytes[i] ^= 1;
    }
    ask(kit, &claim, CA_KEY_PEER, &verdict);
    cr_expect(verdict.is_trusted);
    ca_free(&der[0]);
    ca_free(&der[1]);
    pki_kit_free(kit);
}

Test(pki_trust, a_peer_cannot_send_without_end)
{
    struct pki_kit *kit = believer(CRL_USE_OPTIONAL);
    struct ca_bytes der[CERTIFICATES];
    struct ike_blob sent[CERTIFICATES];
    struct ike_claim claim = {
        .identity_type = 2,
        .identity = text("peer.test"),
        .certificates = sent,
        .certificate_count = CERTIFICATES,
    };
    struct ike_verdict verdict;

    for (unsigned i = 0; i < CERTIFICATES; i++) {
        char subject[32];
        char issuer[32];
        const struct ca_order order = {.key = CA_KEY_PEER,
            .signer = CA_KEY_PEER,
            .subject = subject,
            .issuer = issuer,
            .is_ca = i > 0,
            .names = i > 0 ? NULL : "DNS:peer.test"};

        (void)snprintf(subject, sizeof subject, "CN=level %u", i);
        (void)snprintf(issuer, sizeof issuer, "CN=level %u", i + 1);
        der[i] = ca_certificate(&order);
        sent[i] = ca_blob(&der[i]);
    }
    ask(kit, &claim, CA_KEY_PEER, &verdict);
    cr_expect_eq(verdict.reason, IKE_REASON_CERT_CHAIN);
    /* deeper than is followed, ending in one that is trusted */
    pki_kit_trust(kit, (struct ca_bytes){memcpy(malloc(der[10].length),
                                             der[10].bytes, der[10].length),
                           der[10].length});
    claim.certificate_count = 10;
    ask(kit, &claim, CA_KEY_PEER, &verdict);
    cr_expect_eq(verdict.reason, IKE_REASON_CERT_CHAIN, "%s: %s",
        ike_reason_name(verdict.reason), verdict.mismatch);
    for (unsigned i = 0; i < CERTIFICATES; i++)
        ca_free(&der[i]);
    pki_kit_free(kit);
}

Test(pki_trust, a_peer_without_certificate_and_key_is_refused)
{
    struct pki_kit *kit = believer(CRL_USE_OPTIONAL);
    struct ike_claim claim = {
        .identity_type = 2, .identity = text("peer.test")};
    struct ike_verdict verdict;

    ask(kit, &claim, CA_KEY_PEER, &verdict);
    cr_expect_eq(verdict.reason, (enum ike_reason)CAUSE_NO_PUBLIC_KEY);
    cr_expect_not_null(strstr(verdict.mismatch, "peer.test"));
    pki_kit_free(kit);
}
