/*
 * script.c - a script of such a router: the tunnel to us, its transform set,
 * the policy rules.
 */
#include "offline/words.h"

#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DECIMAL = 10, WORD = 81, LINE = 512, SETS_MAX = 64 };

struct set {
    char name[WORD];
    char transforms[256];
};

/* What the lines so far have entered. */
struct reader {
    struct side common; /* rules */
    struct side tunnel; /* the one that is open */
    bool in_rule;
    bool in_tunnel;
    bool has_tunnel;  /* out is set */
    char rule[4][16]; /* encryption, hash, group, authentication */
    char endpoint[WORD];
    char set[WORD];     /* of the open tunnel */
    char out_set[WORD]; /* of out             */
    struct set sets[SETS_MAX];
    size_t set_count;
};

static void
end_rule(struct reader *reader)
{
    char offer[OFFLINE_OFFER_SIZE];

    if (!reader->in_rule)
        return;
    reader->in_rule = false;
    (void)snprintf(offer, sizeof offer, "%.12s %.12s group %.4s",
        reader->rule[0], reader->rule[1], reader->rule[2]);
    side_add_ike(&reader->common, offer);
    side_copy(reader->common.auth, sizeof reader->common.auth, reader->rule[3]);
}

static void
end_tunnel(struct reader *reader, const char *our_address, struct side *out)
{
    bool is_ours = strcmp(reader->tunnel.remote, our_address) == 0;

    if (!reader->in_tunnel)
        return;
    reader->in_tunnel = false;
    if (reader->has_tunnel && !is_ours)
        return;
    *out = reader->tunnel;
    side_copy(reader->out_set, sizeof reader->out_set, reader->set);
    reader->has_tunnel = true;
}

static void
begin_rule(struct reader *reader)
{
    static const char *const usual[4] = {"3des", "sha", "2", "pre-share"};

    for (int i = 0; i < 4; i++)
        side_copy(reader->rule[i], sizeof reader->rule[i], usual[i]);
    reader->in_rule = true;
}

static void
take_rule(struct reader *reader, const char *line)
{
    static const char *const names[4] = {
        "encryption", "hash", "group", "authentication"};
    char name[WORD];
    char value[16];

    if (sscanf(line, " %80s %15s", name, value) != 2)
        return;
    for (int i = 0; i < 4; i++) {
        if (strcmp(names[i], name) == 0)
            side_copy(reader->rule[i], sizeof reader->rule[i], value);
    }
    if (strcmp(name, "aggressive-mode") == 0)
        reader->common.is_aggressive = strcmp(value, "accepted") != 0;
}

/* "tunnel KEY ..." */
static void
take_tunnel(struct reader *reader, const char *line)
{
    struct side *side = &reader->tunnel;
    char key[WORD];
    char one[WORD] = "";
    char two[WORD] = "";
    int at = 0;

    if (sscanf(line, " tunnel %80s %n%80s %80s", key, &at, one, two) < 2)
        return;
    if (strcmp(key, "transform-set") == 0)
        side_copy(reader->set, sizeof reader->set, one);
    if (strcmp(key, "source") == 0 && strcmp(one, "identity") == 0) {
        side_copy(side->local_id, sizeof side->local_id, two);
    } else if (strcmp(key, "source") == 0) {
        side_copy(side->local, sizeof side->local, one);
    }
    if (strcmp(key, "destination") == 0 && strcmp(one, "identity") == 0) {
        side_copy(side->remote_id, sizeof side->remote_id, two);
    } else if (strcmp(key, "destination") == 0 && two[0] == '\0') {
        side_copy(side->remote, sizeof side->remote, one);
    }
    if (strcmp(key, "local-identity") == 0)
        (void)side_network(line + at, &side->here);
    if (strcmp(key, "peer-identity") == 0)
        (void)side_network(line + at, &side->there);
    if (strcmp(key, "pfs") == 0)
        side->pfs = (uint32_t)strtoul(two, NULL, DECIMAL);
}

static void
take_top(struct reader *reader, const char *line)
{
    char name[WORD];
    int at = 0;

    if (strncmp(line, "ipsec ike-policy-rule ", 22) == 0 ||
        strncmp(line, "ipsec isakmp-policy-rule ", 25) == 0) {
        begin_rule(reader);
    } else if (sscanf(line, "ipsec transform-set %80s %n", name, &at) == 1 &&
               at > 0 && reader->set_count < SETS_MAX) {
        struct set *set = &reader->sets[reader->set_count++];

        side_copy(set->name, sizeof set->name, name);
        side_copy(set->transforms, sizeof set->transforms, line + at);
    } else if (strncmp(line, "interface tunnel ipsec:", 23) == 0) {
        side_init(&reader->tunnel);
        reader->set[0] = '\0';
        reader->in_tunnel = true;
    } else if (sscanf(line, "ipsec local-endpoint %80s", name) == 1) {
        side_copy(reader->endpoint, sizeof reader->endpoint, name);
    }
}

static void
take_line(struct reader *reader, const char *line, const char *our_address,
    struct side *out)
{
    bool is_inner = line[0] == ' ';

    if (!is_inner) {
        end_rule(reader);
        end_tunnel(reader, our_address, out);
        take_top(reader, line);
    } else if (reader->in_rule) {
        take_rule(reader, line);
    } else if (reader->in_tunnel) {
        take_tunnel(reader, line);
    }
}

static void
add_transforms(struct side *side, const char *transforms)
{
    char word[OFFLINE_OFFER_SIZE];
    int at = 0;

    while (sscanf(transforms, " %47s%n", word, &at) == 1) {
        side_add_esp(side, word);
        transforms += at;
    }
}

static void
complete(const struct reader *reader, struct side *out)
{
    out->ike_count = reader->common.ike_count;
    memcpy(out->ike, reader->common.ike, sizeof out->ike);
    side_copy(out->auth, sizeof out->auth, reader->common.auth);
    out->is_aggressive = reader->common.is_aggressive;
    if (out->local[0] == '\0')
        side_copy(out->local, sizeof out->local, reader->endpoint);
    if (out->ike_count == 0) {
        side_add_ike(out, "3des sha group 2"); /* what holds without a rule */
        side_copy(out->auth, sizeof out->auth, "pre-share");
    }
    for (size_t i = 0; i < reader->set_count; i++) {
        if (strcmp(reader->sets[i].name, reader->out_set) == 0)
            add_transforms(out, reader->sets[i].transforms);
    }
}

bool
script_read(const char *text, const char *our_address, struct side *out)
{
    struct reader *reader = mem_alloc(sizeof *reader);
    char line[LINE];
    bool has_tunnel;

    side_init(&reader->common);
    while (*text != '\0') {
        size_t length = strcspn(text, "\r\n");
        size_t kept = length < sizeof line ? length : sizeof line - 1;

        memcpy(line, text, kept);
        line[kept] = '\0';
        take_line(reader, line, our_address, out);
        text += length;
        text += strspn(text, "\r\n");
    }
    take_line(reader, "!", our_address, out);
    has_tunnel = reader->has_tunnel;
    if (has_tunnel)
        complete(reader, out);
    free(reader);
    return has_tunnel;
}
