/*
 * test_semantic.c - what a commit is warned of, and what it is refused for,
 * about keys, endpoints, paths, identities and algorithms.
 *
 * Each case is a sound configuration, what is typed on top, and one sentence
 * that must come, or (absent) must not.
 */
#include "config/config.h"

#include "base/diag.h"
#include "base/str.h"
#include "tests/support/config_typing.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define ENDS "tunnel source 192.0.2.1\ntunnel destination 198.51.100.1\n"

static const char ground[] =
    "ipsec transform-set one esp-3des-hmac-sha\n"
    "virtual-router isp\n"
    "interface loopback 7\n"
    "ip address 203.0.113.7 255.255.255.255\n"
    "virtual-router default\n"
    "ipsec key manual pre-share 198.51.100.1\n"
    "key secret\n"
    "interface fastEthernet 0/0\n"
    "ip address 192.0.2.1 255.255.255.0\n"
    "interface tunnel ipsec:s\n"
    "ip address 10.9.0.1 255.255.255.0\n" ENDS "tunnel transform-set one\n"
    "ip route 198.51.100.0 255.255.255.0 192.0.2.254\n";

struct semantic_case {
    const char *why;
    const char *typed;
    const char *path;
    const char *setting;
    const char *sentence; /* a part of it */
    bool absent;
};

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

static const struct diag_entry *
find_entry(const struct diag *diag, const struct semantic_case *c,
    enum diag_severity severity)
{
    for (size_t i = 0; i < diag->count; i++) {
        const struct diag_entry *entry = &diag->entries[i];

        if (entry->severity == severity &&
            strstr(entry->sentence, c->sentence) != NULL &&
            (c->path == NULL || str_equal(entry->path, c->path)))
            return entry;
    }
    return NULL;
}

static void
run_case(const struct semantic_case *c, enum diag_severity severity)
{
    const struct diag_entry *entry;
    struct diag diag;
    struct str all;

    diag_init(&diag);
    str_init(&all);
    validate_typed(c->typed, c->why, &diag);
    for (size_t i = 0; i < diag.count; i++) {
        str_printf(&all, "\n%s: %s: %s", diag.entries[i].path,
            diag.entries[i].setting, diag.entries[i].sentence);
    }
    entry = find_entry(&diag, c, severity);
    if (c->absent) {
        cr_expect_null(entry, "%s:%s", c->why, str_text(&all));
    } else if (entry == NULL) {
        cr_expect_fail("%s:%s", c->why, str_text(&all));
    } else {
        cr_expect_str_eq(entry->setting, c->setting, "%s", c->why);
        if (severity == DIAG_WARNING)
            cr_expect_not(
                diag_has_errors(&diag), "%s:%s", c->why, str_text(&all));
    }
    str_done(&all);
    diag_done(&diag);
}

#define RUN(cases, severity)                                                   \
    for (size_t i = 0; i < sizeof(cases) / sizeof((cases)[0]); i++)            \
    run_case(&(cases)[i], (severity))

#define TUNNEL "interface tunnel ipsec:s"
#define IN_S   TUNNEL "\n"

