/*
 * ike_wire.h - one IKE engine on a real UDP socket of the loopback device, with
 * a pair of addresses for each tunnel, and the SAs that are negotiated.
 *
 *    end 0   127.1.x.y : its port  <---->  its port : 127.2.x.y   end 1
 *
 * The socket stands for all addresses of its end: which one a datagram came
 * to, or goes out from, is said with it (IP_PKTINFO).  The engine believes in
 * port 500, the socket has any, so that no root is needed.  SAs are made as
 * for the packet engine, keyed, and kept until they are removed.
 */
#ifndef SUPPORT_IKE_WIRE_H
#define SUPPORT_IKE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ike;
struct ike_credentials;
struct ike_wire;

struct ike_wire_params {
    int end;          /* 0 or 1 */
    uint32_t tunnels; /* at most 2^20, numbered from 0 */
    uint16_t group;   /* of phase 1 */
    bool pfs;         /* and of phase 2 */
    uint16_t port[2]; /* of both sockets; the own one 0: any */
    bool dpd;
    /* rsa-sig by these, which are borrowed; NULL: preshared keys */
    const struct ike_credentials *credentials;
};

/* 3des, sha; AES-128-CBC with HMAC-SHA-1; default lifetimes.
 * Ends the program if that cannot be. */
struct ike_wire *ike_wire_new(const struct ike_wire_params *params);
void ike_wire_free(struct ike_wire *wire);

uint16_t ike_wire_port(const struct ike_wire *wire); /* of its socket */
void ike_wire_set_peer(struct ike_wire *wire, uint16_t port);
int ike_wire_fd(const struct ike_wire *wire);
struct ike *ike_wire_ike(struct ike_wire *wire);

/* Take what has come, do what is due, send.  Returns how much came. */
size_t ike_wire_turn(struct ike_wire *wire, uint64_t now_us);
/* Negotiate these tunnels; no more than window of them at a time. */
void ike_wire_begin(struct ike_wire *wire, uint32_t window);

uint32_t ike_wire_up(const struct ike_wire *wire); /* tunnels with both SAs */
size_t ike_wire_sas(const struct ike_wire *wire);
uint64_t ike_wire_failures(const struct ike_wire *wire);
uint64_t ike_wire_rekeyed(const struct ike_wire *wire); /* outbound SAs since */

#endif
