/*
 * engine.h - the inside of a dp, for the files of this room only.
 *
 *              thread M                          thread D
 *    dp.c      dp_submit        --- inbox --->   apply.c  commands
 *              dp_next_event    <-- outbox ---   (batches that are done)
 *              dp_next_event    <-- events ---   poll.c, ping.c
 *              dp_*_counters    <-- atomics --   counters.h
 *
 * A packet is carried through the stages by a struct flight; a stage returns
 * the next one.  Bounds: an encapsulation adds one to the packet's depth
 * (at most PATH_DEPTH), a decapsulation makes the packet shorter, so every
 * flight ends.
 */
#ifndef PATH_ENGINE_H
#define PATH_ENGINE_H

#include "base/arena.h"
#include "base/ring.h"
#include "dp.h"
#include "pkt/pkt.h"
#include "policy/policy.h"
#include "port/port.h"
#include "route/route.h"
#include "sa/sa.h"
#include "tunnel/tunnel.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct ahead_packet;
struct dp_watch_filter;
struct gre_table;
struct waiting;

enum {
    PATH_DEPTH = 4,      /* encapsulations of one packet               */
    PATH_RESTS = 5,      /* each of them may fragment, and a port      */
    PATH_PINGS = 256,    /* echo requests that wait for their answer   */
    PATH_BATCHES = 64,   /* under way                                  */
    PATH_EVENTS = 1024,  /* that M did not fetch yet                   */
    PATH_COMMANDS = 512, /* applied by one poll                        */
    PATH_LIMITS = 64,    /* of SAs that time comes to, in one poll     */
    PATH_ROUNDS = 4,     /* bursts taken from one port by one poll     */
    PATH_NO_PING = UINT16_MAX,
};

#define PATH_NO_INTERFACE UINT32_MAX

/* Written by D alone, read by anybody.  Octets follow their packets. */
enum counter {
    COUNTER_OUT_PACKETS,
    COUNTER_OUT_OCTETS,
    COUNTER_OUT_USER_PACKETS,
    COUNTER_OUT_USER_OCTETS,
    COUNTER_OUT_ACCOUNTED_PACKETS,
    COUNTER_OUT_ACCOUNTED_OCTETS,
    COUNTER_IN_PACKETS,
    COUNTER_IN_OCTETS,
    COUNTER_IN_USER_PACKETS,
    COUNTER_IN_USER_OCTETS,
    COUNTER_IN_ACCOUNTED_PACKETS,
    COUNTER_IN_ACCOUNTED_OCTETS,
    COUNTER_COUNT
};

/* One interface, at its handle's place; it keeps SAs and counters when its
 * configuration is replaced.  What packets need of it comes first, and begins
 * with a line: there may be many. */
struct interface {
    alignas(MEM_LINE) bool is_present;
    bool is_up;      /* as the routes know it                      */
    bool told_up;    /* as M was told last                         */
    bool is_waiting; /* in the list of those that M is to be told of */
    _Atomic bool up; /* is_up, for M */
    struct dp_interface config;
    _Atomic uint32_t path_mtu;    /* largest outer packet that a tunnel's path
                                     takes; 0: no smaller one is known        */
    _Atomic uint32_t last_source; /* inner, of the last that went out, but */
    _Atomic uint32_t last_destination; /* for the router's own echo requests */
    _Atomic uint64_t counters[COUNTER_COUNT];
    struct tunnel_sas sas;
    uint32_t waiting_next;
    uint64_t told_us;       /* M may be told again that it has no SA, or that
                               its peer moved                            */
    uint64_t path_until_us; /* of path_mtu; place in the list of such */
    uint32_t path_next;
    uint32_t path_previous;
    _Atomic uint64_t statistics[STATISTIC_COUNT];
};

/* What matched one group of a policy, at its handle's place. */
struct group_counters {
    _Atomic uint64_t packets;
    _Atomic uint64_t octets;
};

struct ping {
    bool is_used;
    uint16_t id;
    uint16_t sequence;
    uint32_t destination;
    uint32_t foreign; /* its source, where that is no address of ours; or 0 */
    uint64_t sent_us;
};

/* A port and the burst that is being gathered for it. */
struct plug {
    struct port *port;  /* owned; NULL: empty */
    uint32_t interface; /* that uses it, or PATH_NO_INTERFACE */
    bool is_up;
    bool is_held; /* M knows that it is of no use now */
    size_t count;
    struct pkt *burst[PKT_BURST];
    uint16_t pings[PKT_BURST]; /* of each packet, or PATH_NO_PING */
};

