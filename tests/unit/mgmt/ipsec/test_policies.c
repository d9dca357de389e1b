/*
 * test_policies.c - policy lists of the configuration reach the dataplane,
 * and only those that changed.
 *
 *    10.1.0.1/16 boston 192.0.2.1 ---- 192.0.2.2 ottawa 10.2.0.1/16
 *                     \____ tunnel, esp-hmac-sha ____/
 *
 * Pings of boston's come to ottawa through the tunnel, so that they are input
 * of ottawa's tunnel and transit to a host that is not there; what the policy
 * said is in ottawa's counters.
 */
#include "ipsec/manager.h"

#include "base/str.h"
#include "tests/support/gateway.h"

#include <criterion/criterion.h>
#include <string.h>

static struct gateway *boston;
static struct gateway *ottawa;

static void
set_up(void)
{
    gateway_two_sites(&boston, &ottawa);
}

static void
tear_down(void)
{
    gateway_free(boston);
    gateway_free(ottawa);
}

/* ---- objects ---- */

static struct object *
classifier(const char *name, enum ip_protocol protocol)
{
    struct value keys[SCHEMA_KEYS_MAX] = {{.kind = VALUE_NONE}};
    struct object *object;

    keys[FIELD_CLASSIFIER_NAME] = value_text(name);
    keys[FIELD_CLASSIFIER_PROTOCOL] = value_number(protocol);
    object = object_new(OBJECT_CLASSIFIER, keys);
    value_done(&keys[FIELD_CLASSIFIER_NAME]);
    return object;
}

static struct object *
policy_list(const char *name)
{
    struct value key = value_text(name);
    struct object *object = object_new(OBJECT_POLICY_LIST, &key);

    value_done(&key);
    return object;
}

/* A group that filters. */
static struct object *
filter_group(const char *policy, const char *list, uint64_t precedence)
{
    struct value keys[] = {value_text(policy), value_text(list)};
    struct object *object = object_new(OBJECT_CLASSIFIER_GROUP, keys);

    value_done(&keys[0]);
    value_done(&keys[1]);
    gateway_set_number(object, FIELD_CLASSIFIER_GROUP_PRECEDENCE, precedence);
    gateway_set_number(object, FIELD_CLASSIFIER_GROUP_FILTER, 1);
    return object;
}

/* Ottawa's tunnel with this policy list; NULL: without. */
static void
attach(const char *policy)
{
    struct object *tunnel = object_copy(gateway_running(
        ottawa, gateway_tunnel("boston", "192.0.2.2", "192.0.2.1", 1, 1)));

    value_done(&tunnel->fields[FIELD_TUNNEL_IP_POLICY_INPUT]);
    if (policy != NULL)
        gateway_set_text(tunnel, FIELD_TUNNEL_IP_POLICY_INPUT, policy);
    gateway_put(ottawa, tunnel);
}

/* Policy p: list `all` is filtered; attached to ottawa's tunnel. */
static void
configure(void)
{
    gateway_put(ottawa, classifier("all", IP_PROTOCOL_IP));
    gateway_put(ottawa, policy_list("p"));
    gateway_put(ottawa, filter_group("p", "all", 100));
    attach("p");
    cr_assert_eq(gateway_commit(ottawa), OK);
}

/* One ping of boston's to a host behind ottawa. */
static void
send_one(void)
{
    (void)gateway_ping(boston, ottawa, "10.2.7.7", "10.1.0.1");
}

static uint64_t
met(const char *policy, const char *list)
{
    struct object *group = filter_group(policy, list, 0);
    struct dp_policy_counters counters;

    ipsec_policy_counters(ottawa->ipsec, group, &counters);
    object_unref(group);
    return counters.packets;
}

static uint64_t
filtered(void)
{
    uint64_t drops[DROP_COUNT];

    dp_drops(ottawa->dp, drops);
    return drops[DROP_POLICY_FILTER];
}

/* How many commands of this kind a commit would send, and how many in all. */
static size_t
planned(enum dp_command_kind kind, size_t *out_all)
{
    struct dp_batch *batch;
    size_t count = 0;

    cr_assert_eq(gateway_prepare(ottawa), OK);
    batch = plan_take_batch(ottawa->ipsec, ottawa->ipsec->plan);
    ottawa->ipsec->plan = NULL;
    for (size_t i = 0; i < batch->count; i++)
        count += batch->commands[i].kind == kind;
    *out_all = batch->count;
    apply_drop_batch(batch);
    return count;
}

/* ---- tests ---- */

Test(policies, filter_what_comes_out_of_a_tunnel, .init = set_up,
    .fini = tear_down)
{
    uint64_t before;

    send_one();
    cr_expect_eq(filtered(), 0);
    configure();
    send_one();
    cr_expect_gt(filtered(), 0);
    cr_expect_eq(met("p", "all"), filtered());
    cr_expect(gateway_ping(boston, ottawa, "10.2.0.1", "10.1.0.1"),
        "for ottawa itself");

    before = filtered();
    attach(NULL);
    cr_assert_eq(gateway_commit(ottawa), OK);
    send_one();
    cr_expect_eq(filtered(), before);
}

