/*
 * kit.c - whole routers for tests.
 */
#include "tests/support/kit.h"

#include "base/arena.h"
#include "base/log.h"
#include "daemon/router_state.h"
#include "dp.h"
#include "ipsec/ipsec.h"
#include "tests/support/kit_words.h"
#include "wire/client.h"
#include "wire/wire.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STEP_US = 1000, STEPS_MAX = 10000, SECOND_US = 1000000 };

static const char two_sites[] = "router boston\n"
                                "0/0 sim wire=backbone latency=5ms\n"
                                "router ottawa\n"
                                "0/0 sim wire=backbone latency=5ms\n";

/* ---- life ---- */

static void
complain(const struct diag *diag)
{
    size_t i;

    for (i = 0; i < diag->count; i++)
        fprintf(stderr, "%s %s %s\n", diag->entries[i].path,
            diag->entries[i].setting, diag->entries[i].sentence);
}

static void
open_router(struct kit *kit, size_t index, const char *state_dir)
{
    struct router_params params = {
        .name = kit->chassis == NULL ? NULL : kit->chassis[index].router,
        .state_dir = state_dir,
        .chassis = kit->chassis == NULL ? NULL : &kit->chassis[index],
        .now = kit->now,
        .random = &kit->random[index],
    };
    struct diag diag;

    kit->random[index] =
        random_seeded(&kit->seeds[index], kit->params.seed + 1 + kit->starts++);
    diag_init(&diag);
    if (router_new(&params, &diag, &kit->routers[index]) != OK) {
        complain(&diag);
        abort();
    }
    diag_done(&diag);
    if (index >= kit->count)
        kit->count = index + 1;
    if (kit->params.plug != NULL)
        kit->params.plug(kit->params.context, kit, index);
}

static struct kit *
kit_new(void)
{
    struct kit *kit = mem_alloc(sizeof *kit);

    log_set_level(LOG_ERROR);
    kit->now = (struct instant){1000000, UINT64_C(1420452000000000)};
    return kit;
}

struct kit *
kit_router(const char *state_dir)
{
    struct kit *kit = kit_new();

    open_router(kit, 0, state_dir);
    return kit;
}

struct kit *
kit_two_sites(const char *boston_dir)
{
    struct kit *kit = kit_new();
    size_t count;

    if (chassis_parse("two-site", two_sites, strlen(two_sites), NULL,
            &kit->chassis, &count) != OK)
        abort();
    open_router(kit, BOSTON, boston_dir);
    open_router(kit, OTTAWA, NULL);
    router_join_wires(kit->routers, kit->count);
    return kit;
}

struct kit *
kit_of(const struct kit_params *params)
{
    struct kit *kit = kit_new();
    size_t count;
    size_t i;

    kit->params = *params;
    if (chassis_parse("kit", params->chassis, strlen(params->chassis), NULL,
            &kit->chassis, &count) != OK ||
        count < params->count)
        abort();
    for (i = 0; i < params->count; i++)
        open_router(kit, i, params->dirs[i]);
    return kit;
}

void
kit_free(struct kit *kit)
{
    size_t i;

    for (i = 0; i < kit->count; i++)
        router_free(kit->routers[i]);
    free(kit->chassis);
    free(kit);
}

/* ---- time ---- */

/* One turn of everything, at the time that it is. */
static void
turn(struct kit *kit)
{
    size_t i;

    for (i = 0; i < kit->count; i++)
        (void)dp_poll(router_dp(kit->routers[i]), kit->now.monotonic_us);
    for (i = 0; i < kit->count; i++)
        router_take_events(kit->routers[i], &kit->now);
}

void
kit_pass(struct kit *kit, uint64_t time_us)
{
    uint64_t end_us = kit->now.monotonic_us + time_us;

    while (kit->now.monotonic_us < end_us) {
        kit->now.monotonic_us += STEP_US;
        kit->now.wall_us += STEP_US;
        turn(kit);
    }
}

static void
advance(struct kit *kit, uint64_t time_us)
{
    kit->now.monotonic_us += time_us;
    kit->now.wall_us += time_us;
}

void
kit_seconds(struct kit *kit, uint64_t seconds)
{
    size_t i;

    for (; seconds > 0; seconds--) {
        advance(kit, SECOND_US);
        turn(kit);
        for (i = 0; i < kit->count; i++)
            router_tick(kit->routers[i], &kit->now);
        turn(kit);
    }
}

