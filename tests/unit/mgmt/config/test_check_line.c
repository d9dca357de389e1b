/* Banners and lines: what a commit says about them. */
#include "base/diag.h"
#include "config/config.h"
#include "tests/support/config_typing.h"

#include <criterion/criterion.h>
#include <string.h>

/* All that is said about the script, in lines. */
static void
expect(const char *script, enum diag_severity severity, const char *part)
{
    struct config *empty = config_new();
    struct config *config = config_typed(script);
    struct change_set set;
    struct diag diag;
    size_t found = 0;

    diag_init(&diag);
    config_diff(empty, config, &set);
    config_validate(config, &set, NULL, NULL, &diag);
    for (size_t i = 0; i < diag.count; i++)
        found += part != NULL && diag.entries[i].severity == severity &&
                 strstr(diag.entries[i].sentence, part) != NULL;
    cr_expect_eq(found, part == NULL ? 0 : 1, "%s: %s", script,
        part == NULL ? "nothing" : part);
    cr_expect_eq(diag.count, found, "%s: %s", script,
        diag.count == 0 ? "" : diag.entries[0].sentence);
    diag_done(&diag);
    change_set_done(&set);
    config_unref(config);
    config_unref(empty);
}

Test(check_line, banners_stand_between_two_marks)
{
    expect("banner motd %Welcome%", DIAG_ERROR, NULL);
    expect("banner motd Welcome", DIAG_ERROR, "two equal characters");
    expect("banner motd %Welcome", DIAG_ERROR, "two equal characters");
    expect("banner motd %a% b", DIAG_ERROR, "two equal characters");
    expect("banner motd %", DIAG_ERROR, "two equal characters");
    expect("banner motd %%", DIAG_ERROR, "is empty");
}

Test(check_line, banners_that_look_like_a_prompt_are_warned_of)
{
    expect("banner motd %Only > for staff%", DIAG_WARNING, "for the prompt");
    expect("banner exec %Number #1%", DIAG_WARNING, "for the prompt");
    expect("banner exec #Number 1#", DIAG_WARNING, NULL);
}

Test(check_line, ranges_do_not_overlap)
{
    expect("line vty 0 4\nline vty 5 29\nline vty 29", DIAG_ERROR,
        "Line 29 belongs to `line vty 5 29`");
    expect("line vty 0 4\nline vty 5 29\nline console 0", DIAG_ERROR, NULL);
    expect("line vty 0 4\nline vty 4 29", DIAG_ERROR,
        "Line 4 belongs to `line vty 0 4`");
    expect("line vty 5 4", DIAG_ERROR, "before the first");
    expect("line vty 5", DIAG_ERROR, NULL);
}

Test(check_line, there_is_one_console)
{
    expect("line console 1", DIAG_ERROR, "`line console 0`");
    expect("line console 0 3", DIAG_ERROR, "`line console 0`");
}

Test(check_line, passwords_of_lines_are_said_to_be_idle)
{
    expect("line vty 0 4\nlogin", DIAG_WARNING, "not asked for");
    expect("line vty 0 4\npassword secret", DIAG_WARNING, "not asked for");
}
