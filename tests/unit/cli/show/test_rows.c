#include "show/show.h"

#include "base/str.h"
#include "gen/enums.h"

#include <criterion/criterion.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* One row of an answer under construction; its texts are freed by add. */
struct row {
    struct value columns[SCHEMA_COLUMNS_MAX];
};

static void
number(struct row *row, unsigned column, uint64_t number)
{
    row->columns[column] = value_number(number);
}

static void
text(struct row *row, unsigned column, const char *text)
{
    row->columns[column] = value_text(text);
}

static void
add(struct show_rows *rows, uint16_t type, struct row *row)
{
    cr_assert_eq(
        show_rows_add(rows, row->columns, schema_rows[type].column_count), OK);
    for (size_t i = 0; i < SCHEMA_COLUMNS_MAX; i++)
        value_done(&row->columns[i]);
}

static void
expect_print(struct show_rows *rows, uint16_t exec, const char *expected)
{
    struct str out;

    str_init(&out);
    show_rows_print(rows, exec, 80, &out);
    cr_expect_str_eq(str_text(&out), expected, "got:\n%s", str_text(&out));
    str_done(&out);
    show_rows_free(rows);
}

/* ---- the router ---- */

static struct show_rows *
version_rows(const char *model)
{
    struct show_rows *rows = show_rows_new(ROWS_VERSION);
    struct row row = {0};

    text(&row, COLUMN_VERSION_MODEL, model);
    text(&row, COLUMN_VERSION_RELEASE, "15.1.0");
    text(&row, COLUMN_VERSION_VERSION, "15.1.0 release-0.0 [BuildId 20001]");
    text(&row, COLUMN_VERSION_BUILD_DATE, "June 3, 2014  10:50");
    number(&row, COLUMN_VERSION_UPTIME_S, 3 * 86400 + 4 * 3600 + 5 * 60 + 6);
    number(&row, COLUMN_VERSION_SINCE_S, 1402291290);
    number(&row, COLUMN_VERSION_PORTS, 2);
    add(rows, ROWS_VERSION, &row);
    return rows;
}

Test(show_rows, print_the_version_as_collectors_read_it)
{
    expect_print(version_rows("ERX-310"), EXEC_SHOW_VERSION,
        "Juniper Edge Routing Switch ERX-310\n"
        "System Release: 15.1.0\n"
        "\tVersion: 15.1.0 release-0.0 [BuildId 20001]   (June 3, 2014  "
        "10:50)\n"
        "System running for: 3 days, 4 hours, 5 minutes, 6 seconds\n"
        "\t(since MON JUN 09 2014 05:21:30 UTC)\n"
        "\n"
        "slot state  type    admin   spare running release slot uptime\n"
        "---- ------ ------- ------- ----- --------------- -------------\n"
        "0    online ERX-310 enabled ---   15.1.0          "
        "3d04h:05m:06s\n");
}

Test(show_rows, print_our_own_name_without_a_model)
{
    struct show_rows *rows = version_rows("ermine");
    struct str out;

    str_init(&out);
    show_rows_print(rows, EXEC_SHOW_VERSION, 80, &out);
    cr_expect(str_has_prefix(str_text(&out), "ermine IPsec gateway\n"
                                             "System Release: 15.1.0\n"));
    str_done(&out);
    show_rows_free(rows);
}

Test(show_rows, print_the_ports_of_the_chassis)
{
    struct show_rows *rows = show_rows_new(ROWS_HARDWARE);
    struct row row = {0};

    text(&row, COLUMN_HARDWARE_LOCATION, "0/0");
    text(&row, COLUMN_HARDWARE_KIND, "sim");
    text(&row, COLUMN_HARDWARE_PARAMETERS, "wire=backbone");
    number(&row, COLUMN_HARDWARE_STATE, LINK_STATE_UP);
    add(rows, ROWS_HARDWARE, &row);
    expect_print(rows, EXEC_SHOW_HARDWARE,
        "slot/port kind parameters    state\n"
        "--------- ---- ------------- -----\n"
        "0/0       sim  wire=backbone up\n");
    expect_print(show_rows_new(ROWS_HARDWARE), EXEC_SHOW_HARDWARE,
        "No ports: this router has loopbacks only.\n");
}

