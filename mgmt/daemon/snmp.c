/*
 * snmp.c - what the SNMP agent needs of this router's secrets: its engine,
 * and keys of its users.
 *
 * The schema lets only root and the daemon's own user ask.  A key goes out
 * localized, good for one engine alone: the agent's own, or that of a host
 * which is sent informs.  The passphrase stays here.
 */
#include "daemon/session_state.h"

#include "base/str.h"
#include "commit/commit.h"
#include "crypto/random.h"
#include "crypto/snmp_key.h"
#include "daemon/router_state.h"
#include "gen/views.h"
#include "store/store.h"

enum { FIRST_ARGUMENT = 2, ENGINE_RANDOM = 8 };

/* Of net-snmp's enterprise, in the form of octets of our own (RFC 3411,
 * SnmpEngineID). */
static const uint8_t engine_prefix[] = {0x80, 0x00, 0x1f, 0x88, 0x05};

enum { PREFIX_SIZE = sizeof engine_prefix };

static enum err
load_engine(
    struct session *session, bool starts, struct store_snmp_engine *out_engine)
{
    struct router *router = session->router;
    struct random_source random = random_system(router->crypto);
    uint8_t fresh[PREFIX_SIZE + ENGINE_RANDOM];
    char text[2 * sizeof fresh + 1];

    for (size_t i = 0; i < PREFIX_SIZE; i++)
        fresh[i] = engine_prefix[i];
    random.fill(random.context, fresh + PREFIX_SIZE, ENGINE_RANDOM);
    hex_encode(fresh, sizeof fresh, text);
    return store_snmp_engine(
        router->store, text, starts, &session->reply.diag, out_engine);
}

static void
exec_engine(struct session *session, const struct value *args)
{
    bool starts = args[ARG_SNMP_ENGINE_STARTS].number == 1;
    struct store_snmp_engine engine;
    char text[2 * STORE_ENGINE_ID_MAX + 1];
    struct value columns[COLUMNS_SNMP_ENGINE] = {0};

    session->is_service = session->is_service || starts;
    session->reply.error = load_engine(session, starts, &engine);
    if (session->reply.error != OK)
        return;
    hex_encode(engine.id, engine.id_length, text);
    columns[COLUMN_SNMP_ENGINE_ENGINE_ID] = value_text(text);
    columns[COLUMN_SNMP_ENGINE_BOOTS] = value_number(engine.boots);
    session_row(session, columns, COLUMNS_SNMP_ENGINE);
    value_done(&columns[COLUMN_SNMP_ENGINE_ENGINE_ID]);
}

/* ---- keys ---- */

static enum prf_kind
digest_of(enum snmp_authentication algorithm)
{
    switch (algorithm) {
    case SNMP_AUTHENTICATION_SHA256:
        return PRF_SHA256;
    case SNMP_AUTHENTICATION_SHA512:
        return PRF_SHA512;
    case SNMP_AUTHENTICATION_SHA:
    case SNMP_AUTHENTICATION_COUNT:
        break;
    }
    return PRF_SHA1;
}

/* The passphrase and what it is for; false: the user has none. */
static bool
choose(const struct cfg_snmp_user *user, bool privacy, const char **out_sealed,
    size_t *out_wanted)
{
    *out_sealed = privacy ? user->privacy_key : user->authentication_key;
    *out_wanted = 0;
    if (privacy)
        *out_wanted = user->privacy_algorithm == SNMP_PRIVACY_AES256 ? 32 : 16;
    return user->has_authentication_algorithm &&
           (!privacy || user->has_privacy_algorithm) && *out_sealed != NULL;
}

/* The engine that a key is for: the one named, or the agent's own. */
static enum err
choose_engine(struct session *session, const char *named,
    struct store_snmp_engine *out_engine)
{
    if (named[0] == '\0')
        return load_engine(session, false, out_engine);
    return hex_decode(
        named, out_engine->id, sizeof out_engine->id, &out_engine->id_length);
}

static enum err
make_key(struct session *session, const struct cfg_snmp_user *user,
    const struct value *args, struct secret *out_key)
{
    bool privacy = args[ARG_SNMP_USER_KEY_PRIVACY].number == 1;
    const struct unsealer *unsealer = &session->router->unsealer;
    struct store_snmp_engine engine;
    struct secret passphrase = {0};
    const char *sealed;
    size_t wanted;
    enum err error;

    if (!choose(user, privacy, &sealed, &wanted))
        return ERR_NOT_FOUND;
    error = choose_engine(
        session, value_string(&args[ARG_SNMP_USER_KEY_ENGINE]), &engine);
    if (error == OK)
        error = unsealer->unseal(unsealer->context, sealed, &passphrase);
    if (error == OK) {
        error = snmp_key(digest_of(user->authentication_algorithm), &passphrase,
            (struct prf_part){engine.id, engine.id_length}, wanted, out_key);
    }
    secret_done(&passphrase);
    return error;
}

static void
answer_key(struct session *session, const struct secret *key)
{
    char text[2 * SECRET_MAX + 1];
    struct value column;

    hex_encode(key->bytes, key->length, text);
    column = value_text(text);
    session_row(session, &column, COLUMNS_SNMP_USER_KEY);
    value_done(&column);
    wipe(text, sizeof text);
}

static void
exec_user_key(struct session *session, const struct value *args)
{
    const struct value keys[] = {
        [FIELD_SNMP_USER_VIRTUAL_ROUTER] =
            args[ARG_SNMP_USER_KEY_VIRTUAL_ROUTER],
        [FIELD_SNMP_USER_NAME] = args[ARG_SNMP_USER_KEY_USER],
    };
    const struct object *object = config_find(
        engine_running(session->router->engine), OBJECT_SNMP_USER, keys);
    struct secret key = {0};
    struct cfg_snmp_user user;
    enum err error;

    if (object == NULL) {
        reply_refuse(session, ERR_NOT_FOUND, "There is no such user.");
        return;
    }
    cfg_snmp_user_read(object->fields, &user);
    error = make_key(session, &user, args, &key);
    if (error == OK) {
        answer_key(session, &key);
    } else {
        reply_refuse(session, error, "The user has no such key.");
    }
    secret_done(&key);
}

bool
exec_snmp(struct session *session, enum schema_exec_id exec,
    const struct wire_frame *frame)
{
    const struct value *args = frame->items + FIRST_ARGUMENT;

    if (exec == EXEC_SNMP_ENGINE) {
        exec_engine(session, args);
    } else if (exec == EXEC_SNMP_USER_KEY) {
        exec_user_key(session, args);
    } else {
        return false;
    }
    return true;
}
