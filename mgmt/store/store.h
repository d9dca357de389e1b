/*
 * store.h - the configuration on disk, in one SQLite file.
 *
 * The only room with SQLite.  One STRICT table per object type (readable in
 * the sqlite3 shell), the commit log and each commit's change set.  A commit
 * is one transaction: it is wholly there or not at all.  Secrets are in the
 * file in sealed form only.  Thread M only.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct change_set;
struct config;
struct diag;
struct str;
struct store;

/* What `commit confirmed` made and nobody has confirmed yet. */
struct store_confirmation {
    uint64_t generation;  /* that is running                       */
    uint64_t back_to;     /* that comes back                       */
    uint64_t deadline_us; /* wall clock                           */
    uint64_t period_us;   /* how long it had to wait in all        */
    uint32_t guard_s;     /* 0: no guard                           */
    const char *user;
    const char *origin;
};

/* What the commit log says of one commit. */
struct store_commit {
    uint64_t generation; /* 1 is the first commit           */
    const char *user;
    const char *origin;  /* "console", "batch", "boot", ... */
    uint64_t at_us;      /* wall clock                      */
    const char *comment; /* may be ""                       */
    const char *label;   /* NULL or "": none                */
    const char *id;      /* the same; in the log once only  */
    /* What waits to be confirmed afterwards; NULL: nothing. */
    const struct store_confirmation *confirmation;
    uint32_t session; /* 0: the router itself            */
};

/* path: the database file, made with mode 0600 if it is not there; NULL: in
 * memory, gone with the process.  Runs migrations, each in one transaction.
 * Refuses, with a sentence and the way out, a file that is not ours, is
 * corrupt or newer than this program. */
MUST_CHECK enum err store_open(
    const char *path, struct diag *diag, struct store **out_store);
void store_close(struct store *store); /* NULL is allowed */

/* SQLite takes a file of 0 bytes for a new database, and throws its log away.
 * To be asked where there was a configuration before: then it is the end of
 * that.  OK where there is no file. */
MUST_CHECK enum err store_refuse_empty(const char *path, struct diag *diag);

/* What store_check says of a good database. */
struct store_health {
    unsigned version; /* of its format, as it is in the file */
    uint64_t generation;
    uint64_t oldest; /* the oldest generation that can be rebuilt */
    size_t objects;
};

/* Who knows what the rows of a table hold looks at a copy of the file, too. */
struct store_expert {
    void *context;
    enum err (*look)(void *context, struct store *copy, struct diag *diag);
};

/* Look at all of the file without changing it: SQLite's checks, references,
 * values, and every generation that can be rebuilt; then the expert's look,
 * unless NULL.  Every problem has its sentence. */
MUST_CHECK enum err store_check(const char *path,
    const struct store_expert *expert, struct diag *diag,
    struct store_health *out_health);

/* The stored configuration and its generation (0: nothing was committed). */
MUST_CHECK enum err store_load(struct store *store, struct diag *diag,
    struct config **out_config, uint64_t *out_generation);

/* Steps of one commit: begin writes everything inside a transaction, finish
 * makes it durable: the point of no return.  After an error of either, or
 * after cancel, the database is as before. */
MUST_CHECK enum err store_begin(struct store *store,
    const struct store_commit *commit, const struct change_set *set,
    struct diag *diag);
MUST_CHECK enum err store_finish(struct store *store, struct diag *diag);
void store_cancel(struct store *store);
/* After an error of finish what was refused may be on the disk, and a crash
 * would bring it back: write over it.  Done by finish and begin themselves;
 * to be called until it is OK, where no commit follows soon. */
MUST_CHECK enum err store_settle(struct store *store);

/* Who last changed this setting (SCHEMA_NONE: the object as a whole) after
 * the given generation.  ERR_NOT_FOUND: nobody.  user and origin are written
 * to who as "root at 2015-01-05T10:00:00Z in commit 7". */
