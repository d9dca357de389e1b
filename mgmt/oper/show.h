/*
 * show.h - what the show functions share; private to this room.
 *
 * A show fills one row after the other and hands each to the sink; rows own
 * their values until they are sent.
 */
#ifndef OPER_SHOW_H
#define OPER_SHOW_H

#include "base/err.h"
#include "config/config.h"
#include "dp.h"
#include "oper/oper.h"

#include <stdbool.h>
#include <stdint.h>

struct str;

/* What one show was asked, borrowed for the call. */
struct show {
    const struct oper_view *view;
    const struct value *args;
    const struct row_sink *sink;
    struct diag *diag;
};

/* ---- row.c ---- */

struct row {
    struct value columns[SCHEMA_COLUMNS_MAX];
};

/* Columns that are not filled are not set. */
void row_start(struct row *row);
void row_text(struct row *row, unsigned column, const char *text);
void row_str(struct row *row, unsigned column, const struct str *text);
void row_number(struct row *row, unsigned column, uint64_t number);
void row_flag(struct row *row, unsigned column, bool is_set);
void row_send(struct row *row, const struct show *show);
void row_clear(struct row *row, unsigned column);
void row_done(struct row *row); /* of one that is not sent */

/* ERR_NOT_FOUND with the sentence in diag. */
MUST_CHECK enum err show_not_found(const struct show *show, const char *fmt,
    ...) __attribute__((format(printf, 2, 3)));
/* The virtual router named by an argument, or the session's where that is
 * not set. */
MUST_CHECK enum err show_vr(
    const struct show *show, unsigned arg, const char **out_vr);
/* Tunnels have one name space over all virtual routers. */
const struct object *show_find_tunnel(
    const struct config *running, const char *name);
/* "fastEthernet0/0", "loopback0", "ipsec:siteB". */
void show_interface_name(const struct object *object, struct str *out);
/* Counters of an interface or tunnel object; zero where the dataplane does
 * not have it. */
void show_counters(const struct show *show, const struct object *object,
    struct dp_interface_counters *out_counters);

/* ---- the shows, one function each ---- */

/* router.c */
enum err show_version(const struct show *show);
enum err show_hardware(const struct show *show);
enum err show_redundancy(const struct show *show);
enum err show_boot(const struct show *show);
enum err show_environment(const struct show *show);
enum err show_clock(const struct show *show);
enum err show_dir(const struct show *show);
enum err show_users(const struct show *show);

/* commits.c */
enum err show_commit_history(const struct show *show);
enum err show_commit_confirmed(const struct show *show);
enum err show_commit_id(const struct show *show);

/* audit.c */
enum err show_audit(const struct show *show);

/* ip.c */
enum err show_virtual_router(const struct show *show);
enum err show_ip_interface(const struct show *show);
enum err show_ip_drops(const struct show *show);

/* gre.c */
enum err show_gre_tunnel(const struct show *show);

/* traffic.c */
enum err show_sa(const struct show *show);
enum err show_ip_traffic(const struct show *show);

/* routes.c */
enum err show_ip_route(const struct show *show);
enum err show_ip_static(const struct show *show);

/* ike.c */
enum err show_ike_policy_rule(const struct show *show);

/* negotiator.c */
enum err show_ike_sa(const struct show *show);
enum err show_ike_failures(const struct show *show);
enum err show_tunnel_why(const struct show *show);
enum err show_tunnel_history(const struct show *show);

/* policy.c */
enum err show_policy_list(const struct show *show);

/* keys.c */
enum err show_key_manual(const struct show *show);
enum err show_local_endpoint(const struct show *show);
enum err show_option(const struct show *show);
enum err show_license(const struct show *show);

/* pki.c */
enum err show_certificates(const struct show *show);
enum err show_crl(const struct show *show);
enum err show_identity(const struct show *show);
enum err show_ike_configuration(const struct show *show);
enum err show_mypubkey(const struct show *show);
enum err show_pubkey_chain(const struct show *show);
enum err show_ca_identity(const struct show *show);

/* authority.c */
enum err show_crl_sources(const struct show *show);
enum err show_ca_enrollment(const struct show *show);

/* log.c */
enum err show_log_data(const struct show *show);
enum err show_log_configuration(const struct show *show);

/* profile.c */
enum err show_ipsec_profile(const struct show *show);
enum err show_ipsec_transport_profile(const struct show *show);

/* access.c */
enum err show_access_list(const struct show *show);

/* snmp_notify.c */
enum err show_snmp_hosts(const struct show *show);
enum err show_snmp_access_lists(const struct show *show);

/* snmp.c */
enum err show_snmp(const struct show *show);
enum err show_snmp_community(const struct show *show);
enum err show_snmp_trap(const struct show *show);
enum err show_snmp_user(const struct show *show);
enum err show_hosts(const struct show *show);

/* snmp_agent.c */
enum err show_snmp_agent(const struct show *show);
enum err show_snmp_access_communities(const struct show *show);
enum err show_snmp_access_users(const struct show *show);
enum err show_snmp_contexts(const struct show *show);

/* tunnels.c */
enum err show_transform_set(const struct show *show);
enum err show_lifetime(const struct show *show);
enum err show_tunnel(const struct show *show);
enum err show_tunnel_detail(const struct show *show);
enum err show_tunnel_summary(const struct show *show);

#endif
