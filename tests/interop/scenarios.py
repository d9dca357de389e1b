"""What each scenario of strongswan/ asks of the router, and how it is tried.

A row has what is different from psk-main.  story: what is shown once the
tunnel is up, a function; without one it is ping, TCP and a clean end.  ends:
after its story the tunnel does not come back.  why: the tunnel is refused, and
these words are in what `show ipsec tunnel why` says, by role.
"""

import stories
import witness

KEY = "peer-fixture-psk-2f9c71d4"
ROUTER = "203.0.113.1"
PEERS = {"peer1": "203.0.113.11", "peer2": "203.0.113.12"}

BASE = {"transform": "esp-3des-hmac-sha", "encryption": "3des", "hash": "sha",
        "group": "2", "pfs": None, "identity": None, "dpd": False,
        "backup": None, "on": None, "log": "1", "story": stories.plain,
        "tcp": (), "why": None, "pki": None, "aggressive": False,
        "ends": False}
BOTH = ("initiator", "responder")

# Files of the peers' CA that the router imports.
PKI = ("ca.crt", "router.key", "router.crt")
CHAIN = ("ca.crt", "chain-router.key", "chain-router.crt",
         "chain-router.chain")
FQDNS = ("router.example.test", "peer1.example.test")
DN = "\"C=XT, O=Peer Fixture, CN=%s.example.test\""

SCENARIOS = {
    "psk-main": {"story": stories.rekeyed_by_peer},
    "psk-main-pfs1": {"pfs": "1"},
    "psk-main-pfs2": {"pfs": "2"},
    "psk-main-pfs5": {"pfs": "5"},
    "psk-aggressive-fqdn": {"identity": ("router.example.test",
                                         "peer1.example.test")},
    "psk-aggressive-userfqdn": {"identity": ("router@example.test",
                                             "peer1@example.test")},
    "esp-3des-md5": {"transform": "esp-3des-hmac-md5",
                     "story": stories.rekeyed_by_peer},
    "esp-des-md5": {"transform": "esp-des-hmac-md5",
                    "story": stories.rekeyed_by_peer},
    "esp-des-sha1": {"transform": "esp-des-hmac-sha",
                     "story": stories.rekeyed_by_peer},
    "esp-null-md5": {"transform": "esp-hmac-md5", "story": stories.rekeyed_by_peer},
    "esp-null-sha1": {"transform": "esp-hmac-sha",
                      "story": stories.rekeyed_by_peer},
    "esp-aes128-sha1": {"transform": "esp-aes128-hmac-sha",
                        "story": stories.rekeyed_by_volume},
    "esp-aes256-sha256": {"transform": "esp-aes256-hmac-sha256",
                          "story": stories.rekeyed_by_peer},
    "ike-des-md5-g1": {"encryption": "des", "hash": "md5", "group": "1"},
    "ike-des-sha1-g2": {"encryption": "des"},
    "ike-aes128-sha1-g5": {"encryption": "aes128", "group": "5"},
    "ike-aes256-sha256-g14": {"encryption": "aes256", "hash": "sha256",
                              "group": "14"},
    "short-lifetime": {"story": stories.rekeyed_by_time},
    "short-lifetime-pfs2": {"pfs": "2", "story": stories.rekeyed_by_time},
    "short-lifetime-ike": {"story": stories.ike_renewed_by_time},
    # as fast as TCP goes it would be rekeyed twenty times a second
    "short-lifebytes": {"tcp": ("-b", "1M"), "story": stories.rekeyed_by_bytes},
    "dpd": {"dpd": True, "story": stories.dead_peer},
    "dpd-restart": {"dpd": True, "story": stories.dead_for_the_peer},
    "two-peers": {"dpd": True, "backup": "peer2", "story": stories.failover,
                  "roles": ("initiator",)},
    "rsa-main": {"pki": PKI, "identity": FQDNS,
                 "story": stories.rekeyed_by_peer},
    "rsa-main-chain": {"pki": CHAIN, "identity": FQDNS,
                       "story": stories.chained},
    "rsa-aggressive": {"pki": PKI, "identity": FQDNS, "aggressive": True,
                       "story": stories.aggressive},
    "rsa-revoked-later": {"on": "rsa-main-revoked", "pki": PKI,
                          "identity": FQDNS, "ends": True,
                          "story": stories.revoked_later},
    "rsa-main-dn": {"pki": PKI, "identity": (DN % "router", DN % "peer1")},
    # other witnesses, on the scenario named
    "ike-scan": {"on": "psk-main", "story": witness.scanned,
                 "roles": ("responder",)},
    "tshark": {"on": "psk-main", "log": "4", "story": witness.dissected},
    "psk-wrong-key": {"why": {
        "initiator": ("preshared keys", "differ"),
        "responder": ("preshared keys", "differ")}},
    "no-proposal-ike": {"why": {
        "initiator": ("3des sha pre-share group 2", "NO-PROPOSAL-CHOSEN"),
        "responder": ("3des sha pre-share group 2",
                      "aes256 sha256 pre-share group 14")}},
    "no-proposal-esp": {"why": {
        "initiator": ("esp-3des-hmac-sha", "NO-PROPOSAL-CHOSEN"),
        "responder": ("esp-3des-hmac-sha", "esp-aes256-hmac-sha256")}},
    "wrong-subnet": {"why": {
        "initiator": ("192.168.10.0/24", "192.168.20.0/24",
                      "INVALID-ID-INFORMATION"),
        "responder": ("here 192.168.10.0/24, there 192.168.20.0/24",
                      "here 192.168.10.0/24, there 192.168.99.0/24")}},
    "rsa-main-expired": {"pki": PKI, "why": dict.fromkeys(BOTH, (
        "cert-expired", "CN=peer1.example.test", "2021-01-01"))},
    "rsa-main-otherca": {"pki": PKI, "why": dict.fromkeys(BOTH, (
        "cert-ca", "CN=peer1.example.test", "Other CA"))},
    "rsa-main-revoked": {"pki": PKI + ("ca.crl",), "why": dict.fromkeys(BOTH, (
        "cert-revoked", "CN=peer1.example.test", "revocation list"))},
}

