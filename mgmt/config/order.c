/*
 * order.c - by what the trees are sorted.
 *
 * The object's own type and keys always come last, so that every place is of
 * one object only.
 */
#include "config/tree.h"

#include "gen/enums.h"

#include <string.h>

static bool
has(const struct object *object, size_t field)
{
    return value_is_set(&object->fields[field]);
}

/* Where the types with an address have it; all are below a VR. */
static const struct {
    bool has;
    uint16_t address;
    uint16_t mask;
} addressed[OBJECT_COUNT] = {
    [OBJECT_INTERFACE] = {true, FIELD_INTERFACE_IP_ADDRESS,
                          FIELD_INTERFACE_IP_MASK                                    },
    [OBJECT_INTERFACE_ADDRESS] = {true, FIELD_INTERFACE_ADDRESS_ADDRESS,
                          FIELD_INTERFACE_ADDRESS_MASK                               },
    [OBJECT_TUNNEL] = {true, FIELD_TUNNEL_IP_ADDRESS,         FIELD_TUNNEL_IP_MASK},
    [OBJECT_GRE_TUNNEL] = {true, FIELD_GRE_TUNNEL_IP_ADDRESS,
                          FIELD_GRE_TUNNEL_IP_MASK                                   },
    [OBJECT_TUNNEL_ADDRESS] = {true, FIELD_TUNNEL_ADDRESS_ADDRESS,
                          FIELD_TUNNEL_ADDRESS_MASK                                  },
};

bool
object_network(const struct object *object, struct network *out_network)
{
    const struct value *address =
        &object->fields[addressed[object->type].address];
    const struct value *mask = &object->fields[addressed[object->type].mask];

    if (!addressed[object->type].has || !value_is_set(address) ||
        !value_is_set(mask))
        return false;
    out_network->vr = &object->fields[0];
    out_network->address = (uint32_t)address->number;
    out_network->mask = (uint32_t)mask->number;
    return true;
}

/* Where an interface or tunnel names its policy list; 0: others do not. */
static size_t
policy_field(const struct object *object)
{
    if (object->type == OBJECT_INTERFACE)
        return FIELD_INTERFACE_IP_POLICY_INPUT;
    if (object->type == OBJECT_GRE_TUNNEL)
        return FIELD_GRE_TUNNEL_IP_POLICY_INPUT;
    return object->type == OBJECT_TUNNEL ? FIELD_TUNNEL_IP_POLICY_INPUT : 0;
}

/* Where a tunnel names another transport virtual router; 0: others do not. */
static size_t
transport_field(const struct object *object)
{
    if (object->type == OBJECT_TUNNEL)
        return FIELD_TUNNEL_TRANSPORT_VR;
    return object->type == OBJECT_GRE_TUNNEL ? FIELD_GRE_TUNNEL_TRANSPORT_VR
                                             : 0;
}

static bool
is_port(const struct object *object)
{
    uint64_t type = object->fields[FIELD_INTERFACE_TYPE].number;

    return type == INTERFACE_TYPE_FASTETHERNET ||
           type == INTERFACE_TYPE_GIGABITETHERNET ||
           type == INTERFACE_TYPE_TENGIGABITETHERNET;
}

/* Where the types that may borrow an address say from whom: kind, location. */
static uint16_t
lender_field(const struct object *object)
{
    if (object->type == OBJECT_INTERFACE)
        return FIELD_INTERFACE_IP_UNNUMBERED_TYPE;
    return object->type == OBJECT_TUNNEL ? FIELD_TUNNEL_IP_UNNUMBERED_TYPE
                                         : SCHEMA_NONE;
}

bool
object_lender(const struct object *object, struct value out_keys[3])
{
    uint16_t field = lender_field(object);

    if (field == SCHEMA_NONE || !has(object, field))
        return false;
    out_keys[0] = object->fields[0];
    out_keys[1] = object->fields[field];
    out_keys[2] = object->fields[field + 1];
    return true;
}

