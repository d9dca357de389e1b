/*
 * test_validate.c - what is refused, what is only warned of, and what an
 * operator is told.
 *
 * Each case is a sound configuration, what is typed on top, and one sentence
 * that must come (NULL: none at all).
 */
#include "config/config.h"

#include "base/diag.h"
#include "tests/support/config_typing.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define DES_KEY "0123456789abcdef"
#define SHA_KEY "00112233445566778899aabbccddeeff00112233"
#define MD5_KEY DES_KEY DES_KEY
#define KEYS    DES_KEY " " SHA_KEY
#define INBOUND "tunnel session-key-inbound esp-des-hmac-sha 0x1001 " KEYS "\n"
#define OUTBOUND                                                               \
    "tunnel session-key-outbound esp-des-hmac-sha 0x1002 " KEYS "\n"

static const char ground[] =
    "ipsec transform-set one esp-des-hmac-sha\n"
    "ipsec transform-set two esp-des-hmac-sha esp-3des-hmac-sha\n"
    "virtual-router isp\n"
    "interface loopback 7\n"
    "ip address 203.0.113.7 255.255.255.255\n"
    "virtual-router default\n"
    "interface fastEthernet 0/0\n"
    "ip address 192.0.2.1 255.255.255.0\n"
    "interface tunnel ipsec:m\n"
    "ip address 10.9.0.1 255.255.255.0\n"
    "tunnel signaling manual\n"
    "tunnel source 192.0.2.1\n"
    "tunnel destination 198.51.100.1\n"
    "tunnel transform-set one\n" INBOUND OUTBOUND
    "ip route 10.3.0.0 255.255.0.0 tunnel ipsec:m\n"
    "ip route 10.4.0.0 255.255.0.0 fastEthernet 0/0\n";

/* Everything after the first `interface tunnel ipsec:m` of a case is in it. */
struct validate_case {
    const char *why;
    const char *typed;
    const char *path;
    const char *setting;
    const char *sentence; /* a part of it; NULL: no error */
};

/* The first entry of this severity that holds the words. */
static const struct diag_entry *
find_entry(
    const struct diag *diag, enum diag_severity severity, const char *words)
{
    for (size_t i = 0; i < diag->count; i++) {
        if (diag->entries[i].severity == severity &&
            strstr(diag->entries[i].sentence, words) != NULL)
            return &diag->entries[i];
    }
    return NULL;
}

static void
validate_typed(const char *typed, const char *why, struct diag *diag)
{
    struct config *running = config_typed(ground);
    struct candidate *candidate = candidate_open(running);
    struct change_set set;

    cr_assert_eq(type_script(candidate, typed, diag), OK, "%s: %s", why,
        diag->count > 0 ? diag->entries[0].sentence : "");
    config_diff(running, candidate_work(candidate), &set);
    config_validate(
        candidate_work(candidate), &set, &readable_unsealer, NULL, diag);
    change_set_done(&set);
    candidate_free(candidate);
    config_unref(running);
}

static void
run_case(const struct validate_case *c)
{
    const struct diag_entry *entry;
    struct diag diag;

    diag_init(&diag);
    validate_typed(c->typed, c->why, &diag);
    if (c->sentence == NULL) {
        cr_expect_not(diag_has_errors(&diag), "%s: %s", c->why,
            diag.count > 0 ? diag.entries[0].sentence : "");
    } else {
        entry = find_entry(&diag, DIAG_ERROR, c->sentence);
        cr_assert_not_null(entry, "%s: %s", c->why,
            diag.count > 0 ? diag.entries[0].sentence : "(nothing)");
        cr_expect_str_eq(entry->path, c->path, "%s", c->why);
        cr_expect_str_eq(entry->setting, c->setting, "%s", c->why);
    }
    diag_done(&diag);
}

#define RUN(cases)                                                             \
    for (size_t i = 0; i < sizeof(cases) / sizeof((cases)[0]); i++)            \
    run_case(&(cases)[i])

