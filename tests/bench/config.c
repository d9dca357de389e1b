/*
 * config.c - what configuration costs, from 100 to 100,000 tunnels.
 *
 * For each size a real ermined is started on a fresh state folder, a script of
 * that many manual tunnels (21 values each) goes through the real shell, and
 * the small operations are timed over the control socket.  The limit for the
 * load is a fixed program, below: the same amount of rows written with
 * prepared statements in one transaction, synchronous=FULL.  The limit for the
 * operations that must not grow is their own time at 100 tunnels.
 *
 *     config [--json] [LARGEST]     sizes up to this one; 100000
 */
#include "base/clock.h"
#include "base/str.h"
#include "wire/client.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    ROUNDS = 25,
    LOADS = 5,            /* of one size                */
    LOADED_OFTEN = 10000, /* tunnels; more are loaded once */
    SIZE_COUNT = 4,
    VALUES = 21, /* of a tunnel */
    START_TRIES = 2000,
    TRY_US = 5000,
};

static const unsigned sizes[SIZE_COUNT] = {100, 1000, 10000, 100000};

/* What is timed at each size, microseconds; memory in kilobytes. */
enum figure {
    LOAD,
    LIMIT,
    CHANGE,
    OPEN_CANDIDATE,
    COMPARE,
    TAB,
    SUMMARY,
    BOOT,
    MEMORY,
    FIGURE_COUNT
};

static const struct {
    const char *name;
    const char *unit;
    bool flat; /* held against its own time at the smallest size */
} figures[FIGURE_COUNT] = {
    [LOAD] = {"script load to committed",         "us", false},
    [LIMIT] = {"limit: the rows alone, in SQLite", "us", false},
    [CHANGE] = {"one-tunnel change to committed",   "us", true },
    [OPEN_CANDIDATE] = {"candidate open",                   "us", true },
    [COMPARE] = {"compare, one change",              "us", true },
    [TAB] = {"Tab over names",                   "us", true },
    [SUMMARY] = {"show ipsec tunnel summary",        "us", false},
    [BOOT] = {"boot to first answer",             "us", false},
    [MEMORY] = {"peak memory of ermined",           "kB", false},
};

/* One router under test. */
struct place {
    char folder[64];
    char socket[96];
    char script[96];
    char limit[96];
    pid_t daemon;
    struct client *client;
};

static void
fail(const char *what)
{
    fprintf(stderr, "config: %s\n", what);
    exit(1);
}

static void
write_tunnel(FILE *out, unsigned i)
{
    unsigned net = i * 4;

    fprintf(out,
        "interface tunnel ipsec:site%06u\n"
        " tunnel signaling manual\n"
        " tunnel source 192.0.2.1\n"
        " tunnel destination 198.51.%u.%u\n"
        " tunnel transform-set strong\n"
        " tunnel local-identity subnet 172.16.0.0 255.255.0.0\n"
        " tunnel peer-identity subnet 172.17.0.0 255.255.0.0\n"
        " tunnel lifetime seconds 7200 kilobytes 204800\n"
        " tunnel mtu 1400\n"
        " tunnel pfs group 2\n"
        " tunnel session-key-inbound esp-hmac-sha %u "
        "00000000000000000000000000000000%08x\n"
        " tunnel session-key-outbound esp-hmac-sha %u "
        "11111111111111111111111111111111%08x\n"
        " description tunnel number %u\n"
        " ip address 10.%u.%u.%u 255.255.255.252\n",
        i, (i >> 8) & 255, i & 255, 4096 + i, i, 4096 + i, i, i,
        (net >> 16) & 255, (net >> 8) & 255, (net & 255) + 1);
}

static void
write_script(const struct place *place, unsigned tunnels)
{
    FILE *out = fopen(place->script, "w");
    unsigned i;

    if (out == NULL)
        fail("cannot write the script");
    fputs("! Configuration script\n"
          "ipsec transform-set strong esp-hmac-sha\n"
          "interface loopback 0\n"
          " ip address 192.0.2.1 255.255.255.255\n",
        out);
    for (i = 0; i < tunnels; i++)
        write_tunnel(out, i);
    if (fclose(out) != 0)
        fail("cannot write the script");
}

/* ---- programs ---- */

static pid_t
spawn(char *const *command)
{
    pid_t child = fork();

    if (child == 0) {
        int nothing = open("/dev/null", O_RDWR);

        dup2(nothing, STDOUT_FILENO);
        dup2(nothing, STDERR_FILENO);
        execv(command[0], command);
        _exit(127);
    }
    return child;
}

