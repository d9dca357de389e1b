"""A snmptrapd, and a lab of routers whose SNMP agents tell it of what happens.

                              +--- 192.0.2.2  ottawa
             boston  ---------+
                              +--- 192.0.2.6  gander
"""
import os
import socket
import subprocess
import time

import lab

AGENT = str(lab.BUILD / "ermine-snmp")
TRAPD = "/usr/sbin/snmptrapd"
MIBS = "%s:%s" % (lab.ROOT / "mibs", lab.ROOT / "mibs/base")

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


class Trapd:
    """A snmptrapd with its own configuration and place for what it keeps."""

    def __init__(self, home, config):
        self.home = home
        self.port = free_port()
        self.out = home / "traps"
        (home / "snmptrapd.conf").write_text(config)
        self.started_s = time.monotonic()
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

    def count(self, *parts, after=0):
        return len([line for line in self.lines()[after:]
                    if all(part in line for part in parts)])

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
    """Three routers in one daemon, with a tunnel of boston to ottawa."""

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

    def connect(self, more=""):
        """more: what boston has besides."""
        self.load("boston", SITE % {
            "net": 1, "far": 2, "source": "10.9.9.9", "port": "192.0.2.1",
            "peer": "172.16.0.2"} + more)
        for name, place, own in (("ottawa", "192.0.2.2", "172.16.0.2"),
                                 ("gander", "192.0.2.6", "172.16.0.3")):
            self.load(name, SITE % {"net": 2, "far": 1, "source": own,
                                    "port": place, "peer": "10.9.9.9"})

    def wait_for_tunnel(self):
        lab.wait_for("the tunnel", lambda: "is up" in self.ask(
            "boston", "show ipsec tunnel east").lower())

    def load(self, name, script, *more):
        path = self.home / "script"
        path.write_text(script)
        return lab.ermine("--socket", "%s-%s" % (self.prefix, name), "-f",
                          path, "--commit", *more, status=lab.DONE)

    def ask(self, name, *commands, status=lab.DONE):
        words = [word for command in commands for word in ("-c", command)]
        return lab.ermine("--socket", "%s-%s" % (self.prefix, name), *words,
                          status=status).stdout

    def start_agent(self, name, *where):
        with open(self.home / "agent.log", "ab") as log:
            return lab.start(
                [AGENT, "--socket", "%s-%s" % (self.prefix, name),
                 *where, "--log-level", "info"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                text=True)

    def agent(self, name):
        process = self.start_agent(name, "--listen", "127.0.0.1:0")
        place = process.stdout.readline().strip()
        lab.holds(":" in place, "the agent does not say where it listens: %s"
                  % (self.home / "agent.log").read_text())
        return process, place


def value_of(line, name):
    """The value of an object in a line of snmptrapd."""
    for part in line.split("|")[5].split(";"):
        words = part.strip().split(" ", 1)
        if words[0].split(".")[0] == name:
            return words[1].strip('"') if len(words) > 1 else ""
    raise lab.Problem("no %s in %s" % (name, line))
