/*
 * test_router_faults.c - a commit on a disk that fails, at every operation in
 * turn and in every way, and with every call and participant that refuses.
 *
 * The law: what is running, the database, and what the dataplane has are the
 * old or the new, all three the same, never between; and when the fault is
 * gone the next commit works.
 */
#include "tests/support/kit.h"

#include "commit/commit.h"
#include "config/config.h"
#include "daemon/router_state.h"
#include "store/store.h"
#include "store/store_fault.h"
#include "tests/support/config_random.h"
#include "tests/support/disk.h"
#include "tests/support/rounds.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEEDS = 6, /* unless ERMINE_FAULT_SEEDS asks for a long run */
    CASES_MIN = 1000,
    POINTS_MAX = 2000,
    THINGS = 4, /* of each kind */
};

/* Refuses when it is told to, and keeps account of what it holds. */
struct guest {
    bool refuses;
    bool holds;
    unsigned applied;
};

struct story {
    struct disk *disk;
    struct kit *kit;
    struct session *session;
    struct guest guest;
    char *dir;
    struct dice dice;
    uint64_t seed;
    unsigned cases;
    unsigned failed;   /* cases that were refused */
    struct str before; /* what was to be seen */
};

/* ---- the guest ---- */

static enum err
guest_prepare(void *context, const struct config *from, const struct config *to,
    const struct change_set *set, struct diag *diag)
{
    struct guest *guest = context;

    (void)from;
    (void)to;
    (void)set;
    cr_assert_not(guest->holds);
    if (guest->refuses) {
        diag_add(diag, DIAG_ERROR, NULL, NULL, "The guest refuses.");
        return ERR_EXHAUSTED;
    }
    guest->holds = true;
    return OK;
}

static void
guest_abort(void *context)
{
    struct guest *guest = context;

    cr_assert(guest->holds);
    guest->holds = false;
}

static void
guest_apply(void *context)
{
    struct guest *guest = context;

    cr_assert(guest->holds);
    guest->holds = false;
    guest->applied++;
}

/* ---- a router on the disk ---- */

static void
start(struct story *story)
{
    const struct participant participant = {
        "guest", &story->guest, guest_prepare, guest_abort, guest_apply};

    story->kit = kit_router(story->dir);
    story->guest = (struct guest){.applied = 0};
    engine_join(story->kit->routers[0]->engine, &participant);
    story->session = kit_session(story->kit, 0, "root", 15);
}

static void
stop(struct story *story)
{
    session_free(story->session);
    kit_free(story->kit);
}

/* The store looks whether the file is empty; the disk's is not in a folder. */
static void
mark_file(const struct story *story)
{
    char path[256];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/config.db", story->dir);
    file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_neq(fputs("on another disk", file), EOF);
    cr_assert_eq(fclose(file), 0);
}

static void
say(const struct story *story, const char *request)
{
    cr_assert_eq(kit_do(story->kit, story->session, request), OK, "seed %d: %s",
        (int)story->seed, request);
}

/* ---- what is to be seen ---- */

/* The running configuration, and what the dataplane and the tunnel manager
 * have made of it. */
static void
describe(const struct story *story, struct str *out)
{
    static const char *const requests[] = {
        "RUNNING",
        "EXEC show-virtual-router default",
        "EXEC show-ip-route default -",
        "EXEC show-ip-interface default - - -",
        "EXEC show-ipsec-tunnel-detail default - - - - -",
        "EXEC show-ip-drops default",
    };

    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        struct kit_answer answer =
            kit_ask(story->kit, story->session, requests[i]);

        cr_assert_eq(answer.error, OK, "%s", requests[i]);
        str_add(out, str_text(&answer.rows));
        kit_answer_done(&answer);
    }
    str_printf(out, "generation %d\n",
        (int)engine_generation(story->kit->routers[0]->engine));
}

static void
expect_stored(const struct story *story, const char *when)
{
    struct router *router = story->kit->routers[0];
    struct config *stored = NULL;
    uint64_t generation = 0;

    cr_assert_eq(
        store_load(router->store, NULL, &stored, &generation), OK, "%s", when);
    cr_assert(config_equal(stored, engine_running(router->engine)),
        "seed %d: %s: what is stored is what is running", (int)story->seed,
        when);
    cr_assert_eq(generation, engine_generation(router->engine), "%s", when);
    config_unref(stored);
}

static void
expect_seen(
    const struct story *story, const struct str *wanted, const char *when)
{
    struct str seen;

    str_init(&seen);
    describe(story, &seen);
    cr_assert_str_eq(str_text(&seen), str_text(wanted), "seed %d: %s",
        (int)story->seed, when);
    str_done(&seen);
    cr_assert_not(story->guest.holds, "%s", when);
    expect_stored(story, when);
}

/* ---- what is typed ---- */

