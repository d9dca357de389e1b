/* check_host.c - named hosts. */
#include "config/checks.h"

#include "gen/enums.h"

void
check_host(const struct check *check, const struct object *object)
{
    bool tftp = field_number(object, FIELD_HOST_PROTOCOL) == HOST_PROTOCOL_TFTP;

    if (field_is_set(object, FIELD_HOST_ADDRESS) &&
        !address_is_unicast(field_number(object, FIELD_HOST_ADDRESS))) {
        check_error(check, object, SETTING_HOST_ADDRESS,
            "This is not an address that a host can have.");
    }
    if (tftp && field_is_set(object, FIELD_HOST_LOGIN_USER)) {
        check_error(check, object, SETTING_HOST_LOGIN,
            "TFTP knows no users: type `no host %s`, then the line without a "
            "user, or with `ftp`.",
            field_text(object, FIELD_HOST_NAME));
    }
}
