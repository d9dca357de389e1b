/*
 * What somebody in between, a stranger or a known peer may send: nothing of it
 * ends a negotiation, takes memory without bound, or is answered by more than
 * was asked.
 */
#include "ike/numbers.h"
#include "ike/payloads.h"
#include "tests/support/ike_net.h"

#include <criterion/criterion.h>
#include <string.h>

enum { MESSAGE_ROOM = 1024 };

static struct net net;

static void
start(uint64_t seed)
{
    net_init(&net, seed);
    net_configure(&net);
}

static void
begin(int end)
{
    ike_need_sa(net.ends[end].ike, net.now_us, 7);
    net_collect(&net, end);
}

static uint64_t
dropped(int end, enum ike_drop why)
{
    struct ike_counters counters;

    ike_counters(net.ends[end].ike, &counters);
    return counters.dropped[why];
}

/* To end 0, from any address; how many datagrams that made it send. */
static uint64_t
give(uint32_t from, const uint8_t *bytes, size_t length)
{
    struct ike_datagram datagram = {.local = NET_A,
        .local_port = IKE_PORT,
        .remote = from,
        .remote_port = IKE_PORT,
        .bytes = bytes,
        .length = length};
    uint64_t before = net.sent;

    ike_input(net.ends[0].ike, net.now_us, &datagram);
    net_collect(&net, 0);
    net.flight_count = 0;
    return net.sent - before;
}

/* A first message of main mode with a cookie of its own. */
static size_t
first_message(uint8_t *out, uint32_t cookie)
{
    struct header header = {.exchange = EXCHANGE_MAIN};
    uint8_t body[256];
    struct wr w = wr_over(body, sizeof body);
    struct builder b;

    put_u32(header.cookies[INITIATOR], cookie);
    put_u32(header.cookies[INITIATOR] + 4, 0x5eed);
    proposal_build_phase1(&w, &ike_rule_default, 1);
    build_begin(&b, out, MESSAGE_ROOM, &header);
    build_payload(&b, PAYLOAD_SA, body, wr_length(&w));
    return build_finish(&b);
}

Test(ike_hostile, strangers_cannot_fill_the_table)
{
    uint8_t bytes[MESSAGE_ROOM];
    struct ike_counters counters;
    struct ike_identity everybody = {0};
    struct secret key = {.length = 4};
    uint32_t cookie = 1;

    start(1);
    for (uint32_t source = 0; source < 40; source++) {
        everybody.address = 0x0a000000 + source;
        ike_set_key(net.ends[0].ike, 0, &everybody, &key);
        for (int i = 0; i < 100; i++) {
            size_t length = first_message(bytes, cookie++);

            cr_assert_leq(give(everybody.address, bytes, length), 1);
        }
    }
    ike_counters(net.ends[0].ike, &counters);
    cr_expect_eq(counters.half_open, 512);
    cr_expect_eq(dropped(0, IKE_DROP_HALF_OPEN), 4000 - 512);
    cr_expect_eq(net.sent, 512, "one answer each, never again");
    cr_assert_eq(net.ends[0].failure_count, 1, "that it is full, once");
    cr_expect_eq(net.ends[0].failures[0].number, IKE_NO_TUNNEL);
    /* our own peer is told of, as what it is */
    (void)give(NET_B, bytes, first_message(bytes, cookie));
    cr_assert_eq(net.ends[0].failure_count, 2);
    cr_expect_eq(net.ends[0].failures[1].reason, IKE_REASON_HALF_OPEN);
    for (int i = 0; i < 100; i++) /* by whom it is flooded, perhaps */
        (void)give(NET_B, bytes, first_message(bytes, ++cookie));
    cr_expect_eq(net.ends[0].failure_count, 2);
    net_run(&net, 50);
    ike_counters(net.ends[0].ike, &counters);
    cr_expect_eq(counters.half_open, 0, "they are forgotten");
    cr_expect_eq(counters.ike_sas, 0);
    cr_expect_eq(net.sent, 512, "nothing is sent again to strangers");
    net_done(&net);
}