/* One thing, made or taken away; a refusal means that it is there, or not. */
/* clang-format off */
static const char *const makings[][12] = {
    {"SET system hostname h%u"},
    {"CREATE virtual-router v%u"},
    {"CREATE interface default loopback 1%u",
     "SET interface ip default loopback 1%u 10.1%u.0.1 255.255.0.0"},
    {"CREATE transform-set s%u",
     "SET transform-set transforms s%u esp-hmac-sha"},
    {"CREATE route default 10.2%u.0.0 255.255.0.0 10.1.0.9 - - - -"},
    {"CREATE tunnel default t%u",
     "SET tunnel signaling default t%u manual",
     "SET tunnel ip default t%u 10.255.%u.1 255.255.255.252",
     "SET tunnel source default t%u 10.1.0.1 -",
     "SET tunnel destination default t%u 10.1.0.10%u -",
     "SET tunnel transform_set default t%u base",
     "SET tunnel session_key_inbound default t%u esp-hmac-sha 0x10%u1 "
     "!00112233445566778899aabbccddeeff00112233",
     "SET tunnel session_key_outbound default t%u esp-hmac-sha 0x20%u1 "
     "!00112233445566778899aabbccddeeff00112244",
     "CREATE route default 10.3%u.0.0 255.255.0.0 - - - t%u -"},
    {"SET tunnel mtu default t%u 1300"},
    {"DELETE virtual-router v%u"},
    {"DELETE interface default loopback 1%u"},
    {"DELETE transform-set s%u"},
    {"DELETE route default 10.2%u.0.0 255.255.0.0 10.1.0.9 - - - -"},
    {"DELETE route default 10.3%u.0.0 255.255.0.0 - - - t%u -",
     "DELETE tunnel default t%u"},
};
/* clang-format on */

static void
type_thing(const struct story *story, size_t which, unsigned number)
{
    for (size_t i = 0; i < 12 && makings[which][i] != NULL; i++) {
        char request[256];
        struct kit_answer answer;
        const char *at = makings[which][i];
        size_t length = 0;

        while (*at != '\0' && length < sizeof request - 1) {
            bool is_number = at[0] == '%';

            request[length++] = is_number ? (char)('0' + number) : *at;
            at += is_number ? 2 : 1;
        }
        request[length] = '\0';
        answer = kit_ask(story->kit, story->session, request);
        kit_answer_done(&answer);
    }
}

static void
type_things(struct story *story, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t which =
            dice_below(&story->dice, sizeof makings / sizeof makings[0]);

        type_thing(story, which, (unsigned)dice_below(&story->dice, THINGS));
    }
}

/* The candidate of this seed, on what is running; the same each time. */
static void
type_candidate(struct story *story)
{
    story->dice.state = story->seed * 7919 + 1;
    say(story, "OPEN");
    say(story, "SET system hostname candidate");
    type_things(story, 12);
    type_thing(story, 5, 3); /* a tunnel, in any case */
}

static enum err
commit(const struct story *story)
{
    struct kit_answer answer = kit_ask(story->kit, story->session, "COMMIT");
    enum err error = answer.error;

    if (error != OK)
        cr_assert_gt(answer.diag.count, 0, "a refusal is explained");
    kit_answer_done(&answer);
    return error;
}

/* A router with something in it, whose files are kept. */
static void
begin(struct story *story, uint64_t seed)
{
    *story = (struct story){.seed = seed};
    str_init(&story->before);
    story->disk = disk_new(seed);
    story->dir = kit_mkdir();
    start(story);
    mark_file(story);
    story->dice.state = seed;
    say(story, "OPEN");
    say(story, "CREATE interface default loopback 0");
    say(story, "SET interface ip default loopback 0 10.1.0.1 255.255.0.0");
    say(story, "CREATE transform-set base");
    say(story, "SET transform-set transforms base esp-hmac-sha");
    type_things(story, 20);
    say(story, "COMMIT");
    stop(story);
    disk_keep(story->disk);
    start(story);
    type_candidate(story);
    describe(story, &story->before);
}

static void
end(struct story *story)
{
    stop(story);
    disk_free(story->disk);
    kit_rmdir(story->dir);
    str_done(&story->before);
}

/* From the beginning, with the candidate typed. */
static void
begin_again(struct story *story)
{
    disk_put_back(story->disk);
    start(story);
    type_candidate(story);
}

/* ---- the cases ---- */

static uint64_t
seeds(void)
{
    const char *asked = getenv("ERMINE_FAULT_SEEDS");
    uint64_t count = rounds(SEEDS, 1);

    if (asked != NULL)
        cr_assert_eq(str_to_u64(asked, &count), OK);
    return count;
}

/* After a refusal: nothing has changed, and without the fault it works. */
static void
expect_refused(struct story *story, const char *when)
{
    story->failed++;
    expect_seen(story, &story->before, when);
}

/* The new one is in force; what it is to look like is `after`. */
static void
expect_new(struct story *story, struct str *after, const char *when)
{
    if (after->length == 0)
        describe(story, after);
    expect_seen(story, after, when);
    cr_assert_eq(story->guest.applied, 1, "%s", when);
}

