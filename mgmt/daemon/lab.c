/*
 * lab.c - several routers in one process, joined by wires.
 */
#include "daemon/lab.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/diag.h"
#include "base/log.h"
#include "base/str.h"
#include "chassis/chassis.h"
#include "daemon/options.h"
#include "daemon/places.h"
#include "daemon/router.h"
#include "daemon/server.h"
#include "dp.h"
#include "event/event.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { LONELY_US = 30000000 };

/* Heap; its maker's.  Freed in reverse order of making. */
struct lab {
    bool ends; /* with its last session */
    struct chassis *chassis;
    size_t count;
    struct router *routers[CHASSIS_ROUTERS_MAX];
    struct server *servers[CHASSIS_ROUTERS_MAX];
    struct loop *loop;
    struct dp_thread *thread;
    struct timer *lonely;
    struct signal_watch *term;
    struct signal_watch *interrupt;
};

/* ---- ends ---- */

static void
on_signal(void *context)
{
    struct lab *lab = context;

    log_event(LOG_NOTICE, "daemon", "STOPPING", "by a signal");
    loop_stop(lab->loop);
}

static size_t
sessions(const struct lab *lab)
{
    size_t count = 0;
    size_t i;

    for (i = 0; i < lab->count; i++)
        count += server_sessions(lab->servers[i]);
    return count;
}

static void
on_session_closed(void *context)
{
    struct lab *lab = context;

    if (sessions(lab) == 0)
        loop_stop(lab->loop);
}

static void
on_lonely(void *context)
{
    struct lab *lab = context;
    size_t accepted = 0;
    size_t i;

    for (i = 0; i < lab->count; i++)
        accepted += server_accepted(lab->servers[i]);
    if (accepted == 0)
        loop_stop(lab->loop);
}

/* ---- making ---- */

static bool
is_folder(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static enum err
make_router(struct lab *lab, const struct places *places, size_t index,
    struct diag *diag)
{
    const struct chassis *chassis =
        lab->chassis == NULL ? NULL : &lab->chassis[index];
    struct router_params params = {
        .name = chassis == NULL ? NULL : chassis->router,
        .chassis = chassis,
        .now = {clock_monotonic_us(), clock_wall_us()},
    };
    char *state = places_state(places, params.name);
    char *path = places_socket(places, params.name);
    enum err error;

    /* A lab's router is in memory unless somebody made the folder. */
    if (!lab->ends || is_folder(state))
        params.state_dir = state;
    error = router_new(&params, diag, &lab->routers[index]);
    if (error == OK) {
        error = server_new(
            lab->loop, lab->routers[index], path, diag, &lab->servers[index]);
    }
    free(state);
    free(path);
    return error;
}

static enum err
read_chassis(struct lab *lab, const struct places *places, struct diag *diag)
{
    enum err error;

    lab->count = 1;
    if (places->chassis == NULL)
        return OK;
    error = chassis_read(places->chassis, diag, &lab->chassis, &lab->count);
    if (error != OK)
        return error;
    if (lab->ends && lab->chassis[0].router[0] == '\0') {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "%s names no router: a lab needs a `router NAME` line for each.",
            places->chassis);
        return ERR_INVALID;
    }
    if (!lab->ends && lab->count > 1) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "%s has %zu routers, which is a lab: run it with --lab.",
            places->chassis, lab->count);
        return ERR_INVALID;
    }
    return OK;
}

static enum err
make_all(struct lab *lab, const struct places *places, struct diag *diag)
{
    struct server_owner owner = {on_session_closed, lab};
    enum err error = read_chassis(lab, places, diag);
    size_t i;

    for (i = 0; error == OK && i < lab->count; i++) {
        error = make_router(lab, places, i, diag);
        if (error == OK && lab->ends)
            server_set_owner(lab->servers[i], &owner);
    }
    if (error == OK)
        router_join_wires(lab->routers, lab->count);
    return error;
}

enum err
lab_new(const struct options *options, struct diag *diag, struct lab **out_lab)
{
    struct lab *lab = mem_alloc(sizeof *lab);
    struct places places;
    enum err error;

    lab->ends = options->lab != NULL;
    lab->loop = loop_new();
    places_init(&places, options);
    error = make_all(lab, &places, diag);
    places_done(&places);
    if (error != OK) {
        lab_free(lab);
        return error;
    }
    lab->lonely = timer_new(lab->loop, on_lonely, lab);
    if (lab->ends)
        timer_start(lab->lonely, LONELY_US);
    lab->term = signal_watch_new(lab->loop, SIGTERM, on_signal, lab);
    lab->interrupt = signal_watch_new(lab->loop, SIGINT, on_signal, lab);
    *out_lab = lab;
    return OK;
}

void
lab_run(struct lab *lab)
{
    struct dp *dps[CHASSIS_ROUTERS_MAX];
    size_t i;

    for (i = 0; i < lab->count; i++) {
        dps[i] = router_dp(lab->routers[i]);
        log_event(LOG_NOTICE, "daemon", "SERVING", "router %s, generation %llu",
            router_name(lab->routers[i]),
            (unsigned long long)router_generation(lab->routers[i]));
    }
    lab->thread = dp_thread_start(dps, lab->count);
    loop_run(lab->loop);
}

void
lab_free(struct lab *lab)
{
    size_t i;

    if (lab == NULL)
        return;
    for (i = 0; i < lab->count; i++)
        server_free(lab->servers[i]);
    dp_thread_stop(lab->thread);
    signal_watch_free(lab->term);
    signal_watch_free(lab->interrupt);
    timer_free(lab->lonely);
    for (i = 0; i < lab->count; i++)
        router_free(lab->routers[i]);
    loop_free(lab->loop);
    free(lab->chassis);
    free(lab);
}
