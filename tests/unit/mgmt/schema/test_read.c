#include "gen/enums.h"
#include "schema/schema.h"

#include "base/str.h"

#include <criterion/criterion.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct schema_type number = {TYPE_UINT, 160, 9000, SCHEMA_NONE};
static const struct schema_type hex32 = {
    TYPE_HEX32, 0, UINT32_MAX, SCHEMA_NONE};
static const struct schema_type flag = {TYPE_FLAG, 1, 1, SCHEMA_NONE};
static const struct schema_type on_flag = {TYPE_FLAG, 0, 1, SCHEMA_NONE};
static const struct schema_type transform = {TYPE_ENUM, 0, 0, ENUM_TRANSFORM};
static const struct schema_type list = {TYPE_ENUM_LIST, 1, 6, ENUM_TRANSFORM};
static const struct schema_type ipv4 = {TYPE_IPV4, 0, 0, SCHEMA_NONE};
static const struct schema_type mask = {TYPE_MASK, 0, 0, SCHEMA_NONE};
static const struct schema_type text = {TYPE_TEXT, 1, 8, SCHEMA_NONE};
static const struct schema_type line = {TYPE_LINE, 1, 20, SCHEMA_NONE};
static const struct schema_type secret_text = {
    TYPE_SECRET_TEXT, 1, 8, SCHEMA_NONE};
static const struct schema_type secret_hex = {
    TYPE_SECRET_HEX, 1, 2, SCHEMA_NONE};
static const struct schema_type hash = {TYPE_HASH, 1, 8, SCHEMA_NONE};

enum { WORDS_MAX = 8 };

struct row {
    const struct schema_type *type;
    const char *words[WORDS_MAX];
    bool masked;
    enum err error;
    const char *written; /* by value_write */
    const char *json;    /* by value_write_json */
    const char *why;
};

static void
expect_row(const struct row *row)
{
    struct value value = value_none();
    struct str out;
    size_t count = 0;
    enum err error;

    while (count < WORDS_MAX && row->words[count] != NULL)
        count++;
    error = value_read(row->type, row->masked, row->words, count, &value);
    cr_expect_eq(error, row->error, "%s: %s", row->why, err_name(error));
    str_init(&out);
    if (error == OK && row->error == OK) {
        cr_expect_eq(value_check(row->type, &value), OK, "%s", row->why);
        value_write(row->type, &value, &out);
        cr_expect_str_eq(
            str_text(&out), row->written, "%s: %s", row->why, str_text(&out));
        str_clear(&out);
        value_write_json(row->type, &value, &out);
        cr_expect_str_eq(
            str_text(&out), row->json, "%s: %s", row->why, str_text(&out));
    } else {
        cr_expect_not(value_is_set(&value), "%s: untouched", row->why);
    }
    str_done(&out);
    value_done(&value);
}

Test(read, takes_what_a_type_allows_and_writes_it_again)
{
    /* clang-format off */
    static const struct row rows[] = {
        {&number, {"160"}, false, OK, "160", "160", "least"},
        {&number, {"9000"}, false, OK, "9000", "9000", "most"},
        {&number, {"0x200"}, false, OK, "512", "512", "in the other base"},
        {&hex32, {"4097"}, false, OK, "0x1001", "4097", "decimal"},
        {&hex32, {"0xFFFFFFFF"}, false, OK, "0xffffffff", "4294967295",
         "hexadecimal"},
        {&transform, {"esp-des"}, false, OK, "esp-des", "\"esp-des\"",
         "exact, though longer words begin so too"},
        {&transform, {"ESP-3DES-HMAC-M"}, false, OK, "esp-3des-hmac-md5",
         "\"esp-3des-hmac-md5\"", "beginning, in the other case"},
        {&list, {"esp-des", "ah-hmac-m"}, false, OK, "esp-des ah-hmac-md5",
         "[\"esp-des\", \"ah-hmac-md5\"]", "in the order typed"},
        {&ipv4, {"10.0.0.255"}, false, OK, "10.0.0.255", "\"10.0.0.255\"",
         "address"},
        {&mask, {"255.255.255.252"}, false, OK, "255.255.255.252",
         "\"255.255.255.252\"", "mask"},
        {&mask, {"0.0.0.0"}, false, OK, "0.0.0.0", "\"0.0.0.0\"", "no bits"},
        {&text, {"site-B"}, false, OK, "site-B", "\"site-B\"", "word"},
        {&text, {"a b"}, false, OK, "\"a b\"", "\"a b\"", "blank inside"},
        {&text, {"a\"\\b"}, false, OK, "\"a\\\"\\\\b\"", "\"a\\\"\\\\b\"",
         "quote and backslash"},
        {&text, {"a!"}, false, OK, "\"a!\"", "\"a!\"", "comment sign"},
        {&text, {"a|b?"}, false, OK, "\"a|b?\"", "\"a|b?\"", "pipe, help"},
        {&line, {"to \"B\" | x"}, false, OK, "to \"B\" | x",
         "\"to \\\"B\\\" | x\"", "a line is raw"},
        {&line, {"  to B "}, false, OK, "to B", "\"to B\"", "outer blanks"},
        {&secret_text, {"$e1$QUJD=="}, true, OK, "$e1$QUJD==", "\"$e1$QUJD==\"",
         "sealed"},
        {&secret_text, {"open"}, false, OK, "", "null", "clear, unprintable"},
        {&secret_hex, {"00FF", "ab"}, false, OK, "", "null", "clear keys"},
        {&hash, {"open"}, false, OK, "", "null", "a clear password"},
        {&hash, {"$y$j9T$a./$Zz9"}, true, OK, "$y$j9T$a./$Zz9",
         "\"$y$j9T$a./$Zz9\"", "its hash"},
    };
    /* clang-format on */

    for (size_t i = 0; i < COUNT(rows); i++)
        expect_row(&rows[i]);
}

