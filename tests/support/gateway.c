/*
 * gateway.c - see gateway.h.
 */
#include "tests/support/gateway.h"

#include "base/arena.h"
#include "base/ip.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

enum {
    STEP_US = 1000,
    WIRE_US = 5000,
    KEY_BYTES = 20, /* of HMAC-SHA */
};

const struct dp_limits gateway_limits = {
    .packets = 128,
    .vrs = 4,
    .ports = 4,
    .interfaces = 16,
    .routes = 8,
    .sas = 8,
    .policies = 3,
    .policy_groups = 6,
    .addresses = 2,
};

static enum err
unseal(void *context, const char *sealed, struct secret *out)
{
    (void)context;
    if (sealed[0] != '$')
        return ERR_AUTH;
    return secret_set(out, sealed + 1, strlen(sealed + 1));
}

struct gateway *
gateway_new(struct port *port)
{
    struct gateway *gateway = mem_alloc(sizeof(*gateway));

    diag_init(&gateway->diag);
    if (crypto_open(NULL, &gateway->crypto) != OK)
        abort();
    gateway->dp = dp_new(&gateway_limits);
    if (port != NULL)
        dp_attach_port(gateway->dp, 0, port);
    gateway->chassis.port_count = 1;
    gateway->chassis.ports[0] = (struct chassis_port){
        .location = "0/0",
        .kind = CHASSIS_SIM,
        .parameters = "wire=test latency=5ms",
        .mtu = 1400,
    };
    gateway->unsealer = (struct unsealer){.unseal = unseal};
    gateway->ipsec = ipsec_new(
        gateway->dp, gateway->crypto, &gateway->chassis, &gateway->unsealer);
    ipsec_set_limits(gateway->ipsec, &gateway_limits);
    gateway->participant = ipsec_participant(gateway->ipsec);
    gateway->running = config_new();
    gateway->candidate = config_ref(gateway->running);
    return gateway;
}

void
gateway_free(struct gateway *gateway)
{
    ipsec_free(gateway->ipsec);
    dp_free(gateway->dp);
    crypto_close(gateway->crypto);
    config_unref(gateway->running);
    config_unref(gateway->candidate);
    diag_done(&gateway->diag);
    ping_free(gateway->ping);
    free(gateway);
}

void
gateway_pair(struct gateway **out_a, struct gateway **out_b)
{
    const struct wire_params wire = {.latency_us = WIRE_US, .mtu = 1400};
    struct port *a;
    struct port *b;

    port_wire_new(&wire, &a, &b);
    *out_a = gateway_new(a);
    *out_b = gateway_new(b);
}

/* ---- commits ---- */

void
gateway_put(struct gateway *gateway, struct object *object)
{
    config_put(&gateway->candidate, object);
}

void
gateway_take(struct gateway *gateway, struct object *object)
{
    if (!config_take(&gateway->candidate, object->type, object->fields))
        abort();
    object_unref(object);
}

static void
reset(struct gateway *gateway)
{
    config_unref(gateway->candidate);
    gateway->candidate = config_ref(gateway->running);
}

enum err
gateway_prepare(struct gateway *gateway)
{
    struct change_set set;
    enum err error;

    diag_done(&gateway->diag);
    diag_init(&gateway->diag);
    change_set_init(&set);
    config_diff(gateway->running, gateway->candidate, &set);
    error = gateway->participant.prepare(gateway->participant.context,
        gateway->running, gateway->candidate, &set, &gateway->diag);
    change_set_done(&set);
    return error;
}

static void
hear(struct gateway *gateway)
{
    struct dp_event event;

    while (dp_next_event(gateway->dp, &event)) {
        if (gateway->ping != NULL)
            ping_event(gateway->ping, &event);
        ipsec_event(gateway->ipsec, gateway->now_us, &event);
    }
}

enum err
gateway_commit(struct gateway *gateway)
{
    enum err error = gateway_prepare(gateway);

    if (error != OK) {
        reset(gateway);
        return error;
    }
    gateway->participant.apply(gateway->participant.context);
    config_unref(gateway->running);
    gateway->running = config_ref(gateway->candidate);
    (void)dp_poll(gateway->dp, gateway->now_us);
    hear(gateway);
    return OK;
}

