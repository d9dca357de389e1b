/*
 * test_router_anything.c - two routers, and an operator who types anything.
 *
 *    10.1.0.1 [ boston ] 192.0.2.1 ---5 ms--- 192.0.2.2 [ ottawa ] 10.2.0.1
 *
 * boston has a tunnel of each kind.  Objects are made, changed and removed as
 * the schema has them, with values that are legal and often fit; what is
 * refused is refused.  After each commit anything that can be asked is asked.
 * Every request has an answer, and what was committed is what is there.
 * Nothing here knows what the commands mean: a new one is in without a word.
 *
 * ERMINE_ANYTHING_SEEDS tries more of them.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/ip.h"
#include "commit/commit.h"
#include "daemon/router_state.h"
#include "tests/support/config_random.h"
#include "tests/support/kit.h"
#include "wire/wire.h"

enum { SEEDS = 6, ROUNDS = 60, EDITS_MAX = 4, QUESTIONS = 8, PASS_MAX_S = 4 };

TestSuite(router_anything, .timeout = 600);

/* What takes long, goes on until it is ended, or is not about this router. */
static const enum schema_exec_id left_out[] = {EXEC_TEST_IPSEC_TUNNEL,
    EXEC_TEST_IPSEC_TUNNEL_OFFLINE, EXEC_IPSEC_KEY_GENERATE_RSA, EXEC_PING,
    EXEC_CAPTURE, EXEC_IPSEC_CA_AUTHENTICATE, EXEC_IPSEC_CA_ENROLL};

/* A signaled tunnel and GRE, beside the manual tunnel of the lab. */
static const char *const ground[] = {
    "OPEN",
    "CREATE virtual-router isp",
    "CREATE tunnel default peer",
    "SET tunnel source default peer 192.0.2.1 -",
    "SET tunnel destination default peer 192.0.2.2 -",
    "SET tunnel transform_set default peer strong",
    "SET tunnel ip default peer 10.255.1.1 255.255.255.252",
    "CREATE preshared-key default 192.0.2.2 -",
    "SET preshared-key key default 192.0.2.2 - !same",
    "CREATE ike-policy-rule 1",
    "CREATE gre-tunnel default gre",
    "SET gre-tunnel source default gre 192.0.2.1 -",
    "SET gre-tunnel destination default gre 192.0.2.2",
    "SET gre-tunnel ip default gre 10.255.2.1 255.255.255.252",
    "CREATE route default 10.3.0.0 255.255.0.0 - - - peer -",
    "COMMIT",
    NULL,
};

struct typist {
    struct kit *kit;
    struct session *session;
    struct dice dice;
    size_t committed;
    size_t answered;
};

/* ---- values ---- */

static const struct config *
running(const struct typist *typist)
{
    return engine_running(typist->kit->routers[BOSTON]->engine);
}

static const struct object *
any_of(struct typist *typist, enum schema_object_id type)
{
    const struct config *config = running(typist);
    size_t count = config_count_type(config, type);
    const struct object *at = NULL;

    if (count == 0)
        return NULL;
    for (size_t i = dice_below(&typist->dice, count) + 1; i > 0; i--)
        at = config_next(config, type, at != NULL ? at->fields : NULL);
    return at;
}

static struct value
any_text(struct typist *typist, const struct schema_field *field)
{
    static const char *const words[] = {"default", "peer", "ottawa", "gre",
        "strong", "0/0", "0", "1", "isp", "a", "host.example.net", "deny",
        "a-name-that-is-rather-long-for-most-of-what-has-one"};
    const struct object *named = NULL;
    const char *word =
        words[dice_below(&typist->dice, sizeof words / sizeof words[0])];

    if (field->references != SCHEMA_NONE && dice_below(&typist->dice, 8) != 0)
        named = any_of(typist, (enum schema_object_id)field->references);
    if (named != NULL) {
        return value_share(
            &named->fields[schema_objects[named->type].inherited_count]);
    }
    if (strlen(word) > field->type.max)
        return value_text("b");
    return value_text(word);
}

static struct value
any_address(struct typist *typist)
{
    static const char *const addresses[] = {"192.0.2.1", "192.0.2.2",
        "10.1.0.1", "10.2.0.1", "10.255.1.1", "10.255.1.2", "10.2.0.0",
        "0.0.0.0", "255.255.255.255", "224.0.0.5", "127.0.0.1", "10.3.0.0"};
    uint32_t address = 0;

    cr_assert_eq(ip_parse(addresses[dice_below(&typist->dice,
                              sizeof addresses / sizeof addresses[0])],
                     &address),
        OK);
    return value_number(address);
}

