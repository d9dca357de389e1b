/*
 * statedir.c - the folder of a router that outlives its process.
 *
 * A key is written to a file of its own, made durable, and then given its
 * name: a crash leaves the old state or the new one, never half a key.
 */
#include "daemon/statedir.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/secret.h"
#include "base/str.h"
#include "crypto/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIR_MODE = 0700, FILE_MODE = 0600, OTHERS_MAY_READ = 0044 };

static const char key_name[] = "secret.key";
static const char new_name[] = "secret.key.new";

/* Heap; its opener's. */
struct statedir {
    char *path;
    char *database;
    int dir_fd;
    int lock_fd;
};

static enum err
refuse_io(struct diag *diag, const char *what, const char *path)
{
    diag_add(diag, DIAG_ERROR, NULL, NULL, "%s %s: %s.", what, path,
        strerrordesc_np(errno));
    return ERR_IO;
}

/* ---- the folder and its lock ---- */

static enum err
take_lock(struct statedir *statedir, struct diag *diag)
{
    char holder[24] = "";
    ssize_t length;

    statedir->lock_fd = openat(
        statedir->dir_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
    if (statedir->lock_fd < 0)
        return refuse_io(diag, "Cannot make a lock file in", statedir->path);
    if (flock(statedir->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        length = read(statedir->lock_fd, holder, sizeof holder - 1);
        holder[length < 0 ? 0 : strcspn(holder, "\n")] = '\0';
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "Another ermined (process %s) works on %s: stop that one, or give "
            "this one a --state-dir of its own.",
            holder[0] == '\0' ? "unknown" : holder, statedir->path);
        return ERR_CONFLICT;
    }
    (void)snprintf(holder, sizeof holder, "%ld\n", (long)getpid());
    /* For people only: the lock holds without it. */
    if (ftruncate(statedir->lock_fd, 0) != 0 ||
        write(statedir->lock_fd, holder, strlen(holder)) < 0)
        return refuse_io(diag, "Cannot write the lock file in", statedir->path);
    return OK;
}

/* Heap, free(). */
static char *
path_in(const char *folder, const char *name)
{
    struct str path;

    str_init(&path);
    str_printf(&path, "%s/%s", folder, name);
    return str_take(&path);
}

enum err
statedir_open(
    const char *path, struct diag *diag, struct statedir **out_statedir)
{
    struct statedir *statedir;
    enum err error;

    if (mkdir(path, DIR_MODE) != 0 && errno != EEXIST)
        return refuse_io(diag, "Cannot make the folder", path);
    statedir = mem_alloc(sizeof *statedir);
    statedir->lock_fd = -1;
    statedir->path = mem_strdup(path);
    statedir->database = path_in(path, "config.db");
    statedir->dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (statedir->dir_fd < 0) {
        error = refuse_io(diag, "Cannot open the folder", path);
    } else {
        error = take_lock(statedir, diag);
    }
    if (error != OK) {
        statedir_close(statedir);
        return error;
    }
    *out_statedir = statedir;
    return OK;
}

void
statedir_close(struct statedir *statedir)
{
    if (statedir == NULL)
        return;
    if (statedir->lock_fd >= 0)
        (void)close(statedir->lock_fd);
    if (statedir->dir_fd >= 0)
        (void)close(statedir->dir_fd);
    free(statedir->path);
    free(statedir->database);
    free(statedir);
}

const char *
statedir_database(const struct statedir *statedir)
{
    return statedir->database;
}

/* ---- reading a key ---- */

static enum err
read_key(int fd, const char *path, struct diag *diag, struct secret *out_key)
{
    uint8_t bytes[SEAL_KEY_SIZE + 1];
    struct stat status;
    ssize_t length;
    enum err error = OK;

    if (fstat(fd, &status) != 0)
        return refuse_io(diag, "Cannot read the key file", path);
    if ((status.st_mode & OTHERS_MAY_READ) != 0) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "The key file %s can be read by others: `chmod 600 %s`, and ask "
            "who has read it.",
            path, path);
        return ERR_DENIED;
    }
    length = read(fd, bytes, sizeof bytes);
    if (length < 0) {
        error = refuse_io(diag, "Cannot read the key file", path);
    } else if (length != SEAL_KEY_SIZE) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "The key file %s does not hold %d bytes: it is damaged, or not a "
            "key file.",
            path, (int)SEAL_KEY_SIZE);
        error = ERR_MALFORMED;
    } else {
        error = secret_set(out_key, bytes, SEAL_KEY_SIZE);
    }
    wipe(bytes, sizeof bytes);
    return error;
}

enum err
keyfile_read(const char *path, struct diag *diag, struct secret *out_key)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    enum err error;

    if (fd < 0)
        return refuse_io(diag, "Cannot open the key file", path);
    error = read_key(fd, path, diag, out_key);
    (void)close(fd);
    return error;
}

bool
statedir_has_key(const struct statedir *statedir)
{
    struct stat status;

    return fstatat(statedir->dir_fd, key_name, &status, 0) == 0 ||
           errno != ENOENT;
}

enum err
statedir_load_key(
    const struct statedir *statedir, struct diag *diag, struct secret *out_key)
{
    char *path = path_in(statedir->path, key_name);
    enum err error = keyfile_read(path, diag, out_key);

    free(path);
    return error;
}

/* ---- writing a key ---- */

/* A new file that holds the key and is on the disk. */
static enum err
write_new(const struct statedir *statedir, const struct secret *key)
{
    int fd;
    bool written;

    if (unlinkat(statedir->dir_fd, new_name, 0) != 0 && errno != ENOENT)
        return ERR_IO;
    fd = openat(statedir->dir_fd, new_name,
        O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (fd < 0)
        return ERR_IO;
    written = write(fd, key->bytes, key->length) == (ssize_t)key->length &&
              fsync(fd) == 0;
    if (close(fd) != 0 || !written)
        return ERR_IO;
    return OK;
}

enum err
statedir_store_key(const struct statedir *statedir, const struct secret *key,
    struct diag *diag)
{
    int fd = statedir->dir_fd;

    if (write_new(statedir, key) != OK)
        return refuse_io(diag, "Cannot write secret.key in", statedir->path);
    /* link() does not replace, as rename() would. */
    if (linkat(fd, new_name, fd, key_name, 0) != 0) {
        if (errno != EEXIST)
            return refuse_io(diag, "Cannot make secret.key in", statedir->path);
        diag_add(diag, DIAG_ERROR, NULL, NULL, "There is a secret.key in %s.",
            statedir->path);
        return ERR_EXISTS;
    }
    if (unlinkat(fd, new_name, 0) != 0 || fsync(fd) != 0)
        return refuse_io(diag, "Cannot write to", statedir->path);
    return OK;
}

enum err
statedir_replace_key(const struct statedir *statedir, const struct secret *key,
    struct diag *diag)
{
    int fd = statedir->dir_fd;

    if (write_new(statedir, key) != OK ||
        renameat(fd, new_name, fd, key_name) != 0 || fsync(fd) != 0)
        return refuse_io(diag, "Cannot write secret.key in", statedir->path);
    return OK;
}
