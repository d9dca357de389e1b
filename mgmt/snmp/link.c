/*
 * link.c - the agent's connection to the router's daemon.
 *
 *    up --(closed, silent)--> down --(pause is over)--> tries --> up
 *    | ^                        ^                         |        |
 *    v | the answer             +---- twice the pause ----+        v
 *    late --(LINK_WAIT_MS)--> down
 */
#include "snmp/link.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/diag.h"
#include "base/log.h"
#include "wire/client.h"

#include <poll.h>
#include <stdlib.h>

enum {
    MS_US = 1000,
    PAUSE_FIRST_US = 250000,
    PAUSE_MOST_US = 8000000,
};

/* Heap; the agent's. */
struct link {
    char *path;
    uint64_t classes;
    struct link_observer observer;
    struct client *client; /* NULL: down */
    uint64_t pause_us;
    uint64_t due_us; /* while down: of the next try */
    uint64_t answered_us;
    uint32_t late_id;  /* of the question whose answer is late; 0: none */
    uint64_t since_us; /* when that was asked                           */
    bool is_slow;      /* it came late: the next one is waited for      */
    bool was_told;     /* that it is down: said once */
};

struct link *
link_new(
    const char *path, uint64_t classes, const struct link_observer *observer)
{
    struct link *link = mem_alloc(sizeof *link);

    link->path = mem_strdup(path);
    link->classes = classes;
    link->observer = *observer;
    link->pause_us = PAUSE_FIRST_US;
    return link;
}

void
link_free(struct link *link)
{
    if (link == NULL)
        return;
    client_close(link->client);
    free(link->path);
    free(link);
}

static void
rest(struct link *link)
{
    link->due_us = clock_monotonic_us() + link->pause_us;
    link->pause_us *= 2;
    if (link->pause_us > PAUSE_MOST_US)
        link->pause_us = PAUSE_MOST_US;
}

static void
drop(struct link *link)
{
    client_close(link->client);
    link->client = NULL;
    link->late_id = 0;
    log_event(LOG_WARNING, "snmp", "DAEMON-LOST", "%s", link->path);
    link->was_told = true;
    rest(link);
}

static void
subscribe(struct link *link)
{
    struct wire_frame frame;

    wire_frame_init(&frame, WIRE_SUBSCRIBE, 0);
    wire_add_number(&frame, link->classes);
    (void)client_send(link->client, &frame);
}

/* Who answered before is not waited for when he hangs. */
static void
try_connect(struct link *link)
{
    unsigned wait_ms = link->answered_us == 0 ? LINK_WAIT_MS : LINK_BRIEF_MS;
    struct diag diag;
    enum err error;

    diag_init(&diag);
    error = client_open_within(link->path, wait_ms, &diag, &link->client);
    if (error != OK) {
        link->client = NULL;
        if (!link->was_told) {
            log_event(LOG_WARNING, "snmp", "DAEMON-AWAY", "%s",
                diag.count > 0 ? diag.entries[0].sentence : err_name(error));
        }
        link->was_told = true;
        rest(link);
    } else {
        log_event(LOG_NOTICE, "snmp", "DAEMON-REACHED", "%s, %s", link->path,
            client_identity(link->client)->hostname);
        link->was_told = false;
        link->pause_us = PAUSE_FIRST_US;
        link->answered_us = clock_monotonic_us();
        subscribe(link);
    }
    diag_done(&diag);
    if (error == OK)
        link->observer.connected(link->observer.context);
}

/* What was not asked for, or is late by now; false: it may be an answer. */
static bool
take_other(struct link *link, const struct wire_frame *frame)
{
    if (frame->verb == WIRE_REPLY && frame->id == link->late_id) {
        link->late_id = 0;
        link->is_slow = true;
    }
    if (frame->verb != WIRE_EVENT)
        return false;
    link->observer.event(link->observer.context, frame);
    return true;
}

/* ---- asking ---- */

static void
send_question(
    struct link *link, const struct link_question *question, uint32_t *out_id)
{
    struct wire_frame frame;

    wire_frame_init(&frame, WIRE_EXEC, 0);
    wire_add_number(&frame, (uint64_t)question->exec);
    wire_add_text(&frame, question->vr);
    for (size_t i = 0; i < question->arg_count; i++)
        wire_add(&frame, value_share(&question->args[i]));
    *out_id = client_send(link->client, &frame);
}

