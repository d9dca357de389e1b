/*
 * rows.h - what the layouts of this room share: rows and plain tables.
 */
#ifndef SHOW_ROWS_H
#define SHOW_ROWS_H

#include "base/arena.h"
#include "schema/schema.h"
#include "show/show.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Heap; owns its values. */
struct show_rows {
    uint16_t rows; /* enum schema_rows_id */
    size_t count;
    size_t room;
    struct value *values; /* column_count for each row */
};

const struct value *rows_at(const struct show_rows *rows, size_t index);
/* Is the column of the row set; its number or 0; its text or "". */
bool cell_has(const struct value *row, unsigned column);
uint64_t cell_number(const struct value *row, unsigned column);
const char *cell_text(const struct value *row, unsigned column);
/* The column as it is typed, enumerations by their words; `---` if unset. */
void cell_write(const struct show_rows *rows, const struct value *row,
    unsigned column, struct str *out);

/* ---- layouts ---- */

typedef void show_layout(
    const struct show_rows *rows, size_t width, struct str *out);

show_layout layout_history, layout_version, layout_hardware, layout_redundancy,
    layout_boot, layout_environment, layout_dir, layout_users, layout_privilege,
    layout_clock, layout_commit_history, layout_commit_confirmed;
show_layout layout_virtual_router, layout_ip_route, layout_ip_interface,
    layout_interface, layout_ip_drops;
show_layout layout_ipsec_transform_set, layout_ipsec_lifetime,
    layout_ipsec_ike_policy_rule, layout_ipsec_tunnel,
    layout_ipsec_tunnel_detail, layout_ipsec_tunnel_summary;
show_layout layout_ip_policy_list;
show_layout layout_ipsec_key_manual, layout_ipsec_local_endpoint,
    layout_ipsec_option, layout_license_ipsec_tunnels;
show_layout layout_ipsec_sa, layout_ipsec_sa_detail, layout_ip_traffic,
    layout_packet_step;
show_layout layout_ipsec_ike_sa, layout_ipsec_ike_failures,
    layout_ipsec_tunnel_why, layout_ipsec_tunnel_history,
    layout_ipsec_tunnel_test;
show_layout layout_ipsec_certificates, layout_ipsec_crl, layout_ipsec_identity,
    layout_ipsec_ike_configuration, layout_ipsec_key_mypubkey_rsa,
    layout_ipsec_key_pubkey_chain_rsa, layout_ipsec_ca_identity;
show_layout layout_ping;
show_layout layout_candidate_impact, layout_audit;
show_layout layout_access_list;
show_layout layout_snmp, layout_ipsec_profile, layout_gre_tunnel,
    layout_ipsec_crypto_report, layout_ipsec_crl_sources,
    layout_ipsec_ca_enrollment;

/* ---- tables ---- */

enum { TABLE_COLUMNS_MAX = SCHEMA_COLUMNS_MAX > 8 ? SCHEMA_COLUMNS_MAX : 8 };

struct table_column {
    const char *title;
    bool right; /* numbers stand to the right */
};

/* Cells row by row; done with text_table_print. */
struct text_table {
    const struct table_column *columns; /* borrowed */
    size_t column_count;
    size_t widths[TABLE_COLUMNS_MAX];
    struct arena arena;
    const char **cells;
    size_t cell_count;
    size_t room;
    bool is_open; /* the last column holds sentences: its dashes are few */
};

void text_table_begin(
    struct text_table *table, const struct table_column *columns, size_t count);
void text_table_add(struct text_table *table, const char *text);
/* A column of a row as cell_write has it. */
void text_table_add_cell(struct text_table *table, const struct show_rows *rows,
    const struct value *row, unsigned column);
/* Titles, a line of dashes, the rows; then the table's memory is freed. */
void text_table_print(struct text_table *table, struct str *out);

/* "MON JUN 09 2014 05:21:30 UTC" */
void write_date(uint64_t since_1970_s, struct str *out);

#endif
