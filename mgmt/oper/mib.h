/*
 * mib.h - rows for SNMP, by pages; private to this room.
 *
 *    mib.c            a page, numbers of virtual routers
 *    mib_places.c     walks by ifIndex, remembered
 *    mib_key.c        indexes of several parts, sorted as SNMP sorts
 *    mib_interface.c  interfaces, which is on which
 *    mib_address.c    IP addresses
 *    mib_tunnel.c     IPsec tunnels as configured
 *    mib_state.c      their state, causes and counters
 *    mib_ike.c        rules, keys, IKE SAs, IKE's counters
 *    mib_router.c     virtual routers, endpoints, transform sets, drops
 *    mib_certificate.c  certificates
 *    mib_system.c     the router as a whole, its chassis
 *
 * A page has at most MIB_ROWS_MAX rows, in the order of their index.  Rows of
 * one thing are split by how often they change.
 */
#ifndef OPER_MIB_H
#define OPER_MIB_H

#include "gen/enums.h"
#include "oper/show.h"
#include "store/number.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cfg_tunnel;

enum { MIB_ROWS_MAX = 256 };

/* All that are asked by pages have these arguments, in this order. */
enum { MIB_AFTER, MIB_MOST, MIB_STAMP };

enum { MIB_ROUTERS_KNOWN = 8 };

/* One answer; lives on the stack of its show. */
struct mib_page {
    const struct show *show;
    uint32_t after; /* of an index of one number */
    size_t most;
    size_t sent;
    bool is_broken; /* the database did not answer */
    /* numbers of virtual routers that were asked for last */
    struct {
        const struct text *name; /* of the running configuration */
        uint32_t number;
    } routers[MIB_ROUTERS_KNOWN];
    size_t router_count;
};

void mib_begin(const struct show *show, struct mib_page *page);
bool mib_is_full(const struct mib_page *page);
void mib_send(struct mib_page *page, struct row *row);
/* ERR_IO with a sentence where the database did not answer. */
MUST_CHECK enum err mib_end(struct mib_page *page);
/* Router index by a field with the name; 0: it has none. */
uint32_t mib_router(struct mib_page *page, const struct value *name);

/* A value of the configuration, shared. */
void row_value(struct row *row, unsigned column, const struct value *value);

/* ---- by ifIndex: mib_places.c ---- */

/* An interface: of the running configuration, or a port of the chassis that
 * nobody configured. */
struct mib_place {
    uint32_t number; /* ifIndex, of what is below IP */
    uint32_t handle; /* the packet engine's, where it has one */
    bool has_handle;
    enum number_kind kind;
    const struct object *object;     /* NULL: nobody configured the port */
    const struct chassis_port *port; /* NULL: it is none */
};

/* Which of them. */
enum mib_which { MIB_ALL, MIB_PLAIN, MIB_TUNNELS };

typedef void mib_taker(struct mib_page *page, const struct mib_place *place);

/* Each with a number above `after`, until the page is full.  MIB_PLAIN: those
 * that have no IP interface on them, and ports.  MIB_TUNNELS: IPsec. */
void mib_walk(struct mib_page *page, uint32_t after, enum mib_which which,
    mib_taker *take);
/* The first of those that mib_walk takes, at most MIB_ROWS_MAX; borrowed until
 * the next call.  None where the database does not answer: page->is_broken. */
size_t mib_places(struct mib_page *page, uint32_t after, enum mib_which which,
    const struct mib_place **out_places);
/* Of an IPsec or GRE tunnel. */
enum tunnel_state mib_tunnel_state_of(
    const struct show *show, const struct mib_place *place);
/* Has it an IP interface on it, with a number of its own? */
bool mib_has_ip(const struct mib_place *place);
/* Index of the virtual router that it is in. */
uint32_t mib_place_router(struct mib_page *page, const struct mib_place *place);
/* ifIndex and router index, the first two columns of all rows by ifIndex. */
void mib_start_row(
    struct mib_page *page, const struct mib_place *place, struct row *row);

/* ---- mib_key.c ---- */

enum { MIB_KEY_MAX = 160 };

/* An index as bytes that sort as SNMP sorts the numbers: four bytes a number,
 * in a text its length and a byte a character. */
struct mib_key {
    uint8_t length;
    uint8_t bytes[MIB_KEY_MAX];
};

void mib_key_number(struct mib_key *key, uint32_t number);
void mib_key_text(struct mib_key *key, const char *text);
/* "10.1.2" by its parts, "nat": a number, an address in four, a text with its
 * length in front; it may end early. */
void mib_key_read(const char *dotted, const char *parts, struct mib_key *out);
int mib_key_compare(const struct mib_key *a, const struct mib_key *b);

/* Of many, those that make the page: the first after where it begins. */
struct mib_sort;

/* parts: of the index, for the argument.  size: of what goes with a key.
 * Where keys are longer than the index, what follows says which of two with
 * the same index is the row: the one that sorts before. */
struct mib_sort *mib_sort_new(
    const struct mib_page *page, const char *parts, size_t size);
/* So many bytes of the keys are no part of the index. */
void mib_sort_set_rank(struct mib_sort *sort, size_t bytes);
void mib_sort_free(struct mib_sort *sort); /* NULL is allowed */
/* May a row with this key or a later one still be kept? */
bool mib_sort_wants(const struct mib_sort *sort, const struct mib_key *key);
/* Copies both, if it is to be kept. */
void mib_sort_add(
    struct mib_sort *sort, const struct mib_key *key, const void *what);
/* The next one, borrowed until the end; NULL: no more.  Nothing is added once
 * this was asked. */
const void *mib_sort_next(struct mib_sort *sort);

/* When the running generation was committed, seconds since 1970; 0: it is not
 * known. */
uint64_t mib_last_commit(const struct show *show);

/* ---- the rows, one function each ---- */

enum err mib_interfaces(const struct show *show);
enum err mib_interface_states(const struct show *show);
enum err mib_interface_counters(const struct show *show);
enum err mib_stack(const struct show *show);
enum err mib_interface_summary(const struct show *show);
enum err mib_ip(const struct show *show);
enum err mib_addresses(const struct show *show);
enum err mib_tunnels(const struct show *show);
enum err mib_tunnel_states(const struct show *show);
enum err mib_tunnel_sas(const struct show *show);
uint64_t mib_tunnel_sas_stamp(const struct show *show, uint64_t stamp);
enum err mib_tunnel_causes(const struct show *show);
enum err mib_tunnel_counters(const struct show *show);
enum err mib_transform_sets(const struct show *show);
enum err mib_local_endpoints(const struct show *show);
enum err mib_ike_rules(const struct show *show);
enum err mib_ike_keys(const struct show *show);
enum err mib_ike_name_keys(const struct show *show);
enum err mib_ike_sas(const struct show *show);
enum err mib_ike_sas_old(const struct show *show);
enum err mib_ike_counters(const struct show *show);
enum err mib_ike_drops(const struct show *show);

/* mib_certificate.c */
enum err mib_certificates(const struct show *show);
enum err mib_routers(const struct show *show);
enum err mib_router_summary(const struct show *show);
enum err mib_system(const struct show *show);
enum err mib_drops(const struct show *show);
enum err mib_modules(const struct show *show);
enum err mib_physical(const struct show *show);

#endif
