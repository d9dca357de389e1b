/*
 * router.c - one whole router, put together and taken apart.
 */
#include "daemon/router.h"

#include "authority/authority.h"
#include "base/arena.h"
#include "base/diag.h"
#include "base/str.h"
#include "commit/commit.h"
#include "crypto/provider.h"
#include "crypto/seal.h"
#include "daemon/authorities.h"
#include "daemon/certificates.h"
#include "daemon/commits.h"
#include "daemon/ports.h"
#include "daemon/probe.h"
#include "daemon/router_state.h"
#include "daemon/session_state.h"
#include "diagnosis/diagnosis.h"
#include "dp.h"
#include "eventlog/eventlog.h"
#include "gen/views.h"
#include "ipsec/ipsec.h"
#include "negotiator/negotiator.h"
#include "oper/oper.h"
#include "pki/pki.h"
#include "port/port.h"
#include "store/number.h"
#include "store/store.h"

#include <stdlib.h>

enum {
    S_US = 1000000,
    LEVEL_CONSOLE = 10, /* that sees what goes to consoles */
    DATAGRAMS_TURN = 32
};

/* ---- the key ---- */

static enum err
unseal(void *context, const char *sealed, struct secret *out)
{
    return unseal_text(context, sealed, out);
}

static enum err
make_key(const struct router *router, struct diag *diag, struct secret *out_key)
{
    uint8_t bytes[SEAL_KEY_SIZE];
    enum err error;

    crypto_random(router->crypto, bytes, sizeof bytes);
    error = secret_set(out_key, bytes, sizeof bytes);
    wipe(bytes, sizeof bytes);
    if (error == OK && router->statedir != NULL)
        error = statedir_store_key(router->statedir, out_key, diag);
    return error;
}

/* A configuration whose key file is gone must not get a new one: that would
 * look well until the first tunnel is opened. */
static enum err
refuse_lost_key(
    const struct router *router, struct diag *diag, bool *out_refused)
{
    struct config *config = NULL;
    uint64_t generation = 0;
    bool has_keys = false;
    enum err error;

    *out_refused = false;
    error = store_load(router->store, diag, &config, &generation);
    config_unref(config);
    if (error == OK)
        error = store_pki_has_keys(router->store, diag, &has_keys);
    if (error != OK || (generation == 0 && !has_keys))
        return error;
    diag_add(diag, DIAG_ERROR, NULL, NULL,
        "%s/secret.key is missing, and the stored configuration is sealed "
        "under it: put that file back, or load a copy of it with `ermined "
        "--state-dir %s --import-key FILE`.",
        router->state_dir, router->state_dir);
    *out_refused = true;
    return OK;
}

static enum err
open_key(struct router *router, struct diag *diag)
{
    struct secret key = {0};
    enum err error = OK;
    bool refused = false;

    if (router->statedir != NULL && statedir_has_key(router->statedir)) {
        error = statedir_load_key(router->statedir, diag, &key);
    } else {
        if (router->statedir != NULL)
            error = refuse_lost_key(router, diag, &refused);
        if (refused)
            error = ERR_NOT_FOUND;
        if (error == OK)
            error = make_key(router, diag, &key);
    }
    if (error == OK)
        error = sealer_new(router->crypto, &key, &router->sealer);
    secret_done(&key);
    if (error == OK)
        router->unsealer = (struct unsealer){unseal, router->sealer};
    return error;
}

/* ---- ports ---- */

static enum err
open_captures(struct router *router, struct diag *diag)
{
    struct port *port;
    size_t i;
    enum err error;

    for (i = 0; i < router->chassis.port_count; i++) {
        const struct chassis_port *place = &router->chassis.ports[i];

        if (place->kind != CHASSIS_PCAP)
            continue;
        error = port_pcap_new(place->in[0] == '\0' ? NULL : place->in,
            place->out[0] == '\0' ? NULL : place->out, diag, &port);
        if (error != OK)
            return error;
        dp_attach_port(router->dp, (uint16_t)i, port);
    }
    return OK;
}

/* ---- making ---- */

static enum err
open_state(struct router *router, const struct router_params *params,
    struct diag *diag)
{
    const char *database = NULL;
    enum err error;

    if (params->state_dir != NULL) {
        router->state_dir = mem_strdup(params->state_dir);
        error = statedir_open(params->state_dir, diag, &router->statedir);
        if (error != OK)
            return error;
        database = statedir_database(router->statedir);
        /* the key is made after the database, and goes with it */
        if (statedir_has_key(router->statedir))
            error = store_refuse_empty(database, diag);
        if (error != OK)
            return error;
    }
    error = crypto_open(diag, &router->crypto);
    if (error != OK)
        return error;
    if (params->random != NULL)
        crypto_set_random(router->crypto, *params->random);
    error = store_open(database, diag, &router->store);
    if (error == OK)
        error = open_key(router, diag);
    return error;
}

/* ---- the keeper of sequence numbers ---- */

static enum err
reserve(void *context, const char *tunnel, uint32_t spi, uint64_t least,
    uint64_t *out_first)
{
    return store_reserve(
        context, tunnel, spi, IPSEC_SEQUENCE_STEP, least, out_first);
}

