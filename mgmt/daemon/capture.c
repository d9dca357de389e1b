/*
 * capture.c - `capture`: packets that thread D copies are written to a file.
 *
 * A file has a name and no path: it is in the folder `captures` of the
 * router's state folder, for its owner only, and a link there is not
 * followed.  The clear side of a tunnel is what its keys protect: hence level
 * 10, and the entry in the audit log.
 */
#include "daemon/capture.h"

#include "base/str.h"
#include "commit/commit.h"
#include "daemon/pcapng.h"
#include "daemon/router_state.h"
#include "daemon/session_state.h"
#include "daemon/watching.h"
#include "dp.h"
#include "ipsec/ipsec.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FIRST_ARGUMENT = 2,
    PACKETS = 1000, /* where left out, as the schema's help says */
    DIR_MODE = 0700,
    FILE_MODE = 0600,
};

/* ---- the file ---- */

void
capture_end(struct capture_state *state)
{
    if (state->capture != NULL) {
        state->lost =
            atomic_load_explicit(&state->capture->lost, memory_order_relaxed);
    }
    state->capture = NULL;
    if (state->file != NULL && fclose(state->file) != 0)
        state->has_failed = true;
    state->file = NULL;
}

static void
write_packet(struct capture_state *state, const struct dp_captured *packet)
{
    const struct pcapng_packet written = {
        .interface = packet->is_encrypted,
        .wall_us = packet->at_us + state->wall_offset_us,
        .is_out = packet->is_out,
        .length = packet->length,
        .kept = packet->kept,
        .bytes = packet->bytes,
    };
    uint32_t octets = pcapng_packet(state->file, &written);

    if (octets == 0)
        state->has_failed = true;
    state->octets += octets;
    state->packets += octets != 0;
}

void
capture_take(struct capture_state *state)
{
    struct dp_captured packet;

    while (dp_capture_next(state->capture, &packet)) {
        if (state->file != NULL && !state->has_failed)
            write_packet(state, &packet);
    }
    if (state->file != NULL && fflush(state->file) != 0)
        state->has_failed = true;
    state->lost =
        atomic_load_explicit(&state->capture->lost, memory_order_relaxed);
}

static bool
is_name(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

    return name[0] != '.' && name[strspn(name, allowed)] == '\0';
}

