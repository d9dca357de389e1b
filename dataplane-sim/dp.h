/*
 * dp.h - the packet engine, as everybody outside this folder sees it.
 *
 * A dp is one router's forwarding plane: ports, virtual routers, interfaces,
 * routes, secure tunnels, SAs.  It does no I/O but through its ports and
 * reads no clock: dp_poll is given the time.  Two threads meet here:
 *
 *    thread M   dp_batch_* dp_submit dp_next_event, counters
 *    thread D   dp_poll (or the same thread, in tests: then all of it is
 *               deterministic)
 *
 * M decides all handles (indices below the limits) and makes all memory; D
 * never allocates.  A batch of commands is applied in order and comes back
 * with the event DP_EVENT_APPLIED, after which M may free what it removed.
 * Objects are removed by M before what they hang on: routes, SAs, interface,
 * virtual router; policies after the interfaces that have them.
 *
 * Addresses are in host order, times in microseconds of a monotonic clock,
 * lengths in bytes.
 */
#ifndef DP_H
#define DP_H

#include "base/err.h"
#include "gen/drops.h"
#include "policy/policy.h"
#include "sa/sa.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dp;
struct dp_capture;
struct dp_explanation;
struct dp_trace;
struct port;

/* Capacities, fixed for the life of a dp. */
struct dp_limits {
    uint32_t packets; /* buffers in the pool                    */
    uint16_t vrs;
    uint16_t ports;
    uint32_t interfaces; /* of all kinds, tunnels included      */
    uint32_t routes;     /* static; connected ones are extra    */
    uint32_t sas;
    uint32_t addresses;     /* secondary ones, of all interfaces */
    uint32_t policies;      /* policy lists                      */
    uint32_t policy_groups; /* of all of them, for counters      */
};

extern const struct dp_limits dp_limits_default;

struct dp *dp_new(const struct dp_limits *limits); /* aborts without memory */
/* NULL is allowed.  Frees its ports, the batches that M did not take back,
 * and the SAs it has: from the submission of DP_SA_ADD until the batch of
 * DP_SA_REMOVE was taken from dp_next_event; and likewise its policies. */
void dp_free(struct dp *dp);

/* Plug a port in, before the first dp_poll or in D's own thread.  The dp owns
 * the port from then on.  A port that no interface uses is not read. */
void dp_attach_port(struct dp *dp, uint16_t index, struct port *port);

/* ---- what M tells D ---- */

enum dp_interface_kind {
    DP_INTERFACE_LOOPBACK,
    DP_INTERFACE_NULL,
    DP_INTERFACE_PORT,
    DP_INTERFACE_TUNNEL,
    DP_INTERFACE_GRE,
};

/* An inner selector: all addresses from first to last (RFC 2401, 4.4.2;
 * an address, a subnet and a range are all of this form). */
struct dp_selector {
    uint32_t first;
    uint32_t last;
};

/* Its source or destination are the outer addresses, in transport_vr. */
struct dp_tunnel {
    uint16_t transport_vr;
    uint32_t source;
    uint32_t destination;
    struct dp_selector local;  /* inner sources out, destinations in */
    struct dp_selector remote; /* the other end's                    */
    bool is_protected; /* DP_INTERFACE_GRE: leaves by its transport-mode SA
                          and is taken out of it, never in clear       */
};

/* UDP for the router itself: IKE, and IKE and ESP where there is a NAT
 * (RFC 3948). */
enum { DP_UDP_IKE = 500, DP_UDP_NAT = 4500 };

/* The whole state of an interface; setting it again replaces it, keeping the
 * counters and the SAs. */
struct dp_interface {
    uint32_t index; /* handle, below limits.interfaces */
    enum dp_interface_kind kind;
    uint16_t vr;
    uint16_t port; /* of a DP_INTERFACE_PORT */
    bool enabled;  /* administratively        */
    bool has_address;
    uint32_t address;
    uint32_t mask;
    bool has_lender;
    uint32_t lender; /* whose address it uses, having none */
    uint32_t mtu;    /* largest IP packet; a tunnel's: largest inner one;
                        0: the port's */
    uint32_t policy; /* of what comes in and is not for the router itself:
                        handle of the policy plus one; 0: none */
    struct dp_tunnel tunnel; /* of a DP_INTERFACE_TUNNEL or _GRE */
};

/* A secondary address of an interface: the same routes as its first. */
struct dp_address {
    uint16_t vr;
    uint32_t interface;
    uint32_t address;
    uint32_t mask;
};

struct dp_route {
    uint16_t vr;
    uint32_t prefix;
    uint8_t length; /* of the prefix, 0 to 32 */
    uint8_t distance;
    bool has_interface; /* else next_hop, resolved by lookup */
    uint32_t interface;
    uint32_t next_hop;
};

enum {
    DP_DATAGRAMS = 512, /* that wait for M */
    DP_DATAGRAM_MAX = 9000,
};

