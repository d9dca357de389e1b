/*
 * session_state.h - a session's inside, for the files of this room.
 *
 * A request is answered in three ways: its handler fills in the reply and
 * returns; or it starts a job, whose step is called until it says that the
 * reply is complete; or the frame ends the session.
 */
#ifndef DAEMON_SESSION_STATE_H
#define DAEMON_SESSION_STATE_H

#include "base/diag.h"
#include "config/config.h"
#include "daemon/session.h"
#include "daemon/walk.h"
#include "wire/wire.h"

#include <sys/queue.h>

struct candidate;
struct crypto_report;
struct tunnel_summary;
struct dp_explanation;
struct ping;
struct pki_making;
struct row_sink;

enum { REPLY_VALUES_MAX = 16 };

/* The answer to the request under way. */
struct reply {
    uint32_t id;
    enum err error;
    struct value values[REPLY_VALUES_MAX];
    size_t count;
    struct diag diag;
};

/* The rest of a request that could not be answered at once. */
struct job {
    /* True: the reply is complete.  NULL: there is no job. */
    bool (*step)(struct session *session, const struct instant *now);
    uint64_t due_us;
    uint64_t mark; /* batches that D must have applied */
    struct config *config;
    uint64_t generation; /* of config, for SHOW_BLAME */
    struct walk walk;
    struct change_set changes;
    size_t position;
    uint64_t level;        /* that a password is tried for */
    struct value password; /* VALUE_CLEAR                  */
    struct ping *ping;
    uint16_t ping_id;
    struct tunnel_test *test;
    uint64_t began_us; /* of the test */
    struct crypto_report *report;
    struct pki_making *making; /* of a key */
    struct tunnel_summary *summary;
    uint64_t stamp;         /* of the answer that the program has */
    struct value authority; /* name of the CA whose answer is waited for */
    const struct dp_explanation *explanation; /* that D has      */
    struct dp_explanation *explained;         /* it came back    */
};

/* The candidate as it was when a load began. */
struct mark {
    struct candidate *candidate; /* NULL: there is no mark */
    bool is_touched;
    uint64_t base_generation;
};

enum { LEVEL_LOG = 5 }; /* sees events of the log, as by `show log data` */

enum event_class {
    EVENT_CONFIGURATION = 1,
    EVENT_OVER = WIRE_OVER,
    EVENT_LOG = WIRE_LOG,
    EVENT_NOTIFICATION = WIRE_NOTIFICATION,
};

/* Heap; its maker's; in its router's list. */
struct session {
    LIST_ENTRY(session) all;
    struct router *router;
    uint32_t number;
    char *user;
    char *from;
    bool is_allowed;
    bool is_too_many;
    uint8_t ceiling;
    uint8_t level;
    uint64_t since_us; /* wall clock */
    uint64_t asked_us; /* monotonic: the last request, for the idle timeout */
    bool has_line;     /* LINE was said                                     */
    bool is_owner;     /* root, or the daemon's own user                    */
    bool is_person;    /* as told                                           */
    bool is_vty;       /* came by ssh, as told                              */
    uint8_t vty;       /* its number, the lowest that was free              */
    uint8_t wrong_passwords;
    uint64_t classes; /* of events that it wants, bits of event_class */
    uint32_t missed;  /* notifications, since it wants them            */
    uint32_t told_missed;
    bool has_greeted;
    bool is_service; /* the SNMP agent: a lab does not go on for it */
    bool is_over;
    struct candidate *candidate; /* NULL: none is open */
    bool is_touched;             /* the candidate was edited */
    uint64_t base_generation;    /* that the candidate was opened on */
    struct mark mark;
    struct wire_buffer in;
    struct wire_buffer out;
    struct reply reply;
    struct job job;
};

/* Fills in the session's reply, or starts a job. */
typedef void verb_handler(struct session *session,
    const struct wire_frame *frame, const struct instant *now);

verb_handler verb_hello;
verb_handler verb_auth;
verb_handler verb_open;
verb_handler verb_close;
verb_handler verb_create;
verb_handler verb_delete;
verb_handler verb_set;
verb_handler verb_unset;
verb_handler verb_commit;
verb_handler verb_rollback;
verb_handler verb_show;
verb_handler verb_exec;
verb_handler verb_subscribe;
verb_handler verb_line;
verb_handler verb_import;

/* ---- answering ---- */

