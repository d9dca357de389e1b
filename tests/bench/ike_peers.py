#!/usr/bin/python3 -B
"""Whole programs that negotiate with each other: two `ermined`, and two charon
of strongSwan, between two network namespaces.

    [ a: begins ] wan0 192.0.2.1 ---- 192.0.2.2 wan0 [ b: answers ]
      10.1.0.1 to .N                                  10.2.0.1 to .M

Every tunnel is between its own pair of addresses, N times M of them, and for
its own pair of inner ones: a whole main mode (3des, sha, group 2, preshared
keys) and a quick mode (AES-128-CBC with HMAC-SHA-1).  Both ends have all of it
configured before the time starts.

ermine: from when end a, started on its stored configuration, listens, until
the end that answers has all tunnels up; the processor time of its start counts.
charon: from when end a is told by vici to initiate everything, until both have
written of all CHILD_SAs in their logs.  Contenders take turns; `s` is the time
that passed, `cpu_s` what both ends had of their processors, `by_charon` and
`by_charon_cpu` compare these; `kb_tunnel` is what the end that answers grew by,
`answer_ms` how long its console waited for a command meanwhile.
"""
import json
import os
import pathlib
import socket
import statistics
import struct
import subprocess
import sys
import time

import contenders
from contenders import OTHER, WAN, lab, wires

# how many, at how many addresses of each end, in how many rounds
COUNTS = {200: (10, 20, 5), 500: (20, 25, 3), 2000: (40, 50, 1)}
LARGEST = (100, 100)  # ours alone
GIVE_UP_S = 120
NET = {"a": 1, "b": 2}
KEY = "only-for-a-benchmark"
HERE = pathlib.Path(__file__).resolve().parent


def addresses(end, count):
    return ["10.%d.0.%d" % (NET[end], i + 1) for i in range(count)]


def pairs(end, sizes):
    """The two addresses of each tunnel, the own one first."""
    both = [(a, b) for a in addresses("a", sizes[0])
            for b in addresses("b", sizes[1])]
    return both if end == "a" else [(b, a) for a, b in both]


def inner(end, tunnel):
    """The address behind this end that a tunnel is for."""
    return "172.%d.%d.%d" % (15 + NET[end], tunnel >> 8, tunnel & 255)


