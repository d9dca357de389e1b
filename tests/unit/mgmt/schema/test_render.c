#include "gen/enums.h"
#include "gen/views.h"
#include "schema/schema.h"

#include "base/str.h"

#include <criterion/criterion.h>
#include <string.h>

/* An object's fields under work; freed by clear. */
struct work {
    enum schema_object_id type;
    struct value fields[SCHEMA_FIELDS_MAX];
    struct str line;
};

static void
begin(struct work *work, enum schema_object_id type)
{
    *work = (struct work){.type = type};
    str_init(&work->line);
}

static void
end(struct work *work)
{
    for (size_t i = 0; i < SCHEMA_FIELDS_MAX; i++)
        value_done(&work->fields[i]);
    str_done(&work->line);
}

/* The line of one setting; "-" for none. */
static const char *
line_of(struct work *work, uint16_t setting)
{
    const struct schema_object *object = &schema_objects[work->type];

    str_clear(&work->line);
    if (!schema_render(
            object->settings[setting].command, work->fields, &work->line))
        return "-";
    return str_text(&work->line);
}

static const char *
object_line(struct work *work)
{
    str_clear(&work->line);
    if (!schema_render(
            schema_objects[work->type].command, work->fields, &work->line))
        return "-";
    return str_text(&work->line);
}

static const char *
path_of(struct work *work)
{
    str_clear(&work->line);
    schema_path((uint16_t)work->type, work->fields, &work->line);
    return str_text(&work->line);
}

Test(render, writes_nothing_for_what_is_not_set)
{
    struct work work;

    begin(&work, OBJECT_TUNNEL);
    for (uint16_t i = 0; i < SETTINGS_TUNNEL; i++)
        cr_expect_str_eq(line_of(&work, i), "-", "setting %u", i);
    end(&work);
}

Test(render, chooses_the_way_that_has_exactly_the_set_fields)
{
    struct work work;

    begin(&work, OBJECT_TUNNEL);
    work.fields[FIELD_TUNNEL_LIFETIME_SECONDS] = value_number(3600);
    cr_expect_str_eq(line_of(&work, SETTING_TUNNEL_LIFETIME),
        "tunnel lifetime seconds 3600");
    work.fields[FIELD_TUNNEL_LIFETIME_KILOBYTES] = value_number(102400);
    cr_expect_str_eq(line_of(&work, SETTING_TUNNEL_LIFETIME),
        "tunnel lifetime seconds 3600 kilobytes 102400");
    work.fields[FIELD_TUNNEL_LIFETIME_SECONDS] = value_none();
    cr_expect_str_eq(line_of(&work, SETTING_TUNNEL_LIFETIME),
        "tunnel lifetime kilobytes 102400");
    work.fields[FIELD_TUNNEL_SOURCE_IDENTITY] = value_text("a@b.example");
    cr_expect_str_eq(line_of(&work, SETTING_TUNNEL_SOURCE),
        "tunnel source identity a@b.example");
    work.fields[FIELD_TUNNEL_SOURCE_ADDRESS] = value_number(0x0a000001);
    cr_expect_str_eq(
        line_of(&work, SETTING_TUNNEL_SOURCE), "-", "no line types both");
    end(&work);
}

Test(render, writes_flags_enums_and_lines)
{
    struct work work;

    begin(&work, OBJECT_TUNNEL);
    work.fields[FIELD_TUNNEL_SHUTDOWN] = value_number(1);
    work.fields[FIELD_TUNNEL_SIGNALING] = value_number(SIGNALING_MANUAL);
    work.fields[FIELD_TUNNEL_DESCRIPTION] = value_text("to \"B\" ! soon");
    cr_expect_str_eq(line_of(&work, SETTING_TUNNEL_SHUTDOWN), "shutdown");
    cr_expect_str_eq(line_of(&work, SETTING_TUNNEL_IP_SHUTDOWN), "-");
    cr_expect_str_eq(
        line_of(&work, SETTING_TUNNEL_SIGNALING), "tunnel signaling manual");
    cr_expect_str_eq(line_of(&work, SETTING_TUNNEL_DESCRIPTION),
        "description to \"B\" ! soon");
    end(&work);
}

Test(render, writes_of_a_flag_that_is_on_that_it_is_off)
{
    struct work work;

    begin(&work, OBJECT_VIRTUAL_ROUTER);
    cr_expect_str_eq(line_of(&work, SETTING_VIRTUAL_ROUTER_OPTION_NAT_T), "-");
    work.fields[FIELD_VIRTUAL_ROUTER_OPTION_NAT_T] = value_number(0);
    cr_expect_str_eq(line_of(&work, SETTING_VIRTUAL_ROUTER_OPTION_NAT_T),
        "no ipsec option nat-t");
    end(&work);
}

Test(render, shows_secrets_in_their_sealed_form_only)
{
    struct work work;

    begin(&work, OBJECT_TUNNEL);
    work.fields[FIELD_TUNNEL_SESSION_KEY_INBOUND_TRANSFORM] =
        value_number(TRANSFORM_ESP_DES);
    work.fields[FIELD_TUNNEL_SESSION_KEY_INBOUND_SPI] = value_number(0x1001);
    work.fields[FIELD_TUNNEL_SESSION_KEY_INBOUND_KEY] =
        value_clear("0123456789abcdef");
    cr_expect_str_eq(line_of(&work, SETTING_TUNNEL_SESSION_KEY_INBOUND), "-",
        "not sealed yet");
    value_done(&work.fields[FIELD_TUNNEL_SESSION_KEY_INBOUND_KEY]);
    work.fields[FIELD_TUNNEL_SESSION_KEY_INBOUND_KEY] = value_text("$e1$QUJD");
    cr_expect_str_eq(line_of(&work, SETTING_TUNNEL_SESSION_KEY_INBOUND),
        "tunnel session-key-inbound esp-des 0x1001 masked $e1$QUJD");
    end(&work);
}

