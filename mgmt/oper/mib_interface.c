/*
 * mib_interface.c - interfaces as SNMP knows them: what is below IP, by its
 * number, and the IP interface on it, by that number and NUMBERS_IP.
 *
 *    16777233  ip ipsec:siteB     IP        what is in the tunnel
 *          17  ipsec:siteB        tunnel    what is on the way
 *
 * A loopback or null interface is one thing.
 */
#include "oper/mib.h"

#include "base/bytes.h"
#include "base/str.h"
#include "chassis/chassis.h"
#include "gen/views.h"
#include "ipsec/ipsec.h"

#include <string.h>

enum {
    MBIT = 1000000,
    ALIAS_MAX = 64, /* characters of ifAlias */
    S_US = 1000000,
    TICK_US = 10000, /* of a time in SNMP     */
    TICKS_S = S_US / TICK_US,
    NUMBER_BYTES = 4,
};

/* One row's interface. */
struct face {
    const struct mib_place *place;
    bool is_ip; /* what is on it */
};

/* ---- as configured ---- */

static enum mib_interface_kind
kind_of(const struct face *face)
{
    static const enum mib_interface_kind kinds[NUMBER_KIND_COUNT] = {
        [NUMBER_PORT] = MIB_INTERFACE_KIND_PORT,
        [NUMBER_LOOPBACK] = MIB_INTERFACE_KIND_LOOPBACK,
        [NUMBER_NULL] = MIB_INTERFACE_KIND_NULL,
        [NUMBER_TUNNEL] = MIB_INTERFACE_KIND_IPSEC_TUNNEL,
        [NUMBER_GRE] = MIB_INTERFACE_KIND_GRE_TUNNEL,
    };

    return face->is_ip ? MIB_INTERFACE_KIND_IP : kinds[face->place->kind];
}

static void
fill_name(struct row *row, const struct face *face)
{
    struct str name;

    str_init(&name);
    if (face->is_ip)
        str_add(&name, "ip ");
    if (face->place->object != NULL) {
        show_interface_name(face->place->object, &name);
    } else {
        str_printf(&name, "port%s", face->place->port->location);
    }
    row_str(row, COLUMN_MIB_INTERFACE_NAME, &name);
    str_done(&name);
}

/* Cut off between two characters. */
static void
fill_alias(struct row *row, const char *description)
{
    size_t length = description == NULL ? 0 : strlen(description);

    if (length > ALIAS_MAX) {
        length = ALIAS_MAX;
        while (
            length > 0 && ((unsigned char)description[length] & 0xc0) == 0x80)
            length--;
    }
    if (length > 0) {
        row->columns[COLUMN_MIB_INTERFACE_ALIAS] =
            value_text_n(description, length);
    }
}

static void
fill_address(struct row *row, bool has_address, uint32_t address, uint32_t mask)
{
    if (!has_address)
        return;
    row_number(row, COLUMN_MIB_INTERFACE_ADDRESS, address);
    row_number(row, COLUMN_MIB_INTERFACE_MASK, mask);
}

static uint32_t
mbit_of(enum interface_type type)
{
    switch (type) {
    case INTERFACE_TYPE_FASTETHERNET:
        return 100;
    case INTERFACE_TYPE_GIGABITETHERNET:
        return 1000;
    case INTERFACE_TYPE_TENGIGABITETHERNET:
        return 10000;
    case INTERFACE_TYPE_LOOPBACK:
    case INTERFACE_TYPE_NULL:
    case INTERFACE_TYPE_COUNT:
        break;
    }
    return 0;
}

static void
fill_speed(struct row *row, uint32_t mbit)
{
    uint64_t speed = (uint64_t)mbit * MBIT;

    row_number(row, COLUMN_MIB_INTERFACE_SPEED,
        speed > UINT32_MAX ? UINT32_MAX : speed);
    row_number(row, COLUMN_MIB_INTERFACE_SPEED_MBIT, mbit);
}

