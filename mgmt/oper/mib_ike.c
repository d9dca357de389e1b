/*
 * mib_ike.c - IKE for SNMP: policy rules, who has a preshared key (never the
 * key, in no form), IKE SAs, counters.
 */
#include "oper/mib.h"

#include "gen/views.h"
#include "ipsec/ipsec.h"
#include "negotiator/negotiator.h"

#include <inttypes.h>
#include <stdio.h>

enum { S_US = 1000000, COOKIE_SIZE = 17, REMAINING_MAX_S = 86400 };

/* ---- policy rules ---- */

static void
send_rule(struct mib_page *page, const struct object *object)
{
    const struct value *fields = object->fields;
    struct cfg_ike_policy_rule rule;
    struct row row;

    cfg_ike_policy_rule_read(fields, &rule);
    row_start(&row);
    row_number(&row, COLUMN_MIB_IKE_RULE_NUMBER, rule.number);
    row_number(&row, COLUMN_MIB_IKE_RULE_AUTHENTICATION,
        (uint64_t)rule.authentication);
    row_number(&row, COLUMN_MIB_IKE_RULE_ENCRYPTION, (uint64_t)rule.encryption);
    row_number(&row, COLUMN_MIB_IKE_RULE_DH_GROUP, (uint64_t)rule.dh_group);
    row_number(&row, COLUMN_MIB_IKE_RULE_HASH, (uint64_t)rule.hash);
    row_number(&row, COLUMN_MIB_IKE_RULE_LIFETIME_S, rule.lifetime);
    row_value(&row, COLUMN_MIB_IKE_RULE_AGGRESSIVE_MODE,
        &fields[FIELD_IKE_POLICY_RULE_AGGRESSIVE_MODE]);
    row_value(&row, COLUMN_MIB_IKE_RULE_ADDRESS,
        &fields[FIELD_IKE_POLICY_RULE_SCOPE_ADDRESS]);
    row_number(&row, COLUMN_MIB_IKE_RULE_ADDRESS_ROUTER_INDEX,
        mib_router(page, &fields[FIELD_IKE_POLICY_RULE_SCOPE_VIRTUAL_ROUTER]));
    mib_send(page, &row);
}

enum err
mib_ike_rules(const struct show *show)
{
    const struct object *object = NULL;
    struct mib_page page;

    mib_begin(show, &page);
    while (!mib_is_full(&page) &&
           (object = config_next(show->view->running, OBJECT_IKE_POLICY_RULE,
                object == NULL ? NULL : object->fields)) != NULL) {
        if (object->fields[FIELD_IKE_POLICY_RULE_NUMBER].number > page.after)
            send_rule(&page, object);
    }
    return mib_end(&page);
}

/* ---- preshared keys ---- */

struct owner {
    const struct object *object;
    uint32_t router;
};

static void
add_key(struct mib_sort *sort, const struct object *object, uint32_t router)
{
    const struct value *address = &object->fields[FIELD_PRESHARED_KEY_ADDRESS];
    const struct owner owner = {object, router};
    struct mib_key key = {0};

    if (value_is_set(address)) {
        mib_key_number(&key, (uint32_t)address->number);
    } else {
        mib_key_text(
            &key, value_string(&object->fields[FIELD_PRESHARED_KEY_IDENTITY]));
    }
    mib_key_number(&key, router);
    mib_sort_add(sort, &key, &owner);
}

static struct mib_sort *
sort_keys(struct mib_page *page, bool by_address)
{
    const struct config *running = page->show->view->running;
    struct mib_sort *sort =
        mib_sort_new(page, by_address ? "an" : "tn", sizeof(struct owner));
    const struct object *object = NULL;

    while ((object = config_next(running, OBJECT_PRESHARED_KEY,
                object == NULL ? NULL : object->fields)) != NULL) {
        if (value_is_set(&object->fields[FIELD_PRESHARED_KEY_ADDRESS]) ==
            by_address)
            add_key(sort, object, mib_router(page, &object->fields[0]));
    }
    return sort;
}

