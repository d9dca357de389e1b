/*
 * link.c - the agent's connection to the router's daemon.
 *
 *    up --(closed, silent)--> down --(pause is over)--> tries --> up
 *                               ^                         |
 *                               +---- twice the pause ----+
 */
#include "snmp/link.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/diag.h"
#include "base/log.h"
#include "wire/client.h"

#include <stdlib.h>

enum {
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
    bool was_told; /* that it is down: said once */
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

static void
try_connect(struct link *link)
{
    struct diag diag;
    enum err error;

    diag_init(&diag);
    error = client_open_within(link->path, LINK_WAIT_MS, &diag, &link->client);
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

/* What was not asked for; false: it was. */
static bool
take_event(struct link *link, const struct wire_frame *frame)
{
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

/* One frame of the answer; true: it was the last. */
static bool
take_answer(struct link *link, const struct link_question *question,
    uint32_t id, const struct wire_frame *frame, enum err *out_error)
{
    if (take_event(link, frame) || frame->id != id)
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

enum err
link_ask(struct link *link, const struct link_question *question)
{
    struct wire_frame frame;
    enum err result = OK;
    bool is_last = false;
    uint32_t id;

    if (link->client == NULL && clock_monotonic_us() >= link->due_us)
        try_connect(link);
    if (link->client == NULL)
        return ERR_IO;
    client_within(link->client, LINK_WAIT_MS);
    send_question(link, question, &id);
    while (!is_last) {
        if (client_next(link->client, &frame) != OK) {
            drop(link);
            return ERR_IO;
        }
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
            (void)take_event(link, &frame);
            wire_frame_done(&frame);
        }
    }
}

int
link_fd(const struct link *link)
{
    return link->client == NULL ? -1 : client_fd(link->client);
}

uint64_t
link_due(const struct link *link)
{
    return link->client == NULL ? link->due_us : UINT64_MAX;
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