/* "branch.isp.net" of "user@branch.isp.net"; NULL: it has no user. */
static const char *
domain_of(const struct object *tunnel)
{
    const char *at = strchr(
        value_string(&tunnel->fields[FIELD_TUNNEL_DESTINATION_IDENTITY]), '@');

    return at == NULL ? NULL : at + 1;
}

struct value
domain_hash(const char *domain)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

    for (; *domain != '\0'; domain++)
        hash = (hash ^ (unsigned char)*domain) * UINT64_C(0x100000001b3);
    return value_number(hash);
}

/* Of the fields address and identity, the one that is set. */
static const struct value *
either(const struct object *object, size_t address, size_t identity)
{
    return &object->fields[has(object, address) ? address : identity];
}

bool
order_has(enum tree_order order, const struct object *object)
{
    struct value lender[3];
    struct network network;

    switch (order) {
    case ORDER_KEYS:
        return true;
    case ORDER_ADDRESS:
        return object_network(object, &network);
    case ORDER_SOURCE:
        return object->type == OBJECT_TUNNEL &&
               has(object, FIELD_TUNNEL_SOURCE_ADDRESS);
    case ORDER_SET:
        return object->type == OBJECT_TUNNEL &&
               has(object, FIELD_TUNNEL_TRANSFORM_SET);
    case ORDER_TRANSPORT:
        return transport_field(object) != 0 &&
               has(object, transport_field(object));
    case ORDER_GRE:
        return object->type == OBJECT_GRE_TUNNEL;
    case ORDER_NAME:
        return object->type == OBJECT_TUNNEL;
    case ORDER_PORT:
        return object->type == OBJECT_INTERFACE && is_port(object);
    case ORDER_LENDER:
        return object_lender(object, lender);
    case ORDER_POLICY:
        return policy_field(object) != 0 && has(object, policy_field(object));
    case ORDER_CLASSIFIER:
        return object->type == OBJECT_CLASSIFIER_GROUP;
    case ORDER_INTO:
        return object->type == OBJECT_CLASSIFIER_GROUP &&
               has(object, FIELD_CLASSIFIER_GROUP_FORWARD_TUNNEL);
    case ORDER_ENDPOINT:
        return object->type == OBJECT_TUNNEL &&
               !has(object, FIELD_TUNNEL_SOURCE_ADDRESS);
    case ORDER_PEER:
        return object->type == OBJECT_TUNNEL &&
               (has(object, FIELD_TUNNEL_DESTINATION_ADDRESS) ||
                   has(object, FIELD_TUNNEL_DESTINATION_IDENTITY));
    case ORDER_BACKUP:
        return object->type == OBJECT_TUNNEL &&
               (has(object, FIELD_TUNNEL_BACKUP_DESTINATION_ADDRESS) ||
                   has(object, FIELD_TUNNEL_BACKUP_DESTINATION_IDENTITY));
    case ORDER_DOMAIN:
        return object->type == OBJECT_TUNNEL && domain_of(object) != NULL;
    case ORDER_USER:
        return object->type == OBJECT_SNMP_USER;
    case ORDER_COUNT:
    default:
        return false;
    }
}

/* The orders that begin with a tunnel's transport virtual router. */
static size_t
transport_parts(enum tree_order order, const struct object *tunnel,
    struct value out_parts[ORDER_PARTS_MAX])
{
    const struct value *fields = tunnel->fields;
    const char *domain;

    out_parts[0] = *tunnel_transport_vr(tunnel);
    if (order == ORDER_ENDPOINT) {
        out_parts[1] = fields[FIELD_TUNNEL_SESSION_KEY_INBOUND_SPI];
        return 2;
    }
    if (order == ORDER_PEER) {
        out_parts[1] = *either(tunnel, FIELD_TUNNEL_DESTINATION_ADDRESS,
            FIELD_TUNNEL_DESTINATION_IDENTITY);
        out_parts[2] = value_number(tunnel_peer_cover(tunnel).first);
        return 3;
    }
    if (order == ORDER_BACKUP) {
        out_parts[1] = *either(tunnel, FIELD_TUNNEL_BACKUP_DESTINATION_ADDRESS,
            FIELD_TUNNEL_BACKUP_DESTINATION_IDENTITY);
        return 2;
    }
    domain = domain_of(tunnel);
    out_parts[1] = domain_hash(domain == NULL ? "" : domain);
    return 2;
}

