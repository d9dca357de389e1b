/*
 * test_commit_impact.c - a commit does to tunnels what the preview says, and
 * nothing more.
 *
 * Driven by the schema: each field of a running manual tunnel, and of what it
 * depends on, is changed and changed back; the preview is held against the
 * SAs, their sequence numbers and those of a tunnel that has nothing to do
 * with it.
 */
#include "commit/commit.h"
#include "daemon/router_state.h"
#include "ipsec/manager.h"
#include "tests/support/gateway.h"
#include "tests/support/kit.h"

#include <criterion/criterion.h>
#include <stdio.h>

TestSuite(commit_impact, .timeout = 60);

static struct gateway *boston;
static struct gateway *ottawa;

static struct object *
bystander(void)
{
    struct object *tunnel =
        gateway_tunnel("other", "192.0.2.1", "192.0.2.3", 0x1003, 0x2003);

    gateway_set_number(
        tunnel, FIELD_TUNNEL_IP_ADDRESS, gateway_ip("10.255.1.1"));
    return tunnel;
}

static void
set_up(void)
{
    gateway_two_sites(&boston, &ottawa);
    gateway_put(boston, gateway_vr("red"));
    gateway_put(boston, gateway_policy_list("red"));
    gateway_put(boston, bystander());
    cr_assert_eq(gateway_commit(boston), OK);
    cr_assert(gateway_ping(boston, ottawa, "10.2.0.1", "10.1.0.1"));
}

static void
tear_down(void)
{
    gateway_free(boston);
    gateway_free(ottawa);
}

/* What a tunnel has in the dataplane. */
struct sas {
    const struct sa *inbound;
    const struct sa *outbound;
    uint32_t sent;
    uint32_t received;
};

static struct sas
sas_of(struct object *tunnel)
{
    struct sas sas = {0};
    const struct unit *unit;
    uint32_t index = 0;

    cr_assert_eq(ipsec_interface(boston->ipsec, tunnel, &index), OK);
    unit = ipsec_unit(boston->ipsec, index);
    sas.inbound = unit_sa(unit, SA_INBOUND);
    sas.outbound = unit_sa(unit, SA_OUTBOUND);
    if (sas.outbound != NULL)
        sas.sent = sa_sequence(sas.outbound);
    if (sas.inbound != NULL)
        sas.received = sa_sequence(sas.inbound);
    object_unref(tunnel);
    return sas;
}

static bool
is_same(const struct sas *a, const struct sas *b)
{
    return a->inbound == b->inbound && a->outbound == b->outbound &&
           a->sent == b->sent && a->received == b->received;
}

static struct object *
ottawa_tunnel(void)
{
    return gateway_tunnel("ottawa", "192.0.2.1", "192.0.2.2", 1, 1);
}

/* Does the preview say that this happens to the tunnel? */
static bool
is_said(const char *name, enum tunnel_impact impact_wanted)
{
    struct change_set set;
    struct impact impact;
    struct impact_group group;
    size_t position = 0;
    bool found = false;

    config_diff(boston->running, boston->candidate, &set);
    config_impact(boston->running, boston->candidate, &set, &impact);
    while (impact_next(&impact, &position, &group)) {
        if (strcmp(value_string(&group.tunnel->fields[FIELD_TUNNEL_NAME]),
                name) == 0)
            found = group.impact == impact_wanted;
    }
    impact_done(&impact);
    change_set_done(&set);
    return found;
}

/* Are the tunnel and its source in service?  What else keeps it down, as a
 * destination without a route, is not the preview's business. */
static bool
has_service(void)
{
    struct object *tunnel = ottawa_tunnel();
    struct str why = {0};
    bool has;

    (void)ipsec_tunnel_state(
        boston->ipsec, gateway_running(boston, tunnel), &why);
    has = strstr(str_text(&why), "shut down: ") == NULL &&
          strstr(str_text(&why), "Its source ") == NULL;
    str_done(&why);
    return has;
}

