/*
 * certificates.c - files of keys and certificates.
 *
 * They are the user's: the shell reads and writes them with that user's
 * rights, wherever the shell runs, and the router sees bytes and a name alone.
 * The bytes may be those of a private key, and so are wiped, as is the pass
 * phrase, which is asked for without echo, or stands in a script's line.
 */
#include "run/shell.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/secret.h"
#include "parse/parse.h"
#include "show/show.h"
#include "wire/client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    FILE_MAX = 120 * 1024, /* bytes; twice as many digits fit into a frame */
    ATTEMPTS = 3,
};

/* ---- reading ---- */

/* The file as hexadecimal digits, heap, to be wiped; NULL: said why not. */
static char *
read_hex(const struct run_call *call, const char *path)
{
    uint8_t *bytes = mem_alloc(FILE_MAX + 1);
    char *hex = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct str problem;
    ssize_t got = -1;
    size_t length = 0;
    int error = errno;

    str_init(&problem);
    while (fd >= 0 && length <= FILE_MAX &&
           (got = read(fd, bytes + length, FILE_MAX + 1 - length)) > 0)
        length += (size_t)got;
    if (fd >= 0) {
        error = errno;
        (void)close(fd);
    }
    if (fd < 0 || got < 0) {
        add_unreadable(path, error, &problem);
    } else if (length > FILE_MAX) {
        str_printf(&problem,
            "%% %s is longer than %d bytes: put it into the folder "
            "`certificates` of the router's state folder, and use `ipsec "
            "certificate-database refresh`.\n",
            path, (int)FILE_MAX);
    } else {
        hex = mem_alloc(2 * length + 1);
        hex_encode(bytes, length, hex);
    }
    wipe(bytes, FILE_MAX + 1);
    free(bytes);
    if (problem.length > 0)
        say_problem(call->shell, call->origin, call->line, str_text(&problem));
    str_done(&problem);
    return hex;
}

/* ---- importing ---- */

/* phrase: NULL, none.  out_error: where it is refused. */
static enum run_outcome
send_file(const struct run_call *call, const char *hex, const char *phrase,
    struct wire_frame *out_reply)
{
    const struct value *values = call->parsed->values;
    struct wire_frame frame;

    wire_frame_init(&frame, WIRE_IMPORT, 0);
    wire_add(&frame, value_share(&values[ARG_IPSEC_CERTIFICATE_IMPORT_FORMAT]));
    wire_add(&frame, value_share(&values[ARG_IPSEC_CERTIFICATE_IMPORT_FILE]));
    wire_add_number(&frame,
        value_is_set(&values[ARG_IPSEC_CERTIFICATE_IMPORT_TRUST]) ? 1 : 0);
    wire_add(&frame, value_clear(hex));
    wire_add(&frame, phrase == NULL ? value_none() : value_clear(phrase));
    return request(call->shell, &frame, NULL, NULL, out_reply);
}

/* Ask, and try the answer; as often as passwords are asked for. */
static enum run_outcome
ask_and_send(
    const struct run_call *call, const char *hex, struct wire_frame *reply)
{
    static const char *const questions[] = {
        "Pass phrase: ", "It is another one.  Pass phrase: "};
    const struct run_front *front = call->shell->front;
    enum run_outcome outcome = RUN_FAILED;
    struct str phrase;
    bool is_answered = true;

    for (int i = 0; i < ATTEMPTS && is_answered && outcome == RUN_FAILED &&
                    wire_reply_err(reply) == ERR_AUTH;
         i++) {
        str_init(&phrase);
        is_answered =
            front->ask(front->context, questions[i > 0], true, &phrase);
        if (is_answered) {
            wire_frame_done(reply);
            outcome = send_file(call, hex, str_text(&phrase), reply);
        }
        if (phrase.text != NULL)
            wipe(phrase.text, phrase.room);
        str_done(&phrase);
    }
    return outcome;
}

