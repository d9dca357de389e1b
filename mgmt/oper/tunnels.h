/*
 * tunnels.h - what the shows about tunnels share; private to this room.
 */
#ifndef OPER_TUNNELS_H
#define OPER_TUNNELS_H

#include "base/str.h"
#include "gen/views.h"
#include "oper/show.h"

/* One tunnel and its state, borrowed from the running configuration. */
struct tunnel_status {
    const struct object *object;
    struct cfg_tunnel view;
    const char *transport_vr;
    bool is_enabled;
    enum tunnel_state state;
    struct str why; /* empty while it is up */
};

/* Each tunnel that the show's arguments ask for.  ERR_NOT_FOUND with a
 * sentence where they name nothing. */
MUST_CHECK enum err show_each_tunnel(const struct show *show,
    void (*send)(const struct show *, const struct tunnel_status *));
/* The router's own settings. */
void show_read_system(const struct show *show, struct cfg_system *out_view);

#endif
