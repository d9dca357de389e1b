/*
 * mib_state.c - state, causes and counters of IPsec tunnels.
 */
#include "oper/mib.h"

#include "base/hash.h"
#include "diagnosis/diagnosis.h"
#include "gen/views.h"
#include "ipsec/ipsec.h"
#include "negotiator/negotiator.h"
#include "oper/strength.h"

#include <stdlib.h>

enum { S_US = 1000000, INBOUND_MAX = 4 };

/* One tunnel, as it is now. */
struct subject {
    const struct show *show;
    const struct mib_place *place;
    enum tunnel_state state;
    const struct sa *sas[IPSEC_SAS_MAX]; /* oldest first */
    size_t sa_count;
};

/* All but its state. */
static void
name_subject(const struct mib_page *page, const struct mib_place *place,
    struct subject *subject)
{
    subject->show = page->show;
    subject->place = place;
    subject->sa_count = place->has_handle
                            ? ipsec_interface_sas(page->show->view->ipsec,
                                  place->handle, subject->sas)
                            : 0;
}

static void
read_subject(const struct mib_page *page, const struct mib_place *place,
    struct subject *subject)
{
    name_subject(page, place, subject);
    subject->state = mib_tunnel_state_of(page->show, place);
}

static const struct sa *
outbound_of(const struct subject *subject)
{
    size_t i = subject->sa_count;

    while (i-- > 0) {
        if (sa_direction(subject->sas[i]) == SA_OUTBOUND)
            return subject->sas[i];
    }
    return NULL;
}

/* ---- state ---- */

static bool
is_shut_down(const struct subject *subject)
{
    return field_number(subject->place->object, FIELD_TUNNEL_SHUTDOWN) != 0;
}

static enum mib_tunnel_state
state_of(const struct subject *subject)
{
    if (is_shut_down(subject))
        return MIB_TUNNEL_STATE_DISABLED;
    if (subject->state == TUNNEL_STATE_NOT_PRESENT)
        return MIB_TUNNEL_STATE_NOT_PRESENT;
    return subject->state == TUNNEL_STATE_UP ? MIB_TUNNEL_STATE_UP
                                             : MIB_TUNNEL_STATE_DOWN;
}

/* Those in use: of the SAs, else those that it would use. */
static void
fill_ends(struct row *row, const struct subject *subject)
{
    const struct oper_view *view = subject->show->view;
    const struct sa *outbound = outbound_of(subject);
    const struct ike_tunnel *ike =
        subject->place->has_handle
            ? negotiator_tunnel(view->negotiator, subject->place->handle)
            : NULL;
    uint32_t local;

    if (outbound != NULL) {
        row_number(row, COLUMN_MIB_TUNNEL_SA_LOCAL, sa_src(outbound));
        row_number(row, COLUMN_MIB_TUNNEL_SA_REMOTE, sa_dst(outbound));
        return;
    }
    if (config_tunnel_source(view->running, subject->place->object, &local))
        row_number(row, COLUMN_MIB_TUNNEL_SA_LOCAL, local);
    if (ike != NULL && ike->remote.address != 0) {
        row_number(row, COLUMN_MIB_TUNNEL_SA_REMOTE, ike->remote.address);
    } else {
        row_value(row, COLUMN_MIB_TUNNEL_SA_REMOTE,
            &subject->place->object->fields[FIELD_TUNNEL_DESTINATION_ADDRESS]);
    }
}

/* The newest inbound SA is the first. */
static void
fill_sas(struct row *row, const struct subject *subject)
{
    const struct sa *outbound = outbound_of(subject);
    unsigned inbound = 0;
    size_t i = subject->sa_count;

    while (i-- > 0 && inbound < INBOUND_MAX) {
        if (sa_direction(subject->sas[i]) != SA_INBOUND)
            continue;
        row_number(row, COLUMN_MIB_TUNNEL_SA_IN_SPI_1 + 2 * inbound,
            sa_spi(subject->sas[i]));
        row_number(row, COLUMN_MIB_TUNNEL_SA_IN_TRANSFORM_1 + 2 * inbound,
            (uint64_t)sa_transform(subject->sas[i]));
        inbound++;
    }
    if (outbound == NULL)
        return;
    row_number(row, COLUMN_MIB_TUNNEL_SA_OUT_SPI, sa_spi(outbound));
    row_number(row, COLUMN_MIB_TUNNEL_SA_OUT_TRANSFORM,
        (uint64_t)sa_transform(outbound));
    row_flag(row, COLUMN_MIB_TUNNEL_SA_UDP, sa_is_in_udp(outbound));
}