/* clang-format off */
static const struct semantic_case key_cases[] = {
    {.why = "a peer with a key",
     .typed = IN_S "description x\n",
     .sentence = "preshared key for it", .absent = true},
    {.why = "a peer without",
     .typed = IN_S "tunnel destination 198.51.100.2\n",
     .path = TUNNEL, .setting = "tunnel destination",
     .sentence = "`ipsec key manual pre-share 198.51.100.2` there"},
    {.why = "a backup without",
     .typed = IN_S "tunnel destination backup 198.51.100.3\n",
     .path = TUNNEL, .setting = "tunnel destination backup",
     .sentence = "`ipsec key manual pre-share 198.51.100.3` there"},
    {.why = "the key is in another virtual router than the endpoints",
     .typed = "no interface tunnel ipsec:s\n"
              "interface tunnel ipsec:s transport-virtual-router isp\n"
              "ip address 10.9.0.1 255.255.255.0\ntunnel transform-set one\n"
              "tunnel source 203.0.113.7\ntunnel destination 198.51.100.1\n",
     .path = TUNNEL, .setting = "tunnel destination",
     .sentence = "Virtual router `isp` has no preshared key for it"},
    {.why = "an identity without",
     .typed = IN_S "tunnel destination identity b.isp.net\n",
     .path = TUNNEL, .setting = "tunnel destination",
     .sentence = "`ipsec key manual pre-share identity b.isp.net` there"},
    {.why = "a user's identity with the key of the domain",
     .typed = "ipsec key manual pre-share identity b.isp.net\nkey k\n"
              IN_S "tunnel destination identity u@b.isp.net\n",
     .sentence = "preshared key for it", .absent = true},
    {.why = "the key of the domain is used by a user of it",
     .typed = "ipsec key manual pre-share identity b.isp.net\nkey k\n"
              IN_S "tunnel destination identity u@b.isp.net\n",
     .path = "ipsec key manual pre-share identity b.isp.net",
     .sentence = "not used", .absent = true},
    {.why = "a domain's tunnel does not use a user's key",
     .typed = "ipsec key manual pre-share identity u@b.isp.net\nkey k\n"
              IN_S "tunnel destination identity b.isp.net\n",
     .path = TUNNEL, .setting = "tunnel destination",
     .sentence = "no preshared key for it"},
    {.why = "no rule wants a key",
     .typed = "ipsec ike-policy-rule 1\nauthentication rsa-sig\n"
              IN_S "tunnel destination 198.51.100.2\n",
     .sentence = "preshared key for it", .absent = true},
    {.why = "the key goes and the tunnel stays",
     .typed = "no ipsec key manual pre-share 198.51.100.1\n",
     .path = "ipsec key manual pre-share 198.51.100.1", .setting = "",
     .sentence = "Tunnel `s` has no preshared key any more"},
    {.why = "the tunnel goes and the key stays",
     .typed = "no interface tunnel ipsec:s\n",
     .path = "ipsec key manual pre-share 198.51.100.1", .setting = "",
     .sentence = "the key is not used"},
    {.why = "a key for nobody",
     .typed = "ipsec key manual pre-share 198.51.100.9\nkey k\n",
     .path = "ipsec key manual pre-share 198.51.100.9", .setting = "",
     .sentence = "the key is not used"},
    {.why = "a key for a backup",
     .typed = "ipsec key manual pre-share 198.51.100.9\nkey k\n"
              IN_S "tunnel destination backup 198.51.100.9\n",
     .sentence = "the key is not used", .absent = true},
    {.why = "a set that lost its last tunnel",
     .typed = "ipsec transform-set two esp-des\n"
              IN_S "tunnel transform-set two\n",
     .path = "ipsec transform-set one", .setting = "",
     .sentence = "No tunnel uses it"},
    {.why = "a set that nobody has used and nobody has touched",
     .typed = "hostname x\n",
     .sentence = "No tunnel uses it", .absent = true},
};

