/*
 * emit_doc.h - what the reference pages share.
 */
#ifndef SCHEMAC_EMIT_DOC_H
#define SCHEMAC_EMIT_DOC_H

#include "model.h"

/* Text inside a table cell. */
void doc_text(struct str *out, const char *text);
/* | `name` | type | help | */
void doc_field_row(struct str *out, const struct field *field);
/* The line in a block of its own. */
void doc_syntax(struct str *out, const char *prompt, const char *syntax);

#endif
