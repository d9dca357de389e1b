/*
 * pki.c - the life of this room, its part in commits, and its commands.
 */
#include "pki/inside.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/log.h"
#include "base/str.h"
#include "commit/commit.h"
#include "gen/views.h"
#include "pki/shelf.h"
#include "store/store.h"

#include <openssl/err.h>
#include <stdlib.h>

/* ---- life ---- */

enum err
pki_new(
    const struct pki_params *params, struct diag *diag, struct pki **out_pki)
{
    struct pki *pki = mem_alloc(sizeof *pki);
    enum err error;

    pki->sealer = params->sealer;
    pki->store = params->store;
    pki->ipsec = params->ipsec;
    pki->now_s = params->now_s;
    pki->epoch = 1;
    if (params->folder != NULL)
        pki->folder = mem_strdup(params->folder);
    error = library_open(pki, diag);
    if (error == OK)
        error = shelf_load(pki, diag);
    if (error != OK) {
        pki_free(pki);
        return error;
    }
    *out_pki = pki;
    return OK;
}

void
pki_free(struct pki *pki)
{
    if (pki == NULL)
        return;
    shelf_clear(pki);
    known_free(pki);
    X509_STORE_free(pki->anchors);
    config_unref(pki->running);
    config_unref(pki->planned);
    library_close(pki);
    free(pki->folder);
    free(pki);
}

void
pki_set_time(struct pki *pki, uint64_t now_s)
{
    pki->now_s = now_s;
}

uint64_t
pki_epoch(const struct pki *pki)
{
    return pki->epoch;
}

void
pki_changed(struct pki *pki)
{
    X509_STORE_free(pki->anchors);
    pki->anchors = NULL;
    pki->epoch++;
}

/* ---- commits ---- */

/* Only here is known what a key is. */
static bool
key_string_is_fit(
    const struct pki *pki, const struct object *object, struct diag *diag)
{
    struct cfg_peer_public_key view;
    struct str path;

    cfg_peer_public_key_read(object->fields, &view);
    if (view.key_string == NULL ||
        pki_key_string_bits(pki, view.key_string) > 0)
        return true;
    str_init(&path);
    object_path(object, &path);
    diag_add(diag, DIAG_ERROR, str_text(&path), "key-string",
        "This is no RSA key of 1024 to 4096 bits in DER: give it as `show "
        "ipsec key mypubkey rsa` of the peer has it.");
    str_done(&path);
    return false;
}

static enum err
prepare(void *context, const struct config *from, const struct config *to,
    const struct change_set *set, struct diag *diag)
{
    struct pki *pki = context;
    bool is_fit = true;

    for (size_t i = 0; i < set->count; i++) {
        const struct object *after = set->changes[i].after;

        if (after != NULL && after->type == OBJECT_PEER_PUBLIC_KEY)
            is_fit = key_string_is_fit(pki, after, diag) && is_fit;
    }
    (void)from;
    if (!is_fit)
        return ERR_INVALID;
    pki->planned = config_ref(to);
    return OK;
}

static void
forget_plan(void *context)
{
    struct pki *pki = context;

    config_unref(pki->planned);
    pki->planned = NULL;
}

/* Does it say anything about certificates? */
static bool
concerns(enum schema_object_id type)
{
    return type == OBJECT_SYSTEM || type == OBJECT_CA_IDENTITY ||
           type == OBJECT_PEER_PUBLIC_KEY;
}

static void
apply(void *context)
{
    struct pki *pki = context;
    struct config *before = pki->running;
    struct config *first = before == NULL ? config_new() : NULL;
    struct change_set set;

    pki->running = pki->planned;
    pki->planned = NULL;
    config_diff(before != NULL ? before : first, pki->running, &set);
    for (size_t i = 0; i < set.count; i++) {
        const struct change *change = &set.changes[i];

        if (concerns(change->after != NULL ? change->after->type
                                           : change->before->type)) {
            pki->epoch++;
            break;
        }
    }
    change_set_done(&set);
    config_unref(before);
    config_unref(first);
}

struct participant
pki_participant(struct pki *pki)
{
    return (struct participant){
        .name = "pki",
        .context = pki,
        .prepare = prepare,
        .abort = forget_plan,
        .apply = apply,
    };
}

