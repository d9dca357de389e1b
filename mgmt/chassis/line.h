/*
 * line.h - one line of a chassis file: its words and a port's parameters.
 *
 * Private to chassis.
 */
#ifndef CHASSIS_LINE_H
#define CHASSIS_LINE_H

#include "chassis/chassis.h"

#include <stdbool.h>

struct reader;

enum { CHASSIS_WORDS_MAX = 16, CHASSIS_MTU = 1500 };

/* Report a problem of the line being read. */
void chassis_problem(struct reader *reader, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The path of the file being read. */
const char *chassis_name(const struct reader *reader);

/* Cut the line into words, in place; a comment ends it.  False: too many. */
bool chassis_split(
    char *line, char *words[static CHASSIS_WORDS_MAX], size_t *out_count);
/* What follows the `=` of a KEY=VALUE word; NULL: it is not of that form. */
const char *chassis_value(const char *word);
/* The word is known to fit. */
void chassis_copy_word(char *place, size_t room, const char *word);

/* words: kind and parameters.  False: reported. */
bool chassis_read_port(struct reader *reader, char *const *words, size_t count,
    struct chassis_port *port);

/* ---- linux.c: what host and tun ports have ---- */

typedef bool chassis_reader(
    struct reader *reader, const char *value, struct chassis_port *port);

chassis_reader chassis_read_netns;
chassis_reader chassis_read_device;
chassis_reader chassis_read_adopt;
chassis_reader chassis_read_routes;
/* Two ports must not take the same packets. */
void chassis_check_real(
    struct reader *reader, const struct chassis *routers, size_t count);
/* Letters, digits, `-`, `_` and `.`, not a `.` in front. */
bool chassis_is_name(const char *text, size_t room);

#endif
