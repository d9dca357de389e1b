/*
 * known.c - certificates that peers were trusted by, to be looked at again.
 *
 * Sorted by id.  Of each path only what is not here itself is kept, as DER;
 * what is trusted is here.  Only trusted peers come in, and where there are
 * too many the one goes that was not asked for the longest.
 */
#include "pki/inside.h"

#include "base/arena.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 16 };

/* Where the id is, or would be. */
static size_t
place_of(const struct pki *pki, uint64_t id)
{
    size_t low = 0;
    size_t high = pki->known_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (pki->known[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct known *
find(const struct pki *pki, uint64_t id)
{
    size_t place = place_of(pki, id);

    return place < pki->known_count && pki->known[place].id == id
               ? &pki->known[place]
               : NULL;
}

static void
drop(struct pki *pki, size_t place)
{
    free(pki->known[place].der);
    pki->known_count--;
    memmove(&pki->known[place], &pki->known[place + 1],
        (pki->known_count - place) * sizeof pki->known[0]);
}

static void
drop_oldest(struct pki *pki)
{
    size_t oldest = 0;

    for (size_t i = 1; i < pki->known_count; i++) {
        if (pki->known[i].used_s < pki->known[oldest].used_s)
            oldest = i;
    }
    drop(pki, oldest);
}

/* Room for one more, at the place of this id. */
static struct known *
insert(struct pki *pki, uint64_t id)
{
    size_t place;

    if (pki->known_count == PKI_KNOWN_MAX)
        drop_oldest(pki);
    if (pki->known_count == pki->known_room) {
        pki->known_room =
            pki->known_room == 0 ? FIRST_ROOM : pki->known_room * 2;
        pki->known =
            mem_resize(pki->known, pki->known_room * sizeof pki->known[0]);
    }
    place = place_of(pki, id);
    memmove(&pki->known[place + 1], &pki->known[place],
        (pki->known_count - place) * sizeof pki->known[0]);
    pki->known_count++;
    pki->known[place] = (struct known){.id = id};
    return &pki->known[place];
}

static bool
is_here(const struct pki *pki, const X509 *x509, uint32_t *out_number)
{
    for (size_t i = 0; i < pki->certificate_count; i++) {
        if (X509_cmp(pki->certificates[i].x509, x509) == 0) {
            *out_number = pki->certificates[i].number;
            return true;
        }
    }
    return false;
}

static void
append(struct known *known, const X509 *x509)
{
    uint8_t *der = NULL;
    int length = i2d_X509(x509, &der);

    if (length > 0) {
        known->der = mem_resize(known->der, known->length + (size_t)length);
        memcpy(known->der + known->length, der, (size_t)length);
        known->length += (size_t)length;
    }
    OPENSSL_free(der);
}

bool
known_put(struct pki *pki, uint64_t id, STACK_OF(X509) * path)
{
    struct known *known = find(pki, id);
    bool is_new = known == NULL;

    if (is_new)
        known = insert(pki, id);
    known->used_s = pki->now_s;
    free(known->der);
    known->der = NULL;
    known->length = 0;
    for (int i = 0; i < sk_X509_num(path); i++) {
        if (!is_here(pki, sk_X509_value(path, i), &known->anchor) || i == 0)
            append(known, sk_X509_value(path, i));
    }
    return is_new;
}

void
known_free(struct pki *pki)
{
    while (pki->known_count > 0)
        drop(pki, pki->known_count - 1);
    free(pki->known);
    pki->known = NULL;
    pki->known_room = 0;
}

/* One certificate behind the other. */
static STACK_OF(X509) *
    read_path(const struct pki *pki, const struct known *known)
{
    STACK_OF(X509) *path = sk_X509_new_null();
    const uint8_t *at = known->der;
    const uint8_t *end = known->der + known->length;

    while (at < end) {
        X509 *x509 = X509_new_ex(pki->library, NULL);

        if (d2i_X509(&x509, &at, (long)(end - at)) == NULL)
            break;
        (void)sk_X509_push(path, x509);
    }
    ERR_clear_error();
    return path;
}

bool
pki_is_good(
    struct pki *pki, uint64_t certificate_id, struct ike_verdict *out_why)
{
    struct known *known = find(pki, certificate_id);
    STACK_OF(X509) *path = NULL;
    STACK_OF(X509) * along;
    bool good;

    *out_why = (struct ike_verdict){.is_trusted = true};
    if (known == NULL)
        return true;
    known->used_s = pki->now_s;
    along = read_path(pki, known);
    good = sk_X509_num(along) > 0 &&
           trust_path(pki, sk_X509_value(along, 0), along, &path, out_why);
    if (!good && sk_X509_num(along) > 0) {
        certificate_write(
            sk_X509_value(along, 0), out_why->theirs, sizeof out_why->theirs);
    }
    if (good)
        (void)known_put(pki, certificate_id, path);
    out_why->certificate_id = certificate_id;
    sk_X509_pop_free(path, X509_free);
    sk_X509_pop_free(along, X509_free);
    return good;
}

uint32_t
pki_anchor_of(const struct pki *pki, uint64_t certificate_id)
{
    const struct known *known = find(pki, certificate_id);

    return known == NULL ? 0 : known->anchor;
}