/* One way to fail, at each of its points, until it has none any more. */
static void
at_each_point(struct story *story, struct str *after, const char *way,
    void (*arm)(struct story *story, unsigned point),
    bool (*failed)(struct story *story))
{
    unsigned point = 0;
    bool again = true;

    while (again) {
        enum err error;

        cr_assert_lt(++point, POINTS_MAX);
        story->cases++;
        arm(story, point);
        error = commit(story);
        again = failed(story);
        arm(story, 0);
        if (error != OK) {
            expect_refused(story, way);
        } else {
            expect_new(story, after, way);
            stop(story);
            begin_again(story);
        }
    }
}

static void
arm_call(struct story *story, unsigned point)
{
    store_fault_arm(story->kit->routers[0]->store, point);
}

static bool
call_failed(struct story *story)
{
    return !store_fault_is_armed(story->kit->routers[0]->store);
}

static void
arm_refusal(struct story *story, unsigned point)
{
    disk_arm(story->disk, DISK_REFUSES, point);
}

static void
arm_full(struct story *story, unsigned point)
{
    disk_arm(story->disk, DISK_FILLS, point);
}

static void
arm_stall(struct story *story, unsigned point)
{
    disk_arm(story->disk, DISK_STALLS, point);
}

static bool
disk_has_failed(struct story *story)
{
    return disk_failed(story->disk);
}

static void
arm_guest(struct story *story, unsigned point)
{
    story->guest.refuses = point == 1;
}

static bool
guest_refused(struct story *story)
{
    return story->guest.refuses;
}

Test(faults, leave_the_old_or_the_new, .timeout = 600)
{
    unsigned cases = 0;
    uint64_t count = seeds();

    for (uint64_t seed = 1; seed <= count; seed++) {
        struct story story;
        struct str after;

        str_init(&after);
        begin(&story, seed);
        at_each_point(&story, &after, "a call", arm_call, call_failed);
        at_each_point(
            &story, &after, "a refusal", arm_refusal, disk_has_failed);
        at_each_point(&story, &after, "a full disk", arm_full, disk_has_failed);
        at_each_point(
            &story, &after, "a stalled disk", arm_stall, disk_has_failed);
        at_each_point(&story, &after, "a guest", arm_guest, guest_refused);
        cr_expect_gt(story.failed, 50, "seed %d", (int)seed);
        cases += story.cases;
        end(&story);
        str_done(&after);
    }
    cr_expect_geq(cases, count * CASES_MIN / SEEDS);
}

/* ---- the power goes ---- */

/* What a restart shows of the new one. */
static void
describe_restarted(struct story *story, struct str *out)
{
    cr_assert_eq(commit(story), OK);
    stop(story);
    start(story);
    describe(story, out);
    stop(story);
    begin_again(story);
}

static bool
is_seen(const struct story *story, const struct str *wanted)
{
    struct str seen;
    bool same;

    str_init(&seen);
    describe(story, &seen);
    same = strcmp(str_text(&seen), str_text(wanted)) == 0;
    str_done(&seen);
    return same;
}

/* Commit with a fault at this point, lose what is not synced, and start.
 * True: it did not come to the fault. */
static bool
lose_power(struct story *story, enum disk_fault fault, unsigned point,
    const struct str *new)
{
    enum err error;
    bool failed;

    story->cases++;
    disk_arm(story->disk, fault, point);
    error = commit(story);
    failed = disk_failed(story->disk);
    disk_arm(story->disk, DISK_STALLS, 1); /* nothing more is written */
    stop(story);
    disk_reboot(story->disk);
    start(story);
    if (error == OK) {
        expect_seen(story, new, "what was answered stays");
    } else if (fault == DISK_REFUSES) {
        /* the disk worked again: what was refused does not come back */
        expect_seen(story, &story->before, "what was refused stays away");
    } else if (!is_seen(story, new)) {
        expect_seen(story, &story->before, "the old or the new");
        story->failed++;
    }
    stop(story);
    begin_again(story);
    return !failed;
}

Test(faults, leave_the_old_or_the_new_when_the_power_goes, .timeout = 600)
{
    static const enum disk_fault faults[] = {DISK_STALLS, DISK_REFUSES};
    uint64_t count = (seeds() + 2) / 3; /* each case starts two routers */
    unsigned step = seeds() > SEEDS ? 1 : rounds(3, 9);
    unsigned cases = 0;

    for (uint64_t seed = 1; seed <= count; seed++) {
        struct story story;
        struct str new;

        str_init(&new);
        begin(&story, seed);
        describe_restarted(&story, &new);
        for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
            unsigned point = 1 + (unsigned)(seed + i) % step;

            while (!lose_power(&story, faults[i], point, &new)) {
                point += step;
                cr_assert_lt(point, POINTS_MAX);
            }
        }
        cr_expect_gt(story.failed, 5 / step, "seed %d", (int)seed);
        cases += story.cases;
        end(&story);
        str_done(&new);
    }
    cr_expect_gt(cases, 30 * count / step);
}
