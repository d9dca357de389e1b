/*
 * router.c - threads M and D of a whole lab, for real, under ThreadSanitizer.
 *
 *    thread C            thread M                    thread D
 *    two clients  -----> servers, sessions, commits  both dataplanes
 *
 * C configures the manual tunnel of the lab at both ends, commits while D is
 * forwarding, pings through, and changes the tunnel again and again.  The lab
 * ends with C's last session.  Prints `ok` and exits 0, or says what failed.
 */
#include "base/diag.h"
#include "base/log.h"
#include "daemon/lab.h"
#include "daemon/options.h"
#include "tests/support/kit_words.h"
#include "wire/client.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROUNDS = 20 };

static const char *const prefix = "@ermine-tsan";

_Noreturn static void
give_up(const char *what, const struct diag *diag)
{
    size_t i;

    fprintf(stderr, "FAIL router: %s\n", what);
    for (i = 0; diag != NULL && i < diag->count; i++)
        fprintf(stderr, "    %s %s\n", diag->entries[i].path,
            diag->entries[i].sentence);
    exit(1);
}

static struct client *
connect_to(const char *router)
{
    struct client *client;
    struct diag diag;
    char path[64];

    diag_init(&diag);
    (void)snprintf(
        path, sizeof path, "%s-%ld-%s", prefix, (long)getpid(), router);
    if (client_open(path, &diag, &client) != OK)
        give_up(path, &diag);
    diag_done(&diag);
    return client;
}

/* Rows that begin with these two numbers. */
static size_t
ask(struct client *client, const char *request, uint64_t second)
{
    struct wire_frame frame;
    struct diag diag;
    size_t count = 0;
    bool answered = false;

    kit_words_frame(request, &frame);
    (void)client_send(client, &frame);
    while (!answered) {
        if (client_next(client, &frame) != OK)
            give_up(request, NULL);
        answered = frame.verb == WIRE_REPLY;
        if (frame.verb == WIRE_ROW && wire_number(&frame, 1) == second)
            count++;
        if (answered && wire_reply_err(&frame) != OK) {
            diag_init(&diag);
            wire_reply_diag(&frame, &diag);
            give_up(request, &diag);
        }
        wire_frame_done(&frame);
    }
    return count;
}

static void
configure(struct client *client, const char *const values[static 4])
{
    static const char *const forms[] = {
        "AUTH 15",
        "OPEN",
        "CREATE transform-set s",
        "SET transform-set transforms s esp-3des-hmac-sha",
        "CREATE interface default loopback 0",
        "SET interface ip default loopback 0 10.%s.0.1 255.255.0.0",
        "CREATE interface default fastEthernet 0/0",
        "SET interface ip default fastEthernet 0/0 192.0.2.%s "
        "255.255.255.0",
        "CREATE tunnel default t",
        "SET tunnel signaling default t manual",
        "SET tunnel source default t 192.0.2.%s -",
        "SET tunnel destination default t 192.0.2.%s -",
        "SET tunnel transform_set default t s",
        "SET tunnel ip default t 10.255.0.%s 255.255.255.252",
        "SET tunnel session_key_inbound default t esp-3des-hmac-sha %s "
        "!000102030405060708090a0b0c0d0e0f1011121314151617/"
        "000102030405060708090a0b0c0d0e0f10111213",
        "SET tunnel session_key_outbound default t esp-3des-hmac-sha %s "
        "!000102030405060708090a0b0c0d0e0f1011121314151617/"
        "000102030405060708090a0b0c0d0e0f10111213",
        "CREATE route default 10.%s.0.0 255.255.0.0 - - - t -",
        "COMMIT",
    };
    /* which value each form with a %s takes, in order */
    static const size_t takes[] = {0, 0, 0, 1, 0, 2, 3, 1};
    size_t taken = 0;
    size_t i;

    for (i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        char request[256];
        const char *value = "";
        const char *at = forms[i];
        size_t length = 0;

        for (; *at != '\0'; at++) {
            if (at[0] == '%' && at[1] == 's') {
                value = values[takes[taken++]];
                while (*value != '\0')
                    request[length++] = *value++;
                at++;
            } else {
                request[length++] = *at;
            }
        }
        request[length] = '\0';
        (void)ask(client, request, 0);
    }
}

static void *
operate(void *argument)
{
    static const char *const of_boston[4] = {"1", "2", "0x1001", "0x2001"};
    static const char *const of_ottawa[4] = {"2", "1", "0x2001", "0x1001"};
    struct client *boston = connect_to("boston");
    struct client *ottawa = connect_to("ottawa");
    char request[80];
    int round;

    configure(boston, of_boston);
    configure(ottawa, of_ottawa);
    for (round = 0; round < ROUNDS; round++) {
        (void)snprintf(request, sizeof request, "SET tunnel mtu default t %d",
            1000 + round);
        (void)ask(boston, request, 0);
        (void)ask(boston, "COMMIT", 0);
        if (ask(boston, "EXEC ping default - 10.2.0.1 2 10.1.0.1 -", 1) != 2)
            give_up("a ping was not answered", NULL);
        (void)ask(ottawa, "EXEC show-ipsec-tunnel-detail default - - - - -", 0);
        (void)ask(ottawa, "EXEC show-ip-drops default", 0);
    }
    client_close(boston);
    client_close(ottawa);
    return argument;
}

int
main(void)
{
    char sockets[64];
    struct options options = {
        .lab = "docs/labs/two-site",
        .lab_socket = sockets,
        .ready_fd = -1,
    };
    pthread_t thread;
    struct diag diag;
    struct lab *lab;

    log_set_level(LOG_WARNING);
    (void)snprintf(sockets, sizeof sockets, "%s-%ld", prefix, (long)getpid());
    diag_init(&diag);
    if (lab_new(&options, &diag, &lab) != OK)
        give_up("the lab does not start", &diag);
    if (pthread_create(&thread, NULL, operate, NULL) != 0)
        give_up("no thread", NULL);
    lab_run(lab);
    (void)pthread_join(thread, NULL);
    lab_free(lab);
    diag_done(&diag);
    printf("ok router\n");
    return 0;
}
