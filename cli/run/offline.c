/*
 * offline.c - `test ipsec tunnel NAME offline FILE`: our tunnel beside the
 * peer's file, without a word to the peer.
 */
#include "run/shell.h"

#include "base/ip.h"
#include "base/str.h"
#include "gen/enums.h"
#include "offline/offline.h"
#include "parse/parse.h"
#include "show/show.h"
#include "wire/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 1024 * 1024, GROUPS_BASE = 10 };

/* ---- our side, as the router shows it ---- */

struct ours {
    const struct run_call *call;
    struct side side;
    char set[OFFLINE_NAME_SIZE]; /* transform set */
    bool is_found;
};

static const char *
word_of(enum schema_enum_id enumeration, const struct value *value)
{
    return schema_enums[enumeration].values[value->number].word;
}

static void
copy(char *to, size_t size, const struct value *value)
{
    (void)snprintf(to, size, "%s", value_string(value));
}

static void
copy_address(char *to, size_t size, const struct value *value)
{
    char text[IP_TEXT_SIZE];

    if (value_is_set(value)) {
        (void)snprintf(
            to, size, "%s", ip_format((uint32_t)value->number, text));
    }
}

/* Names; an address is where packets go already. */
static void
copy_identity(char *to, const struct value *value)
{
    const char *text = value_string(value);
    uint32_t address;

    if (text != NULL && ip_parse(text, &address) != OK)
        (void)snprintf(to, OFFLINE_NAME_SIZE, "%s", text);
}

static void
take_tunnel(void *context, const struct wire_frame *row)
{
    struct ours *ours = context;
    struct side *side = &ours->side;
    const struct value *items = row->items;
    const struct value *pfs = &items[COLUMN_IPSEC_TUNNEL_DETAIL_PFS_GROUP];

    if (row->count <= COLUMN_IPSEC_TUNNEL_DETAIL_PFS_GROUP)
        return;
    ours->is_found = true;
    copy_address(side->local, sizeof side->local,
        &items[COLUMN_IPSEC_TUNNEL_DETAIL_LOCAL_ENDPOINT]);
    copy_address(side->remote, sizeof side->remote,
        &items[COLUMN_IPSEC_TUNNEL_DETAIL_REMOTE_ENDPOINT]);
    copy_identity(side->local_id, &items[COLUMN_IPSEC_TUNNEL_DETAIL_SOURCE]);
    copy_identity(
        side->remote_id, &items[COLUMN_IPSEC_TUNNEL_DETAIL_DESTINATION]);
    copy(ours->set, sizeof ours->set,
        &items[COLUMN_IPSEC_TUNNEL_DETAIL_TRANSFORM_SET]);
    (void)side_network(
        value_string(&items[COLUMN_IPSEC_TUNNEL_DETAIL_LOCAL_IDENTITY]),
        &side->here);
    (void)side_network(
        value_string(&items[COLUMN_IPSEC_TUNNEL_DETAIL_PEER_IDENTITY]),
        &side->there);
    if (value_is_set(pfs)) {
        side->pfs =
            (uint32_t)strtoul(word_of(ENUM_PFS_GROUP, pfs), NULL, GROUPS_BASE);
    }
}

static void
take_rule(void *context, const struct wire_frame *row)
{
    struct ours *ours = context;
    struct side *side = &ours->side;
    const struct value *items = row->items;

    if (row->count <= COLUMN_IPSEC_IKE_POLICY_RULE_AGGRESSIVE_MODE ||
        side->ike_count == OFFLINE_OFFERS_MAX)
        return;
    (void)snprintf(side->ike[side->ike_count++], OFFLINE_OFFER_SIZE,
        "%s %s group %s",
        word_of(ENUM_IKE_ENCRYPTION,
            &items[COLUMN_IPSEC_IKE_POLICY_RULE_ENCRYPTION]),
        word_of(ENUM_IKE_HASH, &items[COLUMN_IPSEC_IKE_POLICY_RULE_HASH]),
        word_of(ENUM_IKE_GROUP, &items[COLUMN_IPSEC_IKE_POLICY_RULE_DH_GROUP]));
    (void)snprintf(side->auth, sizeof side->auth, "%s",
        word_of(ENUM_IKE_AUTHENTICATION,
            &items[COLUMN_IPSEC_IKE_POLICY_RULE_AUTHENTICATION]));
    if (value_is_set(&items[COLUMN_IPSEC_IKE_POLICY_RULE_AGGRESSIVE_MODE])) {
        side->is_aggressive =
            items[COLUMN_IPSEC_IKE_POLICY_RULE_AGGRESSIVE_MODE].number !=
            IKE_AGGRESSIVE_MODE_ACCEPTED;
    }
}

