/*
 * ike_probe.c - the IKE engine on two UDP sockets, for a look at how other
 * implementations take it; there is no packet engine behind it.
 *
 *    ike_probe local=203.0.113.1 remote=203.0.113.11 key=TEXT begin=1
 *        seconds=10 cipher=3des hash=sha group=2 transform=esp-3des-hmac-sha
 *        pfs=0 name=ME peer=YOU aggressive=1 here=A/N there=A/N dpd=1
 *
 * Prints a line for each action, and one for each IKE SA and the tunnel at
 * the end.
 */
#include "base/arena.h"
#include "base/clock.h"
#include "base/diag.h"
#include "base/ip.h"
#include "base/str.h"
#include "crypto/provider.h"
#include "gen/enums.h"
#include "ike/ike.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TUNNEL = 1 };

static const char *const cipher_names[] = {
    "des", "3des", "aes128", "aes192", "aes256"};
static const char *const hash_names[] = {
    "md5", "sha", "sha256", "sha384", "sha512"};
static const char *const transform_names[] = {
    [TRANSFORM_AH_HMAC_MD5] = "ah-hmac-md5",
    [TRANSFORM_AH_HMAC_SHA] = "ah-hmac-sha",
    [TRANSFORM_ESP_HMAC_MD5] = "esp-hmac-md5",
    [TRANSFORM_ESP_HMAC_SHA] = "esp-hmac-sha",
    [TRANSFORM_ESP_DES_HMAC_MD5] = "esp-des-hmac-md5",
    [TRANSFORM_ESP_DES_HMAC_SHA] = "esp-des-hmac-sha",
    [TRANSFORM_ESP_3DES_HMAC_MD5] = "esp-3des-hmac-md5",
    [TRANSFORM_ESP_3DES_HMAC_SHA] = "esp-3des-hmac-sha",
    [TRANSFORM_ESP_AES128_HMAC_SHA] = "esp-aes128-hmac-sha",
    [TRANSFORM_ESP_AES256_HMAC_SHA256] = "esp-aes256-hmac-sha256",
};

static const char *
option(char **args, const char *name, const char *usual)
{
    size_t length = strlen(name);

    for (; *args != NULL; args++) {
        if (strncmp(*args, name, length) == 0 && (*args)[length] == '=')
            return *args + length + 1;
    }
    return usual;
}

static unsigned
number(char **args, const char *name, const char *usual)
{
    return (unsigned)strtoul(option(args, name, usual), NULL, 10);
}

static unsigned
word(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (words[i] != NULL && strcmp(words[i], text) == 0)
            return (unsigned)i;
    }
    (void)fprintf(stderr, "ike_probe: %s is not known\n", text);
    exit(2);
}

static uint32_t
address(const char *text)
{
    uint32_t result = 0;

    if (ip_parse(text, &result) != OK) {
        (void)fprintf(stderr, "ike_probe: %s is no address\n", text);
        exit(2);
    }
    return result;
}

static struct ike_selector
network(const char *text)
{
    char first[IP_TEXT_SIZE] = "";
    unsigned length = 32;
    struct ike_selector selector = {0};
    const char *slash = strchr(text, '/');

    if (slash != NULL && slash - text < IP_TEXT_SIZE) {
        memcpy(first, text, (size_t)(slash - text));
        length = (unsigned)strtoul(slash + 1, NULL, 10);
    }
    selector.first = address(first);
    selector.last = selector.first | ~ip_mask_of(length);
    return selector;
}

