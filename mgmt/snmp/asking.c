/*
 * asking.c - rows after a key, asked of the daemon by one exec.
 *
 * Which arguments the exec has says how: without `after` all rows come at
 * once; `stamp` is what was said of the state that is known already.
 */
#include "snmp/asking.h"

#include "base/str.h"

enum { NO_ARG = SCHEMA_NONE };

static uint16_t
find_arg(const struct schema_exec *exec, const char *name)
{
    for (uint16_t i = 0; i < exec->arg_count; i++) {
        if (str_equal(exec->args[i].name, name))
            return i;
    }
    return NO_ARG;
}

bool
asking_has_arg(enum schema_exec_id exec, const char *name)
{
    return find_arg(&schema_execs[exec], name) != NO_ARG;
}

void
asking_init(struct asking *asking, const struct source_asker *asker,
    enum schema_exec_id exec, const struct key_shape *shape, uint32_t router)
{
    const struct schema_exec *schema = &schema_execs[exec];

    *asking = (struct asking){
        .asker = *asker,
        .exec = exec,
        .schema = schema,
        .router = router,
        .arg_after = find_arg(schema, "after"),
        .arg_most = find_arg(schema, "most"),
        .arg_stamp = find_arg(schema, "stamp"),
        .arg_router = find_arg(schema, "router"),
        .builder =
            page_builder_new(shape, schema_rows[schema->rows].column_count),
    };
}

void
asking_done(struct asking *asking)
{
    page_builder_free(asking->builder);
}

bool
asking_is_whole(const struct asking *asking)
{
    return asking->arg_after == NO_ARG;
}

/* The address after which keys come that are more than these numbers. */
static struct value
address_before(struct key key)
{
    uint64_t address = 0;

    for (size_t i = 0; i < 4; i++)
        address = address << 8 | (i < key.count ? key.numbers[i] & 0xff : 0);
    if (key.count >= 4)
        return value_number(address);
    return address == 0 ? value_none() : value_number(address - 1);
}

static struct value
cursor_value(const struct schema_field *arg, struct key key)
{
    struct value value;
    struct str text;

    if (key.count == 0)
        return value_none();
    switch (arg->type.kind) {
    case TYPE_TEXT:
    case TYPE_LINE:
        break;
    case TYPE_IPV4:
        return address_before(key);
    case TYPE_UINT:
    case TYPE_HEX32:
    case TYPE_FLAG:
    case TYPE_ENUM:
    case TYPE_ENUM_LIST:
    case TYPE_MASK:
    case TYPE_SECRET_TEXT:
    case TYPE_SECRET_HEX:
    case TYPE_HASH:
        if (key.numbers[0] > arg->type.max)
            return value_number(arg->type.max);
        return value_number(key.numbers[0]);
    }
    str_init(&text);
    for (size_t i = 0; i < key.count; i++) {
        if (i > 0)
            str_add_char(&text, '.');
        str_add_u64(&text, key.numbers[i]);
    }
    value = value_text(str_text(&text));
    str_done(&text);
    return value;
}

static void
take_row(void *context, const struct wire_frame *row)
{
    struct asking *asking = context;

    (void)page_builder_add(asking->builder, row->items, row->count);
}

enum err
asking_ask(struct asking *asking, struct key after, bool is_brief,
    uint64_t *stamp, bool *lasts)
{
    uint64_t known = *stamp;
    bool is_lasting = *lasts;
    struct value args[SCHEMA_ARGS_MAX] = {0};
    const struct link_question question = {
        .exec = asking->exec,
        .vr = "default",
        .args = args,
        .arg_count = asking->schema->arg_count,
        .is_brief = is_brief,
        .row = take_row,
        .context = asking,
        .stamp = stamp,
        .lasts = &is_lasting,
    };
    enum err error;

    if (asking->arg_after != NO_ARG) {
        args[asking->arg_after] =
            cursor_value(&asking->schema->args[asking->arg_after], after);
    }
    if (asking->arg_most != NO_ARG)
        args[asking->arg_most] = value_number(PAGE_ROWS_MAX);
    if (asking->arg_stamp != NO_ARG && known != 0)
        args[asking->arg_stamp] = value_number(known);
    if (asking->arg_router != NO_ARG && asking->router != 0)
        args[asking->arg_router] = value_number(asking->router);
    *stamp = 0;
    page_builder_reset(asking->builder);
    error = asking->asker.ask(asking->asker.context, &question);
    *lasts = is_lasting;
    if (asking->arg_after != NO_ARG)
        value_done(&args[asking->arg_after]);
    return error;
}
