/*
 * snmp_lateness.c - how late the daemon's loop gets to what falls due.
 *
 *    snmp_lateness SOCKET     until its standard input ends
 *
 * Asks for the time of day each millisecond, as a session does; the answer is
 * as late as an IKE timer would be that falls due at the same moment, for one
 * loop serves both, and one exchange over a socket more.  Prints the median,
 * the 99th percentile and the worst in microseconds.
 */
#include "base/clock.h"
#include "tests/support/bench.h"
#include "wire/client.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { SAMPLES_MAX = 200000, PAUSE_NS = 1000000 };

static uint64_t
ask(struct client *client)
{
    uint64_t start_us = clock_monotonic_us();
    struct wire_frame frame;
    bool is_last = false;

    wire_frame_init(&frame, WIRE_EXEC, 0);
    wire_add_number(&frame, EXEC_SHOW_CLOCK);
    wire_add_text(&frame, "default");
    (void)client_send(client, &frame);
    while (!is_last) {
        bench_require(client_next(client, &frame) == OK, "the daemon is gone");
        is_last = frame.verb == WIRE_REPLY;
        wire_frame_done(&frame);
    }
    return clock_monotonic_us() - start_us;
}

static int
compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

int
main(int argc, char **argv)
{
    static uint64_t samples[SAMPLES_MAX];
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    struct pollfd end = {.fd = STDIN_FILENO, .events = POLLIN};
    struct client *client;
    size_t count = 0;

    bench_require(argc == 2, "a socket");
    bench_require(client_open(argv[1], NULL, &client) == OK,
        "the daemon cannot be reached");
    while (count < SAMPLES_MAX && poll(&end, 1, 0) == 0) {
        samples[count++] = ask(client);
        (void)nanosleep(&pause, NULL);
    }
    client_close(client);
    qsort(samples, count, sizeof samples[0], compare);
    (void)printf("%llu %llu %llu\n", (unsigned long long)samples[count / 2],
        (unsigned long long)samples[count * 99 / 100],
        (unsigned long long)samples[count - 1]);
    return EXIT_SUCCESS;
}
