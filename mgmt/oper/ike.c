/*
 * ike.c - shows about IKE: policy rules.
 */
#include "oper/show.h"

#include "gen/views.h"

#include <inttypes.h>

static void
send_rule(const struct show *show, const struct cfg_ike_policy_rule *rule)
{
    struct row row;

    row_start(&row);
    row_number(&row, COLUMN_IPSEC_IKE_POLICY_RULE_NUMBER, rule->number);
    row_number(&row, COLUMN_IPSEC_IKE_POLICY_RULE_ENCRYPTION,
        (uint64_t)rule->encryption);
    row_number(&row, COLUMN_IPSEC_IKE_POLICY_RULE_HASH, (uint64_t)rule->hash);
    row_number(&row, COLUMN_IPSEC_IKE_POLICY_RULE_AUTHENTICATION,
        (uint64_t)rule->authentication);
    row_number(
        &row, COLUMN_IPSEC_IKE_POLICY_RULE_DH_GROUP, (uint64_t)rule->dh_group);
    row_number(&row, COLUMN_IPSEC_IKE_POLICY_RULE_LIFETIME_S, rule->lifetime);
    if (rule->has_aggressive_mode) {
        row_number(&row, COLUMN_IPSEC_IKE_POLICY_RULE_AGGRESSIVE_MODE,
            (uint64_t)rule->aggressive_mode);
    }
    if (rule->has_scope_address) {
        row_number(
            &row, COLUMN_IPSEC_IKE_POLICY_RULE_ADDRESS, rule->scope_address);
    }
    row_text(&row, COLUMN_IPSEC_IKE_POLICY_RULE_VIRTUAL_ROUTER,
        rule->scope_virtual_router);
    row_send(&row, show);
}

enum err
show_ike_policy_rule(const struct show *show)
{
    const struct value *number =
        &show->args[ARG_SHOW_IPSEC_IKE_POLICY_RULE_NUMBER];
    const struct object *object = NULL;
    struct cfg_ike_policy_rule rule;
    bool any = false;

    for (;;) {
        object = config_next(show->view->running, OBJECT_IKE_POLICY_RULE,
            object != NULL ? object->fields : NULL);
        if (object == NULL)
            break;
        cfg_ike_policy_rule_read(object->fields, &rule);
        if (value_is_set(number) && rule.number != number->number)
            continue;
        any = true;
        send_rule(show, &rule);
    }
    if (value_is_set(number) && !any) {
        return show_not_found(
            show, "There is no IKE policy rule %" PRIu64 ".", number->number);
    }
    return OK;
}