/* ---- for IKE ---- */

static X509_NAME *
read_name(struct ike_blob name)
{
    const uint8_t *at = name.bytes;
    X509_NAME *read = NULL;

    if (name.length > 0 && name.length <= PKI_CERTIFICATE_MAX)
        read = d2i_X509_NAME(NULL, &at, (long)name.length);
    ERR_clear_error();
    return read;
}

static void
name_text(void *context, struct ike_blob name, char *out, size_t size)
{
    X509_NAME *read = read_name(name);

    (void)context;
    out[0] = '\0';
    if (read != NULL)
        name_write(read, out, size);
    X509_NAME_free(read);
}

static bool
name_is(void *context, struct ike_blob name, const char *text)
{
    X509_NAME *read = read_name(name);
    bool same = read != NULL && name_equals_text(read, text);

    (void)context;
    X509_NAME_free(read);
    return same;
}

struct ike_credentials
pki_credentials(struct pki *pki)
{
    return (struct ike_credentials){
        .context = pki,
        .is_usable = is_usable,
        .chain = own_chain,
        .identify = identify,
        .authorities = trusted_names,
        .sign = sign,
        .judge = judge,
        .name_text = name_text,
        .name_is = name_is,
    };
}

/* ---- paths among what is here ---- */

bool
is_self_signed(X509 *x509)
{
    bool is_own = X509_NAME_cmp(X509_get_subject_name(x509),
                      X509_get_issuer_name(x509)) == 0 &&
                  X509_verify(x509, X509_get0_pubkey(x509)) == 1;

    ERR_clear_error();
    return is_own;
}

const struct certificate *
issuer_of(const struct pki *pki, X509 *x509)
{
    const struct certificate *found = NULL;

    for (size_t i = 0; i < pki->certificate_count && found == NULL; i++) {
        const struct certificate *at = &pki->certificates[i];

        if (X509_cmp(at->x509, x509) != 0 &&
            X509_check_issued(at->x509, x509) == X509_V_OK &&
            X509_verify(x509, X509_get0_pubkey(at->x509)) == 1)
            found = at;
    }
    ERR_clear_error();
    return found;
}

/* ---- commands ---- */

enum err
pki_import(struct pki *pki, const struct pki_file *file, struct str *answer,
    struct diag *diag)
{
    struct parcel parcel = {.key_count = 0};
    enum err error = file_read(pki, file, &parcel, diag);

    if (error == OK)
        error = shelf_put(pki, &parcel, file, answer, diag);
    parcel_done(&parcel);
    return error;
}

static bool
find_number(const struct pki *pki, uint32_t number, enum store_pki_kind *kind,
    size_t *position)
{
    for (size_t i = 0; i < pki->certificate_count; i++) {
        if (pki->certificates[i].number == number) {
            *kind = STORE_PKI_CERTIFICATE;
            *position = i;
            return true;
        }
    }
    for (size_t i = 0; i < pki->crl_count; i++) {
        if (pki->crls[i].number == number) {
            *kind = STORE_PKI_CRL;
            *position = i;
            return true;
        }
    }
    return false;
}

enum err
pki_delete(
    struct pki *pki, uint32_t number, struct str *answer, struct diag *diag)
{
    struct store_pki item = {.number = number, .is_removal = true};
    size_t position = 0;
    enum err error;

    if (!find_number(pki, number, &item.kind, &position)) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "There is no certificate or revocation list %u; `show ipsec "
            "certificates` and `show ipsec crl` list them.",
            number);
        return ERR_NOT_FOUND;
    }
    error = store_pki_write(pki->store, &item, 1, diag);
    if (error != OK)
        return error;
    if (item.kind == STORE_PKI_CERTIFICATE) {
        shelf_drop_certificate(pki, position);
    } else {
        shelf_drop_crl(pki, position);
    }
    pki_changed(pki);
    str_printf(answer, "%s %u is deleted.\n",
        item.kind == STORE_PKI_CERTIFICATE ? "Certificate" : "Revocation list",
        number);
    log_event(LOG_NOTICE, "ikepki", "DELETED", "%s %u",
        item.kind == STORE_PKI_CERTIFICATE ? "certificate" : "revocation list",
        number);
    return OK;
}
