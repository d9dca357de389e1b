/*
 * privilege.c - capabilities, by the bare system calls.
 */
#include "daemon/privilege.h"

#include "base/diag.h"
#include "base/str.h"
#include "chassis/chassis.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CAPABILITIES_MAX = 64 };

/* What a port needs to be opened. */
static const struct {
    unsigned number;
    const char *name;
} known[] = {
    {CAP_SYS_ADMIN,        "CAP_SYS_ADMIN"       }, // to enter a namespace
    {CAP_NET_ADMIN,        "CAP_NET_ADMIN"       }, // tun, large buffers
    {CAP_NET_RAW,          "CAP_NET_RAW"         }, // ESP and AH
    {CAP_NET_BIND_SERVICE, "CAP_NET_BIND_SERVICE"}, // UDP 500
};

enum { KNOWN = sizeof known / sizeof known[0] };

static uint64_t
bit(unsigned capability)
{
    return UINT64_C(1) << capability;
}

static uint64_t
port_capabilities(void)
{
    uint64_t set = 0;
    size_t i;

    for (i = 0; i < KNOWN; i++)
        set |= bit(known[i].number);
    return set;
}

static enum err
get_effective(uint64_t *out_set)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct halves[2] = {0};

    if (syscall(SYS_capget, &header, halves) != 0)
        return ERR_IO;
    *out_set = halves[0].effective | (uint64_t)halves[1].effective << 32;
    return OK;
}

/* Permitted and effective become this set, and nothing is inherited. */
static enum err
set_all(uint64_t set)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct halves[2] = {
        {.effective = (uint32_t)set,         .permitted = (uint32_t)set},
        {.effective = (uint32_t)(set >> 32),
         .permitted = (uint32_t)(set >> 32)                            },
    };

    return syscall(SYS_capset, &header, halves) == 0 ? OK : ERR_IO;
}

/* Nothing that is not in the set comes back, whatever is executed. */
static enum err
keep_only(uint64_t set)
{
    unsigned i;

    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    for (i = 0; i < CAPABILITIES_MAX; i++) {
        if ((set & bit(i)) == 0)
            (void)prctl(PR_CAPBSET_DROP, i, 0, 0, 0); /* if we may */
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return ERR_IO;
    return set_all(set);
}

/* ---- asking ---- */

static uint64_t
needs_of(const struct chassis_port *port)
{
    uint64_t needs = port->netns[0] == '\0' ? 0 : bit(CAP_SYS_ADMIN);

    if (port->kind == CHASSIS_TUN)
        return needs | bit(CAP_NET_ADMIN);
    if (port->kind == CHASSIS_HOST) {
        return needs | bit(CAP_NET_ADMIN) | bit(CAP_NET_RAW) |
               bit(CAP_NET_BIND_SERVICE);
    }
    return 0;
}

static void
tell_missing(uint64_t missing, struct diag *diag)
{
    struct str names;
    size_t i;

    str_init(&names);
    for (i = 0; i < KNOWN; i++) {
        if ((missing & bit(known[i].number)) != 0) {
            str_printf(
                &names, "%s%s", names.length == 0 ? "" : " ", known[i].name);
        }
    }
    diag_add(diag, DIAG_ERROR, NULL, NULL,
        "The chassis has host or tun ports, and ermined may not open them: it "
        "lacks %s.  Start it as root, or with `AmbientCapabilities=%s` in its "
        "systemd unit.",
        str_text(&names), str_text(&names));
    str_done(&names);
}

enum err
privilege_check(const struct chassis *routers, size_t count, struct diag *diag)
{
    uint64_t needs = 0;
    uint64_t has;
    size_t r;
    size_t p;

    for (r = 0; r < count; r++) {
        for (p = 0; p < routers[r].port_count; p++)
            needs |= needs_of(&routers[r].ports[p]);
    }
    if (get_effective(&has) != OK)
        has = 0;
    if ((needs & ~has) == 0)
        return OK;
    tell_missing(needs & ~has, diag);
    return ERR_DENIED;
}

/* ---- giving up ---- */

enum err
privilege_keep_ports(void)
{
    uint64_t has;

    if (get_effective(&has) != OK)
        return ERR_IO;
    /* ermined, of the same user, must not look into us either. */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return ERR_IO;
    return keep_only(has & port_capabilities());
}

static enum err
become(const char *name, struct diag *diag)
{
    /* One thread, before any other is started. */
    const struct passwd *user = getpwnam(name); // NOLINT(concurrency-mt-unsafe)

    if (user == NULL) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "There is no user %s: give --user the name of one.", name);
        return ERR_NOT_FOUND;
    }
    if (initgroups(user->pw_name, user->pw_gid) != 0 ||
        setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0 ||
        setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "Cannot become the user %s: %s.  Only root can use --user.", name,
            strerrordesc_np(errno));
        return ERR_DENIED;
    }
    return OK;
}

enum err
privilege_drop(const char *user, struct diag *diag)
{
    enum err error = user == NULL ? OK : become(user, diag);

    if (error != OK)
        return error;
    error = keep_only(0);
    if (error != OK) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "Cannot give up the privileges of this process: %s.",
            strerrordesc_np(errno));
    }
    return error;
}
