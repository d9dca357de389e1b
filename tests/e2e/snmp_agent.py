#!/usr/bin/python3 -B
"""ermine-snmp at its port, asked by net-snmp's own tools: versions and views,
contexts, what a commit changes, and a daemon that goes and comes back."""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import lab  # noqa: E402
import snmp  # noqa: E402

AGENT = str(lab.BUILD / "ermine-snmp")
NAME = "1.3.6.1.2.1.1.5.0"
DESCR = "1.3.6.1.2.1.1.1.0"
ENGINE_ID = "1.3.6.1.6.3.10.2.1.1.0"
BOOTS = "1.3.6.1.6.3.10.2.1.2.0"
USM_STATS = "1.3.6.1.6.3.15.1.1"
WRONG_DIGESTS = USM_STATS + ".5.0"
BAD_COMMUNITIES = "1.3.6.1.2.1.11.4.0"
REACHABLE = "1.3.6.1.4.1.8072.9999.9999.376463.1.1.17.0"
AGE = "1.3.6.1.4.1.8072.9999.9999.376463.1.1.16.0"
TUNNEL_NAMES = "1.3.6.1.4.1.4874.2.2.70.1.1.2.1.2"
TUNNELS = "1.3.6.1.4.1.4874.2.2.70.1.1.2.1"
IKE_RULES = "1.3.6.1.4.1.4874.2.2.71.1.1.6.1"
SOFTWARE = "1.3.6.1.4.1.4874.2.2.2.1.1.1.0"

CHASSIS = "identity model=ERX-310 release=15.1.0\n"
TUNNEL = """interface tunnel ipsec:{name}
 tunnel source 192.0.2.1
 tunnel destination 198.51.100.{host}
 tunnel transform-set t
 ip address 10.255.{host}.1 255.255.255.252
 shutdown
"""
SCRIPT = """configure terminal
hostname edge
snmp-server
snmp-server contact noc
snmp-server community public
snmp-server community all view everything rw
snmp-server community none view nothing
snmp-server user bob group admin authentication sha256 bob-knows-this privacy aes128 bob-hides-this
snmp-server user eve authentication sha eve-knows-this privacy aes256 eve-hides-this
snmp-server user sam authentication sha512 sam-knows-this
snmp-server user any
ipsec transform-set t esp-aes128-hmac-sha256
interface loopback 0
 ip address 192.0.2.1 255.255.255.255
""" + TUNNEL.format(name="one", host=1) + TUNNEL.format(name="two", host=2) + """virtual-router isp
snmp-server
snmp-server community ispc
interface loopback 1
 ip address 192.0.2.1 255.255.255.255
ipsec transform-set t esp-aes128-hmac-sha256
""" + TUNNEL.format(name="three", host=3)

BOB = ["-v3", "-u", "bob", "-l", "authPriv", "-a", "SHA-256", "-A",
       "bob-knows-this", "-x", "AES", "-X", "bob-hides-this"]
EVE = ["-v3", "-u", "eve", "-l", "authPriv", "-a", "SHA", "-A",
       "eve-knows-this", "-x", "AES-256", "-X", "eve-hides-this"]
SAM = ["-v3", "-u", "sam", "-l", "authNoPriv", "-a", "SHA-512", "-A",
       "sam-knows-this"]
ANY = ["-v3", "-u", "any", "-l", "noAuthNoPriv"]
ALL = ["-v2c", "-c", "all"]
PUBLIC = ["-v2c", "-c", "public"]


class Agent:
    """One ermine-snmp beside a router."""

    def __init__(self, router, *options):
        self.router = router
        self.options = options or ("--listen", "127.0.0.1:0")
        self.home = lab.another_folder("agent")
        self.port = None
        self.process = None

    def start(self):
        with open(self.home / "log", "ab") as log:
            self.process = lab.start(
                [AGENT, "--socket", str(self.router.socket), "--log-level",
                 "info", *self.options], stdout=subprocess.PIPE, stderr=log,
                text=True)
        if "--listen" in self.options:
            line = self.process.stdout.readline()
            self.port = int(line.rsplit(":", 1)[1])
        return self

    def stop(self):
        self.process.terminate()
        lab.same("exit status of ermine-snmp",
                 self.process.wait(lab.WAIT_S), 0)

    def log(self):
        return (self.home / "log").read_text()

    # ---- net-snmp's tools ----

    def tool(self, name, access, *words, wait=5, place=None):
        return subprocess.run(
            [name, *access, "-On", "-Oe", "-t%d" % wait, "-r0",
             place or "127.0.0.1:%d" % self.port, *words],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, "MIBS": "", "HOME": str(self.home)},
            timeout=2 * lab.WAIT_S)

    def get(self, access, *oids):
        return self.tool("snmpget", access, *oids).stdout

    def value(self, oid, access=None):
        text = self.get(access or ALL, oid)
        lab.within(text, " = ")
        return text.split(" = ", 1)[1].strip().split(": ", 1)[-1].strip('"')

    def walk(self, access, root, tool="snmpwalk", *options):
        """(name, value) in the order of the answers."""
        text = self.tool(tool, [*access, *options], root).stdout
        return re.findall(r"^\.([\d.]+) = (.*)$", text, re.M)

    def names(self, access, root=TUNNEL_NAMES):
        return [value.split(": ", 1)[-1].strip('"')
                for _, value in self.walk(access, root)
                if "No Such" not in value]


