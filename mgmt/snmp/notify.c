/*
 * notify.c - hosts, what they want, and at which pace.
 *
 * Credit is time: a notification costs a NOTIFY_RATEth of a second, and the
 * time that passes is credit, up to NOTIFY_BURST of them.
 */
#include "snmp/notify.h"

#include "base/arena.h"
#include "base/str.h"
#include "wire/wire.h"

#include <stdlib.h>
#include <string.h>

enum {
    S_US = 1000000,
    COST_US = S_US / NOTIFY_RATE,
    CREDIT_MAX_US = COST_US * NOTIFY_BURST,
    AGAIN_US = 500000, /* where the post could not take it yet */
};

/* Heap; the notify's. */
struct notify_target {
    struct notify_host host;
    struct notify_counters counters;
    struct notify_message *waiting[NOTIFY_WAITING_MAX]; /* a ring */
    uint32_t first;
    uint64_t credit_us;
    uint64_t counted_us; /* up to when time is in the credit */
    uint64_t rests_us;   /* until the post is asked again    */
    uint32_t lost;       /* dropped, and not told of yet     */
    uint32_t uptime_cs;  /* of the last that came            */
    void *line;
    bool is_wanted; /* while hosts are compared */
};

struct notify {
    struct notify_post post;
    struct notify_target **targets;
    size_t count;
};

/* ---- messages ---- */

struct notify_message *
notify_message_new(enum notification kind, uint32_t uptime_cs)
{
    struct notify_message *message = mem_alloc(sizeof *message);

    message->refs = 1;
    message->kind = kind;
    message->uptime_cs = uptime_cs;
    return message;
}

struct notify_message *
notify_message_of(const struct wire_frame *event, uint32_t uptime_cs)
{
    const size_t first = WIRE_NOTIFICATION_AT;
    const uint64_t kind = wire_number(event, first + COLUMN_NOTIFICATION_KIND);
    struct notify_message *message;
    size_t i;

    if (kind >= NOTIFICATION_COUNT)
        return NULL;
    message = notify_message_new((enum notification)kind, uptime_cs);
    for (i = 0; i < COLUMNS_NOTIFICATION; i++)
        message->columns[i] = value_share(wire_at(event, first + i));
    return message;
}

struct notify_message *
notify_message_ref(struct notify_message *message)
{
    message->refs++;
    return message;
}

void
notify_message_unref(struct notify_message *message)
{
    size_t i;

    if (message == NULL || --message->refs > 0)
        return;
    for (i = 0; i < COLUMNS_NOTIFICATION; i++)
        value_done(&message->columns[i]);
    free(message);
}

/* ---- life ---- */

struct notify *
notify_new(const struct notify_post *post)
{
    struct notify *notify = mem_alloc(sizeof *notify);

    notify->post = *post;
    return notify;
}

static struct notify_message *
take_first(struct notify_target *target)
{
    struct notify_message *message = target->waiting[target->first];

    target->first = (target->first + 1) % NOTIFY_WAITING_MAX;
    target->counters.waiting--;
    return message;
}

static void
target_free(struct notify *notify, struct notify_target *target)
{
    notify->post.close(notify->post.context, target);
    while (target->counters.waiting > 0)
        notify_message_unref(take_first(target));
    free(target);
}

void
notify_free(struct notify *notify)
{
    size_t i;

    if (notify == NULL)
        return;
    for (i = 0; i < notify->count; i++)
        target_free(notify, notify->targets[i]);
    free(notify->targets);
    free(notify);
}

/* ---- hosts ---- */

static struct notify_target *
find(const struct notify *notify, const struct notify_host *host)
{
    size_t i;

    for (i = 0; i < notify->count; i++) {
        struct notify_target *target = notify->targets[i];

        if (target->host.is_master == host->is_master &&
            target->host.address == host->address &&
            str_equal(target->host.vr, host->vr))
            return target;
    }
    return NULL;
}

