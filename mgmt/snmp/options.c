/*
 * options.c - the command line of ermine-snmp.
 */
#include "snmp/snmp.h"

#include "base/str.h"

#include <getopt.h>
#include <limits.h>

enum option_number {
    OPTION_SOCKET = 1,
    OPTION_LISTEN,
    OPTION_AGENTX,
    OPTION_LAB,
    OPTION_READY_FD,
    OPTION_LOG_LEVEL,
    OPTION_HELP,
    OPTION_VERSION,
};

static const struct option options_known[] = {
    {"socket",    required_argument, NULL, OPTION_SOCKET   },
    {"listen",    required_argument, NULL, OPTION_LISTEN   },
    {"agentx",    optional_argument, NULL, OPTION_AGENTX   },
    {"lab",       no_argument,       NULL, OPTION_LAB      },
    {"ready-fd",  required_argument, NULL, OPTION_READY_FD },
    {"log-level", required_argument, NULL, OPTION_LOG_LEVEL},
    {"help",      no_argument,       NULL, OPTION_HELP     },
    {"version",   no_argument,       NULL, OPTION_VERSION  },
    {NULL,        0,                 NULL, 0               },
};

static const char help_text[] =
    "Usage: ermine-snmp [--socket PATH] [--listen ADDRESS:PORT]...\n"
    "                   [--log-level LEVEL] [--lab] [--ready-fd N]\n"
    "       ermine-snmp [--socket PATH] --agentx[=SOCKET] [--log-level LEVEL]\n"
    "\n"
    "  --socket PATH      the daemon's control socket, @NAME for an abstract\n"
    "                     one; /run/ermine/ermined.sock where left out\n"
    "  --listen ADDRESS:PORT  where to be asked, by UDP, up to 8 times; port 0\n"
    "                     is any that is free; 0.0.0.0:161 where left out.  The\n"
    "                     places are written to standard output\n"
    "  --agentx[=SOCKET]  serve under another agent, such as snmpd, which\n"
    "                     decides who may ask\n"
    "  --lab              end when the daemon does\n"
    "  --ready-fd N       write the places to descriptor N too\n"
    "  --log-level LEVEL  error, warning, notice, info or debug\n"
    "\n"
    "What it answers, and to whom, is configured in the router by snmp-server\n"
    "commands.  It has to run as root or as the daemon's user.\n"
    "\n"
    "Exit status: 0 done, 1 failed, 2 wrong usage.\n";

void
snmp_options_help(FILE *file)
{
    (void)fputs(help_text, file);
}

static enum err
wrong(const char *what, const char *word)
{
    (void)fprintf(
        stderr, "ermine-snmp: %s `%s`; see ermine-snmp --help.\n", what, word);
    return ERR_SYNTAX;
}

static enum err
take_listen(struct snmp_options *options, const char *place)
{
    if (options->listen_count == SNMP_LISTEN_MAX)
        return wrong("there are too many places before", place);
    options->listen[options->listen_count++] = place;
    return OK;
}

static enum err
take_ready_fd(struct snmp_options *options, const char *text)
{
    uint64_t number;

    if (str_to_u64(text, &number) != OK || number > INT_MAX)
        return wrong("--ready-fd needs a descriptor, not", text);
    options->ready_fd = (int)number;
    return OK;
}

static enum err
take_option(
    struct snmp_options *options, enum option_number option, const char *text)
{
    switch (option) {
    case OPTION_SOCKET:
        options->socket = text;
        break;
    case OPTION_LISTEN:
        return take_listen(options, text);
    case OPTION_AGENTX:
        options->agentx = true;
        options->agentx_socket = text;
        break;
    case OPTION_LAB:
        options->end_with_daemon = true;
        break;
    case OPTION_READY_FD:
        return take_ready_fd(options, text);
    case OPTION_LOG_LEVEL:
        if (log_level_parse(text, &options->log_level) != OK)
            return wrong("there is no log level", text);
        break;
    case OPTION_HELP:
        options->help = true;
        break;
    case OPTION_VERSION:
        options->version = true;
        break;
    }
    return OK;
}

enum err
snmp_options_read(int argc, char *const *argv, struct snmp_options *out_options)
{
    struct snmp_options options = {
        .socket = "/run/ermine/ermined.sock",
        .log_level = LOG_NOTICE,
        .ready_fd = -1,
    };
    int option;
    enum err error;

    opterr = 0;
    /* One thread, before any other is started. */
    while ((option = getopt_long( // NOLINT(concurrency-mt-unsafe)
                argc, argv, "", options_known, NULL)) != -1) {
        if (option == '?' || option == ':')
            return wrong("wrong option", argv[optind - 1]);
        error = take_option(&options, (enum option_number)option, optarg);
        if (error != OK)
            return error;
    }
    if (optind < argc)
        return wrong("wrong word", argv[optind]);
    if (options.agentx && options.listen_count > 0) {
        return wrong(
            "--agentx and --listen are two ways; leave out", options.listen[0]);
    }
    if (options.listen_count == 0)
        options.listen[options.listen_count++] = "0.0.0.0:161";
    *out_options = options;
    return OK;
}
