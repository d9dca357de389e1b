/*
 * link.c against a daemon in a thread that is quick, slow, or hangs.
 */
#include "snmp/link.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "wire/address.h"

TestSuite(link, .timeout = 60);

enum {
    MS_US = 1000,
    SLOW_MS = LINK_BRIEF_MS * 2,
    EVER_MS = 20000,
};

/* It answers each question after delay_ms of its own time; the stamp is how
 * many it was asked. */
static struct daemon {
    int listener;
    char path[64];
    pthread_t thread;
    atomic_int delay_ms;
    atomic_uint asked;
    atomic_uint opened;
} daemon_of;

static void
send_frame(int fd, struct wire_frame *frame)
{
    struct wire_buffer buffer;

    wire_buffer_init(&buffer);
    cr_assert_eq(wire_encode(frame, &buffer), OK);
    wire_frame_done(frame);
    /* Who asked may be gone. */
    (void)send(fd, buffer.bytes, wire_buffer_length(&buffer), MSG_NOSIGNAL);
    wire_buffer_done(&buffer);
}

static void
answer(struct daemon *daemon, int fd, const struct wire_frame *question)
{
    struct wire_frame frame;

    wire_frame_init(&frame, WIRE_REPLY, question->id);
    wire_add_number(&frame, OK);
    if (question->verb == WIRE_HELLO) {
        wire_add_number(&frame, 5);
        wire_add_text(&frame, "host1");
        wire_add_text(&frame, "alice");
        wire_add_number(&frame, 10);
        wire_add_number(&frame, 42);
        wire_add_text(&frame, "1.0");
    } else {
        wire_add_number(&frame, 1);
        wire_add_number(&frame, atomic_load(&daemon->asked));
    }
    send_frame(fd, &frame);
}

/* As the test sets it meanwhile; ends with the connection. */
static void
be_slow(struct daemon *daemon, int fd)
{
    struct pollfd ended = {.fd = fd, .events = POLLRDHUP};
    uint64_t start_us = clock_monotonic_us();

    while (clock_monotonic_us() - start_us <
               (uint64_t)atomic_load(&daemon->delay_ms) * MS_US &&
           poll(&ended, 1, 5) == 0)
        continue;
}

static void
serve(struct daemon *daemon, int fd)
{
    struct wire_buffer in;
    struct wire_frame frame;
    bool taken;

    atomic_fetch_add(&daemon->opened, 1);
    wire_buffer_init(&in);
    for (;;) {
        uint8_t *room = wire_buffer_reserve(&in, 4096);
        ssize_t n = recv(fd, room, 4096, 0);

        if (n <= 0)
            break;
        wire_buffer_grow(&in, (size_t)n);
        while (wire_decode(&in, &frame, &taken) == OK && taken) {
            be_slow(daemon, fd);
            if (frame.verb == WIRE_EXEC)
                atomic_fetch_add(&daemon->asked, 1);
            answer(daemon, fd, &frame);
            wire_frame_done(&frame);
        }
    }
    wire_buffer_done(&in);
    close(fd);
}

static void *
run(void *context)
{
    struct daemon *daemon = context;
    int fd;

    while ((fd = accept(daemon->listener, NULL, NULL)) >= 0)
        serve(daemon, fd);
    return NULL;
}

static void
set_up(void)
{
    struct sockaddr_un address;
    socklen_t length;

    (void)snprintf(daemon_of.path, sizeof daemon_of.path, "@test-link-%ld",
        (long)getpid());
    cr_assert_eq(wire_address(daemon_of.path, &address, &length), OK);
    daemon_of.listener = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert_eq(
        bind(daemon_of.listener, (struct sockaddr *)&address, length), 0);
    cr_assert_eq(listen(daemon_of.listener, 4), 0);
    cr_assert_eq(pthread_create(&daemon_of.thread, NULL, run, &daemon_of), 0);
}

static void
tear_down(void)
{
    (void)shutdown(daemon_of.listener, SHUT_RDWR);
    (void)pthread_join(daemon_of.thread, NULL);
    close(daemon_of.listener);
}

static void
note_connected(void *context)
{
    (*(unsigned *)context)++;
}

static void
note_event(void *context, const struct wire_frame *event)
{
    (void)context;
    (void)event;
}

