/*
 * routes.c - `show ip route`: connected and static routes of one virtual
 * router, and which of them are in use.
 *
 * Of the routes to one prefix the usable one with the smallest distance is in
 * use; a route is usable while the interface it leads to is up.
 */
#include "oper/show.h"

#include "base/arena.h"
#include "base/ip.h"
#include "base/str.h"
#include "gen/views.h"
#include "ipsec/ipsec.h"

#include <stdlib.h>

enum { FIRST_ROOM = 32 };

struct entry {
    uint32_t prefix;
    uint32_t mask;
    uint32_t distance;
    enum route_kind kind;
    bool has_next_hop;
    uint32_t next_hop;
    const struct object *interface; /* borrowed; NULL: none is known */
    bool is_usable;
    size_t position; /* keeps the order of equals */
};

struct table {
    struct entry *entries;
    size_t count;
    size_t room;
};

static struct entry *
add_entry(struct table *table)
{
    struct entry *entry;

    if (table->count == table->room) {
        table->room = table->room == 0 ? FIRST_ROOM : table->room * 2;
        table->entries =
            mem_resize(table->entries, sizeof(*table->entries) * table->room);
    }
    entry = &table->entries[table->count];
    *entry = (struct entry){.position = table->count++};
    return entry;
}

static bool
is_up(const struct show *show, const struct object *interface)
{
    struct dp_interface_counters counters;

    show_counters(show, interface, &counters);
    return counters.up;
}

static void
add_connected(const struct show *show, const struct object *object,
    uint32_t address, uint32_t mask, struct table *table)
{
    struct entry *entry = add_entry(table);

    entry->prefix = address & mask;
    entry->mask = mask;
    entry->kind = ROUTE_KIND_CONNECTED;
    entry->interface = object;
    entry->is_usable = is_up(show, object);
}

static void
add_interface(
    const struct show *show, const struct object *object, struct table *table)
{
    struct cfg_interface view;

    cfg_interface_read(object->fields, &view);
    if (view.has_ip_address) {
        add_connected(show, object, view.ip_address, view.ip_mask, table);
    }
}

static void
add_tunnel(
    const struct show *show, const struct object *object, struct table *table)
{
    struct cfg_tunnel view;

    cfg_tunnel_read(object->fields, &view);
    if (view.has_ip_address) {
        add_connected(show, object, view.ip_address, view.ip_mask, table);
    }
}

static void
add_gre(
    const struct show *show, const struct object *object, struct table *table)
{
    struct network network;

    if (object_network(object, &network))
        add_connected(show, object, network.address, network.mask, table);
}

static void
add_secondary(
    const struct show *show, const struct object *object, struct table *table)
{
    const struct object *owner = config_find(show->view->running,
        (enum schema_object_id)schema_objects[object->type].parent,
        object->fields);
    struct network network;

    if (owner != NULL && object_network(object, &network))
        add_connected(show, owner, network.address, network.mask, table);
}

/* The interface that a route names. */
static const struct object *
named_interface(const struct show *show, const struct object *route)
{
    const struct value *fields = route->fields;
    const struct value *tunnel = &fields[FIELD_ROUTE_OUT_TUNNEL];
    struct value keys[SCHEMA_KEYS_MAX] = {0}; /* borrowed */

    keys[0] = fields[FIELD_ROUTE_VIRTUAL_ROUTER];
    if (value_is_set(tunnel)) {
        keys[FIELD_TUNNEL_NAME] = *tunnel;
        return config_find(show->view->running, OBJECT_TUNNEL, keys);
    }
    if (value_is_set(&fields[FIELD_ROUTE_OUT_GRE])) {
        keys[FIELD_GRE_TUNNEL_NAME] = fields[FIELD_ROUTE_OUT_GRE];
        return config_find(show->view->running, OBJECT_GRE_TUNNEL, keys);
    }
    keys[FIELD_INTERFACE_TYPE] = fields[FIELD_ROUTE_OUT_TYPE];
    keys[FIELD_INTERFACE_LOCATION] = fields[FIELD_ROUTE_OUT_LOCATION];
    return config_find(show->view->running, OBJECT_INTERFACE, keys);
}

