/*
 * notices_tunnel.c - what there is to tell of tunnels and interfaces.
 *
 * Why a tunnel went down: shut down here; else why IKE let its SAs go, where
 * that is why; else what keeps it from being up now, as `show ipsec tunnel
 * NAME why` says it.
 */
#include "daemon/notices.h"

#include "base/arena.h"
#include "base/ip.h"
#include "base/str.h"
#include "commit/commit.h"
#include "config/config.h"
#include "daemon/router_state.h"
#include "diagnosis/diagnosis.h"
#include "dp.h"
#include "gen/views.h"
#include "ipsec/ipsec.h"
#include "negotiator/negotiator.h"
#include "store/number.h"

#include <stdio.h>
#include <string.h>

enum { FIRST_ROOM = 16, NAME_SIZE = 97 };
enum { STATUS_UP = 1, STATUS_DOWN = 2, STATUS_ABSENT = 6 };

/* ermineTunnelState */
enum { STATE_UP = 1, STATE_DOWN, STATE_DISABLED, STATE_NOT_PRESENT };

/* One interface or tunnel, as it is now. */
struct look {
    struct router *router;
    uint32_t interface;
    uint32_t owner;
    const struct object *object;
    bool is_tunnel; /* one that the tunnel notifications are about */
    bool is_shut;
    uint32_t peer; /* that is told of */
    enum tunnel_state state;
};

/* ---- reading ---- */

static bool
read_tunnel(struct look *look)
{
    const struct object *object = look->object;

    if (object->type != OBJECT_TUNNEL)
        return false;
    look->is_tunnel = true;
    look->is_shut = field_number(object, FIELD_TUNNEL_SHUTDOWN) != 0 ||
                    field_number(object, FIELD_TUNNEL_IP_SHUTDOWN) != 0;
    look->state =
        ipsec_interface_state(look->router->ipsec, look->interface, object);
    return true;
}

static bool
is_shut(const struct object *object)
{
    struct cfg_interface interface;
    struct cfg_gre_tunnel gre;

    if (object->type == OBJECT_INTERFACE) {
        cfg_interface_read(object->fields, &interface);
        return interface.shutdown;
    }
    if (object->type != OBJECT_GRE_TUNNEL)
        return false;
    cfg_gre_tunnel_read(object->fields, &gre);
    return gre.shutdown || gre.ip_shutdown;
}

static void
read_interface(struct look *look)
{
    struct dp_interface_counters counters;

    dp_interface_counters(look->router->dp, look->interface, &counters);
    look->state = counters.up ? TUNNEL_STATE_UP : TUNNEL_STATE_DOWN;
    look->is_shut = is_shut(look->object);
}

/* The end that is in use, or else that it negotiates with, or is configured
 * for. */
static uint32_t
peer_of(const struct look *look)
{
    const struct ike_tunnel *negotiated =
        negotiator_tunnel(look->router->negotiator, look->interface);
    const struct sa *sas[IPSEC_SAS_MAX];
    size_t count =
        ipsec_interface_sas(look->router->ipsec, look->interface, sas);

    while (count-- > 0) {
        if (sa_direction(sas[count]) == SA_OUTBOUND)
            return sa_dst(sas[count]);
    }
    if (negotiated != NULL)
        return negotiated->remote.address;
    return (uint32_t)field_number(
        look->object, FIELD_TUNNEL_DESTINATION_ADDRESS);
}

/* FNV-1a over the keys. */
static uint32_t
hash_of(const struct object *object)
{
    const size_t keys = schema_objects[object->type].key_count;
    uint32_t hash = UINT32_C(0x811c9dc5);
    size_t i;

    for (i = 0; i < keys; i++) {
        const struct value *key = &object->fields[i];
        const char *text = key->kind == VALUE_TEXT ? value_string(key) : "";

        if (key->kind == VALUE_NUMBER)
            hash ^= (uint32_t)key->number;
        hash *= UINT32_C(0x01000193);
        for (; *text != '\0'; text++)
            hash = (hash ^ (uint8_t)*text) * UINT32_C(0x01000193);
    }
    return hash;
}

/* False: there is no such interface (any more). */
static bool
look_at(struct router *router, uint32_t interface, struct look *out_look)
{
    const struct object *object = ipsec_interface_of(router->ipsec, interface);
    const struct object *running;

    if (object == NULL)
        return false;
    running = config_find(
        engine_running(router->engine), object->type, object->fields);
    if (running == NULL)
        return false;
    *out_look = (struct look){
        .router = router,
        .interface = interface,
        .owner = hash_of(running),
        .object = running,
    };
    if (read_tunnel(out_look)) {
        out_look->peer = peer_of(out_look);
    } else {
        read_interface(out_look);
    }
    return true;
}