#define TUNNEL "interface tunnel ipsec:m"
#define IN_M   "interface tunnel ipsec:m\n"

Test(validate, accepts_the_ground_of_these_tests)
{
    struct config *empty = config_new();
    struct config *config = config_typed(ground);
    struct change_set set;
    struct diag diag;

    diag_init(&diag);
    config_diff(empty, config, &set);
    config_validate(config, &set, &readable_unsealer, NULL, &diag);
    cr_expect_not(diag_has_errors(&diag), "%s", diag.entries[0].sentence);
    diag_done(&diag);
    change_set_done(&set);
    config_unref(config);
    config_unref(empty);
}

/* clang-format off */
static const struct validate_case manual_cases[] = {
    {.why = "nothing typed",
     .typed = ""},
    {.why = "no inbound key",
     .typed = IN_M "no tunnel session-key-inbound\n",
     .path = TUNNEL,
     .setting = "tunnel session-key-inbound",
     .sentence = "needs both SAs"},
    {.why = "no address",
     .typed = IN_M "no ip address\n",
     .path = TUNNEL,
     .setting = "ip address",
     .sentence = "needs an address and mask"},
    {.why = "no source",
     .typed = IN_M "no tunnel source\n",
     .path = TUNNEL,
     .setting = "tunnel source",
     .sentence = "the address of this end"},
    {.why = "no destination",
     .typed = IN_M "no tunnel destination\n",
     .path = TUNNEL,
     .setting = "tunnel destination",
     .sentence = "the address of the other end"},
    {.why = "no set",
     .typed = IN_M "no tunnel transform-set\n",
     .path = TUNNEL,
     .setting = "tunnel transform-set",
     .sentence = "exactly one transform"},
    {.why = "a set of two",
     .typed = IN_M "tunnel transform-set two\n",
     .path = TUNNEL,
     .setting = "tunnel transform-set",
     .sentence = "the set `two` has 2"},
    {.why = "the set in use grows",
     .typed = "ipsec transform-set one esp-des-hmac-sha esp-des\n",
     .path = TUNNEL,
     .setting = "tunnel transform-set",
     .sentence = "the set `one` has 2"},
    {.why = "the set in use becomes another",
     .typed = "ipsec transform-set one esp-des\n",
     .path = TUNNEL,
     .setting = "tunnel session-key-inbound",
     .sentence = "make them the same"},
    {.why = "no such set",
     .typed = IN_M "tunnel transform-set three\n",
     .path = TUNNEL,
     .setting = "tunnel transform-set",
     .sentence = "There is no `ipsec transform-set three`"},
    {.why = "a reserved SPI",
     .typed =
         IN_M
         "tunnel session-key-inbound esp-des-hmac-sha 255 " KEYS "\n",
     .path = TUNNEL,
     .setting = "tunnel session-key-inbound",
     .sentence = "SPI 255 is reserved"},
    {.why = "the least SPI",
     .typed =
         IN_M
         "tunnel session-key-inbound esp-des-hmac-sha 256 " KEYS "\n"},
    {.why = "ESP in UDP",
     .typed = IN_M "tunnel encapsulation udp remote-port 4501\n"},
    {.why = "AH in UDP",
     .typed = "ipsec transform-set one ah-hmac-md5\n" IN_M
              "tunnel session-key-inbound ah-hmac-md5 256 " MD5_KEY "\n"
              "tunnel session-key-outbound ah-hmac-md5 257 " MD5_KEY "\n"
              "tunnel encapsulation udp\n",
     .path = TUNNEL,
     .setting = "tunnel encapsulation",
     .sentence = "UDP carries ESP only, and ah-hmac-md5 is AH"},
    {.why = "one key for two",
     .typed =
         IN_M
         "tunnel session-key-inbound esp-des-hmac-sha 256 " DES_KEY "\n",
     .path = TUNNEL,
     .setting = "tunnel session-key-inbound",
     .sentence = "16 hexadecimal digits for encryption, then 40"},
    {.why = "a short key",
     .typed =
         IN_M
         "tunnel session-key-outbound esp-des-hmac-sha 256 " DES_KEY
         " 0011\n",
     .path = TUNNEL,
     .setting = "tunnel session-key-outbound",
     .sentence = "needs two keys"},
    {.why = "keys of another router",
     .typed =
         IN_M
         "tunnel session-key-inbound esp-des-hmac-sha 256 masked $e1$foreign\n",
     .path = TUNNEL,
     .setting = "tunnel session-key-inbound",
     .sentence = "--import-key FILE"},
    {.why = "a source identity",
     .typed = IN_M "tunnel source identity a.example\n",
     .path = TUNNEL,
     .setting = "tunnel source",
     .sentence = "Only a signaled tunnel can use an identity"},
    {.why = "a destination identity",
     .typed = IN_M "tunnel destination identity a.example\n",
     .path = TUNNEL,
     .setting = "tunnel destination",
     .sentence = "Only a signaled tunnel"},
    {.why = "a backup",
     .typed = IN_M "tunnel destination backup 198.51.100.2\n",
     .path = TUNNEL,
     .setting = "tunnel destination backup",
     .sentence = "cannot fail over"},
    {.why = "keys on a signaled tunnel",
     .typed = IN_M "tunnel signaling isakmp\n",
     .path = TUNNEL,
     .setting = "tunnel session-key-inbound",
     .sentence = "negotiates its SAs"},
    {.why = "the same inbound SPI twice",
     .typed =
         "interface tunnel ipsec:n\n"
         "ip address 10.8.0.1 255.255.255.0\n"
         "tunnel signaling manual\n"
         "tunnel source 192.0.2.1\n"
         "tunnel destination 198.51.100.9\n"
         "tunnel transform-set one\n"
         INBOUND OUTBOUND,
     .path = "interface tunnel ipsec:n",
     .setting = "tunnel session-key-inbound",
     .sentence =
         "Tunnel `m` of virtual router `default` has the same inbound SPI"},
};
/* clang-format on */

