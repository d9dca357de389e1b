/*
 * peer_keys.c - public keys that are entered for peers, `ipsec key
 * pubkey-chain rsa`: of an address, or of an FQDN or user@FQDN.
 */
#include "pki/inside.h"

#include "base/bytes.h"
#include "base/str.h"
#include "gen/views.h"
#include "ipsec/ipsec.h"

#include <string.h>
#include <strings.h>

enum { HEX_BYTES = 2048, ADDRESS_SIZE = 4 };

static EVP_PKEY *
read_hex(const struct pki *pki, const char *hex)
{
    uint8_t bytes[HEX_BYTES];
    size_t length = 0;

    if (hex == NULL || hex_decode(hex, bytes, sizeof bytes, &length) != OK)
        return NULL;
    return read_public_key(pki, bytes, length);
}

unsigned
pki_key_string_bits(const struct pki *pki, const char *hex)
{
    EVP_PKEY *key = read_hex(pki, hex);
    const char *why = NULL;
    unsigned bits = key_is_fit(key, &why) ? rsa_bits(key) : 0;

    EVP_PKEY_free(key);
    return bits;
}

static bool
is_for(const struct cfg_peer_public_key *view, const struct ike_claim *claim)
{
    const struct ike_blob *body = &claim->identity;

    /* also who says another name from there: a key that is entered for an
     * address shall not be got round by a certificate */
    if (view->has_address) {
        return view->address == claim->remote ||
               (claim->identity_type == ID_ADDRESS &&
                   body->length == ADDRESS_SIZE &&
                   view->address == get_u32(body->bytes));
    }
    return view->name != NULL &&
           (claim->identity_type == ID_FQDN ||
               claim->identity_type == ID_USER_FQDN) &&
           body->length == strlen(view->name) &&
           strncasecmp((const char *)body->bytes, view->name, body->length) ==
               0;
}

bool
next_peer_key(const struct pki *pki, const struct ike_claim *claim,
    struct entered_key *entered)
{
    struct cfg_peer_public_key view;

    while (pki->running != NULL &&
           (entered->at = config_next(pki->running, OBJECT_PEER_PUBLIC_KEY,
                entered->at == NULL ? NULL : entered->at->fields)) != NULL) {
        uint16_t vr = 0;

        cfg_peer_public_key_read(entered->at->fields, &view);
        if (ipsec_vr(pki->ipsec, view.virtual_router, &vr) != OK ||
            vr != claim->vr || !is_for(&view, claim))
            continue;
        entered->key = read_hex(pki, view.key_string);
        entered->is_of_name = !view.has_address;
        return true;
    }
    return false;
}

bool
has_peer_keys(const struct pki *pki)
{
    return pki->running != NULL &&
           config_next(pki->running, OBJECT_PEER_PUBLIC_KEY, NULL) != NULL;
}
