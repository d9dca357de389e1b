/*
 * number_state.h - what the files about numbers share; private to store.
 */
#ifndef STORE_NUMBER_STATE_H
#define STORE_NUMBER_STATE_H

#include "store/sql.h"

struct object;

/* Bits of the column `used`. */
enum { USED_CONFIGURED = 1, USED_CHASSIS = 2 };

/* The first word of a name. */
extern const char *const number_kinds[NUMBER_KIND_COUNT];

/* Inside a transaction: the name is in use, in this way. */
MUST_CHECK enum err number_take(struct store *store, enum number_space space,
    const char *name, uint64_t used);
MUST_CHECK enum err number_take_object(
    struct store *store, const struct object *object);
/* The first number in the answer to a statement about a name, or NULL; a port's
 * name.  ERR_NOT_FOUND: there is none. */
MUST_CHECK enum err number_ask(struct store *store, enum number_space space,
    enum number_statement kind, const char *name, uint64_t *out_number);
MUST_CHECK enum err number_ask_of_port(struct store *store,
    enum number_statement kind, const char *location, uint64_t *out_number);
/* A statement about the whole table, with up to two numbers. */
MUST_CHECK enum err number_run_all(struct store *store, enum number_space space,
    enum number_statement kind, const uint64_t *numbers, int count);

#endif
