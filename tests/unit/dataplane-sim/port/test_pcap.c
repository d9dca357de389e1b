/*
 * test_pcap.c - capture files: written, read, and made by somebody hostile.
 */
#include "port/port.h"

#include "base/bytes.h"
#include "base/diag.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static char folder[] = "/tmp/ermine-pcap-XXXXXX";
static char in_path[64];
static char out_path[64];

static void
setup(void)
{
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(in_path, sizeof(in_path), "%s/in.pcap", folder);
    (void)snprintf(out_path, sizeof(out_path), "%s/out.pcap", folder);
}

static void
teardown(void)
{
    (void)unlink(in_path);
    (void)unlink(out_path);
    (void)rmdir(folder);
}

TestSuite(pcap, .init = setup, .fini = teardown);

/* A number in either byte order. */
static void
put(struct wr *w, uint32_t value, bool is_swapped)
{
    wr_u32(w, is_swapped ? __builtin_bswap32(value) : value);
}

static void
put_header(struct wr *w, uint32_t magic, uint32_t linktype, bool is_swapped)
{
    put(w, magic, is_swapped);
    put(w, 0, is_swapped); /* nobody looks at the version */
    put(w, 0, is_swapped);
    put(w, 0, is_swapped);
    put(w, 65535, is_swapped);
    put(w, linktype, is_swapped);
}

static void
put_record(struct wr *w, uint32_t length, uint32_t filled, bool is_swapped)
{
    uint32_t i;

    put(w, 1, is_swapped);
    put(w, 2, is_swapped);
    put(w, length, is_swapped);
    put(w, length, is_swapped);
    for (i = 0; i < filled; i++)
        wr_u8(w, (uint8_t)i);
}

static void
save(const char *path, const uint8_t *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");

    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, length, file), length);
    cr_assert_eq(fclose(file), 0);
}

static size_t
fetch(const char *path, uint8_t *bytes, size_t room)
{
    FILE *file = fopen(path, "rb");
    size_t length;

    cr_assert_not_null(file);
    length = fread(bytes, 1, room, file);
    cr_assert_eq(fclose(file), 0);
    return length;
}

/* The lengths of the packets that are read from in_path. */
static size_t
read_lengths(uint32_t *lengths, size_t room)
{
    struct pkt_pool *pool = pkt_pool_new(room);
    struct pkt **packets = calloc(room, sizeof(struct pkt *));
    struct port *port;
    size_t count;
    size_t i;

    cr_assert_not_null(packets);
    cr_assert_eq(port_pcap_new(in_path, NULL, NULL, &port), OK);
    count = port->ops->receive(port, pool, 0, packets, room);
    for (i = 0; i < count; i++) {
        lengths[i] = packets[i]->length;
        pkt_free(packets[i]);
    }
    if (count < room)
        cr_expect_eq(port->ops->next_arrival(port), UINT64_MAX);
    port->ops->free(port);
    pkt_pool_free(pool);
    free(packets);
    return count;
}

static const struct {
    uint32_t magic;
    uint32_t linktype;
    bool is_swapped;
    enum err error;
    const char *why;
} formats[] = {
    {0xa1b2c3d4, 101,        false, OK,            "microseconds"          },
    {0xa1b23c4d, 101,        false, OK,            "nanoseconds"           },
    {0xa1b2c3d4, 101,        true,  OK,            "the other byte order"  },
    {0xa1b23c4d, 228,        true,  OK,            "IPv4, nanoseconds"     },
    {0xa1b2c3d4, 0x14000065, false, OK,            "a frame check sequence"},
    {0xa1b2c3d4, 1,          false, ERR_MALFORMED, "Ethernet"              },
    {0x0a0d0d0a, 101,        false, ERR_MALFORMED, "pcapng"                },
    {0,          101,        false, ERR_MALFORMED, "zeros"                 },
};