Test(show_rows, print_boot_redundancy_and_environment_as_lines)
{
    struct show_rows *rows = show_rows_new(ROWS_BOOT);
    struct row row = {0};

    text(&row, COLUMN_BOOT_RELEASE, "15.1.0");
    text(&row, COLUMN_BOOT_CONFIGURATION, "config.db");
    number(&row, COLUMN_BOOT_GENERATION, 7);
    add(rows, ROWS_BOOT, &row);
    expect_print(rows, EXEC_SHOW_BOOT,
        "System Release: 15.1.0\nSystem Configuration: config.db\n"
        "System Generation: 7\n");

    rows = show_rows_new(ROWS_REDUNDANCY);
    text(&row, COLUMN_REDUNDANCY_MODE, "none");
    text(&row, COLUMN_REDUNDANCY_STATE, "alone");
    add(rows, ROWS_REDUNDANCY, &row);
    expect_print(rows, EXEC_SHOW_REDUNDANCY,
        "redundancy mode: none\nredundancy state: alone\n");

    rows = show_rows_new(ROWS_ENVIRONMENT);
    text(&row, COLUMN_ENVIRONMENT_ITEM, "temperature");
    text(&row, COLUMN_ENVIRONMENT_STATE, "not measured");
    add(rows, ROWS_ENVIRONMENT, &row);
    expect_print(rows, EXEC_SHOW_ENVIRONMENT, "temperature: not measured\n");
}

Test(show_rows, print_files_users_and_history)
{
    struct show_rows *rows = show_rows_new(ROWS_DIR);
    struct row row = {0};

    text(&row, COLUMN_DIR_NAME, "config.db");
    number(&row, COLUMN_DIR_SIZE_BYTES, 4096);
    number(&row, COLUMN_DIR_MODIFIED_S, 0);
    add(rows, ROWS_DIR, &row);
    expect_print(rows, EXEC_DIR,
        "file      size date (UTC)\n"
        "--------- ---- ----------------------------\n"
        "config.db 4096 THU JAN 01 1970 00:00:00 UTC\n");

    rows = show_rows_new(ROWS_USERS);
    number(&row, COLUMN_USERS_SESSION, 12);
    text(&row, COLUMN_USERS_USER, "root");
    text(&row, COLUMN_USERS_LINE, "console 0");
    text(&row, COLUMN_USERS_FROM, "process 7");
    number(&row, COLUMN_USERS_LEVEL, 15);
    number(&row, COLUMN_USERS_UNCOMMITTED_CHANGES, 3);
    number(&row, COLUMN_USERS_SINCE_S, 86400);
    number(&row, COLUMN_USERS_OWN, 1);
    add(rows, ROWS_USERS, &row);
    expect_print(rows, EXEC_SHOW_USERS,
        "  session user line      from      level uncommitted since\n"
        "- ------- ---- --------- --------- ----- ----------- "
        "----------------------------\n"
        "*      12 root console 0 process 7    15           3 FRI JAN 02 1970 "
        "00:00:00 UTC\n");

    rows = show_rows_new(ROWS_HISTORY);
    number(&row, COLUMN_HISTORY_NUMBER, 1);
    text(&row, COLUMN_HISTORY_COMMAND, "show version");
    add(rows, ROWS_HISTORY, &row);
    expect_print(rows, EXEC_SHOW_HISTORY, "    1  show version\n");
}

Test(show_rows, print_commits_with_their_comments)
{
    struct show_rows *rows = show_rows_new(ROWS_COMMIT_HISTORY);
    struct row row = {0};

    number(&row, COLUMN_COMMIT_HISTORY_GENERATION, 2);
    text(&row, COLUMN_COMMIT_HISTORY_AT, "2015-01-05T10:00:00Z");
    text(&row, COLUMN_COMMIT_HISTORY_USER, "root");
    text(&row, COLUMN_COMMIT_HISTORY_FROM, "console");
    number(&row, COLUMN_COMMIT_HISTORY_CHANGES, 7);
    text(&row, COLUMN_COMMIT_HISTORY_COMMENT, "as agreed");
    add(rows, ROWS_COMMIT_HISTORY, &row);
    expect_print(rows, EXEC_SHOW_COMMIT_HISTORY,
        "generation date (UTC)           user from    changes label comment\n"
        "---------- -------------------- ---- ------- ------- ----- ---------\n"
        "         2 2015-01-05T10:00:00Z root console       7 ---   as agreed\n");
    expect_print(show_rows_new(ROWS_COMMIT_HISTORY), EXEC_SHOW_COMMIT_HISTORY,
        "Nothing was committed yet.\n");
}