def cpu_s(pids):
    ticks = 0
    for pid in pids:
        fields = pathlib.Path("/proc/%d/stat" % pid).read_text().rpartition(
            ")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_kb(pid):
    for line in pathlib.Path("/proc/%d/status" % pid).read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise lab.Problem("no VmRSS")


def wait_until(what, condition):
    end = time.monotonic() + GIVE_UP_S
    while not condition():
        if time.monotonic() > end:
            raise lab.Problem("waited %d s for %s" % (GIVE_UP_S, what))
        time.sleep(0.02)


class Contender:
    def __init__(self, sizes):
        self.sizes = sizes
        self.count = sizes[0] * sizes[1]
        self.prefix = "%s%d" % (self.name[0], self.count)
        wires.make(self.prefix + "a", self.prefix + "b")
        wires.veth(self.prefix + "a", "wan0", self.prefix + "b", "wan0")
        for index, end in enumerate("ab"):
            wires.ip(self.prefix + end,
                     "address add %s/24 dev wan0" % WAN[end])
            for one in addresses(end, sizes[index]):
                wires.ip(self.prefix + end, "address add %s/32 dev lo" % one)
            wires.ip(self.prefix + end, "route add 10.%d.0.0/16 via %s" % (
                NET[OTHER[end]], WAN[OTHER[end]]))
        self.prepare()

    def inside(self, end, *words):
        return wires.inside(self.prefix + end, *words)


class Ermine(Contender):
    """Two routers, as they are installed."""

    name = "ermine"

    def prepare(self):
        self.routers = {}
        for end in "ab":
            self.routers[end] = lab.Router(
                self.prefix + end,
                "0/0 host netns=%s\n" % wires.full(self.prefix + end)).start()
            self.routers[end].load(self.script(end))
            self.routers[end].stop()

    def script(self, end):
        index = "ab".index(end)
        lines = ["configure terminal", "interface fastEthernet 0/0",
                 " ip address %s 255.255.255.0" % WAN[end],
                 "ip route 10.%d.0.0 255.255.0.0 %s" % (
                     NET[OTHER[end]], WAN[OTHER[end]]),
                 "ipsec transform-set t esp-aes128-hmac-sha"]
        for i, one in enumerate(addresses(end, self.sizes[index])):
            lines += ["interface loopback %d" % i,
                      " ip address %s 255.255.255.255" % one]
        for one in addresses(OTHER[end], self.sizes[1 - index]):
            lines += ["ipsec key manual pre-share " + one, " key " + KEY]
        for i, (own, other) in enumerate(pairs(end, self.sizes)):
            lines += ["interface tunnel ipsec:t%d" % i,
                      " ip unnumbered loopback 0",
                      " tunnel transform-set t",
                      " tunnel source " + own,
                      " tunnel destination " + other,
                      " tunnel local-identity address " + inner(end, i),
                      " tunnel peer-identity address " +
                      inner(OTHER[end], i)]
        return "\n".join(lines) + "\n"

    def up(self, session):
        session.type("show ipsec tunnel summary | display json")
        answer = session.expect('"up"').partition('"up": ')[2]
        return int(answer.partition(",")[0])

    def ask(self, session, answers):
        """The same, and how long a command waits for its answer."""
        start = time.monotonic()
        up = self.up(session)
        answers.append(time.monotonic() - start)
        return up

    @staticmethod
    def launch(router):
        """When it had not begun yet; it begins as soon as it listens."""
        router.launch()
        while True:
            before = time.monotonic()
            if router._listens():
                return before
            time.sleep(0.002)

    def measure(self):
        b, a = self.routers["b"], self.routers["a"]
        b.start()  # the higher addresses: it lets the other one begin
        session = lab.Session("--socket", str(b.socket))
        self.up(session)
        before = resident_kb(b.process.pid)
        spent = cpu_s([b.process.pid])
        start = self.launch(a)
        # the end that answers has its outbound SA last
        answers = []
        wait_until("all tunnels",
                   lambda: self.ask(session, answers) == self.count)
        taken = time.monotonic() - start
        spent = cpu_s([a.process.pid, b.process.pid]) - spent
        after = resident_kb(b.process.pid)
        session.close()
        for router in (a, b):
            router.stop()
        return {"s": taken, "cpu_s": spent,
                "kb_tunnel": (after - before) / self.count,
                "answer_ms": statistics.median(answers) * 1000,
                "answer_ms_max": max(answers) * 1000}


class Vici:
    """As much of strongSwan's control protocol as asks for a tunnel."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)

    def initiate(self, child):
        body = b""
        for key, value in (("child", child), ("timeout", "-1")):
            body += struct.pack("!BB", 3, len(key)) + key.encode()
            body += struct.pack("!H", len(value)) + value.encode()
        name = b"initiate"
        packet = struct.pack("!BB", 0, len(name)) + name + body
        self.socket.sendall(struct.pack("!I", len(packet)) + packet)
        length, = struct.unpack("!I", self.take(4))
        self.take(length)

    def take(self, length):
        got = b""
        while len(got) < length:
            part = self.socket.recv(length - len(got))
            if not part:
                raise lab.Problem("charon closed its control socket")
            got += part
        return got


class Charon(Contender):
    """strongSwan with its userspace ESP, as the scenarios of tests/interop
    have it, but for the log, which tells of SAs alone, and one secret for
    all peers, so that it need not search."""

    name = "charon"

    def prepare(self):
        self.home = lab.folder(self.prefix)
        self.processes = {}
        for end in "ab":
            folder = self.home / end
            for name in ("conf.d", "x509", "x509ca", "private"):
                (folder / name).mkdir(parents=True, exist_ok=True)
            text = (HERE / "strongswan.conf.in").read_text()
            text = text.replace("@RUN@", str(folder))
            for word in "ike", "cfg", "enc", "net", "default":
                text = text.replace("      %s = 1\n" % word,
                                    "      %s = 0\n" % word)
            (folder / "conf").write_text(text)
            # its routes need a local address within
            subprocess.run(
                ["ip", "-n", wires.full(self.prefix + end), "-batch", "-"],
                check=True, text=True, input="".join(
                    "address add %s/32 dev lo\n" % inner(end, i)
                    for i in range(self.count)))
            (folder / "swanctl.conf").write_text(self.connections(end))

    def connections(self, end):
        lines = ["connections {"]
        for i, (own, other) in enumerate(pairs(end, self.sizes)):
            lines += [
                "c%d { version = 1" % i, "local_addrs = " + own,
                "remote_addrs = " + other,
                "proposals = 3des-sha1-modp1024",
                "local { auth = psk", "id = %s }" % own,
                "remote { auth = psk", "id = %s }" % other,
                "children { c%d { mode = tunnel" % i,
                "local_ts = %s/32" % inner(end, i),
                "remote_ts = %s/32" % inner(OTHER[end], i),
                "esp_proposals = aes128-sha1", "start_action = none } } }"]
        lines += ["}", 'secrets { ike-all { secret = "%s" } }' % KEY, ""]
        return "\n".join(lines)

    def control(self, end, *words):
        folder = self.home / end
        return self.inside(
            end, "env", "STRONGSWAN_CONF=%s" % (folder / "conf"),
            "SWANCTL_DIR=%s" % folder, "swanctl", *words)

    def start(self, end):
        folder = self.home / end
        self.processes[end] = lab.start(self.inside(
            end, "env", "STRONGSWAN_CONF=%s" % (folder / "conf"),
            "charon-systemd"), stdout=open(folder / "out", "wb"),
            stderr=subprocess.STDOUT)
        lab.wait_for("charon to answer", lambda: subprocess.run(
            self.control(end, "--stats"), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL).returncode == 0)
        wires.run(*self.control(end, "--load-all", "--noprompt"))

    def up(self, end):
        log = (self.home / end / "charon.log").read_bytes()
        return log.count(b" established with SPIs")

    def measure(self):
        for end in "ba":
            self.start(end)
        pids = [process.pid for process in self.processes.values()]
        before = resident_kb(pids[0])
        spent = cpu_s(pids)
        start = time.monotonic()
        control = Vici(str(self.home / "a" / "charon.vici"))
        for i in range(self.count):
            control.initiate("c%d" % i)
        wait_until("all tunnels", lambda: all(
            self.up(end) >= self.count for end in "ab"))
        taken = time.monotonic() - start
        spent = cpu_s(pids) - spent
        after = resident_kb(pids[0])
        for end, process in self.processes.items():
            process.kill()
            process.wait()
            (self.home / end / "charon.log").unlink()
        return {"s": taken, "cpu_s": spent,
                "kb_tunnel": (after - before) / self.count}


def rounds(sizes, count):
    """The figures of both, in turns."""
    figures = {Ermine: [], Charon: []}
    contestants = [kind(sizes) for kind in figures]
    for _ in range(count):
        for one in contestants:
            figures[type(one)].append(one.measure())
    return figures


def ratio(figures, what):
    return round(statistics.median(
        theirs[what] / ours[what] for ours, theirs in zip(
            figures[Ermine], figures[Charon])), 2)


def table(tunnels, figures):
    for kind, all_of_them in figures.items():
        row = {what: round(statistics.median(f[what] for f in all_of_them), 2)
               for what in ("s", "cpu_s", "kb_tunnel")}
        more = {"by_charon": ratio(figures, "s"),
                "by_charon_cpu": ratio(figures, "cpu_s")}
        contenders.row(
            contender=kind.name, tunnels=tunnels,
            per_s=round(tunnels / row["s"]), **row,
            **(more if kind is Ermine else {}))


def main():
    contenders.begin("ip", "swanctl", "charon-systemd")
    for tunnels, (first, second, count) in COUNTS.items():
        table(tunnels, rounds((first, second), count))
    alone = Ermine(LARGEST)
    figures = {what: round(value, 2)
               for what, value in alone.measure().items()}
    contenders.row(contender=alone.name, tunnels=alone.count,
                   per_s=round(alone.count / figures["s"]), **figures)


if __name__ == "__main__":
    main()
    sys.exit(0)
