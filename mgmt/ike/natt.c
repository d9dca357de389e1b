/*
 * natt.c - vendor ids, and is there a NAT in between?  RFC 3947, 3; RFC 3706.
 *
 *    NAT-D = HASH(CKY-I | CKY-R | address | port): first of the receiver as
 *    the sender sees it, then of the sender's own address.
 *
 * Who receives one that does not fit knows of a NAT.  The initiator then
 * goes on from port 4500 to port 4500; the responder answers where it was
 * asked from.
 */
#include "ike/phase1.h"

#include "ike/numbers.h"
#include "ike/payloads.h"

#include <string.h>

enum { VENDOR_SIZE = 16, DPD_NAMED = 14 }; /* the last two are a version */

static const uint8_t vendor_rfc3947[] = {0x4a, 0x13, 0x1c, 0x81, 0x07, 0x03,
    0x58, 0x45, 0x5c, 0x57, 0x28, 0xf2, 0x0e, 0x95, 0x45, 0x2f};
static const uint8_t vendor_draft_03[] = {0x7d, 0x94, 0x19, 0xa6, 0x53, 0x10,
    0xca, 0x6f, 0x2c, 0x17, 0x9d, 0x92, 0x15, 0x52, 0x9d, 0x56};
static const uint8_t vendor_draft_02[] = {0x90, 0xcb, 0x80, 0x91, 0x3e, 0xbb,
    0x69, 0x6e, 0x08, 0x63, 0x81, 0xb5, 0xec, 0x42, 0x7b, 0x1f};
static const uint8_t vendor_dpd[] = {0xaf, 0xca, 0xd7, 0x13, 0x68, 0xa1, 0xf1,
    0xc9, 0x6b, 0x86, 0x96, 0xfc, 0x77, 0x57, 0x01, 0x00};

static bool
speaks_nat_t(const struct ike *ike, const struct ike_sa *sa)
{
    return sa->probe != NULL ? sa->probe->is_nat_t
                             : options_of(ike, sa->peer->vr)->nat_t;
}

/* MD5 of "FRAGMENTATION", and a word of Cisco's about modes. */
static const uint8_t vendor_fragments[] = {0x40, 0x48, 0xb7, 0xd5, 0x6e, 0xbc,
    0xe8, 0x85, 0x25, 0xe7, 0xde, 0x7f, 0x00, 0xd6, 0xc2, 0xd3, 0x80, 0x00,
    0x00, 0x00};

/* A responder repeats only what the peer speaks. */
void
natt_build_vendors(struct ike *ike, struct ike_sa *sa, struct builder *b)
{
    const struct phase1 *p1 = sa->p1;

    if (speaks_nat_t(ike, sa)) {
        if (sa->is_initiator) {
            build_payload(b, PAYLOAD_VENDOR, vendor_rfc3947, VENDOR_SIZE);
            build_payload(b, PAYLOAD_VENDOR, vendor_draft_03, VENDOR_SIZE);
            build_payload(b, PAYLOAD_VENDOR, vendor_draft_02, VENDOR_SIZE);
        } else if (p1->peer_nat_t) {
            build_payload(b, PAYLOAD_VENDOR,
                p1->peer_is_draft ? vendor_draft_02 : vendor_rfc3947,
                VENDOR_SIZE);
        }
    }
    build_payload(b, PAYLOAD_VENDOR, vendor_dpd, VENDOR_SIZE);
    if (sa->is_initiator || sa->peer_has_fragments) {
        build_payload(
            b, PAYLOAD_VENDOR, vendor_fragments, sizeof vendor_fragments);
    }
}

static bool
is_vendor(const struct payload *payload, const uint8_t *vendor, size_t named)
{
    return payload->length >= named &&
           memcmp(payload->body, vendor, named) == 0;
}

void
natt_take_vendors(
    struct ike *ike, struct ike_sa *sa, const struct message *message)
{
    bool is_wanted = speaks_nat_t(ike, sa);
    bool has_rfc = false;
    bool has_draft = false;

