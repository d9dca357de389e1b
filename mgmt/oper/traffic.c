/*
 * traffic.c - `show ipsec sa` and `show ip traffic`: what the packet engine
 * has, and how many packets it did what with.
 */
#include "oper/show.h"

#include "base/str.h"
#include "gen/views.h"
#include "ipsec/ipsec.h"
#include "negotiator/negotiator.h"

/* ---- SAs ---- */

enum { US_PER_S = 1000000, OCTETS_PER_KILOBYTE = 1024 };

static void
fill_numbers(struct row *row, const struct sa *sa)
{
    uint32_t window = sa_window(sa);

    if (window != 0)
        row_number(row, COLUMN_IPSEC_SA_WINDOW, window);
    if (window != 0 || sa_direction(sa) == SA_OUTBOUND)
        row_number(row, COLUMN_IPSEC_SA_SEQUENCE, sa_sequence(sa));
}

static enum sa_form
form_of(const struct sa *sa)
{
    if (sa_is_in_udp(sa))
        return SA_FORM_UDP;
    return sa_mode(sa) == SA_TRANSPORT ? SA_FORM_TRANSPORT : SA_FORM_TUNNEL;
}

static uint64_t
left_of(uint64_t limit, uint64_t used)
{
    return used < limit ? limit - used : 0;
}

/* When it ends by time, which IKE knows of the SAs it negotiated: at least of
 * those that are used to send; 0: not known, or never. */
static uint64_t
end_of(const struct show *show, const struct sa *sa)
{
    const struct negotiator *negotiator = show->view->negotiator;
    bool is_in = sa_direction(sa) == SA_INBOUND;
    uint32_t hard_s = sa_limits(sa).hard_s;
    uint64_t added_us = sa_added_us(sa);
    struct ike_tunnel_state state;

    if (hard_s != 0)
        return added_us == 0 ? 0 : added_us + (uint64_t)hard_s * US_PER_S;
    if (negotiator == NULL ||
        !ike_tunnel_state(negotiator_ike(negotiator), sa_tunnel(sa), &state) ||
        state.pairs == 0)
        return 0;
    return sa_spi(sa) == (is_in ? state.inbound_spi : state.outbound_spi)[0]
               ? state.expires_us
               : 0;
}

/* Until it is used no more. */
static void
fill_limits(struct row *row, const struct show *show, const struct sa *sa)
{
    uint32_t hard_kb = sa_limits(sa).hard_kb;
    uint64_t end_us = end_of(show, sa);

    if (end_us != 0) {
        row_number(row, COLUMN_IPSEC_SA_SECONDS_LEFT,
            left_of(end_us, show->view->monotonic_us) / US_PER_S);
    }
    if (hard_kb != 0) {
        row_number(row, COLUMN_IPSEC_SA_KILOBYTES_LEFT,
            left_of(hard_kb, sa_octets(sa) / OCTETS_PER_KILOBYTE));
    }
}

static void
send_sa(
    const struct show *show, const struct object *tunnel, const struct sa *sa)
{
    const bool is_gre = tunnel->type == OBJECT_GRE_TUNNEL;
    struct str name;
    struct row row;

    str_init(&name);
    str_printf(&name, "%s%s", is_gre ? "gre:" : "",
        value_string(&tunnel->fields[FIELD_TUNNEL_NAME]));
    row_start(&row);
    row_str(&row, COLUMN_IPSEC_SA_TUNNEL, &name);
    row_number(&row, COLUMN_IPSEC_SA_DIRECTION,
        sa_direction(sa) == SA_INBOUND ? TRAFFIC_DIRECTION_IN
                                       : TRAFFIC_DIRECTION_OUT);
    row_number(&row, COLUMN_IPSEC_SA_SPI, sa_spi(sa));
    row_number(&row, COLUMN_IPSEC_SA_TRANSFORM, (uint64_t)sa_transform(sa));
    row_number(&row, COLUMN_IPSEC_SA_SOURCE, sa_src(sa));
    row_number(&row, COLUMN_IPSEC_SA_DESTINATION, sa_dst(sa));
    row_text(&row, COLUMN_IPSEC_SA_TRANSPORT_VR,
        ipsec_vr_of(show->view->ipsec, sa_vr(sa)));
    if (sa_is_in_udp(sa)) {
        row_number(&row, COLUMN_IPSEC_SA_LOCAL_PORT, sa_udp(sa).local_port);
        row_number(&row, COLUMN_IPSEC_SA_REMOTE_PORT, sa_udp(sa).remote_port);
    }
    fill_numbers(&row, sa);
    row_number(&row, COLUMN_IPSEC_SA_PACKETS, sa_packets(sa));
    row_number(&row, COLUMN_IPSEC_SA_OCTETS, sa_octets(sa));
    row_number(&row, COLUMN_IPSEC_SA_MODE, (uint64_t)form_of(sa));
    fill_limits(&row, show, sa);
    row_send(&row, show);
    str_done(&name);
}

static void
send_sas(const struct show *show, const struct object *tunnel)
{
    const struct sa *sas[IPSEC_SAS_MAX];
    size_t count = ipsec_sas(show->view->ipsec, tunnel, sas);
    size_t i;

    for (i = 0; i < count; i++)
        send_sa(show, tunnel, sas[i]);
}

static void
send_all(const struct show *show, enum schema_object_id type)
{
    const struct config *running = show->view->running;
    const struct object *tunnel = config_next(running, type, NULL);

    while (tunnel != NULL) {
        send_sas(show, tunnel);
        tunnel = config_next(running, type, tunnel->fields);
    }
}

