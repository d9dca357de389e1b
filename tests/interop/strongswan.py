#!/usr/bin/python3 -B
"""Signaled tunnels against strongSwan, each scenario in network namespaces of
its own.

    router-lan -- lan0 [ router: ermined ] wan0 -- wan0 [ peer1: charon ] -- lan
    192.168.10.2                203.0.113.1        203.0.113.11   192.168.20.2

    strongswan.py [all | SCENARIO...] [ROLE]     without a word: a few of them

Each scenario is run in both roles: `initiator`, where we begin, and
`responder`, where the peer does; several at once, each by a process of its
own.  What is tried is in scenarios.py, how in stories.py.
"""
import os
import pathlib
import re
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import lab  # noqa: E402
import scenarios  # noqa: E402
import stories  # noqa: E402
import witness  # noqa: E402
from peer import Disturbed, Peer, wait_s  # noqa: E402

AT_ONCE = int(os.environ.get("INTEROP_JOBS", "4"))
ROW_S = 900
UP_S = 40


# ---- one row ----

def give_proofs(row, chosen):
    """Preshared keys, or certificates."""
    row.router.load(scenarios.keys(chosen, row.begins))
    folder = row.peer.names["PEER_PKI"]
    if chosen["pki"] is not None:
        row.router.ask(*("ipsec certificate import pem %s/%s" % (folder, name)
                         for name in chosen["pki"]))


def begin(row, chosen):
    """Where the peer shall begin, our own try fails for want of a key: after
    that it is the peer's turn."""
    if row.begins:
        give_proofs(row, chosen)
        row.router.load(scenarios.script(chosen, True))
        return
    row.router.load(scenarios.script(chosen, False))
    if chosen["identity"] is None:
        want = "no preshared key" if chosen["pki"] is None else "no certificate"
        wait_s(5, "our try to fail", lambda: want in row.why())
    give_proofs(row, chosen)
    row.peer.run("initiate", status=None)


def who_began(row):
    rows = row.router.rows("show ipsec ike-sa")
    lab.same("IKE SAs", len(rows), 1)
    lab.same("we began", rows[0]["initiator"], row.begins)


def passes(row, chosen):
    row.comes_up()
    who_began(row)
    row.come_to_agree()
    told = [stories.talks(row, chosen["tcp"]), chosen["story"](row)]
    if chosen["backup"] is None and not chosen["ends"]:
        stories.made_anew(row)
        stories.ended_by_us(row)
        stories.ended_by_peer(row)
    return "; ".join(text for text in told if text)


def is_refused(row, wanted):
    def says():
        text = row.why() + row.router.ask("show ipsec ike-failures")
        return all(word in text for word in wanted)

    wait_s(UP_S, lambda: "%s in: %s%s" % (
        wanted, row.why(), row.router.ask("show ipsec ike-failures")), says)
    lab.holds(not row.is_up(), "the tunnel is up")
    return "; ".join(line.split(":", 1)[1].strip()
                     for line in row.why().splitlines() if "Why:" in line)


def run_once(scenario, role, slowness):
    chosen = scenarios.values(scenario)
    peer = Peer(chosen["on"] or scenario, chosen["log"])
    router = lab.Router("%s-%f" % (role, time.monotonic()), scenarios.chassis(
        peer.names["PEER_NS_ROUTER"])).start()
    row = stories.Row(router, peer, role == "initiator",
                      waits=chosen["identity"] is not None and
                      role == "responder",
                      capture=witness.Capture(peer) if chosen["log"] == "4"
                      else None)
    row.slowness = slowness
    try:
        begin(row, chosen)
        if chosen["why"] is None:
            return passes(row, chosen)
        return is_refused(row, chosen["why"][role])
    except Disturbed:
        raise
    except Exception as problem:
        raise lab.Problem("%s\n%s\n%s" % (
            problem, router.log.read_text()[-2000:], peer.log()[-3000:]))
    finally:
        router.stop()
        peer.run("down")


def run_row(scenario, role):
    """On a busy machine some may be kept from reading what comes."""
    for slowness in 1, 2, 4:
        try:
            return run_once(scenario, role, slowness)
        except Disturbed as problem:
            print("again: %s %s: %s" % (scenario, role, problem))
    return run_once(scenario, role, 4)