/* How long it took, in milliseconds. */
static unsigned
ask(struct link *link, bool is_brief, enum err wanted, uint64_t *out_stamp)
{
    const struct link_question question = {
        .exec = EXEC_SNMP_CONTEXTS,
        .vr = "default",
        .is_brief = is_brief,
        .stamp = out_stamp,
    };
    uint64_t start_us = clock_monotonic_us();

    cr_assert_eq(link_ask(link, &question), wanted);
    return (unsigned)((clock_monotonic_us() - start_us) / MS_US);
}

/* Until the late answer is there, or its time is over. */
static void
poll_until_due(struct link *link)
{
    uint64_t due_us = link_due(link);

    cr_assert_neq(due_us, UINT64_MAX);
    while (link_due(link) == due_us) {
        struct pollfd pollfd = {.fd = link_fd(link), .events = POLLIN};

        (void)poll(&pollfd, 1, 20);
        link_poll(link, clock_monotonic_us());
    }
}

static struct link *
connected(unsigned *connections)
{
    const struct link_observer observer = {
        note_connected, note_event, connections};
    struct link *link = link_new(daemon_of.path, 1, &observer);
    uint64_t stamp = 0;

    (void)ask(link, false, OK, &stamp);
    cr_assert_eq(stamp, 1);
    cr_assert_eq(*connections, 1);
    return link;
}

Test(link, a_late_answer_is_not_taken_for_the_next_one, .init = set_up,
    .fini = tear_down)
{
    unsigned connections = 0;
    struct link *link = connected(&connections);
    uint64_t stamp = 0;
    unsigned took_ms;

    atomic_store(&daemon_of.delay_ms, SLOW_MS);
    took_ms = ask(link, true, ERR_IO, &stamp);
    cr_expect_geq(took_ms, LINK_BRIEF_MS - 1);
    cr_expect_eq(stamp, 0);
    cr_expect(link_is_up(link));
    /* meanwhile nobody waits who need not, and nothing more is asked */
    cr_expect_lt(ask(link, true, ERR_IO, &stamp), LINK_WAIT_MS);
    poll_until_due(link);
    cr_expect(link_is_up(link));
    cr_expect_eq(atomic_load(&daemon_of.asked), 2);
    /* who is slow is waited for once; then he is asked briefly again */
    (void)ask(link, true, OK, &stamp);
    cr_expect_eq(stamp, 3);
    (void)ask(link, true, ERR_IO, &stamp);
    /* who has nothing to do without waits for both */
    atomic_store(&daemon_of.delay_ms, 0);
    (void)ask(link, false, OK, &stamp);
    cr_expect_eq(stamp, 5);
    cr_expect_eq(link_due(link), UINT64_MAX);
    cr_expect_eq(connections, 1);
    link_free(link);
}

Test(link, who_hangs_costs_a_brief_wait_and_no_more, .init = set_up,
    .fini = tear_down)
{
    unsigned connections = 0;
    struct link *link = connected(&connections);
    uint64_t start_us = clock_monotonic_us();
    uint64_t stamp = 0;

    atomic_store(&daemon_of.delay_ms, EVER_MS);
    (void)ask(link, true, ERR_IO, &stamp);
    cr_expect(link_is_up(link));
    poll_until_due(link);
    cr_expect_not(link_is_up(link));
    cr_expect_geq(
        clock_monotonic_us() - start_us, (uint64_t)LINK_WAIT_MS * MS_US);
    /* it rests, and then tries, briefly */
    cr_expect_lt(ask(link, false, ERR_IO, &stamp), LINK_WAIT_MS);
    poll_until_due(link);
    cr_expect_eq(connections, 1);
    atomic_store(&daemon_of.delay_ms, 0);
    while (!link_is_up(link)) {
        (void)poll(NULL, 0, 20);
        link_poll(link, clock_monotonic_us());
    }
    cr_expect_eq(connections, 2);
    (void)ask(link, false, OK, &stamp);
    link_free(link);
}

Test(link, who_has_nothing_to_do_without_waits_longer, .init = set_up,
    .fini = tear_down)
{
    unsigned connections = 0;
    struct link *link = connected(&connections);
    uint64_t stamp = 0;

    atomic_store(&daemon_of.delay_ms, SLOW_MS);
    (void)ask(link, false, OK, &stamp);
    cr_expect_eq(stamp, 2);
    atomic_store(&daemon_of.delay_ms, EVER_MS);
    cr_expect_geq(ask(link, false, ERR_IO, &stamp), LINK_WAIT_MS - 1);
    cr_expect_not(link_is_up(link));
    link_free(link);
}
