/*
 * identity.c - ID payloads: who a peer is (phase 1), and whose traffic an SA
 * carries (phase 2).  RFC 2407, 4.6.2.
 *
 *    type 1 | protocol 1 | port 2 | address, text, or two addresses
 */
#include "ike/payloads.h"

#include "base/arena.h"
#include "base/ip.h"
#include "base/str.h"
#include "ike/numbers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ID_FIXED = 4, ADDRESS_SIZE = 4 };

void
blob_done(struct blob *blob)
{
    if (blob->bytes != NULL)
        wipe(blob->bytes, blob->length);
    free(blob->bytes);
    *blob = (struct blob){0};
}

void
blob_set(struct blob *blob, const void *bytes, size_t length)
{
    blob_done(blob);
    blob->bytes = mem_alloc(length + 1); /* never NULL once set */
    blob->length = length;
    if (length > 0)
        memcpy(blob->bytes, bytes, length);
}

/* ---- phase 1 ---- */

void
identity_set(struct blob *out, uint8_t type, const uint8_t *body, size_t length)
{
    const uint8_t fixed[ID_FIXED] = {type};
    struct blob whole = {0};

    blob_set(&whole, fixed, ID_FIXED);
    whole.bytes = mem_resize(whole.bytes, ID_FIXED + length + 1);
    whole.length += length;
    if (length > 0)
        memcpy(whole.bytes + ID_FIXED, body, length);
    blob_done(out);
    *out = whole;
}

void
identity_build(const struct ike_identity *identity, struct blob *out)
{
    uint8_t body[ID_FIXED + IKE_NAME_SIZE];
    struct wr w = wr_over(body, sizeof body);
    bool is_user = strchr(identity->name, '@') != NULL;

    if (identity->name[0] == '\0') {
        wr_u8(&w, ID_ADDRESS);
    } else {
        wr_u8(&w, is_user ? ID_USER_FQDN : ID_FQDN);
    }
    /* RFC 2407, 4.6.2: UDP and 500, or both zero, as NAT-T wants it */
    wr_u8(&w, 0);
    wr_u16(&w, 0);
    if (identity->name[0] == '\0') {
        wr_u32(&w, identity->address);
    } else {
        wr_bytes(&w, identity->name, strlen(identity->name));
    }
    blob_set(out, body, wr_length(&w));
}

static bool
is_name(const uint8_t *text, size_t length)
{
    if (length == 0 || length >= IKE_NAME_SIZE)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    }
    return true;
}

bool
identity_read(const struct payload *payload, struct ike_identity *out_identity)
{
    struct rd r = rd_over(payload->body, payload->length);
    struct ike_identity identity = {0};
    uint8_t type = rd_u8(&r);
    size_t length;

    rd_skip(&r, ID_FIXED - 1);
    length = rd_left(&r);
    if (!rd_ok(&r))
        return false;
    if (type == ID_ADDRESS) {
        identity.address = rd_u32(&r);
        if (!rd_ok(&r) || rd_left(&r) > 0)
            return false;
    } else if (type == ID_FQDN || type == ID_USER_FQDN) {
        if (!is_name(r.at, length))
            return false;
        memcpy(identity.name, r.at, length);
    } else {
        return false;
    }
    *out_identity = identity;
    return true;
}

/* Of any kind, for a person. */
void
identity_text(const struct payload *payload, char *text, size_t size)
{
    unsigned type = payload->length > 0 ? payload->body[0] : 0U;
    struct ike_identity identity;
    char address[IP_TEXT_SIZE];

    if (identity_read(payload, &identity)) {
        (void)snprintf(text, size, "%s",
            identity.name[0] != '\0' ? identity.name
                                     : ip_format(identity.address, address));
        return;
    }
    if (type == ID_DN) {
        (void)snprintf(text, size, "a distinguished name");
        return;
    }
    (void)snprintf(text, size, "an identity of type %u", type);
}

/* ---- phase 2 ---- */

/* The mask of a range that is a subnet; false: it is none. */
static bool
subnet_mask(uint32_t first, uint32_t last, uint32_t *out_mask)
{
    uint32_t mask = ~(first ^ last);

    if (!ip_is_mask(mask) || (first & ~mask) != 0)
        return false;
    *out_mask = mask;
    return true;
}

void
selector_build(const struct ike_selector *selector, struct blob *out)
{
    uint8_t body[ID_FIXED + 2 * ADDRESS_SIZE];
    struct wr w = wr_over(body, sizeof body);
    uint32_t mask = 0;
    bool is_subnet = subnet_mask(selector->first, selector->last, &mask);

    if (selector->is_address) {
        wr_u8(&w, ID_ADDRESS);
    } else {
        wr_u8(&w, is_subnet ? ID_SUBNET : ID_RANGE);
    }
    wr_u8(&w, selector->protocol);
    wr_u16(&w, selector->port);
    wr_u32(&w, selector->first);
    if (!selector->is_address)
        wr_u32(&w, is_subnet ? mask : selector->last);
    blob_set(out, body, wr_length(&w));
}

enum err
selector_read(const struct payload *payload, struct ike_selector *out_selector)
{
    struct rd r = rd_over(payload->body, payload->length);
    struct ike_selector selector = {0};
    uint8_t type = rd_u8(&r);

    selector.protocol = rd_u8(&r);
    selector.port = rd_u16(&r);
    selector.first = rd_u32(&r);
    selector.last = selector.first;
    if (type == ID_ADDRESS) {
        selector.is_address = true;
    } else if (type == ID_SUBNET) {
        uint32_t mask = rd_u32(&r);

        if (!ip_is_mask(mask))
            return ERR_MALFORMED;
        selector.first &= mask;
        selector.last = selector.first | ~mask;
    } else if (type == ID_RANGE) {
        selector.last = rd_u32(&r);
    } else {
        return ERR_MALFORMED;
    }
    if (!rd_ok(&r) || rd_left(&r) > 0 || selector.last < selector.first)
        return ERR_MALFORMED;
    *out_selector = selector;
    return OK;
}

void
selector_text(const struct ike_selector *selector, char *text, size_t size)
{
    char first[IP_TEXT_SIZE];
    char last[IP_TEXT_SIZE];
    uint32_t mask = 0;
    char end[24] = "";

    (void)ip_format(selector->first, first);
    (void)ip_format(selector->last, last);
    if (selector->protocol != 0) {
        (void)snprintf(
            end, sizeof end, " %u/%u", selector->protocol, selector->port);
    }
    if (selector->is_address) {
        (void)snprintf(text, size, "%s%s", first, end);
    } else if (subnet_mask(selector->first, selector->last, &mask)) {
        (void)snprintf(text, size, "%s/%u%s", first, ip_mask_length(mask), end);
    } else {
        (void)snprintf(text, size, "%s-%s%s", first, last, end);
    }
}

bool
selector_is_same(const struct ike_selector *a, const struct ike_selector *b)
{
    return a->first == b->first && a->last == b->last &&
           a->protocol == b->protocol && a->port == b->port;
}

bool
selector_holds(
    const struct ike_selector *outer, const struct ike_selector *inner)
{
    return outer->first <= inner->first && inner->last <= outer->last &&
           (outer->protocol == 0 || outer->protocol == inner->protocol) &&
           (outer->port == 0 || outer->port == inner->port);
}

void
ike_selector_text(const struct ike_selector *selector, char *text, size_t size)
{
    selector_text(selector, text, size);
}

bool
ike_selector_is_same(const struct ike_selector *a, const struct ike_selector *b)
{
    return selector_is_same(a, b);
}