Test(validate, knows_what_a_manual_tunnel_needs)
{
    RUN(manual_cases);
}

/* clang-format off */
static const struct validate_case tunnel_cases[] = {
    {.why = "a source that nobody has",
     .typed = IN_M "tunnel source 192.0.2.2\n",
     .path = TUNNEL,
     .setting = "tunnel source",
     .sentence = "192.0.2.2 is not an address of virtual router"},
    {.why = "the source's interface loses it",
     .typed =
         "interface fastEthernet 0/0\n"
         "ip address 192.0.2.3 255.255.255.0\n",
     .path = TUNNEL,
     .setting = "tunnel source",
     .sentence = "192.0.2.1 is not an address"},
    {.why = "the source's interface is removed",
     .typed = "no interface fastEthernet 0/0\n",
     .path = TUNNEL,
     .setting = "tunnel source",
     .sentence = "192.0.2.1 is not an address"},
    {.why = "an address of another virtual router",
     .typed = IN_M "tunnel source 203.0.113.7\n",
     .path = TUNNEL,
     .setting = "tunnel source",
     .sentence = "203.0.113.7 is not an address"},
    {.why = "an address of the transport virtual router",
     .typed =
         "interface tunnel ipsec:m transport-virtual-router isp\n"
         "tunnel source 203.0.113.7\n"},
    {.why = "no such transport virtual router",
     .typed = "interface tunnel ipsec:m transport-virtual-router mars\n",
     .path = TUNNEL,
     .setting = "transport-virtual-router",
     .sentence = "There is no `virtual-router mars`"},
    {.why = "to itself",
     .typed = IN_M "tunnel destination 192.0.2.1\n",
     .path = TUNNEL,
     .setting = "tunnel destination",
     .sentence = "the tunnel's own source"},
    {.why = "to a group",
     .typed = IN_M "tunnel destination 224.0.0.1\n",
     .path = TUNNEL,
     .setting = "tunnel destination",
     .sentence = "not an address that a gateway can have"},
    {.why = "a range backwards",
     .typed = IN_M "tunnel local-identity range 10.1.0.9 10.1.0.1\n",
     .path = TUNNEL,
     .setting = "tunnel local-identity",
     .sentence = "type `range 10.1.0.1 10.1.0.9`"},
    {.why = "a range of one",
     .typed = IN_M "tunnel peer-identity range 10.1.0.9 10.1.0.9\n"},
    {.why = "the same name in two virtual routers",
     .typed = "virtual-router isp\ninterface tunnel ipsec:m\n",
     .path = "virtual-router isp interface tunnel ipsec:m",
     .setting = "",
     .sentence = "Virtual router `default` has a tunnel of this name"},
    {.why = "a certificate where the destination is the identity",
     .typed =
         "interface tunnel ipsec:s\n"
         "tunnel destination identity b.example\n"
         "tunnel peer-certificate identity b.example\n",
     .path = "interface tunnel ipsec:s",
     .setting = "tunnel peer-certificate identity",
     .sentence =
     "The destination is an identity, which the peer's certificate has "
     "to prove: `no tunnel peer-certificate identity`."},
    {.why = "a certificate of a backup that there is not",
     .typed = "interface tunnel ipsec:s\n"
         "tunnel peer-certificate backup identity b.example\n",
     .path = "interface tunnel ipsec:s",
     .setting = "tunnel peer-certificate backup identity",
     .sentence =
     "There is no backup destination with an address: set `tunnel "
     "destination backup`, or `no tunnel peer-certificate backup`."},
    {.why = "a backup of another kind",
     .typed =
         "interface tunnel ipsec:s\n"
         "tunnel destination 198.51.100.1\n"
         "tunnel destination backup identity b.example\n",
     .path = "interface tunnel ipsec:s",
     .setting = "tunnel destination backup",
     .sentence = "The destination is an address and the backup is not"},
    {.why = "a backup that is the destination",
     .typed =
         "interface tunnel ipsec:s\n"
         "tunnel destination 198.51.100.1\n"
         "tunnel destination backup 198.51.100.1\n",
     .path = "interface tunnel ipsec:s",
     .setting = "tunnel destination backup",
     .sentence = "The backup is the destination itself"},
};
/* clang-format on */

