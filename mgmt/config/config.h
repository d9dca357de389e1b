/*
 * config.h - the configuration as an immutable tree of typed objects.
 *
 * A snapshot (struct config) never changes; "changing" it makes another
 * snapshot that shares all but the path to the change (a persistent zip
 * tree, ordered by object type and keys, canonical in shape: the same
 * contents give the same tree).  So opening a candidate, setting an
 * attribute, comparing and committing cost O(what changed), also with
 * 100,000 tunnels.  Comparing two snapshots gives a change set, the one value
 * that compare, validation, storage, apply, history and rollback work on.
 *
 * Lifetimes: objects and tree nodes are counted and shared between snapshots;
 * whoever holds a struct config * from config_ref or from a maker unrefs it.
 * Thread M only.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "base/err.h"
#include "gen/enums.h"
#include "schema/schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct diag;
struct secret;
struct str;

/* ---- objects ---- */

/* One object, immutable once it is in a snapshot: fields in the schema's
 * order, keys first. */
struct object {
    uint32_t refs;
    enum schema_object_id type;
    struct value fields[];
};

/* An `ip address` of an interface or a tunnel, its first or another one. */
struct network {
    const struct value *vr; /* borrowed from the object */
    uint32_t address;
    uint32_t mask;
};

/* False: it has none. */
bool object_network(const struct object *object, struct network *out_network);

/* The keys of the interface that an unnumbered one borrows its address of,
 * borrowed themselves.  False: it is not unnumbered. */
bool object_lender(const struct object *object, struct value out_keys[3]);

/* With these keys (shared, not moved), nothing set. */
struct object *object_new(enum schema_object_id type, const struct value *keys);
struct object *object_copy(const struct object *object);
struct object *object_ref(const struct object *object);
void object_unref(struct object *object); /* NULL is allowed */
bool object_equal(const struct object *a, const struct object *b);
/* Are the fields of this setting the same?  NULL: an object with nothing set.
 */
bool object_setting_equal(
    const struct object *a, const struct object *b, uint16_t setting);
/* One field; for many, gen/views.h. */
bool field_is_set(const struct object *object, size_t field);
/* Set, or the schema's default; 0 if there is neither. */
uint64_t field_number(const struct object *object, size_t field);
const char *field_text(const struct object *object, size_t field);
/* "interface tunnel ipsec:siteB"; in another virtual router than `default`
 * with its name in front: "virtual-router isp interface loopback 0".  The
 * path says which object it is among all others. */
void object_path(const struct object *object, struct str *out);
void config_path(
    enum schema_object_id type, const struct value *keys, struct str *out);

/* ---- snapshots ---- */

struct config;

/* The presets (virtual-router default, system) and nothing else. */
struct config *config_new(void);
struct config *config_ref(const struct config *config);
void config_unref(struct config *config); /* NULL is allowed */

size_t config_count(const struct config *config);
size_t config_count_type(
    const struct config *config, enum schema_object_id type);

/* Borrowed from the snapshot; NULL: none. */
const struct object *config_find(const struct config *config,
    enum schema_object_id type, const struct value *keys);
/* The next object of the same type after these keys in order (the first for
 * keys == NULL); NULL: no more.  O(log n). */
const struct object *config_next(const struct config *config,
    enum schema_object_id type, const struct value *keys);
/* The same, but only those whose first `count` keys equal the given ones:
 * the children of a parent.  after: the object before, or NULL. */
const struct object *config_next_child(const struct config *config,
    enum schema_object_id type, const struct value *keys, size_t count,
    const struct object *after);

/* The interface or tunnel of the VR (its name) that has this very address;
 * NULL: none. */
const struct object *config_find_address(
    const struct config *config, const struct value *vr, uint32_t address);

/* Those of a virtual router whose own address is above this one, in the order
 * of their networks; until take says false. */
void config_networks_after(const struct config *config, const struct value *vr,
    uint32_t address,
    bool (*take)(void *context, const struct object *object,
        const struct network *network),
    void *context);
/* The Ethernet interface at this place of the chassis, "slot/port". */
const struct object *config_find_port(
    const struct config *config, const struct value *location);
/* The tunnel of this name, which is one in all virtual routers. */
const struct object *config_find_tunnel(
    const struct config *config, const struct value *name);
/* The next interface or tunnel whose input policy list is this, and the next
 * classifier group of this classifier list; after: the one before, or NULL. */
const struct object *config_next_attached(const struct config *config,
    const struct value *policy, const struct object *after);
