/*
 * swanctl.c - strongSwan's swanctl.conf: sections in braces, `key = value`.
 *
 *    connections { NAME { ... local { } remote { } children { CHILD { } } } }
 */
#include "offline/words.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DECIMAL = 10, DEPTH_MAX = 8, WORD = 64, VALUE = 256 };

struct reader {
    const char *at;
    char path[DEPTH_MAX][WORD]; /* sections that are open */
    size_t depth;
};

/* ---- proposals ---- */

struct word {
    const char *theirs;
    const char *ours;
};

static const struct word ciphers[] = {
    {"3des",        "3des"      },
    {"des",         "des"       },
    {"aes",         "aes128"    },
    {"aes128",      "aes128"    },
    {"aes192",      "aes192"    },
    {"aes256",      "aes256"    },
    {"aes128gcm16", "aes128-gcm"},
    {"aes256gcm16", "aes256-gcm"},
    {"null",        ""          },
};
static const struct word hashes[] = {
    {"md5",      "md5"   },
    {"sha",      "sha"   },
    {"sha1",     "sha"   },
    {"sha256",   "sha256"},
    {"sha2_256", "sha256"},
    {"sha384",   "sha384"},
    {"sha512",   "sha512"},
};
static const struct word groups[] = {
    {"modp768",  "1" },
    {"modp1024", "2" },
    {"modp1536", "5" },
    {"modp2048", "14"},
    {"modp3072", "15"},
    {"modp4096", "16"},
    {"ecp256",   "19"},
    {"ecp384",   "20"},
    {"ecp521",   "21"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *
find(const struct word *words, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i].theirs, word) == 0)
            return words[i].ours;
    }
    return NULL;
}

struct proposal {
    const char *cipher; /* NULL: none is named */
    const char *hash;
    const char *group;
};

/* "aes256-sha256-modp2048" */
static struct proposal
read_proposal(const char *text, size_t length)
{
    struct proposal proposal = {NULL, NULL, NULL};
    char word[WORD];
    size_t n = 0;

    for (size_t i = 0; i <= length; i++) {
        const char *found;

        if (i < length && text[i] != '-') {
            if (n + 1 < sizeof word)
                word[n++] = text[i];
            continue;
        }
        word[n] = '\0';
        n = 0;
        if ((found = find(ciphers, COUNT(ciphers), word)) != NULL) {
            proposal.cipher = found;
        } else if ((found = find(hashes, COUNT(hashes), word)) != NULL) {
            proposal.hash = found;
        } else if ((found = find(groups, COUNT(groups), word)) != NULL) {
            proposal.group = found;
        }
    }
    return proposal;
}

static void
take_ike(struct side *side, const struct proposal *proposal)
{
    char offer[OFFLINE_OFFER_SIZE];

    if (proposal->cipher == NULL || proposal->group == NULL)
        return;
    (void)snprintf(offer, sizeof offer, "%s %s group %s", proposal->cipher,
        proposal->hash != NULL ? proposal->hash : "sha", proposal->group);
    side_add_ike(side, offer);
}

static void
take_esp(struct side *side, const struct proposal *proposal, bool is_ah)
{
    char offer[OFFLINE_OFFER_SIZE];
    const char *cipher = proposal->cipher != NULL ? proposal->cipher : "";

    (void)snprintf(offer, sizeof offer, "%s%s%s%s%s", is_ah ? "ah" : "esp",
        cipher[0] != '\0' ? "-" : "", cipher,
        proposal->hash != NULL ? "-hmac-" : "",
        proposal->hash != NULL ? proposal->hash : "");
    side_add_esp(side, offer);
    if (proposal->group != NULL)
        side->pfs = (uint32_t)strtoul(proposal->group, NULL, DECIMAL);
}

static void
take_proposals(struct side *side, const char *key, const char *value)
{
    while (*value != '\0') {
        size_t length = strcspn(value, ", ");
        struct proposal proposal = read_proposal(value, length);

        if (length > 0 && strcmp(key, "proposals") == 0) {
            take_ike(side, &proposal);
        } else if (length > 0) {
            take_esp(side, &proposal, strcmp(key, "ah_proposals") == 0);
        }
        value += length;
        value += strspn(value, ", ");
    }
}

/* ---- settings ---- */

static void
take_connection(struct side *side, const char *key, const char *value)
{
    if (strcmp(key, "local_addrs") == 0)
        side_copy(side->local, sizeof side->local, value);
    if (strcmp(key, "remote_addrs") == 0)
        side_copy(side->remote, sizeof side->remote, value);
    if (strcmp(key, "aggressive") == 0)
        side->is_aggressive = strcmp(value, "yes") == 0;
    if (strcmp(key, "proposals") == 0)
        take_proposals(side, key, value);
}