/* Both have the tunnel in the same place. */
_Static_assert(
    (int)ARG_SHOW_IPSEC_SA_TUNNEL == (int)ARG_SHOW_IPSEC_SA_DETAIL_TUNNEL,
    "one function serves both");

enum err
show_sa(const struct show *show)
{
    const struct config *running = show->view->running;
    const struct value *name = &show->args[ARG_SHOW_IPSEC_SA_TUNNEL];
    const struct object *tunnel;

    if (value_is_set(name)) {
        tunnel = oper_find_tunnel(running, value_string(name));
        if (tunnel == NULL) {
            return show_not_found(
                show, "There is no tunnel %s.", value_string(name));
        }
        send_sas(show, tunnel);
        return OK;
    }
    send_all(show, OBJECT_TUNNEL);
    send_all(show, OBJECT_GRE_TUNNEL);
    return OK;
}

/* ---- traffic ---- */

static void
send_count(const struct show *show, enum traffic_kind kind, const char *item,
    uint64_t packets, const char *meaning)
{
    struct row row;

    row_start(&row);
    row_number(&row, COLUMN_IP_TRAFFIC_KIND, (uint64_t)kind);
    row_text(&row, COLUMN_IP_TRAFFIC_ITEM, item);
    row_number(&row, COLUMN_IP_TRAFFIC_PACKETS, packets);
    row_text(&row, COLUMN_IP_TRAFFIC_MEANING, meaning);
    row_send(&row, show);
}

enum err
show_ip_traffic(const struct show *show)
{
    struct dp_traffic traffic;
    uint64_t drops[DROP_COUNT];
    size_t i;

    dp_traffic(show->view->dp, &traffic);
    dp_drops(show->view->dp, drops);
    const struct {
        enum traffic_kind kind;
        const char *item;
        uint64_t packets;
        const char *meaning;
    } lines[] = {
        {TRAFFIC_KIND_STAGE, "received",      traffic.received,
         "Came in by a port that is up."                                                               },
        {TRAFFIC_KIND_STAGE, "routed",        traffic.routed,
         "Were looked up in a routing table; once for each header."                                    },
        {TRAFFIC_KIND_STAGE, "local",         traffic.local,
         "Were for an address of this router."                                                         },
        {TRAFFIC_KIND_STAGE, "reassembly",    traffic.fragments_in,
         "Were fragments for this router."                                                             },
        {TRAFFIC_KIND_STAGE, "udp",           traffic.udp,                  "Were UDP for this router."},
        {TRAFFIC_KIND_STAGE, "decapsulation", traffic.decapsulated,
         "Were ESP or AH for this router."                                                             },
        {TRAFFIC_KIND_STAGE, "gre-in",        traffic.gre_in,
         "Were GRE for this router, in clear or out of a transport-mode SA."                           },
        {TRAFFIC_KIND_STAGE, "icmp",          traffic.icmp,
         "Were ICMP for this router."                                                                  },
        {TRAFFIC_KIND_STAGE, "policy",        traffic.classified,
         "Were classified by a policy list."                                                           },
        {TRAFFIC_KIND_STAGE, "forwarding",    traffic.forwarded,
         "Were to leave this router or enter a tunnel."                                                },
        {TRAFFIC_KIND_STAGE, "encapsulation", traffic.encapsulated,
         "Were given to a tunnel."                                                                     },
        {TRAFFIC_KIND_STAGE, "gre-out",       traffic.gre_out,
         "Got the headers of a GRE tunnel."                                                            },
        {TRAFFIC_KIND_STAGE, "output",        traffic.sent,                 "Were given to a port."    },
        {TRAFFIC_KIND_MADE,  "fragments",     traffic.fragments,
         "Were split off a packet that was too large for a tunnel or a port."                          },
        {TRAFFIC_KIND_MADE,  "reassembled",   traffic.reassembled,
         "Were put together from fragments for this router."                                           },
        {TRAFFIC_KIND_MADE,  "echo-replies",  traffic.echoes,
         "Answered an ICMP echo request."                                                              },
        {TRAFFIC_KIND_MADE,  "unreachable",   traffic.unreachable,
         "Told a sender by ICMP that its packet cannot be delivered."                                  },
        {TRAFFIC_KIND_MADE,  "too-big",       traffic.fragmentation_needed,
         "Told a sender by ICMP what size its packets may have."                                       },
        {TRAFFIC_KIND_MADE,  "time-exceeded", traffic.time_exceeded,
         "Told a sender by ICMP that its packet took too long."                                        },
        {TRAFFIC_KIND_MADE,  "withheld",      traffic.icmp_withheld,
         "Would have been ICMP errors: too many at once, or no address fits."                          },
        {TRAFFIC_KIND_HEARD, "icmp-errors",   traffic.icmp_heard,
         "Were ICMP errors about packets of a tunnel."                                                 },
        {TRAFFIC_KIND_HEARD, "path-mtu",      traffic.path_mtus,
         "Packets of a tunnel that were too large for its path."                                       },
    };

    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        send_count(show, lines[i].kind, lines[i].item, lines[i].packets,
            lines[i].meaning);
    }
    for (i = 1; i < DROP_COUNT; i++) { /* 0 is no drop */
        send_count(show, TRAFFIC_KIND_DROP, drop_reasons[i].name, drops[i],
            drop_reasons[i].sentence);
    }
    return OK;
}
