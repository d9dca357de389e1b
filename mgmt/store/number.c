/*
 * number.c - numbers of interfaces and virtual routers, which last.
 *
 *    number  name                used  gone
 *    1       port 0/0            3           1 configured, 2 in the chassis
 *    2       tunnel siteB        1
 *    3       loopback 0 isp      0     17    went with generation 17
 */
#include "store/number.h"

#include "base/diag.h"
#include "base/str.h"
#include "config/config.h"
#include "store/number_state.h"

#include <assert.h>
#include <string.h>

const char *const number_kinds[NUMBER_KIND_COUNT] = {
    [NUMBER_PORT] = "port",
    [NUMBER_LOOPBACK] = "loopback",
    [NUMBER_NULL] = "null",
    [NUMBER_TUNNEL] = "tunnel-ipsec", /* these two have IP on them, and */
    [NUMBER_GRE] = "tunnel-gre",      /* sort after the others          */
    [NUMBER_ROUTER] = "router",
};

/* ---- names ---- */

static bool
names_interface(const struct object *object, struct str *out)
{
    enum interface_type type =
        (enum interface_type)object->fields[FIELD_INTERFACE_TYPE].number;
    const char *location =
        value_string(&object->fields[FIELD_INTERFACE_LOCATION]);
    const char *vr =
        value_string(&object->fields[FIELD_INTERFACE_VIRTUAL_ROUTER]);

    if (type == INTERFACE_TYPE_LOOPBACK) {
        str_printf(
            out, "%s %s %s", number_kinds[NUMBER_LOOPBACK], location, vr);
    } else if (type == INTERFACE_TYPE_NULL) {
        str_printf(out, "%s %s %s", number_kinds[NUMBER_NULL], location, vr);
    } else {
        str_printf(out, "%s %s", number_kinds[NUMBER_PORT], location);
    }
    return true;
}

/* False: it has no number. */
static bool
name_of(
    const struct object *object, enum number_space *out_space, struct str *out)
{
    const struct value *fields = object->fields;

    *out_space = NUMBER_INTERFACES;
    switch ((int)object->type) {
    case OBJECT_INTERFACE:
        return names_interface(object, out);
    case OBJECT_TUNNEL:
        str_printf(out, "%s %s", number_kinds[NUMBER_TUNNEL],
            value_string(&fields[FIELD_TUNNEL_NAME]));
        return true;
    case OBJECT_GRE_TUNNEL:
        str_printf(out, "%s %s %s", number_kinds[NUMBER_GRE],
            value_string(&fields[FIELD_GRE_TUNNEL_NAME]),
            value_string(&fields[FIELD_GRE_TUNNEL_VIRTUAL_ROUTER]));
        return true;
    case OBJECT_VIRTUAL_ROUTER:
        *out_space = NUMBER_ROUTERS;
        str_printf(out, "%s %s", number_kinds[NUMBER_ROUTER],
            value_string(&fields[FIELD_VIRTUAL_ROUTER_NAME]));
        return true;
    default:
        return false;
    }
}

/* A word of a name; returns what follows it. */
static const char *
take_word(const char *text, char *out, size_t size)
{
    size_t length = strcspn(text, " ");
    size_t kept = length < size ? length : size - 1;

    memcpy(out, text, kept);
    out[kept] = '\0';
    text += length;
    return *text == ' ' ? text + 1 : text;
}

/* False: somebody wrote it by hand. */
static bool
read_name(const char *text, struct numbered *entry)
{
    char word[16];
    int kind = 0;

    text = take_word(text, word, sizeof word);
    while (kind < NUMBER_KIND_COUNT && !str_equal(number_kinds[kind], word))
        kind++;
    entry->kind = (enum number_kind)kind;
    text = take_word(text, entry->name, sizeof entry->name);
    (void)take_word(text, entry->vr, sizeof entry->vr);
    return kind < NUMBER_KIND_COUNT;
}

static const struct object *
find_interface(const struct config *config, const struct numbered *entry)
{
    struct value keys[] = {
        [FIELD_INTERFACE_VIRTUAL_ROUTER] = value_text(entry->vr),
        [FIELD_INTERFACE_TYPE] = value_number(entry->kind == NUMBER_LOOPBACK
                                                  ? INTERFACE_TYPE_LOOPBACK
                                                  : INTERFACE_TYPE_NULL),
        [FIELD_INTERFACE_LOCATION] = value_text(entry->name),
    };
    const struct object *found = config_find(config, OBJECT_INTERFACE, keys);

    value_done(&keys[FIELD_INTERFACE_VIRTUAL_ROUTER]);
    value_done(&keys[FIELD_INTERFACE_LOCATION]);
    return found;
}

