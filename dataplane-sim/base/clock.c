/* clock.c - the only reader of the system's clocks. */
#include "base/clock.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

enum { US_PER_S = 1000000, NS_PER_US = 1000 };

/* Both clocks exist on every Linux, so that failing is a wrong id. */
static uint64_t
read_us(clockid_t id)
{
    struct timespec now;
    int failed = clock_gettime(id, &now);

    assert(failed == 0);
    (void)failed;
    return (uint64_t)now.tv_sec * US_PER_S + (uint64_t)now.tv_nsec / NS_PER_US;
}

uint64_t
clock_monotonic_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

uint64_t
clock_wall_us(void)
{
    return read_us(CLOCK_REALTIME);
}

/* All of 64 bits of microseconds are years that a struct tm can hold. */
static struct tm
civil_time(uint64_t wall_us)
{
    time_t seconds = (time_t)(wall_us / US_PER_S);
    struct tm civil = {0};

    (void)gmtime_r(&seconds, &civil);
    return civil;
}

const char *
clock_format_iso(uint64_t wall_us, char *text)
{
    struct tm t = civil_time(wall_us);
    int length = snprintf(text, CLOCK_TEXT_SIZE,
        "%04d-%02d-%02dT%02d:%02d:%02dZ", t.tm_year + 1900, t.tm_mon + 1,
        t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);

    assert(length < CLOCK_TEXT_SIZE);
    (void)length;
    return text;
}

/* Names of our own: strftime's follow the locale. */
const char *
clock_format_router(uint64_t wall_us, char *text)
{
    static const char days[][4] = {
        "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};
    static const char months[][4] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
        "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
    struct tm t = civil_time(wall_us);
    int length = snprintf(text, CLOCK_TEXT_SIZE,
        "%s %s %02d %04d %02d:%02d:%02d UTC", days[t.tm_wday], months[t.tm_mon],
        t.tm_mday, t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);

    assert(length < CLOCK_TEXT_SIZE);
    (void)length;
    return text;
}