/* First messages with addresses that are not the sender's: our answers, and
 * the cookies in them, never reach him.  Twelve a second would be enough to
 * keep the table full. */
Test(ike_hostile, first_messages_of_nobody_shut_out_nobody)
{
    static const struct {
        uint32_t sources; /* 16 first messages of each */
        bool is_peer;     /* the last of them is our peer's */
    } rows[] = {
        {33, false},
        {1,  true }
    };
    uint8_t bytes[MESSAGE_ROOM];
    struct secret key = {.length = 4};

    for (size_t row = 0; row < 2; row++) {
        uint32_t cookie = 1;

        start(30 + row);
        for (uint32_t i = 0; i < rows[row].sources; i++) {
            struct ike_identity who = {.address = 0x0a000000 + i};

            if (rows[row].is_peer)
                who.address = NET_B;
            if (!rows[row].is_peer)
                ike_set_key(net.ends[0].ike, 0, &who, &key);
            for (int n = 0; n < 16; n++) {
                (void)give(who.address, bytes, first_message(bytes, cookie++));
            }
        }
        begin(1);
        net_run(&net, 10);
        cr_expect(net_passes(&net, 0) && net_passes(&net, 1), "%zu", row);
        net_done(&net);
    }
}

/* But who has answered, and made us work for it, is not put out for others. */
Test(ike_hostile, who_is_in_the_middle_of_it_stays)
{
    struct ike_counters counters;
    uint8_t bytes[MESSAGE_ROOM];

    start(32);
    begin(1);
    net_run(&net, 0);
    net.now_us += 25000; /* its second message is on the way */
    net_run(&net, 0);
    for (uint32_t second = 0; second < 4; second++) {
        for (uint32_t i = 0; i < 40; i++)
            (void)give(NET_B, bytes, first_message(bytes, second * 40 + i + 1));
        net.now_us += 1100000;
    }
    ike_counters(net.ends[0].ike, &counters);
    cr_expect_eq(counters.half_open, 16);
    net_done(&net);
}

Test(ike_hostile, a_repeated_first_message_makes_no_second_exchange)
{
    uint8_t bytes[MESSAGE_ROOM];
    struct ike_counters counters;
    size_t length;
    uint64_t answers = 0;

    start(2);
    length = first_message(bytes, 1);
    for (int i = 0; i < 100; i++)
        answers += give(NET_B, bytes, length);
    ike_counters(net.ends[0].ike, &counters);
    cr_expect_eq(counters.half_open, 1);
    cr_expect_eq(answers, 1 + ANSWERS_MAX);
    cr_expect_eq(dropped(0, IKE_DROP_DUPLICATE), 99);
    net_done(&net);
}

Test(ike_hostile, messages_that_cannot_be_read_leave_nothing_behind)
{
    static const struct {
        size_t at;
        uint8_t value;
        const char *why;
    } rows[] = {
        {17, 0x20, "another major version"              },
        {27, 0xff, "a length that is not the datagram's"},
        {28, 13,   "a chain that goes on behind the end"},
        {29, 1,    "a reserved bit"                     },
        {31, 3,    "a payload shorter than its header"  },
        {31, 255,  "a payload that runs over the end"   },
        {16, 4,    "no SA payload"                      },
        {19, 1,    "encrypted before there is a key"    },
        {20, 1,    "a message id in phase 1"            },
        {35, 9,    "another DOI"                        },
        {43, 255,  "a proposal that runs over the end"  },
        {47, 9,    "fewer transforms than announced"    },
        {51, 2,    "a transform shorter than its header"},
    };
    uint8_t bytes[MESSAGE_ROOM];
    struct ike_counters counters;

    start(3);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t length = first_message(bytes, (uint32_t)i + 1);

        bytes[rows[i].at] = rows[i].value;
        cr_expect_eq(give(NET_B, bytes, length), 0, "%s", rows[i].why);
        ike_counters(net.ends[0].ike, &counters);
        cr_expect_eq(counters.ike_sas, 0, "%s", rows[i].why);
    }
    for (size_t length = 0; length < 28; length++)
        cr_expect_eq(give(NET_B, bytes, length), 0);
    net_done(&net);
}

