/*
 * rows.c - the rows of one answer, and which layout prints them.
 */
#include "show/rows.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"

#include <assert.h>
#include <stdlib.h>

enum { ROWS_ROOM = 16 };

static size_t
column_count(const struct show_rows *rows)
{
    return schema_rows[rows->rows].column_count;
}

struct show_rows *
show_rows_new(uint16_t rows)
{
    struct show_rows *new = mem_alloc(sizeof *new);

    assert(rows < ROWS_COUNT);
    new->rows = rows;
    return new;
}

void
show_rows_free(struct show_rows *rows)
{
    size_t i;

    if (rows == NULL)
        return;
    for (i = 0; i < rows->count * column_count(rows); i++)
        value_done(&rows->values[i]);
    free(rows->values);
    free(rows);
}

enum err
show_rows_add(struct show_rows *rows, const struct value *columns, size_t count)
{
    struct value *to;
    size_t i;

    if (count != column_count(rows))
        return ERR_MALFORMED;
    for (i = 0; i < count; i++) {
        if (value_is_set(&columns[i]) &&
            value_check(
                &schema_rows[rows->rows].columns[i].type, &columns[i]) != OK)
            return ERR_MALFORMED;
    }
    if (rows->count == rows->room) {
        rows->room = rows->room == 0 ? ROWS_ROOM : rows->room * 2;
        rows->values =
            mem_resize(rows->values, rows->room * count * sizeof *rows->values);
    }
    to = &rows->values[rows->count * count];
    for (i = 0; i < count; i++)
        to[i] = value_share(&columns[i]);
    rows->count++;
    return OK;
}

const struct value *
rows_at(const struct show_rows *rows, size_t index)
{
    return &rows->values[index * column_count(rows)];
}

bool
cell_has(const struct value *row, unsigned column)
{
    return value_is_set(&row[column]);
}

uint64_t
cell_number(const struct value *row, unsigned column)
{
    return row[column].kind == VALUE_NUMBER ? row[column].number : 0;
}

const char *
cell_text(const struct value *row, unsigned column)
{
    return value_string(&row[column]);
}

void
cell_write(const struct show_rows *rows, const struct value *row,
    unsigned column, struct str *out)
{
    const struct schema_type *type =
        &schema_rows[rows->rows].columns[column].type;

    if (type->kind == TYPE_FLAG) {
        str_add(out, cell_has(row, column) ? "yes" : "no");
    } else if (!cell_has(row, column) ||
               (row[column].kind == VALUE_TEXT &&
                   cell_text(row, column)[0] == '\0')) {
        str_add(out, "---");
    } else if (row[column].kind == VALUE_TEXT) {
        str_add(out, cell_text(row, column));
    } else {
        value_write(type, &row[column], out);
    }
}

void
write_date(uint64_t since_1970_s, struct str *out)
{
    char text[CLOCK_TEXT_SIZE];

    str_add(out, clock_format_router(since_1970_s * 1000000, text));
}

/* ---- layouts ---- */

/* Where an exec has no layout of its own: a table of all columns. */
static void
show_plain(const struct show_rows *rows, size_t width, struct str *out)
{
    struct table_column columns[TABLE_COLUMNS_MAX];
    struct text_table table;
    unsigned column;
    size_t i;

    (void)width;
    for (column = 0; column < column_count(rows); column++) {
        const struct schema_field *field =
            &schema_rows[rows->rows].columns[column];

        columns[column] = (struct table_column){
            .title = field->name, .right = field->type.kind == TYPE_UINT};
    }
    text_table_begin(&table, columns, column_count(rows));
    for (i = 0; i < rows->count; i++) {
        for (column = 0; column < column_count(rows); column++)
            text_table_add_cell(&table, rows, rows_at(rows, i), column);
    }
    text_table_print(&table, out);
}