Test(pcap, reads_both_byte_orders_and_both_units)
{
    uint8_t bytes[200];
    uint32_t lengths[8];
    struct port *port;
    struct wr w;
    size_t i;

    for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        w = wr_over(bytes, sizeof(bytes));
        put_header(
            &w, formats[i].magic, formats[i].linktype, formats[i].is_swapped);
        put_record(&w, 40, 40, formats[i].is_swapped);
        put_record(&w, 21, 21, formats[i].is_swapped);
        save(in_path, bytes, wr_length(&w));
        if (formats[i].error != OK) {
            cr_expect_eq(port_pcap_new(in_path, NULL, NULL, &port),
                formats[i].error, "%s", formats[i].why);
            continue;
        }
        cr_expect_eq(read_lengths(lengths, 8), 2, "%s", formats[i].why);
        cr_expect_eq(lengths[0], 40);
        cr_expect_eq(lengths[1], 21);
    }
}

Test(pcap, a_file_cut_at_any_byte_ends_cleanly)
{
    uint8_t bytes[200];
    uint32_t lengths[8];
    struct port *port;
    struct wr w = wr_over(bytes, sizeof(bytes));
    size_t length;

    put_header(&w, 0xa1b2c3d4, 101, false);
    put_record(&w, 40, 40, false);
    put_record(&w, 30, 30, false);
    for (length = 0; length <= wr_length(&w); length++) {
        save(in_path, bytes, length);
        if (length < 24) {
            cr_expect_eq(
                port_pcap_new(in_path, NULL, NULL, &port), ERR_MALFORMED);
            continue;
        }
        cr_expect_eq(read_lengths(lengths, 8),
            (length >= 24 + 56 ? 1U : 0U) + (length == wr_length(&w)),
            "cut at %zu", length);
    }
}

Test(pcap, wild_lengths_end_the_reading_and_long_ones_are_passed_over)
{
    static uint8_t bytes[200000];
    uint32_t lengths[8];
    struct wr w = wr_over(bytes, sizeof(bytes));

    put_header(&w, 0xa1b2c3d4, 101, false);
    put_record(&w, 100000, 100000, false);
    put_record(&w, 9216, 9216, false);
    put_record(&w, 9217, 9217, false);
    put_record(&w, 0, 0, false);
    put_record(&w, 0xffffffff, 100, false);
    put_record(&w, 40, 40, false);
    save(in_path, bytes, wr_length(&w));
    cr_assert_eq(read_lengths(lengths, 8), 4);
    cr_expect_eq(lengths[0], 0, "too long for any port: seen as empty");
    cr_expect_eq(lengths[1], 9216);
    cr_expect_eq(lengths[2], 0);
    cr_expect_eq(lengths[3], 0);
}

Test(pcap, reads_more_than_one_buffer)
{
    static uint8_t bytes[200000];
    uint32_t lengths[200];
    struct wr w = wr_over(bytes, sizeof(bytes));
    int i;

    put_header(&w, 0xa1b2c3d4, 101, false);
    for (i = 0; i < 120; i++)
        put_record(&w, 1400, 1400, false);
    save(in_path, bytes, wr_length(&w));
    cr_expect_eq(read_lengths(lengths, 200), 120);
}

Test(pcap, an_empty_pool_costs_a_packet_and_the_rest_waits)
{
    uint8_t bytes[300];
    struct pkt_pool *pool = pkt_pool_new(1);
    struct pkt *packets[4];
    struct port *port;
    struct wr w = wr_over(bytes, sizeof(bytes));
    int i;

    put_header(&w, 0xa1b2c3d4, 101, false);
    for (i = 0; i < 4; i++)
        put_record(&w, 20, 20, false);
    save(in_path, bytes, wr_length(&w));
    cr_assert_eq(port_pcap_new(in_path, NULL, NULL, &port), OK);
    cr_expect_eq(port->ops->receive(port, pool, 0, packets, 4), 1);
    cr_expect_eq(port->starved, 1);
    cr_expect_eq(port->ops->next_arrival(port), 0);
    pkt_free(packets[0]);
    cr_expect_eq(port->ops->receive(port, pool, 0, packets, 1), 1);
    pkt_free(packets[0]);
    port->ops->free(port);
    pkt_pool_free(pool);
}

static struct pkt *
filled(struct pkt_pool *pool, size_t length, uint8_t value)
{
    struct pkt *pkt = pkt_new(pool);

    cr_assert_not_null(pkt);
    memset(pkt_append(pkt, length), value, length);
    return pkt;
}

