/*
 * lab.c - a lab: a private ermined with several whole routers.
 *
 * The first shell starts the daemon and types each router's script into it,
 * as an operator would; later ones join.  The sockets are in the abstract
 * namespace, so that no file is left behind; the daemon ends with the last
 * session.
 */
#include "session/session.h"

#include "base/diag.h"
#include "base/str.h"
#include "chassis/chassis.h"
#include "session/lab_snmp.h"
#include "wire/client.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    ANSWER_ROOM = 512,
    START_ATTEMPTS = 10,
    AGENT_TRIES = 16,
    LOCK_ATTEMPTS = 500
};

struct lab {
    char *folder;       /* absolute */
    char prefix[96];    /* of the socket names, with the '@' */
    struct str program; /* of the daemon */
    struct chassis *routers;
    size_t router_count;
};

/* ---- finding it ---- */

/* The folder that this program stands in. */
static bool
own_folder(char *folder, size_t room)
{
    ssize_t length = readlink("/proc/self/exe", folder, room - 1);
    char *slash;

    if (length <= 0)
        return false;
    folder[length] = '\0';
    slash = strrchr(folder, '/');
    if (slash == NULL)
        return false;
    *slash = '\0';
    return true;
}

static bool
is_lab(const char *folder)
{
    struct str file;
    bool found;

    str_init(&file);
    str_printf(&file, "%s/chassis", folder);
    found = access(str_text(&file), R_OK) == 0;
    str_done(&file);
    return found;
}

/* A path as it is; a bare name among the labs that came with the program.
 * NULL: there is no such lab.  The caller frees it. */
static char *
find_folder(const char *name, const char *own)
{
    static const char *const places[] = {"docs/labs", "share/ermine/labs"};
    char *folder = NULL;
    struct str path;
    size_t i;

    if (is_lab(name))
        return realpath(name, NULL);
    if (strchr(name, '/') != NULL)
        return NULL;
    str_init(&path);
    for (i = 0; folder == NULL && i < sizeof places / sizeof places[0]; i++) {
        str_clear(&path);
        str_printf(&path, "%s/../%s/%s", own, places[i], name);
        if (is_lab(str_text(&path)))
            folder = realpath(str_text(&path), NULL);
    }
    str_done(&path);
    return folder;
}

/* Sockets of the same folder and user have the same names. */
static void
name_sockets(struct lab *lab)
{
    uint32_t hash = 2166136261U; /* FNV-1a */
    const char *at;

    for (at = lab->folder; *at != '\0'; at++)
        hash = (hash ^ (uint8_t)*at) * 16777619U;
    snprintf(lab->prefix, sizeof lab->prefix, "@ermine-lab-%u-%08x",
        (unsigned)getuid(), hash);
}

static enum session_exit
find_lab(const char *name, struct lab *lab)
{
    char own[PATH_MAX];
    struct str file;
    struct diag diag;
    enum err error;
    size_t i;

    if (own_folder(own, sizeof own))
        lab->folder = find_folder(name, own);
    if (lab->folder == NULL) {
        fprintf(stderr,
            "ermine: there is no lab %s: neither a folder with a file "
            "`chassis`, nor a lab that came with the program.\n",
            name);
        return EXIT_USAGE;
    }
    str_printf(&lab->program, "%s/ermined", own);
    name_sockets(lab);
    str_init(&file);
    diag_init(&diag);
    str_printf(&file, "%s/chassis", lab->folder);
    error =
        chassis_read(str_text(&file), &diag, &lab->routers, &lab->router_count);
    for (i = 0; i < diag.count; i++)
        fprintf(stderr, "ermine: %s\n", diag.entries[i].sentence);
    diag_done(&diag);
    str_done(&file);
    return error == OK ? EXIT_DONE : EXIT_USAGE;
}

/* ---- starting it ---- */

static enum err
connect_router(const struct lab *lab, const char *router, struct diag *diag,
    struct client **out_client)
{
    struct str path;
    enum err error;

    str_init(&path);
    str_printf(&path, "%s-%s", lab->prefix, router);
    error = client_open(str_text(&path), diag, out_client);
    str_done(&path);
    return error;
}

