/*
 * port.c - what a line says of one port.
 *
 * Parameters are read by a table: word, kinds that have it, function.
 */
#include "chassis/line.h"

#include "base/str.h"

#include <assert.h>
#include <string.h>

enum { PPM = 1000000, MTU_MIN = 68, MTU_MAX = 9216, FRACTION_DIGITS = 4 };
static const uint64_t latency_us_max = UINT64_C(60) * 1000 * 1000;

/* ---- words ---- */

bool
chassis_split(
    char *line, char *words[static CHASSIS_WORDS_MAX], size_t *out_count)
{
    char *rest = line;
    char *word;

    *out_count = 0;
    line[strcspn(line, "#\r")] = '\0';
    while ((word = strsep(&rest, " \t")) != NULL) {
        if (word[0] == '\0')
            continue;
        if (*out_count == CHASSIS_WORDS_MAX)
            return false;
        words[(*out_count)++] = word;
    }
    return true;
}

const char *
chassis_value(const char *word)
{
    const char *equals = strchr(word, '=');

    return equals == NULL || equals == word ? NULL : equals + 1;
}

void
chassis_copy_word(char *place, size_t room, const char *word)
{
    size_t length = strlen(word);

    assert(length < room);
    memcpy(place, word, length + 1);
}

/* ---- values ---- */

/* A decimal number and what follows its digits. */
static bool
take_number(const char *text, uint64_t *out_number, const char **out_rest)
{
    char digits[12] = "";
    size_t count = strspn(text, "0123456789");

    if (count == 0 || count >= sizeof digits)
        return false;
    memcpy(digits, text, count);
    *out_rest = text + count;
    return str_to_u64(digits, out_number) == OK;
}

static bool
read_wire(struct reader *reader, const char *value, struct chassis_port *port)
{
    (void)reader;
    if (value[0] == '\0' || strlen(value) >= sizeof port->wire)
        return false;
    chassis_copy_word(port->wire, sizeof port->wire, value);
    return true;
}

static bool
read_latency(
    struct reader *reader, const char *value, struct chassis_port *port)
{
    static const struct {
        const char *name;
        uint64_t us;
    } units[] = {
        {"us", 1      },
        {"ms", 1000   },
        {"s",  1000000}
    };
    const char *unit;
    uint64_t number;
    size_t i;

    (void)reader;
    if (!take_number(value, &number, &unit))
        return false;
    for (i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (str_equal(unit, units[i].name) &&
            number <= latency_us_max / units[i].us) {
            port->latency_us = number * units[i].us;
            return true;
        }
    }
    return false;
}

/* Percent with up to four digits after the point, which is one in a million. */
static bool
read_loss(struct reader *reader, const char *value, struct chassis_port *port)
{
    uint64_t scale = PPM / 100;
    uint64_t number;
    const char *rest;
    unsigned digits;

    (void)reader;
    if (!take_number(value, &number, &rest) || number > 100)
        return false;
    number *= scale;
    if (*rest == '.') {
        rest++;
        for (digits = 0; *rest >= '0' && *rest <= '9'; digits++, rest++) {
            if (digits == FRACTION_DIGITS)
                return false;
            scale /= 10;
            number += scale * (uint64_t)(*rest - '0');
        }
        if (digits == 0)
            return false;
    }
    if (!str_equal(rest, "%") || number > PPM)
        return false;
    port->loss_ppm = (uint32_t)number;
    return true;
}

static bool
read_mtu(struct reader *reader, const char *value, struct chassis_port *port)
{
    uint64_t number;
    const char *rest;

    (void)reader;
    if (!take_number(value, &number, &rest) || *rest != '\0' ||
        number < MTU_MIN || number > MTU_MAX)
        return false;
    port->mtu = (uint32_t)number;
    port->has_mtu = true;
    return true;
}

/* Paths are relative to the folder of the chassis file. */
static bool
read_path(struct reader *reader, const char *value, char *place)
{
    const char *name = chassis_name(reader);
    const char *slash = strrchr(name, '/');
    size_t folder = 0;
    size_t length = strlen(value);

    if (slash != NULL && value[0] != '/')
        folder = (size_t)(slash - name) + 1;
    if (length == 0 || folder + length >= CHASSIS_PATH_MAX)
        return false;
    memcpy(place, name, folder);
    memcpy(place + folder, value, length + 1);
    return true;
}

static bool
read_in(struct reader *reader, const char *value, struct chassis_port *port)
{
    return read_path(reader, value, port->in);
}

static bool
read_out(struct reader *reader, const char *value, struct chassis_port *port)
{
    return read_path(reader, value, port->out);
}

/* ---- parameters ---- */

/* The kinds that have a parameter. */
enum {
    SIM = 1 << CHASSIS_SIM,
    PCAP = 1 << CHASSIS_PCAP,
    HOST = 1 << CHASSIS_HOST,
    TUN = 1 << CHASSIS_TUN,
};

