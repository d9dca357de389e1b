/*
 * The generated files, by what must be in them.
 */
#include "schemas/schemac/emit.h"

#include <criterion/criterion.h>
#include <string.h>

static const char schema[] =
    "mode exec \"\"\nmode config \"(config)\"\n"
    "enum way \"Ways\"\n    value fast-lane \"Fast??\"\n    value 2 \"Two\"\n"
    "order vr o pin gate box\n"
    "object vr \"Router\"\n    syntax vr <name>\n"
    "    key name text(1..9) \"Name\"\n    preset default\n"
    "object o \"Thing\"\n    parent vr\n    syntax thing <name> [<hop>]\n"
    "    key name text(1..9) \"Name\"\n"
    "    key hop ipv4 \"Hop\" optional\n    check o\n    kinds way\n"
    "    attr way enum(way)\n        help \"Way\"\n        syntax way <way>\n"
    "        default fast-lane\n"
    "        fast-lane required \"Say | which.\"\n"
    "    attr vr2 text(1..9)\n        help \"Other\"\n"
    "        syntax other <vr2>\n        references vr\n"
    "    attr key1 secret(hex 1..2)\n        help \"Key\"\n"
    "        syntax key { <key1> | masked <key1:masked> }\n"
    "    attr off flag\n        help \"Off\"\n        syntax off\n"
    "object pin \"Pin\"\n    syntax pin <name>\n"
    "    key name text(1..9) \"Name\"\n"
    "    attr lit flag\n        help \"Lit\"\n        syntax lit [at <name>]\n"
    "        default on\n"
    "    attr word text(1..9)\n        help \"Word\"\n"
    "        syntax { say <word> | shout <word> }\n"
    "object gate \"Gate\"\n    syntax gate [at <lane>] { <word> | "
    "5 <word:masked> }\n    key lane uint(0..9) \"Lane\" default 7\n"
    "    attr word hash(1..9)\n        help \"Word\"\n"
    "object box \"Box\"\n    attr title text(1..9)\n        help \"Title\"\n"
    "        syntax title <title>\n        default \\me\n"
    "exec go \"Go\"\n    syntax go\n    rows r\n"
    "exec quiet \"Quiet\"\n    hidden\n    owner\n    rows q\n"
    "    level 5\n    arg after uint(0..9) \"After this\"\n"
    "rows q \"Quiet rows\"\n    column depth uint(1..9) \"Depth\"\n"
    "rows r \"Rows\"\n    column speed_kb uint(1..9) \"Speed\"\n"
    "statistic late \"Late ones\"\ndrop slow late \"Too \\ slow.\"\n"
    "cause no-way \"No \\ way.\" \"Here: go.\"\n"
    "word \"vr\" \"x\"\nword \"thing\" \"x\"\nword \"way\" \"x\"\n"
    "word \"other\" \"x\"\nword \"key\" \"x\"\nword \"masked\" \"x\"\n"
    "word \"pin\" \"x\"\nword \"lit\" \"x\"\nword \"at\" \"x\"\n"
    "word \"say\" \"x\"\nword \"shout\" \"x\"\n"
    "word \"gate\" \"x\"\nword \"5\" \"x\"\n"
    "word \"off\" \"x\"\nword \"title\" \"x\"\nword \"go\" \"x\"\n";

struct part {
    const char *text;
    const char *why;
};

typedef void emitter(struct model *model, struct str *out);

static void
write_file(emitter *emit, struct str *out)
{
    struct model model;

    str_init(out);
    model_init(&model);
    schema_parse(&model, "f", schema, strlen(schema));
    schema_finish(&model);
    cr_assert_eq(model.report.count, 0, "%s", str_text(&model.report.text));
    emit(&model, out);
    model_done(&model);
}

static void
expect_without(emitter *emit, const char *text, const char *why)
{
    struct str out;

    write_file(emit, &out);
    cr_expect_null(strstr(str_text(&out), text), "%s: '%s' is in\n%s", why,
        text, str_text(&out));
    str_done(&out);
}

static void
expect_parts(emitter *emit, const struct part *parts, size_t count)
{
    struct str out;

    write_file(emit, &out);
    for (size_t i = 0; i < count; i++)
        cr_expect_not_null(strstr(str_text(&out), parts[i].text),
            "%s: no '%s' in\n%s", parts[i].why, parts[i].text, str_text(&out));
    str_done(&out);
}

