/*
 * parse_mib.c - a `mib` block and the properties below it.
 */
#include "parse.h"

#include "types.h"

#include <string.h>

static const char *const syntaxes[MIB_SYNTAX_COUNT] = {
    [MIB_INTEGER] = "integer",
    [MIB_GAUGE32] = "gauge32",
    [MIB_UNSIGNED32] = "unsigned32",
    [MIB_COUNTER32] = "counter32",
    [MIB_COUNTER64] = "counter64",
    [MIB_TIMETICKS] = "timeticks",
    [MIB_IPADDRESS] = "ipaddress",
    [MIB_OCTETS] = "octets",
    [MIB_OID] = "oid",
};

enum { OBJECT_WORDS = 5 }; /* object NUMBER NAME SYNTAX COLUMN */

const char *
mib_syntax_name(enum mib_syntax syntax)
{
    return syntaxes[syntax];
}

bool
mib_number(const char *text, int64_t *out_number)
{
    bool negative = text[0] == '-';
    uint64_t number;

    if (!number_parse(text + (negative ? 1 : 0), &number) || number > INT64_MAX)
        return false;
    *out_number = negative ? -(int64_t)number : (int64_t)number;
    return true;
}

/* One decimal number of 32 bits up to the next dot, or to the end. */
static const char *
take_subid(const char *at, uint64_t *out_subid)
{
    uint64_t subid = 0;
    const char *start = at;

    for (; *at >= '0' && *at <= '9' && subid <= UINT32_MAX; at++)
        subid = subid * 10 + (uint64_t)(*at - '0');
    *out_subid = subid;
    return at == start || subid > UINT32_MAX ? NULL : at;
}

size_t
mib_oid(const char *text, uint64_t subids[MIB_OID_MAX])
{
    size_t count = 0;

    for (;;) {
        if (count == MIB_OID_MAX)
            return 0;
        text = take_subid(text, &subids[count++]);
        if (text == NULL)
            return 0;
        if (*text == '\0')
            return count < 2 ? 0 : count;
        if (*text++ != '.')
            return 0;
    }
}

void
take_mib(struct parser *parser, const struct lex_line *line)
{
    struct model *model = parser->model;
    struct mib *mib = arena_alloc(&model->arena, sizeof(*mib));

    mib->place = line->place;
    mib->name = line->words[1].text;
    mib->oid = line->words[2].text;
    mib->title = line->words[3].text;
    TAILQ_INIT(&mib->objects);
    TAILQ_INSERT_TAIL(&model->mibs, mib, link);
    model->mib_count++;
    parser->mib = mib;
    parser->context = IN_MIB;
    mib->subid_count = mib_oid(mib->oid, mib->subids);
    if (mib->subid_count == 0) {
        report_at(&model->report, &line->place,
            "'%s' is no object identifier, 1.3.6...", mib->oid);
    }
}

void
take_mib_rows(struct parser *parser, const struct lex_line *line)
{
    struct mib *mib = parser->mib;

    if (mib->rows_count == MIB_SOURCES_MAX) {
        report_at(&parser->model->report, &line->place,
            "a table is made of at most %d rows", MIB_SOURCES_MAX);
        return;
    }
    mib->rows[mib->rows_count].name = line->words[1].text;
    if (line->count > 2)
        mib->rows[mib->rows_count].exec_name = line->words[2].text;
    mib->rows_count++;
}

void
take_mib_index(struct parser *parser, const struct lex_line *line)
{
    struct mib *mib = parser->mib;

    if (mib->part_count > 0) {
        report_at(&parser->model->report, &line->place, "a second 'index'");
        return;
    }
    if (line->count < 2 || line->count > 1 + MIB_PARTS_MAX) {
        report_at(&parser->model->report, &line->place,
            "an index has 1 to %d columns", MIB_PARTS_MAX);
        return;
    }
    for (size_t i = 1; i < line->count; i++)
        mib->parts[mib->part_count++] = line->words[i].text;
}

void
take_mib_router(struct parser *parser, const struct lex_line *line)
{
    parser->mib->router = line->words[1].text;
}

void
take_mib_shared(struct parser *parser, const struct lex_line *line)
{
    (void)line;
    parser->mib->shared = true;
}

/* ---- objects ---- */

static bool
take_syntax_word(const char *text, enum mib_syntax *out_syntax)
{
    for (unsigned i = 0; i < MIB_SYNTAX_COUNT; i++) {
        if (str_equal(syntaxes[i], text)) {
            *out_syntax = (enum mib_syntax)i;
            return true;
        }
    }
    return false;
}

/* "up=1"; false: reported. */
static bool
take_pair(struct parser *parser, const struct lex_line *line,
    struct mib_object *object, const char *text)
{
    struct arena *arena = &parser->model->arena;
    const char *equals = strchr(text, '=');
    struct mib_word *word = arena_alloc(arena, sizeof(*word));

    if (equals == NULL || equals == text ||
        !mib_number(equals + 1, &word->number)) {
        report_at(&parser->model->report, &line->place,
            "'%s' is not of the form WORD=NUMBER", text);
        return false;
    }
    word->word = arena_strndup(arena, text, (size_t)(equals - text));
    TAILQ_INSERT_TAIL(&object->words, word, link);
    object->reading = READ_MAP;
    return true;
}

/* What stands behind the column; false: reported. */
static bool
take_option(struct parser *parser, const struct lex_line *line,
    struct mib_object *object, const char *text)
{
    if (str_equal(text, "date")) {
        object->reading = READ_DATE;
    } else if (str_equal(text, "hex")) {
        object->reading = READ_HEX;
    } else if (strncmp(text, "else=", 5) == 0) {
        object->otherwise = text + 5;
    } else if (strncmp(text, "unset=", 6) == 0) {
        object->unset = text + 6;
    } else {
        return take_pair(parser, line, object, text);
    }
    return true;
}

void
take_mib_object(struct parser *parser, const struct lex_line *line)
{
    struct report *report = &parser->model->report;
    struct mib_object *object;

    if (line->count < OBJECT_WORDS) {
        report_at(
            report, &line->place, "expected: object NUMBER NAME SYNTAX COLUMN");
        return;
    }
    object = arena_alloc(&parser->model->arena, sizeof(*object));
    TAILQ_INIT(&object->words);
    object->place = line->place;
    object->name = line->words[2].text;
    object->source = line->words[4].text;
    if (!number_parse(line->words[1].text, &object->number) ||
        object->number == 0 || object->number > UINT32_MAX) {
        report_at(report, &line->place, "'%s' is no number of an object",
            line->words[1].text);
        return;
    }
    if (!take_syntax_word(line->words[3].text, &object->syntax)) {
        report_at(report, &line->place, "'%s' is no syntax of SNMP",
            line->words[3].text);
        return;
    }
    if (object->source[0] == '=')
        object->reading = READ_CONSTANT;
    for (size_t i = OBJECT_WORDS; i < line->count; i++) {
        if (!take_option(parser, line, object, line->words[i].text))
            return;
    }
    TAILQ_INSERT_TAIL(&parser->mib->objects, object, link);
    parser->mib->object_count++;
}
