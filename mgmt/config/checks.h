/*
 * checks.h - the rules that a matrix cannot say, one function per object.
 *
 * Pure: each looks at one object in its snapshot and adds what is wrong with
 * it.  They cost a few look-ups, never a scan.  Private to config.
 */
#ifndef CONFIG_CHECKS_H
#define CONFIG_CHECKS_H

#include "base/diag.h"
#include "config/tree.h"

struct str;

/* Kinds of warning of which only the first ones are told. */
enum note {
    NOTE_NO_EFFECT,
    NOTE_NO_KEY,
    NOTE_NO_ROUTE,
    NOTE_LOOP,
    NOTE_OVERLAP,
    NOTE_SWALLOW,
    NOTE_WEAK,
    NOTE_UNUSED,
    NOTE_COUNT
};

enum { KEPT_MAX = 16 };

/* How many of each kind there were, and what of the change waits for IKE. */
struct notes {
    size_t counts[NOTE_COUNT];
    const char *kept[KEPT_MAX]; /* the schema's sentences that were said */
    size_t kept_count;
};

/* One validation under way.  Borrows everything. */
struct check {
    const struct config *to;
    const struct unsealer *unsealer;
    const struct appraiser *appraiser; /* or NULL */
    struct diag *diag;
    struct notes *notes;
    bool changed; /* the object itself changed, not only what it uses */
};

/* The check of the object's type, if it has one. */
void check_object(const struct check *check, const struct object *object);

void check_tunnel(const struct check *check, const struct object *object);
void check_ike_policy_rule(
    const struct check *check, const struct object *object);
void check_classifier(const struct check *check, const struct object *object);
void check_policy_list(const struct check *check, const struct object *object);
void check_classifier_group(
    const struct check *check, const struct object *object);
/* `ip policy input` of an interface or tunnel; setting: which one that is. */
void check_policy_input(
    const struct check *check, const struct object *object, uint16_t setting);
void check_banner(const struct check *check, const struct object *object);
void check_line(const struct check *check, const struct object *object);
void check_host(const struct check *check, const struct object *object);
void check_log_syslog(const struct check *check, const struct object *object);
void check_access_list(const struct check *check, const struct object *object);
void check_snmp_community(
    const struct check *check, const struct object *object);
void check_snmp_host(const struct check *check, const struct object *object);
void check_snmp_user(const struct check *check, const struct object *object);
/* What only a manual tunnel has: keys and SPIs. */
void check_manual(const struct check *check, const struct object *object);
/* The fields of a session key, of a tunnel or of a transport profile. */
struct session_key {
    uint16_t setting;
    size_t transform;
    size_t spi;
    size_t key;
};
/* SPI and lengths; is it for the one transform of the list, which is called
 * so? */
void check_session_key(const struct check *check, const struct object *object,
    const struct session_key *key, uint64_t list, const char *name);
/* A manual tunnel whose inbound SA at the address is that of a profile's
 * key. */
const struct object *find_manual_inbound(const struct check *check,
    const struct object *profile, const struct session_key *key,
    const struct value *address);

/* ---- check_gre.c ---- */

void check_gre_tunnel(const struct check *check, const struct object *object);
void check_transport_profile(
    const struct check *check, const struct object *object);
/* A GRE tunnel to this peer whose SAs are negotiated; NULL: none. */
const struct object *find_negotiated_gre(const struct check *check,
    const struct value *vr, const struct value *peer);
struct inbound_end {
    const struct value *vr;
    uint64_t address;
};
/* Has a profile the inbound SA of this key, which arrives there? */
void check_inbound_of_profiles(const struct check *check,
    const struct object *object, const struct session_key *key,
    const struct inbound_end *end);

/* ---- validate.c, gone.c, dependents.c ---- */

/* All that the schema and the checks say about one object. */
void check_one(const struct check *check, const struct object *object);
/* Who still needs an object that is gone. */
void check_gone(const struct check *check, const struct object *gone);
/* Those that did not change, but depend on what did. */
void check_dependents(const struct check *check, const struct change_set *set);

/* ---- check_keys.c ---- */

void check_peer_public_key(
    const struct check *check, const struct object *object);
