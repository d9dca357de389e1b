/*
 * mib_system.c - the router as a whole for SNMP: software, the last commit,
 * slots and ports of its chassis.
 */
#include "oper/mib.h"

#include "base/str.h"
#include "chassis/chassis.h"
#include "commit/commit.h"
#include "gen/views.h"
#include "oper/tunnels.h"
#include "store/store.h"

#include <stdlib.h>

enum {
    S_US = 1000000,
    TICK_US = 10000,
    MODULE_LEVEL = 1, /* the slot itself */
    SLOTS = 256,
    /* entPhysicalIndex: the chassis, then slots and ports by their places */
    CHASSIS_INDEX = 1,
    SLOT_INDEX = 1000,
    PORT_INDEX = 10000,
};

/* ---- the router ---- */

/* Days since 1970 of a day of the Gregorian calendar: years begin in March, so
 * that what is irregular comes last. */
static uint64_t
days_of(unsigned year, unsigned month, unsigned day)
{
    const unsigned y = month <= 2 ? year - 1 : year;
    const unsigned m = month <= 2 ? month + 9 : month - 3;

    return (uint64_t)365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 +
           day - 719469;
}

/* Of "2015-01-05T10:00:00Z", seconds since 1970; 0: it is no such time. */
static uint64_t
seconds_of(const char *at)
{
    unsigned parts[6] = {0};

    for (size_t i = 0; i < 6; i++) {
        char *end;
        unsigned long part = strtoul(at, &end, 10);

        if (end == at || part > 9999)
            return 0;
        parts[i] = (unsigned)part;
        at = *end == '\0' ? end : end + 1;
    }
    if (parts[0] < 1970)
        return 0;
    return days_of(parts[0], parts[1], parts[2]) * 86400 +
           parts[3] * UINT64_C(3600) + parts[4] * UINT64_C(60) + parts[5];
}

static void
take_commit(void *context, const struct store_entry *entry)
{
    struct row *row = context;

    row_text(row, COLUMN_MIB_SYSTEM_COMMIT_WHO, entry->user);
    row_number(row, COLUMN_MIB_SYSTEM_COMMIT_S, seconds_of(entry->at));
    row_text(row, COLUMN_MIB_SYSTEM_COMMIT_COMMENT, entry->comment);
}

uint64_t
mib_last_commit(const struct show *show)
{
    uint64_t seconds = 0;
    struct row row;

    row_start(&row);
    if (store_log(show->view->store, 1, take_commit, &row, show->diag) == OK)
        seconds = row.columns[COLUMN_MIB_SYSTEM_COMMIT_S].number;
    row_done(&row);
    return seconds;
}

static void
fill_pending(const struct oper_view *view, struct row *row)
{
    const struct commit_pending *pending = view->pending;
    uint64_t left_us = 0;

    if (pending != NULL && pending->due_us > view->monotonic_us)
        left_us = pending->due_us - view->monotonic_us;
    row_flag(row, COLUMN_MIB_SYSTEM_COMMIT_PENDING, pending != NULL);
    row_number(row, COLUMN_MIB_SYSTEM_COMMIT_LEFT_S, left_us / S_US);
}

static void
fill_software(const struct oper_view *view, struct row *row)
{
    struct str software;
    struct str description;

    str_init(&software);
    str_init(&description);
    /* managers look between the brackets */
    str_add(&software, "(");
    oper_software(view->chassis, &software);
    str_add(&software, ")");
    str_printf(&description,
        "ermine %s, %s Edge Routing Switch SW Version : %s", oper_version,
        oper_model(view->chassis), str_text(&software));
    row_text(row, COLUMN_MIB_SYSTEM_VERSION, oper_version);
    row_str(row, COLUMN_MIB_SYSTEM_SOFTWARE, &software);
    row_text(row, COLUMN_MIB_SYSTEM_MODEL, oper_model(view->chassis));
    row_str(row, COLUMN_MIB_SYSTEM_DESCRIPTION, &description);
    str_done(&software);
    str_done(&description);
}

enum err
mib_system(const struct show *show)
{
    const struct oper_view *view = show->view;
    struct cfg_system system;
    struct row row;
    enum err error;

    show_read_system(show, &system);
    row_start(&row);
    fill_software(view, &row);
    row_number(&row, COLUMN_MIB_SYSTEM_UPTIME,
        (uint32_t)((view->now_us - view->started_us) / TICK_US));
    row_text(&row, COLUMN_MIB_SYSTEM_HOSTNAME, system.hostname);
    row_number(&row, COLUMN_MIB_SYSTEM_GENERATION, view->generation);
    error = store_log(view->store, 1, take_commit, &row, show->diag);
    fill_pending(view, &row);
    row_send(&row, show);
    return error;
}

/* ---- the chassis ---- */

static unsigned
slot_of(const struct chassis_port *port)
{
    return (unsigned)strtoul(port->location, NULL, 10) % SLOTS;
}

/* Which slots have ports; without any port the packet engine is in slot 0. */
static void
find_slots(const struct chassis *chassis, unsigned out_ports[SLOTS])
{
    for (size_t i = 0; i < chassis->port_count; i++)
        out_ports[slot_of(&chassis->ports[i])]++;
}

