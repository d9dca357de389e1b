/*
 * access.c: from which addresses a community may be used.
 */
#include "snmp/access.h"

#include <criterion/criterion.h>

/* Lists of two virtual routers. */
static struct access_entry entries[] = {
    {"default", "a", ACCESS_ACTION_DENY,   0xc0000207, 0         },
    {"default", "a", ACCESS_ACTION_PERMIT, 0xc0000200, 0xff      },
    {"default", "a", ACCESS_ACTION_PERMIT, 0x0a000001, 0         },
    {"default", "b", ACCESS_ACTION_DENY,   0x0a000001, 0         },
    {"default", "b", ACCESS_ACTION_PERMIT, 0,          UINT32_MAX},
    {"isp",     "a", ACCESS_ACTION_PERMIT, 0x0a000002, 0         },
};

Test(access_lists, the_first_entry_that_matches_decides)
{
    static const struct {
        const char *vr;
        const char *list;
        uint32_t address;
        bool may;
        const char *why;
    } rows[] = {
        {"default", "",  0x01020304, true,  "no list"                        },
        {"default", "a", 0xc0000207, false, "the first entry, not the second"},
        {"default", "a", 0xc0000208, true,  "its wildcard"                   },
        {"default", "a", 0xc0000308, false, "outside the wildcard"           },
        {"default", "a", 0x0a000001, true,  "a host"                         },
        {"default", "a", 0x0a000002, false, "that is the other router's list"},
        {"isp",     "a", 0x0a000002, true,  "that one"                       },
        {"default", "b", 0x0a000001, false, "denied before all"              },
        {"default", "b", 0x0a000009, true,  "any"                            },
        {"default", "c", 0x0a000009, false, "there is no such list"          },
        {"default", "a", 0,          false, "not from an IPv4 socket"        },
    };
    const struct access access = {
        .entries = entries,
        .entry_count = sizeof entries / sizeof entries[0],
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct grant grant = {
            .access_list = rows[i].list, .vr = rows[i].vr};

        cr_expect_eq(access_allows(&access, &grant, rows[i].address),
            rows[i].may, "%s", rows[i].why);
    }
}
