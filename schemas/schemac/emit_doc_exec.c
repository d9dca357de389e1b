/*
 * emit_doc_exec.c - docs/reference/commands.md: the commands that are not
 * configuration, and the rows that shows answer with; and requests.md, what
 * programs ask for without a line.
 */
#include "emit.h"
#include "emit_doc.h"

#include <inttypes.h>

/* A value as it may look in JSON. */
static void
json_value(struct str *out, const struct type *type)
{
    switch (type->form) {
    case FORM_UINT:
    case FORM_HEX32:
        str_printf(out, "%" PRIu64, type->min);
        break;
    case FORM_FLAG:
        str_add(out, "true");
        break;
    case FORM_ENUM:
        str_printf(
            out, "\"%s\"", TAILQ_FIRST(&type->enumeration->values)->name);
        break;
    case FORM_LIST:
        str_printf(
            out, "[\"%s\"]", TAILQ_FIRST(&type->enumeration->values)->name);
        break;
    case FORM_IPV4:
        str_add(out, "\"10.1.0.1\"");
        break;
    case FORM_MASK:
        str_add(out, "\"255.255.255.0\"");
        break;
    case FORM_TEXT:
    case FORM_LINE:
    case FORM_SECRET_TEXT:
    case FORM_SECRET_HEX:
    case FORM_HASH:
    case FORM_COUNT:
        str_add(out, "\"...\"");
        break;
    }
}

static void
json_form(struct str *out, const struct rows *rows)
{
    const struct field *column;

    str_add(out, "```json\n{");
    TAILQ_FOREACH(column, &rows->columns, link) {
        str_printf(
            out, "%s\n  \"%s\": ", column->index == 0 ? "" : ",", column->id);
        json_value(out, &column->type);
    }
    str_add(out, "\n}\n```\n\n");
}

static void
rows_section(struct str *out, const struct rows *rows)
{
    const struct field *column;

    str_printf(out, "### `%s`\n\n%s.  A row:\n\n", rows->name, rows->title);
    json_form(out, rows);
    str_add(out, "| column | type | meaning |\n|---|---|---|\n");
    TAILQ_FOREACH(column, &rows->columns, link)
        doc_field_row(out, column);
    str_add(out, "\n");
}

static void
arguments_table(struct str *out, const struct exec *exec)
{
    const struct field *arg;

    if (exec->arg_count == 0)
        return;
    str_add(out, "| argument | type | meaning |\n|---|---|---|\n");
    TAILQ_FOREACH(arg, &exec->args, link)
        doc_field_row(out, arg);
    str_add(out, "\n");
}

static void
exec_section(struct str *out, const struct exec *exec)
{
    static const char *const places[] = {"", "Typed in exec mode",
        "Typed in the configuration modes", "Typed in every mode"};

    str_printf(out, "### %s\n\n%s.\n\n", exec->name, exec->title);
    doc_syntax(out, "", exec->command->syntax);
    str_printf(
        out, "%s, from privilege level %u.", places[exec->where], exec->level);
    if (exec->rows != NULL)
        str_printf(out, "  Answers with rows of `%s`.", exec->rows->name);
    str_add(out, "\n\n");
    arguments_table(out, exec);
}

static void
request_section(struct str *out, const struct exec *exec)
{
    str_printf(out, "### %s\n\n%s.\n\n", exec->name, exec->title);
    str_printf(out, "From privilege level %u%s.", exec->level,
        exec->owner ? ", for root and the router's own user only" : "");
    if (exec->rows != NULL)
        str_printf(out, "  Answers with rows of `%s`.", exec->rows->name);
    str_add(out, "\n\n");
    arguments_table(out, exec);
}

/* One line end at the end is enough. */
static void
end_page(struct str *out)
{
    out->length -= 1;
    out->text[out->length] = '\0';
}

void
emit_commands_md(struct model *model, struct str *out)
{
    const struct exec *exec;
    const struct rows *rows;

    str_add(out,
        "# Command reference\n\n"
        "Generated from `schemas/`.  The commands that are not configuration\n"
        "(for those see [configuration.md](configuration.md)), and the rows\n"
        "that they answer with.\n\n## Commands\n\n");
    TAILQ_FOREACH(exec, &model->execs, link) {
        if (!exec->hidden)
            exec_section(out, exec);
    }
    str_add(out,
        "## Rows\n\n"
        "`| display json` prints one object: `\"format\": 1`, and under the\n"
        "name of the rows, in snake case, a list of rows.  A column without a\n"
        "value is `null`, a flag `true` or `false`; quantities are numbers,\n"
        "with the unit in the name.\n\n");
    TAILQ_FOREACH(rows, &model->rows, link) {
        if (rows->typed)
            rows_section(out, rows);
    }
    end_page(out);
}

void
emit_requests_md(struct model *model, struct str *out)
{
    const struct exec *exec;
    const struct rows *rows;

    str_add(out,
        "# Requests of programs\n\n"
        "Generated from `schemas/`.  What a program can ask for at the control\n"
        "socket by EXEC (`mgmt/wire/wire.h`), and nobody can type; answered\n"
        "with rows as a [command](commands.md) is.\n\n## Requests\n\n");
    TAILQ_FOREACH(exec, &model->execs, link) {
        if (exec->hidden)
            request_section(out, exec);
    }
    str_add(out, "## Rows\n\n");
    TAILQ_FOREACH(rows, &model->rows, link) {
        if (!rows->typed)
            rows_section(out, rows);
    }
    end_page(out);
}