_Static_assert(
    (int)COLUMN_MIB_IKE_KEY_ROUTER_INDEX ==
            (int)COLUMN_MIB_IKE_NAME_KEY_ROUTER_INDEX &&
        (int)COLUMN_MIB_IKE_KEY_SET == (int)COLUMN_MIB_IKE_NAME_KEY_SET &&
        (int)COLUMN_MIB_IKE_KEY_ADDRESS == (int)COLUMN_MIB_IKE_NAME_KEY_NAME,
    "both kinds of rows have the same columns");

static enum err
send_keys(const struct show *show, bool by_address)
{
    const struct owner *owner;
    struct mib_sort *sort;
    struct mib_page page;
    struct row row;

    mib_begin(show, &page);
    sort = sort_keys(&page, by_address);
    while ((owner = mib_sort_next(sort)) != NULL) {
        const struct value *fields = owner->object->fields;

        row_start(&row);
        row_value(&row, COLUMN_MIB_IKE_KEY_ADDRESS,
            &fields[by_address ? FIELD_PRESHARED_KEY_ADDRESS
                               : FIELD_PRESHARED_KEY_IDENTITY]);
        row_number(&row, COLUMN_MIB_IKE_KEY_ROUTER_INDEX, owner->router);
        row_flag(&row, COLUMN_MIB_IKE_KEY_SET,
            value_is_set(&fields[FIELD_PRESHARED_KEY_KEY]));
        mib_send(&page, &row);
    }
    mib_sort_free(sort);
    return mib_end(&page);
}

enum err
mib_ike_keys(const struct show *show)
{
    return send_keys(show, true);
}

enum err
mib_ike_name_keys(const struct show *show)
{
    return send_keys(show, false);
}

/* ---- IKE SAs ---- */

/* Which of two with the same ends is told: the one established last. */
enum { RANK_BYTES = 8 };

static void
add_rank(struct mib_key *key, const struct ike_sa_row *sa)
{
    uint64_t rank = UINT64_MAX - sa->established_us;

    mib_key_number(key, (uint32_t)(rank >> 32));
    mib_key_number(key, (uint32_t)rank);
}

static uint32_t
router_of(struct mib_page *page, uint16_t vr)
{
    const char *name = ipsec_vr_of(page->show->view->ipsec, vr);
    uint32_t number = 0;

    if (name != NULL)
        (void)!number_of_router(page->show->view->store, name, &number);
    return number;
}

/* What of phase 1 is done; the names tell the message that went last. */
static enum mib_ike_state
state_of(const struct ike_sa_row *sa)
{
    static const enum mib_ike_state main_states[][2] = {
        {MIB_IKE_STATE_MAIN_SA_BEGUN,    MIB_IKE_STATE_MAIN_SA_ANSWERED   },
        {MIB_IKE_STATE_MAIN_KE_BEGUN,    MIB_IKE_STATE_MAIN_KE_ANSWERED   },
        {MIB_IKE_STATE_MAIN_FINAL_BEGUN, MIB_IKE_STATE_MAIN_FINAL_ANSWERED},
    };
    unsigned round;

    if (sa->is_established)
        return MIB_IKE_STATE_DONE;
    if (sa->messages == 0) {
        return sa->is_initiator ? MIB_IKE_STATE_BEGINS : MIB_IKE_STATE_ANSWERS;
    }
    if (sa->is_aggressive && sa->is_initiator) {
        return sa->messages == 1 ? MIB_IKE_STATE_AGGRESSIVE_BEGUN
                                 : MIB_IKE_STATE_AGGRESSIVE_FINAL;
    }
    if (sa->is_aggressive)
        return MIB_IKE_STATE_AGGRESSIVE_ANSWERED;
    round = (sa->messages - 1U) / 2;
    return main_states[round < 3 ? round : 2][sa->is_initiator ? 0 : 1];
}

