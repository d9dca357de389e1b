/*
 * mib_places.c - walks by ifIndex, and which interfaces were where.
 *
 * Managers ask for the same pages every few seconds.  To find an interface's
 * number, object and handle costs more than all else of its row, and changes
 * only with a commit: so the last stretches of them are remembered, in a table
 * by where they begin.  What is remembered is of one configuration, which is
 * held, and of the handles as they were.
 */
#include "oper/mib.h"

#include "base/arena.h"
#include "base/hash.h"
#include "chassis/chassis.h"
#include "ipsec/ipsec.h"

#include <stdlib.h>

_Static_assert((int)COLUMN_MIB_INTERFACE_IF_INDEX == 0 &&
                   (int)COLUMN_MIB_INTERFACE_ROUTER_INDEX == 1 &&
                   (int)COLUMN_MIB_INTERFACE_STATE_ROUTER_INDEX == 1 &&
                   (int)COLUMN_MIB_INTERFACE_COUNTERS_ROUTER_INDEX == 1 &&
                   (int)COLUMN_MIB_TUNNEL_ROUTER_INDEX == 1 &&
                   (int)COLUMN_MIB_TUNNEL_STATE_ROUTER_INDEX == 1 &&
                   (int)COLUMN_MIB_TUNNEL_CAUSE_ROUTER_INDEX == 1 &&
                   (int)COLUMN_MIB_TUNNEL_COUNTERS_ROUTER_INDEX == 1,
    "all rows by ifIndex begin with it and the router index");

enum { SLOTS = 1024 }; /* a power of two; full ones hold 262,144 places */

/* A stretch; places is NULL where there is none. */
struct slot {
    uint32_t after;
    enum mib_which which;
    uint32_t count;
    struct mib_place *places; /* heap */
};

/* Lifetime: a router's. */
struct oper_pages {
    struct config *running; /* held; NULL: nothing is remembered */
    uint64_t changes;       /* of the handles */
    struct slot slots[SLOTS];
};

struct oper_pages *
oper_pages_new(void)
{
    return mem_alloc(sizeof(struct oper_pages));
}

void
oper_pages_forget(struct oper_pages *pages)
{
    config_unref(pages->running);
    pages->running = NULL;
    for (size_t i = 0; i < SLOTS; i++) {
        free(pages->slots[i].places);
        pages->slots[i] = (struct slot){0};
    }
}

void
oper_pages_free(struct oper_pages *pages)
{
    if (pages == NULL)
        return;
    oper_pages_forget(pages);
    free(pages);
}

/* ---- a stretch ---- */

struct filling {
    const struct oper_view *view;
    struct slot *slot;
};

static const struct chassis_port *
port_of(const struct oper_view *view, const struct numbered *entry)
{
    int port = -1;

    if (entry->kind == NUMBER_PORT)
        port = chassis_find(view->chassis, entry->name);
    return port < 0 ? NULL : &view->chassis->ports[port];
}

static bool
take_entry(void *context, const struct numbered *entry)
{
    const struct filling *filling = context;
    const struct oper_view *view = filling->view;
    struct slot *slot = filling->slot;
    struct mib_place place = {.number = entry->number, .kind = entry->kind};

    if (slot->which == MIB_TUNNELS && entry->kind != NUMBER_TUNNEL)
        return true;
    place.port = port_of(view, entry);
    if (entry->is_configured) {
        place.object = number_object(view->running, entry);
        place.has_handle =
            place.object != NULL &&
            ipsec_interface(view->ipsec, place.object, &place.handle) == OK;
    }
    if (place.object == NULL && (place.port == NULL || entry->is_configured)) {
        if (view->doubt != NULL)
            *view->doubt = true; /* the file was edited by hand */
        return true;
    }
    slot->places[slot->count++] = place;
    return slot->count < MIB_ROWS_MAX;
}

static void
fill(struct mib_page *page, struct slot *slot)
{
    struct filling filling = {page->show->view, slot};
    const struct number_query query = {
        .space = NUMBER_INTERFACES,
        .after = slot->after,
        .plain = slot->which == MIB_PLAIN,
    };

    if (slot->places == NULL)
        slot->places = mem_alloc(MIB_ROWS_MAX * sizeof *slot->places);
    slot->count = 0;
    if (numbers_page(page->show->view->store, &query, take_entry, &filling) !=
        OK) {
        page->is_broken = true;
        free(slot->places);
        *slot = (struct slot){0};
    }
}

size_t
mib_places(struct mib_page *page, uint32_t after, enum mib_which which,
    const struct mib_place **out_places)
{
    const struct oper_view *view = page->show->view;
    struct oper_pages *pages = view->pages;
    uint64_t changes = ipsec_interfaces_changes(view->ipsec);
    uint64_t hash = hash_mix(hash_mix(HASH_START, after), (uint64_t)which);
    struct slot *slot = &pages->slots[hash % SLOTS];

    if (pages->running != view->running || pages->changes != changes) {
        oper_pages_forget(pages);
        pages->running = config_ref(view->running);
        pages->changes = changes;
    }
    if (slot->places == NULL || slot->after != after || slot->which != which) {
        slot->after = after;
        slot->which = which;
        fill(page, slot);
    }
    *out_places = slot->places;
    return slot->count;
}

void
mib_walk(struct mib_page *page, uint32_t after, enum mib_which which,
    mib_taker *take)
{
    const struct mib_place *places;
    size_t count = MIB_ROWS_MAX;

    while (count == MIB_ROWS_MAX && !mib_is_full(page)) {
        count = mib_places(page, after, which, &places);
        for (size_t i = 0; i < count && !mib_is_full(page); i++) {
            after = places[i].number;
            take(page, &places[i]);
        }
    }
}

/* ---- rows ---- */

bool
mib_has_ip(const struct mib_place *place)
{
    return place->object != NULL &&
           (place->kind == NUMBER_TUNNEL || place->kind == NUMBER_GRE ||
               place->kind == NUMBER_PORT);
}

enum tunnel_state
mib_tunnel_state_of(const struct show *show, const struct mib_place *place)
{
    return place->has_handle ? ipsec_interface_state(show->view->ipsec,
                                   place->handle, place->object)
                             : TUNNEL_STATE_NOT_PRESENT;
}

/* Ports that nobody uses are the first one's. */
uint32_t
mib_place_router(struct mib_page *page, const struct mib_place *place)
{
    return place->object != NULL ? mib_router(page, &place->object->fields[0])
                                 : 1;
}

void
mib_start_row(
    struct mib_page *page, const struct mib_place *place, struct row *row)
{
    row_start(row);
    row_number(row, COLUMN_MIB_INTERFACE_IF_INDEX, place->number);
    row_number(
        row, COLUMN_MIB_INTERFACE_ROUTER_INDEX, mib_place_router(page, place));
}
