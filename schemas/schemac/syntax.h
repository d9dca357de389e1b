/*
 * syntax.h - a syntax line cut into its parts.
 *
 *    word   <slot>   prefix:<slot>   [prefix:]<slot>   <slot:masked>
 *    [ optional ]    { a | b }    [ a | b ]
 */
#ifndef SCHEMAC_SYNTAX_H
#define SCHEMAC_SYNTAX_H

#include "base/arena.h"

#include <stdbool.h>

enum item_kind {
    ITEM_END,
    ITEM_BAD,
    ITEM_WORD,
    ITEM_SLOT,
    ITEM_OPEN,   /* [ or { */
    ITEM_CLOSE,  /* ] or } */
    ITEM_EITHER, /* |      */
};

struct item {
    enum item_kind kind;
    const char *text;   /* word, name of the slot, or the bracket */
    const char *prefix; /* "ipsec:" or NULL */
    bool prefix_optional;
    bool masked;
};

/* The part that starts at *at; moves *at behind it. */
struct item syntax_next(struct arena *arena, const char **at);

#endif
