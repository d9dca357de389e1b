/*
 * options.c - the command line of ermine-snmp.
 */
#include "snmp/snmp.h"

#include "base/arguments.h"

static const char program[] = "ermine-snmp";

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
    "                     decides who may ask, and is told of what happens\n"
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

enum err
snmp_options_read(int argc, char *const *argv, struct snmp_options *out_options)
{
    struct snmp_options options = {
        .socket = "/run/ermine/ermined.sock",
        .log_level = LOG_NOTICE,
        .ready_fd = -1,
    };
    struct argument_list listen = {options.listen, SNMP_LISTEN_MAX, 0};
    const struct argument known[] = {
        {.name = "socket", .text = &options.socket},
        {.name = "listen", .list = &listen        },
        {.name = "agentx",
         .flag = &options.agentx,
         .text = &options.agentx_socket},
        {.name = "lab",                .flag = &options.end_with_daemon                          },
        {.name = "ready-fd",                .descriptor = &options.ready_fd},
        {.name = "log-level",                .level = &options.log_level                         },
        {.name = "help",                .flag = &options.help},
        {.name = "version",                .flag = &options.version                      },
    };
    enum err error = arguments_read(
        program, known, sizeof known / sizeof known[0], argc, argv);

    if (error != OK)
        return error;
    if (options.agentx && listen.count > 0) {
        return arguments_wrong(program,
            "--agentx and --listen are two ways; leave out", options.listen[0]);
    }
    if (listen.count == 0)
        listen.words[listen.count++] = "0.0.0.0:161";
    options.listen_count = listen.count;
    *out_options = options;
    return OK;
}
