/*
 * json.h - a configuration in JSON, as `show configuration | display json`
 * prints it, read back.
 *
 *    {"format": 1, "configuration": {"tunnel": [{"name": "siteB", ...}]}}
 *
 * Parents come before their children, whatever the order of the text.  What
 * is wrong is told with its line and column, the path by which jq finds it,
 * and what was expected.  The only room with jansson.h.
 */
#ifndef JSON_JSON_H
#define JSON_JSON_H

#include "base/err.h"
#include "base/str.h"
#include "schema/schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where something begins in a text, from 1; columns in bytes. */
struct json_place {
    unsigned line;
    unsigned column;
};

/* One object of the configuration; valid until the taker returns. */
struct json_object {
    uint16_t type;
    struct json_place place;
    const char *path;         /* ".configuration.tunnel[3]"            */
    const struct value *keys; /* none: left out                        */
    /* By field, keys included: none where it is not set.  given: it stands
     * there, be it as null or false, which take it away. */
    const struct value *fields;
    const bool *given;
    const struct json_place *places; /* of the given fields            */
};

struct json_problem {
    struct json_place place;
    struct str sentence; /* path and all; never a key's value */
};

void json_problem_init(struct json_problem *problem);
void json_problem_done(struct json_problem *problem);

/* Give each object to take, until that says false (which is OK).  ERR_SYNTAX:
 * it is no JSON, ERR_INVALID: no configuration of this release; what stands
 * before the problem may have been taken. */
MUST_CHECK enum err json_read(const char *text, size_t length,
    bool (*take)(void *taker, const struct json_object *object), void *taker,
    struct json_problem *out_problem);

#endif
