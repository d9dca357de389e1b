#include <criterion/criterion.h>

#include "wire/address.h"

#include <stddef.h>
#include <string.h>

TestSuite(address, .timeout = 10);

Test(address, knows_files_from_abstract_names)
{
    static const struct {
        const char *path;
        enum err error;
        size_t length;
        char first;
        const char *why;
    } rows[] = {
        {"/run/x", OK,          7, '/',  "a file's name ends with a zero byte"},
        {"@lab",   OK,          4, '\0', "an abstract name begins with one"   },
        {"",       ERR_INVALID, 0, 0,    "no name"                            },
    };
    struct sockaddr_un address;
    socklen_t length;
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_assert_eq(wire_address(rows[i].path, &address, &length),
            rows[i].error, "%s", rows[i].why);
        if (rows[i].error != OK)
            continue;
        cr_expect_eq(length,
            offsetof(struct sockaddr_un, sun_path) + rows[i].length, "%s",
            rows[i].why);
        cr_expect_eq(address.sun_path[0], rows[i].first, "%s", rows[i].why);
    }
}

Test(address, refuses_a_name_that_would_be_cut)
{
    struct sockaddr_un address;
    socklen_t length;
    char path[200];

    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    cr_expect_eq(wire_address(path, &address, &length), ERR_INVALID);
    path[sizeof address.sun_path - 1] = '\0';
    cr_expect_eq(wire_address(path, &address, &length), OK);
}
