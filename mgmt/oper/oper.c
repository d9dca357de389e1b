/*
 * oper.c - which function answers which show.
 */
#include "oper/oper.h"

#include "base/diag.h"
#include "oper/mib.h"
#include "oper/show.h"

bool
oper_is_configuration(enum schema_exec_id exec)
{
    static const bool are[EXEC_COUNT] = {
        [EXEC_MIB_INTERFACE] = true,
        [EXEC_MIB_STACK] = true,
        [EXEC_MIB_INTERFACE_SUMMARY] = true,
        [EXEC_MIB_ADDRESS] = true,
        [EXEC_MIB_TUNNEL] = true,
        [EXEC_MIB_TRANSFORM_SET] = true,
        [EXEC_MIB_LOCAL_ENDPOINT] = true,
        [EXEC_MIB_IKE_RULE] = true,
        [EXEC_MIB_IKE_KEY] = true,
        [EXEC_MIB_IKE_NAME_KEY] = true,
        [EXEC_MIB_ROUTER] = true,
        [EXEC_MIB_ROUTER_SUMMARY] = true,
        [EXEC_MIB_MODULE] = true,
        [EXEC_MIB_PHYSICAL] = true,
    };

    return (unsigned)exec < EXEC_COUNT && are[exec];
}

uint64_t
oper_stamp(const struct oper_view *view, enum schema_exec_id exec,
    const struct value *args, uint64_t start)
{
    const struct show show = {.view = view, .args = args};

    return exec == EXEC_MIB_TUNNEL_SA ? mib_tunnel_sas_stamp(&show, start) : 0;
}

