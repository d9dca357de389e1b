/* check_log.c - syslog servers. */
#include "config/checks.h"

#include "gen/enums.h"

void
check_log_syslog(const struct check *check, const struct object *object)
{
    uint64_t address = field_number(object, FIELD_LOG_SYSLOG_ADDRESS);

    /* The host itself is fine: messages go by the host's network. */
    if (!address_is_unicast(address) && address >> 24 != 127) {
        check_error(check, object, SCHEMA_NONE,
            "This is not an address that a server can have.");
    }
}
