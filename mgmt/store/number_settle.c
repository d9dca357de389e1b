/*
 * number_settle.c - numbers at a start: those that are missing are given out,
 * those that nobody has are taken back; and names that are forgotten.
 */
#include "base/diag.h"
#include "base/str.h"
#include "config/config.h"
#include "store/number_state.h"

#include <string.h>

struct settling {
    struct store *store;
    const struct config *config;
    uint64_t generation;
    const char *const *locations; /* of the chassis */
    size_t count;
};

/* Interfaces, and ports that are none. */
static uint64_t
wanted_interfaces(const struct settling *settling)
{
    const struct config *config = settling->config;
    uint64_t count = config_count_type(config, OBJECT_INTERFACE) +
                     config_count_type(config, OBJECT_TUNNEL) +
                     config_count_type(config, OBJECT_GRE_TUNNEL);

    for (size_t i = 0; i < settling->count; i++) {
        struct value location = value_text(settling->locations[i]);

        count += config_find_port(config, &location) == NULL;
        value_done(&location);
    }
    return count;
}

/* Does each port of the chassis have its number, and no other? */
static enum err
look_at_ports(const struct settling *settling, bool *out_good)
{
    uint64_t number = 0;
    enum err error = number_ask(
        settling->store, NUMBER_INTERFACES, NUMBER_COUNT_PORTS, NULL, &number);

    *out_good = number == settling->count;
    for (size_t i = 0; i < settling->count && error == OK && *out_good; i++) {
        error = number_ask_of_port(settling->store, NUMBER_PORT_KNOWN,
            settling->locations[i], &number);
        if (error == ERR_NOT_FOUND) {
            *out_good = false;
            error = OK;
        }
    }
    return error;
}

static enum err
look_at_counts(const struct settling *settling, bool *out_good)
{
    uint64_t interfaces = 0;
    uint64_t routers = 0;
    enum err error = number_ask(
        settling->store, NUMBER_INTERFACES, NUMBER_COUNT, NULL, &interfaces);

    if (error == OK) {
        error = number_ask(
            settling->store, NUMBER_ROUTERS, NUMBER_COUNT, NULL, &routers);
    }
    *out_good =
        interfaces == wanted_interfaces(settling) &&
        routers == config_count_type(settling->config, OBJECT_VIRTUAL_ROUTER);
    return error;
}

static enum err
settle_ports(const struct settling *settling)
{
    enum err error = number_run_all(
        settling->store, NUMBER_INTERFACES, NUMBER_CLEAR_PORTS, NULL, 0);
    struct str name;

    str_init(&name);
    for (size_t i = 0; i < settling->count && error == OK; i++) {
        str_clear(&name);
        str_printf(
            &name, "%s %s", number_kinds[NUMBER_PORT], settling->locations[i]);
        error = number_take(
            settling->store, NUMBER_INTERFACES, str_text(&name), USED_CHASSIS);
    }
    str_done(&name);
    return error;
}

static enum err
settle_type(const struct settling *settling, enum schema_object_id type)
{
    const struct object *object = NULL;
    enum err error = OK;

    while (error == OK && (object = config_next(settling->config, type,
                               object == NULL ? NULL : object->fields)) != NULL)
        error = number_take_object(settling->store, object);
    return error;
}

/* The virtual router `default` is the first. */
static enum err
settle_objects(const struct settling *settling)
{
    static const enum schema_object_id types[] = {OBJECT_VIRTUAL_ROUTER,
        OBJECT_INTERFACE, OBJECT_TUNNEL, OBJECT_GRE_TUNNEL};
    enum err error = number_run_all(
        settling->store, NUMBER_INTERFACES, NUMBER_CLEAR, NULL, 0);

    if (error == OK) {
        error = number_run_all(
            settling->store, NUMBER_ROUTERS, NUMBER_CLEAR, NULL, 0);
    }
    if (error == OK) {
        error = number_take(
            settling->store, NUMBER_ROUTERS, "router default", USED_CONFIGURED);
    }
    for (size_t i = 0; i < sizeof types / sizeof types[0] && error == OK; i++)
        error = settle_type(settling, types[i]);
    return error;
}

static enum err
bury(const struct settling *settling)
{
    const uint64_t numbers[] = {settling->generation};
    enum err error = number_run_all(
        settling->store, NUMBER_INTERFACES, NUMBER_BURY, numbers, 1);

    return error == OK ? number_run_all(settling->store, NUMBER_ROUTERS,
                             NUMBER_BURY, numbers, 1)
                       : error;
}

static enum err
settle(const struct settling *settling, bool ports, bool objects)
{
    struct store *store = settling->store;
    enum err error = sql_exec(store, "BEGIN IMMEDIATE");

    memset(store->next_numbers, 0, sizeof store->next_numbers);

    if (error == OK && !ports)
        error = settle_ports(settling);
    if (error == OK && !objects)
        error = settle_objects(settling);
    if (error == OK)
        error = bury(settling);
    if (error == OK)
        error = sql_exec(store, "COMMIT");
    if (error != OK)
        store_cancel(store);
    return error;
}

enum err
numbers_settle(struct store *store, const struct config *config,
    uint64_t generation, const struct number_ports *ports, bool all,
    struct diag *diag)
{
    const struct settling settling = {
        store, config, generation, ports->locations, ports->count};
    bool has_ports = false;
    bool objects = false;
    enum err error = look_at_ports(&settling, &has_ports);

    if (error == OK)
        error = look_at_counts(&settling, &objects);
    /* ports that come and go change the count themselves */
    if (error == OK && (all || !has_ports || !objects))
        error = settle(&settling, has_ports, objects && has_ports && !all);
    if (error != OK) {
        error = sql_explain(
            store, diag, "The numbers of interfaces cannot be stored");
    }
    return error;
}

/* ---- forgetting ---- */

enum err
numbers_forget(struct store *store, const struct store_keep *keep)
{
    const uint64_t numbers[] = {keep->gone, keep->slice};
    enum err error =
        number_run_all(store, NUMBER_INTERFACES, NUMBER_FORGET, numbers, 2);

    return error == OK ? number_run_all(
                             store, NUMBER_ROUTERS, NUMBER_FORGET, numbers, 2)
                       : error;
}
