/*
 * guard.c - tunnels that were up before a commit, watched while it waits to
 * be confirmed.
 */
#include "daemon/guard.h"

#include "base/arena.h"
#include "base/str.h"
#include "config/config.h"
#include "gen/views.h"
#include "ipsec/ipsec.h"

#include <stdlib.h>
#include <string.h>

enum {
    SLICE_MIN = 1024,
    ROUND_TICKS = 10, /* all are looked at in so many ticks */
    WHY_NAMES = 2,    /* at most; a name has up to 80 bytes */
    WHY_BYTES = 160,
    FIRST_ROOM = 64,
};

struct watched {
    struct object *tunnel; /* as it was; its keys say which */
    uint64_t down_us;      /* since, monotonic; 0: was up   */
};

/* Heap; the router's. */
struct guard {
    struct watched *tunnels;
    size_t count;
    size_t room;
    size_t next; /* where the next slice begins */
    size_t down;
};

/* ---- which ---- */

static void
watch(struct guard *guard, const struct object *tunnel)
{
    if (guard->count == guard->room) {
        guard->room = guard->room == 0 ? FIRST_ROOM : guard->room * 2;
        guard->tunnels =
            mem_resize(guard->tunnels, guard->room * sizeof *guard->tunnels);
    }
    guard->tunnels[guard->count++] =
        (struct watched){.tunnel = object_ref(tunnel)};
}

static bool
is_up(const struct ipsec *ipsec, const struct object *tunnel, struct str *why)
{
    str_clear(why);
    return ipsec_tunnel_state(ipsec, tunnel, why) == TUNNEL_STATE_UP;
}

static void
watch_all(struct guard *guard, const struct config *running,
    const struct ipsec *ipsec, enum schema_object_id type)
{
    const struct object *tunnel = NULL;

    while ((tunnel = config_next(running, type,
                tunnel == NULL ? NULL : tunnel->fields)) != NULL) {
        if (ipsec_tunnel_state(ipsec, tunnel, NULL) == TUNNEL_STATE_UP)
            watch(guard, tunnel);
    }
}

struct guard *
guard_new(const struct config *running, const struct ipsec *ipsec)
{
    struct guard *guard = mem_alloc(sizeof *guard);

    watch_all(guard, running, ipsec, OBJECT_TUNNEL);
    watch_all(guard, running, ipsec, OBJECT_GRE_TUNNEL);
    return guard;
}

void
guard_free(struct guard *guard)
{
    if (guard == NULL)
        return;
    for (size_t i = 0; i < guard->count; i++)
        object_unref(guard->tunnels[i].tunnel);
    free(guard->tunnels);
    free(guard);
}

size_t
guard_watched(const struct guard *guard)
{
    return guard->count;
}

size_t
guard_down(const struct guard *guard)
{
    return guard->down;
}

/* ---- looking ---- */

static bool
is_shut(const struct object *tunnel)
{
    struct cfg_tunnel ipsec;
    struct cfg_gre_tunnel gre;

    if (tunnel->type == OBJECT_TUNNEL) {
        cfg_tunnel_read(tunnel->fields, &ipsec);
        return ipsec.shutdown || ipsec.ip_shutdown;
    }
    cfg_gre_tunnel_read(tunnel->fields, &gre);
    return gre.shutdown || gre.ip_shutdown;
}

/* Is it down, and not because somebody wanted it so? */
static bool
is_lost(const struct watched *watched, const struct config *running,
    const struct ipsec *ipsec, struct str *why)
{
    const struct object *now =
        config_find(running, watched->tunnel->type, watched->tunnel->fields);

    return now != NULL && !is_shut(now) && !is_up(ipsec, now, why);
}

/* True: it is down for the whole time. */
static bool
look(struct guard *guard, struct watched *watched, bool lost,
    uint64_t monotonic_us, uint64_t guard_us)
{
    if (!lost) {
        if (watched->down_us != 0)
            guard->down--;
        watched->down_us = 0;
        return false;
    }
    if (watched->down_us == 0) {
        watched->down_us = monotonic_us;
        guard->down++;
    }
    return monotonic_us - watched->down_us >= guard_us;
}

_Static_assert((int)FIELD_TUNNEL_NAME == (int)FIELD_GRE_TUNNEL_NAME,
    "both kinds have the name in the same place");

static void
name_lost(const struct guard *guard, struct str *why)
{
    size_t named = 0;
    size_t i;

    for (i = 0; i < guard->count && named < WHY_NAMES; i++) {
        const struct watched *watched = &guard->tunnels[i];
        const struct object *tunnel = watched->tunnel;
        bool is_gre = tunnel->type == OBJECT_GRE_TUNNEL;
        const char *name = value_string(&tunnel->fields[FIELD_TUNNEL_NAME]);

        if (watched->down_us == 0)
            continue;
        if (named > 0 && why->length + strlen(name) > WHY_BYTES)
            break;
        str_printf(why, "%s %s:%s", named == 0 ? ":" : ",",
            is_gre ? "gre" : "ipsec", name);
        named++;
    }
    if (guard->down > named)
        str_printf(why, " and %zu more", guard->down - named);
}

bool
guard_tick(struct guard *guard, const struct config *running,
    const struct ipsec *ipsec, uint64_t monotonic_us, uint32_t guard_s,
    struct str *why)
{
    size_t left = guard->count / ROUND_TICKS + 1;
    uint64_t guard_us = (uint64_t)guard_s * 1000000;
    bool tripped = false;
    struct str ignored;

    if (left < SLICE_MIN)
        left = SLICE_MIN;
    if (left > guard->count)
        left = guard->count;
    str_init(&ignored);
    for (; left > 0; left--) {
        struct watched *watched = &guard->tunnels[guard->next];
        bool lost = is_lost(watched, running, ipsec, &ignored);

        tripped |= look(guard, watched, lost, monotonic_us, guard_us);
        guard->next = (guard->next + 1) % guard->count;
    }
    str_done(&ignored);
    if (tripped) {
        str_printf(why,
            "because %zu of %zu tunnels that were up %s down for %u s",
            guard->down, guard->count, guard->down == 1 ? "is" : "are",
            (unsigned)guard_s);
        name_lost(guard, why);
    }
    return tripped;
}
