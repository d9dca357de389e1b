/*
 * loop.c - the event loop, on libev.
 */
#include "event/event.h"

#include "base/arena.h"

#include <ev.h>
#include <stdlib.h>

enum { US_PER_S = 1000000 };

/* Heap; its maker's. */
struct loop {
    struct ev_loop *ev;
};

struct loop *
loop_new(void)
{
    struct loop *loop = mem_alloc(sizeof *loop);

    loop->ev = ev_loop_new(EVFLAG_NOENV);
    if (loop->ev == NULL)
        abort(); /* like memory: without it there is no daemon */
    return loop;
}

void
loop_free(struct loop *loop)
{
    if (loop == NULL)
        return;
    ev_loop_destroy(loop->ev);
    free(loop);
}

void
loop_run(struct loop *loop)
{
    (void)ev_run(loop->ev, 0);
}

void
loop_stop(struct loop *loop)
{
    ev_break(loop->ev, EVBREAK_ALL);
}

/* ---- descriptors ---- */

/* Heap; its maker's. */
struct watch {
    ev_io io; /* its data leads back here */
    struct loop *loop;
    watch_call *call;
    void *context;
    unsigned what;
};

static void
on_ready(struct ev_loop *ev, ev_io *io, int events)
{
    struct watch *watch = io->data;
    unsigned ready = 0;

    (void)ev;
    if ((events & EV_READ) != 0)
        ready |= WATCH_READ;
    if ((events & EV_WRITE) != 0)
        ready |= WATCH_WRITE;
    watch->call(watch->context, ready);
}

struct watch *
watch_new(struct loop *loop, int fd, watch_call *call, void *context)
{
    struct watch *watch = mem_alloc(sizeof *watch);

    watch->loop = loop;
    watch->call = call;
    watch->context = context;
    ev_io_init(&watch->io, on_ready, fd, 0);
    watch->io.data = watch;
    return watch;
}

void
watch_free(struct watch *watch)
{
    if (watch == NULL)
        return;
    ev_io_stop(watch->loop->ev, &watch->io);
    free(watch);
}

void
watch_set(struct watch *watch, unsigned what)
{
    int events = 0;

    if (what == watch->what)
        return;
    watch->what = what;
    if ((what & WATCH_READ) != 0)
        events |= EV_READ;
    if ((what & WATCH_WRITE) != 0)
        events |= EV_WRITE;
    ev_io_stop(watch->loop->ev, &watch->io);
    ev_io_set(&watch->io, watch->io.fd, events);
    if (events != 0)
        ev_io_start(watch->loop->ev, &watch->io);
}

/* ---- times ---- */

/* Heap; its maker's. */
struct timer {
    ev_timer timer;
    struct loop *loop;
    event_call *call;
    void *context;
};

static void
on_time(struct ev_loop *ev, ev_timer *ev_timer_fired, int events)
{
    struct timer *timer = ev_timer_fired->data;

    (void)ev;
    (void)events;
    timer->call(timer->context);
}

struct timer *
timer_new(struct loop *loop, event_call *call, void *context)
{
    struct timer *timer = mem_alloc(sizeof *timer);

    timer->loop = loop;
    timer->call = call;
    timer->context = context;
    ev_timer_init(&timer->timer, on_time, 0., 0.);
    timer->timer.data = timer;
    return timer;
}

void
timer_free(struct timer *timer)
{
    if (timer == NULL)
        return;
    ev_timer_stop(timer->loop->ev, &timer->timer);
    free(timer);
}

void
timer_start(struct timer *timer, uint64_t after_us)
{
    struct ev_loop *ev = timer->loop->ev;

    ev_timer_stop(ev, &timer->timer);
    ev_now_update(ev); /* a timer counts from the loop's idea of now */
    ev_timer_set(&timer->timer, (double)after_us / (double)US_PER_S, 0.);
    ev_timer_start(ev, &timer->timer);
}

void
timer_stop(struct timer *timer)
{
    ev_timer_stop(timer->loop->ev, &timer->timer);
}

/* ---- signals ---- */

/* Heap; its maker's. */
struct signal_watch {
    ev_signal signal;
    struct loop *loop;
    event_call *call;
    void *context;
};

static void
on_signal(struct ev_loop *ev, ev_signal *signal, int events)
{
    struct signal_watch *watch = signal->data;

    (void)ev;
    (void)events;
    watch->call(watch->context);
}

struct signal_watch *
signal_watch_new(struct loop *loop, int number, event_call *call, void *context)
{
    struct signal_watch *watch = mem_alloc(sizeof *watch);

    watch->loop = loop;
    watch->call = call;
    watch->context = context;
    ev_signal_init(&watch->signal, on_signal, number);
    watch->signal.data = watch;
    ev_signal_start(loop->ev, &watch->signal);
    return watch;
}

void
signal_watch_free(struct signal_watch *watch)
{
    if (watch == NULL)
        return;
    ev_signal_stop(watch->loop->ev, &watch->signal);
    free(watch);
}
