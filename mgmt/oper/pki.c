/*
 * pki.c - shows about certificates, revocation lists, keys and CAs.
 */
#include "oper/show.h"

#include "base/ip.h"
#include "base/str.h"
#include "gen/views.h"
#include "negotiator/negotiator.h"
#include "oper/tunnels.h"
#include "pki/pki.h"

#include <inttypes.h>

enum { DAY_S = 86400, S_US = 1000000, ADDRESSES_MAX = 8 };

/* ---- certificates ---- */

/* Peers whose path ends in this certificate; for the own one that is shown,
 * all that proved themselves by one of theirs. */
static void
write_peers(const struct show *show, const struct pki_certificate_row *row,
    bool is_presented, struct row *out)
{
    const struct ike *ike = negotiator_ike(show->view->negotiator);
    struct ike_sa_row sa;
    char text[IP_TEXT_SIZE];
    uint32_t cursor = 0;
    uint64_t peers = 0;
    struct str used;

    str_init(&used);
    while (ike_next_sa(ike, &cursor, &sa)) {
        uint64_t id = sa.certificate_id;

        if (id == 0 || !(is_presented ||
                           pki_anchor_of(show->view->pki, id) == row->number))
            continue;
        if (peers++ < ADDRESSES_MAX) {
            str_printf(&used, "%s%s", peers > 1 ? ", " : "",
                ip_format(sa.remote, text));
        }
    }
    if (peers > ADDRESSES_MAX)
        str_printf(&used, " and %" PRIu64 " more", peers - ADDRESSES_MAX);
    row_number(out, COLUMN_IPSEC_CERTIFICATES_PEERS, peers);
    row_str(out, COLUMN_IPSEC_CERTIFICATES_USED_BY, &used);
    str_done(&used);
}

static enum certificate_state
state_of(const struct pki_certificate_row *row, uint64_t now_s)
{
    if (row->is_revoked)
        return CERTIFICATE_STATE_REVOKED;
    if (row->is_valid)
        return CERTIFICATE_STATE_VALID;
    return now_s < row->not_before_s ? CERTIFICATE_STATE_NOT_YET
                                     : CERTIFICATE_STATE_EXPIRED;
}

static void
set_text(struct row *row, unsigned column, const char *text)
{
    if (text != NULL && text[0] != '\0')
        row_text(row, column, text);
}

static void
set_number(struct row *row, unsigned column, uint64_t number)
{
    if (number != 0)
        row_number(row, column, number);
}

static void
send_certificate(const struct show *show,
    const struct pki_certificate_row *from, bool is_presented)
{
    uint64_t now_s = show->view->now_us / S_US;
    struct row row;

    row_start(&row);
    row_number(&row, COLUMN_IPSEC_CERTIFICATES_NUMBER, from->number);
    row_number(&row, COLUMN_IPSEC_CERTIFICATES_KIND, (uint64_t)from->kind);
    row_number(
        &row, COLUMN_IPSEC_CERTIFICATES_STATE, (uint64_t)state_of(from, now_s));
    row_flag(&row, COLUMN_IPSEC_CERTIFICATES_TRUSTED, from->is_trusted);
    row_flag(&row, COLUMN_IPSEC_CERTIFICATES_PRESENTED, is_presented);
    set_text(&row, COLUMN_IPSEC_CERTIFICATES_SUBJECT, from->subject);
    set_text(&row, COLUMN_IPSEC_CERTIFICATES_ISSUER, from->issuer);
    set_text(&row, COLUMN_IPSEC_CERTIFICATES_SERIAL, from->serial);
    set_text(&row, COLUMN_IPSEC_CERTIFICATES_NAMES, from->names);
    row_number(
        &row, COLUMN_IPSEC_CERTIFICATES_VALID_FROM_S, from->not_before_s);
    row_number(&row, COLUMN_IPSEC_CERTIFICATES_VALID_TO_S, from->not_after_s);
    row_number(&row, COLUMN_IPSEC_CERTIFICATES_DAYS_LEFT,
        from->not_after_s > now_s ? (from->not_after_s - now_s) / DAY_S : 0);
    row_number(&row, COLUMN_IPSEC_CERTIFICATES_KEY_BITS, from->bits);
    set_text(&row, COLUMN_IPSEC_CERTIFICATES_SIGNATURE, from->signature);
    set_text(&row, COLUMN_IPSEC_CERTIFICATES_FINGERPRINT, from->fingerprint);
    set_number(
        &row, COLUMN_IPSEC_CERTIFICATES_ISSUER_NUMBER, from->issuer_number);
    set_number(&row, COLUMN_IPSEC_CERTIFICATES_KEY_NUMBER, from->key_number);
    set_text(&row, COLUMN_IPSEC_CERTIFICATES_SOURCE, from->source);
    write_peers(show, from, is_presented, &row);
    row_send(&row, show);
}

