#!/usr/bin/python3 -B
"""Every row of the table of system maximums in docs/limits.md is enforced.

A row is tried here, with one more than the most and, where that is cheap,
with the most itself; or it names the test that tries it.  A row without
either fails, and so does a case without a row.
"""
import re
import socket

import lab

ROOT = lab.pathlib.Path(__file__).resolve().parents[2]


def table():
    """The rows: what, and the most as it is written."""
    text = (ROOT / "docs/limits.md").read_text()
    part = text.split("## System maximums")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|", part, re.M)
    return {what.strip(): most.strip() for what, most in rows
            if what.strip() not in ("what", "---")}


def lines(count, form):
    return "".join(form.format(i=i) + "\n" for i in range(count))


def tunnels(count):
    return "ipsec transform-set s esp-aes256-gcm\n" + lines(
        count, "interface tunnel ipsec:t{i}\n ip address 10.0.{i}.1 "
        "255.255.255.0\n tunnel source 192.0.2.1\n tunnel destination "
        "198.51.100.{i}\n tunnel transform-set s\n exit")


# what: (lines that are accepted or None, lines that are not, words of the
# refusal)
TYPED = {
    "transforms in a set": (
        "ipsec transform-set s " + "esp-des " * 6,
        "ipsec transform-set s " + "esp-des " * 7, "Invalid input"),
    "IKE policy rules": (
        lines(10, "ipsec ike-policy-rule 1{i}"),
        lines(11, "ipsec ike-policy-rule 1{i}"), "10 is the most"),
    "preshared key": (
        "ipsec key manual pre-share 192.0.2.1\n key " + "k" * 200,
        "ipsec key manual pre-share 192.0.2.1\n key " + "k" * 201,
        "1 to 200 characters"),
    "identity (FQDN or user@FQDN)": (
        "ipsec key manual pre-share identity %s.isp.net\n key k" % ("a" * 63),
        "ipsec key manual pre-share identity " + "a" * 81,
        "1 to 80 characters"),
    "licence text": (
        "license ipsec-tunnels " + "a" * 64,
        "license ipsec-tunnels " + "a" * 65, "1 to 64 characters"),
    "lines": ("line vty 0 29", "line vty 0 30", "a number from 0 to 29"),
    "text of a banner": (
        "banner motd %" + "a" * 1998 + "%",
        "banner motd %" + "a" * 2000 + "%", "2000 characters"),
    "password of a level or line": (
        "enable secret " + "p" * 127,
        "enable secret " + "p" * 128, "Invalid input"),
    "virtual routers": (
        None, lines(1024, "virtual-router v{i}"), "1024"),
    "name of a tunnel": (
        None, "interface tunnel ipsec:" + "t" * 81, "1 to 80 characters"),
    "name of a transform set": (
        "ipsec transform-set %s esp-des" % ("s" * 64),
        "ipsec transform-set %s esp-des" % ("s" * 65), "1 to 64 characters"),
    "name of a virtual router": (
        "virtual-router " + "v" * 32,
        "virtual-router " + "v" * 33, "1 to 32 characters"),
    "policy lists": (
        None, lines(1025, "ip policy-list p{i}"), "1024"),
    "classifier groups of a policy list": (
        None,
        "ip classifier-list c ip any any\n" + lines(
            33, "ip classifier-list c{i} ip host 10.0.0.{i} any") +
        "ip policy-list p\n" + lines(
            33, " classifier-group c{i}\n  permit"), "32"),
    "entries of a classifier list": (
        lines(256, "ip classifier-list c ip host 10.0.0.{i} any"),
        lines(256, "ip classifier-list c ip host 10.0.0.{i} any") +
        "ip classifier-list c ip host 10.0.1.0 any", "256"),
    "name of a policy list or classifier list": (
        "ip policy-list " + "p" * 64,
        "ip policy-list " + "p" * 65, "1 to 64 characters"),
    "secondary addresses of an interface": (
        "interface loopback 9\n ip address 10.1.0.1 255.255.255.255\n" +
        lines(16, " ip address 10.2.0.{i} 255.255.255.255 secondary"),
        "interface loopback 9\n ip address 10.1.0.1 255.255.255.255\n" +
        lines(17, " ip address 10.2.0.{i} 255.255.255.255 secondary"), "16"),
    "SNMP communities of a virtual router": (
        lines(32, "snmp-server community c{i}"),
        lines(33, "snmp-server community c{i}"), "32"),
    "receivers of traps of a virtual router": (
        lines(16, "snmp-server host 192.0.2.{i} trapsto"),
        lines(17, "snmp-server host 192.0.2.{i} trapsto"), "16"),
    "SNMPv3 users of a virtual router": (
        lines(32, "snmp-server user u{i} group admin"),
        lines(33, "snmp-server user u{i} group admin"), "32"),
    "named hosts": (
        lines(64, "host h{i} 192.0.2.{i}"),
        lines(65, "host h{i} 192.0.2.{i}"), "64"),
    "syslog servers": (
        lines(8, "log destination syslog 192.0.2.{i}"),
        lines(9, "log destination syslog 192.0.2.{i}"), "8"),
    "IPsec tunnel profiles; transport profiles of a virtual router": (
        None, lines(1001, "ipsec tunnel profile p{i}\n transform "
                    "esp-des-hmac-md5"), "1000"),
    "settings of CAs": (
        lines(32, "ipsec ca identity c{i}\n exit"),
        lines(33, "ipsec ca identity c{i}\n exit"), "32"),
    "characters of a line": (None, "hostname " + "d" * 4088, "4096"),
    "words of a line": (
        None, "hostname " + "w " * 64, "Invalid input"),
}

