/*
 * check_object.c - the objects in their order, and each one's fields:
 *
 *    fields[] = inherited keys | own keys | fields of attr 0 | of attr 1 ...
 */
#include "names.h"
#include "seen.h"
#include "types.h"

#include <inttypes.h>

/* The list of objects as `order` wants it. */
static void
put_in_order(struct model *model)
{
    const struct order_name *name;
    struct object *object;
    size_t index = 0;

    TAILQ_FOREACH(name, &model->order, link) {
        object = model_object(model, name->name);
        if (object == NULL || object->ordered) {
            report_at(&model->report, &name->place, "%s object '%s' in 'order'",
                object == NULL ? "no" : "a second", name->name);
            continue;
        }
        object->ordered = true;
        object->index = index++;
        /* Those of the order end up, in their order, at the tail. */
        TAILQ_REMOVE(&model->objects, object, link);
        TAILQ_INSERT_TAIL(&model->objects, object, link);
    }
    TAILQ_FOREACH(object, &model->objects, link) {
        if (!object->ordered) {
            report_at(&model->report, &object->place,
                "'%s' is missing in 'order'", object->name);
        }
    }
}

static void
add_field(struct model *model, struct object *object, struct field *field)
{
    if (object->field_count == FIELDS_MAX) {
        report_at(&model->report, &field->place, "'%s' has more than %d fields",
            object->name, FIELDS_MAX);
        return;
    }
    field->index = object->field_count;
    object->fields[object->field_count++] = field;
}

/* What a parent's key is called in its children: `name` of a virtual-router
 * becomes virtual_router. */
static const char *
inherited_id(
    struct arena *arena, const struct object *parent, const struct field *key)
{
    if (key->index < parent->inherited_count)
        return key->id;
    if (str_equal(key->id, "name"))
        return parent->id;
    return arena_printf(arena, "%s_%s", parent->id, key->id);
}

static void
add_inherited(struct model *model, struct object *object)
{
    const struct object *parent = object->parent;

    if (parent == NULL)
        return;
    for (size_t i = 0; i < parent->key_count; i++) {
        struct field *copy = arena_alloc(&model->arena, sizeof(*copy));

        if (parent->fields[i]->optional) {
            report_at(&model->report, &object->place,
                "the key '%s' of '%s' is optional, so that cannot be a parent",
                parent->fields[i]->id, parent->name);
        }
        *copy = *parent->fields[i];
        copy->id = inherited_id(&model->arena, parent, parent->fields[i]);
        add_field(model, object, copy);
    }
    object->inherited_count = object->field_count;
}

static void
add_keys(struct model *model, struct object *object)
{
    struct field *key;

    TAILQ_FOREACH(key, &object->keys, link) {
        enum form form = key->type.form;

        if (form == FORM_FLAG || form == FORM_LIST || form == FORM_LINE ||
            form_is_secret(form)) {
            report_at(&model->report, &key->place,
                "a key must be one word that can be compared");
        }
        if (key->fallback != NULL &&
            !type_accepts(&key->type, key->fallback, &key->fallback_number)) {
            report_at(&model->report, &key->place,
                "'%s' cannot be a default of '%s'", key->fallback, key->name);
        }
        add_field(model, object, key);
    }
    object->key_count = object->field_count;
}

static void
add_attrs(struct model *model, struct object *object)
{
    struct seen names = {.model = model, .what = "attr"};
    struct attr *attr;
    struct field *field;
    size_t index = 0;

    TAILQ_FOREACH(attr, &object->attrs, link) {
        seen_add(&names, &attr->place, attr->name);
        attr->index = index++;
        attr->first_field = object->field_count;
        if (attr->field_count == 0) {
            report_at(&model->report, &attr->place,
                "'%s' needs a type, or fields", attr->name);
        }
        if (attr->help == NULL) {
            report_at(&model->report, &attr->place, "'%s' needs a 'help'",
                attr->name);
            attr->help = "";
        }
        TAILQ_FOREACH(field, &attr->fields, link) {
            if (attr->single) {
                field->help = attr->help;
            } else if (field->type.form == FORM_FLAG) {
                report_at(&model->report, &field->place,
                    "a flag must be an attr of its own");
            }
            add_field(model, object, field);
        }
    }
}

