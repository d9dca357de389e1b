/*
 * test_shows.c - the rows of each show, on the gateway boston:
 *
 *    10.1.0.1/16 boston 192.0.2.1 ---- 192.0.2.2 ottawa 10.2.0.1/16
 *                     \____ tunnel, esp-hmac-sha ____/
 *
 * A row is compared as text: the columns that are set, as NAME=VALUE.
 */
#include "oper/oper.h"

#include "base/arena.h"
#include "base/ip.h"
#include "base/str.h"
#include "tests/support/gateway.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct gateway *boston;
static struct gateway *ottawa;

struct collector {
    enum schema_rows_id rows;
    struct str text;
};

static void
collect(void *context, const struct value *columns)
{
    struct collector *collector = context;
    const struct schema_rows *rows = &schema_rows[collector->rows];

    for (uint16_t i = 0; i < rows->column_count; i++) {
        if (!value_is_set(&columns[i]))
            continue;
        cr_assert_eq(value_check(&rows->columns[i].type, &columns[i]), OK,
            "%s.%s", rows->name, rows->columns[i].name);
        str_printf(&collector->text, "%s=", rows->columns[i].name);
        if (rows->columns[i].type.kind == TYPE_FLAG)
            str_add(&collector->text, "yes");
        else
            value_write(&rows->columns[i].type, &columns[i], &collector->text);
        str_add_char(&collector->text, ' ');
    }
    str_add_char(&collector->text, '\n');
}

static struct oper_view
view(void)
{
    return (struct oper_view){
        .running = boston->running,
        .generation = 7,
        .boot_generation = 5,
        .ipsec = boston->ipsec,
        .dp = boston->dp,
        .chassis = &boston->chassis,
        .started_us = 1000000000,
        .now_us = 1000000000 + 90000000,
        .session_vr = "default",
    };
}

static enum err
ask_with(const struct oper_view *of, enum schema_exec_id exec,
    const struct value *args, struct diag *diag, char **out_text)
{
    struct collector collector = {
        .rows = (enum schema_rows_id)schema_execs[exec].rows};
    const struct row_sink sink = {collect, &collector};
    enum err error;

    str_init(&collector.text);
    error = oper_show(of, exec, args, &sink, diag);
    *out_text = mem_strdup(str_text(&collector.text));
    str_done(&collector.text);
    return error;
}

/* The rows that a show without arguments gives; free them. */
static char *
ask(enum schema_exec_id exec)
{
    const struct value args[SCHEMA_ARGS_MAX] = {0};
    const struct oper_view of = view();
    char *text;

    cr_assert_eq(ask_with(&of, exec, args, NULL, &text), OK);
    return text;
}

static void
expect(enum schema_exec_id exec, const char *wanted)
{
    char *text = ask(exec);

    cr_assert_str_eq(text, wanted);
    free(text);
}

static void
set_up(void)
{
    gateway_two_sites(&boston, &ottawa);
    cr_assert(gateway_ping(boston, ottawa, "10.2.0.1", "10.1.0.1"));
}

static void
tear_down(void)
{
    gateway_free(boston);
    gateway_free(ottawa);
}

static void
commit(struct object *object)
{
    gateway_put(boston, object);
    cr_assert_eq(gateway_commit(boston), OK);
}

/* ---- the router ---- */

Test(shows, version_is_ours_or_that_of_the_identity, .init = set_up,
    .fini = tear_down)
{
    expect(EXEC_SHOW_VERSION,
        "model=ermine release=0.1.0 version=0.1.0 release-0.0 [BuildId "
        "0.1.0] build_date=November 23, 2026 uptime_s=90 since_s=1000 "
        "ports=1 \n");
    strcpy(boston->chassis.model, "ERX-310");
    strcpy(boston->chassis.release, "15.1.0");
    expect(EXEC_SHOW_VERSION,
        "model=ERX-310 release=15.1.0 version=15.1.0 release-0.0 [BuildId "
        "0.1.0] build_date=November 23, 2026 uptime_s=90 since_s=1000 "
        "ports=1 \n");
}

