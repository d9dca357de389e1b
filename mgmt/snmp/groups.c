/*
 * groups.c - what the agent itself knows: the system group, its counters, its
 * engine, and how it stands with the daemon.
 */
#include "snmp/fixed.h"

#include "snmp/reading.h"

#include <string.h>

enum { SERVICES = 76 }; /* routes, applications: layers 3, 4 and 7 */

static void
put_number(netsnmp_variable_list *vb, u_char type, long number)
{
    (void)snmp_set_var_typed_value(vb, type, &number, sizeof number);
}

static void
put_text(netsnmp_variable_list *vb, const char *text)
{
    (void)snmp_set_var_typed_value(vb, ASN_OCTET_STR, text, strlen(text));
}

static void
put_oid(netsnmp_variable_list *vb, const char *text)
{
    uint32_t numbers[READING_OID_MAX];
    oid name[READING_OID_MAX];
    size_t count = reading_oid(text, strlen(text), numbers, READING_OID_MAX);

    for (size_t i = 0; i < count; i++)
        name[i] = numbers[i];
    (void)snmp_set_var_typed_value(
        vb, ASN_OBJECT_ID, name, count * sizeof name[0]);
}

/* ---- system ---- */

enum system_object {
    SYSTEM_DESCR = 1,
    SYSTEM_OBJECT_ID,
    SYSTEM_UP_TIME,
    SYSTEM_CONTACT,
    SYSTEM_NAME,
    SYSTEM_LOCATION,
    SYSTEM_SERVICES,
    SYSTEM_OR_LAST_CHANGE,
};

static void
read_system(const struct agent *agent, const struct fixed_object *object,
    netsnmp_variable_list *vb)
{
    const struct access *access = agent->access;

    switch ((enum system_object)object->suffix[0]) {
    case SYSTEM_DESCR:
        put_text(vb, access->description);
        break;
    case SYSTEM_OBJECT_ID:
        put_oid(vb, access->object_id);
        break;
    case SYSTEM_UP_TIME:
        put_number(vb, ASN_TIMETICKS, (long)netsnmp_get_agent_uptime());
        break;
    case SYSTEM_CONTACT:
        put_text(vb, access->contact);
        break;
    case SYSTEM_NAME:
        put_text(vb, access->name);
        break;
    case SYSTEM_LOCATION:
        put_text(vb, access->location);
        break;
    case SYSTEM_SERVICES:
        put_number(vb, ASN_INTEGER, SERVICES);
        break;
    case SYSTEM_OR_LAST_CHANGE:
        put_number(vb, ASN_TIMETICKS, 0);
        break;
    }
}

static const oid system_root[] = {1, 3, 6, 1, 2, 1, 1};
static const struct fixed_object system_objects[] = {
    {{SYSTEM_DESCR, 0},          2, read_system, 0},
    {{SYSTEM_OBJECT_ID, 0},      2, read_system, 0},
    {{SYSTEM_UP_TIME, 0},        2, read_system, 0},
    {{SYSTEM_CONTACT, 0},        2, read_system, 0},
    {{SYSTEM_NAME, 0},           2, read_system, 0},
    {{SYSTEM_LOCATION, 0},       2, read_system, 0},
    {{SYSTEM_SERVICES, 0},       2, read_system, 0},
    {{SYSTEM_OR_LAST_CHANGE, 0}, 2, read_system, 0},
};

/* sysORTable: what of the standards is here. */
static const struct resource {
    const char *oid;
    const char *text;
} resources[] = {
    {"1.3.6.1.6.3.1",        "Entities of SNMPv2"          },
    {"1.3.6.1.2.1.31",       "Interfaces"                  },
    {"1.3.6.1.6.3.10.3.1.1", "SNMP management architecture"},
    {"1.3.6.1.6.3.15.2.1.1", "User-based security"         },
};

enum { RESOURCE_ID = 2, RESOURCE_TEXT, RESOURCE_UP_TIME };

static void
read_resource(const struct agent *agent, const struct fixed_object *object,
    netsnmp_variable_list *vb)
{
    const struct resource *resource = &resources[object->suffix[1] - 1];

    (void)agent;
    if (object->suffix[0] == RESOURCE_ID) {
        put_oid(vb, resource->oid);
    } else if (object->suffix[0] == RESOURCE_TEXT) {
        put_text(vb, resource->text);
    } else {
        put_number(vb, ASN_TIMETICKS, 0);
    }
}

static const oid resource_root[] = {1, 3, 6, 1, 2, 1, 1, 9, 1};
static const struct fixed_object resource_objects[] = {
    {{RESOURCE_ID, 1},      2, read_resource, 0},
    {{RESOURCE_ID, 2},      2, read_resource, 0},
    {{RESOURCE_ID, 3},      2, read_resource, 0},
    {{RESOURCE_ID, 4},      2, read_resource, 0},
    {{RESOURCE_TEXT, 1},    2, read_resource, 0},
    {{RESOURCE_TEXT, 2},    2, read_resource, 0},
    {{RESOURCE_TEXT, 3},    2, read_resource, 0},
    {{RESOURCE_TEXT, 4},    2, read_resource, 0},
    {{RESOURCE_UP_TIME, 1}, 2, read_resource, 0},
    {{RESOURCE_UP_TIME, 2}, 2, read_resource, 0},
    {{RESOURCE_UP_TIME, 3}, 2, read_resource, 0},
    {{RESOURCE_UP_TIME, 4}, 2, read_resource, 0},
};