static bool
is_same_line(const struct notify_host *a, const struct notify_host *b)
{
    return a->port == b->port && a->kind == b->kind &&
           a->version == b->version && a->source == b->source &&
           str_equal(a->name, b->name);
}

static void
hang_up(struct notify *notify, struct notify_target *target)
{
    notify->post.close(notify->post.context, target);
    target->counters.failed += target->counters.under_way;
    target->counters.under_way = 0;
}

void
notify_reopen_users(struct notify *notify)
{
    size_t i;

    for (i = 0; i < notify->count; i++) {
        if (notify->targets[i]->host.version == SNMP_PROTOCOL_3)
            hang_up(notify, notify->targets[i]);
    }
}

static void
want(struct notify *notify, const struct notify_host *host)
{
    struct notify_target *target = find(notify, host);

    if (target == NULL) {
        target = mem_alloc(sizeof *target);
        target->credit_us = CREDIT_MAX_US;
        notify->targets = mem_resize(notify->targets,
            (notify->count + 1) * sizeof(struct notify_target *));
        notify->targets[notify->count++] = target;
    } else if (!is_same_line(&target->host, host)) {
        hang_up(notify, target);
    }
    target->host = *host;
    target->is_wanted = true;
}

void
notify_set_hosts(
    struct notify *notify, const struct notify_host *hosts, size_t count)
{
    size_t kept = 0;
    size_t i;

    for (i = 0; i < notify->count; i++)
        notify->targets[i]->is_wanted = false;
    for (i = 0; i < count; i++)
        want(notify, &hosts[i]);
    for (i = 0; i < notify->count; i++) {
        if (notify->targets[i]->is_wanted) {
            notify->targets[kept++] = notify->targets[i];
        } else {
            target_free(notify, notify->targets[i]);
        }
    }
    notify->count = kept;
}

/* ---- what a host wants ---- */

static bool
has_category(uint64_t list, enum snmp_category category)
{
    unsigned i;

    for (i = 0; i < value_list_count(list); i++) {
        if (value_list_at(list, i) == (unsigned)category)
            return true;
    }
    return list == 0;
}

/* A host of virtual router default is told of all of them, another one of its
 * own; of the router's start everybody. */
static bool
is_of_its_router(
    const struct notify_host *host, const struct notify_message *message)
{
    if (message->kind == NOTIFICATION_COLD_START ||
        message->kind == NOTIFICATION_WARM_START ||
        str_equal(host->vr, "default"))
        return true;
    return str_equal(host->vr,
        value_string(&message->columns[COLUMN_NOTIFICATION_VIRTUAL_ROUTER]));
}

bool
notify_host_takes(const struct notify_host *host, enum notification kind)
{
    const struct notification_text *text = &notification_texts[kind];

    return text->severity <= host->severity &&
           has_category(host->categories, text->category);
}

static bool
wants(const struct notify_host *host, const struct notify_message *message)
{
    return notify_host_takes(host, message->kind) &&
           is_of_its_router(host, message);
}

/* ---- pace ---- */

static void
count_credit(struct notify_target *target, uint64_t now_us)
{
    if (target->counted_us != 0 && now_us > target->counted_us)
        target->credit_us += now_us - target->counted_us;
    if (target->credit_us > CREDIT_MAX_US)
        target->credit_us = CREDIT_MAX_US;
    target->counted_us = now_us;
}

static bool
may_send(const struct notify_target *target, uint64_t now_us)
{
    return target->credit_us >= COST_US && target->rests_us <= now_us &&
           target->counters.under_way < NOTIFY_UNDER_WAY_MAX;
}

/* False: it is to be tried again. */
static bool
send(struct notify *notify, struct notify_target *target, uint64_t now_us,
    const struct notify_message *message)
{
    struct notify_counters *counters = &target->counters;
    enum err error;

    error = notify->post.send(notify->post.context, target, message);
    if (error == ERR_CONFLICT) {
        target->rests_us = now_us + AGAIN_US;
        return false;
    }
    target->credit_us -= COST_US;
    if (error != OK) {
        counters->failed++;
        return true;
    }
    counters->sent++;
    if (target->host.kind == SNMP_KIND_INFORMS)
        counters->under_way++;
    return true;
}

