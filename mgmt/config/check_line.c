/* check_line.c - lines that sessions come in by, and banners. */
#include "config/checks.h"

#include "gen/enums.h"

#include <string.h>

/* ---- banners ---- */

void
check_banner(const struct check *check, const struct object *object)
{
    const char *text = field_text(object, FIELD_BANNER_TEXT);
    size_t length = strlen(text);
    const char *end = length == 0 ? NULL : strchr(text + 1, text[0]);

    if (end == NULL || end[1] != '\0') {
        check_error(check, object, SCHEMA_NONE,
            "The text stands between two equal characters that do not occur "
            "in it, as in `banner motd %%Welcome%%`.");
    } else if (length == 2) {
        check_error(check, object, SCHEMA_NONE,
            "The text is empty: write one, or remove the banner with `no "
            "banner`.");
    } else if (strcspn(text + 1, ">#") < length - 2) {
        check_warning(check, object, SCHEMA_NONE,
            "Programs that log in take > and # for the prompt: leave them out "
            "of the text.");
    }
}

/* ---- lines ---- */

static uint64_t
last_of(const struct object *object)
{
    return field_is_set(object, FIELD_LINE_LAST)
               ? field_number(object, FIELD_LINE_LAST)
               : field_number(object, FIELD_LINE_FIRST);
}

/* Of two lines that overlap, the one that begins later says so. */
static void
check_overlap(const struct check *check, const struct object *object)
{
    uint64_t first = field_number(object, FIELD_LINE_FIRST);
    const struct object *other = NULL;

    while ((other = config_next(check->to, OBJECT_LINE,
                other == NULL ? NULL : other->fields)) != NULL) {
        uint64_t begin = field_number(other, FIELD_LINE_FIRST);

        if (begin >= first || last_of(other) < first ||
            field_number(other, FIELD_LINE_TYPE) !=
                field_number(object, FIELD_LINE_TYPE))
            continue;
        check_error(check, object, SCHEMA_NONE,
            "Line %u belongs to `line vty %u %u` already: remove one of the "
            "two with `no line vty`.",
            (unsigned)first, (unsigned)begin, (unsigned)last_of(other));
    }
}

static void
check_range(const struct check *check, const struct object *object)
{
    uint64_t first = field_number(object, FIELD_LINE_FIRST);

    if (field_number(object, FIELD_LINE_TYPE) == LINE_TYPE_CONSOLE) {
        if (last_of(object) != 0) {
            check_error(check, object, SCHEMA_NONE,
                "The only console is `line console 0`.");
        }
    } else if (last_of(object) < first) {
        check_error(check, object, SCHEMA_NONE,
            "The last line is before the first: type the lower number first.");
    }
}

static void
warn_of_login(const struct check *check, const struct object *object)
{
    if (field_is_set(object, FIELD_LINE_LOGIN) ||
        field_is_set(object, FIELD_LINE_PASSWORD)) {
        check_warning(check, object, SCHEMA_NONE,
            "`login` and `password` are kept, but not asked for: who logs in "
            "is decided by the system and its sshd.");
    }
}

void
check_line(const struct check *check, const struct object *object)
{
    check_range(check, object);
    check_overlap(check, object);
    warn_of_login(check, object);
}