/* One packet on its way. */
struct flight {
    struct pkt *pkt;
    const struct ahead_packet *ahead; /* what was seen of it; NULL: nothing */
    struct ip4 ip; /* the header that it is at                  */
    struct route_result route;
    uint32_t tunnel;  /* whose statistic a drop counts in          */
    uint16_t ping;    /* our echo request: its place in pings      */
    uint32_t policy;  /* handle plus one, until it was asked; 0: none */
    uint32_t secured; /* out of a transport-mode SA: its interface's handle
                         plus one; 0: not */
    uint32_t
        before; /* its bytes before the SA that it went into or came out of */
    uint32_t sequence; /* of ESP in UDP that came in, and the port it came
                          from */
    uint16_t port;
    bool is_own;     /* made here: no hop is taken off            */
    uint32_t maker;  /* tunnel that made this outer packet, plus one; 0: none */
    uint32_t mtu;    /* that it was too big for                    */
    bool is_foreign; /* as it came from outside, its header checked: its
                        sender may be told of its end              */
    bool is_rehearsal;   /* explained: it must leave no trace, in no counter,
                            table, SA or port                         */
    const struct sa *sa; /* the last that it met; for who watches      */
    uint32_t met;        /* the tunnel that GRE_IN found; the same     */
    enum drop drop;
};

enum stage {
    STAGE_INPUT,      /* whole IP packet: check it                 */
    STAGE_ROUTE,      /* checked header: ours or to be forwarded?  */
    STAGE_LOCAL,      /* for an address of this router             */
    STAGE_REASSEMBLE, /* a fragment of something for us         */
    STAGE_UDP,        /* UDP for us                                */
    STAGE_DECAP,      /* ESP or AH for us                          */
    STAGE_GRE_IN,     /* GRE for us                                */
    STAGE_ECHO,       /* ICMP for us                               */
    STAGE_POLICY,     /* not for us: what a policy list says       */
    STAGE_FORWARD,    /* to an interface                           */
    STAGE_ENCAP,      /* into a tunnel                             */
    STAGE_GRE_OUT,    /* GRE before it                             */
    STAGE_PROTECT,    /* into a transport-mode SA                  */
    STAGE_OUTPUT,     /* into a port                               */
    STAGE_DROP,       /* for flight->drop                          */
    STAGE_ICMP_ERROR, /* its sender is told */
    STAGE_END,        /* the packet is no longer ours              */
};

/* What fragmenting left over, and where it goes on. */
struct rest {
    struct flight flight;
    enum stage stage;
};

/* ICMP errors by what limits and counts them. */
enum icmp_kind {
    ICMP_NONE,
    ICMP_UNREACHABLE,
    ICMP_TOO_BIG,
    ICMP_TIME_EXCEEDED,
    ICMP_KINDS
};

/* One on its way: what the dropping of a packet decided. */
struct icmp_error {
    uint8_t type;
    uint8_t code;
    uint32_t source;
};

/* Heap; all of it made by dp_new. */
struct dp {
    struct dp_limits limits;
    struct pkt_pool *pool;
    struct route_table *routes;
    struct sa_table *sas; /* inbound                               */
    struct sa_lives *lives;
    struct sa_table *outbound; /* to know packets of ours in ICMP errors */
    struct reassembly *reassembly;
    struct gre_table *gre;
    struct waiting *waiting; /* NULL: packets do not wait for each other */
    struct interface *interfaces;
    struct plug *plugs;
    struct policy **policies;      /* by handle; D's, but for dp_free */
    struct group_counters *groups; /* by handle                       */
    struct ring *inbox;            /* struct dp_batch *, M to D         */
    struct ring *outbox;           /* struct dp_batch *, D to M         */
    struct ring *events;           /* struct dp_event, D to M           */
    struct ring *datagrams;        /* struct dp_datagram, D to M        */
    int wake_fd;                   /* for D: batches wait               */
    int event_fd;                  /* for M: batches or events wait     */
    _Atomic uint64_t drops[DROP_COUNT];
    _Atomic uint64_t stages[STAGE_END]; /* packets that came there */
    _Atomic uint64_t fragments;
    _Atomic uint64_t reassembled;
    _Atomic uint64_t echoes;
    _Atomic uint64_t icmp_sent[ICMP_KINDS];
    _Atomic uint64_t icmp_withheld; /* too many, or no address fits */
    _Atomic uint64_t icmp_heard;    /* about packets of ours        */
    _Atomic uint64_t path_mtus;     /* lowered                      */