static void
finish(pid_t child)
{
    int status = 0;

    if (waitpid(child, &status, 0) != child || status != 0)
        fail("a program failed");
}

/* Until the daemon answers HELLO: microseconds. */
static uint64_t
start(struct place *place)
{
    char *command[] = {(char[]){"build/ermined"}, (char[]){"--state-dir"},
        place->folder, (char[]){"--socket"}, place->socket,
        (char[]){"--foreground"}, (char[]){"--log-level"}, (char[]){"error"},
        NULL};
    const struct timespec pause = {.tv_nsec = TRY_US * 1000L};
    uint64_t start_us = clock_monotonic_us();
    int i;

    place->daemon = spawn(command);
    for (i = 0; i < START_TRIES; i++) {
        if (client_open(place->socket, NULL, &place->client) == OK)
            return clock_monotonic_us() - start_us;
        nanosleep(&pause, NULL);
    }
    fail("ermined does not answer");
    return 0;
}

static void
stop(struct place *place)
{
    client_close(place->client);
    kill(place->daemon, SIGTERM);
    finish(place->daemon);
}

/* ---- requests ---- */

static void
ask(struct client *client, struct wire_frame *frame)
{
    struct wire_frame answer;
    uint32_t id = client_send(client, frame);
    bool over = false;

    while (!over) {
        if (client_next(client, &answer) != OK)
            fail("the connection is lost");
        over = answer.verb == WIRE_REPLY && answer.id == id;
        if (over && wire_reply_err(&answer) != OK)
            fail("a request was refused");
        wire_frame_done(&answer);
    }
}

static void
ask_numbers(struct client *client, enum wire_verb verb, const uint64_t *numbers,
    size_t count)
{
    struct wire_frame frame;
    size_t i;

    wire_frame_init(&frame, verb, 0);
    for (i = 0; i < count; i++)
        wire_add_number(&frame, numbers[i]);
    ask(client, &frame);
}

static void
ask_mtu(struct client *client, uint64_t mtu)
{
    struct wire_frame frame;

    wire_frame_init(&frame, WIRE_SET, 0);
    wire_add_number(&frame, OBJECT_TUNNEL);
    wire_add_number(&frame, SETTING_TUNNEL_MTU);
    wire_add_text(&frame, "default");
    wire_add_text(&frame, "site000042");
    wire_add_number(&frame, mtu);
    ask(client, &frame);
}

static void
ask_names(struct client *client)
{
    struct wire_frame frame;

    wire_frame_init(&frame, WIRE_SHOW, 0);
    wire_add_number(&frame, SHOW_NAMES);
    wire_add_number(&frame, OBJECT_TUNNEL);
    wire_add_text(&frame, "site00004"); /* ten of any number */
    wire_add_number(&frame, 100);
    ask(client, &frame);
}

static void
ask_summary(struct client *client)
{
    struct wire_frame frame;

    wire_frame_init(&frame, WIRE_EXEC, 0);
    wire_add_number(&frame, EXEC_SHOW_IPSEC_TUNNEL_SUMMARY);
    wire_add_text(&frame, "default");
    ask(client, &frame);
}

static void
ask_commit(struct client *client)
{
    struct wire_frame frame;

    wire_frame_init(&frame, WIRE_COMMIT, 0);
    wire_add_number(&frame, 0);
    wire_add_text(&frame, "");
    ask(client, &frame);
}

static int
compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* A change to one tunnel, each step into its own row of times. */
static void
one_change(struct client *client, uint64_t times[FIGURE_COUNT][ROUNDS], int at)
{
    const uint64_t show_compare = SHOW_COMPARE;
    uint64_t marks[5];

    marks[0] = clock_monotonic_us();
    ask_numbers(client, WIRE_OPEN, NULL, 0);
    marks[1] = clock_monotonic_us();
    ask_mtu(client, 1300 + (uint64_t)at);
    marks[2] = clock_monotonic_us();
    ask_numbers(client, WIRE_SHOW, &show_compare, 1);
    marks[3] = clock_monotonic_us();
    ask_commit(client);
    marks[4] = clock_monotonic_us();
    times[OPEN_CANDIDATE][at] = marks[1] - marks[0];
    times[COMPARE][at] = marks[3] - marks[2];
    times[CHANGE][at] = marks[2] - marks[1] + marks[4] - marks[3];
    ask_numbers(client, WIRE_CLOSE, NULL, 0);
}