/* The reply becomes this error with this sentence. */
void reply_refuse(struct session *session, enum err error, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The sentence of a client that does not keep to the protocol. */
void reply_malformed(struct session *session);
void reply_number(struct session *session, uint64_t number);
void reply_text(struct session *session, const char *text);
void reply_none(struct session *session);
/* Append a frame to what the client is sent; takes its items. */
void session_put(struct session *session, struct wire_frame *frame);
/* A ROW of the request under way: columns are shared. */
void session_row(
    struct session *session, const struct value *columns, size_t count);
/* An EVENT, if the session wants this class. */
void session_tell(
    struct session *session, enum event_class class, const char *sentence);
/* Say why, wanted or not, and close the session. */
void session_end(struct session *session, const char *sentence);
/* False: refused, and said so. */
bool session_may(struct session *session, uint8_t level);
/* Objects that the candidate changes; 0 also without one. */
size_t session_changes(const struct session *session);

/* The candidate becomes what is running: it has no edits (any more). */
void session_follow_running(struct session *session);
/* False: no candidate is open, and refused. */
bool has_candidate(struct session *session);

/* ---- exclusive.c ---- */

/* False: another session holds the configuration; refused. */
bool may_edit(struct session *session);
bool exclusive_is_held(const struct session *session); /* by this one */
void exclusive_take(struct session *session, const struct instant *now);
void exclusive_end(struct session *session, const struct instant *now);
void exec_clear_exclusive(struct session *session, const struct instant *now);

/* ---- testing.c, and execs.c for the number ---- */

void exec_test(struct session *session, const struct wire_frame *frame,
    const struct instant *now);
/* A number that no echo request under way has. */
uint16_t ping_id_new(struct router *router);

/* ---- snmp.c ---- */

/* Is it one of those that the SNMP agent asks?  Then it is done. */
bool exec_snmp(struct session *session, enum schema_exec_id exec,
    const struct wire_frame *frame);

/* ---- audit.c ---- */

/* An entry about this session: done, or refused with this error. */
void session_audit(struct session *session, const struct instant *now,
    enum audit_event event, enum err error, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* What an entry needs to know from before the request was carried out. */
struct audit_before {
    uint8_t level;
    size_t changes;
};

struct audit_before audit_look(
    const struct session *session, const struct wire_frame *frame);
void audit_answer(struct session *session, const struct audit_before *before,
    const struct wire_frame *frame, const struct instant *now);

/* ---- certificates.c ---- */

/* False: it is none of these commands. */
bool exec_certificates(struct session *session, enum schema_exec_id exec,
    const struct wire_frame *frame);

/* ---- execs.c ---- */

/* A show of oper; args and vr are borrowed. */
struct session_show {
    enum schema_exec_id exec;
    const struct value *args;
    const char *vr; /* of the session */
    const struct instant *now;
};

/* Its rows go to the sink; the reply has the error, if there is one. */
void session_show(struct session *session, const struct session_show *show,
    const struct row_sink *sink);

/* Of its rows, if it can be told without making them (oper_stamp). */
uint64_t session_stamp(
    struct session *session, const struct session_show *show, uint64_t start);

/* ---- lines ---- */

/* "vty 3", "console 0"; "": a script of the router's own. */
void line_name(const struct session *session, char *out, size_t size);
/* When the session has been idle for too long; UINT64_MAX: never. */
uint64_t line_idle_due(const struct session *session);
void line_close_idle(struct session *session);

/* ---- shows ---- */

/* Start the job that gives all objects as rows. */
void show_configuration(struct session *session, const struct config *config);
/* SHOW_BLAME */
void show_blame(struct session *session, const struct wire_frame *frame);
/* May a job give more rows now? */
bool session_has_room(struct session *session);
/* SHOW_AT */
void show_at(struct session *session, const struct wire_frame *frame);

/* The candidate as a commit would take it: others' commits since it was
 * opened are not shown as its own undoing, unless the two collide (then that
 * is a warning).  The caller's; NULL: none is open. */
struct candidate *candidate_now(struct session *session);
/* ---- pages.c ---- */

/* Is it asked by pages with a stamp? */
bool exec_has_stamp(const struct schema_exec *exec);
void exec_page(struct session *session, enum schema_exec_id exec,
    const struct wire_frame *frame, const struct instant *now);

/* ---- authorities.c ---- */

void exec_authenticate(struct session *session, const struct wire_frame *frame,
    const struct instant *now);
verb_handler verb_enroll;

/* `show ipsec crypto-report` */
void exec_crypto_report(struct session *session, const struct wire_frame *frame,
    const struct instant *now);
/* `show candidate impact` */
void exec_impact(struct session *session);

/* ---- earlier configurations ---- */

/* The generation so many commits back.  False: refused. */
bool take_back(struct session *session, const struct value *number,
    uint64_t *out_generation);
/* The caller's to unref; NULL: refused. */
struct config *take_earlier(struct session *session, uint64_t generation);

/* ---- mark.c ---- */

/* ROLLBACK in its modes from MARK on. */
void mark_verb(struct session *session, enum wire_rollback mode);
/* The candidate was committed: that is not taken back by the mark. */
void mark_renew(struct session *session);
void mark_done(struct mark *mark);

/* The object's type at position 0, with exactly so many items behind its
 * keys, which begin at `first`.  False: refused. */
bool take_object(struct session *session, const struct wire_frame *frame,
    size_t first, uint16_t *out_type);

#endif
