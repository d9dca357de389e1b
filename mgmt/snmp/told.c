/*
 * told.c - who is told of what happens: hosts from the daemon, its EVENTs of
 * class 8, and what the agent itself has to tell.
 *
 *    coldStart   the router started less than a minute ago, or anew
 *    warmStart   it ran when the agent started
 *    authenticationFailure   at most one in ten seconds: who asks with wrong
 *                            communities may not crowd out what matters
 */
#include "snmp/agent_state.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "snmp/library.h"
#include "snmp/notify.h"
#include "snmp/notify_post.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    S_US = 1000000,
    FRESH_US = 60 * S_US,   /* a router that started then: coldStart */
    SAME_US = 5 * S_US,     /* two looks at one start may differ     */
    REFUSED_US = 10 * S_US, /* between two authenticationFailures    */
    REPORT_US = 3 * S_US,
};

/* Heap; the agent's. */
struct told {
    struct notify_poster *poster;
    struct notify *notify;
    uint64_t started_us; /* of the router that was told of; 0: none was */
    uint64_t refused_us; /* the last authenticationFailure              */
    uint64_t report_us;  /* when to report next                         */
    uint32_t users;      /* hash of those that the lines were opened by */
};

/* Hosts as they come from the daemon. */
struct host_list {
    struct notify_host *hosts;
    size_t count;
};

void
told_start(struct agent *agent)
{
    struct told *told = mem_alloc(sizeof *told);
    struct notify_post post;

    told->poster = notify_poster_new(agent);
    post = notify_poster_post(told->poster);
    told->notify = notify_new(&post);
    notify_poster_serve(told->poster, told->notify);
    agent->told = told;
}

void
told_end(struct agent *agent)
{
    struct told *told = agent->told;

    if (told == NULL)
        return;
    notify_free(told->notify);
    notify_poster_free(told->poster);
    free(told);
    agent->told = NULL;
}

/* ---- what happens ---- */

static uint32_t
uptime_cs(void)
{
    return (uint32_t)netsnmp_get_agent_uptime();
}

static void
tell(struct told *told, struct notify_message *message)
{
    if (message != NULL)
        notify_take(told->notify, clock_monotonic_us(), message);
}

void
told_event(struct agent *agent, const struct wire_frame *event)
{
    if (agent->told != NULL)
        tell(agent->told, notify_message_of(event, uptime_cs()));
}

void
told_refused(struct agent *agent)
{
    struct told *told = agent->told;

    if (told == NULL || (told->refused_us != 0 &&
                            agent->now_us < told->refused_us + REFUSED_US))
        return;
    told->refused_us = agent->now_us;
    tell(told,
        notify_message_new(NOTIFICATION_AUTHENTICATION_FAILURE, uptime_cs()));
}

/* What virtual router default lets through. */
static struct notify_host
master_of(const struct access *access)
{
    return (struct notify_host){
        .is_master = true,
        .vr = "default",
        .version = SNMP_PROTOCOL_2C,
        .severity = access->trap_severity,
        .categories = access->trap_categories,
    };
}

bool
told_refusals(const struct agent *agent)
{
    const enum notification kind = NOTIFICATION_AUTHENTICATION_FAILURE;
    const struct notify *notify = agent->told->notify;
    const struct notify_host settings = master_of(agent->access);

    if (agent->access->traps && notify_host_takes(&settings, kind))
        return true;
    /* A host may have categories of its own. */
    for (size_t i = 0; i < notify_count(notify); i++) {
        const struct notify_host *host =
            notify_target_host(notify_target(notify, i));

        if (str_equal(host->vr, "default") && notify_host_takes(host, kind))
            return true;
    }
    return false;
}

/* ---- the configuration ---- */

static struct notify_host *
add_host(struct host_list *list)
{
    list->hosts =
        mem_resize(list->hosts, (list->count + 1) * sizeof *list->hosts);
    return &list->hosts[list->count++];
}

