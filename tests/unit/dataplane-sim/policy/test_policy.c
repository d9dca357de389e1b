/*
 * test_policy.c - what an entry matches, what a packet is asked by, and which
 * group has the first word.
 */
#include "policy/policy.h"

#include "tests/support/packet.h"

#include <criterion/criterion.h>

enum { TCP = IP4_PROTO_TCP, UDP = IP4_PROTO_UDP, ICMP = IP4_PROTO_ICMP };
enum { NO_PORT = -1, ANY = -1, PACKET_ROOM = 128 };

/* NULL: any address; a wildcard that is NULL: this address alone. */
struct wanted {
    int protocol; /* or ANY */
    const char *source;
    const char *source_wildcard;
    const char *destination;
    const char *destination_wildcard;
    int source_port;
    int destination_port;
};

static uint32_t
wildcard(const char *address, const char *text)
{
    if (address == NULL)
        return UINT32_MAX;
    return text == NULL ? 0 : packet_address(text);
}

static uint32_t
address(const char *text)
{
    return text == NULL ? 0 : packet_address(text);
}

static struct policy_entry
entry_of(const struct wanted *wanted)
{
    return (struct policy_entry){
        .source = address(wanted->source),
        .source_wildcard = wildcard(wanted->source, wanted->source_wildcard),
        .destination = address(wanted->destination),
        .destination_wildcard =
            wildcard(wanted->destination, wanted->destination_wildcard),
        .protocol = wanted->protocol == ANY ? 0 : (uint8_t)wanted->protocol,
        .any_protocol = wanted->protocol == ANY,
        .has_source_port = wanted->source_port != NO_PORT,
        .source_port = (uint16_t)wanted->source_port,
        .has_destination_port = wanted->destination_port != NO_PORT,
        .destination_port = (uint16_t)wanted->destination_port,
    };
}

Test(policy, entry_matches_what_it_says)
{
    /* clang-format off */
    static const struct {
        struct wanted entry;
        uint8_t protocol;
        bool matches;
        const char *why;
    } rows[] = {
        {{ANY, NULL, NULL, NULL, NULL, -1, -1}, UDP, true, "ip any any"},
        {{UDP, NULL, NULL, NULL, NULL, -1, -1}, UDP, true, "protocol"},
        {{TCP, NULL, NULL, NULL, NULL, -1, -1}, UDP, false, "other protocol"},
        {{0, NULL, NULL, NULL, NULL, -1, -1}, UDP, false, "number 0 is one"},
        {{ANY, "10.1.0.2", NULL, NULL, NULL, -1, -1}, UDP, true, "host"},
        {{ANY, "10.1.0.3", NULL, NULL, NULL, -1, -1}, UDP, false, "not it"},
        {{ANY, NULL, NULL, "10.2.0.2", NULL, -1, -1}, UDP, true, "to host"},
        {{ANY, NULL, NULL, "10.2.0.3", NULL, -1, -1}, UDP, false, "not to it"},
        {{ANY, "10.1.0.0", "0.0.0.255", NULL, NULL, -1, -1}, UDP, true,
         "subnet"},
        {{ANY, "10.1.1.0", "0.0.0.255", NULL, NULL, -1, -1}, UDP, false,
         "another subnet"},
        {{ANY, "10.9.0.2", "0.255.0.0", NULL, NULL, -1, -1}, UDP, true,
         "bits in the middle may differ"},
        {{ANY, "10.1.0.77", "0.0.0.255", NULL, NULL, -1, -1}, UDP, true,
         "bits under the wildcard do not count"},
        {{ANY, NULL, NULL, "10.2.0.0", "0.0.0.3", -1, -1}, UDP, true,
         "destination under a wildcard"},
        {{ANY, NULL, NULL, "10.2.0.0", "0.0.0.1", -1, -1}, UDP, false,
         "destination beside it"},
        {{UDP, NULL, NULL, NULL, NULL, 1000, -1}, UDP, true, "source port"},
        {{UDP, NULL, NULL, NULL, NULL, 2000, -1}, UDP, false, "not that"},
        {{UDP, NULL, NULL, NULL, NULL, -1, 2000}, UDP, true, "port"},
        {{UDP, NULL, NULL, NULL, NULL, -1, 1000}, UDP, false, "not this"},
        {{UDP, NULL, NULL, NULL, NULL, 1000, 2000}, UDP, true, "both"},
        {{UDP, NULL, NULL, NULL, NULL, 1000, 2001}, UDP, false, "one of two"},
        {{TCP, NULL, NULL, NULL, NULL, 1000, 2000}, TCP, true, "TCP ports"},
        {{ANY, NULL, NULL, NULL, NULL, -1, 2000}, ICMP, false,
         "ICMP has no ports"},
    };
    /* clang-format on */

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct policy_entry entry = entry_of(&rows[i].entry);
        const struct policy_key key = {
            .source = packet_address("10.1.0.2"),
            .destination = packet_address("10.2.0.2"),
            .protocol = rows[i].protocol,
            .has_ports = rows[i].protocol != ICMP,
            .source_port = rows[i].protocol == ICMP ? 0 : 1000,
            .destination_port = rows[i].protocol == ICMP ? 0 : 2000,
        };

        cr_expect_eq(policy_entry_matches(&entry, &key), rows[i].matches, "%s",
            rows[i].why);
    }
}

