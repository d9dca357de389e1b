/*
 * sim_plan.c - what a seed chooses, typed into two routers.
 */
#include "tests/support/sim_state.h"

#include "base/arena.h"
#include "commit/commit.h"
#include "config/config.h"
#include "daemon/router_state.h"
#include "tests/support/packet.h"

#include <stdlib.h>
#include <string.h>

/* Each wire has two ends; nobody is never started. */
static const char chassis[] = "router boston\n"
                              "0/0 sim wire=b mtu=9216\n"
                              "router ottawa\n"
                              "0/0 sim wire=o mtu=9216\n"
                              "router nobody\n"
                              "0/0 sim wire=b mtu=9216\n"
                              "0/1 sim wire=o mtu=9216\n";

static const char *const names[SIM_ROUTERS] = {"boston", "ottawa"};

#define NAT_ADDRESS "198.51.100.7"

static bool
one_in(struct sim *sim, uint32_t many)
{
    return sim_draw(sim, many) == 0;
}

void
sim_plan(struct sim *sim)
{
    struct sim_plan *plan = &sim->plan;

    *plan = (struct sim_plan){
        .tunnels = 1 + sim_draw(sim, 3) % 2 * sim_draw(sim, SIM_TUNNELS),
        .dh_is_modp = one_in(sim, 20),
        .has_pfs = one_in(sim, 3),
        .is_aggressive = one_in(sim, 4),
        .has_nat = one_in(sim, 4),
        .has_volume = one_in(sim, 32),
        .swaps = one_in(sim, 2),
        .ike_lifetime_s = 300 + sim_draw(sim, 7200),
        .ping_s = 5 + sim_draw(sim, SIM_PING_S - 4),
        .delay_us = 1000 + sim_draw(sim, 200000),
    };
    if (plan->has_volume)
        plan->has_nat = false; /* its large packets go in fragments */
    for (size_t i = 0; i < SIM_ROUTERS; i++)
        plan->lifetime_s[i] = 1800 + sim_draw(sim, 2) * sim_draw(sim, 1800);
    sim_tell(sim,
        "%u tunnels, lifetimes %u and %u s, of IKE %u s, pings each %u s, "
        "delay %u us%s%s%s%s%s%s",
        plan->tunnels, plan->lifetime_s[0], plan->lifetime_s[1],
        plan->ike_lifetime_s, plan->ping_s, (unsigned)plan->delay_us,
        plan->has_pfs ? ", PFS" : "", plan->is_aggressive ? ", aggressive" : "",
        plan->has_nat ? ", NAT" : "", plan->has_volume ? ", volume" : "",
        plan->dh_is_modp ? ", MODP" : "", plan->swaps ? ", swapped" : "");
}

/* ---- typing ---- */

struct typist {
    struct sim *sim;
    struct session *session;
};