static void
configure(struct ike *ike, char **args)
{
    struct ike_rule rule = ike_rule_default;
    struct ike_tunnel tunnel = {.number = TUNNEL};
    struct ike_options options = {.nat_t = true};
    const char *key = option(args, "key", "peer-fixture-psk-2f9c71d4");
    const char *peer = option(args, "peer", "");
    struct secret secret = {0};

    rule.cipher = word(option(args, "cipher", "3des"), cipher_names, 5);
    rule.digest = word(option(args, "hash", "sha"), hash_names, 5);
    rule.group = (uint16_t)number(args, "group", "2");
    rule.lifetime_s = number(args, "lifetime", "28800");
    if (number(args, "aggressive", "0") != 0)
        rule.aggressive = IKE_AGGRESSIVE_REQUESTED;
    ike_set_rules(ike, &rule, 1);
    options.dpd = number(args, "dpd", "0") != 0;
    ike_set_options(ike, 0, &options);
    tunnel.local = address(option(args, "local", "203.0.113.1"));
    tunnel.remote.address = address(option(args, "remote", "203.0.113.11"));
    if (secret_set(&secret, key, strlen(key)) != OK)
        exit(2);
    ike_set_key(ike, 0, &tunnel.remote, &secret);
    (void)snprintf(tunnel.remote.name, IKE_NAME_SIZE, "%s", peer);
    if (peer[0] != '\0') {
        ike_set_key(ike, 0, &tunnel.remote, &secret);
        tunnel.remote.name[0] = '\0';
    }
    (void)snprintf(tunnel.local_identity.name, IKE_NAME_SIZE, "%s",
        option(args, "name", ""));
    tunnel.transforms[0] = word(option(args, "transform", "esp-3des-hmac-sha"),
        transform_names, sizeof transform_names / sizeof transform_names[0]);
    tunnel.transform_count = 1;
    tunnel.pfs_group = (uint16_t)number(args, "pfs", "0");
    tunnel.lifetime_s = number(args, "sa-lifetime", "28800");
    tunnel.lifetime_kb = 102400;
    tunnel.local_selector = network(option(args, "here", "192.168.10.0/24"));
    tunnel.remote_selector = network(option(args, "there", "192.168.20.0/24"));
    ike_set_tunnel(ike, clock_monotonic_us(), &tunnel);
}

static int
open_port(uint32_t local, uint16_t port)
{
    struct sockaddr_in name = {.sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr = {htonl(local)}};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof name) != 0) {
        perror("ike_probe");
        exit(2);
    }
    return fd;
}

static void
send_one(const int fds[2], const struct ike_datagram *datagram)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
        .sin_port = htons(datagram->remote_port),
        .sin_addr = {htonl(datagram->remote)}};

    (void)sendto(fds[datagram->local_port == IKE_PORT_NAT], datagram->bytes,
        datagram->length, 0, (struct sockaddr *)&to, sizeof to);
}

static void
act(struct ike *ike, const int fds[2])
{
    struct ike_action action;

    while (ike_next(ike, &action)) {
        const struct ike_sa_add *sa = &action.sa_add;
        const struct ike_failure *failure = &action.failure;

        if (action.kind == IKE_ACTION_SEND) {
            send_one(fds, &action.send);
        } else if (action.kind == IKE_ACTION_SA_ADD) {
            (void)printf("sa-add %s %08x %s ports %u %u lifetime %u %u\n",
                sa->is_outbound ? "out" : "in", sa->spi,
                transform_names[sa->transform], sa->local_port, sa->remote_port,
                sa->lifetime_s, sa->lifetime_kb);
        } else if (action.kind == IKE_ACTION_SA_REMOVE) {
            (void)printf("sa-remove %s %08x\n",
                action.sa_remove.is_outbound ? "out" : "in",
                action.sa_remove.spi);
        } else if (action.kind == IKE_ACTION_FAILURE) {
            (void)printf("failure %s: %s [ours %s] [theirs %s] %s\n",
                ike_stage_name(failure->stage), failure->mismatch,
                failure->ours, failure->theirs, failure->advice);
        } else if (action.kind == IKE_ACTION_NOTE) {
            (void)printf("note %s\n", action.note.text);
        } else {
            (void)printf("peer %s\n",
                action.kind == IKE_ACTION_PEER_UP ? "up" : "down or moved");
        }
        (void)fflush(stdout);
    }
}

