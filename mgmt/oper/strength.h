/*
 * strength.h - what is thought of a tunnel's algorithms; private to this room.
 */
#ifndef OPER_STRENGTH_H
#define OPER_STRENGTH_H

#include "gen/enums.h"
#include "negotiator/negotiator.h" /* and IKE with it */
#include "oper/oper.h"

/* Words of the configuration for what IKE agreed on. */
enum ike_encryption strength_encryption(enum ike_cipher cipher);
enum ike_hash strength_hash(enum ike_digest digest);
enum ike_group strength_group(uint16_t number);
/* The number of a group by its place in the enum; those of IKE and of PFS are
 * the same. */
uint16_t strength_group_number(uint64_t group);

/* Of an IPsec tunnel that has SAs: the worst of their transforms and of its
 * peer's IKE SA.  Of one without: the worst that its transform set allows. */
enum crypto_strength strength_of_tunnel(
    const struct oper_view *view, const struct object *tunnel);

#endif