Test(ike_hostile, a_payload_that_must_be_single_is)
{
    uint8_t bytes[MESSAGE_ROOM];
    struct header header = {.exchange = EXCHANGE_MAIN};
    uint8_t body[256];
    struct wr w = wr_over(body, sizeof body);
    struct builder b;

    start(4);
    header.cookies[INITIATOR][0] = 1;
    proposal_build_phase1(&w, &ike_rule_default, 1);
    build_begin(&b, bytes, sizeof bytes, &header);
    build_payload(&b, PAYLOAD_SA, body, wr_length(&w));
    build_payload(&b, PAYLOAD_SA, body, wr_length(&w));
    cr_expect_eq(give(NET_B, bytes, build_finish(&b)), 0);
    cr_expect_eq(dropped(0, IKE_DROP_UNEXPECTED), 1);
    net_done(&net);
}

Test(ike_hostile, an_endless_chain_of_payloads_ends)
{
    uint8_t bytes[MESSAGE_ROOM];
    struct header header = {.exchange = EXCHANGE_MAIN};
    struct builder b;

    start(5);
    header.cookies[INITIATOR][0] = 1;
    build_begin(&b, bytes, sizeof bytes, &header);
    for (int i = 0; i < PAYLOADS_MAX + 1; i++)
        build_payload(&b, PAYLOAD_VENDOR, NULL, 0);
    cr_expect_eq(give(NET_B, bytes, build_finish(&b)), 0);
    cr_expect_eq(dropped(0, IKE_DROP_MALFORMED), 1);
    net_done(&net);
}

/* ---- in clear, about SAs that stand ---- */

static size_t
clear_notify(uint8_t *out, const struct ike_sa_row *row, uint16_t type)
{
    struct header header = {
        .exchange = EXCHANGE_INFORMATIONAL, .message_id = 77};
    const uint8_t body[] = {
        0, 0, 0, 1, 1, 0, (uint8_t)(type >> 8), (uint8_t)type};
    struct builder b;

    put_u32(header.cookies[0], (uint32_t)(row->initiator_cookie >> 32));
    put_u32(header.cookies[0] + 4, (uint32_t)row->initiator_cookie);
    put_u32(header.cookies[1], (uint32_t)(row->responder_cookie >> 32));
    put_u32(header.cookies[1] + 4, (uint32_t)row->responder_cookie);
    build_begin(&b, out, MESSAGE_ROOM, &header);
    build_payload(&b, PAYLOAD_NOTIFY, body, sizeof body);
    return build_finish(&b);
}

Test(ike_hostile, nothing_in_clear_touches_what_stands)
{
    static const uint16_t types[] = {NOTIFY_INVALID_COOKIE, NOTIFY_NO_PROPOSAL,
        NOTIFY_INITIAL_CONTACT, NOTIFY_R_U_THERE, 0};
    uint8_t bytes[MESSAGE_ROOM];
    struct ike_sa_row row;
    uint32_t cursor = 0;

    start(6);
    begin(0);
    net_run(&net, 5);
    cr_assert(ike_next_sa(net.ends[0].ike, &cursor, &row));
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        cr_expect_eq(
            give(NET_B, bytes, clear_notify(bytes, &row, types[i])), 0);
    }
    cr_expect_eq(dropped(0, IKE_DROP_UNPROTECTED), 5);
    cr_expect(net_passes(&net, 0));
    /* nor does it from another address */
    cr_expect_eq(give(0x01020304, bytes, clear_notify(bytes, &row, 14)), 0);
    cr_expect_eq(dropped(0, IKE_DROP_UNKNOWN_COOKIE), 1);
    net_done(&net);
}

