/*
 * edits.c - CREATE, DELETE, SET, UNSET: what changes a candidate.
 *
 * Keys arrive as they were typed and leave this file sealed: a clear secret
 * is never stored, not in a candidate either.
 */
#include "daemon/session_state.h"

#include "base/secret.h"
#include "base/str.h"
#include "commit/commit.h"
#include "crypto/password.h"
#include "crypto/seal.h"
#include "daemon/router_state.h"

#include <string.h>

/* ---- reading requests ---- */

bool
has_candidate(struct session *session)
{
    if (session->candidate != NULL)
        return true;
    reply_refuse(session, ERR_CONFLICT,
        "No candidate is open: `configure terminal` opens one.");
    return false;
}

/* A candidate that was not edited yet is brought onto what is running, so
 * that nobody works on an old configuration without need. */
static bool
take_candidate(struct session *session)
{
    struct engine *engine = session->router->engine;

    if (!has_candidate(session) || !may_edit(session))
        return false;
    if (!session->is_touched &&
        candidate_base(session->candidate) != engine_running(engine)) {
        candidate_reset(session->candidate, engine_running(engine));
        session->base_generation = engine_generation(engine);
    }
    return true;
}

bool
take_object(struct session *session, const struct wire_frame *frame,
    size_t first, uint16_t *out_type)
{
    const struct value *type = wire_at(frame, 0);

    if (type->kind != VALUE_NUMBER || type->number >= OBJECT_COUNT ||
        frame->count <
            first + schema_objects[(uint16_t)type->number].key_count) {
        reply_malformed(session);
        return false;
    }
    *out_type = (uint16_t)type->number;
    return true;
}

/* An object's setting at position 1, and a value for each of its fields. */
static bool
take_setting(struct session *session, const struct wire_frame *frame,
    uint16_t *out_type, const struct schema_setting **out_setting)
{
    const struct schema_object *object;
    const struct value *number = wire_at(frame, 1);

    if (!take_object(session, frame, 2, out_type))
        return false;
    object = &schema_objects[*out_type];
    if (number->kind != VALUE_NUMBER ||
        number->number >= object->setting_count ||
        frame->count != 2 + object->key_count +
                            object->settings[number->number].field_count) {
        reply_malformed(session);
        return false;
    }
    *out_setting = &object->settings[number->number];
    return true;
}

/* ---- sealing ---- */

static bool
is_secret(const struct schema_field *field)
{
    return field->type.kind == TYPE_SECRET_TEXT ||
           field->type.kind == TYPE_SECRET_HEX || field->type.kind == TYPE_HASH;
}

/* A password as it was typed.  The one that is set already keeps its hash, so
 * that a script that is loaded again changes nothing. */
static bool
hash_clear(struct session *session, const struct schema_field *field,
    const struct value *clear, const struct value *set, struct value *out_hash)
{
    enum err error = value_check(&field->type, clear);
    struct str hash;

    if (error == OK && set != NULL && value_is_set(set) &&
        password_matches(value_string(clear), value_string(set))) {
        *out_hash = value_share(set);
        return true;
    }

    str_init(&hash);
    if (error == OK) {
        error =
            password_hash(session->router->crypto, value_string(clear), &hash);
    }
    if (error == OK) {
        *out_hash = value_text(str_text(&hash));
    } else {
        reply_refuse(session, error,
            "A password is one word of %u to %u characters.",
            (unsigned)field->type.min, (unsigned)field->type.max);
    }
    str_done(&hash);
    return error == OK;
}

/* Was it typed as it stands in `show configuration`? */
static bool
check_hash(struct session *session, const struct schema_field *field,
    const struct value *hash)
{
    if (value_check(&field->type, hash) == OK)
        return true;
    reply_refuse(session, ERR_INVALID,
        "This is not a hash of this router, which begins with $y$j9T$, as "
        "`show configuration` prints it: type the password itself.");
    return false;
}

/* A key as it was typed. */
static bool
seal_clear(struct session *session, const struct schema_field *field,
    const struct value *clear, struct value *out_sealed)
{
    struct secret secret = {0};
    struct str sealed;
    enum err error = value_check(&field->type, clear);

    if (error == OK)
        error = secret_set(&secret, clear->text->bytes, clear->text->length);
    str_init(&sealed);
    if (error == OK)
        error = seal_text(session->router->sealer, &secret, &sealed);
    secret_done(&secret);
    if (error == OK) {
        *out_sealed = value_text(str_text(&sealed));
    } else {
        reply_refuse(session, error, "The key is not of the form that %s has.",
            field->help);
    }
    str_done(&sealed);
    return error == OK;
}

/* A key in the form that `show configuration` prints. */
static bool
check_masked(struct session *session, const struct value *masked)
{
    struct secret secret = {0};
    enum err error =
        unseal_text(session->router->sealer, value_string(masked), &secret);

    secret_done(&secret);
    if (error == ERR_AUTH) {
        reply_refuse(session, error,
            "This masked key was made under another router's key file; type "
            "the key itself, or load that file with `ermined --import-key "
            "FILE`.");
    } else if (error != OK) {
        reply_refuse(session, error,
            "This is not a masked key: one begins with $e1$, as `show "
            "configuration` prints it.");
    }
    return error == OK;
}

