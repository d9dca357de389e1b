/*
 * `notification` and `varbind`: what is refused, and the tables and the page
 * that come out.
 */
#include "schemas/schemac/emit.h"

#include <criterion/criterion.h>
#include <string.h>

/* Line 1 to 11 of every text. */
static const char prologue[] =
    "mode exec \"\"\n"
    "mode config \"(config)\"\n"
    "enum event-severity \"Severities\"\n"
    "    value notice  \"x\"\n"
    "enum snmp-category \"Categories\"\n"
    "    value link  \"x\"\n"
    "rows notification \"What is told\"\n"
    "    column if_index uint(1..9) \"x\"\n"
    "    column name line(0..9) \"x\"\n"
    "varbind if_index ifIndex 1.3.1 integer if_index\n"
    "varbind name aName 1.3.2 octets scalar\n";

static void
compile(struct model *model, const char *text)
{
    struct str whole;

    str_init(&whole);
    str_printf(&whole, "%s%s", prologue, text);
    model_init(model);
    schema_parse(model, "f", str_text(&whole), whole.length);
    schema_finish(model);
    str_done(&whole);
}

Test(schemac_notify, refuses_what_could_not_be_told)
{
    static const struct {
        const char *text;
        const char *report;
        const char *why;
    } rows[] = {
        {"varbind name b 1.3 octets scalar\n",
         "f:12: a second varbind 'name'\n",                                                                    "one object a column"},
        {"varbind nome b 1.3 octets name\n",
         "f:12: rows 'notification' have no column 'nome'\n",                                                  "column"             },
        {"varbind if_index b 1..3 octets nome\n",
         "f:12: a second varbind 'if_index'\n"
            "f:12: rows 'notification' have no column 'nome'\n"
            "f:12: '1..3' is no object identifier\n",                                                          "instance and OID"   },
        {"varbind if_index b 1.3 float scalar\n",
         "f:12: a second varbind 'if_index'\n"
            "f:12: 'float' is no type of a varbind\n",                                                         "type"               },
        {"notification a T 1.3 lonk notice \"x\"\n",
         "f:12: 'lonk' is no word of snmp-category\n",                                                         "category"           },
        {"notification a T 1.3 link fatal \"x\"\n",
         "f:12: 'fatal' is no word of event-severity\n",                                                       "severity"           },
        {"notification a T 1.3. link notice \"x\"\n",
         "f:12: '1.3.' is no object identifier\n",                                                             "OID"                },
        {"notification a T 1.3 link notice \"x\"\n    tells name nome\n",
         "f:12: no varbind 'nome'\n",                                                                          "what it tells"      },
        {"notification a T 1.3 link notice \"x\"\n"
         "notification a T 1.3 link notice \"x\"\n",             "f:13: a second notification 'a'\n", "name"               },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct model model;

        compile(&model, rows[i].text);
        cr_expect_str_eq(str_text(&model.report.text), rows[i].report,
            "%s: got %s", rows[i].why, str_text(&model.report.text));
        model_done(&model);
    }
}

Test(schemac_notify, makes_tables_and_a_page)
{
    static const struct {
        void (*emit)(struct model *model, struct str *out);
        const char *part;
    } parts[] = {
        {emit_notifications_h,  "    NOTIFICATION_WENT_UP,\n"
                               "    NOTIFICATION_COUNT\n"},
        {emit_notifications_c,
         "{\"aName\", \"1.3.2\", VARBIND_OCTETS, COLUMN_NOTIFICATION_NAME,\n"
            "        VARBIND_SCALAR}"                                                  },
        {emit_notifications_c,
         "[NOTIFICATION_WENT_UP] = {\"went-up\", \"wentUp\", \"1.3.9\",\n"
            "        \"It went \\\\ up.\",\n"
            "        SNMP_CATEGORY_LINK, EVENT_SEVERITY_NOTICE, 2, {0, 1}}"            },
        {emit_notifications_md,
         "| `wentUp`<br>1.3.9 | link | notice | It went \\ up. | `ifIndex`, "
            "`aName` |"                                                                },
        {emit_notifications_md, "| `aName` | 1.3.2 | octets | 0 |"                     },
    };
    struct model model;

    compile(&model,
        "notification went-up wentUp 1.3.9 link notice \"It went \\ up.\"\n"
        "    tells if_index name\n");
    cr_assert_eq(model.report.count, 0, "%s", str_text(&model.report.text));
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        struct str out;

        str_init(&out);
        parts[i].emit(&model, &out);
        cr_expect_neq(strstr(str_text(&out), parts[i].part), NULL, "%s\n%s",
            parts[i].part, str_text(&out));
        str_done(&out);
    }
    model_done(&model);
}