static uint64_t
remaining_of(const struct show *show, const struct ike_sa_row *sa)
{
    uint64_t now_us = negotiator_now(show->view->negotiator);
    uint64_t left_s = 0;

    if (sa->is_established && sa->expires_us > now_us)
        left_s = (sa->expires_us - now_us) / S_US;
    return left_s < REMAINING_MAX_S ? left_s : REMAINING_MAX_S;
}

/* The columns are those of the row kind. */
static void
send_sa(struct mib_page *page, const struct ike_sa_row *sa)
{
    const uint64_t cookies[2] = {sa->initiator_cookie, sa->responder_cookie};
    char text[COOKIE_SIZE];
    struct row row;

    row_start(&row);
    row_number(&row, COLUMN_MIB_IKE_SA_REMOTE, sa->remote);
    row_number(&row, COLUMN_MIB_IKE_SA_REMOTE_PORT, sa->remote_port);
    row_number(&row, COLUMN_MIB_IKE_SA_LOCAL, sa->local);
    row_number(&row, COLUMN_MIB_IKE_SA_LOCAL_PORT, sa->local_port);
    row_number(&row, COLUMN_MIB_IKE_SA_ROUTER_INDEX, router_of(page, sa->vr));
    row_number(&row, COLUMN_MIB_IKE_SA_DIRECTION, sa->is_initiator);
    row_number(&row, COLUMN_MIB_IKE_SA_DONE, sa->is_established);
    row_number(&row, COLUMN_MIB_IKE_SA_STATE, (uint64_t)state_of(sa));
    row_number(
        &row, COLUMN_MIB_IKE_SA_REMAINING_S, remaining_of(page->show, sa));
    (void)snprintf(text, sizeof text, "%016" PRIx64, cookies[sa->is_initiator]);
    row_text(&row, COLUMN_MIB_IKE_SA_REMOTE_COOKIE, text);
    (void)snprintf(
        text, sizeof text, "%016" PRIx64, cookies[!sa->is_initiator]);
    row_text(&row, COLUMN_MIB_IKE_SA_LOCAL_COOKIE, text);
    mib_send(page, &row);
}

static void
send_sa_old(struct mib_page *page, const struct ike_sa_row *sa)
{
    struct row row;

    row_start(&row);
    row_number(&row, COLUMN_MIB_IKE_SA_OLD_REMOTE, sa->remote);
    row_number(&row, COLUMN_MIB_IKE_SA_OLD_LOCAL, sa->local);
    row_number(
        &row, COLUMN_MIB_IKE_SA_OLD_ROUTER_INDEX, router_of(page, sa->vr));
    row_number(&row, COLUMN_MIB_IKE_SA_OLD_DIRECTION, !sa->is_initiator);
    row_number(&row, COLUMN_MIB_IKE_SA_OLD_STATE, (uint64_t)state_of(sa));
    row_number(
        &row, COLUMN_MIB_IKE_SA_OLD_REMAINING_S, remaining_of(page->show, sa));
    mib_send(page, &row);
}

static struct mib_key
key_of(struct mib_page *page, const struct ike_sa_row *sa, bool is_old)
{
    struct mib_key key = {0};

    mib_key_number(&key, sa->remote);
    if (!is_old)
        mib_key_number(&key, sa->remote_port);
    mib_key_number(&key, sa->local);
    if (!is_old)
        mib_key_number(&key, sa->local_port);
    mib_key_number(&key, router_of(page, sa->vr));
    mib_key_number(&key, is_old ? !sa->is_initiator : sa->is_initiator);
    if (!is_old)
        mib_key_number(&key, sa->is_established);
    add_rank(&key, sa);
    return key;
}