static struct notice_told *
told_of(struct notices *notices, uint32_t interface)
{
    uint32_t room = notices->room == 0 ? FIRST_ROOM : notices->room;

    while (room <= interface)
        room *= 2;
    if (room != notices->room) {
        notices->told = mem_resize(notices->told, room * sizeof *notices->told);
        memset(notices->told + notices->room, 0,
            (room - notices->room) * sizeof *notices->told);
        notices->room = room;
    }
    return &notices->told[interface];
}

/* ---- saying ---- */

static uint64_t
state_of(const struct look *look)
{
    if (look->state == TUNNEL_STATE_UP)
        return STATE_UP;
    if (look->state == TUNNEL_STATE_NOT_PRESENT)
        return STATE_NOT_PRESENT;
    return look->is_shut ? STATE_DISABLED : STATE_DOWN;
}

/* Of a tunnel its name, of anything else its path. */
static void
name_of(const struct look *look, char name[static NAME_SIZE])
{
    struct str path;

    str_init(&path);
    if (look->is_tunnel) {
        str_add(&path, field_text(look->object, FIELD_TUNNEL_NAME));
    } else {
        object_path(look->object, &path);
    }
    (void)snprintf(name, NAME_SIZE, "%.*s", NAME_SIZE - 1, str_text(&path));
    str_done(&path);
}

static void
start(const struct look *look, enum notification kind, const char *name,
    struct notice *notice)
{
    uint32_t number;

    notice_start(look->router, kind, notice);
    if (number_of_object(look->router->store, look->object, &number) == OK)
        notice_number(notice, COLUMN_NOTIFICATION_IF_INDEX, number);
    notice_text(notice, COLUMN_NOTIFICATION_NAME, name);
    notice_text(notice, COLUMN_NOTIFICATION_VIRTUAL_ROUTER,
        value_string(&look->object->fields[0]));
}

static void
tell_tunnel(const struct look *look, enum notification kind,
    const struct finding *finding)
{
    struct notice notice;
    struct str sentence;
    char name[NAME_SIZE];

    name_of(look, name);
    start(look, kind, name, &notice);
    notice_number(&notice, COLUMN_NOTIFICATION_STATE, state_of(look));
    notice_number(&notice, COLUMN_NOTIFICATION_PEER, look->peer);
    if (negotiator_is_on_backup(look->router->negotiator, look->interface))
        notice_number(&notice, COLUMN_NOTIFICATION_ON_BACKUP, 1);
    str_init(&sentence);
    str_printf(
        &sentence, "Tunnel %s: %s", name, notification_texts[kind].sentence);
    if (finding != NULL) {
        notice_text(&notice, COLUMN_NOTIFICATION_CAUSE,
            cause_texts[finding->cause].name);
        notice_text(&notice, COLUMN_NOTIFICATION_CAUSE_TEXT, finding->sentence);
        notice_text(&notice, COLUMN_NOTIFICATION_ADVICE, finding->fix);
        str_printf(&sentence, " %s", finding->sentence);
    }
    notice_send(look->router, &notice, str_text(&sentence));
    str_done(&sentence);
}

static void
tell_link(const struct look *look)
{
    const bool up = look->state == TUNNEL_STATE_UP;
    const bool absent = look->state == TUNNEL_STATE_NOT_PRESENT;
    struct notice notice;
    struct str sentence;
    char name[NAME_SIZE];

    name_of(look, name);
    start(look, up ? NOTIFICATION_LINK_UP : NOTIFICATION_LINK_DOWN, name,
        &notice);
    notice_number(&notice, COLUMN_NOTIFICATION_ADMIN_STATUS,
        look->is_shut ? STATUS_DOWN : STATUS_UP);
    notice_number(&notice, COLUMN_NOTIFICATION_OPER_STATUS,
        up       ? STATUS_UP
        : absent ? STATUS_ABSENT
                 : STATUS_DOWN);
    str_init(&sentence);
    str_printf(&sentence, "%s %s is %s.",
        look->is_tunnel ? "Tunnel" : "Interface", name, up ? "up" : "down");
    notice_send(look->router, &notice, str_text(&sentence));
    str_done(&sentence);
}

/* ---- why ---- */

static void
set_cause(struct finding *finding, enum cause cause)
{
    *finding = (struct finding){.cause = cause};
    (void)snprintf(finding->sentence, sizeof finding->sentence, "%s",
        cause_texts[cause].sentence);
    (void)snprintf(
        finding->fix, sizeof finding->fix, "%s", cause_texts[cause].fix);
}

