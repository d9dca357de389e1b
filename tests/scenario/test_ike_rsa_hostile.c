/*
 * Certificates, signatures and requests that nobody sends who means well.  In
 * aggressive mode the second message is in clear, and anyone on the way can
 * change it: whatever comes, the right one that comes later is believed.
 */
#include "tests/support/signed_net.h"

#include "base/arena.h"
#include "base/bytes.h"
#include "ike/numbers.h"
#include "ike/phase1.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH_AT = 24, NEXT_AT = 16, TYPE_AT = 18, ROOM = IKE_DATAGRAM_MAX };

static struct signed_net net;

/* ---- changing a message in clear ---- */

/* Where the type of the first payload of that type stands; NULL: none. */
static uint8_t *
find_next(uint8_t *bytes, size_t length, uint8_t type, size_t *out_at)
{
    uint8_t *next = bytes + NEXT_AT;
    size_t at = HEADER_SIZE;

    while (*next != type && *next != PAYLOAD_NONE && at + 4 <= length) {
        next = bytes + at;
        at += get_u16(bytes + at + 2);
    }
    *out_at = at;
    return *next == type ? next : NULL;
}

static void
append(
    uint8_t *bytes, size_t *length, uint8_t type, const void *body, size_t size)
{
    size_t at;
    uint8_t *last = find_next(bytes, *length, PAYLOAD_NONE, &at);

    cr_assert(at == *length && at + 4 + size <= ROOM);
    *last = type;
    bytes[at] = PAYLOAD_NONE;
    bytes[at + 1] = 0;
    put_u16(bytes + at + 2, (uint16_t)(4 + size));
    memcpy(bytes + at + 4, body, size);
    *length = at + 4 + size;
    put_u32(bytes + LENGTH_AT, (uint32_t)*length);
}

/* The signature, so long; zeros where there was none. */
static void
resize_signature(uint8_t *bytes, size_t *length, size_t size)
{
    size_t at;
    size_t old;

    cr_assert_not_null(find_next(bytes, *length, PAYLOAD_SIGNATURE, &at));
    old = get_u16(bytes + at + 2);
    cr_assert_leq(*length - old + size + 4, ROOM);
    memmove(bytes + at + 4 + size, bytes + at + old, *length - at - old);
    if (size + 4 > old)
        memset(bytes + at + old, 0, size + 4 - old);
    put_u16(bytes + at + 2, (uint16_t)(4 + size));
    *length = *length - old + 4 + size;
    put_u32(bytes + LENGTH_AT, (uint32_t)*length);
}

static const uint8_t junk[6000] = {CERT_X509_SIGNATURE, 'C', 2, 255, 255, 255};

static void
nine_certificates(uint8_t *bytes, size_t *length)
{
    for (int i = 0; i < 8; i++)
        append(bytes, length, PAYLOAD_CERT, junk, 100);
}

static void
a_giant_one(uint8_t *bytes, size_t *length)
{
    append(bytes, length, PAYLOAD_CERT, junk, sizeof junk);
}

/* Only its type, no byte of a certificate. */
static void
an_empty_one(uint8_t *bytes, size_t *length)
{
    append(bytes, length, PAYLOAD_CERT, junk, 1);
}

static void
a_second_signature(uint8_t *bytes, size_t *length)
{
    append(bytes, length, PAYLOAD_SIGNATURE, junk, 128);
}

static void
no_signature(uint8_t *bytes, size_t *length)
{
    size_t at;
    uint8_t *next = find_next(bytes, *length, PAYLOAD_SIGNATURE, &at);

    cr_assert_not_null(next);
    *next = PAYLOAD_VENDOR;
}

static void
a_hash_in_place_of_it(uint8_t *bytes, size_t *length)
{
    size_t at;

    *find_next(bytes, *length, PAYLOAD_SIGNATURE, &at) = PAYLOAD_HASH;
}

static void
a_signature_of_no_bytes(uint8_t *bytes, size_t *length)
{
    resize_signature(bytes, length, 0);
}

static void
a_byte_too_short(uint8_t *bytes, size_t *length)
{
    resize_signature(bytes, length, 127);
}

static void
a_byte_too_long(uint8_t *bytes, size_t *length)
{
    resize_signature(bytes, length, 129);
}

static void
a_giant_signature(uint8_t *bytes, size_t *length)
{
    resize_signature(bytes, length, 5000);
}

