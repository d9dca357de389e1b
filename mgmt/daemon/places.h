/*
 * places.h - where a router's files and sockets are.
 *
 *                     state folder            socket
 *    no --state-dir   /var/lib/ermine         /run/ermine/ermined.sock
 *    --state-dir DIR  DIR                     DIR/ermined.sock
 *    --lab DIR        DIR/state/ROUTER        PREFIX-ROUTER
 */
#ifndef DAEMON_PLACES_H
#define DAEMON_PLACES_H

#include <stdbool.h>

struct options;

struct places {
    char *chassis; /* NULL: none */
    char *state;   /* of a lab: its folder of such folders */
    char *socket;  /* of a lab: the prefix */
    bool is_lab;
};

/* Copies. */
void places_init(struct places *places, const struct options *options);
void places_done(struct places *places);

/* Of the router of this name (NULL outside a lab); heap, free(). */
char *places_state(const struct places *places, const char *router);
char *places_socket(const struct places *places, const char *router);

#endif
