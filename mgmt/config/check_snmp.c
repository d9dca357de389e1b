/* check_snmp.c - receivers of traps. */
#include "config/checks.h"

#include "gen/enums.h"

void
check_snmp_host(const struct check *check, const struct object *object)
{
    if (!address_is_unicast(field_number(object, FIELD_SNMP_HOST_ADDRESS))) {
        check_error(check, object, SCHEMA_NONE,
            "This is not an address that a host can have.");
    }
}
