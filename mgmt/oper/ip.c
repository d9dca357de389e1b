/*
 * ip.c - shows about IP: virtual routers, interfaces, drops.
 */
#include "oper/show.h"

#include "base/ip.h"
#include "base/str.h"
#include "chassis/chassis.h"
#include "gen/views.h"

#include <assert.h>

/* How many children of a type a virtual router has. */
static uint64_t
count_children(const struct show *show, const struct object *vr,
    enum schema_object_id type)
{
    const struct object *child = NULL;
    uint64_t count = 0;

    for (;;) {
        child =
            config_next_child(show->view->running, type, vr->fields, 1, child);
        if (child == NULL)
            return count;
        count++;
    }
}

enum err
show_virtual_router(const struct show *show)
{
    const struct object *vr = NULL;
    struct row row;

    for (;;) {
        vr = config_next(show->view->running, OBJECT_VIRTUAL_ROUTER,
            vr != NULL ? vr->fields : NULL);
        if (vr == NULL)
            return OK;
        row_start(&row);
        row_text(&row, COLUMN_VIRTUAL_ROUTER_NAME,
            value_string(&vr->fields[FIELD_VIRTUAL_ROUTER_NAME]));
        row_number(&row, COLUMN_VIRTUAL_ROUTER_INTERFACES,
            count_children(show, vr, OBJECT_INTERFACE) +
                count_children(show, vr, OBJECT_TUNNEL) +
                count_children(show, vr, OBJECT_GRE_TUNNEL));
        row_number(&row, COLUMN_VIRTUAL_ROUTER_ROUTES,
            count_children(show, vr, OBJECT_ROUTE));
        row_send(&row, show);
    }
}

/* ---- interfaces ---- */

/* What interfaces and tunnels have in common, for one row. */
struct face {
    const char *virtual_router;
    const char *protocol;
    const char *description;
    bool has_address;
    uint32_t address;
    uint32_t mask;
    uint32_t mtu;
    bool is_shut;                /* the interface itself, not only its IP */
    const struct object *lender; /* of an unnumbered one; or NULL */
};

static const char *
protocol_of(enum interface_type type)
{
    if (type == INTERFACE_TYPE_LOOPBACK)
        return "Loopback";
    return type == INTERFACE_TYPE_NULL ? "Null" : "Ethernet";
}

static void
read_interface(
    const struct show *show, const struct object *object, struct face *face)
{
    const struct chassis *chassis = show->view->chassis;
    struct cfg_interface view;
    int port = -1;

    cfg_interface_read(object->fields, &view);
    *face = (struct face){
        .virtual_router = view.virtual_router,
        .protocol = protocol_of(view.type),
        .description = view.description,
        .has_address = view.has_ip_address,
        .address = view.ip_address,
        .mask = view.ip_mask,
        .mtu = view.ip_mtu,
        .is_shut = view.shutdown,
    };
    if (view.type != INTERFACE_TYPE_LOOPBACK &&
        view.type != INTERFACE_TYPE_NULL)
        port = chassis_find(chassis, view.location);
    /* The port's own limit holds for the interface too; 0: it has none. */
    if (port >= 0 && chassis->ports[port].mtu != 0 &&
        chassis->ports[port].mtu < face->mtu)
        face->mtu = chassis->ports[port].mtu;
}

static void
read_tunnel(const struct object *object, struct face *face)
{
    struct cfg_tunnel view;

    cfg_tunnel_read(object->fields, &view);
    *face = (struct face){
        .virtual_router = view.virtual_router,
        .protocol = "IpTunnel",
        .description = view.description,
        .has_address = view.has_ip_address,
        .address = view.ip_address,
        .mask = view.ip_mask,
        .mtu = view.mtu,
        .is_shut = view.shutdown,
    };
}

static void
read_gre(const struct object *object, struct face *face)
{
    struct cfg_gre_tunnel view;

    cfg_gre_tunnel_read(object->fields, &view);
    *face = (struct face){
        .virtual_router = view.virtual_router,
        .protocol = "GreTunnel",
        .description = view.description,
        .has_address = view.has_ip_address,
        .address = view.ip_address,
        .mask = view.ip_mask,
        .mtu = view.mtu,
        .is_shut = view.shutdown,
    };
}