/* ---- counters of the library ---- */

static void
read_statistic(const struct agent *agent, const struct fixed_object *object,
    netsnmp_variable_list *vb)
{
    (void)agent;
    put_number(
        vb, ASN_COUNTER, (long)snmp_get_statistic((int)object->argument));
}

/* snmpEnableAuthenTraps: would anybody be told of a wrong community? */
static void
read_refusals(const struct agent *agent, const struct fixed_object *object,
    netsnmp_variable_list *vb)
{
    (void)object;
    put_number(vb, ASN_INTEGER, told_refusals(agent) ? 1 : 2);
}

static const oid snmp_root[] = {1, 3, 6, 1, 2, 1, 11};
static const struct fixed_object snmp_objects[] = {
    {{1, 0},  2, read_statistic, STAT_SNMPINPKTS             },
    {{2, 0},  2, read_statistic, STAT_SNMPOUTPKTS            },
    {{3, 0},  2, read_statistic, STAT_SNMPINBADVERSIONS      },
    {{4, 0},  2, read_statistic, STAT_SNMPINBADCOMMUNITYNAMES},
    {{5, 0},  2, read_statistic, STAT_SNMPINBADCOMMUNITYUSES },
    {{6, 0},  2, read_statistic, STAT_SNMPINASNPARSEERRS     },
    {{8, 0},  2, read_statistic, STAT_SNMPINTOOBIGS          },
    {{9, 0},  2, read_statistic, STAT_SNMPINNOSUCHNAMES      },
    {{10, 0}, 2, read_statistic, STAT_SNMPINBADVALUES        },
    {{11, 0}, 2, read_statistic, STAT_SNMPINREADONLYS        },
    {{12, 0}, 2, read_statistic, STAT_SNMPINGENERRS          },
    {{13, 0}, 2, read_statistic, STAT_SNMPINTOTALREQVARS     },
    {{14, 0}, 2, read_statistic, STAT_SNMPINTOTALSETVARS     },
    {{15, 0}, 2, read_statistic, STAT_SNMPINGETREQUESTS      },
    {{16, 0}, 2, read_statistic, STAT_SNMPINGETNEXTS         },
    {{17, 0}, 2, read_statistic, STAT_SNMPINSETREQUESTS      },
    {{18, 0}, 2, read_statistic, STAT_SNMPINGETRESPONSES     },
    {{19, 0}, 2, read_statistic, STAT_SNMPINTRAPS            },
    {{20, 0}, 2, read_statistic, STAT_SNMPOUTTOOBIGS         },
    {{21, 0}, 2, read_statistic, STAT_SNMPOUTNOSUCHNAMES     },
    {{22, 0}, 2, read_statistic, STAT_SNMPOUTBADVALUES       },
    {{24, 0}, 2, read_statistic, STAT_SNMPOUTGENERRS         },
    {{25, 0}, 2, read_statistic, STAT_SNMPOUTGETREQUESTS     },
    {{26, 0}, 2, read_statistic, STAT_SNMPOUTGETNEXTS        },
    {{27, 0}, 2, read_statistic, STAT_SNMPOUTSETREQUESTS     },
    {{28, 0}, 2, read_statistic, STAT_SNMPOUTGETRESPONSES    },
    {{29, 0}, 2, read_statistic, STAT_SNMPOUTTRAPS           },
    {{30, 0}, 2, read_refusals,  0                           },
    {{31, 0}, 2, read_statistic, STAT_SNMPSILENTDROPS        },
    {{32, 0}, 2, read_statistic, STAT_SNMPPROXYDROPS         },
};

static const oid mpd_root[] = {1, 3, 6, 1, 6, 3, 11, 2, 1};
static const struct fixed_object mpd_objects[] = {
    {{1, 0}, 2, read_statistic, STAT_SNMPUNKNOWNSECURITYMODELS},
    {{2, 0}, 2, read_statistic, STAT_SNMPINVALIDMSGS          },
    {{3, 0}, 2, read_statistic, STAT_SNMPUNKNOWNPDUHANDLERS   },
};

static const oid usm_root[] = {1, 3, 6, 1, 6, 3, 15, 1, 1};
static const struct fixed_object usm_objects[] = {
    {{1, 0}, 2, read_statistic, STAT_USMSTATSUNSUPPORTEDSECLEVELS},
    {{2, 0}, 2, read_statistic, STAT_USMSTATSNOTINTIMEWINDOWS    },
    {{3, 0}, 2, read_statistic, STAT_USMSTATSUNKNOWNUSERNAMES    },
    {{4, 0}, 2, read_statistic, STAT_USMSTATSUNKNOWNENGINEIDS    },
    {{5, 0}, 2, read_statistic, STAT_USMSTATSWRONGDIGESTS        },
    {{6, 0}, 2, read_statistic, STAT_USMSTATSDECRYPTIONERRORS    },
};

