/*
 * ike_exchange.c - two engines negotiate while somebody in between changes,
 * drops and repeats what they send, as the bytes say.
 *
 * Whatever happens, no end may crash or have an SA that it was not told to
 * remove (ike_net aborts there), and keys that both ends use are the same.
 */
#include "tests/support/ike_net.h"
#include "tests/support/papers.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

struct script {
    const uint8_t *at;
    size_t left;
};

static uint8_t
next(struct script *script)
{
    if (script->left == 0)
        return 0;
    script->left--;
    return *script->at++;
}

static bool
tamper(void *context, int from, uint8_t *bytes, size_t *length)
{
    struct script *script = context;
    uint8_t what = next(script);
    size_t at;

    (void)from;
    if (what < 0x60 || *length == 0)
        return true;
    if (what < 0x80)
        return false;
    at = (size_t)(next(script) << 8 | next(script)) % *length;
    if (what < 0xa0) {
        bytes[at] ^= next(script);
    } else if (what < 0xc0) {
        bytes[at] = next(script);
        if (at + 1 < *length)
            bytes[at + 1] = next(script);
    } else if (what < 0xe0) {
        *length = at;
    } else {
        memmove(bytes + at, bytes, *length - at);
    }
    return true;
}

/* Both ends have certificates, and use them. */
static void
sign(struct net *net, struct ike_rule *rule)
{
    static struct papers papers[2];

    rule->method = IKE_RSA_SIG;
    for (int i = 0; i < 2; i++) {
        struct ike_credentials credentials;

        if (papers[i].key == NULL) {
            papers_init(&papers[i], i == 0 ? "a1024" : "b1024");
            papers_add(&papers[i], 2, i == 0 ? "a.test" : "b.test", "CA", 0);
            papers_add(&papers[i], 9, "CA", "Root", 1500);
            papers_trust(&papers[i], "Root");
        }
        credentials = papers_credentials(&papers[i]);
        ike_set_credentials(net->ends[i].ike, &credentials);
    }
}

static void
prepare(struct net *net, const uint8_t *bytes, size_t length)
{
    struct ike_rule rule = ike_rule_default;
    uint8_t flags = length > 0 ? bytes[0] : 0;

    net_configure(net);
    rule.group = 19;
    rule.cipher = IKE_AES_128;
    if ((flags & 1) != 0)
        rule.aggressive = IKE_AGGRESSIVE_REQUESTED;
    if ((flags & 16) != 0)
        sign(net, &rule);
    for (int i = 0; i < 2; i++)
        ike_set_rules(net->ends[i].ike, &rule, 1);
    net->jitter_us = (flags & 2) != 0 ? 100000 : 0;
    net->repeats = (flags & 4) != 0 ? 30 : 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct net net;
    struct script script = {bytes + 1, length > 0 ? length - 1 : 0};

    if (net.flights == NULL)
        net_init(&net, 1);
    else
        net_restart(&net, 1);
    prepare(&net, bytes, length);
    net.tamper = tamper;
    net.context = &script;
    ike_need_sa(net.ends[0].ike, net.now_us, 7);
    if (length > 0 && (bytes[0] & 8) != 0)
        ike_need_sa(net.ends[1].ike, net.now_us, 7);
    net_run(&net, 3);
    ike_rekey(net.ends[1].ike, net.now_us, 7);
    net_run(&net, 60);
    ike_clear_peer(net.ends[0].ike, net.now_us, 7);
    net_run(&net, 60);
    for (int i = 0; i < 2; i++) {
        const struct ike_sa_add *out = net_outbound(&net, i);
        const struct net_end *to = &net.ends[1 - i];

        for (size_t s = 0; out != NULL && s < to->sa_count; s++) {
            if (!to->sas[s].is_outbound && to->sas[s].spi == out->spi &&
                !net_passes(&net, i))
                abort();
        }
    }
    return 0;
}
