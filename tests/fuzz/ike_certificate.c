/*
 * ike_certificate.c - two gateways with certificates negotiate in aggressive
 * mode, whose first messages are in clear, and somebody in between adds, takes
 * out and changes payloads, as the bytes say.
 *
 *    first byte   1: of the initiator's message, too; 2: always, not only once;
 *                 4: only added is what has to do with certificates
 *    record       what 1 | payload type 1 | length 2 | bytes
 *
 * The judge is mgmt/pki itself: what is added as a certificate, revocation
 * list, request or signature gets as far as that.  Whoever ends up trusted is
 * who the CA says.
 */
#include "tests/support/ike_net.h"
#include "tests/support/pki_kit.h"

#include "base/bytes.h"
#include "ike/numbers.h"
#include "ike/phase1.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { LENGTH_AT = 24, NEXT_AT = 16, TYPE_AT = 18, RECORD = 4 };

struct plan {
    const uint8_t *bytes;
    size_t length;
    bool of_both;
    bool only_adds;
    unsigned left; /* messages to be changed */
};

static const char *const names[2] = {"gate.test", "peer.test"};

static void
must(bool is_so)
{
    if (!is_so)
        abort();
}

/* ---- payloads of a message ---- */

/* Where the n-th begins, and the byte that says its type; false: there are
 * fewer. */
static bool
find(uint8_t *bytes, size_t length, unsigned n, uint8_t **out_next,
    size_t *out_at)
{
    size_t at = HEADER_SIZE;
    uint8_t *next = bytes + NEXT_AT;

    for (unsigned i = 0; *next != PAYLOAD_NONE; i++) {
        size_t whole;

        if (at + PAYLOAD_HEADER > length)
            return false;
        *out_next = next;
        *out_at = at;
        if (i == n)
            return true;
        whole = get_u16(bytes + at + 2);
        if (whole < PAYLOAD_HEADER)
            return false;
        next = bytes + at;
        at += whole;
    }
    return false;
}

static unsigned
count(uint8_t *bytes, size_t length)
{
    unsigned n = 0;
    uint8_t *next;
    size_t at;

    while (n < PAYLOADS_MAX && find(bytes, length, n, &next, &at))
        n++;
    return n;
}

static void
append(uint8_t *bytes, size_t *length, uint8_t type, const uint8_t *body,
    size_t size)
{
    unsigned n = count(bytes, *length);
    uint8_t *next;
    size_t at;

    if (n == 0 || *length + PAYLOAD_HEADER + size > IKE_DATAGRAM_MAX ||
        !find(bytes, *length, n - 1, &next, &at))
        return;
    bytes[at] = type;
    at = *length;
    bytes[at] = PAYLOAD_NONE;
    bytes[at + 1] = 0;
    put_u16(bytes + at + 2, (uint16_t)(PAYLOAD_HEADER + size));
    memcpy(bytes + at + PAYLOAD_HEADER, body, size);
    *length += PAYLOAD_HEADER + size;
}

static void
take_out(uint8_t *bytes, size_t *length, unsigned n)
{
    uint8_t *next;
    size_t whole;
    size_t at;

    if (!find(bytes, *length, n, &next, &at))
        return;
    whole = get_u16(bytes + at + 2);
    if (at + whole > *length)
        return;
    *next = bytes[at];
    memmove(bytes + at, bytes + at + whole, *length - at - whole);
    *length -= whole;
}

static void
change(
    uint8_t *bytes, size_t length, unsigned n, const uint8_t *body, size_t size)
{
    uint8_t *next;
    size_t at;

    for (size_t i = 0; i + 1 < size && find(bytes, length, n, &next, &at);
         i += 2) {
        size_t where = at + body[i];

        if (where < length)
            bytes[where] ^= body[i + 1];
    }
}

/* ---- who is in between ---- */