static uint64_t
time_of(void (*request)(struct client *client), struct client *client)
{
    uint64_t start_us = clock_monotonic_us();

    request(client);
    return clock_monotonic_us() - start_us;
}

/* Both ends of a small request on one processor, or free: what a wake-up from
 * one to the other costs depends on where the load left them, and on nothing
 * that is measured here. */
static void
share_a_processor(pid_t daemon, bool shared)
{
    cpu_set_t processors;
    size_t i;

    CPU_ZERO(&processors);
    for (i = 0; i < (shared ? 1 : (size_t)CPU_SETSIZE); i++)
        CPU_SET(i, &processors);
    if (sched_setaffinity(0, sizeof processors, &processors) != 0 ||
        sched_setaffinity(daemon, sizeof processors, &processors) != 0)
        fail("no processor to share");
}

static void
measure_requests(struct client *client, uint64_t *out)
{
    static const enum figure small[] = {
        CHANGE, OPEN_CANDIDATE, COMPARE, TAB, SUMMARY};
    static uint64_t times[FIGURE_COUNT][ROUNDS];
    const uint64_t level = 15;
    size_t i;
    int at;

    ask_numbers(client, WIRE_AUTH, &level, 1);
    /* one kind after the other: the summary walks through all tunnels, and
     * what follows it would pay for the caches that it emptied */
    for (at = 0; at < ROUNDS; at++)
        one_change(client, times, at);
    for (at = 0; at < ROUNDS; at++)
        times[TAB][at] = time_of(ask_names, client);
    for (at = 0; at < ROUNDS; at++)
        times[SUMMARY][at] = time_of(ask_summary, client);
    for (i = 0; i < sizeof small / sizeof small[0]; i++) {
        qsort(times[small[i]], ROUNDS, sizeof times[0][0], compare);
        out[small[i]] = times[small[i]][ROUNDS / 2];
    }
}

/* VmHWM of the daemon, kilobytes. */
static uint64_t
peak_memory(pid_t daemon)
{
    unsigned long long kilobytes = 0;
    char path[64];
    char line[256];
    FILE *file;

    snprintf(path, sizeof path, "/proc/%ld/status", (long)daemon);
    file = fopen(path, "r");
    if (file == NULL)
        fail("the daemon has no status");
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "VmHWM: %llu", &kilobytes) == 1)
            break;
    }
    fclose(file);
    return kilobytes;
}

/* ---- the limit ---- */

static void
sql(sqlite3 *db, const char *text)
{
    if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
        fail(sqlite3_errmsg(db));
}

static sqlite3_stmt *
prepare(sqlite3 *db, const char *text)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(db, text, -1, &statement, NULL) != SQLITE_OK)
        fail(sqlite3_errmsg(db));
    return statement;
}

static void
run(sqlite3_stmt *statement)
{
    if (sqlite3_step(statement) != SQLITE_DONE)
        fail("a row of the limit");
    sqlite3_reset(statement);
}

static void
limit_tunnel(sqlite3_stmt *row, sqlite3_stmt *history, unsigned i)
{
    char text[32];
    char name[32];
    int k;

    snprintf(text, sizeof text, "site%u", i);
    for (k = 1; k <= 20; k++)
        sqlite3_bind_text(row, k, text, -1, SQLITE_TRANSIENT);
    run(row);
    for (k = 0; k < VALUES; k++) {
        sqlite3_bind_text(history, 1, text, -1, SQLITE_TRANSIENT);
        snprintf(name, sizeof name, "attribute_%d", k);
        sqlite3_bind_text(history, 2, name, -1, SQLITE_TRANSIENT);
        sqlite3_bind_null(history, 3);
        sqlite3_bind_text(history, 4, "255.255.255.252", -1, SQLITE_STATIC);
        run(history);
    }
}

