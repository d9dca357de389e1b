#include "schema/schema.h"

#include <criterion/criterion.h>
#include <string.h>

Test(value, counts_the_holders_of_a_text)
{
    struct value first = value_text("siteB");
    struct value second = value_share(&first);

    cr_expect_eq(first.text, second.text);
    cr_expect_eq(first.text->refs, 2);
    value_done(&first);
    cr_expect_not(value_is_set(&first));
    cr_expect_str_eq(value_string(&second), "siteB");
    value_done(&second);
    value_done(&second);
    value_done(NULL);
}

Test(value, never_counts_or_frees_a_default)
{
    const struct schema_field *hostname =
        &schema_objects[OBJECT_SYSTEM].fields[FIELD_SYSTEM_HOSTNAME];
    struct value shared = value_share(&hostname->fallback);

    cr_expect_str_eq(value_string(&shared), "ermine");
    cr_expect_eq(shared.text->refs, 0);
    value_done(&shared);
    cr_expect_str_eq(value_string(&hostname->fallback), "ermine");
}

Test(value, orders_none_then_numbers_then_texts)
{
    struct value values[] = {value_none(), value_number(0), value_number(9),
        value_text(""), value_text("a"), value_text("b")};
    size_t count = sizeof(values) / sizeof(values[0]);

    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            int order = value_compare(&values[i], &values[j]);

            cr_expect_eq((order > 0) - (order < 0), (i > j) - (i < j),
                "%zu and %zu", i, j);
            cr_expect_eq(value_equal(&values[i], &values[j]), i == j);
        }
    }
    for (size_t i = 0; i < count; i++)
        value_done(&values[i]);
}

Test(value, tells_a_clear_secret_from_a_sealed_one)
{
    struct value clear = value_clear("00ff");
    struct value text = value_text("00ff");

    cr_expect_not(value_equal(&clear, &text));
    value_done(&clear);
    value_done(&text);
}

Test(value, takes_part_of_a_text)
{
    struct value value = value_text_n("siteB and more", 5);

    cr_expect_str_eq(value_string(&value), "siteB");
    value_done(&value);
}

Test(value, packs_eight_indices_into_a_number)
{
    uint64_t list = 0;

    cr_expect_eq(value_list_count(list), 0);
    for (unsigned i = 0; i < 8; i++)
        list = value_list_add(list, i == 7 ? 254 : i);
    cr_assert_eq(value_list_count(list), 8);
    for (unsigned i = 0; i < 7; i++)
        cr_expect_eq(value_list_at(list, i), i);
    cr_expect_eq(value_list_at(list, 7), 254);
}
