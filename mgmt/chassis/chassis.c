/*
 * chassis.c - the chassis file, read line by line.
 *
 * A line is words; a port's parameters are KEY=VALUE words.  Every problem is
 * reported with its line, and reading goes on, so that one run shows all.
 * The routers grow in an array that is the caller's in the end.
 */
#include "chassis/chassis.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/str.h"
#include "chassis/line.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 64 * 1024, SLOT_MAX = 255, WIRE_ENDS = 2 };

/* One file while it is read; on its reader's stack. */
struct reader {
    const char *name;
    unsigned line;
    struct diag *diag;
    bool failed;
    struct chassis *routers; /* heap, room for CHASSIS_ROUTERS_MAX */
    size_t count;
};

void
chassis_problem(struct reader *reader, const char *fmt, ...)
{
    struct str sentence;
    va_list args;

    str_init(&sentence);
    va_start(args, fmt);
    str_vprintf(&sentence, fmt, args);
    va_end(args);
    if (reader->line > 0) {
        diag_add(reader->diag, DIAG_ERROR, NULL, NULL, "%s:%u: %s",
            reader->name, reader->line, str_text(&sentence));
    } else {
        diag_add(reader->diag, DIAG_ERROR, NULL, NULL, "%s: %s", reader->name,
            str_text(&sentence));
    }
    str_done(&sentence);
    reader->failed = true;
}

const char *
chassis_name(const struct reader *reader)
{
    return reader->name;
}

/* ---- lines ---- */

/* The router that a line belongs to. */
static struct chassis *
current(struct reader *reader)
{
    if (reader->count == 0)
        reader->count = 1; /* a file without `router` lines is one router */
    return &reader->routers[reader->count - 1];
}

/* A router's name becomes the name of a folder and part of a socket's. */
static bool
is_name(const char *text)
{
    return chassis_is_name(text, CHASSIS_NAME_MAX);
}

static void
read_router(struct reader *reader, char *const *words, size_t count)
{
    size_t i;

    if (count != 2 || !is_name(words[1])) {
        chassis_problem(reader, "A router line is `router NAME`, with a name "
                                "of letters, digits, `-`, `_` and `.`.");
        return;
    }
    for (i = 0; i < reader->count; i++) {
        if (reader->routers[i].router[0] == '\0') {
            chassis_problem(reader, "What stands before the first `router` "
                                    "line belongs to no router.");
            return;
        }
        if (str_equal(reader->routers[i].router, words[1])) {
            chassis_problem(reader, "There is a router %s already.", words[1]);
            return;
        }
    }
    if (reader->count == CHASSIS_ROUTERS_MAX) {
        chassis_problem(
            reader, "A lab has at most %d routers.", (int)CHASSIS_ROUTERS_MAX);
        return;
    }
    chassis_copy_word(
        reader->routers[reader->count].router, CHASSIS_NAME_MAX, words[1]);
    reader->count++;
}

static void
read_identity(struct reader *reader, char *const *words, size_t count)
{
    struct chassis *chassis = current(reader);
    size_t i;

    for (i = 1; i < count; i++) {
        const char *value = chassis_value(words[i]);
        bool is_model = str_has_prefix(words[i], "model=");

        if (value == NULL ||
            (!is_model && !str_has_prefix(words[i], "release="))) {
            chassis_problem(reader,
                "An identity has model= and release=, not `%s`.", words[i]);
        } else if (!is_name(value)) {
            chassis_problem(reader,
                "A model or release is letters, digits, `-`, `_` and `.`: "
                "`%s`.",
                words[i]);
        } else {
            chassis_copy_word(is_model ? chassis->model : chassis->release,
                CHASSIS_NAME_MAX, value);
        }
    }
    if (count == 1)
        chassis_problem(reader, "An identity has model= and release=.");
}

/* "SLOT/PORT" or "SLOT/ADAPTER/PORT", written without leading zeros so that it
 * compares as text. */
static bool
is_location(const char *text)
{
    unsigned numbers = 0;
    unsigned number = 0;
    const char *digits = text;

    for (;; text++) {
        if (*text >= '0' && *text <= '9' && number <= SLOT_MAX) {
            number = number * 10 + (unsigned)(*text - '0');
            continue;
        }
        if (text == digits || number > SLOT_MAX ||
            (*digits == '0' && text != digits + 1))
            return false;
        numbers++;
        if (*text == '\0')
            return numbers == 2 || numbers == 3;
        if (*text != '/')
            return false;
        digits = text + 1;
        number = 0;
    }
}

