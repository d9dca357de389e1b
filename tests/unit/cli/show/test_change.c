#include "show/show.h"

#include "base/str.h"
#include "gen/enums.h"

#include <criterion/criterion.h>

static void
done(struct value *fields)
{
    for (size_t i = 0; i < SCHEMA_FIELDS_MAX; i++)
        value_done(&fields[i]);
}

static void
copy(const struct value *from, struct value *to)
{
    for (size_t i = 0; i < SCHEMA_FIELDS_MAX; i++)
        to[i] = value_share(&from[i]);
}

static void
expect(uint16_t type, const struct value *before, const struct value *after,
    const char *expected)
{
    struct str out;

    str_init(&out);
    show_change(type, before, after, &out);
    cr_expect_str_eq(str_text(&out), expected, "got:\n%s", str_text(&out));
    str_done(&out);
}

static void
make_tunnel(struct value *fields, const char *vr)
{
    fields[FIELD_TUNNEL_VIRTUAL_ROUTER] = value_text(vr);
    fields[FIELD_TUNNEL_NAME] = value_text("siteB");
    fields[FIELD_TUNNEL_MTU] = value_number(1400);
    fields[FIELD_TUNNEL_SIGNALING] = value_number(SIGNALING_MANUAL);
    fields[FIELD_TUNNEL_LIFETIME_SECONDS] = value_number(7200);
}

Test(change, shows_what_differs_below_the_line_of_its_object)
{
    struct value before[SCHEMA_FIELDS_MAX] = {0};
    struct value after[SCHEMA_FIELDS_MAX] = {0};

    make_tunnel(before, "default");
    copy(before, after);
    after[FIELD_TUNNEL_MTU] = value_number(1500);
    after[FIELD_TUNNEL_LIFETIME_KILOBYTES] = value_number(200000);
    after[FIELD_TUNNEL_SHUTDOWN] = value_number(1);
    after[FIELD_TUNNEL_SIGNALING] = value_none();
    expect(OBJECT_TUNNEL, before, after,
        " interface tunnel ipsec:siteB\n"
        "- tunnel signaling manual\n"
        "- tunnel lifetime seconds 7200\n"
        "+ tunnel lifetime seconds 7200 kilobytes 200000\n"
        "- tunnel mtu 1400\n"
        "+ tunnel mtu 1500\n"
        "+ shutdown\n");
    done(before);
    done(after);
}

Test(change, shows_created_and_deleted_objects_whole)
{
    struct value tunnel[SCHEMA_FIELDS_MAX] = {0};

    make_tunnel(tunnel, "vrA");
    expect(OBJECT_TUNNEL, NULL, tunnel,
        " virtual-router vrA\n"
        "+interface tunnel ipsec:siteB\n"
        "+ tunnel signaling manual\n"
        "+ tunnel lifetime seconds 7200\n"
        "+ tunnel mtu 1400\n");
    expect(OBJECT_TUNNEL, tunnel, NULL,
        " virtual-router vrA\n"
        "-interface tunnel ipsec:siteB\n"
        "- tunnel signaling manual\n"
        "- tunnel lifetime seconds 7200\n"
        "- tunnel mtu 1400\n");
    done(tunnel);
}

Test(change, shows_settings_in_the_objects_own_line_as_that_line)
{
    struct value before[SCHEMA_FIELDS_MAX] = {0};
    struct value after[SCHEMA_FIELDS_MAX] = {0};

    before[FIELD_TRANSFORM_SET_NAME] = value_text("strong");
    before[FIELD_TRANSFORM_SET_TRANSFORMS] =
        value_number(value_list_add(0, TRANSFORM_ESP_DES));
    copy(before, after);
    after[FIELD_TRANSFORM_SET_TRANSFORMS] =
        value_number(value_list_add(0, TRANSFORM_ESP_3DES));
    expect(OBJECT_TRANSFORM_SET, before, after,
        "-ipsec transform-set strong esp-des\n"
        "+ipsec transform-set strong esp-3des\n");
    done(before);
    done(after);
}

Test(change, shows_the_systems_settings_at_the_margin)
{
    struct value before[SCHEMA_FIELDS_MAX] = {0};
    struct value after[SCHEMA_FIELDS_MAX] = {0};

    before[FIELD_SYSTEM_HOSTNAME] = value_text("a");
    after[FIELD_SYSTEM_HOSTNAME] = value_text("b");
    expect(OBJECT_SYSTEM, before, after, "-hostname a\n+hostname b\n");
    expect(OBJECT_SYSTEM, before, before, "");
    expect(OBJECT_SYSTEM, NULL, NULL, "");
    done(before);
    done(after);
}
