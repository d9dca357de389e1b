/*
 * impact.h - the search for what a change set does to tunnels.
 *
 *    impact.c         by their own settings; the whole
 *    impact_others.c  by what they name, share, or start at
 *
 * Private to config.
 */
#ifndef CONFIG_IMPACT_H
#define CONFIG_IMPACT_H

#include "config/checks.h"
#include "gen/enums.h"

/* One search under way. */
struct search {
    const struct config *from;
    const struct config *to;
    struct impact *found;
};

/* What a tunnel is disturbed by: an object, or one setting of it. */
struct cause {
    enum schema_object_id type;
    const struct value *keys;
    uint16_t setting;
};

/* ---- impact.c ---- */

void impact_add(const struct search *search, const struct object *tunnel,
    enum tunnel_impact impact, const struct cause *cause);
/* What a change of what keeps the tunnel in service does to it. */
enum tunnel_impact impact_turn(const struct search *search,
    const struct object *tunnel, enum tunnel_impact otherwise);
/* An interface or tunnel, by what it says itself. */
bool tunnel_is_shut(const struct object *owner);
/* A signaled one that is shut down: there are none to replace. */
bool tunnel_is_without_sas(const struct object *tunnel);
bool tunnel_is_manual(const struct object *tunnel);
/* The same value in force, or the same setting: what holds without one is
 * what the schema says. */
bool is_field_same(
    const struct object *before, const struct object *after, size_t field);
bool is_setting_same(
    const struct object *before, const struct object *after, uint16_t setting);

/* ---- impact_others.c ---- */

/* Tunnels that did not change themselves. */
void impact_add_others(
    const struct search *search, const struct change *change);

#endif