static const struct object *
find_gre(const struct config *config, const struct numbered *entry)
{
    struct value keys[] = {
        [FIELD_GRE_TUNNEL_VIRTUAL_ROUTER] = value_text(entry->vr),
        [FIELD_GRE_TUNNEL_NAME] = value_text(entry->name),
    };
    const struct object *found = config_find(config, OBJECT_GRE_TUNNEL, keys);

    value_done(&keys[FIELD_GRE_TUNNEL_VIRTUAL_ROUTER]);
    value_done(&keys[FIELD_GRE_TUNNEL_NAME]);
    return found;
}

const struct object *
number_object(const struct config *config, const struct numbered *entry)
{
    const struct object *found = NULL;
    struct value name;

    if (entry->kind == NUMBER_LOOPBACK || entry->kind == NUMBER_NULL)
        return find_interface(config, entry);
    if (entry->kind == NUMBER_GRE)
        return find_gre(config, entry);
    name = value_text(entry->name);
    if (entry->kind == NUMBER_PORT)
        found = config_find_port(config, &name);
    if (entry->kind == NUMBER_TUNNEL)
        found = config_find_tunnel(config, &name);
    if (entry->kind == NUMBER_ROUTER)
        found = config_find(config, OBJECT_VIRTUAL_ROUTER, &name);
    value_done(&name);
    return found;
}

/* ---- statements ---- */

/* By what is done; $ is the table. */
static const char *const texts[NUMBER_STATEMENT_COUNT] = {
    [NUMBER_TAKE] =
        "INSERT INTO $ (number, name, used) VALUES (?3, ?1, ?2) "
        "ON CONFLICT (name) DO UPDATE SET used = used | ?2, gone = NULL",
    /* the lowest that is free, where the highest was given out */
    [NUMBER_TAKE_GAP] =
        "INSERT INTO $ (number, name, used) VALUES ((SELECT a.number + 1 "
        "FROM (SELECT 0 AS number UNION ALL SELECT number FROM $) AS a "
        "WHERE NOT EXISTS (SELECT 1 FROM $ AS b WHERE b.number = a.number + 1)"
        " ORDER BY a.number LIMIT 1), ?1, ?2)",
    [NUMBER_RELEASE] =
        "UPDATE $ SET used = used & ~?2, "
        "gone = CASE WHEN used & ~?2 = 0 THEN ?3 END WHERE name = ?1",
    [NUMBER_KNOWN] = "SELECT number FROM $ WHERE name = ?1",
    [NUMBER_FIND] = "SELECT number FROM $ WHERE name = ?1 AND used > 0",
    [NUMBER_PAGE] = "SELECT number, name, used FROM $ "
                    "WHERE number > ?1 AND used > 0 ORDER BY number",
    [NUMBER_PAGE_PLAIN] =
        "SELECT number, name, used FROM $ WHERE number > ?1 AND used > 0 "
        "AND name < 'tunnel' ORDER BY number",
    [NUMBER_HIGHEST] = "SELECT coalesce(max(number), 0) FROM $",
    [NUMBER_COUNT] = "SELECT count(*) FROM $ WHERE used > 0",
    [NUMBER_COUNT_PORTS] = "SELECT count(*) FROM $ WHERE used > 0 "
                           "AND name < 'tunnel' AND used >= 2",
    [NUMBER_PORT_KNOWN] = "SELECT number FROM $ WHERE name = ?1 AND used >= 2",
    /* those that are there are taken again afterwards */
    [NUMBER_CLEAR] = "UPDATE $ SET used = used & ~1",
    [NUMBER_CLEAR_PORTS] = "UPDATE $ SET used = used & 1 WHERE used >= 2 "
                           "AND used > 0 AND name < 'tunnel'",
    [NUMBER_BURY] = "UPDATE $ SET gone = ?1 WHERE used = 0 AND gone IS NULL",
    [NUMBER_FORGET] =
        "DELETE FROM $ WHERE number IN (SELECT number FROM $ WHERE used = 0 "
        "ORDER BY gone, number LIMIT min(?2, max(0, "
        "(SELECT count(*) FROM $ WHERE used = 0) - ?1)))",
};

