"""The faults: what is wrong in each, what is done, and what must be said.

cause: words of the schema, any of them; says, fix: what must be in the
sentence with both ends' values, and in what is to be changed; also: causes
that may be said beside it.
"""
from fault_acts import (KEYS, PSK, both, cut_off, flood, from_two,
                        filter_behind, host_down, nat, no_way_back, other_digit,
                        outage, own_certificate, phase2_lost, plain, reboot,
                        restarted, rules, rules_later, second_tunnel, stopped,
                        two_routers, typed, watch, when_up, wrong_digit)

PEER1 = "peer1.conf"
PSK_LINE = "id-2 = 203.0.113.1\n"
TUNNEL = "interface tunnel ipsec:peer"
# Files of the peers' CA that the router imports.
PKI = ("ca.crt", "router.key", "router.crt")
MAKE_PKI = "../../peer.sh"  # makes the peers' certificates

# What a fault leaves as it is.
BASE = {"scenario": "psk-main", "do": plain, "encryption": "3des", "hash": "sha",
        "group": "2", "transform": "esp-3des-hmac-sha", "pfs": None,
        "identity": None, "destination": "203.0.113.11", "key": PSK,
        "key_for": "203.0.113.11", "here": "192.168.10.0 255.255.255.0",
        "there": "192.168.20.0 255.255.255.0", "first": (), "options": (),
        "after_key": (), "method": "pre-share", "tunnel_lines": ()}


def signed(scenario="rsa-main", **more):
    return dict({"scenario": scenario, "method": "rsa-sig", "pki": PKI},
                **more)