Test(show_rows, print_what_waits_to_be_confirmed)
{
    struct show_rows *rows = show_rows_new(ROWS_COMMIT_CONFIRMED);
    struct row row = {0};

    number(&row, COLUMN_COMMIT_CONFIRMED_GENERATION, 7);
    number(&row, COLUMN_COMMIT_CONFIRMED_BACK_TO, 6);
    text(&row, COLUMN_COMMIT_CONFIRMED_AT, "2015-01-05T10:10:00Z");
    number(&row, COLUMN_COMMIT_CONFIRMED_LEFT_S, 599);
    text(&row, COLUMN_COMMIT_CONFIRMED_USER, "root");
    text(&row, COLUMN_COMMIT_CONFIRMED_FROM, "console");
    number(&row, COLUMN_COMMIT_CONFIRMED_GUARD_S, 120);
    number(&row, COLUMN_COMMIT_CONFIRMED_WATCHED, 4);
    number(&row, COLUMN_COMMIT_CONFIRMED_DOWN, 1);
    add(rows, ROWS_COMMIT_CONFIRMED, &row);
    expect_print(rows, EXEC_SHOW_COMMIT_CONFIRMED,
        "Generation 7 of root (console) waits to be confirmed: `commit` keeps "
        "it.\n"
        "Generation 6 comes back in 599 s, at 2015-01-05T10:10:00Z.\n"
        "Guard: 120 s, tunnels watched: 4, down: 1.\n");
    expect_print(show_rows_new(ROWS_COMMIT_CONFIRMED),
        EXEC_SHOW_COMMIT_CONFIRMED, "No commit waits to be confirmed.\n");
}

/* ---- IP ---- */

Test(show_rows, print_routes_with_their_prefix_length)
{
    struct show_rows *rows = show_rows_new(ROWS_IP_ROUTE);
    struct row row = {0};

    number(&row, COLUMN_IP_ROUTE_PREFIX, 0x0a020000);
    number(&row, COLUMN_IP_ROUTE_MASK, 0xffff0000);
    number(&row, COLUMN_IP_ROUTE_KIND, ROUTE_KIND_STATIC);
    text(&row, COLUMN_IP_ROUTE_INTERFACE, "tunnel ipsec:ottawa");
    number(&row, COLUMN_IP_ROUTE_DISTANCE, 1);
    number(&row, COLUMN_IP_ROUTE_ACTIVE, 1);
    add(rows, ROWS_IP_ROUTE, &row);
    number(&row, COLUMN_IP_ROUTE_PREFIX, 0);
    number(&row, COLUMN_IP_ROUTE_MASK, 0);
    number(&row, COLUMN_IP_ROUTE_KIND, ROUTE_KIND_CONNECTED);
    number(&row, COLUMN_IP_ROUTE_NEXT_HOP, 0xc0000201);
    number(&row, COLUMN_IP_ROUTE_DISTANCE, 0);
    add(rows, ROWS_IP_ROUTE, &row);
    expect_print(rows, EXEC_SHOW_IP_ROUTE,
        "Prefix/Length Type    Next Hop  Dist State    Interface\n"
        "------------- ------- --------- ---- -------- -------------------\n"
        "10.2.0.0/16   Static  ---          1 active   tunnel ipsec:ottawa\n"
        "0.0.0.0/0     Connect 192.0.2.1    0 inactive ---\n");
}