Test(shows, hardware_is_the_chassis_with_its_ports, .init = set_up,
    .fini = tear_down)
{
    struct object *port = gateway_interface(
        "default", INTERFACE_TYPE_FASTETHERNET, "0/0", "192.0.2.1/24");

    expect(EXEC_SHOW_HARDWARE,
        "location=0/0 kind=sim parameters=wire=test latency=5ms "
        "state=up \n");
    gateway_set_number(port, FIELD_INTERFACE_SHUTDOWN, 1);
    commit(port);
    expect(EXEC_SHOW_HARDWARE,
        "location=0/0 kind=sim parameters=wire=test latency=5ms "
        "state=down \n");
}

Test(shows, what_collectors_ask_for_does_not_change, .init = set_up,
    .fini = tear_down)
{
    static const enum schema_exec_id execs[] = {EXEC_SHOW_REDUNDANCY,
        EXEC_SHOW_BOOT, EXEC_SHOW_ENVIRONMENT, EXEC_SHOW_HARDWARE};
    struct oper_view later = view();
    const struct value args[SCHEMA_ARGS_MAX] = {0};
    char *text;
    char *again;

    later.now_us += 86400000000;
    later.generation++;
    for (size_t i = 0; i < sizeof(execs) / sizeof(execs[0]); i++) {
        text = ask(execs[i]);
        cr_assert_neq(text[0], '\0');
        cr_assert_eq(ask_with(&later, execs[i], args, NULL, &again), OK);
        cr_assert_str_eq(text, again);
        free(text);
        free(again);
    }
}

Test(shows, boot_and_environment_say_where_the_configuration_is, .init = set_up,
    .fini = tear_down)
{
    struct oper_view on_disk = view();
    const struct value args[SCHEMA_ARGS_MAX] = {0};
    char *text;

    expect(EXEC_SHOW_REDUNDANCY,
        "mode=none state=This router is one process and has no standby. \n");
    expect(EXEC_SHOW_BOOT,
        "release=0.1.0 configuration=in memory only generation=5 \n");
    expect(EXEC_SHOW_ENVIRONMENT,
        "item=packet engine state=in software, in service \n"
        "item=configuration state=in memory, gone when the router stops \n"
        "item=temperature state=not measured \n");
    on_disk.state_dir = "/nowhere";
    cr_assert_eq(ask_with(&on_disk, EXEC_SHOW_BOOT, args, NULL, &text), OK);
    cr_assert_str_eq(
        text, "release=0.1.0 configuration=config.db generation=5 \n");
    free(text);
    cr_assert_eq(
        ask_with(&on_disk, EXEC_SHOW_ENVIRONMENT, args, NULL, &text), OK);
    cr_assert(strstr(text, "on disk, written at each commit") != NULL);
    free(text);
}

Test(shows, dir_lists_the_database_where_there_is_one, .init = set_up,
    .fini = tear_down)
{
    char dir[] = "/tmp/ermine-oper-XXXXXX";
    struct oper_view on_disk = view();
    const struct value args[SCHEMA_ARGS_MAX] = {0};
    char path[64];
    FILE *file;
    char *text;

    expect(EXEC_DIR, "");
    cr_assert_not_null(mkdtemp(dir));
    on_disk.state_dir = dir;
    cr_assert_eq(ask_with(&on_disk, EXEC_DIR, args, NULL, &text), OK);
    cr_assert_str_eq(text, "");
    free(text);
    (void)snprintf(path, sizeof(path), "%s/config.db", dir);
    file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_eq(fputs("12345", file) < 0, 0);
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(ask_with(&on_disk, EXEC_DIR, args, NULL, &text), OK);
    cr_assert(str_has_prefix(text, "name=config.db size_bytes=5 modified_s="));
    free(text);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(rmdir(dir), 0);
}

