/*
 * A peer's file beside our tunnel.
 */
#include "offline/offline.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define SWANCTL                                                                \
    "# the peer's\n"                                                           \
    "connections {\n"                                                          \
    "  other {\n    remote_addrs = 192.0.2.77\n"                               \
    "    proposals = aes256-sha1-modp1024\n  }\n"                              \
    "  site {\n"                                                               \
    "    version = 1\n    local_addrs = 203.0.113.11\n"                        \
    "    remote_addrs = %s\n    proposals = %s\n%s"                            \
    "    local {\n      auth = psk\n      id = 203.0.113.11\n    }\n"          \
    "    remote {\n      auth = %s\n      id = %s\n    }\n"                    \
    "    children {\n      net {\n"                                            \
    "        local_ts = %s\n        remote_ts = %s\n"                          \
    "        esp_proposals = %s # a word\n      }\n    }\n  }\n}\n"            \
    "secrets {\n  ike-psk {\n    secret = \"not to be looked at\"\n  }\n}\n"

struct seen {
    struct difference first;
    size_t count;
};

static void
take(void *context, const struct difference *difference)
{
    struct seen *seen = context;

    if (seen->count++ == 0)
        seen->first = *difference;
}

static struct side
ours(void)
{
    struct side side;

    side_init(&side);
    strcpy(side.local, "203.0.113.1");
    strcpy(side.remote, "203.0.113.11");
    strcpy(side.auth, "pre-share");
    strcpy(side.ike[side.ike_count++], "3des sha group 2");
    strcpy(side.esp[side.esp_count++], "esp-3des-hmac-sha");
    cr_assert(side_network("subnet: 192.168.10.0 255.255.255.0", &side.here));
    cr_assert(side_network("subnet: 192.168.20.0 255.255.255.0", &side.there));
    return side;
}

/* remote address, proposals, more, auth, remote id, local and remote ts, esp */
static const struct {
    const char *file[8];
    enum cause cause;
    const char *theirs; /* in what is said of theirs */
} files[] = {
    {{"203.0.113.1", "3des-sha1-modp1024", "", "psk", "203.0.113.1",
         "192.168.20.0/24", "192.168.10.0/24", "3des-sha1"},
     CAUSE_IN_ORDER,                ""                                      },
    {{"203.0.113.9", "3des-sha1-modp1024", "", "psk", "203.0.113.1",
         "192.168.20.0/24", "192.168.10.0/24", "3des-sha1"},
     CAUSE_PROPOSAL_REFUSED,        "203.0.113.9"                           },
    {{"203.0.113.1", "aes256-sha1-modp1024", "", "psk", "203.0.113.1",
         "192.168.20.0/24", "192.168.10.0/24", "3des-sha1"},
     CAUSE_PROPOSAL_ENCRYPTION,     "aes256 sha group 2"                    },
    {{"203.0.113.1", "3des-md5-modp1024, 3des-sha256-modp2048", "", "psk",
         "203.0.113.1", "192.168.20.0/24", "192.168.10.0/24", "3des-sha1"},
     CAUSE_PROPOSAL_HASH,           "3des md5 group 2; 3des sha256 group 14"},
    {{"203.0.113.1", "3des-sha1-modp2048", "", "psk", "203.0.113.1",
         "192.168.20.0/24", "192.168.10.0/24", "3des-sha1"},
     CAUSE_PROPOSAL_GROUP,          "group 14"                              },
    {{"203.0.113.1", "3des-sha1-modp1024", "", "pubkey", "203.0.113.1",
         "192.168.20.0/24", "192.168.10.0/24", "3des-sha1"},
     CAUSE_PROPOSAL_AUTHENTICATION, "rsa-sig"                               },
    {{"203.0.113.1", "3des-sha1-modp1024", "    aggressive = yes\n", "psk",
         "203.0.113.1", "192.168.20.0/24", "192.168.10.0/24", "3des-sha1"},
     CAUSE_MODE,                    "aggressive"                            },
    {{"203.0.113.1", "3des-sha1-modp1024", "", "psk", "router.example.test",
         "192.168.20.0/24", "192.168.10.0/24", "3des-sha1"},
     CAUSE_IDENTITY_UNKNOWN,        "router.example.test"                   },
    {{"203.0.113.1", "3des-sha1-modp1024", "", "psk", "203.0.113.1",
         "192.168.99.0/24", "192.168.10.0/24", "3des-sha1"},
     CAUSE_SELECTOR,                "there 192.168.99.0/24"                 },
    {{"203.0.113.1", "3des-sha1-modp1024", "", "psk", "203.0.113.1",
         "192.168.20.0/24", "192.168.10.0/25", "3des-sha1"},
     CAUSE_SELECTOR,                "here 192.168.10.0/25"                  },
    {{"203.0.113.1", "3des-sha1-modp1024", "", "psk", "203.0.113.1",
         "192.168.20.0/24", "192.168.10.0/24", "aes256-sha256"},
     CAUSE_TRANSFORM,               "esp-aes256-hmac-sha256"                },
    {{"203.0.113.1", "3des-sha1-modp1024", "", "psk", "203.0.113.1",
         "192.168.20.0/24", "192.168.10.0/24", "3des-sha1-modp1536"},
     CAUSE_PFS,                     "PFS group 5"                           },
};