Test(validate, knows_where_a_tunnel_can_lead)
{
    RUN(tunnel_cases);
}

#define PORT "interface fastEthernet 0/1"

/* clang-format off */
static const struct validate_case interface_cases[] = {
    {.why = "a port",
     .typed = PORT "\nip address 10.7.0.1 255.255.255.0\n"},
    {.why = "no slash",
     .typed = "interface fastEthernet 1\n",
     .path = "interface fastEthernet 1",
     .setting = "",
     .sentence = "A port is slot/port"},
    {.why = "a high slot",
     .typed = "interface fastEthernet 256/0\n",
     .path = "interface fastEthernet 256/0",
     .setting = "",
     .sentence = "A port is slot/port"},
    {.why = "a second spelling",
     .typed = "interface fastEthernet 00/0\n",
     .path = "interface fastEthernet 00/0",
     .setting = "",
     .sentence = "A port is slot/port"},
    {.why = "a loopback with a slash",
     .typed = "interface loopback 0/0\n",
     .path = "interface loopback 0/0",
     .setting = "",
     .sentence = "A loopback has a number"},
    {.why = "a high loopback",
     .typed = "interface loopback 4294967295\n"},
    {.why = "a loopback beyond",
     .typed = "interface loopback 4294967296\n",
     .path = "interface loopback 4294967296",
     .setting = "",
     .sentence = "A loopback has a number"},
    {.why = "null",
     .typed = "interface null 0\n"},
    {.why = "another null",
     .typed = "interface null 1\n",
     .path = "interface null 1",
     .setting = "",
     .sentence = "The only null interface"},
    {.why = "the port in two virtual routers",
     .typed = "virtual-router isp\ninterface fastEthernet 0/0\n",
     .path = "virtual-router isp interface fastEthernet 0/0",
     .setting = "",
     .sentence = "Port 0/0 is in use already"},
    {.why = "the port under two names",
     .typed = "interface gigabitEthernet 0/0\n",
     .path = "interface gigabitEthernet 0/0",
     .setting = "",
     .sentence = "in use already as `interface fastEthernet 0/0`"},
    {.why = "zeros",
     .typed = PORT "\nip address 0.0.0.0 255.255.255.0\n",
     .path = PORT,
     .setting = "ip address",
     .sentence = "0.0.0.0 is not an address"},
    {.why = "the network",
     .typed = PORT "\nip address 10.7.0.0 255.255.255.0\n",
     .path = PORT,
     .setting = "ip address",
     .sentence = "is the network itself"},
    {.why = "broadcast",
     .typed = PORT "\nip address 10.7.0.255 255.255.255.0\n",
     .path = PORT,
     .setting = "ip address",
     .sentence = "broadcast address"},
    {.why = "no mask",
     .typed = PORT "\nip address 10.7.0.1 0.0.0.0\n",
     .path = PORT,
     .setting = "ip address",
     .sentence = "covers all addresses"},
    {.why = "a pair",
     .typed = PORT "\nip address 10.7.0.0 255.255.255.254\n"},
    {.why = "a host",
     .typed = PORT "\nip address 10.7.0.0 255.255.255.255\n"},
    {.why = "the same network",
     .typed = PORT "\nip address 192.0.2.9 255.255.255.0\n",
     .path = PORT,
     .setting = "ip address",
     .sentence = "overlaps 192.0.2.1 255.255.255.0"},
    {.why = "a network inside",
     .typed = PORT "\nip address 192.0.2.129 255.255.255.128\n",
     .path = PORT,
     .setting = "ip address",
     .sentence = "of `interface fastEthernet 0/0`"},
    {.why = "a network around",
     .typed = PORT "\nip address 192.0.1.1 255.255.0.0\n",
     .path = PORT,
     .setting = "ip address",
     .sentence = "overlaps 192.0.2.1"},
    {.why = "a tunnel's network",
     .typed = PORT "\nip address 10.9.0.2 255.255.255.0\n",
     .path = PORT,
     .setting = "ip address",
     .sentence = "of `interface tunnel ipsec:m`"},
    {.why = "the same network in another virtual router",
     .typed =
         "virtual-router isp\n"
         "interface loopback 1\n"
         "ip address 192.0.2.9 255.255.255.0\n"},
    {.why = "two networks swapped",
     .typed =
         "interface fastEthernet 0/0\n"
         "ip address 10.9.0.2 255.255.255.0\n"
         IN_M
         "ip address 192.0.2.2 255.255.255.0\n"
         "tunnel source 10.9.0.2\n"},
};
/* clang-format on */

