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

const struct object *
mib_object(const struct show *show, const struct numbered *entry)
{
    const struct oper_view *view = show->view;
    const struct object *object = number_object(view->running, entry);

    /* the file was edited by hand */
    if (object == NULL && view->doubt != NULL)
        *view->doubt = true;
    return object;
}

struct walk {
    struct mib_page *page;
    mib_taker *take;
};

static bool
take_entry(void *context, const struct numbered *entry)
{
    struct walk *walk = context;
    struct mib_interface interface = {.entry = entry};

    if (entry->is_configured) {
        interface.object = mib_object(walk->page->show, entry);
        if (interface.object == NULL)
            return true;
    }
    walk->take(walk->page, &interface);
    return !mib_is_full(walk->page);
}

void
mib_walk(struct mib_page *page, uint32_t after, bool plain, mib_taker *take)
{
    struct walk walk = {.page = page, .take = take};
    const struct number_query query = {
        .space = NUMBER_INTERFACES, .after = after, .plain = plain};

    if (mib_is_full(page) || page->is_broken)
        return;
    if (numbers_page(page->show->view->store, &query, take_entry, &walk) != OK)
        page->is_broken = true;
}

bool
mib_has_ip(const struct mib_interface *interface)
{
    return interface->object != NULL &&
           (interface->entry->kind == NUMBER_TUNNEL ||
               interface->entry->kind == NUMBER_GRE ||
               interface->entry->kind == NUMBER_PORT);
}

/* Ports that nobody uses are the first one's. */
static uint32_t
router_of(struct mib_page *page, const struct object *object)
{
    return object != NULL ? mib_router(page, &object->fields[0]) : 1;
}

uint32_t
mib_interface_router(
    struct mib_page *page, const struct mib_interface *interface)
{
    return router_of(page, interface->object);
}

void
mib_start_row(struct mib_page *page, uint32_t number,
    const struct object *object, struct row *row)
{
    row_start(row);
    row_number(row, COLUMN_MIB_INTERFACE_IF_INDEX, number);
    row_number(row, COLUMN_MIB_INTERFACE_ROUTER_INDEX, router_of(page, object));
}
