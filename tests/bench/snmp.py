#!/usr/bin/python3 -B
"""What SNMP costs: the processor time of agent and daemon for a varbind.

The same client, snmpbulkwalk with 50 repetitions, walks 20 columns of the
tunnel table, one after the other, at 100 to 100,000 tunnels; the ifTable of net-snmp's own snmpd, of
1,000 interfaces in a network namespace (root); and the limit, snmp_limit,
which serves constants for a table of that size and shape by the same library.  Packets
are large enough for all repetitions.  Times
are from the kernel's account of each thread, so that others who use the
machine do not count; a figure is the median of the rounds, in which all take
turns.  `worst_us` is the slowest single answer, seen by a client that does
nothing else, and `late_us` how late the daemon's loop gets to what falls due
while a walk goes on, median and 99th percentile, beside those of a quiet one.
"""
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time

import contenders
from contenders import lab

BUILD = lab.BUILD
AGENT = str(BUILD / "ermine-snmp")
LIMIT = str(BUILD / "tests/bench/snmp_limit")
LATENESS = str(BUILD / "tests/bench/snmp_lateness")
TUNNELS = "1.3.6.1.4.1.4874.2.2.70.1.1.2.1"
IF_TABLE = "1.3.6.1.2.1.2.2"
COLUMNS = 20
REPETITIONS = 50
SIZES = [100, 1000, 10000, 100000]
INTERFACES = 1000
ROUNDS = 3
LEAST = 200000  # varbinds of a round: small tables are walked often
NAMESPACE = "ermsnmp"


# ---- processor time ----

def spent_ns(pids):
    """Of all threads of these processes."""
    total = 0
    for pid in pids:
        for task in pathlib.Path("/proc/%d/task" % pid).iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    return total


# ---- clients ----

