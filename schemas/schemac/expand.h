/*
 * expand.h - between the steps of the expansion.
 */
#ifndef SCHEMAC_EXPAND_H
#define SCHEMAC_EXPAND_H

#include "model.h"

/* The command's syntax as flat patterns, in the order written, an optional
 * part first without and then with it.  False: reported. */
bool expand_syntax(struct model *model, struct command *command);
/* Help and prefixes for `no`, and what a pattern must and must not have. */
void expand_check(struct model *model, struct command *command);

#endif
