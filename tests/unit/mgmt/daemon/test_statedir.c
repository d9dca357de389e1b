#include <criterion/criterion.h>

#include "base/diag.h"
#include "base/secret.h"
#include "base/str.h"
#include "crypto/seal.h"
#include "daemon/router.h"
#include "daemon/statedir.h"
#include "daemon/upkeep.h"
#include "tests/support/kit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(statedir, .timeout = 30);

static char *
path_in(const char *folder, const char *name)
{
    struct str path;

    str_init(&path);
    str_printf(&path, "%s/%s", folder, name);
    return str_take(&path);
}

static void
write_file(const char *path, size_t length, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
    size_t i;

    cr_assert_geq(fd, 0);
    for (i = 0; i < length; i++)
        cr_assert_eq(write(fd, "k", 1), 1);
    close(fd);
    cr_assert_eq(chmod(path, mode), 0);
}

static enum err
boot(const char *folder, struct diag *diag, struct router **out_router)
{
    struct router_params params = {.state_dir = folder};

    return router_new(&params, diag, out_router);
}

Test(statedir, makes_a_key_that_nobody_else_can_read)
{
    char *folder = kit_mkdir();
    char *key = path_in(folder, "secret.key");
    struct router *router;
    struct stat status;

    cr_assert_eq(boot(folder, NULL, &router), OK);
    router_free(router);
    cr_assert_eq(stat(key, &status), 0);
    cr_expect_eq(status.st_size, SEAL_KEY_SIZE);
    cr_expect_eq(status.st_mode & 07777, 0600);
    free(key);
    kit_rmdir(folder);
}

Test(statedir, belongs_to_one_process)
{
    char *folder = kit_mkdir();
    struct router *first;
    struct router *second;
    struct diag diag;

    diag_init(&diag);
    cr_assert_eq(boot(folder, NULL, &first), OK);
    cr_expect_eq(boot(folder, &diag, &second), ERR_CONFLICT);
    cr_assert_eq(diag.count, 1);
    cr_expect(strstr(diag.entries[0].sentence, "Another ermined") != NULL);
    router_free(first);
    cr_expect_eq(boot(folder, &diag, &second), OK, "it is free again");
    router_free(second);
    diag_done(&diag);
    kit_rmdir(folder);
}

Test(statedir, refuses_keys_that_are_not_good)
{
    static const struct {
        size_t length;
        mode_t mode;
        enum err error;
        const char *why;
    } rows[] = {
        {63, 0600, ERR_MALFORMED, "too short"            },
        {65, 0600, ERR_MALFORMED, "too long"             },
        {0,  0600, ERR_MALFORMED, "empty"                },
        {64, 0640, ERR_DENIED,    "the group may read it"},
        {64, 0604, ERR_DENIED,    "everybody may read it"},
        {64, 0600, OK,            "as it should be"      },
    };
    char *folder = kit_mkdir();
    char *key = path_in(folder, "secret.key");
    struct router *router;
    struct diag diag;
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        diag_init(&diag);
        write_file(key, rows[i].length, rows[i].mode);
        cr_expect_eq(
            boot(folder, &diag, &router), rows[i].error, "%s", rows[i].why);
        cr_expect_eq(diag.count, rows[i].error != OK, "%s", rows[i].why);
        if (rows[i].error == OK)
            router_free(router);
        diag_done(&diag);
    }
    free(key);
    kit_rmdir(folder);
}

/* A folder with one commit in it. */
static char *
used_folder(void)
{
    char *folder = kit_mkdir();
    struct kit *kit = kit_router(folder);
    struct session *session = kit_session(kit, 0, "alice", 15);

    cr_assert_eq(kit_do(kit, session, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, session, "SET system hostname north"), OK);
    cr_assert_eq(kit_do(kit, session, "COMMIT"), OK);
    session_free(session);
    kit_free(kit);
    return folder;
}

Test(statedir, does_not_replace_a_key_that_was_lost)
{
    char *folder = used_folder();
    char *key = path_in(folder, "secret.key");
    char *copy = path_in(folder, "copy.key");
    struct router *router;
    struct diag diag;

    diag_init(&diag);
    cr_assert_eq(rename(key, copy), 0);
    cr_expect_eq(boot(folder, &diag, &router), ERR_NOT_FOUND);
    cr_assert_eq(diag.count, 1);
    cr_expect(strstr(diag.entries[0].sentence, "--import-key") != NULL);
    cr_expect_neq(access(key, F_OK), 0, "no new key was made");
    cr_assert_eq(upkeep_import_key(folder, copy, &diag), OK);
    cr_assert_eq(boot(folder, &diag, &router), OK);
    cr_expect_eq(router_generation(router), 1);
    router_free(router);
    diag_done(&diag);
    free(key);
    free(copy);
    kit_rmdir(folder);
}

Test(statedir, imports_a_key_only_where_nothing_is_sealed)
{
    char *used = used_folder();
    char *fresh = kit_mkdir();
    char *key = path_in(used, "secret.key");
    char *other = path_in(fresh, "other.key");
    struct router *router;
    struct diag diag;

    diag_init(&diag);
    write_file(other, SEAL_KEY_SIZE, 0600);
    cr_expect_eq(upkeep_import_key(used, other, &diag), ERR_CONFLICT);
    cr_expect_eq(diag.count, 1);
    cr_expect_eq(upkeep_import_key(used, key, &diag), OK, "its own");
    cr_assert_eq(boot(fresh, &diag, &router), OK);
    router_free(router);
    cr_expect_eq(upkeep_import_key(fresh, key, &diag), OK,
        "a key was made but nothing is committed");
    cr_expect_eq(upkeep_import_key(fresh, "/nonexistent", &diag), ERR_IO);
    cr_expect_eq(diag.count, 2);
    diag_done(&diag);
    free(key);
    free(other);
    kit_rmdir(used);
    kit_rmdir(fresh);
}

Test(statedir, can_be_checked_without_a_router)
{
    char *folder = used_folder();
    struct diag diag;
    struct str text;

    diag_init(&diag);
    str_init(&text);
    cr_expect_eq(upkeep_check_database(folder, &diag, &text), OK);
    cr_expect(strstr(str_text(&text), "generation 1, 2 objects") != NULL, "%s",
        str_text(&text));
    cr_expect_eq(
        upkeep_check_database("/nonexistent", &diag, &text), ERR_NOT_FOUND);
    cr_expect_eq(diag.count, 1);
    diag_done(&diag);
    str_done(&text);
    kit_rmdir(folder);
}