/* In the child: become the daemon. */
static void
become_daemon(const struct lab *lab, int ready_fd)
{
    char number[16];
    const char *arguments[] = {str_text(&lab->program), "--lab", lab->folder,
        "--lab-socket", lab->prefix, "--ready-fd", number, NULL};
    char *copies[sizeof arguments / sizeof arguments[0]];
    size_t i;

    snprintf(number, sizeof number, "%d", ready_fd);
    for (i = 0; arguments[i] != NULL; i++)
        copies[i] = strdup(arguments[i]);
    copies[i] = NULL;
    setsid(); /* Ctrl-C at this terminal is not meant for it */
    execv(str_text(&lab->program), copies);
    dprintf(ready_fd, "Cannot start %s.", str_text(&lab->program));
    _exit(EXIT_NO_CONNECTION);
}

/* Start the daemon and wait until it listens: it sends one zero byte, or a
 * sentence that says why not, which is the answer then. */
static bool
start(const struct lab *lab, char answer[static ANSWER_ROOM])
{
    size_t length = 0;
    bool is_ready = false;
    int ends[2];
    pid_t child;

    snprintf(answer, ANSWER_ROOM, "No process can be started.");
    if (pipe(ends) != 0)
        return false;
    child = fork();
    if (child == 0) {
        close(ends[0]);
        become_daemon(lab, ends[1]);
    }
    close(ends[1]);
    while (child > 0 && !is_ready && length < ANSWER_ROOM - 1) {
        char c;
        ssize_t got = read(ends[0], &c, 1);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        is_ready = c == '\0';
        answer[length++] = c;
    }
    close(ends[0]);
    if (child <= 0)
        return false;
    (void)waitpid(child, NULL, 0); /* it left the router behind */
    if (length > 0) {
        answer[length] = '\0';
    } else {
        snprintf(
            answer, ANSWER_ROOM, "%s ended at once.", str_text(&lab->program));
    }
    return is_ready;
}

static void
rest(void)
{
    const struct timespec pause = {.tv_nsec = 20000000};

    (void)nanosleep(&pause, NULL);
}

/* Only one shell at a time may look whether the lab runs, start it and type
 * the scripts; the name of a socket that nobody listens on is the lock, since
 * it is gone with its holder.  The descriptor, or -1: somebody keeps it for
 * no good reason, and we go on without. */
static int
lock(const struct lab *lab)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int length = snprintf(address.sun_path + 1, sizeof address.sun_path - 1,
        "%s.lock", lab->prefix + 1);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1) +
                     (socklen_t)length;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int attempt;

    for (attempt = 0; fd >= 0 && attempt < LOCK_ATTEMPTS; attempt++) {
        if (bind(fd, (const struct sockaddr *)&address, size) == 0)
            break;
        rest();
    }
    return fd;
}

/* Type the router's script, unless it has a configuration already. */
static enum session_exit
load_script(const struct lab *lab, const char *router)
{
    struct client *client;
    enum session_exit result;
    struct str script;

    if (connect_router(lab, router, NULL, &client) != OK)
        return EXIT_NO_CONNECTION;
    str_init(&script);
    str_printf(&script, "%s/%s", lab->folder, router);
    result = session_load(client, str_text(&script));
    str_done(&script);
    return result;
}

/* ---- SNMP ---- */

static bool
begin_agent(const struct lab *lab, size_t position, unsigned first_port,
    struct lab_agent *agent)
{
    const char *router = lab->routers[position].router;
    struct str program;
    struct str path;
    struct str script;
    bool begun;

    str_init(&program);
    str_init(&path);
    str_init(&script);
    str_add_n(&program, str_text(&lab->program),
        lab->program.length - strlen("ermined"));
    str_add(&program, "ermine-snmp");
    str_printf(&path, "%s-%s", lab->prefix, router);
    str_printf(&script, "%s/%s", lab->folder, router);
    begun = lab_agent_begin(&(const struct lab_agent_start){str_text(&program),
                                str_text(&path), str_text(&script), first_port},
        agent);
    str_done(&program);
    str_done(&path);
    str_done(&script);
    return begun;
}

/* Tell a person where the agents are, with a line to copy. */
static void
tell_agent(
    const struct lab *lab, size_t position, const struct lab_agent *agent)
{
    if (isatty(STDOUT_FILENO) == 0)
        return;
    printf("SNMP of %s:  snmpwalk -v2c -c %s 127.0.0.1:%u "
           "1.3.6.1.2.1.1\n",
        lab->routers[position].router,
        agent->community[0] != '\0' ? agent->community : "COMMUNITY",
        agent->port);
    (void)fflush(stdout);
}