static enum err (*const shows[EXEC_COUNT])(const struct show *) = {
    [EXEC_SHOW_VERSION] = show_version,
    [EXEC_SHOW_HARDWARE] = show_hardware,
    [EXEC_SHOW_REDUNDANCY] = show_redundancy,
    [EXEC_SHOW_BOOT] = show_boot,
    [EXEC_SHOW_ENVIRONMENT] = show_environment,
    [EXEC_DIR] = show_dir,
    [EXEC_SHOW_USERS] = show_users,
    [EXEC_SHOW_COMMIT_HISTORY] = show_commit_history,
    [EXEC_SHOW_COMMIT_CONFIRMED] = show_commit_confirmed,
    [EXEC_SHOW_COMMIT_ID] = show_commit_id,
    [EXEC_SHOW_AUDIT] = show_audit,
    [EXEC_SHOW_VIRTUAL_ROUTER] = show_virtual_router,
    [EXEC_SHOW_IP_ROUTE] = show_ip_route,
    [EXEC_SHOW_IP_STATIC] = show_ip_static,
    [EXEC_SHOW_INTERFACE] = show_ip_interface, /* the same rows */
    [EXEC_SHOW_CLOCK] = show_clock,
    [EXEC_SHOW_IP_INTERFACE] = show_ip_interface,
    [EXEC_SHOW_IPSEC_TRANSFORM_SET] = show_transform_set,
    [EXEC_SHOW_IPSEC_LIFETIME] = show_lifetime,
    [EXEC_SHOW_IPSEC_IKE_POLICY_RULE] = show_ike_policy_rule,
    [EXEC_SHOW_IPSEC_KEY_MANUAL] = show_key_manual,
    [EXEC_SHOW_IPSEC_LOCAL_ENDPOINT] = show_local_endpoint,
    [EXEC_SHOW_IPSEC_OPTION] = show_option,
    [EXEC_SHOW_LICENSE_IPSEC_TUNNELS] = show_license,
    [EXEC_SHOW_IPSEC_IKE_SA] = show_ike_sa,
    [EXEC_SHOW_IPSEC_IKE_FAILURES] = show_ike_failures,
    [EXEC_SHOW_IPSEC_TUNNEL_WHY] = show_tunnel_why,
    [EXEC_SHOW_IPSEC_TUNNEL_HISTORY] = show_tunnel_history,
    [EXEC_SHOW_IPSEC_TUNNEL] = show_tunnel,
    [EXEC_SHOW_IPSEC_TUNNEL_DETAIL] = show_tunnel_detail,
    [EXEC_SHOW_IPSEC_TUNNEL_SUMMARY] = show_tunnel_summary,
    [EXEC_SHOW_IPSEC_SA] = show_sa,
    [EXEC_SHOW_IPSEC_SA_DETAIL] = show_sa,
    [EXEC_SHOW_IP_TRAFFIC] = show_ip_traffic,
    [EXEC_SHOW_IP_DROPS] = show_ip_drops,
    [EXEC_SHOW_IP_POLICY_LIST] = show_policy_list,
    [EXEC_SHOW_IPSEC_CERTIFICATES] = show_certificates,
    [EXEC_SHOW_IPSEC_CRL] = show_crl,
    [EXEC_SHOW_IPSEC_CRL_SOURCES] = show_crl_sources,
    [EXEC_SHOW_IPSEC_CA_ENROLLMENT] = show_ca_enrollment,
    [EXEC_SHOW_IPSEC_IDENTITY] = show_identity,
    [EXEC_SHOW_IPSEC_IKE_CONFIGURATION] = show_ike_configuration,
    [EXEC_SHOW_IPSEC_KEY_MYPUBKEY_RSA] = show_mypubkey,
    [EXEC_SHOW_IPSEC_KEY_PUBKEY_CHAIN_RSA] = show_pubkey_chain,
    [EXEC_SHOW_IPSEC_CA_IDENTITY] = show_ca_identity,
    [EXEC_SHOW_LOG_DATA] = show_log_data,
    [EXEC_SHOW_LOG_CONFIGURATION] = show_log_configuration,
    [EXEC_SHOW_IPSEC_PROFILE] = show_ipsec_profile,
    [EXEC_SHOW_IPSEC_TRANSPORT_PROFILE] = show_ipsec_transport_profile,
    [EXEC_SHOW_GRE_TUNNEL] = show_gre_tunnel,
    [EXEC_SHOW_ACCESS_LIST] = show_access_list,
    [EXEC_SNMP_HOSTS] = show_snmp_hosts,
    [EXEC_SNMP_ACCESS_LISTS] = show_snmp_access_lists,
    [EXEC_SHOW_SNMP] = show_snmp,
    [EXEC_SHOW_SNMP_COMMUNITY] = show_snmp_community,
    [EXEC_SHOW_SNMP_TRAP] = show_snmp_trap,
    [EXEC_SHOW_SNMP_USER] = show_snmp_user,
    [EXEC_SHOW_HOSTS] = show_hosts,
    [EXEC_MIB_INTERFACE] = mib_interfaces,
    [EXEC_MIB_INTERFACE_STATE] = mib_interface_states,
    [EXEC_MIB_INTERFACE_COUNTERS] = mib_interface_counters,
    [EXEC_MIB_STACK] = mib_stack,
    [EXEC_MIB_INTERFACE_SUMMARY] = mib_interface_summary,
    [EXEC_MIB_IP] = mib_ip,
    [EXEC_MIB_ADDRESS] = mib_addresses,
    [EXEC_MIB_TUNNEL] = mib_tunnels,
    [EXEC_MIB_TUNNEL_SA] = mib_tunnel_sas,
    [EXEC_MIB_TUNNEL_STATE] = mib_tunnel_states,
    [EXEC_MIB_TUNNEL_CAUSE] = mib_tunnel_causes,
    [EXEC_MIB_TUNNEL_COUNTERS] = mib_tunnel_counters,
    [EXEC_MIB_TRANSFORM_SET] = mib_transform_sets,
    [EXEC_MIB_LOCAL_ENDPOINT] = mib_local_endpoints,
    [EXEC_MIB_IKE_RULE] = mib_ike_rules,
    [EXEC_MIB_IKE_KEY] = mib_ike_keys,
    [EXEC_MIB_IKE_NAME_KEY] = mib_ike_name_keys,
    [EXEC_MIB_IKE_SA] = mib_ike_sas,
    [EXEC_MIB_IKE_SA_OLD] = mib_ike_sas_old,
    [EXEC_MIB_IKE_COUNTERS] = mib_ike_counters,
    [EXEC_MIB_IKE_DROP] = mib_ike_drops,
    [EXEC_MIB_CERTIFICATE] = mib_certificates,
    [EXEC_MIB_ROUTER] = mib_routers,
    [EXEC_MIB_ROUTER_SUMMARY] = mib_router_summary,
    [EXEC_MIB_SYSTEM] = mib_system,
    [EXEC_MIB_DROP] = mib_drops,
    [EXEC_MIB_MODULE] = mib_modules,
    [EXEC_MIB_PHYSICAL] = mib_physical,
    [EXEC_SNMP_AGENT] = show_snmp_agent,
    [EXEC_SNMP_ACCESS_COMMUNITIES] = show_snmp_access_communities,
    [EXEC_SNMP_ACCESS_USERS] = show_snmp_access_users,
    [EXEC_SNMP_CONTEXTS] = show_snmp_contexts,
};

enum err
oper_show(const struct oper_view *view, enum schema_exec_id exec,
    const struct value *args, const struct row_sink *sink, struct diag *diag)
{
    const struct show show = {view, args, sink, diag};

    if ((unsigned)exec >= EXEC_COUNT || shows[exec] == NULL) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "This is no command that answers with rows.");
        return ERR_INVALID;
    }
    return shows[exec](&show);
}