Test(policy, ports_are_read_only_where_there_are_some)
{
    static const struct {
        uint8_t protocol;
        uint16_t offset;
        size_t payload;
        bool has_ports;
        const char *why;
    } rows[] = {
        {UDP,  0, 8,  true,  "a datagram"            },
        {TCP,  0, 20, true,  "a segment"             },
        {TCP,  0, 4,  true,  "no more than the ports"},
        {TCP,  0, 3,  false, "cut in the ports"      },
        {TCP,  0, 0,  false, "nothing at all"        },
        {UDP,  1, 8,  false, "a later fragment"      },
        {ICMP, 0, 8,  false, "no ports in ICMP"      },
    };
    static const uint8_t ports[20] = {0x03, 0xe8, 0x07, 0xd0};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t bytes[PACKET_ROOM];
        const struct ip4 wanted = {.src = packet_address("10.1.0.2"),
            .dst = packet_address("10.2.0.2"),
            .protocol = rows[i].protocol,
            .fragment_offset = rows[i].offset};
        size_t length = packet_ip4(bytes, &wanted, ports, rows[i].payload);
        struct policy_key key;
        struct ip4 ip;

        cr_assert(ip4_read(bytes, length, &ip));
        key = policy_key_of(&ip, bytes);
        cr_expect_eq(key.has_ports, rows[i].has_ports, "%s", rows[i].why);
        cr_expect_eq(key.source_port, rows[i].has_ports ? 1000 : 0);
        cr_expect_eq(key.destination_port, rows[i].has_ports ? 2000 : 0);
        cr_expect_eq(key.protocol, rows[i].protocol);
        cr_expect_eq(key.source, wanted.src);
        cr_expect_eq(key.destination, wanted.dst);
    }
}

Test(policy, the_first_group_with_an_entry_that_matches_decides)
{
    static const struct wanted entries[] = {
        {TCP,  NULL,       NULL, NULL, NULL, -1, -1},
        {ICMP, "10.1.0.2", NULL, NULL, NULL, -1, -1},
        {ANY,  "10.1.0.2", NULL, NULL, NULL, -1, -1},
    };
    struct policy *policy = policy_new();
    struct policy_key key = {.source = packet_address("10.1.0.2")};

    for (uint32_t i = 0; i < 4; i++) {
        const struct policy_group group = {.counter = i};

        policy_add_group(policy, &group); /* the last has no entries */
        for (size_t k = 0; k < 2 && i < 3; k++) {
            const struct policy_entry entry = entry_of(&entries[i]);

            policy_add_entry(policy, &entry);
        }
    }
    cr_expect_eq(policy_group_count(policy), 4);
    key.protocol = TCP;
    cr_assert_not_null(policy_find(policy, &key));
    cr_expect_eq(policy_find(policy, &key)->counter, 0);
    key.protocol = ICMP;
    cr_expect_eq(policy_find(policy, &key), policy_group_at(policy, 1));
    key.protocol = UDP;
    cr_expect_eq(policy_find(policy, &key), policy_group_at(policy, 2));
    key.source++;
    cr_expect_null(policy_find(policy, &key));
    policy_free(policy);
    policy_free(NULL);
}

Test(policy, holds_as_many_groups_and_entries_as_it_says)
{
    struct policy *policy = policy_new();
    const struct policy_key key = {.protocol = UDP};
    const struct policy_entry other = {.protocol = TCP};
    const struct policy_entry last = {.any_protocol = true};

    for (uint32_t i = 0; i < POLICY_GROUPS; i++) {
        const struct policy_group group = {.counter = i};

        policy_add_group(policy, &group);
        for (size_t k = 0; k + 1 < POLICY_ENTRIES; k++)
            policy_add_entry(policy, &other);
        policy_add_entry(policy, i + 1 == POLICY_GROUPS ? &last : &other);
    }
    cr_assert_not_null(policy_find(policy, &key));
    cr_expect_eq(policy_find(policy, &key)->counter, POLICY_GROUPS - 1);
    policy_free(policy);
}
