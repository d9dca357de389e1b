/*
 * shows.c - SHOW: configurations, their differences, names, the candidate.
 *
 * A configuration may be far longer than the output may be, so it is given
 * row by row while there is room.  What is shown is one snapshot, held by the
 * job: commits meanwhile do not matter.
 */
#include "daemon/session_state.h"

#include "base/str.h"
#include "commit/commit.h"
#include "daemon/router_state.h"

#include <string.h>

enum { LEVEL_CONFIGURATION = 5, LEVEL_NAMES = 1, NAMES_MAX = 1000 };

bool
session_has_room(struct session *session)
{
    return !session->is_over &&
           wire_buffer_length(&session->out) <= SESSION_OUT_MAX;
}

/* ---- whole configurations ---- */

/* ROW: object, field... */
static void
object_row(struct session *session, const struct object *object)
{
    struct value columns[1 + SCHEMA_FIELDS_MAX];
    size_t count = schema_objects[object->type].field_count;

    columns[0] = value_number((uint64_t)object->type);
    memcpy(columns + 1, object->fields, count * sizeof columns[0]);
    session_row(session, columns, 1 + count);
}

static bool
step_configuration(struct session *session, const struct instant *now)
{
    const struct object *object;

    (void)now;
    while (session_has_room(session)) {
        object = walk_next(&session->job.walk);
        if (object == NULL)
            return true;
        object_row(session, object);
    }
    return false;
}

void
show_configuration(struct session *session, const struct config *config)
{
    session->job.config = config_ref(config);
    walk_init(&session->job.walk, session->job.config);
    session->job.step = step_configuration;
}

static void
show_running(struct session *session, const struct wire_frame *frame)
{
    (void)frame;
    show_configuration(session, engine_running(session->router->engine));
}

static void
show_candidate(struct session *session, const struct wire_frame *frame)
{
    (void)frame;
    if (has_candidate(session))
        show_configuration(session, candidate_work(session->candidate));
}

/* ---- differences ---- */

static size_t
add_fields(struct value *columns, const struct object *object,
    const struct schema_object *schema)
{
    size_t count = (size_t)schema->field_count - schema->key_count;

    if (object != NULL) {
        memcpy(columns, object->fields + schema->key_count,
            count * sizeof *columns);
    }
    return count; /* zeroed columns are VALUE_NONE */
}

/* ROW: object, has_before, has_after, key..., before..., after... */
static void
change_row(struct session *session, const struct change *change)
{
    struct value columns[3 + 2 * SCHEMA_FIELDS_MAX] = {{.kind = VALUE_NONE}};
    const struct object *either = change_object(change);
    const struct schema_object *schema = &schema_objects[either->type];
    size_t count = 3;

    columns[0] = value_number((uint64_t)either->type);
    columns[1] = value_number(change->before != NULL);
    columns[2] = value_number(change->after != NULL);
    memcpy(
        columns + count, either->fields, schema->key_count * sizeof columns[0]);
    count += schema->key_count;
    count += add_fields(columns + count, change->before, schema);
    count += add_fields(columns + count, change->after, schema);
    session_row(session, columns, count);
}

static bool
step_compare(struct session *session, const struct instant *now)
{
    struct job *job = &session->job;

    (void)now;
    while (session_has_room(session)) {
        if (job->position == job->changes.count)
            return true;
        change_row(session, &job->changes.changes[job->position++]);
    }
    return false;
}

struct candidate *
candidate_now(struct session *session)
{
    const struct config *running = engine_running(session->router->engine);
    struct change_set collisions;
    struct candidate *trial;

    if (session->candidate == NULL)
        return NULL;
    trial = candidate_copy(session->candidate);
    change_set_init(&collisions);
    /* Where they collide the copy is as before: base against work. */
    if (candidate_base(trial) != running &&
        candidate_rebase(trial, running, &collisions) != OK) {
        diag_add(&session->reply.diag, DIAG_WARNING, NULL, NULL,
            "What was committed since collides with this candidate: "
            "`commit check` says where.");
    }
    change_set_done(&collisions);
    return trial;
}

/* What a commit would change now; or, with a number, what changed since so
 * many commits back, the candidate's work included. */
static void
show_compare(struct session *session, const struct wire_frame *frame)
{
    const struct config *to = engine_running(session->router->engine);
    struct config *from = NULL;
    struct candidate *trial;
    uint64_t generation;

    if (frame->count > 1) {
        if (!take_back(session, wire_at(frame, 1), &generation))
            return;
        from = take_earlier(session, generation);
        if (from == NULL)
            return;
    }
    trial = candidate_now(session);
    if (trial != NULL)
        to = candidate_work(trial);
    if (from == NULL)
        from = config_ref(trial == NULL ? to : candidate_base(trial));
    config_diff(from, to, &session->job.changes);
    config_unref(from);
    candidate_free(trial);
    session->job.step = step_compare;
}

/* ---- names ---- */