/* The descriptor of the folder, made if it is not there; -1: errno says. */
static int
open_folder(const char *state_dir)
{
    struct str path;
    int fd = -1;

    str_init(&path);
    str_printf(&path, "%s/captures", state_dir);
    if (mkdir(str_text(&path), DIR_MODE) == 0 || errno == EEXIST) {
        fd = open(
            str_text(&path), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    str_done(&path);
    return fd;
}

static FILE *
open_file(const char *state_dir, const char *name)
{
    int folder = open_folder(state_dir);
    FILE *file = NULL;
    int fd;

    if (folder < 0)
        return NULL;
    fd = openat(folder, name,
        O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
    (void)close(folder);
    if (fd < 0)
        return NULL;
    file = fdopen(fd, "wb");
    if (file == NULL)
        (void)close(fd);
    return file;
}

/* The head of the file, with both sides of what is captured. */
static bool
write_head(struct capture_state *state, const char *what)
{
    static const char *const sides[] = {"clear", "encrypted"};
    struct str name;
    uint32_t octets = pcapng_section(state->file);
    bool is_written = octets != 0;
    size_t i;

    state->octets = octets;
    str_init(&name);
    for (i = 0; i < 2 && is_written; i++) {
        str_clear(&name);
        str_printf(&name, "%s%s", what, sides[i]);
        octets =
            pcapng_interface(state->file, str_text(&name), DP_CAPTURE_BYTES);
        is_written = octets != 0;
        state->octets += octets;
    }
    str_done(&name);
    return is_written;
}

/* ---- what is wanted ---- */

static void
take_filter(const struct value *args, struct dp_capture *capture)
{
    const struct value *side = &args[ARG_CAPTURE_SIDE];
    const struct value *host = &args[ARG_CAPTURE_HOST];
    const struct value *protocol = &args[ARG_CAPTURE_PROTOCOL];
    const struct value *count = &args[ARG_CAPTURE_COUNT];

    capture->clear =
        !value_is_set(side) || side->number != CAPTURE_SIDE_ENCRYPTED;
    capture->encrypted =
        !value_is_set(side) || side->number != CAPTURE_SIDE_CLEAR;
    capture->filter.has_host = value_is_set(host);
    capture->filter.host = (uint32_t)host->number;
    capture->filter.has_protocol = value_is_set(protocol);
    if (capture->filter.has_protocol)
        capture->filter.protocol = watch_protocols[protocol->number];
    capture->wanted = value_is_set(count) ? (uint32_t)count->number : PACKETS;
}

/* what: the name before those of the sides in the file. */
static bool
take_place(struct session *session, const struct wire_frame *frame,
    struct dp_capture *capture, struct str *what)
{
    const struct value *args = frame->items + FIRST_ARGUMENT;
    const struct value *tunnel = &args[ARG_CAPTURE_TUNNEL];
    const struct value *type = &args[ARG_CAPTURE_TYPE];
    const struct watch_port port = {
        .vr = wire_at(frame, 1),
        .type = type,
        .location = &args[ARG_CAPTURE_LOCATION],
    };

    if (value_is_set(tunnel)) {
        str_printf(what, "%s%s ",
            str_has_prefix(value_string(tunnel), "gre:") ? "" : "ipsec:",
            value_string(tunnel));
        return watch_take_tunnel(
            session, value_string(tunnel), &capture->filter.interface);
    }
    if (!value_is_set(type))
        return true;
    str_printf(what, "%s%s ",
        schema_enums[ENUM_INTERFACE_TYPE].values[type->number].word,
        value_string(port.location));
    return watch_take_interface(session, &port, &capture->filter.interface);
}

/* False: refused. */
static bool
open_capture(struct session *session, const char *name, const char *what)
{
    struct capture_state *state = &session->router->watch.capture;
    const char *state_dir = session->router->state_dir;

    if (state_dir == NULL) {
        reply_refuse(session, ERR_CONFLICT,
            "This router keeps nothing on disk: start it with --state-dir.");
        return false;
    }
    if (!is_name(name)) {
        reply_refuse(session, ERR_INVALID,
            "A capture's name has letters, digits, `.`, `_` and `-` only, "
            "and does not begin with a dot.");
        return false;
    }
    state->file = open_file(state_dir, name);
    if (state->file != NULL && write_head(state, what))
        return true;
    reply_refuse(session, ERR_IO, "Cannot write captures/%s: %s.", name,
        strerrordesc_np(errno));
    capture_end(state);
    return false;
}

static void
begin(struct session *session, const struct value *args,
    struct dp_capture *capture, const struct instant *now)
{
    struct capture_state *state = &session->router->watch.capture;
    const struct value *side = &args[ARG_CAPTURE_SIDE];

    (void)snprintf(state->name, sizeof state->name, "%s",
        value_string(&args[ARG_CAPTURE_FILE]));
    state->side = value_is_set(side) ? (uint32_t)side->number
                                     : (uint32_t)CAPTURE_SIDE_BOTH;
    state->wall_offset_us = now->wall_us - now->monotonic_us;
    state->packets = 0;
    state->lost = 0;
    state->has_failed = false;
    state->capture = capture;
    reply_text(session, "Capturing; `show capture` says how far it is.");
}

void
exec_capture(struct session *session, const struct wire_frame *frame,
    const struct instant *now)
{
    const struct value *args = frame->items + FIRST_ARGUMENT;
    struct capture_state *state = &session->router->watch.capture;
    struct dp_capture *capture;
    struct str what;

    if (state->file != NULL) {
        reply_refuse(session, ERR_CONFLICT,
            "The capture to %s is under way: `clear capture` ends it.",
            state->name);
        return;
    }
    capture = dp_capture_new();
    str_init(&what);
    take_filter(args, capture);
    if (!take_place(session, frame, capture, &what) ||
        !open_capture(
            session, value_string(&args[ARG_CAPTURE_FILE]), str_text(&what))) {
        dp_capture_free(capture);
    } else if (!watch_swap(session->router, DP_CAPTURE, capture)) {
        dp_capture_free(capture);
        capture_end(state);
        watch_refuse_busy(session);
    } else {
        begin(session, args, capture, now);
    }
    str_done(&what);
}

void
exec_clear_capture(struct session *session)
{
    struct capture_state *state = &session->router->watch.capture;

    if (state->capture == NULL) {
        reply_text(session, "No capture is under way.");
    } else if (!watch_swap(session->router, DP_CAPTURE, NULL)) {
        watch_refuse_busy(session);
    } else {
        reply_text(session, "The capture ends.");
    }
}

void
exec_show_capture(struct session *session)
{
    struct capture_state *state = &session->router->watch.capture;
    struct value columns[SCHEMA_COLUMNS_MAX] = {0};
    enum capture_progress word = CAPTURE_PROGRESS_DONE;
    struct str file;

    watch_take(session->router);
    if (state->name[0] == '\0')
        return;
    if (state->has_failed) {
        word = CAPTURE_PROGRESS_FAILED;
    } else if (state->file != NULL) {
        word = CAPTURE_PROGRESS_RUNNING;
    }
    str_init(&file);
    str_printf(&file, "captures/%s", state->name);
    columns[COLUMN_CAPTURE_FILE] = value_text(str_text(&file));
    columns[COLUMN_CAPTURE_STATE] = value_number((uint64_t)word);
    columns[COLUMN_CAPTURE_SIDE] = value_number(state->side);
    columns[COLUMN_CAPTURE_PACKETS] = value_number(state->packets);
    columns[COLUMN_CAPTURE_OCTETS] = value_number(state->octets);
    columns[COLUMN_CAPTURE_LOST] = value_number(state->lost);
    session_row(session, columns, schema_rows[ROWS_CAPTURE].column_count);
    value_done(&columns[COLUMN_CAPTURE_FILE]);
    str_done(&file);
}
