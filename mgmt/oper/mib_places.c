/*
 * mib_places.c - walks by tunnel, and which tunnels were on which page.
 *
 * Managers ask for the same pages every few seconds.  To find a tunnel's
 * number, object and handle costs more than all else of its row, and changes
 * only with a commit: so the last pages are remembered, in a table by where
 * they begin.  What is remembered is of one configuration, which is held, and
 * of the handles as they were.
 */
#include "oper/mib.h"

#include "base/arena.h"
#include "base/hash.h"
#include "ipsec/ipsec.h"

#include <stdlib.h>

enum { SLOTS = 1024 }; /* a power of two; with full pages 262,144 tunnels */

/* A page; places is NULL where there is none. */
struct slot {
    uint32_t after;
    uint32_t most;
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

/* ---- a page ---- */

struct filling {
    struct mib_page *page;
    struct slot *slot;
};

static bool
take_entry(void *context, const struct numbered *entry)
{
    const struct filling *filling = context;
    const struct show *show = filling->page->show;
    struct slot *slot = filling->slot;
    struct mib_place place = {.number = entry->number};

    if (entry->kind != NUMBER_TUNNEL || !entry->is_configured)
        return true;
    place.object = mib_object(show, entry);
    if (place.object == NULL)
        return true;
    place.has_handle =
        ipsec_interface(show->view->ipsec, place.object, &place.handle) == OK;
    slot->places[slot->count++] = place;
    return slot->count < slot->most;
}

static void
fill(struct mib_page *page, struct slot *slot)
{
    struct filling filling = {page, slot};
    const struct number_query query = {
        .space = NUMBER_INTERFACES, .after = page->after};

    slot->after = page->after;
    slot->most = (uint32_t)page->most;
    slot->count = 0;
    slot->places = mem_resize(slot->places, page->most * sizeof *slot->places);
    if (numbers_page(page->show->view->store, &query, take_entry, &filling) !=
        OK) {
        page->is_broken = true;
        free(slot->places);
        *slot = (struct slot){0};
    }
}

size_t
mib_places(struct mib_page *page, const struct mib_place **out_places)
{
    const struct oper_view *view = page->show->view;
    struct oper_pages *pages = view->pages;
    uint64_t changes = ipsec_interfaces_changes(view->ipsec);
    struct slot *slot =
        &pages->slots[hash_mix(HASH_START, page->after) % SLOTS];

    if (pages->running != view->running || pages->changes != changes) {
        oper_pages_forget(pages);
        pages->running = config_ref(view->running);
        pages->changes = changes;
    }
    if (slot->places == NULL || slot->after != page->after ||
        slot->most != page->most)
        fill(page, slot);
    *out_places = slot->places;
    return slot->count;
}

void
mib_walk_tunnels(struct mib_page *page,
    void (*take)(struct mib_page *page, const struct mib_place *place))
{
    const struct mib_place *places;
    size_t count = mib_places(page, &places);

    for (size_t i = 0; i < count; i++)
        take(page, &places[i]);
}
