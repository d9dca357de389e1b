/*
 * work.c - encryption, or decryption with verification, of packets that wait.
 */
#include "base/err.h"
#include "crypto/lanes.h"
#include "esp/esp.h"
#include "sa/sa.h"
#include "sa/state.h"

enum { JOBS = 64 }; /* that go into lanes at a time */

bool
sa_can_wait(const struct sa *sa)
{
    return sa->esp != NULL && esp_has_lanes(sa->esp);
}

/* By itself; the packet is as it was laid out. */
static enum drop
do_one(const struct sa_work *work)
{
    const struct sa *sa = work->sa;

    if (sa->direction == SA_OUTBOUND) {
        return esp_encrypt(sa->esp, work->esp, work->length)
                   ? DROP_NONE
                   : DROP_ENCRYPT_FAILED;
    }
    if (!esp_verify(sa->esp, work->pkt))
        return DROP_BAD_ICV;
    return esp_decrypt(sa->esp, work->pkt) ? DROP_NONE : DROP_DECRYPT_FAILED;
}

/* At most JOBS.  How many are done. */
static size_t
do_together(struct lanes *lanes, struct sa_work *works, size_t count)
{
    struct lane_job jobs[JOBS];
    uint8_t icvs[JOBS][HMAC_ICV_MAX]; // cppcheck-suppress constVariable
    size_t done;

    for (size_t i = 0; i < count; i++) {
        jobs[i] = (struct lane_job){
            .bytes = works[i].esp, .length = works[i].length, .icv = icvs[i]};
        esp_lane(works[i].sa->esp, &jobs[i]);
    }
    done = lanes_run(lanes, jobs, count);
    for (size_t i = 0; i < done; i++) {
        const struct sa *sa = works[i].sa;
        const bool is_good =
            sa->direction == SA_OUTBOUND || esp_lane_matches(sa->esp, &jobs[i]);

        works[i].drop = is_good ? DROP_NONE : DROP_BAD_ICV;
    }
    return done;
}

void
sa_works(struct lanes *lanes, struct sa_work *works, size_t count)
{
    size_t done = 0;

    while (lanes != NULL && count - done >= LANES_FEW) {
        size_t most = count - done;
        size_t now =
            do_together(lanes, works + done, most < JOBS ? most : JOBS);

        if (now == 0)
            break; /* the library refuses the first of them */
        done += now;
    }
    for (; done < count; done++)
        works[done].drop = do_one(&works[done]);
}
