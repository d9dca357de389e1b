/*
 * mib_certificate.c - certificates for SNMP, by their numbers.
 */
#include "oper/mib.h"

#include "pki/pki.h"

#include <string.h>

enum { S_US = 1000000, DAY_S = 86400, EXPIRING_S = 30 * DAY_S };

static enum mib_certificate_role
role_of(const struct pki_certificate_row *row)
{
    switch (row->kind) {
    case CERTIFICATE_KIND_OWN:
        return MIB_CERTIFICATE_ROLE_OWN;
    case CERTIFICATE_KIND_CA:
        return row->is_trusted ? MIB_CERTIFICATE_ROLE_AUTHORITY
                               : MIB_CERTIFICATE_ROLE_CHAIN;
    case CERTIFICATE_KIND_OTHER:
    case CERTIFICATE_KIND_COUNT:
    default:
        return MIB_CERTIFICATE_ROLE_OTHER;
    }
}

static enum mib_certificate_state
state_of(const struct pki_certificate_row *row, uint64_t now_s)
{
    if (row->is_revoked)
        return MIB_CERTIFICATE_STATE_REVOKED;
    if (row->not_after_s <= now_s)
        return MIB_CERTIFICATE_STATE_EXPIRED;
    if (row->not_before_s > now_s)
        return MIB_CERTIFICATE_STATE_NOT_YET_VALID;
    return row->not_after_s - now_s <= EXPIRING_S
               ? MIB_CERTIFICATE_STATE_EXPIRING
               : MIB_CERTIFICATE_STATE_VALID;
}

static void
send_certificate(struct mib_page *page, const struct pki_certificate_row *from)
{
    const uint64_t now_s = page->show->view->now_us / S_US;
    struct row row;

    row_start(&row);
    row_number(&row, COLUMN_MIB_CERTIFICATE_NUMBER, from->number);
    row_text(&row, COLUMN_MIB_CERTIFICATE_SUBJECT, from->subject);
    row_text(&row, COLUMN_MIB_CERTIFICATE_ISSUER, from->issuer);
    row_text(&row, COLUMN_MIB_CERTIFICATE_SERIAL, from->serial);
    row_number(&row, COLUMN_MIB_CERTIFICATE_ROLE, (uint64_t)role_of(from));
    row_number(&row, COLUMN_MIB_CERTIFICATE_FROM_S, from->not_before_s);
    row_number(&row, COLUMN_MIB_CERTIFICATE_TO_S, from->not_after_s);
    row_number(&row, COLUMN_MIB_CERTIFICATE_DAYS_LEFT,
        from->not_after_s > now_s ? (from->not_after_s - now_s) / DAY_S : 0);
    row_number(
        &row, COLUMN_MIB_CERTIFICATE_STATE, (uint64_t)state_of(from, now_s));
    row_number(&row, COLUMN_MIB_CERTIFICATE_KEY_BITS, from->bits);
    mib_send(page, &row);
}

/* The one with the lowest number above this; there are few. */
static bool
find_next(
    const struct pki *pki, uint32_t after, struct pki_certificate_row *out_row)
{
    uint32_t lowest = 0;
    size_t position = 0;
    uint32_t number;

    for (size_t i = 0; (number = pki_certificate_number(pki, i)) != 0; i++) {
        if (number > after && (lowest == 0 || number < lowest)) {
            lowest = number;
            position = i;
        }
    }
    return lowest != 0 && pki_certificate(pki, position, out_row);
}

enum err
mib_certificates(const struct show *show)
{
    struct pki_certificate_row row = {.number = 0};
    struct mib_page page;
    uint32_t after;

    mib_begin(show, &page);
    after = page.after;
    while (!mib_is_full(&page) && find_next(show->view->pki, after, &row)) {
        after = row.number;
        send_certificate(&page, &row);
    }
    return mib_end(&page);
}