static void
apply(const struct plan *plan, uint8_t *bytes, size_t *length)
{
    static const uint8_t types[4] = {
        PAYLOAD_CERT, PAYLOAD_CERT_REQUEST, PAYLOAD_SIGNATURE, PAYLOAD_VENDOR};
    struct rd r = rd_over(plan->bytes, plan->length);

    while (rd_left(&r) >= RECORD) {
        uint8_t what = rd_u8(&r);
        uint8_t type = rd_u8(&r);
        size_t size = rd_u16(&r);
        const uint8_t *body;

        size = size < rd_left(&r) ? size : rd_left(&r);
        body = rd_bytes(&r, size);
        if (plan->only_adds) {
            append(bytes, length, types[type % 4], body, size);
        } else if (what % 4 < 2) {
            append(bytes, length, type, body, size);
        } else if (what % 4 == 2) {
            take_out(bytes, length, type);
        } else {
            change(bytes, *length, type, body, size);
        }
    }
    put_u32(bytes + LENGTH_AT, (uint32_t)*length);
}

static bool
meddle(void *context, int from, uint8_t *bytes, size_t *length)
{
    struct plan *plan = context;

    if (*length < HEADER_SIZE || bytes[TYPE_AT] != EXCHANGE_AGGRESSIVE ||
        (from == 0 && !plan->of_both) || plan->left == 0)
        return true;
    plan->left--;
    apply(plan, bytes, length);
    return true;
}

/* ---- the gateways ---- */

static struct pki_kit *
gateway(int end)
{
    static const struct ca_order root = {.key = CA_KEY_ROOT,
        .signer = CA_KEY_ROOT,
        .subject = "C=XT,O=Test,CN=Root",
        .is_ca = true};
    const enum ca_key key = end == 0 ? CA_KEY_GATE : CA_KEY_PEER;
    const struct ca_order leaf = {.key = key,
        .signer = CA_KEY_ROOT,
        .subject = end == 0 ? "C=XT,O=Test,CN=gate" : "C=XT,O=Test,CN=peer",
        .issuer = "C=XT,O=Test,CN=Root",
        .serial = 2 + (uint32_t)end,
        .names = end == 0 ? "DNS:gate.test" : "DNS:peer.test"};
    struct pki_kit *kit = pki_kit_new(NULL, NULL);

    pki_kit_configure(kit, CRL_USE_OPTIONAL, 0);
    pki_kit_give(kit, ca_certificate(&root));
    pki_kit_give(kit, ca_private_key(key));
    pki_kit_give(kit, ca_certificate(&leaf));
    return kit;
}

static void
prepare(struct net *net, struct pki_kit *const kits[2])
{
    struct ike_rule rule = ike_rule_default;

    rule.method = IKE_RSA_SIG;
    rule.aggressive = IKE_AGGRESSIVE_REQUIRED;
    rule.group = 19;
    for (int i = 0; i < 2; i++) {
        const struct ike_credentials credentials =
            pki_credentials(kits[i]->pki);
        struct ike_tunnel tunnel = net_tunnel(i);

        ike_set_credentials(net->ends[i].ike, &credentials);
        ike_set_rules(net->ends[i].ike, &rule, 1);
        ike_set_tunnel(net->ends[i].ike, net->now_us, &tunnel);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct net net;
    static struct pki_kit *kits[2];
    struct plan plan = {.left = 1};
    struct ike_sa_row row;

    if (length == 0)
        return 0;
    plan.bytes = bytes + 1;
    plan.length = length - 1;
    plan.of_both = (bytes[0] & 1) != 0;
    plan.only_adds = (bytes[0] & 4) != 0;
    if ((bytes[0] & 2) != 0)
        plan.left = 100;
    if (net.flights == NULL) {
        kits[0] = gateway(0);
        kits[1] = gateway(1);
        net_init(&net, 1);
    } else {
        net_restart(&net, 1);
    }
    prepare(&net, kits);
    net.tamper = meddle;
    net.context = &plan;
    ike_need_sa(net.ends[0].ike, net.now_us, 7);
    net_run(&net, 40);
    for (int i = 0; i < 2; i++) {
        uint32_t cursor = 0;

        while (ike_next_sa(net.ends[i].ike, &cursor, &row)) {
            must(!row.is_established ||
                 strcmp(row.identity.name, names[1 - i]) == 0);
        }
    }
    /* changed once, the right one that comes later is believed */
    must(bytes[0] != 4 || net_passes(&net, 0));
    return 0;
}
