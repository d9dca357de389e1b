#!/usr/bin/python3 -B
"""Notifications of an agent that serves under snmpd: what happens is told to
snmpd, which tells its own receivers, and to the hosts that the router has; to
each of them once.  snmpd may start anew meanwhile.

    boston --- ermine-snmp --+-- AgentX --- snmpd --- trap2sink: snmptrapd
                             |
                             +-- snmp-server host ------------- snmptrapd
"""
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import lab  # noqa: E402
from traps import AGENT, TRAPD, Lab, Trapd, free_port, value_of  # noqa: E402

SNMPD = "/usr/sbin/snmpd"
NAME = "1.3.6.1.4.1.8072.9999.9999.376463.1.2.1.1"
UP_TIME = "1.3.6.1.2.1.1.3.0"

TRAPS = """configure terminal
snmp-server
snmp-server enable traps trapFilters info
snmp-server host 127.0.0.1 version 2c public udp-port %d
"""


class Snmpd:
    """A master with a configuration of its own, and a receiver of traps."""

    def __init__(self, sink):
        self.home = lab.folder("snmpd")
        self.socket = self.home / "x"
        self.port = free_port()
        self.process = None
        (self.home / "snmpd.conf").write_text(
            "rocommunity sub 127.0.0.1\nmaster agentx\nagentXSocket %s\n"
            "trap2sink 127.0.0.1:%d public\n" % (self.socket, sink.port))

    def start(self):
        self.process = lab.start(
            [SNMPD, "-f", "-C", "-c", self.home / "snmpd.conf", "-Lf",
             self.home / "log", "udp:127.0.0.1:%d" % self.port],
            env={**os.environ, "SNMP_PERSISTENT_DIR": str(self.home / "kept"),
                 "MIBS": ""})
        lab.wait_for("snmpd to answer", lambda: "Timeticks" in self.get(
            UP_TIME))
        return self

    def stop(self):
        self.process.terminate()
        self.process.wait(lab.WAIT_S)

    def get(self, name):
        return subprocess.run(
            ["snmpget", "-v2c", "-c", "sub", "-m", "", "-On", "-r0", "-t1",
             "127.0.0.1:%d" % self.port, name], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=lab.WAIT_S).stdout


def commit(routers, name):
    routers.load("boston", "configure terminal\nhostname %s\n" % name)


def settings(routers):
    rows = lab.json.loads(routers.ask("boston", "show snmp | display json"))
    return rows["snmp_settings"][0]


def tells(routers, sink, host, snmpd):
    @lab.claim("a tunnel that goes down is told of once to each")
    def _():
        routers.wait_for_tunnel()
        before = len(sink.lines()), len(host.lines())
        routers.ask("boston", "ipsec clear sa tunnel east phase 1")
        for trapd, after in ((sink, before[0]), (host, before[1])):
            down = trapd.wait("ermineTunnelDown", after=after)
            lab.within(down, "TRAP2")
            lab.same("name", value_of(down, "ermineTunnelName"), "east")
            lab.same("cause", value_of(down, "ermineTunnelCause"), "cleared")
            link = trapd.wait("linkDown", after=after)
            lab.same("ifIndex", value_of(link, "ifIndex"),
                     value_of(down, "ifIndex"))
            lab.within(snmpd.get("%s.%s" % (NAME, value_of(down, "ifIndex"))),
                       '"east"')
            # what came up again was told of later than what is counted
            trapd.wait("linkUp", after=after)
            trapd.wait("ermineTunnelUp", after=after)
            for name in ("ermineTunnelDown", "linkDown", "linkUp"):
                lab.same("notifications %s" % name,
                         trapd.count("snmpTrapOID.0 %s;" % name, after=after),
                         1)

    @lab.claim("`show snmp` counts both")
    def _():
        sent = len(sink.lines()) + len(host.lines())
        lab.wait_for("the count", lambda: (
            settings(routers)["notifications_sent"] or 0) >= sent - 1)
        lab.same("where it is asked", settings(routers)["listens"], "AgentX")


