/*
 * sim_watch.c - what must hold at each moment of the simulation.
 */
#include "tests/support/sim_state.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "commit/commit.h"
#include "daemon/router_state.h"
#include "oper/oper.h"
#include "pkt/pkt.h"

#include <malloc.h>
#include <string.h>

enum {
    IKE_PORT_AT = 500,
    NAT_PORT_AT = 4500,
    UDP_AT = IP4_HEADER,
    QUOTED_AT = 28
};

/* ---- SAs ---- */

static struct sim_sa *
find(struct sim_tunnel *tunnel, const struct sa *sa)
{
    bool is_outbound = sa_direction(sa) == SA_OUTBOUND;
    struct sim_sa *unused = NULL;

    for (size_t i = 0; i < SIM_SAS; i++) {
        struct sim_sa *each = &tunnel->sas[i];

        if (each->spi == sa_spi(sa) && each->is_outbound == is_outbound)
            return each;
        if (each->spi == 0)
            unused = each;
    }
    if (unused != NULL) {
        *unused =
            (struct sim_sa){.is_outbound = is_outbound, .spi = sa_spi(sa)};
    }
    return unused;
}

static void
look_at_sa(struct sim *sim, struct sim_tunnel *tunnel, const struct sa *sa)
{
    const struct sim_plan *plan = &sim->plan;
    uint64_t now_us = sim->kit->now.monotonic_us;
    unsigned lifetime_s = plan->lifetime_s[0] < plan->lifetime_s[1]
                              ? plan->lifetime_s[0]
                              : plan->lifetime_s[1];
    struct sim_sa *seen = find(tunnel, sa);

    if (seen == NULL) {
        sim_trouble(sim, "more SAs than there can be");
        return;
    }
    if (seen->since_us == 0) {
        seen->since_us = now_us;
        sim->report->renewals += seen->is_outbound;
    }
    seen->is_there = true;
    if (now_us - seen->since_us < (uint64_t)lifetime_s * SIM_S) {
        seen->packets = sa_packets(sa);
    } else if (sa_packets(sa) != seen->packets) {
        sim_trouble(sim, "SA 0x%x is used after %u s", (unsigned)seen->spi,
            (unsigned)((now_us - seen->since_us) / SIM_S));
    }
    if (plan->has_volume && sa_octets(sa) > (uint64_t)102400 * 1024 + 9216)
        sim_trouble(sim, "SA 0x%x is used after its volume", seen->spi);
}

static void
forget(struct sim_tunnel *tunnel)
{
    for (size_t i = 0; i < SIM_SAS; i++) {
        if (!tunnel->sas[i].is_there)
            tunnel->sas[i] = (struct sim_sa){0};
        tunnel->sas[i].is_there = false;
    }
}

static void
look_at_tunnel(struct sim *sim, size_t router, struct sim_tunnel *tunnel)
{
    const struct ipsec *ipsec = sim->kit->routers[router]->ipsec;
    const struct sa *sas[IPSEC_SAS_MAX];
    size_t count =
        ipsec_sas(ipsec, ipsec_interface_of(ipsec, tunnel->interface), sas);
    size_t outbound = 0;

    for (size_t i = 0; i < count; i++) {
        outbound += sa_direction(sas[i]) == SA_OUTBOUND;
        look_at_sa(sim, tunnel, sas[i]);
    }
    forget(tunnel);
    if (outbound > 1 || count - outbound > 4) {
        sim_trouble(sim, "%zu outbound and %zu inbound SAs at once", outbound,
            count - outbound);
    }
}

/* ---- what SNMP is told ---- */

static void
take_row(void *context, const struct value *columns)
{
    uint64_t *hash = context;
    size_t count =
        schema_rows[schema_execs[EXEC_MIB_TUNNEL_SA].rows].column_count;

    for (size_t i = 0; i < count; i++) {
        *hash = hash_mix(*hash, (uint64_t)columns[i].kind);
        if (columns[i].kind == VALUE_NUMBER)
            *hash = hash_mix(*hash, columns[i].number);
    }
}

