/*
 * tunnel.c - selectors, outer header, SAs of a tunnel.
 */
#include "tunnel/tunnel.h"

#include <stddef.h>

static bool
selector_has(const struct dp_selector *selector, uint32_t address)
{
    return address >= selector->first && address <= selector->last;
}

bool
tunnel_allows_out(const struct dp_tunnel *tunnel, const struct ip4 *inner)
{
    return selector_has(&tunnel->local, inner->src) &&
           selector_has(&tunnel->remote, inner->dst);
}

bool
tunnel_allows_in(const struct dp_tunnel *tunnel, const struct ip4 *inner)
{
    return selector_has(&tunnel->remote, inner->src) &&
           selector_has(&tunnel->local, inner->dst);
}

struct sa_outer
tunnel_outer(const struct ip4 *inner, uint16_t id)
{
    return (struct sa_outer){
        .tos = inner->tos,
        .ttl = TUNNEL_TTL,
        .id = id,
        .dont_fragment = inner->dont_fragment,
    };
}

enum { NOT_ECT = 0, ECT_1 = 1, ECT_0 = 2, CE = 3, ECN_BITS = 3, LOST = 4 };

bool
tunnel_ecn(uint8_t outer_tos, uint8_t inner_tos, uint8_t *out_tos)
{
    static const uint8_t becomes[4][4] = {
  /* inner       outer NOT_ECT  ECT_1    ECT_0    CE   */
        [NOT_ECT] = {NOT_ECT, NOT_ECT, NOT_ECT, LOST},
        [ECT_1] = {ECT_1,   ECT_1,   ECT_1,   CE  },
        [ECT_0] = {ECT_0,   ECT_1,   ECT_0,   CE  },
        [CE] = {CE,      CE,      CE,      CE  },
    };
    const uint8_t ecn = becomes[inner_tos & ECN_BITS][outer_tos & ECN_BITS];

    if (ecn == LOST)
        return false;
    *out_tos = (uint8_t)((inner_tos & ~ECN_BITS) | ecn);
    return true;
}

enum err
tunnel_sas_add(struct tunnel_sas *sas, struct sa *sa)
{
    size_t i;

    for (i = 0; i < TUNNEL_SAS && sas->all[i] != NULL; i++)
        continue;
    if (i == TUNNEL_SAS)
        return ERR_EXHAUSTED;
    sas->all[i] = sa;
    if (sa_direction(sa) == SA_OUTBOUND)
        sas->outbound = sa;
    return OK;
}

enum err
tunnel_sas_remove(struct tunnel_sas *sas, const struct sa *sa)
{
    size_t i;

    for (i = 0; i < TUNNEL_SAS && sas->all[i] != sa; i++)
        continue;
    if (i == TUNNEL_SAS)
        return ERR_NOT_FOUND;
    sas->all[i] = NULL;
    if (sas->outbound == sa)
        sas->outbound = NULL;
    return OK;
}