def informs(routers):
    @lab.claim("a host of the router's is sent informs of SNMPv3")
    def _():
        safe = Trapd(lab.folder("safe"),
                     "createUser ann SHA-256 secret-pass AES other-pass\n"
                     "authUser log ann priv\n")
        routers.load("boston", "configure terminal\n"
                     "snmp-server user ann authentication sha256 secret-pass "
                     "privacy aes128 other-pass\nsnmp-server host 127.0.0.2 "
                     "informs version 3 ann udp-port %d\n" % safe.port)
        commit(routers, "informed")
        lab.within(safe.wait("ermineCommit"), "INFORM, SNMP v3")
        lab.wait_for("an acknowledgement", lambda: settings(routers)[
            "informs_acknowledged"] or 0)


def chooses(routers, sink, host):
    @lab.claim("snmpd is told of what `snmp-server enable traps` lets through")
    def _():
        before = len(sink.lines()), len(host.lines())
        routers.load("boston", "configure terminal\n"
                     "snmp-server enable traps trapFilters info ipsec\n"
                     "snmp-server host 127.0.0.1 version 2c public udp-port "
                     "%d log ipsec\n" % host.port)
        lab.wait_for("the choice", lambda: silent(
            routers, sink, host, "ermineCommit"))
        routers.wait_for_tunnel()
        routers.ask("boston", "ipsec clear sa tunnel east phase 1")
        sink.wait("ermineTunnelUp", after=before[0])
        lab.same("linkDown", sink.count("linkDown", after=before[0]), 0)

    @lab.claim("and of nothing without it")
    def _():
        before = len(sink.lines())
        routers.load("boston", "configure terminal\n"
                     "no snmp-server enable traps\n")
        routers.wait_for_tunnel()
        routers.ask("boston", "ipsec clear sa tunnel east phase 1")
        routers.wait_for_tunnel()
        routers.load("boston", "configure terminal\n"
                     "snmp-server enable traps trapFilters info\n"
                     "snmp-server host 127.0.0.1 version 2c public udp-port "
                     "%d\n" % host.port)
        lab.wait_for("the first word", lambda: not silent(
            routers, sink, host, "ermineCommit"))
        lab.same("tunnels", sink.count("ermineTunnel", after=before), 0)


def silent(routers, sink, host, what):
    """Is the host told of what snmpd is not?  It is told last."""
    before = len(sink.lines()), len(host.lines())
    commit(routers, "h%d" % (before[0] + before[1]))
    host.wait(what, after=before[1])
    return sink.count(what, after=before[0]) == 0


def restarts(routers, sink, host, snmpd):
    @lab.claim("what happens while snmpd is away waits for it")
    def _():
        snmpd.stop()
        before = len(sink.lines()), len(host.lines())
        commit(routers, "alone")
        host.wait("ermineCommit", after=before[1])
        commit(routers, "still-alone")
        snmpd.start()
        lab.wait_for("both", lambda: sink.count(
            "ermineCommit", after=before[0]) == 2)
        commit(routers, "together")
        lab.wait_for("the third", lambda: sink.count(
            "ermineCommit", after=before[0]) == 3)
        lab.wait_for("three to the host, which is told last", lambda:
                     host.count("ermineCommit", after=before[1]) == 3)


def main():
    for program in (AGENT, TRAPD, SNMPD, "/usr/bin/snmpget"):
        if not pathlib.Path(program).exists():
            print("skip snmp_agentx: %s is not there" % program)
            return
    routers = Lab()
    routers.connect()
    sink = Trapd(lab.folder("sink"), "authCommunity log public\n")
    host = Trapd(lab.folder("host"), "authCommunity log public\n")
    snmpd = Snmpd(sink).start()
    routers.load("boston", TRAPS % host.port)
    agent = routers.start_agent("boston", "--agentx=%s" % snmpd.socket)
    host.wait("coldStart")
    lab.wait_for("the router's start, after snmpd's own",
                 lambda: sink.count("coldStart") == 2)
    lab.tell(lambda: tells(routers, sink, host, snmpd),
             lambda: informs(routers), lambda: chooses(routers, sink, host),
             lambda: restarts(routers, sink, host, snmpd),
             lambda: ends(agent, snmpd))


def ends(agent, snmpd):
    @lab.claim("the agent ends in order")
    def _():
        agent.terminate()
        lab.same("exit status of the agent", agent.wait(lab.WAIT_S), 0)
        snmpd.stop()


if __name__ == "__main__":
    main()
