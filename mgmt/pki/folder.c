/*
 * folder.c - the folder of files that are read again by `ipsec
 * certificate-database refresh`: *.cer, certificates in PEM or DER, and
 * *.crl, revocation lists.
 *
 * What was a file and is none any more stays; `ipsec certificate delete`
 * removes it.  A file that is wrong is told of and stops no other one.
 */
#include "pki/inside.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_MAX = 512, FOLDER_MODE = 0700 };

/* Certificates first: lists need them. */
static const char *const endings[] = {".cer", ".crl"};

struct refreshing {
    struct pki *pki;
    struct str *answer;
    struct diag *diag;
    size_t files;
    size_t wrong;
};

static bool
ends_in(const char *name, const char *ending)
{
    size_t length = strlen(name);
    size_t least = strlen(ending);

    return length > least && name[0] != '.' &&
           strcasecmp(name + length - least, ending) == 0;
}

/* Heap; NULL: it cannot be read, or is too long; errno says why. */
static uint8_t *
read_whole(int folder, const char *name, size_t *out_length)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    uint8_t *bytes = NULL;
    ssize_t length = -1;

    if (fd < 0)
        return NULL;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
        status.st_size <= PKI_FILE_MAX) {
        bytes = mem_alloc((size_t)status.st_size + 1);
        length = read(fd, bytes, (size_t)status.st_size);
    } else {
        errno = EFBIG;
    }
    (void)close(fd);
    if (length < 0) {
        free(bytes);
        return NULL;
    }
    *out_length = (size_t)length;
    return bytes;
}

static enum certificate_format
format_of(const uint8_t *bytes, size_t length)
{
    static const char begin[] = "-----BEGIN ";

    return memmem(bytes, length, begin, strlen(begin)) != NULL
               ? CERTIFICATE_FORMAT_PEM
               : CERTIFICATE_FORMAT_DER;
}

static enum err
take_file(struct refreshing *at, int folder, const char *name)
{
    struct pki_file file = {.name = name};
    struct parcel parcel = {.key_count = 0};
    uint8_t *bytes = read_whole(folder, name, &file.length);
    enum err error;

    at->files++;
    if (bytes == NULL) {
        diag_add(at->diag, DIAG_WARNING, NULL, NULL, "%s: %s.", name,
            strerrordesc_np(errno));
        return ERR_IO;
    }
    file.bytes = bytes;
    file.format = format_of(bytes, file.length);
    error = file_read(at->pki, &file, &parcel, at->diag);
    if (error == OK)
        error = shelf_put(at->pki, &parcel, &file, at->answer, at->diag);
    parcel_done(&parcel);
    free(bytes);
    return error;
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
take_all(struct refreshing *at, DIR *folder, const char *ending)
{
    char *names[FILES_MAX];
    struct dirent *entry;
    size_t count = 0;

    rewinddir(folder);
    /* a folder of this function's own */
    while (count < FILES_MAX &&
           (entry = readdir(folder)) != NULL) { // NOLINT(concurrency-mt-unsafe)
        if (ends_in(entry->d_name, ending))
            names[count++] = mem_strdup(entry->d_name);
    }
    if (count > 1)
        qsort(names, count, sizeof names[0], compare_names);
    for (size_t i = 0; i < count; i++) {
        if (take_file(at, dirfd(folder), names[i]) != OK)
            at->wrong++;
        free(names[i]);
    }
}

bool
pki_has_folder(const struct pki *pki)
{
    return pki->folder != NULL;
}

enum err
pki_refresh(struct pki *pki, struct str *answer, struct diag *diag)
{
    struct refreshing at = {pki, answer, diag, 0, 0};
    DIR *folder = NULL;

    if (pki->folder != NULL) {
        (void)mkdir(pki->folder, FOLDER_MODE); /* the first time */
        folder = opendir(pki->folder);
    }
    if (folder == NULL) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "There is no folder %s to read files of: make it, or use `ipsec "
            "certificate import`.",
            pki->folder == NULL ? "(this router has none on a disk)"
                                : pki->folder);
        return ERR_NOT_FOUND;
    }
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        take_all(&at, folder, endings[i]);
    (void)closedir(folder);
    str_printf(answer, "%zu %s read in %s", at.files,
        at.files == 1 ? "file was" : "files were", pki->folder);
    if (at.wrong > 0)
        str_printf(answer, ", %zu of them could not be taken", at.wrong);
    str_add(answer, ".\n");
    return OK;
}
