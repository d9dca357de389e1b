/*
 * notify.c: who is told of what, and at which pace.
 */
#include "snmp/notify.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "wire/wire.h"

enum { S = 1000000 };

/* A post that writes down what it is given. */
static struct notify *notify;
static struct str posted; /* a line each: address, notification */
static size_t sent;
static size_t closed;
static enum err answer;
static uint64_t told_lost;

static enum err
post(void *context, struct notify_target *target,
    const struct notify_message *message)
{
    (void)context;
    if (answer != OK)
        return answer;
    sent++;
    if (message->kind == NOTIFICATION_NOTIFICATIONS_LOST)
        told_lost = message->columns[COLUMN_NOTIFICATION_LOST].number;
    str_printf(&posted, "%u %s\n",
        (unsigned)notify_target_host(target)->address,
        notification_texts[message->kind].name);
    return OK;
}

static void
shut(void *context, struct notify_target *target)
{
    (void)context;
    (void)target;
    closed++;
}

static void
set_up(void)
{
    const struct notify_post to = {post, shut, NULL};

    str_init(&posted);
    sent = 0;
    closed = 0;
    told_lost = 0;
    answer = OK;
    notify = notify_new(&to);
}

static void
tear_down(void)
{
    notify_free(notify);
    str_done(&posted);
}

static struct notify_host
host(uint32_t address)
{
    return (struct notify_host){
        .vr = "default",
        .address = address,
        .port = 162,
        .version = SNMP_PROTOCOL_2C,
        .name = "public",
        .severity = EVENT_SEVERITY_NOTICE,
    };
}

static void
tell(uint64_t now_us, enum notification kind, const char *vr)
{
    struct notify_message *message = notify_message_new(kind, 7);

    message->columns[COLUMN_NOTIFICATION_VIRTUAL_ROUTER] = value_text(vr);
    notify_take(notify, now_us, message);
}

TestSuite(notify, .init = set_up, .fini = tear_down);

Test(notify, tells_each_host_what_it_wants)
{
    struct notify_host hosts[5];
    const uint64_t ipsec = value_list_add(0, SNMP_CATEGORY_IPSEC);

    for (uint32_t i = 0; i < 5; i++)
        hosts[i] = host(i);
    hosts[1].severity = EVENT_SEVERITY_WARNING;
    hosts[2].categories = ipsec;
    hosts[3].severity = EVENT_SEVERITY_DEBUG;
    (void)snprintf(hosts[4].vr, sizeof hosts[4].vr, "isp");
    notify_set_hosts(notify, hosts, 5);

    tell(S, NOTIFICATION_TUNNEL_REKEYED, "isp"); /* info */
    cr_expect_str_eq(
        str_text(&posted), "3 tunnel-rekeyed\n", "%s", str_text(&posted));
    str_clear(&posted);
    tell(S, NOTIFICATION_TUNNEL_UP, "default"); /* notice */
    cr_expect_str_eq(str_text(&posted),
        "0 tunnel-up\n2 tunnel-up\n3 tunnel-up\n", "%s", str_text(&posted));
    str_clear(&posted);
    tell(S, NOTIFICATION_LINK_DOWN, "isp"); /* warning */
    cr_expect_str_eq(str_text(&posted),
        "0 link-down\n1 link-down\n3 link-down\n4 link-down\n", "%s",
        str_text(&posted));
    str_clear(&posted);
    tell(S, NOTIFICATION_COLD_START, ""); /* notice, of nobody's router */
    cr_expect_str_eq(str_text(&posted),
        "0 cold-start\n3 cold-start\n4 cold-start\n", "%s", str_text(&posted));
}

Test(notify, the_agent_above_is_a_receiver_beside_the_hosts)
{
    struct notify_host hosts[2] = {host(0), host(0)};
    uint64_t ipsec = value_list_add(0, SNMP_CATEGORY_IPSEC);

    hosts[1].is_master = true;
    hosts[1].categories = ipsec;
    cr_expect(notify_host_takes(&hosts[0], NOTIFICATION_LINK_DOWN));
    cr_expect_not(notify_host_takes(&hosts[1], NOTIFICATION_LINK_DOWN));
    cr_expect(notify_host_takes(&hosts[1], NOTIFICATION_TUNNEL_DOWN));
    cr_expect_not(notify_host_takes(&hosts[1], NOTIFICATION_TUNNEL_REKEYED));
    notify_set_hosts(notify, hosts, 2);
    cr_expect_eq(notify_count(notify), 2);

    answer = ERR_CONFLICT; /* it is away */
    tell(S, NOTIFICATION_TUNNEL_DOWN, "isp");
    cr_expect_eq(sent, 0);
    answer = OK;
    notify_turn(notify, 2 * S);
    cr_expect_eq(sent, 2);
    notify_set_hosts(notify, &hosts[1], 1);
    cr_expect_eq(closed, 1);
    cr_expect_eq(notify_target_counters(notify_target(notify, 0)).sent, 1);
}

