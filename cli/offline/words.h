/*
 * words.h - what the files of this room share.
 */
#ifndef OFFLINE_WORDS_H
#define OFFLINE_WORDS_H

#include "offline/offline.h"

void side_copy(char *to, size_t size, const char *from);
void side_add_ike(struct side *side, const char *offer);
void side_add_esp(struct side *side, const char *offer);

bool swanctl_read(const char *text, const char *our_address, struct side *out);
bool script_read(const char *text, const char *our_address, struct side *out);

#endif
