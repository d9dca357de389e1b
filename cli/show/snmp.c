/*
 * snmp.c - layout of `show snmp`.
 */
#include "show/rows.h"

#include "base/str.h"

static void
line(const struct show_rows *rows, const struct value *row, const char *title,
    unsigned column, struct str *out)
{
    str_printf(out, "  %-22s: ", title);
    cell_write(rows, row, column, out);
    str_add_char(out, '\n');
}

void
layout_snmp(const struct show_rows *rows, size_t width, struct str *out)
{
    static const struct {
        const char *title;
        unsigned column;
    } lines[] = {
        {"Agent configured",      COLUMN_SNMP_SETTINGS_ENABLED            },
        {"Agent running",         COLUMN_SNMP_SETTINGS_RUNNING            },
        {"Contact",               COLUMN_SNMP_SETTINGS_CONTACT            },
        {"Location",              COLUMN_SNMP_SETTINGS_LOCATION           },
        {"Packet size",           COLUMN_SNMP_SETTINGS_PACKET_SIZE        },
        {"Trap source",           COLUMN_SNMP_SETTINGS_TRAP_SOURCE        },
        {"Traps enabled",         COLUMN_SNMP_SETTINGS_TRAPS              },
        {"Trap categories",       COLUMN_SNMP_SETTINGS_TRAP_CATEGORIES    },
        {"Trap severity",         COLUMN_SNMP_SETTINGS_TRAP_SEVERITY      },
        {"Trap proxy",            COLUMN_SNMP_SETTINGS_TRAP_PROXY         },
        {"Interfaces compressed", COLUMN_SNMP_SETTINGS_INTERFACES_COMPRESS},
        {"Communities",           COLUMN_SNMP_SETTINGS_COMMUNITIES        },
        {"Receivers of traps",    COLUMN_SNMP_SETTINGS_HOSTS              },
        {"Users",                 COLUMN_SNMP_SETTINGS_USERS              },
    };
    static const struct {
        const char *title;
        unsigned column;
    } counters[] = {
        {"Asked at",              COLUMN_SNMP_SETTINGS_LISTENS              },
        {"Packets in",            COLUMN_SNMP_SETTINGS_IN_PACKETS           },
        {"Packets out",           COLUMN_SNMP_SETTINGS_OUT_PACKETS          },
        {"Bad versions",          COLUMN_SNMP_SETTINGS_BAD_VERSIONS         },
        {"Bad communities",       COLUMN_SNMP_SETTINGS_BAD_COMMUNITIES      },
        {"Bad users, passwords",  COLUMN_SNMP_SETTINGS_BAD_USERS            },
        {"Bad packets",           COLUMN_SNMP_SETTINGS_BAD_PACKETS          },
        {"GET",                   COLUMN_SNMP_SETTINGS_GET_REQUESTS         },
        {"GETNEXT, GETBULK",      COLUMN_SNMP_SETTINGS_NEXT_REQUESTS        },
        {"SET, refused",          COLUMN_SNMP_SETTINGS_SET_REQUESTS         },
        {"Responses",             COLUMN_SNMP_SETTINGS_RESPONSES            },
        {"Notifications sent",    COLUMN_SNMP_SETTINGS_NOTIFICATIONS_SENT   },
        {"Informs acknowledged",  COLUMN_SNMP_SETTINGS_INFORMS_ACKNOWLEDGED },
        {"Notifications failed",  COLUMN_SNMP_SETTINGS_NOTIFICATIONS_FAILED },
        {"Notifications dropped", COLUMN_SNMP_SETTINGS_NOTIFICATIONS_DROPPED},
    };
    size_t i;
    size_t k;

    (void)width;
    for (i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        str_printf(out, "SNMP of virtual router %s:\n",
            cell_text(row, COLUMN_SNMP_SETTINGS_VIRTUAL_ROUTER));
        for (k = 0; k < sizeof lines / sizeof lines[0]; k++)
            line(rows, row, lines[k].title, lines[k].column, out);
        if (!cell_has(row, COLUMN_SNMP_SETTINGS_IN_PACKETS))
            continue;
        str_add(out, "The agent, of all virtual routers:\n");
        for (k = 0; k < sizeof counters / sizeof counters[0]; k++)
            line(rows, row, counters[k].title, counters[k].column, out);
    }
}
