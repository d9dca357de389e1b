/*
 * schema.c - any text as a schema: refused or compiled, never a crash.
 *
 * What is accepted goes through the emitters too: they may rely on all that
 * check and expand promise, and nothing else.
 */
#include "schemas/schemac/emit.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
emit_all(struct model *model)
{
    static void (*const emitters[])(struct model *, struct str *) = {
        emit_enums_h, emit_drops_h, emit_drops_c, emit_ids_h, emit_tables_c,
        emit_views_h, emit_views_c, emit_sql_h, emit_sql_tables_c,
        emit_matrix_h, emit_configuration_md, emit_commands_md, emit_drops_md};
    struct str out;

    str_init(&out);
    for (size_t i = 0; i < sizeof(emitters) / sizeof(emitters[0]); i++) {
        str_clear(&out);
        emitters[i](model, &out);
    }
    str_clear(&out);
    emit_config_sql(model, &out);
    str_done(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct model model;

    model_init(&model);
    schema_parse(&model, "fuzz", (const char *)bytes, size);
    schema_finish(&model);
    if (model.report.count == 0)
        emit_all(&model);
    model_done(&model);
    return 0;
}
