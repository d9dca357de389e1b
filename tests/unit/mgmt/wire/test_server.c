#include <criterion/criterion.h>

#include "base/diag.h"
#include "base/str.h"
#include "tests/support/kit.h"
#include "wire/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(server, .timeout = 20);

static char *
path_in(const char *folder, const char *name)
{
    struct str path;

    str_init(&path);
    str_printf(&path, "%s/%s", folder, name);
    return str_take(&path);
}

Test(server, has_the_mode_that_is_asked_for)
{
    char *folder = kit_mkdir();
    char *path = path_in(folder, "s");
    struct stat status;
    int fd;
    int for_all;

    for (for_all = 0; for_all < 2; for_all++) {
        cr_assert_eq(wire_listen(path, for_all != 0, NULL, &fd), OK);
        cr_assert_eq(stat(path, &status), 0);
        cr_expect_eq(status.st_mode & 0777, for_all != 0 ? 0666 : 0600);
        close(fd);
        wire_listen_done(path);
        cr_expect_neq(access(path, F_OK), 0, "it is gone");
    }
    free(path);
    kit_rmdir(folder);
}

Test(server, replaces_a_socket_on_which_nobody_answers)
{
    char *folder = kit_mkdir();
    char *path = path_in(folder, "s");
    int fd;

    cr_assert_eq(wire_listen(path, false, NULL, &fd), OK);
    close(fd); /* the file stays, as after kill -9 */
    cr_expect_eq(wire_listen(path, false, NULL, &fd), OK);
    close(fd);
    free(path);
    kit_rmdir(folder);
}

Test(server, leaves_alone_what_is_in_use_or_no_socket)
{
    char *folder = kit_mkdir();
    char *path = path_in(folder, "s");
    char *file = path_in(folder, "f");
    FILE *other = fopen(file, "w");
    struct diag diag;
    int fd;
    int second;

    cr_assert_not_null(other);
    fclose(other);
    diag_init(&diag);
    cr_assert_eq(wire_listen(path, false, &diag, &fd), OK);
    cr_expect_eq(wire_listen(path, false, &diag, &second), ERR_CONFLICT);
    cr_expect_eq(wire_listen(file, false, &diag, &second), ERR_CONFLICT);
    cr_expect_eq(wire_listen("/nonexistent/s", false, &diag, &second), ERR_IO);
    cr_expect_eq(wire_listen("", false, &diag, &second), ERR_INVALID);
    cr_expect_eq(diag.count, 4);
    cr_expect_eq(access(file, F_OK), 0);
    close(fd);
    diag_done(&diag);
    free(path);
    free(file);
    kit_rmdir(folder);
}

Test(server, takes_an_abstract_name_once)
{
    char name[64];
    struct diag diag;
    int fd;
    int second;

    (void)snprintf(name, sizeof name, "@ermine-test-%ld", (long)getpid());
    diag_init(&diag);
    cr_assert_eq(wire_listen(name, false, &diag, &fd), OK);
    cr_expect_eq(wire_listen(name, false, &diag, &second), ERR_CONFLICT);
    close(fd);
    cr_expect_eq(wire_listen(name, false, &diag, &fd), OK);
    close(fd);
    diag_done(&diag);
}
