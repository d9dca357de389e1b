/*
 * test_kept.c - what is configured for later: said once at commit, and no
 * more of a kind than the schema allows.
 */
#include "config/config.h"

#include "base/diag.h"
#include "base/str.h"
#include "tests/support/config_typing.h"

#include <criterion/criterion.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Sentences of this severity that hold the words, of a commit of these lines
 * onto those. */
static size_t
count_said(const char *before, const char *typed, enum diag_severity severity,
    const char *words)
{
    struct config *running = config_typed(before);
    struct candidate *candidate = candidate_open(running);
    struct change_set set;
    struct diag diag;
    size_t count = 0;

    diag_init(&diag);
    cr_assert_eq(type_script(candidate, typed, &diag), OK, "%s", typed);
    config_diff(running, candidate_work(candidate), &set);
    config_validate(
        candidate_work(candidate), &set, &readable_unsealer, NULL, &diag);
    for (size_t i = 0; i < diag.count; i++) {
        if (diag.entries[i].severity == severity &&
            strstr(diag.entries[i].sentence, words) != NULL)
            count++;
    }
    diag_done(&diag);
    change_set_done(&set);
    candidate_free(candidate);
    config_unref(running);
    return count;
}

Test(kept, is_said_once_by_the_commit_that_brings_it)
{
    static const char hosts[] = "host a 192.0.2.1 tftp\n"
                                "host b 192.0.2.2 tftp\n";
    static const char proxy[] = "snmp-server trap-proxy enable\n"
                                "virtual-router isp\n"
                                "snmp-server trap-proxy enable\n";
    static const char words[] = "not passed on";

    cr_expect_eq(count_said("", proxy, DIAG_WARNING, words), 1);
    cr_expect_eq(count_said(proxy, "hostname x\n", DIAG_WARNING, words), 0);
    cr_expect_eq(count_said(proxy, "no snmp-server trap-proxy enable\n",
                     DIAG_WARNING, words),
        0);
    cr_expect_eq(count_said("", "snmp-server\n", DIAG_WARNING, "kept"), 0);
    cr_expect_eq(count_said("", hosts, DIAG_WARNING, "Named hosts"), 1);
    cr_expect_eq(
        count_said("", "host a 192.0.2.1 tftp\n", DIAG_WARNING, "Named hosts"),
        1);
}

/* So many lines, each with a number in it. */
static void
type_many(
    const char *before, const char *after, unsigned count, struct str *out)
{
    str_clear(out);
    for (unsigned i = 1; i <= count; i++)
        str_printf(out, "%s%u%s\n", before, i, after);
}

Test(kept, holds_no_more_of_a_kind_than_is_allowed)
{
    static const struct {
        const char *before;
        const char *after;
        unsigned most;
    } rows[] = {
        {"snmp-server community c",         "",                                      32  },
        {"snmp-server host 192.0.2.",       " public",                               16  },
        {"snmp-server user u",              "",                                      32  },
        {"host h",                          " 192.0.2.1",                            64  },
        {"log destination syslog 192.0.2.", "",                                      8   },
        {"ipsec tunnel profile p",          "\ntransform esp-des",                   1000},
        {"ipsec transport profile p",       "\napplication l2tp\ntransform esp-des",
         1000                                                                            },
    };
    struct str lines;

    str_init(&lines);
    for (size_t i = 0; i < COUNT(rows); i++) {
        type_many(rows[i].before, rows[i].after, rows[i].most, &lines);
        cr_expect_eq(count_said("", str_text(&lines), DIAG_ERROR, ""), 0, "%s",
            rows[i].before);
        type_many(rows[i].before, rows[i].after, rows[i].most + 1, &lines);
        cr_expect_gt(count_said("", str_text(&lines), DIAG_ERROR,
                         "There can be at most"),
            0, "%s", rows[i].before);
    }
    str_done(&lines);
}

Test(kept, refuses_half_an_object)
{
    cr_expect_eq(count_said("host a 192.0.2.1 ftp bob secret\n",
                     "host a 192.0.2.1 tftp\n", DIAG_ERROR, "TFTP knows no"),
        1);
    cr_expect_eq(count_said("", "host a 224.0.0.1\n", DIAG_ERROR,
                     "not an address that a host can have"),
        1);
    cr_expect_eq(count_said("", "snmp-server host 0.0.0.1 public\n", DIAG_ERROR,
                     "not an address that a host can have"),
        1);
}
