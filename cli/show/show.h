/*
 * show.h - what the operator sees: rows as text or JSON, configurations as
 * scripts, change sets as lines, and the output filters.
 *
 * Pure: from values to text in a struct str.  Texts follow the router's
 * layouts; JSON follows the schema's names alone.
 */
#ifndef SHOW_SHOW_H
#define SHOW_SHOW_H

#include "base/err.h"
#include "schema/schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str;

/* ---- rows of a show ---- */

/* The rows that one exec answered, kept until they are printed. */
struct show_rows;

struct show_rows *show_rows_new(uint16_t rows); /* enum schema_rows_id */
void show_rows_free(struct show_rows *rows);
/* Shares the values; there must be one for each column (ERR_MALFORMED). */
MUST_CHECK enum err show_rows_add(
    struct show_rows *rows, const struct value *columns, size_t count);

/* Layout of the exec (several may share a row type); width of the screen. */
void show_rows_print(
    const struct show_rows *rows, uint16_t exec, size_t width, struct str *out);
/* {"format": 1, "ipsec_tunnel": [{...}, ...]} and a line end. */
void show_rows_json(const struct show_rows *rows, struct str *out);

/* ---- configurations ---- */

/* A script in the order of objects as they come: settings indented by one
 * blank below the line that enters their object, "!" between objects,
 * `virtual-router` where it changes.  Loads again as it is printed. */
struct show_script;

/* wall_us: for the first line.  model and version: for the second. */
struct show_script *show_script_new(
    uint64_t wall_us, const char *version, struct str *out);
void show_script_object(
    struct show_script *script, uint16_t object, const struct value *fields);
void show_script_end(struct show_script *script); /* frees it */

/* Instead of a text: each line is handed over, without its end, with the
 * setting that it shows; neither first nor last lines. */
enum {
    SHOW_LINE_PLAIN = SCHEMA_NONE,      /* no object's: "!", a parent again */
    SHOW_LINE_OBJECT = SCHEMA_NONE - 1, /* the line that enters the object  */
};
typedef void show_line(void *context, uint16_t setting, const char *line);
struct show_script *show_script_lines(show_line *take, void *context);

/* The lines of a script with their origins: for an object and then for each
 * of its settings, generation, date and user (none where not known).  Widths
 * first: the newest generation, and bytes of the longest user. */
struct show_blame;
struct show_blame *show_blame_new(bool json, struct str *out);
void show_blame_widths(
    struct show_blame *blame, uint64_t generation, uint64_t user_length);
void show_blame_object(struct show_blame *blame, uint16_t object,
    const struct value *fields, const struct value *origins);
void show_blame_end(struct show_blame *blame); /* frees it */

/* {"format": 1, "configuration": {"tunnel": [{...}]}}; same call order. */
struct show_config_json;
struct show_config_json *show_config_json_new(struct str *out);
void show_config_json_object(
    struct show_config_json *json, uint16_t object, const struct value *fields);
void show_config_json_end(struct show_config_json *json); /* frees it */

/* One changed object as lines: " PATH" then "-SETTING" / "+SETTING" lines;
 * before or after is NULL for a created or deleted one ("+PATH", "-PATH"). */
void show_change(uint16_t object, const struct value *before,
    const struct value *after, struct str *out);
/* The same as one element of {"format":1,"changes":[...]}; first: no comma. */
void show_change_json(uint16_t object, const struct value *before,
    const struct value *after, bool first, struct str *out);

/* ---- filters ---- */

struct show_filter; /* several in a chain: "include up | exclude x" */

/* "include RE", "exclude RE", "begin RE", "count", "display json", words may be
 * shortened; a regular expression may hold blanks.  NULL text: no filter.
 * ERR_SYNTAX: out_problem says why. */
MUST_CHECK enum err show_filter_new(
    const char *text, struct show_filter **out_filter, struct str *out_problem);
void show_filter_free(struct show_filter *filter);
bool show_filter_wants_json(const struct show_filter *filter);
/* Does it count lines, which then do not pass; how many so far? */
bool show_filter_count(const struct show_filter *filter, size_t *out_lines);
/* Does this line (without its end) pass?  Keeps state for `begin`. */
bool show_filter_line(struct show_filter *filter, const char *line);

/* A character for each number, the lowest bar for 0, the highest for top. */
void show_bars(
    const uint64_t *numbers, size_t count, uint64_t top, struct str *out);

#endif
