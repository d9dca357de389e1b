/*
 * checks.h - the rules that a matrix cannot say, one function per object.
 *
 * Pure: each looks at one object in its snapshot and adds what is wrong with
 * it.  They cost a few look-ups, never a scan.  Private to config.
 */
#ifndef CONFIG_CHECKS_H
#define CONFIG_CHECKS_H

#include "base/diag.h"
#include "config/tree.h"

/* One validation under way.  Borrows everything. */
struct check {
    const struct config *to;
    const struct unsealer *unsealer;
    struct diag *diag;
    bool changed; /* the object itself changed, not only what it uses */
};

/* The check of the object's type, if it has one. */
void check_object(const struct check *check, const struct object *object);

void check_tunnel(const struct check *check, const struct object *object);
void check_ike_policy_rule(
    const struct check *check, const struct object *object);
void check_classifier(const struct check *check, const struct object *object);
void check_policy_list(const struct check *check, const struct object *object);
void check_classifier_group(
    const struct check *check, const struct object *object);
/* `ip policy input` of an interface or tunnel; setting: which one that is. */
void check_policy_input(
    const struct check *check, const struct object *object, uint16_t setting);
/* What only a manual tunnel has: keys and SPIs. */
void check_manual(const struct check *check, const struct object *object);

/* An interface's address, or a tunnel's, and the others of its VR.  setting:
 * `ip address` of that type. */
void check_address(
    const struct check *check, const struct object *object, uint16_t setting);
bool address_is_unicast(uint64_t address);

/* Does the interface or tunnel that the route names exist? */
bool route_has_target(const struct config *config, const struct object *route);

/* A sentence about one setting (SCHEMA_NONE: the object as a whole). */
void check_error(const struct check *check, const struct object *object,
    uint16_t setting, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void check_warning(const struct check *check, const struct object *object,
    uint16_t setting, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Reading fields. */
bool field_is_set(const struct object *object, size_t field);
/* Set, or the schema's default; 0 if there is neither. */
uint64_t field_number(const struct object *object, size_t field);
const char *field_text(const struct object *object, size_t field);
/* The virtual router of the tunnel's endpoints. */
const struct value *tunnel_transport_vr(const struct object *tunnel);

#endif
