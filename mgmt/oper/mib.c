/*
 * mib.c - a page of rows for SNMP, and walks by ifIndex.
 */
#include "oper/mib.h"

#include "base/diag.h"
#include "base/str.h"

_Static_assert((int)COLUMN_MIB_INTERFACE_IF_INDEX == 0 &&
                   (int)COLUMN_MIB_INTERFACE_ROUTER_INDEX == 1 &&
                   (int)COLUMN_MIB_INTERFACE_STATE_ROUTER_INDEX == 1 &&
                   (int)COLUMN_MIB_INTERFACE_COUNTERS_ROUTER_INDEX == 1 &&
                   (int)COLUMN_MIB_TUNNEL_ROUTER_INDEX == 1 &&
                   (int)COLUMN_MIB_TUNNEL_STATE_ROUTER_INDEX == 1 &&
                   (int)COLUMN_MIB_TUNNEL_CAUSE_ROUTER_INDEX == 1 &&
                   (int)COLUMN_MIB_TUNNEL_COUNTERS_ROUTER_INDEX == 1,
    "all rows by ifIndex begin with it and the router index");

void
mib_begin(const struct show *show, struct mib_page *page)
{
    const struct value *after = &show->args[MIB_AFTER];
    const struct value *most = &show->args[MIB_MOST];

    *page = (struct mib_page){.show = show, .most = MIB_ROWS_MAX};
    if (after->kind == VALUE_NUMBER)
        page->after = (uint32_t)after->number;
    if (value_is_set(most))
        page->most = most->number;
}

bool
mib_is_full(const struct mib_page *page)
{
    return page->sent >= page->most;
}

void
mib_send(struct mib_page *page, struct row *row)
{
    row_send(row, page->show);
    page->sent++;
}

enum err
mib_end(struct mib_page *page)
{
    if (!page->is_broken)
        return OK;
    diag_add(page->show->diag, DIAG_ERROR, NULL, NULL,
        "The numbers of interfaces cannot be read from the database.");
    return ERR_IO;
}

/* The configuration shares the names of virtual routers less often than not,
 * but a page has few of them. */
uint32_t
mib_router(struct mib_page *page, const struct value *name)
{
    uint32_t number = 0;
    size_t i;

    if (name->kind != VALUE_TEXT)
        return 0;
    for (i = 0; i < page->router_count; i++) {
        if (page->routers[i].name == name->text)
            return page->routers[i].number;
    }
    for (i = 0; i < page->router_count; i++) {
        if (str_equal(page->routers[i].name->bytes, name->text->bytes))
            return page->routers[i].number;
    }
    if (number_of_router(
            page->show->view->store, value_string(name), &number) != OK)
        return 0;
    i = page->router_count < MIB_ROUTERS_KNOWN ? page->router_count++
                                               : page->sent % MIB_ROUTERS_KNOWN;
    page->routers[i].name = name->text;
    page->routers[i].number = number;
    return number;
}

void
row_value(struct row *row, unsigned column, const struct value *value)
{
    value_done(&row->columns[column]);
    row->columns[column] = value_share(value);
}

/* ---- by ifIndex ---- */

struct walk {
    struct mib_page *page;
    mib_taker *take;
    bool tunnels; /* IPsec tunnels only */
    size_t seen;
};

static bool
take_entry(void *context, const struct numbered *entry)
{
    struct walk *walk = context;
    const struct oper_view *view = walk->page->show->view;
    struct mib_interface interface = {.entry = entry};

    walk->seen++;
    walk->page->last = entry->number;
    if (walk->tunnels && entry->kind != NUMBER_TUNNEL)
        return true;
    if (entry->is_configured) {
        interface.object = number_object(view->running, entry);
        /* the file was edited by hand */
        if (interface.object == NULL && view->doubt != NULL)
            *view->doubt = true;
        if (interface.object == NULL)
            return true;
    }
    walk->take(walk->page, &interface);
    return !mib_is_full(walk->page);
}

static void
walk_all(struct walk *walk, struct number_query query)
{
    struct mib_page *page = walk->page;

    while (!mib_is_full(page) && !page->is_broken) {
        walk->seen = 0;
        query.most = page->most - page->sent;
        if (numbers_page(page->show->view->store, &query, take_entry, walk) !=
            OK)
            page->is_broken = true;
        query.after = page->last;
        if (walk->seen < query.most)
            return;
    }
}

void
mib_walk(struct mib_page *page, uint32_t after, bool plain, mib_taker *take)
{
    struct walk walk = {.page = page, .take = take};

    walk_all(
        &walk, (struct number_query){
                   .space = NUMBER_INTERFACES, .after = after, .plain = plain});
}

void
mib_walk_tunnels(struct mib_page *page, mib_taker *take)
{
    struct walk walk = {.page = page, .take = take, .tunnels = true};

    walk_all(&walk, (struct number_query){
                        .space = NUMBER_INTERFACES, .after = page->after});
}

bool
mib_has_ip(const struct mib_interface *interface)
{
    return interface->object != NULL &&
           (interface->entry->kind == NUMBER_TUNNEL ||
               interface->entry->kind == NUMBER_GRE ||
               interface->entry->kind == NUMBER_PORT);
}

uint32_t
mib_interface_router(
    struct mib_page *page, const struct mib_interface *interface)
{
    return interface->object != NULL
               ? mib_router(page, &interface->object->fields[0])
               : 1; /* ports that nobody uses are the first one's */
}

void
mib_start_row(struct mib_page *page, const struct mib_interface *interface,
    struct row *row)
{
    row_start(row);
    row_number(row, COLUMN_MIB_INTERFACE_IF_INDEX, interface->entry->number);
    row_number(row, COLUMN_MIB_INTERFACE_ROUTER_INDEX,
        mib_interface_router(page, interface));
}
