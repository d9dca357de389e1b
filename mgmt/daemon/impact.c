/*
 * impact.c - `show candidate impact`: what a commit would do to each tunnel
 * that it disturbs, and what that follows from.
 */
#include "daemon/session_state.h"

#include "base/str.h"

enum { BECAUSE_MAX = 255, COLUMN_TOTAL = COLUMN_CANDIDATE_IMPACT_BECAUSE + 1 };

/* "tunnel mtu" of the tunnel itself, else with the object in front. */
static void
add_reason(const struct impact_group *group, const struct impact_entry *entry,
    struct str *out)
{
    bool own = entry->type == group->tunnel->type &&
               entry->keys == group->tunnel->fields;
    const struct schema_setting *setting =
        entry->setting == SCHEMA_NONE
            ? NULL
            : &schema_objects[entry->type].settings[entry->setting];

    if (own && setting == NULL) {
        str_add(out, "the tunnel itself");
    } else if (own || entry->type == OBJECT_SYSTEM) {
        str_add(out, setting == NULL ? "the router" : setting->label);
    } else {
        config_path(entry->type, entry->keys, out);
        if (setting != NULL && !str_equal(setting->label, ""))
            str_printf(out, ": %s", setting->label);
    }
}

/* All reasons for the most that happens, then those for less; a tunnel that
 * is new or goes has one. */
static void
write_because(const struct impact_group *group, struct str *out)
{
    struct str reason;
    size_t left_out = 0;

    str_init(&reason);
    for (size_t i = 0; i < group->count; i++) {
        const struct impact_entry *entry = &group->first[i];

        if (group->impact <= TUNNEL_IMPACT_REMOVED &&
            entry->impact != group->impact)
            continue;
        str_clear(&reason);
        add_reason(group, entry, &reason);
        if (out->length + reason.length + sizeof ", and 1000 more" >
            BECAUSE_MAX) {
            left_out++;
            continue;
        }
        str_printf(out, "%s%s", out->length > 0 ? ", " : "", str_text(&reason));
    }
    if (left_out > 0)
        str_printf(out, ", and %zu more", left_out);
    str_done(&reason);
}

/* An IPsec tunnel by its name alone, another one with its kind. */
static struct value
name_of(const struct object *tunnel)
{
    struct str name;
    struct value value;

    str_init(&name);
    if (tunnel->type == OBJECT_GRE_TUNNEL)
        str_add(&name, "gre:");
    str_add(&name, value_string(&tunnel->fields[FIELD_TUNNEL_NAME]));
    value = value_text(str_text(&name));
    str_done(&name);
    return value;
}

_Static_assert((int)FIELD_TUNNEL_NAME == (int)FIELD_GRE_TUNNEL_NAME,
    "tunnels of both kinds have virtual router and name for keys");

static void
impact_row(struct session *session, const struct impact_group *group)
{
    struct value columns[COLUMN_TOTAL];
    struct str because;

    str_init(&because);
    write_because(group, &because);
    columns[COLUMN_CANDIDATE_IMPACT_NAME] = name_of(group->tunnel);
    columns[COLUMN_CANDIDATE_IMPACT_VIRTUAL_ROUTER] =
        group->tunnel->fields[FIELD_TUNNEL_VIRTUAL_ROUTER];
    columns[COLUMN_CANDIDATE_IMPACT_IMPACT] =
        value_number((uint64_t)group->impact);
    columns[COLUMN_CANDIDATE_IMPACT_BECAUSE] = value_text(str_text(&because));
    session_row(session, columns, COLUMN_TOTAL);
    value_done(&columns[COLUMN_CANDIDATE_IMPACT_BECAUSE]);
    value_done(&columns[COLUMN_CANDIDATE_IMPACT_NAME]);
    str_done(&because);
}

void
exec_impact(struct session *session)
{
    struct candidate *trial = candidate_now(session);
    struct change_set set;
    struct impact_group group;
    struct impact impact;
    size_t position = 0;

    if (trial == NULL) {
        (void)has_candidate(session);
        return;
    }
    config_diff(candidate_base(trial), candidate_work(trial), &set);
    config_impact(candidate_base(trial), candidate_work(trial), &set, &impact);
    while (impact_next(&impact, &position, &group))
        impact_row(session, &group);
    impact_done(&impact);
    change_set_done(&set);
    candidate_free(trial);
}