Test(shows, users_are_the_sessions, .init = set_up, .fini = tear_down)
{
    const struct oper_user users[] = {
        {.session = 1,
         .user = "root",
         .line = "console 0",
         .from = "process 7",
         .level = 15,
         .since_us = 5000000,
         .own = true},
        {.session = 2,
         .user = "eve",
         .from = "batch",
         .level = 1,
         .uncommitted_changes = 3,
         .since_us = 6000000},
    };
    struct oper_view with = view();
    const struct value args[SCHEMA_ARGS_MAX] = {0};
    char *text;

    with.users = users;
    with.user_count = 2;
    cr_assert_eq(ask_with(&with, EXEC_SHOW_USERS, args, NULL, &text), OK);
    cr_assert_str_eq(text,
        "session=1 user=root line=console 0 from=process 7 level=15 "
        "uncommitted_changes=0 "
        "since_s=5 own=yes \n"
        "session=2 user=eve line= from=batch level=1 uncommitted_changes=3 "
        "since_s=6 \n");
    free(text);
}

/* ---- IP ---- */

Test(shows, virtual_routers_with_what_they_hold, .init = set_up,
    .fini = tear_down)
{
    gateway_put(boston, gateway_vr("red"));
    commit(
        gateway_interface("red", INTERFACE_TYPE_LOOPBACK, "1", "10.9.0.1/32"));
    expect(EXEC_SHOW_VIRTUAL_ROUTER, "name=default interfaces=3 routes=1 \n"
                                     "name=red interfaces=1 routes=0 \n");
}

Test(shows, interfaces_with_state_address_mtu_and_counters, .init = set_up,
    .fini = tear_down)
{
    struct object *null =
        gateway_interface("default", INTERFACE_TYPE_NULL, "0", NULL);

    gateway_set_text(null, FIELD_INTERFACE_DESCRIPTION, "black hole");
    gateway_set_number(null, FIELD_INTERFACE_SHUTDOWN, 1);
    commit(null);
    expect(EXEC_SHOW_IP_INTERFACE,
        "name=loopback0 virtual_router=default protocol=Loopback "
        "administrative=up line_state=up ip_state=up address=10.1.0.1 mask=255.255.0.0 "
        "broadcast=10.1.255.255 mtu=1500 in_packets=0 in_octets=0 "
        "out_packets=0 out_octets=0 \n"
        "name=null0 virtual_router=default protocol=Null administrative=down "
        "line_state=down "
        "ip_state=down description=black hole mtu=1500 in_packets=0 "
        "in_octets=0 out_packets=0 out_octets=0 \n"
        "name=fastEthernet0/0 virtual_router=default protocol=Ethernet "
        "administrative=up line_state=up ip_state=up address=192.0.2.1 mask=255.255.255.0 "
        "broadcast=192.0.2.255 mtu=1400 in_packets=1 in_octets=172 "
        "out_packets=1 out_octets=172 \n"
        "name=ipsec:ottawa virtual_router=default protocol=IpTunnel "
        "administrative=up line_state=up ip_state=up address=10.255.0.1 "
        "mask=255.255.255.252 broadcast=10.255.0.3 mtu=1440 in_packets=1 "
        "in_octets=128 out_packets=1 out_octets=128 \n");
}

Test(shows, one_interface_by_its_name, .init = set_up, .fini = tear_down)
{
    const struct oper_view of = view();
    struct value args[SCHEMA_ARGS_MAX] = {0};
    struct diag diag;
    char *text;

    diag_init(&diag);
    args[ARG_SHOW_IP_INTERFACE_TYPE] =
        value_number((uint64_t)INTERFACE_TYPE_LOOPBACK);
    args[ARG_SHOW_IP_INTERFACE_LOCATION] = value_text("0");
    cr_assert_eq(ask_with(&of, EXEC_SHOW_IP_INTERFACE, args, &diag, &text), OK);
    cr_assert(str_has_prefix(text, "name=loopback0 "));
    free(text);
    value_done(&args[ARG_SHOW_IP_INTERFACE_LOCATION]);
    args[ARG_SHOW_IP_INTERFACE_LOCATION] = value_text("9");
    cr_assert_eq(ask_with(&of, EXEC_SHOW_IP_INTERFACE, args, &diag, &text),
        ERR_NOT_FOUND);
    free(text);
    cr_assert_str_eq(diag.entries[0].sentence,
        "There is no interface loopback 9 in virtual router default.");
    value_done(&args[ARG_SHOW_IP_INTERFACE_LOCATION]);
    args[ARG_SHOW_IP_INTERFACE_TYPE] = value_none();
    args[ARG_SHOW_IP_INTERFACE_TUNNEL] = value_text("ottawa");
    cr_assert_eq(ask_with(&of, EXEC_SHOW_IP_INTERFACE, args, &diag, &text), OK);
    cr_assert(str_has_prefix(text, "name=ipsec:ottawa "));
    free(text);
    value_done(&args[ARG_SHOW_IP_INTERFACE_TUNNEL]);
    diag_done(&diag);
}

