/*
 * check_notify.c - what notifications tell, and what they are called.
 */
#include "names.h"
#include "seen.h"

/* The types that emit_notify.c has constants for. */
static const char *const types[] = {
    "integer", "gauge32", "octets", "ipaddress", "truth", "time"};

static bool
is_type(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (str_equal(types[i], name))
            return true;
    }
    return false;
}

/* Numbers with single dots in between. */
static bool
is_oid(const char *text)
{
    bool digit = false;

    for (; *text != '\0'; text++) {
        bool is_digit = *text >= '0' && *text <= '9';

        if (!is_digit && (*text != '.' || !digit))
            return false;
        digit = is_digit;
    }
    return digit;
}

static bool
is_column(const struct rows *rows, const char *name)
{
    const struct field *field;

    TAILQ_FOREACH(field, &rows->columns, link) {
        if (str_equal(field->name, name))
            return true;
    }
    return false;
}

static void
check_varbinds(struct model *model, const struct rows *rows)
{
    struct seen names = {.model = model, .what = "varbind"};
    struct varbind *varbind;
    size_t number = 0;

    TAILQ_FOREACH(varbind, &model->varbinds, link) {
        varbind->number = number++;
        seen_add(&names, &varbind->place, varbind->column);
        if (!is_column(rows, varbind->column)) {
            report_at(&model->report, &varbind->place,
                "rows 'notification' have no column '%s'", varbind->column);
        }
        if (!str_equal(varbind->index, "scalar") &&
            !is_column(rows, varbind->index)) {
            report_at(&model->report, &varbind->place,
                "rows 'notification' have no column '%s'", varbind->index);
        }
        if (!is_oid(varbind->oid)) {
            report_at(&model->report, &varbind->place,
                "'%s' is no object identifier", varbind->oid);
        }
        if (!is_type(varbind->type)) {
            report_at(&model->report, &varbind->place,
                "'%s' is no type of a varbind", varbind->type);
        }
    }
}

static void
check_word(struct model *model, const struct place *place,
    const char *enumeration, const char *word)
{
    const struct enumeration *e = model_enum(model, enumeration);

    if (e == NULL || enum_position(e, word) == e->count) {
        report_at(
            &model->report, place, "'%s' is no word of %s", word, enumeration);
    }
}

void
schema_check_notifications(struct model *model)
{
    struct seen names = {
        .model = model, .what = "notification", .counted = true};
    const struct rows *rows = model_rows(model, "notification");
    const struct notification *each;

    if (TAILQ_EMPTY(&model->notifications) && TAILQ_EMPTY(&model->varbinds))
        return;
    if (rows == NULL) {
        report_at(&model->report,
            TAILQ_EMPTY(&model->varbinds)
                ? &TAILQ_FIRST(&model->notifications)->place
                : &TAILQ_FIRST(&model->varbinds)->place,
            "there are no rows 'notification', which say what can be told");
        return;
    }
    check_varbinds(model, rows);
    TAILQ_FOREACH(each, &model->notifications, link) {
        seen_add(&names, &each->place, each->name);
        check_word(model, &each->place, "snmp-category", each->category);
        check_word(model, &each->place, "event-severity", each->severity);
        if (!is_oid(each->oid)) {
            report_at(&model->report, &each->place,
                "'%s' is no object identifier", each->oid);
        }
        for (size_t i = 0; i < each->tell_count; i++) {
            if (model_varbind(model, each->tells[i]) == NULL) {
                report_at(&model->report, &each->place, "no varbind '%s'",
                    each->tells[i]);
            }
        }
    }
}