/* Commit the candidate: did it do what was said?  Counts the restarts. */
static void
commit_as_said(const char *what, unsigned *restarted)
{
    struct sas before = sas_of(ottawa_tunnel());
    struct sas other = sas_of(bystander());
    bool said = is_said("ottawa", TUNNEL_IMPACT_RESTARTED);
    bool down = is_said("ottawa", TUNNEL_IMPACT_TAKEN_DOWN);
    bool up = is_said("ottawa", TUNNEL_IMPACT_BROUGHT_UP);
    bool was_up = has_service();
    struct sas after;

    cr_expect_not(is_said("other", TUNNEL_IMPACT_RESTARTED), "%s", what);
    cr_assert_eq(gateway_commit(boston), OK, "%s", what);
    cr_expect_eq(down, was_up && !has_service(), "%s: down %d", what, down);
    cr_expect_eq(up, !was_up && has_service(), "%s: up %d", what, up);
    /* one that starts somewhere else has other SAs too */
    said |= (down || up) && (strcmp(what, "source_address") == 0 ||
                                strcmp(what, "transport_vr") == 0);
    after = sas_of(ottawa_tunnel());
    cr_expect_eq(said, !is_same(&before, &after), "%s: said %d", what, said);
    after = sas_of(bystander());
    cr_expect(is_same(&other, &after), "%s disturbs another tunnel", what);
    *restarted += said ? 1 : 0;
}

/* Another value for this field, that the plan can work with. */
static struct value
other_value(const struct schema_field *field, const struct value *now)
{
    const struct schema_type *type = &field->type;
    uint64_t number = now->kind == VALUE_NUMBER ? now->number : type->min;

    switch (type->kind) {
    case TYPE_IPV4:
        return value_number(gateway_ip("10.9.9.9"));
    case TYPE_MASK:
        return value_number(gateway_ip("255.255.255.0"));
    case TYPE_FLAG:
        return value_is_set(now) ? value_none() : value_number(1);
    case TYPE_ENUM:
        /* the key has the length of this one too */
        if (type->enumeration == ENUM_TRANSFORM)
            return value_number((uint64_t)TRANSFORM_AH_HMAC_SHA);
        return value_number(value_is_set(now) && now->number == 0 ? 1 : 0);
    case TYPE_ENUM_LIST:
        return value_number(value_list_add(0, TRANSFORM_ESP_HMAC_MD5));
    case TYPE_SECRET_HEX:
        return value_text("$a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5");
    case TYPE_TEXT:
    case TYPE_LINE:
    case TYPE_SECRET_TEXT:
    case TYPE_HASH:
        return value_text("red");
    case TYPE_UINT:
    case TYPE_HEX32:
    default:
        return value_number(number < type->max ? number + 1 : type->min);
    }
}

/* Change each field that a line can set on its own, and put it back. */
static void
try_each_field(const struct object *base, unsigned *restarted, unsigned *kept)
{
    const struct schema_object *schema = &schema_objects[base->type];

    for (uint16_t i = schema->key_count; i < schema->field_count; i++) {
        uint16_t setting = schema->fields[i].setting;
        struct object *changed = object_copy(base);
        unsigned before = *restarted;
        struct str line = {0};

        value_done(&changed->fields[i]);
        changed->fields[i] = other_value(&schema->fields[i], &base->fields[i]);
        if (setting == SCHEMA_NONE ||
            (value_is_set(&changed->fields[i]) &&
                !schema_render(schema->settings[setting].command,
                    changed->fields, &line))) {
            object_unref(changed);
        } else {
            gateway_put(boston, changed);
            commit_as_said(schema->fields[i].name, restarted);
            gateway_put(boston, object_copy(base));
            commit_as_said(schema->fields[i].name, restarted);
            *kept += *restarted == before ? 1 : 0;
        }
        str_done(&line);
    }
}

Test(commit_impact, of_each_field_of_a_tunnel_is_what_was_said, .init = set_up,
    .fini = tear_down)
{
    struct object *tunnel =
        object_copy(gateway_running(boston, ottawa_tunnel()));
    unsigned restarted = 0;
    unsigned kept = 0;

    try_each_field(tunnel, &restarted, &kept);
    /* source, destination, signaling, transport VR, two identities, twice
     * transform, SPI and key: there and back */
    cr_expect_geq(restarted, 22U);
    cr_expect_geq(kept, 6U);
    object_unref(tunnel);
}

Test(commit_impact, of_each_field_of_a_tunnel_with_identities_is_what_was_said,
    .init = set_up, .fini = tear_down)
{
    struct object *tunnel =
        object_copy(gateway_running(boston, ottawa_tunnel()));
    unsigned restarted = 0;
    unsigned kept = 0;

    gateway_set_number(
        tunnel, FIELD_TUNNEL_LOCAL_IDENTITY_ADDRESS, gateway_ip("10.1.0.0"));
    gateway_set_number(
        tunnel, FIELD_TUNNEL_LOCAL_IDENTITY_MASK, gateway_ip("255.255.0.0"));
    gateway_set_number(
        tunnel, FIELD_TUNNEL_PEER_IDENTITY_FIRST, gateway_ip("10.2.0.0"));
    gateway_set_number(
        tunnel, FIELD_TUNNEL_PEER_IDENTITY_LAST, gateway_ip("10.2.255.255"));
    gateway_put(boston, object_copy(tunnel));
    commit_as_said("identities", &restarted);
    cr_expect_eq(restarted, 1U);
    try_each_field(tunnel, &restarted, &kept);
    cr_expect_geq(restarted, 22U);
    object_unref(tunnel);
}