static const struct semantic_case refused_key_cases[] = {
    {.why = "a key without a key",
     .typed = "ipsec key manual pre-share 198.51.100.9\n",
     .path = "ipsec key manual pre-share 198.51.100.9", .setting = "key",
     .sentence = "without one is of no use"},
    {.why = "another router's key",
     .typed = "ipsec key manual pre-share 198.51.100.1\n"
              "masked-key $e1$foreign\n",
     .path = "ipsec key manual pre-share 198.51.100.1", .setting = "key",
     .sentence = "--import-key FILE"},
    {.why = "a group's address",
     .typed = "ipsec key manual pre-share 224.0.0.1\nkey k\n",
     .path = "ipsec key manual pre-share 224.0.0.1", .setting = "",
     .sentence = "not an address that a gateway can have"},
    {.why = "an address as an identity",
     .typed = IN_S "tunnel destination identity 198.51.100.1\n",
     .path = TUNNEL, .setting = "tunnel destination",
     .sentence = "leave the word `identity` out"},
    {.why = "no name after the @",
     .typed = IN_S "tunnel destination identity u@\n",
     .path = TUNNEL, .setting = "tunnel destination",
     .sentence = "no FQDN or user@FQDN"},
    {.why = "no user before the @",
     .typed = IN_S "tunnel source identity @b.isp.net\n",
     .path = TUNNEL, .setting = "tunnel source",
     .sentence = "no FQDN or user@FQDN"},
    {.why = "two @",
     .typed = IN_S "tunnel source identity u@v@b.isp.net\n",
     .path = TUNNEL, .setting = "tunnel source",
     .sentence = "no FQDN or user@FQDN"},
    {.why = "an empty label",
     .typed = "ipsec key manual pre-share identity b..net\nkey k\n",
     .path = "ipsec key manual pre-share identity b..net", .setting = "",
     .sentence = "no FQDN or user@FQDN"},
    {.why = "a label that ends in a hyphen",
     .typed = IN_S "tunnel destination identity b-.net\n",
     .path = TUNNEL, .setting = "tunnel destination",
     .sentence = "no FQDN or user@FQDN"},
    {.why = "a subject", .typed = IN_S
     "tunnel destination identity C=XT,O=A,CN=gate\n",
     .sentence = "subject", .absent = true},
    {.why = "half a subject",
     .typed = IN_S "tunnel destination identity C=XT,gate\n",
     .path = TUNNEL, .setting = "tunnel destination",
     .sentence = "no subject of a certificate"},
    {.why = "a subject without a value",
     .typed = IN_S "tunnel source identity C=XT,CN=\n",
     .path = TUNNEL, .setting = "tunnel source",
     .sentence = "no subject of a certificate"},
    {.why = "no key is for a subject",
     .typed = "ipsec key manual pre-share identity CN=gate\nkey k\n",
     .path = "ipsec key manual pre-share identity CN=gate", .setting = "",
     .sentence = "no FQDN or user@FQDN"},
    {.why = "a good one", .typed = IN_S
     "tunnel destination identity user4919@branch245.customer77.isp.net\n",
     .sentence = "FQDN", .absent = true},
    {.why = "a rule for a virtual router that is not there",
     .typed = "ipsec ike-policy-rule 1\n"
              "ip address 192.0.2.1 virtual-router mars\n",
     .path = "ipsec ike-policy-rule 1", .setting = "ip address",
     .sentence = "There is no `virtual-router mars`"},
    {.why = "a rule whose virtual router goes",
     .typed = "ipsec ike-policy-rule 1\n"
              "ip address 203.0.113.7 virtual-router isp\n"
              "no virtual-router isp\n",
     .path = "virtual-router isp", .setting = "",
     .sentence = "`ipsec ike-policy-rule 1` still uses it"},
};

static const struct semantic_case endpoint_cases[] = {
    {.why = "an address of nobody",
     .typed = "ipsec local-endpoint 192.0.2.9\n",
     .path = "virtual-router default", .setting = "ipsec local-endpoint",
     .sentence = "192.0.2.9 is not an address of virtual router `default`"},
    {.why = "an address of another virtual router",
     .typed = "ipsec local-endpoint 203.0.113.7\n",
     .path = "virtual-router default", .setting = "ipsec local-endpoint",
     .sentence = "is not an address of virtual router `default`"},
    {.why = "named in the line",
     .typed = "ipsec local-endpoint 203.0.113.7 transport-virtual-router isp\n",
     .sentence = "is not an address", .absent = true},
    {.why = "a tunnel without a source, and no endpoint",
     .typed = IN_S "no tunnel source\n",
     .path = TUNNEL, .setting = "tunnel source",
     .sentence = "or `ipsec local-endpoint` for all tunnels"},
    {.why = "a tunnel without a source, and an endpoint",
     .typed = "ipsec local-endpoint 192.0.2.1\n" IN_S "no tunnel source\n",
     .sentence = "tunnel source", .absent = true},
    {.why = "the endpoint of another virtual router does not help",
     .typed = "ipsec local-endpoint 203.0.113.7 transport-virtual-router isp\n"
              IN_S "no tunnel source\n",
     .path = TUNNEL, .setting = "tunnel source",
     .sentence = "or `ipsec local-endpoint` for all tunnels"},
    {.why = "the peer is the endpoint",
     .typed = "ipsec local-endpoint 192.0.2.1\n" IN_S "no tunnel source\n"
              "tunnel destination 192.0.2.1\n",
     .path = TUNNEL, .setting = "tunnel destination",
     .sentence = "the tunnel's own source"},
};