static void
a_wrong_signature(uint8_t *bytes, size_t *length)
{
    size_t at;

    cr_assert_not_null(find_next(bytes, *length, PAYLOAD_SIGNATURE, &at));
    bytes[at + 60] ^= 1;
}

static void
certificates_of_other_kinds(uint8_t *bytes, size_t *length)
{
    uint8_t body[64] = {0};

    for (uint8_t type = 0; type < 12; type++) {
        body[0] = type == CERT_X509_SIGNATURE ? 0 : type;
        append(bytes, length, PAYLOAD_CERT, body, sizeof body);
    }
}

static void
twenty_crls(uint8_t *bytes, size_t *length)
{
    uint8_t body[64] = {CERT_CRL};

    for (int i = 0; i < 20; i++)
        append(bytes, length, PAYLOAD_CERT, body, sizeof body);
}

static void
nothing_in_certificates_and_requests(uint8_t *bytes, size_t *length)
{
    for (int i = 0; i < 8; i++) {
        append(bytes, length, PAYLOAD_CERT, junk, 0);
        append(bytes, length, PAYLOAD_CERT_REQUEST, junk, 0);
        append(bytes, length, PAYLOAD_CERT_REQUEST, junk, 1);
    }
}

static void
a_flood_of_requests(uint8_t *bytes, size_t *length)
{
    for (int i = 0; i < 30; i++)
        append(bytes, length, PAYLOAD_CERT_REQUEST, junk, 200);
}

static void
more_payloads_than_there_can_be(uint8_t *bytes, size_t *length)
{
    for (int i = 0; i < 50; i++)
        append(bytes, length, PAYLOAD_CERT_REQUEST, junk, 20);
}

static void
a_certificate_that_runs_over_the_end(uint8_t *bytes, size_t *length)
{
    append(bytes, length, PAYLOAD_CERT, junk, 100);
    put_u16(bytes + *length - 102, 9000);
}

struct change {
    const char *why;
    void (*apply)(uint8_t *bytes, size_t *length);
    bool is_harmless; /* the negotiation goes on with it */
};

static const struct change changes[] = {
    {"nine certificates",           nine_certificates,                    false},
    {"a giant one",                 a_giant_one,                          true },
    {"an empty one",                an_empty_one,                         true },
    {"a second signature",          a_second_signature,                   false},
    {"no signature",                no_signature,                         false},
    {"a hash in place of it",       a_hash_in_place_of_it,                false},
    {"a signature of no bytes",     a_signature_of_no_bytes,              false},
    {"a byte too short",            a_byte_too_short,                     false},
    {"a byte too long",             a_byte_too_long,                      false},
    {"a giant signature",           a_giant_signature,                    false},
    {"a wrong signature",           a_wrong_signature,                    false},
    {"certificates of other kinds", certificates_of_other_kinds,          true },
    {"twenty CRLs",                 twenty_crls,                          true },
    {"nothing in them",             nothing_in_certificates_and_requests, true },
    {"a flood of requests",         a_flood_of_requests,                  true },
    {"too many payloads",           more_payloads_than_there_can_be,      false},
    {"one that runs over the end",  a_certificate_that_runs_over_the_end, false},
};

struct plan {
    const struct change *change;
    unsigned left; /* messages that are still changed */
};

static bool
meddle(void *context, int from, uint8_t *bytes, size_t *length)
{
    struct plan *plan = context;

    if (from == 1 && bytes[TYPE_AT] == EXCHANGE_AGGRESSIVE && plan->left > 0) {
        plan->left--;
        plan->change->apply(bytes, length);
    }
    return true;
}

Test(ike_rsa_hostile, changed_once_the_right_one_is_believed)
{
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct plan plan = {&changes[i], 1};

        signed_net_init(&net, i, IKE_AGGRESSIVE_REQUIRED);
        net.net.tamper = meddle;
        net.net.context = &plan;
        signed_net_begin(&net, 0, 1);
        cr_expect_eq(plan.left, 0);
        cr_expect_eq(signed_net_passes(&net), changes[i].is_harmless, "%s",
            changes[i].why);
        net_run(&net.net, 10);
        cr_expect(signed_net_passes(&net), "%s", changes[i].why);
        cr_expect_eq(net.net.ends[0].failure_count, 0, "%s", changes[i].why);
        signed_net_done(&net);
    }
}