static void
take_host(void *context, const struct wire_frame *row)
{
    struct notify_host *host = add_host(context);

    *host = (struct notify_host){
        .address = (uint32_t)wire_number(row, COLUMN_SNMP_NOTIFY_HOST_ADDRESS),
        .port = (uint16_t)wire_number(row, COLUMN_SNMP_NOTIFY_HOST_PORT),
        .kind = (enum snmp_kind)wire_number(row, COLUMN_SNMP_NOTIFY_HOST_KIND),
        .version = (enum snmp_protocol)wire_number(
            row, COLUMN_SNMP_NOTIFY_HOST_VERSION),
        .severity = (enum event_severity)wire_number(
            row, COLUMN_SNMP_NOTIFY_HOST_SEVERITY),
        .categories = wire_number(row, COLUMN_SNMP_NOTIFY_HOST_CATEGORIES),
        .source = (uint32_t)wire_number(row, COLUMN_SNMP_NOTIFY_HOST_SOURCE),
    };
    (void)snprintf(host->vr, sizeof host->vr, "%s",
        wire_text(row, COLUMN_SNMP_NOTIFY_HOST_VIRTUAL_ROUTER));
    (void)snprintf(host->name, sizeof host->name, "%s",
        wire_text(row, COLUMN_SNMP_NOTIFY_HOST_COMMUNITY));
}

static uint64_t
apart(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

static void
tell_start(struct told *told, uint64_t started_us)
{
    const uint64_t now_us = clock_monotonic_us();
    bool is_again = told->started_us != 0;
    bool is_fresh = apart(now_us, started_us) < FRESH_US;

    if (is_again && apart(told->started_us, started_us) < SAME_US)
        return;
    told->started_us = started_us;
    tell(
        told, notify_message_new(is_again || is_fresh ? NOTIFICATION_COLD_START
                                                      : NOTIFICATION_WARM_START,
                  uptime_cs()));
}

/* FNV-1a */
static uint32_t
hash_text(uint32_t hash, const char *text)
{
    for (; *text != '\0'; text++)
        hash = (hash ^ (uint8_t)*text) * UINT32_C(0x01000193);
    return hash * UINT32_C(0x01000193);
}

static uint32_t
hash_users(const struct access *access)
{
    uint32_t hash = UINT32_C(0x811c9dc5);

    for (size_t i = 0; i < access->user_count; i++) {
        const struct access_user *user = &access->users[i];

        hash = hash_text(hash, user->name);
        hash = hash_text(hash, user->vr);
        hash = hash_text(hash, user->authentication_key);
        hash = hash_text(hash, user->privacy_key);
        hash ^=
            user->has_authentication ? 1 + (uint32_t)user->authentication : 0;
        hash ^= user->has_privacy ? (1 + (uint32_t)user->privacy) << 8 : 0;
    }
    return hash;
}

/* Lines of SNMPv3 are opened by a user; those of others may stay. */
static void
look_at_users(struct told *told, const struct access *access)
{
    const uint32_t users = hash_users(access);

    if (users != told->users)
        notify_reopen_users(told->notify);
    told->users = users;
}

void
told_apply(struct agent *agent)
{
    struct told *told = agent->told;
    struct host_list list = {0};
    const struct link_question question = {
        .exec = EXEC_SNMP_HOSTS,
        .vr = "default",
        .row = take_host,
        .context = &list,
    };

    if (agent->asker.ask(agent->asker.context, &question) == OK) {
        look_at_users(told, agent->access);
        if (agent->options.agentx && agent->access->traps)
            *add_host(&list) = master_of(agent->access);
        notify_set_hosts(told->notify, list.hosts, list.count);
        tell_start(told, agent->access->started_us);
    }
    free(list.hosts);
}

/* ---- time ---- */

void
told_turn(struct agent *agent)
{
    struct told *told = agent->told;

    if (notify_due(told->notify) <= agent->now_us)
        notify_turn(told->notify, agent->now_us);
    if (agent->now_us >= told->report_us) {
        told->report_us = agent->now_us + REPORT_US;
        if (link_is_up(agent->link))
            told_report(agent, told->notify);
    }
}

uint64_t
told_due(const struct agent *agent)
{
    const struct told *told = agent->told;
    uint64_t due_us = notify_due(told->notify);

    return due_us < told->report_us ? due_us : told->report_us;
}