def numbers(name):
    return [int(part) for part in name.split(".")]


def reads(agent):
    @lab.claim("versions 1, 2c and 3 read, with SHA, SHA-2 and AES")
    def _():
        for access in (["-v1", "-c", "public"], PUBLIC, BOB, EVE, SAM, ANY):
            lab.within(agent.get(access, NAME), '"edge"', " ".join(access))

    @lab.claim("the router says what it is")
    def _():
        lab.within(agent.value(DESCR), "Juniper Networks, Inc. ERX-310 Edge "
                   "Routing Switch SW Version : (15.1.0 release-0.0 [BuildId ")
        lab.same("sysObjectID", agent.value("1.3.6.1.2.1.1.2.0"),
                 ".1.3.6.1.4.1.4874.1.1.1.1.5")
        lab.within(agent.value(SOFTWARE), "15.1.0 release-0.0")

    @lab.claim("a walk increases, and GET, GETNEXT and GETBULK agree")
    def _():
        for root in ("1.3.6.1.2.1", TUNNELS):
            slow = agent.walk(ALL, root)
            bulk = agent.walk(ALL, root, "snmpbulkwalk", "-Cr7")
            names = [numbers(name) for name, _ in slow]
            lab.holds(len(names) > 20, "only %d names" % len(names))
            lab.same("order", names, sorted(names))
            lab.same("names twice", len(set(map(tuple, names))), len(names))
            lab.same("GETBULK's names", [name for name, _ in bulk],
                     [name for name, _ in slow])
        for name, value in agent.walk(ALL, TUNNELS):
            lab.within(agent.get(ALL, name), value)

    @lab.claim("nothing can be written")
    def _():
        for access in (ALL, PUBLIC, BOB):
            for oid in (NAME, TUNNEL_NAMES + ".1", "1.3.6.1.2.1.99.1.0"):
                run = agent.tool("snmpset", access, oid, "s", "x")
                lab.within(run.stdout, "notWritable")

    @lab.claim("what is not there is said not to be")
    def _():
        lab.within(agent.get(ALL, TUNNEL_NAMES + ".999999"),
                   "No Such Instance")
        lab.within(agent.get(ALL, TUNNELS + ".99.1"), "No Such Object")


def access(agent):
    @lab.claim("a wrong community is silence, and counted")
    def _():
        before = int(agent.value(BAD_COMMUNITIES))
        run = agent.tool("snmpget", ["-v2c", "-c", "wrong"], NAME, wait=1)
        lab.within(run.stdout, "Timeout")
        lab.same("counted", int(agent.value(BAD_COMMUNITIES)), before + 1)

    @lab.claim("a wrong passphrase is refused with a report, and counted")
    def _():
        before = int(agent.value(WRONG_DIGESTS))
        wrong = list(BOB)
        wrong[wrong.index("bob-knows-this")] = "bob-forgot-this"
        lab.within(agent.get(wrong, NAME), "Authentication failure")
        lab.holds(int(agent.value(WRONG_DIGESTS)) > before, "not counted")

    @lab.claim("less than what a user is configured with is not enough")
    def _():
        for words in (["-l", "noAuthNoPriv"],
                      ["-l", "authNoPriv", "-a", "SHA-256", "-A",
                       "bob-knows-this"]):
            text = agent.get(["-v3", "-u", "bob", *words], NAME)
            lab.within(text, "authorizationError")
        lab.within(agent.get(["-v3", "-u", "nobody", "-l", "noAuthNoPriv"],
                             NAME), "Unknown user name")

    @lab.claim("view user hides the parameters of access, nothing hides all")
    def _():
        lab.holds(agent.walk(ALL, USM_STATS), "view everything has no usmStats")
        for access_of in (PUBLIC, SAM):
            lab.same("usmStats", [value for _, value in agent.walk(
                access_of, USM_STATS) if "No Such" not in value
                and "No more" not in value], [])
        lab.within(agent.get(PUBLIC, WRONG_DIGESTS), "No Such")
        text = agent.get(["-v2c", "-c", "none"], NAME)
        lab.holds('"edge"' not in text, text)

    @lab.claim("a context has what is of its virtual router")
    def _():
        lab.same("all", sorted(agent.names(ALL)), ["one", "three", "two"])
        index = router_index(agent)
        for access_of in (["-v2c", "-c", "all@router%d" % index],
                          ["-v2c", "-c", "ispc"], ["-v1", "-c", "ispc"],
                          [*BOB, "-n", "router%d" % index]):
            lab.same(" ".join(access_of), agent.names(access_of), ["three"])
            lab.within(agent.get(access_of, NAME), '"edge"')
        run = agent.tool("snmpget", ["-v2c", "-c", "all@router99"], NAME,
                         wait=1)
        lab.within(run.stdout, "Timeout")
        run = agent.tool("snmpget", ["-v2c", "-c", "ispc@router1"], NAME,
                         wait=1)
        lab.within(run.stdout, "Timeout")


