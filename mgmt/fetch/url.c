/*
 * url.c - which URLs are asked at all.
 */
#include "fetch/fetch.h"

#include "base/str.h"

#include <string.h>
#include <strings.h>

static const char *
skip_scheme(const char *url)
{
    static const char *const schemes[] = {"http://", "https://"};

    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if (strncasecmp(url, schemes[i], strlen(schemes[i])) == 0)
            return url + strlen(schemes[i]);
    }
    return NULL;
}

const char *
fetch_url_problem(const char *url)
{
    const char *host = skip_scheme(url);
    size_t length;

    if (host == NULL)
        return "A URL begins with `http://` or `https://`.";
    if (strlen(url) > FETCH_URL_MAX)
        return "A URL has at most 255 characters.";
    for (const char *c = url; *c != '\0'; c++) {
        if (*c <= ' ' || *c > '~')
            return "A URL has no blanks, and ASCII characters only.";
    }
    length = strcspn(host, "/?#");
    if (length == 0 || host[0] == ':')
        return "The URL names no host.";
    if (memchr(host, '@', length) != NULL)
        return "The URL must not have a user or password in it.";
    return NULL;
}