static void
fill_interface(struct row *row, const struct face *face)
{
    const struct chassis_port *port = face->place->port;
    struct cfg_interface view;
    uint32_t mtu;

    cfg_interface_read(face->place->object->fields, &view);
    /* the port's own limit holds too */
    mtu = port != NULL && port->mtu != 0 && port->mtu < view.ip_mtu
              ? port->mtu
              : view.ip_mtu;
    row_number(row, COLUMN_MIB_INTERFACE_MTU,
        mib_has_ip(face->place) && !face->is_ip && port != NULL ? port->mtu
                                                                : mtu);
    fill_speed(row, mbit_of(view.type));
    row_flag(row, COLUMN_MIB_INTERFACE_ENABLED, !view.shutdown);
    fill_alias(row, view.description);
    if (face->is_ip || !mib_has_ip(face->place)) {
        fill_address(row, view.has_ip_address, view.ip_address, view.ip_mask);
    }
}

static void
fill_tunnel(struct row *row, const struct face *face)
{
    struct cfg_tunnel view;

    cfg_tunnel_read(face->place->object->fields, &view);
    row_number(row, COLUMN_MIB_INTERFACE_MTU, view.mtu);
    fill_speed(row, 0);
    row_flag(row, COLUMN_MIB_INTERFACE_ENABLED,
        face->is_ip ? !view.ip_shutdown : !view.shutdown);
    fill_alias(row, view.description);
    if (face->is_ip) {
        fill_address(row, view.has_ip_address, view.ip_address, view.ip_mask);
    }
}

static void
fill_gre(struct row *row, const struct face *face)
{
    struct cfg_gre_tunnel view;

    cfg_gre_tunnel_read(face->place->object->fields, &view);
    row_number(row, COLUMN_MIB_INTERFACE_MTU, view.mtu);
    fill_speed(row, 0);
    row_flag(row, COLUMN_MIB_INTERFACE_ENABLED,
        face->is_ip ? !view.ip_shutdown : !view.shutdown);
    fill_alias(row, view.description);
    if (face->is_ip) {
        fill_address(row, view.has_ip_address, view.ip_address, view.ip_mask);
    }
}

/* A port that nobody configured: it is in service, as far as anybody said. */
static void
fill_port(struct row *row, const struct face *face)
{
    const struct chassis_port *port = face->place->port;

    row_number(row, COLUMN_MIB_INTERFACE_MTU, port == NULL ? 0 : port->mtu);
    fill_speed(row, 0);
    row_flag(row, COLUMN_MIB_INTERFACE_ENABLED, true);
}

static void
start_row(struct mib_page *page, const struct face *face, struct row *row)
{
    mib_start_row(page, face->place, row);
    if (face->is_ip) {
        row_number(row, COLUMN_MIB_INTERFACE_IF_INDEX,
            face->place->number + NUMBERS_IP);
    }
}

static void
send_interface(struct mib_page *page, const struct face *face)
{
    const struct mib_place *place = face->place;
    const uint32_t number = place->number;
    const bool has_ip = mib_has_ip(place);
    struct row row;

    start_row(page, face, &row);
    row_number(&row, COLUMN_MIB_INTERFACE_KIND, (uint64_t)kind_of(face));
    fill_name(&row, face);
    if (place->object == NULL) {
        fill_port(&row, face);
    } else if (place->kind == NUMBER_TUNNEL) {
        fill_tunnel(&row, face);
    } else if (place->kind == NUMBER_GRE) {
        fill_gre(&row, face);
    } else {
        fill_interface(&row, face);
    }
    row_flag(&row, COLUMN_MIB_INTERFACE_CONNECTOR,
        !face->is_ip && place->port != NULL);
    row_number(&row, COLUMN_MIB_INTERFACE_ABOVE,
        has_ip && !face->is_ip ? number + NUMBERS_IP : 0);
    row_number(&row, COLUMN_MIB_INTERFACE_BELOW, face->is_ip ? number : 0);
    mib_send(page, &row);
}