FAULTS = {
    "p1-encryption": {
        "wrong": "The peer's IKE proposal is AES-256 only, 3DES was agreed",
        "edit": [(PEER1, "3des-sha1-modp1024", "aes256-sha1-modp1024")],
        "cause": "proposal-encryption",
        "says": ["3des", "aes256"],
        "fix": ["Peer", "3des", "Here", "encryption aes256"]},
    "p1-auth-method": {
        "wrong": "The peer wants RSA signatures, the router has a preshared key",
        "scenario": "rsa-main", "cause": "proposal-authentication",
        "says": ["pre-share", "rsa-sig", "203.0.113.1"],
        "fix": ["Peer", "pre-share", "Here", "rsa-sig"],
        "also": ["peer-has-no-key"]},
    "p2-transform": {
        "wrong": "The peer's ESP transform is AES-256 with SHA-256, 3DES with SHA-1 was agreed",
        "scenario": "no-proposal-esp", "cause": "transform",
        "says": ["esp-3des-hmac-sha", "aes256-hmac-sha256"],
        "fix": ["Peer", "esp-3des-hmac-sha", "Here", "aes256-hmac-sha256"]},
    "p2-pfs-missing": {
        "wrong": "The peer demands PFS group 2, the router proposes none",
        "scenario": "psk-main-pfs2", "cause": "pfs",
        "says": ["perfect forward secrecy", "group 2"],
        "fix": ["Here", "tunnel pfs group 2"]},
    "p2-subnet": {
        "wrong": "The peer protects 192.168.99.0/24, the router asks for 192.168.20.0/24",
        "scenario": "wrong-subnet", "cause": "selector",
        "says": ["192.168.20.0/24", "192.168.99.0/24"],
        "fix": ["Peer", "local network", "192.168.20.0/24"]},
    "id-psk": {
        "wrong": "The peer holds another preshared key",
        "scenario": "psk-wrong-key", "cause": "wrong-key",
        "says": ["preshared keys", "differ"],
        "fix": ["Peer", "preshared key anew"]},
    "id-type": {
        "wrong": "The router identifies itself as user@FQDN, the FQDN was agreed",
        "scenario": "psk-aggressive-fqdn",
        "identity": "router@router.example.test",
        "cause": "identity-unknown",
        "says": ["router@router.example.test", "user@FQDN",
                 r"router\.example\.test \(FQDN\)"],
        "fix": ["Here", r"identity router\.example\.test"]},
    "id-key-address": {
        "wrong": "The router's only key is entered for another address",
        "key_for": "203.0.113.12", "cause": "no-key",
        "says": [r"203\.0\.113\.11", r"203\.0\.113\.12"],
        "fix": ["Here", r"203\.0\.113\.11", "default"]},
    "man-spi": {
        "wrong": "Inbound and outbound SPI are exchanged at the peer",
        "do": two_routers((KEYS[0], KEYS[1], 0x1001, 0x1002),
                          (KEYS[1], KEYS[0], 0x1001, 0x1002)),
        "cause": "spi-swapped", "says": ["0x1001", "0x1002", "swapped"],
        "fix": ["Peer", "exchange the two SPIs"]},
    "man-digit": {
        "wrong": "One digit of the router's inbound key is wrong",
        "do": two_routers((wrong_digit(KEYS[0]), KEYS[1], 0x1001, 0x1002),
                          (KEYS[1], KEYS[0], 0x1002, 0x1001)),
        "cause": "inbound-key", "says": ["inbound", "key", "fail"],
        "fix": ["Here", "inbound key anew"]},
    "st-phase2-lost": {
        "wrong": "The peer has lost its phase 2 SA, its DELETE never arrived",
        "do": phase2_lost, "cause": "phase2-lost",
        "says": ["no longer had the phase 2 SA", "IKE SA is alive"],
        "fix": ["Here", "renegotiate phase 2|clear sa"]},
    "st-dpd-off": {
        "wrong": "After an outage only the peer, whose DPD is on, has cleared its SAs",
        "scenario": "dpd", "do": outage, "cause": "sas-lost",
        "says": ["dropped its SAs", "DPD is off here"],
        "fix": ["Here", "ipsec option dpd", "clear"]},
    "st-reboot": {
        "wrong": "The peer was restarted without a DELETE; DPD is on at the router",
        "options": ["ipsec option dpd"],
        "do": reboot, "cause": "peer-restarted",
        "says": ["restarted", "lost all its SAs", "line was not down"],
        "fix": ["Here", "negotiate now"]},
    "res-half-open": {
        "wrong": "Strangers have used up the limit on half-open exchanges",
        "do": flood(40), "cause": "half-open",
        "says": ["not finished", "at most"],
        "fix": ["filter the flood"]},
    "p1-lifetime": {
        "wrong": "The peer's IKE lifetime is 30 s instead of 8 h",
        "scenario": "short-lifetime-ike", "do": watch(60),
        "cause": "short-ike-lifetime", "says": ["30 s", "28800 s"],
        "fix": ["Peer", "28800 s"]},
    "p2-mask": {
        "wrong": "The peer's mask for the router's network is /25 instead of /24",
        "edit": [(PEER1, "remote_ts = 192.168.10.0/24",
                  "remote_ts = 192.168.10.0/25")],
        "do": from_two, "cause": "narrowed",
        "says": ["192.168.10.0/25", "192.168.10.0/24"],
        "fix": ["Peer", "remote network", "192.168.10.0/24"]},
    "net-500-oneway": {
        "wrong": "A firewall drops UDP port 500 from the peer to the router",
        "do": rules(("to-peer1", "udp sport 500 drop")),
        "cause": "ike-port-filtered",
        "says": ["UDP port 500", r"203\.0\.113\.11", "filter"],
        "fix": ["Network", "port 500", "both directions"]},
    "net-esp": {
        "wrong": "A firewall drops ESP but passes IKE",
        "do": rules(*both("udp dport 4500 @th,64,32 != 0 drop",
                          "ip protocol esp drop")),
        "cause": "esp-filtered", "says": ["ESP", "IKE passes"],
        "fix": ["Network", "protocol 50", "4500"], "also": ["no-way-back"]},
    "net-pmtu": {
        "wrong": "A link between the ends carries at most 1250 octets, and no ICMP comes back",
        "do": rules_later(*both("ip length > 1250 drop")),
        "cause": "path-mtu", "says": ["[Pp]ath MTU black hole", "12[345]. oct"],
        "fix": ["Here", "tunnel mtu 11[6789].|tunnel mtu 12[0-9].", "ICMP"]},
    "net-nat-no-natt": {
        "wrong": "A NAT stands between the ends and NAT-T is off at the router",
        "edit": [(PEER1, "remote_addrs = 203.0.113.1",
                  "remote_addrs = 203.0.113.77")],
        "options": ["no ipsec option nat-t"],
        "do": nat, "cause": "nat-without-traversal",
        "says": ["NAT", "does not negotiate NAT-T"],
        "fix": ["Here", "ipsec option nat-t"]},
    "net-unreachable": {
        "wrong": "The peer's line is cut",
        "do": cut_off, "cause": "unreachable",
        "says": [r"203\.0\.113\.11 is not reachable at all", "ARP"],
        "fix": ["Network", "line or the route"]},
    "net-loss": {
        "wrong": "30 % of the packets are lost in each direction",
        "do": rules(*both("numgen random mod 100 < 30 drop")),
        "cause": "packet-loss", "says": ["(1[5-9]|2[0-9]|3[0-9]|4[0-8]) percent each way"],
        "fix": ["Network", "line"]},
    "rt-missing": {
        "wrong": "The hosts behind the peer have no route back",
        "do": no_way_back, "cause": "no-way-back",
        "says": ["192.168.20.2", "route to 192.168.10.0/24 is missing"],
        "fix": ["Peer", "192.168.10.0/24", "towards the peer gateway"]},
    "rt-filter": {
        "wrong": "The peer's packet filter rejects what comes out of the tunnel",
        "do": filter_behind("reject with icmp type admin-prohibited"),
        "cause": "filter-behind",
        "says": [r"192\.168\.20\.1\b", "filter", "tunnel itself is in order"],
        "fix": ["Peer", "192.168.10.0/24", "filter"]},
    "rt-overlap": {
        "wrong": "A second tunnel inside the first one takes its traffic",
        "scenario": "two-peers",
        "do": second_tunnel("192.168.20.0", "255.255.255.128"),
        "cause": "overlap", "says": ["overlap", "second", "203.0.113.12",
                                     "192.168.20.0/25", "192.168.20.0/24"],
        "fix": ["Here", "peer-identity", "second"]},
    "rt-shutdown": {
        "wrong": "The tunnel's interface is shut down at the router",
        "do": typed(TUNNEL, " shutdown"), "cause": "shut-down",
        "says": ["administratively down"], "fix": ["Here", "no shutdown"]},
    "cert-expired": signed(
        "rsa-main-expired",
        wrong="The peer's certificate expired on 1 January 2021",
        cause="cert-expired", says=["CN=peer1.example.test", "2021-01-01"],
        fix=["Peer", "[Rr]enew"]),
    "cert-ca": signed(
        "rsa-main-otherca",
        wrong="The peer's certificate is from a CA that the router does not "
        "trust",
        cause="cert-ca", says=["CN=peer1.example.test", "Other CA"],
        fix=["Peer", "Here"]),
    "cert-revoked": signed(
        "rsa-main-revoked", pki=PKI + ("ca.crl",),
        wrong="The peer's certificate is revoked and the router requires CRLs",
        options=["ipsec crl required"],
        cause="cert-revoked",
        says=["CN=peer1.example.test", "revocation list"],
        fix=["Peer", "new certificate"]),
    "cert-not-yet": signed(
        wrong="The peer's certificate is valid from 2040 only",
        edit=[(MAKE_PKI, "ca peer1 peer1.example.test $now",
               "ca peer1 peer1.example.test 20400101000000Z")],
        cause="cert-not-yet", says=["CN=peer1.example.test", "2040-01-01"],
        fix=["Peer", "start date"]),
}