void check_preshared_key(
    const struct check *check, const struct object *object);
/* Is it an FQDN or user@FQDN?  If not, an error that says so. */
void check_identity(const struct check *check, const struct object *object,
    uint16_t setting, size_t field);
/* An end of a tunnel may also be a certificate's subject. */
void check_end_identity(const struct check *check, const struct object *object,
    uint16_t setting, size_t field);
/* Has the virtual router a key for the peer, where one is needed?  If not, a
 * note about the tunnel. */
void check_key_for(const struct check *check, const struct object *tunnel,
    uint16_t setting, const struct value *vr, const struct value *peer);
/* Does a signaled tunnel have a key for its peers? */
void check_tunnel_keys(const struct check *check, const struct object *object);
/* A key or a transform set that the change has left without a tunnel. */
void check_unused(const struct check *check, const struct object *object);
/* A key that is gone, and tunnels still need. */
void check_lost_key(const struct check *check, const struct object *gone);

/* ---- check_endpoint.c ---- */

void check_virtual_router(
    const struct check *check, const struct object *object);
/* Tunnels without a source whose virtual router lost its local endpoint. */
void check_lost_endpoint(
    const struct check *check, const struct change *change);

/* ---- check_weak.c ---- */

void check_weak_set(const struct check *check, const struct object *object);
/* The same of a list of transforms. */
void check_weak_transforms(
    const struct check *check, const struct object *object, uint64_t list);
void check_weak_rule(const struct check *check, const struct object *object);
void check_weak_pfs(const struct check *check, const struct object *object);

/* ---- check_path.c, check_overlap.c ---- */

/* Where the packets of a tunnel go: warnings only. */
void check_path(const struct check *check, const struct object *tunnel);
/* What a route into a tunnel takes away from others. */
void check_route_swallow(const struct check *check, const struct object *route);
void check_overlaps(const struct check *check, const struct object *tunnel);

/* ---- reach.c ---- */

/* By which interface or tunnel packets to an address leave a virtual router;
 * *out_covered: does any route match, one without such a target (a null
 * route, a next hop out of reach) too?  The interface may be NULL then. */
const struct object *reach_of(const struct config *config,
    const struct value *vr, uint32_t address, bool *out_covered);
/* The interface, tunnel or secondary address whose network holds the address;
 * NULL: none. */
const struct object *reach_connected(
    const struct config *config, const struct value *vr, uint32_t address);
/* The interface or tunnel that has the address, its first or another one. */
const struct object *address_owner(
    const struct config *config, const struct object *address);
/* What the route leads out by; NULL: a next hop, or it is not there. */
const struct object *route_target(
    const struct config *config, const struct object *route);

/* ---- users ---- */

/* Who still needs something: a few names and how many. */
struct users {
    struct str *names; /* owned by the caller */
    size_t count;
};

void users_add(struct users *users, const struct object *user);

/* An interface's address, or a tunnel's, and the others of its VR.  setting:
 * `ip address` of that type. */
void check_address(
    const struct check *check, const struct object *object, uint16_t setting);
bool address_is_unicast(uint64_t address);
/* One more address of an interface or tunnel. */
void check_secondary(const struct check *check, const struct object *object);
/* Has it an address of its own, or one that it can borrow? */
void check_unnumbered(const struct check *check, const struct object *object);
/* Is the address the interface's or tunnel's, its first or another one? */
bool address_is_of(const struct object *address, const struct object *owner);

/* Does the interface or tunnel that the route names exist? */
bool route_has_target(const struct config *config, const struct object *route);

/* A warning of which a commit may have thousands. */
void check_note(const struct check *check, enum note note,
    const struct object *object, uint16_t setting, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* A warning of the schema that nothing uses something yet: each once. */
void check_kept(const struct check *check, const struct object *object,
    const char *sentence);
/* Say what was only counted. */
void notes_finish(const struct check *check);

/* A sentence about one setting (SCHEMA_NONE: the object as a whole). */
void check_error(const struct check *check, const struct object *object,
    uint16_t setting, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void check_warning(const struct check *check, const struct object *object,
    uint16_t setting, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