Test(show_rows, print_interfaces_in_the_shape_that_inventories_read)
{
    struct show_rows *rows = show_rows_new(ROWS_IP_INTERFACE);
    struct row row = {0};

    text(&row, COLUMN_IP_INTERFACE_NAME, "tunnel ipsec:siteB");
    text(&row, COLUMN_IP_INTERFACE_VIRTUAL_ROUTER, "default");
    text(&row, COLUMN_IP_INTERFACE_PROTOCOL, "IpTunnel");
    number(&row, COLUMN_IP_INTERFACE_LINE_STATE, LINK_STATE_UP);
    number(&row, COLUMN_IP_INTERFACE_IP_STATE, LINK_STATE_DOWN);
    text(&row, COLUMN_IP_INTERFACE_DESCRIPTION, "far");
    number(&row, COLUMN_IP_INTERFACE_ADDRESS, 0x0aff0001);
    number(&row, COLUMN_IP_INTERFACE_MASK, 0xfffffffc);
    number(&row, COLUMN_IP_INTERFACE_BROADCAST, 0x0aff0003);
    number(&row, COLUMN_IP_INTERFACE_MTU, 1440);
    number(&row, COLUMN_IP_INTERFACE_IN_PACKETS, 3);
    number(&row, COLUMN_IP_INTERFACE_IN_OCTETS, 300);
    add(rows, ROWS_IP_INTERFACE, &row);
    text(&row, COLUMN_IP_INTERFACE_NAME, "loopback 0");
    text(&row, COLUMN_IP_INTERFACE_PROTOCOL, "Loopback");
    number(&row, COLUMN_IP_INTERFACE_LINE_STATE, LINK_STATE_UP);
    number(&row, COLUMN_IP_INTERFACE_IP_STATE, LINK_STATE_UP);
    add(rows, ROWS_IP_INTERFACE, &row);
    expect_print(rows, EXEC_SHOW_IP_INTERFACE,
        "TUNNEL ipsec:siteB line protocol IpTunnel is up, ip is down\n"
        "  Description: far\n"
        "  Network Protocols: IP\n"
        "  Internet address is 10.255.0.1/255.255.255.252\n"
        "  Broadcast address is 10.255.0.3\n"
        "  Operational MTU = 1440  Administrative MTU = 1440\n"
        "  In Received Packets 3, Bytes 300\n"
        "  Out Forwarded Packets 0, Bytes 0\n"
        "\n"
        "loopback 0 line protocol Loopback is up, ip is up\n"
        "  Network Protocols: IP\n"
        "  In Received Packets 0, Bytes 0\n"
        "  Out Forwarded Packets 0, Bytes 0\n");
}

Test(show_rows, print_virtual_routers_and_drops_as_tables)
{
    struct show_rows *rows = show_rows_new(ROWS_VIRTUAL_ROUTER);
    struct row row = {0};

    text(&row, COLUMN_VIRTUAL_ROUTER_NAME, "default");
    number(&row, COLUMN_VIRTUAL_ROUTER_INTERFACES, 3);
    number(&row, COLUMN_VIRTUAL_ROUTER_ROUTES, 12);
    add(rows, ROWS_VIRTUAL_ROUTER, &row);
    expect_print(rows, EXEC_SHOW_VIRTUAL_ROUTER,
        "virtual router interfaces routes\n"
        "-------------- ---------- ------\n"
        "default                 3     12\n");

    rows = show_rows_new(ROWS_IP_DROPS);
    text(&row, COLUMN_IP_DROPS_REASON, "ttl");
    number(&row, COLUMN_IP_DROPS_PACKETS, 5);
    text(&row, COLUMN_IP_DROPS_SENTENCE, "Too many hops.");
    add(rows, ROWS_IP_DROPS, &row);
    expect_print(rows, EXEC_SHOW_IP_DROPS,
        "reason packets meaning\n"
        "------ ------- --------------\n"
        "ttl          5 Too many hops.\n");
}

/* ---- tunnels ---- */

Test(show_rows, print_one_line_for_each_tunnel)
{
    static const struct {
        const char *name;
        uint64_t state;
        bool enabled;
    } tunnels[] = {
        {"siteB", TUNNEL_STATE_UP,          true },
        {"siteC", TUNNEL_STATE_DOWN,        true },
        {"siteD", TUNNEL_STATE_DOWN,        false},
        {"siteE", TUNNEL_STATE_NOT_PRESENT, true },
    };
    struct show_rows *rows = show_rows_new(ROWS_IPSEC_TUNNEL);

    for (size_t i = 0; i < COUNT(tunnels); i++) {
        struct row row = {0};

        text(&row, COLUMN_IPSEC_TUNNEL_NAME, tunnels[i].name);
        number(&row, COLUMN_IPSEC_TUNNEL_STATE, tunnels[i].state);
        if (tunnels[i].enabled)
            number(&row, COLUMN_IPSEC_TUNNEL_ENABLED, 1);
        add(rows, ROWS_IPSEC_TUNNEL, &row);
    }
    expect_print(rows, EXEC_SHOW_IPSEC_TUNNEL,
        "IPSEC tunnel siteB is up\n"
        "IPSEC tunnel siteC is down\n"
        "IPSEC tunnel siteD is down (disabled)\n"
        "IPSEC tunnel siteE is not-present\n");
}

