/*
 * users.c - users of SNMPv3, as the library's security model has them.
 *
 * A user whose passphrases, algorithms and name are as before stays as it is;
 * for the others the daemon is asked for localized keys.
 */
#include "snmp/library.h"

#include "base/arena.h"
#include "base/secret.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

struct known_user {
    struct known_user *next;
    struct usmUser *user; /* the library's */
    char *fingerprint;
    bool is_wanted;
};

struct user_list {
    struct known_user *first;
};

struct protocol {
    const oid *numbers;
    size_t length;
};

/* ---- protocols ---- */

static struct protocol
authentication_of(enum snmp_authentication algorithm)
{
    switch (algorithm) {
    case SNMP_AUTHENTICATION_SHA256:
        return (struct protocol){usmHMAC192SHA256AuthProtocol, 10};
    case SNMP_AUTHENTICATION_SHA512:
        return (struct protocol){usmHMAC384SHA512AuthProtocol, 10};
    case SNMP_AUTHENTICATION_SHA:
    case SNMP_AUTHENTICATION_COUNT:
        break;
    }
    return (struct protocol){usmHMACSHA1AuthProtocol, 10};
}

static struct protocol
privacy_of(enum snmp_privacy algorithm)
{
    if (algorithm == SNMP_PRIVACY_AES256)
        return (struct protocol){usmAES256PrivProtocol, 9};
    return (struct protocol){usmAESPrivProtocol, 10};
}

static void
set_protocol(oid **numbers, size_t *length, struct protocol protocol)
{
    free(*numbers);
    *numbers = snmp_duplicate_objid(protocol.numbers, protocol.length);
    *length = *numbers == NULL ? 0 : protocol.length;
}

/* ---- keys ---- */

static void
take_key(void *context, const struct wire_frame *row)
{
    struct secret *key = context;
    const char *text = wire_text(row, COLUMN_SNMP_USER_KEY_KEY);

    if (hex_decode(text, key->bytes, sizeof key->bytes, &key->length) != OK)
        key->length = 0;
}

static enum err
ask_key(struct agent *agent, const struct access_user *user, bool privacy,
    const char *engine, struct secret *out_key)
{
    struct value args[ARGS_SNMP_USER_KEY] = {
        [ARG_SNMP_USER_KEY_VIRTUAL_ROUTER] = value_text(user->vr),
        [ARG_SNMP_USER_KEY_USER] = value_text(user->name),
        [ARG_SNMP_USER_KEY_PRIVACY] = value_number(privacy ? 1 : 0),
        [ARG_SNMP_USER_KEY_ENGINE] = value_text(engine),
    };
    const struct link_question question = {
        .exec = EXEC_SNMP_USER_KEY,
        .vr = "default",
        .args = args,
        .arg_count = ARGS_SNMP_USER_KEY,
        .row = take_key,
        .context = out_key,
    };
    enum err error = agent->asker.ask(agent->asker.context, &question);

    value_done(&args[ARG_SNMP_USER_KEY_VIRTUAL_ROUTER]);
    value_done(&args[ARG_SNMP_USER_KEY_USER]);
    value_done(&args[ARG_SNMP_USER_KEY_ENGINE]);
    return error == OK && out_key->length == 0 ? ERR_NOT_FOUND : error;
}

static void
set_key(u_char **key, size_t *length, const struct secret *secret)
{
    *key = netsnmp_memdup(secret->bytes, secret->length);
    *length = *key == NULL ? 0 : secret->length;
}

/* ---- users ---- */

static char *
fingerprint_of(const struct access_user *user)
{
    struct str text;

    str_init(&text);
    str_printf(&text, "%s|%s|%d|%s|%d|%s", user->name, user->vr,
        user->has_authentication ? (int)user->authentication : -1,
        user->authentication_key, user->has_privacy ? (int)user->privacy : -1,
        user->privacy_key);
    return str_take(&text);
}

