/*
 * emit_notify.c - the catalogue of notifications: gen/notifications.h and .c,
 * and its page.
 */
#include "emit.h"
#include "emit_doc.h"
#include "names.h"

void
emit_notifications_h(struct model *model, struct str *out)
{
    const struct notification *each;

    str_add(out, "/* notifications.h - generated from schemas/ by schemac. */\n"
                 "#ifndef GEN_NOTIFICATIONS_H\n#define GEN_NOTIFICATIONS_H\n\n"
                 "#include \"gen/enums.h\"\n\n#include <stdint.h>\n\n"
                 "enum notification {\n");
    TAILQ_FOREACH(each, &model->notifications, link) {
        str_printf(out, "    %s,\n",
            emit_constant(&model->arena, "notification", each->name));
    }
    str_printf(out,
        "    NOTIFICATION_COUNT\n};\n\n"
        "enum varbind_type {\n"
        "    VARBIND_INTEGER,\n    VARBIND_GAUGE32,\n    VARBIND_OCTETS,\n"
        "    VARBIND_IPADDRESS,\n"
        "    VARBIND_TRUTH, /* of a flag: 1 or 2                        */\n"
        "    VARBIND_TIME,  /* of microseconds since 1970: DateAndTime  */\n"
        "};\n\n"
        "enum { VARBIND_SCALAR = 255, NOTIFICATION_TELLS_MAX = %d };\n\n"
        "/* A column of the rows `notification`, as an object of a MIB. */\n"
        "struct varbind_text {\n"
        "    const char *object; /* \"ermineTunnelName\"               */\n"
        "    const char *oid;    /* without the instance             */\n"
        "    enum varbind_type type;\n"
        "    uint8_t column;\n"
        "    uint8_t index; /* column with the instance, or VARBIND_SCALAR "
        "*/\n"
        "};\n\n"
        "struct notification_text {\n"
        "    const char *name; /* \"tunnel-down\"       */\n"
        "    const char *trap; /* \"ermineTunnelDown\"  */\n"
        "    const char *oid;\n"
        "    const char *sentence;\n"
        "    enum snmp_category category;\n"
        "    enum event_severity severity;\n"
        "    uint8_t tell_count;\n"
        "    uint8_t tells[NOTIFICATION_TELLS_MAX]; /* of varbind_texts */\n"
        "};\n\n"
        "extern const struct varbind_text varbind_texts[];\n"
        "extern const struct notification_text "
        "notification_texts[NOTIFICATION_COUNT];\n\n"
        "#endif\n",
        NOTIFICATION_TELLS_MAX);
}

static const char *
column(struct model *model, const char *name)
{
    return str_equal(name, "scalar")
               ? "VARBIND_SCALAR"
               : emit_constant(&model->arena, "column-notification", name);
}

void
emit_notifications_c(struct model *model, struct str *out)
{
    const struct varbind *varbind;
    const struct notification *each;

    str_add(out,
        "/* notifications.c - generated from schemas/ by schemac. */\n"
        "#include \"gen/notifications.h\"\n\n#include \"gen/ids.h\"\n\n"
        "const struct varbind_text varbind_texts[] = {\n");
    TAILQ_FOREACH(varbind, &model->varbinds, link) {
        str_printf(out, "    {\"%s\", \"%s\", %s, %s,\n        %s},\n",
            varbind->object, varbind->oid,
            emit_constant(&model->arena, "varbind", varbind->type),
            column(model, varbind->column), column(model, varbind->index));
    }
    str_add(out, "    {0},\n};\n\nconst struct notification_text "
                 "notification_texts[NOTIFICATION_COUNT] = {\n");
    TAILQ_FOREACH(each, &model->notifications, link) {
        str_printf(out, "    [%s] = {\"%s\", \"%s\", \"%s\",\n        ",
            emit_constant(&model->arena, "notification", each->name),
            each->name, each->trap, each->oid);
        emit_c_string(out, each->sentence);
        str_printf(out, ",\n        %s, %s, %zu, {",
            emit_constant(&model->arena, "snmp-category", each->category),
            emit_constant(&model->arena, "event-severity", each->severity),
            each->tell_count);
        for (size_t i = 0; i < each->tell_count; i++) {
            str_printf(out, "%s%zu", i > 0 ? ", " : "",
                model_varbind(model, each->tells[i])->number);
        }
        str_add(out, each->tell_count > 0 ? "}},\n" : "0}},\n");
    }
    str_add(out, "};\n");
}

void
emit_notifications_md(struct model *model, struct str *out)
{
    const struct notification *each;
    const struct varbind *varbind;

    str_add(out,
        "# Notifications\n\nGenerated from `schemas/`.  What the router tells "
        "by itself: to programs as\nEVENTs of the control socket, and to the "
        "hosts of `snmp-server host` as traps\nor informs.  A host is told "
        "of what is in its categories and at least as severe\nas its "
        "`trapFilters`.\n\n"
        "| notification | category | severity | when | what it tells |\n"
        "|---|---|---|---|---|\n");
    TAILQ_FOREACH(each, &model->notifications, link) {
        str_printf(out, "| `%s`<br>%s | %s | %s | ", each->trap, each->oid,
            each->category, each->severity);
        doc_text(out, each->sentence);
        str_add(out, " | ");
        for (size_t i = 0; i < each->tell_count; i++) {
            str_printf(out, "%s`%s`", i > 0 ? ", " : "",
                model_varbind(model, each->tells[i])->object);
        }
        str_add(out, " |\n");
    }
    str_add(out, "\n| object | OID | type | instance |\n|---|---|---|---|\n");
    TAILQ_FOREACH(varbind, &model->varbinds, link) {
        str_printf(out, "| `%s` | %s | %s | %s |\n", varbind->object,
            varbind->oid, varbind->type,
            str_equal(varbind->index, "scalar") ? "0" : varbind->index);
    }
}
