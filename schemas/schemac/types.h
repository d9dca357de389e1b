/*
 * types.h - "uint(1..5)", "list(transform 1..6)": what a value may be.
 */
#ifndef SCHEMAC_TYPES_H
#define SCHEMAC_TYPES_H

#include "model.h"

/* A type as written.  False: reported at place. */
bool type_parse(struct model *model, const struct place *place,
    const char *text, struct type *out_type);
/* Is this text a value of the type?  Numbers and enum positions come out.
 * Only for types that can have a default: numbers, enums, texts. */
/* A flag that is on until `no` turns it off? */
bool type_begins_on(const struct type *type);
bool type_accepts(
    const struct type *type, const char *text, uint64_t *out_number);
/* A whole number, decimal or 0x. */
bool number_parse(const char *text, uint64_t *out_number);
bool form_is_number(enum form form);
/* Typed in clear, shown in a form that tells nothing. */
bool form_is_secret(enum form form);
/* May a slot of this type take several words, or the rest of the line? */
bool type_is_open(const struct type *type);
/* "TYPE_UINT", and for people "number 160 to 9000". */
const char *form_constant(enum form form);
void type_describe(const struct type *type, struct str *out);

#endif