static enum run_outcome
import(const struct run_call *call, const char *hex)
{
    const struct value *typed =
        &call->parsed->values[ARG_IPSEC_CERTIFICATE_IMPORT_PASSPHRASE];
    const char *phrase = value_is_set(typed) ? value_string(typed) : NULL;
    struct wire_frame reply;
    enum run_outcome outcome = send_file(call, hex, phrase, &reply);

    if (outcome == RUN_FAILED && call->shell->interactive && reply.count > 0 &&
        wire_reply_err(&reply) == ERR_AUTH)
        outcome = ask_and_send(call, hex, &reply);
    if (outcome == RUN_OK && wire_reply_values(&reply) > 0) {
        say(call->shell, "%s", value_string(wire_reply_value(&reply, 0)));
    } else if (outcome == RUN_FAILED && reply.count > 0) {
        say_refusal(call, &reply);
    }
    wire_frame_done(&reply);
    return outcome;
}

enum run_outcome
run_certificate_import(const struct run_call *call)
{
    const struct value *values = call->parsed->values;
    enum run_outcome outcome;
    char *hex;

    if (call->shell->interactive && call->origin->file == NULL &&
        value_is_set(&values[ARG_IPSEC_CERTIFICATE_IMPORT_PASSPHRASE])) {
        say_problem(call->shell, call->origin, call->line,
            "% Leave the pass phrase out: it is asked for, and then stays on "
            "no screen and in no history.\n");
        return RUN_FAILED;
    }
    hex = read_hex(
        call, value_string(&values[ARG_IPSEC_CERTIFICATE_IMPORT_FILE]));
    if (hex == NULL)
        return RUN_FAILED;
    outcome = import(call, hex);
    wipe(hex, strlen(hex));
    free(hex);
    return outcome;
}

/* ---- requests ---- */

static enum run_outcome
write_file(const struct run_call *call, const char *path, const char *text)
{
    struct redirect redirect;
    enum run_outcome outcome;

    redirect_init(&redirect);
    str_add(&redirect.path, path);
    outcome = redirect_open(&redirect, call);
    if (outcome == RUN_OK &&
        (fputs(text, redirect.file) < 0 || fputc('\n', redirect.file) < 0))
        outcome = RUN_FAILED;
    outcome = redirect_finish(&redirect, call, outcome);
    if (outcome == RUN_OK)
        say(call->shell, "The request is in %s.", path);
    return outcome;
}

/* The router makes it; the file is written here. */
enum run_outcome
run_certificate_request(const struct run_call *call)
{
    const struct value *file =
        &call->parsed->values[ARG_IPSEC_CERTIFICATE_REQUEST_FILE];
    struct wire_frame frame;
    struct wire_frame reply;
    enum run_outcome outcome;

    wire_frame_init(&frame, WIRE_EXEC, 0);
    wire_add_number(&frame, EXEC_IPSEC_CERTIFICATE_REQUEST);
    wire_add_text(&frame, call->shell->vr);
    wire_add(&frame, value_share(file));
    outcome = request(call->shell, &frame, NULL, NULL, &reply);
    if (outcome == RUN_OK) {
        outcome = write_file(call, value_string(file),
            value_string(wire_reply_value(&reply, 0)));
    } else if (outcome == RUN_FAILED && reply.count > 0) {
        say_refusal(call, &reply);
    }
    wire_frame_done(&reply);
    return outcome;
}

/* ---- wiping ---- */

/* A person is asked once more; a script meant it. */
bool
confirm_zeroize(const struct run_call *call)
{
    const struct run_front *front = call->shell->front;
    struct str answer;
    bool is_meant;

    if (!call->shell->interactive)
        return true;
    str_init(&answer);
    is_meant = front->ask(front->context,
                   "Wipe all RSA keys of this router? They cannot be brought "
                   "back. yes or no? [no] ",
                   false, &answer) &&
               str_equal(str_text(&answer), "yes");
    str_done(&answer);
    if (!is_meant)
        say(call->shell, "Nothing is wiped.");
    return is_meant;
}