/* ---- state ---- */

static void
read_counters(const struct show *show, const struct mib_place *place,
    struct dp_interface_counters *out_counters)
{
    *out_counters = (struct dp_interface_counters){0};
    if (place->has_handle)
        dp_interface_counters(show->view->dp, place->handle, out_counters);
}

static enum mib_oper_state
state_of_tunnel(const struct show *show, const struct face *face)
{
    enum tunnel_state state = mib_tunnel_state_of(show, face->place);

    if (state == TUNNEL_STATE_UP)
        return MIB_OPER_STATE_UP;
    if (face->is_ip)
        return MIB_OPER_STATE_BELOW_DOWN;
    return state == TUNNEL_STATE_DOWN ? MIB_OPER_STATE_DOWN
                                      : MIB_OPER_STATE_NOT_PRESENT;
}

static enum mib_oper_state
state_of(const struct show *show, const struct face *face)
{
    const struct mib_place *place = face->place;
    struct dp_interface_counters counters;

    if (place->kind == NUMBER_TUNNEL || place->kind == NUMBER_GRE)
        return state_of_tunnel(show, face);
    read_counters(show, place, &counters);
    if (counters.up)
        return MIB_OPER_STATE_UP;
    if (face->is_ip)
        return MIB_OPER_STATE_BELOW_DOWN;
    return place->kind == NUMBER_PORT && place->port == NULL
               ? MIB_OPER_STATE_NOT_PRESENT
               : MIB_OPER_STATE_DOWN;
}

/* In hundredths of a second since the start of the router. */
static uint32_t
ticks_of(const struct oper_view *view, uint64_t monotonic_us)
{
    uint64_t age_us = view->monotonic_us - monotonic_us;
    uint64_t up_us = view->now_us - view->started_us;

    if (monotonic_us == 0 || age_us > up_us)
        return 0;
    return (uint32_t)((up_us - age_us) / TICK_US);
}

static void
send_state(struct mib_page *page, const struct face *face)
{
    const struct oper_view *view = page->show->view;
    uint64_t changed_us = 0;
    uint32_t downs;
    struct row row;

    start_row(page, face, &row);
    row_number(&row, COLUMN_MIB_INTERFACE_STATE_OPER,
        (uint64_t)state_of(page->show, face));
    if (face->place->has_handle) {
        changed_us = ipsec_changed(view->ipsec, face->place->handle, &downs);
    }
    row_number(
        &row, COLUMN_MIB_INTERFACE_STATE_CHANGED, ticks_of(view, changed_us));
    mib_send(page, &row);
}

/* ---- counters ---- */

static uint64_t
sum(const struct dp_interface_counters *counters,
    const enum statistic *statistics, size_t count)
{
    uint64_t total = 0;

    while (count-- > 0)
        total += counters->statistics[statistics[count]];
    return total;
}

/* Refused for what they are, or not understood. */
static void
fill_errors(struct row *row, const struct dp_interface_counters *counters)
{
    static const enum statistic in_discards[] = {
        STATISTIC_IN_POLICY_ERRORS, STATISTIC_IN_REPLAY_ERRORS};
    static const enum statistic in_errors[] = {STATISTIC_IN_AUTH_ERRORS,
        STATISTIC_IN_DECRYPT_ERRORS, STATISTIC_IN_PAD_ERRORS,
        STATISTIC_IN_OTHER_RX_ERRORS};
    static const enum statistic out_discards[] = {STATISTIC_OUT_POLICY_ERRORS};
    static const enum statistic out_errors[] = {STATISTIC_OUT_OTHER_TX_ERRORS};

    row_number(row, COLUMN_MIB_INTERFACE_COUNTERS_IN_DISCARDS,
        sum(counters, in_discards, 2));
    row_number(row, COLUMN_MIB_INTERFACE_COUNTERS_IN_ERRORS,
        sum(counters, in_errors, 4));
    row_number(row, COLUMN_MIB_INTERFACE_COUNTERS_OUT_DISCARDS,
        sum(counters, out_discards, 1));
    row_number(row, COLUMN_MIB_INTERFACE_COUNTERS_OUT_ERRORS,
        sum(counters, out_errors, 1));
}

