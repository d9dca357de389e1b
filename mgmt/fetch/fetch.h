/*
 * fetch.h - HTTP and HTTPS, one request and its answer, without waiting.
 *
 * The only room with libcurl, whose sockets and times are watches and timers
 * of the event loop.  A request is bounded in size, time and redirections;
 * the answer comes by a call from the loop, never from inside fetch_start.
 * Names are resolved by a thread of libcurl's own, which touches nothing of
 * ours.  Neither the environment nor a file decides about proxies, passwords
 * or cookies.  Requests leave by the host's own network, as messages of
 * syslog do, not through a virtual router.  Thread M only.
 */
#ifndef FETCH_FETCH_H
#define FETCH_FETCH_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct diag;
struct fetch;
struct fetcher;
struct loop;
struct secret;

enum {
    FETCH_AT_ONCE_MAX = 4,
    FETCH_REDIRECTS_MAX = 3,
    FETCH_URL_MAX = 255,
    FETCH_TEXT_SIZE = 200,
};

/* The loop is borrowed, and outlives the fetcher. */
struct fetcher *fetcher_new(struct loop *loop);
/* What is under way ends without a call; NULL is allowed. */
void fetcher_free(struct fetcher *fetcher);

/* Whom to believe that he is the server of an https URL. */
enum fetch_trust {
    FETCH_TRUST_SYSTEM, /* the CAs that this host believes               */
    FETCH_TRUST_GIVEN,  /* those of authorities_pem alone                */
    FETCH_TRUST_ANYBODY /* whoever answers: a person decides about what he
                           says.  Nothing secret is sent then.           */
};

/* All is borrowed for the call of fetch_start, and copied. */
struct fetch_request {
    const char *url;
    const char *proxy; /* its URL; NULL or "": none */
    enum fetch_trust trust;
    const char *authorities_pem;
    /* NULL: GET */
    const uint8_t *body;
    size_t body_length;
    const char *body_type; /* "application/pkcs10" */
    const char *encoding;  /* Content-Transfer-Encoding of it; NULL: none */
    /* HTTP Basic, of https only; NULL: none */
    const char *user;
    const struct secret *password;
    /* How we prove by TLS who we are; NULL: we do not */
    const char *certificate_pem;
    const char *key_pem;
    size_t size_max; /* of the answer, in bytes */
    uint32_t time_max_s;
};

/* Borrowed for the call. */
struct fetch_result {
    enum err error;  /* OK: the server answered 200, and here it is whole */
    unsigned status; /* of HTTP; 0: no answer              */
    char text[FETCH_TEXT_SIZE]; /* what went wrong; "" for OK         */
    const uint8_t *bytes;
    size_t length;
    char type[64];          /* Content-Type, as it was sent       */
    uint32_t retry_after_s; /* what the server asks for; 0: nothing */
};

typedef void fetch_call(void *context, const struct fetch_result *result);

/* ERR_INVALID: the URL, or secrets for somebody who is not known; with a
 * sentence.  ERR_EXHAUSTED: FETCH_AT_ONCE_MAX are under way: try again later.
 * out_fetch is good until the call, or fetch_cancel. */
MUST_CHECK enum err fetch_start(struct fetcher *fetcher,
    const struct fetch_request *request, fetch_call *call, void *context,
    struct diag *diag, struct fetch **out_fetch);
/* Without a call; NULL is allowed. */
void fetch_cancel(struct fetch *fetch);

/* "http://host/..." or "https://...", without a user in it, of printable ASCII.
 * Otherwise a sentence that says why. */
const char *fetch_url_problem(const char *url);

#endif
