/*
 * testing.c - `test ipsec tunnel`: a job of a session that gives its rows as
 * they come, and ends early when the client sends anything more.
 */
#include "daemon/session_state.h"

#include "base/str.h"
#include "commit/commit.h"
#include "config/config.h"
#include "daemon/router_state.h"
#include "diagnosis/diagnosis.h"
#include "oper/oper.h"

enum { FIRST_ARGUMENT = 2, MS_US = 1000 };

static size_t
column_count(void)
{
    return schema_rows[schema_execs[EXEC_TEST_IPSEC_TUNNEL].rows].column_count;
}

static void
send_row(struct session *session, uint64_t now_us, struct value *columns)
{
    columns[COLUMN_IPSEC_TUNNEL_TEST_TIME_MS] =
        value_number((now_us - session->job.began_us) / MS_US);
    session_row(session, columns, column_count());
    for (size_t i = 0; i < column_count(); i++)
        value_done(&columns[i]);
}

static void
say(void *context, uint64_t now_us, const char *text)
{
    struct value columns[SCHEMA_COLUMNS_MAX] = {0};

    columns[COLUMN_IPSEC_TUNNEL_TEST_TEXT] = value_text(text);
    send_row(context, now_us, columns);
}

static void
set_text(struct value *column, const char *text)
{
    if (text[0] != '\0')
        *column = value_text(text);
}

static void
find(void *context, uint64_t now_us, const struct finding *finding)
{
    struct value columns[SCHEMA_COLUMNS_MAX] = {0};

    set_text(&columns[COLUMN_IPSEC_TUNNEL_TEST_CAUSE],
        cause_texts[finding->cause].name);
    if (finding->is_sure)
        columns[COLUMN_IPSEC_TUNNEL_TEST_SURE] = value_number(1);
    set_text(&columns[COLUMN_IPSEC_TUNNEL_TEST_VERDICT], finding->sentence);
    set_text(&columns[COLUMN_IPSEC_TUNNEL_TEST_OURS], finding->ours);
    set_text(&columns[COLUMN_IPSEC_TUNNEL_TEST_THEIRS], finding->theirs);
    set_text(&columns[COLUMN_IPSEC_TUNNEL_TEST_FIX], finding->fix);
    send_row(context, now_us, columns);
}

static bool
step_test(struct session *session, const struct instant *now)
{
    if (wire_buffer_length(&session->in) > 0)
        return true; /* the client has had enough of it */
    session->job.due_us = test_tick(session->job.test, now->monotonic_us);
    return session->job.due_us == 0;
}

void
exec_test(struct session *session, const struct wire_frame *frame,
    const struct instant *now)
{
    const struct value *args = frame->items + FIRST_ARGUMENT;
    const struct value *target = &args[ARG_TEST_IPSEC_TUNNEL_DESTINATION];
    const char *name = value_string(&args[ARG_TEST_IPSEC_TUNNEL_NAME]);
    struct router *router = session->router;
    const char *other = diagnosis_tested(router->diagnosis);
    struct test_params params = {
        .running = engine_running(router->engine),
        .ping_id = ping_id_new(router),
        .has_target = value_is_set(target),
        .say = say,
        .find = find,
        .context = session,
    };

    params.tunnel = oper_find_tunnel(params.running, name);
    if (params.has_target)
        params.target = (uint32_t)target->number;
    if (params.tunnel == NULL || params.tunnel->type != OBJECT_TUNNEL) {
        reply_refuse(
            session, ERR_NOT_FOUND, "There is no IPsec tunnel %s.", name);
        return;
    }
    if (other != NULL) {
        reply_refuse(session, ERR_CONFLICT,
            "Another session tests tunnel %s: wait until it is done.", other);
        return;
    }
    session->job.ping_id = params.ping_id;
    session->job.began_us = now->monotonic_us;
    session->job.test = test_new(router->diagnosis, now->monotonic_us, &params);
    session->job.due_us = now->monotonic_us;
    session->job.step = step_test;
}
