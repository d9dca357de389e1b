/*
 * apply.c - a batch on its way to the dataplane and back.
 *
 *    mirrored   units and routes are as the dataplane will have them
 *    backlog    while the dataplane has its 64 batches under way
 *    submitted  in order, always
 *    back       SAs that were removed are freed; a refusal is logged: it
 *               would mean that mirror and dataplane differ
 */
#include "ipsec/manager.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/str.h"
#include "route/route.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 16 };

/* ---- the mirror ---- */

static void
mirror_interface(struct ipsec *ipsec, const struct dp_interface *interface)
{
    struct unit *unit = ipsec_unit(ipsec, interface->index);

    if (unit->is_present)
        route_address_remove(ipsec->routes, &unit->interface);
    unit->is_present = true;
    unit->interface = *interface;
    if (route_address_add(ipsec->routes, interface) != OK) {
        log_event(LOG_ERROR, "ipsec", "MIRROR",
            "the address of interface %u finds no place in the routes",
            (unsigned)interface->index);
    }
}

static void
unmirror_interface(struct ipsec *ipsec, uint32_t index)
{
    struct unit *unit = ipsec_unit(ipsec, index);

    if (unit->is_present)
        route_address_remove(ipsec->routes, &unit->interface);
    route_interface_set(ipsec->routes, index, false);
    *unit = (struct unit){0};
    handles_give_back(&ipsec->interfaces, index);
}

static void
mirror_sa(struct ipsec *ipsec, struct sa *sa)
{
    struct unit *unit = ipsec_unit(ipsec, sa_tunnel(sa));
    size_t i = 0;

    while (i < IPSEC_SAS_MAX && unit->sas[i] != NULL)
        i++;
    if (i == IPSEC_SAS_MAX)
        return; /* the dataplane has no room either */
    unit->sas[i] = sa;
    unit->sa_changes++;
    ipsec->sa_count++;
}

static void
unmirror_sa(struct ipsec *ipsec, const struct sa *sa)
{
    struct unit *unit = ipsec_unit(ipsec, sa_tunnel(sa));
    size_t kept = 0;
    size_t i;

    unit->sa_changes++;
    for (i = 0; i < IPSEC_SAS_MAX; i++) {
        struct sa *each = unit->sas[i];

        unit->sas[i] = NULL;
        if (each == sa) {
            ipsec->sa_count--;
        } else if (each != NULL) {
            unit->sas[kept++] = each;
        }
    }
}

static void
mirror_route(struct ipsec *ipsec, const struct dp_command *command)
{
    enum err error;

    if (command->kind == DP_ROUTE_ADD) {
        error = route_add(ipsec->routes, &command->route);
    } else {
        error = route_remove(ipsec->routes, &command->route);
    }
    if (error != OK) {
        log_event(LOG_ERROR, "ipsec", "MIRROR", "a route is refused: %s",
            err_name(error));
    }
}

static void
mirror_address(struct ipsec *ipsec, const struct dp_command *command)
{
    enum err error;

    if (command->kind == DP_ADDRESS_ADD) {
        error = route_secondary_add(ipsec->routes, &command->address);
    } else {
        error = route_secondary_remove(ipsec->routes, &command->address);
    }
    if (error != OK) {
        log_event(LOG_ERROR, "ipsec", "MIRROR",
            "a secondary address is refused: %s", err_name(error));
    }
}

static void
mirror(struct ipsec *ipsec, const struct dp_command *command)
{
    switch (command->kind) {
    case DP_VR_ADD:
        route_vr_set(ipsec->routes, command->vr, true);
        return;
    case DP_VR_REMOVE:
        route_vr_set(ipsec->routes, command->vr, false);
        handles_give_back(&ipsec->vrs, command->vr);
        return;
    case DP_INTERFACE_SET:
        mirror_interface(ipsec, &command->interface);
        return;
    case DP_INTERFACE_REMOVE:
        unmirror_interface(ipsec, command->interface_index);
        return;
    case DP_ADDRESS_ADD:
    case DP_ADDRESS_REMOVE:
        mirror_address(ipsec, command);
        return;
    case DP_ROUTE_ADD:
    case DP_ROUTE_REMOVE:
        mirror_route(ipsec, command);
        return;
    case DP_SA_ADD:
        mirror_sa(ipsec, command->sa);
        return;
    case DP_SA_REMOVE:
        unmirror_sa(ipsec, command->sa);
        return;
    case DP_POLICY_REMOVE:
        handles_give_back(&ipsec->policies, command->policy.index);
        return;
    case DP_POLICY_SET:
    case DP_PING:
    case DP_PORT_ATTACH:
    case DP_PORT_HOLD:
    case DP_EXPLAIN:
    case DP_PUNT:
    case DP_SEND:
    case DP_TRACE:
    case DP_CAPTURE:
        return;
    }
}

