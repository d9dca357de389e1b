/*
 * shell.c - the state of a session at the operator's end.
 */
#include "run/run.h"

#include "base/arena.h"
#include "base/str.h"
#include "parse/parse.h"
#include "run/shell.h"
#include "wire/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 100, SCREEN_LENGTH = 24, SCREEN_WIDTH = 80 };

void
shell_init(struct shell *shell, struct client *client,
    const struct run_front *front, bool interactive)
{
    const struct client_identity *identity = client_identity(client);

    *shell = (struct shell){
        .client = client,
        .front = front,
        .interactive = interactive,
        .level = 1,
        .ceiling = identity->level,
        .mode = MODE_EXEC,
        .object = SCHEMA_NONE,
        .length = interactive ? SCREEN_LENGTH : 0,
        .width = SCREEN_WIDTH,
        .pending = mem_alloc(RUN_WINDOW * sizeof shell->pending[0]),
    };
    if (shell->level > shell->ceiling)
        shell->level = shell->ceiling;
    snprintf(shell->hostname, sizeof shell->hostname, "%s", identity->hostname);
    snprintf(shell->vr, sizeof shell->vr, "default");
}

void
shell_done(struct shell *shell)
{
    shell_leave_object(shell);
    while (shell->pending_count > 0) {
        struct run_pending *oldest = &shell->pending[shell->pending_first];

        free(oldest->file);
        free(oldest->text);
        shell->pending_first = (shell->pending_first + 1) % RUN_WINDOW;
        shell->pending_count--;
    }
    free(shell->pending);
    shell_drop_banner(shell);
    client_close(shell->client);
    shell->client = NULL;
}

/* Out of a sub-mode: no object is being configured any more. */
void
shell_leave_object(struct shell *shell)
{
    size_t i;

    for (i = 0; i < SCHEMA_KEYS_MAX; i++)
        value_done(&shell->keys[i]);
    shell->object = SCHEMA_NONE;
}

void
shell_exit_object(struct shell *shell)
{
    const struct schema_object *object = &schema_objects[shell->object];
    uint16_t parent = object->parent;
    size_t i;

    shell->mode = schema_modes[shell->mode].parent;
    if (parent == SCHEMA_NONE || shell->mode == MODE_CONFIG ||
        schema_objects[parent].mode != shell->mode) {
        shell_leave_object(shell);
        return;
    }
    for (i = object->inherited_count; i < object->key_count; i++)
        value_done(&shell->keys[i]);
    shell->object = parent;
}

void
shell_enter_top(struct shell *shell)
{
    shell_leave_object(shell);
    shell->mode = MODE_CONFIG;
    snprintf(shell->vr, sizeof shell->vr, "default");
}

void
shell_prompt(const struct shell *shell, struct str *out)
{
    str_add(out, shell->hostname);
    if (!str_equal(shell->vr, "default"))
        str_printf(out, ":%s", shell->vr);
    str_add(out, schema_modes[shell->mode].prompt);
    str_add(out, shell->level > 1 ? "#" : ">");
}

void
shell_place(const struct shell *shell, struct parse_place *out_place)
{
    *out_place = (struct parse_place){
        .mode = shell->mode, .object = shell->object, .level = shell->level};
}

/* ---- names for Tab ---- */

struct name_taker {
    void (*take)(void *taker, const char *name);
    void *taker;
};

static void
take_name_row(void *context, const struct wire_frame *row)
{
    const struct name_taker *taker = context;

    taker->take(taker->taker, wire_text(row, 0));
}

static void
find_names(void *context, uint16_t object, const char *prefix,
    void (*take)(void *taker, const char *name), void *taker)
{
    struct name_taker names = {take, taker};
    struct wire_frame frame;
    struct wire_frame reply;

    wire_frame_init(&frame, WIRE_SHOW, 0);
    wire_add_number(&frame, SHOW_NAMES);
    wire_add_number(&frame, object);
    wire_add_text(&frame, prefix);
    wire_add_number(&frame, NAMES_MAX);
    if (request(context, &frame, take_name_row, &names, &reply) != RUN_LOST)
        wire_frame_done(&reply);
}

void
shell_names(struct shell *shell, struct parse_names *out_names)
{
    *out_names = (struct parse_names){.find = find_names, .context = shell};
}
