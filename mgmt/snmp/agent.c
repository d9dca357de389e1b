/*
 * agent.c - the agent's life: the daemon reached, the library started, then
 * turns of the loop; and what a new configuration changes.
 */
#include "snmp/agent_state.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    TIDY_US = 30000000,
    TURN_US = 1000000, /* also of a signal that comes between two turns */
    EVENT_CONFIGURATION = 1,
};

/* The only thing that a signal may touch. */
static volatile sig_atomic_t was_told_to_end;

static void
take_signal(int number)
{
    (void)number;
    was_told_to_end = 1;
}

/* ---- the daemon ---- */

static void
on_connected(void *context)
{
    struct agent *agent = context;
    struct agent_context *of;

    agent->must_reload = true;
    LIST_FOREACH(of, &agent->contexts, all)
        tables_forget_stamps(of->tables);
}

static void
on_event(void *context, const struct wire_frame *event)
{
    struct agent *agent = context;
    struct agent_context *of;

    if (wire_number(event, 0) == WIRE_NOTIFICATION)
        told_event(agent, event);
    if (wire_number(event, 0) != EVENT_CONFIGURATION)
        return;
    agent->must_reload = true;
    LIST_FOREACH(of, &agent->contexts, all)
        tables_doubt(of->tables);
}

static enum err
ask(void *context, const struct link_question *question)
{
    return link_ask(context, question);
}

static void
take_engine(void *context, const struct wire_frame *row)
{
    struct agent *agent = context;

    if (hex_decode(wire_text(row, COLUMN_SNMP_ENGINE_ENGINE_ID),
            agent->engine_id, sizeof agent->engine_id,
            &agent->engine_id_length) != OK)
        agent->engine_id_length = 0;
    agent->boots = (uint32_t)wire_number(row, COLUMN_SNMP_ENGINE_BOOTS);
}

/* ERR_IO: the daemon cannot be reached yet. */
static enum err
learn_engine(struct agent *agent)
{
    const struct value starts = {.kind = VALUE_NUMBER, .number = 1};
    const struct link_question question = {
        .exec = EXEC_SNMP_ENGINE,
        .vr = "default",
        .args = &starts,
        .arg_count = 1,
        .row = take_engine,
        .context = agent,
    };
    enum err error = link_ask(agent->link, &question);

    return error == OK && agent->engine_id_length == 0 ? ERR_MALFORMED : error;
}

/* ---- contexts ---- */

static struct agent_context *
find_context(struct agent *agent, uint32_t router)
{
    struct agent_context *context;

    LIST_FOREACH(context, &agent->contexts, all) {
        if (context->router == router)
            return context;
    }
    return NULL;
}

static void
want_context(struct agent *agent, uint32_t router)
{
    struct agent_context *context = find_context(agent, router);

    if (context == NULL) {
        context = mem_alloc(sizeof *context);
        context->agent = agent;
        context->router = router;
        (void)access_context_name(router, context->name);
        context->tables = tables_new(&agent->asker, router);
        LIST_INSERT_HEAD(&agent->contexts, context, all);
        serve_context(context);
        groups_serve(context);
    }
    context->is_wanted = true;
}

static void
end_context(struct agent_context *context)
{
    groups_end(context);
    serve_context_end(context);
    LIST_REMOVE(context, all);
    tables_free(context->tables);
    free(context);
}

static void
end_contexts(struct agent *agent)
{
    struct agent_context *context = LIST_FIRST(&agent->contexts);

    while (context != NULL) {
        struct agent_context *next = LIST_NEXT(context, all);

        end_context(context);
        context = next;
    }
}

static void
compare_contexts(struct agent *agent)
{
    const struct access *access = agent->access;
    struct agent_context *context;
    struct agent_context *next;

    LIST_FOREACH(context, &agent->contexts, all)
        context->is_wanted = false;
    want_context(agent, 0);
    for (size_t i = 0; i < access->context_count; i++)
        want_context(agent, access->contexts[i].router);
    for (context = LIST_FIRST(&agent->contexts); context != NULL;
         context = next) {
        next = LIST_NEXT(context, all);
        if (!context->is_wanted)
            end_context(context);
    }
}

/* ---- configuration ---- */