/* Names and ranges that C and SQL can hold. */
static void
check_fields(struct model *model, const struct object *object)
{
    struct seen names = {.model = model, .what = "field"};

    id_check(model, &object->place, object->id);
    if (object->field_count == 0) {
        report_at(&model->report, &object->place,
            "'%s' has neither keys nor attrs", object->name);
    }
    for (size_t i = 0; i < object->field_count; i++) {
        const struct field *field = object->fields[i];

        seen_add(&names, &field->place, field->id);
        id_check(model, &field->place, field->id);
        if (field->type.form == FORM_UINT && field->type.max > INT64_MAX) {
            report_at(&model->report, &field->place,
                "the database holds numbers up to %" PRId64, INT64_MAX);
        }
    }
}

/* A flag without a default is off until it is set; `default on` makes one that
 * is on until `no` stores that it is off. */
static bool
take_fallback(struct field *field, const char *value)
{
    if (field->type.form != FORM_FLAG)
        return type_accepts(&field->type, value, &field->fallback_number);
    if (!str_equal(value, "on"))
        return false;
    field->type.min = 0;
    field->fallback_number = 1;
    return true;
}

static void
check_fallback(struct model *model, const struct attr *attr,
    const struct fallback *fallback)
{
    struct field *field;

    TAILQ_FOREACH(field, &attr->fields, link) {
        if (fallback->field == NULL ? attr->single
                                    : str_equal(field->name, fallback->field))
            break;
    }
    if (field == NULL) {
        report_at(&model->report, &fallback->place,
            "say which field of '%s' the default is for", attr->name);
        return;
    }
    if (field->fallback != NULL) {
        report_at(&model->report, &fallback->place, "a second default for '%s'",
            field->name);
        return;
    }
    if (!take_fallback(field, fallback->value)) {
        report_at(&model->report, &fallback->place,
            "'%s' cannot be a default of '%s'", fallback->value, field->name);
        return;
    }
    field->fallback = fallback->value;
}

static void
check_reference(struct model *model, const struct attr *attr)
{
    const struct object *target;
    struct field *field = TAILQ_FIRST(&attr->fields);

    if (attr->reference_name == NULL || field == NULL)
        return;
    target = model_object(model, attr->reference_name);
    if (target == NULL || target->index > attr->object->index) {
        report_at(&model->report, &attr->place,
            "'%s' refers to '%s', which is no object before it in 'order'",
            attr->name, attr->reference_name);
        return;
    }
    if (!attr->single || field->type.form != FORM_TEXT ||
        target->key_count != 1) {
        report_at(&model->report, &attr->place,
            "only one text can refer, and only to an object with one key");
        return;
    }
    field->reference = target;
}

static void
check_kinds(struct model *model, struct object *object)
{
    const struct attr *attr;
    const struct field *field;

    if (object->kinds_name == NULL)
        return;
    TAILQ_FOREACH(attr, &object->attrs, link) {
        if (str_equal(attr->name, object->kinds_name))
            break;
    }
    field = attr == NULL ? NULL : TAILQ_FIRST(&attr->fields);
    if (field == NULL || !attr->single || field->type.form != FORM_ENUM ||
        field->type.enumeration->count > KINDS_MAX || field->fallback == NULL) {
        report_at(&model->report, &object->place,
            "kinds: '%s' is no enum attr with a default and up to %d values",
            object->kinds_name, KINDS_MAX);
        return;
    }
    object->kinds = attr;
}

static void
check_rule(struct model *model, struct attr *attr, const struct rule *rule)
{
    const struct attr *kinds = attr->object->kinds;
    const struct enumeration *e;
    size_t kind;

    if (kinds == NULL) {
        report_at(&model->report, &rule->place,
            "'%s' has no kinds; say 'required' or nothing", attr->object->name);
        return;
    }
    e = TAILQ_FIRST(&kinds->fields)->type.enumeration;
    kind = enum_position(e, rule->kind);
    if (kind >= e->count || attr->by_kind[kind] != NULL) {
        report_at(&model->report, &rule->place, "%s '%s' of '%s'",
            kind >= e->count ? "no kind" : "a second rule for kind", rule->kind,
            kinds->name);
        return;
    }
    attr->by_kind[kind] = rule;
}

