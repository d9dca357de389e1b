/*
 * mib.h - what SNMP serves: tables and groups of scalars, as declared.
 *
 * Part of the model (model.h).  A `mib` block names the rows that it is made
 * of, the columns that are its index, and its objects.
 */
#ifndef SCHEMAC_MIB_H
#define SCHEMAC_MIB_H

#include "report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct exec;
struct field;
struct model;
struct rows;
struct str;

/* What an object of a MIB is on the wire of SNMP. */
enum mib_syntax {
    MIB_INTEGER,
    MIB_GAUGE32,
    MIB_UNSIGNED32,
    MIB_COUNTER32,
    MIB_COUNTER64,
    MIB_TIMETICKS,
    MIB_IPADDRESS,
    MIB_OCTETS,
    MIB_OID,
    MIB_SYNTAX_COUNT
};

/* How a column becomes the value. */
enum mib_reading { READ_PLAIN, READ_MAP, READ_DATE, READ_HEX, READ_CONSTANT };

enum {
    MIB_SOURCES_MAX = 5, /* rows of one table          */
    MIB_PARTS_MAX = 8,   /* parts of an index          */
    MIB_OID_MAX = 32,    /* subidentifiers of an entry */
};

/* "up=1" */
struct mib_word {
    TAILQ_ENTRY(mib_word) link;
    const char *word;
    int64_t number;
    size_t position; /* of the word among its enum's */
};

struct mib_object {
    TAILQ_ENTRY(mib_object) link;
    TAILQ_HEAD(mib_words, mib_word) words;
    struct place place;
    const char *name;
    const char *source;    /* column, or "=VALUE" */
    const char *otherwise; /* of words without a number, or NULL: absent */
    const char *unset;     /* while the column is not set, or NULL: absent */
    const struct field *column; /* NULL: READ_CONSTANT */
    enum mib_syntax syntax;
    enum mib_reading reading;
    uint64_t number;
    size_t rows;      /* which of the table's                  */
    size_t map_count; /* READ_MAP: words that the column has   */
};

struct mib_rows {
    const char *name;
    const struct rows *rows;
    const char *exec_name;   /* or NULL: the only one that is hidden */
    const struct exec *exec; /* that answers with them               */
    const struct field *parts[MIB_PARTS_MAX];
    const struct field *router;
};

/* A table (or, without an index, a group of scalars). */
struct mib {
    TAILQ_ENTRY(mib) link;
    TAILQ_HEAD(mib_objects, mib_object) objects;
    struct place place;
    const char *name;
    const char *oid;
    const char *title;
    struct mib_rows rows[MIB_SOURCES_MAX];
    size_t rows_count;
    const char *parts[MIB_PARTS_MAX];
    size_t part_count;
    const char *router; /* column with the router index, or NULL */
    uint64_t subids[MIB_OID_MAX];
    size_t subid_count;
    size_t object_count;
    bool shared; /* the same in the context of every virtual router */
};

/* "-1", "5": a number of a MIB, 64 bits and a sign. */
bool mib_number(const char *text, int64_t *out_number);
/* "1.3.6.1" into at most MIB_OID_MAX numbers of 32 bits; 0: it is none. */
size_t mib_oid(const char *text, uint64_t subids[MIB_OID_MAX]);
/* "counter64" */
const char *mib_syntax_name(enum mib_syntax syntax);

#endif