# what: the test that tries it
ELSEWHERE = {
    "RSA keys of the router; their length": (
        "tests/unit/mgmt/pki/test_files.c", "PKI_KEYS_MAX"),
    "certificates; revocation lists": (
        "tests/unit/mgmt/pki/test_limits.c",
        "certificates_and_lists_have_an_end"),
    "a certificate": (
        "tests/unit/mgmt/pki/test_limits.c", "a_certificate_may_be_so_long"),
    "certificates that a peer sends; CAs on a path": (
        "tests/unit/mgmt/pki/test_trust.c", "a_peer_cannot_send_without_end"),
    "peers whose certificates are looked at again": (
        "tests/unit/mgmt/pki/test_limits.c",
        "peers_that_are_looked_at_again_have_an_end"),
    "wrong passwords of a session": (
        "tests/scenario/test_router_auth.c", "three"),
    "interfaces, tunnels included": (
        "tests/unit/mgmt/ipsec/test_handles.c", "stops_at_the_limit"),
    "static routes": (
        "tests/unit/mgmt/ipsec/test_plan.c", "routes"),
    "ports of a chassis": (
        "tests/unit/mgmt/chassis/test_chassis.c", "CHASSIS_PORTS_MAX"),
    "routers of a lab": (
        "tests/unit/mgmt/chassis/test_chassis.c", "CHASSIS_ROUTERS_MAX"),
    "classifier groups of all policy lists": (
        "tests/unit/mgmt/ipsec/test_policies.c", "too_many_are_refused"),
    "packet buffers of a router": (
        "tests/unit/dataplane-sim/path/test_drops.c", "DROP_POOL_EMPTY"),
    "secondary addresses of a router": (
        "tests/unit/mgmt/ipsec/test_plan.c", "put_too_many_addresses"),
    "events that `show log data` remembers": (
        "tests/unit/mgmt/eventlog/test_eventlog.c", "EVENTLOG_EVENTS_MAX"),
    "entries of the audit log": (
        "tests/scenario/test_router_audit.c", "keeps_the_newest_entries"),
    "encapsulations of a packet": (
        "tests/unit/dataplane-sim/path/test_drops_tunnel.c", "DROP_LOOP"),
    "packets for the router itself that wait for fragments": (
        "tests/unit/dataplane-sim/pkt/test_reassemble.c",
        "when_all_places_are_taken_the_oldest_goes"),
    "of these from one source": (
        "tests/unit/dataplane-sim/pkt/test_reassemble.c",
        "a_source_has_its_share_and_gives_up_its_oldest"),
    "time that they wait": (
        "tests/unit/dataplane-sim/pkt/test_reassemble.c",
        "what_does_not_come_in_time_is_given_up"),
    "ICMP errors sent, of each kind (unreachable, too big, time exceeded)": (
        "tests/unit/dataplane-sim/path/test_icmp_error.c",
        "they_are_limited_in_virtual_time"),
    "time that a learned path MTU holds": (
        "tests/scenario/test_dp_path_mtu.c",
        "it_is_forgotten_after_ten_minutes"),
}

