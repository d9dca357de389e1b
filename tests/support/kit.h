/*
 * kit.h - whole routers for tests: in one thread, under virtual time, asked
 * in words.
 *
 * A request is a line; keys and fields are as an operator types them, with
 * "-" for one that is left out, "+" for a flag that is set, "!" before a
 * secret in clear and "/" between its two parts, "=" before a text that goes
 * as it is:
 *
 *    OPEN | CLOSE | COMMIT | CHECK | STATUS | RUNNING | CANDIDATE | COMPARE
 *    COMMENT WORD | CONFIRM MINUTES GUARD | NAMED LABEL ID (commits; "-", 0:
 *    left out)
 *    ROLLBACK MODE NUMBER | LABEL WORD | AT GENERATION (or time)
 *    BLAME (rows of columns)
 *    HOLD (OPEN, exclusively) | LET-GO (of that, keeping the candidate)
 *    BACK NUMBER (compares with so many commits back)
 *    AUTH LEVEL [!PASSWORD] | LINE PERSON WHERE FROM | SUBSCRIBE CLASSES |
 * NAMES OBJECT PREFIX LIMIT CREATE OBJECT KEY... | DELETE OBJECT KEY... SET
 * OBJECT SETTING KEY... FIELD... | UNSET OBJECT SETTING KEY... FLAG... EXEC
 * NAME VIRTUAL-ROUTER ARGUMENT...
 *    IMPORT FORM NAME TRUSTED HEX PASSPHRASE
 */
#ifndef SUPPORT_KIT_H
#define SUPPORT_KIT_H

#include "base/diag.h"
#include "base/str.h"
#include "chassis/chassis.h"
#include "crypto/random.h"
#include "daemon/router.h"
#include "daemon/session.h"

#include <stdint.h>

enum { KIT_ROUTERS = 2, BOSTON = 0, OTTAWA = 1, KIT_ROUTERS_MAX = 3 };

struct kit;
struct wire_frame;

/* Routers of a test's own. */
struct kit_params {
    const char *chassis; /* the chassis file: the first count of its routers */
    size_t count;
    const char *dirs[KIT_ROUTERS_MAX]; /* state folders; NULL: in memory */
    uint64_t seed;
    /* A router is there: plug its ports in. */
    void (*plug)(void *context, struct kit *kit, size_t router);
    /* After each turn of kit_run; NULL: nobody looks. */
    void (*watch)(void *context, struct kit *kit);
    void *context;
};

struct kit {
    struct router *routers[KIT_ROUTERS_MAX];
    struct random_seed seeds[KIT_ROUTERS_MAX];
    struct random_source random[KIT_ROUTERS_MAX];
    struct chassis *chassis;
    size_t count;
    struct instant now;
    struct kit_params params; /* of kit_of */
    uint64_t starts;          /* of all routers: each has other numbers */
    uint64_t second_us;       /* when routers do what they do each second */
};

/* One router in memory, or in this state folder. */
struct kit *kit_router(const char *state_dir);
/* boston and ottawa, port 0/0 each on a wire with 5 ms; boston's state folder
 * or NULL.  No configuration yet. */
struct kit *kit_two_sites(const char *boston_dir);
/* What params points to is borrowed for the kit's life. */
struct kit *kit_of(const struct kit_params *params);
void kit_free(struct kit *kit); /* after its sessions */

/* A session that has said HELLO and has this level. */
struct session *kit_session(
    struct kit *kit, size_t router, const char *user, uint8_t level);
/* Its client goes, as the daemon sees it. */
void kit_leave(struct kit *kit, struct session *session);

/* How rows are written down: their columns with blanks between, objects as
 * "system hostname=north", or changes as "system hostname=north>south",
 * "+ virtual-router isp", "- virtual-router isp". */
enum kit_form { KIT_COLUMNS, KIT_OBJECTS, KIT_CHANGES };

/* What a request was answered; kit_answer_done when looked at. */
struct kit_answer {
    enum kit_form form; /* by the request's first word */
    bool is_answered;
    enum err error;
    struct str values; /* of the REPLY, with blanks between */
    struct str rows;   /* a line each                       */
    size_t row_count;
    struct diag diag;
};

void kit_answer_done(struct kit_answer *answer);
/* Send without waiting. */
void kit_send(struct session *session, const char *request);
/* Let time pass until this session has answered, at most ten seconds. */
struct kit_answer kit_take(struct kit *kit, struct session *session);
struct kit_answer kit_ask(
    struct kit *kit, struct session *session, const char *request);
/* A request that is a frame already. */
struct kit_answer kit_ask_frame(
    struct kit *kit, struct session *session, const struct wire_frame *frame);
/* The same, of which only the error matters; says the problem on standard
 * error where there is one that was not wanted. */
enum err kit_do(struct kit *kit, struct session *session, const char *request);
/* The manual tunnel of the lab two-site, and its commit. */
enum err kit_configure(struct kit *kit, struct session *session, size_t site);
/* Let this much time pass. */
void kit_pass(struct kit *kit, uint64_t time_us);

/* Let whole seconds pass, with what routers do each second. */
void kit_seconds(struct kit *kit, uint64_t seconds);
/* The same from event to event, which is fast, until this point of the
 * monotonic clock. */
void kit_run(struct kit *kit, uint64_t until_us);
/* A router without sessions is gone without a word, and starts again. */
void kit_crash(struct kit *kit, size_t router);
/* The only router, without sessions, is gone for so long, and starts again
 * from its state folder. */
void kit_restart(struct kit *kit, const char *state_dir, uint64_t seconds);

/* The sentence of the answer's first problem, or "". */
const char *kit_sentence(const struct kit_answer *answer);

/* A new folder, in memory where that can be; heap.  kit_rmdir removes it and
 * what is in it. */
char *kit_mkdir(void);
void kit_rmdir(char *path);

/* The answer is OK with these values, or with these rows. */
void kit_expect_values(struct kit *kit, struct session *session,
    const char *request, const char *values);
void kit_expect_rows(struct kit *kit, struct session *session,
    const char *request, const char *rows);

#endif