static void
fill_configuration(struct row *row)
{
    text(row, COLUMN_IPSEC_TUNNEL_DETAIL_NAME, "siteB");
    number(row, COLUMN_IPSEC_TUNNEL_DETAIL_STATE, TUNNEL_STATE_UP);
    number(row, COLUMN_IPSEC_TUNNEL_DETAIL_ENABLED, 1);
    number(row, COLUMN_IPSEC_TUNNEL_DETAIL_SIGNALING, SIGNALING_ISAKMP);
    number(row, COLUMN_IPSEC_TUNNEL_DETAIL_MTU, 1440);
    number(row, COLUMN_IPSEC_TUNNEL_DETAIL_LOCAL_ENDPOINT, 0xc0000201);
    number(row, COLUMN_IPSEC_TUNNEL_DETAIL_REMOTE_ENDPOINT, 0xc6336407);
    text(row, COLUMN_IPSEC_TUNNEL_DETAIL_SOURCE, "192.0.2.1");
    text(row, COLUMN_IPSEC_TUNNEL_DETAIL_DESTINATION, "198.51.100.7");
    text(row, COLUMN_IPSEC_TUNNEL_DETAIL_BACKUP_DESTINATION, "203.0.113.9");
    text(row, COLUMN_IPSEC_TUNNEL_DETAIL_TRANSPORT_VR, "default");
    text(row, COLUMN_IPSEC_TUNNEL_DETAIL_TRANSFORM_SET, "strong");
    text(row, COLUMN_IPSEC_TUNNEL_DETAIL_LOCAL_IDENTITY,
        "subnet: 10.1.0.0 255.255.0.0");
    text(row, COLUMN_IPSEC_TUNNEL_DETAIL_PEER_IDENTITY,
        "subnet: 10.3.0.0 255.255.0.0");
    number(row, COLUMN_IPSEC_TUNNEL_DETAIL_OUTBOUND_SPI, 0x15c30204);
    number(row, COLUMN_IPSEC_TUNNEL_DETAIL_OUTBOUND_TRANSFORM,
        TRANSFORM_ESP_3DES_HMAC_SHA);
    number(row, COLUMN_IPSEC_TUNNEL_DETAIL_INBOUND_SPI, 0x2a070801);
    number(row, COLUMN_IPSEC_TUNNEL_DETAIL_INBOUND_TRANSFORM,
        TRANSFORM_ESP_3DES_HMAC_SHA);
    number(row, COLUMN_IPSEC_TUNNEL_DETAIL_LIFETIME_S, 7200);
    number(row, COLUMN_IPSEC_TUNNEL_DETAIL_LIFETIME_KB, 1024000);
    number(row, COLUMN_IPSEC_TUNNEL_DETAIL_PFS_GROUP, PFS_GROUP_5);
}

static const char detail_statistics[] = "Tunnel statistics:\n"
                                        " InUserPackets        100\n"
                                        " InUserOctets         17000\n"
                                        " InAccPackets         0\n"
                                        " InAccOctets          0\n"
                                        " InAuthErrors         0\n"
                                        " InReplayErrors       0\n"
                                        " InPolicyErrors       0\n"
                                        " InOtherRxErrors      0\n"
                                        " InDecryptErrors      0\n"
                                        " InPadErrors          0\n"
                                        " OutUserPackets       0\n"
                                        " OutUserOctets        0\n"
                                        " OutAccPackets        0\n"
                                        " OutAccOctets         0\n"
                                        " OutPolicyErrors      0\n"
                                        " OutOtherTxErrors     9\n";