/* Batches are under way, packets are there, or IKE has something to do. */
static bool
is_busy(const struct kit *kit, size_t index)
{
    const struct router *router = kit->routers[index];

    return ipsec_sent(router->ipsec) != ipsec_applied(router->ipsec) ||
           dp_due(router->dp) <= kit->now.monotonic_us ||
           router_due(router) <= kit->now.monotonic_us;
}

/* Until nothing is left to be done at this moment. */
static void
settle(struct kit *kit)
{
    bool again = true;
    size_t i;

    while (again) {
        again = false;
        for (i = 0; i < kit->count; i++)
            again = again || is_busy(kit, i);
        if (again)
            turn(kit);
    }
}

static uint64_t
next_event(const struct kit *kit)
{
    uint64_t next_us = kit->second_us;
    size_t i;

    for (i = 0; i < kit->count; i++) {
        uint64_t packets_us = dp_due(router_dp(kit->routers[i]));
        uint64_t ike_us = router_due(kit->routers[i]);

        next_us = packets_us < next_us ? packets_us : next_us;
        next_us = ike_us < next_us ? ike_us : next_us;
    }
    return next_us;
}

void
kit_run(struct kit *kit, uint64_t until_us)
{
    uint64_t next_us;
    size_t i;

    turn(kit); /* what the test submitted by itself */
    settle(kit);
    while (kit->now.monotonic_us < until_us) {
        next_us = next_event(kit);
        next_us = next_us < until_us ? next_us : until_us;
        if (next_us > kit->now.monotonic_us)
            advance(kit, next_us - kit->now.monotonic_us);
        for (i = 0; next_us >= kit->second_us && i < kit->count; i++)
            router_tick(kit->routers[i], &kit->now);
        if (next_us >= kit->second_us)
            kit->second_us = kit->now.monotonic_us + SECOND_US;
        settle(kit);
        if (kit->params.watch != NULL)
            kit->params.watch(kit->params.context, kit);
    }
}

void
kit_crash(struct kit *kit, size_t router)
{
    router_free(kit->routers[router]);
    open_router(kit, router, kit->params.dirs[router]);
}

void
kit_restart(struct kit *kit, const char *state_dir, uint64_t seconds)
{
    router_free(kit->routers[0]);
    advance(kit, seconds * SECOND_US);
    open_router(kit, 0, state_dir);
}

/* ---- asking ---- */

static void
add_columns(struct str *out, const struct value *items, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (i > 0)
            str_add_char(out, ' ');
        if (items[i].kind == VALUE_NUMBER)
            str_printf(out, "%llu", (unsigned long long)items[i].number);
        else if (items[i].kind == VALUE_NONE)
            str_add_char(out, '-');
        else
            str_add(out, value_string(&items[i]));
    }
}

/* "tunnel default ottawa mtu=1400": what is set, by name, so that a setting
 * more in the schema changes no test. */
static void
add_object(struct str *out, const struct value *items)
{
    const struct schema_object *object = &schema_objects[items[0].number];
    const struct value *fields = items + 1;
    size_t i;

    str_add(out, object->name);
    for (i = 0; i < object->field_count; i++) {
        if (i >= object->key_count && !value_is_set(&fields[i]))
            continue;
        str_add_char(out, ' ');
        if (i >= object->key_count)
            str_printf(out, "%s=", object->fields[i].name);
        add_columns(out, &fields[i], 1);
    }
}

/* "+ virtual-router isp", "- virtual-router isp", "system hostname=a>b". */
static void
add_change(struct str *out, const struct value *items)
{
    const struct schema_object *object = &schema_objects[items[0].number];
    const struct value *keys = items + 3;
    const struct value *before = keys + object->key_count;
    size_t settable = object->field_count - object->key_count;
    const struct value *after = before + settable;
    size_t i;

    if (items[1].number == 0 || items[2].number == 0)
        str_add(out, items[1].number == 0 ? "+ " : "- ");
    str_printf(out, "%s", object->name);
    for (i = 0; i < object->key_count; i++) {
        str_add_char(out, ' ');
        add_columns(out, &keys[i], 1);
    }
    for (i = 0; i < settable; i++) {
        if (value_equal(&before[i], &after[i]))
            continue;
        str_printf(out, " %s=", object->fields[object->key_count + i].name);
        add_columns(out, &before[i], 1);
        str_add_char(out, '>');
        add_columns(out, &after[i], 1);
    }
}

