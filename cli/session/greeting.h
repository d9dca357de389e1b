/*
 * greeting.h - the session tells the router what it is, and learns what is
 * set for its line.
 */
#ifndef SESSION_GREETING_H
#define SESSION_GREETING_H

#include <stdbool.h>

struct client;
struct shell;
struct str;

/* is_person: somebody types at a terminal; then the size of the screen is
 * taken into the shell and the banners are appended, as whole lines.  False:
 * the connection is gone. */
bool greeting_tell(struct client *client, bool is_person, struct shell *shell,
    struct str *out_banners);

#endif
