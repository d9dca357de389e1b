/*
 * peer.c - who is at the other end of a Unix socket.
 */
#include "daemon/peer.h"

#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ENTRY_SIZE = 4096, GROUPS_MAX = 256, LEVEL_ALL = 15 };

static const struct {
    const char *name;
    uint8_t level;
} groups[] = {
    {"ermine-admin",    15},
    {"ermine-operator", 10},
    {"ermine-readonly", 1 },
};

enum { GROUP_COUNT = sizeof groups / sizeof groups[0] };

/* The number of a group; false: the host has none of that name.  A group so
 * large that its entry does not fit is taken for absent, which refuses. */
static bool
group_number(const char *name, gid_t *out_gid)
{
    char entry[ENTRY_SIZE];
    struct group group;
    struct group *found = NULL;

    if (getgrnam_r(name, &group, entry, sizeof entry, &found) != 0 ||
        found == NULL)
        return false;
    *out_gid = group.gr_gid;
    return true;
}

bool
peer_has_groups(void)
{
    gid_t gid;
    size_t i;

    for (i = 0; i < GROUP_COUNT; i++) {
        if (group_number(groups[i].name, &gid))
            return true;
    }
    return false;
}

static bool
is_member(gid_t gid, const gid_t *members, int count)
{
    int i;

    for (i = 0; i < count; i++) {
        if (members[i] == gid)
            return true;
    }
    return false;
}

/* The highest level of the user's groups; false: none of them counts. */
static bool
level_by_group(const char *name, gid_t primary, uint8_t *out_level)
{
    gid_t members[GROUPS_MAX];
    int count = GROUPS_MAX;
    gid_t gid;
    size_t i;

    if (getgrouplist(name, primary, members, &count) < 0)
        return false;
    for (i = 0; i < GROUP_COUNT; i++) {
        if (group_number(groups[i].name, &gid) &&
            is_member(gid, members, count)) {
            *out_level = groups[i].level;
            return true;
        }
    }
    return false;
}

enum err
peer_of(int fd, struct peer *out_peer)
{
    char entry[ENTRY_SIZE];
    struct passwd passwd;
    struct passwd *found = NULL;
    struct peer peer = {0};
    struct ucred who;
    socklen_t length = sizeof who;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length) != 0)
        return ERR_IO;
    if (getpwuid_r(who.uid, &passwd, entry, sizeof entry, &found) == 0 &&
        found != NULL) {
        (void)snprintf(peer.name, sizeof peer.name, "%.63s", passwd.pw_name);
    } else {
        (void)snprintf(
            peer.name, sizeof peer.name, "uid %u", (unsigned)who.uid);
    }
    (void)snprintf(peer.from, sizeof peer.from, "process %ld", (long)who.pid);
    peer.is_owner = who.uid == 0 || who.uid == geteuid();
    if (peer.is_owner) {
        peer.is_allowed = true;
        peer.ceiling = LEVEL_ALL;
    } else if (found != NULL) {
        peer.is_allowed =
            level_by_group(passwd.pw_name, passwd.pw_gid, &peer.ceiling);
    }
    *out_peer = peer;
    return OK;
}