Test(show_rows, print_the_detail_of_a_tunnel_line_by_line)
{
    struct show_rows *rows = show_rows_new(ROWS_IPSEC_TUNNEL_DETAIL);
    struct row row = {0};
    struct str expected;

    fill_configuration(&row);
    number(&row, COLUMN_IPSEC_TUNNEL_DETAIL_IN_USER_PACKETS, 100);
    number(&row, COLUMN_IPSEC_TUNNEL_DETAIL_IN_USER_OCTETS, 17000);
    number(&row, COLUMN_IPSEC_TUNNEL_DETAIL_OUT_OTHER_TX_ERRORS, 9);
    add(rows, ROWS_IPSEC_TUNNEL_DETAIL, &row);
    str_init(&expected);
    str_add(&expected,
        "IPSEC tunnel siteB is up\n"
        "Tunnel configuration:\n"
        " Tunnel type is signaled\n"
        " Tunnel mtu is 1440\n"
        " Tunnel local endpoint is 192.0.2.1\n"
        " Tunnel remote endpoint is 198.51.100.7\n"
        " Tunnel source is 192.0.2.1\n"
        " Tunnel destination is 198.51.100.7\n"
        " Tunnel backup destination is 203.0.113.9\n"
        " Tunnel transport virtual router is default\n"
        " Tunnel transform set is strong\n"
        " Tunnel local identity is subnet: 10.1.0.0 255.255.0.0\n"
        " Tunnel peer identity is subnet: 10.3.0.0 255.255.0.0\n"
        " Tunnel outbound spi/SA, transform: 0x15c30204, esp-3des-hmac-sha\n"
        " Tunnel inbound spi/SA, transform: 0x2a070801, esp-3des-hmac-sha\n"
        " Tunnel lifetime seconds is 7200\n"
        " Tunnel lifetime kilobytes is 1024000\n"
        " Tunnel pfs is group 5\n"
        " Tunnel administrative state is Up\n");
    str_add(&expected, detail_statistics);
    expect_print(rows, EXEC_SHOW_IPSEC_TUNNEL_DETAIL, str_text(&expected));
    str_done(&expected);
}

Test(show_rows, say_why_a_tunnel_is_not_up_and_leave_out_what_is_not_set)
{
    struct show_rows *rows = show_rows_new(ROWS_IPSEC_TUNNEL_DETAIL);
    struct row row = {0};
    struct str out;

    text(&row, COLUMN_IPSEC_TUNNEL_DETAIL_NAME, "siteC");
    number(&row, COLUMN_IPSEC_TUNNEL_DETAIL_STATE, TUNNEL_STATE_DOWN);
    number(&row, COLUMN_IPSEC_TUNNEL_DETAIL_SIGNALING, SIGNALING_MANUAL);
    text(&row, COLUMN_IPSEC_TUNNEL_DETAIL_REASON, "It is shut down.");
    add(rows, ROWS_IPSEC_TUNNEL_DETAIL, &row);
    str_init(&out);
    show_rows_print(rows, EXEC_SHOW_IPSEC_TUNNEL_DETAIL, 80, &out);
    cr_expect(str_has_prefix(str_text(&out),
                  "IPSEC tunnel siteC is down\n"
                  "Tunnel is not up because: It is shut down.\n"
                  "Tunnel configuration:\n"
                  " Tunnel type is manual\n"
                  " Tunnel administrative state is Down\n"
                  "Tunnel statistics:\n"),
        "%s", str_text(&out));
    str_done(&out);
    show_rows_free(rows);
}

Test(show_rows, print_the_summary_under_its_headings)
{
    struct show_rows *rows = show_rows_new(ROWS_IPSEC_TUNNEL_SUMMARY);
    struct row row = {0};

    number(&row, COLUMN_IPSEC_TUNNEL_SUMMARY_TOTAL, 40);
    number(&row, COLUMN_IPSEC_TUNNEL_SUMMARY_ENABLED, 40);
    number(&row, COLUMN_IPSEC_TUNNEL_SUMMARY_DISABLED, 0);
    number(&row, COLUMN_IPSEC_TUNNEL_SUMMARY_UP, 38);
    number(&row, COLUMN_IPSEC_TUNNEL_SUMMARY_DOWN, 2);
    number(&row, COLUMN_IPSEC_TUNNEL_SUMMARY_NOT_PRESENT, 0);
    add(rows, ROWS_IPSEC_TUNNEL_SUMMARY, &row);
    expect_print(rows, EXEC_SHOW_IPSEC_TUNNEL_SUMMARY,
        "Total number of ipsec interface is 40\n"
        "Administrative status     enabled  disabled\n"
        "                               40         0\n"
        "Operational status             up      down  not-present\n"
        "                               38         2            0\n");
}

