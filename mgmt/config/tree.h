/*
 * tree.h - ordered sets of objects that share their unchanged parts.
 *
 * A zip tree (Tarjan, Levy, Timmel 2018): a binary search tree that is also a
 * heap by rank, where the rank is a hash of the key, so the same contents
 * always give the same tree.  Nodes are counted; whoever changes a tree
 * copies the nodes on the way that somebody else holds too, and works in
 * place on those that nobody else does.  So a snapshot costs the path to the
 * change, and loading a configuration copies nothing.
 *
 * Besides the order of the objects' keys there are a few others, the indexes
 * that keep validation at the cost of what changed.
 *
 * Private to config.  Thread M only.
 */
#ifndef CONFIG_TREE_H
#define CONFIG_TREE_H

#include "config/config.h"

struct tree_node;

enum tree_order {
    ORDER_KEYS,       /* everything: type, keys                            */
    ORDER_ADDRESS,    /* with an IP address: virtual router, network       */
    ORDER_SOURCE,     /* tunnels with a source address: address, SPI       */
    ORDER_SET,        /* tunnels with a transform set: its name            */
    ORDER_TRANSPORT,  /* tunnels of both kinds with a transport VR: its name  */
    ORDER_GRE,        /* GRE tunnels: transport VR, source, destination    */
    ORDER_NAME,       /* tunnels: name                                     */
    ORDER_PORT,       /* Ethernet interfaces: slot/port                    */
    ORDER_LENDER,     /* unnumbered: keys of the interface they borrow of  */
    ORDER_POLICY,     /* with an input policy: name of the policy list     */
    ORDER_CLASSIFIER, /* classifier groups: name of the classifier list   */
    ORDER_INTO,       /* groups that forward into a tunnel: its name       */
    ORDER_ENDPOINT,   /* tunnels without a source address: transport VR,
                         inbound SPI                                       */
    ORDER_PEER,       /* tunnels with a destination: transport VR,
                         destination, first address of the peer identity   */
    ORDER_BACKUP,     /* tunnels with a backup: transport VR, backup       */
    ORDER_DOMAIN,     /* tunnels to user@FQDN: transport VR, hash of FQDN  */
    ORDER_USER,       /* users of SNMPv3: name                             */
    ORDER_COUNT
};

enum { ORDER_PARTS_MAX = 3 };

/* The virtual router of the tunnel's endpoints. */
const struct value *tunnel_transport_vr(const struct object *tunnel);

struct cover tunnel_local_cover(const struct object *tunnel);
struct cover tunnel_peer_cover(const struct object *tunnel);

/* A place in the order of domains. */
struct value domain_hash(const char *domain);

/* A place in an order: the order's own parts, then type and keys.  What is
 * left out at the end matches everything.  Borrows all of it. */
struct tree_place {
    struct value parts[ORDER_PARTS_MAX];
    size_t part_count;
    bool typed; /* type and keys count */
    enum schema_object_id type;
    const struct value *keys;
    size_t key_count;
};

/* Is the object in this order, and where? */
bool order_has(enum tree_order order, const struct object *object);
struct tree_place order_place(
    enum tree_order order, const struct object *object);
struct tree_place place_of_keys(
    enum schema_object_id type, const struct value *keys, size_t count);
/* Object before, at or after the place: below, zero, above zero. */
int place_compare(enum tree_order order, const struct object *object,
    const struct tree_place *place);

/* A tree is its root; NULL is the empty one. */
struct tree_node *tree_ref(struct tree_node *root);
void tree_unref(struct tree_node *root);

/* Takes the object's reference.  True: it took the place of another. */
bool tree_put(
    struct tree_node **root, enum tree_order order, struct object *object);
/* False: there was none. */
bool tree_remove(struct tree_node **root, enum tree_order order,
    const struct tree_place *place);

const struct object *tree_find(const struct tree_node *root,
    enum tree_order order, const struct tree_place *place);
/* The first at or after the place; the first after; the last before. */
const struct object *tree_first(const struct tree_node *root,
    enum tree_order order, const struct tree_place *place);
const struct object *tree_after(const struct tree_node *root,
    enum tree_order order, const struct tree_place *place);
const struct object *tree_before(const struct tree_node *root,
    enum tree_order order, const struct tree_place *place);

/* ---- walking ---- */

/* What is still ahead: a single node, or all of the tree under it. */
struct tree_ahead {
    const struct tree_node *node;
    bool single;
};

/* In the tree's order.  Borrows the tree, owns its stack. */
struct tree_cursor {
    struct tree_ahead *stack;
    size_t count;
    size_t room;
    size_t visited; /* nodes opened so far */
};

void cursor_init(struct tree_cursor *cursor, const struct tree_node *root);
void cursor_done(struct tree_cursor *cursor);
/* NULL: that was the last. */
const struct object *cursor_next(struct tree_cursor *cursor);

/* For walking two trees side by side. */
bool cursor_at_end(const struct tree_cursor *cursor);
/* Open the tree ahead; afterwards its left part is ahead. */
void cursor_open(struct tree_cursor *cursor);
/* The single node ahead; NULL while it is a whole tree. */
const struct object *cursor_single(const struct tree_cursor *cursor);
/* Both have the very same tree ahead. */
bool cursor_same_tree(const struct tree_cursor *a, const struct tree_cursor *b);
/* Both have a tree ahead; is the root of a's above that of b's? */
bool cursor_is_above(const struct tree_cursor *a, const struct tree_cursor *b);
void cursor_skip(struct tree_cursor *cursor);

/* What config_diff does, telling how many nodes it looked at. */
size_t tree_diff(const struct tree_node *from, const struct tree_node *to,
    struct change_set *out_set);

/* The next object at this place of an order; after: the object before, or
 * NULL. */
const struct object *config_next_at(const struct config *config,
    enum tree_order order, const struct tree_place *place,
    const struct object *after);

/* Another object whose parts in the order are the same; NULL: none. */
const struct object *config_other_at(const struct config *config,
    enum tree_order order, const struct object *object);

/* The next object of an order whose first part is this name. */
const struct object *config_next_named(const struct config *config,
    enum tree_order order, const struct value *name,
    const struct object *after);

/* The next GRE tunnel that starts at this address of a virtual router. */
const struct object *config_next_gre(const struct config *config,
    const struct value *vr, uint32_t address, const struct object *after);

/* The snapshot's tree of an order, borrowed. */
const struct tree_node *config_tree(
    const struct config *config, enum tree_order order);

#endif