static void
receive(struct ike *ike, int fd, uint32_t local, uint16_t port)
{
    uint8_t bytes[IKE_DATAGRAM_MAX];
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    ssize_t length = recvfrom(
        fd, bytes, sizeof bytes, MSG_DONTWAIT, (struct sockaddr *)&from, &size);
    struct ike_datagram datagram = {
        .local = local, .local_port = port, .bytes = bytes};

    if (length < 0)
        return;
    datagram.remote = ntohl(from.sin_addr.s_addr);
    datagram.remote_port = ntohs(from.sin_port);
    datagram.length = (size_t)length;
    ike_input(ike, clock_monotonic_us(), &datagram);
}

static void
summary(const struct ike *ike)
{
    struct ike_tunnel_state state;
    struct ike_counters counters;
    struct ike_sa_row row;
    uint32_t cursor = 0;

    while (ike_next_sa(ike, &cursor, &row)) {
        (void)printf("ike-sa %s %s nat %d\n",
            row.is_initiator ? "initiator" : "responder",
            row.is_established ? "established" : "half-open", row.is_nat);
    }
    if (ike_tunnel_state(ike, TUNNEL, &state)) {
        (void)printf(
            "tunnel %s pairs %u\n", state.is_up ? "up" : "down", state.pairs);
    }
    ike_counters(ike, &counters);
    (void)printf("received %lu sent %lu retransmitted %lu dropped",
        (unsigned long)counters.received, (unsigned long)counters.sent,
        (unsigned long)counters.retransmitted);
    for (int i = 0; i < IKE_DROP_COUNT; i++)
        (void)printf(" %lu", (unsigned long)counters.dropped[i]);
    (void)printf("\n");
}

static void
run(struct ike *ike, char **args)
{
    uint32_t local = address(option(args, "local", "203.0.113.1"));
    const int fds[2] = {
        open_port(local, IKE_PORT), open_port(local, IKE_PORT_NAT)};
    uint64_t start = clock_monotonic_us();
    uint64_t end = start + number(args, "seconds", "10") * UINT64_C(1000000);
    uint64_t clear = number(args, "clear", "0") * UINT64_C(1000000);
    uint64_t rekey = number(args, "rekey", "0") * UINT64_C(1000000);
    uint64_t now;

    if (number(args, "begin", "0") != 0)
        ike_need_sa(ike, start, TUNNEL);
    while ((now = clock_monotonic_us()) < end) {
        struct pollfd polled[2] = {
            {.fd = fds[0], .events = POLLIN},
            {.fd = fds[1], .events = POLLIN}
        };

        if (rekey != 0 && now >= start + rekey) {
            ike_rekey(ike, now, TUNNEL);
            rekey = 0;
        }
        if (clear != 0 && now >= start + clear) {
            ike_clear_peer(ike, now, TUNNEL);
            clear = 0;
        }
        act(ike, fds);
        (void)poll(polled, 2, 100);
        if ((polled[0].revents & POLLIN) != 0)
            receive(ike, fds[0], local, IKE_PORT);
        if ((polled[1].revents & POLLIN) != 0)
            receive(ike, fds[1], local, IKE_PORT_NAT);
        ike_tick(ike, clock_monotonic_us());
    }
    act(ike, fds);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

int
main(int argc, char **argv)
{
    struct crypto *crypto;
    struct diag diag;
    struct ike *ike;

    (void)argc;
    diag_init(&diag);
    if (crypto_open(&diag, &crypto) != OK)
        return 2;
    ike = ike_new(crypto);
    ike_set_narration(ike, true);
    configure(ike, argv + 1);
    run(ike, argv + 1);
    summary(ike);
    ike_free(ike);
    crypto_close(crypto);
    diag_done(&diag);
    return 0;
}
