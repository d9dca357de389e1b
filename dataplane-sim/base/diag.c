/* diag.c - sentences for a person, collected while a function works. */
#include "base/diag.h"

#include "base/arena.h"
#include "base/str.h"

#include <stdarg.h>
#include <stdlib.h>

void
diag_init(struct diag *diag)
{
    if (diag != NULL)
        *diag = (struct diag){0};
}

void
diag_done(struct diag *diag)
{
    if (diag == NULL)
        return;
    for (size_t i = 0; i < diag->count; i++) {
        free(diag->entries[i].path);
        free(diag->entries[i].setting);
        free(diag->entries[i].sentence);
    }
    free(diag->entries);
    *diag = (struct diag){0};
}

static char *
copy_or_empty(const char *text)
{
    return mem_strdup(text == NULL ? "" : text);
}

static struct diag_entry *
next_entry(struct diag *diag)
{
    if (diag->count == diag->room) {
        diag->room = diag->room == 0 ? 4 : 2 * diag->room;
        diag->entries =
            mem_resize(diag->entries, diag->room * sizeof(*diag->entries));
    }
    return &diag->entries[diag->count++];
}

void
diag_add(struct diag *diag, enum diag_severity severity, const char *path,
    const char *setting, const char *fmt, ...)
{
    struct diag_entry *entry;
    struct str sentence;
    va_list args;

    if (diag == NULL)
        return;
    str_init(&sentence);
    va_start(args, fmt);
    str_vprintf(&sentence, fmt, args);
    va_end(args);
    entry = next_entry(diag);
    entry->severity = severity;
    entry->path = copy_or_empty(path);
    entry->setting = copy_or_empty(setting);
    entry->sentence = str_take(&sentence);
}

bool
diag_has_errors(const struct diag *diag)
{
    if (diag == NULL)
        return false;
    for (size_t i = 0; i < diag->count; i++) {
        if (diag->entries[i].severity == DIAG_ERROR)
            return true;
    }
    return false;
}