#define EXPECT_PARTS(emit, parts)                                              \
    expect_parts((emit), (parts), sizeof(parts) / sizeof((parts)[0]))

Test(schemac_emit, numbers_enums_objects_and_fields)
{
    static const struct part enums[] = {
        {"enum way {\n    WAY_FAST_LANE,\n    WAY_2,\n    WAY_COUNT\n};",
         "an enum"},
    };
    /* clang-format off */
    static const struct part ids[] = {
        {"    OBJECT_VR,\n    OBJECT_O,\n    OBJECT_PIN,\n    OBJECT_GATE,\n    OBJECT_BOX,\n    OBJECT_COUNT",
         "in order"},
        {"    FIELD_O_VR,\n    FIELD_O_NAME,\n    FIELD_O_HOP,\n"
         "    FIELD_O_WAY,\n", "inherited keys, keys, settings"},
        {"    SETTING_O_KEY1,\n    SETTING_O_OFF,\n    SETTINGS_O,\n",
         "settings"},
        {"    COLUMN_R_SPEED_KB,\n    COLUMNS_R,\n", "columns"},
        {"    CHECK_O,\n    CHECK_COUNT", "named rules"},
    };
    /* clang-format on */

    EXPECT_PARTS(emit_enums_h, enums);
    EXPECT_PARTS(emit_ids_h, ids);
}

Test(schemac_emit, writes_tables_that_c_reads_as_meant)
{
    /* clang-format off */
    static const struct part tables[] = {
        {"\"Fast?\\?\"", "no trigraph"},
        {".length = 3, .bytes = \"\\\\me\"", "a default with a backslash"},
        {"static const struct value preset_vr[]", "a preset"},
        {".fallback = {.kind = VALUE_NUMBER, .number = UINT64_C(0)}",
         "a default that is a number"},
        {"{{NEED_REQUIRED, \"Say | which.\"}, {NEED_OPTIONAL, NULL}}",
         "rules by kind"},
        {".check = CHECK_O, ", "a named rule"},
        {".masked = true", "a masked slot"},
        {".fallback = {.kind = VALUE_NUMBER, .number = UINT64_C(7)}",
         "the default of a key"},
        {".name = \"word\", .label = \"word\"",
         "a number before a slot is no label"},
        {"    {9, 27, 2, 1, 0, 0},\n    {9, 29, 4, 3, 0, 1},", "`no gate` ends before the secret"},
    };
    /* clang-format on */
    static const struct part drops[] = {
        {"[DROP_SLOW] = {\"slow\", STATISTIC_LATE, \"Too \\\\ slow.\"}",
         "a drop reason"},
    };
    static const struct part causes[] = {
        {"[CAUSE_NO_WAY] = {\"no-way\", \"No \\\\ way.\", \"Here: go.\"}",
         "a cause"},
    };
    static const struct part views[] = {
        {"    bool has_way;\n    enum way way;", "an enum that may be unset"},
        {"    const char *key1;",                "a secret"                 },
        {"    bool off;",                        "a flag has no has_"       },
        {"    const char *vr; /*",               "a key has none either"    },
    };

    EXPECT_PARTS(emit_tables_c, tables);
    EXPECT_PARTS(emit_drops_c, drops);
    EXPECT_PARTS(emit_causes_c, causes);
    EXPECT_PARTS(emit_views_h, views);
}

Test(schemac_emit, writes_sql_with_its_rules)
{
    /* clang-format off */
    static const struct part sql[] = {
        {"CHECK (way = 'fast-lane' OR way = '2')", "an enum"},
        {"coalesce(hop, '')", "a key that may be missing"},
        {"FOREIGN KEY (vr)\\n        REFERENCES vr (name) DEFERRABLE",
         "the parent"},
        {"FOREIGN KEY (vr2)\\n        REFERENCES vr (name) DEFERRABLE",
         "a reference"},
        {"CHECK (key1 GLOB '$e1$*')", "a sealed secret"},
        {"CHECK (word GLOB '$y$*')", "a hash"},
        {"lane INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 9)",
         "a key with a default is always there"},
        {"INSERT INTO vr (name) VALUES ('default');", "the preset's row"},
        {"only INTEGER PRIMARY KEY", "the one row of a singleton"},
        {"DELETE FROM o WHERE vr IS ?1 AND name IS ?2 AND hop IS ?3",
         "keys are compared so that NULL is equal to NULL"},
        {"UPDATE vr SET name = ?1 WHERE name IS ?1",
         "an object with only keys"},
    };
    /* clang-format on */

    EXPECT_PARTS(emit_sql_tables_c, sql);
}

