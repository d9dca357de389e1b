/*
 * row.c - filling rows, and what several shows look up.
 */
#include "oper/show.h"

#include "base/diag.h"
#include "base/str.h"
#include "gen/views.h"
#include "ipsec/ipsec.h"

#include <stdarg.h>

void
row_start(struct row *row)
{
    size_t i;

    for (i = 0; i < SCHEMA_COLUMNS_MAX; i++)
        row->columns[i] = value_none();
}

void
row_text(struct row *row, unsigned column, const char *text)
{
    if (text != NULL)
        row->columns[column] = value_text(text);
}

void
row_str(struct row *row, unsigned column, const struct str *text)
{
    if (text->length != 0)
        row->columns[column] = value_text(str_text(text));
}

void
row_number(struct row *row, unsigned column, uint64_t number)
{
    row->columns[column] = value_number(number);
}

void
row_flag(struct row *row, unsigned column, bool is_set)
{
    if (is_set)
        row->columns[column] = value_number(1);
}

void
row_clear(struct row *row, unsigned column)
{
    value_done(&row->columns[column]);
}

void
row_done(struct row *row)
{
    size_t i;

    for (i = 0; i < SCHEMA_COLUMNS_MAX; i++)
        value_done(&row->columns[i]);
}

void
row_send(struct row *row, const struct show *show)
{
    show->sink->row(show->sink->context, row->columns);
    row_done(row);
}

enum err
show_not_found(const struct show *show, const char *fmt, ...)
{
    struct str sentence;
    va_list args;

    str_init(&sentence);
    va_start(args, fmt);
    str_vprintf(&sentence, fmt, args);
    va_end(args);
    diag_add(show->diag, DIAG_ERROR, NULL, NULL, "%s", str_text(&sentence));
    str_done(&sentence);
    return ERR_NOT_FOUND;
}

enum err
show_vr(const struct show *show, unsigned arg, const char **out_vr)
{
    struct value key;
    const char *name = show->view->session_vr;
    bool is_there;

    if (value_is_set(&show->args[arg]))
        name = value_string(&show->args[arg]);
    key = value_text(name);
    is_there =
        config_find(show->view->running, OBJECT_VIRTUAL_ROUTER, &key) != NULL;
    value_done(&key);
    if (!is_there)
        return show_not_found(show, "There is no virtual router %s.", name);
    *out_vr = name;
    return OK;
}

static const char gre_prefix[] = "gre:";

const struct object *
show_find_tunnel(const struct config *running, const char *name)
{
    struct value keys[SCHEMA_KEYS_MAX] = {0};
    const struct object *vr = NULL;
    const struct object *found = NULL;

    keys[FIELD_TUNNEL_NAME] = value_text(name);
    while (found == NULL) {
        vr = config_next(
            running, OBJECT_VIRTUAL_ROUTER, vr != NULL ? vr->fields : NULL);
        if (vr == NULL)
            break;
        keys[FIELD_TUNNEL_VIRTUAL_ROUTER] =
            vr->fields[FIELD_VIRTUAL_ROUTER_NAME]; /* borrowed */
        found = config_find(running, OBJECT_TUNNEL, keys);
    }
    value_done(&keys[FIELD_TUNNEL_NAME]);
    return found;
}

_Static_assert((int)FIELD_TUNNEL_NAME == (int)FIELD_GRE_TUNNEL_NAME,
    "tunnels of both kinds have virtual router and name for keys");

const struct object *
oper_find_tunnel(const struct config *running, const char *name)
{
    const struct object *found = show_find_tunnel(running, name);
    const struct object *at = NULL;

    if (found != NULL || !str_has_prefix(name, gre_prefix))
        return found;
    name += sizeof(gre_prefix) - 1;
    while ((at = config_next(running, OBJECT_GRE_TUNNEL,
                at == NULL ? NULL : at->fields)) != NULL) {
        if (str_equal(value_string(&at->fields[FIELD_GRE_TUNNEL_NAME]), name))
            return at;
    }
    return NULL;
}

void
show_interface_name(const struct object *object, struct str *out)
{
    struct cfg_interface view;

    if (object->type == OBJECT_TUNNEL || object->type == OBJECT_GRE_TUNNEL) {
        str_printf(out, "%s:%s",
            object->type == OBJECT_TUNNEL ? "ipsec" : "gre",
            value_string(&object->fields[FIELD_TUNNEL_NAME]));
        return;
    }
    cfg_interface_read(object->fields, &view);
    str_printf(out, "%s%s",
        schema_enums[ENUM_INTERFACE_TYPE].values[view.type].word,
        view.location);
}

void
show_counters(const struct show *show, const struct object *object,
    struct dp_interface_counters *out_counters)
{
    uint32_t interface;

    *out_counters = (struct dp_interface_counters){0};
    if (ipsec_interface(show->view->ipsec, object, &interface) == OK)
        dp_interface_counters(show->view->dp, interface, out_counters);
}