def router_index(agent):
    table = "1.3.6.1.4.1.4874.2.2.32.1.2.1.2"
    for name, value in agent.walk(ALL, table):
        if '"isp"' in value:
            return numbers(name)[-1]
    raise lab.Problem("no index of virtual router isp")


def commits(router, agent):
    @lab.claim("a commit is in force at once, and nothing starts again")
    def _():
        boots = agent.value(BOOTS)
        router.load("configure terminal\nhostname other\n"
                    "snmp-server community fresh\n"
                    "no snmp-server community public\n"
                    "no snmp-server user sam\n"
                    "snmp-server user any authentication sha any-knows-now\n")
        lab.wait_for("the new name",
                     lambda: '"other"' in agent.get(ALL, NAME))
        lab.wait_for("the new community", lambda: '"other"' in agent.get(
            ["-v2c", "-c", "fresh"], NAME))
        run = agent.tool("snmpget", PUBLIC, NAME, wait=1)
        lab.within(run.stdout, "Timeout")
        lab.within(agent.get(SAM, NAME), "Unknown user name")
        lab.within(agent.get(ANY, NAME), "authorizationError")
        lab.within(agent.get(["-v3", "-u", "any", "-l", "authNoPriv", "-a",
                              "SHA", "-A", "any-knows-now"], NAME), '"other"')
        lab.same("boots", agent.value(BOOTS), boots)

    @lab.claim("without snmp-server nobody is answered")
    def _():
        router.load("configure terminal\nno snmp-server\nvirtual-router isp\n"
                    "no snmp-server\n")
        lab.wait_for("silence", lambda: "Timeout" in agent.tool(
            "snmpget", ALL, NAME, wait=1).stdout)
        router.load("configure terminal\nsnmp-server\nvirtual-router isp\n"
                    "snmp-server\n")
        lab.wait_for("answers", lambda: '"other"' in agent.tool(
            "snmpget", ALL, NAME, wait=1).stdout)

    @lab.claim("no passphrase and no key is in the agent's log")
    def _():
        for word in ("knows-this", "hides-this", "knows-now", "$e1$"):
            lab.holds(word not in agent.log(), word + " is in the log")


def is_quick(agent, names):
    """A walk that waits for the daemon takes two seconds at least; how long
    another one takes is the machine's affair."""
    start = time.monotonic()
    lab.same("last known names", agent.names(ALL), names)
    lab.holds(time.monotonic() - start < 2, "it waits for the daemon")
    lab.holds(names, "there are none")


def arcs(dotted):
    return tuple(map(int, dotted.split(".")))


