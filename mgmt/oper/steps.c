/*
 * steps.c - what the stages of the path did with a packet, in words.
 */
#include "oper/oper.h"

#include "base/ip.h"
#include "base/str.h"
#include "ipsec/ipsec.h"
#include "oper/show.h"
#include "watch.h"

_Static_assert((int)PACKET_STAGE_INPUT == (int)DP_STAGE_INPUT &&
                   (int)PACKET_STAGE_ENCAP == (int)DP_STAGE_ENCAP &&
                   (int)PACKET_STAGE_DROP == (int)DP_STAGE_DROP &&
                   (int)PACKET_STAGE_PROTECT == (int)DP_STAGE_PROTECT,
    "the schema lists the stages as the packet engine does");

/* One step being told. */
struct telling {
    const struct ipsec *ipsec;
    const struct dp_step *step;
    const char *interface; /* "" if none */
    struct str *out;
};

/* ---- what each stage decided, where it did not drop ---- */

static void
tell_input(const struct telling *telling)
{
    str_add(telling->out, "The IP header is in order.");
}

static void
tell_route(const struct telling *telling)
{
    if (telling->step->is_ours) {
        str_add(telling->out, "The destination is an address of this router.");
    } else if (telling->interface[0] == '\0') {
        str_add(telling->out, "No route leads to the destination.");
    } else {
        str_printf(
            telling->out, "The route leads out by %s.", telling->interface);
    }
}

static void
tell_local(const struct telling *telling)
{
    str_add(telling->out, "This router offers what the packet asks for.");
}

static void
tell_reassemble(const struct telling *telling)
{
    const struct dp_step *step = telling->step;

    if (step->outcome == DP_ENDED) {
        str_add(telling->out, "A fragment: it is kept until all have come.");
    } else {
        str_printf(telling->out,
            "It was the last fragment that was missing: %u bytes together.",
            (unsigned)step->length_after);
    }
}

static void
tell_udp(const struct telling *telling)
{
    str_add(telling->out, telling->step->outcome == DP_ENDED
                              ? "It is IKE's, which gets it."
                              : "It is ESP in UDP.");
}

static void
tell_sa(const struct telling *telling)
{
    const struct dp_step *step = telling->step;

    str_printf(telling->out, "SA 0x%x (%s) of %s", (unsigned)step->spi,
        schema_enums[ENUM_TRANSFORM].values[step->transform].word,
        telling->interface);
}

static void
tell_decap(const struct telling *telling)
{
    tell_sa(telling);
    str_printf(telling->out,
        " opens it: %u bytes, which match the tunnel's identities.",
        (unsigned)telling->step->length_after);
}

static void
tell_echo(const struct telling *telling)
{
    str_add(telling->out, telling->step->outcome == DP_ENDED
                              ? "It is the answer that a ping waits for, or "
                                "an ICMP error about a packet of a tunnel."
                              : "It is an echo request: it is answered.");
}

static void
tell_policy(const struct telling *telling)
{
    const char *name = ipsec_policy_of(telling->ipsec, telling->step->policy);

    str_printf(telling->out, "Policy list %s lets it go on",
        name != NULL ? name : "(removed)");
    if (telling->interface[0] != '\0')
        str_printf(telling->out, " to %s", telling->interface);
    str_add_char(telling->out, '.');
}

static void
tell_forward(const struct telling *telling)
{
    str_printf(telling->out, "%s is up and takes it.", telling->interface);
}

static void
tell_fragmented(const struct telling *telling)
{
    const struct dp_step *step = telling->step;

    str_printf(telling->out,
        "%u bytes are more than the MTU %u of %s: a piece of %u bytes "
        "goes first.",
        (unsigned)step->length, (unsigned)step->mtu, telling->interface,
        (unsigned)step->length_after);
}

static void
tell_protect(const struct telling *telling)
{
    tell_sa(telling);
    str_printf(telling->out, " makes %u bytes of %u.",
        (unsigned)telling->step->length_after, (unsigned)telling->step->length);
}

static void
tell_encap(const struct telling *telling)
{
    const struct dp_step *step = telling->step;

    if (step->spi == 0) {
        str_printf(telling->out, "It fits the MTU %u of %s.",
            (unsigned)step->mtu, telling->interface);
        return;
    }
    str_add(telling->out, "The identities match. ");
    tell_protect(telling);
}

static void
tell_gre_in(const struct telling *telling)
{
    str_printf(telling->out, "%s takes it: %u bytes.", telling->interface,
        (unsigned)telling->step->length_after);
}

static void
tell_gre_out(const struct telling *telling)
{
    str_printf(telling->out, "The headers of %s make %u bytes of %u.",
        telling->interface, (unsigned)telling->step->length_after,
        (unsigned)telling->step->length);
}

static void
tell_output(const struct telling *telling)
{
    str_printf(telling->out, "It leaves by %s, MTU %u.", telling->interface,
        (unsigned)telling->step->mtu);
}

/* The errors that this router sends. */
static const char *
meaning(uint8_t type, uint8_t code)
{
    static const char *const unreachable[] = {
        [0] = "network unreachable",
        [1] = "host unreachable",
        [2] = "protocol unreachable",
        [3] = "port unreachable",
        [4] = "fragmentation needed",
        [13] = "administratively prohibited",
    };

    if (type == 11)
        return code == 0 ? "time to live exceeded" : "reassembly time exceeded";
    return unreachable[code];
}

