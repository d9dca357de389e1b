/*
 * A client against a scripted other end on a socket pair.
 */
#include <criterion/criterion.h>

#include "base/diag.h"
#include "wire/client.h"

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

TestSuite(client, .timeout = 60);

enum { MANY = 100000 };

static void
send_frame(int fd, struct wire_frame *frame)
{
    struct wire_buffer buffer;
    size_t length;

    wire_buffer_init(&buffer);
    cr_assert_eq(wire_encode(frame, &buffer), OK);
    wire_frame_done(frame);
    length = wire_buffer_length(&buffer);
    cr_assert_eq(write(fd, buffer.bytes, length), (ssize_t)length);
    wire_buffer_done(&buffer);
}

static void
send_hello_reply(int fd, enum err error)
{
    struct wire_frame frame;

    wire_frame_init(&frame, WIRE_REPLY, 1);
    wire_add_number(&frame, (uint64_t)error);
    if (error == OK) {
        wire_add_number(&frame, 5);
        wire_add_text(&frame, "host1");
        wire_add_text(&frame, "alice");
        wire_add_number(&frame, 10);
        wire_add_number(&frame, 42);
        wire_add_text(&frame, "ERX-310");
    } else {
        wire_add_number(&frame, 0);
        wire_add_number(&frame, DIAG_ERROR);
        wire_add_text(&frame, "");
        wire_add_text(&frame, "");
        wire_add_text(&frame, "Not you.");
    }
    send_frame(fd, &frame);
}

static struct client *
open_client(int ends[2])
{
    struct client *client;

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    send_hello_reply(ends[1], OK);
    cr_assert_eq(client_open_fd(ends[0], NULL, &client), OK);
    return client;
}

Test(client, learns_who_it_is_from_hello)
{
    int ends[2];
    struct client *client = open_client(ends);
    const struct client_identity *identity = client_identity(client);

    cr_expect_str_eq(identity->hostname, "host1");
    cr_expect_str_eq(identity->user, "alice");
    cr_expect_str_eq(identity->version, "ERX-310");
    cr_expect_eq(identity->level, 10);
    cr_expect_eq(identity->session, 42);
    cr_expect_eq(client_outstanding(client), 0);
    client_close(client);
    close(ends[1]);
}

Test(client, passes_on_why_it_was_refused)
{
    struct client *client = NULL;
    struct diag diag;
    int ends[2];

    diag_init(&diag);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    send_hello_reply(ends[1], ERR_DENIED);
    cr_expect_eq(client_open_fd(ends[0], &diag, &client), ERR_DENIED);
    cr_assert_eq(diag.count, 1);
    cr_expect_str_eq(diag.entries[0].sentence, "Not you.");
    diag_done(&diag);
    close(ends[1]);
}

Test(client, says_so_where_nobody_answers)
{
    struct client *client = NULL;
    struct diag diag;

    diag_init(&diag);
    cr_expect_eq(
        client_open("/nonexistent/ermined.sock", &diag, &client), ERR_IO);
    cr_expect_eq(diag.count, 1);
    cr_expect_eq(client_open("", &diag, &client), ERR_IO);
    cr_expect_eq(diag.count, 2);
    diag_done(&diag);
}

Test(client, refuses_an_answer_that_is_no_hello)
{
    struct client *client = NULL;
    struct wire_frame frame;
    int ends[2];

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    wire_frame_init(&frame, WIRE_REPLY, 1);
    wire_add_number(&frame, 0);
    send_frame(ends[1], &frame);
    cr_expect_eq(client_open_fd(ends[0], NULL, &client), ERR_MALFORMED);
    close(ends[1]);
}

Test(client, takes_without_waiting)
{
    int ends[2];
    struct client *client = open_client(ends);
    struct wire_frame frame;
    bool taken;

    cr_assert_eq(client_take(client, &frame, &taken), OK);
    cr_expect_not(taken);
    wire_frame_init(&frame, WIRE_EVENT, 0);
    wire_add_number(&frame, 1);
    wire_add_text(&frame, "News.");
    send_frame(ends[1], &frame);
    cr_assert_eq(client_take(client, &frame, &taken), OK);
    cr_assert(taken);
    cr_expect_str_eq(wire_text(&frame, 1), "News.");
    wire_frame_done(&frame);
    close(ends[1]);
    cr_expect_eq(client_take(client, &frame, &taken), ERR_IO);
    client_close(client);
}

Test(client, counts_what_is_outstanding)
{
    int ends[2];
    struct client *client = open_client(ends);
    struct wire_frame frame;

    wire_frame_init(&frame, WIRE_OPEN, 0);
    cr_expect_eq(client_send(client, &frame), 2, "HELLO was the first");
    cr_expect_eq(client_outstanding(client), 1);
    wire_frame_init(&frame, WIRE_REPLY, 2);
    wire_add_number(&frame, ERR_CONFLICT);
    wire_add_number(&frame, 0);
    send_frame(ends[1], &frame);
    cr_assert_eq(client_next(client, &frame), OK);
    cr_expect_eq(wire_reply_err(&frame), ERR_CONFLICT);
    cr_expect_eq(client_outstanding(client), 0);
    wire_frame_done(&frame);
    client_close(client);
    close(ends[1]);
}

/* Reads requests and answers each, stopping to read while its answers are
 * not taken, as the daemon does. */
static void *
answer_all(void *argument)
{
    const int *fd = argument;
    struct wire_buffer in;
    struct wire_frame frame;
    size_t answered = 0;
    bool complete;
    ssize_t n;

    wire_buffer_init(&in);
    while (answered < MANY) {
        n = read(*fd, wire_buffer_reserve(&in, 4096), 4096);
        if (n <= 0)
            break;
        wire_buffer_grow(&in, (size_t)n);
        while (wire_decode(&in, &frame, &complete) == OK && complete) {
            uint32_t id = frame.id;

            wire_frame_done(&frame);
            if (id == 1)
                continue; /* HELLO, answered in advance */
            wire_frame_init(&frame, WIRE_REPLY, id);
            wire_add_number(&frame, 0);
            wire_add_number(&frame, 0);
            send_frame(*fd, &frame);
            answered++;
        }
    }
    wire_buffer_done(&in);
    return NULL;
}

Test(client, does_not_deadlock_with_a_hundred_thousand_requests_ahead)
{
    int ends[2];
    struct client *client = open_client(ends);
    struct wire_frame frame;
    pthread_t thread;
    uint32_t id;

    cr_assert_eq(pthread_create(&thread, NULL, answer_all, &ends[1]), 0);
    for (id = 2; id < MANY + 2; id++) {
        wire_frame_init(&frame, WIRE_CREATE, 0);
        wire_add_number(&frame, 4);
        wire_add_text(&frame, "default");
        wire_add_text(&frame, "tunnel");
        cr_assert_eq(client_send(client, &frame), id);
    }
    for (id = 2; id < MANY + 2; id++) {
        cr_assert_eq(client_next(client, &frame), OK);
        cr_assert_eq(frame.id, id);
        wire_frame_done(&frame);
    }
    cr_expect_eq(client_outstanding(client), 0);
    (void)pthread_join(thread, NULL);
    client_close(client);
    close(ends[1]);
}
