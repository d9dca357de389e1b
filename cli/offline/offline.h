/*
 * offline.h - a peer's configuration file beside our own tunnel: what does
 * not fit, without a word to the peer.
 *
 *    swanctl.conf, or a script of such a router --> struct side --+
 *    our tunnel, from the router                --> struct side --+--> what
 *                                                                      differs
 *
 * Pure functions over texts; values are in the words of our own
 * configuration.  Keys are not looked at.
 */
#ifndef OFFLINE_OFFLINE_H
#define OFFLINE_OFFLINE_H

#include "gen/causes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    OFFLINE_OFFERS_MAX = 16,
    OFFLINE_OFFER_SIZE = 48,
    OFFLINE_NAME_SIZE = 81,
    OFFLINE_TEXT_SIZE = 400,
};

struct offline_network {
    uint32_t first;
    uint32_t last;
};

/* One end's view of the connection; texts are empty where nothing is said. */
struct side {
    char local[OFFLINE_NAME_SIZE]; /* addresses of the two ends */
    char remote[OFFLINE_NAME_SIZE];
    char local_id[OFFLINE_NAME_SIZE]; /* identities of phase 1 */
    char remote_id[OFFLINE_NAME_SIZE];
    char auth[16]; /* pre-share, rsa-sig */
    bool is_aggressive;
    size_t ike_count;
    char ike[OFFLINE_OFFERS_MAX][OFFLINE_OFFER_SIZE]; /* "3des sha group 2" */
    size_t esp_count;
    char esp[OFFLINE_OFFERS_MAX][OFFLINE_OFFER_SIZE]; /* "esp-3des-hmac-sha" */
    uint32_t pfs;                                     /* group; 0: none */
    struct offline_network here;
    struct offline_network there;
};

void side_init(struct side *side); /* networks: any */
/* "subnet A M", "range A B", "A", "A/24"; false: none of these. */
bool side_network(const char *text, struct offline_network *out_network);

/* The peer's side in its file: the connection to this address of ours, or
 * else the first one.  False: the text is neither kind of file. */
bool side_read(
    const char *text, const char *our_address, struct side *out_side);

/* Told of each thing that does not fit; borrowed for the call. */
struct difference {
    enum cause cause;
    char sentence[OFFLINE_TEXT_SIZE];
    char ours[OFFLINE_TEXT_SIZE];
    char theirs[OFFLINE_TEXT_SIZE];
    char fix[OFFLINE_TEXT_SIZE];
};

/* Returns how many there were. */
size_t side_compare(const struct side *ours, const struct side *theirs,
    void (*take)(void *context, const struct difference *difference),
    void *context);

#endif