def one(scenario, role):
    """A process of its own, see below, before others on a busy machine."""
    name = "%s %s" % (scenario, role)
    try:
        os.nice(-10)
    except PermissionError:
        pass  # it is done without
    try:
        told = run_row(scenario, role)
    except Exception as problem:  # whatever it is, the row has failed
        print("FAIL %s: %s" % (name, "\n    ".join(str(problem).splitlines())))
        sys.exit(1)
    print("ok %s: %s" % (name, told) if told else "ok " + name)


# ---- all of them ----

class Running:
    """A row under way, in namespaces of its own."""

    def __init__(self, slot, scenario, role):
        self.slot = slot
        self.name = "%s %s" % (scenario, role)
        instance = "%s%d" % (os.environ.get(
            "PEER_INSTANCE", "e%d" % (os.getpid() % 10000)), slot)
        self.instance = instance
        self.environment = dict(os.environ, PEER_INSTANCE=instance)
        self.process = lab.start(
            [sys.executable, "-B", __file__, "row", scenario, role],
            env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.until = time.monotonic() + ROW_S

    def is_over(self):
        if self.process.poll() is None and time.monotonic() > self.until:
            self.process.terminate()
        return self.process.poll() is not None

    def tell(self):
        """True: it went well.  Nothing of it is left in any case."""
        text = self.process.communicate()[0]
        left = self.left_over() if self.process.returncode == 0 else []
        if left:
            text = "FAIL %s: left over: %s\n" % (self.name, left)
        elif self.process.returncode != 0 and not re.search(
                "^FAIL ", text, re.M):
            text += "FAIL %s: ended with status %d\n" % (
                self.name, self.process.returncode)
        good = self.process.returncode == 0 and not left
        if not good:
            subprocess.run([Peer.script, "down"], env=self.environment,
                           stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
        print(text, end="", flush=True)
        return good

    def left_over(self):
        """Namespaces, and peers: their environment names the instance."""
        names = subprocess.run(["ip", "netns"], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True).stdout
        mark = ("ss-peer-%s/" % self.instance).encode()
        return [name for name in names.split()
                if name.startswith(self.instance + "-")] + [
            entry.parent.name
            for entry in pathlib.Path("/proc").glob("[0-9]*/environ")
            if mark in contents(entry)]


def contents(path):
    try:
        return path.read_bytes()
    except OSError:  # the process has ended
        return b""


def run_all(rows):
    """How many went well."""
    waiting = list(rows)
    running = []
    good = 0
    while waiting or running:
        free = set(range(AT_ONCE)) - {each.slot for each in running}
        while waiting and free:
            running.append(Running(free.pop(), *waiting.pop(0)))
        for each in [each for each in running if each.is_over()]:
            good += each.tell()
            running.remove(each)
        time.sleep(0.05)
    return good


def chosen_rows(words):
    wanted = [word for word in words if word in scenarios.BOTH]
    names = [word for word in words if word not in scenarios.BOTH]
    if names == ["all"]:
        names = list(scenarios.SCENARIOS)
    rows = [(name, role) for name in names or scenarios.SHORT
            for role in scenarios.roles(name) if role in (wanted or [role])]
    return sorted(rows, key=lambda row: -scenarios.seconds(row[0]))


def main(words):
    if words[:1] == ["row"]:
        one(*words[1:])
        return
    rows = chosen_rows(words)
    began = time.monotonic()
    good = run_all(rows)
    print("%d of %d rows are good; %d s, %d at once" % (
        good, len(rows), time.monotonic() - began, AT_ONCE))
    sys.exit(0 if good == len(rows) else 1)


def can_run():
    if os.geteuid() != 0 or not os.path.exists("/dev/net/tun"):
        return "needs root and /dev/net/tun"
    if subprocess.run(["which", "swanctl"],
                      stdout=subprocess.DEVNULL).returncode != 0:
        return "needs strongSwan"
    return None


if can_run() is not None:
    print("skip strongswan: " + can_run())
    sys.exit(0)
main(sys.argv[1:])