static enum err
send_sas(const struct show *show, bool is_old)
{
    const struct ike *ike = negotiator_ike(show->view->negotiator);
    const struct ike_sa_row *found;
    struct ike_sa_row sa;
    struct mib_sort *sort;
    struct mib_page page;
    struct mib_key key;
    uint32_t cursor = 0;

    mib_begin(show, &page);
    sort = mib_sort_new(&page, is_old ? "aann" : "anannnn", sizeof sa);
    mib_sort_set_rank(sort, RANK_BYTES);
    while (ike_next_sa(ike, &cursor, &sa)) {
        key = key_of(&page, &sa, is_old);
        mib_sort_add(sort, &key, &sa);
    }
    while ((found = mib_sort_next(sort)) != NULL) {
        if (is_old) {
            send_sa_old(&page, found);
        } else {
            send_sa(&page, found);
        }
    }
    mib_sort_free(sort);
    return mib_end(&page);
}

enum err
mib_ike_sas(const struct show *show)
{
    return send_sas(show, false);
}

enum err
mib_ike_sas_old(const struct show *show)
{
    return send_sas(show, true);
}

/* ---- counters ---- */

enum err
mib_ike_counters(const struct show *show)
{
    struct ike_counters counters;
    struct row row;

    ike_counters(negotiator_ike(show->view->negotiator), &counters);
    row_start(&row);
    row_number(&row, COLUMN_MIB_IKE_COUNTERS_RECEIVED, counters.received);
    row_number(&row, COLUMN_MIB_IKE_COUNTERS_SENT, counters.sent);
    row_number(
        &row, COLUMN_MIB_IKE_COUNTERS_RETRANSMITTED, counters.retransmitted);
    row_number(&row, COLUMN_MIB_IKE_COUNTERS_IKE_SAS, counters.ike_sas);
    row_number(&row, COLUMN_MIB_IKE_COUNTERS_HALF_OPEN, counters.half_open);
    row_send(&row, show);
    return OK;
}

static const struct {
    const char *name;
    const char *sentence;
} drops[IKE_DROP_COUNT] = {
    [IKE_DROP_MALFORMED] = {"malformed",      "The message cannot be read."                },
    [IKE_DROP_UNKNOWN_COOKIE] = {"unknown-cookie",
                            "The message is of no IKE SA."                                 },
    [IKE_DROP_UNEXPECTED] = {"unexpected",
                            "It is not the message that was waited for."                   },
    [IKE_DROP_UNPROTECTED] = {"unprotected",
                            "It came in clear where it must be encrypted."                 },
    [IKE_DROP_HASH] = {"hash",           "Its hash is wrong, or missing."             },
    [IKE_DROP_DECRYPT] = {"decrypt",        "It makes no sense after decryption."        },
    [IKE_DROP_DUPLICATE] = {"duplicate",
                            "It came before; where it was answered, the answer went again."},
    [IKE_DROP_HALF_OPEN] = {"half-open",
                            "Too many negotiations were begun and not gone on with."       },
    [IKE_DROP_NO_POLICY] = {"no-policy",
                            "It was refused: `show ipsec ike-failures` tells why."         },
    [IKE_DROP_FRAGMENT] = {"fragment",
                            "A fragment that does not fit, or more than are held."         },
};

enum err
mib_ike_drops(const struct show *show)
{
    struct ike_counters counters;
    struct mib_sort *sort;
    struct mib_page page;
    const unsigned *drop;
    struct row row;

    ike_counters(negotiator_ike(show->view->negotiator), &counters);
    mib_begin(show, &page);
    sort = mib_sort_new(&page, "t", sizeof *drop);
    for (unsigned i = 0; i < IKE_DROP_COUNT; i++) {
        struct mib_key key = {0};

        mib_key_text(&key, drops[i].name);
        mib_sort_add(sort, &key, &i);
    }
    while ((drop = mib_sort_next(sort)) != NULL) {
        row_start(&row);
        row_text(&row, COLUMN_MIB_IKE_DROP_NAME, drops[*drop].name);
        row_number(&row, COLUMN_MIB_IKE_DROP_MESSAGES, counters.dropped[*drop]);
        row_text(&row, COLUMN_MIB_IKE_DROP_SENTENCE, drops[*drop].sentence);
        mib_send(&page, &row);
    }
    mib_sort_free(sort);
    return mib_end(&page);
}