/* What the order sorts by before type and keys; how many parts that are. */
static size_t
order_parts(enum tree_order order, const struct object *object,
    struct value out_parts[ORDER_PARTS_MAX])
{
    const struct value *fields = object->fields;
    struct network network;

    switch (order) {
    case ORDER_ADDRESS:
        if (!object_network(object, &network))
            return 0;
        out_parts[0] = *network.vr;
        out_parts[1] = value_number(network.address & network.mask);
        return 2;
    case ORDER_SOURCE:
        out_parts[0] = fields[FIELD_TUNNEL_SOURCE_ADDRESS];
        out_parts[1] = fields[FIELD_TUNNEL_SESSION_KEY_INBOUND_SPI];
        return 2;
    case ORDER_SET:
        out_parts[0] = fields[FIELD_TUNNEL_TRANSFORM_SET];
        return 1;
    case ORDER_TRANSPORT:
        out_parts[0] = fields[transport_field(object)];
        return 1;
    case ORDER_GRE:
        out_parts[0] = *gre_transport_vr(object);
        out_parts[1] = fields[FIELD_GRE_TUNNEL_SOURCE];
        out_parts[2] = fields[FIELD_GRE_TUNNEL_DESTINATION];
        return 3;
    case ORDER_NAME:
        out_parts[0] = fields[FIELD_TUNNEL_NAME];
        return 1;
    case ORDER_PORT:
        out_parts[0] = fields[FIELD_INTERFACE_LOCATION];
        return 1;
    case ORDER_LENDER:
        return object_lender(object, out_parts) ? ORDER_PARTS_MAX : 0;
    case ORDER_POLICY:
        out_parts[0] = fields[policy_field(object)];
        return 1;
    case ORDER_CLASSIFIER:
        out_parts[0] = fields[FIELD_CLASSIFIER_GROUP_LIST];
        return 1;
    case ORDER_INTO:
        out_parts[0] = fields[FIELD_CLASSIFIER_GROUP_FORWARD_TUNNEL];
        return 1;
    case ORDER_USER:
        out_parts[0] = fields[FIELD_SNMP_USER_NAME];
        return 1;
    case ORDER_ENDPOINT:
    case ORDER_PEER:
    case ORDER_BACKUP:
    case ORDER_DOMAIN:
        return transport_parts(order, object, out_parts);
    case ORDER_KEYS:
    case ORDER_COUNT:
    default:
        return 0;
    }
}

struct tree_place
order_place(enum tree_order order, const struct object *object)
{
    struct tree_place place = place_of_keys(
        object->type, object->fields, schema_objects[object->type].key_count);

    place.part_count = order_parts(order, object, place.parts);
    return place;
}

struct tree_place
place_of_keys(
    enum schema_object_id type, const struct value *keys, size_t count)
{
    struct tree_place place = {
        .typed = true, .type = type, .keys = keys, .key_count = count};

    return place;
}

static int
keys_compare(const struct object *object, const struct tree_place *place)
{
    if (object->type != place->type)
        return object->type < place->type ? -1 : 1;
    for (size_t i = 0; i < place->key_count; i++) {
        int order = value_compare(&object->fields[i], &place->keys[i]);

        if (order != 0)
            return order;
    }
    return 0;
}

int
place_compare(enum tree_order order, const struct object *object,
    const struct tree_place *place)
{
    if (place->part_count > 0) {
        struct value own[ORDER_PARTS_MAX];

        (void)order_parts(order, object, own);
        for (size_t i = 0; i < place->part_count; i++) {
            int result = value_compare(&own[i], &place->parts[i]);

            if (result != 0)
                return result;
        }
    }
    return place->typed ? keys_compare(object, place) : 0;
}
