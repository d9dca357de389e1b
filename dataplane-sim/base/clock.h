/*
 * clock.h - the only reader of the system's clocks.
 *
 * Everything else is given the time as a parameter, in microseconds.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

uint64_t clock_monotonic_us(void); /* for timers and ages               */
uint64_t clock_wall_us(void);      /* since 1970, for people and history */

enum { CLOCK_TEXT_SIZE = 32 };
/* "2015-01-05T10:00:00Z"; at most CLOCK_TEXT_SIZE bytes; returns text. */
const char *clock_format_iso(uint64_t wall_us, char *text);
/* "MON JAN 05 2015 10:00:00 UTC", the router's form. */
const char *clock_format_router(uint64_t wall_us, char *text);

#endif