/* With the values that the failure knows. */
static void
set_failure(struct finding *finding, const struct ike_failure *failure)
{
    set_cause(finding, (enum cause)failure->reason);
    if (failure->mismatch[0] != '\0') {
        (void)snprintf(finding->sentence, sizeof finding->sentence, "%s",
            failure->mismatch);
    }
    if (failure->advice[0] != '\0') {
        (void)snprintf(
            finding->fix, sizeof finding->fix, "%s", failure->advice);
    }
}

/* The last failure is the reason, where it is of this cause. */
static void
find_ending(const struct look *look, enum cause ending, struct finding *finding)
{
    const struct negotiator_failure *last =
        negotiator_last_failure(look->router->negotiator, look->interface);

    if (last != NULL && (enum cause)last->failure.reason == ending) {
        set_failure(finding, &last->failure);
    } else {
        set_cause(finding, ending);
    }
}

static void
take_first(void *context, const struct finding *finding)
{
    struct finding *first = context;

    if (first->sentence[0] == '\0')
        *first = *finding;
}

static void
find_why(const struct look *look, struct finding *out_finding)
{
    const enum cause ending =
        negotiator_ending(look->router->negotiator, look->interface);
    const struct finding_sink sink = {take_first, out_finding};

    if (look->is_shut || ending == CAUSE_COUNT) {
        diagnosis_look(look->router->diagnosis,
            engine_running(look->router->engine), look->object, &sink);
    } else {
        find_ending(look, ending, out_finding);
    }
}

/* ---- turning ---- */

/* It is down with the peer that it was up with, whoever is tried by now. */
static void
tell_turn(struct look *look, const struct notice_told *told)
{
    struct finding why = {0};

    if (look->state == TUNNEL_STATE_UP) {
        tell_tunnel(look, NOTIFICATION_TUNNEL_UP, NULL);
        return;
    }
    if (told->peer != 0)
        look->peer = told->peer;
    find_why(look, &why);
    tell_tunnel(look, NOTIFICATION_TUNNEL_DOWN, &why);
}

static void
tell(struct look *look, struct notice_told *told, enum notice_state before)
{
    const bool is_up = told->state == NOTICE_UP;
    const bool has_turned =
        before != told->state && (is_up || before != NOTICE_UNKNOWN);

    if (has_turned && look->is_tunnel)
        tell_turn(look, told);
    if (has_turned)
        tell_link(look);
    if (is_up && told->has_changed_ends)
        tell_tunnel(look, NOTIFICATION_TUNNEL_FAILOVER, NULL);
}

/* What was never up is not told to be down. */
void
notices_look(struct router *router, uint32_t interface)
{
    struct notice_told *told;
    enum notice_state before;
    struct look look;

    if (!look_at(router, interface, &look))
        return;
    told = told_of(&router->notices, interface);
    if (told->owner != look.owner)
        *told = (struct notice_told){.owner = look.owner};
    before = (enum notice_state)told->state;
    told->state = look.state == TUNNEL_STATE_UP ? NOTICE_UP : NOTICE_DOWN;
    if (notice_is_wanted(router))
        tell(&look, told, before);
    if (told->state == NOTICE_UP) {
        told->peer = look.peer;
        told->has_changed_ends = false;
    }
}

static void
take_turn(void *context, uint32_t interface, enum negotiator_turn turn)
{
    struct router *router = context;
    const struct negotiator_failure *last;
    struct finding why = {0};
    struct look look;

    if (!look_at(router, interface, &look) || !look.is_tunnel)
        return;
    if (turn == NEGOTIATOR_CHANGED_ENDS)
        told_of(&router->notices, interface)->has_changed_ends = true;
    if (!notice_is_wanted(router))
        return;
    last = negotiator_last_failure(router->negotiator, interface);
    if (last != NULL)
        set_failure(&why, &last->failure);
    switch (turn) {
    case NEGOTIATOR_RENEWED:
        tell_tunnel(&look, NOTIFICATION_TUNNEL_REKEYED, NULL);
        return;
    case NEGOTIATOR_CHANGED_ENDS:
        return; /* is told when it is up */
    case NEGOTIATOR_RENEWAL_FAILED:
        tell_tunnel(&look, NOTIFICATION_TUNNEL_REKEY_FAILED, &why);
        return;
    case NEGOTIATOR_PEER_DEAD:
        look.state = TUNNEL_STATE_DOWN; /* as soon as its SAs are gone */
        tell_tunnel(&look, NOTIFICATION_PEER_DEAD, &why);
        return;
    }
}

void
notices_watch(struct router *router)
{
    const struct negotiator_watcher watcher = {take_turn, router};

    negotiator_watch(router->negotiator, &watcher);
}