static void
tell_icmp_error(const struct telling *telling)
{
    const struct dp_step *step = telling->step;
    char source[IP_TEXT_SIZE];

    str_printf(telling->out, "An ICMP error goes back to %s: %s",
        ip_format(step->source, source),
        meaning(step->icmp_type, step->icmp_code));
    if (step->mtu != 0)
        str_printf(telling->out, ", MTU %u", (unsigned)step->mtu);
    str_add_char(telling->out, '.');
}

/* The MTU is not the configured one where the path takes less. */
static void
tell_path_mtu(const struct telling *telling)
{
    const struct dp_step *step = telling->step;

    if (step->path_mtu != 0 &&
        (step->outcome == DP_FRAGMENTED || step->drop == DROP_TOO_BIG_TUNNEL)) {
        str_printf(telling->out,
            " The tunnel's path takes outer packets of %u bytes.",
            (unsigned)step->path_mtu);
    }
}

static void
tell_decision(const struct telling *telling)
{
    static void (*const tellers[])(const struct telling *) = {
        [DP_STAGE_INPUT] = tell_input,
        [DP_STAGE_ROUTE] = tell_route,
        [DP_STAGE_LOCAL] = tell_local,
        [DP_STAGE_REASSEMBLE] = tell_reassemble,
        [DP_STAGE_UDP] = tell_udp,
        [DP_STAGE_DECAP] = tell_decap,
        [DP_STAGE_GRE_IN] = tell_gre_in,
        [DP_STAGE_ECHO] = tell_echo,
        [DP_STAGE_POLICY] = tell_policy,
        [DP_STAGE_FORWARD] = tell_forward,
        [DP_STAGE_ENCAP] = tell_encap,
        [DP_STAGE_GRE_OUT] = tell_gre_out,
        [DP_STAGE_PROTECT] = tell_protect,
        [DP_STAGE_OUTPUT] = tell_output,
        [DP_STAGE_ICMP_ERROR] = tell_icmp_error,
    };
    const struct dp_step *step = telling->step;

    if (step->outcome == DP_DROPPED) {
        str_add(telling->out, drop_reasons[step->drop].sentence);
    } else if (step->outcome == DP_FRAGMENTED) {
        tell_fragmented(telling);
    } else {
        tellers[step->stage](telling);
    }
    tell_path_mtu(telling);
}

/* ---- rows ---- */

static void
name_interface(const struct ipsec *ipsec, uint32_t interface, struct str *out)
{
    const struct object *object;

    if (interface == DP_NO_INTERFACE)
        return;
    object = ipsec_interface_of(ipsec, interface);
    if (object == NULL) {
        str_add(out, "(removed)");
    } else {
        show_interface_name(object, out);
    }
}

/* A header that could not be read has no addresses. */
static void
fill_header(struct row *row, const struct dp_step *step)
{
    row_number(row, COLUMN_PACKET_STEP_LENGTH, step->length);
    if (step->source == 0 && step->destination == 0)
        return;
    row_number(row, COLUMN_PACKET_STEP_SOURCE, step->source);
    row_number(row, COLUMN_PACKET_STEP_DESTINATION, step->destination);
    row_number(row, COLUMN_PACKET_STEP_PROTOCOL, step->protocol);
}

static void
give_step(const struct ipsec *ipsec, const struct dp_step *step,
    uint32_t packet, const struct row_sink *sink)
{
    const struct show show = {.sink = sink};
    struct telling telling = {.ipsec = ipsec, .step = step};
    struct str interface;
    struct str decision;
    struct row row;

    str_init(&interface);
    str_init(&decision);
    name_interface(ipsec, step->interface, &interface);
    telling.interface = str_text(&interface);
    telling.out = &decision;
    tell_decision(&telling);
    row_start(&row);
    row_number(&row, COLUMN_PACKET_STEP_PACKET, packet);
    row_number(&row, COLUMN_PACKET_STEP_PIECE, step->piece);
    row_number(&row, COLUMN_PACKET_STEP_STAGE, (uint64_t)step->stage);
    row_text(
        &row, COLUMN_PACKET_STEP_VIRTUAL_ROUTER, ipsec_vr_of(ipsec, step->vr));
    fill_header(&row, step);
    row_str(&row, COLUMN_PACKET_STEP_INTERFACE, &interface);
    if (step->spi != 0)
        row_number(&row, COLUMN_PACKET_STEP_SPI, step->spi);
    if (step->outcome == DP_DROPPED) {
        row_text(
            &row, COLUMN_PACKET_STEP_DROPPED, drop_reasons[step->drop].name);
    }
    row_str(&row, COLUMN_PACKET_STEP_DECISION, &decision);
    row_send(&row, &show);
    str_done(&interface);
    str_done(&decision);
}

void
oper_trail(const struct ipsec *ipsec, const struct dp_trail *trail,
    uint32_t packet, const struct row_sink *sink)
{
    size_t i;

    for (i = 0; i < trail->count; i++)
        give_step(ipsec, &trail->steps[i], packet, sink);
}
