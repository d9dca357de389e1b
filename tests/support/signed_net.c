/*
 * signed_net.c - two ends with certificates, and the network between them.
 */
#include "tests/support/signed_net.h"

#include <string.h>

static const char *const keys[2] = {"a1024", "b1024"};
static const char *const names[2] = {
    "router.example.test", "peer1.example.test"};
static const uint32_t addresses[2] = {NET_A, NET_B};

struct ike_rule
signed_net_rule(enum ike_aggressive mode)
{
    struct ike_rule rule = ike_rule_default;

    rule.method = IKE_RSA_SIG;
    rule.aggressive = mode;
    return rule;
}

void
signed_net_blank(struct signed_net *net, int end, const char *key)
{
    papers_done(&net->papers[end]);
    papers_init(&net->papers[end], key);
}

void
signed_net_tunnel(struct signed_net *net, int end, const char *local,
    const char *remote, uint32_t address)
{
    struct ike_tunnel tunnel = net_tunnel(end);

    memcpy(tunnel.local_identity.name, local, strlen(local) + 1);
    memcpy(tunnel.remote.name, remote, strlen(remote) + 1);
    tunnel.remote.address = address;
    ike_set_tunnel(net->net.ends[end].ike, net->net.now_us, &tunnel);
}

void
signed_net_pin(struct signed_net *net, int end, const char *certified)
{
    struct ike_tunnel tunnel = net_tunnel(end);

    tunnel.remote.address = addresses[1 - end];
    memcpy(tunnel.certified, certified, strlen(certified) + 1);
    ike_set_tunnel(net->net.ends[end].ike, net->net.now_us, &tunnel);
}

void
signed_net_init(struct signed_net *net, uint64_t seed, enum ike_aggressive mode)
{
    const struct ike_rule rule = signed_net_rule(mode);

    memset(net, 0, sizeof *net);
    net_init(&net->net, seed);
    for (int i = 0; i < 2; i++) {
        struct ike *ike = net->net.ends[i].ike;
        struct ike_credentials credentials;

        papers_init(&net->papers[i], keys[i]);
        papers_add(&net->papers[i], SIGNED_FQDN, names[i], "CA One", 0);
        papers_trust(&net->papers[i], "CA One");
        credentials = papers_credentials(&net->papers[i]);
        ike_set_credentials(ike, &credentials);
        ike_set_rules(ike, &rule, 1);
        signed_net_tunnel(net, i, "", "", addresses[1 - i]);
    }
}

void
signed_net_done(struct signed_net *net)
{
    net_done(&net->net);
    papers_done(&net->papers[0]);
    papers_done(&net->papers[1]);
}

void
signed_net_begin(struct signed_net *net, int end, uint64_t seconds)
{
    ike_need_sa(net->net.ends[end].ike, net->net.now_us, 7);
    net_collect(&net->net, end);
    net_run(&net->net, seconds);
}

bool
signed_net_passes(const struct signed_net *net)
{
    return net_passes(&net->net, 0) && net_passes(&net->net, 1);
}

bool
signed_net_row(
    const struct signed_net *net, int end, struct ike_sa_row *out_row)
{
    uint32_t cursor = 0;

    while (ike_next_sa(net->net.ends[end].ike, &cursor, out_row)) {
        if (out_row->is_established)
            return true;
    }
    return false;
}
