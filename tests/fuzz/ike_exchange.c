/*
 * ike_exchange.c - two engines negotiate while somebody in between changes,
 * drops and repeats what they send, as the bytes say.
 *
 * Whatever happens, no end may crash or have an SA that it was not told to
 * remove (ike_net aborts there), and keys that both ends use are the same.
 */
#include "tests/support/ike_net.h"

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