/* ---- on the way ---- */

void
apply_backlog(struct ipsec *ipsec)
{
    size_t done = 0;

    while (done < ipsec->backlog_count &&
           dp_submit(ipsec->dp, ipsec->backlog[done]) == OK)
        done++;
    if (done == 0)
        return;
    ipsec->backlog_count -= done;
    memmove(ipsec->backlog, ipsec->backlog + done,
        sizeof(struct dp_batch *) * ipsec->backlog_count);
}

void
apply_batch(struct ipsec *ipsec, struct dp_batch *batch)
{
    sequence_begin(ipsec, batch);
    ipsec_submit(ipsec, batch);
}

void
ipsec_submit(struct ipsec *ipsec, struct dp_batch *batch)
{
    size_t i;

    if (batch->count == 0) {
        dp_batch_free(batch); /* nothing that the dataplane would see */
        return;
    }
    for (i = 0; i < batch->count; i++)
        mirror(ipsec, &batch->commands[i]);
    batch->number = ++ipsec->sent;
    if (ipsec->backlog_count == ipsec->backlog_room) {
        ipsec->backlog_room =
            ipsec->backlog_room == 0 ? FIRST_ROOM : ipsec->backlog_room * 2;
        ipsec->backlog = mem_resize(
            ipsec->backlog, sizeof(struct dp_batch *) * ipsec->backlog_room);
    }
    ipsec->backlog[ipsec->backlog_count++] = batch;
    apply_backlog(ipsec);
}

void
apply_drop_batch(struct dp_batch *batch)
{
    size_t i;

    for (i = 0; i < batch->count; i++) {
        if (batch->commands[i].kind == DP_SA_ADD)
            sa_free(batch->commands[i].sa);
        if (batch->commands[i].kind == DP_POLICY_SET)
            policy_free(batch->commands[i].policy.policy);
    }
    dp_batch_free(batch);
}

/* ---- back ---- */

/* Tunnels and interfaces that go up or down are worth a line. */
static void
log_turn(const struct ipsec *ipsec, uint32_t interface, bool up)
{
    const struct object *object = ipsec_interface_of(ipsec, interface);
    struct str path;

    if (object == NULL)
        return;
    str_init(&path);
    object_path(object, &path);
    log_event(LOG_INFO, "ipsec", up ? "UP" : "DOWN", "%s", str_text(&path));
    str_done(&path);
}

void
apply_refresh(struct ipsec *ipsec, uint32_t interface)
{
    struct dp_interface_counters counters;
    struct unit *unit;

    /* An event may be older than the handle's present owner: the counters
     * know what holds now. */
    if (ipsec_interface_of(ipsec, interface) == NULL)
        return;
    unit = ipsec_unit(ipsec, interface);
    dp_interface_counters(ipsec->dp, interface, &counters);
    if (counters.up == unit->is_up)
        return;
    unit->is_up = counters.up;
    unit->changed_us = ipsec->now_us;
    unit->downs += !counters.up;
    route_interface_set(ipsec->routes, interface, counters.up);
    log_turn(ipsec, interface, counters.up);
}

static void
take_back(struct ipsec *ipsec, const struct dp_command *command)
{
    if (command->error != OK) {
        log_event(LOG_ERROR, "ipsec", "REFUSED",
            "the dataplane refuses a command of kind %d: %s",
            (int)command->kind, err_name(command->error));
    }
    if (command->kind == DP_INTERFACE_SET)
        apply_refresh(ipsec, command->interface.index);
    if (command->kind == DP_POLICY_SET || command->kind == DP_POLICY_REMOVE)
        policy_free(command->policy.policy);
    if (command->kind == DP_SA_REMOVE && command->error == OK) {
        sa_free(command->sa);
    } else if (command->kind == DP_SA_ADD && command->error != OK) {
        unmirror_sa(ipsec, command->sa);
        sa_free(command->sa);
    }
}

void
apply_taken_back(struct ipsec *ipsec, struct dp_batch *batch)
{
    size_t i;

    if (batch->number != 0) {
        for (i = 0; i < batch->count; i++)
            take_back(ipsec, &batch->commands[i]);
        ipsec->applied = batch->number;
    }
    dp_batch_free(batch);
    apply_backlog(ipsec);
}
