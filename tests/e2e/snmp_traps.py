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
import os
import pathlib
import re
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import lab  # noqa: E402

AGENT = str(lab.BUILD / "ermine-snmp")
TRAPD = "/usr/sbin/snmptrapd"
MIBS = "%s:%s" % (lab.ROOT / "mibs", lab.ROOT / "mibs/base")
FOUND_S = 240  # DPD asks after a minute of silence

ROUTERS = ("boston", "ottawa", "gander")

CHASSIS = """router boston
0/0 sim wire=o latency=1ms
0/1 sim wire=g latency=1ms
router ottawa
0/0 sim wire=o latency=1ms
router gander
0/0 sim wire=g latency=1ms
"""

# The higher address of two that start leaves the first word to the other:
# boston begins.
SITE = """configure terminal
ipsec transform-set t esp-aes128-hmac-sha
ipsec option dpd
interface loopback 0
 ip address %(source)s 255.255.255.255
interface loopback 1
 ip address 10.%(net)d.0.1 255.255.255.0
interface fastEthernet 0/0
 ip address %(port)s 255.255.255.252
ipsec key manual pre-share %(peer)s
 key secret-of-two
interface tunnel ipsec:east
 ip address 10.255.0.%(net)d 255.255.255.0
 tunnel transform-set t
 tunnel local-identity subnet 10.%(net)d.0.0 255.255.255.0
 tunnel peer-identity subnet 10.%(far)d.0.0 255.255.255.0
 tunnel source %(source)s
 tunnel destination %(peer)s
ip route 10.%(far)d.0.0 255.255.255.0 tunnel ipsec:east
ip route %(peer)s 255.255.255.255 fastEthernet 0/0
"""

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
snmp-server enable traps trapFilters info
snmp-server host 127.0.0.1 version 2c public udp-port %d trapFilters info
snmp-server host 127.0.0.2 public udp-port %d
snmp-server host 127.0.0.3 version 3 ann udp-port %d trapFilters info
snmp-server host 127.0.0.4 informs version 3 ann udp-port %d trapFilters info
snmp-server host 127.0.0.5 informs version 2c public udp-port %d
snmp-server host 127.0.0.6 version 2c public udp-port %d log
"""


class Trapd:
    """A snmptrapd with its own configuration and place for what it keeps."""

    def __init__(self, home, config):
        self.home = home
        self.port = free_port()
        self.out = home / "traps"
        (home / "snmptrapd.conf").write_text(config)
        self.process = lab.start(
            [TRAPD, "-f", "-C", "-c", home / "snmptrapd.conf", "-Lf", self.out,
             "-M", MIBS, "-m", "ALL", "-Oqs",
             "-F", "TRAP %a|%P|%N|%w|%q|%V;%v\n",
             "-x", home / "agentx", "udp:0.0.0.0:%d" % self.port],
            env={"SNMP_PERSISTENT_DIR": str(home / "kept"),
                 "SNMPCONFPATH": str(home), "PATH": os.environ["PATH"]},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        lab.wait_for("snmptrapd to listen", lambda: port_is_taken(self.port))

    def lines(self):
        if not self.out.exists():
            return []
        text = self.out.read_text(errors="replace")
        return [line for line in text.split("\n") if line.startswith("TRAP ")]

    def wait(self, *parts, after=0, most_s=lab.WAIT_S):
        """The first line that has all of these."""
        deadline = time.monotonic() + most_s
        while time.monotonic() < deadline:
            for line in self.lines()[after:]:
                if all(part in line for part in parts):
                    return line
            time.sleep(0.05)
        raise lab.Problem("no trap with %s within %d s; there are:\n%s" % (
            parts, most_s, "\n".join(self.lines()[after:])))


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("0.0.0.0", 0))
        return probe.getsockname()[1]


def port_is_taken(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return True
        return False


class Lab:
    """Three routers in one daemon."""

    def __init__(self):
        self.home = lab.folder("lab")
        self.prefix = "@%s" % self.home.parent.name
        (self.home / "chassis").write_text(CHASSIS)
        for name in ROUTERS:
            (self.home / name).write_text("")
        self.log = self.home / "log"
        with open(self.log, "ab") as log:
            self.process = lab.start(
                [lab.ERMINED, "--lab", self.home, "--lab-socket", self.prefix,
                 "--foreground"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        # a lab ends with its last user: we are one of each router
        self.users = [socket.socket(socket.AF_UNIX) for _ in ROUTERS]
        for name, user in zip(ROUTERS, self.users):
            lab.wait_for(name, lambda: user.connect_ex(
                "\0%s-%s" % (self.prefix[1:], name)) == 0)

    def load(self, name, script, *more):
        path = self.home / "script"
        path.write_text(script)
        return lab.ermine("--socket", "%s-%s" % (self.prefix, name), "-f",
                          path, "--commit", *more, status=lab.DONE)

    def ask(self, name, *commands, status=lab.DONE):
        words = [word for command in commands for word in ("-c", command)]
        return lab.ermine("--socket", "%s-%s" % (self.prefix, name), *words,
                          status=status).stdout

    def agent(self, name):
        with open(self.home / "agent.log", "ab") as log:
            process = lab.start(
                [AGENT, "--socket", "%s-%s" % (self.prefix, name),
                 "--listen", "127.0.0.1:0", "--log-level", "info"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                text=True)
        place = process.stdout.readline().strip()
        lab.holds(":" in place, "the agent does not say where it listens: %s"
                  % (self.home / "agent.log").read_text())
        return process, place


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


def value_of(line, name):
    """The value of an object in a line of snmptrapd."""
    for part in line.split("|")[5].split(";"):
        words = part.strip().split(" ", 1)
        if words[0].split(".")[0] == name:
            return words[1].strip('"') if len(words) > 1 else ""
    raise lab.Problem("no %s in %s" % (name, line))


def main():
    for program in (AGENT, TRAPD, "/usr/bin/snmpget"):
        if not pathlib.Path(program).exists():
            print("skip snmp_traps: %s is not there" % program)
            return
    routers = Lab()
    routers.load("boston", SITE % {"net": 1, "far": 2, "source": "10.9.9.9",
                                   "port": "192.0.2.1", "peer": "172.16.0.2"}
                 + BACKUP)
    for name, place, own in (("ottawa", "192.0.2.2", "172.16.0.2"),
                             ("gander", "192.0.2.6", "172.16.0.3")):
        routers.load(name, SITE % {"net": 2, "far": 1, "source": own,
                                   "port": place, "peer": "10.9.9.9"})
    agent, place = routers.agent("boston")
    routers.load("boston", "configure terminal\nsnmp-server\n"
                 "snmp-server community public\n"
                 "snmp-server user ann authentication sha256 secret-pass "
                 "privacy aes128 other-pass\n")
    lab.wait_for("the agent to answer", lambda: "Timeout" not in get(place))
    plain = Trapd(lab.folder("plain"), "authCommunity log public\n")
    safe = Trapd(lab.folder("safe"),
                 "createUser -e %s ann SHA-256 secret-pass AES other-pass\n"
                 "createUser ann SHA-256 secret-pass AES other-pass\n"
                 "authUser log ann priv\n" % engine_of(place))
    routers.load("boston", HOSTS % (plain.port, plain.port, safe.port,
                                    safe.port, plain.port, plain.port))
    lab.wait_for("the agent to know its hosts", lambda: counters(
        routers, "127.0.0.6")["sent"] is not None)
    stories(routers, plain, safe, place)
    agent.terminate()
    lab.same("exit status of the agent", agent.wait(lab.WAIT_S), 0)


def renamed(routers, plain, before):
    routers.load("boston", "configure terminal\nhostname h%d\n" % len(
        plain.lines()))
    # snmpTrapAddress.0, of which there is no module here
    return any("TRAP2" in line and ".18.1.3.0 10.9.9.9" in line
               for line in plain.lines()[before:])


def get(place, community="public"):
    return subprocess.run(
        ["snmpget", "-v2c", "-c", community, "-m", "", "-r0", "-t1", place,
         "1.3.6.1.2.1.1.3.0"], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=lab.WAIT_S).stdout


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
        lab.wait_for("the tunnel", lambda: "is Up" in routers.ask(
            "boston", "show ipsec tunnel east") or "up" in routers.ask(
                "boston", "show ipsec tunnel east"))
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

    @lab.claim("a wrong community, once in ten seconds, and a refused command")
    def _():
        before = len(plain.lines())
        for _ in range(30):
            subprocess.run(
                ["snmpget", "-v2c", "-c", "wrong", "-m", "", "-r0", "-t0.05",
                 place, "1.3.6.1.2.1.1.3.0"], stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, timeout=lab.WAIT_S)
        plain.wait("TRAP2", "authenticationFailure", after=before)
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