/* UDP for M, or from M; on port 4500 with the marker that says that it is not
 * ESP (RFC 3948, 2.2), which is not among the bytes. */
struct dp_datagram {
    uint16_t vr; /* transport VR's index */
    uint32_t source;
    uint32_t destination;
    uint16_t source_port;
    uint16_t destination_port;
    bool has_marker; /* without, from 4500: one byte 0xff is a NAT keepalive */
    uint8_t tos;
    uint8_t ttl; /* to be sent, 0: 64; as it came in otherwise */
    uint32_t length;
    uint8_t bytes[DP_DATAGRAM_MAX];
};

enum dp_command_kind {
    DP_VR_ADD,
    DP_VR_REMOVE,
    DP_INTERFACE_SET,
    DP_INTERFACE_REMOVE,
    DP_ADDRESS_ADD,
    DP_ADDRESS_REMOVE, /* the same value as was added */
    DP_ROUTE_ADD,
    DP_ROUTE_REMOVE, /* the same value as was added */
    DP_SA_ADD,       /* of the tunnel interface sa_tunnel(), in transport mode
                        of a GRE one; outbound: becomes its current one */
    DP_SA_REMOVE,    /* M frees it when the batch is back */
    DP_PING,         /* send one ICMP echo request */
    DP_POLICY_SET,   /* in place of the one with this handle, if any */
    DP_POLICY_REMOVE,
    DP_PORT_ATTACH, /* in place of the port that is there, if any      */
    DP_PORT_HOLD,   /* down, whatever it says itself; or no longer     */
    DP_EXPLAIN,     /* what would happen to a packet */
    DP_TRACE,       /* in place of the one there is; NULL: none from now on */
    DP_CAPTURE,     /* the same */
    DP_PUNT,        /* does M want IKE's datagrams?  If not: not-for-us */
    DP_SEND,        /* a datagram from an address of ours; ERR_INVALID: its
                       VR, length or source */
};

/* The port goes to D with the command, NULL: none; when the batch is back,
 * what the command has is M's to free: the one that was there, or NULL. */
struct dp_plug {
    uint16_t index;
    struct port *port; /* of a DP_PORT_ATTACH */
    bool is_held;      /* of a DP_PORT_HOLD   */
};

/* The policy goes to D with the command; when the batch is back, what the
 * command has is M's to free: the one that was replaced or removed, one that
 * was refused, or NULL. */
struct dp_policy {
    uint32_t index; /* handle, below limits.policies */
    struct policy *policy;
};

struct dp_ping {
    uint16_t vr;
    bool has_source;
    uint32_t source; /* else that of the interface it leaves by */
    bool is_foreign; /* source is no address of ours: the answer is taken as
                        it comes out of a tunnel                          */
    uint32_t destination;
    uint16_t id;
    uint16_t sequence;
    uint16_t payload; /* bytes after the ICMP header */
};

struct dp_command {
    enum dp_command_kind kind;
    /* D's answer: ERR_INVALID a handle beyond the limits, ERR_EXISTS an SPI
     * or a route that is there already, ERR_NOT_FOUND nothing to remove,
     * ERR_EXHAUSTED a limit. */
    enum err error;
    union {
        uint16_t vr;
        struct dp_interface interface;
        uint32_t interface_index;
        struct dp_address address;
        struct dp_route route;
        struct sa *sa;
        struct dp_ping ping;
        struct dp_policy policy;
        struct dp_plug plug;
        struct dp_explanation *explanation; /* M's again with the batch */
        struct dp_trace *trace;             /* the new one; back: the old one */
        struct dp_capture *capture;         /* the same                       */
        bool is_punt;
        struct dp_datagram *datagram; /* heap, freed with the batch */
    };
};

/* Commands that D applies together, in order.  Heap, made and freed by M. */
struct dp_batch {
    struct dp_command *commands;
    size_t count;
    size_t room;
    size_t applied;  /* D's progress */
    size_t refused;  /* commands with an error; the others hold */
    uint64_t number; /* M's, for itself */
};

struct dp_batch *dp_batch_new(void);
void dp_batch_free(struct dp_batch *batch);
/* The next command's place, zeroed, of that kind. */
struct dp_command *dp_batch_add(
    struct dp_batch *batch, enum dp_command_kind kind);

/* ERR_EXHAUSTED when more than 64 batches are under way; nothing happened
 * then.  Wakes D. */
MUST_CHECK enum err dp_submit(struct dp *dp, struct dp_batch *batch);

/* ---- what D tells M ---- */

