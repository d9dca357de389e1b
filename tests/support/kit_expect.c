/*
 * kit_expect.c - what a test expects of an answer; apart from kit.c because
 * only Criterion's programs can say so.
 */
#include <criterion/criterion.h>

#include "tests/support/kit.h"

void
kit_expect_values(struct kit *kit, struct session *session, const char *request,
    const char *values)
{
    struct kit_answer answer = kit_ask(kit, session, request);

    cr_expect_eq(answer.error, OK, "%s: %s", request, kit_sentence(&answer));
    cr_expect_str_eq(str_text(&answer.values), values, "%s: %s", request,
        str_text(&answer.values));
    kit_answer_done(&answer);
}

void
kit_expect_rows(struct kit *kit, struct session *session, const char *request,
    const char *rows)
{
    struct kit_answer answer = kit_ask(kit, session, request);

    cr_expect_eq(answer.error, OK, "%s: %s", request, kit_sentence(&answer));
    cr_expect_str_eq(str_text(&answer.rows), rows, "%s: %s", request,
        str_text(&answer.rows));
    kit_answer_done(&answer);
}