Test(commit_impact, of_the_same_identity_in_another_form_is_none,
    .init = set_up, .fini = tear_down)
{
    struct object *range =
        object_copy(gateway_running(boston, ottawa_tunnel()));
    struct object *subnet = object_copy(range);
    unsigned restarted = 0;

    gateway_set_number(
        range, FIELD_TUNNEL_PEER_IDENTITY_FIRST, gateway_ip("10.2.0.0"));
    gateway_set_number(
        range, FIELD_TUNNEL_PEER_IDENTITY_LAST, gateway_ip("10.2.255.255"));
    gateway_set_number(
        subnet, FIELD_TUNNEL_PEER_IDENTITY_ADDRESS, gateway_ip("10.2.0.0"));
    gateway_set_number(
        subnet, FIELD_TUNNEL_PEER_IDENTITY_MASK, gateway_ip("255.255.0.0"));
    gateway_put(boston, range);
    commit_as_said("any to range", &restarted);
    gateway_put(boston, subnet);
    commit_as_said("range to subnet", &restarted);
    gateway_set_text(
        range = object_copy(subnet), FIELD_TUNNEL_TRANSPORT_VR, "default");
    gateway_put(boston, range);
    commit_as_said("the virtual router that it was in", &restarted);
    cr_expect_eq(restarted, 1U);
}

Test(commit_impact, of_what_a_manual_tunnel_depends_on_is_what_was_said,
    .init = set_up, .fini = tear_down)
{
    struct value none = value_none();
    const struct object *bases[] = {
        config_find(boston->running, OBJECT_SYSTEM, &none),
        gateway_running(boston, gateway_interface("default",
                                    INTERFACE_TYPE_FASTETHERNET, "0/0", NULL)),
        gateway_running(boston,
            gateway_interface("default", INTERFACE_TYPE_LOOPBACK, "0", NULL)),
    };
    unsigned restarted = 0;
    unsigned kept = 0;

    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++) {
        struct object *base = object_copy(bases[i]);

        try_each_field(base, &restarted, &kept);
        object_unref(base);
    }
    cr_expect_eq(restarted, 0U);
    cr_expect_geq(kept, 6U);
}

/* ---- one among many ---- */

enum { MANY = 10000, FIRST_SPI = 0x1000 };

static void
type_tunnel(struct kit *kit, struct session *session, unsigned i)
{
    static const struct {
        const char *before; /* the name */
        const char *after;
    } requests[] = {
        {"CREATE tunnel",            ""          },
        {"SET tunnel signaling",     "manual"    },
        {"SET tunnel transform_set", "light"     },
        {"SET tunnel source",        "10.0.0.1 -"},
    };
    char line[200];

    for (size_t k = 0; k < sizeof requests / sizeof requests[0]; k++) {
        (void)snprintf(line, sizeof line, "%s default t%u %s",
            requests[k].before, i, requests[k].after);
        cr_assert_eq(kit_do(kit, session, line), OK);
    }
    (void)snprintf(line, sizeof line,
        "SET tunnel destination default t%u 192.0.%u.%u -", i, i / 250,
        1 + i % 250);
    cr_assert_eq(kit_do(kit, session, line), OK);
    (void)snprintf(line, sizeof line,
        "SET tunnel ip default t%u 10.%u.%u.%u 255.255.255.252", i,
        100 + i / 16384, i / 64 % 256, i % 64 * 4 + 1);
    cr_assert_eq(kit_do(kit, session, line), OK);
    for (int k = 0; k < 2; k++) {
        (void)snprintf(line, sizeof line,
            "SET tunnel session_key_%s default t%u esp-hmac-md5 0x%x "
            "!00112233445566778899aabbccddeeff",
            k == 0 ? "inbound" : "outbound", i, FIRST_SPI + i);
        cr_assert_eq(kit_do(kit, session, line), OK);
    }
}