Test(shows, routes_and_which_of_them_are_in_use, .init = set_up,
    .fini = tear_down)
{
    struct object *last = gateway_route("default", "10.2.0.0/16", "192.0.2.2");
    struct object *port;

    gateway_set_number(last, FIELD_ROUTE_DISTANCE, 200);
    gateway_put(boston, last);
    gateway_put(
        boston, gateway_route("default", "10.3.0.0/16", "198.51.100.7"));
    commit(gateway_route("default", "192.0.2.0/24", "192.0.2.9"));
    expect(EXEC_SHOW_IP_ROUTE,
        "prefix=10.1.0.0 mask=255.255.0.0 kind=connected "
        "interface=loopback0 distance=0 active=yes \n"
        "prefix=10.2.0.0 mask=255.255.0.0 kind=static "
        "interface=ipsec:ottawa distance=1 active=yes \n"
        "prefix=10.2.0.0 mask=255.255.0.0 kind=static next_hop=192.0.2.2 "
        "interface=fastEthernet0/0 distance=200 \n"
        "prefix=10.3.0.0 mask=255.255.0.0 kind=static "
        "next_hop=198.51.100.7 distance=1 \n"
        "prefix=10.255.0.0 mask=255.255.255.252 kind=connected "
        "interface=ipsec:ottawa distance=0 active=yes \n"
        "prefix=192.0.2.0 mask=255.255.255.0 kind=connected "
        "interface=fastEthernet0/0 distance=0 active=yes \n"
        "prefix=192.0.2.0 mask=255.255.255.0 kind=static "
        "next_hop=192.0.2.9 interface=fastEthernet0/0 distance=1 \n");

    /* Without its port, only what does not need it is in use. */
    port = gateway_interface(
        "default", INTERFACE_TYPE_FASTETHERNET, "0/0", "192.0.2.1/24");
    gateway_set_number(port, FIELD_INTERFACE_SHUTDOWN, 1);
    commit(port);
    expect(EXEC_SHOW_IP_ROUTE,
        "prefix=10.1.0.0 mask=255.255.0.0 kind=connected "
        "interface=loopback0 distance=0 active=yes \n"
        "prefix=10.2.0.0 mask=255.255.0.0 kind=static "
        "interface=ipsec:ottawa distance=1 active=yes \n"
        "prefix=10.2.0.0 mask=255.255.0.0 kind=static next_hop=192.0.2.2 "
        "distance=200 \n"
        "prefix=10.3.0.0 mask=255.255.0.0 kind=static "
        "next_hop=198.51.100.7 distance=1 \n"
        "prefix=10.255.0.0 mask=255.255.255.252 kind=connected "
        "interface=ipsec:ottawa distance=0 active=yes \n"
        "prefix=192.0.2.0 mask=255.255.255.0 kind=connected "
        "interface=fastEthernet0/0 distance=0 \n"
        "prefix=192.0.2.0 mask=255.255.255.0 kind=static "
        "next_hop=192.0.2.9 distance=1 \n");
}