SECONDS = {stories.dead_peer: 320, stories.failover: 220, stories.rekeyed_by_volume: 90,
           stories.dead_for_the_peer: 60, stories.rekeyed_by_time: 50,
           stories.ike_renewed_by_time: 50, stories.rekeyed_by_bytes: 40,
           stories.rekeyed_by_peer: 15, stories.revoked_later: 40,
           stories.chained: 45}

# What a quick look consists of: each of these in both roles.
SHORT = ("psk-main", "psk-aggressive-fqdn", "esp-aes256-sha256",
         "ike-aes256-sha256-g14", "rsa-main-chain", "psk-wrong-key",
         "wrong-subnet")


def roles(scenario):
    return SCENARIOS[scenario].get("roles", BOTH)


def values(scenario):
    return dict(BASE, **SCENARIOS[scenario])


def seconds(scenario):
    """About how long it takes: the longest are begun first."""
    chosen = values(scenario)
    return 35 if chosen["why"] is not None else SECONDS.get(
        chosen["story"], 10)


def chassis(space):
    return ("0/0 host netns=%s\n"
            "1/0 tun netns=%s device=ermine0 mtu=1400 "
            "host-routes=192.168.20.0/24\n" % (space, space))


def remote(chosen, begins):
    """How the peer is written; who begins must know the address."""
    if chosen["identity"] is not None and not begins:
        return "identity " + chosen["identity"][1]
    return PEERS["peer1"]


def keys(chosen, begins):
    if chosen["pki"] is not None:
        return "configure terminal\n"
    wanted = [remote(chosen, begins)]
    if chosen["backup"] is not None:
        wanted.append(PEERS[chosen["backup"]])
    return "configure terminal\n" + "".join(
        "ipsec key manual pre-share %s\n key %s\n" % (each, KEY)
        for each in wanted)


def script(chosen, begins):
    """All but the keys: with the first of them the tunnel can begin."""
    lines = [
        "configure terminal",
        "interface fastEthernet 0/0",
        " ip address %s 255.255.255.0" % ROUTER,
        "interface gigabitEthernet 1/0",
        " ip address 10.99.0.1 255.255.255.252",
        "ip route 192.168.10.0 255.255.255.0 gigabitEthernet 1/0",
        "ipsec transform-set t " + chosen["transform"],
        "ipsec ike-policy-rule 1",
        " encryption " + chosen["encryption"],
        " hash " + chosen["hash"],
        " group " + chosen["group"],
    ]
    if chosen["pki"] is not None:
        lines.append(" authentication rsa-sig")
    if chosen["aggressive"] or (
            chosen["identity"] is not None and chosen["pki"] is None):
        lines.append(" aggressive-mode required")
    if chosen["identity"] is not None:
        lines.append("ipsec local-endpoint " + ROUTER)
    if chosen["dpd"]:
        lines.append("ipsec option dpd")
    lines += ["interface tunnel ipsec:peer",
              " ip address 10.255.0.1 255.255.255.252",
              " tunnel transform-set t",
              " tunnel local-identity subnet 192.168.10.0 255.255.255.0",
              " tunnel peer-identity subnet 192.168.20.0 255.255.255.0",
              " tunnel source " + (
                  ROUTER if chosen["identity"] is None
                  else "identity " + chosen["identity"][0]),
              " tunnel destination " + remote(chosen, begins)]
    if chosen["backup"] is not None:
        lines.append(" tunnel destination backup " + PEERS[chosen["backup"]])
    if chosen["pfs"] is not None:
        lines.append(" tunnel pfs group " + chosen["pfs"])
    lines.append("ip route 192.168.20.0 255.255.255.0 tunnel ipsec:peer")
    return "\n".join(lines) + "\n"
