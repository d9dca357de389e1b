/*
 * path.h - the parts of the question what gets through a tunnel that is up.
 *
 *    path.c     who answers behind the peer?
 *    measure.c  how many, and how large?
 *    renew.c    nobody: are the SAs the fault?
 *
 * Private to diagnosis.
 */
#ifndef DIAGNOSIS_PATH_H
#define DIAGNOSIS_PATH_H

#include "diagnosis/state.h"

enum {
    SMALL = 56,   /* bytes of payload */
    HEADERS = 28, /* IP and ICMP      */
};

/* Faults become verdicts, but that nothing comes back: it is known. */
struct tally {
    struct tunnel_test *test;
    unsigned count;
};

/* ---- path.c ---- */

/* A finding_sink's, with a struct tally. */
void tally_find(void *context, const struct finding *finding);
/* Where an ICMP error from behind the peer says why: the verdict. */
bool path_judge_error(struct tunnel_test *test);
/* Through the tunnel, from this end's network. */
void path_ask(
    struct tunnel_test *test, struct volley_params *params, test_step *next);
/* The host that is wanted, and the ends of the peer's network. */
void path_ask_known(struct tunnel_test *test, test_step *next);
void path_say_answers(struct tunnel_test *test);

/* Where it goes on. */
test_step path_ask_everybody;
test_step path_measure;
test_step path_renew;

#endif
