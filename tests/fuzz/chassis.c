/*
 * chassis.c - any bytes as a chassis file.
 */
#include "chassis/chassis.h"
#include "base/diag.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct chassis *chassis;
    struct diag diag;
    size_t count;

    diag_init(&diag);
    if (chassis_parse("folder/fuzz", (const char *)bytes, length, &diag,
            &chassis, &count) == OK) {
        if (count == 0 || count > CHASSIS_ROUTERS_MAX ||
            chassis->port_count > CHASSIS_PORTS_MAX || diag.count > 0)
            abort();
        free(chassis);
    } else if (diag.count == 0) {
        abort();
    }
    diag_done(&diag);
    return 0;
}