struct usmUser *
users_make(struct agent *agent, const struct access_user *from,
    const uint8_t *engine, size_t length)
{
    struct usmUser *user = usm_create_user();
    char engine_text[2 * ENGINE_ID_MAX + 1];
    struct secret key = {0};
    enum err error = OK;

    if (user == NULL || length > ENGINE_ID_MAX) {
        (void)usm_free_user(user);
        return NULL;
    }
    hex_encode(engine, length, engine_text);
    user->name = strdup(from->name);
    user->secName = strdup(from->name);
    user->engineID = netsnmp_memdup(engine, length);
    user->engineIDLen = length;
    user->userStorageType = ST_READONLY;
    if (from->has_authentication) {
        set_protocol(&user->authProtocol, &user->authProtocolLen,
            authentication_of(from->authentication));
        error = ask_key(agent, from, false, engine_text, &key);
        set_key(&user->authKey, &user->authKeyLen, &key);
    }
    if (error == OK && from->has_privacy) {
        set_protocol(&user->privProtocol, &user->privProtocolLen,
            privacy_of(from->privacy));
        error = ask_key(agent, from, true, engine_text, &key);
        set_key(&user->privKey, &user->privKeyLen, &key);
    }
    secret_done(&key);
    if (error == OK)
        return user;
    log_event(LOG_WARNING, "snmp", "NO-KEY", "user %s cannot be served: %s",
        from->name, err_name(error));
    (void)usm_free_user(user);
    return NULL;
}

static struct known_user *
find_user(struct user_list *list, const char *fingerprint)
{
    struct known_user *known = list->first;

    while (known != NULL && !str_equal(known->fingerprint, fingerprint))
        known = known->next;
    return known;
}

static void
forget(struct known_user *known)
{
    (void)usm_remove_user(known->user);
    (void)usm_free_user(known->user); /* wipes its keys */
    free(known->fingerprint);
    free(known);
}

static void
forget_unwanted(struct user_list *list)
{
    struct known_user **at = &list->first;

    while (*at != NULL) {
        struct known_user *known = *at;

        if (known->is_wanted) {
            at = &known->next;
            continue;
        }
        *at = known->next;
        forget(known);
    }
}

static void
add_user(struct agent *agent, const struct access_user *from)
{
    struct usmUser *user =
        users_make(agent, from, agent->engine_id, agent->engine_id_length);
    struct known_user *known;

    if (user == NULL)
        return;
    (void)usm_add_user(user);
    known = mem_alloc(sizeof *known);
    known->user = user;
    known->fingerprint = fingerprint_of(from);
    known->is_wanted = true;
    known->next = agent->users->first;
    agent->users->first = known;
}

void
users_apply(struct agent *agent)
{
    const struct access *access = agent->access;
    struct known_user *known;

    if (agent->users == NULL)
        agent->users = mem_alloc(sizeof *agent->users);
    for (known = agent->users->first; known != NULL; known = known->next)
        known->is_wanted = false;
    for (size_t i = 0; i < access->user_count; i++) {
        char *fingerprint = fingerprint_of(&access->users[i]);

        known = find_user(agent->users, fingerprint);
        if (known != NULL)
            known->is_wanted = true;
        free(fingerprint);
    }
    forget_unwanted(agent->users);
    for (size_t i = 0; i < access->user_count; i++) {
        char *fingerprint = fingerprint_of(&access->users[i]);

        if (find_user(agent->users, fingerprint) == NULL)
            add_user(agent, &access->users[i]);
        free(fingerprint);
    }
}

void
users_free(struct agent *agent)
{
    if (agent->users == NULL)
        return;
    /* The library frees its users itself when it stops. */
    while (agent->users->first != NULL) {
        struct known_user *known = agent->users->first;

        agent->users->first = known->next;
        free(known->fingerprint);
        free(known);
    }
    free(agent->users);
    agent->users = NULL;
}
