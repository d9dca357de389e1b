/*
 * type.h - between the files of the room.
 */
#ifndef SCHEMA_TYPE_H
#define SCHEMA_TYPE_H

#include "schema/schema.h"

/* The word that stands for an index; "" if there is none. */
const char *enum_word(const struct schema_type *type, uint64_t index);
/* Is this what sealing makes: "$e1$" and base64? */
bool is_sealed(const char *text);
/* Is this what hashing a password makes?  Nothing else is accepted: a string
 * may ask the hash for more time and memory than the router has. */
bool is_hash(const char *text);

#endif
