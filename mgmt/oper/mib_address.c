/*
 * mib_address.c - IP addresses of all virtual routers, as ipAddrTable has
 * them: one row an address.  Where several virtual routers have the same, it is
 * the row of the one with the lowest index.
 */
#include "oper/mib.h"

#include "base/bytes.h"

enum { RANK_BYTES = 4 };

struct found {
    uint32_t address;
    uint32_t mask;
    uint32_t router;
    const struct object *object;
};

struct search {
    struct mib_sort *sort;
    uint32_t router;
};

/* Addresses are not below their networks, and these come in order: when a
 * network is beyond the page, so is all that follows. */
static bool
take_network(
    void *context, const struct object *object, const struct network *network)
{
    struct search *search = context;
    const struct found found = {
        network->address, network->mask, search->router, object};
    struct mib_key start = {0};
    struct mib_key key = {0};

    mib_key_number(&start, network->address & network->mask);
    if (!mib_sort_wants(search->sort, &start))
        return false;
    mib_key_number(&key, network->address);
    mib_key_number(&key, search->router);
    mib_sort_add(search->sort, &key, &found);
    return true;
}

/* The interface or tunnel, of a secondary address the one that it is of. */
static const struct object *
owner_of(const struct show *show, const struct object *object)
{
    if (object->type == OBJECT_INTERFACE_ADDRESS) {
        return config_find(
            show->view->running, OBJECT_INTERFACE, object->fields);
    }
    if (object->type == OBJECT_TUNNEL_ADDRESS)
        return config_find(show->view->running, OBJECT_TUNNEL, object->fields);
    return object;
}

static void
send_address(struct mib_page *page, const struct found *found)
{
    const struct object *owner = owner_of(page->show, found->object);
    struct mib_place place = {.object = owner};
    struct row row;

    if (owner == NULL ||
        number_of_object(page->show->view->store, owner, &place.number) != OK)
        return;
    place.kind = owner->type == OBJECT_TUNNEL       ? NUMBER_TUNNEL
                 : owner->type == OBJECT_GRE_TUNNEL ? NUMBER_GRE
                                                    : NUMBER_PORT;
    if (owner->type == OBJECT_INTERFACE &&
        (owner->fields[FIELD_INTERFACE_TYPE].number ==
                INTERFACE_TYPE_LOOPBACK ||
            owner->fields[FIELD_INTERFACE_TYPE].number == INTERFACE_TYPE_NULL))
        place.kind = NUMBER_LOOPBACK;
    row_start(&row);
    row_number(&row, COLUMN_MIB_ADDRESS_ADDRESS, found->address);
    row_number(&row, COLUMN_MIB_ADDRESS_ROUTER_INDEX, found->router);
    row_number(&row, COLUMN_MIB_ADDRESS_IF_INDEX,
        mib_has_ip(&place) ? place.number + NUMBERS_IP : place.number);
    row_number(&row, COLUMN_MIB_ADDRESS_MASK, found->mask);
    mib_send(page, &row);
}

/* What the page begins after, as an address. */
static uint32_t
address_after(const struct show *show)
{
    struct mib_key after;
    uint32_t address = 0;

    mib_key_read(value_string(&show->args[MIB_AFTER]), "a", &after);
    for (size_t i = 0; i < sizeof address; i++) {
        address = address << 8 | (i < after.length ? after.bytes[i] : 0U);
    }
    /* what begins with less than four numbers begins below the next */
    return after.length < sizeof address && address > 0 ? address - 1 : address;
}

enum err
mib_addresses(const struct show *show)
{
    const struct config *running = show->view->running;
    const struct object *vr = NULL;
    const struct found *found;
    struct mib_page page;
    struct search search = {.sort = NULL};

    mib_begin(show, &page);
    search.sort = mib_sort_new(&page, "a", sizeof *found);
    mib_sort_set_rank(search.sort, RANK_BYTES);
    while ((vr = config_next(running, OBJECT_VIRTUAL_ROUTER,
                vr == NULL ? NULL : vr->fields)) != NULL) {
        const struct value *name = &vr->fields[FIELD_VIRTUAL_ROUTER_NAME];

        search.router = mib_router(&page, name);
        config_networks_after(
            running, name, address_after(show), take_network, &search);
    }
    while ((found = mib_sort_next(search.sort)) != NULL)
        send_address(&page, found);
    mib_sort_free(search.sort);
    return mib_end(&page);
}