Test(offline, a_swanctl_file_is_read_and_compared)
{
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        const char *const *f = files[i].file;
        struct seen seen = {.count = 0};
        struct side mine = ours();
        struct side theirs;
        char text[2048];

        (void)snprintf(text, sizeof text, SWANCTL, f[0], f[1], f[2], f[3], f[4],
            f[5], f[6], f[7]);
        /* with no connection to us it is the first one */
        cr_assert(side_read(text,
            files[i].cause == CAUSE_PROPOSAL_REFUSED ? "203.0.113.9"
                                                     : "203.0.113.1",
            &theirs));
        (void)side_compare(&mine, &theirs, take, &seen);
        if (files[i].cause == CAUSE_IN_ORDER) {
            cr_expect_eq(seen.count, 0, "%s", seen.first.sentence);
            continue;
        }
        cr_expect_gt(seen.count, 0, "row %zu", i);
        cr_expect_eq(seen.first.cause, files[i].cause, "row %zu: %s", i,
            seen.first.sentence);
        cr_expect_not_null(strstr(seen.first.theirs, files[i].theirs),
            "row %zu: %s", i, seen.first.theirs);
        cr_expect_gt(strlen(seen.first.fix), 5);
        cr_expect_null(strstr(text + strlen(text), "secret"));
    }
}

static const char script[] =
    "! Configuration script\n"
    "ipsec transform-set one esp-3des-hmac-sha esp-aes256-hmac-sha\n"
    "ipsec ike-policy-rule 1\n"
    " encryption aes256\n"
    " group 14\n"
    "interface tunnel ipsec:elsewhere\n"
    " tunnel destination 192.0.2.9\n"
    "interface tunnel ipsec:home\n"
    " tunnel transform-set one\n"
    " tunnel local-identity subnet 192.168.20.0 255.255.255.0\n"
    " tunnel peer-identity subnet 192.168.10.0 255.255.255.0\n"
    " tunnel source 203.0.113.11\n"
    " tunnel destination 203.0.113.1\n"
    " tunnel pfs group 5\n";

Test(offline, a_script_is_read)
{
    struct seen seen = {.count = 0};
    struct side mine = ours();
    struct side theirs;

    cr_assert(side_read(script, "203.0.113.1", &theirs));
    cr_expect_str_eq(theirs.local, "203.0.113.11");
    cr_expect_str_eq(theirs.remote, "203.0.113.1");
    cr_expect_eq(theirs.esp_count, 2);
    cr_expect_eq(theirs.pfs, 5);
    cr_expect_str_eq(theirs.ike[0], "aes256 sha group 14");
    cr_expect_eq(side_compare(&mine, &theirs, take, &seen), 2);
    cr_expect_eq(seen.first.cause, CAUSE_PROPOSAL_ENCRYPTION);
}

Test(offline, other_texts_are_refused)
{
    static const char *const texts[] = {"", "hello\n", "connections {\n", "}\n",
        "connections {\n a {\n b\n }\n}\n", "{{{{{{{{{{{{{{{{{{{{{{",
        "interface fastEthernet 0/0\n ip address 1.2.3.4 255.0.0.0\n"};
    struct side side;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        cr_expect_not(side_read(texts[i], "203.0.113.1", &side), "%zu", i);
}

Test(offline, networks_in_all_their_words)
{
    struct offline_network n = {1, 2};

    cr_expect(side_network("10.0.0.0/8", &n));
    cr_expect_eq(n.first, 0x0a000000);
    cr_expect_eq(n.last, 0x0affffff);
    cr_expect(side_network("range 10.0.0.1 10.0.0.9", &n));
    cr_expect_eq(n.last, 0x0a000009);
    cr_expect(side_network("10.1.2.3", &n));
    cr_expect_eq(n.first, n.last);
    cr_expect(side_network("address 10.1.2.4", &n));
    cr_expect_eq(n.first, 0x0a010204);
    cr_expect(side_network("0.0.0.0/0", &n));
    cr_expect_eq(n.last, UINT32_MAX);
    cr_expect_not(side_network("dynamic", &n));
    cr_expect_not(side_network("10.0.0.0/33", &n));
    cr_expect_not(side_network("", &n));
    cr_expect_not(side_network(NULL, &n));
}
