/*
 * check_address.c - addresses of interfaces, and their networks in one VR.
 *
 * Networks are either nested or apart, and those in force are apart.  So in
 * the order of their first addresses only the two neighbours of a new one can
 * overlap it, and an address is in the network next before it or in none.
 */
#include "config/checks.h"

#include "base/ip.h"
#include "base/str.h"

bool
address_is_unicast(uint64_t address)
{
    uint64_t first = address >> 24;

    return first != 0 && first != 127 && first < 224;
}

static void
check_number(const struct check *check, const struct object *object,
    uint16_t setting, struct network network)
{
    uint32_t host = network.address & ~network.mask;
    char text[IP_TEXT_SIZE];

    if (!address_is_unicast(network.address)) {
        check_error(check, object, setting,
            "%s is not an address that an interface can have.",
            ip_format(network.address, text));
    } else if (ip_mask_length(network.mask) == 0) {
        check_error(check, object, setting,
            "The mask 0.0.0.0 covers all addresses: give the mask of this "
            "interface's network.");
    } else if (ip_mask_length(network.mask) >= 31) {
        return; /* every address of these is a host */
    } else if (host == 0) {
        check_error(check, object, setting,
            "%s is the network itself: give an address in it.",
            ip_format(network.address, text));
    } else if (host == ~network.mask) {
        check_error(check, object, setting,
            "%s is the network's broadcast address: give another address in "
            "it.",
            ip_format(network.address, text));
    }
}

static void
check_overlap(const struct check *check, const struct object *object,
    uint16_t setting, const struct object *other)
{
    struct network mine;
    struct network theirs;
    uint32_t both;
    char text[IP_TEXT_SIZE];
    char mask[IP_TEXT_SIZE];
    struct str path;

    if (other == NULL || !object_network(object, &mine) ||
        !object_network(other, &theirs) || !value_equal(mine.vr, theirs.vr))
        return;
    both = mine.mask & theirs.mask;
    if ((mine.address & both) != (theirs.address & both))
        return;
    str_init(&path);
    object_path(other, &path);
    check_error(check, object, setting,
        "The network overlaps %s %s of `%s`: every interface of a virtual "
        "router needs a network of its own.",
        ip_format(theirs.address, text), ip_format(theirs.mask, mask),
        str_text(&path));
    str_done(&path);
}

void
check_address(
    const struct check *check, const struct object *object, uint16_t setting)
{
    const struct tree_node *addresses = config_tree(check->to, ORDER_ADDRESS);
    struct tree_place place;
    struct network network;

    if (!object_network(object, &network))
        return;
    check_number(check, object, setting, network);
    place = order_place(ORDER_ADDRESS, object);
    check_overlap(
        check, object, setting, tree_before(addresses, ORDER_ADDRESS, &place));
    check_overlap(
        check, object, setting, tree_after(addresses, ORDER_ADDRESS, &place));
}

const struct object *
config_find_address(
    const struct config *config, const struct value *vr, uint32_t address)
{
    const struct tree_node *addresses = config_tree(config, ORDER_ADDRESS);
    struct tree_place place = {
        .parts = {*vr, value_number((uint64_t)address + 1)},
          .part_count = 2
    };
    const struct object *found = tree_before(addresses, ORDER_ADDRESS, &place);
    struct network network;

    if (found == NULL || !object_network(found, &network) ||
        network.address != address || !value_equal(network.vr, vr))
        return NULL;
    return found;
}