static void
put(struct notify_target *target, struct notify_message *message)
{
    uint32_t at =
        (target->first + target->counters.waiting) % NOTIFY_WAITING_MAX;

    target->uptime_cs = message->uptime_cs;
    if (target->counters.waiting == NOTIFY_WAITING_MAX) {
        target->counters.dropped++;
        target->lost++;
        return;
    }
    target->waiting[at] = notify_message_ref(message);
    target->counters.waiting++;
}

/* The number of those that were dropped, once there is quiet. */
static void
tell_lost(struct notify *notify, struct notify_target *target, uint64_t now_us)
{
    struct notify_message *message;

    if (target->lost == 0 || target->counters.waiting > 0 ||
        !may_send(target, now_us))
        return;
    message =
        notify_message_new(NOTIFICATION_NOTIFICATIONS_LOST, target->uptime_cs);
    message->columns[COLUMN_NOTIFICATION_LOST] = value_number(target->lost);
    if (!wants(&target->host, message) || send(notify, target, now_us, message))
        target->lost = 0;
    notify_message_unref(message);
}

static void
drain(struct notify *notify, struct notify_target *target, uint64_t now_us)
{
    count_credit(target, now_us);
    while (target->counters.waiting > 0 && may_send(target, now_us)) {
        struct notify_message *message = target->waiting[target->first];

        if (!send(notify, target, now_us, message))
            return;
        notify_message_unref(take_first(target));
    }
    tell_lost(notify, target, now_us);
}

void
notify_take(
    struct notify *notify, uint64_t now_us, struct notify_message *message)
{
    size_t i;

    for (i = 0; i < notify->count; i++) {
        struct notify_target *target = notify->targets[i];

        if (!wants(&target->host, message))
            continue;
        put(target, message);
        drain(notify, target, now_us);
    }
    notify_message_unref(message);
}

void
notify_turn(struct notify *notify, uint64_t now_us)
{
    size_t i;

    for (i = 0; i < notify->count; i++) {
        if (notify->targets[i]->counters.waiting > 0 ||
            notify->targets[i]->lost > 0)
            drain(notify, notify->targets[i], now_us);
    }
}

static uint64_t
due_of(const struct notify_target *target)
{
    uint64_t due_us = target->counted_us;

    if (target->counters.under_way >= NOTIFY_UNDER_WAY_MAX)
        return UINT64_MAX; /* an acknowledgement brings it on */
    if (target->credit_us < COST_US)
        due_us += COST_US - target->credit_us;
    return due_us > target->rests_us ? due_us : target->rests_us;
}

uint64_t
notify_due(const struct notify *notify)
{
    uint64_t due_us = UINT64_MAX;
    size_t i;

    for (i = 0; i < notify->count; i++) {
        const struct notify_target *target = notify->targets[i];
        uint64_t its_us;

        if (target->counters.waiting == 0 && target->lost == 0)
            continue;
        its_us = due_of(target);
        if (its_us < due_us)
            due_us = its_us;
    }
    return due_us;
}

void
notify_ended(
    struct notify *notify, struct notify_target *target, bool acknowledged)
{
    (void)notify;
    if (target->counters.under_way > 0)
        target->counters.under_way--;
    if (acknowledged) {
        target->counters.acknowledged++;
    } else {
        target->counters.failed++;
    }
}

/* ---- questions ---- */

size_t
notify_count(const struct notify *notify)
{
    return notify->count;
}

struct notify_target *
notify_target(const struct notify *notify, size_t at)
{
    return at < notify->count ? notify->targets[at] : NULL;
}

const struct notify_host *
notify_target_host(const struct notify_target *target)
{
    return &target->host;
}

struct notify_counters
notify_target_counters(const struct notify_target *target)
{
    return target->counters;
}

void *
notify_target_line(const struct notify_target *target)
{
    return target->line;
}

void
notify_target_set_line(struct notify_target *target, void *line)
{
    target->line = line;
}
