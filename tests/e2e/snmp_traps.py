#!/usr/bin/python3 -B
"""Notifications as net-snmp's snmptrapd receives them: SNMPv1, v2c and v3
traps, and informs that it acknowledges; what they say of a tunnel that loses
its peer, goes to the backup and returns, of commits and of refusals; and how
many come in a storm.

                              +--- 192.0.2.2  ottawa
             boston  ---------+
                              +--- 192.0.2.6  gander

boston, ottawa and gander are routers of one lab.  ermine-snmp is boston's.
"""
import hashlib
import hmac
import os
import pathlib
import re
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import lab  # noqa: E402
import snmp  # noqa: E402
from traps import AGENT, TRAPD, Lab, Trapd, value_of  # noqa: E402

FOUND_S = 240  # DPD asks after a minute of silence
RECEIVER = bytes.fromhex("80001f8805a1a2a3a4a5a6a7a8")  # of snmptrapd
UPTIME = (1, 3, 6, 1, 2, 1, 1, 3, 0)
ENABLED = "1.3.6.1.2.1.11.30.0"  # snmpEnableAuthenTraps

BACKUP = """interface fastEthernet 0/1
 ip address 192.0.2.5 255.255.255.252
ipsec key manual pre-share 172.16.0.3
 key secret-of-two
interface tunnel ipsec:east
 tunnel destination backup 172.16.0.3
ip route 172.16.0.3 255.255.255.255 fastEthernet 0/1
"""

HOSTS = """configure terminal
snmp-server
snmp-server community public
snmp-server user ann authentication sha256 secret-pass privacy aes128 other-pass
snmp-server user bob authentication sha256 secret-of-bob
snmp-server enable traps trapFilters info
snmp-server host 127.0.0.1 version 2c public udp-port %d trapFilters info
snmp-server host 127.0.0.2 public udp-port %d
snmp-server host 127.0.0.3 version 3 ann udp-port %d trapFilters info
snmp-server host 127.0.0.4 informs version 3 ann udp-port %d trapFilters info
snmp-server host 127.0.0.5 informs version 2c public udp-port %d
snmp-server host 127.0.0.8 informs version 3 bob udp-port %d
snmp-server host 127.0.0.6 version 2c public udp-port %d log
"""


