/* explain.c - what a commit tells the operator. */
#include "commit/explain.h"

#include "base/diag.h"
#include "base/str.h"
#include "config/config.h"
#include "store/store.h"

/* One collision under explanation. */
struct collision {
    const struct change *theirs;
    const struct object *mine; /* in the candidate; NULL: deleted there */
    const char *path;
    struct store *store;
    struct diag *diag;
};

/* Who did it; the log may not know (an older database). */
static void
say_who(const struct collision *collision, const char *setting, struct str *who)
{
    if (store_who_changed(collision->store, collision->path, setting, 0, who) !=
        OK)
        str_add(who, "another session");
}

static void
explain_object(const struct collision *collision, const char *what)
{
    struct str who;

    str_init(&who);
    say_who(collision, NULL, &who);
    diag_add(collision->diag, DIAG_ERROR, collision->path, NULL,
        "%s by %s, after this candidate was opened. Type `discard` and make "
        "your changes again.",
        what, str_text(&who));
    str_done(&who);
}

static void
explain_setting(const struct collision *collision, uint16_t setting)
{
    const struct object *after = collision->theirs->after;
    const struct schema_setting *schema =
        &schema_objects[after->type].settings[setting];
    struct str who;
    struct str now;

    str_init(&who);
    str_init(&now);
    say_who(collision, schema->name, &who);
    if (object_setting_equal(after, NULL, setting)) {
        str_add(&now, "Cleared");
    } else {
        str_add(&now, "Changed to `");
        (void)schema_render(schema->command, after->fields, &now);
        str_add_char(&now, '`');
    }
    diag_add(collision->diag, DIAG_ERROR, collision->path, schema->label,
        "%s by %s, after this candidate was opened. Type `discard` and make "
        "your changes again, or give it the same value here.",
        str_text(&now), str_text(&who));
    str_done(&who);
    str_done(&now);
}

/* The settings that both changed, to different values. */
static void
explain_settings(const struct collision *collision)
{
    const struct object *before = collision->theirs->before;
    const struct object *after = collision->theirs->after;
    uint16_t count = schema_objects[after->type].setting_count;

    for (uint16_t i = 0; i < count; i++) {
        bool theirs = !object_setting_equal(before, after, i);
        bool ours = !object_setting_equal(before, collision->mine, i);

        if (theirs && ours && !object_setting_equal(collision->mine, after, i))
            explain_setting(collision, i);
    }
}

void
explain_collisions(const struct candidate *candidate,
    const struct change_set *collisions, struct store *store, struct diag *diag)
{
    for (size_t i = 0; i < collisions->count; i++) {
        const struct change *theirs = &collisions->changes[i];
        const struct object *either = change_object(theirs);
        struct collision collision = {.theirs = theirs,
            .mine = config_find(
                candidate_work(candidate), either->type, either->fields),
            .store = store,
            .diag = diag};
        struct str path;

        str_init(&path);
        object_path(either, &path);
        collision.path = str_text(&path);
        if (theirs->after == NULL) {
            explain_object(&collision, "Removed");
        } else if (collision.mine != NULL) {
            explain_settings(&collision);
        } else if (theirs->before == NULL) {
            explain_object(&collision, "Created");
        } else {
            explain_object(&collision, "Changed");
        }
        str_done(&path);
    }
}

struct commit_summary
summarise(const struct candidate *candidate, const struct change_set *set)
{
    struct commit_summary summary = {.nothing_to_do = set->count == 0};
    uint32_t *const counts[] = {
        [TUNNEL_IMPACT_CREATED] = &summary.tunnels_created,
        [TUNNEL_IMPACT_REMOVED] = &summary.tunnels_removed,
        [TUNNEL_IMPACT_TAKEN_DOWN] = &summary.tunnels_taken_down,
        [TUNNEL_IMPACT_BROUGHT_UP] = &summary.tunnels_brought_up,
        [TUNNEL_IMPACT_RESTARTED] = &summary.tunnels_restarted,
        [TUNNEL_IMPACT_RENEGOTIATED] = &summary.tunnels_renegotiated,
        [TUNNEL_IMPACT_CHANGED_LIVE] = &summary.tunnels_changed_live,
    };
    const struct config *to = candidate_work(candidate);
    struct impact impact;
    struct impact_group group;
    size_t position = 0;

    summary.tunnels_untouched =
        (uint32_t)(config_count_type(to, OBJECT_TUNNEL) +
                   config_count_type(to, OBJECT_GRE_TUNNEL));
    config_impact(candidate_base(candidate), to, set, &impact);
    while (impact_next(&impact, &position, &group)) {
        ++*counts[group.impact];
        if (group.impact != TUNNEL_IMPACT_REMOVED)
            summary.tunnels_untouched--;
    }
    impact_done(&impact);
    return summary;
}
