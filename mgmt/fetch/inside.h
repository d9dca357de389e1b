/*
 * inside.h - what the files of this room share.
 *
 *    url.c    is this a URL that we ask?
 *    setup.c  a request, as options of libcurl
 *    fetch.c  sockets and times of libcurl in our loop; the end of a request
 */
#ifndef FETCH_INSIDE_H
#define FETCH_INSIDE_H

#include "base/secret.h"
#include "fetch/fetch.h"

#include <curl/curl.h>
#include <sys/queue.h>

LIST_HEAD(fetch_list, fetch);

/* Heap; its maker's. */
struct fetcher {
    struct loop *loop;
    CURLM *multi;
    struct timer *timer;
    struct fetch_list fetches;
    unsigned count;
    bool is_busy; /* inside libcurl, or a call of ours: nothing is freed */
};

/* Heap; its fetcher's. */
struct fetch {
    LIST_ENTRY(fetch) all;
    struct fetcher *fetcher;
    CURL *easy;
    struct curl_slist *headers;
    fetch_call *call; /* NULL: cancelled */
    void *context;
    uint8_t *body; /* copies, of what libcurl only borrows */
    char *key_pem; /* wiped before it goes */
    char *certificate_pem;
    char *authorities_pem;
    uint8_t *bytes; /* of the answer */
    size_t length;
    size_t room;
    size_t size_max;
    bool is_too_long;
    char problem[CURL_ERROR_SIZE];
};

/* False: libcurl has no memory, or lacks an option. */
bool fetch_set_up(struct fetch *fetch, const struct fetch_request *request);

#endif