static enum err
finish_reserving(void *context)
{
    return store_reserve_finish(context);
}

/* ---- events, to the sessions that want them ---- */

static void
tell_event(void *context, const struct eventlog_entry *entry, bool console)
{
    struct router *router = context;
    struct session *session;
    struct str line;

    str_init(&line);
    str_printf(&line, "%s %s %s %s",
        schema_enums[ENUM_EVENT_SEVERITY].values[entry->severity].word,
        entry->category, entry->event, entry->text);
    LIST_FOREACH(session, &router->sessions, all) {
        bool wants =
            (session->classes & EVENT_LOG) != 0 && session->level >= LEVEL_LOG;

        if (wants) {
            session_tell(session, EVENT_LOG, str_text(&line));
        } else if (console && session->level >= LEVEL_CONSOLE) {
            session_tell(session, EVENT_CONFIGURATION, str_text(&line));
        }
    }
    str_done(&line);
}

static enum neighbour
neighbour_of(const void *context, uint32_t local, uint32_t address)
{
    static const enum neighbour answers[] = {
        [PROBE_NEIGHBOUR_UNKNOWN] = NEIGHBOUR_UNKNOWN,
        [PROBE_NEIGHBOUR_ANSWERS] = NEIGHBOUR_ANSWERS,
        [PROBE_NEIGHBOUR_SILENT] = NEIGHBOUR_SILENT,
    };
    const struct router *router = context;

    return answers[ports_neighbour(router->ports, local, address)];
}

static uint32_t
cost_of(void *context, enum transform transform)
{
    struct router *router = context;
    uint32_t *cost = &router->costs_ns[transform];

    if (*cost == 0)
        *cost = sa_cost_ns(router->crypto, transform);
    return *cost;
}

/* ---- keys and certificates ---- */

static enum err
open_pki(struct router *router, struct diag *diag)
{
    struct pki_params params = {
        .sealer = router->sealer,
        .store = router->store,
        .ipsec = router->ipsec,
        .now_s = router->started.wall_us / S_US,
    };
    struct participant participant;
    struct str folder;
    enum err error;

    str_init(&folder);
    if (router->state_dir != NULL) {
        str_printf(&folder, "%s/certificates", router->state_dir);
        params.folder = str_text(&folder);
    }
    error = pki_new(&params, diag, &router->pki);
    str_done(&folder);
    if (error != OK)
        return error;
    participant = pki_participant(router->pki);
    engine_join(router->engine, &participant);
    return authorities_open(router, diag);
}

static enum err
boot(struct router *router, bool tells_costs, struct diag *diag)
{
    const struct sequence_keeper keeper = {
        reserve, finish_reserving, router->store};
    struct ike_credentials credentials;
    struct diagnosis_parts parts;
    struct participant participant;
    enum err error;

    router->dp = dp_new(&dp_limits_default);
    error = open_captures(router, diag);
    if (error != OK)
        return error;
    router->ipsec = ipsec_new(
        router->dp, router->crypto, &router->chassis, &router->unsealer);
    ipsec_set_keeper(router->ipsec, &keeper);
    router->engine = engine_new(router->store, &router->unsealer);
    if (tells_costs) {
        router->appraiser = (struct appraiser){cost_of, router};
        engine_set_appraiser(router->engine, &router->appraiser);
    }
    participant = ipsec_participant(router->ipsec);
    engine_join(router->engine, &participant);
    error = open_pki(router, diag);
    if (error != OK)
        return error;
    router->negotiator =
        negotiator_new(router->ipsec, router->crypto, &router->unsealer);
    credentials = pki_credentials(router->pki);
    negotiator_set_credentials(router->negotiator, &credentials);
    negotiator_tick(router->negotiator, router->started.monotonic_us);
    participant = negotiator_participant(router->negotiator);
    engine_join(router->engine, &participant);
    parts = (struct diagnosis_parts){
        router->ipsec, router->negotiator, router->dp, neighbour_of, router};
    router->diagnosis = diagnosis_new(&parts);
    router->eventlog = eventlog_new();
    eventlog_listen(router->eventlog, tell_event, router);
    participant = eventlog_participant(router->eventlog);
    engine_join(router->engine, &participant);
    participant = notices_participant(router);
    engine_join(router->engine, &participant);
    notices_watch(router);
    error = engine_boot(router->engine, diag);
    if (error == OK)
        error = commits_boot(router, &router->started, diag);
    if (error != OK)
        return error;
    router->boot_generation = engine_generation(router->engine);
    return router_settle_numbers(router, false, diag);
}

enum err
router_settle_numbers(struct router *router, bool all, struct diag *diag)
{
    const char *locations[CHASSIS_PORTS_MAX];
    const struct number_ports ports = {locations, router->chassis.port_count};
    size_t i;

    for (i = 0; i < router->chassis.port_count; i++)
        locations[i] = router->chassis.ports[i].location;
    oper_pages_forget(router->pages);
    return numbers_settle(router->store, engine_running(router->engine),
        engine_generation(router->engine), &ports, all, diag);
}