static const struct semantic_case path_cases[] = {
    {.why = "a static route",
     .typed = IN_S "description x\n",
     .sentence = "leads to 198.51.100.1", .absent = true},
    {.why = "no route",
     .typed = IN_S "tunnel destination 198.51.101.1\n",
     .path = TUNNEL, .setting = "tunnel destination",
     .sentence = "No route of virtual router `default` leads to 198.51.101.1"},
    {.why = "connected",
     .typed = IN_S "tunnel destination 192.0.2.77\n",
     .sentence = "No route", .absent = true},
    {.why = "a null route",
     .typed = "ip route 198.51.101.0 255.255.255.0 null 0\n"
              IN_S "tunnel destination 198.51.101.1\n",
     .sentence = "No route", .absent = true},
    {.why = "the default route",
     .typed = "ip route 0.0.0.0 0.0.0.0 192.0.2.254\n"
              "ip route 198.51.100.128 255.255.255.128 192.0.2.253\n"
              "ip route 198.51.100.200 255.255.255.255 192.0.2.253\n"
              IN_S "tunnel destination 198.51.101.1\n",
     .sentence = "No route", .absent = true},
    {.why = "routes around it, but none for it",
     .typed = "ip route 198.51.101.0 255.255.255.128 192.0.2.253\n"
              "ip route 198.51.101.192 255.255.255.192 192.0.2.253\n"
              "ip route 198.51.101.129 255.255.255.255 192.0.2.253\n"
              IN_S "tunnel destination 198.51.101.130\n",
     .path = TUNNEL, .setting = "tunnel destination",
     .sentence = "No route"},
    {.why = "the short route behind two that do not hold it",
     .typed = "ip route 198.0.0.0 255.0.0.0 192.0.2.253\n"
              "ip route 198.51.101.0 255.255.255.128 192.0.2.253\n"
              "ip route 198.51.101.129 255.255.255.255 192.0.2.253\n"
              IN_S "tunnel destination 198.51.101.130\n",
     .sentence = "No route", .absent = true},
    {.why = "the route goes, the tunnel did not change",
     .typed = "no ip route 198.51.100.0 255.255.255.0 192.0.2.254\n",
     .path = TUNNEL, .setting = "tunnel destination",
     .sentence = "No route"},
    {.why = "into itself",
     .typed = "ip route 198.51.100.1 255.255.255.255 tunnel ipsec:s\n",
     .path = TUNNEL, .setting = "tunnel destination",
     .sentence = "leads into the tunnel itself"},
    {.why = "into itself by a next hop behind it",
     .typed = "ip route 198.51.100.1 255.255.255.255 10.9.0.2\n"
              IN_S "description x\n",
     .path = TUNNEL, .setting = "tunnel destination",
     .sentence = "leads into the tunnel itself"},
    {.why = "into itself by another tunnel",
     .typed = "interface tunnel ipsec:t\nip address 10.8.0.1 255.255.255.0\n"
              "tunnel source 192.0.2.1\ntunnel destination 198.51.100.2\n"
              "tunnel transform-set one\n"
              "ip route 198.51.100.1 255.255.255.255 tunnel ipsec:t\n"
              "ip route 198.51.100.2 255.255.255.255 tunnel ipsec:s\n",
     .path = "interface tunnel ipsec:t", .setting = "tunnel destination",
     .sentence = "leads into the tunnel itself"},
    {.why = "the nearer of two distances goes another way",
     .typed = "ip route 198.51.100.1 255.255.255.255 tunnel ipsec:s 9\n"
              "ip route 198.51.100.1 255.255.255.255 192.0.2.253 1\n",
     .sentence = "leads into the tunnel itself", .absent = true},
    {.why = "all of the transport virtual router into a tunnel that takes all",
     .typed = "ip route 0.0.0.0 0.0.0.0 tunnel ipsec:s\n" IN_S
              "description x\n",
     .path = TUNNEL, .setting = "tunnel peer-identity",
     .sentence = "answers to whoever manages this router"},
    {.why = "it takes only some",
     .typed = "ip route 0.0.0.0 0.0.0.0 tunnel ipsec:s\n" IN_S
              "tunnel peer-identity subnet 10.0.0.0 255.0.0.0\n",
     .sentence = "whoever manages this router", .absent = true},
    {.why = "hosts of a port's network into a tunnel",
     .typed = "ip route 192.0.2.128 255.255.255.128 tunnel ipsec:s\n",
     .path = "ip route 192.0.2.128 255.255.255.128 tunnel ipsec:s",
     .setting = "",
     .sentence = "out of the network of `interface fastEthernet 0/0`"},
    {.why = "a secondary network of a port leads there",
     .typed = "interface fastEthernet 0/0\n"
              "ip address 203.0.113.1 255.255.255.0 secondary\n"
              IN_S "tunnel destination 203.0.113.9\n",
     .sentence = "No route", .absent = true},
    {.why = "hosts of a port's secondary network into a tunnel",
     .typed = "interface fastEthernet 0/0\n"
              "ip address 203.0.113.1 255.255.255.0 secondary\n"
              "ip route 203.0.113.128 255.255.255.128 tunnel ipsec:s\n",
     .path = "ip route 203.0.113.128 255.255.255.128 tunnel ipsec:s",
     .setting = "",
     .sentence = "out of the network of `interface fastEthernet 0/0`"},
    {.why = "into itself by its own secondary network",
     .typed = IN_S "ip address 203.0.113.1 255.255.255.0 secondary\n"
              "tunnel destination 203.0.113.9\n",
     .path = TUNNEL, .setting = "tunnel destination",
     .sentence = "leads into the tunnel itself"},
    {.why = "the same, but the tunnel does not take them",
     .typed = "ip route 192.0.2.128 255.255.255.128 tunnel ipsec:s\n" IN_S
              "tunnel peer-identity subnet 10.0.0.0 255.0.0.0\n",
     .sentence = "out of the network", .absent = true},
};