/* While the stamp is the same the rows are: who has them is not given them
 * again. */
static void
look_at_page(struct sim *sim, size_t router)
{
    const struct value all[SCHEMA_ARGS_MAX] = {0};
    const struct router *of = sim->kit->routers[router];
    const struct oper_view view = {
        .running = engine_running(of->engine),
        .ipsec = of->ipsec,
        .negotiator = of->negotiator,
        .store = of->store,
        .pages = of->pages,
    };
    struct sim_page *last = &sim->pages[router];
    struct sim_page page = {.rows = HASH_START};
    const struct row_sink sink = {take_row, &page.rows};

    page.stamp = oper_stamp(
        &view, EXEC_MIB_TUNNEL_SA, all, of->started.monotonic_us + 1);
    if (oper_show(&view, EXEC_MIB_TUNNEL_SA, all, &sink, NULL) != OK)
        sim_trouble(sim, "router %zu has no rows for SNMP", router);
    if (page.stamp == last->stamp && page.rows != last->rows)
        sim_trouble(sim, "router %zu tells SNMP no news of its SAs", router);
    *last = page;
}

void
sim_watch(void *context, struct kit *kit)
{
    struct sim *sim = context;
    uint64_t now_s = kit->now.monotonic_us / SIM_S;
    bool asks = now_s != sim->paged_s;

    sim->paged_s = now_s;
    for (size_t i = 0; i < SIM_ROUTERS; i++) {
        if (asks)
            look_at_page(sim, i);
        for (unsigned n = 0; n < sim->plan.tunnels; n++)
            look_at_tunnel(sim, i, &sim->tunnels[i][n]);
    }
}

/* ---- the wire ---- */

static bool
is_ours(uint16_t port)
{
    return port == IKE_PORT_AT || port == NAT_PORT_AT;
}

static void
tell_ike(struct sim *sim, size_t from, const uint8_t *packet, size_t length)
{
    const uint8_t *ike = packet + UDP_AT + UDP_HEADER;

    if (sim->log == NULL || length < UDP_AT + UDP_HEADER + 4)
        return;
    if (get_u16(packet + UDP_AT) == NAT_PORT_AT) {
        if (get_u32(ike) != 0)
            return; /* ESP */
        ike += 4;
    }
    sim_tell(sim,
        "router %zu sends exchange %u, cookies %08x %08x, id %08x, "
        "%zu bytes, port %u to %u",
        from, ike[18], (unsigned)get_u32(ike), (unsigned)get_u32(ike + 8),
        (unsigned)get_u32(ike + 20), length, get_u16(packet + UDP_AT),
        get_u16(packet + UDP_AT + 2));
}

void
sim_look(void *context, size_t from, const uint8_t *packet, size_t length)
{
    struct sim *sim = context;
    uint8_t protocol = packet[9];

    if (protocol == IP4_PROTO_ESP)
        return;
    if (protocol == IP4_PROTO_UDP && is_ours(get_u16(packet + UDP_AT))) {
        tell_ike(sim, from, packet, length);
        return;
    }
    if (protocol == IP4_PROTO_ICMP && length >= QUOTED_AT + IP4_HEADER &&
        packet[QUOTED_AT + 9] == IP4_PROTO_ESP)
        return; /* an error about a packet of the tunnel */
    sim_trouble(sim, "router %zu sends protocol %u in clear, %zu bytes", from,
        protocol, length);
}

/* ---- the log, the heap ---- */

void
sim_hear(void *context, const struct log_record *record)
{
    struct sim *sim = context;

    sim_tell(sim, "%s %s: %s", record->room, record->event, record->text);
    if (record->level == LOG_ERROR)
        sim_trouble(sim, "logged: %s", record->text);
}

uint64_t
sim_heap(void)
{
    struct mallinfo2 heap = mallinfo2();

    return heap.uordblks + heap.hblkhd;
}