/* ---- the engine ---- */

enum engine_object { ENGINE_ID = 1, ENGINE_BOOTS, ENGINE_TIME, ENGINE_SIZE };

static void
read_engine(const struct agent *agent, const struct fixed_object *object,
    netsnmp_variable_list *vb)
{
    switch ((enum engine_object)object->suffix[0]) {
    case ENGINE_ID:
        (void)snmp_set_var_typed_value(
            vb, ASN_OCTET_STR, agent->engine_id, agent->engine_id_length);
        break;
    case ENGINE_BOOTS:
        put_number(vb, ASN_INTEGER, (long)snmpv3_local_snmpEngineBoots());
        break;
    case ENGINE_TIME:
        put_number(vb, ASN_INTEGER, (long)snmpv3_local_snmpEngineTime());
        break;
    case ENGINE_SIZE:
        put_number(vb, ASN_INTEGER, (long)agent->access->packet_size);
        break;
    }
}

static const oid engine_root[] = {1, 3, 6, 1, 6, 3, 10, 2, 1};
static const struct fixed_object engine_objects[] = {
    {{ENGINE_ID, 0},    2, read_engine, 0},
    {{ENGINE_BOOTS, 0}, 2, read_engine, 0},
    {{ENGINE_TIME, 0},  2, read_engine, 0},
    {{ENGINE_SIZE, 0},  2, read_engine, 0},
};

/* ---- how it stands with the daemon: two objects of ermineSystem ---- */

static void
read_age(const struct agent *agent, const struct fixed_object *object,
    netsnmp_variable_list *vb)
{
    (void)object;
    put_number(vb, ASN_GAUGE, (long)(agent_age_us(agent) / 1000000));
}

static void
read_reachable(const struct agent *agent, const struct fixed_object *object,
    netsnmp_variable_list *vb)
{
    (void)object;
    put_number(vb, ASN_INTEGER, link_is_up(agent->link) ? 1 : 2);
}

static const oid age_root[] = {
    1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 376463, 1, 1, 16};
static const struct fixed_object age_objects[] = {
    {{0}, 1, read_age, 0},
};
static const oid reachable_root[] = {
    1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 376463, 1, 1, 17};
static const struct fixed_object reachable_objects[] = {
    {{0}, 1, read_reachable, 0},
};

/* ---- all ---- */

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct group {
    const char *name;
    const oid *root;
    size_t root_length;
    const struct fixed_object *objects;
    size_t count;
    bool is_shared; /* in the contexts of virtual routers too */
} groups[] = {
    {"system",                      system_root,    LENGTH(system_root),    system_objects,
     LENGTH(system_objects),                                                                                             true },
    {"sysORTable",                  resource_root,  LENGTH(resource_root),  resource_objects,
     LENGTH(resource_objects),                                                                                           true },
    {"snmp",                        snmp_root,      LENGTH(snmp_root),      snmp_objects,     LENGTH(snmp_objects),
     true                                                                                                                     },
    {"snmpMPDStats",                mpd_root,       LENGTH(mpd_root),       mpd_objects,
     LENGTH(mpd_objects),                                                                                                true },
    {"usmStats",                    usm_root,       LENGTH(usm_root),       usm_objects,      LENGTH(usm_objects),
     true                                                                                                                     },
    {"snmpEngine",                  engine_root,    LENGTH(engine_root),    engine_objects,
     LENGTH(engine_objects),                                                                                             true },
    {"ermineSystemAgeOfValues",     age_root,       LENGTH(age_root),       age_objects,
     LENGTH(age_objects),                                                                                                false},
    {"ermineSystemDaemonReachable", reachable_root, LENGTH(reachable_root),
     reachable_objects,                                                                       LENGTH(reachable_objects), false},
};

_Static_assert(LENGTH(groups) <= GROUPS_MAX, "no room for a group");

/* Under another agent these groups are that one's. */
static bool
is_served(const struct agent_context *context, const struct group *group)
{
    if (context->router != 0 && !group->is_shared)
        return false;
    return !context->agent->options.agentx || !group->is_shared;
}

void
groups_serve(struct agent_context *context)
{
    for (size_t i = 0; i < LENGTH(groups); i++) {
        const struct group *group = &groups[i];

        if (is_served(context, group)) {
            context->fixed[context->fixed_count++] =
                fixed_new(context, group->name, group->root, group->root_length,
                    group->objects, group->count);
        }
    }
}

void
groups_end(struct agent_context *context)
{
    for (size_t i = 0; i < context->fixed_count; i++)
        fixed_free(context->fixed[i]);
    context->fixed_count = 0;
}
