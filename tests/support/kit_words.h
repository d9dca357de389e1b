/*
 * kit_words.h - requests in words become frames (see kit.h).
 */
#ifndef SUPPORT_KIT_WORDS_H
#define SUPPORT_KIT_WORDS_H

#include "wire/wire.h"

/* Aborts on words that are no request. */
void kit_words_frame(const char *request, struct wire_frame *out_frame);

#endif
