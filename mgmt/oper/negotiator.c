/*
 * negotiator.c - shows about signaled tunnels: IKE SAs, what failed and why.
 */
#include "negotiator/negotiator.h"

#include "base/str.h"
#include "config/config.h"
#include "diagnosis/diagnosis.h"
#include "ipsec/ipsec.h"
#include "oper/show.h"
#include "oper/tunnels.h"

#include <inttypes.h>
#include <stdio.h>

enum { S_US = 1000000, COOKIE_TEXT_SIZE = 24 };

/* ---- IKE SAs ---- */

static void
fill_cookie(struct row *row, unsigned column, uint64_t cookie)
{
    char text[COOKIE_TEXT_SIZE];

    (void)snprintf(text, sizeof text, "0x%016" PRIx64, cookie);
    row_text(row, column, text);
}

static void
send_ike_sa(const struct show *show, const struct ike_sa_row *sa)
{
    uint64_t now_us = negotiator_now(show->view->negotiator);
    struct row row;

    row_start(&row);
    row_text(&row, COLUMN_IPSEC_IKE_SA_VIRTUAL_ROUTER,
        ipsec_vr_of(show->view->ipsec, sa->vr));
    row_number(&row, COLUMN_IPSEC_IKE_SA_LOCAL, sa->local);
    row_number(&row, COLUMN_IPSEC_IKE_SA_LOCAL_PORT, sa->local_port);
    row_number(&row, COLUMN_IPSEC_IKE_SA_REMOTE, sa->remote);
    row_number(&row, COLUMN_IPSEC_IKE_SA_REMOTE_PORT, sa->remote_port);
    row_text(&row, COLUMN_IPSEC_IKE_SA_IDENTITY, sa->identity.name);
    row_text(&row, COLUMN_IPSEC_IKE_SA_STATE,
        sa->is_established  ? "DONE"
        : sa->is_aggressive ? "AGGRESSIVE-MODE"
                            : "MAIN-MODE");
    if (sa->is_established && sa->expires_us > now_us) {
        row_number(&row, COLUMN_IPSEC_IKE_SA_REMAINING_S,
            (sa->expires_us - now_us) / S_US);
    }
    row_flag(&row, COLUMN_IPSEC_IKE_SA_INITIATOR, sa->is_initiator);
    fill_cookie(
        &row, COLUMN_IPSEC_IKE_SA_INITIATOR_COOKIE, sa->initiator_cookie);
    fill_cookie(
        &row, COLUMN_IPSEC_IKE_SA_RESPONDER_COOKIE, sa->responder_cookie);
    row_flag(&row, COLUMN_IPSEC_IKE_SA_NAT, sa->is_nat);
    row_send(&row, show);
}

enum err
show_ike_sa(const struct show *show)
{
    const struct ike *ike = negotiator_ike(show->view->negotiator);
    struct ike_sa_row sa;
    uint32_t cursor = 0;

    while (ike_next_sa(ike, &cursor, &sa))
        send_ike_sa(show, &sa);
    return OK;
}

/* ---- failures ---- */

static uint64_t
age_of(const struct show *show, const struct negotiator_failure *failure)
{
    uint64_t now_us = negotiator_now(show->view->negotiator);
    uint64_t when_us = failure->failure.when_us;

    return now_us > when_us ? (now_us - when_us) / S_US : 0;
}

/* As in commands: NAME, or gre:NAME. */
static void
fill_tunnel(struct row *row, const struct object *tunnel)
{
    struct str name;

    str_init(&name);
    if (tunnel->type == OBJECT_GRE_TUNNEL) {
        str_printf(&name, "gre:%s",
            value_string(&tunnel->fields[FIELD_GRE_TUNNEL_NAME]));
    } else if (tunnel->type == OBJECT_TUNNEL) {
        str_add(&name, value_string(&tunnel->fields[FIELD_TUNNEL_NAME]));
    }
    row_str(row, COLUMN_IPSEC_IKE_FAILURES_TUNNEL, &name);
    str_done(&name);
}

static void
send_failure(const struct show *show, const struct negotiator_failure *entry)
{
    const struct ike_failure *failure = &entry->failure;
    const struct object *tunnel =
        failure->number == IKE_NO_TUNNEL
            ? NULL
            : ipsec_interface_of(show->view->ipsec, failure->number);
    struct row row;

    row_start(&row);
    if (tunnel != NULL)
        fill_tunnel(&row, tunnel);
    row_number(&row, COLUMN_IPSEC_IKE_FAILURES_REMOTE, failure->remote);
    row_number(
        &row, COLUMN_IPSEC_IKE_FAILURES_REMOTE_PORT, failure->remote_port);
    row_flag(&row, COLUMN_IPSEC_IKE_FAILURES_INITIATOR, failure->is_initiator);
    row_number(&row, COLUMN_IPSEC_IKE_FAILURES_AGE_S, age_of(show, entry));
    row_number(&row, COLUMN_IPSEC_IKE_FAILURES_TIMES, entry->times);
    row_text(
        &row, COLUMN_IPSEC_IKE_FAILURES_STAGE, ike_stage_name(failure->stage));
    row_text(&row, COLUMN_IPSEC_IKE_FAILURES_REASON,
        ike_reason_name(failure->reason));
    row_text(&row, COLUMN_IPSEC_IKE_FAILURES_SENTENCE,
        ike_reason_sentence(failure->reason));
    row_text(&row, COLUMN_IPSEC_IKE_FAILURES_OURS, failure->ours);
    row_text(&row, COLUMN_IPSEC_IKE_FAILURES_THEIRS, failure->theirs);
    row_text(&row, COLUMN_IPSEC_IKE_FAILURES_MISMATCH, failure->mismatch);
    row_text(&row, COLUMN_IPSEC_IKE_FAILURES_NOTIFY,
        ike_notify_name(failure->notify));
    row_text(&row, COLUMN_IPSEC_IKE_FAILURES_ADVICE, failure->advice);
    row_send(&row, show);
}

