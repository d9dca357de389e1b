/*
 * blame.c - SHOW_BLAME: the running configuration with who made each line
 * what it is.
 *
 * The snapshot and the history are of one generation, whatever is committed
 * meanwhile, and rows are given while there is room for them.
 */
#include "daemon/session_state.h"

#include "base/str.h"
#include "commit/commit.h"
#include "daemon/router_state.h"
#include "store/store.h"

#include <string.h>

enum {
    ORIGIN_VALUES = 3, /* generation, when, who */
    ORIGINS_MAX = 1 + SCHEMA_FIELDS_MAX,
    COLUMNS_MAX = 1 + SCHEMA_FIELDS_MAX + ORIGINS_MAX * ORIGIN_VALUES,
};

/* The origins of one object: of itself, then of each setting. */
struct origins {
    const struct schema_object *schema;
    struct value *values;
};

static void
take_origin(void *context, const struct store_origin *origin)
{
    const struct origins *origins = context;
    size_t place = 0;
    struct value *to;

    if (origin->setting != NULL) {
        for (size_t i = 0; i < origins->schema->setting_count; i++) {
            if (str_equal(origins->schema->settings[i].name, origin->setting))
                place = 1 + i;
        }
        if (place == 0)
            return; /* of an older release */
    }
    to = origins->values + place * ORIGIN_VALUES;
    to[0] = value_number(origin->generation);
    to[1] = value_text(origin->at);
    to[2] = value_text(origin->user);
}

/* The row of the object's creation stands for all that it had then. */
static void
fill_in_creation(const struct origins *origins, const struct object *object)
{
    const struct value *created = origins->values;

    if (!value_is_set(&created[0]))
        return;
    for (uint16_t i = 0; i < origins->schema->setting_count; i++) {
        struct value *to = origins->values + (1 + (size_t)i) * ORIGIN_VALUES;
        bool is_later =
            value_is_set(&to[0]) && to[0].number >= created[0].number;

        if (is_later || object_setting_equal(object, NULL, i))
            continue;
        for (size_t k = 0; k < ORIGIN_VALUES; k++) {
            value_done(&to[k]);
            to[k] = value_share(&created[k]);
        }
    }
}

/* ROW: object, field..., then generation, when and who for the object and
 * for each setting. */
static bool
blame_row(struct session *session, const struct object *object)
{
    struct value columns[COLUMNS_MAX] = {{.kind = VALUE_NONE}};
    const struct schema_object *schema = &schema_objects[object->type];
    size_t first = 1 + (size_t)schema->field_count;
    size_t count = (1 + (size_t)schema->setting_count) * ORIGIN_VALUES;
    struct origins origins = {schema, columns + first};
    struct str path;
    enum err error;

    str_init(&path);
    object_path(object, &path);
    error = store_blame(session->router->store, str_text(&path),
        session->job.generation, take_origin, &origins);
    str_done(&path);
    if (error == OK) {
        fill_in_creation(&origins, object);
        columns[0] = value_number((uint64_t)object->type);
        memcpy(columns + 1, object->fields,
            schema->field_count * sizeof columns[0]);
        session_row(session, columns, first + count);
    } else {
        reply_refuse(session, error, "The history of commits cannot be read.");
    }
    for (size_t i = 0; i < count; i++)
        value_done(&origins.values[i]);
    return error == OK;
}

static bool
step_blame(struct session *session, const struct instant *now)
{
    (void)now;
    while (session_has_room(session)) {
        const struct object *object = walk_next(&session->job.walk);

        if (object == NULL || !blame_row(session, object))
            return true;
    }
    return false;
}

void
show_blame(struct session *session, const struct wire_frame *frame)
{
    struct engine *engine = session->router->engine;
    struct value widths[] = {
        value_none(), value_number(engine_generation(engine)), value_number(0)};

    (void)frame;
    session->reply.error = store_longest_user(
        session->router->store, &session->reply.diag, &widths[2].number);
    if (session->reply.error != OK)
        return;
    session_row(session, widths, sizeof widths / sizeof widths[0]);
    show_configuration(session, engine_running(engine));
    session->job.generation = engine_generation(engine);
    session->job.step = step_blame;
}