#define OTHER "interface tunnel ipsec:t\nip address 10.8.0.1 255.255.255.0\n" \
              "tunnel transform-set one\n" ENDS

static const struct semantic_case overlap_cases[] = {
    {.why = "two tunnels for all between the same ends",
     .typed = OTHER,
     .path = "interface tunnel ipsec:t", .setting = "tunnel peer-identity",
     .sentence = "lies within that of tunnel `s`"},
    {.why = "one within the other",
     .typed = OTHER "tunnel peer-identity subnet 10.3.0.0 255.255.0.0\n",
     .path = "interface tunnel ipsec:t", .setting = "tunnel peer-identity",
     .sentence = "lies within that of tunnel `s`"},
    {.why = "ranges that cross",
     .typed = OTHER "tunnel peer-identity range 10.3.0.0 10.3.0.9\n"
              IN_S "tunnel peer-identity range 10.3.0.5 10.3.0.20\n",
     .path = TUNNEL, .setting = "tunnel peer-identity",
     .sentence = "overlaps that of tunnel `t`"},
    {.why = "ranges side by side",
     .typed = OTHER "tunnel peer-identity range 10.3.0.0 10.3.0.9\n"
              IN_S "tunnel peer-identity range 10.3.0.10 10.3.0.20\n",
     .sentence = "that of tunnel", .absent = true},
    {.why = "local identities apart",
     .typed = OTHER "tunnel local-identity subnet 10.1.0.0 255.255.0.0\n"
              IN_S "tunnel local-identity subnet 10.2.0.0 255.255.0.0\n",
     .sentence = "that of tunnel", .absent = true},
    {.why = "another destination",
     .typed = OTHER "tunnel destination 198.51.100.2\n",
     .sentence = "that of tunnel", .absent = true},
    {.why = "the same source, once as the local endpoint",
     .typed = "ipsec local-endpoint 192.0.2.1\n" OTHER "no tunnel source\n",
     .path = "interface tunnel ipsec:t", .setting = "tunnel peer-identity",
     .sentence = "that of tunnel `s`"},
};