Test(ike_hostile, a_refusal_in_clear_ends_only_its_own_negotiation)
{
    uint8_t bytes[MESSAGE_ROOM];
    struct ike_sa_row row;
    uint32_t cursor = 0;

    start(7);
    net.is_cut = true;
    begin(0);
    cr_assert(ike_next_sa(net.ends[0].ike, &cursor, &row));
    row.initiator_cookie++;
    (void)give(NET_B, bytes, clear_notify(bytes, &row, NOTIFY_NO_PROPOSAL));
    cr_expect_eq(net.ends[0].failure_count, 0, "another cookie");
    row.initiator_cookie--;
    (void)give(NET_B, bytes, clear_notify(bytes, &row, NOTIFY_NO_PROPOSAL));
    cr_assert_eq(net.ends[0].failure_count, 1);
    cr_expect_eq(net.ends[0].failures[0].reason, IKE_REASON_PROPOSAL_REFUSED);
    net_done(&net);
}

/* ---- changed on the way ---- */

struct change {
    uint8_t exchange;
    unsigned at; /* from the end */
    unsigned count;
};

static bool
flip(void *context, int from, uint8_t *bytes, size_t *length)
{
    struct change *change = context;

    if (from == 0 && bytes[18] == change->exchange && change->count > 0 &&
        *length > change->at) {
        bytes[*length - change->at] ^= 1;
        change->count--;
    }
    return true;
}

Test(ike_hostile, one_flipped_bit_only_costs_a_retransmission)
{
    static const uint8_t exchanges[] = {EXCHANGE_MAIN, EXCHANGE_QUICK};

    for (int e = 0; e < 2; e++) {
        for (unsigned at = 1; at < 60; at += 7) {
            struct change change = {exchanges[e], at, 1};

            start(8);
            net.tamper = flip;
            net.context = &change;
            begin(0);
            net_run(&net, 20);
            cr_expect(net_passes(&net, 0), "exchange %d at -%u", e, at);
            cr_expect_eq(change.count, 0);
            net_done(&net);
        }
    }
}

Test(ike_hostile, a_changed_delete_deletes_nothing)
{
    struct change change = {EXCHANGE_INFORMATIONAL, 10, 9};

    start(9);
    begin(0);
    net_run(&net, 5);
    net.tamper = flip;
    net.context = &change;
    ike_clear(net.ends[0].ike, net.now_us, 7);
    net_run(&net, 5);
    cr_expect_eq(net.ends[1].sa_count, 2);
    cr_expect_eq(dropped(1, IKE_DROP_HASH) + dropped(1, IKE_DROP_DECRYPT), 1);
    net_done(&net);
}

/* Keeps what end 0 sends, to send it again later. */
struct tape {
    uint8_t bytes[32][MESSAGE_ROOM];
    size_t lengths[32];
    size_t count;
};

static bool
record(void *context, int from, uint8_t *bytes, size_t *length)
{
    struct tape *tape = context;

    if (from == 1 && tape->count < 32 && *length <= MESSAGE_ROOM) {
        memcpy(tape->bytes[tape->count], bytes, *length);
        tape->lengths[tape->count++] = *length;
    }
    return true;
}

Test(ike_hostile, a_recorded_negotiation_is_no_use)
{
    static struct tape tape;
    struct ike_counters counters;

    start(10);
    net.tamper = record;
    net.context = &tape;
    begin(1);
    net_run(&net, 5);
    ike_clear_peer(net.ends[1].ike, net.now_us, 7);
    net_run(&net, 5);
    cr_assert_eq(net.ends[0].sa_count, 0);
    net.tamper = NULL;
    for (size_t i = 0; i < tape.count; i++)
        (void)give(NET_B, tape.bytes[i], tape.lengths[i]);
    cr_expect_eq(net.ends[0].sa_count, 0);
    net_run(&net, 60);
    ike_counters(net.ends[0].ike, &counters);
    cr_expect_eq(counters.ike_sas, 0);
    net_done(&net);
}