static const struct {
    const char *word;
    enum kit_form form;
} forms[] = {
    {"RUNNING",   KIT_OBJECTS},
    {"CANDIDATE", KIT_OBJECTS},
    {"AT",        KIT_OBJECTS},
    {"COMPARE",   KIT_CHANGES},
    {"BACK",      KIT_CHANGES},
};

/* How the rows of the answer to this request are to be read. */
static enum kit_form
form_of(const char *request)
{
    size_t length = strcspn(request, " ");
    size_t i;

    for (i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (strlen(forms[i].word) == length &&
            strncmp(forms[i].word, request, length) == 0)
            return forms[i].form;
    }
    return KIT_COLUMNS;
}

static void
take_frame(struct kit_answer *answer, const struct wire_frame *frame)
{
    size_t i;

    if (frame->verb == WIRE_ROW || frame->verb == WIRE_EVENT) {
        if (frame->verb == WIRE_EVENT || answer->form == KIT_COLUMNS)
            add_columns(&answer->rows, frame->items, frame->count);
        else if (answer->form == KIT_OBJECTS)
            add_object(&answer->rows, frame->items);
        else
            add_change(&answer->rows, frame->items);
        str_add_char(&answer->rows, '\n');
        answer->row_count++;
        return;
    }
    answer->is_answered = true;
    answer->error = wire_reply_err(frame);
    wire_reply_diag(frame, &answer->diag);
    for (i = 0; i < wire_reply_values(frame); i++) {
        if (i > 0)
            str_add_char(&answer->values, ' ');
        add_columns(&answer->values, wire_reply_value(frame, i), 1);
    }
}

static struct kit_answer
take_answer(struct kit *kit, struct session *session, enum kit_form form)
{
    struct kit_answer answer = {.form = form};
    struct wire_frame frame;
    bool complete;
    size_t steps;

    diag_init(&answer.diag);
    for (steps = 0; steps < STEPS_MAX && !answer.is_answered; steps++) {
        session_run(session, &kit->now);
        if (wire_decode(session_out(session), &frame, &complete) != OK)
            abort();
        if (complete) {
            take_frame(&answer, &frame);
            wire_frame_done(&frame);
        } else if (session_is_over(session)) {
            break;
        } else {
            turn(kit);
            kit->now.monotonic_us += STEP_US;
            kit->now.wall_us += STEP_US;
        }
        if (complete)
            steps = 0;
    }
    return answer;
}

struct kit_answer
kit_take(struct kit *kit, struct session *session)
{
    return take_answer(kit, session, KIT_COLUMNS);
}

void
kit_answer_done(struct kit_answer *answer)
{
    str_done(&answer->values);
    str_done(&answer->rows);
    diag_done(&answer->diag);
}

static void
send_frame(struct session *session, const struct wire_frame *frame)
{
    if (wire_encode(frame, session_in(session)) != OK)
        abort();
}

void
kit_send(struct session *session, const char *request)
{
    struct wire_frame frame;

    kit_words_frame(request, &frame);
    send_frame(session, &frame);
    wire_frame_done(&frame);
}

struct kit_answer
kit_ask_frame(
    struct kit *kit, struct session *session, const struct wire_frame *frame)
{
    send_frame(session, frame);
    return take_answer(kit, session, KIT_COLUMNS);
}

struct kit_answer
kit_ask(struct kit *kit, struct session *session, const char *request)
{
    kit_send(session, request);
    return take_answer(kit, session, form_of(request));
}

enum err
kit_do(struct kit *kit, struct session *session, const char *request)
{
    struct kit_answer answer = kit_ask(kit, session, request);
    enum err error = answer.is_answered ? answer.error : ERR_IO;

    if (error != OK) {
        fprintf(stderr, "%s: %s\n", request, err_name(error));
        complain(&answer.diag);
    }
    kit_answer_done(&answer);
    return error;
}

const char *
kit_sentence(const struct kit_answer *answer)
{
    return answer->diag.count == 0 ? "" : answer->diag.entries[0].sentence;
}

struct session *
kit_session(struct kit *kit, size_t router, const char *user, uint8_t level)
{
    struct session_user who = {
        .name = user,
        .from = "test",
        .is_allowed = true,
        .ceiling = level,
    };
    struct session *session =
        session_new(kit->routers[router], &who, &kit->now);
    char auth[16];

    (void)snprintf(auth, sizeof auth, "AUTH %u", level);
    if (kit_do(kit, session, "HELLO") != OK || kit_do(kit, session, auth) != OK)
        abort();
    return session;
}