# The same kinds with other values.
VARIANTS = {
    "p1-hash": {
        "edit": [(PEER1, "3des-sha1-modp1024", "3des-sha256-modp1024")],
        "cause": "proposal-hash", "says": ["sha ", "sha256"],
        "fix": ["Peer", "Here", "hash sha256"]},
    "p1-group": {
        "edit": [(PEER1, "3des-sha1-modp1024", "3des-sha1-modp2048")],
        "cause": "proposal-group", "says": ["group 2", "group 14"],
        "fix": ["Peer", "Here", "group 14"]},
    "p1-three-values": {
        "edit": [(PEER1, "3des-sha1-modp1024", "aes128-sha256-modp2048")],
        "cause": "proposal-encryption",
        "says": ["3des", "aes128 sha256 pre-share group 14"],
        "fix": ["encryption aes128", "hash sha256", "group 14"]},
    "p1-des": {
        "encryption": "aes256", "hash": "sha256", "group": "14",
        "edit": [(PEER1, "3des-sha1-modp1024", "3des-sha256-modp2048")],
        "cause": "proposal-encryption", "says": ["aes256", "3des"],
        "fix": ["Peer", "Here", "encryption 3des"]},
    "p1-no-connection": {
        "edit": [(PEER1, "remote_addrs = 203.0.113.1\n",
                  "remote_addrs = 203.0.113.99\n")],
        "cause": "proposal-refused",
        "says": ["no connection for 203.0.113.1"], "fix": ["Peer"]},
    "p1-lifetime-2": {
        "scenario": "short-lifetime-ike", "do": watch(45),
        "edit": [(PEER1, "reauth_time = 20s", "reauth_time = 25s")],
        "cause": "short-ike-lifetime", "says": ["3[0-9] s", "28800 s"],
        "fix": ["Peer", "28800 s"]},
    "id-peer-without-key": {
        "edit": [(PEER1, PSK_LINE, "id-2 = 203.0.113.55\n"),
                 (PEER1, "id-1 = 203.0.113.11\n", "id-1 = 203.0.113.56\n")],
        "cause": "peer-has-no-key", "says": ["203.0.113.1"],
        "fix": ["Peer", "key for 203.0.113.1"]},
    "id-psk-here": {
        "key": "another-key", "cause": "wrong-key",
        "says": ["preshared keys", "differ"], "fix": ["key anew"]},
    "id-psk-aggressive": {
        "scenario": "psk-aggressive-fqdn", "key": "another-key",
        "identity": "router.example.test", "cause": "wrong-key",
        "says": ["preshared keys", "differ"], "fix": ["key anew"]},
    "id-name": {
        "scenario": "psk-aggressive-fqdn", "identity": "branch.example.test",
        "cause": "identity-unknown",
        "says": ["branch.example.test"], "fix": ["Here", "source identity"]},
    "id-user-missing": {
        "scenario": "psk-aggressive-userfqdn",
        "identity": "example.test", "cause": "identity-unknown",
        "says": ["example.test", "FQDN"], "fix": ["Here", "identity"]},
    "id-key-vr": {
        "options": ["virtual-router other"],
        "after_key": ["virtual-router default"],
        "cause": "no-key",
        "says": ["203.0.113.11", "other", "default"],
        "fix": ["Here", "203.0.113.11", "default"]},
    "p2-transform-aes128": {
        "edit": [(PEER1, "esp_proposals = 3des-sha1",
                  "esp_proposals = aes128-sha1")],
        "cause": "transform",
        "says": ["esp-3des-hmac-sha", "esp-aes128-hmac-sha"],
        "fix": ["Peer", "Here", "esp-aes128-hmac-sha"]},
    "p2-transform-md5": {
        "transform": "esp-aes256-hmac-sha256",
        "edit": [(PEER1, "esp_proposals = 3des-sha1",
                  "esp_proposals = 3des-md5")],
        "cause": "transform", "says": ["esp-3des-hmac-md5"],
        "fix": ["Here", "esp-3des-hmac-md5"]},
    "p2-pfs-5": {
        "scenario": "psk-main-pfs5", "pfs": "2", "cause": "pfs",
        "says": ["group 2", "group 5"], "fix": ["Here", "tunnel pfs group 5"]},
    "p2-pfs-unwanted": {
        "pfs": "14", "cause": "pfs", "says": ["group 14", "none"],
        "fix": ["Here", "no tunnel pfs group"]},
    "p2-both": {
        "edit": [(PEER1, "esp_proposals = 3des-sha1",
                  "esp_proposals = aes256-sha1-modp2048")],
        "cause": "transform pfs",
        "says": ["aes256-hmac-sha"], "fix": ["aes256-hmac-sha", "group 14"]},
    "p2-remote": {
        "edit": [(PEER1, "remote_ts = 192.168.10.0/24",
                  "remote_ts = 192.168.77.0/24")],
        "cause": "selector",
        "says": ["192.168.10.0/24", "192.168.77.0/24"],
        "fix": ["Peer", "remote network", "192.168.10.0/24"]},
    "p2-narrow-there": {
        "edit": [(PEER1, "local_ts = 192.168.20.0/24",
                  "local_ts = 192.168.20.0/26")],
        "do": when_up, "cause": "narrowed",
        "says": ["192.168.20.0/24", "192.168.20.0/26"],
        "fix": ["Peer", "local network", "192.168.20.0/24"]},
    "p2-lifetime": {
        "scenario": "short-lifetime", "do": watch(40),
        "cause": "short-lifetime", "says": [" s", "28800 s"],
        "fix": ["Peer", "28800 s"]},
    "net-500-there": {
        "do": rules(("to-router", "udp dport 500 drop")),
        "cause": "ike-port-filtered", "says": ["UDP port 500", "filter"],
        "fix": ["Network", "port 500"]},
    "net-4500": {
        "do": rules(*both("udp dport 4500 drop")),
        "cause": "ike-port-filtered", "says": ["UDP port 4500"],
        "fix": ["Network", "port 4500"]},
    "net-no-ike": {
        "do": stopped, "cause": "ike-absent",
        "says": ["reachable", "port is closed"], "fix": ["Peer", "start IKE"]},
    "net-all-udp": {
        "do": rules(*both("ip protocol udp drop")), "cause": "ike-absent",
        "says": ["reachable"], "fix": ["UDP 500 and 4500"]},
    "net-esp-in": {
        "do": rules(("to-peer1", "udp sport 4500 @th,64,32 != 0 drop")),
        "cause": "esp-filtered", "says": ["ESP"], "fix": ["Network", "4500"],
        "also": ["no-way-back"]},
    "net-pmtu-900": {
        "do": rules_later(*both("ip length > 900 drop")),
        "cause": "path-mtu", "says": ["[89].. octets"],
        "fix": ["tunnel mtu 8[0-9]."]},
    "net-loss-15": {
        "do": rules(*both("numgen random mod 100 < 15 drop")),
        "cause": "packet-loss", "says": ["([6-9]|1[0-9]|2[0-4]) percent"],
        "fix": ["Network", "line"]},
    "net-loss-esp": {
        "do": rules_later(*both("udp dport 4500 @th,64,32 != 0 numgen random "
                                "mod 100 < 25 drop")),
        "cause": "packet-loss", "says": ["inside the tunnel"],
        "fix": ["ESP"]},
    "rt-host-down": {
        "do": host_down, "cause": "host-down",
        "says": ["192.168.20.2", "192.168.20.1"],
        "fix": ["Peer", "192.168.20.2"]},
    "rt-filter-silent": {
        "do": filter_behind("drop"), "cause": "no-way-back",
        "says": ["192.168.20.2", "filter"], "fix": ["Peer"]},
    "rt-overlap-host": {
        "scenario": "two-peers",
        "do": second_tunnel("192.168.20.2", "255.255.255.255"),
        "cause": "overlap", "says": ["192.168.20.2", "203.0.113.12"],
        "fix": ["Here", "second"]},
    "rt-overlap-narrow": {
        "scenario": "two-peers", "tunnel": "second",
        "do": second_tunnel("192.168.20.0", "255.255.255.192"),
        "cause": "overlap", "says": ["192.168.20.0/26", "192.168.20.0/24"],
        "fix": ["Here", "second"]},
    "rt-elsewhere": {
        "do": typed("ip route 192.168.20.0 255.255.255.192 "
                    "gigabitEthernet 1/0"),
        "cause": "routed-elsewhere", "says": ["192.168.20.2", "another"],
        "fix": ["Here", "ip route"]},
    "rt-ip-shutdown": {
        "do": typed(TUNNEL, " ip shutdown"), "cause": "shut-down",
        "says": ["administratively down"], "fix": ["no ip shutdown"]},
    "man-spi-other": {
        "do": two_routers((KEYS[0], KEYS[1], 0x1001, 0x1002),
                          (KEYS[1], KEYS[0], 0x1002, 0x2001)),
        "cause": "spi-unknown", "says": ["0x1001", "0x2001"],
        "fix": ["Peer", "0x1001"]},
    "man-cipher-digit": {
        "do": two_routers((other_digit(KEYS[0], 4), KEYS[1], 0x1001, 0x1002),
                          (KEYS[1], KEYS[0], 0x1002, 0x1001)),
        "cause": "inbound-cipher-key", "says": ["encryption key"],
        "fix": ["Here", "inbound key anew"]},
    "man-outbound": {
        "do": two_routers((KEYS[0], wrong_digit(KEYS[1]), 0x1001, 0x1002),
                          (KEYS[1], KEYS[0], 0x1002, 0x1001)),
        "cause": "in-order unknown no-way-back", "says": ["."], "fix": ["."]},
    "st-restart-no-dpd": {
        "do": restarted, "cause": "sas-lost",
        "says": ["dropped its SAs", "DPD is off here"],
        "fix": ["Here", "ipsec option dpd"]},
    "st-restart-early": {
        "options": ["ipsec option dpd"], "do": restarted,
        "cause": "peer-restarted", "says": ["restarted"], "fix": ["Here"]},
    "p1-auth-method-here": signed(
        "psk-main", do=own_certificate,
        cause="proposal-authentication", says=["rsa-sig", "pre-share"],
        fix=["Peer", "Here", "authentication pre-share"]),
    "cert-none": signed(
        pki=("ca.crt",), cause="no-certificate", says=["no certificate"],
        fix=["Here", "ipsec certificate import"]),
    "cert-crl-missing": signed(
        options=["ipsec crl required"], cause="cert-crl",
        says=["CN=peer1.example.test", "crl required|revocation list"],
        fix=["Here", "ipsec crl optional|CRL"]),
    "cert-refused-there": signed(
        edit=[(PEER1, "id = router.example.test", "id = other.example.test")],
        cause="authentication",
        says=["refuses the certificate of this router",
              "router.example.test", "Fixture CA"],
        fix=["Peer", "expect router.example.test", "Here",
             "tunnel source identity"]),
    "cert-not-ours": signed(
        tunnel_lines=[" tunnel source identity branch.example.test"],
        options=["ipsec local-endpoint 203.0.113.1"],
        cause="no-certificate", says=["branch.example.test"],
        fix=["Here", "tunnel source identity"]),
    "cert-somebody-else": signed(
        tunnel_lines=[" tunnel peer-certificate identity "
                      "branch.example.test"],
        cause="identity", says=["branch.example.test", "peer1.example.test"],
        fix=["."]),
    "cert-our-ca-there": signed(
        pki=("otherca.crt", "ca.crt", "otherca-peer1.key",
             "otherca-peer1.crt"),
        cause="authentication",
        says=["refuses the certificate of this router", "Fixture CA"],
        fix=["Peer", "CA"]),
    "res-half-open-35": {
        "do": flood(35), "cause": "half-open",
        "says": ["not finished", "at most"], "fix": ["filter the flood"]},
}

TABLES = {"faults": FAULTS, "variants": VARIANTS}