static void
read_port(struct reader *reader, char *const *words, size_t count)
{
    struct chassis *chassis = current(reader);
    struct chassis_port port = {.mtu = CHASSIS_MTU};

    if (chassis_find(chassis, words[0]) >= 0) {
        chassis_problem(reader, "There is a port %s already.", words[0]);
        return;
    }
    if (chassis->port_count == CHASSIS_PORTS_MAX) {
        chassis_problem(
            reader, "A router has at most %d ports.", (int)CHASSIS_PORTS_MAX);
        return;
    }
    if (strlen(words[0]) >= sizeof port.location) {
        chassis_problem(reader, "There is no port %s.", words[0]);
        return;
    }
    chassis_copy_word(port.location, sizeof port.location, words[0]);
    if (count < 2) {
        chassis_problem(reader,
            "Say what kind of port %s is: host, tun, sim or pcap.", words[0]);
    } else if (chassis_read_port(reader, words + 1, count - 1, &port)) {
        chassis->ports[chassis->port_count++] = port;
    }
}

static void
read_line(struct reader *reader, char *line)
{
    char *words[CHASSIS_WORDS_MAX];
    size_t count;

    if (!chassis_split(line, words, &count)) {
        chassis_problem(
            reader, "A line has at most %d words.", (int)CHASSIS_WORDS_MAX);
        return;
    }
    if (count == 0)
        return;
    if (str_equal(words[0], "router")) {
        read_router(reader, words, count);
    } else if (str_equal(words[0], "identity")) {
        read_identity(reader, words, count);
    } else if (is_location(words[0])) {
        read_port(reader, words, count);
    } else {
        chassis_problem(reader,
            "A line begins with slot/port (0/0 to 255/255), `router` or "
            "`identity`, not `%s`.",
            words[0]);
    }
}

/* ---- the file as a whole ---- */

struct wire_use {
    const struct chassis_port *first;
    size_t ends;
};

/* Count this port's wire in the list. */
static size_t
use_wire(struct wire_use *uses, size_t count, const struct chassis_port *port)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (str_equal(uses[i].first->wire, port->wire)) {
            uses[i].ends++;
            return count;
        }
    }
    uses[count] = (struct wire_use){port, 1};
    return count + 1;
}

static void
check_wires(struct reader *reader)
{
    struct wire_use *uses = mem_alloc(
        (size_t)CHASSIS_ROUTERS_MAX * CHASSIS_PORTS_MAX * sizeof *uses);
    size_t count = 0;
    size_t r;
    size_t p;

    reader->line = 0;
    for (r = 0; r < reader->count; r++) {
        const struct chassis *chassis = &reader->routers[r];

        for (p = 0; p < chassis->port_count; p++) {
            if (chassis->ports[p].kind == CHASSIS_SIM)
                count = use_wire(uses, count, &chassis->ports[p]);
        }
    }
    for (p = 0; p < count; p++) {
        if (uses[p].ends != WIRE_ENDS) {
            chassis_problem(reader,
                "The wire %s has %zu end%s: it needs exactly two.",
                uses[p].first->wire, uses[p].ends,
                uses[p].ends == 1 ? "" : "s");
        }
    }
    free(uses);
}

enum err
chassis_parse(const char *name, const char *text, size_t length,
    struct diag *diag, struct chassis **out_chassis, size_t *out_count)
{
    struct reader reader = {.name = name, .diag = diag};
    char *copy;
    char *line;
    char *rest;

    if (memchr(text, '\0', length) != NULL) {
        chassis_problem(&reader, "This is not a text file.");
        return ERR_SYNTAX;
    }
    reader.routers = mem_alloc(CHASSIS_ROUTERS_MAX * sizeof *reader.routers);
    copy = mem_alloc(length + 1);
    memcpy(copy, text, length);
    rest = copy;
    while ((line = strsep(&rest, "\n")) != NULL) {
        reader.line++;
        read_line(&reader, line);
    }
    free(copy);
    (void)current(&reader); /* an empty file is a router without ports */
    if (!reader.failed)
        check_wires(&reader);
    reader.line = 0;
    if (!reader.failed)
        chassis_check_real(&reader, reader.routers, reader.count);
    if (reader.failed) {
        free(reader.routers);
        return ERR_SYNTAX;
    }
    *out_chassis = reader.routers;
    *out_count = reader.count;
    return OK;
}

enum err
chassis_read(const char *path, struct diag *diag, struct chassis **out_chassis,
    size_t *out_count)
{
    struct reader reader = {.name = path, .diag = diag};
    char *text;
    size_t length;
    FILE *file = fopen(path, "re");
    enum err error;

    if (file == NULL) {
        chassis_problem(
            &reader, "Cannot be opened: %s.", strerrordesc_np(errno));
        return ERR_IO;
    }
    text = mem_alloc(FILE_MAX + 1);
    length = fread(text, 1, FILE_MAX + 1, file);
    if (ferror(file) != 0 || length > FILE_MAX) {
        chassis_problem(&reader, length > FILE_MAX
                                     ? "Is too long for a chassis file."
                                     : "Cannot be read.");
        error = ERR_IO;
    } else {
        error = chassis_parse(path, text, length, diag, out_chassis, out_count);
    }
    (void)fclose(file);
    free(text);
    return error;
}

int
chassis_find(const struct chassis *chassis, const char *location)
{
    size_t i;

    for (i = 0; i < chassis->port_count; i++) {
        if (str_equal(chassis->ports[i].location, location))
            return (int)i;
    }
    return -1;
}