Test(shows, drops_by_reason_with_a_sentence, .init = set_up, .fini = tear_down)
{
    const struct oper_view of = view();
    const struct value args[SCHEMA_ARGS_MAX] = {0};
    char *text;

    cr_assert_not(gateway_ping(boston, ottawa, "198.51.100.7", "10.1.0.1"));
    cr_assert_eq(ask_with(&of, EXEC_SHOW_IP_DROPS, args, NULL, &text), OK);
    cr_assert(str_has_prefix(text, "reason=malformed packets=0 sentence="));
    cr_assert(strstr(text, "reason=no-route packets=1 sentence=No route "
                           "leads to the destination. \n") != NULL);
    free(text);
}

Test(shows, traffic_by_stage_and_reason, .init = set_up, .fini = tear_down)
{
    char *text;

    cr_assert(gateway_ping(boston, ottawa, "10.2.0.1", "10.1.0.1"));
    cr_assert_not(gateway_ping(boston, ottawa, "198.51.100.7", "10.1.0.1"));
    text = ask(EXEC_SHOW_IP_TRAFFIC);
    cr_expect(str_has_prefix(text, "kind=stage item=received packets=2 "));
    cr_expect_neq(strstr(text, "\nkind=stage item=decapsulation packets=2 "),
        NULL, "%s", text);
    cr_expect_neq(
        strstr(text, "\nkind=stage item=encapsulation packets=2 "), NULL);
    cr_expect_neq(strstr(text, "\nkind=made item=echo-replies packets=0 "),
        NULL, "ottawa answered");
    cr_expect_neq(strstr(text, "\nkind=drop item=no-route packets=1 "), NULL);
    cr_expect_neq(strstr(text, "\nkind=drop item=replayed packets=0 "), NULL);
    free(text);
}

/* ---- IPsec ---- */

Test(shows, sas_with_numbers_and_window, .init = set_up, .fini = tear_down)
{
    const struct oper_view of = view();
    struct value args[SCHEMA_ARGS_MAX] = {0};
    struct diag diag;
    char *text;

    cr_assert(gateway_ping(boston, ottawa, "10.2.0.1", "10.1.0.1"));
    text = ask(EXEC_SHOW_IPSEC_SA);
    cr_expect_str_eq(text,
        "tunnel=ottawa direction=in spi=0x1001 transform=esp-hmac-sha "
        "source=192.0.2.2 destination=192.0.2.1 transport_vr=default "
        "sequence=2 window=64 packets=2 octets=256 mode=tunnel \n"
        "tunnel=ottawa direction=out spi=0x2001 transform=esp-hmac-sha "
        "source=192.0.2.1 destination=192.0.2.2 transport_vr=default "
        "sequence=2 packets=2 octets=256 mode=tunnel \n");
    free(text);
    diag_init(&diag);
    args[ARG_SHOW_IPSEC_SA_TUNNEL] = value_text("nowhere");
    cr_expect_eq(
        ask_with(&of, EXEC_SHOW_IPSEC_SA, args, &diag, &text), ERR_NOT_FOUND);
    cr_expect_str_eq(diag.entries[0].sentence, "There is no tunnel nowhere.");
    value_done(&args[ARG_SHOW_IPSEC_SA_TUNNEL]);
    diag_done(&diag);
    free(text);
}

Test(shows, ike_policy_rules, .init = set_up, .fini = tear_down)
{
    struct value number = value_number(5);
    struct oper_view after;
    struct value args[SCHEMA_ARGS_MAX] = {0};
    struct diag diag;
    char *text;

    commit(object_new(OBJECT_IKE_POLICY_RULE, &number));
    expect(EXEC_SHOW_IPSEC_IKE_POLICY_RULE,
        "number=5 encryption=3des hash=sha authentication=pre-share "
        "dh_group=2 lifetime_s=28800 \n");
    diag_init(&diag);
    after = view();
    args[ARG_SHOW_IPSEC_IKE_POLICY_RULE_NUMBER] = value_number(6);
    cr_assert_eq(
        ask_with(&after, EXEC_SHOW_IPSEC_IKE_POLICY_RULE, args, &diag, &text),
        ERR_NOT_FOUND);
    cr_assert_str_eq(
        diag.entries[0].sentence, "There is no IKE policy rule 6.");
    free(text);
    diag_done(&diag);
}

