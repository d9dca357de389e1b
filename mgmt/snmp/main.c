/*
 * main.c - ermine-snmp: the router's SNMP agent as a program.
 */
#include "base/log.h"
#include "oper/oper.h"
#include "snmp/snmp.h"

#include <stdlib.h>

enum { EXIT_USAGE = 2 };

int
main(int argc, char **argv)
{
    struct snmp_options options;

    if (snmp_options_read(argc, argv, &options) != OK)
        return EXIT_USAGE;
    if (options.help) {
        snmp_options_help(stdout);
        return EXIT_SUCCESS;
    }
    if (options.version) {
        (void)printf("ermine-snmp %s\n", oper_version);
        return EXIT_SUCCESS;
    }
    log_set_level(options.log_level);
    return snmp_serve(&options) ? EXIT_SUCCESS : EXIT_FAILURE;
}