/* Between the look for a port and the agent's own bind, another lab may have
 * taken it. */
static bool
bring_up(const struct lab *lab, size_t position, struct lab_agent *agent)
{
    bool is_up = lab_agent_wait(agent);

    for (int i = 0; i < AGENT_TRIES && !is_up && agent->has_ended; i++) {
        is_up = begin_agent(lab, position, LAB_SNMP_PORT, agent) &&
                lab_agent_wait(agent);
    }
    return is_up;
}

/* All are begun before one is waited for. */
static void
start_agents(const struct lab *lab)
{
    struct lab_agent agents[CHASSIS_ROUTERS_MAX];
    bool begun[CHASSIS_ROUTERS_MAX] = {false};
    unsigned port = LAB_SNMP_PORT;
    size_t i;

    for (i = 0; i < lab->router_count && i < CHASSIS_ROUTERS_MAX; i++) {
        begun[i] = begin_agent(lab, i, port, &agents[i]);
        if (begun[i] && agents[i].port != 0)
            port = agents[i].port + 1; /* that one is not bound yet */
    }
    for (i = 0; i < lab->router_count && i < CHASSIS_ROUTERS_MAX; i++) {
        if (begun[i] && bring_up(lab, i, &agents[i]))
            tell_agent(lab, i, &agents[i]);
    }
}

/* ---- joining ---- */

/* The same with a word about why not. */
static enum session_exit
join(const struct lab *lab, const char *router, struct client **out_client)
{
    struct diag diag;
    enum err error;

    diag_init(&diag);
    error = connect_router(lab, router, &diag, out_client);
    if (error != OK) {
        fprintf(stderr, "ermine: %s\n",
            diag.count > 0 ? diag.entries[0].sentence : err_name(error));
    }
    diag_done(&diag);
    return error == OK ? EXIT_DONE : EXIT_NO_CONNECTION;
}

/* The first connection keeps the lab alive until all scripts are in; it was
 * greeted before the router had a name, so that another takes its place. */
static enum session_exit
prepare(const struct lab *lab, const char *router, struct client **out_client)
{
    enum session_exit result;
    struct client *first;
    size_t i;

    result = join(lab, router, &first);
    if (result != EXIT_DONE)
        return result;
    for (i = 0; result == EXIT_DONE && i < lab->router_count; i++)
        result = load_script(lab, lab->routers[i].router);
    if (result == EXIT_DONE) {
        start_agents(lab);
        result = join(lab, router, out_client);
    }
    client_close(first);
    return result;
}

/* A lab whose last session has just ended may still hold its names. */
static enum session_exit
join_or_start(
    const struct lab *lab, const char *router, struct client **out_client)
{
    char answer[ANSWER_ROOM];
    int attempt;

    for (attempt = 0; attempt < START_ATTEMPTS; attempt++) {
        if (connect_router(lab, router, NULL, out_client) == OK)
            return EXIT_DONE;
        if (start(lab, answer))
            return prepare(lab, router, out_client);
        rest();
    }
    fprintf(stderr, "ermine: the lab did not start. %s%s", answer,
        strchr(answer, '\n') == NULL ? "\n" : "");
    return EXIT_NO_CONNECTION;
}

enum session_exit
session_lab(const char *name, const char *router, struct client **out_client)
{
    struct lab lab = {.routers = NULL};
    enum session_exit result = find_lab(name, &lab);
    bool known = router == NULL;
    size_t i;

    for (i = 0; result == EXIT_DONE && router != NULL && i < lab.router_count;
         i++)
        known = known || str_equal(lab.routers[i].router, router);
    if (result == EXIT_DONE && !known) {
        fprintf(stderr, "ermine: the lab has no router %s; it has:", router);
        for (i = 0; i < lab.router_count; i++)
            fprintf(stderr, " %s", lab.routers[i].router);
        fprintf(stderr, "\n");
        result = EXIT_USAGE;
    }
    if (result == EXIT_DONE) {
        int held = lock(&lab);

        result = join_or_start(
            &lab, router != NULL ? router : lab.routers[0].router, out_client);
        if (held >= 0)
            close(held);
    }
    free(lab.routers);
    free(lab.folder);
    str_done(&lab.program);
    return result;
}
