/*
 * mib.c - a page of rows for SNMP.
 */
#include "oper/mib.h"

#include "base/diag.h"
#include "base/str.h"

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
