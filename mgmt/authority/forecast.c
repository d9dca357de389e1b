/*
 * forecast.c - certificates that expire, told once for each step.
 *
 *    30 days     7 days      1 day       0: it has expired
 *    |-- step 1 --|-- step 2 --|-- step 3 --|-- step 4 -->
 *
 * The last step that was told of a certificate is stored before it is told:
 * over a crash something may stay untold, nothing is told twice.  A router
 * that was off meanwhile tells the step that it is in, and not those before.
 */
#include "authority/inside.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/log.h"
#include "store/store.h"

#include <inttypes.h>
#include <stdlib.h>

enum { STEPS = 3, STEP_EXPIRED = STEPS + 1 };

static const uint64_t steps_days[STEPS] = {30, 7, 1};

/* ---- what was told ---- */

static void
take_told(void *context, const struct store_notice *notice)
{
    struct authority *authority = context;

    if (authority->told_count == PKI_CERTIFICATES_MAX)
        return;
    authority->told[authority->told_count++] = (struct told){
        .id = notice->certificate,
        .step = (uint8_t)notice->step,
        .is_revoked = notice->is_revoked,
    };
}

enum err
forecast_load(struct authority *authority, struct diag *diag)
{
    return store_notice_load(authority->store, take_told, authority, diag);
}

static struct told *
find_told(struct authority *authority, uint64_t id)
{
    for (size_t i = 0; i < authority->told_count; i++) {
        if (authority->told[i].id == id)
            return &authority->told[i];
    }
    return NULL;
}

static bool
is_here(const struct authority *authority, uint64_t id)
{
    struct pki_certificate_row row;

    for (size_t i = 0; pki_certificate(authority->pki, i, &row); i++) {
        if (row.id == id)
            return true;
    }
    return false;
}

/* Of certificates that are gone nothing is kept. */
static void
forget_gone(struct authority *authority)
{
    size_t kept = 0;

    for (size_t i = 0; i < authority->told_count; i++) {
        if (is_here(authority, authority->told[i].id)) {
            authority->told[kept++] = authority->told[i];
        } else {
            store_notice_remove(authority->store, authority->told[i].id);
        }
    }
    authority->told_count = kept;
}

/* False: it cannot be stored, so that it is told another time. */
static bool
note(struct authority *authority, struct told told)
{
    const struct store_notice notice = {
        .certificate = told.id,
        .step = told.step,
        .is_revoked = told.is_revoked,
    };
    struct told *at = find_told(authority, told.id);

    if (at == NULL && authority->told_count == PKI_CERTIFICATES_MAX)
        forget_gone(authority);
    if (at == NULL && authority->told_count == PKI_CERTIFICATES_MAX)
        return false;
    if (store_notice_put(authority->store, &notice) != OK)
        return false;
    if (at == NULL)
        at = &authority->told[authority->told_count++];
    *at = told;
    return true;
}

/* ---- what there is to tell ---- */

static const char *
whose(const struct pki_certificate_row *row)
{
    return row->kind == CERTIFICATE_KIND_OWN ? "this router's certificate"
                                             : "the CA's certificate";
}

static void
tell(const struct authority *authority, enum authority_notice notice,
    const struct pki_certificate_row *row)
{
    static const struct {
        enum log_level level;
        const char *event;
    } kinds[] = {
        [AUTHORITY_EXPIRING] = {LOG_WARNING, "CERTIFICATE-EXPIRING"},
        [AUTHORITY_EXPIRED] = {LOG_ERROR,   "CERTIFICATE-EXPIRED" },
        [AUTHORITY_REVOKED] = {LOG_ERROR,   "CERTIFICATE-REVOKED" },
    };
    const uint64_t left_s = row->not_after_s > authority->now_s
                                ? row->not_after_s - authority->now_s
                                : 0;

    if (notice == AUTHORITY_EXPIRING) {
        log_event(kinds[notice].level, "ikepki", kinds[notice].event,
            "%s %u, %.120s, expires in %" PRIu64 " days and %" PRIu64
            " hours: have a new one issued",
            whose(row), row->number, row->subject, left_s / DAY_S,
            left_s % DAY_S / HOUR_S);
    } else {
        log_event(kinds[notice].level, "ikepki", kinds[notice].event,
            "%s %u, %.120s, %s", whose(row), row->number, row->subject,
            notice == AUTHORITY_EXPIRED
                ? "has expired: tunnels that need it stay down"
                : "is on its CA's revocation list");
    }
    if (authority->listener.tell != NULL) {
        authority->listener.tell(authority->listener.context, notice, row);
    }
}

static uint8_t
step_of(
    const struct authority *authority, const struct pki_certificate_row *row)
{
    uint8_t step = 0;

    if (row->not_after_s <= authority->now_s)
        return STEP_EXPIRED;
    while (step < STEPS &&
           row->not_after_s - authority->now_s <= steps_days[step] * DAY_S)
        step++;
    return step;
}

/* All rows, made once: each costs a digest. */
struct rows {
    struct pki_certificate_row *rows; /* heap */
    size_t count;
};

/* Is there one of the same key, or of the same CA, that is good for longer? */
static bool
is_replaced(const struct authority *authority, const struct rows *all,
    const struct pki_certificate_row *row)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct pki_certificate_row *other = &all->rows[i];
        bool is_alike = str_equal(other->subject, row->subject);

        if (row->kind == CERTIFICATE_KIND_OWN &&
            other->key_number == row->key_number)
            is_alike = true;
        if (is_alike && other->kind == row->kind &&
            other->not_after_s > row->not_after_s && !other->is_revoked &&
            other->not_before_s <= authority->now_s)
            return true;
    }
    return false;
}

static void
look_at(struct authority *authority, const struct pki_certificate_row *row)
{
    const struct told *before = find_told(authority, row->id);
    const uint8_t step = step_of(authority, row);
    const uint8_t last_step = before == NULL ? 0 : before->step;
    const bool was_revoked = before != NULL && before->is_revoked;
    /* a clock that was set back begins anew */
    const struct told now = {row->id, step, row->is_revoked};

    if (now.step == last_step && now.is_revoked == was_revoked)
        return;
    if (!note(authority, now))
        return;
    if (step > last_step) {
        tell(authority,
            step == STEP_EXPIRED ? AUTHORITY_EXPIRED : AUTHORITY_EXPIRING, row);
    }
    if (row->is_revoked && !was_revoked)
        tell(authority, AUTHORITY_REVOKED, row);
}

void
forecast_look(struct authority *authority)
{
    struct rows all = {.count = 0};

    all.rows = mem_alloc(PKI_CERTIFICATES_MAX * sizeof *all.rows);
    while (all.count < PKI_CERTIFICATES_MAX &&
           pki_certificate(authority->pki, all.count, &all.rows[all.count]))
        all.count++;
    for (size_t i = 0; i < all.count; i++) {
        const struct pki_certificate_row *row = &all.rows[i];

        if (row->kind != CERTIFICATE_KIND_OTHER &&
            !is_replaced(authority, &all, row))
            look_at(authority, row);
    }
    free(all.rows);
}