static void
reload(struct agent *agent)
{
    struct access *fresh;
    enum err error;

    /* A commit while this reads is told of meanwhile: then it reads again. */
    agent->must_reload = false;
    error = access_read(&agent->asker, &fresh);
    if (error != OK) {
        agent->must_reload = agent->must_reload || error == ERR_IO;
        if (error != ERR_IO) {
            log_event(LOG_ERROR, "snmp", "REFUSED",
                "the daemon refuses what the agent needs (%s): run it as root "
                "or as the daemon's user",
                err_name(error));
        }
        return;
    }
    access_free(agent->access);
    agent->access = fresh;
    library_apply(agent);
    users_apply(agent);
    told_apply(agent);
    compare_contexts(agent);
    log_event(LOG_INFO, "snmp", "CONFIGURED",
        "%zu communities, %zu users, %zu virtual routers%s",
        fresh->community_count, fresh->user_count, fresh->context_count,
        fresh->is_enabled ? "" : "; snmp-server is off");
}

void
agent_listen(struct agent *agent)
{
    link_poll(agent->link, agent->now_us);
    if (agent->must_reload && link_is_up(agent->link))
        reload(agent);
    if (agent->options.end_with_daemon && !link_is_up(agent->link))
        agent->is_over = true;
}

uint64_t
agent_age_us(const struct agent *agent)
{
    uint64_t now_us = clock_monotonic_us();
    uint64_t oldest_us = now_us;
    const struct agent_context *context;

    LIST_FOREACH(context, &agent->contexts, all) {
        uint64_t us = tables_oldest_us(context->tables, now_us);

        if (us < oldest_us)
            oldest_us = us;
    }
    if (!link_is_up(agent->link) && link_answered_us(agent->link) < oldest_us)
        oldest_us = link_answered_us(agent->link);
    return now_us - oldest_us;
}

static void
tidy(struct agent *agent)
{
    struct agent_context *context;

    LIST_FOREACH(context, &agent->contexts, all)
        tables_tidy(context->tables, agent->now_us);
    agent->tidy_us = agent->now_us + TIDY_US;
}

/* ---- life ---- */

static struct agent *
agent_new(const struct snmp_options *options)
{
    struct agent *agent = mem_alloc(sizeof *agent);
    const struct link_observer observer = {on_connected, on_event, agent};

    agent->options = *options;
    LIST_INIT(&agent->contexts);
    agent->link = link_new(
        options->socket, EVENT_CONFIGURATION | WIRE_NOTIFICATION, &observer);
    agent->asker = (struct source_asker){ask, agent->link};
    return agent;
}

static void
agent_free(struct agent *agent)
{
    end_contexts(agent);
    users_free(agent);
    access_free(agent->access);
    link_free(agent->link);
    free(agent);
}

/* Until the daemon is there; then the engine is known. */
static enum err
reach_daemon(struct agent *agent)
{
    const struct timespec pause = {.tv_nsec = 100000000};
    enum err error = learn_engine(agent);

    while (error == ERR_IO && was_told_to_end == 0 &&
           !agent->options.end_with_daemon) {
        (void)nanosleep(&pause, NULL);
        error = learn_engine(agent);
    }
    if (error != OK && error != ERR_IO) {
        log_event(LOG_ERROR, "snmp", "REFUSED",
            "the daemon refuses what the agent needs (%s): run it as root or "
            "as the daemon's user",
            err_name(error));
    }
    return error;
}

static void
run(struct agent *agent)
{
    while (was_told_to_end == 0 && !agent->is_over) {
        uint64_t until_us = agent->now_us + TURN_US;
        uint64_t due_us = link_due(agent->link);
        uint64_t told_us = told_due(agent);

        if (due_us < until_us)
            until_us = due_us;
        if (told_us < until_us)
            until_us = told_us;
        if (agent->tidy_us < until_us)
            until_us = agent->tidy_us;
        library_turn(agent, until_us);
        if (agent->now_us >= due_us || agent->must_reload ||
            !link_is_up(agent->link))
            agent_listen(agent);
        told_turn(agent);
        if (agent->now_us >= agent->tidy_us)
            tidy(agent);
    }
}

static void
catch_signals(void)
{
    struct sigaction end = {.sa_handler = take_signal};

    (void)sigemptyset(&end.sa_mask);
    (void)sigaction(SIGTERM, &end, NULL);
    (void)sigaction(SIGINT, &end, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

bool
snmp_serve(const struct snmp_options *options)
{
    struct agent *agent = agent_new(options);
    bool good = false;

    catch_signals();
    if (reach_daemon(agent) == OK) {
        good = library_start(agent) == OK;
        agent->now_us = clock_monotonic_us();
        if (good) {
            told_start(agent);
            agent_listen(agent);
            run(agent);
        }
        end_contexts(agent);
        told_end(agent);
        library_stop(agent);
    }
    agent_free(agent);
    return good;
}
