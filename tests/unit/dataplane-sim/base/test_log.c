#include "base/log.h"

#include "base/clock.h"
#include "base/str.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <string.h>

/* What was logged, without the time in front, which is not ours to know. */
static void
expect_logged(const char *expected)
{
    const size_t stamp = strlen("2015-01-05T10:00:00Z ");
    char text[512] = "";
    size_t length;

    (void)fflush(stderr);
    length = fread(text, 1, sizeof(text) - 1, cr_get_redirected_stderr());
    text[length] = '\0';
    cr_assert_gt(length, stamp, "nothing was logged");
    cr_expect_eq(text[stamp - 2], 'Z');
    cr_expect_str_eq(text + stamp, expected);
}

Test(log, writes_one_line_with_level_room_and_event, .init = cr_redirect_stderr)
{
    log_event(
        LOG_NOTICE, "commit", "COMMITTED", "generation %d by %s", 7, "root");
    expect_logged("notice commit COMMITTED generation 7 by root\n");
}

Test(log, cannot_be_made_to_forge_a_second_line, .init = cr_redirect_stderr)
{
    log_event(LOG_ERROR, "wire", "BAD", "%s", "a\nb\x1b[2J\x7f");
    expect_logged("error wire BAD a?b?[2J?\n");
}

Test(log, is_silent_below_its_level, .init = cr_redirect_stderr)
{
    log_event(LOG_INFO, "wire", "QUIET", "by default");
    log_set_level(LOG_ERROR);
    log_event(LOG_WARNING, "wire", "QUIET", "by level");
    log_set_level(LOG_DEBUG);
    log_event(LOG_DEBUG, "wire", "HEARD", "now");
    expect_logged("debug wire HEARD now\n");
}

Test(log, knows_its_levels_by_name)
{
    static const struct {
        const char *name;
        enum log_level level;
    } rows[] = {
        {"error",   LOG_ERROR  },
        {"warning", LOG_WARNING},
        {"notice",  LOG_NOTICE },
        {"info",    LOG_INFO   },
        {"debug",   LOG_DEBUG  },
    };
    enum log_level level = LOG_ERROR;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect_eq(log_level_parse(rows[i].name, &level), OK);
        cr_expect_eq(level, rows[i].level);
    }
    cr_expect_eq(log_level_parse("Notice", &level), ERR_SYNTAX);
    cr_expect_eq(log_level_parse("", &level), ERR_SYNTAX);
    cr_expect_eq(level, LOG_DEBUG, "untouched on failure");
}
