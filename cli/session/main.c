/*
 * main.c - ermine, the shell.
 */
#include "session/session.h"

#include "base/diag.h"
#include "base/str.h"
#include "schema/schema.h"
#include "session/ssh.h"
#include "wire/client.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SOURCES_MAX = 256 };

/* Where sshd starts us it can set this, but give no option. */
static const char socket_variable[] = "ERMINE_SOCKET";
static const char default_socket[] = "/run/ermine/ermined.sock";

static const char usage[] =
    "usage: ermine [--socket PATH | --lab NAME|DIR [--router R]]\n"
    "              [-c COMMAND]... [-f FILE]... [--replace] [--diff]\n"
    "              [--check | --commit | --discard] [--confirm MIN]\n"
    "              [--commit-id ID] [--no-progress]\n"
    "\n"
    "Without -c and -f it is a console if standard input is a terminal, else\n"
    "it takes lines from there.  Under ssh's ForceCommand the client's command\n"
    "is taken as by -c.  -c and -f may be given several times and\n"
    "are one session's lines in the order given; -f - is standard input.\n"
    "\n"
    "  --socket PATH   the router's control socket ($ERMINE_SOCKET, or\n"
    "                  /run/ermine/ermined.sock)\n"
    "  --lab NAME|DIR  a simulated network of its own, e.g. two-site\n"
    "  --router R      which of the lab's routers\n"
    "  --commit        commit what is uncommitted at the end of the batch\n"
    "  --discard       throw it away without a complaint\n"
    "  --check         say what a commit would do, and commit nothing\n"
    "  --replace       -c and -f are the whole configuration: what they do\n"
    "                  not say is taken away\n"
    "  --diff          print what the candidate changes\n"
    "  --confirm MIN   commit, and go back after MIN minutes unless it is\n"
    "                  confirmed by `commit`\n"
    "  --commit-id ID  commit under this name; the same one again says\n"
    "                  whether it happened\n"
    "  --no-progress   no progress bar on a terminal\n"
    "  --help          this text\n"
    "\n"
    "With --check or --replace, -c and -f hold configuration only, as lines\n"
    "or as JSON.\n"
    "\n"
    "Exit status: 0 done, or nothing to do; 1 a command failed or was\n"
    "refused; 2 wrong usage; 3 no connection; 4 --check: a commit would\n"
    "change something.\n";

struct options {
    const char *socket;
    const char *lab;
    const char *router;
    struct session_source sources[SOURCES_MAX];
    struct session_batch batch;
    bool help;
};

enum {
    OPTION_SOCKET = 256,
    OPTION_LAB,
    OPTION_ROUTER,
    OPTION_COMMIT,
    OPTION_DISCARD,
    OPTION_CHECK,
    OPTION_REPLACE,
    OPTION_DIFF,
    OPTION_CONFIRM,
    OPTION_COMMIT_ID,
    OPTION_NO_PROGRESS,
    OPTION_HELP
};

static const struct option long_options[] = {
    {.name = "socket",       .has_arg = 1, .val = OPTION_SOCKET},
    {.name = "lab",  .has_arg = 1, .val = OPTION_LAB},
    {.name = "router",          .has_arg = 1, .val = OPTION_ROUTER},
    {.name = "commit",     .has_arg = 0, .val = OPTION_COMMIT},
    {.name = "discard",       .has_arg = 0, .val = OPTION_DISCARD},
    {.name = "check",  .has_arg = 0, .val = OPTION_CHECK},
    {.name = "replace",       .has_arg = 0, .val = OPTION_REPLACE},
    {.name = "diff",  .has_arg = 0, .val = OPTION_DIFF},
    {.name = "confirm",      .has_arg = 1, .val = OPTION_CONFIRM},
    {.name = "commit-id", .has_arg = 1, .val = OPTION_COMMIT_ID},
    {.name = "no-progress",        .has_arg = 0, .val = OPTION_NO_PROGRESS},
    {.name = "help",   .has_arg = 0, .val = OPTION_HELP},
    {.name = NULL     },
};

/* One of --commit, --discard and --check. */
static bool
set_ending(struct options *options, enum session_ending ending)
{
    if (options->batch.ending != ENDING_REFUSE &&
        options->batch.ending != ending) {
        fputs("ermine: --commit, --discard and --check exclude each other\n",
            stderr);
        return false;
    }
    options->batch.ending = ending;
    return true;
}

static bool
set_confirm(struct options *options, const char *minutes)
{
    const struct schema_type *type = &schema_execs[EXEC_COMMIT_CONFIRMED]
                                          .args[ARG_COMMIT_CONFIRMED_MINUTES]
                                          .type;
    uint64_t number;

    if (str_to_u64(minutes, &number) != OK || number < type->min ||
        number > type->max) {
        fprintf(stderr, "ermine: --confirm takes %llu to %llu minutes\n",
            (unsigned long long)type->min, (unsigned long long)type->max);
        return false;
    }
    options->batch.confirm = minutes;
    return set_ending(options, ENDING_COMMIT);
}