static struct sas *
all_sas(struct kit *kit)
{
    struct router *router = kit->routers[0];
    const struct config *running = engine_running(router->engine);
    struct sas *all = calloc(MANY, sizeof *all);
    const struct object *tunnel = NULL;

    while ((tunnel = config_next(running, OBJECT_TUNNEL,
                tunnel == NULL ? NULL : tunnel->fields)) != NULL) {
        const char *name = value_string(&tunnel->fields[FIELD_TUNNEL_NAME]);
        unsigned long i = strtoul(name + 1, NULL, 10);
        const struct unit *unit;
        uint32_t index = 0;

        cr_assert_eq(ipsec_interface(router->ipsec, tunnel, &index), OK);
        unit = ipsec_unit(router->ipsec, index);
        all[i] = (struct sas){unit_sa(unit, SA_INBOUND),
            unit_sa(unit, SA_OUTBOUND), sa_sequence(unit_sa(unit, SA_OUTBOUND)),
            sa_sequence(unit_sa(unit, SA_INBOUND))};
    }
    return all;
}

/* Commit, and count the commands that the dataplane was given for it. */
static size_t
commit_and_count(struct kit *kit, struct session *session, const char *values)
{
    struct router *router = kit->routers[0];
    struct kit_answer answer;
    struct dp_event event;
    size_t commands = 0;

    kit_send(session, "COMMIT");
    session_run(session, &kit->now);
    (void)dp_poll(router->dp, kit->now.monotonic_us);
    while (dp_next_event(router->dp, &event)) {
        if (event.kind == DP_EVENT_APPLIED)
            commands += event.batch->count;
        ipsec_event(router->ipsec, kit->now.monotonic_us, &event);
    }
    answer = kit_take(kit, session);
    cr_expect_eq(answer.error, OK);
    cr_expect_str_eq(str_text(&answer.values), values);
    kit_answer_done(&answer);
    return commands;
}

/* How many tunnels have other SAs, or other numbers, than they had. */
static unsigned
disturbed(struct kit *kit, const struct sas *before)
{
    struct sas *after = all_sas(kit);
    unsigned count = 0;

    for (size_t i = 0; i < MANY; i++)
        count += is_same(&before[i], &after[i]) ? 0 : 1;
    free(after);
    return count;
}

Test(commit_impact, of_one_tunnel_among_ten_thousand_is_on_that_one)
{
    struct kit *kit = kit_router(NULL);
    struct session *alice = kit_session(kit, 0, "alice", 15);
    struct sas *before;

    cr_assert_eq(kit_do(kit, alice, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, alice, "CREATE transform-set light"), OK);
    cr_assert_eq(
        kit_do(kit, alice, "SET transform-set transforms light esp-hmac-md5"),
        OK);
    cr_assert_eq(kit_do(kit, alice, "CREATE interface default loopback 0"), OK);
    cr_assert_eq(kit_do(kit, alice,
                     "SET interface ip default loopback 0 10.0.0.1 "
                     "255.255.255.255"),
        OK);
    for (unsigned i = 0; i < MANY; i++)
        type_tunnel(kit, alice, i);
    kit_expect_values(kit, alice, "CHECK", "0 0 10000 0 0 0 0 0 0 0");
    cr_assert_eq(kit_do(kit, alice, "COMMIT"), OK);
    before = all_sas(kit);
    /* live */
    cr_assert_eq(kit_do(kit, alice, "SET tunnel mtu default t77 1300"), OK);
    kit_expect_rows(kit, alice, "EXEC show-candidate-impact default",
        "t77 default 6 tunnel mtu\n");
    cr_expect_eq(commit_and_count(kit, alice, "0 2 0 0 0 1 0 9999 0 0"), 1U);
    cr_expect_eq(disturbed(kit, before), 0U);
    /* its SAs: two go, two come, and the interface has another peer */
    cr_assert_eq(
        kit_do(kit, alice, "SET tunnel destination default t77 192.0.2.77 -"),
        OK);
    kit_expect_rows(kit, alice, "EXEC show-candidate-impact default",
        "t77 default 4 tunnel destination\n");
    cr_expect_eq(commit_and_count(kit, alice, "0 3 0 0 1 0 0 9999 0 0"), 5U);
    cr_expect_eq(disturbed(kit, before), 1U);
    /* it goes */
    cr_assert_eq(kit_do(kit, alice, "DELETE tunnel default t77"), OK);
    cr_expect_eq(commit_and_count(kit, alice, "0 4 0 1 0 0 0 9999 0 0"), 3U);
    cr_expect_eq(disturbed(kit, before), 1U);
    free(before);
    session_free(alice);
    kit_free(kit);
}
