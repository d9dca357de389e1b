/*
 * fetch.c - libcurl's sockets and times in our loop, and how requests end.
 *
 *    loop: a socket is ready, a time came --> turn --> libcurl
 *    libcurl: watch this socket, wake me then      --> watches, one timer
 *    turn: requests that are over                  --> their calls
 *
 * libcurl must not be called from its own calls, and a call of ours may start
 * and cancel requests: what is cancelled while the fetcher is busy is only
 * marked, and freed when it is not.
 */
#include "fetch/inside.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/str.h"
#include "event/event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MS_US = 1000, HTTP_OK = 200 };

static void turn(struct fetcher *fetcher, curl_socket_t socket, int mask);

static void
fetch_free(struct fetch *fetch)
{
    struct fetcher *fetcher = fetch->fetcher;

    if (fetch->easy != NULL) {
        (void)curl_multi_remove_handle(fetcher->multi, fetch->easy);
        curl_easy_cleanup(fetch->easy);
    }
    LIST_REMOVE(fetch, all);
    fetcher->count--;
    curl_slist_free_all(fetch->headers);
    if (fetch->key_pem != NULL)
        wipe(fetch->key_pem, strlen(fetch->key_pem));
    free(fetch->key_pem);
    free(fetch->body);
    free(fetch->certificate_pem);
    free(fetch->authorities_pem);
    free(fetch->bytes);
    free(fetch);
}

/* ---- the loop's calls ---- */

/* Heap; of one socket of libcurl, which says when it goes. */
struct socket_watch {
    struct fetcher *fetcher;
    curl_socket_t socket;
    struct watch *watch;
};

static void
on_socket(void *context, unsigned ready)
{
    const struct socket_watch *watch = context;
    int mask = 0;

    if ((ready & WATCH_READ) != 0)
        mask |= CURL_CSELECT_IN;
    if ((ready & WATCH_WRITE) != 0)
        mask |= CURL_CSELECT_OUT;
    turn(watch->fetcher, watch->socket, mask);
}

static void
on_time(void *context)
{
    turn(context, CURL_SOCKET_TIMEOUT, 0);
}

/* ---- libcurl's calls ---- */

static int
watch_socket(
    CURL *easy, curl_socket_t socket, int what, void *context, void *of_socket)
{
    struct fetcher *fetcher = context;
    struct socket_watch *watch = of_socket;
    unsigned wanted = 0;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (watch != NULL) {
            watch_free(watch->watch);
            free(watch);
        }
        (void)curl_multi_assign(fetcher->multi, socket, NULL);
        return 0;
    }
    if (watch == NULL) {
        watch = mem_alloc(sizeof *watch);
        watch->fetcher = fetcher;
        watch->socket = socket;
        watch->watch = watch_new(fetcher->loop, socket, on_socket, watch);
        (void)curl_multi_assign(fetcher->multi, socket, watch);
    }
    if (what != CURL_POLL_OUT)
        wanted |= WATCH_READ;
    if (what != CURL_POLL_IN)
        wanted |= WATCH_WRITE;
    watch_set(watch->watch, wanted);
    return 0;
}

static int
set_time(CURLM *multi, long after_ms, void *context)
{
    struct fetcher *fetcher = context;

    (void)multi;
    if (after_ms < 0) {
        timer_stop(fetcher->timer);
    } else {
        timer_start(fetcher->timer, (uint64_t)after_ms * MS_US);
    }
    return 0;
}

/* ---- the end of a request ---- */

/* Without the URL, which may be long: who asked knows it. */
static void
explain(const struct fetch *fetch, CURLcode code, struct fetch_result *result)
{
    if (fetch->is_too_long || code == CURLE_FILESIZE_EXCEEDED) {
        (void)snprintf(result->text, sizeof result->text,
            "The answer is longer than %zu bytes.", fetch->size_max);
        result->error = ERR_EXHAUSTED;
    } else if (code != CURLE_OK) {
        (void)snprintf(result->text, sizeof result->text, "%.190s.",
            fetch->problem[0] != '\0' ? fetch->problem
                                      : curl_easy_strerror(code));
        result->error =
            code == CURLE_PEER_FAILED_VERIFICATION ? ERR_AUTH : ERR_IO;
    } else if (result->status != HTTP_OK) {
        (void)snprintf(result->text, sizeof result->text,
            "The server answers with status %u.", result->status);
        result->error = ERR_IO;
    }
}

/* Control characters that a server put there are not for our log. */
static void
clean(char *text)
{
    for (char *c = text; *c != '\0'; c++) {
        if (*c < ' ' || *c > '~')
            *c = '?';
    }
}