    for (size_t i = 0; i < message->count; i++) {
        const struct payload *payload = &message->payloads[i];

        if (payload->type != PAYLOAD_VENDOR)
            continue;
        if (is_vendor(payload, vendor_dpd, DPD_NAMED))
            sa->peer_has_dpd = true;
        if (is_vendor(payload, vendor_fragments, VENDOR_SIZE))
            sa->peer_has_fragments = true;
        has_rfc |= is_vendor(payload, vendor_rfc3947, VENDOR_SIZE);
        has_draft |= is_vendor(payload, vendor_draft_02, VENDOR_SIZE) ||
                     is_vendor(payload, vendor_draft_03, VENDOR_SIZE);
    }
    sa->p1->peer_nat_t = is_wanted && (has_rfc || has_draft);
    sa->p1->peer_is_draft = !has_rfc;
}

static void
discovery_hash(
    const struct ike_sa *sa, uint32_t address, uint16_t port, uint8_t *out)
{
    uint8_t place[6];
    const struct prf_part parts[] = {
        {sa->cookies, sizeof sa->cookies},
        {place,       sizeof place      },
    };

    put_u32(place, address);
    put_u16(place + 4, port);
    prf_hash(suite_prf(&sa->suite), parts, 2, out);
}

void
natt_build_discovery(struct ike_sa *sa, struct builder *b)
{
    uint8_t type = sa->p1->peer_is_draft ? PAYLOAD_NAT_D_DRAFT : PAYLOAD_NAT_D;
    size_t size = prf_size(suite_prf(&sa->suite));
    uint8_t hash[PRF_SIZE_MAX];

    if (!sa->p1->peer_nat_t)
        return;
    discovery_hash(sa, sa->peer->remote, sa->remote_port, hash);
    build_payload(b, type, hash, size);
    discovery_hash(sa, sa->peer->local, sa->local_port, hash);
    build_payload(b, type, hash, size);
}

struct natt_known
natt_known(const struct ike_sa *sa)
{
    return (struct natt_known){
        .has_nat = sa->has_nat,
        .is_behind_nat = sa->is_behind_nat,
        .is_draft_nat = sa->is_draft_nat,
        .local_port = sa->local_port,
        .remote_port = sa->remote_port,
    };
}

void
natt_go_back(struct ike_sa *sa, const struct natt_known *known)
{
    sa->has_nat = known->has_nat;
    sa->is_behind_nat = known->is_behind_nat;
    sa->is_draft_nat = known->is_draft_nat;
    sa->local_port = known->local_port;
    sa->remote_port = known->remote_port;
}

/* In aggressive mode the responder's last look is at what came to port 4500,
 * from where the sender then was. */
void
natt_take_discovery(
    struct ike *ike, struct ike_sa *sa, const struct message *message)
{
    size_t size = prf_size(suite_prf(&sa->suite));
    uint8_t ours[PRF_SIZE_MAX];
    uint8_t theirs[PRF_SIZE_MAX];
    unsigned seen = 0;
    bool we_are_seen = false;
    bool they_are_seen = false;

    if (!sa->p1->peer_nat_t)
        return;
    discovery_hash(sa, sa->peer->local, ike->local_port, ours);
    discovery_hash(sa, sa->peer->remote, ike->remote_port, theirs);
    for (size_t i = 0; i < message->count; i++) {
        const struct payload *payload = &message->payloads[i];

        if ((payload->type != PAYLOAD_NAT_D &&
                payload->type != PAYLOAD_NAT_D_DRAFT) ||
            payload->length != size)
            continue;
        if (seen++ == 0) {
            we_are_seen = memcmp(payload->body, ours, size) == 0;
        } else {
            they_are_seen |= memcmp(payload->body, theirs, size) == 0;
        }
    }
    if (seen < 2)
        return;
    sa->p1->is_here_changed = !we_are_seen;
    sa->p1->is_there_changed = !they_are_seen;
    sa->is_behind_nat = !we_are_seen;
    sa->has_nat = !we_are_seen || !they_are_seen;
    note(ike, IKE_NO_TUNNEL, sa->peer->remote,
        "address translation: of our address %s, of the peer's %s",
        we_are_seen ? "none" : "yes", they_are_seen ? "none" : "yes");
    sa->is_draft_nat = sa->p1->peer_is_draft;
    if (sa->has_nat && sa->is_initiator && sa->local_port == IKE_PORT) {
        sa->local_port = IKE_PORT_NAT;
        sa->remote_port = IKE_PORT_NAT;
    }
}
