/*
 * authority.c - shows about what CAs are asked by the network.
 */
#include "authority/authority.h"

#include "oper/show.h"

static void
set_number(struct row *row, unsigned column, uint64_t number)
{
    if (number != 0)
        row_number(row, column, number);
}

static void
set_text(struct row *row, unsigned column, const char *text)
{
    if (text[0] != '\0')
        row_text(row, column, text);
}

enum err
show_crl_sources(const struct show *show)
{
    struct authority_source from;
    struct row row;

    for (size_t i = 0; authority_source(show->view->authority, i, &from); i++) {
        row_start(&row);
        row_text(&row, COLUMN_IPSEC_CRL_SOURCES_URL, from.url);
        row_text(&row, COLUMN_IPSEC_CRL_SOURCES_ORIGIN, from.origin);
        set_number(&row, COLUMN_IPSEC_CRL_SOURCES_ASKED_S, from.asked_s);
        set_number(&row, COLUMN_IPSEC_CRL_SOURCES_DONE_S, from.done_s);
        set_number(&row, COLUMN_IPSEC_CRL_SOURCES_NEXT_S, from.next_s);
        row_number(&row, COLUMN_IPSEC_CRL_SOURCES_FAILURES, from.failures);
        set_text(&row, COLUMN_IPSEC_CRL_SOURCES_RESULT, from.result);
        row_send(&row, show);
    }
    return OK;
}

enum err
show_ca_enrollment(const struct show *show)
{
    struct authority_enrolment from;
    struct row row;

    for (size_t i = 0; authority_enrolment(show->view->authority, i, &from);
         i++) {
        row_start(&row);
        row_text(&row, COLUMN_IPSEC_CA_ENROLLMENT_NAME, from.name);
        row_flag(&row, COLUMN_IPSEC_CA_ENROLLMENT_WAITING, from.is_waiting);
        row_flag(&row, COLUMN_IPSEC_CA_ENROLLMENT_RENEWAL, from.is_renewal);
        row_number(&row, COLUMN_IPSEC_CA_ENROLLMENT_ATTEMPTS, from.attempts);
        set_number(&row, COLUMN_IPSEC_CA_ENROLLMENT_ASKED_S, from.asked_s);
        set_number(&row, COLUMN_IPSEC_CA_ENROLLMENT_NEXT_S, from.next_s);
        set_text(&row, COLUMN_IPSEC_CA_ENROLLMENT_RESULT, from.result);
        row_send(&row, show);
    }
    return OK;
}
