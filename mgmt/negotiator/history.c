/*
 * history.c - what each tunnel went through in the last 24 hours.
 *
 * Nothing runs by the hour: when something is noted, the hours since the last
 * note are closed first.
 */
#include "negotiator/state.h"

#define HOUR_US UINT64_C(3600000000)

enum { S_US = 1000000 };

static uint64_t
hour_at(const struct negotiator *negotiator, uint64_t when_us)
{
    return (when_us - negotiator->started_us) / HOUR_US;
}

static uint64_t
begin_of(const struct negotiator *negotiator, uint64_t hour)
{
    return negotiator->started_us + hour * HOUR_US;
}

static void
add_up(struct negotiator_hour *hour, uint64_t from_us, uint64_t to_us)
{
    hour->up_s = (uint16_t)(hour->up_s + (to_us - from_us) / S_US);
}

/* Bring it to the hour under way; at most a day is walked. */
static void
catch_up(const struct negotiator *negotiator, struct history *history)
{
    const uint64_t now = hour_at(negotiator, negotiator->now_us);

    if (now >= history->hour + NEGOTIATOR_HOURS && history->up_since_us != 0)
        history->up_since_us = begin_of(negotiator, now - NEGOTIATOR_HOURS);
    if (now >= history->hour + NEGOTIATOR_HOURS)
        history->hour = now - NEGOTIATOR_HOURS;
    while (history->hour < now) {
        const uint64_t end_us = begin_of(negotiator, history->hour + 1);

        if (history->up_since_us != 0) {
            add_up(&history->hours[history->hour % NEGOTIATOR_HOURS],
                history->up_since_us, end_us);
            history->up_since_us = end_us;
        }
        history->hour++;
        history->hours[history->hour % NEGOTIATOR_HOURS] =
            (struct negotiator_hour){0};
    }
}

static struct negotiator_hour *
this_hour(const struct negotiator *negotiator, struct history *history)
{
    catch_up(negotiator, history);
    return &history->hours[history->hour % NEGOTIATOR_HOURS];
}

void
history_up(struct negotiator *negotiator, struct signaled *tunnel)
{
    struct negotiator_hour *hour = this_hour(negotiator, &tunnel->history);

    if (tunnel->is_up) {
        hour->renewals++;
        tunnel->renewals++;
        return;
    }
    hour->ups++;
    tunnel->history.up_since_us = negotiator->now_us;
}

void
history_down(struct negotiator *negotiator, struct signaled *tunnel)
{
    struct negotiator_hour *hour = this_hour(negotiator, &tunnel->history);

    hour->downs++;
    if (tunnel->history.up_since_us != 0)
        add_up(hour, tunnel->history.up_since_us, negotiator->now_us);
    tunnel->history.up_since_us = 0;
}

static void
add_answer(struct negotiator_hour *hour, uint32_t round_trip_us)
{
    const uint64_t sum = (uint64_t)hour->mean_us * hour->answers;

    hour->answers++;
    hour->mean_us = (uint32_t)((sum + round_trip_us) / hour->answers);
    if (round_trip_us > hour->max_us)
        hour->max_us = round_trip_us;
}

/* One inquiry is for all tunnels to the peer. */
void
history_answer(struct negotiator *negotiator, const struct ike_answer *answer)
{
    uint32_t number = IKE_NO_TUNNEL;

    while ((number = ike_next_tunnel(negotiator->ike, &answer->peer, number)) !=
           IKE_NO_TUNNEL) {
        struct signaled *tunnel = retry_find(negotiator, number);

        if (tunnel != NULL) {
            add_answer(
                this_hour(negotiator, &tunnel->history), answer->round_trip_us);
        }
    }
}

bool
negotiator_totals(const struct negotiator *negotiator, uint32_t interface,
    struct negotiator_totals *out_totals)
{
    const struct signaled *tunnel = retry_find(negotiator, interface);

    if (tunnel == NULL || !tunnel->is_known)
        return false;
    *out_totals = (struct negotiator_totals){
        .renewals = tunnel->renewals,
        .failovers = tunnel->failovers,
        .dead_peers = tunnel->dead_peers,
        .on_backup = tunnel->was_backup,
    };
    return true;
}

bool
negotiator_hour(const struct negotiator *negotiator, uint32_t interface,
    unsigned hours_ago, struct negotiator_hour *out_hour)
{
    const struct signaled *tunnel = retry_find(negotiator, interface);
    struct history history;

    if (tunnel == NULL || !tunnel->is_known)
        return false;
    history = tunnel->history;
    catch_up(negotiator, &history);
    *out_hour = (struct negotiator_hour){0};
    if (hours_ago > history.hour || hours_ago >= NEGOTIATOR_HOURS)
        return true;
    *out_hour = history.hours[(history.hour - hours_ago) % NEGOTIATOR_HOURS];
    if (hours_ago == 0 && history.up_since_us != 0)
        add_up(out_hour, history.up_since_us, negotiator->now_us);
    return true;
}