Test(ike_hostile, deletes_during_rekeying_find_what_is_there)
{
    for (unsigned wait = 0; wait < 4; wait++) {
        start(11 + wait);
        begin(0);
        net_run(&net, 5);
        for (int i = 0; i < 6; i++) {
            ike_rekey(net.ends[i % 2].ike, net.now_us, 7);
            net_collect(&net, i % 2);
            net_run(&net, wait);
            ike_clear(net.ends[(i + 1) % 2].ike, net.now_us, 7);
            ike_clear_peer(net.ends[i % 2].ike, net.now_us, 7);
            net_run(&net, 1);
            begin(0);
            net_run(&net, 2);
        }
        net_run(&net, 100);
        begin(0);
        net_run(&net, 5);
        cr_expect(net_passes(&net, 0));
        net_done(&net);
    }
}

Test(ike_hostile, a_key_without_bytes_is_none)
{
    const struct ike_identity peer = {.address = NET_B};
    const struct secret empty = {0};

    start(16);
    ike_set_key(net.ends[0].ike, 0, &peer, &empty);
    begin(0);
    cr_assert_eq(net.ends[0].failure_count, 1);
    cr_expect_eq(net.ends[0].failures[0].reason, IKE_REASON_NO_KEY);
    net_done(&net);
}

Test(ike_hostile, unknown_cookies_are_answered_only_where_wanted)
{
    static const struct ike_options wanted = {
        .nat_t = true, .tx_invalid_cookie = true};
    uint8_t bytes[MESSAGE_ROOM];
    size_t length;

    start(17);
    length = first_message(bytes, 1);
    bytes[8] = 1; /* a responder's cookie that we never made */
    cr_expect_eq(give(NET_B, bytes, length), 0);
    ike_set_options(net.ends[0].ike, 0, &wanted);
    cr_expect_eq(give(NET_B, bytes, length), 1);
    cr_expect_eq(give(NET_B, bytes, length), 0, "ten a second");
    cr_expect_eq(dropped(0, IKE_DROP_UNKNOWN_COOKIE), 3);
    net_done(&net);
}

Test(ike_hostile, keepalives_and_esp_are_not_ours)
{
    static const uint8_t keepalive = 0xff;
    struct ike_datagram datagram = {.local = NET_A,
        .local_port = IKE_PORT_NAT,
        .remote = NET_B,
        .remote_port = IKE_PORT_NAT,
        .bytes = &keepalive,
        .length = 1};

    start(18);
    ike_input(net.ends[0].ike, net.now_us, &datagram);
    cr_expect_eq(dropped(0, IKE_DROP_MALFORMED), 1);
    net_done(&net);
}

/* ---- a DELETE that is lost ---- */

Test(ike_hostile, a_lost_delete_is_noticed_by_silence)
{
    static const struct ike_options dpd = {.dpd = true, .nat_t = true};

    start(19);
    ike_set_options(net.ends[0].ike, 0, &dpd);
    begin(0);
    net_run(&net, 5);
    net.is_cut = true;
    ike_clear(net.ends[1].ike, net.now_us, 7);
    net_run(&net, 1);
    net.is_cut = false;
    cr_expect_not(net_passes(&net, 0));
    for (unsigned s = 0; s < 80; s += 5) {
        ike_traffic(net.ends[0].ike, net.now_us, 7, true, false);
        net_run(&net, 5);
    }
    cr_expect(net_passes(&net, 0));
    cr_expect(net_passes(&net, 1));
    cr_expect_eq(net.ends[0].adds, 2);
    /* still nothing comes: it is not renewed for ever */
    for (unsigned s = 0; s < 600; s += 5) {
        ike_traffic(net.ends[0].ike, net.now_us, 7, true, false);
        net_run(&net, 5);
    }
    cr_expect_eq(net.ends[0].adds, 2);
    net_done(&net);
}

/* ---- room that others take ---- */