MUST_CHECK enum err store_who_changed(struct store *store,
    const char *object_path, const char *setting, uint64_t after_generation,
    struct str *who);

/* The commit that made a setting what it is (setting NULL: the object),
 * borrowed for the call. */
struct store_origin {
    const char *setting;
    uint64_t generation;
    const char *at; /* ISO 8601, UTC */
    const char *user;
};

/* All that the history knows of this object up to a generation. */
MUST_CHECK enum err store_blame(struct store *store, const char *path,
    uint64_t generation,
    void (*take)(void *context, const struct store_origin *origin),
    void *context);
/* Of the users in the commit log, in bytes; 0: there is none. */
MUST_CHECK enum err store_longest_user(
    struct store *store, struct diag *diag, uint64_t *out_length);

/* One line of the commit log, borrowed for the call. */
struct store_entry {
    uint64_t generation;
    const char *at; /* ISO 8601, UTC */
    const char *user;
    const char *origin;
    const char *comment;
    uint64_t changes;  /* objects */
    const char *label; /* ""; none */
    const char *id;
};

/* The newest `count` commits, the newest first. */
MUST_CHECK enum err store_log(struct store *store, uint64_t count,
    void (*take)(void *context, const struct store_entry *entry), void *context,
    struct diag *diag);

/* The commit with this id, or ERR_NOT_FOUND without a sentence. */
MUST_CHECK enum err store_commit_with_id(struct store *store, const char *id,
    void (*take)(void *context, const struct store_entry *entry), void *context,
    struct diag *diag);
/* The newest with this label, or ERR_NOT_FOUND with a sentence. */
MUST_CHECK enum err store_generation_labelled(struct store *store,
    const char *label, struct diag *diag, uint64_t *out_generation);

/* What waits to be confirmed, borrowed for the call; nothing: take is not
 * called. */
MUST_CHECK enum err store_confirmation_load(struct store *store,
    void (*take)(void *context, const struct store_confirmation *confirmation),
    void *context, struct diag *diag);
/* Without a commit: another deadline, or NULL, nothing waits any more. */
MUST_CHECK enum err store_confirmation_save(struct store *store,
    const struct store_confirmation *confirmation, struct diag *diag);

/* One entry of the audit log; the words of event and outcome are the
 * schema's.  Read ones have number and at, written ones at_us. */
struct store_audit {
    uint64_t number;
    const char *at; /* ISO 8601, UTC */
    uint64_t at_us; /* wall clock    */
    const char *user;
    const char *origin;
    uint32_t session; /* 0: the router itself */
    const char *event;
    const char *outcome;
    const char *text; /* cut off after 255 bytes */
};

enum { STORE_AUDIT_MAX = 100000 }; /* entries that are kept */

/* Write one, in a transaction of its own; no other may be open.  An accepted
 * commit is entered by store_begin. */
MUST_CHECK enum err store_audit(
    struct store *store, const struct store_audit *entry);
/* The newest `count` entries, the newest first; borrowed for the call. */
MUST_CHECK enum err store_audit_log(struct store *store, uint64_t count,
    void (*take)(void *context, const struct store_audit *entry), void *context,
    struct diag *diag);

/* Who the SNMP agent is: made once, kept from then on. */
enum { STORE_ENGINE_ID_MAX = 32 };

struct store_snmp_engine {
    uint8_t id[STORE_ENGINE_ID_MAX];
    size_t id_length;
    uint32_t boots; /* starts of the agent */
};

/* fresh_id: in hexadecimal, to be taken where there is none yet.  starts: the
 * agent does, which counts. */
MUST_CHECK enum err store_snmp_engine(struct store *store, const char *fresh_id,
    bool starts, struct diag *diag, struct store_snmp_engine *out_engine);

/* The generation that was running at this time: the last whose commit is not
 * later.  0: none was yet.  at: as in store_entry. */