static void
take_end(struct side *side, bool is_local, const char *key, const char *value)
{
    char *id = is_local ? side->local_id : side->remote_id;

    if (strcmp(key, "id") == 0)
        side_copy(id, OFFLINE_NAME_SIZE, value);
    if (strcmp(key, "auth") == 0) {
        side_copy(side->auth, sizeof side->auth,
            strcmp(value, "psk") == 0 ? "pre-share" : "rsa-sig");
    }
}

static void
take_child(struct side *side, const char *key, const char *value)
{
    if (strcmp(key, "local_ts") == 0)
        (void)side_network(value, &side->here);
    if (strcmp(key, "remote_ts") == 0)
        (void)side_network(value, &side->there);
    if (strcmp(key, "esp_proposals") == 0 || strcmp(key, "ah_proposals") == 0)
        take_proposals(side, key, value);
}

/* path[0] is connections, path[1] the connection's name. */
static void
take_setting(const struct reader *reader, struct side *side, const char *key,
    const char *value)
{
    const char *inner = reader->depth > 2 ? reader->path[2] : "";

    if (reader->depth == 2) {
        take_connection(side, key, value);
    } else if (reader->depth == 3 && strncmp(inner, "local", 5) == 0) {
        take_end(side, true, key, value);
    } else if (reader->depth == 3 && strncmp(inner, "remote", 6) == 0) {
        take_end(side, false, key, value);
    } else if (reader->depth == 4 && strcmp(inner, "children") == 0) {
        take_child(side, key, value);
    }
}

/* ---- the file ---- */

static void
skip_blanks(struct reader *reader)
{
    for (;;) {
        while (isspace((unsigned char)*reader->at))
            reader->at++;
        if (*reader->at != '#')
            return;
        reader->at += strcspn(reader->at, "\n");
    }
}

static void
take_word(struct reader *reader, char *out, size_t size, const char *ends)
{
    size_t length = strcspn(reader->at, ends);
    size_t kept = length;

    while (kept > 0 && isspace((unsigned char)reader->at[kept - 1]))
        kept--;
    if (kept >= size)
        kept = size - 1;
    memcpy(out, reader->at, kept);
    out[kept] = '\0';
    reader->at += length;
}

/* A value to the line's end, without quotes. */
static void
take_value(struct reader *reader, char *out, size_t size)
{
    size_t length;

    while (*reader->at == ' ' || *reader->at == '\t')
        reader->at++;
    take_word(reader, out, size, "\n#}");
    length = strlen(out);
    if (length >= 2 && out[0] == '"' && out[length - 1] == '"') {
        memmove(out, out + 1, length - 2);
        out[length - 2] = '\0';
    }
}

/* One section's beginning, its end, or a setting.  False: it is no such
 * file. */
static bool
step(struct reader *reader, struct side *side)
{
    char key[WORD];
    char value[VALUE];

    if (*reader->at == '}') {
        reader->at++;
        if (reader->depth == 0)
            return false;
        reader->depth--;
        return true;
    }
    if (strncmp(reader->at, "include ", 8) == 0) { /* only this file is read */
        reader->at += strcspn(reader->at, "\n");
        return true;
    }
    take_word(reader, key, sizeof key, "={}\n");
    if (*reader->at == '{' && reader->depth < DEPTH_MAX) {
        side_copy(reader->path[reader->depth++], WORD, key);
        reader->at++;
        return true;
    }
    if (*reader->at != '=')
        return false;
    reader->at++;
    take_value(reader, value, sizeof value);
    if (strcmp(reader->path[0], "connections") == 0)
        take_setting(reader, side, key, value);
    return true;
}

static bool
is_for(const struct side *side, const char *our_address)
{
    return our_address[0] != '\0' && strstr(side->remote, our_address) != NULL;
}

bool
swanctl_read(const char *text, const char *our_address, struct side *out)
{
    struct reader reader = {.at = text};
    struct side side;
    bool has_any = false;

    side_init(&side);
    for (skip_blanks(&reader); *reader.at != '\0'; skip_blanks(&reader)) {
        size_t before = reader.depth;

        if (!step(&reader, &side))
            return false;
        if (before != 2 || reader.depth != 1 ||
            strcmp(reader.path[0], "connections") != 0)
            continue;
        if (!has_any || is_for(&side, our_address))
            *out = side;
        has_any = true;
        side_init(&side);
    }
    return has_any && reader.depth == 0;
}