Test(pcap, each_burst_is_in_the_file_when_transmit_returns)
{
    struct pkt_pool *pool = pkt_pool_new(PKT_BURST);
    struct pkt *packets[PKT_BURST];
    uint8_t bytes[200];
    struct port *port;

    cr_assert_eq(port_pcap_new(NULL, out_path, NULL, &port), OK);
    cr_expect_eq(port->ops->next_arrival(port), UINT64_MAX);
    cr_expect_eq(fetch(out_path, bytes, sizeof(bytes)), 24);
    packets[0] = filled(pool, 20, 0xaa);
    packets[1] = filled(pool, 30, 0xbb);
    cr_expect_eq(port->ops->transmit(port, 7000042, packets, 2), 2);
    cr_expect_eq(pkt_pool_left(pool), PKT_BURST);
    cr_expect_eq(fetch(out_path, bytes, sizeof(bytes)), 24 + 36 + 46);
    cr_expect_eq(get_u32(bytes + 24), __builtin_bswap32(7), "seconds");
    cr_expect_eq(get_u32(bytes + 28), __builtin_bswap32(42), "microseconds");
    cr_expect_eq(bytes[24 + 16], 0xaa);
    cr_expect_eq(bytes[24 + 36 + 16], 0xbb);
    port->ops->free(port);
    pkt_pool_free(pool);
}

Test(pcap, what_was_written_can_be_read)
{
    struct pkt_pool *pool = pkt_pool_new(PKT_BURST);
    struct pkt *packets[PKT_BURST];
    uint32_t lengths[PKT_BURST + 1];
    struct port *port;
    size_t i;

    cr_assert_eq(port_pcap_new(NULL, in_path, NULL, &port), OK);
    for (i = 0; i < PKT_BURST; i++)
        packets[i] = filled(pool, 20 + i, 1);
    cr_expect_eq(port->ops->transmit(port, 0, packets, PKT_BURST), PKT_BURST);
    port->ops->free(port);
    cr_assert_eq(read_lengths(lengths, PKT_BURST + 1), PKT_BURST);
    for (i = 0; i < PKT_BURST; i++)
        cr_expect_eq(lengths[i], 20 + i);
    pkt_pool_free(pool);
}

Test(pcap, says_in_a_sentence_why_a_file_is_refused)
{
    struct diag diag;
    struct port *port;

    diag_init(&diag);
    cr_expect_eq(port_pcap_new(in_path, NULL, &diag, &port), ERR_IO);
    cr_expect_eq(port_pcap_new(folder, NULL, &diag, &port), ERR_IO);
    cr_expect_eq(port_pcap_new(NULL, folder, &diag, &port), ERR_IO);
    cr_expect_eq(port_pcap_new("/dev/zero", NULL, &diag, &port), ERR_IO);
    save(in_path, (const uint8_t *)"not a capture file at all", 25);
    cr_expect_eq(port_pcap_new(in_path, NULL, &diag, &port), ERR_MALFORMED);
    cr_expect_eq(diag.count, 5);
    diag_done(&diag);
}

Test(pcap, does_not_overwrite_the_file_it_reads)
{
    uint8_t bytes[100];
    struct wr w = wr_over(bytes, sizeof(bytes));
    struct port *port;

    put_header(&w, 0xa1b2c3d4, 101, false);
    put_record(&w, 20, 20, false);
    save(in_path, bytes, wr_length(&w));
    cr_expect_eq(port_pcap_new(in_path, in_path, NULL, &port), ERR_IO);
    cr_expect_eq(fetch(in_path, bytes, sizeof(bytes)), wr_length(&w));
}

Test(pcap, is_down_once_writing_failed)
{
    struct pkt_pool *pool = pkt_pool_new(1);
    struct pkt *packet;
    struct port *port;
    /* A file that may not grow takes the header and refuses the packet. */
    struct rlimit limit = {.rlim_cur = 24, .rlim_max = 24};

    (void)signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_assert_eq(port_pcap_new(NULL, out_path, NULL, &port), OK);
    cr_expect(port->ops->is_up(port));
    packet = filled(pool, 20, 0);
    cr_expect_eq(port->ops->transmit(port, 0, &packet, 1), 0);
    cr_expect_not(port->ops->is_up(port));
    pkt_free(packet);
    port->ops->free(port);
    pkt_pool_free(pool);
}
