/*
 * configure.c - what IKE is told of a change set.
 *
 *    tunnel          ike_set_tunnel, or ike_remove_tunnel: manual, shut down,
 *                    or without an end
 *    preshared-key   ike_set_key
 *    ike-policy-rule ike_set_rules, all of them
 *    virtual-router  ike_set_options; its local endpoint is a source
 *    transform-set, system lifetime, transport-profile: all tunnels that it
 *                    may be for are set again, which is nothing to those whose
 *                    values stay
 */
#include "negotiator/state.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/str.h"
#include "gen/views.h"
#include "ipsec/ipsec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DECIMAL = 10, FIRST_ROOM = 16 };

uint16_t
group_number(enum schema_enum_id enumeration, unsigned index)
{
    return (uint16_t)strtoul(
        schema_enums[enumeration].values[index].word, NULL, DECIMAL);
}

/* ---- rules ---- */

static const enum ike_cipher ciphers[IKE_ENCRYPTION_COUNT] = {
    [IKE_ENCRYPTION_3DES] = IKE_3DES,
    [IKE_ENCRYPTION_DES] = IKE_DES,
    [IKE_ENCRYPTION_AES128] = IKE_AES_128,
    [IKE_ENCRYPTION_AES192] = IKE_AES_192,
    [IKE_ENCRYPTION_AES256] = IKE_AES_256,
};

static const enum ike_digest digests[IKE_HASH_COUNT] = {
    [IKE_HASH_MD5] = IKE_MD5,
    [IKE_HASH_SHA] = IKE_SHA1,
    [IKE_HASH_SHA256] = IKE_SHA256,
    [IKE_HASH_SHA384] = IKE_SHA384,
    [IKE_HASH_SHA512] = IKE_SHA512,
};

static const enum ike_aggressive modes[IKE_AGGRESSIVE_MODE_COUNT] = {
    [IKE_AGGRESSIVE_MODE_ACCEPTED] = IKE_AGGRESSIVE_ACCEPTED,
    [IKE_AGGRESSIVE_MODE_REQUESTED] = IKE_AGGRESSIVE_REQUESTED,
    [IKE_AGGRESSIVE_MODE_REQUIRED] = IKE_AGGRESSIVE_REQUIRED,
};

static struct ike_rule
rule_of(const struct negotiator *negotiator, const struct object *object)
{
    struct cfg_ike_policy_rule view;
    struct ike_rule rule;

    cfg_ike_policy_rule_read(object->fields, &view);
    rule = (struct ike_rule){
        .priority = (uint16_t)view.number,
        .cipher = ciphers[view.encryption],
        .digest = digests[view.hash],
        .method = view.authentication == IKE_AUTHENTICATION_RSA_SIG
                      ? IKE_RSA_SIG
                      : IKE_PRE_SHARE,
        .group = group_number(ENUM_IKE_GROUP, view.dh_group),
        .lifetime_s = view.lifetime,
        .aggressive = view.has_aggressive_mode ? modes[view.aggressive_mode]
                                               : IKE_AGGRESSIVE_NONE,
        .has_scope = view.has_scope_address,
        .scope_address = view.scope_address,
    };
    if (rule.has_scope && ipsec_vr(negotiator->ipsec, view.scope_virtual_router,
                              &rule.scope_vr) != OK)
        rule.scope_vr = UINT16_MAX; /* of no router: it fits nobody */
    return rule;
}

static void
set_rules(struct negotiator *negotiator, const struct config *to)
{
    struct ike_rule rules[IKE_RULES_MAX];
    const struct object *object = NULL;
    size_t count = 0;

    while (count < IKE_RULES_MAX &&
           (object = config_next(to, OBJECT_IKE_POLICY_RULE,
                object != NULL ? object->fields : NULL)) != NULL)
        rules[count++] = rule_of(negotiator, object);
    ike_set_rules(negotiator->ike, rules, count);
}

/* ---- keys and options ---- */