void
gateway_settle(struct gateway *const *gateways, size_t count, uint64_t until_us)
{
    size_t i;

    while (gateways[0]->now_us < until_us) {
        for (i = 0; i < count; i++) {
            gateways[i]->now_us += STEP_US;
            (void)dp_poll(gateways[i]->dp, gateways[i]->now_us);
            hear(gateways[i]);
        }
    }
}

const struct object *
gateway_running(const struct gateway *gateway, struct object *object)
{
    const struct object *found =
        config_find(gateway->running, object->type, object->fields);

    object_unref(object);
    return found;
}

static void
note_answer(void *context, const struct value *columns)
{
    bool *answered = context;

    *answered = value_is_set(&columns[COLUMN_PING_ANSWERED]);
}

bool
gateway_ping(struct gateway *a, struct gateway *b, const char *address,
    const char *source)
{
    struct gateway *both[] = {a, b};
    const struct ping_params params = {
        .id = 1,
        .address = gateway_ip(address),
        .has_source = source != NULL,
        .source = source != NULL ? gateway_ip(source) : 0,
        .count = 1,
        .size = 100,
    };
    bool answered = false;
    const struct row_sink sink = {note_answer, &answered};

    a->ping = ping_new(a->dp, &params);
    while (ping_tick(a->ping, a->now_us, &sink) != 0)
        gateway_settle(both, b != NULL ? 2 : 1, a->now_us + STEP_US);
    ping_free(a->ping);
    a->ping = NULL;
    return answered;
}

/* ---- objects ---- */

uint32_t
gateway_ip(const char *text)
{
    uint32_t address = 0;

    if (ip_parse(text, &address) != OK)
        abort();
    return address;
}

void
gateway_set_number(struct object *object, unsigned field, uint64_t number)
{
    value_done(&object->fields[field]);
    object->fields[field] = value_number(number);
}

void
gateway_set_text(struct object *object, unsigned field, const char *text)
{
    value_done(&object->fields[field]);
    object->fields[field] = value_text(text);
}

static void
set_address(struct object *object, unsigned field, const char *address)
{
    char text[IP_TEXT_SIZE + 4];
    char *slash;

    if (address == NULL)
        return;
    if (strlen(address) >= sizeof(text))
        abort();
    memcpy(text, address, strlen(address) + 1);
    slash = strchr(text, '/');
    if (slash == NULL)
        abort();
    *slash = '\0';
    gateway_set_number(object, field, gateway_ip(text));
    gateway_set_number(
        object, field + 1, ip_mask_of((unsigned)strtoul(slash + 1, NULL, 10)));
}

/* The keys are moved in. */
static struct object *
make(enum schema_object_id type, struct value *keys)
{
    struct object *object = object_new(type, keys);
    size_t i;

    for (i = 0; i < SCHEMA_KEYS_MAX; i++)
        value_done(&keys[i]);
    return object;
}

struct object *
gateway_vr(const char *name)
{
    struct value keys[SCHEMA_KEYS_MAX] = {value_text(name)};

    return make(OBJECT_VIRTUAL_ROUTER, keys);
}

struct object *
gateway_policy_list(const char *name)
{
    struct value keys[SCHEMA_KEYS_MAX] = {value_text(name)};

    return make(OBJECT_POLICY_LIST, keys);
}

struct object *
gateway_interface(const char *vr, enum interface_type type,
    const char *location, const char *address)
{
    struct value keys[SCHEMA_KEYS_MAX] = {
        value_text(vr), value_number((uint64_t)type), value_text(location)};
    struct object *object = make(OBJECT_INTERFACE, keys);

    set_address(object, FIELD_INTERFACE_IP_ADDRESS, address);
    return object;
}

