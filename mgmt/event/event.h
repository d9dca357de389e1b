/*
 * event.h - what thread M waits for: descriptors, times, signals.
 *
 * The only room with the event library.  All callbacks run in the thread
 * that runs the loop; a callback may free any watch, its own too.  A watch
 * does not own its descriptor.  Running out of memory aborts, as elsewhere.
 */
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include <stdint.h>

struct loop;

struct loop *loop_new(void);
void loop_free(struct loop *loop); /* NULL is allowed; after its watches */
/* Until loop_stop. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* ---- descriptors ---- */

enum { WATCH_READ = 1, WATCH_WRITE = 2 };

typedef void watch_call(void *context, unsigned ready);

struct watch;

struct watch *watch_new(
    struct loop *loop, int fd, watch_call *call, void *context);
/* Before its descriptor is closed; NULL is allowed. */
void watch_free(struct watch *watch);
/* What to wait for from now on; 0: nothing. */
void watch_set(struct watch *watch, unsigned what);

/* ---- times ---- */

typedef void event_call(void *context);

struct timer;

/* Not running. */
struct timer *timer_new(struct loop *loop, event_call *call, void *context);
void timer_free(struct timer *timer); /* NULL is allowed */
/* Call once, so many microseconds from now; replaces what was set. */
void timer_start(struct timer *timer, uint64_t after_us);
void timer_stop(struct timer *timer);

/* ---- signals ---- */

struct signal_watch;

struct signal_watch *signal_watch_new(
    struct loop *loop, int number, event_call *call, void *context);
void signal_watch_free(struct signal_watch *watch); /* NULL is allowed */

#endif