/* What a preshared key is for.  False: its virtual router is not there. */
static bool
read_peer(const struct negotiator *negotiator,
    const struct cfg_preshared_key *view, uint16_t *out_vr,
    struct ike_identity *out_identity)
{
    *out_identity = (struct ike_identity){.address = view->address};
    if (view->identity != NULL) {
        (void)snprintf(out_identity->name, sizeof out_identity->name, "%s",
            view->identity);
    }
    return ipsec_vr(negotiator->ipsec, view->virtual_router, out_vr) == OK;
}

static void
set_key(struct negotiator *negotiator, const struct object *object)
{
    const struct unsealer *unsealer = negotiator->unsealer;
    struct cfg_preshared_key view;
    struct ike_identity identity;
    struct secret key = {0};
    uint16_t vr;

    cfg_preshared_key_read(object->fields, &view);
    if (!read_peer(negotiator, &view, &vr, &identity) || view.key == NULL)
        return;
    if (unsealer->unseal(unsealer->context, view.key, &key) == OK) {
        ike_set_key(negotiator->ike, vr, &identity, &key);
    } else {
        log_event(LOG_ERROR, "ike", "KEY",
            "a preshared key was sealed under another router's key file: "
            "type the key itself");
    }
    secret_done(&key);
}

/* ---- what goes: its handles are known only before it is gone ---- */

static bool
read_removal(const struct negotiator *negotiator, const struct object *object,
    struct removal *removal)
{
    struct cfg_preshared_key view;

    *removal = (struct removal){.is_key = object->type == OBJECT_PRESHARED_KEY};
    if (object->type == OBJECT_TUNNEL || object->type == OBJECT_GRE_TUNNEL) {
        return ipsec_interface(negotiator->ipsec, object, &removal->handle) ==
               OK;
    }
    if (!removal->is_key)
        return false;
    cfg_preshared_key_read(object->fields, &view);
    return read_peer(negotiator, &view, &removal->vr, &removal->identity);
}

void
configure_plan(struct negotiator *negotiator, const struct change_set *changes)
{
    size_t room = 0;
    size_t i;

    for (i = 0; i < changes->count; i++) {
        const struct change *change = &changes->changes[i];

        if (change->after != NULL)
            continue;
        if (negotiator->removal_count == room) {
            room = room == 0 ? FIRST_ROOM : room * 2;
            negotiator->removals =
                mem_resize(negotiator->removals, sizeof(struct removal) * room);
        }
        if (read_removal(negotiator, change->before,
                &negotiator->removals[negotiator->removal_count]))
            negotiator->removal_count++;
    }
}

static void
remove_all(struct negotiator *negotiator)
{
    size_t i;

    for (i = 0; i < negotiator->removal_count; i++) {
        const struct removal *removal = &negotiator->removals[i];

        if (removal->is_key) {
            ike_remove_key(negotiator->ike, removal->vr, &removal->identity);
        } else {
            retry_remove(negotiator, removal->handle);
        }
    }
}

static void
set_options(struct negotiator *negotiator, const struct object *object)
{
    struct cfg_virtual_router view;
    uint16_t vr;

    cfg_virtual_router_read(object->fields, &view);
    if (ipsec_vr(negotiator->ipsec, view.name, &vr) != OK)
        return;
    ike_set_options(negotiator->ike, vr,
        &(struct ike_options){.dpd = view.option_dpd,
            .nat_t = view.option_nat_t,
            .tx_invalid_cookie = view.option_tx_invalid_cookie});
}

/* ---- tunnels ---- */

static bool
read_transforms(const struct config *to, const struct cfg_tunnel *view,
    struct ike_tunnel *tunnel)
{
    struct value key =
        value_text(view->transform_set != NULL ? view->transform_set : "");
    const struct object *set = config_find(to, OBJECT_TRANSFORM_SET, &key);
    uint64_t list;
    unsigned i;