enum dp_event_kind {
    DP_EVENT_APPLIED,    /* batch: all of it is done            */
    DP_EVENT_ECHO_REPLY, /* ping: an answer                     */
    DP_EVENT_PING_DROP,  /* ping: our request was dropped: why  */
    DP_EVENT_INTERFACE,  /* interface: went up or down          */
    DP_EVENT_DATAGRAM,   /* datagram: for IKE                   */
    DP_EVENT_NEED_SA,    /* interface: a packet for this tunnel met no
                            outbound SA; at most once a second   */
    DP_EVENT_PEER_MOVED, /* interface: ESP in UDP, authenticated and the
                            newest, came from another source and port than
                            the SA's; at most once a second      */
    /* Of an SA (interface, spi, is_outbound), each once, retried while M does
     * not listen; none after DP_SA_REMOVE is applied. */
    DP_EVENT_SA_SOFT, /* it is to be replaced                     */
    DP_EVENT_SA_HARD, /* nothing goes through it from now on      */
    /* For who looks for faults; a few of many. */
    DP_EVENT_UNKNOWN_SPI, /* vr, source, spi: ESP or AH for no SA */
    DP_EVENT_ICMP_BEHIND, /* interface: an ICMP error came out of this tunnel
                             (UINT32_MAX: to us, out of none), from source,
                             about a packet to destination; of an echo
                             request: with its ping_id                    */
};

struct dp_event {
    enum dp_event_kind kind;
    struct dp_batch *batch;
    uint16_t ping_id;
    uint16_t ping_sequence;
    uint32_t round_trip_us;
    enum drop drop;
    uint32_t interface;
    bool up;
    uint32_t spi;
    bool is_outbound;
    uint16_t vr;
    uint32_t source;
    uint16_t port;
    uint32_t destination;
    uint8_t icmp_type;
    uint8_t icmp_code;
    const struct dp_datagram *datagram; /* until the next dp_next_event */
};

bool dp_next_event(struct dp *dp, struct dp_event *out_event);
/* Readable while events wait; for M's event loop. */
int dp_event_fd(const struct dp *dp);

/* ---- counters, readable by any thread ---- */

struct dp_interface_counters {
    bool up;              /* operational state */
    uint32_t path_mtu;    /* tunnels: the largest outer packet that the path
                             takes, as was learned; 0: nothing was          */
    uint32_t last_source; /* tunnels: inner addresses of the last packet that
                             went out, but for echo requests of DP_PING; or 0 */
    uint32_t last_destination;
    uint64_t in_packets;
    uint64_t in_octets;
    uint64_t out_packets;
    uint64_t out_octets;
    /* tunnels: user = clear packets, accounted = encapsulated ones */
    uint64_t in_user_packets;
    uint64_t in_user_octets;
    uint64_t in_accounted_packets;
    uint64_t in_accounted_octets;
    uint64_t out_user_packets;
    uint64_t out_user_octets;
    uint64_t out_accounted_packets;
    uint64_t out_accounted_octets;
    uint64_t statistics[STATISTIC_COUNT]; /* errors, by enum statistic */
};

void dp_interface_counters(const struct dp *dp, uint32_t interface,
    struct dp_interface_counters *out_counters);
void dp_drops(const struct dp *dp, uint64_t out_drops[DROP_COUNT]);

/* What was done with packets: but for the last ones, how many came to a stage
 * of the path. */
struct dp_traffic {
    uint64_t received;
    uint64_t routed;
    uint64_t local;
    uint64_t fragments_in;
    uint64_t decapsulated;
    uint64_t udp;
    uint64_t icmp;
    uint64_t classified;
    uint64_t forwarded;
    uint64_t encapsulated;
    uint64_t gre_in;
    uint64_t gre_out;
    uint64_t sent;
    uint64_t fragments;   /* made here    */
    uint64_t reassembled; /* whole again  */
    uint64_t echoes;      /* we answered  */
    /* ICMP errors that we sent, would have sent, and heard about packets of
     * tunnels; path MTUs that these told. */
    uint64_t unreachable;
    uint64_t fragmentation_needed;
    uint64_t time_exceeded;
    uint64_t icmp_withheld;
    uint64_t icmp_heard;
    uint64_t path_mtus;
};

void dp_traffic(const struct dp *dp, struct dp_traffic *out_traffic);

/* What matched a group of a policy, by its handle. */
struct dp_policy_counters {
    uint64_t packets;
    uint64_t octets;
};

void dp_policy_counters(const struct dp *dp, uint32_t group,
    struct dp_policy_counters *out_counters);

/* ---- thread D ---- */

/* Do what is due at now_us: commands, packets, timers.  Bounded work per
 * call.  Returns dp_due. */
uint64_t dp_poll(struct dp *dp, uint64_t now_us);
/* When dp_poll could next find work, UINT64_MAX if only a command can bring
 * some.  Polling a dp at the other end of a wire may bring that forward: who
 * polls several asks each of them after the last was polled. */
uint64_t dp_due(const struct dp *dp);
/* Descriptors that become readable when dp_poll finds work before that: at
 * most room; the first wakes for commands, and its reader empties it.
 * Returns how many. */
size_t dp_wait_fds(const struct dp *dp, int *fds, size_t room);

/* A thread that polls several dps (the routers of a lab share one). */
struct dp_thread;
struct dp_thread *dp_thread_start(struct dp *const *dps, size_t count);
void dp_thread_stop(struct dp_thread *thread); /* joins; NULL is allowed */

#endif
