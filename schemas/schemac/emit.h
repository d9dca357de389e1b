/*
 * emit.h - the files that are made of a model without errors.
 *
 * Each function appends one whole file to out.
 */
#ifndef SCHEMAC_EMIT_H
#define SCHEMAC_EMIT_H

#include "model.h"

/* C */
void emit_enums_h(struct model *model, struct str *out);
void emit_drops_h(struct model *model, struct str *out);
void emit_drops_c(struct model *model, struct str *out);
void emit_causes_h(struct model *model, struct str *out);
void emit_causes_c(struct model *model, struct str *out);
void emit_mib_h(struct model *model, struct str *out);
void emit_mib_c(struct model *model, struct str *out);
void emit_notifications_h(struct model *model, struct str *out);
void emit_notifications_c(struct model *model, struct str *out);
void emit_ids_h(struct model *model, struct str *out);
void emit_tables_c(struct model *model, struct str *out);
void emit_views_h(struct model *model, struct str *out);
void emit_views_c(struct model *model, struct str *out);
void emit_sql_h(struct model *model, struct str *out);
void emit_sql_tables_c(struct model *model, struct str *out);
void emit_matrix_h(struct model *model, struct str *out);
/* For people: the schema's tables, then the history. */
void emit_config_sql(struct model *model, struct str *out);
void emit_configuration_md(struct model *model, struct str *out);
void emit_commands_md(struct model *model, struct str *out);
void emit_requests_md(struct model *model, struct str *out);
void emit_drops_md(struct model *model, struct str *out);
void emit_causes_md(struct model *model, struct str *out);
void emit_mib_md(struct model *model, struct str *out);
void emit_notifications_md(struct model *model, struct str *out);

/* The commands of tables.c. */
void emit_commands(struct model *model, struct str *out);

/* A C string literal, or NULL for NULL. */
void emit_c_string(struct str *out, const char *text);
/* "TUNNEL_STATE_UP": a value of an enumeration, or any PREFIX_NAME. */
const char *emit_constant(
    struct arena *arena, const char *prefix, const char *name);

#endif