static const struct semantic_case weak_cases[] = {
    {.why = "DES", .typed = "ipsec transform-set w esp-des-hmac-sha\n",
     .path = "ipsec transform-set w", .setting = "",
     .sentence = "Weak: DES; set `esp-aes256-hmac-sha256`. Ageing: SHA-1."},
    {.why = "MD5", .typed = "ipsec transform-set w ah-hmac-md5\n",
     .path = "ipsec transform-set w", .setting = "",
     .sentence = "Weak: MD5; set `esp-aes256-hmac-sha256`."},
    {.why = "no authentication", .typed = "ipsec transform-set w esp-3des\n",
     .path = "ipsec transform-set w", .setting = "",
     .sentence = "Weak: ESP without authentication; set "
                 "`esp-aes256-hmac-sha256`. "
                 "Ageing: 3DES."},
    {.why = "all of it",
     .typed = "ipsec transform-set w esp-des esp-3des-hmac-md5 ah-hmac-sha\n",
     .path = "ipsec transform-set w", .setting = "",
     .sentence = "Weak: DES, MD5, ESP without authentication; set "
                 "`esp-aes256-hmac-sha256`. Ageing: 3DES, SHA-1."},
    {.why = "the best there is",
     .typed = "ipsec transform-set w esp-3des-hmac-sha\n",
     .path = "ipsec transform-set w", .setting = "",
     .sentence = "Ageing: 3DES, SHA-1."},
    {.why = "group 1", .typed = IN_S "tunnel pfs group 1\n",
     .path = TUNNEL, .setting = "tunnel pfs group",
     .sentence = "Weak: group 1; set `tunnel pfs group 14`."},
    {.why = "group 5", .typed = IN_S "tunnel pfs group 5\n",
     .path = TUNNEL, .setting = "tunnel pfs group",
     .sentence = "Ageing: group 5."},
    {.why = "a rule for an address that is not ours",
     .typed = "ipsec ike-policy-rule 1\n"
              "ip address 192.0.2.9 virtual-router default\n",
     .path = "ipsec ike-policy-rule 1", .setting = "ip address",
     .sentence = "never used until it is"},
    {.why = "nothing of that kind changed",
     .typed = "hostname x\nipsec local-endpoint 192.0.2.1\n",
     .sentence = "IKE", .absent = true},
};
/* clang-format on */

Test(semantic, warns_of_keys_that_lack_a_peer_and_peers_that_lack_a_key)
{
    RUN(key_cases, DIAG_WARNING);
}

Test(semantic, refuses_keys_and_identities_that_cannot_be)
{
    RUN(refused_key_cases, DIAG_ERROR);
}

Test(semantic, knows_where_tunnels_start)
{
    RUN(endpoint_cases, DIAG_ERROR);
}