/* The address of the interface that an unnumbered one borrows of. */
static void
read_lender(
    const struct show *show, const struct object *object, struct face *face)
{
    struct value keys[3]; /* borrowed */
    struct network network;

    if (object_lender(object, keys))
        face->lender = config_find(show->view->running, OBJECT_INTERFACE, keys);
    if (face->lender == NULL || !object_network(face->lender, &network))
        return;
    face->has_address = true;
    face->address = network.address;
    face->mask = network.mask;
}

/* "10.1.0.1/255.255.0.0 10.2.0.1/255.255.0.0" */
static void
fill_secondary(
    const struct show *show, const struct object *owner, struct row *row)
{
    enum schema_object_id type = owner->type == OBJECT_TUNNEL
                                     ? OBJECT_TUNNEL_ADDRESS
                                     : OBJECT_INTERFACE_ADDRESS;
    const struct object *at = NULL;
    char address[IP_TEXT_SIZE];
    char mask[IP_TEXT_SIZE];
    struct network network;
    struct str text;

    if (owner->type == OBJECT_GRE_TUNNEL)
        return; /* it has one address */
    str_init(&text);
    while ((at = config_next_child(show->view->running, type, owner->fields,
                schema_objects[owner->type].key_count, at)) != NULL) {
        if (!object_network(at, &network))
            continue;
        str_printf(&text, "%s%s/%s", text.length == 0 ? "" : " ",
            ip_format(network.address, address), ip_format(network.mask, mask));
    }
    if (text.length > 0)
        row_str(row, COLUMN_IP_INTERFACE_SECONDARY, &text);
    str_done(&text);
}

static void
fill_lender(struct row *row, const struct face *face)
{
    struct str name;

    if (face->lender == NULL)
        return;
    str_init(&name);
    show_interface_name(face->lender, &name);
    row_str(row, COLUMN_IP_INTERFACE_UNNUMBERED, &name);
    str_done(&name);
}

static void
fill_address(struct row *row, const struct face *face)
{
    if (!face->has_address)
        return;
    row_number(row, COLUMN_IP_INTERFACE_ADDRESS, face->address);
    row_number(row, COLUMN_IP_INTERFACE_MASK, face->mask);
    row_number(row, COLUMN_IP_INTERFACE_BROADCAST, face->address | ~face->mask);
}

static void
show_face(const struct show *show, const struct object *object)
{
    struct dp_interface_counters counters;
    struct face face;
    struct str name;
    struct row row;

    if (object->type == OBJECT_TUNNEL) {
        read_tunnel(object, &face);
    } else if (object->type == OBJECT_GRE_TUNNEL) {
        read_gre(object, &face);
    } else {
        read_interface(show, object, &face);
    }
    read_lender(show, object, &face);
    show_counters(show, object, &counters);
    str_init(&name);
    show_interface_name(object, &name);
    row_start(&row);
    row_str(&row, COLUMN_IP_INTERFACE_NAME, &name);
    row_text(&row, COLUMN_IP_INTERFACE_VIRTUAL_ROUTER, face.virtual_router);
    row_text(&row, COLUMN_IP_INTERFACE_PROTOCOL, face.protocol);
    row_number(&row, COLUMN_IP_INTERFACE_ADMINISTRATIVE,
        face.is_shut ? LINK_STATE_DOWN : LINK_STATE_UP);
    row_number(&row, COLUMN_IP_INTERFACE_LINE_STATE,
        counters.up ? LINK_STATE_UP : LINK_STATE_DOWN);
    row_number(&row, COLUMN_IP_INTERFACE_IP_STATE,
        counters.up && face.has_address ? LINK_STATE_UP : LINK_STATE_DOWN);
    row_text(&row, COLUMN_IP_INTERFACE_DESCRIPTION, face.description);
    fill_address(&row, &face);
    fill_secondary(show, object, &row);
    fill_lender(&row, &face);
    row_number(&row, COLUMN_IP_INTERFACE_MTU, face.mtu);
    row_number(&row, COLUMN_IP_INTERFACE_IN_PACKETS, counters.in_packets);
    row_number(&row, COLUMN_IP_INTERFACE_IN_OCTETS, counters.in_octets);
    row_number(&row, COLUMN_IP_INTERFACE_OUT_PACKETS, counters.out_packets);
    row_number(&row, COLUMN_IP_INTERFACE_OUT_OCTETS, counters.out_octets);
    row_send(&row, show);
    str_done(&name);
}