Test(shows, what_ike_is_told, .init = set_up, .fini = tear_down)
{
    struct value keys[] = {
        value_text("default"), value_none(), value_text("b.isp.net")};
    struct object *vr = object_new(OBJECT_VIRTUAL_ROUTER, keys);

    expect(EXEC_SHOW_IPSEC_LOCAL_ENDPOINT, "");
    expect(EXEC_SHOW_IPSEC_OPTION, "virtual_router=default nat_t=yes \n");
    commit(object_new(OBJECT_PRESHARED_KEY, keys));
    expect(EXEC_SHOW_IPSEC_KEY_MANUAL,
        "virtual_router=default identity=b.isp.net \n");
    gateway_set_number(
        vr, FIELD_VIRTUAL_ROUTER_LOCAL_ENDPOINT, gateway_ip("192.0.2.1"));
    gateway_set_number(vr, FIELD_VIRTUAL_ROUTER_OPTION_DPD, 1);
    gateway_set_number(vr, FIELD_VIRTUAL_ROUTER_OPTION_NAT_T, 0);
    commit(vr);
    expect(EXEC_SHOW_IPSEC_LOCAL_ENDPOINT,
        "virtual_router=default address=192.0.2.1 \n");
    expect(EXEC_SHOW_IPSEC_OPTION, "virtual_router=default dpd=yes \n");
    expect(EXEC_SHOW_LICENSE_IPSEC_TUNNELS, "\n");
    value_done(&keys[0]);
    value_done(&keys[2]);
}

Test(shows, transform_sets_and_lifetime, .init = set_up, .fini = tear_down)
{
    const struct oper_view *of;
    struct oper_view after;
    struct value args[SCHEMA_ARGS_MAX] = {0};
    struct value name = value_text("strong");
    struct object *set = object_new(OBJECT_TRANSFORM_SET, &name);
    struct diag diag;
    char *text;

    gateway_set_number(set, FIELD_TRANSFORM_SET_TRANSFORMS,
        value_list_add(value_list_add(0, (unsigned)TRANSFORM_ESP_HMAC_SHA),
            (unsigned)TRANSFORM_ESP_DES));
    commit(set);
    value_done(&name);
    expect(EXEC_SHOW_IPSEC_TRANSFORM_SET,
        "name=strong transforms=esp-hmac-sha esp-des \n");
    expect(EXEC_SHOW_IPSEC_LIFETIME, "seconds=28800 kilobytes=102400 \n");
    diag_init(&diag);
    after = view();
    of = &after;
    args[ARG_SHOW_IPSEC_TRANSFORM_SET_NAME] = value_text("weak");
    cr_assert_eq(
        ask_with(of, EXEC_SHOW_IPSEC_TRANSFORM_SET, args, &diag, &text),
        ERR_NOT_FOUND);
    cr_assert_str_eq(
        diag.entries[0].sentence, "There is no transform set weak.");
    free(text);
    value_done(&args[0]);
    diag_done(&diag);
}