Test(show_rows, print_transform_sets_and_the_lifetime)
{
    struct show_rows *rows = show_rows_new(ROWS_IPSEC_TRANSFORM_SET);
    uint64_t list = value_list_add(0, TRANSFORM_ESP_3DES_HMAC_SHA);
    struct row row = {0};

    text(&row, COLUMN_IPSEC_TRANSFORM_SET_NAME, "strong");
    number(&row, COLUMN_IPSEC_TRANSFORM_SET_TRANSFORMS, list);
    add(rows, ROWS_IPSEC_TRANSFORM_SET, &row);
    text(&row, COLUMN_IPSEC_TRANSFORM_SET_NAME, "two");
    number(&row, COLUMN_IPSEC_TRANSFORM_SET_TRANSFORMS,
        value_list_add(list, TRANSFORM_AH_HMAC_MD5));
    add(rows, ROWS_IPSEC_TRANSFORM_SET, &row);
    expect_print(rows, EXEC_SHOW_IPSEC_TRANSFORM_SET,
        "Transform-set: strong = {esp-3des-hmac-sha}.\n"
        "Transform-set: two = {esp-3des-hmac-sha, ah-hmac-md5}.\n");

    rows = show_rows_new(ROWS_IPSEC_LIFETIME);
    number(&row, COLUMN_IPSEC_LIFETIME_SECONDS, 28800);
    number(&row, COLUMN_IPSEC_LIFETIME_KILOBYTES, 102400);
    add(rows, ROWS_IPSEC_LIFETIME, &row);
    expect_print(rows, EXEC_SHOW_IPSEC_LIFETIME,
        "Default lifetime in seconds is 28800\n"
        "Default lifetime in kilobytes is 102400\n");
}

Test(show_rows, ike_policy_rules)
{
    struct show_rows *rows = show_rows_new(ROWS_IPSEC_IKE_POLICY_RULE);
    struct row row = {0};

    number(&row, COLUMN_IPSEC_IKE_POLICY_RULE_NUMBER, 5);
    number(&row, COLUMN_IPSEC_IKE_POLICY_RULE_ENCRYPTION, IKE_ENCRYPTION_3DES);
    number(&row, COLUMN_IPSEC_IKE_POLICY_RULE_HASH, IKE_HASH_SHA);
    number(&row, COLUMN_IPSEC_IKE_POLICY_RULE_AUTHENTICATION,
        IKE_AUTHENTICATION_PRE_SHARE);
    number(&row, COLUMN_IPSEC_IKE_POLICY_RULE_DH_GROUP, IKE_GROUP_2);
    number(&row, COLUMN_IPSEC_IKE_POLICY_RULE_LIFETIME_S, 28800);
    add(rows, ROWS_IPSEC_IKE_POLICY_RULE, &row);
    expect_print(rows, EXEC_SHOW_IPSEC_IKE_POLICY_RULE,
        "IKE Policy Rules:\n"
        "  Protection suite priority: 5\n"
        "    encryption algorithm :3DES Triple Data Encryption Standard(168 "
        "bit keys)\n"
        "    hash algorithm       :SHA Secure Hash Standard\n"
        "    authentication method:Pre Shared Keys\n"
        "    Diffie-Hellman group :2\n"
        "    lifetime             :28800 seconds\n"
        "    aggressive mode      :Not Allowed\n");
}

Test(show_rows, the_rule_that_counts_where_none_is_configured)
{
    expect_print(show_rows_new(ROWS_IPSEC_IKE_POLICY_RULE),
        EXEC_SHOW_IPSEC_IKE_POLICY_RULE,
        "IKE Policy Rules:\n"
        "  Default protection suite, as no rule is configured:\n"
        "    encryption algorithm :3DES Triple Data Encryption Standard(168 "
        "bit keys)\n"
        "    hash algorithm       :SHA Secure Hash Standard\n"
        "    authentication method:Pre Shared Keys\n"
        "    Diffie-Hellman group :2\n"
        "    lifetime             :28800 seconds\n"
        "    aggressive mode      :Not Allowed\n");
}

Test(show_rows, the_scope_of_an_ike_policy_rule)
{
    struct show_rows *rows = show_rows_new(ROWS_IPSEC_IKE_POLICY_RULE);
    struct row row = {0};
    struct str out;

    number(&row, COLUMN_IPSEC_IKE_POLICY_RULE_ADDRESS, 0xc0000201);
    text(&row, COLUMN_IPSEC_IKE_POLICY_RULE_VIRTUAL_ROUTER, "isp");
    add(rows, ROWS_IPSEC_IKE_POLICY_RULE, &row);
    str_init(&out);
    show_rows_print(rows, EXEC_SHOW_IPSEC_IKE_POLICY_RULE, 80, &out);
    cr_expect_not_null(strstr(str_text(&out),
        "    local address        :192.0.2.1 of virtual router isp\n"));
    str_done(&out);
    show_rows_free(rows);
}