def engine_of(routers):
    """The agent's engine id, by discovery."""
    run = subprocess.run(
        ["snmpget", "-v3", "-u", "ann", "-l", "authPriv", "-a", "SHA-256",
         "-A", "secret-pass", "-x", "AES", "-X", "other-pass", "-d", "-r0",
         "-m", "", "-M", "", routers, "1.3.6.1.2.1.1.3.0"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={"PATH": os.environ["PATH"], "SNMPCONFPATH": "/dev/null",
             "SNMP_PERSISTENT_DIR": "/dev/null"}, timeout=lab.WAIT_S)
    bytes_ = re.sub(r"^\d{4}: ((?:[0-9A-F]{2}[ ]+)+).*$", r"\1", run.stdout,
                    flags=re.M)
    found = re.search(r"80 ?00 ?1F ?88 ?05((?: ?[0-9A-F]{2}){8})",
                      re.sub(r"\s+", " ", bytes_))
    lab.holds(found, "no engine id in:\n" + run.stdout)
    return "0x80001F8805" + found.group(1).replace(" ", "")


def main():
    for program in (AGENT, TRAPD, "/usr/bin/snmpget"):
        if not pathlib.Path(program).exists():
            print("skip snmp_traps: %s is not there" % program)
            return
    routers = Lab()
    routers.connect(BACKUP)
    agent, place = routers.agent("boston")
    routers.load("boston", "configure terminal\nsnmp-server\n"
                 "snmp-server community public\n"
                 "snmp-server user ann authentication sha256 secret-pass "
                 "privacy aes128 other-pass\n")
    lab.wait_for("the agent to answer", lambda: "Timeout" not in get(place))
    plain = Trapd(lab.folder("plain"), "authCommunity log public\n")
    safe = Trapd(lab.folder("safe"),
                 "exactEngineID 0x%s\n"
                 "createUser -e %s ann SHA-256 secret-pass AES other-pass\n"
                 "createUser ann SHA-256 secret-pass AES other-pass\n"
                 "createUser bob SHA-256 secret-of-bob\n"
                 "authUser log ann priv\nauthUser log bob auth\n"
                 % (RECEIVER.hex(), engine_of(place)))
    routers.load("boston", HOSTS % host_ports(plain, safe))
    lab.wait_for("the agent to know its hosts", lambda: counters(
        routers, "127.0.0.6")["sent"] is not None)
    stories(routers, plain, safe, place)
    agent.terminate()
    lab.same("exit status of the agent", agent.wait(lab.WAIT_S), 0)


def host_ports(plain, safe):
    return (plain.port, plain.port, safe.port, safe.port, plain.port,
            safe.port, plain.port)


def guess(place):
    subprocess.run(
        ["snmpget", "-v2c", "-c", "wrong", "-m", "", "-r0", "-t0.05", place,
         "1.3.6.1.2.1.1.3.0"], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, timeout=lab.WAIT_S)


def renamed(routers, plain, before):
    routers.load("boston", "configure terminal\nhostname h%d\n" % len(
        plain.lines()))
    # snmpTrapAddress.0, of which there is no module here
    return any("TRAP2" in line and ".18.1.3.0 10.9.9.9" in line
               for line in plain.lines()[before:])


def get(place, community="public", name="1.3.6.1.2.1.1.3.0"):
    return subprocess.run(
        ["snmpget", "-v2c", "-c", community, "-m", "", "-r0", "-t1", place,
         name], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=lab.WAIT_S).stdout


def signed_get(engine, user, password, uptime):
    """A GET for this engine, by its user's key, so many seconds after its
    start: the router believes that, so it has to be true."""
    stretched = (password * (2**20 // len(password) + 1))[:2**20].encode()
    key = hashlib.sha256(stretched).digest()
    key = hashlib.sha256(key + engine + key).digest()

    def message(signature):
        parameters = snmp.tlv(0x30, (
            snmp.tlv(4, engine) + snmp.integer(1) + snmp.integer(uptime)
            + snmp.tlv(4, user.encode()) + snmp.tlv(4, signature)
            + snmp.tlv(4, b"")))
        header = snmp.tlv(0x30, snmp.integer(77) + snmp.integer(65507)
                          + snmp.tlv(4, b"\x05") + snmp.integer(3))
        scoped = snmp.tlv(0x30, snmp.tlv(4, engine) + snmp.tlv(4, b"")
                          + snmp.pdu(snmp.GET, 77, [UPTIME]))
        return snmp.tlv(0x30, snmp.integer(3) + header
                        + snmp.tlv(4, parameters) + scoped)

    return message(hmac.digest(key, message(bytes(24)), "sha256")[:24])


def is_served(place, octets):
    """Does the agent tell its uptime for that, before what is asked later?"""
    host, port = place.split(":")
    later = snmp.message(1, "public", snmp.pdu(snmp.GET, 78, [UPTIME]))
    name = snmp.oid(UPTIME) + b"\x43"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as to:
        to.settimeout(lab.WAIT_S)
        to.connect((host, int(port)))
        to.send(octets)
        to.send(later)
        first = to.recv(65535)
        while b"public" not in first:
            if name in first:
                return True
            first = to.recv(65535)
    return False


def counters(routers, address):
    rows = lab.json.loads(routers.ask(
        "boston", "show snmp trap | display json"))["snmp_receiver"]
    return [row for row in rows if row["address"] == address][0]


def stories(routers, plain, safe, place):
    @lab.claim("a commit, by SNMPv1, v2c and v3, and by informs")
    def _():
        before = len(plain.lines()), len(safe.lines())
        routers.load("boston", "configure terminal\nhostname north\n")
        v2 = plain.wait("TRAP2", "ermineCommit", after=before[0])
        lab.holds(value_of(v2, "ermineSystemLastCommitWho"), v2)
        lab.same("changes", value_of(v2, "ermineNotifyChanges"), "1")
        v1 = plain.wait("TRAP, SNMP v1", after=before[0])
        lab.within(v1, "ermineSystemGeneration")
        lab.within(v1, "|ermineMIB|6|ermineCommit|")
        v3 = safe.wait("TRAP2, SNMP v3", "ann", "ermineCommit",
                       after=before[1])
        inform = safe.wait("INFORM, SNMP v3", "ann", "ermineCommit",
                           after=before[1])
        for line in (v1, v3, inform):
            lab.same("generation", value_of(line, "ermineSystemGeneration"),
                     value_of(v2, "ermineSystemGeneration"))
        plain.wait("INFORM, SNMP v2c", "ermineCommit", after=before[0])

    @lab.claim("informs are acknowledged, and `show snmp trap` counts them")
    def _():
        for address in ("127.0.0.4", "127.0.0.5"):
            lab.wait_for("an acknowledgement", lambda: (
                counters(routers, address)["acknowledged"] or 0) > 0)
            lab.same("failed", counters(routers, address)["failed"], 0)
        lab.within(routers.ask("boston", "show snmp"),
                   "Agent running         : yes")

    @lab.claim("a user's key for the engine of a receiver opens nothing here")
    def _():
        lab.wait_for("bob's engine to be known", lambda: (
            counters(routers, "127.0.0.8")["acknowledged"] or 0) > 0)
        lab.holds(not is_served(place, signed_get(
            RECEIVER, "bob", "secret-of-bob",
            int(time.monotonic() - safe.started_s))), "it is served")

    @lab.claim("a commit that waits, and goes back")
    def _():
        before = len(plain.lines())
        routers.ask("boston", "configure terminal", "hostname south",
                    "commit confirmed 1")
        line = plain.wait("ermineCommitPending", after=before)
        left = value_of(line, "ermineSystemCommitSecondsLeft").split()[0]
        lab.same("seconds left", left, "60")
        plain.wait("ermineCommitRolledBack", after=before, most_s=90)

    @lab.claim("a tunnel that came up, with its link")
    def _():
        routers.wait_for_tunnel()
        before = len(plain.lines())
        routers.ask("boston", "ipsec clear sa tunnel east phase 1")
        down = plain.wait("TRAP2", "ermineTunnelDown", after=before)
        lab.same("name", value_of(down, "ermineTunnelName"), "east")
        lab.same("cause", value_of(down, "ermineTunnelCause"), "cleared")
        up = plain.wait("TRAP2", "ermineTunnelUp", after=before)
        lab.same("peer", value_of(up, "ermineNotifyPeer"), "172.16.0.2")
        link = plain.wait("TRAP2", "linkUp", after=before)
        lab.same("ifIndex", value_of(link, "ifIndex"),
                 value_of(up, "ifIndex"))
        generic = plain.wait("TRAP, SNMP v1", "|3|0|", after=before)
        lab.within(generic, "|ermineGateway|")  # sysObjectID

    @lab.claim("it loses its peer, goes to the backup, and returns")
    def _():
        before = len(plain.lines()), len(safe.lines())
        routers.load("ottawa", "configure terminal\n"
                     "interface fastEthernet 0/0\n shutdown\n")
        talk(routers, plain, before[0], "ermineTunnelFailover")
        dead = plain.wait("TRAP2", "erminePeerDead", after=before[0])
        lab.same("name", value_of(dead, "ermineTunnelName"), "east")
        down = plain.wait("TRAP2", "ermineTunnelDown", after=before[0])
        lab.same("cause", value_of(down, "ermineTunnelCause"), "dead-peer")
        lab.same("peer", value_of(down, "ermineNotifyPeer"), "172.16.0.2")
        lab.holds(value_of(down, "ermineTunnelCauseText") and
                  value_of(down, "ermineTunnelAdvice"), down)
        over = plain.wait("TRAP2", "ermineTunnelFailover", after=before[0])
        lab.same("peer", value_of(over, "ermineNotifyPeer"), "172.16.0.3")
        lab.same("backup", value_of(over, "ermineTunnelOnBackup"), "true")
        safe.wait("INFORM", "ermineTunnelFailover", after=before[1])
        back = len(plain.lines())
        routers.load("ottawa", "configure terminal\n"
                     "interface fastEthernet 0/0\n no shutdown\n")
        routers.load("gander", "configure terminal\n"
                     "interface tunnel ipsec:east\n shutdown\n")
        gone = plain.wait("TRAP2", "ermineTunnelDown", after=back)
        lab.same("cause", value_of(gone, "ermineTunnelCause"), "peer-deleted")
        over = plain.wait("TRAP2", "ermineTunnelFailover", after=back,
                          most_s=60)
        lab.same("peer", value_of(over, "ermineNotifyPeer"), "172.16.0.2")
        lab.same("backup", value_of(over, "ermineTunnelOnBackup"), "false")

    @lab.claim("snmpEnableAuthenTraps is what happens to a wrong community")
    def _():
        def says(number):
            return lambda: get(place, name=ENABLED).rstrip().endswith(
                "INTEGER: %d" % number)

        lab.holds(says(1)(), get(place, name=ENABLED))
        before = len(plain.lines())
        for words, number in (("trapFilters error", 2),
                              ("trapFilters notice ipsec link", 1),
                              ("trapFilters warning snmp", 1)):
            routers.load("boston", "configure terminal\n"
                         "snmp-server enable traps %s\n"
                         "snmp-server host 127.0.0.6 version 2c public "
                         "udp-port %d log snmp\n" % (words, plain.port))
            lab.wait_for("%d with %s" % (number, words), says(number))
            if number == 2:
                guess(place)
        routers.load("boston", "configure terminal\n"
                     "no snmp-server enable traps\n")
        lab.wait_for("2 without traps", says(2))
        routers.load("boston", HOSTS % host_ports(plain, safe))
        lab.wait_for("1 again", says(1))
        routers.load("boston", "configure terminal\nhostname quiet\n")
        plain.wait("TRAP2", "ermineCommit", after=before)
        lab.same("authenticationFailure while it was off",
                 plain.count("authenticationFailure", after=before), 0)

    @lab.claim("a wrong community, once in ten seconds, and a refused command")
    def _():
        before = len(plain.lines())
        # the last one, of which nobody was told, may be as near as that
        lab.wait_for("a trap", lambda: guess(place) or plain.count(
            "TRAP2", "authenticationFailure", after=before))
        for _ in range(30):
            guess(place)
        told = [line for line in plain.lines()[before:]
                if "TRAP2" in line and "authenticationFailure" in line]
        lab.holds(len(told) <= 2, "%d of 30" % len(told))
        lab.within(get(place), "Timeticks")

    @lab.claim("the source that is configured is named")
    def _():
        before = len(plain.lines())
        routers.load("boston", "configure terminal\n"
                     "snmp-server trap-source loopback 0\n")
        # the agent takes it up with the next report at the latest
        lab.wait_for("the source", lambda: renamed(routers, plain, before))
        v1 = plain.wait("TRAP 10.9.9.9|TRAP, SNMP v1", after=before)
        lab.within(v1, "ermineCommit")

    @lab.claim("an access list decides who may use a community")
    def _():
        routers.load("boston", "configure terminal\n"
                     "snmp-server community lan ro managers\n"
                     "access-list managers permit host 127.0.0.9\n")
        lab.wait_for("the list to refuse", lambda: (
            "Timeout" in get(place, "lan") and
            "Timeticks" in get(place)))
        routers.load("boston", "configure terminal\n"
                     "access-list managers permit host 127.0.0.1\n")
        lab.wait_for("the list to permit",
                     lambda: "Timeticks" in get(place, "lan"))

    @lab.claim("a host is told of its categories only")
    def _():
        row = counters(routers, "127.0.0.6")
        lab.holds(0 < row["sent"] < counters(routers, "127.0.0.1")["sent"],
                  row)

    @lab.claim("a storm is held up, dropped, counted and told of")
    def _():
        before = len(plain.lines())
        sent = counters(routers, "127.0.0.1")["sent"]
        session = lab.Session("--socket", "%s-boston" % routers.prefix)
        session.type("configure terminal")
        for number in range(600):
            session.type("hostname h%d" % number, "commit")
        session.type("exit")
        session.close()
        lost = plain.wait("TRAP2", "ermineNotificationsLost", after=before,
                          most_s=60)
        lab.holds(int(value_of(lost, "ermineNotifyLost")) > 0, lost)
        row = counters(routers, "127.0.0.1")
        lab.wait_for("the count", lambda: (counters(
            routers, "127.0.0.1")["dropped"] or 0) > 0)
        row = counters(routers, "127.0.0.1")
        lab.holds(row["sent"] - sent < 600, row)


def talk(routers, trapd, after, until):
    """Traffic from boston into the tunnel, until there is such a trap."""
    deadline = time.monotonic() + FOUND_S
    while time.monotonic() < deadline:
        routers.ask("boston", "ping 10.2.0.1 1 source address 10.1.0.1",
                    status=None)
        if any(until in line for line in trapd.lines()[after:]):
            return
    raise lab.Problem("no %s within %d s; there are:\n%s" % (
        until, FOUND_S, "\n".join(trapd.lines()[after:])))


lab.tell(main)