static struct value
any_number(struct typist *typist, const struct schema_type *type)
{
    const uint64_t spread = type->max - type->min;
    const uint64_t roll = dice_roll(&typist->dice);

    switch (dice_below(&typist->dice, 5)) {
    case 0:
        return value_number(type->min);
    case 1:
        return value_number(type->max);
    case 2:
        return value_number(
            spread == UINT64_MAX ? roll : type->min + roll % (spread + 1));
    default:
        return value_number(type->min + roll % ((spread < 4 ? spread : 4) + 1));
    }
}

static struct value
any_value(struct typist *typist, const struct schema_field *field)
{
    static const unsigned masks[] = {0, 16, 24, 30, 32};
    const struct schema_type *type = &field->type;
    size_t words;

    switch (type->kind) {
    case TYPE_UINT:
    case TYPE_HEX32:
        return any_number(typist, type);
    case TYPE_FLAG:
        return value_number(dice_below(&typist->dice, 2));
    case TYPE_ENUM:
        return value_number(
            dice_below(&typist->dice, schema_enums[type->enumeration].count));
    case TYPE_ENUM_LIST:
        words = schema_enums[type->enumeration].count;
        return value_number(
            value_list_add(0, (unsigned)dice_below(&typist->dice, words)));
    case TYPE_IPV4:
        return any_address(typist);
    case TYPE_MASK:
        return value_number(ip_mask_of(masks[dice_below(&typist->dice, 5)]));
    case TYPE_SECRET_HEX:
        return value_clear("0f1e2d3c4b5a69788796a5b4c3d2e1f00123456789abcdef "
                           "131211100f0e0d0c0b0a09080706050403020100");
    case TYPE_SECRET_TEXT:
    case TYPE_HASH:
        return value_clear("a secret word");
    case TYPE_TEXT:
    case TYPE_LINE:
    default:
        return any_text(typist, field);
    }
}

/* ---- requests ---- */

static enum err
ask(struct typist *typist, struct wire_frame *frame)
{
    struct kit_answer answer =
        kit_ask_frame(typist->kit, typist->session, frame);
    enum err error = answer.error;

    cr_assert(answer.is_answered, "verb %u of seed state %llx", frame->verb,
        (unsigned long long)typist->dice.state);
    typist->answered++;
    kit_answer_done(&answer);
    return error;
}

static enum err
say(struct typist *typist, const char *request)
{
    struct kit_answer answer = kit_ask(typist->kit, typist->session, request);
    enum err error = answer.error;

    cr_assert(answer.is_answered, "%s", request);
    kit_answer_done(&answer);
    return error;
}

static void
add_object(struct wire_frame *frame, const struct object *object)
{
    wire_add_number(frame, object->type);
    for (uint16_t i = 0; i < schema_objects[object->type].key_count; i++)
        wire_add(frame, value_share(&object->fields[i]));
}

static void
add_setting(
    struct wire_frame *frame, const struct object *object, uint16_t setting)
{
    wire_add_number(frame, object->type);
    wire_add_number(frame, setting);
    for (uint16_t i = 0; i < schema_objects[object->type].key_count; i++)
        wire_add(frame, value_share(&object->fields[i]));
}

static void
set_one(struct typist *typist, const struct object *object)
{
    const struct schema_object *schema = &schema_objects[object->type];
    struct wire_frame frame;
    uint16_t setting;

    if (schema->setting_count == 0)
        return;
    setting = (uint16_t)dice_below(&typist->dice, schema->setting_count);
    if (dice_below(&typist->dice, 4) == 0) {
        wire_frame_init(&frame, WIRE_UNSET, 0);
        add_setting(&frame, object, setting);
    } else {
        wire_frame_init(&frame, WIRE_SET, 0);
        add_setting(&frame, object, setting);
        for (uint16_t i = 0; i < schema->settings[setting].field_count; i++) {
            const struct schema_field *field =
                &schema->fields[schema->settings[setting].first_field + i];

            wire_add(&frame, i > 0 && dice_below(&typist->dice, 3) == 0
                                 ? value_none()
                                 : any_value(typist, field));
        }
    }
    (void)ask(typist, &frame);
    wire_frame_done(&frame);
}

/* Of this type, with keys that fit what is there; NULL: it has no parent. */
static struct object *
new_object(struct typist *typist, enum schema_object_id type)
{
    const struct schema_object *schema = &schema_objects[type];
    struct value keys[SCHEMA_KEYS_MAX] = {{.kind = VALUE_NONE}};
    const struct object *parent = NULL;
    struct object *object;

    if (schema->parent != SCHEMA_NONE) {
        parent = any_of(typist, (enum schema_object_id)schema->parent);
        if (parent == NULL)
            return NULL;
    }
    for (uint16_t i = 0; i < schema->inherited_count; i++)
        keys[i] = value_share(&parent->fields[i]);
    for (uint16_t i = schema->inherited_count; i < schema->key_count; i++) {
        if (value_is_set(&schema->fields[i].fallback)) {
            keys[i] = value_share(&schema->fields[i].fallback);
        } else if (dice_below(&typist->dice, 3) != 0) {
            keys[i] = any_value(typist, &schema->fields[i]);
        }
    }
    object = object_new(type, keys);
    for (size_t i = 0; i < SCHEMA_KEYS_MAX; i++)
        value_done(&keys[i]);
    return object;
}

