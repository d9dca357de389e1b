/*
 * thread.c - thread D: polls its dps and sleeps between.
 *
 * It wakes for a dp's commands, for what arrives at a descriptor, for the end
 * (stop_fd) and when the next packet is due.
 */
#include "dp.h"

#include "base/arena.h"
#include "base/clock.h"
#include "path/engine.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    US_PER_S = 1000000,
    NS_PER_US = 1000,
    FDS_MAX = 66, /* of one dp: its commands, and 64 ports or so */
};

/* Heap; M's, but for dps and fds while the thread runs. */
struct dp_thread {
    pthread_t thread;
    int stop_fd;
    size_t count;
    struct dp **dps;
    struct pollfd *fds; /* stop_fd, then those of the dps */
};

/* Who may wake us: ports come and go, so it is asked each time. */
static nfds_t
gather(struct dp_thread *thread)
{
    nfds_t count = 1;
    int fds[FDS_MAX];
    size_t i;

    for (i = 0; i < thread->count; i++) {
        size_t found = dp_wait_fds(thread->dps[i], fds, FDS_MAX);
        size_t k;

        for (k = 0; k < found; k++)
            thread->fds[count++] = (struct pollfd){fds[k], POLLIN, 0};
    }
    return count;
}

/* Sleep until something is readable or the time has come.  False: the thread
 * is to end. */
static bool
sleep_until(struct dp_thread *thread, uint64_t next_us)
{
    struct timespec timeout = {0};
    uint64_t now_us = clock_monotonic_us();
    uint64_t wait_us = next_us > now_us ? next_us - now_us : 0;
    nfds_t count = gather(thread);

    timeout.tv_sec = (time_t)(wait_us / US_PER_S);
    timeout.tv_nsec = (long)(wait_us % US_PER_S * NS_PER_US);
    /* An error is a signal: the loop looks again in any case. */
    if (ppoll(thread->fds, count, next_us == UINT64_MAX ? NULL : &timeout,
            NULL) < 0)
        return true;
    return thread->fds[0].revents == 0;
}

/* Quieten a descriptor; the work that it announced is looked for after. */
static void
drain(int fd)
{
    uint64_t count;

    if (read(fd, &count, sizeof(count)) < 0)
        return;
}

static void *
run(void *argument)
{
    struct dp_thread *thread = argument;
    uint64_t next;
    uint64_t due;
    size_t i;

    do {
        for (i = 0; i < thread->count; i++) {
            drain(thread->dps[i]->wake_fd);
            (void)dp_poll(thread->dps[i], clock_monotonic_us());
        }
        next = UINT64_MAX;
        for (i = 0; i < thread->count; i++) {
            due = dp_due(thread->dps[i]);
            if (due < next)
                next = due;
        }
    } while (sleep_until(thread, next));
    return NULL;
}

struct dp_thread *
dp_thread_start(struct dp *const *dps, size_t count)
{
    struct dp_thread *thread;
    size_t i;

    thread = mem_alloc(sizeof(*thread));
    thread->count = count;
    thread->dps = mem_alloc(sizeof(struct dp *) * (count + 1));
    thread->fds = mem_alloc(sizeof(*thread->fds) * (1 + FDS_MAX * count));
    thread->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (thread->stop_fd < 0)
        abort(); /* like memory: without it there is no router */
    for (i = 0; i < count; i++)
        thread->dps[i] = dps[i];
    thread->fds[0] = (struct pollfd){thread->stop_fd, POLLIN, 0};
    if (pthread_create(&thread->thread, NULL, run, thread) != 0)
        abort();
    return thread;
}

void
dp_thread_stop(struct dp_thread *thread)
{
    uint64_t one = 1;

    if (thread == NULL)
        return;
    if (write(thread->stop_fd, &one, sizeof(one)) < 0)
        abort(); /* it has never been written: cannot be full */
    (void)pthread_join(thread->thread, NULL);
    (void)close(thread->stop_fd);
    free(thread->dps);
    free(thread->fds);
    free(thread);
}
