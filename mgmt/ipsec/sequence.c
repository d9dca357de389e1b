/*
 * sequence.c - sequence numbers of manual SAs, reserved ahead (see ipsec.h).
 *
 * A step that cannot be kept (the disk is full) does not stop traffic: the SA
 * goes on, and what suffers is the tunnel after the next restart.  It is
 * logged once.
 */
#include "ipsec/manager.h"

#include "base/log.h"
#include "base/str.h"

/* Names of IPsec tunnels are the router's, those of GRE tunnels their virtual
 * router's. */
static void
name_tunnel(const struct ipsec *ipsec, uint32_t interface, struct str *out)
{
    const struct object *tunnel = ipsec_interface_of(ipsec, interface);

    if (tunnel == NULL)
        return;
    if (tunnel->type == OBJECT_GRE_TUNNEL) {
        str_printf(out, "gre:%s:",
            value_string(&tunnel->fields[FIELD_GRE_TUNNEL_VIRTUAL_ROUTER]));
    }
    str_add(out, value_string(&tunnel->fields[1]));
}

/* The next step for this SA; what is not kept still goes up in this
 * process. */
static uint64_t
reserve(struct ipsec *ipsec, const struct sa *sa, uint64_t least)
{
    uint64_t first = least;
    struct str name;
    enum err error;

    if (ipsec->keeper.reserve == NULL)
        return least;
    str_init(&name);
    name_tunnel(ipsec, sa_tunnel(sa), &name);
    error = ipsec->keeper.reserve(
        ipsec->keeper.context, str_text(&name), sa_spi(sa), least, &first);
    str_done(&name);
    if (error == ERR_EXHAUSTED)
        return (uint64_t)UINT32_MAX + 1;
    if (error == OK)
        return first;
    ipsec->keeper_error = error;
    return least;
}

/* The end of a round of reservations. */
static void
flush(struct ipsec *ipsec)
{
    enum err error;

    if (ipsec->keeper.reserve == NULL)
        return;
    error = ipsec->keeper.flush(ipsec->keeper.context);
    if (error == OK)
        error = ipsec->keeper_error;
    ipsec->keeper_error = OK;
    if (error != OK && !ipsec->keeper_fails) {
        log_event(LOG_ERROR, "ipsec", "SEQUENCE",
            "sequence numbers of manual SAs cannot be kept (%s): after a "
            "restart the other ends may take packets for replayed ones",
            err_name(error));
    }
    ipsec->keeper_fails = error != OK;
}

/* Where a new SA begins.  The same SPI again may be the same key again: it
 * goes on where its forerunner ends; another SPI is another SA. */
static void
begin(struct ipsec *ipsec, struct sa *sa)
{
    struct unit *unit = ipsec_unit(ipsec, sa_tunnel(sa));
    const struct sa *current = unit_sa(unit, SA_OUTBOUND);
    uint64_t least = 1;
    uint64_t first;

    if (current != NULL && sa_spi(current) == sa_spi(sa))
        least = unit->sequence_end;
    first = reserve(ipsec, sa, least);
    if (first > UINT32_MAX)
        first = (uint64_t)UINT32_MAX + 1; /* none is left */
    sa_start_above(sa, (uint32_t)(first - 1));
    unit->sequence_end = first + IPSEC_SEQUENCE_STEP;
}

void
sequence_begin(struct ipsec *ipsec, const struct dp_batch *batch)
{
    const struct dp_command *command;
    bool any = false;
    size_t i;

    for (i = 0; i < batch->count; i++) {
        command = &batch->commands[i];
        if (command->kind != DP_SA_ADD ||
            sa_direction(command->sa) != SA_OUTBOUND)
            continue;
        begin(ipsec, command->sa);
        any = true;
    }
    if (any)
        flush(ipsec);
}

/* Does this SA need its next step now?  Not one of a signaled tunnel, which
 * never had any: its keys are new. */
static bool
is_running_out(const struct unit *unit)
{
    const struct sa *current = unit_sa(unit, SA_OUTBOUND);
    uint64_t last;

    if (current == NULL || unit->sequence_end == 0 ||
        unit->sequence_end > UINT32_MAX)
        return false;
    last = sa_sequence(current);
    return last + IPSEC_SEQUENCE_STEP / 2 >= unit->sequence_end;
}

void
sequence_tick(struct ipsec *ipsec)
{
    const struct sa *current;
    struct unit *unit;
    uint64_t least;
    bool any = false;
    uint32_t i;

    for (i = 0; i < ipsec->unit_room; i++) {
        unit = &ipsec->units[i];
        if (!is_running_out(unit))
            continue;
        current = unit_sa(unit, SA_OUTBOUND);
        least = (uint64_t)sa_sequence(current) + 1;
        if (least < unit->sequence_end)
            least = unit->sequence_end;
        unit->sequence_end =
            reserve(ipsec, current, least) + IPSEC_SEQUENCE_STEP;
        any = true;
    }
    if (any)
        flush(ipsec);
}
