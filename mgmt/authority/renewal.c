/*
 * renewal.c - the next certificate before the one in use ends, and what there
 * is to show of enrolment.
 */
#include "authority/inside.h"

#include "base/diag.h"
#include "config/config.h"

#include <stdio.h>

enum { RENEWAL_MAX_S = 40 * DAY_S /* before anything is told of its end */ };

/* A quarter of its life before its end, or 40 days if that is less. */
static bool
is_due(const struct authority *authority, const struct pki_certificate_row *row)
{
    uint64_t before_s = (row->not_after_s - row->not_before_s) / 4;

    if (before_s > RENEWAL_MAX_S)
        before_s = RENEWAL_MAX_S;
    return row->not_after_s > authority->now_s &&
           row->not_after_s - authority->now_s <= before_s;
}

static void
renew(
    struct authority *authority, const struct config *running, const char *name)
{
    struct enrolment *enrolment = est_find(authority, name);
    struct cfg_ca_identity ca;
    struct diag diag;

    if (!find_ca(running, name, &ca) || ca.enrollment_url == NULL ||
        authority->web.start == NULL)
        return;
    /* after a failure an hour goes by */
    if (enrolment != NULL &&
        (enrolment->state != EST_IDLE ||
            (enrolment->is_renewal &&
                authority->now_s < enrolment->asked_s + HOUR_S)))
        return;
    diag_init(&diag);
    if (est_prepare(authority, running, name, &diag, &enrolment) == OK) {
        enrolment->is_renewal = true;
        enrolment->is_answered = true; /* nobody waits for it */
        enrolment->asked_s = authority->now_s;
        est_ask_again(enrolment);
    }
    diag_done(&diag);
}

/* Of CAs that are not configured any more, unless they are being asked. */
static void
forget_gone(struct authority *authority, const struct config *running)
{
    struct cfg_ca_identity ca;
    size_t kept = 0;

    for (size_t i = 0; i < authority->enrolment_count; i++) {
        struct enrolment *enrolment = authority->enrolments[i];

        if (enrolment->fetch != NULL ||
            find_ca(running, enrolment->name, &ca)) {
            authority->enrolments[kept++] = enrolment;
        } else {
            enrolment_free(enrolment);
        }
    }
    authority->enrolment_count = kept;
}

/* The certificate that peers are shown, if it came from a CA by this way. */
void
est_look(struct authority *authority, const struct config *running)
{
    const uint32_t presented = pki_presented(authority->pki);
    struct pki_certificate_row row;
    char name[65];

    forget_gone(authority, running);
    for (size_t i = 0; pki_certificate(authority->pki, i, &row); i++) {
        if (row.number != presented || !str_has_prefix(row.source, "ca ") ||
            !is_due(authority, &row))
            continue;
        (void)snprintf(name, sizeof name, "%s", row.source + 3);
        renew(authority, running, name);
        return;
    }
}

bool
authority_enrolment(const struct authority *authority, size_t position,
    struct authority_enrolment *out_row)
{
    const struct enrolment *enrolment;

    if (position >= authority->enrolment_count)
        return false;
    enrolment = authority->enrolments[position];
    *out_row = (struct authority_enrolment){
        .name = enrolment->name,
        .is_waiting = enrolment->state == EST_WAITING,
        .is_renewal = enrolment->is_renewal,
        .attempts = enrolment->attempts,
        .asked_s = enrolment->asked_s,
        .next_s = enrolment->state == EST_WAITING ? enrolment->next_s : 0,
    };
    (void)snprintf(
        out_row->result, sizeof out_row->result, "%s", enrolment->result);
    return true;
}
