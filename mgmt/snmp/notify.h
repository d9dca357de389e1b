/*
 * notify.h - who is told of what, and no faster than he can read.
 *
 *    EVENT -> message -> each host: wants it? -> credit left? -> post
 *                                                  |no
 *                                               waiting -> full: dropped
 *
 * A host is told NOTIFY_RATE notifications a second, and NOTIFY_BURST at once
 * after a quiet time; NOTIFY_WAITING_MAX wait, and what is beyond is dropped,
 * counted, and told of as a number when the queue is empty again.  Of informs
 * NOTIFY_UNDER_WAY_MAX wait for their acknowledgement at a time.
 *
 * Nothing here knows SNMP's library; the post (notify_post.c) does.
 */
#ifndef SNMP_NOTIFY_H
#define SNMP_NOTIFY_H

#include "gen/ids.h"
#include "gen/notifications.h"
#include "schema/schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct notify;
struct notify_target;
struct wire_frame;

enum {
    NOTIFY_RATE = 20,
    NOTIFY_BURST = 100,
    NOTIFY_WAITING_MAX = 256,
    NOTIFY_UNDER_WAY_MAX = 16,
    NOTIFY_NAME_SIZE = 33,
};

/* What happened; counted, shared by all who are to be told. */
struct notify_message {
    uint32_t refs;
    enum notification kind;
    uint32_t uptime_cs; /* when it happened */
    struct value columns[COLUMNS_NOTIFICATION];
};

/* An EVENT of class 8 as a message; NULL: of a kind that is not known. */
struct notify_message *notify_message_of(
    const struct wire_frame *event, uint32_t uptime_cs);
struct notify_message *notify_message_new(
    enum notification kind, uint32_t uptime_cs);
struct notify_message *notify_message_ref(struct notify_message *message);
void notify_message_unref(struct notify_message *message); /* NULL: allowed */

/* A host as it is configured; or the agent above this one, which has receivers
 * of its own, and no address, port, kind, version and name. */
struct notify_host {
    bool is_master;
    char vr[NOTIFY_NAME_SIZE];
    uint32_t address;
    uint16_t port;
    enum snmp_kind kind;
    enum snmp_protocol version;
    char name[NOTIFY_NAME_SIZE];  /* community, or user */
    enum event_severity severity; /* the least that it is told of */
    uint64_t categories;          /* list of snmp-category; 0: all */
    uint32_t source;              /* that the host is to see; 0: any */
};

struct notify_counters {
    uint64_t sent; /* informs: once each */
    uint64_t acknowledged;
    uint64_t failed; /* not acknowledged, or not sent at all */
    uint64_t dropped;
    uint32_t waiting;
    uint32_t under_way;
};

/* How messages leave. */
struct notify_post {
    /* OK: sent; an inform is under way, and notify_ended says how it ended.
     * ERR_CONFLICT: not yet, try again a little later. */
    enum err (*send)(void *context, struct notify_target *target,
        const struct notify_message *message);
    /* The host is gone, or is another one; what is under way never ends. */
    void (*close)(void *context, struct notify_target *target);
    void *context;
};

/* The post is copied, its context borrowed. */
struct notify *notify_new(const struct notify_post *post);
void notify_free(struct notify *notify); /* NULL is allowed */

/* Does it want them, of its own virtual router? */
bool notify_host_takes(const struct notify_host *host, enum notification kind);
/* Copied.  Hosts that stay keep their counters and what waits. */
void notify_set_hosts(
    struct notify *notify, const struct notify_host *hosts, size_t count);
/* Users of SNMPv3 may be others: their hosts are called anew. */
void notify_reopen_users(struct notify *notify);
/* Takes the message over. */
void notify_take(
    struct notify *notify, uint64_t now_us, struct notify_message *message);
/* Send what waits, as far as there is credit. */
void notify_turn(struct notify *notify, uint64_t now_us);
/* When to turn next; UINT64_MAX: nothing waits. */
uint64_t notify_due(const struct notify *notify);
/* An inform came to its end. */
void notify_ended(
    struct notify *notify, struct notify_target *target, bool acknowledged);

/* ---- questions ---- */

size_t notify_count(const struct notify *notify);
struct notify_target *notify_target(const struct notify *notify, size_t at);
const struct notify_host *notify_target_host(
    const struct notify_target *target);
struct notify_counters notify_target_counters(
    const struct notify_target *target);
/* The post's own; NULL at first, and after close. */
void *notify_target_line(const struct notify_target *target);
void notify_target_set_line(struct notify_target *target, void *line);

#endif