static void
fill_result(
    const struct fetch *fetch, CURLcode code, struct fetch_result *result)
{
    curl_off_t after = 0;
    const char *type = NULL;
    long status = 0;

    (void)curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(fetch->easy, CURLINFO_CONTENT_TYPE, &type);
    (void)curl_easy_getinfo(fetch->easy, CURLINFO_RETRY_AFTER, &after);
    result->status = (unsigned)status;
    if (after > 0 && after < (curl_off_t)UINT32_MAX)
        result->retry_after_s = (uint32_t)after;
    (void)snprintf(
        result->type, sizeof result->type, "%s", type == NULL ? "" : type);
    clean(result->type);
    explain(fetch, code, result);
    clean(result->text);
    if (result->error == OK) {
        result->bytes = fetch->bytes;
        result->length = fetch->length;
    }
}

static void
take_ends(struct fetcher *fetcher)
{
    struct fetch_result result;
    const CURLMsg *message;
    struct fetch *fetch;
    int left;

    while ((message = curl_multi_info_read(fetcher->multi, &left)) != NULL) {
        void *private = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        (void)curl_easy_getinfo(
            message->easy_handle, CURLINFO_PRIVATE, (char **)&private);
        fetch = private;
        result = (struct fetch_result){.error = OK};
        fill_result(fetch, message->data.result, &result);
        if (fetch->call != NULL)
            fetch->call(fetch->context, &result);
        fetch->call = NULL;
    }
}

static void
sweep(struct fetcher *fetcher)
{
    struct fetch *fetch = LIST_FIRST(&fetcher->fetches);
    struct fetch *next;

    for (; fetch != NULL; fetch = next) {
        next = LIST_NEXT(fetch, all);
        if (fetch->call == NULL)
            fetch_free(fetch);
    }
}

static void
turn(struct fetcher *fetcher, curl_socket_t socket, int mask)
{
    int running;

    fetcher->is_busy = true;
    (void)curl_multi_socket_action(fetcher->multi, socket, mask, &running);
    take_ends(fetcher);
    fetcher->is_busy = false;
    sweep(fetcher);
}

/* ---- for others ---- */

struct fetcher *
fetcher_new(struct loop *loop)
{
    struct fetcher *fetcher = mem_alloc(sizeof *fetcher);

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort(); /* like memory */
    fetcher->loop = loop;
    fetcher->timer = timer_new(loop, on_time, fetcher);
    LIST_INIT(&fetcher->fetches);
    fetcher->multi = curl_multi_init();
    if (fetcher->multi == NULL)
        abort();
    (void)curl_multi_setopt(
        fetcher->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    (void)curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETDATA, fetcher);
    (void)curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERFUNCTION, set_time);
    (void)curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERDATA, fetcher);
    return fetcher;
}

void
fetcher_free(struct fetcher *fetcher)
{
    struct fetch *fetch;

    if (fetcher == NULL)
        return;
    LIST_FOREACH(fetch, &fetcher->fetches, all)
        fetch->call = NULL;
    sweep(fetcher);
    (void)curl_multi_cleanup(fetcher->multi);
    timer_free(fetcher->timer);
    curl_global_cleanup();
    free(fetcher);
}

/* What must not be sent to somebody who is not known, or in clear. */
static const char *
problem_of(const struct fetch_request *request)
{
    const char *problem = fetch_url_problem(request->url);
    const bool has_secret =
        request->user != NULL || request->certificate_pem != NULL;

    if (problem != NULL)
        return problem;
    if (request->proxy != NULL && request->proxy[0] != '\0')
        problem = fetch_url_problem(request->proxy);
    if (problem != NULL)
        return problem;
    if (request->user != NULL && strncasecmp(request->url, "https:", 6) != 0)
        return "A password is sent by `https://` only.";
    if (has_secret && request->trust == FETCH_TRUST_ANYBODY)
        return "A password is sent to a server that is known only.";
    return NULL;
}

enum err
fetch_start(struct fetcher *fetcher, const struct fetch_request *request,
    fetch_call *call, void *context, struct diag *diag,
    struct fetch **out_fetch)
{
    const char *problem = problem_of(request);
    struct fetch *fetch;

    if (problem != NULL) {
        diag_add(diag, DIAG_ERROR, NULL, NULL, "%s", problem);
        return ERR_INVALID;
    }
    if (fetcher->count >= FETCH_AT_ONCE_MAX)
        return ERR_EXHAUSTED;
    fetch = mem_alloc(sizeof *fetch);
    fetch->fetcher = fetcher;
    fetch->call = call;
    fetch->context = context;
    LIST_INSERT_HEAD(&fetcher->fetches, fetch, all);
    fetcher->count++;
    fetch->easy = curl_easy_init();
    if (fetch->easy == NULL || !fetch_set_up(fetch, request) ||
        curl_multi_add_handle(fetcher->multi, fetch->easy) != CURLM_OK) {
        fetch_free(fetch);
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "libcurl of this host cannot do that.");
        return ERR_IO;
    }
    *out_fetch = fetch;
    return OK;
}

void
fetch_cancel(struct fetch *fetch)
{
    if (fetch == NULL)
        return;
    fetch->call = NULL;
    if (!fetch->fetcher->is_busy)
        fetch_free(fetch);
}
