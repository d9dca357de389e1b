/*
 * edit.h - what may be typed into a candidate.
 *
 * Values come from a client, so each is checked against its type, and the
 * fields that are set together must be those of one way to type the command.
 * Private to config.
 */
#ifndef CONFIG_EDIT_H
#define CONFIG_EDIT_H

#include "config/config.h"

/* Are these complete and legal keys?  ERR_INVALID, explained in diag. */
MUST_CHECK enum err edit_check_keys(
    enum schema_object_id type, const struct value *keys, struct diag *diag);
/* Are these values of the right types?  None is always right. */
MUST_CHECK enum err edit_check_values(const struct object *object,
    uint16_t setting, const struct value *values, struct diag *diag);
/* Do the object's fields of this setting make one whole command, or none? */
bool edit_is_whole(const struct object *object, uint16_t setting);

#endif