static const char *const tables[NUMBER_SPACE_COUNT] = {
    [NUMBER_INTERFACES] = "interface_number",
    [NUMBER_ROUTERS] = "router_number",
};

static enum err
statement_of(struct store *store, enum number_space space,
    enum number_statement kind, sqlite3_stmt **out_statement)
{
    sqlite3_stmt **slot = &store->numbers[space][kind];
    struct str text;
    enum err error = OK;

    if (*slot == NULL) {
        str_init(&text);
        for (const char *at = texts[kind]; *at != '\0'; at++) {
            if (*at == '$') {
                str_add(&text, tables[space]);
            } else {
                str_add_n(&text, at, 1);
            }
        }
        error = sql_prepare(store, str_text(&text), slot);
        str_done(&text);
    }
    *out_statement = *slot;
    return error;
}

/* About a name, with one number or two. */
static enum err
run(struct store *store, enum number_space space, enum number_statement kind,
    const char *name, const uint64_t numbers[2])
{
    sqlite3_stmt *statement = NULL;
    enum err error = statement_of(store, space, kind, &statement);

    if (error == OK)
        error = sql_bind_text(store, statement, 1, name);
    if (error == OK)
        error = sql_bind_number(store, statement, 2, numbers[0]);
    if (error == OK && kind == NUMBER_RELEASE)
        error = sql_bind_number(store, statement, 3, numbers[1]);
    return error == OK ? sql_run(store, statement) : error;
}

/* About the whole table, with up to two numbers. */
enum err
number_run_all(struct store *store, enum number_space space,
    enum number_statement kind, const uint64_t *numbers, int count)
{
    sqlite3_stmt *statement = NULL;
    enum err error = statement_of(store, space, kind, &statement);

    for (int i = 0; i < count && error == OK; i++)
        error = sql_bind_number(store, statement, i + 1, numbers[i]);
    return error == OK ? sql_run(store, statement) : error;
}

/* The first number in the answer; ERR_NOT_FOUND: it has none. */
enum err
number_ask(struct store *store, enum number_space space,
    enum number_statement kind, const char *name, uint64_t *out_number)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    enum err error = statement_of(store, space, kind, &statement);

    if (error == OK && name != NULL)
        error = sql_bind_text(store, statement, 1, name);
    if (error == OK)
        error = sql_step(store, statement, &row);
    if (error == OK && row)
        *out_number = (uint64_t)sqlite3_column_int64(statement, 0);
    (void)sqlite3_reset(statement);
    return error == OK && !row ? ERR_NOT_FOUND : error;
}

enum err
number_ask_of_port(struct store *store, enum number_statement kind,
    const char *location, uint64_t *out_number)
{
    struct str name;
    enum err error;

    str_init(&name);
    str_printf(&name, "%s %s", number_kinds[NUMBER_PORT], location);
    error =
        number_ask(store, NUMBER_INTERFACES, kind, str_text(&name), out_number);
    str_done(&name);
    return error;
}

/* ---- giving out ---- */

/* The number that a new name gets, asked for once in a transaction. */
static enum err
find_next(struct store *store, enum number_space space)
{
    uint64_t highest = 0;
    enum err error = OK;

    if (store->next_numbers[space] == 0) {
        error = number_ask(store, space, NUMBER_HIGHEST, NULL, &highest);
        store->next_numbers[space] = highest + 1;
    }
    return error;
}

/* The next number, if the name has none yet. */
static enum err
take_next(struct store *store, enum number_space space, const char *name,
    uint64_t used)
{
    uint64_t *next = &store->next_numbers[space];
    sqlite3_stmt *statement = NULL;
    enum err error = statement_of(store, space, NUMBER_TAKE, &statement);

    if (error == OK)
        error = sql_bind_text(store, statement, 1, name);
    if (error == OK)
        error = sql_bind_number(store, statement, 2, used);
    if (error == OK)
        error = sql_bind_number(store, statement, 3, *next);
    sqlite3_set_last_insert_rowid(store->db, 0);
    if (error == OK)
        error = sql_run(store, statement);
    if (sqlite3_last_insert_rowid(store->db) != 0)
        ++*next; /* else the name was there */
    return error;
}

enum err
number_take(struct store *store, enum number_space space, const char *name,
    uint64_t used)
{
    const uint64_t numbers[2] = {used};
    uint64_t known = 0;
    enum err error = find_next(store, space);

    if (error == OK && store->next_numbers[space] > NUMBERS_MAX &&
        number_ask(store, space, NUMBER_KNOWN, name, &known) == ERR_NOT_FOUND)
        return run(store, space, NUMBER_TAKE_GAP, name, numbers);
    return error == OK ? take_next(store, space, name, used) : error;
}

