/*
 * statedir.h - the folder of a router that outlives its process.
 *
 *    DIR/lock         held by the one ermined that works here
 *    DIR/secret.key   64 random bytes, mode 0600: what secrets are sealed under
 *    DIR/config.db    the store's
 */
#ifndef DAEMON_STATEDIR_H
#define DAEMON_STATEDIR_H

#include "base/err.h"

#include <stdbool.h>

struct crypto;
struct diag;
struct secret;
struct statedir;

/* Makes the folder (0700) if it is not there, and locks it: ERR_CONFLICT where
 * another process has it. */
MUST_CHECK enum err statedir_open(
    const char *path, struct diag *diag, struct statedir **out_statedir);
void statedir_close(struct statedir *statedir); /* NULL is allowed */

/* Borrowed for the statedir's life. */
const char *statedir_database(const struct statedir *statedir);
bool statedir_has_key(const struct statedir *statedir);
/* ERR_IO; ERR_DENIED where others may read it; ERR_MALFORMED where it is not
 * of the right size. */
MUST_CHECK enum err statedir_load_key(
    const struct statedir *statedir, struct diag *diag, struct secret *out_key);
/* Whole and durable, or not at all.  ERR_EXISTS. */
MUST_CHECK enum err statedir_store_key(const struct statedir *statedir,
    const struct secret *key, struct diag *diag);
/* The key in another router's file. */
MUST_CHECK enum err keyfile_read(
    const char *path, struct diag *diag, struct secret *out_key);
/* In place of the one that is there. */
MUST_CHECK enum err statedir_replace_key(const struct statedir *statedir,
    const struct secret *key, struct diag *diag);

#endif
