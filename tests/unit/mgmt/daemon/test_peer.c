#include <criterion/criterion.h>

#include "daemon/peer.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

TestSuite(peer, .timeout = 10);

Test(peer, knows_who_is_at_the_other_end)
{
    char from[PEER_NAME_SIZE];
    struct peer peer;
    int ends[2];

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    cr_assert_eq(peer_of(ends[0], &peer), OK);
    (void)snprintf(from, sizeof from, "process %ld", (long)getpid());
    cr_expect_str_eq(peer.from, from);
    cr_expect(peer.is_allowed, "the daemon's own user");
    cr_expect_eq(peer.ceiling, 15);
    close(ends[0]);
    close(ends[1]);
    cr_expect_eq(peer_of(-1, &peer), ERR_IO);
}