/* The next frame that comes before this time.  ERR_CONFLICT: none yet. */
static enum err
next_frame(struct link *link, uint64_t until_us, struct wire_frame *out_frame)
{
    struct pollfd pollfd = {.fd = client_fd(link->client), .events = POLLIN};
    bool taken = false;

    for (;;) {
        enum err error = client_take(link->client, out_frame, &taken);
        uint64_t now_us;

        if (error != OK || taken)
            return error;
        now_us = clock_monotonic_us();
        if (now_us >= until_us)
            return ERR_CONFLICT;
        /* A signal: it is looked again. */
        (void)poll(&pollfd, 1, (int)((until_us - now_us) / MS_US) + 1);
    }
}

/* One frame of the answer; true: it was the last. */
static bool
take_answer(struct link *link, const struct link_question *question,
    uint32_t id, const struct wire_frame *frame, enum err *out_error)
{
    if (take_other(link, frame) || frame->id != id)
        return false; /* the answer to SUBSCRIBE has another number */
    if (frame->verb == WIRE_ROW) {
        if (question->row != NULL)
            question->row(question->context, frame);
        return false;
    }
    *out_error = wire_reply_err(frame);
    if (question->stamp != NULL && wire_reply_values(frame) > 0)
        *question->stamp = wire_reply_value(frame, 0)->number;
    if (question->lasts != NULL) {
        *question->lasts = wire_reply_values(frame) > 1 &&
                           wire_reply_value(frame, 1)->number == 1;
    }
    return true;
}

static unsigned
patience_ms(const struct link *link, const struct link_question *question)
{
    return question->is_brief && !link->is_slow ? LINK_BRIEF_MS : LINK_WAIT_MS;
}

/* No answer within its time: it may come late, or the daemon is gone. */
static enum err
give_up(struct link *link, uint32_t id, uint64_t since_us, enum err why)
{
    if (why != ERR_CONFLICT ||
        clock_monotonic_us() - since_us >= (uint64_t)LINK_WAIT_MS * MS_US) {
        drop(link);
    } else {
        link->late_id = id;
        link->since_us = since_us;
    }
    return ERR_IO;
}

enum err
link_ask(struct link *link, const struct link_question *question)
{
    uint64_t since_us;
    unsigned wait_ms;
    struct wire_frame frame;
    enum err result = OK;
    bool is_last = false;
    uint32_t id;

    if (link->client == NULL || link->late_id != 0)
        link_poll(link, clock_monotonic_us());
    if (link->client == NULL || (link->late_id != 0 && question->is_brief))
        return ERR_IO;
    /* Questions are answered in their order. */
    since_us = link->late_id != 0 ? link->since_us : clock_monotonic_us();
    wait_ms = patience_ms(link, question);
    link->is_slow = false;
    send_question(link, question, &id);
    while (!is_last) {
        enum err error =
            next_frame(link, since_us + (uint64_t)wait_ms * MS_US, &frame);

        if (error != OK)
            return give_up(link, id, since_us, error);
        is_last = take_answer(link, question, id, &frame, &result);
        wire_frame_done(&frame);
    }
    link->answered_us = clock_monotonic_us();
    return result;
}

/* ---- events ---- */

void
link_poll(struct link *link, uint64_t now_us)
{
    struct wire_frame frame;
    bool taken = true;

    if (link->client == NULL && now_us >= link->due_us)
        try_connect(link);
    while (link->client != NULL && taken) {
        if (client_take(link->client, &frame, &taken) != OK) {
            drop(link);
        } else if (taken) {
            (void)take_other(link, &frame);
            wire_frame_done(&frame);
        }
    }
    if (link->late_id != 0 && now_us >= link_due(link))
        drop(link);
}

int
link_fd(const struct link *link)
{
    return link->client == NULL ? -1 : client_fd(link->client);
}

uint64_t
link_due(const struct link *link)
{
    if (link->client == NULL)
        return link->due_us;
    return link->late_id == 0 ? UINT64_MAX
                              : link->since_us + (uint64_t)LINK_WAIT_MS * MS_US;
}

bool
link_is_up(const struct link *link)
{
    return link->client != NULL;
}

uint64_t
link_answered_us(const struct link *link)
{
    return link->answered_us;
}