static void
send_counters(struct mib_page *page, const struct face *face)
{
    struct dp_interface_counters counters;
    bool is_outer = face->place->kind == NUMBER_TUNNEL && !face->is_ip;
    struct row row;

    read_counters(page->show, face->place, &counters);
    start_row(page, face, &row);
    row_number(&row, COLUMN_MIB_INTERFACE_COUNTERS_IN_OCTETS,
        is_outer ? counters.in_accounted_octets : counters.in_octets);
    row_number(&row, COLUMN_MIB_INTERFACE_COUNTERS_IN_PACKETS,
        is_outer ? counters.in_accounted_packets : counters.in_packets);
    row_number(&row, COLUMN_MIB_INTERFACE_COUNTERS_OUT_OCTETS,
        is_outer ? counters.out_accounted_octets : counters.out_octets);
    row_number(&row, COLUMN_MIB_INTERFACE_COUNTERS_OUT_PACKETS,
        is_outer ? counters.out_accounted_packets : counters.out_packets);
    if (face->is_ip)
        counters = (struct dp_interface_counters){0}; /* counted below */
    fill_errors(&row, &counters);
    mib_send(page, &row);
}

/* ---- walks: first what is below IP, then what is on it ---- */

static void
take_interface(struct mib_page *page, const struct mib_place *place)
{
    send_interface(page, &(struct face){place, false});
}

static void
take_interface_ip(struct mib_page *page, const struct mib_place *place)
{
    if (mib_has_ip(place))
        send_interface(page, &(struct face){place, true});
}

static void
take_state(struct mib_page *page, const struct mib_place *place)
{
    send_state(page, &(struct face){place, false});
}

static void
take_state_ip(struct mib_page *page, const struct mib_place *place)
{
    if (mib_has_ip(place))
        send_state(page, &(struct face){place, true});
}

static void
take_counters(struct mib_page *page, const struct mib_place *place)
{
    send_counters(page, &(struct face){place, false});
}

static void
take_counters_ip(struct mib_page *page, const struct mib_place *place)
{
    if (mib_has_ip(place))
        send_counters(page, &(struct face){place, true});
}

static enum err
walk_both(const struct show *show, mib_taker *below, mib_taker *on)
{
    struct mib_page page;
    uint32_t after;

    mib_begin(show, &page);
    if (page.after < NUMBERS_IP)
        mib_walk(&page, page.after, MIB_ALL, below);
    after = page.after < NUMBERS_IP ? 0 : page.after - NUMBERS_IP;
    if (after < NUMBERS_IP)
        mib_walk(&page, after, MIB_ALL, on);
    return mib_end(&page);
}

enum err
mib_interfaces(const struct show *show)
{
    return walk_both(show, take_interface, take_interface_ip);
}

enum err
mib_interface_states(const struct show *show)
{
    return walk_both(show, take_state, take_state_ip);
}

enum err
mib_interface_counters(const struct show *show)
{
    return walk_both(show, take_counters, take_counters_ip);
}

/* ---- which is on which ---- */

static void
send_pair(struct mib_page *page, const struct mib_place *place, uint32_t higher,
    uint32_t lower)
{
    struct row row;

    row_start(&row);
    row_number(&row, COLUMN_MIB_STACK_HIGHER, higher);
    row_number(&row, COLUMN_MIB_STACK_LOWER, lower);
    row_number(
        &row, COLUMN_MIB_STACK_ROUTER_INDEX, mib_place_router(page, place));
    mib_send(page, &row);
}

