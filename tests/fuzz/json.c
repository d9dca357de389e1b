/*
 * json.c - any text as a configuration in JSON: refused or read, never a
 * crash, and a problem has a place inside the text.
 */
#include "json/json.h"
#include "base/str.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static bool
take(void *context, const struct json_object *object)
{
    unsigned *lines = context;

    if (object->place.line == 0 || object->place.line > *lines)
        abort();
    return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct json_problem problem;
    unsigned lines = 1;

    for (size_t i = 0; i < size; i++)
        lines += bytes[i] == '\n';
    json_problem_init(&problem);
    if (json_read((const char *)bytes, size, take, &lines, &problem) != OK &&
        (problem.place.line == 0 || problem.place.line > lines ||
            problem.sentence.length == 0))
        abort();
    json_problem_done(&problem);
    return 0;
}
