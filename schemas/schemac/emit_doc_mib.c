/*
 * emit_doc_mib.c - docs/reference/mib.md: what SNMP serves, and from where.
 */
#include "emit.h"
#include "emit_doc.h"

#include <inttypes.h>

static void
words_cell(struct str *out, const struct mib_object *object)
{
    const struct mib_word *word;
    const char *between = "";

    TAILQ_FOREACH(word, &object->words, link) {
        str_printf(out, "%s%s %" PRId64, between, word->word, word->number);
        between = ", ";
    }
    if (object->otherwise != NULL)
        str_printf(out, "%sothers %s", between, object->otherwise);
}

static void
object_row(struct str *out, const struct mib_object *object)
{
    str_printf(out, "| %" PRIu64 " | `%s` | %s | ", object->number,
        object->name, mib_syntax_name(object->syntax));
    if (object->column == NULL) {
        str_printf(out, "always %s", object->unset);
    } else {
        doc_text(out, object->column->help);
    }
    str_add(out, " | ");
    words_cell(out, object);
    if (object->reading == READ_DATE)
        str_add(out, "date and time, UTC");
    if (object->column != NULL && object->unset != NULL) {
        str_printf(out, "%snot set: %s",
            object->reading == READ_PLAIN ? "" : "; ",
            object->unset[0] == '\0' ? "empty" : object->unset);
    }
    str_add(out, " |\n");
}

static void
mib_section(struct str *out, const struct mib *mib)
{
    const struct mib_object *object;

    str_printf(out, "## %s\n\n%s.  `%s`", mib->name, mib->title, mib->oid);
    if (mib->part_count == 0) {
        str_add(out, ", one instance `.0` of each object.");
    } else {
        str_add(out, ", index:");
        for (size_t i = 0; i < mib->part_count; i++)
            str_printf(out, "%s %s", i == 0 ? "" : ",", mib->parts[i]);
        str_add(out, ".");
    }
    if (mib->router != NULL) {
        str_add(out, "  The context of a virtual router has its own rows.");
    } else if (mib->shared) {
        str_add(out, "  The same in every context.");
    }
    str_add(out, "\n\n| # | object | syntax | meaning | values |\n"
                 "|---|---|---|---|---|\n");
    TAILQ_FOREACH(object, &mib->objects, link)
        object_row(out, object);
}

void
emit_mib_md(struct model *model, struct str *out)
{
    const struct mib *mib;

    str_add(out,
        "# What SNMP serves\n\n"
        "Generated from `schemas/`.  The tables and groups that `ermine-snmp`\n"
        "answers from the router's rows.  An object without a value in a row\n"
        "has no instance there, unless it says what it reads then.\n");
    TAILQ_FOREACH(mib, &model->mibs, link) {
        str_add_char(out, '\n');
        mib_section(out, mib);
    }
}