Test(
    policies, count_on_when_the_list_changes, .init = set_up, .fini = tear_down)
{
    uint64_t before;

    configure();
    send_one();
    before = met("p", "all");
    gateway_put(ottawa, classifier("tcp", IP_PROTOCOL_TCP));
    gateway_put(ottawa, filter_group("p", "tcp", 1));
    cr_assert_eq(gateway_commit(ottawa), OK);
    cr_expect_eq(met("p", "all"), before);
    send_one();
    cr_expect_gt(met("p", "all"), before);
    cr_expect_eq(met("p", "tcp"), 0, "pings are no TCP");
}

Test(policies, are_asked_by_precedence_and_then_by_name, .init = set_up,
    .fini = tear_down)
{
    configure();
    gateway_put(ottawa, classifier("icmp", IP_PROTOCOL_ICMP));
    gateway_put(ottawa, filter_group("p", "icmp", 100));
    cr_assert_eq(gateway_commit(ottawa), OK);
    send_one();
    cr_expect_gt(met("p", "all"), 0, "all is before icmp");
    cr_expect_eq(met("p", "icmp"), 0);
    gateway_put(ottawa, filter_group("p", "icmp", 99));
    cr_assert_eq(gateway_commit(ottawa), OK);
    send_one();
    cr_expect_gt(met("p", "icmp"), 0);
}

Test(policies, a_change_sends_the_lists_it_is_about_and_nothing_else,
    .init = set_up, .fini = tear_down)
{
    size_t all = 0;

    configure();
    gateway_put(ottawa, classifier("other", IP_PROTOCOL_TCP));
    gateway_put(ottawa, policy_list("q"));
    gateway_put(ottawa, filter_group("q", "other", 1));
    cr_expect_eq(planned(DP_POLICY_SET, &all), 1, "q alone");
    cr_expect_eq(all, 1);
}

Test(policies, an_entry_sends_all_lists_that_have_it, .init = set_up,
    .fini = tear_down)
{
    size_t all = 0;

    configure();
    gateway_put(ottawa, policy_list("q"));
    gateway_put(ottawa, filter_group("q", "all", 1));
    gateway_put(ottawa, policy_list("r"));
    cr_assert_eq(gateway_commit(ottawa), OK);
    gateway_put(ottawa, classifier("all", IP_PROTOCOL_TCP));
    cr_expect_eq(planned(DP_POLICY_SET, &all), 2, "p and q, not r");
    cr_expect_eq(all, 2);
}

Test(
    policies, attaching_leaves_the_sas_alone, .init = set_up, .fini = tear_down)
{
    size_t all = 0;

    configure();
    attach(NULL);
    cr_expect_eq(planned(DP_INTERFACE_SET, &all), 1);
    cr_expect_eq(all, 1);
}

Test(policies, take_everything_away_again, .init = set_up, .fini = tear_down)
{
    configure();
    attach(NULL);
    gateway_take(ottawa, filter_group("p", "all", 100));
    gateway_take(ottawa, policy_list("p"));
    gateway_take(ottawa, classifier("all", IP_PROTOCOL_IP));
    cr_assert_eq(gateway_commit(ottawa), OK);
    cr_expect_eq(ottawa->ipsec->policies.count, 0);
    cr_expect_eq(ottawa->ipsec->policy_groups.count, 0);
    send_one();
    cr_expect_eq(filtered(), 0);
    configure();
    cr_expect_eq(met("p", "all"), 0, "a new group begins at zero");
}

static bool
diag_says(const char *part)
{
    for (size_t i = 0; i < ottawa->diag.count; i++) {
        if (strstr(ottawa->diag.entries[i].sentence, part) != NULL)
            return true;
    }
    return false;
}

Test(policies, too_many_are_refused_and_nothing_is_kept, .init = set_up,
    .fini = tear_down)
{
    static const char *const names[] = {"p", "q", "r", "s"};
    static const char *const lists[] = {"a", "b", "c", "d", "e", "f", "g"};

    for (size_t i = 0; i < 4; i++)
        gateway_put(ottawa, policy_list(names[i]));
    cr_expect_eq(gateway_commit(ottawa), ERR_EXHAUSTED);
    cr_expect(diag_says("at most 3 policy lists"));
    cr_expect_eq(ottawa->ipsec->policies.count, 0);
    gateway_put(ottawa, policy_list("p"));
    for (size_t i = 0; i < 7; i++)
        gateway_put(ottawa, filter_group("p", lists[i], 1));
    cr_expect_eq(gateway_commit(ottawa), ERR_EXHAUSTED);
    cr_expect(diag_says("at most 6 classifier groups"));
    cr_expect_eq(ottawa->ipsec->policies.count, 0);
    cr_expect_eq(ottawa->ipsec->policy_groups.count, 0);
}