void
kit_leave(struct kit *kit, struct session *session)
{
    session_close(session, &kit->now);
    session_free(session);
}

/* ---- the lab ---- */

#define KEY_TO_BOSTON                                                          \
    "!7c21a0e5b3d4968f1122334455667788fedcba9876543210/"                       \
    "000102030405060708090a0b0c0d0e0f10111213"
#define KEY_TO_OTTAWA                                                          \
    "!0f1e2d3c4b5a69788796a5b4c3d2e1f00123456789abcdef/"                       \
    "131211100f0e0d0c0b0a09080706050403020100"

static const char *const boston_lines[] = {
    "OPEN",
    "SET system hostname boston",
    "CREATE transform-set strong",
    "SET transform-set transforms strong esp-3des-hmac-sha",
    "CREATE interface default loopback 0",
    "SET interface ip default loopback 0 10.1.0.1 255.255.0.0",
    "CREATE interface default fastEthernet 0/0",
    "SET interface ip default fastEthernet 0/0 192.0.2.1 "
    "255.255.255.0",
    "CREATE tunnel default ottawa",
    "SET tunnel signaling default ottawa manual",
    "SET tunnel source default ottawa 192.0.2.1 -",
    "SET tunnel destination default ottawa 192.0.2.2 -",
    "SET tunnel transform_set default ottawa strong",
    "SET tunnel local_identity default ottawa 10.1.0.0 255.255.0.0 - -",
    "SET tunnel peer_identity default ottawa 10.2.0.0 255.255.0.0 - -",
    "SET tunnel session_key_inbound default ottawa esp-3des-hmac-sha 0x1001 " KEY_TO_BOSTON,
    "SET tunnel session_key_outbound default ottawa esp-3des-hmac-sha 0x2001 " KEY_TO_OTTAWA,
    "SET tunnel ip default ottawa 10.255.0.1 255.255.255.252",
    "CREATE route default 10.2.0.0 255.255.0.0 - - - ottawa -",
    "COMMIT",
};

static const char *const ottawa_lines[] = {
    "OPEN",
    "SET system hostname ottawa",
    "CREATE transform-set strong",
    "SET transform-set transforms strong esp-3des-hmac-sha",
    "CREATE interface default loopback 0",
    "SET interface ip default loopback 0 10.2.0.1 255.255.0.0",
    "CREATE interface default fastEthernet 0/0",
    "SET interface ip default fastEthernet 0/0 192.0.2.2 "
    "255.255.255.0",
    "CREATE tunnel default boston",
    "SET tunnel signaling default boston manual",
    "SET tunnel source default boston 192.0.2.2 -",
    "SET tunnel destination default boston 192.0.2.1 -",
    "SET tunnel transform_set default boston strong",
    "SET tunnel local_identity default boston 10.2.0.0 255.255.0.0 - -",
    "SET tunnel peer_identity default boston 10.1.0.0 255.255.0.0 - -",
    "SET tunnel session_key_inbound default boston esp-3des-hmac-sha 0x2001 " KEY_TO_OTTAWA,
    "SET tunnel session_key_outbound default boston esp-3des-hmac-sha 0x1001 " KEY_TO_BOSTON,
    "SET tunnel ip default boston 10.255.0.2 255.255.255.252",
    "CREATE route default 10.1.0.0 255.255.0.0 - - - boston -",
    "COMMIT",
};

enum err
kit_configure(struct kit *kit, struct session *session, size_t site)
{
    const char *const *lines = site == BOSTON ? boston_lines : ottawa_lines;
    size_t count = sizeof boston_lines / sizeof boston_lines[0];
    enum err error;
    size_t i;

    for (i = 0; i < count; i++) {
        error = kit_do(kit, session, lines[i]);
        if (error != OK)
            return error;
    }
    return OK;
}

/* ---- folders ---- */

char *
kit_mkdir(void)
{
    char *path =
        mem_strdup(access("/dev/shm", W_OK) == 0 ? "/dev/shm/ermine-test-XXXXXX"
                                                 : "/tmp/ermine-test-XXXXXX");

    if (mkdtemp(path) == NULL)
        abort();
    return path;
}

void
kit_rmdir(char *path)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;

    while (folder != NULL && (entry = readdir(folder)) != NULL)
        (void)unlinkat(dirfd(folder), entry->d_name, 0);
    if (folder != NULL)
        (void)closedir(folder);
    (void)rmdir(path);
    free(path);
}