enum err
show_certificates(const struct show *show)
{
    const struct value *wanted =
        &show->args[ARG_SHOW_IPSEC_CERTIFICATES_NUMBER];
    const struct pki *pki = show->view->pki;
    uint32_t presented = pki_presented(pki);
    struct pki_certificate_row row;
    bool any = false;

    for (size_t i = 0; pki_certificate(pki, i, &row); i++) {
        if (value_is_set(wanted) && row.number != wanted->number)
            continue;
        any = true;
        send_certificate(show, &row, row.number == presented);
    }
    if (value_is_set(wanted) && !any) {
        return show_not_found(
            show, "There is no certificate %" PRIu64 ".", wanted->number);
    }
    return OK;
}

/* ---- revocation lists ---- */

enum err
show_crl(const struct show *show)
{
    struct pki_crl_row from;
    struct row row;

    for (size_t i = 0; pki_crl(show->view->pki, i, &from); i++) {
        row_start(&row);
        row_number(&row, COLUMN_IPSEC_CRL_NUMBER, from.number);
        set_text(&row, COLUMN_IPSEC_CRL_ISSUER, from.issuer);
        row_number(&row, COLUMN_IPSEC_CRL_STATE,
            from.is_current ? CRL_STATE_CURRENT : CRL_STATE_OUTDATED);
        row_number(&row, COLUMN_IPSEC_CRL_ENTRIES, from.entries);
        row_number(&row, COLUMN_IPSEC_CRL_THIS_UPDATE_S, from.this_update_s);
        set_number(&row, COLUMN_IPSEC_CRL_NEXT_UPDATE_S, from.next_update_s);
        set_text(&row, COLUMN_IPSEC_CRL_SOURCE, from.source);
        row_send(&row, show);
    }
    return OK;
}

/* ---- who we are ---- */

static void
read_identity(const struct show *show, struct cfg_ipsec_identity *out_view)
{
    const struct object *object =
        config_next(show->view->running, OBJECT_IPSEC_IDENTITY, NULL);

    *out_view = (struct cfg_ipsec_identity){.country = NULL};
    if (object != NULL)
        cfg_ipsec_identity_read(object->fields, out_view);
}

enum err
show_identity(const struct show *show)
{
    struct cfg_ipsec_identity view;
    struct row row;

    read_identity(show, &view);
    row_start(&row);
    row_text(&row, COLUMN_IPSEC_IDENTITY_COMMON_NAME, view.common_name);
    row_text(&row, COLUMN_IPSEC_IDENTITY_COUNTRY, view.country);
    row_text(&row, COLUMN_IPSEC_IDENTITY_DOMAIN_NAME, view.domain_name);
    row_text(&row, COLUMN_IPSEC_IDENTITY_ORGANIZATION, view.organization);
    row_send(&row, show);
    return OK;
}

enum err
show_ike_configuration(const struct show *show)
{
    const struct pki *pki = show->view->pki;
    struct pki_key_row key = {.spki_hex = NULL};
    struct cfg_ipsec_identity view;
    struct pki_certificate_row at;
    struct cfg_system system;
    struct pki_crl_row list;
    uint64_t trusted = 0;
    struct row row;
    size_t keys = 0;
    size_t lists = 0;

    read_identity(show, &view);
    show_read_system(show, &system);
    for (size_t i = 0; pki_certificate(pki, i, &at); i++)
        trusted += at.is_trusted;
    while (pki_key(pki, keys, &key))
        keys++;
    while (pki_crl(pki, lists, &list))
        lists++;
    row_start(&row);
    row_text(
        &row, COLUMN_IPSEC_IKE_CONFIGURATION_COMMON_NAME, view.common_name);
    row_text(&row, COLUMN_IPSEC_IKE_CONFIGURATION_COUNTRY, view.country);
    row_text(
        &row, COLUMN_IPSEC_IKE_CONFIGURATION_DOMAIN_NAME, view.domain_name);
    row_text(
        &row, COLUMN_IPSEC_IKE_CONFIGURATION_ORGANIZATION, view.organization);
    row_number(&row, COLUMN_IPSEC_IKE_CONFIGURATION_CRL, (uint64_t)system.crl);
    row_number(
        &row, COLUMN_IPSEC_IKE_CONFIGURATION_CLOCK_SKEW_S, system.clock_skew);
    row_number(&row, COLUMN_IPSEC_IKE_CONFIGURATION_RSA_KEYS, keys);
    set_number(
        &row, COLUMN_IPSEC_IKE_CONFIGURATION_PRESENTED, pki_presented(pki));
    row_number(&row, COLUMN_IPSEC_IKE_CONFIGURATION_TRUSTED_CAS, trusted);
    row_number(&row, COLUMN_IPSEC_IKE_CONFIGURATION_CRLS, lists);
    row_flag(
        &row, COLUMN_IPSEC_IKE_CONFIGURATION_RSA_USABLE, pki_is_usable(pki));
    row_send(&row, show);
    return OK;
}