Test(read, refuses_what_is_out_of_form_or_range)
{
    /* clang-format off */
    static const struct row rows[] = {
        {&number, {"159"}, false, ERR_INVALID, NULL, NULL, "too small"},
        {&number, {"9001"}, false, ERR_INVALID, NULL, NULL, "too large"},
        {&number, {"99999999999999999999"}, false, ERR_INVALID, NULL, NULL,
         "more than 64 bits"},
        {&number, {"-1"}, false, ERR_SYNTAX, NULL, NULL, "sign"},
        {&number, {"160x"}, false, ERR_SYNTAX, NULL, NULL, "letter"},
        {&number, {""}, false, ERR_SYNTAX, NULL, NULL, "empty"},
        {&number, {"160", "161"}, false, ERR_SYNTAX, NULL, NULL, "two"},
        {&hex32, {"0x100000000"}, false, ERR_INVALID, NULL, NULL, "33 bits"},
        {&flag, {"true"}, false, ERR_SYNTAX, NULL, NULL, "flags have none"},
        {&transform, {"esp-des-hmac"}, false, ERR_SYNTAX, NULL, NULL,
         "two words begin so"},
        {&transform, {"rot13"}, false, ERR_SYNTAX, NULL, NULL, "none"},
        {&transform, {""}, false, ERR_SYNTAX, NULL, NULL, "all begin so"},
        {&list, {NULL}, false, ERR_INVALID, NULL, NULL, "none of them"},
        {&list,
         {"esp-des", "esp-des", "esp-des", "esp-des", "esp-des", "esp-des",
          "esp-des"},
         false, ERR_INVALID, NULL, NULL, "seven"},
        {&list, {"esp-des", "no"}, false, ERR_SYNTAX, NULL, NULL, "second"},
        {&ipv4, {"10.0.0"}, false, ERR_SYNTAX, NULL, NULL, "three parts"},
        {&mask, {"255.0.255.0"}, false, ERR_INVALID, NULL, NULL, "a gap"},
        {&text, {""}, false, ERR_INVALID, NULL, NULL, "too short"},
        {&text, {"123456789"}, false, ERR_INVALID, NULL, NULL, "too long"},
        {&text, {"a\x1b"}, false, ERR_SYNTAX, NULL, NULL, "escape sequence"},
        {&text, {"a", "b"}, false, ERR_SYNTAX, NULL, NULL, "two words"},
        {&line, {"   "}, false, ERR_INVALID, NULL, NULL, "only blanks"},
        {&secret_text, {"$e2$QUJD"}, true, ERR_SYNTAX, NULL, NULL,
         "another form"},
        {&secret_text, {"$e1$"}, true, ERR_SYNTAX, NULL, NULL, "nothing in it"},
        {&secret_hex, {"$e1$QU", "JD"}, true, ERR_SYNTAX, NULL, NULL,
         "sealed in two"},
        {&hash, {"$y$j9T$"}, true, ERR_SYNTAX, NULL, NULL, "nothing in it"},
        {&hash, {"$y$jFT$a$b"}, true, ERR_SYNTAX, NULL, NULL,
         "a hash that costs gigabytes"},
        {&hash, {"$6$a$b"}, true, ERR_SYNTAX, NULL, NULL, "another hash"},
        {&hash, {"$y$j9T$a;b"}, true, ERR_SYNTAX, NULL, NULL, "no base64"},
        {&hash, {"ninechars"}, false, ERR_INVALID, NULL, NULL, "too long"},
        {&secret_hex, {"0ff"}, false, ERR_INVALID, NULL, NULL, "half a byte"},
        {&secret_hex, {"xyz"}, false, ERR_SYNTAX, NULL, NULL, "no digit"},
        {&secret_hex, {"00", "11", "22"}, false, ERR_INVALID, NULL, NULL,
         "three keys"},
        {&secret_hex, {NULL}, false, ERR_SYNTAX, NULL, NULL, "no key"},
    };
    /* clang-format on */

    for (size_t i = 0; i < COUNT(rows); i++)
        expect_row(&rows[i]);
}