def daemon_dies(router, agent):
    kept = agent.names(ALL)

    @lab.claim("a daemon that died is an answer, not a wait")
    def _():
        router.kill()
        lab.by_and_by(lambda: is_quick(agent, kept))()
        lab.same("ermineSystemDaemonReachable", agent.value(REACHABLE), "2")
        lab.wait_for("an age", lambda: int(agent.value(AGE)) >= 1)
        # What was never asked for nobody knows.
        lab.within(agent.get(ALL, IKE_RULES + ".2.1"), "genError")

    @lab.claim("the daemon comes back, and so do fresh values")
    def _():
        router.start()
        router.load("configure terminal\nhostname again\n")
        lab.wait_for("the new name",
                     lambda: '"again"' in agent.get(ALL, NAME))
        lab.same("ermineSystemDaemonReachable", agent.value(REACHABLE), "1")
        lab.same("names", sorted(agent.names(ALL)), ["one", "three", "two"])

    @lab.claim("while the daemon hangs nobody waits for what is known")
    def _():
        client = snmp.Client(("127.0.0.1", agent.port), "all")
        before = client.walk(arcs(TUNNEL_NAMES))
        lab.same("names", len(before), 3)
        router.process.send_signal(signal.SIGSTOP)
        longest, reachable, start = 0, 1, time.monotonic()
        try:
            # pages are believed for a second, and a daemon for two more; then
            # the agent looks for it, and looks again
            while time.monotonic() - start < 8:
                asked = time.monotonic()
                lab.same("names", client.walk(arcs(TUNNEL_NAMES), 5), before)
                longest = max(longest, time.monotonic() - asked)
                reachable = client.get(arcs(REACHABLE)).binds[0][2]
        finally:
            router.process.send_signal(signal.SIGCONT)
        lab.holds(longest < 1, "a walk took %.2f s" % longest)
        lab.same("ermineSystemDaemonReachable", reachable, 2)
        lab.wait_for("the daemon to be back",
                     lambda: agent.value(REACHABLE) == "1")


def engine(agent):
    @lab.claim("the engine id is kept, and a start is one boot more")
    def _():
        before = agent.value(ENGINE_ID), int(agent.value(BOOTS))
        agent.stop()
        agent.start()
        lab.wait_for("answers", lambda: '"again"' in agent.get(ALL, NAME))
        lab.same("engine", (agent.value(ENGINE_ID), int(agent.value(BOOTS))),
                 (before[0], before[1] + 1))
        lab.within(agent.get(BOB, NAME), '"again"')


def flood(router, agent):
    @lab.claim("a flood without a community does not reach the daemon")
    def _():
        pid = router.process.pid

        def spent():
            fields = pathlib.Path("/proc/%d/stat" % pid).read_text().split()
            return int(fields[13]) + int(fields[14])

        wrong = bytes.fromhex("302602010104"
                              "0577726f6e67a01a02020102020100020100300e300c"
                              "06082b060102010105000500")
        before = spent()
        counted = int(agent.value(BAD_COMMUNITIES))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            for _ in range(20000):
                client.sendto(wrong, ("127.0.0.1", agent.port))
        lab.wait_for("an answer", lambda: '"again"' in agent.get(ALL, NAME))
        lab.holds(int(agent.value(BAD_COMMUNITIES)) > counted + 100,
                  "the flood was not seen")
        lab.holds(spent() - before < 50, "the daemon spent %d ticks"
                  % (spent() - before))
        lab.holds(router.ask("show clock"), "the daemon does not answer")


def agentx(router):
    """Under the system's snmpd, which decides who may ask."""
    if shutil.which("snmpd") is None:
        print("skip snmp_agent: agentx: there is no snmpd here")
        return

    @lab.claim("the tables are served under snmpd, by AgentX")
    def _():
        home = lab.folder("snmpd")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        (home / "snmpd.conf").write_text(
            "rocommunity sub 127.0.0.1\nmaster agentx\n"
            "agentXSocket %s/x\n" % home)
        master = lab.start(
            ["snmpd", "-f", "-C", "-c", str(home / "snmpd.conf"), "-Lf",
             str(home / "log"), "udp:127.0.0.1:%d" % port],
            env={**os.environ, "SNMP_PERSISTENT_DIR": str(home), "MIBS": ""})
        lab.wait_for("snmpd's socket", lambda: (home / "x").exists())
        agent = Agent(router, "--agentx=%s/x" % home)
        agent.start()
        agent.port = port
        sub = ["-v2c", "-c", "sub"]
        try:
            lab.wait_for("the tunnels", lambda: sorted(
                agent.names(sub)) == ["one", "three", "two"])
            lab.same("by GETBULK", len(agent.walk(
                sub, TUNNEL_NAMES, "snmpbulkwalk")), 3)
        finally:
            agent.process.terminate()
            agent.process.wait(lab.WAIT_S)
            master.terminate()
            master.wait(lab.WAIT_S)


def main():
    for program in ("snmpget", "snmpwalk", "snmpbulkwalk", "snmpset"):
        if shutil.which(program) is None:
            print("skip snmp_agent: there is no %s here" % program)
            return
    router = lab.Router("edge", CHASSIS).start()
    router.load(SCRIPT)
    agent = Agent(router).start()
    lab.wait_for("answers", lambda: '"edge"' in agent.get(ALL, NAME))
    lab.tell(lambda: reads(agent), lambda: access(agent),
             lambda: commits(router, agent),
             lambda: daemon_dies(router, agent), lambda: engine(agent),
             lambda: flood(router, agent), lambda: agentx(router))


if __name__ == "__main__":
    main()
