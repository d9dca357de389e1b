/*
 * wires.c - the wires between the routers of a lab.
 *
 * A wire's two ends have the same name; the chassis reader has made sure that
 * there are two.  The parameters are those of the end that comes first.
 */
#include "daemon/router_state.h"

#include "base/str.h"
#include "dp.h"
#include "port/port.h"

/* One end of a wire, by router and port. */
struct end {
    size_t router;
    size_t port;
};

static const struct chassis_port *
port_at(struct router *const *routers, struct end end)
{
    return &routers[end.router]->chassis.ports[end.port];
}

/* The next port in order; false: there is none. */
static bool
step(struct router *const *routers, size_t count, struct end *end)
{
    end->port++;
    while (end->router < count &&
           end->port >= routers[end->router]->chassis.port_count) {
        end->router++;
        end->port = 0;
    }
    return end->router < count;
}

/* The same for every process: loss is part of what a lab tells. */
static uint64_t
seed_of(const char *wire)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (; *wire != '\0'; wire++)
        hash = (hash ^ (uint8_t)*wire) * UINT64_C(0x100000001b3);
    return hash;
}

static void
join(struct router *const *routers, struct end a, struct end b)
{
    const struct chassis_port *first = port_at(routers, a);
    struct wire_params params = {
        .latency_us = first->latency_us,
        .loss_ppm = first->loss_ppm,
        .mtu = first->mtu,
        .seed = seed_of(first->wire),
    };
    struct port *port_a;
    struct port *port_b;

    port_wire_new(&params, &port_a, &port_b);
    dp_attach_port(routers[a.router]->dp, (uint16_t)a.port, port_a);
    dp_attach_port(routers[b.router]->dp, (uint16_t)b.port, port_b);
}

/* If this is the first end of a wire, find the other one. */
static void
join_from(struct router *const *routers, size_t count, struct end a)
{
    const struct chassis_port *first = port_at(routers, a);
    struct end b = a;

    while (step(routers, count, &b)) {
        const struct chassis_port *other = port_at(routers, b);

        if (other->kind == CHASSIS_SIM && str_equal(other->wire, first->wire)) {
            join(routers, a, b);
            return;
        }
    }
}

void
router_join_wires(struct router *const *routers, size_t count)
{
    struct end a;

    for (a.router = 0; a.router < count; a.router++) {
        const struct chassis *chassis = &routers[a.router]->chassis;

        for (a.port = 0; a.port < chassis->port_count; a.port++) {
            if (chassis->ports[a.port].kind == CHASSIS_SIM)
                join_from(routers, count, a);
        }
    }
}