Test(semantic, knows_where_tunnels_lead)
{
    RUN(path_cases, DIAG_WARNING);
}

Test(semantic, warns_of_identities_that_overlap)
{
    RUN(overlap_cases, DIAG_WARNING);
}

Test(semantic, warns_of_weak_algorithms)
{
    RUN(weak_cases, DIAG_WARNING);
}

static uint32_t
cost_of(void *context, enum transform transform)
{
    *(unsigned *)context += 1;
    return transform == TRANSFORM_ESP_DES_HMAC_MD5 ? 8049 : 930;
}

Test(semantic, tells_what_a_weak_transform_costs)
{
    unsigned asked = 0;
    const struct appraiser appraiser = {cost_of, &asked};
    struct config *running = config_typed(ground);
    struct candidate *candidate = candidate_open(running);
    const struct semantic_case told = {
        .sentence =
            "set `esp-aes256-hmac-sha256`. Ageing: 3DES. A packet of 1400 bytes "
            "costs this machine 8.0 us under esp-des-hmac-md5, 0.9 us under "
            "esp-aes256-hmac-sha256."};
    struct change_set set;
    struct diag diag;

    diag_init(&diag);
    cr_assert_eq(type_script(candidate,
                     "ipsec transform-set w esp-des-hmac-md5 "
                     "esp-3des-hmac-sha256\n"
                     "ipsec transform-set sound esp-aes256-hmac-sha256\n",
                     &diag),
        OK);
    config_diff(running, candidate_work(candidate), &set);
    config_validate(
        candidate_work(candidate), &set, &readable_unsealer, &appraiser, &diag);
    cr_expect_not_null(find_entry(&diag, &told, DIAG_WARNING));
    cr_expect_eq(asked, 2, "only what is told is measured");
    diag_done(&diag);
    change_set_done(&set);
    candidate_free(candidate);
    config_unref(running);
}

/* What is typed onto a running configuration that is not the ground. */
static void
validate_onto(const char *base, const char *typed, struct diag *diag)
{
    struct config *running = config_typed(base);
    struct candidate *candidate = candidate_open(running);
    struct change_set set;

    cr_assert_eq(type_script(candidate, typed, diag), OK);
    config_diff(running, candidate_work(candidate), &set);
    config_validate(
        candidate_work(candidate), &set, &readable_unsealer, NULL, diag);
    change_set_done(&set);
    candidate_free(candidate);
    config_unref(running);
}

#define MANUAL                                                                 \
    "ip address 10.8.0.1 255.255.255.0\ntunnel signaling manual\n"             \
    "tunnel destination 198.51.100.1\ntunnel transform-set one\n"              \
    "tunnel session-key-inbound ah-hmac-md5 0x1001 "                           \
    "00112233445566778899aabbccddeeff\n"                                       \
    "tunnel session-key-outbound ah-hmac-md5 0x1002 "                          \
    "00112233445566778899aabbccddeeff\n"

static const char at_endpoint[] =
    "ipsec transform-set one ah-hmac-md5\n"
    "ipsec local-endpoint 192.0.2.1\n"
    "interface fastEthernet 0/0\nip address 192.0.2.1 255.255.255.0\n"
    "interface loopback 1\nip address 192.0.3.1 255.255.255.255\n"
    "interface tunnel ipsec:m\n" MANUAL;

static bool
says(const struct diag *diag, const char *path, const char *words)
{
    for (size_t i = 0; i < diag->count; i++) {
        if (str_equal(diag->entries[i].path, path) &&
            strstr(diag->entries[i].sentence, words) != NULL)
            return true;
    }
    return false;
}

