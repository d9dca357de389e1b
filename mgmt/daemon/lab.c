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
#include "daemon/opener.h"
#include "daemon/options.h"
#include "daemon/places.h"
#include "daemon/privilege.h"
#include "daemon/router.h"
#include "daemon/server.h"
#include "dp.h"
#include "event/event.h"
#include "fetch/fetch.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { LONELY_US = 30000000, OPENING_MS = 3000 };

/* Heap; its maker's.  Freed in reverse order of making. */
struct lab {
    bool ends; /* with its last session */
    struct chassis *chassis;
    size_t count;
    struct router *routers[CHASSIS_ROUTERS_MAX];
    struct server *servers[CHASSIS_ROUTERS_MAX];
    struct loop *loop;
    struct fetcher *fetcher;
    struct opener *opener; /* NULL: no port needs one */
    struct watch *opened;
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

/* Nobody came; or the last one left while an agent had not yet said what it
 * is, and was taken for somebody. */
static void
on_lonely(void *context)
{
    struct lab *lab = context;

    if (sessions(lab) == 0) {
        loop_stop(lab->loop);
    } else {
        timer_start(lab->lonely, LONELY_US);
    }
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
    params.tells_costs = true;
    error = router_new(&params, diag, &lab->routers[index]);
    if (error == OK) {
        router_fetch_by(lab->routers[index], lab->fetcher);
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

/* ---- ports of the Linux host ---- */

static bool
has_real_ports(const struct lab *lab)
{
    size_t r;
    size_t p;

    for (r = 0; lab->chassis != NULL && r < lab->count; r++) {
        for (p = 0; p < lab->chassis[r].port_count; p++) {
            if (chassis_is_real(&lab->chassis[r].ports[p]))
                return true;
        }
    }
    return false;
}

/* What needs privilege goes to a process of its own, before anything is open;
 * a lab without such ports is run as it is. */
static enum err
give_up_privilege(struct lab *lab, const char *user, struct diag *diag)
{
    enum err error = OK;

    if (has_real_ports(lab)) {
        error = privilege_check(lab->chassis, lab->count, diag);
        if (error == OK)
            error = opener_new(lab->chassis, lab->count, diag, &lab->opener);
    } else if (lab->ends) {
        return OK;
    }
    return error == OK ? privilege_drop(user, diag) : error;
}

/* False: no answer came. */
static bool
take_port(struct lab *lab, int wait_ms)
{
    const struct instant now = {clock_monotonic_us(), clock_wall_us()};
    struct opener_answer answer = {0};

    if (!opener_take(lab->opener, wait_ms, &answer))
        return false;
    if (answer.place.router < lab->count) {
        router_take_port(lab->routers[answer.place.router], &answer, &now);
    } else {
        real_port_close(&answer.port);
    }
    return true;
}

static void
on_opened(void *context, unsigned ready)
{
    struct lab *lab = context;

    (void)ready;
    while (take_port(lab, 0))
        continue;
    if (opener_fd(lab->opener) < 0) {
        watch_free(lab->opened);
        lab->opened = NULL;
    }
}

/* All that can be opened is, before anybody is told that we are ready. */
static void
open_ports(struct lab *lab)
{
    const struct instant now = {clock_monotonic_us(), clock_wall_us()};
    size_t awaited = 0;
    size_t i;

    if (lab->opener == NULL)
        return;
    for (i = 0; i < lab->count; i++) {
        awaited +=
            router_open_ports(lab->routers[i], lab->opener, (uint16_t)i, &now);
    }
    while (awaited > 0 && take_port(lab, OPENING_MS))
        awaited--;
    if (opener_fd(lab->opener) < 0)
        return;
    lab->opened = watch_new(lab->loop, opener_fd(lab->opener), on_opened, lab);
    watch_set(lab->opened, WATCH_READ);
}

static enum err
make_all(struct lab *lab, const struct places *places, struct diag *diag)
{
    struct server_owner owner = {on_session_closed, lab};
    enum err error = OK;
    size_t i;

    for (i = 0; error == OK && i < lab->count; i++) {
        error = make_router(lab, places, i, diag);
        if (error == OK && lab->ends)
            server_set_owner(lab->servers[i], &owner);
    }
    if (error == OK) {
        router_join_wires(lab->routers, lab->count);
        open_ports(lab);
    }
    return error;
}

enum err
lab_new(const struct options *options, struct diag *diag, struct lab **out_lab)
{
    struct lab *lab = mem_alloc(sizeof *lab);
    struct places places;
    enum err error;

    lab->ends = options->lab != NULL;
    places_init(&places, options);
    error = read_chassis(lab, &places, diag);
    if (error == OK)
        error = give_up_privilege(lab, options->user, diag);
    lab->loop = loop_new();
    lab->fetcher = fetcher_new(lab->loop);
    if (error == OK)
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
        const char *name = router_name(lab->routers[i]);

        log_event(LOG_NOTICE, "daemon", "SERVING", "%s%s, generation %llu",
            name[0] != '\0' ? "router " : "the router", name,
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
    watch_free(lab->opened);
    for (i = 0; i < lab->count; i++)
        router_free(lab->routers[i]);
    fetcher_free(lab->fetcher);
    opener_free(lab->opener);
    loop_free(lab->loop);
    free(lab->chassis);
    free(lab);
}