Test(render, writes_the_line_that_makes_an_object)
{
    struct work work;

    begin(&work, OBJECT_TRANSFORM_SET);
    work.fields[FIELD_TRANSFORM_SET_NAME] = value_text("two words");
    cr_expect_str_eq(object_line(&work), "-", "no set without transforms");
    work.fields[FIELD_TRANSFORM_SET_TRANSFORMS] = value_number(value_list_add(
        value_list_add(0, TRANSFORM_ESP_3DES), TRANSFORM_AH_HMAC_SHA));
    cr_expect_str_eq(object_line(&work),
        "ipsec transform-set \"two words\" esp-3des ah-hmac-sha");
    cr_expect_str_eq(path_of(&work), "ipsec transform-set \"two words\"");
    end(&work);

    begin(&work, OBJECT_TUNNEL);
    work.fields[FIELD_TUNNEL_VIRTUAL_ROUTER] = value_text("default");
    work.fields[FIELD_TUNNEL_NAME] = value_text("siteB");
    cr_expect_str_eq(object_line(&work), "interface tunnel ipsec:siteB");
    work.fields[FIELD_TUNNEL_TRANSPORT_VR] = value_text("wan");
    cr_expect_str_eq(object_line(&work),
        "interface tunnel ipsec:siteB transport-virtual-router wan");
    cr_expect_str_eq(path_of(&work), "interface tunnel ipsec:siteB");
    end(&work);
}

Test(render, names_routes_by_where_they_lead)
{
    struct work work;

    begin(&work, OBJECT_ROUTE);
    work.fields[FIELD_ROUTE_VIRTUAL_ROUTER] = value_text("default");
    work.fields[FIELD_ROUTE_PREFIX] = value_number(0x0a000000);
    work.fields[FIELD_ROUTE_MASK] = value_number(0xff000000);
    work.fields[FIELD_ROUTE_OUT_TYPE] = value_number(INTERFACE_TYPE_NULL);
    work.fields[FIELD_ROUTE_OUT_LOCATION] = value_text("0");
    cr_expect_str_eq(object_line(&work), "ip route 10.0.0.0 255.0.0.0 null 0");
    work.fields[FIELD_ROUTE_DISTANCE] = value_number(5);
    cr_expect_str_eq(
        object_line(&work), "ip route 10.0.0.0 255.0.0.0 null 0 5");
    cr_expect_str_eq(path_of(&work), "ip route 10.0.0.0 255.0.0.0 null 0");
    work.fields[FIELD_ROUTE_OUT_TYPE] = value_none();
    value_done(&work.fields[FIELD_ROUTE_OUT_LOCATION]);
    work.fields[FIELD_ROUTE_OUT_TUNNEL] = value_text("siteB");
    cr_expect_str_eq(
        object_line(&work), "ip route 10.0.0.0 255.0.0.0 tunnel ipsec:siteB 5");
    value_done(&work.fields[FIELD_ROUTE_OUT_TUNNEL]);
    cr_expect_str_eq(path_of(&work), "route", "keys that no line can type");
    end(&work);
}

Test(render, names_what_is_always_there)
{
    struct work work;

    begin(&work, OBJECT_SYSTEM);
    cr_expect_str_eq(path_of(&work), "system");
    end(&work);
    begin(&work, OBJECT_VIRTUAL_ROUTER);
    work.fields[FIELD_VIRTUAL_ROUTER_NAME] =
        value_share(&schema_objects[OBJECT_VIRTUAL_ROUTER].preset[0]);
    cr_expect_str_eq(path_of(&work), "virtual-router default");
    end(&work);
}

Test(render, has_no_line_for_commands_that_are_not_configuration)
{
    struct str out;

    str_init(&out);
    cr_expect_not(schema_render(schema_execs[EXEC_PING].command, NULL, &out));
    str_done(&out);
}

Test(views, apply_the_defaults)
{
    struct work work;
    struct cfg_tunnel tunnel;
    struct cfg_system system;

    begin(&work, OBJECT_SYSTEM);
    cfg_system_read(work.fields, &system);
    cr_expect_str_eq(system.hostname, "ermine");
    cr_expect_eq(system.ipsec_lifetime_seconds, 28800);
    end(&work);

    begin(&work, OBJECT_TUNNEL);
    work.fields[FIELD_TUNNEL_NAME] = value_text("siteB");
    work.fields[FIELD_TUNNEL_SOURCE_ADDRESS] = value_number(0x0a000001);
    work.fields[FIELD_TUNNEL_SHUTDOWN] = value_number(1);
    cfg_tunnel_read(work.fields, &tunnel);
    cr_expect_str_eq(tunnel.name, "siteB");
    cr_expect(tunnel.has_mtu && tunnel.mtu == 1440);
    cr_expect(tunnel.has_signaling && tunnel.signaling == SIGNALING_ISAKMP);
    cr_expect(tunnel.has_source_address);
    cr_expect_eq(tunnel.source_address, 0x0a000001);
    cr_expect_not(tunnel.has_destination_address);
    cr_expect_null(tunnel.transform_set);
    cr_expect(tunnel.shutdown && !tunnel.ip_shutdown);
    end(&work);
}