static size_t
piece_of(
    uint8_t *out, const struct ike_sa_row *row, uint8_t number, size_t length)
{
    static const uint8_t zeros[8100];
    struct header header = {.exchange = EXCHANGE_MAIN};
    struct builder b;

    put_u32(header.cookies[0], (uint32_t)(row->initiator_cookie >> 32));
    put_u32(header.cookies[0] + 4, (uint32_t)row->initiator_cookie);
    put_u32(header.cookies[1], (uint32_t)(row->responder_cookie >> 32));
    put_u32(header.cookies[1] + 4, (uint32_t)row->responder_cookie);
    build_begin(&b, out, IKE_DATAGRAM_MAX, &header);
    build_payload_begin(&b, PAYLOAD_FRAGMENT);
    wr_u16(&b.w, 1);
    wr_u8(&b.w, number);
    wr_u8(&b.w, 0);
    wr_bytes(&b.w, zeros, length);
    build_payload_end(&b);
    return build_finish(&b);
}

/* Messages that never get whole; nothing of it is authenticated. */
Test(ike_hostile, fragments_of_strangers_do_not_take_all_the_room)
{
    static uint8_t bytes[IKE_DATAGRAM_MAX];
    struct secret key = {.length = 4};
    struct ike_sa_row row;
    uint32_t cursor = 0;

    start(20);
    for (int end = 0; end < 2; end++)
        ike_set_datagram_max(net.ends[end].ike, 200);
    for (uint32_t source = 0; source < 80; source++) {
        struct ike_identity who = {.address = 0x0a000000 + source};

        ike_set_key(net.ends[0].ike, 0, &who, &key);
        cr_assert_eq(
            give(who.address, bytes, first_message(bytes, source + 1)), 1);
    }
    while (ike_next_sa(net.ends[0].ike, &cursor, &row)) {
        for (uint8_t number = 1; number <= 2; number++)
            (void)give(row.remote, bytes, piece_of(bytes, &row, number, 8100));
    }
    for (cursor = 0; ike_next_sa(net.ends[0].ike, &cursor, &row);)
        (void)give(row.remote, bytes, piece_of(bytes, &row, 3, 100));
    begin(1);
    net_run(&net, 20);
    cr_expect(net_passes(&net, 0) && net_passes(&net, 1));
    cr_expect_gt(dropped(0, IKE_DROP_FRAGMENT), 0);
    net_done(&net);
}

/* ---- what was recorded ---- */

static bool
record_notices(void *context, int from, uint8_t *bytes, size_t *length)
{
    return bytes[18] == EXCHANGE_INFORMATIONAL
               ? record(context, from, bytes, length)
               : true;
}

static void
play(const struct tape *tape)
{
    for (size_t i = 0; i < tape->count; i++)
        (void)give(NET_B, tape->bytes[i], tape->lengths[i]);
}

Test(ike_hostile, a_recording_keeps_no_dead_peer_alive)
{
    static const struct ike_options dpd = {.dpd = true, .nat_t = true};
    static struct tape tape;

    start(40);
    ike_set_options(net.ends[0].ike, 0, &dpd);
    ike_set_options(net.ends[1].ike, 0, &dpd);
    net.tamper = record;
    net.context = &tape;
    begin(0);
    net_run(&net, 400);
    cr_assert_gt(tape.count, 5, "questions and answers of DPD are among it");
    net.tamper = NULL;
    net.is_cut = true;
    for (int i = 0; i < 30; i++) {
        play(&tape);
        net_run(&net, 20);
    }
    cr_expect_eq(net.ends[0].sa_count, 0);
    cr_assert_eq(net.ends[0].failure_count, 1);
    cr_expect_eq(net.ends[0].failures[0].reason, IKE_REASON_DEAD_PEER);
    net_done(&net);
}