struct object *
gateway_route(const char *vr, const char *prefix, const char *out)
{
    struct value keys[SCHEMA_KEYS_MAX] = {value_text(vr)};
    struct object *route;

    if (str_has_prefix(out, "ipsec:")) {
        keys[FIELD_ROUTE_OUT_TUNNEL] = value_text(out + strlen("ipsec:"));
    } else if (str_has_prefix(out, "null ") ||
               str_has_prefix(out, "fastEthernet ")) {
        keys[FIELD_ROUTE_OUT_TYPE] =
            value_number(out[0] == 'n' ? (uint64_t)INTERFACE_TYPE_NULL
                                       : (uint64_t)INTERFACE_TYPE_FASTETHERNET);
        keys[FIELD_ROUTE_OUT_LOCATION] = value_text(strchr(out, ' ') + 1);
    } else {
        keys[FIELD_ROUTE_NEXT_HOP] = value_number(gateway_ip(out));
    }
    /* The prefix is among the keys, so it is set before the object is made
     * for good. */
    route = make(OBJECT_ROUTE, keys);
    set_address(route, FIELD_ROUTE_PREFIX, prefix);
    return route;
}

struct object *
gateway_tunnel(const char *name, const char *source, const char *destination,
    uint32_t spi_in, uint32_t spi_out)
{
    struct value keys[SCHEMA_KEYS_MAX] = {
        value_text("default"), value_text(name)};
    struct object *tunnel = make(OBJECT_TUNNEL, keys);
    uint8_t bytes[KEY_BYTES];
    char key[2 * KEY_BYTES + 2] = "$";

    memset(bytes, 0x5a, sizeof(bytes));
    hex_encode(bytes, sizeof(bytes), key + 1);
    set_address(tunnel, FIELD_TUNNEL_IP_ADDRESS, "10.255.0.1/30");
    gateway_set_number(tunnel, FIELD_TUNNEL_SOURCE_ADDRESS, gateway_ip(source));
    gateway_set_number(
        tunnel, FIELD_TUNNEL_DESTINATION_ADDRESS, gateway_ip(destination));
    gateway_set_number(
        tunnel, FIELD_TUNNEL_SIGNALING, (uint64_t)SIGNALING_MANUAL);
    gateway_set_text(tunnel, FIELD_TUNNEL_TRANSFORM_SET, "strong");
    gateway_set_number(tunnel, FIELD_TUNNEL_SESSION_KEY_INBOUND_TRANSFORM,
        (uint64_t)TRANSFORM_ESP_HMAC_SHA);
    gateway_set_number(tunnel, FIELD_TUNNEL_SESSION_KEY_INBOUND_SPI, spi_in);
    gateway_set_text(tunnel, FIELD_TUNNEL_SESSION_KEY_INBOUND_KEY, key);
    gateway_set_number(tunnel, FIELD_TUNNEL_SESSION_KEY_OUTBOUND_TRANSFORM,
        (uint64_t)TRANSFORM_ESP_HMAC_SHA);
    gateway_set_number(tunnel, FIELD_TUNNEL_SESSION_KEY_OUTBOUND_SPI, spi_out);
    gateway_set_text(tunnel, FIELD_TUNNEL_SESSION_KEY_OUTBOUND_KEY, key);
    return tunnel;
}

void
gateway_two_sites(struct gateway **out_boston, struct gateway **out_ottawa)
{
    struct gateway *boston;
    struct gateway *ottawa;

    gateway_pair(&boston, &ottawa);
    gateway_put(boston, gateway_interface("default", INTERFACE_TYPE_LOOPBACK,
                            "0", "10.1.0.1/16"));
    gateway_put(ottawa, gateway_interface("default", INTERFACE_TYPE_LOOPBACK,
                            "0", "10.2.0.1/16"));
    gateway_put(
        boston, gateway_interface("default", INTERFACE_TYPE_FASTETHERNET, "0/0",
                    "192.0.2.1/24"));
    gateway_put(
        ottawa, gateway_interface("default", INTERFACE_TYPE_FASTETHERNET, "0/0",
                    "192.0.2.2/24"));
    gateway_put(boston,
        gateway_tunnel("ottawa", "192.0.2.1", "192.0.2.2", 0x1001, 0x2001));
    gateway_put(ottawa,
        gateway_tunnel("boston", "192.0.2.2", "192.0.2.1", 0x2001, 0x1001));
    gateway_put(
        boston, gateway_route("default", "10.2.0.0/16", "ipsec:ottawa"));
    gateway_put(
        ottawa, gateway_route("default", "10.1.0.0/16", "ipsec:boston"));
    if (gateway_commit(boston) != OK || gateway_commit(ottawa) != OK)
        abort();
    *out_boston = boston;
    *out_ottawa = ottawa;
}
