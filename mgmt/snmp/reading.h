/*
 * reading.h - a cell of a row as an object of a MIB reads.
 */
#ifndef SNMP_READING_H
#define SNMP_READING_H

#include "gen/mib.h"
#include "schema/schema.h"
#include "snmp/page.h"

enum { READING_ROOM = 160, READING_OID_MAX = 64 };

/* numbers, addresses: number; octets: bytes; object identifiers: oid. */
struct reading {
    enum mib_syntax syntax;
    uint64_t number;   /* negative ones as two's complement          */
    const char *bytes; /* borrowed from the page, or own            */
    size_t length;
    uint32_t oid[READING_OID_MAX];
    size_t oid_length;
    char own[READING_ROOM];
};

/* False: the object has no instance in this row.  type: of the column, NULL
 * for a constant.  Not to be copied: it may point into itself. */
bool reading_make(const struct mib_object *object,
    const struct schema_type *type, const struct cell *cell,
    struct reading *out_reading);

/* "1.3.6" -> numbers; how many, 0: it is none, or has more than room. */
size_t reading_oid(const char *text, size_t length, uint32_t *oid, size_t room);
/* Eleven octets of DateAndTime, in UTC. */
enum { READING_DATE_SIZE = 11 };
void reading_date(uint64_t seconds, char out[READING_DATE_SIZE]);

#endif
