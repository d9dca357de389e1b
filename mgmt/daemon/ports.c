/*
 * ports.c - the life of host and tun ports.
 *
 * D gets its orders in batches, one under way at a time; what is wanted in
 * the meantime stands in the port until the batch is back.
 */
#include "daemon/ports.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/str.h"
#include "chassis/chassis.h"
#include "config/config.h"
#include "daemon/opener.h"
#include "daemon/probe.h"
#include "dp.h"
#include "gen/views.h"
#include "port/port.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SECOND_US = 1000000, RETRY_S_MAX = 5 };

enum life { LIFE_CLOSED, LIFE_ASKED, LIFE_OPEN, LIFE_CLOSING };

/* One host or tun port. */
struct real {
    const struct chassis_port *place; /* NULL: another kind of port */
    enum life life;
    struct real_port open; /* of it only the probe is left to us  */
    struct port *fresh;    /* that D is to be given; NULL: none    */
    bool must_detach;      /* D is to give back what it has        */
    bool is_held;          /* should be down                       */
    bool told_held;        /* as D was told                        */
    uint64_t retry_us;     /* when to ask again                    */
    unsigned attempts;     /* that went wrong, one after the other */
    char why[PROBE_SENTENCE];
};

/* Heap; its router's. */
struct ports {
    struct ports_params params;
    struct dp_batch *batch; /* under way, or to be sent; NULL: none */
    bool is_sent;
    struct real reals[CHASSIS_PORTS_MAX];
};

_Static_assert((int)PROBE_SENTENCE >= (int)REAL_PORT_SENTENCE,
    "a sentence of the opener has no room");

struct ports *
ports_new(const struct ports_params *params)
{
    struct ports *ports = mem_alloc(sizeof *ports);
    size_t i;

    ports->params = *params;
    for (i = 0; i < params->chassis->port_count; i++) {
        const struct chassis_port *place = &params->chassis->ports[i];

        if (chassis_is_real(place))
            ports->reals[i].place = place;
    }
    return ports;
}

static void
free_batch(struct dp_batch *batch)
{
    size_t i;

    if (batch == NULL)
        return;
    for (i = 0; i < batch->count; i++) {
        if (batch->commands[i].kind == DP_PORT_ATTACH)
            port_free(batch->commands[i].plug.port);
    }
    dp_batch_free(batch);
}

void
ports_free(struct ports *ports)
{
    size_t i;

    if (ports == NULL)
        return;
    if (!ports->is_sent)
        free_batch(ports->batch); /* else it is the dp's to free */
    for (i = 0; i < CHASSIS_PORTS_MAX; i++) {
        port_free(ports->reals[i].fresh);
        real_port_close(&ports->reals[i].open);
    }
    free(ports);
}

/* ---- events ---- */

static void
tell(const struct real *real, enum log_level level, const char *event)
{
    log_event(level, "port", event, "%s %s %s%s%s", real->place->location,
        chassis_kind_name(real->place->kind), real->place->parameters,
        real->why[0] == '\0' ? "" : ": ", real->why);
}

/* True: it was another reason, or none, until now. */
static bool
set_why(struct real *real, const char *why)
{
    size_t length = strnlen(why, sizeof real->why - 1);

    if (str_equal(real->why, why))
        return false;
    memcpy(real->why, why, length);
    real->why[length] = '\0';
    return true;
}

/* ---- orders to D ---- */

static struct dp_plug *
order(struct ports *ports, enum dp_command_kind kind, size_t number)
{
    struct dp_plug *plug;

    if (ports->batch == NULL)
        ports->batch = dp_batch_new();
    plug = &dp_batch_add(ports->batch, kind)->plug;
    plug->index = (uint16_t)number;
    return plug;
}

static void
order_what_is_wanted(struct ports *ports, size_t number)
{
    struct real *real = &ports->reals[number];

    if (real->must_detach || real->fresh != NULL) {
        order(ports, DP_PORT_ATTACH, number)->port = real->fresh;
        real->fresh = NULL;
        real->must_detach = false;
        real->told_held = false;
    }
    if (real->is_held != real->told_held) {
        order(ports, DP_PORT_HOLD, number)->is_held = real->is_held;
        real->told_held = real->is_held;
    }
}

static void
send_orders(struct ports *ports)
{
    size_t i;

    if (ports->is_sent)
        return;
    for (i = 0; ports->batch == NULL && i < CHASSIS_PORTS_MAX; i++)
        order_what_is_wanted(ports, i);
    /* D may have no room now: the next tick tries again. */
    if (ports->batch != NULL)
        ports->is_sent = dp_submit(ports->params.dp, ports->batch) == OK;
}

bool
ports_take_back(struct ports *ports, struct dp_batch *batch)
{
    size_t i;

    if (ports == NULL || !ports->is_sent || batch != ports->batch)
        return false;
    for (i = 0; i < batch->count; i++) {
        struct real *real = &ports->reals[batch->commands[i].plug.index];

        if (real->life == LIFE_CLOSING && !real->must_detach)
            real->life = LIFE_CLOSED;
    }
    free_batch(batch);
    ports->batch = NULL;
    ports->is_sent = false;
    send_orders(ports);
    return true;
}

/* ---- opening ---- */

