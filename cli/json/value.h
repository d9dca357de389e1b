/*
 * value.h - one value of JSON as a field's value.  Private to the room.
 */
#ifndef JSON_VALUE_H
#define JSON_VALUE_H

#include "json/json.h"

#include <jansson.h>

/* null and false: none.  ERR_SYNTAX, ERR_INVALID: not of the type. */
MUST_CHECK enum err json_value_read(const struct schema_type *type,
    const json_t *json, struct value *out_value);
/* "a whole number from 160 to 9000" */
void json_value_expected(const struct schema_type *type, struct str *out);

#endif