static bool
has_slot(
    const struct chassis *chassis, const unsigned ports[SLOTS], unsigned slot)
{
    return ports[slot] > 0 || (chassis->port_count == 0 && slot == 0);
}

static void
send_module(struct mib_page *page, unsigned slot, unsigned ports)
{
    struct str description;
    struct str software;
    struct row row;

    str_init(&description);
    str_init(&software);
    oper_software(page->show->view->chassis, &software);
    str_printf(
        &description, "packet engine, %u port%s", ports, ports == 1 ? "" : "s");
    row_start(&row);
    row_number(&row, COLUMN_MIB_MODULE_SLOT, slot);
    row_number(&row, COLUMN_MIB_MODULE_LEVEL, MODULE_LEVEL);
    row_str(&row, COLUMN_MIB_MODULE_DESCRIPTION, &description);
    row_number(&row, COLUMN_MIB_MODULE_PHYSICAL, SLOT_INDEX + slot);
    row_str(&row, COLUMN_MIB_MODULE_SOFTWARE, &software);
    mib_send(page, &row);
    str_done(&description);
    str_done(&software);
}

enum err
mib_modules(const struct show *show)
{
    const struct chassis *chassis = show->view->chassis;
    unsigned ports[SLOTS] = {0};
    const unsigned *slot;
    struct mib_sort *sort;
    struct mib_page page;

    find_slots(chassis, ports);
    mib_begin(show, &page);
    sort = mib_sort_new(&page, "nn", sizeof *slot);
    for (unsigned i = 0; i < SLOTS; i++) {
        struct mib_key key = {0};

        if (!has_slot(chassis, ports, i))
            continue;
        mib_key_number(&key, i);
        mib_key_number(&key, MODULE_LEVEL);
        mib_sort_add(sort, &key, &i);
    }
    while ((slot = mib_sort_next(sort)) != NULL)
        send_module(&page, *slot, ports[*slot]);
    mib_sort_free(sort);
    return mib_end(&page);
}

/* A part of the chassis, in which other part, at which place. */
struct part {
    uint32_t index;
    enum mib_physical_kind kind;
    uint32_t parent;
    uint32_t position;
    const char *name;
};

static void
send_part(struct mib_page *page, const struct part *part)
{
    static const char *const words[] = {"chassis", "slot", "port"};
    const struct chassis *chassis = page->show->view->chassis;
    struct str text;
    struct row row;

    if (part->index <= page->after || mib_is_full(page))
        return;
    str_init(&text);
    str_printf(&text, "%s%s%s", words[part->kind],
        part->name[0] == '\0' ? "" : " ", part->name);
    row_start(&row);
    row_number(&row, COLUMN_MIB_PHYSICAL_PHYSICAL, part->index);
    row_number(&row, COLUMN_MIB_PHYSICAL_KIND, (uint64_t)part->kind);
    row_number(&row, COLUMN_MIB_PHYSICAL_PARENT, part->parent);
    row_number(&row, COLUMN_MIB_PHYSICAL_POSITION, part->position);
    row_str(&row, COLUMN_MIB_PHYSICAL_NAME, &text);
    if (part->kind == MIB_PHYSICAL_KIND_CHASSIS) {
        str_clear(&text);
        str_printf(&text, "%s chassis", oper_model(chassis));
        row_text(&row, COLUMN_MIB_PHYSICAL_MODEL, oper_model(chassis));
    }
    row_str(&row, COLUMN_MIB_PHYSICAL_DESCRIPTION, &text);
    if (part->kind != MIB_PHYSICAL_KIND_PORT) {
        str_clear(&text);
        oper_software(chassis, &text);
        row_str(&row, COLUMN_MIB_PHYSICAL_SOFTWARE, &text);
    }
    mib_send(page, &row);
    str_done(&text);
}

static void
send_slots(struct mib_page *page, const unsigned ports[SLOTS])
{
    const struct chassis *chassis = page->show->view->chassis;
    struct str name;

    str_init(&name);
    for (unsigned i = 0; i < SLOTS; i++) {
        if (!has_slot(chassis, ports, i))
            continue;
        str_clear(&name);
        str_printf(&name, "%u", i);
        send_part(
            page, &(struct part){SLOT_INDEX + i, MIB_PHYSICAL_KIND_CONTAINER,
                      CHASSIS_INDEX, i, str_text(&name)});
    }
    str_done(&name);
}

enum err
mib_physical(const struct show *show)
{
    const struct chassis *chassis = show->view->chassis;
    unsigned ports[SLOTS] = {0};
    struct mib_page page;

    find_slots(chassis, ports);
    mib_begin(show, &page);
    send_part(&page,
        &(struct part){CHASSIS_INDEX, MIB_PHYSICAL_KIND_CHASSIS, 0, 0, ""});
    send_slots(&page, ports);
    for (unsigned i = 0; i < chassis->port_count; i++) {
        const struct chassis_port *port = &chassis->ports[i];

        send_part(&page, &(struct part){PORT_INDEX + i, MIB_PHYSICAL_KIND_PORT,
                             SLOT_INDEX + slot_of(port), i, port->location});
    }
    return mib_end(&page);
}