static void
ask(struct ports *ports, size_t number)
{
    struct real *real = &ports->reals[number];
    const struct opener_place place = {ports->params.router, (uint16_t)number};

    if (opener_ask(ports->params.opener, place)) {
        real->life = LIFE_ASKED;
    } else if (opener_fd(ports->params.opener) < 0 &&
               set_why(real,
                   "The opener of ermined has ended: start ermined again.")) {
        tell(real, LOG_WARNING, "CLOSED");
    }
}

static struct port *
make_host(const struct real_port *open)
{
    struct host_params params = {.mtu = open->mtu};

    memcpy(params.fds, open->fds + 1, sizeof params.fds);
    return port_host_new(&params);
}

static struct port *
make_tun(const struct real_port *open)
{
    struct tun_params params = {
        .fd = open->fds[1],
        .mtu = open->mtu,
        .vnet_header = open->vnet_header,
        .udp = open->udp,
    };

    return port_tun_new(&params);
}

static void
refuse(struct real *real, const char *why, uint64_t now_us)
{
    real->life = LIFE_CLOSED;
    if (real->attempts < RETRY_S_MAX)
        real->attempts++;
    real->retry_us = now_us + (uint64_t)real->attempts * SECOND_US;
    if (set_why(real, why))
        tell(real, LOG_WARNING, "CLOSED");
}

void
ports_answer(
    struct ports *ports, const struct opener_answer *answer, uint64_t now_us)
{
    struct real *real = answer->place.port < CHASSIS_PORTS_MAX
                            ? &ports->reals[answer->place.port]
                            : NULL;
    struct real_port open = answer->port;
    bool is_host;

    if (real == NULL || real->place == NULL || real->life != LIFE_ASKED) {
        real_port_close(&open);
        return;
    }
    if (!answer->is_open) {
        refuse(real, answer->sentence, now_us);
        return;
    }
    is_host = real->place->kind == CHASSIS_HOST;
    assert(open.fd_count == (is_host ? REAL_PORT_FDS : 2));
    real->fresh = is_host ? make_host(&open) : make_tun(&open);
    open.fd_count = 1; /* the others are the port's now */
    real->open = open;
    real->life = LIFE_OPEN;
    real->is_held = false;
    real->attempts = 0;
    (void)set_why(real, "");
    tell(real, LOG_NOTICE, "OPEN");
    send_orders(ports);
}

/* ---- watching ---- */

/* Of the interface that uses the port; 0: none. */
static uint32_t
address_of(const struct config *running, const char *location)
{
    const struct object *object;
    struct cfg_interface view;

    for (object = config_next(running, OBJECT_INTERFACE, NULL); object != NULL;
         object = config_next(running, OBJECT_INTERFACE, object->fields)) {
        cfg_interface_read(object->fields, &view);
        if (str_equal(view.location, location) &&
            view.type != INTERFACE_TYPE_LOOPBACK &&
            view.type != INTERFACE_TYPE_NULL)
            return view.has_ip_address ? view.ip_address : 0;
    }
    return 0;
}

static void
lose(struct real *real, uint64_t now_us)
{
    tell(real, LOG_WARNING, "LOST");
    real_port_close(&real->open);
    port_free(real->fresh);
    real->fresh = NULL;
    real->life = LIFE_CLOSING;
    real->must_detach = true;
    real->is_held = false;
    real->retry_us = now_us;
}

static void
look(struct real *real, const struct config *running, uint64_t now_us)
{
    char why[PROBE_SENTENCE];
    enum probe_state state = probe_port(real->place, &real->open,
        address_of(running, real->place->location), why);
    bool is_new = set_why(real, why);

    if (state == PROBE_GONE) {
        lose(real, now_us);
        return;
    }
    real->is_held = state == PROBE_DOWN;
    if (is_new) {
        tell(real, real->is_held ? LOG_WARNING : LOG_NOTICE,
            real->is_held ? "DOWN" : "UP");
    }
}

size_t
ports_tick(struct ports *ports, const struct config *running, uint64_t now_us)
{
    size_t asked = 0;
    size_t i;

    for (i = 0; i < CHASSIS_PORTS_MAX; i++) {
        struct real *real = &ports->reals[i];

        if (real->place == NULL)
            continue;
        if (real->life == LIFE_OPEN)
            look(real, running, now_us);
        if (real->life == LIFE_CLOSED && now_us >= real->retry_us)
            ask(ports, i);
        asked += real->life == LIFE_ASKED;
    }
    send_orders(ports);
    return asked;
}

const char *
ports_why(const struct ports *ports, size_t number)
{
    return ports == NULL ? "" : ports->reals[number].why;
}

unsigned
ports_neighbour(const struct ports *ports, uint32_t local, uint32_t address)
{
    enum probe_neighbour found = PROBE_NEIGHBOUR_UNKNOWN;
    size_t i;

    for (i = 0; ports != NULL && i < CHASSIS_PORTS_MAX &&
                found == PROBE_NEIGHBOUR_UNKNOWN;
         i++) {
        const struct real *real = &ports->reals[i];

        if (real->place != NULL && real->life == LIFE_OPEN &&
            real->place->kind == CHASSIS_HOST)
            found = probe_neighbour(&real->open, local, address);
    }
    return found;
}