static show_layout *const layouts[EXEC_COUNT] = {
    [EXEC_SHOW_HISTORY] = layout_history,
    [EXEC_SHOW_VERSION] = layout_version,
    [EXEC_SHOW_HARDWARE] = layout_hardware,
    [EXEC_SHOW_REDUNDANCY] = layout_redundancy,
    [EXEC_SHOW_BOOT] = layout_boot,
    [EXEC_SHOW_ENVIRONMENT] = layout_environment,
    [EXEC_DIR] = layout_dir,
    [EXEC_SHOW_USERS] = layout_users,
    [EXEC_SHOW_PRIVILEGE] = layout_privilege,
    [EXEC_SHOW_COMMIT_HISTORY] = layout_commit_history,
    [EXEC_SHOW_COMMIT_ID] = layout_commit_history,
    [EXEC_SHOW_COMMIT_CONFIRMED] = layout_commit_confirmed,
    [EXEC_SHOW_VIRTUAL_ROUTER] = layout_virtual_router,
    [EXEC_SHOW_IP_ROUTE] = layout_ip_route,
    [EXEC_SHOW_IP_STATIC] = layout_ip_route,
    [EXEC_SHOW_INTERFACE] = layout_interface,
    [EXEC_SHOW_CLOCK] = layout_clock,
    [EXEC_SHOW_IP_INTERFACE] = layout_ip_interface,
    [EXEC_SHOW_IPSEC_TRANSFORM_SET] = layout_ipsec_transform_set,
    [EXEC_SHOW_IPSEC_LIFETIME] = layout_ipsec_lifetime,
    [EXEC_SHOW_IPSEC_IKE_POLICY_RULE] = layout_ipsec_ike_policy_rule,
    [EXEC_SHOW_IPSEC_KEY_MANUAL] = layout_ipsec_key_manual,
    [EXEC_SHOW_IPSEC_LOCAL_ENDPOINT] = layout_ipsec_local_endpoint,
    [EXEC_SHOW_IPSEC_OPTION] = layout_ipsec_option,
    [EXEC_SHOW_LICENSE_IPSEC_TUNNELS] = layout_license_ipsec_tunnels,
    [EXEC_SHOW_IPSEC_IKE_SA] = layout_ipsec_ike_sa,
    [EXEC_SHOW_IPSEC_IKE_FAILURES] = layout_ipsec_ike_failures,
    [EXEC_SHOW_IPSEC_TUNNEL_WHY] = layout_ipsec_tunnel_why,
    [EXEC_SHOW_IPSEC_TUNNEL_HISTORY] = layout_ipsec_tunnel_history,
    [EXEC_TEST_IPSEC_TUNNEL] = layout_ipsec_tunnel_test,
    [EXEC_TEST_IPSEC_TUNNEL_OFFLINE] = layout_ipsec_tunnel_test,
    [EXEC_SHOW_IPSEC_TUNNEL] = layout_ipsec_tunnel,
    [EXEC_SHOW_IPSEC_TUNNEL_DETAIL] = layout_ipsec_tunnel_detail,
    [EXEC_SHOW_IPSEC_TUNNEL_SUMMARY] = layout_ipsec_tunnel_summary,
    [EXEC_SHOW_IP_INTERFACE_DELTA] = layout_ip_interface,
    [EXEC_SHOW_IP_DROPS_DELTA] = layout_ip_drops,
    [EXEC_SHOW_IP_TRAFFIC_DELTA] = layout_ip_traffic,
    [EXEC_SHOW_IPSEC_TUNNEL_DETAIL_DELTA] = layout_ipsec_tunnel_detail,
    [EXEC_SHOW_IPSEC_SA_DELTA] = layout_ipsec_sa,
    [EXEC_EXPLAIN_PACKET] = layout_packet_step,
    [EXEC_SHOW_PACKET_TRACE] = layout_packet_step,
    [EXEC_SHOW_IPSEC_SA] = layout_ipsec_sa,
    [EXEC_SHOW_IPSEC_SA_DETAIL] = layout_ipsec_sa_detail,
    [EXEC_SHOW_IP_TRAFFIC] = layout_ip_traffic,
    [EXEC_SHOW_IP_DROPS] = layout_ip_drops,
    [EXEC_SHOW_IP_POLICY_LIST] = layout_ip_policy_list,
    [EXEC_SHOW_IPSEC_CERTIFICATES] = layout_ipsec_certificates,
    [EXEC_SHOW_IPSEC_CRL] = layout_ipsec_crl,
    [EXEC_SHOW_IPSEC_CRL_SOURCES] = layout_ipsec_crl_sources,
    [EXEC_SHOW_IPSEC_CA_ENROLLMENT] = layout_ipsec_ca_enrollment,
    [EXEC_SHOW_IPSEC_IDENTITY] = layout_ipsec_identity,
    [EXEC_SHOW_IPSEC_IKE_CONFIGURATION] = layout_ipsec_ike_configuration,
    [EXEC_SHOW_IPSEC_KEY_MYPUBKEY_RSA] = layout_ipsec_key_mypubkey_rsa,
    [EXEC_SHOW_IPSEC_KEY_PUBKEY_CHAIN_RSA] = layout_ipsec_key_pubkey_chain_rsa,
    [EXEC_SHOW_IPSEC_CA_IDENTITY] = layout_ipsec_ca_identity,
    [EXEC_PING] = layout_ping,
    [EXEC_SHOW_CANDIDATE_IMPACT] = layout_candidate_impact,
    [EXEC_SHOW_AUDIT] = layout_audit,
    [EXEC_SHOW_ACCESS_LIST] = layout_access_list,
    [EXEC_SHOW_SNMP] = layout_snmp,
    [EXEC_SHOW_IPSEC_PROFILE] = layout_ipsec_profile,
    [EXEC_SHOW_IPSEC_TRANSPORT_PROFILE] = layout_ipsec_profile,
    [EXEC_SHOW_GRE_TUNNEL] = layout_gre_tunnel,
    [EXEC_SHOW_IPSEC_CRYPTO_REPORT] = layout_ipsec_crypto_report,
};

void
show_rows_print(
    const struct show_rows *rows, uint16_t exec, size_t width, struct str *out)
{
    show_layout *layout = show_plain;

    if (exec < EXEC_COUNT && layouts[exec] != NULL &&
        schema_execs[exec].rows == rows->rows)
        layout = layouts[exec];
    layout(rows, width, out);
}