TRIED_BY_HAND = ("sessions at once", "text of a load", "warnings of one kind at a commit",
                 "largest packet",
                 "a file of certificates, imported; in the folder")


def typed_claim(router, what, most):
    good, bad, words = TYPED[what]

    def check():
        number = re.sub(r"\D", "", most.split(" ")[0].replace(",", ""))
        lab.holds(number != "", "no number in `%s`" % most)
        if good is not None:
            router.load("configure terminal\n" + good + "\n", lab.DONE,
                        "--commit")
        run = router.load("configure terminal\n" + bad + "\n", lab.REFUSED,
                          "--commit")
        lab.within(run.stderr, words, "the refusal")

    return check


def elsewhere_claim(what):
    path, name = ELSEWHERE[what]

    def check():
        lab.holds(name in (ROOT / path).read_text(),
                  "%s has no %s" % (path, name))

    return check


def sessions_claim(router):
    def check():
        open_ones = []
        try:
            for _ in range(256):
                end = socket.socket(socket.AF_UNIX)
                end.connect(str(router.socket))
                open_ones.append(end)
            run = router.shell("-c", "show version", status=None)
            lab.holds(run.returncode != lab.DONE, "one session too many")
            lab.within(run.stderr, "256 sessions", "the refusal")
        finally:
            for end in open_ones:
                end.close()

    return check


def warnings_claim(router):
    def check():
        run = router.load("configure terminal\n" + tunnels(30) +
                          "interface loopback 9\n ip address 192.0.2.1 "
                          "255.255.255.255\n", lab.DONE, "--commit")
        kind = [line for line in run.stderr.splitlines()
                if "no preshared key" in line and "10 more" not in line]
        lab.same("warnings of the kind", len(kind), 20)
        lab.within(run.stderr, "10 more", "the count of the others")

    return check


def load_claim(router):
    def check():
        path = router.home / "long"
        with open(path, "w") as out:
            for _ in range(257):
                out.write("!" + "x" * (1 << 20) + "\n")
        run = router.shell("-c", "configure terminal", "-c",
                           "load merge %s" % path, status=lab.REFUSED)
        path.unlink()
        lab.within(run.stderr, "256 MB", "the refusal")

    return check


def packet_claim(router):
    def check():
        run = router.shell("-c", "ping 192.0.2.1 1 data-size 9001",
                           status=lab.REFUSED)
        lab.within(run.stderr, "9000", "the refusal")

    return check


def file_claim(router):
    def check():
        path = router.home / "long.pem"
        path.write_text("x" * (120 * 1024 + 1))
        run = router.shell("-c", "enable 15", "-c",
                           "ipsec certificate import pem %s" % path,
                           status=lab.REFUSED)
        lab.within(run.stderr, "longer than 122880 bytes", "the refusal")
        lab.holds("a_file_of_the_folder_may_be_so_long" in
                  (ROOT / "tests/unit/mgmt/pki/test_limits.c").read_text(),
                  "the folder has no test")

    return check


def main():
    rows = table()
    router = lab.Router("limits")
    router.start()
    for what, most in rows.items():
        if what in TYPED:
            lab.claim(what)(typed_claim(router, what, most))
        elif what in ELSEWHERE:
            lab.claim(what + ", by another test")(elsewhere_claim(what))
    lab.claim("sessions at once")(sessions_claim(router))
    lab.claim("warnings of one kind at a commit")(warnings_claim(router))
    lab.claim("text of a load")(load_claim(router))
    lab.claim("largest packet")(packet_claim(router))
    lab.claim("a file of certificates")(file_claim(router))

    def complete():
        known = set(TYPED) | set(ELSEWHERE) | set(TRIED_BY_HAND)
        lab.same("rows without a case", sorted(set(rows) - known), [])
        lab.same("cases without a row", sorted(known - set(rows)), [])

    lab.claim("every row of the table has its case")(complete)
    router.stop()


lab.tell(main)