    value_done(&key);
    if (set == NULL)
        return false;
    list = set->fields[FIELD_TRANSFORM_SET_TRANSFORMS].number;
    for (i = 0; i < value_list_count(list) && i < IKE_TRANSFORMS_MAX; i++)
        tunnel->transforms[i] = (enum transform)value_list_at(list, i);
    tunnel->transform_count = (uint8_t)i;
    return i > 0;
}

static void
read_lifetime(const struct config *to, const struct cfg_tunnel *view,
    struct ike_tunnel *tunnel)
{
    const struct object *object = config_next(to, OBJECT_SYSTEM, NULL);
    struct cfg_system system;

    cfg_system_read(object->fields, &system);
    tunnel->lifetime_s = view->has_lifetime_seconds
                             ? view->lifetime_seconds
                             : system.ipsec_lifetime_seconds;
    tunnel->lifetime_kb = view->has_lifetime_kilobytes
                              ? view->lifetime_kilobytes
                              : system.ipsec_lifetime_kilobytes;
}

static struct ike_selector
selector(bool has_first, uint32_t first, uint32_t last)
{
    return has_first ? (struct ike_selector){.first = first, .last = last}
                     : (struct ike_selector){.first = 0, .last = UINT32_MAX};
}

static struct ike_selector
subnet(uint32_t address, bool has_mask, uint32_t mask)
{
    if (!has_mask) {
        return (struct ike_selector){
            .first = address, .last = address, .is_address = true};
    }
    return (struct ike_selector){
        .first = address & mask, .last = address | ~mask};
}

static void
read_selectors(const struct cfg_tunnel *view, struct ike_tunnel *tunnel)
{
    tunnel->local_selector =
        view->has_local_identity_address
            ? subnet(view->local_identity_address,
                  view->has_local_identity_mask, view->local_identity_mask)
            : selector(view->has_local_identity_first,
                  view->local_identity_first, view->local_identity_last);
    tunnel->remote_selector =
        view->has_peer_identity_address
            ? subnet(view->peer_identity_address, view->has_peer_identity_mask,
                  view->peer_identity_mask)
            : selector(view->has_peer_identity_first, view->peer_identity_first,
                  view->peer_identity_last);
}

static void
name(struct ike_identity *identity, uint32_t address, const char *text)
{
    *identity = (struct ike_identity){.address = address};
    if (text != NULL)
        (void)snprintf(identity->name, sizeof identity->name, "%s", text);
}

static void
certified(struct ike_tunnel *tunnel, const char *text)
{
    if (text != NULL) {
        (void)snprintf(tunnel->certified, sizeof tunnel->certified, "%s", text);
    }
}

/* All but the other end.  False: IKE has nothing to do with it. */
static bool
read_tunnel(const struct negotiator *negotiator, const struct config *to,
    const struct object *object, struct ike_tunnel *tunnel)
{
    struct cfg_tunnel view;

    cfg_tunnel_read(object->fields, &view);
    *tunnel = (struct ike_tunnel){0};
    if (view.signaling != SIGNALING_ISAKMP || view.shutdown ||
        view.ip_shutdown ||
        ipsec_interface(negotiator->ipsec, object, &tunnel->number) != OK ||
        ipsec_vr(negotiator->ipsec,
            view.transport_vr != NULL ? view.transport_vr : view.virtual_router,
            &tunnel->vr) != OK ||
        !config_tunnel_source(to, object, &tunnel->local) ||
        !read_transforms(to, &view, tunnel))
        return false;
    name(&tunnel->local_identity, 0, view.source_identity);
    if (view.has_pfs_group)
        tunnel->pfs_group = group_number(ENUM_PFS_GROUP, view.pfs_group);
    read_lifetime(to, &view, tunnel);
    read_selectors(&view, tunnel);
    name(&tunnel->remote, view.destination_address, view.destination_identity);
    certified(tunnel, view.peer_certificate);
    return view.has_destination_address || view.destination_identity != NULL;
}

