/*
 * check_mib.c - the names in `mib` blocks resolved, and what SNMP asks of them.
 */
#include "model.h"
#include "seen.h"
#include "types.h"

static const struct field *
find_column(const struct rows *rows, const char *name)
{
    const struct field *column;

    TAILQ_FOREACH(column, &rows->columns, link) {
        if (str_equal(column->id, name))
            return column;
    }
    return NULL;
}

/* The exec that answers with these rows; NULL: reported. */
static const struct exec *
find_exec(
    struct model *model, const struct mib *mib, const struct mib_rows *rows)
{
    const struct exec *found = NULL;
    const struct exec *exec;

    TAILQ_FOREACH(exec, &model->execs, link) {
        if (exec->rows != rows->rows || exec->local ||
            (rows->exec_name != NULL &&
                !str_equal(exec->name, rows->exec_name)))
            continue;
        if (found != NULL) {
            report_at(&model->report, &mib->place,
                "'%s' and '%s' answer with '%s': say which behind 'rows'",
                found->name, exec->name, rows->name);
            return NULL;
        }
        found = exec;
    }
    if (found == NULL) {
        report_at(&model->report, &mib->place, "no exec%s%s answers with '%s'",
            rows->exec_name == NULL ? "" : " ",
            rows->exec_name == NULL ? "" : rows->exec_name, rows->name);
    }
    return found;
}

/* May it be a part of an index? */
static bool
is_part(const struct type *type)
{
    switch (type->form) {
    case FORM_UINT:
    case FORM_HEX32:
    case FORM_FLAG:
    case FORM_ENUM:
    case FORM_IPV4:
    case FORM_MASK:
    case FORM_TEXT:
    case FORM_LINE:
        return true;
    case FORM_LIST:
    case FORM_SECRET_TEXT:
    case FORM_SECRET_HEX:
    case FORM_HASH:
    case FORM_COUNT:
        break;
    }
    return false;
}

static void
check_parts(struct model *model, const struct mib *mib, struct mib_rows *rows)
{
    for (size_t i = 0; i < mib->part_count; i++) {
        const struct field *column = find_column(rows->rows, mib->parts[i]);

        if (column == NULL) {
            report_at(&model->report, &mib->place,
                "'%s' have no column '%s' for the index", rows->name,
                mib->parts[i]);
        } else if (!is_part(&column->type)) {
            report_at(&model->report, &mib->place,
                "a column of the type of '%s' is no part of an index",
                mib->parts[i]);
        }
        rows->parts[i] = column;
    }
    if (mib->router == NULL)
        return;
    rows->router = find_column(rows->rows, mib->router);
    if (rows->router == NULL) {
        report_at(&model->report, &mib->place,
            "'%s' have no column '%s' for the router", rows->name, mib->router);
    }
}

static bool
check_sources(struct model *model, struct mib *mib)
{
    size_t before = model->report.count;

    if (mib->rows_count == 0)
        report_at(&model->report, &mib->place, "a mib without 'rows'");
    for (size_t i = 0; i < mib->rows_count; i++) {
        struct mib_rows *rows = &mib->rows[i];

        rows->rows = model_rows(model, rows->name);
        if (rows->rows == NULL) {
            report_at(&model->report, &mib->place, "no rows '%s'", rows->name);
            continue;
        }
        rows->exec = find_exec(model, mib, rows);
        check_parts(model, mib, rows);
    }
    return model->report.count == before;
}

/* ---- objects ---- */

static bool
is_number_of_mib(enum mib_syntax syntax)
{
    return syntax < MIB_IPADDRESS;
}

/* Can a value of this column be one of this syntax, as it is? */
static bool
fits_plain(const struct type *type, enum mib_syntax syntax)
{
    bool is_address = type->form == FORM_IPV4 || type->form == FORM_MASK;
    bool is_text = type->form == FORM_TEXT || type->form == FORM_LINE;

    if (form_is_secret(type->form))
        return false;
    if (syntax == MIB_OCTETS)
        return true;
    if (syntax == MIB_OID)
        return is_text;
    if (syntax == MIB_IPADDRESS)
        return is_address;
    return form_is_number(type->form) && !is_address && type->form != FORM_LIST;
}

