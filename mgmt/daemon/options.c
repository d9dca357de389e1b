/*
 * options.c - the command line of ermined.
 */
#include "daemon/options.h"

#include "base/str.h"

#include <getopt.h>
#include <limits.h>

enum option_number {
    OPTION_STATE_DIR = 1,
    OPTION_SOCKET,
    OPTION_CHASSIS,
    OPTION_USER,
    OPTION_FOREGROUND,
    OPTION_LOG_LEVEL,
    OPTION_IMPORT_KEY,
    OPTION_CHECK_DB,
    OPTION_LAB,
    OPTION_LAB_SOCKET,
    OPTION_READY_FD,
    OPTION_HELP,
    OPTION_VERSION,
};

static const struct option options_known[] = {
    {"state-dir",  required_argument, NULL, OPTION_STATE_DIR },
    {"socket",     required_argument, NULL, OPTION_SOCKET    },
    {"chassis",    required_argument, NULL, OPTION_CHASSIS   },
    {"user",       required_argument, NULL, OPTION_USER      },
    {"foreground", no_argument,       NULL, OPTION_FOREGROUND},
    {"log-level",  required_argument, NULL, OPTION_LOG_LEVEL },
    {"import-key", required_argument, NULL, OPTION_IMPORT_KEY},
    {"check-db",   no_argument,       NULL, OPTION_CHECK_DB  },
    {"lab",        required_argument, NULL, OPTION_LAB       },
    {"lab-socket", required_argument, NULL, OPTION_LAB_SOCKET},
    {"ready-fd",   required_argument, NULL, OPTION_READY_FD  },
    {"help",       no_argument,       NULL, OPTION_HELP      },
    {"version",    no_argument,       NULL, OPTION_VERSION   },
    {NULL,         0,                 NULL, 0                },
};

static const char help_text[] =
    "Usage: ermined [--state-dir DIR] [--socket PATH] [--chassis FILE]\n"
    "               [--user NAME] [--foreground] [--log-level LEVEL]\n"
    "               [--ready-fd N]\n"
    "       ermined [--state-dir DIR] --import-key FILE\n"
    "       ermined [--state-dir DIR] --check-db\n"
    "       ermined --lab DIR --lab-socket PREFIX [--foreground]\n"
    "               [--log-level LEVEL] [--ready-fd N]\n"
    "\n"
    "  --state-dir DIR    where the router keeps its configuration and key;\n"
    "                     /var/lib/ermine where left out\n"
    "  --socket PATH      control socket, @NAME for an abstract one;\n"
    "                     DIR/ermined.sock, or /run/ermine/ermined.sock\n"
    "                     without --state-dir\n"
    "  --chassis FILE     which slot/port is which; without it there are\n"
    "                     loopbacks only\n"
    "  --user NAME        become this user once ports can be opened\n"
    "  --foreground       stay in the foreground and log to standard error;\n"
    "                     else the log is DIR/ermined.log\n"
    "  --log-level LEVEL  error, warning, notice, info or debug\n"
    "  --import-key FILE  make FILE this router's secret.key, and end; refused\n"
    "                     where a configuration is sealed under another one\n"
    "  --check-db         read the stored configuration, say whether it is\n"
    "                     good, and end\n"
    "  --lab DIR          run all routers of DIR/chassis, joined by wires, until\n"
    "                     the last session is closed\n"
    "  --lab-socket PREFIX  router NAME listens on PREFIX-NAME\n"
    "  --ready-fd N       write one zero byte to descriptor N when sessions can\n"
    "                     be opened, or a sentence that says why they cannot\n"
    "\n"
    "Exit status: 0 done, 1 failed or refused, 2 wrong usage.\n";

void
options_help(FILE *file)
{
    (void)fputs(help_text, file);
}

static enum err
wrong(const char *fmt, const char *what)
{
    struct str sentence;

    str_init(&sentence);
    str_add(&sentence, "ermined: ");
    str_add(&sentence, fmt);
    if (what != NULL)
        str_printf(&sentence, " `%s`", what);
    (void)fprintf(stderr, "%s; see ermined --help.\n", str_text(&sentence));
    str_done(&sentence);
    return ERR_SYNTAX;
}

static enum err
take_ready_fd(struct options *options, const char *text)
{
    uint64_t number;

    if (str_to_u64(text, &number) != OK || number > INT_MAX)
        return wrong("--ready-fd needs a descriptor, not", text);
    options->ready_fd = (int)number;
    return OK;
}

static enum err
take_option(
    struct options *options, enum option_number option, const char *text)
{
    switch (option) {
    case OPTION_STATE_DIR:
        options->state_dir = text;
        break;
    case OPTION_SOCKET:
        options->socket = text;
        break;
    case OPTION_CHASSIS:
        options->chassis = text;
        break;
    case OPTION_USER:
        options->user = text;
        break;
    case OPTION_FOREGROUND:
        options->foreground = true;
        break;
    case OPTION_LOG_LEVEL:
        if (log_level_parse(text, &options->log_level) != OK)
            return wrong("there is no log level", text);
        break;
    case OPTION_IMPORT_KEY:
        options->import_key = text;
        break;
    case OPTION_CHECK_DB:
        options->check_db = true;
        break;
    case OPTION_LAB:
        options->lab = text;
        break;
    case OPTION_LAB_SOCKET:
        options->lab_socket = text;
        break;
    case OPTION_READY_FD:
        return take_ready_fd(options, text);
    case OPTION_HELP:
        options->help = true;
        break;
    case OPTION_VERSION:
        options->version = true;
        break;
    }
    return OK;
}

/* Options that contradict each other. */
static enum err
check(const struct options *options)
{
    bool is_router = options->state_dir != NULL || options->socket != NULL ||
                     options->chassis != NULL || options->user != NULL ||
                     options->import_key != NULL || options->check_db;

    if ((options->lab == NULL) != (options->lab_socket == NULL))
        return wrong("--lab and --lab-socket go together", NULL);
    if (options->lab != NULL && is_router) {
        return wrong("a lab's folder says all about its routers, so --lab "
                     "goes with --lab-socket, --foreground, --log-level and "
                     "--ready-fd only",
            NULL);
    }
    if (options->import_key != NULL && options->check_db)
        return wrong("--import-key and --check-db are two commands", NULL);
    return OK;
}

enum err
options_read(int argc, char *const *argv, struct options *out_options)
{
    struct options options = {.log_level = LOG_NOTICE, .ready_fd = -1};
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
    error = check(&options);
    if (error != OK)
        return error;
    *out_options = options;
    return OK;
}
