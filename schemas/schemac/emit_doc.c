/*
 * emit_doc.c - docs/reference/configuration.md and drops.md: the manual.
 */
#include "emit_doc.h"
#include "emit.h"
#include "types.h"

#include <string.h>

void
doc_text(struct str *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '|') /* ends a cell */
            str_add_char(out, '\\');
        str_add_char(out, *text);
    }
}

void
doc_field_row(struct str *out, const struct field *field)
{
    struct str type;

    str_init(&type);
    type_describe(&field->type, &type);
    str_printf(out, "| `%s` | ", field->id);
    doc_text(out, str_text(&type));
    str_add(out, " | ");
    doc_text(out, field->help);
    str_add(out, " |\n");
    str_done(&type);
}

void
doc_syntax(struct str *out, const char *prompt, const char *syntax)
{
    str_printf(out, "```\n%s%s\n```\n\n", prompt, syntax);
}

/* The name under which a slot stands in the line. */
static void
key_table(struct str *out, const struct object *object)
{
    if (object->key_count == 0)
        return;
    str_add(out, "| key | type | meaning |\n|---|---|---|\n");
    for (size_t i = 0; i < object->key_count; i++)
        doc_field_row(out, object->fields[i]);
    str_add(out, "\n");
}

static void
default_sentence(struct str *out, const struct attr *attr)
{
    const struct field *field;
    const char *start = "Default: ";

    TAILQ_FOREACH(field, &attr->fields, link) {
        if (field->fallback == NULL)
            continue;
        if (attr->single) {
            str_printf(out, "%s`%s`", start, field->fallback);
        } else {
            str_printf(out, "%s%s `%s`", start, field->name, field->fallback);
        }
        start = ", ";
    }
    if (start[0] == ',')
        str_add(out, ".  ");
}

static void
effect_sentence(struct str *out, const struct attr *attr)
{
    static const char *const sentences[] = {
        "A change takes effect at once.",
        "A change takes effect with the next negotiation.",
        "A change takes the tunnel down and sets it up again.",
    };

    str_add(out, sentences[attr->effect]);
    if (attr->merge)
        str_add(out, "  What the line leaves out keeps its value.");
    str_add(out, "\n\n");
}

static void
attr_section(struct str *out, const struct attr *attr)
{
    const struct field *field;

    str_printf(out, "### %s\n\n%s.\n\n", attr->label, attr->help);
    if (attr->command != NULL) {
        doc_syntax(out, "", attr->command->syntax);
        str_printf(out, "%s: `no %s`.  ",
            type_begins_on(&TAILQ_FIRST(&attr->fields)->type) ? "Off"
                                                              : "Without",
            attr->label);
    } else {
        str_add(out, "Set by the line that makes the object.  ");
    }
    default_sentence(out, attr);
    effect_sentence(out, attr);
    str_add(out, "| column | type | meaning |\n|---|---|---|\n");
    TAILQ_FOREACH(field, &attr->fields, link)
        doc_field_row(out, field);
    str_add(out, "\n");
    if (attr->kept != NULL)
        str_printf(out, "%s\n\n", attr->kept);
    if (attr->required != NULL)
        str_printf(out, "Required: %s\n\n", attr->required);
}

/* ---- what each kind needs (Table 18 of the manual) ---- */

static void
kind_cell(struct str *out, const struct rule *rule, const struct attr *unless)
{
    static const char *const needs[] = {
        "optional", "required", "not applicable"};

    str_add(out, rule == NULL ? needs[0] : needs[rule->need]);
    if (rule != NULL && rule->sentence != NULL) {
        str_add(out, ": ");
        doc_text(out, rule->sentence);
    }
    if (rule != NULL && rule->need == NEED_REQUIRED && unless != NULL)
        str_printf(out, "  `%s` does instead.", unless->label);
    str_add(out, " |");
}

static void
kind_table(struct str *out, const struct object *object)
{
    const struct enumeration *e;
    const struct enum_value *kind;
    const struct attr *attr;

    if (object->kinds == NULL)
        return;
    e = TAILQ_FIRST(&object->kinds->fields)->type.enumeration;
    str_printf(out, "### What each kind needs\n\n| %s |", object->kinds->label);
    TAILQ_FOREACH(kind, &e->values, link)
        str_printf(out, " `%s` |", kind->name);
    str_add(out, "\n|---|");
    for (size_t i = 0; i < e->count; i++)
        str_add(out, "---|");
    str_add(out, "\n");
    TAILQ_FOREACH(attr, &object->attrs, link) {
        str_printf(out, "| `%s` |", attr->label);
        for (size_t i = 0; i < e->count; i++) {
            str_add_char(out, ' ');
            kind_cell(out, attr->by_kind[i], attr->unless);
        }
        str_add(out, "\n");
    }
    str_add(out, "\nA sentence after *required* or *not applicable* refuses "
                 "the commit; one after *optional* is a warning.\n\n");
}