static void
set_tunnel(struct negotiator *negotiator, const struct config *to,
    const struct object *object)
{
    struct ike_tunnel primary;
    struct ike_tunnel backup;
    struct cfg_tunnel view;
    uint32_t handle;

    if (!read_tunnel(negotiator, to, object, &primary)) {
        if (ipsec_interface(negotiator->ipsec, object, &handle) == OK)
            retry_remove(negotiator, handle);
        return;
    }
    cfg_tunnel_read(object->fields, &view);
    backup = primary;
    name(&backup.remote, view.backup_destination_address,
        view.backup_destination_identity);
    certified(&backup, view.backup_certificate);
    retry_set(negotiator, &primary,
        view.has_backup_destination_address ||
                view.backup_destination_identity != NULL
            ? &backup
            : NULL);
}

static void
set_gre(struct negotiator *negotiator, const struct config *to,
    const struct object *object)
{
    struct ike_tunnel tunnel;
    uint32_t handle;

    if (read_gre(negotiator, to, object, &tunnel)) {
        retry_set(negotiator, &tunnel, NULL);
    } else if (ipsec_interface(negotiator->ipsec, object, &handle) == OK) {
        retry_remove(negotiator, handle);
    }
}

/* ---- the change set ---- */

typedef void set_one(struct negotiator *negotiator, const struct config *to,
    const struct object *object);

/* Tunnels look at it, wherever they are. */
static bool
reaches_tunnels(const struct change *change)
{
    const struct object *object = change_object(change);

    return object->type == OBJECT_TRANSFORM_SET ||
           (object->type == OBJECT_SYSTEM &&
               change_touches(change, SETTING_SYSTEM_IPSEC_LIFETIME)) ||
           (object->type == OBJECT_VIRTUAL_ROUTER &&
               change_touches(change, SETTING_VIRTUAL_ROUTER_LOCAL_ENDPOINT));
}

/* GRE tunnels do. */
static bool
reaches_gre(const struct change *change)
{
    const struct object *object = change_object(change);

    return object->type == OBJECT_TRANSPORT_PROFILE ||
           (object->type == OBJECT_SYSTEM &&
               change_touches(change, SETTING_SYSTEM_IPSEC_LIFETIME));
}

/* All of a type, or those that changed themselves. */
static void
set_tunnels(struct negotiator *negotiator, const struct config *to,
    const struct change_set *changes, enum schema_object_id type, bool all)
{
    set_one *set = type == OBJECT_TUNNEL ? set_tunnel : set_gre;
    const struct object *object = NULL;

    for (size_t i = 0; i < changes->count && !all; i++) {
        object = changes->changes[i].after;
        if (object != NULL && object->type == type)
            set(negotiator, to, object);
    }
    object = NULL;
    while (all && (object = config_next(to, type,
                       object != NULL ? object->fields : NULL)) != NULL)
        set(negotiator, to, object);
}

/* Tunnels come last: what they need is there, and for each one there is one
 * call. */
void
configure(struct negotiator *negotiator, const struct config *to,
    const struct change_set *changes)
{
    bool rules = false;
    bool all = false;
    bool all_gre = false;
    size_t i;

    remove_all(negotiator);
    for (i = 0; i < changes->count; i++) {
        const struct change *change = &changes->changes[i];
        const struct object *object = change_object(change);

        all = all || reaches_tunnels(change);
        all_gre = all_gre || reaches_gre(change);
        rules = rules || object->type == OBJECT_IKE_POLICY_RULE ||
                object->type == OBJECT_VIRTUAL_ROUTER;
        if (object->type == OBJECT_PRESHARED_KEY && change->after != NULL)
            set_key(negotiator, object);
        if (object->type == OBJECT_VIRTUAL_ROUTER && change->after != NULL)
            set_options(negotiator, object);
    }
    if (rules)
        set_rules(negotiator, to);
    set_tunnels(negotiator, to, changes, OBJECT_TUNNEL, all);
    set_tunnels(negotiator, to, changes, OBJECT_GRE_TUNNEL, all_gre);
}