Test(ike_hostile, a_recorded_refusal_refuses_nothing)
{
    static struct tape tape;
    struct ike_tunnel other = net_tunnel(1);
    struct ike_tunnel usual = net_tunnel(1);

    start(41);
    begin(0);
    net_run(&net, 5);
    other.transforms[0] = TRANSFORM_ESP_DES_HMAC_MD5;
    ike_set_tunnel(net.ends[1].ike, net.now_us, &other);
    net.tamper = record_notices;
    net.context = &tape;
    ike_rekey(net.ends[0].ike, net.now_us, 7);
    net_run(&net, 5);
    cr_assert_eq(net.ends[0].failure_count, 1);
    cr_assert_eq(tape.count, 1);
    net.tamper = NULL;
    ike_set_tunnel(net.ends[1].ike, net.now_us, &usual);
    ike_rekey(net.ends[0].ike, net.now_us, 7);
    net_collect(&net, 0);
    play(&tape);
    cr_expect_eq(net.ends[0].failure_count, 1);
    cr_expect_eq(dropped(0, IKE_DROP_DUPLICATE), 1);
    net_run(&net, 5);
    cr_expect_eq(net.ends[0].adds, 2);
    net_done(&net);
}

/* ---- in aggressive mode ---- */

/* The first answer with another hash, and with address translation in it. */
static bool
forge_answer(void *context, int from, uint8_t *bytes, size_t *length)
{
    unsigned *count = context;
    uint8_t type = bytes[16];
    size_t at = 28;

    if (from != 1 || bytes[18] != EXCHANGE_AGGRESSIVE || (*count)++ > 0)
        return true;
    while (type != PAYLOAD_HASH) {
        type = bytes[at];
        at += get_u16(bytes + at + 2);
    }
    bytes[at + 4] ^= 1;
    bytes[*length - 1] ^= 1;
    return true;
}

Test(ike_hostile, a_forged_answer_moves_nobody_to_another_port)
{
    struct ike_rule rule = ike_rule_default;
    struct ike_sa_row row;
    unsigned count = 0;
    uint32_t cursor = 0;

    start(50);
    rule.aggressive = IKE_AGGRESSIVE_REQUIRED;
    for (int end = 0; end < 2; end++)
        ike_set_rules(net.ends[end].ike, &rule, 1);
    net.tamper = forge_answer;
    net.context = &count;
    begin(0);
    net_run(&net, 5);
    cr_assert_gt(count, 1);
    cr_assert(ike_next_sa(net.ends[0].ike, &cursor, &row));
    cr_expect(row.is_established && !row.is_nat);
    cr_expect_eq(row.local_port, IKE_PORT);
    cr_expect_eq(row.remote_port, IKE_PORT);
    cr_expect(net_passes(&net, 0));
    net_done(&net);
}

/* ---- from another port ---- */

static bool
record_quick(void *context, int from, uint8_t *bytes, size_t *length)
{
    return bytes[18] == EXCHANGE_QUICK ? record(context, from, bytes, length)
                                       : true;
}

/* Whoever can say the peer's address and has recorded a negotiation. */
Test(ike_hostile, a_recorded_negotiation_draws_nothing_to_another_port)
{
    static struct tape tape;
    struct ike_datagram again = {.local = NET_A,
        .local_port = IKE_PORT,
        .remote = NET_B,
        .remote_port = 666,
        .bytes = tape.bytes[0]};
    struct ike_sa_row row;
    uint32_t cursor = 0;

    start(60);
    net.tamper = record_quick;
    net.context = &tape;
    begin(1);
    net_run(&net, 100); /* it is forgotten after a minute */
    cr_assert_gt(tape.count, 0);
    again.length = tape.lengths[0];
    ike_input(net.ends[0].ike, net.now_us, &again);
    net_collect(&net, 0);
    net.flight_count = 0;
    cr_assert(ike_next_sa(net.ends[0].ike, &cursor, &row));
    cr_expect_eq(row.remote_port, IKE_PORT);
    net_run(&net, 60);
    cr_expect(net_passes(&net, 0) && net_passes(&net, 1));
    net_done(&net);
}