const struct object *config_next_group(const struct config *config,
    const struct value *list, const struct object *after);
/* The next user of SNMPv3 of this name in a virtual router whose agent is on;
 * and the one of them that is served, for the agent knows a name once: that of
 * virtual router default, or of the first by name.  NULL: none. */
const struct object *config_next_snmp_user(const struct config *config,
    const struct value *name, const struct object *after);
const struct object *config_snmp_user(
    const struct config *config, const struct value *name);
/* In which order the groups of a policy list are asked. */
int policy_group_compare(const struct object *a, const struct object *b);
/* The address of this end: `tunnel source`, or the `ipsec local-endpoint` of
 * the transport virtual router.  False: neither is an address. */
bool config_tunnel_source(const struct config *config,
    const struct object *tunnel, uint32_t *out_address);
/* An identity as the addresses that it covers; not set: all. */
struct cover {
    uint32_t first;
    uint32_t last;
};

struct cover config_tunnel_cover(const struct object *tunnel, bool is_local);
/* The transport profile that protects a GRE tunnel; NULL: none. */
const struct object *config_gre_profile(
    const struct config *config, const struct object *gre);
const struct value *gre_transport_vr(const struct object *gre);
/* Has it session keys of both directions?  If not, they are negotiated. */
bool profile_has_keys(const struct object *profile);
/* Is the profile for GRE, and for this tunnel?  Was it or is it? */
bool profile_is_for_gre(const struct object *profile);
bool profile_matches(const struct object *profile, const struct object *gre);
struct change;
bool profile_change_reaches(
    const struct change *change, const struct object *gre);
/* The next tunnel with endpoints in the virtual router and no source address
 * of its own; after: the one before, or NULL. */
const struct object *config_next_without_source(const struct config *config,
    const struct value *vr, const struct object *after);
/* The preshared key of a transport virtual router for a peer, by its address
 * or its identity; for user@FQDN that of the whole, else that of the FQDN.
 * NULL: none. */
const struct object *config_find_key(const struct config *config,
    const struct value *vr, const struct value *peer);

/* A new snapshot with the object in it (in place of one with the same keys),
 * or without the object of these keys.  The object's reference is taken. */
struct config *config_with(const struct config *config, struct object *object);
struct config *config_without(const struct config *config,
    enum schema_object_id type, const struct value *keys);
/* The same on one's own snapshot: *config becomes the new one, in place as
 * far as nobody else holds it (for loading, and for many changes in a row).
 * config_take: false, there was none. */
void config_put(struct config **config, struct object *object);
bool config_take(struct config **config, enum schema_object_id type,
    const struct value *keys);

/* ---- change sets ---- */

/* One object that differs.  before == NULL: created; after == NULL: deleted. */
struct change {
    struct object *before;
    struct object *after;
};

/* Creates and sets parents first (by type, then keys), then deletes children
 * first.  Holds references to its objects. */
struct change_set {
    struct change *changes;
    size_t count;
    size_t room;
};

void change_set_init(struct change_set *set);
void change_set_done(struct change_set *set);
/* At the end; takes references of its own. */
void change_set_add(struct change_set *set, const struct object *before,
    const struct object *after);
/* What turns `from` into `to`.  Skips what they share. */
void config_diff(const struct config *from, const struct config *to,
    struct change_set *out_set);
/* apply(diff(a, b)) on a gives b. */
struct config *config_apply(
    const struct config *config, const struct change_set *set);
/* The change set that undoes this one. */
void change_set_invert(
    const struct change_set *set, struct change_set *out_inverse);
/* The object as it is afterwards, or as it was before it went. */
const struct object *change_object(const struct change *change);
/* Does this setting differ?  (A created or deleted object: is it set?) */
bool change_touches(const struct change *change, uint16_t setting);

/* ---- candidates ---- */

/* A private overlay: the snapshot it was opened on, and the work. */
struct candidate;

struct candidate *candidate_open(const struct config *running);
/* The same base and work, to try something on. */
struct candidate *candidate_copy(const struct candidate *candidate);
void candidate_free(struct candidate *candidate);
const struct config *candidate_base(const struct candidate *candidate);
const struct config *candidate_work(const struct candidate *candidate);
bool candidate_is_changed(const struct candidate *candidate);
/* Back to what is running. */
void candidate_reset(struct candidate *candidate, const struct config *running);
/* Work of another origin, to be committed onto what is running. */
void candidate_replace(struct candidate *candidate,
    const struct config *running, const struct config *work);