enum err
show_ike_failures(const struct show *show)
{
    const struct negotiator_failure *failure;
    size_t i;

    for (i = 0;
         (failure = negotiator_failure(show->view->negotiator, i)) != NULL; i++)
        send_failure(show, failure);
    return OK;
}

struct why {
    const struct show *show;
    const char *name;
    enum tunnel_state state;
};

static void
send_finding(void *context, const struct finding *finding)
{
    const struct why *why = context;
    uint64_t now_us = why->show->view->monotonic_us;
    struct row row;

    row_start(&row);
    row_text(&row, COLUMN_IPSEC_TUNNEL_WHY_NAME, why->name);
    row_number(&row, COLUMN_IPSEC_TUNNEL_WHY_STATE, (uint64_t)why->state);
    row_text(&row, COLUMN_IPSEC_TUNNEL_WHY_WHY, finding->sentence);
    row_text(
        &row, COLUMN_IPSEC_TUNNEL_WHY_CAUSE, cause_texts[finding->cause].name);
    row_flag(&row, COLUMN_IPSEC_TUNNEL_WHY_SURE, finding->is_sure);
    row_text(&row, COLUMN_IPSEC_TUNNEL_WHY_OURS, finding->ours);
    row_text(&row, COLUMN_IPSEC_TUNNEL_WHY_THEIRS, finding->theirs);
    row_text(&row, COLUMN_IPSEC_TUNNEL_WHY_FIX, finding->fix);
    row_text(&row, COLUMN_IPSEC_TUNNEL_WHY_STAGE, finding->stage);
    row_text(&row, COLUMN_IPSEC_TUNNEL_WHY_NOTIFY, finding->notify);
    if (finding->when_us != 0 && now_us >= finding->when_us) {
        row_number(&row, COLUMN_IPSEC_TUNNEL_WHY_TIMES, finding->times);
        row_number(&row, COLUMN_IPSEC_TUNNEL_WHY_AGE_S,
            (now_us - finding->when_us) / S_US);
    }
    row_send(&row, why->show);
}

enum err
show_tunnel_why(const struct show *show)
{
    const char *name =
        value_string(&show->args[ARG_SHOW_IPSEC_TUNNEL_WHY_NAME]);
    const struct object *tunnel = show_find_tunnel(show->view->running, name);
    struct why why = {.show = show, .name = name};
    const struct finding_sink sink = {send_finding, &why};
    struct str text;

    if (tunnel == NULL)
        return show_not_found(show, "There is no tunnel %s.", name);
    str_init(&text);
    why.state = ipsec_tunnel_state(show->view->ipsec, tunnel, &text);
    str_done(&text);
    diagnosis_look(show->view->diagnosis, show->view->running, tunnel, &sink);
    return OK;
}

/* ---- history ---- */

static void
send_hour(const struct show *show, unsigned hours_ago,
    const struct negotiator_hour *hour)
{
    struct row row;

    row_start(&row);
    row_number(&row, COLUMN_IPSEC_TUNNEL_HISTORY_HOURS_AGO, hours_ago);
    row_number(&row, COLUMN_IPSEC_TUNNEL_HISTORY_UP_S, hour->up_s);
    row_number(&row, COLUMN_IPSEC_TUNNEL_HISTORY_UPS, hour->ups);
    row_number(&row, COLUMN_IPSEC_TUNNEL_HISTORY_DOWNS, hour->downs);
    row_number(&row, COLUMN_IPSEC_TUNNEL_HISTORY_RENEWALS, hour->renewals);
    row_number(&row, COLUMN_IPSEC_TUNNEL_HISTORY_DPD_ANSWERS, hour->answers);
    if (hour->answers > 0) {
        row_number(
            &row, COLUMN_IPSEC_TUNNEL_HISTORY_DPD_MEAN_US, hour->mean_us);
        row_number(&row, COLUMN_IPSEC_TUNNEL_HISTORY_DPD_MAX_US, hour->max_us);
    }
    row_send(&row, show);
}

enum err
show_tunnel_history(const struct show *show)
{
    const char *name =
        value_string(&show->args[ARG_SHOW_IPSEC_TUNNEL_HISTORY_NAME]);
    const struct object *tunnel = show_find_tunnel(show->view->running, name);
    struct negotiator_hour hour;
    unsigned ago = NEGOTIATOR_HOURS;
    uint32_t interface = 0;

    if (tunnel == NULL)
        return show_not_found(show, "There is no tunnel %s.", name);
    while (ago-- > 0) {
        if (ipsec_interface(show->view->ipsec, tunnel, &interface) != OK ||
            !negotiator_hour(show->view->negotiator, interface, ago, &hour)) {
            return show_not_found(show,
                "Tunnel %s is not signaled: only those that negotiate have a "
                "history.",
                name);
        }
        send_hour(show, ago, &hour);
    }
    return OK;
}
