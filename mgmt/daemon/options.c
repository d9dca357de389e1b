/*
 * options.c - the command line of ermined.
 */
#include "daemon/options.h"

#include "base/arguments.h"

static const char program[] = "ermined";

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

/* Options that contradict each other. */
static enum err
check(const struct options *options)
{
    bool is_router = options->state_dir != NULL || options->socket != NULL ||
                     options->chassis != NULL || options->user != NULL ||
                     options->import_key != NULL || options->check_db;

    if ((options->lab == NULL) != (options->lab_socket == NULL)) {
        return arguments_wrong(
            program, "--lab and --lab-socket go together", NULL);
    }
    if (options->lab != NULL && is_router) {
        return arguments_wrong(program,
            "a lab's folder says all about its routers, so --lab goes with "
            "--lab-socket, --foreground, --log-level and --ready-fd only",
            NULL);
    }
    if (options->import_key != NULL && options->check_db) {
        return arguments_wrong(
            program, "--import-key and --check-db are two commands", NULL);
    }
    return OK;
}

enum err
options_read(int argc, char *const *argv, struct options *out_options)
{
    struct options options = {.log_level = LOG_NOTICE, .ready_fd = -1};
    const struct argument known[] = {
        {.name = "state-dir",  .text = &options.state_dir     },
        {.name = "socket",     .text = &options.socket        },
        {.name = "chassis",    .text = &options.chassis       },
        {.name = "user",       .text = &options.user          },
        {.name = "foreground", .flag = &options.foreground    },
        {.name = "log-level",  .level = &options.log_level    },
        {.name = "import-key", .text = &options.import_key    },
        {.name = "check-db",   .flag = &options.check_db      },
        {.name = "lab",        .text = &options.lab           },
        {.name = "lab-socket", .text = &options.lab_socket    },
        {.name = "ready-fd",   .descriptor = &options.ready_fd},
        {.name = "help",       .flag = &options.help          },
        {.name = "version",    .flag = &options.version       },
    };
    enum err error = arguments_read(
        program, known, sizeof known / sizeof known[0], argc, argv);

    if (error == OK)
        error = check(&options);
    if (error == OK)
        *out_options = options;
    return error;
}