/* It becomes a word of a command line. */
static bool
set_commit_id(struct options *options, const char *id)
{
    const struct schema_type *type =
        &schema_execs[EXEC_COMMIT].args[ARG_COMMIT_ID].type;
    size_t length = strspn(id, "abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:-");

    if (length == 0 || length > type->max || id[length] != '\0') {
        fprintf(stderr,
            "ermine: --commit-id takes 1 to %llu letters, digits and . _ : -\n",
            (unsigned long long)type->max);
        return false;
    }
    options->batch.commit_id = id;
    return set_ending(options, ENDING_COMMIT);
}

static bool
add_source(struct options *options, bool is_file, const char *text)
{
    if (options->batch.count == SOURCES_MAX) {
        fputs("ermine: more than 256 times -c and -f\n", stderr);
        return false;
    }
    options->sources[options->batch.count++] =
        (struct session_source){is_file, text};
    return true;
}

/* What a batch does beside running its lines. */
static bool
take_batch_option(struct options *options, int option, const char *argument)
{
    switch (option) {
    case OPTION_COMMIT:
        return set_ending(options, ENDING_COMMIT);
    case OPTION_DISCARD:
        return set_ending(options, ENDING_DISCARD);
    case OPTION_CHECK:
        return set_ending(options, ENDING_CHECK);
    case OPTION_CONFIRM:
        return set_confirm(options, argument);
    case OPTION_COMMIT_ID:
        return set_commit_id(options, argument);
    case OPTION_REPLACE:
        options->batch.replaces = true;
        return true;
    case OPTION_DIFF:
        options->batch.shows_difference = true;
        return true;
    case OPTION_NO_PROGRESS:
        options->batch.hides_progress = true;
        return true;
    default:
        return false;
    }
}

static bool
take_option(struct options *options, int option, const char *argument)
{
    switch (option) {
    case 'c':
    case 'f':
        return add_source(options, option == 'f', argument);
    case OPTION_SOCKET:
        options->socket = argument;
        return true;
    case OPTION_LAB:
        options->lab = argument;
        return true;
    case OPTION_ROUTER:
        options->router = argument;
        return true;
    case OPTION_HELP:
        options->help = true;
        return true;
    default:
        return take_batch_option(options, option, argument);
    }
}

static bool
is_for_batch(const struct session_batch *batch)
{
    return batch->ending != ENDING_REFUSE || batch->replaces ||
           batch->shows_difference;
}

/* false: said why. */
static bool
read_options(int argc, char **argv, struct options *options)
{
    const char *problem = NULL;
    int option;

    while (
        (option = getopt_long(argc, argv, "c:f:", long_options, NULL)) != -1) {
        if (!take_option(options, option, optarg))
            return false;
    }
    if (optind < argc)
        problem = "an argument that is no option; commands follow -c";
    if (options->socket != NULL && options->lab != NULL)
        problem = "--socket and --lab exclude each other";
    if (options->router != NULL && options->lab == NULL)
        problem = "--router is for --lab";
    if (is_for_batch(&options->batch) && options->batch.count == 0 &&
        isatty(STDIN_FILENO))
        problem = "that option is for a batch: give -c or -f with it";
    if (problem != NULL)
        fprintf(stderr, "ermine: %s\n", problem);
    return problem == NULL;
}

static enum session_exit
connect_to(const struct options *options, struct client **out_client)
{
    const char *named = getenv(socket_variable);
    const char *usual = named != NULL ? named : default_socket;
    const char *socket = options->socket != NULL ? options->socket : usual;
    struct diag diag;
    enum err error;

    if (options->lab != NULL)
        return session_lab(options->lab, options->router, out_client);
    diag_init(&diag);
    error = client_open(socket, &diag, out_client);
    if (error != OK) {
        fprintf(stderr, "ermine: %s\n",
            diag.count > 0 ? diag.entries[0].sentence : err_name(error));
    }
    diag_done(&diag);
    return error == OK ? EXIT_DONE : EXIT_NO_CONNECTION;
}

/* The client's command, where sshd has put it aside; no files whoever asks. */
static bool
take_ssh(struct options *options)
{
    const char *command = ssh_command();
    size_t i;

    if (options->batch.count == 0 && command != NULL) {
        options->sources[0] = (struct session_source){false, command};
        options->batch.count = 1;
    }
    for (i = 0; i < options->batch.count; i++) {
        if (!options->sources[i].is_file &&
            ssh_is_transfer(options->sources[i].text))
            return false;
    }
    return true;
}

int
main(int argc, char **argv)
{
    struct options options = {.socket = NULL};
    struct session_source from_stdin = {true, "-"};
    struct client *client;
    enum session_exit result;

    if (!read_options(argc, argv, &options)) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (options.help) {
        fputs(usage, stdout);
        return EXIT_DONE;
    }
    if (!take_ssh(&options)) {
        fputs(ssh_no_transfer, stderr);
        return EXIT_REFUSED;
    }
    signal(SIGPIPE, SIG_IGN);
    result = connect_to(&options, &client);
    if (result != EXIT_DONE)
        return (int)result;
    options.batch.sources = options.sources;
    if (options.batch.count == 0) {
        if (isatty(STDIN_FILENO))
            return (int)session_console(client);
        options.batch.sources = &from_stdin;
        options.batch.count = 1;
    }
    return (int)session_batch(client, &options.batch);
}
