/*
 * notify_pdu.c: messages as the PDUs of each version.
 */
#include "snmp/notify_pdu.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/str.h"

static const struct notify_sender sender = {
    "1.3.6.1.4.1.4874.1.1.1.1.5", 0xc0000201};

static struct notify_message *
down(void)
{
    struct notify_message *message =
        notify_message_new(NOTIFICATION_TUNNEL_DOWN, 1234);
    struct value *columns = message->columns;

    columns[COLUMN_NOTIFICATION_IF_INDEX] = value_number(17);
    columns[COLUMN_NOTIFICATION_NAME] = value_text("east");
    columns[COLUMN_NOTIFICATION_STATE] = value_number(2);
    columns[COLUMN_NOTIFICATION_CAUSE] = value_text("dead-peer");
    columns[COLUMN_NOTIFICATION_PEER] = value_number(0xc0000202);
    return message;
}

/* "1.3.6 = type" of each varbind, a line each. */
static void
write_names(const netsnmp_pdu *pdu, struct str *out)
{
    const netsnmp_variable_list *vb;

    for (vb = pdu->variables; vb != NULL; vb = vb->next_variable) {
        for (size_t i = 0; i < vb->name_length; i++)
            str_printf(out, "%s%lu", i == 0 ? "" : ".", vb->name[i]);
        str_printf(out, " %u\n", vb->type);
    }
}

static void
expect_names(netsnmp_pdu *pdu, const char *names)
{
    struct str text;

    str_init(&text);
    write_names(pdu, &text);
    cr_expect_str_eq(str_text(&text), names, "%s", str_text(&text));
    str_done(&text);
}

#define OURS "1.3.6.1.4.1.8072.9999.9999.376463.1."
#define OBJECTS                                                                \
    "1.3.6.1.2.1.2.2.1.1.17 2\n" OURS "2.1.1.17 4\n" OURS "2.1.2.17 2\n" OURS  \
    "2.1.4.17 4\n" OURS "2.1.5.17 4\n" OURS "2.1.6.17 4\n" OURS "7.1.0 64\n"

Test(notify_pdu, of_v2c_has_time_name_and_objects)
{
    const struct notify_host host = {.version = SNMP_PROTOCOL_2C};
    struct notify_message *message = down();
    netsnmp_pdu *pdu = notify_pdu(message, &host, &sender);

    cr_assert_not_null(pdu);
    cr_expect_eq(pdu->command, SNMP_MSG_TRAP2);
    expect_names(
        pdu, "1.3.6.1.2.1.1.3.0 67\n1.3.6.1.6.3.1.1.4.1.0 6\n" OBJECTS);
    cr_expect_eq(*pdu->variables->val.integer, 1234);
    snmp_free_pdu(pdu);
    notify_message_unref(message);
}

Test(notify_pdu, names_the_source_where_it_is_configured)
{
    const struct notify_host host = {.version = SNMP_PROTOCOL_3,
        .kind = SNMP_KIND_INFORMS,
        .source = 0x0a000001};
    struct notify_message *message = down();
    netsnmp_pdu *pdu = notify_pdu(message, &host, &sender);

    cr_assert_not_null(pdu);
    cr_expect_eq(pdu->command, SNMP_MSG_INFORM);
    expect_names(pdu, "1.3.6.1.2.1.1.3.0 67\n1.3.6.1.6.3.1.1.4.1.0 6\n" OBJECTS
                      "1.3.6.1.6.3.18.1.3.0 64\n");
    snmp_free_pdu(pdu);
    notify_message_unref(message);
}

Test(notify_pdu, of_v1_has_enterprise_and_number)
{
    static const oid model[] = {1, 3, 6, 1, 4, 1, 4874, 1, 1, 1, 1, 5};
    static const oid ours[] = {1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 376463};
    const struct notify_host host = {.version = SNMP_PROTOCOL_1};
    struct notify_message *message = down();
    netsnmp_pdu *pdu = notify_pdu(message, &host, &sender);

    cr_assert_not_null(pdu);
    cr_expect_eq(pdu->command, SNMP_MSG_TRAP);
    cr_expect_eq(pdu->trap_type, 6);
    cr_expect_eq(pdu->specific_type, 2);
    cr_expect_eq(pdu->time, 1234);
    cr_expect_eq(memcmp(pdu->agent_addr, "\xc0\x00\x02\x01", 4), 0);
    cr_expect_eq(snmp_oid_compare(pdu->enterprise, pdu->enterprise_length, ours,
                     sizeof ours / sizeof ours[0]),
        0);
    expect_names(pdu, OBJECTS);
    snmp_free_pdu(pdu);
    notify_message_unref(message);

    message = notify_message_new(NOTIFICATION_LINK_UP, 1);
    pdu = notify_pdu(message, &host, &sender);
    cr_assert_not_null(pdu);
    cr_expect_eq(pdu->trap_type, 3);
    cr_expect_eq(pdu->specific_type, 0);
    cr_expect_eq(snmp_oid_compare(pdu->enterprise, pdu->enterprise_length,
                     model, sizeof model / sizeof model[0]),
        0);
    snmp_free_pdu(pdu);
    notify_message_unref(message);
}

Test(notify_pdu, every_notification_can_be_sent_by_every_version)
{
    for (int kind = 0; kind < NOTIFICATION_COUNT; kind++) {
        for (int version = 0; version < SNMP_PROTOCOL_COUNT; version++) {
            const struct notify_host host = {
                .version = (enum snmp_protocol)version};
            struct notify_message *message =
                notify_message_new((enum notification)kind, 1);
            netsnmp_pdu *pdu = notify_pdu(message, &host, &sender);

            cr_expect_not_null(pdu, "%s", notification_texts[kind].name);
            snmp_free_pdu(pdu);
            notify_message_unref(message);
        }
    }
}