static const struct parameter {
    const char *name;
    unsigned kinds;
    bool is_flag; /* a word alone, without a value */
    chassis_reader *read;
    const char *form;
} parameters[] = {
    {"wire",        SIM,              false, read_wire,           "a name of at most 31 characters" },
    {"latency",     SIM,              false, read_latency,
     "a whole number with us, ms or s, at most 60s"                                                 },
    {"loss",        SIM,              false, read_loss,
     "a percentage with at most four digits after the point, as 0.1%"                               },
    {"mtu",         SIM | HOST | TUN, false, read_mtu,            "a number from 68 to 9216"        },
    {"in",          PCAP,             false, read_in,             "a path of at most 255 characters"},
    {"out",         PCAP,             false, read_out,            "a path of at most 255 characters"},
    {"netns",       HOST | TUN,       false, chassis_read_netns,
     "the name of a network namespace, as `ip netns` shows it"                                      },
    {"device",      TUN,              false, chassis_read_device,
     "a name of at most 15 letters, digits, `-`, `_` and `.`"                                       },
    {"adopt",       TUN,              true,  chassis_read_adopt,  NULL                              },
    {"host-routes", TUN,              false, chassis_read_routes,
     "at most 16 networks, as 10.2.0.0/16,10.3.0.0/16"                                              },
};

enum { PARAMETER_COUNT = sizeof parameters / sizeof parameters[0] };

static const char *const kind_names[] = {
    [CHASSIS_SIM] = "sim",
    [CHASSIS_PCAP] = "pcap",
    [CHASSIS_HOST] = "host",
    [CHASSIS_TUN] = "tun",
};

enum { KIND_COUNT = sizeof kind_names / sizeof kind_names[0] };

const char *
chassis_kind_name(enum chassis_kind kind)
{
    return kind_names[kind];
}

bool
chassis_is_real(const struct chassis_port *port)
{
    return port->kind == CHASSIS_HOST || port->kind == CHASSIS_TUN;
}

/* Is this word, up to its `=` if it has one, that parameter? */
static bool
is_parameter(const struct parameter *parameter, const char *word,
    const char *value, enum chassis_kind kind)
{
    size_t length = value == NULL ? strlen(word) : (size_t)(value - word) - 1;

    return (parameter->kinds & (1U << kind)) != 0 &&
           parameter->is_flag == (value == NULL) &&
           strlen(parameter->name) == length &&
           strncmp(parameter->name, word, length) == 0;
}

static bool
read_parameter(struct reader *reader, const char *word,
    struct chassis_port *port, uint32_t *seen)
{
    const char *value = chassis_value(word);
    size_t i;

    for (i = 0; i < PARAMETER_COUNT; i++) {
        const struct parameter *parameter = &parameters[i];

        if (!is_parameter(parameter, word, value, port->kind))
            continue;
        if ((*seen & (1U << i)) != 0) {
            chassis_problem(reader, "%s%s is given twice.", parameter->name,
                parameter->is_flag ? "" : "=");
            return false;
        }
        *seen |= 1U << i;
        if (parameter->read(reader, value, port))
            return true;
        chassis_problem(reader, "`%s`: the value of %s= is %s.", word,
            parameter->name, parameter->form);
        return false;
    }
    chassis_problem(reader, "A %s port has no parameter `%s`.",
        kind_names[port->kind], word);
    return false;
}

/* For people, as written but for the blanks. */
static bool
keep_words(struct reader *reader, char *const *words, size_t count, char *place)
{
    size_t used = 0;
    size_t i;

    for (i = 0; i < count; i++) {
        size_t length = strlen(words[i]);

        if (used + length + 2 > sizeof((struct chassis_port *)0)->parameters) {
            chassis_problem(reader, "The parameters are too long.");
            return false;
        }
        if (i > 0)
            place[used++] = ' ';
        memcpy(place + used, words[i], length + 1);
        used += length;
    }
    return true;
}

bool
chassis_read_port(struct reader *reader, char *const *words, size_t count,
    struct chassis_port *port)
{
    uint32_t seen = 0;
    bool ok = true;
    size_t kind;
    size_t i;

    for (kind = 0; kind < KIND_COUNT; kind++) {
        if (str_equal(words[0], kind_names[kind]))
            break;
    }
    if (kind == KIND_COUNT) {
        chassis_problem(
            reader, "A port is host, tun, sim or pcap, not `%s`.", words[0]);
        return false;
    }
    port->kind = (enum chassis_kind)kind;
    for (i = 1; i < count; i++) {
        if (!read_parameter(reader, words[i], port, &seen))
            ok = false;
    }
    if (!ok || !keep_words(reader, words + 1, count - 1, port->parameters))
        return false;
    if (port->kind == CHASSIS_SIM && port->wire[0] == '\0') {
        chassis_problem(reader, "A sim port needs wire=NAME.");
        return false;
    }
    if (port->kind == CHASSIS_TUN && port->device[0] == '\0') {
        chassis_problem(reader, "A tun port needs device=NAME.");
        return false;
    }
    return true;
}
