/*
 * policy.c - layout of the show about policy routing.
 *
 *    Policy list corp, attached to 1 interface
 *      Precedence 10, classifier list office: filter
 *        12 packets, 1008 octets
 */
#include "show/rows.h"

#include "base/str.h"
#include "gen/enums.h"

#include <inttypes.h>

static void
print_list(const struct value *row, struct str *out)
{
    uint64_t count = cell_number(row, COLUMN_IP_POLICY_LIST_INTERFACES);

    str_printf(out, "Policy list %s, attached to %" PRIu64 " interface%s\n",
        cell_text(row, COLUMN_IP_POLICY_LIST_POLICY_LIST), count,
        count == 1 ? "" : "s");
}

static void
print_action(
    const struct show_rows *rows, const struct value *row, struct str *out)
{
    switch (cell_number(row, COLUMN_IP_POLICY_LIST_ACTION)) {
    case POLICY_ACTION_FORWARD_TUNNEL:
        str_printf(out, "forward interface tunnel ipsec:%s",
            cell_text(row, COLUMN_IP_POLICY_LIST_TUNNEL));
        break;
    case POLICY_ACTION_FORWARD_NEXT_HOP:
        str_add(out, "forward next-hop ");
        cell_write(rows, row, COLUMN_IP_POLICY_LIST_NEXT_HOP, out);
        break;
    case POLICY_ACTION_FILTER:
        str_add(out, "filter");
        break;
    case POLICY_ACTION_PERMIT:
        str_add(out, "permit");
        break;
    default: /* of a newer router */
        str_add(out, "unknown");
        break;
    }
}

static void
print_group(
    const struct show_rows *rows, const struct value *row, struct str *out)
{
    str_printf(out, "  Precedence %" PRIu64 ", classifier list %s: ",
        cell_number(row, COLUMN_IP_POLICY_LIST_PRECEDENCE),
        cell_text(row, COLUMN_IP_POLICY_LIST_CLASSIFIER_LIST));
    print_action(rows, row, out);
    str_printf(out, "\n    %" PRIu64 " packets, %" PRIu64 " octets\n",
        cell_number(row, COLUMN_IP_POLICY_LIST_PACKETS),
        cell_number(row, COLUMN_IP_POLICY_LIST_OCTETS));
}

void
layout_ip_policy_list(
    const struct show_rows *rows, size_t width, struct str *out)
{
    const char *last = "";
    size_t i;

    (void)width;
    for (i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);
        const char *name = cell_text(row, COLUMN_IP_POLICY_LIST_POLICY_LIST);

        if (i == 0 || !str_equal(name, last))
            print_list(row, out);
        last = name;
        if (cell_has(row, COLUMN_IP_POLICY_LIST_CLASSIFIER_LIST)) {
            print_group(rows, row, out);
        } else {
            str_add(out, "  No classifier group: all packets are routed\n");
        }
    }
}
