/*
 * strength.c - what is thought of a tunnel's algorithms.
 */
#include "oper/strength.h"

#include "config/config.h"
#include "ipsec/ipsec.h"
#include "negotiator/negotiator.h"

#include <stdlib.h>

enum ike_encryption
strength_encryption(enum ike_cipher cipher)
{
    static const enum ike_encryption encryptions[] = {
        [IKE_DES] = IKE_ENCRYPTION_DES,
        [IKE_3DES] = IKE_ENCRYPTION_3DES,
        [IKE_AES_128] = IKE_ENCRYPTION_AES128,
        [IKE_AES_192] = IKE_ENCRYPTION_AES192,
        [IKE_AES_256] = IKE_ENCRYPTION_AES256,
    };

    return encryptions[cipher];
}

enum ike_hash
strength_hash(enum ike_digest digest)
{
    static const enum ike_hash hashes[] = {
        [IKE_MD5] = IKE_HASH_MD5,
        [IKE_SHA1] = IKE_HASH_SHA,
        [IKE_SHA256] = IKE_HASH_SHA256,
        [IKE_SHA384] = IKE_HASH_SHA384,
        [IKE_SHA512] = IKE_HASH_SHA512,
    };

    return hashes[digest];
}

/* The words of the enum are the numbers. */
uint16_t
strength_group_number(uint64_t group)
{
    return (uint16_t)strtoul(
        schema_enums[ENUM_IKE_GROUP].values[group].word, NULL, 10);
}

enum ike_group
strength_group(uint16_t number)
{
    unsigned group = 0;

    while (
        group + 1 < IKE_GROUP_COUNT && strength_group_number(group) != number)
        group++;
    return (enum ike_group)group;
}

static enum crypto_strength
worse(enum crypto_strength a, enum crypto_strength b)
{
    return a > b ? a : b;
}

_Static_assert((int)CRYPTO_STRENGTH_WEAK > (int)CRYPTO_STRENGTH_AGEING &&
                   (int)CRYPTO_STRENGTH_AGEING > (int)CRYPTO_STRENGTH_STRONG,
    "the larger one is the worse one");

static enum crypto_strength
strength_of_set(const struct config *running, const struct object *tunnel)
{
    const struct object *set = config_find(running, OBJECT_TRANSFORM_SET,
        &tunnel->fields[FIELD_TUNNEL_TRANSFORM_SET]);
    enum crypto_strength worst = CRYPTO_STRENGTH_STRONG;
    uint64_t list;

    if (set == NULL)
        return worst;
    list = set->fields[FIELD_TRANSFORM_SET_TRANSFORMS].number;
    for (unsigned i = 0; i < value_list_count(list); i++) {
        worst = worse(worst,
            transform_strength((enum transform)value_list_at(list, i), NULL));
    }
    return worst;
}

static enum crypto_strength
strength_of_suite(const struct oper_view *view, const struct object *tunnel)
{
    const struct ike_rule *suite = NULL;
    enum crypto_strength worst;
    uint32_t handle;

    if (ipsec_interface(view->ipsec, tunnel, &handle) == OK)
        suite = ike_tunnel_suite(negotiator_ike(view->negotiator), handle);
    if (suite == NULL)
        return CRYPTO_STRENGTH_STRONG;
    worst = worse(encryption_strength(strength_encryption(suite->cipher)),
        hash_strength(strength_hash(suite->digest)));
    return worse(worst, group_strength(strength_group(suite->group)));
}

enum crypto_strength
strength_of_tunnel(const struct oper_view *view, const struct object *tunnel)
{
    const struct sa *sas[IPSEC_SAS_MAX];
    size_t count = ipsec_sas(view->ipsec, tunnel, sas);
    enum crypto_strength worst;

    if (count == 0)
        return strength_of_set(view->running, tunnel);
    worst = strength_of_suite(view, tunnel);
    while (count-- > 0) {
        worst =
            worse(worst, transform_strength(sa_transform(sas[count]), NULL));
    }
    return worst;
}