Test(validate, knows_ports_and_addresses)
{
    RUN(interface_cases);
}

/* clang-format off */
static const struct validate_case route_cases[] = {
    {.why = "to an address",
     .typed = "ip route 10.5.0.0 255.255.0.0 192.0.2.254\n"},
    {.why = "everything",
     .typed = "ip route 0.0.0.0 0.0.0.0 192.0.2.254\n"},
    {.why = "host bits",
     .typed = "ip route 10.5.0.1 255.255.0.0 192.0.2.254\n",
     .path = "ip route 10.5.0.1 255.255.0.0 192.0.2.254",
     .setting = "",
     .sentence = "the network is 10.5.0.0 255.255.0.0"},
    {.why = "to a group",
     .typed = "ip route 10.5.0.0 255.255.0.0 224.0.0.1\n",
     .path = "ip route 10.5.0.0 255.255.0.0 224.0.0.1",
     .setting = "",
     .sentence = "The next hop"},
    {.why = "no such tunnel",
     .typed = "ip route 10.5.0.0 255.255.0.0 tunnel ipsec:x\n",
     .path = "ip route 10.5.0.0 255.255.0.0 tunnel ipsec:x",
     .setting = "",
     .sentence = "`interface tunnel ipsec:x`, or remove the route"},
    {.why = "no such interface",
     .typed = "ip route 10.5.0.0 255.255.0.0 loopback 9\n",
     .path = "ip route 10.5.0.0 255.255.0.0 loopback 9",
     .setting = "",
     .sentence = "`interface loopback 9`, or remove the route"},
    {.why = "its tunnel is removed",
     .typed = "no interface tunnel ipsec:m\n",
     .path = "ip route 10.3.0.0 255.255.0.0 tunnel ipsec:m",
     .setting = "",
     .sentence = "There is no tunnel `m`"},
    {.why = "its interface is removed",
     .typed = "no interface fastEthernet 0/0\n",
     .path = "ip route 10.4.0.0 255.255.0.0 fastEthernet 0/0",
     .setting = "",
     .sentence = "There is no interface `fastEthernet 0/0`"},
    {.why = "both are removed",
     .typed =
         "no interface tunnel ipsec:m\n"
         "no ip route 10.3.0.0 255.255.0.0 tunnel ipsec:m\n"},
};
/* clang-format on */