/* ---- keys ---- */

enum err
show_mypubkey(const struct show *show)
{
    struct pki_key_row key;
    struct str hex;
    struct row row;

    str_init(&hex);
    key.spki_hex = &hex;
    for (size_t i = 0; pki_key(show->view->pki, i, &key); i++) {
        row_start(&row);
        row_number(&row, COLUMN_IPSEC_KEY_MYPUBKEY_RSA_NUMBER, key.number);
        row_number(&row, COLUMN_IPSEC_KEY_MYPUBKEY_RSA_BITS, key.bits);
        row_flag(&row, COLUMN_IPSEC_KEY_MYPUBKEY_RSA_NEWEST, key.is_newest);
        set_number(&row, COLUMN_IPSEC_KEY_MYPUBKEY_RSA_CERTIFICATE,
            key.certificate_number);
        row_text(
            &row, COLUMN_IPSEC_KEY_MYPUBKEY_RSA_FINGERPRINT, key.fingerprint);
        row_str(&row, COLUMN_IPSEC_KEY_MYPUBKEY_RSA_KEY, &hex);
        row_send(&row, show);
        str_clear(&hex);
    }
    str_done(&hex);
    return OK;
}

enum err
show_pubkey_chain(const struct show *show)
{
    const struct object *object = NULL;
    struct cfg_peer_public_key view;
    struct row row;

    while ((object = config_next(show->view->running, OBJECT_PEER_PUBLIC_KEY,
                object != NULL ? object->fields : NULL)) != NULL) {
        cfg_peer_public_key_read(object->fields, &view);
        row_start(&row);
        row_text(&row, COLUMN_IPSEC_KEY_PUBKEY_CHAIN_RSA_VIRTUAL_ROUTER,
            view.virtual_router);
        if (view.has_address) {
            row_number(
                &row, COLUMN_IPSEC_KEY_PUBKEY_CHAIN_RSA_ADDRESS, view.address);
        }
        row_text(&row, COLUMN_IPSEC_KEY_PUBKEY_CHAIN_RSA_NAME, view.name);
        row_number(&row, COLUMN_IPSEC_KEY_PUBKEY_CHAIN_RSA_BITS,
            pki_key_string_bits(show->view->pki, view.key_string));
        row_text(&row, COLUMN_IPSEC_KEY_PUBKEY_CHAIN_RSA_KEY, view.key_string);
        row_send(&row, show);
    }
    return OK;
}

/* ---- CAs ---- */

static void
send_ca(const struct show *show, const struct cfg_ca_identity *view)
{
    struct row row;

    row_start(&row);
    row_text(&row, COLUMN_IPSEC_CA_IDENTITY_NAME, view->name);
    row_text(&row, COLUMN_IPSEC_CA_IDENTITY_ISSUER_IDENTIFIER,
        view->issuer_identifier);
    if (view->has_crl)
        row_number(&row, COLUMN_IPSEC_CA_IDENTITY_CRL, (uint64_t)view->crl);
    row_text(&row, COLUMN_IPSEC_CA_IDENTITY_CRL_URL, view->crl_url);
    row_text(
        &row, COLUMN_IPSEC_CA_IDENTITY_ENROLLMENT_URL, view->enrollment_url);
    if (view->has_enrollment_retry_limit) {
        row_number(&row, COLUMN_IPSEC_CA_IDENTITY_ENROLLMENT_RETRY_LIMIT,
            view->enrollment_retry_limit);
    }
    if (view->has_enrollment_retry_period) {
        row_number(&row, COLUMN_IPSEC_CA_IDENTITY_ENROLLMENT_RETRY_PERIOD,
            view->enrollment_retry_period);
    }
    row_text(
        &row, COLUMN_IPSEC_CA_IDENTITY_ROOT_PROXY_URL, view->root_proxy_url);
    row_send(&row, show);
}

enum err
show_ca_identity(const struct show *show)
{
    const struct value *wanted = &show->args[ARG_SHOW_IPSEC_CA_IDENTITY_NAME];
    const struct object *object = NULL;
    struct cfg_ca_identity view;
    bool any = false;

    while ((object = config_next(show->view->running, OBJECT_CA_IDENTITY,
                object != NULL ? object->fields : NULL)) != NULL) {
        cfg_ca_identity_read(object->fields, &view);
        if (value_is_set(wanted) && !str_equal(view.name, value_string(wanted)))
            continue;
        any = true;
        send_ca(show, &view);
    }
    if (value_is_set(wanted) && !any) {
        return show_not_found(
            show, "There is no CA identity %s.", value_string(wanted));
    }
    return OK;
}