/* What is set there; of an object that was emptied to be typed again, what is
 * running.  Looked for where it is needed: it costs the candidate's work on the
 * object that is being edited.  NULL: nothing. */
static const struct value *
value_before(struct session *session, uint16_t type, const struct value *keys,
    size_t field)
{
    enum schema_object_id id = (enum schema_object_id)type;
    const struct object *old =
        config_find(candidate_work(session->candidate), id, keys);

    if (old == NULL || !value_is_set(&old->fields[field]))
        old = config_find(candidate_base(session->candidate), id, keys);
    return old == NULL ? NULL : &old->fields[field];
}

/* The values of a setting in SET, secrets sealed; the caller ends them. */
static bool
take_values(struct session *session, const struct wire_frame *frame,
    uint16_t type, const struct schema_setting *setting,
    struct value *out_values)
{
    const struct schema_object *object = &schema_objects[type];
    const struct schema_field *fields = object->fields + setting->first_field;
    const struct value *keys = frame->items + 2;
    const struct value *typed = keys + object->key_count;
    bool ok = true;
    size_t i;

    for (i = 0; i < setting->field_count; i++) {
        bool hashed = fields[i].type.kind == TYPE_HASH;

        if (typed[i].kind == VALUE_CLEAR && hashed) {
            ok = hash_clear(session, &fields[i], &typed[i],
                value_before(session, type, keys, setting->first_field + i),
                &out_values[i]);
        } else if (typed[i].kind == VALUE_CLEAR && is_secret(&fields[i])) {
            ok = seal_clear(session, &fields[i], &typed[i], &out_values[i]);
        } else if (typed[i].kind == VALUE_CLEAR) {
            reply_malformed(session);
            ok = false;
        } else {
            out_values[i] = value_share(&typed[i]);
            if (typed[i].kind == VALUE_TEXT && hashed) {
                ok = check_hash(session, &fields[i], &typed[i]);
            } else if (typed[i].kind == VALUE_TEXT && is_secret(&fields[i]))
                ok = check_masked(session, &typed[i]);
        }
        if (!ok)
            return false;
    }
    return true;
}

/* ---- the verbs ---- */

static void
edited(struct session *session, enum err error)
{
    session->reply.error = error;
    if (error == OK)
        session->is_touched = true;
}

void
verb_create(struct session *session, const struct wire_frame *frame,
    const struct instant *now)
{
    uint16_t type;

    (void)now;
    if (!take_object(session, frame, 1, &type) || !take_candidate(session))
        return;
    if (frame->count != 1 + schema_objects[type].key_count) {
        reply_malformed(session);
        return;
    }
    edited(session,
        candidate_create(session->candidate, (enum schema_object_id)type,
            frame->items + 1, &session->reply.diag));
}

void
verb_delete(struct session *session, const struct wire_frame *frame,
    const struct instant *now)
{
    uint16_t type;

    (void)now;
    if (!take_object(session, frame, 1, &type) || !take_candidate(session))
        return;
    if (frame->count != 1 + schema_objects[type].key_count) {
        reply_malformed(session);
        return;
    }
    edited(session,
        candidate_remove(session->candidate, (enum schema_object_id)type,
            frame->items + 1, &session->reply.diag));
}

void
verb_set(struct session *session, const struct wire_frame *frame,
    const struct instant *now)
{
    struct value values[SCHEMA_FIELDS_MAX] = {{.kind = VALUE_NONE}};
    const struct schema_setting *setting;
    const struct schema_object *object;
    uint16_t type;
    size_t i;

    (void)now;
    if (!take_setting(session, frame, &type, &setting) ||
        !take_candidate(session))
        return;
    object = &schema_objects[type];
    if (take_values(session, frame, type, setting, values)) {
        edited(session,
            candidate_set(session->candidate, (enum schema_object_id)type,
                frame->items + 2, (uint16_t)(setting - object->settings),
                values, &session->reply.diag));
    }
    for (i = 0; i < setting->field_count; i++)
        value_done(&values[i]);
}

void
verb_unset(struct session *session, const struct wire_frame *frame,
    const struct instant *now)
{
    bool which[SCHEMA_FIELDS_MAX] = {false};
    const struct schema_setting *setting;
    const struct schema_object *object;
    uint16_t type;
    size_t i;

    (void)now;
    if (!take_setting(session, frame, &type, &setting) ||
        !take_candidate(session))
        return;
    object = &schema_objects[type];
    for (i = 0; i < setting->field_count; i++)
        which[i] = wire_number(frame, 2 + object->key_count + i) != 0;
    edited(session,
        candidate_unset(session->candidate, (enum schema_object_id)type,
            frame->items + 2, (uint16_t)(setting - object->settings), which,
            &session->reply.diag));
}