/* The names to look for, and how many more are wanted. */
struct search {
    struct session *session;
    const struct config *config;
    enum schema_object_id type;
    const char *prefix;
    uint64_t left;
};

/* False: this name is behind all that begin with the prefix. */
static bool
give_name(struct search *search, const struct object *object)
{
    const struct schema_object *schema = &schema_objects[search->type];
    size_t last = (size_t)schema->key_count - 1;
    struct str text;
    bool found;

    str_init(&text);
    value_write(&schema->fields[last].type, &object->fields[last], &text);
    found = str_has_prefix(str_text(&text), search->prefix);
    if (found) {
        struct value name = value_text(str_text(&text));

        session_row(search->session, &name, 1);
        value_done(&name);
        search->left--;
    }
    str_done(&text);
    return found;
}

static bool
is_below(const struct object *object, const struct value *keys, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (!value_equal(&object->fields[i], &keys[i]))
            return false;
    }
    return true;
}

/* The names below one parent (or all), in order: those that begin with the
 * prefix stand together, the first of them right behind the prefix itself. */
static void
search_below(struct search *search, const struct value *parent_keys)
{
    const struct schema_object *schema = &schema_objects[search->type];
    struct value keys[SCHEMA_KEYS_MAX] = {{.kind = VALUE_NONE}};
    struct value *name = &keys[schema->inherited_count];
    const struct object *object;

    if (parent_keys != NULL)
        memcpy(keys, parent_keys, schema->inherited_count * sizeof keys[0]);
    *name = value_text(search->prefix);
    object = config_find(search->config, search->type, keys);
    if (object == NULL)
        object = config_next(search->config, search->type, keys);
    while (object != NULL && search->left > 0) {
        if (!is_below(object, keys, schema->inherited_count) ||
            !give_name(search, object))
            break;
        object = config_next(search->config, search->type, object->fields);
    }
    value_done(name);
}

/* By seeking where the name is the only key of the object's own; else there
 * are few of the kind, and all are looked at. */
static void
search_all(struct search *search)
{
    const struct schema_object *schema = &schema_objects[search->type];
    const struct object *object = NULL;
    size_t last = (size_t)schema->key_count - 1;

    if (schema->key_count == schema->inherited_count + 1 &&
        schema->fields[last].type.kind == TYPE_TEXT) {
        if (schema->parent == SCHEMA_NONE) {
            search_below(search, NULL);
            return;
        }
        while (search->left > 0 &&
               (object = config_next(search->config,
                    (enum schema_object_id)schema->parent,
                    object == NULL ? NULL : object->fields)) != NULL)
            search_below(search, object->fields);
        return;
    }
    while (search->left > 0 &&
           (object = config_next(search->config, search->type,
                object == NULL ? NULL : object->fields)) != NULL)
        (void)give_name(search, object);
}

static void
show_names(struct session *session, const struct wire_frame *frame)
{
    const struct value *type = wire_at(frame, 1);
    struct search search = {
        .session = session,
        .config = session->candidate == NULL
                      ? engine_running(session->router->engine)
                      : candidate_work(session->candidate),
        .prefix = wire_text(frame, 2),
        .left = wire_number(frame, 3),
    };

    if (type->kind != VALUE_NUMBER || type->number >= OBJECT_COUNT ||
        schema_objects[type->number].key_count == 0) {
        reply_malformed(session);
        return;
    }
    search.type = (enum schema_object_id)type->number;
    if (search.left > NAMES_MAX)
        search.left = NAMES_MAX;
    search_all(&search);
}

/* ---- the candidate ---- */

static void
show_status(struct session *session, const struct wire_frame *frame)
{
    (void)frame;
    reply_number(session, session->candidate != NULL);
    reply_number(session, session_changes(session));
    reply_number(session, session->base_generation);
    reply_number(session, engine_generation(session->router->engine));
    reply_text(session, router_hostname(session->router));
}

/* ---- the table ---- */

static const struct show {
    void (*show)(struct session *session, const struct wire_frame *frame);
    uint8_t level;
} shows[] = {
    [SHOW_RUNNING] = {show_running,   LEVEL_CONFIGURATION},
    [SHOW_CANDIDATE] = {show_candidate, LEVEL_CONFIGURATION},
    [SHOW_COMPARE] = {show_compare,   LEVEL_CONFIGURATION},
    [SHOW_NAMES] = {show_names,     LEVEL_NAMES        },
    [SHOW_STATUS] = {show_status,    0                  },
    [SHOW_AT] = {show_at,        LEVEL_CONFIGURATION},
    [SHOW_BLAME] = {show_blame,     LEVEL_CONFIGURATION},
};

enum { SHOW_COUNT = sizeof shows / sizeof shows[0] };

void
verb_show(struct session *session, const struct wire_frame *frame,
    const struct instant *now)
{
    uint64_t what = wire_number(frame, 0);

    (void)now;
    if (what >= SHOW_COUNT || shows[what].show == NULL) {
        reply_malformed(session);
    } else if (session_may(session, shows[what].level)) {
        shows[what].show(session, frame);
    }
}
