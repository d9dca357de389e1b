/*
 * est_answer.c - any bytes as what a CA answers: /cacerts, /simpleenroll, a
 * revocation list, a status.  Nobody may come to be trusted, and nothing of
 * the answer comes in that was not asked for.
 */
#include "base/log.h"
#include "tests/support/authority_bed.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { ASK_AUTHENTICATE, ASK_FINGERPRINT, ASK_ENROLL, ASK_LIST, ASKS };

static size_t
count_trusted(const struct bed *bed)
{
    struct pki_certificate_row row;
    size_t count = 0;

    for (size_t i = 0; pki_certificate(bed->pki, i, &row); i++)
        count += row.is_trusted;
    return count;
}

static enum err
ask(struct bed *bed, unsigned what)
{
    static const char print[] =
        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    switch (what) {
    case ASK_AUTHENTICATE:
        return authority_authenticate(
            bed->authority, bed->config, "hq", NULL, NULL);
    case ASK_FINGERPRINT:
        return authority_authenticate(
            bed->authority, bed->config, "hq", print, NULL);
    case ASK_ENROLL:
        return authority_enroll(bed->authority, bed->config, "hq", NULL, NULL);
    default:
        bed_pass(bed, 2 * BED_DAY_S, BED_DAY_S);
        return OK;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct bed *bed;
    const unsigned statuses[] = {200, 200, 202, 401, 404, 503};
    struct str answer;
    unsigned status;

    if (size < 2)
        return 0;
    if (bed == NULL) {
        log_set_level(LOG_ERROR);
        bed = bed_new(NULL);
        bed_configure(bed, "https://ca/", "http://ca/root.crl", NULL);
    }
    while (bed_asked(bed) != NULL) /* of the time that went by */
        bed_answer(bed, 404, NULL, 0);
    if (ask(bed, bytes[0] % ASKS) != OK || bed_asked(bed) == NULL)
        return 0;
    status = statuses[bytes[1] % (sizeof statuses / sizeof statuses[0])];
    str_init(&answer);
    str_add_n(&answer, (const char *)bytes + 2, size - 2);
    bed_answer(bed, status, &answer, bytes[1]);
    str_done(&answer);
    if (count_trusted(bed) != 1 || pki_presented(bed->pki) != 0)
        abort();
    return 0;
}
