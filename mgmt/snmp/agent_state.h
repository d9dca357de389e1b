/*
 * agent_state.h - the agent's inside, for the files of this room.
 *
 * Files that include net-snmp's headers are library.c (its life, sockets),
 * serve.c (tables), screen.c (who may ask), users.c (USM) and fixed.c,
 * groups.c (what the agent itself knows); the others know nothing of it.
 */
#ifndef SNMP_AGENT_STATE_H
#define SNMP_AGENT_STATE_H

#include "snmp/access.h"
#include "snmp/notify.h"
#include "snmp/snmp.h"
#include "snmp/table.h"

#include <sys/queue.h>

enum { ENGINE_ID_MAX = 32, GROUPS_MAX = 16 };

/* What belongs to one context: all of the chassis (router 0), or one virtual
 * router. */
struct agent_context {
    LIST_ENTRY(agent_context) all;
    struct agent *agent;
    uint32_t router;
    char name[ACCESS_CONTEXT_MAX]; /* "" for router 0 */
    struct tables *tables;
    struct served *served; /* serve.c */
    size_t served_count;
    struct fixed *fixed[GROUPS_MAX]; /* groups.c */
    size_t fixed_count;
    bool is_wanted; /* while contexts are compared with the configuration */
};

/* The request under way, which the library handles from end to end before it
 * takes another. */
struct request {
    bool is_granted;
    int refusal; /* what the library's check is to say otherwise */
    struct grant grant;
};

/* Heap; the program's. */
struct agent {
    struct snmp_options options;
    struct link *link;
    struct source_asker asker;
    struct access *access; /* NULL: nothing is known yet, nobody may ask */
    LIST_HEAD(agent_contexts, agent_context) contexts;
    bool must_reload;
    bool has_master; /* under another agent, and that one is there */
    bool is_over;
    uint64_t tidy_us; /* when pages are looked through next */
    uint64_t now_us;  /* of this turn of the loop           */
    uint8_t engine_id[ENGINE_ID_MAX];
    size_t engine_id_length;
    uint32_t boots;
    struct request request;
    struct user_list *users; /* users.c */
    struct told *told;       /* told.c  */
    char place[64];          /* where it is asked: the first one */
};

/* ---- agent.c ---- */

/* Take what the daemon tells; a new configuration is in force afterwards. */
void agent_listen(struct agent *agent);
/* How old the oldest value is that may be served. */
uint64_t agent_age_us(const struct agent *agent);

/* ---- library.c ---- */

/* Net-snmp as we want it: no files of its own, our engine. */
MUST_CHECK enum err library_start(struct agent *agent);
void library_stop(struct agent *agent);
/* Handle packets until something else is due: at most until this time, or
 * when the link has something to read. */
void library_turn(struct agent *agent, uint64_t until_us);
/* The uptime that is told, and packet size and the like. */
void library_apply(struct agent *agent);

/* ---- told.c ---- */

/* Who is told of what happens; and what the agent reports. */
void told_start(struct agent *agent);
void told_end(struct agent *agent);
/* A new configuration is in force. */
void told_apply(struct agent *agent);
/* An EVENT of class 8. */
void told_event(struct agent *agent, const struct wire_frame *event);
/* Somebody asked who may not; and is anybody told of that? */
void told_refused(struct agent *agent);
bool told_refusals(const struct agent *agent);
/* Do what is due; when to be called again at the latest. */
void told_turn(struct agent *agent);
uint64_t told_due(const struct agent *agent);

/* ---- told_report.c ---- */

/* Tell the daemon what was counted. */
void told_report(struct agent *agent, const struct notify *notify);

/* ---- screen.c ---- */

void screen_start(struct agent *agent);
void screen_stop(struct agent *agent);

/* ---- serve.c ---- */

void serve_context(struct agent_context *context);
void serve_context_end(struct agent_context *context);

/* ---- groups.c ---- */

void groups_serve(struct agent_context *context);
void groups_end(struct agent_context *context);

/* ---- users.c ---- */

/* A user with keys for this engine, not known to the library yet; NULL: no
 * key came. */
struct usmUser *users_make(struct agent *agent, const struct access_user *from,
    const uint8_t *engine, size_t length);
/* The library's users become those of the configuration. */
void users_apply(struct agent *agent);
void users_free(struct agent *agent);

#endif