Test(notify, a_storm_is_held_up_dropped_and_told_of)
{
    const struct notify_host one = host(1);
    struct notify_counters counters;
    uint64_t now_us = S;

    notify_set_hosts(notify, &one, 1);
    for (unsigned i = 0; i < 10000; i++)
        tell(now_us, NOTIFICATION_TUNNEL_DOWN, "default");
    cr_expect_eq(sent, NOTIFY_BURST);
    counters = notify_target_counters(notify_target(notify, 0));
    cr_expect_eq(counters.waiting, NOTIFY_WAITING_MAX);
    cr_expect_eq(counters.dropped, 10000 - NOTIFY_BURST - NOTIFY_WAITING_MAX);

    for (unsigned i = 0; i < 10; i++) { /* a second */
        now_us += S / 10;
        notify_turn(notify, now_us);
    }
    cr_expect_eq(sent, NOTIFY_BURST + NOTIFY_RATE);
    while (notify_due(notify) != UINT64_MAX) {
        cr_assert_leq(notify_due(notify), now_us + S);
        now_us = notify_due(notify);
        notify_turn(notify, now_us);
    }
    cr_expect_eq(told_lost, counters.dropped);
    cr_expect_eq(sent, NOTIFY_BURST + NOTIFY_WAITING_MAX + 1);
    cr_expect_leq(now_us, S + S * (NOTIFY_WAITING_MAX + 2) / NOTIFY_RATE);
    counters = notify_target_counters(notify_target(notify, 0));
    cr_expect_eq(counters.sent, sent);
    cr_expect_eq(counters.waiting, 0);
}

Test(notify, a_quiet_time_is_credit_for_one_burst)
{
    const struct notify_host one = host(1);

    notify_set_hosts(notify, &one, 1);
    tell(S, NOTIFICATION_TUNNEL_DOWN, "default");
    for (unsigned i = 0; i < 1000; i++)
        tell(UINT64_C(3600) * S, NOTIFICATION_TUNNEL_DOWN, "default");
    cr_expect_eq(sent, 1 + NOTIFY_BURST);
}

Test(notify, so_many_informs_are_under_way)
{
    struct notify_host one = host(1);
    struct notify_target *target;
    struct notify_counters counters;

    one.kind = SNMP_KIND_INFORMS;
    notify_set_hosts(notify, &one, 1);
    target = notify_target(notify, 0);
    for (unsigned i = 0; i < 20; i++)
        tell(S, NOTIFICATION_TUNNEL_DOWN, "default");
    cr_expect_eq(sent, NOTIFY_UNDER_WAY_MAX);
    cr_expect_eq(notify_due(notify), UINT64_MAX);
    notify_ended(notify, target, true);
    notify_ended(notify, target, false);
    notify_turn(notify, notify_due(notify));
    cr_expect_eq(sent, NOTIFY_UNDER_WAY_MAX + 2);
    counters = notify_target_counters(target);
    cr_expect_eq(counters.acknowledged, 1);
    cr_expect_eq(counters.failed, 1);
    cr_expect_eq(counters.waiting, 2);
    cr_expect_eq(counters.under_way, NOTIFY_UNDER_WAY_MAX);
}

Test(notify, what_cannot_be_sent_yet_is_tried_again)
{
    const struct notify_host one = host(1);

    notify_set_hosts(notify, &one, 1);
    answer = ERR_CONFLICT;
    tell(S, NOTIFICATION_TUNNEL_DOWN, "default");
    cr_expect_eq(sent, 0);
    answer = OK;
    notify_turn(notify, S + 1);
    cr_expect_eq(sent, 0, "not at once");
    notify_turn(notify, notify_due(notify));
    cr_expect_eq(sent, 1);
    answer = ERR_IO;
    tell(2 * S, NOTIFICATION_TUNNEL_DOWN, "default");
    cr_expect_eq(notify_target_counters(notify_target(notify, 0)).failed, 1);
}

Test(notify, hosts_that_stay_keep_their_counters)
{
    struct notify_host hosts[] = {host(1), host(2)};

    notify_set_hosts(notify, hosts, 2);
    tell(S, NOTIFICATION_TUNNEL_DOWN, "default");
    hosts[0] = hosts[1];
    hosts[0].severity = EVENT_SEVERITY_ERROR;
    notify_set_hosts(notify, hosts, 1);
    cr_assert_eq(notify_count(notify), 1);
    cr_expect_eq(notify_target_counters(notify_target(notify, 0)).sent, 1);
    cr_expect_eq(closed, 1, "the one that is gone");
    hosts[0].port = 1162;
    notify_set_hosts(notify, hosts, 1);
    cr_expect_eq(closed, 2, "it is called at another place now");
    cr_expect_eq(notify_target_counters(notify_target(notify, 0)).sent, 1);
    tell(S, NOTIFICATION_TUNNEL_DOWN, "default");
    cr_expect_eq(sent, 2, "only errors are wanted");
}

Test(notify, reads_events)
{
    struct notify_message *message;
    struct wire_frame event;

    wire_frame_init(&event, WIRE_EVENT, 0);
    wire_add_number(&event, WIRE_NOTIFICATION);
    wire_add_text(&event, "Tunnel a: ...");
    wire_add_number(&event, 0);
    for (unsigned i = 0; i < COLUMNS_NOTIFICATION; i++) {
        if (i == COLUMN_NOTIFICATION_KIND) {
            wire_add_number(&event, NOTIFICATION_TUNNEL_DOWN);
        } else if (i == COLUMN_NOTIFICATION_NAME) {
            wire_add_text(&event, "a");
        } else {
            wire_add(&event, value_none());
        }
    }
    message = notify_message_of(&event, 77);
    cr_assert_not_null(message);
    cr_expect_eq(message->kind, NOTIFICATION_TUNNEL_DOWN);
    cr_expect_eq(message->uptime_cs, 77);
    cr_expect_str_eq(
        value_string(&message->columns[COLUMN_NOTIFICATION_NAME]), "a");
    notify_message_unref(message);
    event.items[WIRE_NOTIFICATION_AT + COLUMN_NOTIFICATION_KIND].number = 200;
    cr_expect_null(notify_message_of(&event, 77));
    wire_frame_done(&event);
}