/* On the wall clock, to the second. */
static void
fill_changes(struct row *row, const struct subject *subject)
{
    const struct oper_view *view = subject->show->view;
    uint64_t changed_us;
    uint64_t wall_s;
    uint32_t downs;

    if (!subject->place->has_handle)
        return;
    changed_us = ipsec_changed(view->ipsec, subject->place->handle, &downs);
    if (changed_us == 0 || changed_us > view->monotonic_us)
        return;
    wall_s = (view->now_us - (view->monotonic_us - changed_us)) / S_US;
    row_number(row, COLUMN_MIB_TUNNEL_STATE_CHANGED_S, wall_s);
    if (subject->state == TUNNEL_STATE_UP)
        row_number(row, COLUMN_MIB_TUNNEL_STATE_UP_SINCE_S, wall_s);
}

static void
fill_negotiation(struct row *row, const struct subject *subject)
{
    const struct negotiator *negotiator = subject->show->view->negotiator;
    const struct ike *ike = negotiator_ike(negotiator);
    struct negotiator_totals totals;
    struct ike_tunnel_state state;
    const struct ike_rule *suite;

    if (!subject->place->has_handle)
        return;
    if (ike_tunnel_state(ike, subject->place->handle, &state)) {
        row_flag(
            row, COLUMN_MIB_TUNNEL_STATE_NEGOTIATING, state.is_negotiating);
    }
    if (negotiator_totals(negotiator, subject->place->handle, &totals)) {
        row_flag(row, COLUMN_MIB_TUNNEL_STATE_ON_BACKUP,
            totals.on_backup && outbound_of(subject) != NULL);
    }
    suite = ike_tunnel_suite(ike, subject->place->handle);
    if (suite != NULL) {
        row_text(row, COLUMN_MIB_TUNNEL_STATE_IKE_CIPHER,
            schema_enums[ENUM_IKE_ENCRYPTION]
                .values[strength_encryption(suite->cipher)]
                .word);
    }
}

static void
send_state(struct mib_page *page, const struct mib_place *place)
{
    const struct value *group = &place->object->fields[FIELD_TUNNEL_PFS_GROUP];
    struct subject subject;
    struct row row;

    read_subject(page, place, &subject);
    mib_start_row(page, place, &row);
    row_number(
        &row, COLUMN_MIB_TUNNEL_STATE_STATE, (uint64_t)state_of(&subject));
    row_number(&row, COLUMN_MIB_TUNNEL_STATE_OPER, (uint64_t)subject.state);
    fill_changes(&row, &subject);
    fill_negotiation(&row, &subject);
    row_number(&row, COLUMN_MIB_TUNNEL_STATE_PFS_NUMBER,
        value_is_set(group) ? strength_group_number(group->number) : 0);
    row_number(&row, COLUMN_MIB_TUNNEL_STATE_STRENGTH,
        (uint64_t)strength_of_tunnel(page->show->view, place->object));
    mib_send(page, &row);
}

enum err
mib_tunnel_states(const struct show *show)
{
    struct mib_page page;

    mib_begin(show, &page);
    mib_walk(&page, page.after, MIB_TUNNELS, send_state);
    return mib_end(&page);
}

/* ---- SAs ---- */

/* Apart from the state, which is dearer to find out and changes more often. */
static void
send_sas(struct mib_page *page, const struct mib_place *place)
{
    struct subject subject;
    struct row row;

    name_subject(page, place, &subject);
    mib_start_row(page, place, &row);
    fill_ends(&row, &subject);
    fill_sas(&row, &subject);
    mib_send(page, &row);
}