/* ---- ping ---- */

static struct show_rows *
ping_rows(const uint64_t *round_trips_us, size_t count, const char *dropped)
{
    struct show_rows *rows = show_rows_new(ROWS_PING);

    for (size_t i = 0; i < count; i++) {
        struct row row = {0};

        number(&row, COLUMN_PING_SEQUENCE, i + 1);
        if (round_trips_us[i] != 0) {
            number(&row, COLUMN_PING_ANSWERED, 1);
            number(&row, COLUMN_PING_ROUND_TRIP_US, round_trips_us[i]);
        } else if (dropped != NULL) {
            text(&row, COLUMN_PING_DROPPED, dropped);
        }
        add(rows, ROWS_PING, &row);
    }
    return rows;
}

Test(show_rows, print_a_mark_for_each_ping_and_the_success_rate)
{
    static const uint64_t all[] = {10000, 12000, 14600, 10000, 10400};
    static const uint64_t some[] = {0, 2000, 0};
    static const uint64_t none[] = {0, 0};

    expect_print(ping_rows(all, COUNT(all), NULL), EXEC_PING,
        "!!!!!\n"
        "Success rate = 100% (5/5), round-trip min/avg/max = 10/11/15 ms\n");
    expect_print(ping_rows(some, COUNT(some), NULL), EXEC_PING,
        ".!.\n"
        "Success rate = 33% (1/3), round-trip min/avg/max = 2/2/2 ms\n");
    expect_print(ping_rows(none, COUNT(none), "There is no route."), EXEC_PING,
        "..\n"
        "% 2 of 2 requests dropped here: There is no route.\n"
        "Success rate = 0% (0/2)\n");
}

Test(show_rows, break_the_marks_of_many_pings_at_the_width)
{
    uint64_t all[7] = {1, 1, 1, 1, 1, 1, 1};
    struct show_rows *rows = ping_rows(all, COUNT(all), NULL);
    struct str out;

    str_init(&out);
    show_rows_print(rows, EXEC_PING, 3, &out);
    cr_expect(str_has_prefix(str_text(&out), "!!!\n!!!\n!\nSuccess"));
    str_done(&out);
    show_rows_free(rows);
}

/* ---- all of them ---- */

Test(show_rows, take_only_rows_of_their_shape)
{
    struct show_rows *rows = show_rows_new(ROWS_IPSEC_LIFETIME);
    struct value columns[2] = {value_number(1), value_number(UINT64_MAX)};

    cr_expect_eq(show_rows_add(rows, columns, 1), ERR_MALFORMED, "too few");
    cr_expect_eq(
        show_rows_add(rows, columns, 2), ERR_MALFORMED, "out of range");
    columns[1] = value_text("x");
    cr_expect_eq(
        show_rows_add(rows, columns, 2), ERR_MALFORMED, "not a number");
    value_done(&columns[1]);
    cr_expect_eq(show_rows_add(rows, columns, 2), OK, "nothing is allowed");
    show_rows_free(rows);
}

Test(show_rows, print_every_column_where_an_exec_has_no_layout)
{
    struct show_rows *rows = show_rows_new(ROWS_IPSEC_LIFETIME);
    struct value columns[2] = {value_number(1800), value_none()};

    cr_assert_eq(show_rows_add(rows, columns, 2), OK);
    expect_print(rows, EXEC_HELP,
        "seconds kilobytes\n"
        "------- ---------\n"
        "   1800       ---\n");
}

Test(show_rows, print_an_empty_answer_of_every_kind)
{
    for (uint16_t exec = 0; exec < EXEC_COUNT; exec++) {
        struct show_rows *rows;
        struct str out;

        if (schema_execs[exec].rows == SCHEMA_NONE)
            continue;
        rows = show_rows_new(schema_execs[exec].rows);
        str_init(&out);
        show_rows_print(rows, exec, 0, &out);
        str_done(&out);
        show_rows_free(rows);
    }
}
