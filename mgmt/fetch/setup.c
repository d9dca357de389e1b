/*
 * setup.c - a request as options of libcurl.
 */
#include "fetch/inside.h"

#include "base/arena.h"
#include "base/str.h"

#include <string.h>
#include <strings.h>

enum { CONNECT_S = 15, SLOW_S = 30, SLOW_BYTES = 10 };

static bool
is_https(const char *url)
{
    return strncasecmp(url, "https:", sizeof "https:" - 1) == 0;
}

/* What libcurl gives us of the answer; a short count ends the transfer. */
static size_t
take_bytes(char *bytes, size_t size, size_t count, void *context)
{
    struct fetch *fetch = context;
    const size_t length = size * count;

    if (length > fetch->size_max - fetch->length) {
        fetch->is_too_long = true;
        return 0;
    }
    while (fetch->room - fetch->length < length) {
        fetch->room = fetch->room == 0 ? length : 2 * fetch->room;
        if (fetch->room > fetch->size_max)
            fetch->room = fetch->size_max;
        fetch->bytes = mem_resize(fetch->bytes, fetch->room);
    }
    if (length > 0)
        memcpy(fetch->bytes + fetch->length, bytes, length);
    fetch->length += length;
    return length;
}

static bool
set_bounds(struct fetch *fetch, const struct fetch_request *request)
{
    CURL *easy = fetch->easy;
    /* No redirection to where what is sent would become known to others. */
    const bool may_redirect = request->body == NULL && request->user == NULL &&
                              request->certificate_pem == NULL;
    const char *protocols = is_https(request->url) ? "https" : "http,https";

    /* A name that is not resolved in time: its thread ends by itself, and is
     * not waited for. */
    return curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, protocols) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION,
               may_redirect ? 1L : 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_MAXREDIRS,
               (long)FETCH_REDIRECTS_MAX) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)request->time_max_s) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)SLOW_S) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE,
               (curl_off_t)request->size_max) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
               (long)CURL_HTTP_VERSION_1_1) == CURLE_OK;
}

static bool
set_blob(CURL *easy, CURLoption option, const void *bytes, size_t length)
{
    struct curl_blob blob = {.len = length, .flags = CURL_BLOB_NOCOPY};

    memcpy(&blob.data, &bytes, sizeof bytes);
    return curl_easy_setopt(easy, option, &blob) == CURLE_OK;
}

static bool
set_trust(struct fetch *fetch, const struct fetch_request *request)
{
    CURL *easy = fetch->easy;
    const long checks = request->trust != FETCH_TRUST_ANYBODY;

    if (curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, checks) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L * checks) !=
            CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_SSLVERSION,
            (long)CURL_SSLVERSION_TLSv1_2) != CURLE_OK)
        return false;
    if (request->trust != FETCH_TRUST_GIVEN)
        return true;
    fetch->authorities_pem = mem_strdup(request->authorities_pem);
    return curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK &&
           set_blob(easy, CURLOPT_CAINFO_BLOB, fetch->authorities_pem,
               strlen(fetch->authorities_pem));
}

static bool
set_ourselves(struct fetch *fetch, const struct fetch_request *request)
{
    CURL *easy = fetch->easy;

    if (request->certificate_pem != NULL) {
        fetch->certificate_pem = mem_strdup(request->certificate_pem);
        fetch->key_pem = mem_strdup(request->key_pem);
        if (!set_blob(easy, CURLOPT_SSLCERT_BLOB, fetch->certificate_pem,
                strlen(fetch->certificate_pem)) ||
            !set_blob(easy, CURLOPT_SSLKEY_BLOB, fetch->key_pem,
                strlen(fetch->key_pem)))
            return false;
    }
    return true;
}

/* libcurl copies the password, and frees its copy with the handle. */
static bool
set_login(struct fetch *fetch, const struct fetch_request *request)
{
    CURL *easy = fetch->easy;
    struct str password;
    bool is_set;

    if (request->user == NULL)
        return true;
    str_init(&password);
    if (request->password != NULL) {
        str_add_n(&password, (const char *)request->password->bytes,
            request->password->length);
    }
    is_set =
        curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC) ==
            CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_USERNAME, request->user) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_PASSWORD, str_text(&password)) ==
            CURLE_OK;
    if (password.text != NULL)
        wipe(password.text, password.room);
    str_done(&password);
    return is_set;
}

static bool
add_header(struct fetch *fetch, const char *name, const char *value)
{
    struct curl_slist *longer;
    struct str line;

    str_init(&line);
    str_printf(&line, "%s: %s", name, value);
    longer = curl_slist_append(fetch->headers, str_text(&line));
    str_done(&line);
    if (longer == NULL)
        return false;
    fetch->headers = longer;
    return true;
}

static bool
set_body(struct fetch *fetch, const struct fetch_request *request)
{
    CURL *easy = fetch->easy;

    if (request->body == NULL)
        return true;
    fetch->body = mem_alloc(request->body_length + 1);
    memcpy(fetch->body, request->body, request->body_length);
    /* no `100 Continue` to wait for */
    return add_header(fetch, "Content-Type", request->body_type) &&
           add_header(fetch, "Expect", "") &&
           (request->encoding == NULL ||
               add_header(
                   fetch, "Content-Transfer-Encoding", request->encoding)) &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
               (curl_off_t)request->body_length) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDS, fetch->body) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fetch->headers) ==
               CURLE_OK;
}

bool
fetch_set_up(struct fetch *fetch, const struct fetch_request *request)
{
    CURL *easy = fetch->easy;
    const char *proxy = request->proxy == NULL ? "" : request->proxy;

    fetch->size_max = request->size_max;
    return curl_easy_setopt(easy, CURLOPT_URL, request->url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, proxy) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOPROXY, "") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USERAGENT, "ermine") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, fetch->problem) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_bytes) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PRIVATE, fetch) == CURLE_OK &&
           set_bounds(fetch, request) && set_trust(fetch, request) &&
           set_ourselves(fetch, request) && set_login(fetch, request) &&
           set_body(fetch, request);
}