enum err
number_take_object(struct store *store, const struct object *object)
{
    enum number_space space;
    struct str name;
    enum err error = OK;

    str_init(&name);
    if (name_of(object, &space, &name))
        error = number_take(store, space, str_text(&name), USED_CONFIGURED);
    str_done(&name);
    return error;
}

static enum err
release_object(
    struct store *store, const struct object *object, uint64_t generation)
{
    const uint64_t numbers[2] = {USED_CONFIGURED, generation};
    enum number_space space;
    struct str name;
    enum err error = OK;

    str_init(&name);
    if (name_of(object, &space, &name)) {
        error = run(store, space, NUMBER_RELEASE, str_text(&name), numbers);
    }
    str_done(&name);
    return error;
}

/* What went first: a tunnel that moves to another virtual router goes and
 * comes under one name. */
enum err
numbers_write(
    struct store *store, uint64_t generation, const struct change_set *set)
{
    enum err error = OK;

    memset(store->next_numbers, 0, sizeof store->next_numbers);
    for (size_t i = 0; i < set->count && error == OK; i++) {
        if (set->changes[i].after == NULL)
            error = release_object(store, set->changes[i].before, generation);
    }
    for (size_t i = 0; i < set->count && error == OK; i++) {
        if (set->changes[i].before == NULL)
            error = number_take_object(store, set->changes[i].after);
    }
    return error;
}

/* ---- questions ---- */

enum err
number_of_object(
    struct store *store, const struct object *object, uint32_t *out_number)
{
    enum number_space space;
    uint64_t number = 0;
    struct str name;
    enum err error = ERR_NOT_FOUND;

    str_init(&name);
    if (name_of(object, &space, &name))
        error = number_ask(store, space, NUMBER_FIND, str_text(&name), &number);
    if (error == OK)
        *out_number = (uint32_t)number;
    str_done(&name);
    return error;
}

enum err
number_of_router(struct store *store, const char *vr, uint32_t *out_number)
{
    uint64_t number = 0;
    struct str name;
    enum err error;

    str_init(&name);
    str_printf(&name, "%s %s", number_kinds[NUMBER_ROUTER], vr);
    error = number_ask(
        store, NUMBER_ROUTERS, NUMBER_FIND, str_text(&name), &number);
    str_done(&name);
    if (error == OK)
        *out_number = (uint32_t)number;
    return error;
}

enum err
number_of_port(struct store *store, const char *location, uint32_t *out_number)
{
    uint64_t number = 0;
    enum err error = number_ask_of_port(store, NUMBER_FIND, location, &number);

    if (error == OK)
        *out_number = (uint32_t)number;
    return error;
}

/* The row at which the statement stands. */
static bool
read_entry(sqlite3_stmt *statement, struct numbered *out_entry)
{
    const char *name = (const char *)sqlite3_column_text(statement, 1);

    out_entry->number = (uint32_t)sqlite3_column_int64(statement, 0);
    out_entry->is_configured =
        (sqlite3_column_int(statement, 2) & USED_CONFIGURED) != 0;
    return name != NULL && read_name(name, out_entry);
}

enum err
numbers_page(struct store *store, const struct number_query *query,
    bool (*take_entry)(void *context, const struct numbered *entry),
    void *context)
{
    enum number_statement kind = query->plain ? NUMBER_PAGE_PLAIN : NUMBER_PAGE;
    sqlite3_stmt *statement = NULL;
    struct numbered entry;
    bool row = false;
    enum err error = statement_of(store, query->space, kind, &statement);

    if (error == OK)
        error = sql_bind_number(store, statement, 1, query->after);
    if (error == OK)
        error = sql_step(store, statement, &row);
    while (error == OK && row) {
        if (read_entry(statement, &entry) && !take_entry(context, &entry))
            break;
        error = sql_step(store, statement, &row);
    }
    (void)sqlite3_reset(statement);
    return error;
}

void
numbers_done(struct store *store)
{
    for (int space = 0; space < NUMBER_SPACE_COUNT; space++) {
        for (int i = 0; i < NUMBER_STATEMENT_COUNT; i++)
            (void)sqlite3_finalize(store->numbers[space][i]);
    }
}