static void
check_rules(struct model *model, struct attr *attr)
{
    const struct rule *rule;

    TAILQ_FOREACH(rule, &attr->rules, link)
        check_rule(model, attr, rule);
    if (attr->required == NULL)
        return;
    if (attr->object->kinds != NULL) {
        report_at(&model->report, &attr->place,
            "'%s' has kinds; say what is required by kind", attr->object->name);
    } else {
        struct rule *only = arena_alloc(&model->arena, sizeof(*only));

        only->need = NEED_REQUIRED;
        only->sentence = attr->required;
        attr->by_kind[0] = only;
    }
}

/* What does instead of a required attribute. */
static void
check_unless(struct model *model, struct attr *attr)
{
    const struct attr *other;

    if (attr->unless_name == NULL)
        return;
    TAILQ_FOREACH(other, &attr->object->attrs, link) {
        if (other != attr && str_equal(other->name, attr->unless_name)) {
            attr->unless = other;
            return;
        }
    }
    report_at(&model->report, &attr->place, "unless: '%s' is no other attr",
        attr->unless_name);
}

static void
check_header(struct model *model, struct object *object)
{
    if (object->parent_name != NULL) {
        object->parent = model_object(model, object->parent_name);
        if (object->parent == NULL || object->parent->index >= object->index) {
            report_at(&model->report, &object->place,
                "the parent '%s' is no object before it in 'order'",
                object->parent_name);
            object->parent = NULL;
        }
    }
    if (object->mode_name != NULL) {
        object->mode = model_mode(model, object->mode_name);
        if (object->mode == NULL) {
            report_at(&model->report, &object->place, "no mode '%s'",
                object->mode_name);
        }
    }
}

/* Without a line that makes it, an object must be there from the start. */
static void
check_origin(struct model *model, const struct object *object)
{
    uint64_t number;

    if (object->preset != NULL &&
        (object->key_count != 1 ||
            !type_accepts(&object->fields[0]->type, object->preset, &number))) {
        report_at(&model->report, &object->place,
            "preset: '%s' must be the one key of '%s'", object->preset,
            object->name);
    }
    if (object->command == NULL && object->key_count > 0 &&
        object->preset == NULL) {
        report_at(&model->report, &object->place,
            "'%s' has keys, so it needs a 'syntax' or a 'preset'",
            object->name);
    }
}

/* A key of its own, with keys behind it. */
static void
check_together(struct model *model, struct object *object)
{
    if (object->together == NULL)
        return;
    for (size_t i = object->inherited_count; i + 1 < object->key_count; i++) {
        if (str_equal(object->fields[i]->name, object->together))
            object->together_count = i + 1;
    }
    if (object->together_count == 0) {
        report_at(&model->report, &object->place,
            "together: '%s' is no key with others behind it", object->together);
    }
}

static void
check_object(struct model *model, struct object *object)
{
    const struct fallback *fallback;
    struct attr *attr;

    check_header(model, object);
    object->key_count = 0;
    add_inherited(model, object);
    add_keys(model, object);
    add_attrs(model, object);
    check_fields(model, object);
    TAILQ_FOREACH(attr, &object->attrs, link) {
        TAILQ_FOREACH(fallback, &attr->fallbacks, link)
            check_fallback(model, attr, fallback);
        check_reference(model, attr);
    }
    check_kinds(model, object);
    TAILQ_FOREACH(attr, &object->attrs, link) {
        check_rules(model, attr);
        check_unless(model, attr);
    }
    check_origin(model, object);
    check_together(model, object);
}

void
schema_check_objects(struct model *model)
{
    struct seen names = {.model = model, .what = "object", .counted = true};
    struct object *object;

    TAILQ_FOREACH(object, &model->objects, link)
        seen_add(&names, &object->place, object->name);
    if (!TAILQ_EMPTY(&model->commands) &&
        (model_mode(model, "exec") == NULL ||
            model_mode(model, "config") == NULL)) {
        report_at(&model->report, &TAILQ_FIRST(&model->commands)->place,
            "commands need the modes 'exec' and 'config'");
    }
    put_in_order(model);
    if (model->report.count != 0)
        return;
    TAILQ_FOREACH(object, &model->objects, link)
        check_object(model, object);
}
