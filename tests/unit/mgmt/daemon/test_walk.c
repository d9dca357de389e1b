#include <criterion/criterion.h>

#include "base/str.h"
#include "daemon/walk.h"
#include "tests/support/config_typing.h"

TestSuite(walk, .timeout = 10);

static void
expect_walk(const char *script, const char *paths)
{
    struct config *config = config_typed(script);
    const struct object *object;
    struct walk walk;
    struct str out;

    str_init(&out);
    walk_init(&walk, config);
    while ((object = walk_next(&walk)) != NULL) {
        object_path(object, &out);
        str_add_char(&out, '\n');
    }
    cr_expect_null(walk_next(&walk), "it stays at the end");
    cr_expect_str_eq(str_text(&out), paths);
    str_done(&out);
    config_unref(config);
}

Test(walk, finds_what_is_always_there)
{
    expect_walk("", "system\nvirtual-router default\n");
}

Test(walk, puts_children_behind_their_parent)
{
    expect_walk("virtual-router b\n"
                "interface loopback 1\n"
                "virtual-router a\n"
                "interface tunnel ipsec:x\n"
                "interface loopback 2\n"
                "ip route 10.0.0.0 255.0.0.0 loopback 2\n"
                "ipsec transform-set s esp-des\n",
        "system\n"
        "ipsec transform-set s\n"
        "virtual-router a\n"
        "virtual-router a interface loopback 2\n"
        "virtual-router a interface tunnel ipsec:x\n"
        "virtual-router a ip route 10.0.0.0 255.0.0.0 loopback 2\n"
        "virtual-router b\n"
        "virtual-router b interface loopback 1\n"
        "virtual-router default\n");
}