Test(ike_rsa_hostile, changed_always_nothing_comes_of_it)
{
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct plan plan = {&changes[i], 100};
        struct ike_counters counters;

        if (changes[i].is_harmless)
            continue;
        signed_net_init(&net, 100 + i, IKE_AGGRESSIVE_REQUIRED);
        net.net.tamper = meddle;
        net.net.context = &plan;
        signed_net_begin(&net, 0, 120);
        cr_expect_eq(net.net.ends[0].sa_count, 0, "%s", changes[i].why);
        cr_assert_geq(net.net.ends[0].failure_count, 1, "%s", changes[i].why);
        cr_expect_leq(net.papers[0].judged, 3, "%s", changes[i].why);
        ike_counters(net.net.ends[0].ike, &counters);
        cr_expect_eq(counters.ike_sas, 0, "%s", changes[i].why);
        signed_net_done(&net);
    }
}

/* ---- bounds ---- */

Test(ike_rsa_hostile, of_requests_only_so_much_is_kept)
{
    struct ike_sa *sa = mem_alloc(sizeof *sa);
    struct message *message = mem_alloc(sizeof *message);
    static const size_t lengths[] = {20, 200, 2000, 2048, 2049, 6000};

    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        size_t kept = 0;

        sa->p1 = mem_alloc(sizeof *sa->p1);
        message->count = PAYLOADS_MAX;
        for (size_t n = 0; n < PAYLOADS_MAX; n++) {
            message->payloads[n] =
                (struct payload){PAYLOAD_CERT_REQUEST, junk, lengths[i]};
        }
        for (int repeat = 0; repeat < 10; repeat++)
            p1_take_requests(sa, message);
        for (size_t n = 0; n < sa->p1->authority_count; n++)
            kept += sa->p1->authorities[n].length;
        cr_expect_leq(sa->p1->authority_count, IKE_AUTHORITIES_MAX);
        cr_expect_leq(kept, IKE_AUTHORITY_BYTES_MAX);
        cr_expect_eq(kept == 0, lengths[i] > IKE_AUTHORITY_BYTES_MAX);
        phase1_free(sa);
    }
    free(message);
    free(sa);
}

Test(ike_rsa_hostile, a_flood_of_first_messages_is_bounded_as_ever)
{
    const struct ike_limits limits = {8, 2};
    struct ike_counters counters;

    signed_net_init(&net, 7, IKE_AGGRESSIVE_REQUIRED);
    ike_set_limits(net.net.ends[1].ike, &limits);
    for (unsigned i = 0; i < 20; i++) {
        ike_need_sa(net.net.ends[0].ike, net.net.now_us, 7);
        net_collect(&net.net, 0);
        net.net.is_cut = false;
        net_run(&net.net, 0);
        net_crash(&net.net, 0); /* it forgets, and begins anew */
        {
            const struct ike_credentials credentials =
                papers_credentials(&net.papers[0]);
            const struct ike_rule rule =
                signed_net_rule(IKE_AGGRESSIVE_REQUIRED);

            ike_set_credentials(net.net.ends[0].ike, &credentials);
            ike_set_rules(net.net.ends[0].ike, &rule, 1);
            signed_net_tunnel(&net, 0, "", "", NET_B);
        }
    }
    net_run(&net.net, 1);
    ike_counters(net.net.ends[1].ike, &counters);
    cr_expect_leq(counters.half_open, 2);
    cr_expect_geq(counters.dropped[IKE_DROP_HALF_OPEN], 15);
    cr_expect_leq(net.papers[1].signed_count, 2, "no signature beyond");
    net_run(&net.net, 100);
    ike_counters(net.net.ends[1].ike, &counters);
    cr_expect_eq(counters.half_open, 0);
    signed_net_done(&net);
}

Test(ike_rsa_hostile, ours_ask_for_any_ca_where_there_are_too_many)
{
    static const char *const names[] = {"CA One", "CA 2", "CA 3", "CA 4",
        "CA 5", "CA 6", "CA 7", "CA 8", "CA 9"};

    signed_net_init(&net, 8, IKE_AGGRESSIVE_NONE);
    for (size_t i = 1; i < 9; i++)
        papers_trust(&net.papers[0], names[i]);
    signed_net_begin(&net, 0, 5);
    cr_expect(signed_net_passes(&net));
    cr_expect_eq(net.papers[1].asked, 0, "by none");
    signed_net_done(&net);
    signed_net_init(&net, 9, IKE_AGGRESSIVE_NONE);
    for (size_t i = 1; i < 8; i++)
        papers_trust(&net.papers[0], names[i]);
    signed_net_begin(&net, 0, 5);
    cr_expect_eq(net.papers[1].asked, 8);
    signed_net_done(&net);
}
