/*
 * test_crypto_report.c - what the crypto report counts, and the stages that it
 * proposes, on gateways of few and of very many tunnels.
 */
#include "oper/oper.h"

#include "base/str.h"
#include "tests/support/gateway.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { SLICE = 500, MANY = 100000, TEXT_MAX = 30000 };

static struct gateway *boston;
static struct gateway *ottawa;

static void
set_up(void)
{
    gateway_two_sites(&boston, &ottawa);
}

static void
tear_down(void)
{
    gateway_free(boston);
    gateway_free(ottawa);
}

static void
collect(void *context, const struct value *columns)
{
    const struct schema_rows *rows = &schema_rows[ROWS_IPSEC_CRYPTO_REPORT];
    struct str *text = context;

    for (uint16_t i = 0; i < rows->column_count; i++) {
        if (!value_is_set(&columns[i]))
            continue;
        cr_assert_eq(value_check(&rows->columns[i].type, &columns[i]), OK, "%s",
            rows->columns[i].name);
        value_write(&rows->columns[i].type, &columns[i], text);
        str_add_char(text, '|');
    }
    str_add_char(text, '\n');
}

static uint32_t
cost_of(void *context, enum transform transform)
{
    (void)context;
    return transform == TRANSFORM_ESP_AES256_HMAC_SHA256 ? 2000 : 1000;
}

/* The whole report of a configuration; in how many slices? */
static size_t
ask(const struct config *config, struct str *out)
{
    const struct appraiser appraiser = {cost_of, NULL};
    const struct crypto_report_parts parts = {
        .running = config,
        .ipsec = boston->ipsec,
        .unsealer = &boston->unsealer,
        .appraiser = &appraiser,
    };
    const struct row_sink sink = {collect, out};
    struct crypto_report *report = crypto_report_new(&parts);
    size_t slices = 1;

    str_init(out);
    while (!crypto_report_step(report, SLICE))
        slices++;
    crypto_report_rows(report, &sink);
    crypto_report_free(report);
    return slices;
}

static bool
has(const struct str *text, const char *part)
{
    return memmem(text->text, text->length, part, strlen(part)) != NULL;
}

static struct object *
rule(uint64_t number, uint64_t encryption)
{
    const struct value key = value_number(number);
    struct object *object = object_new(OBJECT_IKE_POLICY_RULE, &key);

    gateway_set_number(object, FIELD_IKE_POLICY_RULE_ENCRYPTION, encryption);
    return object;
}

static struct object *
signaled(const char *name)
{
    struct object *tunnel =
        gateway_tunnel(name, "192.0.2.1", "192.0.2.7", 0, 0);

    gateway_set_number(tunnel, FIELD_TUNNEL_SIGNALING, SIGNALING_ISAKMP);
    gateway_set_number(tunnel, FIELD_TUNNEL_PFS_GROUP, PFS_GROUP_2);
    return tunnel;
}

Test(crypto_report, counts_manual_tunnels_their_sas_and_costs, .init = set_up,
    .fini = tear_down)
{
    struct config *config = config_ref(boston->running);
    struct value name = value_text("strong");
    struct object *set = object_new(OBJECT_TRANSFORM_SET, &name);
    struct str text;

    gateway_set_number(set, FIELD_TRANSFORM_SET_TRANSFORMS,
        value_list_add(0, (unsigned)TRANSFORM_ESP_HMAC_SHA));
    config_put(&config, set);
    value_done(&name);
    (void)ask(config, &text);
    cr_expect(has(&text, "use|esp-hmac-sha|ageing|SHA-1|tunnel|1|ottawa"));
    cr_expect(has(&text, "use|esp-hmac-sha|ageing|SHA-1|sa|1|ottawa"));
    cr_expect(has(&text, "cost|esp-aes256-hmac-sha256|strong|0|2000|5600|100"));
    cr_expect(has(&text, "cost|esp-hmac-sha|ageing|SHA-1|1|1000|11200|50"));
    cr_expect(has(&text, "stage|5|! These are: ottawa"));
    cr_expect_not(has(&text, "stage|1|"), "a manual tunnel has one transform");
    str_done(&text);
    config_unref(config);
}

Test(crypto_report, the_default_rule_counts_where_there_is_none, .init = set_up,
    .fini = tear_down)
{
    struct config *config = config_ref(boston->running);
    struct str text;

    config_put(&config, signaled("x"));
    (void)ask(config, &text);
    cr_expect(has(&text, "policy-rule|1|the default rule"));
    cr_expect(has(&text, "stage|1|ipsec ike-policy-rule 20"));
    cr_expect(has(&text, "stage|1|ipsec ike-policy-rule 19"));
    cr_expect(has(&text, "stage|4|no ipsec ike-policy-rule 20"));
    cr_expect_not(has(&text, "no ipsec ike-policy-rule 19"));
    str_done(&text);
    config_unref(config);
}

Test(crypto_report, with_ten_rules_one_has_to_go_first, .init = set_up,
    .fini = tear_down)
{
    struct config *config = config_ref(boston->running);
    struct str text;

    for (uint64_t number = 1; number <= 10; number++)
        config_put(&config, rule(number, IKE_ENCRYPTION_DES));
    (void)ask(config, &text);
    cr_expect(has(&text, "there are ten rules"));
    cr_expect_not(has(&text, "no ipsec ike-policy-rule"));
    str_done(&text);
    config_unref(config);
}

Test(crypto_report, rules_that_leave_no_number_in_front_change_places,
    .init = set_up, .fini = tear_down)
{
    struct config *config = config_ref(boston->running);
    struct str text;

    config_put(&config, rule(1, IKE_ENCRYPTION_DES));
    config_put(&config, rule(2, IKE_ENCRYPTION_3DES));
    (void)ask(config, &text);
    cr_expect(has(&text, "stage|1|ipsec ike-policy-rule 3"));
    cr_expect(has(&text, "stage|1|ipsec ike-policy-rule 1"));
    cr_expect(has(&text, "stage|4|no ipsec ike-policy-rule 3"));
    cr_expect(has(&text, "stage|4|no ipsec ike-policy-rule 2"));
    cr_expect_not(has(&text, "no ipsec ike-policy-rule 1\n"));
    str_done(&text);
    config_unref(config);
}

Test(crypto_report, is_short_and_in_slices_with_100000_tunnels, .init = set_up,
    .fini = tear_down)
{
    struct config *config = config_ref(boston->running);
    struct str text;
    char name[16];

    for (unsigned i = 0; i < MANY; i++) {
        (void)snprintf(name, sizeof name, "t%06u", i);
        config_put(&config, signaled(name));
    }
    cr_expect_gt(ask(config, &text), MANY / SLICE);
    cr_expect(has(&text, "group 2|weak|1024-bit modulus|tunnel|100000|"));
    cr_expect(has(&text, "and 99994 more"));
    cr_expect(has(&text, "! 99984 more tunnels with such a group"));
    cr_expect_lt(text.length, TEXT_MAX);
    str_done(&text);
    config_unref(config);
}