static bool
check_value(const char *text, enum mib_syntax syntax)
{
    uint64_t subids[MIB_OID_MAX];
    int64_t number;

    if (syntax == MIB_OCTETS)
        return true;
    if (syntax == MIB_OID)
        return mib_oid(text, subids) > 0;
    if (syntax == MIB_IPADDRESS)
        return mib_oid(text, subids) == 4;
    return mib_number(text, &number);
}

static void
check_words_of(struct model *model, struct mib_object *object)
{
    const struct type *type = &object->column->type;
    struct mib_word *word;

    if (!is_number_of_mib(object->syntax) ||
        (type->form != FORM_ENUM && type->form != FORM_FLAG)) {
        report_at(&model->report, &object->place,
            "words with numbers are for enums and flags, and a number");
        return;
    }
    object->map_count = type->form == FORM_ENUM ? type->enumeration->count : 2;
    TAILQ_FOREACH(word, &object->words, link) {
        size_t count = object->map_count;

        if (type->form == FORM_ENUM) {
            word->position = enum_position(type->enumeration, word->word);
        } else {
            word->position = str_equal(word->word, "on")    ? 1
                             : str_equal(word->word, "off") ? 0
                                                            : count;
        }
        if (word->position >= count) {
            report_at(&model->report, &object->place, "'%s' is no word of '%s'",
                word->word, object->source);
        }
    }
}

static void
check_reading(struct model *model, struct mib_object *object)
{
    const struct type *type = &object->column->type;
    bool fits = false;

    switch (object->reading) {
    case READ_MAP:
        check_words_of(model, object);
        return;
    case READ_DATE:
        fits = object->syntax == MIB_OCTETS && type->form == FORM_UINT;
        break;
    case READ_HEX:
        fits = object->syntax == MIB_OCTETS &&
               (type->form == FORM_TEXT || type->form == FORM_LINE);
        break;
    case READ_PLAIN:
        fits = fits_plain(type, object->syntax);
        break;
    case READ_CONSTANT:
        fits = true;
        break;
    }
    if (!fits) {
        report_at(&model->report, &object->place,
            "the column '%s' does not read as %s", object->source,
            mib_syntax_name(object->syntax));
    }
}

/* Finds the column among the table's rows, the first that have it. */
static void
find_source(const struct mib *mib, struct mib_object *object)
{
    for (size_t i = 0; i < mib->rows_count && object->column == NULL; i++) {
        object->column = find_column(mib->rows[i].rows, object->source);
        object->rows = i;
    }
}

static void
check_object(
    struct model *model, const struct mib *mib, struct mib_object *object)
{
    int64_t number;

    if (object->reading == READ_CONSTANT) {
        object->unset = object->source + 1;
    } else {
        find_source(mib, object);
        if (object->column == NULL) {
            report_at(&model->report, &object->place, "no column '%s'",
                object->source);
            return;
        }
        check_reading(model, object);
    }
    if (object->unset != NULL && !check_value(object->unset, object->syntax)) {
        report_at(&model->report, &object->place, "'%s' is no value of %s",
            object->unset, mib_syntax_name(object->syntax));
    }
    if (object->otherwise != NULL &&
        (object->reading != READ_MAP ||
            !mib_number(object->otherwise, &number))) {
        report_at(&model->report, &object->place,
            "else= is a number for words that have none");
    }
}

static void
check_mib(struct model *model, struct mib *mib, struct seen *names)
{
    struct mib_object *object;
    uint64_t last = 0;

    seen_add(names, &mib->place, mib->name);
    if (!check_sources(model, mib))
        return;
    if (mib->object_count == 0)
        report_at(&model->report, &mib->place, "a mib without an object");
    TAILQ_FOREACH(object, &mib->objects, link) {
        seen_add(names, &object->place, object->name);
        if (object->number <= last) {
            report_at(&model->report, &object->place,
                "objects stand in the order of their numbers");
        }
        last = object->number;
        check_object(model, mib, object);
    }
}

void
schema_check_mibs(struct model *model)
{
    struct seen names = {.model = model, .what = "object", .counted = true};
    struct seen oids = {.model = model, .what = "mib at"};
    struct mib *mib;

    TAILQ_FOREACH(mib, &model->mibs, link) {
        seen_add(&oids, &mib->place, mib->oid);
        check_mib(model, mib, &names);
    }
}
