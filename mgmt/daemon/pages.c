/*
 * pages.c - what programs ask for by pages, with a stamp.
 *
 * The first value of the answer is its stamp; the second is 1 where it holds
 * until a commit.  Who has an answer already says
 * its stamp: where this one would be the same, it has no rows and that stamp.
 * What follows from the configuration alone has a stamp by its generation, and
 * is not even looked at.  Of some rows the stamp can be found without making
 * them (oper_stamp).  Of all else they are made, and their stamp is what they
 * hash to.
 */
#include "daemon/session_state.h"

#include "base/hash.h"
#include "base/str.h"
#include "commit/commit.h"
#include "daemon/router_state.h"
#include "oper/oper.h"

enum { FIRST_ARGUMENT = 2, TUNNELS_A_TURN = 500 };

/* Rows on their way, and what they hash to. */
struct hashing {
    struct session *session;
    size_t columns;
    uint64_t hash;
};

static uint64_t
mix_text(uint64_t hash, const struct text *text)
{
    for (uint32_t i = 0; i < text->length; i++) {
        hash ^= (unsigned char)text->bytes[i];
        hash *= UINT64_C(0x100000001b3);
    }
    return hash_mix(hash, text->length);
}

static void
take_row(void *context, const struct value *columns)
{
    struct hashing *hashing = context;

    for (size_t i = 0; i < hashing->columns; i++) {
        const struct value *value = &columns[i];

        hashing->hash = hash_mix(hashing->hash, (uint64_t)value->kind);
        if (value->kind == VALUE_NUMBER)
            hashing->hash = hash_mix(hashing->hash, value->number);
        if (value->kind == VALUE_TEXT)
            hashing->hash = mix_text(hashing->hash, value->text);
    }
    session_row(hashing->session, columns, hashing->columns);
}

static size_t
columns_of(enum schema_exec_id exec)
{
    return schema_rows[schema_execs[exec].rows].column_count;
}

/* Another start is another stamp: a router in memory counts its generations
 * anew.  Never 0, which means that the program has no answer yet. */
static uint64_t
generation_stamp(const struct router *router)
{
    return hash_mix(hash_mix(HASH_START, router->started.wall_us),
               engine_generation(router->engine)) |
           1;
}

static const struct value *
stamp_of(const struct wire_frame *frame, const struct schema_exec *exec)
{
    return wire_at(frame, FIRST_ARGUMENT + exec->arg_count - 1U);
}

/* ---- tunnels, counted ---- */

/* What the job has to remember of the request. */
static void
end_rows(struct session *session, const struct hashing *hashing, size_t before,
    uint64_t stamp)
{
    const uint64_t hash = hashing->hash | 1;

    if (session->reply.error != OK)
        return;
    if (stamp == hash)
        wire_buffer_shorten(&session->out, before);
    reply_number(session, hash);
}

static bool
step_summary(struct session *session, const struct instant *now)
{
    const enum schema_exec_id exec = EXEC_MIB_TUNNEL_SUMMARY;
    struct hashing hashing = {session, columns_of(exec), HASH_START};
    const struct row_sink sink = {take_row, &hashing};
    size_t before = wire_buffer_length(&session->out);

    session->job.due_us = now->monotonic_us;
    if (!tunnel_summary_step(session->job.summary, TUNNELS_A_TURN))
        return false;
    tunnel_summary_rows(session->job.summary, &sink);
    end_rows(session, &hashing, before, session->job.stamp);
    return true;
}

static void
begin_summary(
    struct session *session, uint64_t stamp, const struct instant *now)
{
    const struct router *router = session->router;
    const struct oper_view view = {
        .running = engine_running(router->engine),
        .ipsec = router->ipsec,
        .negotiator = router->negotiator,
    };

    session->job.summary = tunnel_summary_new(&view);
    session->job.stamp = stamp;
    session->job.due_us = now->monotonic_us;
    session->job.step = step_summary;
}

/* ---- pages ---- */

bool
exec_has_stamp(const struct schema_exec *exec)
{
    return exec->arg_count > 0 &&
           str_equal(exec->args[exec->arg_count - 1].name, "stamp");
}

void
exec_page(struct session *session, enum schema_exec_id exec,
    const struct wire_frame *frame, const struct instant *now)
{
    const struct value *stamp = stamp_of(frame, &schema_execs[exec]);
    struct hashing hashing = {session, columns_of(exec), HASH_START};
    const struct row_sink sink = {take_row, &hashing};
    const struct session_show show = {
        .exec = exec,
        .args = frame->items + FIRST_ARGUMENT,
        .vr = wire_text(frame, 1),
        .now = now,
    };
    size_t before = wire_buffer_length(&session->out);
    uint64_t asked = value_is_set(stamp) ? stamp->number : 0;
    bool lasts = oper_is_configuration(exec);
    uint64_t known;

    if (exec == EXEC_MIB_TUNNEL_SUMMARY) {
        begin_summary(session, asked, now);
        return;
    }
    known = generation_stamp(session->router);
    if (!lasts)
        known = session_stamp(session, &show, known);
    if (known == 0) {
        session_show(session, &show, &sink);
        end_rows(session, &hashing, before, asked);
        return;
    }
    if (asked != known)
        session_show(session, &show, &sink);
    if (session->reply.error == OK) {
        reply_number(session, known);
        if (lasts)
            reply_number(session, 1);
    }
}