enum err
router_new(const struct router_params *params, struct diag *diag,
    struct router **out_router)
{
    struct router *router = mem_alloc(sizeof *router);
    enum err error;

    router->name = mem_strdup(params->name == NULL ? "" : params->name);
    router->started = params->now;
    router->notices.now = params->now;
    router->pages = oper_pages_new();
    LIST_INIT(&router->sessions);
    if (params->chassis != NULL)
        router->chassis = *params->chassis;
    error = open_state(router, params, diag);
    if (error == OK)
        error = boot(router, params->tells_costs, diag);
    if (error != OK) {
        router_free(router);
        return error;
    }
    *out_router = router;
    return OK;
}

void
router_free(struct router *router)
{
    if (router == NULL)
        return;
    commits_done(router);
    watch_done(&router->watch);
    baseline_done(&router->baseline);
    notices_done(&router->notices);
    snmp_report_done(&router->snmp_report);
    oper_pages_free(router->pages);
    engine_free(router->engine);
    eventlog_free(router->eventlog);
    diagnosis_free(router->diagnosis);
    negotiator_free(router->negotiator);
    authority_free(router->authority);
    pki_free(router->pki);
    ipsec_free(router->ipsec);
    ports_free(router->ports);
    dp_free(router->dp);
    store_close(router->store);
    sealer_free(router->sealer);
    crypto_close(router->crypto);
    statedir_close(router->statedir);
    free(router->state_dir);
    free(router->name);
    free(router);
}

const char *
router_name(const struct router *router)
{
    return router->name;
}

struct dp *
router_dp(struct router *router)
{
    return router->dp;
}

const struct chassis *
router_chassis(const struct router *router)
{
    return &router->chassis;
}

uint64_t
router_generation(const struct router *router)
{
    return engine_generation(router->engine);
}

/* ---- running ---- */

size_t
router_open_ports(struct router *router, struct opener *opener, uint16_t number,
    const struct instant *now)
{
    const struct ports_params params = {
        opener, number, &router->chassis, router->dp};

    router->ports = ports_new(&params);
    return ports_tick(
        router->ports, engine_running(router->engine), now->monotonic_us);
}

void
router_take_port(struct router *router, const struct opener_answer *answer,
    const struct instant *now)
{
    ports_answer(router->ports, answer, now->monotonic_us);
}

static struct session *
session_of_ping(struct router *router, uint16_t id)
{
    struct session *session;

    LIST_FOREACH(session, &router->sessions, all) {
        if (session->job.ping != NULL && session->job.ping_id == id)
            return session;
    }
    return NULL;
}

uint64_t
router_due(const struct router *router)
{
    return router->has_more ? 0 : negotiator_due(router->negotiator);
}

/* A datagram for IKE may cost an exponentiation or two: after some of them the
 * sessions have their turn. */
void
router_take_events(struct router *router, const struct instant *now)
{
    unsigned datagrams = 0;
    struct dp_event event;
    struct session *session;

    certificates_time(router, now);
    while (datagrams < DATAGRAMS_TURN && dp_next_event(router->dp, &event)) {
        datagrams += event.kind == DP_EVENT_DATAGRAM;
        if (event.kind == DP_EVENT_APPLIED) {
            if (ports_take_back(router->ports, event.batch))
                continue;
            watch_batch(router, event.batch);
        }
        ipsec_event(router->ipsec, now->monotonic_us, &event);
        negotiator_event(router->negotiator, now->monotonic_us, &event);
        diagnosis_event(router->diagnosis, now->monotonic_us, &event);
        notices_event(router, &event, now);
        if (event.kind != DP_EVENT_ECHO_REPLY &&
            event.kind != DP_EVENT_PING_DROP)
            continue;
        session = session_of_ping(router, event.ping_id);
        if (session != NULL)
            ping_event(session->job.ping, &event);
    }
    router->has_more = datagrams == DATAGRAMS_TURN;
    watch_take(router);
    if (negotiator_due(router->negotiator) <= now->monotonic_us)
        negotiator_tick(router->negotiator, now->monotonic_us);
}

void
router_tick(struct router *router, const struct instant *now)
{
    ipsec_tick(router->ipsec, now->monotonic_us);
    certificates_tick(router, now);
    authorities_tick(router, now);
    negotiator_tick(router->negotiator, now->monotonic_us);
    diagnosis_tick(router->diagnosis, now->monotonic_us);
    commits_tick(router, now);
    notices_tick(router, now);
    if (router->ports != NULL) {
        (void)ports_tick(
            router->ports, engine_running(router->engine), now->monotonic_us);
    }
    watch_tick(router, now->monotonic_us);
}

void
router_announce(
    struct router *router, const struct session *except, const char *sentence)
{
    struct session *session;

    LIST_FOREACH(session, &router->sessions, all) {
        if (session != except)
            session_tell(session, EVENT_CONFIGURATION, sentence);
    }
}

const char *
router_hostname(const struct router *router)
{
    const struct object *system =
        config_next(engine_running(router->engine), OBJECT_SYSTEM, NULL);
    struct cfg_system view;

    cfg_system_read(system->fields, &view);
    return view.hostname;
}