static void
take_set(void *context, const struct wire_frame *row)
{
    struct ours *ours = context;
    struct side *side = &ours->side;
    uint64_t list;

    if (row->count <= COLUMN_IPSEC_TRANSFORM_SET_TRANSFORMS)
        return;
    list = row->items[COLUMN_IPSEC_TRANSFORM_SET_TRANSFORMS].number;
    for (unsigned i = 0;
         i < value_list_count(list) && side->esp_count < OFFLINE_OFFERS_MAX;
         i++) {
        (void)snprintf(side->esp[side->esp_count++], OFFLINE_OFFER_SIZE, "%s",
            schema_enums[ENUM_TRANSFORM].values[value_list_at(list, i)].word);
    }
}

/* A show with its first argument, or none. */
static enum run_outcome
ask(struct ours *ours, uint16_t exec, const char *name,
    void (*take)(void *, const struct wire_frame *))
{
    struct wire_frame frame;
    struct wire_frame reply;
    enum run_outcome outcome;

    wire_frame_init(&frame, WIRE_EXEC, 0);
    wire_add_number(&frame, exec);
    wire_add_text(&frame, ours->call->shell->vr);
    for (size_t i = 0; i < schema_execs[exec].arg_count; i++) {
        if (i == 0 && name != NULL) {
            wire_add_text(&frame, name);
        } else {
            wire_add(&frame, value_none());
        }
    }
    outcome = request(ours->call->shell, &frame, take, ours, &reply);
    if (outcome == RUN_FAILED && reply.count > 0)
        say_refusal(ours->call, &reply);
    wire_frame_done(&reply);
    return outcome;
}

static enum run_outcome
read_ours(struct ours *ours, const char *name)
{
    enum run_outcome outcome =
        ask(ours, EXEC_SHOW_IPSEC_TUNNEL_DETAIL, name, take_tunnel);

    if (outcome == RUN_OK && ours->set[0] != '\0') {
        outcome = ask(ours, EXEC_SHOW_IPSEC_TRANSFORM_SET, ours->set, take_set);
    }
    if (outcome == RUN_OK)
        outcome = ask(ours, EXEC_SHOW_IPSEC_IKE_POLICY_RULE, NULL, take_rule);
    if (outcome == RUN_OK && ours->side.ike_count == 0) {
        (void)snprintf(ours->side.ike[ours->side.ike_count++],
            OFFLINE_OFFER_SIZE, "3des sha group 2"); /* without any rule */
        (void)snprintf(ours->side.auth, sizeof ours->side.auth, "pre-share");
    }
    return outcome;
}

/* ---- the file ---- */

/* False: it cannot be read, or is too large; said. */
static bool
read_file(const struct run_call *call, const char *path, struct str *out)
{
    FILE *file = fopen(path, "r");
    struct str problem;
    char block[4096];
    size_t n = 0;
    bool good = file != NULL;

    str_init(&problem);
    if (!good)
        add_unreadable(path, errno, &problem);
    while (good && (n = fread(block, 1, sizeof block, file)) > 0) {
        str_add_n(out, block, n);
        good = out->length <= FILE_MAX;
    }
    if (file != NULL && !good)
        str_printf(&problem, "%% %s is too large.\n", path);
    if (good && memchr(str_text(out), '\0', out->length) != NULL) {
        str_printf(&problem, "%% %s is not a text file.\n", path);
        good = false;
    }
    if (file != NULL)
        (void)fclose(file);
    if (!good)
        say_problem(call->shell, call->origin, call->line, str_text(&problem));
    str_done(&problem);
    return good;
}

