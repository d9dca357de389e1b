/*
 * test_matrix.c - Table 18 of the manual, tried: each setting of each kind of
 * object, set and not set, and a line that must not be understood.
 */
#include "gen/matrix.h"

#include "base/diag.h"
#include "base/str.h"
#include "config/config.h"
#include "tests/support/config_typing.h"

#include <criterion/criterion.h>
#include <string.h>

enum { ROWS = sizeof(matrix_rows) / sizeof(matrix_rows[0]) };

static const struct schema_setting *
setting_of(const struct matrix_row *row)
{
    return &schema_objects[row->object].settings[row->setting];
}

/* The line that enters an object of the row's type and makes it of its kind. */
static void
enter(const struct matrix_row *row, struct typing *typing)
{
    static const char *const lines[OBJECT_COUNT] = {
        [OBJECT_CA_IDENTITY] = "ipsec ca identity c",
        [OBJECT_CLASSIFIER_GROUP] = "classifier-group a",
        [OBJECT_IKE_POLICY_RULE] = "ipsec ike-policy-rule 1",
        [OBJECT_GRE_TUNNEL] = "interface tunnel gre:a",
        [OBJECT_INTERFACE] = "interface loopback 0",
        [OBJECT_IPSEC_IDENTITY] = "ipsec identity",
        [OBJECT_LINE] = "line vty 0 4",
        [OBJECT_PEER_PUBLIC_KEY] =
            "ipsec key pubkey-chain rsa address 192.0.2.1",
        [OBJECT_PRESHARED_KEY] = "ipsec key manual pre-share 192.0.2.1",
        [OBJECT_VIRTUAL_ROUTER] = "virtual-router default",
        [OBJECT_TRANSPORT_PROFILE] = "ipsec transport profile p",
        [OBJECT_TUNNEL] = "interface tunnel ipsec:a",
        [OBJECT_TUNNEL_PROFILE] = "ipsec tunnel profile p",
    };
    struct str kind;

    if (row->object == OBJECT_CLASSIFIER_GROUP)
        cr_assert_eq(type_line(typing, "ip policy-list p", NULL), OK);
    if (lines[row->object] != NULL)
        cr_assert_eq(type_line(typing, lines[row->object], NULL), OK);
    if (row->kind_name[0] == '\0')
        return;
    str_init(&kind);
    str_printf(&kind, "tunnel signaling %s", row->kind_name);
    cr_assert_eq(type_line(typing, str_text(&kind), NULL), OK);
    str_done(&kind);
}

/* Type the row's lines into an empty configuration and validate that. */
static enum err
try(const struct matrix_row *row, const char *line, struct diag *diag)
{
    struct config *empty = config_new();
    struct candidate *candidate = candidate_open(empty);
    struct typing typing;
    struct change_set set;
    enum err error = OK;

    typing_init(&typing, candidate);
    enter(row, &typing);
    if (line != NULL)
        error = type_line(&typing, line, NULL);
    config_diff(empty, candidate_work(candidate), &set);
    config_validate(candidate_work(candidate), &set, NULL, NULL, diag);
    change_set_done(&set);
    typing_done(&typing);
    candidate_free(candidate);
    config_unref(empty);
    return error;
}

/* Did validation say the row's sentence about the row's setting? */
static bool
was_said(const struct matrix_row *row, enum diag_severity severity,
    const struct diag *diag)
{
    for (size_t i = 0; row->sentence != NULL && i < diag->count; i++) {
        const struct diag_entry *entry = &diag->entries[i];

        if (entry->severity == severity &&
            str_equal(entry->sentence, row->sentence) &&
            str_equal(entry->setting, setting_of(row)->label))
            return true;
    }
    return false;
}

/* Its own line cannot leave it out. */
static bool
is_set_by_its_object(const struct matrix_row *row)
{
    return setting_of(row)->command == schema_objects[row->object].command &&
           row->need == NEED_REQUIRED;
}

/* The kind itself is set by enter, and a set is nothing without its list. */
static bool
is_set_on_entry(const struct matrix_row *row)
{
    return row->setting == SETTING_TUNNEL_SIGNALING &&
           row->object == OBJECT_TUNNEL;
}

Test(matrix, a_required_setting_is_missed_when_it_is_not_set)
{
    size_t tried = 0;

    for (size_t i = 0; i < ROWS; i++) {
        const struct matrix_row *row = &matrix_rows[i];
        struct diag diag;

        if (is_set_by_its_object(row) || is_set_on_entry(row))
            continue;
        diag_init(&diag);
        cr_assert_eq(try(row, NULL, &diag), OK);
        cr_expect_eq(was_said(row, DIAG_ERROR, &diag),
            row->need == NEED_REQUIRED, "%s of %s", setting_of(row)->label,
            row->kind_name);
        diag_done(&diag);
        tried++;
    }
    cr_expect_gt(tried, 30);
}

Test(matrix, a_setting_is_accepted_where_it_applies)
{
    for (size_t i = 0; i < ROWS; i++) {
        const struct matrix_row *row = &matrix_rows[i];
        bool warns = row->need == NEED_OPTIONAL && row->sentence != NULL;
        struct diag diag;

        diag_init(&diag);
        cr_assert_eq(try(row, row->set, &diag), OK, "%s", row->set);
        if (!is_set_on_entry(row)) {
            cr_expect_eq(was_said(row, DIAG_ERROR, &diag),
                row->need == NEED_NOT_APPLICABLE, "%s on %s", row->set,
                row->kind_name);
            cr_expect_eq(was_said(row, DIAG_WARNING, &diag), warns, "%s on %s",
                row->set, row->kind_name);
        }
        diag_done(&diag);
    }
}

Test(matrix, every_rule_that_refuses_has_a_sentence)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (matrix_rows[i].need != NEED_OPTIONAL) {
            cr_expect_not_null(matrix_rows[i].sentence, "%s",
                setting_of(&matrix_rows[i])->label);
        }
    }
}

Test(matrix, a_bad_line_is_not_understood)
{
    for (size_t i = 0; i < ROWS; i++) {
        const struct matrix_row *row = &matrix_rows[i];
        struct diag diag;

        diag_init(&diag);
        cr_expect_neq(try(row, row->bad, &diag), OK, "%s", row->bad);
        diag_done(&diag);
    }
}

Test(matrix, the_no_form_takes_a_setting_away_again)
{
    for (size_t i = 0; i < ROWS; i++) {
        const struct matrix_row *row = &matrix_rows[i];
        struct config *empty = config_new();
        struct candidate *candidate = candidate_open(empty);
        struct typing typing;
        const struct object *object;

        typing_init(&typing, candidate);
        if (row->unset != NULL) {
            enter(row, &typing);
            cr_assert_eq(type_line(&typing, row->set, NULL), OK);
            cr_expect_eq(
                type_line(&typing, row->unset, NULL), OK, "%s", row->unset);
            object = config_find(candidate_work(candidate),
                (enum schema_object_id)row->object,
                typing.current == NULL ? schema_objects[row->object].preset
                                       : typing.current->fields);
            cr_assert_not_null(object);
            cr_expect(object_setting_equal(object, NULL, row->setting), "%s",
                row->unset);
        }
        typing_done(&typing);
        candidate_free(candidate);
        config_unref(empty);
    }
}