    /* M's own */
    size_t under_way;
    struct dp_datagram datagram; /* of its last event */

    /* D's own */
    uint64_t now_us;
    uint64_t due_us;        /* of what is not a port's arrival */
    struct dp_batch *batch; /* being applied */
    bool must_signal;
    uint32_t waiting_first; /* interfaces that M is to be told of */
    uint32_t waiting_last;
    uint32_t path_first; /* tunnels with a path_mtu, by its end */
    uint32_t path_last;
    uint64_t icmp_next_us[ICMP_KINDS]; /* were they evenly spread */
    struct icmp_error icmp;            /* of the flight under way */
    uint16_t plug_end; /* no port was ever plugged in from here on */
    uint16_t ip_id;
    uint16_t ping_next;
    uint64_t told_spi_us;  /* last DP_EVENT_UNKNOWN_SPI */
    uint64_t told_icmp_us; /* last DP_EVENT_ICMP_BEHIND */
    struct ping pings[PATH_PINGS];
    bool is_punt;               /* M wants IKE's datagrams       */
    struct dp_datagram punted;  /* being made: too long for a stack */
    struct dp_trail *trail;     /* of the flight under way, or NULL      */
    struct dp_trace *trace;     /* NULL: nobody traces.  D's, but for dp_free */
    struct dp_capture *capture; /* the same                              */
    struct rest rests[PATH_RESTS];
    size_t rest_count;
};

/* Of the kinds that packets leave by another virtual router. */
static inline bool
interface_is_tunnel(const struct interface *interface)
{
    return interface->config.kind == DP_INTERFACE_TUNNEL ||
           interface->config.kind == DP_INTERFACE_GRE;
}

/* ---- counters ---- */

static inline void
counter_add(_Atomic uint64_t *counter, uint64_t value)
{
    uint64_t old = atomic_load_explicit(counter, memory_order_relaxed);

    atomic_store_explicit(counter, old + value, memory_order_relaxed);
}

/* Count a packet of length octets; packets is a COUNTER_..._PACKETS, whose
 * octets follow it. */
static inline void
interface_count(
    struct interface *interface, enum counter packets, uint32_t length)
{
    counter_add(&interface->counters[packets], 1);
    counter_add(&interface->counters[packets + 1], length);
}

/* ---- interface.c: what is up, and telling M ---- */

/* Look again whether an interface is up; routes and M follow. */
void interface_refresh(struct dp *dp, uint32_t index);
/* M is not to be told of it any more. */
void interface_forget(struct dp *dp, uint32_t index);
/* Tell M what changed, as far as there is room.  False: not all of it. */
bool interface_tell(struct dp *dp);

/* A packet of this flight is for a tunnel without an SA: M may want to make
 * one, if the tunnel would take the packet. */
void interface_need_sa(
    struct dp *dp, uint32_t index, const struct flight *flight);

/* ---- apply.c ---- */

/* Apply at most PATH_COMMANDS commands.  False: more wait. */
bool apply_commands(struct dp *dp);

/* ---- stages.c: the driver and the stages between the ends ---- */

/* Carry a packet, and what it is fragmented into, from a stage to its end. */
void path_run(struct dp *dp, const struct flight *start, enum stage stage);
/* The same, of a flight that goes on. */
void path_carry(struct dp *dp, const struct flight *start, enum stage stage);
/* Account a lost packet; it stays the caller's. */
void path_count_drop(struct dp *dp, enum drop drop, uint32_t tunnel);
/* The next stage of a flight that ends here. */
enum stage path_drop(struct flight *flight, enum drop drop);
/* The same of one that is larger than mtu and may not be fragmented.  An outer
 * packet of ours cannot be told of it: its tunnel learns it. */
enum stage path_too_big(
    struct dp *dp, struct flight *flight, enum drop drop, uint32_t mtu);
enum stage stage_route(struct dp *dp, struct flight *flight);
/* A packet came in by this interface; the next stage. */
enum stage path_arrive(
    struct dp *dp, uint32_t interface, struct flight *flight);
/* The largest packet that an interface with a port takes. */
uint32_t path_output_mtu(
    const struct dp *dp, const struct interface *interface);