static void
take_top(struct mib_page *page, const struct mib_place *place)
{
    if (!mib_has_ip(place))
        send_pair(page, place, 0, place->number);
}

static void
take_top_ip(struct mib_page *page, const struct mib_place *place)
{
    if (mib_has_ip(place))
        send_pair(page, place, 0, place->number + NUMBERS_IP);
}

static void
take_bottom(struct mib_page *page, const struct mib_place *place)
{
    send_pair(page, place, place->number, 0);
}

static void
take_on(struct mib_page *page, const struct mib_place *place)
{
    if (mib_has_ip(place)) {
        send_pair(page, place, place->number + NUMBERS_IP, place->number);
    }
}

static uint32_t
below_ip(uint32_t number)
{
    return number < NUMBERS_IP ? 0 : number - NUMBERS_IP;
}

/* The rows in their order: (0, top) of those without IP on them, (0, IP),
 * (bottom, 0), (IP, bottom).  `after` says how far in which of these. */
enum err
mib_stack(const struct show *show)
{
    struct mib_page page;
    struct mib_key after;
    uint32_t higher = 0;
    uint32_t lower = 0;

    mib_begin(show, &page);
    mib_key_read(value_string(&show->args[MIB_AFTER]), "nn", &after);
    if (after.length >= NUMBER_BYTES)
        higher = get_u32(after.bytes);
    if (after.length >= 2 * NUMBER_BYTES) {
        lower = get_u32(after.bytes + NUMBER_BYTES);
    } else if (higher > 0) {
        higher--; /* all that begin with it are still to come */
        lower = UINT32_MAX;
    }
    if (higher == 0 && lower < NUMBERS_IP)
        mib_walk(&page, lower, MIB_PLAIN, take_top);
    if (higher == 0)
        mib_walk(&page, below_ip(lower), MIB_ALL, take_top_ip);
    if (higher < NUMBERS_IP)
        mib_walk(&page, higher, MIB_ALL, take_bottom);
    /* an IP interface is on just one */
    if (higher >= NUMBERS_IP && lower < below_ip(higher))
        higher--;
    mib_walk(&page, below_ip(higher), MIB_ALL, take_on);
    return mib_end(&page);
}

/* ---- how many ---- */

static bool
is_port(const struct object *object)
{
    uint64_t type = object->fields[FIELD_INTERFACE_TYPE].number;

    return type != INTERFACE_TYPE_LOOPBACK && type != INTERFACE_TYPE_NULL;
}

/* Tunnels and configured ports are two rows each. */
static uint64_t
count_interfaces(const struct oper_view *view)
{
    const struct config *running = view->running;
    const struct object *object = NULL;
    uint64_t count = 2 * (config_count_type(running, OBJECT_TUNNEL) +
                             config_count_type(running, OBJECT_GRE_TUNNEL));

    while ((object = config_next(running, OBJECT_INTERFACE,
                object == NULL ? NULL : object->fields)) != NULL)
        count += is_port(object) ? 2 : 1;
    for (size_t i = 0; i < view->chassis->port_count; i++) {
        struct value location = value_text(view->chassis->ports[i].location);

        count += config_find_port(running, &location) == NULL;
        value_done(&location);
    }
    return count;
}

enum err
mib_interface_summary(const struct show *show)
{
    uint64_t committed_s = mib_last_commit(show);
    uint64_t started_s = show->view->started_us / S_US;
    struct row row;

    row_start(&row);
    row_number(
        &row, COLUMN_MIB_INTERFACE_SUMMARY_TOTAL, count_interfaces(show->view));
    row_number(&row, COLUMN_MIB_INTERFACE_SUMMARY_CHANGED,
        committed_s > started_s
            ? (uint32_t)((committed_s - started_s) * TICKS_S)
            : 0);
    row_send(&row, show);
    return OK;
}