static void
object_section(struct str *out, const struct object *object)
{
    const struct attr *attr;

    str_printf(out, "## %s (`%s`)\n\n", object->title, object->name);
    if (object->command != NULL) {
        doc_syntax(out, "", object->command->syntax);
    } else {
        str_add(out, "Always there.\n\n");
    }
    if (object->preset != NULL)
        str_printf(out, "`%s` is always there.\n\n", object->preset);
    if (object->parent != NULL) {
        str_printf(out,
            "Belongs to a %s: the one that was entered before it.\n\n",
            object->parent->name);
    }
    if (object->most != 0) {
        str_printf(out, "At most %u%s%s.\n\n", (unsigned)object->most,
            object->parent == NULL ? "" : " in one ",
            object->parent == NULL ? "" : object->parent->name);
    }
    if (object->kept != NULL)
        str_printf(out, "%s\n\n", object->kept);
    if (object->mode != NULL && object->mode->prompt[0] != '\0') {
        str_printf(
            out, "The line enters the mode `%s`.\n\n", object->mode->prompt);
    }
    key_table(out, object);
    kind_table(out, object);
    TAILQ_FOREACH(attr, &object->attrs, link)
        attr_section(out, attr);
}

static void
enum_section(struct str *out, const struct enumeration *e)
{
    const struct enum_value *value;

    str_printf(
        out, "### %s\n\n| `%s` | meaning |\n|---|---|\n", e->title, e->name);
    TAILQ_FOREACH(value, &e->values, link) {
        str_printf(out, "| `%s` | ", value->name);
        doc_text(out, value->help);
        str_add(out, " |\n");
    }
    str_add(out, "\n");
}

void
emit_configuration_md(struct model *model, struct str *out)
{
    const struct object *object;
    const struct enumeration *e;

    str_add(out,
        "# Configuration reference\n\n"
        "Generated from `schemas/`.  Every object that can be configured,\n"
        "its keys, and its settings with type, default and effect.  The\n"
        "names in the first column of the tables are those of the JSON form\n"
        "and of the database's columns.  In a syntax line `<x>` is a value,\n"
        "`[x]` may be left out, and of `{a | b}` one must be typed.\n\n");
    TAILQ_FOREACH(object, &model->objects, link)
        object_section(out, object);
    str_add(out, "## Values\n\n");
    TAILQ_FOREACH(e, &model->enums, link)
        enum_section(out, e);
    out->length -= 1; /* one line end at the end is enough */
    out->text[out->length] = '\0';
}

void
emit_drops_md(struct model *model, struct str *out)
{
    const struct statistic *statistic;
    const struct drop *drop;

    str_add(out,
        "# Drop reasons\n\nGenerated from `schemas/`.  Why the packet path "
        "drops a packet.\nEach reason has a counter for the whole router "
        "(`show ip drops`)\nand, where a statistic is named, counts in that "
        "of the tunnel\n(`show ipsec tunnel detail`).\n\n"
        "| reason | statistic of the tunnel | what it means |\n"
        "|---|---|---|\n");
    TAILQ_FOREACH(drop, &model->drops, link) {
        str_printf(out, "| `%s` | %s | ", drop->name, drop->statistic);
        doc_text(out, drop->sentence);
        str_add(out, " |\n");
    }
    str_add(out, "\n| statistic | what it counts |\n|---|---|\n");
    TAILQ_FOREACH(statistic, &model->statistics, link) {
        str_printf(out, "| `%s` | ", statistic->name);
        doc_text(out, statistic->help);
        str_add(out, " |\n");
    }
}

void
emit_causes_md(struct model *model, struct str *out)
{
    const struct cause *cause;

    str_add(out,
        "# Causes\n\nGenerated from `schemas/`.  Why a tunnel is not up, or is "
        "up and carries\nnothing, as `show ipsec tunnel NAME why`, `test ipsec "
        "tunnel NAME`,\n`show ipsec ike-failures` and the log say it; where "
        "they know more, they\nsay it with the values of the two ends.\n\n"
        "| cause | what is wrong | what to change, on which side |\n"
        "|---|---|---|\n");
    TAILQ_FOREACH(cause, &model->causes, link) {
        str_printf(out, "| `%s` | ", cause->name);
        doc_text(out, cause->sentence);
        str_add(out, " | ");
        doc_text(out, cause->fix);
        str_add(out, " |\n");
    }
}