Test(read, keeps_hexadecimal_in_lower_case_with_one_blank_between)
{
    static const char *const words[] = {"00FF", "aB"};
    struct value value = value_none();

    cr_assert_eq(value_read(&secret_hex, false, words, 2, &value), OK);
    cr_expect_eq(value.kind, VALUE_CLEAR);
    cr_expect_str_eq(value_string(&value), "00ff ab");
    value_done(&value);
}

Test(read, checks_values_that_others_made)
{
    static const struct {
        const struct schema_type *type;
        uint64_t number;
        enum err error;
        const char *why;
    } rows[] = {
        {&number,    159,                 ERR_INVALID, "range"                 },
        {&flag,      1,                   OK,          "set"                   },
        {&flag,      0,                   ERR_INVALID, "not set is no value"   },
        {&on_flag,   0,                   OK,          "but of one that is on" },
        {&on_flag,   2,                   ERR_INVALID, "neither on nor off"    },
        {&transform, 9,                   OK,          "last"                  },
        {&transform, TRANSFORM_COUNT,     ERR_INVALID, "behind the last"       },
        {&list,      TRANSFORM_COUNT,     OK,          "one: the last"         },
        {&list,      TRANSFORM_COUNT + 1, ERR_INVALID, "behind the last"       },
        {&list,      0x010001,            ERR_INVALID, "a gap"                 },
        {&list,      0,                   ERR_INVALID, "empty"                 },
        {&ipv4,      1ULL << 32,          ERR_INVALID, "33 bits"               },
        {&mask,      0x00ff0000,          ERR_INVALID, "not contiguous"        },
        {&text,      1,                   ERR_SYNTAX,  "a number is not a text"},
    };
    struct value hidden = value_text_n("a\0b", 3);
    struct value clear = value_clear("siteB");
    struct value none = value_none();
    struct value blank = value_text(" x");

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct value value = value_number(rows[i].number);

        cr_expect_eq(value_check(rows[i].type, &value), rows[i].error, "%s",
            rows[i].why);
    }
    cr_expect_eq(value_check(&text, &hidden), ERR_SYNTAX, "zero byte");
    cr_expect_eq(value_check(&text, &clear), ERR_SYNTAX, "clear, no secret");
    cr_expect_eq(value_check(&text, &none), ERR_SYNTAX, "none");
    cr_expect_eq(value_check(&ipv4, &blank), ERR_SYNTAX, "text, no address");
    cr_expect_eq(value_check(&line, &blank), ERR_INVALID, "outer blank");
    cr_expect_eq(value_check(&secret_hex, &blank), ERR_SYNTAX, "not sealed");
    value_done(&hidden);
    value_done(&clear);
    value_done(&blank);
}

Test(read, says_what_a_slot_takes)
{
    static const struct {
        const struct schema_type *type;
        const char *label;
        size_t words;
    } rows[] = {
        {&number,      "<160 - 9000>",       1},
        {&hex32,       "<0x0 - 0xffffffff>", 1},
        {&flag,        "",                   0},
        {&ipv4,        "A.B.C.D",            1},
        {&mask,        "A.B.C.D",            1},
        {&text,        "WORD",               1},
        {&line,        "LINE",               1},
        {&secret_text, "WORD",               1},
        {&secret_hex,  "HEX",                2},
    };
    static const struct schema_type kind = {TYPE_ENUM, 0, 0, ENUM_SIGNALING};
    struct str out;

    str_init(&out);
    for (size_t i = 0; i < COUNT(rows); i++) {
        str_clear(&out);
        type_label(rows[i].type, &out);
        cr_expect_str_eq(str_text(&out), rows[i].label);
        cr_expect_eq(type_words(rows[i].type), rows[i].words);
    }
    str_clear(&out);
    type_label(&kind, &out);
    cr_expect_str_eq(str_text(&out), "<manual | isakmp>");
    cr_expect_eq(type_words(&list), 6);
    str_done(&out);
}