/* ---- rows ---- */

static void
set_text(struct value *column, const char *text)
{
    if (text[0] != '\0')
        *column = value_text(text);
}

static void
take_difference(void *context, const struct difference *difference)
{
    struct show_rows *rows = context;
    struct value columns[SCHEMA_COLUMNS_MAX] = {0};
    size_t count =
        schema_rows[schema_execs[EXEC_TEST_IPSEC_TUNNEL_OFFLINE].rows]
            .column_count;

    columns[COLUMN_IPSEC_TUNNEL_TEST_TIME_MS] = value_number(0);
    columns[COLUMN_IPSEC_TUNNEL_TEST_SURE] = value_number(1);
    set_text(&columns[COLUMN_IPSEC_TUNNEL_TEST_CAUSE],
        cause_texts[difference->cause].name);
    set_text(&columns[COLUMN_IPSEC_TUNNEL_TEST_VERDICT], difference->sentence);
    set_text(&columns[COLUMN_IPSEC_TUNNEL_TEST_OURS], difference->ours);
    set_text(&columns[COLUMN_IPSEC_TUNNEL_TEST_THEIRS], difference->theirs);
    set_text(&columns[COLUMN_IPSEC_TUNNEL_TEST_FIX], difference->fix);
    if (show_rows_add(rows, columns, count) != OK)
        abort(); /* they are made here */
    for (size_t i = 0; i < count; i++)
        value_done(&columns[i]);
}

static void
compare(
    const struct side *ours, const struct side *theirs, struct show_rows *rows)
{
    static const struct difference none = {
        .cause = CAUSE_IN_ORDER,
        .sentence = "The peer's file fits this tunnel, as far as it was "
                    "compared: addresses, proposals, identities, networks. "
                    "Keys were not.",
        .fix = "Nothing.",
    };

    if (side_compare(ours, theirs, take_difference, rows) == 0)
        take_difference(rows, &none);
}

enum run_outcome
run_test_offline(const struct run_call *call)
{
    const struct value *values = call->parsed->values;
    const char *path =
        value_string(&values[ARG_TEST_IPSEC_TUNNEL_OFFLINE_FILE]);
    struct ours ours = {.call = call};
    struct show_rows *rows;
    struct output output;
    struct side theirs;
    struct str file;
    struct str text;
    bool json = false;
    enum run_outcome outcome;

    side_init(&ours.side);
    outcome = read_ours(
        &ours, value_string(&values[ARG_TEST_IPSEC_TUNNEL_OFFLINE_NAME]));
    if (outcome != RUN_OK)
        return outcome;
    str_init(&file);
    str_init(&text);
    if (!read_file(call, path, &file)) {
        outcome = RUN_FAILED;
    } else if (!side_read(str_text(&file), ours.side.local, &theirs)) {
        str_printf(&text,
            "%% %s is neither a swanctl.conf nor a script with a tunnel.\n",
            path);
        say_problem(call->shell, call->origin, call->line, str_text(&text));
        outcome = RUN_FAILED;
    } else if ((outcome = output_open(&output, call, &json)) == RUN_OK) {
        rows = show_rows_new(schema_execs[EXEC_TEST_IPSEC_TUNNEL_OFFLINE].rows);
        compare(&ours.side, &theirs, rows);
        if (json) {
            show_rows_json(rows, &text);
        } else {
            show_rows_print(rows, EXEC_TEST_IPSEC_TUNNEL_OFFLINE,
                call->shell->width, &text);
        }
        show_rows_free(rows);
        output_text(&output, str_text(&text));
        output_close(&output);
    }
    str_done(&file);
    str_done(&text);
    return outcome;
}