static void
edit(struct typist *typist)
{
    const enum schema_object_id type =
        (enum schema_object_id)dice_below(&typist->dice, OBJECT_COUNT);
    const struct object *old = any_of(typist, type);
    const size_t way = dice_below(&typist->dice, 10);
    struct object *object = NULL;
    struct wire_frame frame;

    if (old != NULL && way > 3) {
        object = object_copy(old);
    } else if (old == NULL || way > 0) {
        object = new_object(typist, type);
    }
    if (object == NULL && old == NULL)
        return;
    wire_frame_init(&frame, object == NULL ? WIRE_DELETE : WIRE_CREATE, 0);
    add_object(&frame, object == NULL ? old : object);
    (void)ask(typist, &frame);
    wire_frame_done(&frame);
    for (size_t i = 0; object != NULL && i < EDITS_MAX; i++)
        set_one(typist, object);
    object_unref(object);
}

static bool
may_ask(size_t exec)
{
    if (schema_execs[exec].local)
        return false;
    for (size_t i = 0; i < sizeof left_out / sizeof left_out[0]; i++) {
        if (left_out[i] == (enum schema_exec_id)exec)
            return false;
    }
    return true;
}

static void
ask_anything(struct typist *typist)
{
    const size_t exec = dice_below(&typist->dice, EXEC_COUNT);
    struct wire_frame frame;

    if (!may_ask(exec))
        return;
    wire_frame_init(&frame, WIRE_EXEC, 0);
    wire_add_number(&frame, exec);
    wire_add_text(
        &frame, dice_below(&typist->dice, 8) == 0 ? "isp" : "default");
    for (uint16_t i = 0; i < schema_execs[exec].arg_count; i++) {
        wire_add(&frame, dice_below(&typist->dice, 2) == 0
                             ? value_none()
                             : any_value(typist, &schema_execs[exec].args[i]));
    }
    (void)ask(typist, &frame);
    wire_frame_done(&frame);
}

/* ---- the test ---- */

static void
expect_no_difference(struct typist *typist)
{
    struct kit_answer answer = kit_ask(typist->kit, typist->session, "COMPARE");

    cr_expect_eq(answer.row_count, 0, "%s", str_text(&answer.rows));
    kit_answer_done(&answer);
}

static void
one_round(struct typist *typist)
{
    (void)say(typist, "OPEN");
    for (size_t i = dice_below(&typist->dice, EDITS_MAX) + 1; i > 0; i--)
        edit(typist);
    (void)say(typist, "EXEC show-candidate-impact default");
    if (say(typist, "COMMIT") == OK) {
        typist->committed++;
        expect_no_difference(typist);
    }
    (void)say(typist, "CLOSE");
    for (size_t i = 0; i < QUESTIONS; i++)
        ask_anything(typist);
    kit_seconds(typist->kit, dice_below(&typist->dice, PASS_MAX_S));
}

static void
try_seed(uint64_t seed)
{
    struct kit *kit = kit_two_sites(NULL);
    struct typist typist = {.kit = kit, .dice = {seed}};
    struct session *other = kit_session(kit, OTTAWA, "bob", 15);

    typist.session = kit_session(kit, BOSTON, "alice", 15);
    cr_assert_eq(kit_configure(kit, other, OTTAWA), OK);
    cr_assert_eq(kit_configure(kit, typist.session, BOSTON), OK);
    for (size_t i = 0; ground[i] != NULL; i++)
        cr_assert_eq(kit_do(kit, typist.session, ground[i]), OK);
    for (size_t i = 0; i < ROUNDS; i++)
        one_round(&typist);
    fprintf(stderr, "seed %llu: %zu committed, %zu answered\n",
        (unsigned long long)seed, typist.committed, typist.answered);
    cr_expect_gt(typist.committed, ROUNDS / 4);
    kit_leave(kit, typist.session);
    kit_leave(kit, other);
    kit_free(kit);
}

Test(router_anything, is_answered)
{
    const char *more = getenv("ERMINE_ANYTHING_SEEDS");
    uint64_t seeds = more != NULL ? strtoull(more, NULL, 10) : SEEDS;

    for (uint64_t seed = 1; seed <= seeds; seed++)
        try_seed(seed);
}
