/*
 * notes.c - warnings that a large commit would repeat thousands of times.
 *
 * Of each kind the first ones are told, each with its path; the others are
 * counted and said in one line at the end.
 */
#include "config/checks.h"

#include "base/str.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum { NOTES_TOLD = 20, GROUP = 3 };

/* What is said of the others; "And 9,980 more tunnels ..." */
static const char *const others[NOTE_COUNT] = {
    [NOTE_NO_EFFECT] = "tunnels have settings without effect.",
    [NOTE_NO_KEY] = "tunnels have no preshared key that fits their peer.",
    [NOTE_NO_ROUTE] = "tunnels have a destination without a route.",
    [NOTE_LOOP] = "tunnels have a destination that leads into themselves.",
    [NOTE_OVERLAP] = "tunnels have identities that overlap.",
    [NOTE_SWALLOW] = "routes and tunnels take more than they should.",
    [NOTE_WEAK] = "objects have weak or ageing algorithms.",
    [NOTE_UNUSED] = "objects are used by no tunnel.",
};

void
check_note(const struct check *check, enum note note,
    const struct object *object, uint16_t setting, const char *fmt, ...)
{
    struct str sentence;
    va_list args;

    if (check->notes->counts[note]++ >= NOTES_TOLD)
        return;
    str_init(&sentence);
    va_start(args, fmt);
    str_vprintf(&sentence, fmt, args);
    va_end(args);
    check_warning(check, object, setting, "%s", str_text(&sentence));
    str_done(&sentence);
}

void
check_kept(const struct check *check, const struct object *object,
    const char *sentence)
{
    struct notes *notes = check->notes;

    for (size_t i = 0; i < notes->kept_count; i++) {
        if (str_equal(notes->kept[i], sentence))
            return;
    }
    if (notes->kept_count < KEPT_MAX)
        notes->kept[notes->kept_count++] = sentence;
    check_warning(check, object, SCHEMA_NONE, "%s", sentence);
}

/* 12345 as "12,345". */
static void
add_count(uint64_t count, struct str *out)
{
    char digits[24];
    int length = snprintf(digits, sizeof(digits), "%" PRIu64, count);

    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % GROUP == 0)
            str_add_char(out, ',');
        str_add_char(out, digits[i]);
    }
}

static void
say_others(const struct check *check, enum note note)
{
    size_t count = check->notes->counts[note];
    struct str sentence;

    if (count <= NOTES_TOLD)
        return;
    str_init(&sentence);
    str_add(&sentence, "And ");
    add_count(count - NOTES_TOLD, &sentence);
    str_printf(&sentence, " more %s", others[note]);
    diag_add(check->diag, DIAG_WARNING, NULL, NULL, "%s", str_text(&sentence));
    str_done(&sentence);
}

void
notes_finish(const struct check *check)
{
    for (size_t i = 0; i < NOTE_COUNT; i++)
        say_others(check, (enum note)i);
}
