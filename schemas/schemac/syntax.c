/*
 * syntax.c - a syntax line cut into its parts.
 */
#include "syntax.h"

#include "base/str.h"

#include <stddef.h>
#include <string.h>

#define WORD_CHARACTERS                                                        \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

/* "<name>" or "<name:masked>" at *at. */
static bool
take_slot(struct arena *arena, const char **at, struct item *item)
{
    const char *name = *at + 1;
    size_t length = strspn(name, WORD_CHARACTERS);

    if (**at != '<' || length == 0)
        return false;
    item->kind = ITEM_SLOT;
    item->text = arena_strndup(arena, name, length);
    *at = name + length;
    if (str_has_prefix(*at, ":masked")) {
        item->masked = true;
        *at += strlen(":masked");
    }
    if (**at != '>')
        return false;
    (*at)++;
    return true;
}

/* "[prefix:]<slot>" at *at.  Leaves *at alone where it is something else. */
static bool
take_optional_prefix(struct arena *arena, const char **at, struct item *item)
{
    size_t length = strspn(*at + 1, WORD_CHARACTERS);
    const char *after = *at + 1 + length;

    if (length == 0 || !str_has_prefix(after, ":]<"))
        return false;
    item->prefix = arena_strndup(arena, *at + 1, length + 1);
    item->prefix_optional = true;
    *at = after + 2;
    return true;
}

/* "word" or "prefix:<slot>" at *at. */
static bool
take_word(struct arena *arena, const char **at, struct item *item)
{
    size_t length = strspn(*at, WORD_CHARACTERS);
    const char *after = *at + length;

    if (length == 0)
        return false;
    if (after[0] == ':' && after[1] == '<') {
        item->prefix = arena_strndup(arena, *at, length + 1);
        *at = after + 1;
        return take_slot(arena, at, item);
    }
    item->kind = ITEM_WORD;
    item->text = arena_strndup(arena, *at, length);
    *at = after;
    return true;
}

/* Words and slots stand apart from each other; brackets need no blank. */
static bool
ends_well(char next)
{
    return next == '\0' || strchr(" []{}|", next) != NULL;
}

static struct item
take_bracket(struct arena *arena, const char **at)
{
    struct item item = {
        .kind = ITEM_CLOSE,
        .text = arena_strndup(arena, *at, 1),
    };

    if (**at == '|') {
        item.kind = ITEM_EITHER;
    } else if (**at == '[' || **at == '{') {
        item.kind = ITEM_OPEN;
    }
    (*at)++;
    return item;
}

struct item
syntax_next(struct arena *arena, const char **at)
{
    struct item item = {.kind = ITEM_END, .text = ""};
    bool prefixed;
    bool good;

    *at += strspn(*at, " ");
    if (**at == '\0')
        return item;
    prefixed = **at == '[' && take_optional_prefix(arena, at, &item);
    if (!prefixed && strchr("[{]}|", **at) != NULL)
        return take_bracket(arena, at);
    if (prefixed || **at == '<') {
        good = take_slot(arena, at, &item);
    } else {
        good = take_word(arena, at, &item);
    }
    if (!good || !ends_well(**at))
        item.kind = ITEM_BAD;
    return item;
}