def bulkwalk(port, root, inside=()):
    """Varbinds that the agent answers with, those behind the end included:
    the client throws these away."""
    command = [*inside, "snmpbulkwalk", "-v2c", "-c", "public",
               "-Cr%d" % REPETITIONS, "-On", "-Oq", "127.0.0.1:%d" % port,
               root]
    run = subprocess.run(command, stdout=subprocess.PIPE, check=True,
                         env={**os.environ, "MIBS": ""})
    shown = run.stdout.count(b"\n." + root.encode()) + 1
    return (shown // REPETITIONS + 1) * REPETITIONS


def tunnel_walk(port):
    return sum(bulkwalk(port, "%s.%d" % (TUNNELS, column))
               for column in range(2, 2 + COLUMNS))


def per_varbind(pids, walk):
    """Nanoseconds, and how many varbinds a walk has."""
    before, count, walks = spent_ns(pids), 0, 0
    while count < LEAST:
        count += walk()
        walks += 1
    return (spent_ns(pids) - before) / count, count // walks


def ber(tag, body):
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    return bytes([tag, 0x82, size >> 8, size & 255]) + body


def ber_oid(numbers):
    out = bytes([numbers[0] * 40 + numbers[1]])
    for number in numbers[2:]:
        part = [number & 127]
        while number > 127:
            number >>= 7
            part.insert(0, number & 127 | 128)
        out += bytes(part)
    return ber(6, out)


def last_oid(answer):
    """Of the last varbind: its encoding is found from the front."""

    def head(at):
        size = answer[at + 1]
        if size < 128:
            return at + 2, size
        count = size & 127
        return at + 2 + count, int.from_bytes(
            answer[at + 2:at + 2 + count], "big")

    at, _ = head(0)
    for _ in range(2):  # version, community
        start, size = head(at)
        at = start + size
    at, _ = head(at)
    for _ in range(3):  # request id, error status and index
        start, size = head(at)
        at = start + size
    at, size = head(at)
    end, found = at + size, None
    while at < end:
        start, size = head(at)
        name, length = head(start)
        found = answer[start:name + length]
        at = start + size
    return found


def worst_answer_us(port):
    """The slowest answer of a walk through two columns."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.connect(("127.0.0.1", port))
        oid = ber_oid([int(n) for n in TUNNELS.split(".")] + [7])
        stop = ber_oid([int(n) for n in TUNNELS.split(".")] + [9])
        worst = 0
        while oid[2:] < stop[2:]:
            pdu = ber(0xa5, ber(2, b"\1") + ber(2, b"\0") + ber(2, b"\x32")
                      + ber(0x30, ber(0x30, oid + b"\5\0")))
            message = ber(0x30, ber(2, b"\1") + ber(4, b"public") + pdu)
            start = time.perf_counter_ns()
            client.send(message)
            answer = client.recv(65536)
            worst = max(worst, time.perf_counter_ns() - start)
            oid = last_oid(answer)
    return worst // 1000


# ---- who serves ----

class Ours:
    """A router with so many tunnels, and its agent."""

    def __init__(self, tunnels):
        self.tunnels = tunnels
        self.router = lab.Router("snmp%d" % tunnels)
        self.router.start()
        path = self.router.home / "script"
        path.write_text(script(tunnels))
        subprocess.run([lab.ERMINE, "--socket", str(self.router.socket), "-f",
                        str(path), "--commit"], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=600, check=True)
        self.agent = lab.start(
            [AGENT, "--socket", str(self.router.socket), "--listen",
             "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
        self.port = int(self.agent.stdout.readline().rsplit(":", 1)[1])
        self.pids = [self.agent.pid, self.router.process.pid]
        tunnel_walk(self.port)

    def walk(self):
        return tunnel_walk(self.port)

    def late_us(self, walks):
        """Median and 99th percentile."""
        with subprocess.Popen([LATENESS, str(self.router.socket)],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              text=True) as probe:
            end = time.monotonic() + 4
            while time.monotonic() < end:
                if walks:
                    self.walk()
                else:
                    time.sleep(0.1)
            return [int(n) for n in probe.communicate("x")[0].split()]

    def stop(self):
        self.agent.terminate()
        self.agent.wait()
        self.router.stop()


class Limit:
    def __init__(self, rows):
        self.process = lab.start([LIMIT, str(rows)], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, text=True)
        self.port = int(self.process.stdout.readline())
        self.pids = [self.process.pid]

    def walk(self):
        return tunnel_walk(self.port)

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


class Snmpd:
    """Net-snmp's own, and its ifTable."""

    def __init__(self):
        subprocess.run(["ip", "netns", "del", NAMESPACE],
                       stderr=subprocess.DEVNULL)
        subprocess.run(["ip", "netns", "add", NAMESPACE], check=True)
        lines = ["link set lo up"] + [
            "link add name a%d type veth peer name b%d" % (i, i)
            for i in range(INTERFACES // 2)]
        subprocess.run(["ip", "-n", NAMESPACE, "-batch", "-"], check=True,
                       input="\n".join(lines) + "\n", text=True)
        self.inside = ["ip", "netns", "exec", NAMESPACE]
        home = lab.folder("snmpd")
        (home / "snmpd.conf").write_text("rocommunity public\n")
        self.process = lab.start(
            [*self.inside, "snmpd", "-f", "-C", "-c", str(home / "snmpd.conf"),
             "-Lo", "udp:127.0.0.1:16161"], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "SNMP_PERSISTENT_DIR": str(home), "MIBS": ""})
        lab.wait_for("snmpd to answer", self.answers)
        self.pids = [self.process.pid]

    def answers(self):
        return subprocess.run(
            [*self.inside, "snmpget", "-v2c", "-c", "public", "-t1", "-r0",
             "127.0.0.1:16161", "1.3.6.1.2.1.1.3.0"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ).returncode == 0

    def walk(self):
        return bulkwalk(16161, IF_TABLE, inside=self.inside)

    def stop(self):
        self.process.terminate()
        self.process.wait()
        subprocess.run(["ip", "netns", "del", NAMESPACE])


def script(tunnels):
    """Signaled tunnels that are shut down: nobody has to answer them."""
    text = ["configure terminal", "snmp-server",
            "snmp-server community public",
            "snmp-server packetsize 8192", "ipsec transform-set s "
            "esp-aes128-hmac-sha256", "interface loopback 0",
            " ip address 192.0.2.1 255.255.255.255", " exit"]
    for i in range(tunnels):
        text += ["interface tunnel ipsec:site%06d" % i,
                 " tunnel source 192.0.2.1",
                 " tunnel destination 198.%d.%d.%d" % (
                     18 + (i >> 16), i >> 8 & 255, i & 255),
                 " tunnel transform-set s",
                 " tunnel local-identity subnet 10.1.0.0 255.255.0.0",
                 " tunnel peer-identity subnet 10.2.0.0 255.255.0.0",
                 " ip address 172.%d.%d.%d 255.255.255.252" % (
                     16 + (i >> 14), i >> 6 & 255, (i & 63) * 4 + 1),
                 " shutdown", " exit"]
    return "\n".join(text + [""])


# ---- all ----

def measure(served):
    """Nanoseconds for a varbind, by name; the rounds are taken in turns."""
    figures = {name: [] for name in served}
    sizes = {}
    for _ in range(ROUNDS):
        for name, one in served.items():
            cost, sizes[name] = per_varbind(one.pids, one.walk)
            figures[name].append(cost)
    return {name: statistics.median(of) for name, of in figures.items()}, sizes


def main():
    largest = max([int(word) for word in sys.argv[1:] if re.match(
        r"\d+$", word)] or [SIZES[-1]])
    sizes = [size for size in SIZES if size <= largest]
    contenders.begin("snmpbulkwalk", "ip")
    served = {size: Ours(size) for size in sizes}
    served.update(("limit %d" % size, Limit(size)) for size in sizes)
    if os.geteuid() == 0 and shutil.which("snmpd"):
        served["snmpd ifTable"] = Snmpd()
    else:
        print("snmp: without root or snmpd there is none to compare with",
              file=sys.stderr)
    costs, varbinds = measure(served)
    for name, one in served.items():
        row = {"kind": "tunnels %d" % name if isinstance(name, int) else name,
               "varbinds": varbinds[name], "us": round(costs[name] / 1000, 3)}
        if "snmpd ifTable" in costs:
            row["by_snmpd"] = round(costs[name] / costs["snmpd ifTable"], 3)
        if isinstance(name, int):
            row["by_limit"] = round(costs[name] / costs["limit %d" % name], 3)
            row["by_100"] = round(costs[name] / costs[sizes[0]], 3)
            row["worst_us"] = worst_answer_us(one.port)
            row["late_us"], row["late_p99_us"], _ = one.late_us(True)
            row["quiet_us"], row["quiet_p99_us"], _ = one.late_us(False)
        contenders.row(**row)
        one.stop()


if __name__ == "__main__":
    main()