/* A second tunnel, signaled and shut down, with all there is to show. */
static void
add_signaled(void)
{
    struct object *tunnel =
        gateway_tunnel("paris", "192.0.2.1", "203.0.113.9", 1, 1);

    for (unsigned field = FIELD_TUNNEL_SESSION_KEY_INBOUND_TRANSFORM;
         field <= FIELD_TUNNEL_SESSION_KEY_OUTBOUND_KEY; field++)
        value_done(&tunnel->fields[field]);
    value_done(&tunnel->fields[FIELD_TUNNEL_SOURCE_ADDRESS]);
    gateway_set_text(
        tunnel, FIELD_TUNNEL_SOURCE_IDENTITY, "boston.example.net");
    gateway_set_number(tunnel, FIELD_TUNNEL_BACKUP_DESTINATION_ADDRESS,
        gateway_ip("203.0.113.10"));
    gateway_set_number(
        tunnel, FIELD_TUNNEL_SIGNALING, (uint64_t)SIGNALING_ISAKMP);
    gateway_set_number(tunnel, FIELD_TUNNEL_PFS_GROUP, (uint64_t)PFS_GROUP_5);
    gateway_set_number(tunnel, FIELD_TUNNEL_LIFETIME_SECONDS, 7200);
    gateway_set_number(
        tunnel, FIELD_TUNNEL_LOCAL_IDENTITY_ADDRESS, gateway_ip("10.1.0.0"));
    gateway_set_number(
        tunnel, FIELD_TUNNEL_LOCAL_IDENTITY_MASK, ip_mask_of(16));
    gateway_set_number(
        tunnel, FIELD_TUNNEL_PEER_IDENTITY_FIRST, gateway_ip("10.4.0.1"));
    gateway_set_number(
        tunnel, FIELD_TUNNEL_PEER_IDENTITY_LAST, gateway_ip("10.4.0.9"));
    gateway_set_number(tunnel, FIELD_TUNNEL_SHUTDOWN, 1);
    commit(tunnel);
}

Test(shows, tunnels_one_line_each_and_their_summary, .init = set_up,
    .fini = tear_down)
{
    add_signaled();
    expect(EXEC_SHOW_IPSEC_TUNNEL,
        "name=ottawa state=up enabled=yes virtual_router=default \n"
        "name=paris state=down virtual_router=default reason=It is shut "
        "down: `no shutdown` brings it back. \n");
    expect(EXEC_SHOW_IPSEC_TUNNEL_SUMMARY,
        "total=2 enabled=1 disabled=1 up=1 down=1 not_present=0 \n");
}

Test(shows, tunnels_in_detail, .init = set_up, .fini = tear_down)
{
    add_signaled();
    expect(EXEC_SHOW_IPSEC_TUNNEL_DETAIL,
        "name=ottawa state=up enabled=yes virtual_router=default "
        "transport_vr=default signaling=manual mtu=1440 "
        "local_endpoint=192.0.2.1 remote_endpoint=192.0.2.2 "
        "source=192.0.2.1 destination=192.0.2.2 transform_set=strong "
        "local_identity=any peer_identity=any outbound_spi=0x2001 "
        "outbound_transform=esp-hmac-sha inbound_spi=0x1001 "
        "inbound_transform=esp-hmac-sha lifetime_s=28800 "
        "lifetime_kb=102400 in_user_packets=1 in_user_octets=128 "
        "in_acc_packets=1 in_acc_octets=172 in_auth_errors=0 "
        "in_replay_errors=0 in_policy_errors=0 in_other_rx_errors=0 "
        "in_decrypt_errors=0 in_pad_errors=0 out_user_packets=1 "
        "out_user_octets=128 out_acc_packets=1 out_acc_octets=172 "
        "out_policy_errors=0 out_other_tx_errors=0 \n"
        "name=paris state=down reason=It is shut down: `no shutdown` "
        "brings it back. virtual_router=default transport_vr=default "
        "signaling=isakmp mtu=1440 remote_endpoint=203.0.113.9 "
        "source=boston.example.net destination=203.0.113.9 "
        "backup_destination=203.0.113.10 transform_set=strong "
        "local_identity=subnet: 10.1.0.0 255.255.0.0 "
        "peer_identity=range: 10.4.0.1 10.4.0.9 lifetime_s=7200 "
        "lifetime_kb=102400 pfs_group=5 in_user_packets=0 "
        "in_user_octets=0 in_acc_packets=0 in_acc_octets=0 "
        "in_auth_errors=0 in_replay_errors=0 in_policy_errors=0 "
        "in_other_rx_errors=0 in_decrypt_errors=0 in_pad_errors=0 "
        "out_user_packets=0 out_user_octets=0 out_acc_packets=0 "
        "out_acc_octets=0 out_policy_errors=0 out_other_tx_errors=0 \n");
}

