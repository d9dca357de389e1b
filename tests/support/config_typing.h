/*
 * config_typing.h - configuration for tests, typed as an operator types it.
 *
 * A small reader of the schema's patterns: whole words, no abbreviations.
 * Secrets are "sealed" readably, so that tests can see them.
 */
#ifndef SUPPORT_CONFIG_TYPING_H
#define SUPPORT_CONFIG_TYPING_H

#include "base/diag.h"
#include "base/err.h"
#include "config/config.h"

/* One session at a candidate.  Borrows the candidate, owns the rest. */
struct typing {
    struct candidate *candidate;
    struct value vr;        /* virtual router of the session */
    struct object *current; /* of the mode; NULL: none       */
};

void typing_init(struct typing *typing, struct candidate *candidate);
void typing_done(struct typing *typing);
/* ERR_SYNTAX: no pattern fits. */
MUST_CHECK enum err type_line(
    struct typing *typing, const char *line, struct diag *diag);
/* Lines with line ends; blanks in front are skipped; stops at an error. */
MUST_CHECK enum err type_script(
    struct candidate *candidate, const char *script, struct diag *diag);

/* A new configuration with the script typed into it; aborts if it cannot. */
struct config *config_typed(const char *script);

/* What is said about lines that are typed on top of the ground. */
void typed_validate(const char *ground, const char *typed, struct diag *diag);
/* One of this severity with these words; NULL: none. */
const struct diag_entry *typed_find(
    const struct diag *diag, enum diag_severity severity, const char *words);

struct typed_case {
    const char *typed;
    enum diag_severity severity;
    const char *sentence; /* NULL: nothing at all is said */
};

void typed_case_try(const char *ground, const struct typed_case *row);

/* "$e1$aabb/ccdd" is "aabb ccdd"; "$e1$foreign" is of another router. */
extern const struct unsealer readable_unsealer;

#endif