/* All that such a row is made of, but for the configuration, in few words. */
uint64_t
mib_tunnel_sas_stamp(const struct show *show, uint64_t stamp)
{
    const struct oper_view *view = show->view;
    const struct mib_place *places;
    struct mib_page page;
    size_t count;

    mib_begin(show, &page);
    count = mib_places(&page, page.after, MIB_TUNNELS, &places);
    for (size_t i = 0; i < count && i < page.most; i++) {
        const struct ike_tunnel *ike;

        stamp = hash_mix(stamp, places[i].number);
        if (!places[i].has_handle)
            continue;
        ike = negotiator_tunnel(view->negotiator, places[i].handle);
        stamp = hash_mix(
            stamp, ipsec_interface_sa_changes(view->ipsec, places[i].handle));
        stamp = hash_mix(stamp, ike != NULL ? ike->remote.address : 0);
    }
    return page.is_broken ? 0 : stamp | 1;
}

enum err
mib_tunnel_sas(const struct show *show)
{
    struct mib_page page;

    mib_begin(show, &page);
    mib_walk(&page, page.after, MIB_TUNNELS, send_sas);
    return mib_end(&page);
}

/* ---- causes ---- */

/* The first fault is the most telling; without one, what is found first. */
struct telling {
    struct row *row;
    bool is_told;
    bool is_fault;
};

static void
take_finding(void *context, const struct finding *finding)
{
    struct telling *telling = context;

    if (telling->is_fault || (telling->is_told && !finding->is_fault))
        return;
    row_clear(telling->row, COLUMN_MIB_TUNNEL_CAUSE_CAUSE);
    row_clear(telling->row, COLUMN_MIB_TUNNEL_CAUSE_SENTENCE);
    row_clear(telling->row, COLUMN_MIB_TUNNEL_CAUSE_ADVICE);
    telling->is_told = true;
    telling->is_fault = finding->is_fault;
    row_text(telling->row, COLUMN_MIB_TUNNEL_CAUSE_CAUSE,
        cause_texts[finding->cause].name);
    row_text(telling->row, COLUMN_MIB_TUNNEL_CAUSE_SENTENCE, finding->sentence);
    row_text(telling->row, COLUMN_MIB_TUNNEL_CAUSE_ADVICE, finding->fix);
}

static void
send_cause(struct mib_page *page, const struct mib_place *place)
{
    const struct oper_view *view = page->show->view;
    struct subject subject;
    struct row row;
    struct telling telling = {.row = &row};
    const struct finding_sink sink = {take_finding, &telling};

    read_subject(page, place, &subject);
    mib_start_row(page, place, &row);
    if (!is_shut_down(&subject) && subject.state != TUNNEL_STATE_UP) {
        diagnosis_look(view->diagnosis, view->running, place->object, &sink);
    }
    mib_send(page, &row);
}

enum err
mib_tunnel_causes(const struct show *show)
{
    struct mib_page page;

    mib_begin(show, &page);
    mib_walk(&page, page.after, MIB_TUNNELS, send_cause);
    return mib_end(&page);
}

/* ---- counters ---- */

static const struct {
    unsigned column;
    enum statistic statistic;
} errors[] = {
    {COLUMN_MIB_TUNNEL_COUNTERS_IN_AUTH_ERRORS,      STATISTIC_IN_AUTH_ERRORS   },
    {COLUMN_MIB_TUNNEL_COUNTERS_IN_REPLAY_ERRORS,    STATISTIC_IN_REPLAY_ERRORS },
    {COLUMN_MIB_TUNNEL_COUNTERS_IN_POLICY_ERRORS,    STATISTIC_IN_POLICY_ERRORS },
    {COLUMN_MIB_TUNNEL_COUNTERS_IN_OTHER_RX_ERRORS,
     STATISTIC_IN_OTHER_RX_ERRORS                                               },
    {COLUMN_MIB_TUNNEL_COUNTERS_IN_DECRYPT_ERRORS,   STATISTIC_IN_DECRYPT_ERRORS},
    {COLUMN_MIB_TUNNEL_COUNTERS_IN_PAD_ERRORS,       STATISTIC_IN_PAD_ERRORS    },
    {COLUMN_MIB_TUNNEL_COUNTERS_OUT_OTHER_TX_ERRORS,
     STATISTIC_OUT_OTHER_TX_ERRORS                                              },
    {COLUMN_MIB_TUNNEL_COUNTERS_OUT_POLICY_ERRORS,   STATISTIC_OUT_POLICY_ERRORS},
};