Test(validate, knows_where_a_route_can_lead)
{
    RUN(route_cases);
}

/* clang-format off */
static const struct validate_case removal_cases[] = {
    {.why = "a set in use",
     .typed = "no ipsec transform-set one\n",
     .path = "ipsec transform-set one",
     .setting = "",
     .sentence = "`interface tunnel ipsec:m` still uses it"},
    {.why = "a set not in use",
     .typed = "no ipsec transform-set two\n"},
    {.why = "a transport virtual router",
     .typed =
         "interface tunnel ipsec:m transport-virtual-router isp\n"
         "no virtual-router isp\n",
     .path = "virtual-router isp",
     .setting = "",
     .sentence = "`interface tunnel ipsec:m` still uses it"},
};
/* clang-format on */

Test(validate, names_who_still_uses_what_is_removed)
{
    RUN(removal_cases);
}

Test(validate, names_five_users_and_counts_the_others)
{
    struct diag diag;
    char script[1024];
    size_t length = 0;

    for (int i = 0; i < 8; i++) {
        length += (size_t)snprintf(script + length, sizeof(script) - length,
            "interface tunnel ipsec:t%d\ntunnel transform-set two\n", i);
    }
    (void)snprintf(script + length, sizeof(script) - length,
        "no ipsec transform-set two\n");
    diag_init(&diag);
    validate_typed(script, "eight users", &diag);
    cr_expect_not_null(find_entry(&diag, DIAG_ERROR, "8 objects still use it"));
    cr_expect_not_null(find_entry(&diag, DIAG_ERROR, "ipsec:t4`. Change"));
    diag_done(&diag);
}

Test(validate, reports_all_problems_at_once)
{
    struct diag diag;

    diag_init(&diag);
    validate_typed("interface tunnel ipsec:n\ntunnel signaling manual\n",
        "an empty manual tunnel", &diag);
    cr_expect_not_null(find_entry(&diag, DIAG_ERROR, "Set `ip address`"));
    cr_expect_not_null(find_entry(&diag, DIAG_ERROR, "Set `tunnel source`"));
    cr_expect_not_null(
        find_entry(&diag, DIAG_ERROR, "Set `tunnel destination`"));
    cr_expect_not_null(
        find_entry(&diag, DIAG_ERROR, "Set `tunnel transform-set`"));
    cr_expect_not_null(
        find_entry(&diag, DIAG_ERROR, "Set `tunnel session-key-inbound`"));
    cr_expect_not_null(
        find_entry(&diag, DIAG_ERROR, "Set `tunnel session-key-outbound`"));
    cr_expect_eq(diag.count, 6);
    diag_done(&diag);
}

