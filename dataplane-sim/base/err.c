/* err.c - names of the errors, for logs and for the wire. */
#include "base/err.h"

#include <stddef.h>

const char *
err_name(enum err error)
{
    static const char *const names[] = {
        [OK] = "ok",
        [ERR_SYNTAX] = "syntax",
        [ERR_INVALID] = "invalid",
        [ERR_CONFLICT] = "conflict",
        [ERR_NOT_FOUND] = "not-found",
        [ERR_EXISTS] = "exists",
        [ERR_DENIED] = "denied",
        [ERR_MALFORMED] = "malformed",
        [ERR_AUTH] = "auth",
        [ERR_EXHAUSTED] = "exhausted",
        [ERR_IO] = "io",
    };

    if ((size_t)error >= sizeof(names) / sizeof(names[0]))
        return "unknown";
    return names[error];
}
