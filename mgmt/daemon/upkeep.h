/*
 * upkeep.h - what ermined does to a state folder without running a router.
 */
#ifndef DAEMON_UPKEEP_H
#define DAEMON_UPKEEP_H

#include "base/err.h"

struct diag;
struct str;

/* Make this file the folder's secret.key.  ERR_CONFLICT where a configuration
 * is stored that was sealed under another one. */
MUST_CHECK enum err upkeep_import_key(
    const char *state_dir, const char *file, struct diag *diag);
/* Read all that is stored, changing nothing; a sentence about it is appended
 * to out. */
MUST_CHECK enum err upkeep_check_database(
    const char *state_dir, struct diag *diag, struct str *out);

#endif