Test(validate, warns_of_what_has_no_effect)
{
    struct diag diag;

    diag_init(&diag);
    validate_typed(IN_M "tunnel lifetime seconds 3600\ntunnel pfs group 2\n",
        "on a manual tunnel", &diag);
    cr_expect_not(diag_has_errors(&diag));
    cr_expect_not_null(
        find_entry(&diag, DIAG_WARNING, "`tunnel lifetime` has no effect"));
    cr_expect_not_null(
        find_entry(&diag, DIAG_WARNING, "`tunnel pfs group` has no effect"));
    diag_done(&diag);
}

Test(validate, warns_once_of_a_weak_ike_rule)
{
    static const char *const sentences[] = {
        "Weak: DES, MD5, group 1; set `encryption aes128`, `hash sha256`, ",
        "Weak: group 2; set `group 14`. Ageing: 3DES, SHA-1.",
        "Aggressive mode"};
    struct diag diag;
    size_t i;

    diag_init(&diag);
    validate_typed("ipsec ike-policy-rule 5\nencryption des\nhash md5\n"
                   "group 1\naggressive-mode accepted\n"
                   "ipsec ike-policy-rule 6\n"
                   "ipsec ike-policy-rule 7\nencryption aes128\n"
                   "hash sha256\ngroup 14\nauthentication rsa-sig\n",
        "weak", &diag);
    cr_expect_not(diag_has_errors(&diag));
    cr_expect_eq(diag.count, sizeof(sentences) / sizeof(sentences[0]));
    for (i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
        cr_expect_not_null(
            find_entry(&diag, DIAG_WARNING, sentences[i]), "%s", sentences[i]);
    }
    diag_done(&diag);
}

#define TEN_RULES                                                              \
    "ipsec ike-policy-rule 1\nipsec ike-policy-rule 2\n"                       \
    "ipsec ike-policy-rule 3\nipsec ike-policy-rule 4\n"                       \
    "ipsec ike-policy-rule 5\nipsec ike-policy-rule 6\n"                       \
    "ipsec ike-policy-rule 7\nipsec ike-policy-rule 8\n"                       \
    "ipsec ike-policy-rule 9\nipsec isakmp-policy-rule 10000\n"

Test(validate, refuses_an_eleventh_ike_rule)
{
    struct diag diag;

    diag_init(&diag);
    validate_typed(TEN_RULES, "ten", &diag);
    cr_expect_not(diag_has_errors(&diag));
    diag_done(&diag);
    diag_init(&diag);
    validate_typed(TEN_RULES "ipsec ike-policy-rule 70\n", "eleven", &diag);
    cr_expect_not_null(find_entry(
        &diag, DIAG_ERROR, "11 IKE policy rules, and 10 is the most"));
    diag_done(&diag);
}

Test(validate, counts_ike_rules_that_did_not_change)
{
    struct config *running = config_typed(TEN_RULES);
    struct candidate *candidate = candidate_open(running);
    struct change_set set;
    struct diag diag;

    diag_init(&diag);
    cr_assert_eq(
        type_script(candidate, "ipsec ike-policy-rule 50\n", NULL), OK);
    config_diff(running, candidate_work(candidate), &set);
    config_validate(candidate_work(candidate), &set, NULL, NULL, &diag);
    cr_expect_not_null(find_entry(
        &diag, DIAG_ERROR, "11 IKE policy rules, and 10 is the most"));
    change_set_done(&set);
    candidate_free(candidate);
    config_unref(running);
    diag_done(&diag);
}

#define SIGNALED                                                               \
    "interface tunnel ipsec:s\nip address 10.8.0.1 255.255.255.0\n"            \
    "tunnel source identity a.example\ntunnel destination 198.51.100.9\n"      \
    "tunnel transform-set two\n"
