/*
 * json.c - text as a JSON string (RFC 8259, 7).
 *
 * The output is always UTF-8 (RFC 3629): what is not becomes U+FFFD, one for
 * each longest run of bytes that could have begun a character, which is what
 * browsers and Python do too.
 */
#include "base/str.h"

/* The lead bytes, and what may follow them first; later ones are 80..BF. */
struct lead {
    uint8_t first;
    uint8_t last;
    uint8_t more; /* bytes after this one */
    uint8_t next_min;
    uint8_t next_max;
};

static const struct lead leads[] = {
    {.first = 0xc2,
     .last = 0xdf,
     .more = 1,
     .next_min = 0x80,
     .next_max = 0xbf},
 /* no overlong forms, no surrogates, nothing above U+10FFFF */
    {.first = 0xe0,
     .last = 0xe0,
     .more = 2,
     .next_min = 0xa0,
     .next_max = 0xbf},
    {.first = 0xe1,
     .last = 0xec,
     .more = 2,
     .next_min = 0x80,
     .next_max = 0xbf},
    {.first = 0xed,
     .last = 0xed,
     .more = 2,
     .next_min = 0x80,
     .next_max = 0x9f},
    {.first = 0xee,
     .last = 0xef,
     .more = 2,
     .next_min = 0x80,
     .next_max = 0xbf},
    {.first = 0xf0,
     .last = 0xf0,
     .more = 3,
     .next_min = 0x90,
     .next_max = 0xbf},
    {.first = 0xf1,
     .last = 0xf3,
     .more = 3,
     .next_min = 0x80,
     .next_max = 0xbf},
    {.first = 0xf4,
     .last = 0xf4,
     .more = 3,
     .next_min = 0x80,
     .next_max = 0x8f},
};

static const struct lead *
lead_of(uint8_t byte)
{
    for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
        if (byte >= leads[i].first && byte <= leads[i].last)
            return &leads[i];
    }
    return NULL;
}

/* Length of the character at text (the end stops it, being no follower). */
static size_t
take_char(const char *text, bool *out_good)
{
    const struct lead *lead = lead_of((uint8_t)text[0]);
    size_t taken = 1;
    uint8_t min;
    uint8_t max;

    *out_good = false;
    if (lead == NULL)
        return taken;
    min = lead->next_min;
    max = lead->next_max;
    while (taken <= lead->more) {
        uint8_t byte = (uint8_t)text[taken];

        if (byte < min || byte > max)
            return taken;
        taken++;
        min = 0x80;
        max = 0xbf;
    }
    *out_good = true;
    return taken;
}

static void
add_ascii(struct str *s, char c)
{
    /* pairs: the character, and the letter behind the backslash */
    static const char short_forms[] = "\"\"\\\\\bb\ff\nn\rr\tt";

    for (const char *at = short_forms; *at != '\0'; at += 2) {
        if (*at != c)
            continue;
        str_add_char(s, '\\');
        str_add_char(s, at[1]);
        return;
    }
    if ((unsigned char)c < ' ') {
        str_printf(s, "\\u%04x", (unsigned)c);
    } else {
        str_add_char(s, c);
    }
}

/* How many bytes from here on stand for themselves. */
static size_t
count_plain(const char *text)
{
    size_t count = 0;

    while (text[count] >= ' ' && text[count] != '"' && text[count] != '\\' &&
           (unsigned char)text[count] < 0x80)
        count++;
    return count;
}

void
str_add_json(struct str *s, const char *text)
{
    const char *at = text;

    str_add_char(s, '"');
    for (;;) {
        size_t length = count_plain(at);
        bool good;

        str_add_n(s, at, length);
        at += length;
        if (*at == '\0')
            break;
        if ((unsigned char)*at < 0x80) {
            add_ascii(s, *at++);
            continue;
        }
        length = take_char(at, &good);
        if (good) {
            str_add_n(s, at, length);
        } else {
            str_add(s, "\xef\xbf\xbd");
        }
        at += length;
    }
    str_add_char(s, '"');
}