/* For an IP header that is made here.  Never 0: a Linux host would take that
 * for a field that it has to fill in, and AH would not verify. */
static inline uint16_t
path_next_id(struct dp *dp, const struct flight *flight)
{
    const uint16_t id = dp->ip_id == UINT16_MAX ? 1 : (uint16_t)(dp->ip_id + 1);

    if (!flight->is_rehearsal)
        dp->ip_id = id;
    return id;
}

/* ---- fragments.c: packets in pieces ---- */

enum stage stage_reassemble(struct dp *dp, struct flight *flight);
/* Take the first fragment of at most mtu bytes out, to go on alone at this
 * stage; the rest comes there once that has reached its end.  ip4_fit said
 * IP4_CARVE. */
enum stage path_carve(
    struct dp *dp, struct flight *flight, uint32_t mtu, enum stage stage);
/* Packets whose fragments do not come. */
void fragments_expire(struct dp *dp);

/* ---- protect.c: into and out of tunnels ---- */

enum stage stage_decap(struct dp *dp, struct flight *flight);
enum stage stage_encap(struct dp *dp, struct flight *flight);
/* The packet goes into the outbound SA of the interface that it is routed to;
 * flight->before is set.  outer NULL: in transport mode. */
enum stage path_seal(
    struct dp *dp, struct flight *flight, const struct sa_outer *outer);
/* It has gone through, or was dropped there. */
enum stage path_sealed(
    struct dp *dp, struct flight *flight, struct sa *sa, enum drop drop);
/* The same of an inbound one. */
enum stage path_opened(
    struct dp *dp, struct flight *flight, struct sa *sa, enum drop drop);
/* The packet came out of flight->tunnel, as outer bytes: check it and let it
 * into the operational virtual router. */
enum stage path_leave_tunnel(
    struct dp *dp, struct flight *flight, uint32_t outer);
/* It goes out by a tunnel, and had so many bytes before. */
void path_count_out(
    struct interface *interface, const struct flight *flight, uint32_t inner);
/* It is at a side of flight->tunnel: captured, if one captures. */
void path_note(
    struct dp *dp, const struct flight *flight, bool is_encrypted, bool is_out);

/* ---- wait.c: packets that go through SAs together ---- */

/* NULL: this machine has no lanes. */
struct waiting *waiting_new(void);
void waiting_free(struct waiting *waiting); /* NULL is allowed */
/* A burst of so many packets begins. */
void wait_open(struct dp *dp, size_t count);
/* Before each of its packets: is there room for another? */
void wait_look(struct dp *dp);
/* All of the burst are here. */
void wait_close(struct dp *dp);
/* Room for what is to do at this SA; NULL: do it now. */
struct sa_work *wait_place(
    struct dp *dp, const struct flight *flight, const struct sa *sa);
/* It was begun: the flight goes on when the others are here. */
enum stage wait_here(struct dp *dp, const struct flight *flight);

/* ---- gre.c ---- */

enum stage stage_gre_in(struct dp *dp, struct flight *flight);
enum stage stage_gre_out(struct dp *dp, struct flight *flight);
enum stage stage_protect(struct dp *dp, struct flight *flight);

/* ---- udp.c: UDP for this router ---- */

enum stage stage_udp(struct dp *dp, struct flight *flight);
/* ERR_INVALID: nothing that could be sent. */
enum err udp_send(struct dp *dp, const struct dp_datagram *datagram);
/* Is the packet, at this header, ESP in UDP from or to port 4500? */
bool udp_has_esp(const struct pkt *pkt, const struct ip4 *ip);

/* ---- icmp_error.c: telling senders ---- */

/* Is the sender of this dropped packet to be told?  Then what is in
 * dp->icmp. */
bool icmp_error_is_due(struct dp *dp, const struct flight *flight);
/* The packet becomes the error about it. */
enum stage stage_icmp_error(struct dp *dp, struct flight *flight);

/* ---- path_mtu.c: what the paths of tunnels take ---- */