static void
show_faces(const struct show *show, const char *vr, enum schema_object_id type)
{
    const struct object *object = NULL;
    struct value key = value_text(vr);

    for (;;) {
        object = config_next_child(show->view->running, type, &key, 1, object);
        if (object == NULL)
            break;
        show_face(show, object);
    }
    value_done(&key);
}

static enum err
show_one_interface(const struct show *show, const char *vr)
{
    const struct value *type = &show->args[ARG_SHOW_IP_INTERFACE_TYPE];
    const struct value *location = &show->args[ARG_SHOW_IP_INTERFACE_LOCATION];
    struct value keys[SCHEMA_KEYS_MAX] = {0};
    const struct object *object;

    keys[FIELD_INTERFACE_VIRTUAL_ROUTER] = value_text(vr);
    keys[FIELD_INTERFACE_TYPE] = *type;         /* borrowed */
    keys[FIELD_INTERFACE_LOCATION] = *location; /* borrowed */
    object = config_find(show->view->running, OBJECT_INTERFACE, keys);
    value_done(&keys[FIELD_INTERFACE_VIRTUAL_ROUTER]);
    if (object == NULL) {
        return show_not_found(show,
            "There is no interface %s %s in virtual router %s.",
            schema_enums[ENUM_INTERFACE_TYPE].values[type->number].word,
            value_string(location), vr);
    }
    show_face(show, object);
    return OK;
}

static_assert(
    (unsigned)ARG_SHOW_INTERFACE_TYPE == ARG_SHOW_IP_INTERFACE_TYPE &&
        (unsigned)ARG_SHOW_INTERFACE_LOCATION ==
            ARG_SHOW_IP_INTERFACE_LOCATION &&
        (unsigned)ARG_SHOW_INTERFACE_TUNNEL == ARG_SHOW_IP_INTERFACE_TUNNEL,
    "both shows take the same arguments");

enum err
show_ip_interface(const struct show *show)
{
    const struct value *name = &show->args[ARG_SHOW_IP_INTERFACE_TUNNEL];
    const struct object *tunnel;

    if (value_is_set(&show->args[ARG_SHOW_IP_INTERFACE_TYPE]))
        return show_one_interface(show, show->view->session_vr);
    if (!value_is_set(name)) {
        show_faces(show, show->view->session_vr, OBJECT_INTERFACE);
        show_faces(show, show->view->session_vr, OBJECT_TUNNEL);
        show_faces(show, show->view->session_vr, OBJECT_GRE_TUNNEL);
        return OK;
    }
    tunnel = oper_find_tunnel(show->view->running, value_string(name));
    if (tunnel == NULL) {
        return show_not_found(
            show, "There is no tunnel %s.", value_string(name));
    }
    show_face(show, tunnel);
    return OK;
}

/* ---- drops ---- */

enum err
show_ip_drops(const struct show *show)
{
    uint64_t drops[DROP_COUNT];
    struct row row;
    size_t i;

    dp_drops(show->view->dp, drops);
    for (i = 1; i < DROP_COUNT; i++) { /* 0 is no drop */
        row_start(&row);
        row_text(&row, COLUMN_IP_DROPS_REASON, drop_reasons[i].name);
        row_number(&row, COLUMN_IP_DROPS_PACKETS, drops[i]);
        row_text(&row, COLUMN_IP_DROPS_SENTENCE, drop_reasons[i].sentence);
        row_send(&row, show);
    }
    return OK;
}