static void
fill_traffic(struct row *row, const struct dp_interface_counters *counters)
{
    row_number(row, COLUMN_MIB_TUNNEL_COUNTERS_IN_USER_PACKETS,
        counters->in_user_packets);
    row_number(row, COLUMN_MIB_TUNNEL_COUNTERS_IN_USER_OCTETS,
        counters->in_user_octets);
    row_number(row, COLUMN_MIB_TUNNEL_COUNTERS_IN_ACC_PACKETS,
        counters->in_accounted_packets);
    row_number(row, COLUMN_MIB_TUNNEL_COUNTERS_IN_ACC_OCTETS,
        counters->in_accounted_octets);
    row_number(row, COLUMN_MIB_TUNNEL_COUNTERS_OUT_USER_PACKETS,
        counters->out_user_packets);
    row_number(row, COLUMN_MIB_TUNNEL_COUNTERS_OUT_USER_OCTETS,
        counters->out_user_octets);
    row_number(row, COLUMN_MIB_TUNNEL_COUNTERS_OUT_ACC_PACKETS,
        counters->out_accounted_packets);
    row_number(row, COLUMN_MIB_TUNNEL_COUNTERS_OUT_ACC_OCTETS,
        counters->out_accounted_octets);
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        row_number(
            row, errors[i].column, counters->statistics[errors[i].statistic]);
    }
}

/* Seconds until the current pair of SAs ends. */
static uint64_t
left_of(const struct oper_view *view, uint32_t handle)
{
    const struct ike *ike = negotiator_ike(view->negotiator);
    struct ike_tunnel_state state;

    if (!ike_tunnel_state(ike, handle, &state) || !state.is_up ||
        state.expires_us <= view->monotonic_us)
        return 0;
    return (state.expires_us - view->monotonic_us) / S_US;
}

static void
send_counters(struct mib_page *page, const struct mib_place *place)
{
    const struct oper_view *view = page->show->view;
    struct dp_interface_counters counters = {0};
    struct negotiator_totals totals = {0};
    uint32_t downs = 0;
    uint64_t left_s = 0;
    struct row row;

    mib_start_row(page, place, &row);
    if (place->has_handle) {
        dp_interface_counters(view->dp, place->handle, &counters);
        (void)negotiator_totals(view->negotiator, place->handle, &totals);
        (void)ipsec_changed(view->ipsec, place->handle, &downs);
        left_s = left_of(view, place->handle);
    }
    fill_traffic(&row, &counters);
    row_number(&row, COLUMN_MIB_TUNNEL_COUNTERS_FLAPS, downs);
    row_number(&row, COLUMN_MIB_TUNNEL_COUNTERS_REKEYS, totals.renewals);
    row_number(&row, COLUMN_MIB_TUNNEL_COUNTERS_FAILOVERS, totals.failovers);
    row_number(&row, COLUMN_MIB_TUNNEL_COUNTERS_DEAD_PEERS, totals.dead_peers);
    row_number(&row, COLUMN_MIB_TUNNEL_COUNTERS_LIFETIME_LEFT_S, left_s);
    mib_send(page, &row);
}

enum err
mib_tunnel_counters(const struct show *show)
{
    struct mib_page page;

    mib_begin(show, &page);
    mib_walk(&page, page.after, MIB_TUNNELS, send_counters);
    return mib_end(&page);
}
