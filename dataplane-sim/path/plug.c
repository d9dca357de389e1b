/*
 * plug.c - ports come and go while the router runs.
 *
 * Up is what the port says of itself, unless M holds it down: M knows what
 * no packet tells, as that the host has lost the port's address.
 */
#include "path/engine.h"

static bool
should_be_up(const struct plug *plug)
{
    return plug->port != NULL && !plug->is_held &&
           plug->port->ops->is_up(plug->port);
}

void
plug_refresh(struct dp *dp, struct plug *plug)
{
    bool up = should_be_up(plug);

    if (up == plug->is_up)
        return;
    plug->is_up = up;
    if (plug->interface != PATH_NO_INTERFACE)
        interface_refresh(dp, plug->interface);
}

void
plug_note(struct dp *dp, uint16_t index)
{
    if (index >= dp->plug_end)
        dp->plug_end = (uint16_t)(index + 1);
}

enum err
plug_attach(struct dp *dp, struct dp_plug *command)
{
    struct plug *plug;
    struct port *old;

    if (command->index >= dp->limits.ports)
        return ERR_INVALID;
    plug = &dp->plugs[command->index];
    old = plug->port;
    if (old != NULL)
        plug_flush(dp, plug); /* an echo request of the same batch */
    plug->port = command->port;
    plug_note(dp, command->index);
    plug->is_held = false;
    command->port = old;
    plug_refresh(dp, plug);
    return OK;
}

enum err
plug_hold(struct dp *dp, const struct dp_plug *command)
{
    struct plug *plug;

    if (command->index >= dp->limits.ports)
        return ERR_INVALID;
    plug = &dp->plugs[command->index];
    plug->is_held = command->is_held;
    plug_refresh(dp, plug);
    return OK;
}

void
plug_done(struct plug *plug)
{
    size_t i;

    for (i = 0; i < plug->count; i++)
        pkt_free(plug->burst[i]);
    port_free(plug->port);
}
