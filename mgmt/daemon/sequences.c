/*
 * sequences.c - sequence numbers that were reserved for manual SAs.
 */
#include "daemon/sequences.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_MODE = 0600 };
static const uint64_t numbers_end = UINT64_C(1) << 32;

/* Heap; its tree's. */
struct reservation {
    uint32_t spi;
    uint64_t next;
    char tunnel[];
};

/* Heap; its opener's. */
struct sequences {
    char *path;
    int fd;
    off_t length;       /* of what is durable                      */
    struct str pending; /* lines that are not on the disk yet      */
    void *tree;         /* struct reservation *, by tunnel and SPI */
};

static int
compare(const void *a, const void *b)
{
    const struct reservation *left = a;
    const struct reservation *right = b;
    int order = strcmp(left->tunnel, right->tunnel);

    if (order != 0)
        return order;
    return (left->spi > right->spi) - (left->spi < right->spi);
}

/* The tunnel's, made with next 0 if it is not there. */
static struct reservation *
reservation_of(struct sequences *sequences, const char *tunnel, uint32_t spi)
{
    size_t size = strlen(tunnel) + 1;
    struct reservation *wanted = mem_alloc(sizeof *wanted + size);
    struct reservation **place;

    wanted->spi = spi;
    memcpy(wanted->tunnel, tunnel, size);
    place = tsearch(wanted, &sequences->tree, compare);
    if (place == NULL)
        abort(); /* like memory */
    if (*place != wanted)
        free(wanted);
    return *place;
}

static void
add_line(struct str *out, const struct reservation *reservation)
{
    str_printf(out, "%llu %u %s\n", (unsigned long long)reservation->next,
        reservation->spi, reservation->tunnel);
}

/* ---- the file ---- */

/* One line without its end; what is no reservation is passed over. */
static void
take_line(struct sequences *sequences, char *line)
{
    struct reservation *reservation;
    char *tunnel = line;
    const char *next_text = strsep(&tunnel, " ");
    const char *spi_text = strsep(&tunnel, " ");
    uint64_t next;
    uint64_t spi;

    if (spi_text == NULL || tunnel == NULL || tunnel[0] == '\0' ||
        str_to_u64(next_text, &next) != OK ||
        str_to_u64(spi_text, &spi) != OK || spi > UINT32_MAX)
        return;
    reservation = reservation_of(sequences, tunnel, (uint32_t)spi);
    if (next > reservation->next)
        reservation->next = next;
}

static void
collect(const void *node, VISIT visit, void *out)
{
    const struct reservation *const *reservation = node;

    if (visit == postorder || visit == leaf)
        add_line(out, *reservation);
}

static enum err
refuse(const struct sequences *sequences, struct diag *diag, const char *what)
{
    diag_add(diag, DIAG_ERROR, NULL, NULL, "Cannot %s %s: %s.", what,
        sequences->path, strerrordesc_np(errno));
    return ERR_IO;
}

static enum err
read_all(struct sequences *sequences, struct diag *diag)
{
    FILE *file = fopen(sequences->path, "re");
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    enum err error = OK;

    if (file == NULL)
        return errno == ENOENT ? OK : refuse(sequences, diag, "open");
    while ((length = getline(&line, &room, file)) > 0) {
        if (line[length - 1] != '\n')
            break;
        line[length - 1] = '\0';
        take_line(sequences, line);
    }
    if (ferror(file) != 0)
        error = refuse(sequences, diag, "read");
    free(line);
    (void)fclose(file);
    return error;
}

/* Append what is pending; on failure the file ends where it did before. */
static enum err
flush(struct sequences *sequences)
{
    struct str *pending = &sequences->pending;
    ssize_t n;

    if (pending->length == 0)
        return OK;
    n = pwrite(
        sequences->fd, str_text(pending), pending->length, sequences->length);
    if (n != (ssize_t)pending->length || fdatasync(sequences->fd) != 0)
        return ERR_IO;
    sequences->length += n;
    str_clear(pending);
    return OK;
}

/* A new file with one line for each reservation takes the name. */
static enum err
write_anew(struct sequences *sequences, struct diag *diag)
{
    struct str path;
    enum err error = OK;

    str_init(&path);
    str_printf(&path, "%s.new", sequences->path);
    sequences->fd = open(
        str_text(&path), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);
    twalk_r(sequences->tree, collect, &sequences->pending);
    if (sequences->fd < 0 || flush(sequences) != OK ||
        fsync(sequences->fd) != 0 ||
        rename(str_text(&path), sequences->path) != 0)
        error = refuse(sequences, diag, "write");
    str_done(&path);
    return error;
}

enum err
sequences_open(
    const char *path, struct diag *diag, struct sequences **out_sequences)
{
    struct sequences *sequences = mem_alloc(sizeof *sequences);
    enum err error;

    sequences->fd = -1;
    sequences->path = mem_strdup(path);
    str_init(&sequences->pending);
    error = read_all(sequences, diag);
    if (error == OK)
        error = write_anew(sequences, diag);
    if (error != OK) {
        sequences_close(sequences);
        return error;
    }
    *out_sequences = sequences;
    return OK;
}

void
sequences_close(struct sequences *sequences)
{
    if (sequences == NULL)
        return;
    if (sequences->fd >= 0)
        (void)close(sequences->fd);
    tdestroy(sequences->tree, free);
    str_done(&sequences->pending);
    free(sequences->path);
    free(sequences);
}

/* ---- the keeper ---- */

static enum err
reserve(void *context, const char *tunnel, uint32_t spi, uint64_t least,
    uint64_t *out_first)
{
    struct sequences *sequences = context;
    struct reservation *reservation = reservation_of(sequences, tunnel, spi);
    uint64_t first = reservation->next;

    if (first < least)
        first = least;
    if (first == 0)
        first = 1; /* senders start at 1 (RFC 2406, 3.3.3) */
    if (first + IPSEC_SEQUENCE_STEP > numbers_end)
        return ERR_EXHAUSTED;
    reservation->next = first + IPSEC_SEQUENCE_STEP;
    add_line(&sequences->pending, reservation);
    *out_first = first;
    return OK;
}

static enum err
flush_all(void *context)
{
    return flush(context);
}

struct sequence_keeper
sequences_keeper(struct sequences *sequences)
{
    return (struct sequence_keeper){reserve, flush_all, sequences};
}
