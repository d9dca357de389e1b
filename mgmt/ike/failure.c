/*
 * failure.c - what went wrong, as a record for a person.
 *
 * A handler that gives up calls fault(), fills in what it knows, and returns;
 * the driver tells of it.  Advice follows from the reason alone, unless the
 * handler knew better.
 */
#include "ike/engine.h"

#include "ike/numbers.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    const char *sentence;
    const char *advice;
} reasons[IKE_REASON_COUNT] = {
    [IKE_REASON_NO_RULE] = {"no-rule",
                            "No IKE policy rule here can be used for this peer.",
                            "Here: add an `ipsec ike-policy-rule` with `authentication pre-share` "
        "that holds for this local address."                                                                                                                    },
    [IKE_REASON_NO_KEY] = {"no-key",
                            "There is no preshared key for this peer in this virtual router.",
                            "Here: enter the key for this peer in the transport virtual router."                                                                },
    [IKE_REASON_NO_ANSWER] = {"no-answer",
                            "The peer does not answer the first message at all.",
                            "Network: see that the peer is reachable and that UDP 500 passes both "
        "ways. Peer: see that IKE runs there and knows this address."                                                                                           },
    [IKE_REASON_SILENCE] = {"silence",
                            "The peer stopped answering in the middle of the negotiation.",
                            "Network: see whether UDP 500 and 4500 pass both ways, and longer "
        "messages too. Peer: its log tells more."                                                                                                               },
    [IKE_REASON_PROPOSAL_ENCRYPTION] = {"proposal-encryption",
                            "The two ends have no phase 1 encryption algorithm in common.",
                            "Make `encryption` of a policy rule the same at both ends."                                                                         },
    [IKE_REASON_PROPOSAL_HASH] = {"proposal-hash",
                            "The two ends have no phase 1 hash in common.",                      "Make `hash` of a policy rule the same at both ends."          },
    [IKE_REASON_PROPOSAL_METHOD] = {"proposal-authentication",
                            "The two ends authenticate in different ways.",                      "Make `authentication` of a policy rule the same at both ends."},
    [IKE_REASON_PROPOSAL_GROUP] = {"proposal-group",
                            "The two ends have no Diffie-Hellman group in common.",
                            "Make `group` of a policy rule the same at both ends."                                                                              },
    [IKE_REASON_PROPOSAL_REFUSED] = {"proposal-refused",
                            "The peer accepts none of the phase 1 proposals of this router.",
                            "Peer: accept one of ours. Here: add a policy rule that the peer "
        "accepts."                                                                                                                                              },
    [IKE_REASON_MODE] = {"mode",
                            "The peer begins in a mode that no policy rule allows.",
                            "Here: set `aggressive-mode` of the policy rule. Peer: use the other "
        "mode."                                                                                                                                                 },
    [IKE_REASON_WRONG_KEY] = {"wrong-key",
                            "The preshared keys of the two ends differ.",                        "Enter the agreed preshared key anew, at both ends."           },
    [IKE_REASON_IDENTITY] = {"identity",
                            "The peer identifies itself as somebody else.",                      "Peer: set the identity that is configured here. Here: correct the "
        "tunnel's destination."                                                      },
    [IKE_REASON_AUTHENTICATION] = {"authentication",
                            "The peer refuses the identity or the key of this router.",
                            "Make the identity that this router sends, and the preshared key, the "
        "same as at the peer."                                                                                                                                  },
    [IKE_REASON_TRANSFORM] = {"transform",
                            "The two ends have no IPsec transform in common.",                   "Add the peer's transform to the tunnel's transform set, or ours at "
        "the peer."                                                               },
    [IKE_REASON_PFS] = {"pfs",
                            "The two ends do not agree on perfect forward secrecy.",
                            "Make `tunnel pfs group` the same at both ends."                                                                                    },
    [IKE_REASON_ENCAPSULATION] = {"encapsulation",
                            "The two ends do not agree on tunnel or transport mode, or on UDP.",
                            "Make mode and NAT traversal the same at both ends."                                                                                },
    [IKE_REASON_SELECTOR] = {"selector",
                            "The two ends do not agree on the networks of the tunnel.",
                            "Make `tunnel local-identity` and `tunnel peer-identity` the mirror "
        "image of the peer's networks."                                                                                                                         },
    [IKE_REASON_REFUSED] = {"refused",
                            "The peer refuses the IPsec proposal of this router.",
                            "Compare transform set, `tunnel pfs group`, mode and identities with "
        "the peer's."                                                                                                                                           },
    [IKE_REASON_KEY_EXCHANGE] = {"key-exchange",
                            "The peer's Diffie-Hellman value is not valid.",                     "Peer: its implementation is faulty, or somebody interferes."  },
    [IKE_REASON_MALFORMED] = {"malformed",
                            "The peer sent a message that cannot be understood.",
                            "Peer: see its version and its log."                                                                                                },
    [IKE_REASON_DEAD_PEER] = {"dead-peer",
                            "The peer does not answer inquiries whether it is alive.",
                            "Network: repair the way to the peer. Peer: start it again."                                                                        },
    [IKE_REASON_HALF_OPEN] = {"half-open",
                            "Too many negotiations that others began are not finished.",
                            "Network: filter the flood of first messages."                                                                                      },
};

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
    return reasons[reason].name;
}

const char *
ike_reason_sentence(enum ike_reason reason)
{
    return reasons[reason].sentence;
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

/* What both kinds of telling have in common. */
static void
complete(struct ike *ike, const struct peer *peer)
{
    struct ike_failure *failure = &ike->fault;

    failure->when_us = ike->now_us;
    failure->vr = peer->vr;
    failure->local = peer->local;
    failure->remote = peer->remote;
    if (failure->mismatch[0] == '\0')
        fault_text(failure->mismatch, "%s", reasons[failure->reason].sentence);
    if (failure->advice[0] == '\0')
        fault_text(failure->advice, "%s", reasons[failure->reason].advice);
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
        if (!tunnel->is_waiting)
            continue;
        tunnel_failed(ike, tunnel);
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
