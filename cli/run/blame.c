/*
 * blame.c - `show configuration blame`.
 */
#include "run/shell.h"

#include "base/str.h"
#include "show/show.h"
#include "wire/client.h"

enum { CHUNK = 64 * 1024 }; /* bytes between two prints */
enum { ORIGIN_VALUES = 3, WIDTH_ITEMS = 3 };

struct blame_taker {
    struct output *output;
    struct str text;
    struct show_blame *blame;
    bool json;
};

/* First the widths, then an object a row, see wire.h. */
static void
take_row(void *context, const struct wire_frame *row)
{
    struct blame_taker *taker = context;
    uint64_t type = wire_number(row, 0);
    const struct schema_object *object;

    if (!value_is_set(wire_at(row, 0)) && row->count == WIDTH_ITEMS) {
        show_blame_widths(
            taker->blame, wire_number(row, 1), wire_number(row, 2));
        return;
    }
    if (type >= OBJECT_COUNT)
        return;
    object = &schema_objects[type];
    if (row->count !=
        1 + object->field_count + (1 + object->setting_count) * ORIGIN_VALUES)
        return;
    show_blame_object(taker->blame, (uint16_t)type, row->items + 1,
        row->items + 1 + object->field_count);
    if (taker->text.length > CHUNK && !taker->json) {
        output_text(taker->output, str_text(&taker->text));
        str_clear(&taker->text);
    }
}

enum run_outcome
run_show_blame(const struct run_call *call)
{
    struct blame_taker taker = {0};
    struct output output;
    struct wire_frame frame;
    struct wire_frame reply;
    enum run_outcome outcome;

    if (output_open(&output, call, &taker.json) != RUN_OK)
        return RUN_FAILED;
    taker.output = &output;
    str_init(&taker.text);
    taker.blame = show_blame_new(taker.json, &taker.text);
    wire_frame_init(&frame, WIRE_SHOW, 0);
    wire_add_number(&frame, SHOW_BLAME);
    outcome = request(call->shell, &frame, take_row, &taker, &reply);
    show_blame_end(taker.blame);
    return finish_show(call, &output, &taker.text, outcome, &reply);
}