/* Which of the two tunnels pass this filter?  "o", "p", "op" or "". */
static void
filter(unsigned arg, struct value value, enum err error, const char *names)
{
    const struct oper_view of = view();
    struct value args[SCHEMA_ARGS_MAX] = {0};
    char *text;

    args[arg] = value;
    cr_assert_eq(
        ask_with(&of, EXEC_SHOW_IPSEC_TUNNEL, args, NULL, &text), error);
    cr_assert_eq(strstr(text, "ottawa") != NULL, strchr(names, 'o') != NULL);
    cr_assert_eq(strstr(text, "paris") != NULL, strchr(names, 'p') != NULL);
    free(text);
    value_done(&args[arg]);
}

Test(shows, tunnels_by_filter, .init = set_up, .fini = tear_down)
{
    add_signaled();
    commit(gateway_vr("red"));
    filter(ARG_SHOW_IPSEC_TUNNEL_NAME, value_text("paris"), OK, "p");
    filter(ARG_SHOW_IPSEC_TUNNEL_NAME, value_text("x"), ERR_NOT_FOUND, "");
    filter(ARG_SHOW_IPSEC_TUNNEL_ADDRESS, value_number(gateway_ip("192.0.2.2")),
        OK, "o");
    filter(ARG_SHOW_IPSEC_TUNNEL_STATE,
        value_number((uint64_t)TUNNEL_STATE_DOWN), OK, "p");
    filter(ARG_SHOW_IPSEC_TUNNEL_VR, value_text("default"), OK, "op");
    filter(ARG_SHOW_IPSEC_TUNNEL_VR, value_text("red"), OK, "");
    filter(ARG_SHOW_IPSEC_TUNNEL_TRANSPORT_VR, value_text("red"), OK, "");
    filter(ARG_SHOW_IPSEC_TUNNEL_VR, value_text("x"), ERR_NOT_FOUND, "");
}

Test(shows, names_that_do_not_exist_are_told_in_a_sentence, .init = set_up,
    .fini = tear_down)
{
    static const struct {
        enum schema_exec_id exec;
        unsigned arg;
        const char *sentence;
    } rows[] = {
        {EXEC_SHOW_IPSEC_TUNNEL,        ARG_SHOW_IPSEC_TUNNEL_NAME,
         "There is no tunnel x."        },
        {EXEC_SHOW_IPSEC_TUNNEL_DETAIL, ARG_SHOW_IPSEC_TUNNEL_DETAIL_NAME,
         "There is no tunnel x."        },
        {EXEC_SHOW_IP_INTERFACE,        ARG_SHOW_IP_INTERFACE_TUNNEL,
         "There is no tunnel x."        },
        {EXEC_SHOW_IP_ROUTE,            ARG_SHOW_IP_ROUTE_VR,
         "There is no virtual router x."},
        {EXEC_SHOW_IPSEC_TUNNEL,        ARG_SHOW_IPSEC_TUNNEL_TRANSPORT_VR,
         "There is no virtual router x."},
    };
    const struct oper_view of = view();
    struct value args[SCHEMA_ARGS_MAX] = {0};
    struct diag diag;
    char *text;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        diag_init(&diag);
        args[rows[i].arg] = value_text("x");
        cr_assert_eq(
            ask_with(&of, rows[i].exec, args, &diag, &text), ERR_NOT_FOUND);
        cr_assert_str_eq(text, "");
        cr_assert_eq(diag.count, 1);
        cr_assert_str_eq(diag.entries[0].sentence, rows[i].sentence);
        free(text);
        value_done(&args[rows[i].arg]);
        diag_done(&diag);
    }
}

Test(shows, refuses_a_command_without_rows, .init = set_up, .fini = tear_down)
{
    const struct oper_view of = view();
    const struct value args[SCHEMA_ARGS_MAX] = {0};
    const struct row_sink sink = {0};
    struct diag diag;

    diag_init(&diag);
    cr_assert_eq(oper_show(&of, EXEC_COMMIT, args, &sink, &diag), ERR_INVALID);
    cr_assert(diag_has_errors(&diag));
    diag_done(&diag);
}
