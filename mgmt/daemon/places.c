/*
 * places.c - where a router's files and sockets are.
 */
#include "daemon/places.h"

#include "base/arena.h"
#include "base/str.h"
#include "daemon/options.h"

#include <stdlib.h>

static const char default_state[] = "/var/lib/ermine";
static const char default_socket[] = "/run/ermine/ermined.sock";

static char *
join(const char *a, const char *between, const char *b)
{
    struct str text;

    str_init(&text);
    str_printf(&text, "%s%s%s", a, between, b);
    return str_take(&text);
}

static void
init_lab(struct places *places, const struct options *options)
{
    places->is_lab = true;
    places->chassis = join(options->lab, "/", "chassis");
    places->state = join(options->lab, "/", "state");
    places->socket = mem_strdup(options->lab_socket);
}

void
places_init(struct places *places, const struct options *options)
{
    const char *state = options->state_dir;

    *places = (struct places){0};
    if (options->lab != NULL) {
        init_lab(places, options);
        return;
    }
    if (options->chassis != NULL)
        places->chassis = mem_strdup(options->chassis);
    places->state = mem_strdup(state == NULL ? default_state : state);
    if (options->socket != NULL) {
        places->socket = mem_strdup(options->socket);
    } else if (state == NULL) {
        places->socket = mem_strdup(default_socket);
    } else {
        places->socket = join(state, "/", "ermined.sock");
    }
}

void
places_done(struct places *places)
{
    free(places->chassis);
    free(places->state);
    free(places->socket);
    *places = (struct places){0};
}

char *
places_state(const struct places *places, const char *router)
{
    if (!places->is_lab)
        return mem_strdup(places->state);
    return join(places->state, "/", router);
}

char *
places_socket(const struct places *places, const char *router)
{
    if (!places->is_lab)
        return mem_strdup(places->socket);
    return join(places->socket, "-", router);
}
