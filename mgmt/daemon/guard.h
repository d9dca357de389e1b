/*
 * guard.h - tunnels that were up before a commit, watched while it waits to
 * be confirmed.
 *
 * A tunnel counts as lost when it is down at each look for the guard time.
 * One that is no longer configured or was shut down does not count: the
 * operator wanted that.  Looks are spread: each tick takes a slice, so that
 * 100,000 tunnels are all seen within ten seconds without a pause in thread M.
 *
 * Private to daemon.  Thread M only.
 */
#ifndef DAEMON_GUARD_H
#define DAEMON_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;
struct guard;
struct ipsec;
struct str;

/* Watches the tunnels that are up now. */
struct guard *guard_new(
    const struct config *running, const struct ipsec *ipsec);
void guard_free(struct guard *guard); /* NULL is allowed */
size_t guard_watched(const struct guard *guard);
/* Seen down at the last look. */
size_t guard_down(const struct guard *guard);

/* Look at the next slice.  True: a tunnel is down for guard_s seconds; why:
 * "because 1 of 4 tunnels that were up ...", at most 200 bytes. */
bool guard_tick(struct guard *guard, const struct config *running,
    const struct ipsec *ipsec, uint64_t monotonic_us, uint32_t guard_s,
    struct str *why);

#endif
