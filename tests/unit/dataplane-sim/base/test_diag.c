#include "base/diag.h"

#include <criterion/criterion.h>
#include <string.h>

Test(diag, keeps_every_sentence_in_the_order_it_was_said)
{
    struct diag diag;

    diag_init(&diag);
    for (int i = 0; i < 20; i++)
        diag_add(&diag, DIAG_ERROR, "tunnel ipsec:a", "tunnel mtu",
            "Problem %d.", i);
    cr_assert_eq(diag.count, 20);
    cr_expect_str_eq(diag.entries[0].sentence, "Problem 0.");
    cr_expect_str_eq(diag.entries[19].sentence, "Problem 19.");
    cr_expect_str_eq(diag.entries[19].path, "tunnel ipsec:a");
    cr_expect_str_eq(diag.entries[19].setting, "tunnel mtu");
    diag_done(&diag);
}

Test(diag, copies_the_texts_it_is_given)
{
    char path[] = "vr default";
    struct diag diag;

    diag_init(&diag);
    diag_add(&diag, DIAG_ERROR, path, NULL, "%s", "Gone.");
    memset(path, 'x', strlen(path));
    cr_expect_str_eq(diag.entries[0].path, "vr default");
    diag_done(&diag);
}

Test(diag, keeps_empty_text_where_there_is_none)
{
    struct diag diag;

    diag_init(&diag);
    diag_add(&diag, DIAG_WARNING, NULL, NULL, "%s", "");
    cr_expect_str_eq(diag.entries[0].path, "");
    cr_expect_str_eq(diag.entries[0].setting, "");
    cr_expect_str_eq(diag.entries[0].sentence, "");
    diag_done(&diag);
}

Test(diag, has_errors_only_when_one_is_an_error)
{
    struct diag diag;

    diag_init(&diag);
    cr_expect_not(diag_has_errors(&diag));
    diag_add(&diag, DIAG_WARNING, "", "", "Careful.");
    cr_expect_not(diag_has_errors(&diag));
    diag_add(&diag, DIAG_ERROR, "", "", "No.");
    diag_add(&diag, DIAG_WARNING, "", "", "Careful.");
    cr_expect(diag_has_errors(&diag));
    diag_done(&diag);
    cr_expect_not(diag_has_errors(&diag), "empty again");
    cr_expect_eq(diag.count, 0);
}

Test(diag, accepts_that_nobody_listens)
{
    diag_init(NULL);
    diag_add(NULL, DIAG_ERROR, "a", "b", "Lost.");
    cr_expect_not(diag_has_errors(NULL));
    diag_done(NULL);
}