Test(semantic, keeps_an_endpoint_that_tunnels_start_at)
{
    struct diag diag;

    diag_init(&diag);
    validate_onto(at_endpoint, "no ipsec local-endpoint\n", &diag);
    cr_expect(says(&diag, "virtual-router default",
        "1 tunnel without a `tunnel source` starts there, `interface tunnel "
        "ipsec:m`"));
    diag_done(&diag);

    diag_init(&diag);
    validate_onto(at_endpoint,
        "no ipsec local-endpoint\n"
        "interface tunnel ipsec:m\ntunnel source 192.0.3.1\n",
        &diag);
    cr_expect_not(diag_has_errors(&diag));
    diag_done(&diag);

    diag_init(&diag);
    validate_onto(at_endpoint, "no interface fastEthernet 0/0\n", &diag);
    cr_expect(says(&diag, "virtual-router default",
        "192.0.2.1 is not an address of virtual router `default`"));
    diag_done(&diag);
}

Test(semantic, finds_one_spi_twice_also_at_an_endpoint)
{
    static const struct {
        const char *source;
        const char *move;
        bool twice;
    } rows[] = {
        {"tunnel source 192.0.2.1\n", "",                                 true },
        {"tunnel source 192.0.3.1\n", "",                                 false},
        {"",                          "",                                 true },
        {"tunnel source 192.0.3.1\n", "ipsec local-endpoint 192.0.3.1\n", true },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct diag diag;
        struct str typed;

        diag_init(&diag);
        str_init(&typed);
        str_printf(&typed,
            "%sinterface tunnel ipsec:n\n" MANUAL
            "ip address 10.7.0.1 255.255.255.0\n%s",
            rows[i].move, rows[i].source);
        validate_onto(at_endpoint, str_text(&typed), &diag);
        cr_expect_eq(
            says(&diag, "interface tunnel ipsec:n", "the same inbound SPI"),
            rows[i].twice, "row %zu", i);
        str_done(&typed);
        diag_done(&diag);
    }
}

Test(semantic, looks_at_tunnels_whose_endpoint_moved)
{
    struct diag diag;
    struct str base;

    str_init(&base);
    str_printf(&base,
        "%sinterface tunnel ipsec:n\n" MANUAL
        "ip address 10.7.0.1 255.255.255.0\ntunnel source 192.0.3.1\n",
        at_endpoint);
    diag_init(&diag);
    validate_onto(str_text(&base), "ipsec local-endpoint 192.0.3.1\n", &diag);
    cr_expect(says(&diag, "interface tunnel ipsec:m", "same inbound SPI"));
    diag_done(&diag);
    str_done(&base);
}

/* ---- many ---- */

enum { MANY = 300, TOLD = 20 };

static size_t
count_of(const struct diag *diag, const char *words)
{
    size_t count = 0;

    for (size_t i = 0; i < diag->count; i++) {
        if (strstr(diag->entries[i].sentence, words) != NULL)
            count++;
    }
    return count;
}

Test(semantic, tells_twenty_of_a_kind_and_counts_the_others)
{
    struct diag diag;
    struct str typed;

    str_init(&typed);
    for (int i = 0; i < MANY; i++) {
        str_printf(&typed,
            "interface tunnel ipsec:t%d\nip address 10.%d.%d.1 255.255.255.0\n"
            "tunnel source 192.0.2.1\ntunnel destination 203.1.%d.%d\n"
            "tunnel transform-set one\n",
            i, 10 + i / 200, i % 200, i / 200, i % 200 + 1);
    }
    diag_init(&diag);
    validate_typed(str_text(&typed), "many", &diag);
    cr_expect_not(diag_has_errors(&diag));
    cr_expect_eq(count_of(&diag, "no preshared key for it"), TOLD);
    cr_expect_eq(count_of(&diag, "No route of"), TOLD);
    cr_expect_eq(
        count_of(&diag, "And 280 more tunnels have no preshared key that fits "
                        "their peer."),
        1);
    cr_expect_eq(
        count_of(&diag, "And 280 more tunnels have a destination without a "
                        "route."),
        1);
    cr_expect_eq(diag.count, 2 * TOLD + 2);
    diag_done(&diag);
    str_done(&typed);
}