/* Edits.  Values are checked against the schema (they come from a client);
 * a problem is explained in diag and changes nothing.
 * create: existing is fine.  The parent must exist (ERR_NOT_FOUND).
 * remove: with its children; ERR_NOT_FOUND; ERR_DENIED for a preset.
 * set: values has one entry per field of the setting; merge settings keep the
 *      fields whose value is none.
 * unset: `which` has one flag per field, or NULL for all. */
MUST_CHECK enum err candidate_create(struct candidate *candidate,
    enum schema_object_id type, const struct value *keys, struct diag *diag);
MUST_CHECK enum err candidate_remove(struct candidate *candidate,
    enum schema_object_id type, const struct value *keys, struct diag *diag);
MUST_CHECK enum err candidate_set(struct candidate *candidate,
    enum schema_object_id type, const struct value *keys, uint16_t setting,
    const struct value *values, struct diag *diag);
MUST_CHECK enum err candidate_unset(struct candidate *candidate,
    enum schema_object_id type, const struct value *keys, uint16_t setting,
    const bool *which, struct diag *diag);

/* Bring the candidate onto a newer running configuration.  Clean: OK, and
 * base == running afterwards.  ERR_CONFLICT: the same setting changed on both
 * sides to different values, or one side deleted what the other changed; each
 * collision is in out_collisions (objects as the other side left them:
 * before = in the old base, after = in running) and the candidate is as
 * before. */
MUST_CHECK enum err candidate_rebase(struct candidate *candidate,
    const struct config *running, struct change_set *out_collisions);

/* ---- validation ---- */

/* Unseals a secret for a check or for use; ERR_AUTH where it was sealed under
 * another key. */
struct unsealer {
    enum err (*unseal)(void *context, const char *sealed, struct secret *out);
    void *context;
};

/* Says what a transform costs this machine, ns for a packet of 1,400 bytes; 0:
 * not known. */
struct appraiser {
    uint32_t (*cost_ns)(void *context, enum transform transform);
    void *context;
};

/* What is thought of an algorithm today.  because: what of a transform is not
 * strong is appended, "DES, MD5"; NULL is allowed. */
enum crypto_strength transform_strength(
    enum transform transform, struct str *because);
enum crypto_strength encryption_strength(enum ike_encryption encryption);
enum crypto_strength hash_strength(enum ike_hash hash);
enum crypto_strength group_strength(enum ike_group group);
/* A strong one of the same kind: AH, ESP without encryption, or ESP. */
enum transform transform_advised(enum transform transform);
/* The next tunnel that uses the transform set; after: the one before, or
 * NULL. */
const struct object *config_next_of_set(const struct config *config,
    const struct value *set, const struct object *after);

/* Everything that is wrong with `to`, as far as the change set can have
 * caused it (the changed objects and what depends on them): matrix rules,
 * references, named checks.  Pure.  All problems go to diag, each with its
 * path; the caller looks at diag_has_errors.  appraiser NULL: warnings tell no
 * costs. */
void config_validate(const struct config *to, const struct change_set *set,
    const struct unsealer *unsealer, const struct appraiser *appraiser,
    struct diag *diag);

/* ---- impact ---- */

/* What happens to a tunnel, and one reason for it: an object, by its keys, or
 * a setting of it (SCHEMA_NONE: the object as a whole).  All is borrowed from
 * the snapshot and the change set. */
struct impact_entry {
    const struct object *tunnel;
    enum tunnel_impact impact;
    enum schema_object_id type;
    const struct value *keys;
    uint16_t setting;
};

/* Entries of one tunnel stand together. */
struct impact {
    struct impact_entry *entries;
    size_t count;
    size_t room;
    bool is_mixed; /* some tunnels only depend on what changed */
};

/* One tunnel: the most that happens to it, and its entries. */
struct impact_group {
    const struct object *tunnel;
    enum tunnel_impact impact;
    const struct impact_entry *first;
    size_t count;
};

/* What the change set, which leads from `from` to `to`, does to tunnels.
 * Those that are not there are not disturbed.  Pure. */
void config_impact(const struct config *from, const struct config *to,
    const struct change_set *set, struct impact *out_impact);
void impact_done(struct impact *impact);
/* The next tunnel; false: there are no more.  position: 0 at first. */
bool impact_next(const struct impact *impact, size_t *position,
    struct impact_group *out_group);

#endif