/* One row of 20 columns a tunnel, and one history row an attribute. */
static uint64_t
measure_limit(const struct place *place, unsigned tunnels)
{
    uint64_t start_us = clock_monotonic_us();
    sqlite3_stmt *row;
    sqlite3_stmt *history;
    sqlite3 *db = NULL;
    unsigned i;

    if (sqlite3_open(place->limit, &db) != SQLITE_OK)
        fail("the limit's database");
    sql(db,
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "CREATE TABLE t (a TEXT PRIMARY KEY,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,"
        "r,s,u); CREATE TABLE h (object TEXT, attribute TEXT, old TEXT, "
        "new TEXT); BEGIN IMMEDIATE");
    row = prepare(
        db, "INSERT INTO t VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    history = prepare(db, "INSERT INTO h VALUES (?,?,?,?)");
    for (i = 0; i < tunnels; i++)
        limit_tunnel(row, history, i);
    sql(db, "COMMIT");
    sqlite3_finalize(row);
    sqlite3_finalize(history);
    sqlite3_close(db);
    return clock_monotonic_us() - start_us;
}

/* ---- all of it ---- */

static void
place_init(struct place *place)
{
    snprintf(place->folder, sizeof place->folder, "/tmp/ermine-bench-XXXXXX");
    if (mkdtemp(place->folder) == NULL)
        fail("no folder");
    snprintf(place->socket, sizeof place->socket, "%s/socket", place->folder);
    snprintf(place->script, sizeof place->script, "%s/script", place->folder);
    snprintf(place->limit, sizeof place->limit, "%s/limit.db", place->folder);
}

static void
place_done(const struct place *place)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf '%s'", place->folder);
    if (system(command) != 0)
        fail("the folder is left behind");
}

/* The script through the shell, from exec to exit: microseconds. */
static uint64_t
load(struct place *place)
{
    char *command[] = {(char[]){"build/ermine"}, (char[]){"--socket"},
        place->socket, (char[]){"-f"}, place->script, (char[]){"--commit"},
        NULL};
    uint64_t start_us = clock_monotonic_us();

    finish(spawn(command));
    return clock_monotonic_us() - start_us;
}

static uint64_t
median(uint64_t *times, size_t count)
{
    qsort(times, count, sizeof times[0], compare);
    return times[count / 2];
}

/* The load and its limit, in turns, each on a database of its own; the last
 * router stays. */
static void
measure_loads(struct place *place, unsigned tunnels, uint64_t *out)
{
    const size_t rounds = tunnels > LOADED_OFTEN ? 1 : LOADS;
    uint64_t limits[LOADS];
    uint64_t loads[LOADS];
    size_t i;

    for (i = 0; i < rounds; i++) {
        if (i > 0) {
            stop(place);
            place_done(place);
        }
        place_init(place);
        write_script(place, tunnels);
        limits[i] = measure_limit(place, tunnels);
        (void)start(place);
        loads[i] = load(place);
    }
    out[LOAD] = median(loads, rounds);
    out[LIMIT] = median(limits, rounds);
}

static void
measure(unsigned tunnels, uint64_t *out)
{
    struct place place;

    measure_loads(&place, tunnels, out);
    share_a_processor(place.daemon, true);
    measure_requests(place.client, out);
    share_a_processor(place.daemon, false);
    out[MEMORY] = peak_memory(place.daemon);
    stop(&place);
    out[BOOT] = start(&place);
    stop(&place);
    place_done(&place);
}

/* The load against its limit; what must be flat against the smallest size. */
static double
ratio(const uint64_t *all, enum figure figure, const uint64_t *smallest)
{
    uint64_t against = figures[figure].flat ? smallest[figure]
                       : figure == LOAD     ? all[LIMIT]
                                            : all[figure];

    return (double)all[figure] / (double)(against == 0 ? 1 : against);
}

static void
print(
    bool json, unsigned tunnels, const uint64_t *all, const uint64_t *smallest)
{
    size_t i;

    for (i = 0; i < FIGURE_COUNT; i++) {
        unsigned long long value = all[i];
        double against = ratio(all, (enum figure)i, smallest);

        if (json)
            printf("{\"tunnels\": %u, \"what\": \"%s\", \"value\": %llu, "
                   "\"unit\": \"%s\", \"ratio\": %.2f}\n",
                tunnels, figures[i].name, value, figures[i].unit, against);
        else
            printf("%7u  %-34s %10llu %s  %6.2f\n", tunnels, figures[i].name,
                value, figures[i].unit, against);
    }
    fflush(stdout);
}

int
main(int argc, char **argv)
{
    bool json = argc > 1 && str_equal(argv[1], "--json");
    unsigned long largest =
        argc > 1 + json ? strtoul(argv[1 + json], NULL, 10) : 100000;
    uint64_t smallest[FIGURE_COUNT] = {0};
    size_t i;

    for (i = 0; i < SIZE_COUNT && sizes[i] <= largest; i++) {
        uint64_t all[FIGURE_COUNT] = {0};

        measure(sizes[i], all);
        if (i == 0)
            memcpy(smallest, all, sizeof smallest);
        print(json, sizes[i], all, smallest);
    }
    return 0;
}
