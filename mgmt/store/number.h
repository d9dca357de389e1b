/*
 * number.h - the numbers that SNMP knows interfaces and virtual routers by.
 *
 * An interface gets its number in the transaction of the commit that makes
 * it, by its name, and keeps it while it is there: over restarts, and what is
 * done to others.  When it is gone the number stays with the name, so that an
 * interface that comes back has it again; of names that are gone the newest
 * NUMBERS_GONE_MAX are remembered.  A number that is remembered is nobody
 * else's.  A port of the chassis has one whether it is configured or not.
 *
 *    1 ... NUMBERS_MAX     an interface, or what lies below IP
 *    NUMBERS_IP + that     the IP interface above it
 *
 * The database is the index: an ordered page of it costs what the page costs,
 * and nothing is loaded at a start (docs/decisions/0071).
 */
#ifndef STORE_NUMBER_H
#define STORE_NUMBER_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;
struct diag;
struct object;
struct store;
struct str;

enum {
    NUMBERS_MAX = 16777215, /* of either kind; a context is routerN, 24 bits */
    NUMBERS_IP = 16777216,
    NUMBERS_GONE_MAX = 100000,
};

enum number_space { NUMBER_INTERFACES, NUMBER_ROUTERS, NUMBER_SPACE_COUNT };

enum number_kind {
    NUMBER_PORT, /* of the chassis, or configured as if */
    NUMBER_LOOPBACK,
    NUMBER_NULL,
    NUMBER_TUNNEL,
    NUMBER_GRE,
    NUMBER_ROUTER,
    NUMBER_KIND_COUNT
};

enum { NUMBER_NAME_SIZE = 256, NUMBER_VR_SIZE = 64 };

struct numbered {
    uint32_t number;
    enum number_kind kind;
    bool is_configured;          /* there is an object                      */
    char name[NUMBER_NAME_SIZE]; /* "siteB", "0/1"                          */
    char vr[NUMBER_VR_SIZE];     /* "" where the name alone says which it is */
};

/* Those in use with a number above `after`, in its order. */
struct number_query {
    enum number_space space;
    uint32_t after;
    bool plain; /* ports, loopbacks and null interfaces only */
};

/* Until take says false. */
MUST_CHECK enum err numbers_page(struct store *store,
    const struct number_query *query,
    bool (*take)(void *context, const struct numbered *entry), void *context);

/* Of an interface, tunnel or virtual router; ERR_NOT_FOUND: it has none. */
MUST_CHECK enum err number_of_object(
    struct store *store, const struct object *object, uint32_t *out_number);
MUST_CHECK enum err number_of_router(
    struct store *store, const char *vr, uint32_t *out_number);
/* Of a port of the chassis. */
MUST_CHECK enum err number_of_port(
    struct store *store, const char *location, uint32_t *out_number);

/* What has this number in a configuration; NULL: nothing. */
const struct object *number_object(
    const struct config *config, const struct numbered *entry);

/* Ports of the chassis, by their places: "0/1". */
struct number_ports {
    const char *const *locations;
    size_t count;
};

/* At a start, with the ports of the chassis: gives out what is missing and
 * takes back what nobody has, in a transaction of its own.  Costs nothing
 * where as many numbers are in use as there are interfaces, unless `all`: to
 * be asked where a page has an entry without an object (the file was edited
 * by hand). */
MUST_CHECK enum err numbers_settle(struct store *store,
    const struct config *config, uint64_t generation,
    const struct number_ports *ports, bool all, struct diag *diag);

#endif