static void type(struct typist *typist, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
type(struct typist *typist, const char *fmt, ...)
{
    char line[256];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    if (kit_do(typist->sim->kit, typist->session, line) != OK)
        abort();
}

static const char *
own_address(const struct sim *sim, size_t router)
{
    return (router == OTTAWA) != sim->plan.swaps ? "192.0.2.2" : "192.0.2.1";
}

/* Of the other one, as this router sees it. */
static const char *
peer_address(const struct sim *sim, size_t router)
{
    if (sim->plan.has_nat && router == OTTAWA)
        return NAT_ADDRESS;
    return own_address(sim, 1 - router);
}

static void
type_common(struct typist *typist, size_t router)
{
    const struct sim_plan *plan = &typist->sim->plan;
    const char *peer = peer_address(typist->sim, router);
    unsigned group = plan->dh_is_modp ? 2 : 19;

    type(typist, "OPEN");
    type(typist, "SET system hostname %s", names[router]);
    type(typist, "SET virtual-router option_dpd default +");
    type(typist, "CREATE ike-policy-rule 1");
    type(typist, "SET ike-policy-rule dh_group 1 %u", group);
    type(typist, "SET ike-policy-rule encryption 1 aes128");
    type(typist, "SET ike-policy-rule lifetime 1 %u", plan->ike_lifetime_s);
    if (plan->is_aggressive)
        type(typist, "SET ike-policy-rule aggressive_mode 1 requested");
    type(typist, "CREATE transform-set strong");
    type(typist, "SET transform-set transforms strong %s",
        plan->has_volume ? "esp-aes128-gcm" : "esp-aes128-hmac-sha");
    type(typist, "CREATE preshared-key default %s -", peer);
    type(typist, "SET preshared-key key default %s - !same", peer);
    type(typist, "CREATE interface default fastEthernet 0/0");
    type(typist, "SET interface ip default fastEthernet 0/0 %s 255.255.255.0",
        own_address(typist->sim, router));
    if (plan->has_nat && router == OTTAWA) {
        type(typist, "CREATE route default 198.51.100.0 255.255.255.0 - "
                     "fastEthernet 0/0 - -");
    }
}

static void
type_tunnel(struct typist *typist, size_t router, unsigned n)
{
    const struct sim *sim = typist->sim;
    const struct sim_plan *plan = &sim->plan;
    unsigned here = (unsigned)router + 1;
    unsigned there = 3 - here;

    type(typist, "CREATE interface default loopback %u", n);
    type(typist,
        "SET interface ip default loopback %u 10.%u.%u.1 "
        "255.255.255.0",
        n, here, n);
    type(typist, "CREATE tunnel default t%u", n);
    type(typist, "SET tunnel source default t%u %s -", n,
        own_address(sim, router));
    type(typist, "SET tunnel destination default t%u %s -", n,
        peer_address(sim, router));
    type(typist, "SET tunnel transform_set default t%u strong", n);
    type(typist, "SET tunnel ip default t%u 10.255.%u.%u 255.255.255.252", n, n,
        here);
    type(typist, "SET tunnel mtu default t%u 9000", n);
    type(typist, "SET tunnel lifetime default t%u %u %s", n,
        plan->lifetime_s[router], plan->has_volume ? "102400" : "-");
    type(typist,
        "SET tunnel local_identity default t%u 10.%u.%u.0 255.255.255.0 - -", n,
        here, n);
    type(typist,
        "SET tunnel peer_identity default t%u 10.%u.%u.0 255.255.255.0 - -", n,
        there, n);
    if (plan->has_pfs)
        type(typist, "SET tunnel pfs_group default t%u 19", n);
    type(typist, "CREATE route default 10.%u.%u.0 255.255.255.0 - - - t%u -",
        there, n, n);
}

static void
configure(struct sim *sim, size_t router)
{
    struct typist typist = {sim, kit_session(sim->kit, router, "alice", 15)};

    type_common(&typist, router);
    for (unsigned n = 0; n < sim->plan.tunnels; n++)
        type_tunnel(&typist, router, n);
    type(&typist, "COMMIT");
    kit_leave(sim->kit, typist.session);
}

/* ---- life ---- */

static void
plug(void *context, struct kit *kit, size_t router)
{
    struct sim *sim = context;

    dp_attach_port(router_dp(kit->routers[router]), 0,
        sim_net_port(
            sim->net, router, packet_address(own_address(sim, router))));
}

void
sim_find_tunnels(struct sim *sim, size_t router)
{
    const struct router *from = sim->kit->routers[router];
    const struct object *object = NULL;
    size_t n = 0;

    while ((object = config_next(engine_running(from->engine), OBJECT_TUNNEL,
                object != NULL ? object->fields : NULL)) != NULL) {
        struct sim_tunnel *tunnel = &sim->tunnels[router][n++];

        *tunnel = (struct sim_tunnel){0};
        if (ipsec_interface(from->ipsec, object, &tunnel->interface) != OK)
            abort();
    }
    if (n != sim->plan.tunnels)
        abort();
}

void
sim_open(struct sim *sim)
{
    struct kit_params params = {
        .chassis = chassis,
        .count = SIM_ROUTERS,
        .seed = sim->report->seed << 20,
        .plug = plug,
        .watch = sim_watch,
        .context = sim,
    };

    sim->net = sim_net_new(sim->report->seed);
    sim_net_look(sim->net, &(struct sim_look){sim_look, sim});
    if (sim->plan.has_nat)
        sim_net_nat(sim->net, BOSTON, packet_address(NAT_ADDRESS));
    for (size_t i = 0; i < SIM_ROUTERS; i++)
        params.dirs[i] = sim->dirs[i] = kit_mkdir();
    sim->kit = kit_of(&params);
    for (size_t i = 0; i < SIM_ROUTERS; i++) {
        configure(sim, i);
        sim_find_tunnels(sim, i);
    }
}

void
sim_close(struct sim *sim)
{
    kit_free(sim->kit);
    for (size_t i = 0; i < SIM_ROUTERS; i++)
        kit_rmdir(sim->dirs[i]);
    sim_net_free(sim->net);
}