Test(schemac_emit, puts_the_history_at_the_end_of_the_database)
{
    struct model model;
    struct str out;

    str_init(&out);
    model_init(&model);
    schema_parse(&model, "f", schema, strlen(schema));
    schema_finish(&model);
    model.history = "-- history\n";
    model.views = "-- views\n";
    emit_config_sql(&model, &out);
    cr_expect_str_eq(
        str_text(&out) + out.length - strlen("\n-- history\n\n-- views\n"),
        "\n-- history\n\n-- views\n");
    str_done(&out);
    model_done(&model);
}

Test(schemac_emit, writes_the_steps_of_the_versions)
{
    struct model model;
    struct str out;

    str_init(&out);
    model_init(&model);
    model.steps[0] = "CREATE TABLE first (a);\n";
    model.steps[1] = "ALTER TABLE first RENAME TO second;\n";
    model.step_count = 2;
    emit_sql_h(&model, &out);
    cr_expect_not_null(strstr(str_text(&out), "SCHEMA_VERSION = 2"));
    str_clear(&out);
    emit_sql_tables_c(&model, &out);
    cr_expect_not_null(strstr(
        str_text(&out), "[1] = \"ALTER TABLE first RENAME TO second;\\n\""));
    cr_expect_null(strstr(str_text(&out), "TABLE first (a)"));
    str_done(&out);
    model_done(&model);
}

Test(schemac_emit, writes_lines_for_the_matrix)
{
    static const struct part matrix[] = {
        {".set = \"way fast-lane\"",        "a good line"                     },
        {".bad = \"way no-such-word\"",     "a bad one"                       },
        {".unset = \"no way\"",             "the no form"                     },
        {".set = \"key 0123456789abcdef\"", "secrets in the clear"            },
        {".bad = \"off extra\"",            "a flag takes no word"            },
        {".kind_name = \"2\"",              "every kind"                      },
        {".set = \"no lit\"",               "what is stored is that it is off"},
        {".unset = \"lit\"",                "and on is how it is without"     },
        {".unset = \"no word\"",            "called by its name"              },
    };

    EXPECT_PARTS(emit_matrix_h, matrix);
}

Test(schemac_emit, writes_pages_for_people)
{
    static const struct part configuration[] = {
        {"## Thing (`o`)\n\n```\nthing <name> [<hop>]\n```", "an object"                   },
        {"| `way` | required: Say \\| which. | optional |",
         "the table by kind, with its bars kept inside"                                    },
        {"Without: `no way`.  Default: `fast-lane`.",        "a setting"                   },
        {"Off: `no lit`.  Default: `on`.",                   "a flag that is on by default"},
        {"| `lit` | on or off | Lit |",                      "its type"                    },
    };
    static const struct part commands[] = {
        {"Typed in exec mode, from privilege level 1.  Answers with rows of "
         "`r`.",           "a command"    },
        {"{\n  \"speed_kb\": 1\n}", "its JSON form"},
    };
    static const struct part requests[] = {
        {"### quiet\n\nQuiet.\n\nFrom privilege level 5, for root and the "
         "router's own user only.  Answers with rows of `q`.", "a request"  },
        {"| `after` | number, 0 to 9 | After this |",                   "an argument"},
        {"### `q`\n\nQuiet rows.",                                      "its rows"   },
    };
    static const struct part drops[] = {
        {"| `slow` | late | Too \\ slow. |", "a reason"},
    };
    static const struct part causes[] = {
        {"| `no-way` | No \\ way. | Here: go. |", "a cause"},
    };

    EXPECT_PARTS(emit_configuration_md, configuration);
    EXPECT_PARTS(emit_commands_md, commands);
    EXPECT_PARTS(emit_requests_md, requests);
    expect_without(emit_commands_md, "quiet", "nobody can type it");
    expect_without(emit_commands_md, "Quiet rows", "nor are its rows shown");
    expect_without(emit_requests_md, "### go", "that is a command");
    EXPECT_PARTS(emit_drops_md, drops);
    EXPECT_PARTS(emit_causes_md, causes);
}