/* The largest inner packet that a tunnel takes now; 0: of any size. */
uint32_t path_mtu_inner(const struct interface *tunnel);
/* Its path takes no larger outer packets than this. */
void path_mtu_lower(struct dp *dp, uint32_t tunnel, uint32_t mtu);
void path_mtu_forget(struct dp *dp, uint32_t tunnel);
void path_mtu_expire(struct dp *dp);
uint64_t path_mtu_due(const struct dp *dp);
/* An ICMP error for us. */
enum stage path_mtu_hear(struct dp *dp, struct flight *flight);
static inline bool
icmp_is_error(uint8_t type) /* RFC 1122, 3.2.2 */
{
    return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

/* ---- classify.c: policy lists ---- */

enum stage stage_policy(struct dp *dp, struct flight *flight);
enum err classify_set(struct dp *dp, struct dp_policy *command);
enum err classify_remove(struct dp *dp, struct dp_policy *command);

/* ---- ping.c: ICMP echo, asked and answered ---- */

enum stage stage_echo(struct dp *dp, struct flight *flight);
void ping_send(struct dp *dp, const struct dp_ping *ping);
/* The address that we send from to this destination, 0: none. */
uint32_t path_source_towards(
    const struct dp *dp, uint16_t vr, uint32_t destination);
/* Of what comes out of a tunnel, by flight->tunnel: tells M of errors.  True:
 * it answers a request that went out under another's address, and is done. */
bool ping_witness(struct dp *dp, const struct flight *flight);
/* An ICMP error for us that is about nothing of a tunnel's. */
void ping_tell_error(struct dp *dp, const struct flight *flight);
/* Tell M that our request was dropped; PATH_NO_PING: it was not ours. */
void ping_dropped(struct dp *dp, uint16_t ping, enum drop drop);

/* ---- plug.c ---- */

/* The port is in place: it is looked at from now on. */
void plug_note(struct dp *dp, uint16_t index);
enum err plug_attach(struct dp *dp, struct dp_plug *command);
enum err plug_hold(struct dp *dp, const struct dp_plug *command);
/* A port's cable may have been cut or mended: look. */
void plug_refresh(struct dp *dp, struct plug *plug);
/* Where it leads to, and what it still has. */
void plug_done(struct plug *plug);
/* ---- trail.c: what happens to one packet, noted step by step ---- */

typedef enum stage stage_function(struct dp *dp, struct flight *flight);

/* Run a stage and note in dp->trail what it did. */
enum stage trail_run(struct dp *dp, struct flight *flight, enum stage stage,
    stage_function *run);
/* The flight goes on with another piece of its packet. */
void trail_next_piece(struct dp *dp);

/* ---- explain.c ---- */

void explain_packet(struct dp *dp, struct dp_explanation *explanation);

/* ---- trace.c ---- */

/* Swap the trace. */
void trace_set(struct dp *dp, struct dp_trace **trace);
/* Around the flight of each packet while there is one. */
void trace_begin(struct dp *dp);
void trace_end(struct dp *dp);
bool watch_matches(
    const struct dp_watch_filter *filter, const struct ip4 *ip, uint16_t vr);

/* ---- capture.c ---- */

struct capture_point {
    uint32_t interface;
    bool is_out;
    bool is_encrypted;
};

void capture_set(struct dp *dp, struct dp_capture **capture);
/* Only while there is one, and never of a rehearsal. */
void capture_packet(
    struct dp *dp, const struct pkt *pkt, const struct capture_point *point);
void capture_at_port(
    struct dp *dp, const struct pkt *pkt, uint32_t interface, bool is_out);

/* ---- ahead.c: memory for the packets that follow ---- */

enum { AHEAD_STEPS = 7 };

struct ahead_packet {
    bool is_there; /* and on its own way */
    uint8_t protocol;
    uint32_t destination;
    uint32_t spi;        /* 0: it is not protected           */
    uint32_t interface;  /* a tunnel, or PATH_NO_INTERFACE   */
    const struct sa *sa; /* that it will meet; NULL: unknown */
    bool is_routed;      /* then this is where it will go    */
    struct route_result route;
};

/* Packets that came together into one virtual router. */
struct ahead_burst {
    struct pkt *const *packets;
    size_t count; /* 0: there is nothing to gain */
    uint16_t vr;
    struct ahead_packet looked_at[PKT_BURST];
};

/* packets, count and vr are set. */
void ahead_begin(const struct dp *dp, struct ahead_burst *burst);
/* Before packet number `now` is carried: what was seen of it, valid until the
 * burst is, or NULL. */
const struct ahead_packet *ahead_step(
    const struct dp *dp, struct ahead_burst *burst, size_t now);

/* ---- poll.c ---- */

/* Send the burst that was gathered for a port. */
void plug_flush(struct dp *dp, struct plug *plug);
/* False: no room, M does not listen. */
bool event_put(struct dp *dp, const struct dp_event *event);

#endif
