/*
 * check_overlap.c - tunnels between the same ends whose identities overlap.
 *
 * Such tunnels are the same to a peer that proposes SAs, and a packet fits
 * both.  Tunnels with one destination are in the order of the first address
 * of their peer identities, so those that overlap are neighbours, or have
 * only others that overlap between them: a few neighbours are looked at.
 */
#include "config/checks.h"

#include "base/str.h"

enum { NEIGHBOURS = 8 };

static bool
overlap(struct cover a, struct cover b)
{
    return a.first <= b.last && b.first <= a.last;
}

static bool
is_inside(struct cover inner, struct cover outer)
{
    return outer.first <= inner.first && inner.last <= outer.last;
}

/* Have both the same source, and is it the same operational VR? */
static bool
has_same_ends(
    const struct check *check, const struct object *a, const struct object *b)
{
    uint32_t source_a = 0;
    uint32_t source_b = 0;

    (void)config_tunnel_source(check->to, a, &source_a);
    (void)config_tunnel_source(check->to, b, &source_b);
    return source_a == source_b &&
           value_equal(&a->fields[FIELD_TUNNEL_SOURCE_IDENTITY],
               &b->fields[FIELD_TUNNEL_SOURCE_IDENTITY]) &&
           value_equal(&a->fields[FIELD_TUNNEL_VIRTUAL_ROUTER],
               &b->fields[FIELD_TUNNEL_VIRTUAL_ROUTER]);
}

static void
say_overlap(const struct check *check, const struct object *tunnel,
    const struct object *other)
{
    bool hidden =
        is_inside(tunnel_peer_cover(tunnel), tunnel_peer_cover(other));

    check_note(check, NOTE_OVERLAP, tunnel, SETTING_TUNNEL_PEER_IDENTITY,
        "It %s that of tunnel `%s`, which has the same ends: give each a "
        "`tunnel peer-identity` or `tunnel local-identity` of its own.",
        hidden ? "lies within" : "overlaps",
        field_text(other, FIELD_TUNNEL_NAME));
}

/* A neighbour in the index.  False: it has another destination. */
static bool
try_neighbour(const struct check *check, const struct object *tunnel,
    const struct object *other, bool *said)
{
    struct tree_place peers = order_place(ORDER_PEER, tunnel);

    peers.part_count = 2; /* transport VR and destination */
    peers.typed = false;
    if (other == NULL || place_compare(ORDER_PEER, other, &peers) != 0)
        return false;
    if (overlap(tunnel_peer_cover(tunnel), tunnel_peer_cover(other)) &&
        overlap(tunnel_local_cover(tunnel), tunnel_local_cover(other)) &&
        has_same_ends(check, tunnel, other)) {
        say_overlap(check, tunnel, other);
        *said = true;
    }
    return true;
}

void
check_overlaps(const struct check *check, const struct object *tunnel)
{
    const struct tree_node *index = config_tree(check->to, ORDER_PEER);
    const struct object *before = tunnel;
    const struct object *after = tunnel;
    bool said = false;

    if (!order_has(ORDER_PEER, tunnel))
        return;
    for (size_t i = 0; i < NEIGHBOURS && !said; i++) {
        struct tree_place down = order_place(ORDER_PEER, before);
        struct tree_place up = order_place(ORDER_PEER, after);
        const struct object *lower = tree_before(index, ORDER_PEER, &down);
        const struct object *upper = tree_after(index, ORDER_PEER, &up);
        bool any = false;

        if (try_neighbour(check, tunnel, lower, &said)) {
            before = lower;
            any = true;
        }
        if (!said && try_neighbour(check, tunnel, upper, &said)) {
            after = upper;
            any = true;
        }
        if (!any)
            return;
    }
}
