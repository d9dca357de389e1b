/*
 * failure.c - what went wrong, as a record for a person.
 *
 * A handler that gives up calls fault(), fills in what it knows, and returns;
 * the driver tells of it.  Advice follows from the reason alone, unless the
 * handler knew better.
 */
#include "ike/quick.h"

#include "base/ip.h"
#include "ike/numbers.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const stages[] = {
    [IKE_STAGE_PHASE1_PROPOSAL] = "phase 1, proposal",
    [IKE_STAGE_PHASE1_KEYS] = "phase 1, key exchange",
    [IKE_STAGE_PHASE1_IDENTITY] = "phase 1, identity",
    [IKE_STAGE_PHASE2] = "phase 2",
    [IKE_STAGE_ESTABLISHED] = "established",
};

const char *
ike_reason_name(enum ike_reason reason)
{
    return cause_texts[reason].name;
}

const char *
ike_reason_sentence(enum ike_reason reason)
{
    return cause_texts[reason].sentence;
}

const char *
ike_stage_name(enum ike_stage stage)
{
    return stages[stage];
}

/* RFC 2408, 3.14.1; RFC 2407, 4.6.3; RFC 3706. */
const char *
ike_notify_name(uint16_t notify)
{
    static const struct {
        uint16_t number;
        const char *name;
    } names[] = {
        {1,     "INVALID-PAYLOAD-TYPE"     },
        {2,     "DOI-NOT-SUPPORTED"        },
        {3,     "SITUATION-NOT-SUPPORTED"  },
        {4,     "INVALID-COOKIE"           },
        {5,     "INVALID-MAJOR-VERSION"    },
        {6,     "INVALID-MINOR-VERSION"    },
        {7,     "INVALID-EXCHANGE-TYPE"    },
        {8,     "INVALID-FLAGS"            },
        {9,     "INVALID-MESSAGE-ID"       },
        {10,    "INVALID-PROTOCOL-ID"      },
        {11,    "INVALID-SPI"              },
        {12,    "INVALID-TRANSFORM-ID"     },
        {13,    "ATTRIBUTES-NOT-SUPPORTED" },
        {14,    "NO-PROPOSAL-CHOSEN"       },
        {15,    "BAD-PROPOSAL-SYNTAX"      },
        {16,    "PAYLOAD-MALFORMED"        },
        {17,    "INVALID-KEY-INFORMATION"  },
        {18,    "INVALID-ID-INFORMATION"   },
        {19,    "INVALID-CERT-ENCODING"    },
        {20,    "INVALID-CERTIFICATE"      },
        {21,    "CERT-TYPE-UNSUPPORTED"    },
        {22,    "INVALID-CERT-AUTHORITY"   },
        {23,    "INVALID-HASH-INFORMATION" },
        {24,    "AUTHENTICATION-FAILED"    },
        {25,    "INVALID-SIGNATURE"        },
        {26,    "ADDRESS-NOTIFICATION"     },
        {27,    "NOTIFY-SA-LIFETIME"       },
        {28,    "CERTIFICATE-UNAVAILABLE"  },
        {29,    "UNSUPPORTED-EXCHANGE-TYPE"},
        {30,    "UNEQUAL-PAYLOAD-LENGTHS"  },
        {16384, "CONNECTED"                },
        {24576, "RESPONDER-LIFETIME"       },
        {24577, "REPLAY-STATUS"            },
        {24578, "INITIAL-CONTACT"          },
        {36136, "R-U-THERE"                },
        {36137, "R-U-THERE-ACK"            },
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].number == notify)
            return names[i].name;
    }
    return "";
}

void
fault_text(char text[IKE_TEXT_SIZE], const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, IKE_TEXT_SIZE, fmt, args);
    va_end(args);
}

enum err
fault(struct ike *ike, enum ike_reason reason, uint16_t notify)
{
    ike->fault = (struct ike_failure){.reason = reason};
    ike->fault_notify = notify;
    return ERR_CONFLICT;
}

enum err
fault_verdict(
    struct ike *ike, const struct ike_verdict *verdict, uint16_t notify)
{
    enum err error = fault(ike, verdict->reason, notify);

    ike->fault.is_guess = verdict->is_guess;
    fault_text(ike->fault.ours, "%s", verdict->ours);
    fault_text(ike->fault.theirs, "%s", verdict->theirs);
    fault_text(ike->fault.mismatch, "%s", verdict->mismatch);
    fault_text(ike->fault.advice, "%s", verdict->advice);
    return error;
}

void
fault_names(
    struct ike *ike, const struct ike_sa *sa, const struct tunnel *tunnel)
{
    char text[IP_TEXT_SIZE];

    fault_text(ike->fault.ours, "%s", tunnel->config.remote.name);
    fault_text(ike->fault.theirs, "%s",
        sa->identity.name[0] != '\0' ? sa->identity.name
                                     : ip_format(sa->identity.address, text));
    fault_text(ike->fault.mismatch,
        "The tunnel is for %s; who is at the peer's address proved to be %s.",
        ike->fault.ours,
        sa->is_known_by_name ? ike->fault.theirs
                             : "nobody but who has that address");
}

/* What both kinds of telling have in common. */
static void
complete(struct ike *ike, const struct peer *peer)
{
    struct ike_failure *failure = &ike->fault;

    failure->when_us = ike->now_us;
    failure->vr = peer->vr;
    failure->local = peer->local;
    failure->remote = peer->remote;
    if (failure->mismatch[0] == '\0') {
        fault_text(
            failure->mismatch, "%s", cause_texts[failure->reason].sentence);
    }
    if (failure->advice[0] == '\0')
        fault_text(failure->advice, "%s", cause_texts[failure->reason].fix);
}

void
failure_tell(struct ike *ike, const struct ike_sa *sa, uint32_t number)
{
    complete(ike, sa->peer);
    ike->fault.number = number;
    ike->fault.remote_port = sa->remote_port;
    action_add(ike, IKE_ACTION_FAILURE)->failure = ike->fault;
}

/* Nobody waits: it is told of once, of no tunnel or, where there is just one,
 * of that. */
void
failure_tell_peer(struct ike *ike, struct peer *peer)
{
    struct tunnel *tunnel;
    bool is_told = false;

    complete(ike, peer);
    LIST_FOREACH(tunnel, &peer->tunnels, of_peer) {
        if (!tunnel->is_waiting || !ike->fault.is_initiator)
            continue; /* for a negotiation that the peer began nobody waits */
        tunnel_failed(ike, tunnel);
        if (dpd_is_dead(ike, tunnel)) {
            is_told = true;
            continue;
        }
        ike->fault.number = tunnel->config.number;
        action_add(ike, IKE_ACTION_FAILURE)->failure = ike->fault;
        is_told = true;
    }
    if (is_told)
        return;
    tunnel = LIST_FIRST(&peer->tunnels);
    ike->fault.number = tunnel != NULL ? tunnel->config.number : IKE_NO_TUNNEL;
    action_add(ike, IKE_ACTION_FAILURE)->failure = ike->fault;
}