static void
add_static(
    const struct show *show, const struct object *object, struct table *table)
{
    struct entry *entry = add_entry(table);
    struct cfg_route view;
    uint32_t interface;

    cfg_route_read(object->fields, &view);
    entry->prefix = view.prefix;
    entry->mask = view.mask;
    entry->distance = view.distance;
    entry->kind = ROUTE_KIND_STATIC;
    entry->has_next_hop = view.has_next_hop;
    entry->next_hop = view.next_hop;
    if (!view.has_next_hop) {
        entry->interface = named_interface(show, object);
        entry->is_usable =
            entry->interface != NULL && is_up(show, entry->interface);
    } else if (ipsec_resolve(show->view->ipsec, view.virtual_router,
                   view.next_hop, &interface) == OK) {
        entry->interface = ipsec_interface_of(show->view->ipsec, interface);
        entry->is_usable = true;
    }
}

static void
add_all(const struct show *show, const char *vr, enum schema_object_id type,
    void (*add)(const struct show *, const struct object *, struct table *),
    struct table *table)
{
    struct value key = value_text(vr);
    const struct object *object = NULL;

    for (;;) {
        object = config_next_child(show->view->running, type, &key, 1, object);
        if (object == NULL)
            break;
        add(show, object, table);
    }
    value_done(&key);
}

static int
compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int
compare_entries(const void *left, const void *right)
{
    const struct entry *a = left;
    const struct entry *b = right;
    int order = compare(a->prefix, b->prefix);

    if (order == 0)
        order = compare(a->mask, b->mask);
    if (order == 0)
        order = compare(a->distance, b->distance);
    return order != 0 ? order : compare(a->position, b->position);
}

static void
send_entry(const struct show *show, const struct entry *entry, bool is_active)
{
    struct str name;
    struct row row;

    str_init(&name);
    if (entry->interface != NULL)
        show_interface_name(entry->interface, &name);
    row_start(&row);
    row_number(&row, COLUMN_IP_ROUTE_PREFIX, entry->prefix);
    row_number(&row, COLUMN_IP_ROUTE_MASK, entry->mask);
    row_number(&row, COLUMN_IP_ROUTE_KIND, (uint64_t)entry->kind);
    if (entry->has_next_hop)
        row_number(&row, COLUMN_IP_ROUTE_NEXT_HOP, entry->next_hop);
    row_str(&row, COLUMN_IP_ROUTE_INTERFACE, &name);
    row_number(&row, COLUMN_IP_ROUTE_DISTANCE, entry->distance);
    row_flag(&row, COLUMN_IP_ROUTE_ACTIVE, is_active);
    row_send(&row, show);
    str_done(&name);
}

/* The entries are sorted: of each prefix the first usable one is in use. */
static void
send_all(const struct show *show, const struct table *table, bool only_static)
{
    const struct entry *entry;
    bool is_served = false;
    size_t i;

    for (i = 0; i < table->count; i++) {
        entry = &table->entries[i];
        if (i == 0 || entry->prefix != table->entries[i - 1].prefix ||
            entry->mask != table->entries[i - 1].mask)
            is_served = false;
        if (!only_static || entry->kind == ROUTE_KIND_STATIC)
            send_entry(show, entry, entry->is_usable && !is_served);
        is_served = is_served || entry->is_usable;
    }
}

static enum err
show_routes(const struct show *show, unsigned vr_argument, bool only_static)
{
    struct table table = {0};
    const char *vr;
    enum err error;

    error = show_vr(show, vr_argument, &vr);
    if (error != OK)
        return error;
    add_all(show, vr, OBJECT_INTERFACE, add_interface, &table);
    add_all(show, vr, OBJECT_INTERFACE_ADDRESS, add_secondary, &table);
    add_all(show, vr, OBJECT_TUNNEL, add_tunnel, &table);
    add_all(show, vr, OBJECT_TUNNEL_ADDRESS, add_secondary, &table);
    add_all(show, vr, OBJECT_GRE_TUNNEL, add_gre, &table);
    add_all(show, vr, OBJECT_ROUTE, add_static, &table);
    if (table.count != 0) {
        qsort(table.entries, table.count, sizeof(*table.entries),
            compare_entries);
    }
    send_all(show, &table, only_static);
    free(table.entries);
    return OK;
}

enum err
show_ip_route(const struct show *show)
{
    return show_routes(show, ARG_SHOW_IP_ROUTE_VR, false);
}

enum err
show_ip_static(const struct show *show)
{
    return show_routes(show, ARG_SHOW_IP_STATIC_VR, true);
}
