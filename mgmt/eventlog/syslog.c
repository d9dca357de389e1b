/*
 * syslog.c - one socket, made when the first message is sent.
 */
#include "eventlog/syslog.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FACILITY_STEP = 8, NAME_SIZE = 65 };

struct syslog {
    int fd; /* -1: not open */
    char hostname[NAME_SIZE];
};

struct syslog *
syslog_new(void)
{
    struct syslog *syslog = mem_alloc(sizeof *syslog);

    syslog->fd = -1;
    syslog_set_hostname(syslog, "ermine");
    return syslog;
}

void
syslog_free(struct syslog *syslog)
{
    if (syslog == NULL)
        return;
    if (syslog->fd >= 0)
        (void)close(syslog->fd);
    free(syslog);
}

/* RFC 5424, 6: the header's words are printable ASCII without blanks. */
void
syslog_set_hostname(struct syslog *syslog, const char *hostname)
{
    char *at;

    (void)snprintf(syslog->hostname, sizeof syslog->hostname, "%s", hostname);
    for (at = syslog->hostname; *at != '\0'; at++) {
        if (*at <= ' ' || *at >= 0x7f)
            *at = '-';
    }
}

/* RFC 5424, table 1. */
static unsigned
facility_code(enum log_facility facility)
{
    enum { CODE_DAEMON = 3, CODE_AUTH = 4, CODE_LOCAL0 = 16 };

    if (facility == LOG_FACILITY_DAEMON)
        return CODE_DAEMON;
    if (facility == LOG_FACILITY_AUTH)
        return CODE_AUTH;
    return CODE_LOCAL0 + (unsigned)facility - (unsigned)LOG_FACILITY_LOCAL0;
}

void
syslog_write(const struct eventlog_server *server,
    const struct eventlog_entry *entry, const char *hostname, struct str *out)
{
    char when[CLOCK_TEXT_SIZE];

    /* The severities of the schema are those of RFC 5424, table 2. */
    str_printf(out, "<%u>1 %s %s ermined - %s - %s: %s",
        facility_code(server->facility) * FACILITY_STEP +
            (unsigned)entry->severity,
        clock_format_iso(entry->wall_us, when), hostname, entry->event,
        entry->category, entry->text);
}

enum err
syslog_send(struct syslog *syslog, const struct eventlog_server *server,
    const struct eventlog_entry *entry)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET,
        .sin_port = htons(server->port),
        .sin_addr.s_addr = htonl(server->address),
    };
    struct str text;
    ssize_t sent;

    if (syslog->fd < 0) {
        syslog->fd =
            socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    }
    if (syslog->fd < 0)
        return ERR_IO;
    str_init(&text);
    syslog_write(server, entry, syslog->hostname, &text);
    sent = sendto(syslog->fd, str_text(&text), text.length, MSG_NOSIGNAL,
        (const struct sockaddr *)&to, sizeof to);
    str_done(&text);
    return sent < 0 ? ERR_IO : OK;
}