MUST_CHECK enum err store_generation_at(struct store *store, const char *at,
    struct diag *diag, uint64_t *out_generation);

/* What was running at an earlier generation (0: before the first commit).
 * running: what is running at `generation`.  The commits since are undone one
 * after the other, the newest first: the cost is that of what they changed.
 * ERR_NOT_FOUND, explained: it was pruned.  ERR_IO, explained: the history was
 * edited or does not fit what is running. */
MUST_CHECK enum err store_rebuild(struct store *store,
    const struct config *running, uint64_t generation, uint64_t wanted,
    struct diag *diag, struct config **out_config);

/* What of the history is kept: the changes of the newest `commits`, and of
 * those younger than age_s; of these the newest that changed `objects`
 * together, but never fewer than `least`.  The log of commits stays. */
struct store_keep {
    uint64_t commits;
    uint64_t age_s;
    uint64_t objects;
    uint64_t least;
    uint64_t gone;  /* names of interfaces that are gone: store/number.h */
    unsigned slice; /* rows that one call takes away */
};

extern const struct store_keep store_keep_default;

/* Take away one slice of what need not be kept, in a small transaction of its
 * own.  out_more: there is more to do at once. */
MUST_CHECK enum err store_prune(struct store *store,
    const struct store_keep *keep, uint64_t now_us, struct diag *diag,
    bool *out_more);

/* Sequence numbers of manual SAs, reserved ahead so that they go on after a
 * restart.  *out_first is the first of `count` numbers (at least `least`, at
 * least 1) above all that were reserved for this tunnel and SPI before.
 * ERR_EXHAUSTED: the last would be no 32-bit number.  A round of reservations
 * is made durable by store_reserve_finish; no commit may begin before. */
MUST_CHECK enum err store_reserve(struct store *store, const char *tunnel,
    uint32_t spi, uint64_t count, uint64_t least, uint64_t *out_first);
MUST_CHECK enum err store_reserve_finish(struct store *store);

/* Keys, certificates and revocation lists of the router: beside the
 * configuration, written at once. */
enum store_pki_kind { STORE_PKI_KEY, STORE_PKI_CERTIFICATE, STORE_PKI_CRL };

struct store_pki {
    enum store_pki_kind kind;
    uint32_t number;    /* of the kind, the caller's choice */
    bool is_removal;    /* to be written: the row goes      */
    bool is_trusted;    /* of a certificate                 */
    const char *name;   /* sealed text of a key; subject, or issuer of a list */
    const char *source; /* not of a key */
    const uint8_t *der; /* not of a key */
    size_t length;
};

/* All of them, kind by kind, by number; borrowed for the call. */
MUST_CHECK enum err store_pki_load(struct store *store,
    void (*take)(void *context, const struct store_pki *item), void *context,
    struct diag *diag);
/* All of these, durably, or none.  ERR_CONFLICT, without a sentence: another
 * transaction is open. */
MUST_CHECK enum err store_pki_write(struct store *store,
    const struct store_pki *items, size_t count, struct diag *diag);
/* Is a key of the router in it, which its key file opens? */
MUST_CHECK enum err store_pki_has_keys(
    struct store *store, struct diag *diag, bool *out_any);
/* No key is left, and what pages of the file held of them is written over. */
MUST_CHECK enum err store_pki_wipe_keys(struct store *store, struct diag *diag);

/* ---- what was told of certificates: notice.c ---- */

struct store_notice {
    uint64_t certificate; /* its id */
    uint32_t step;        /* the last one that was told; 0: none */
    bool is_revoked;      /* that was told */
};

MUST_CHECK enum err store_notice_load(struct store *store,
    void (*take)(void *context, const struct store_notice *notice),
    void *context, struct diag *diag);
/* Durably, in place of what there is of this certificate. */
MUST_CHECK enum err store_notice_put(
    struct store *store, const struct store_notice *notice);
void store_notice_remove(struct store *store, uint64_t certificate);

#endif
