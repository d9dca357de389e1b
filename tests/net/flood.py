#!/usr/bin/python3 -B
"""Garbage and replays at full speed on a host port: nothing breaks, memory does
not grow, a tunnel that is up goes on, and every packet is counted by what is
wrong with it.

    [ flood in gwB's namespace ] -- raw sockets --> 192.0.2.1 [ A ]

A bounded flood is part of `make test`: it sends no more at once than fits
into A's buffers, so that all is counted by A.  `flood.py --soak SECONDS` (60
from `make soak`) does not wait, so the kernel drops some; those it counts
itself, and both together are what was sent.
"""
import os
import re
import socket
import struct
import subprocess
import sys
import time

import wires
from wires import lab

TUNNEL = next(t for t in wires.TUNNELS if t.name == "esp-aes128-hmac-sha")
ESP = 50
AT_ONCE = 64  # packets, well below what any buffer holds
ROUNDS = 40
GROWTH_KB = 1024
KINDS = ("no-sa", "bad-icv", "truncated", "replayed")


def replays(count):
    """Valid packets of B for A, as they came."""
    packets = []

    def all_came():
        packets.extend(wires.heard(raw))
        return len(packets) >= count

    with wires.raw_socket("wanA", ESP) as raw:
        lab.holds(wires.pings(TUNNEL, count=count), "no answer to ping")
        lab.wait_for("packets of B", all_came)
    return packets[:count]


def samples():
    """By drop reason: what ESP packets of B might be."""
    good = replays(16)
    spi = good[0][:4]
    sequence = struct.pack("!I", 0x7fffffff)  # newer than any: not a replay
    return {
        "no-sa": [struct.pack("!II", 0x01010101 + i, 1) + os.urandom(160)
                  for i in range(16)],
        "bad-icv": [spi + sequence + os.urandom(16 * i + 16 + 12)
                    for i in range(1, 17)],
        "truncated": [spi + sequence + os.urandom(i) for i in range(1, 17)],
        "replayed": good,
    }


def send(raw, packets, count):
    """How many the kernel took."""
    sent = 0
    for i in range(count):
        try:
            raw.send(packets[i % len(packets)])
            sent += 1
        except OSError:
            pass  # no room: not sent
    return sent


def flooder():
    """From B's address to A's."""
    raw = wires.raw_socket("gwB", ESP)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    raw.bind((wires.WAN["B"], 0))
    raw.connect((wires.WAN["A"], 0))
    return raw


def counted(router):
    drops = router.drops()
    return {kind: drops.get(kind, 0) for kind in KINDS}


def resident_kb(router):
    status = open("/proc/%d/status" % router.process.pid).read()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1))


def lost_by_kernel():
    """What did not fit into A's raw sockets, or was dropped before them."""
    text = wires.run(*wires.inside("wanA", "cat", "/proc/net/raw"))
    return sum(int(line.split()[-1]) for line in text.splitlines()[1:])


def steady(router, what, run):
    """Memory after it is what it was before, but for a little."""
    before = resident_kb(router)
    run()
    grown = resident_kb(router) - before
    lab.holds(grown <= GROWTH_KB, "%s: memory grew by %d kB" % (what, grown))


def bounded(router, raw, packets):
    sent = counted(router)
    for _ in range(ROUNDS):
        for kind in KINDS:
            sent[kind] += send(raw, packets[kind], AT_ONCE)
        lab.wait_for("all to be counted: %s, not %s" % (
            sent, counted(router)), lambda: counted(router) == sent)


def story():
    router = wires.two_gateways([TUNNEL])["A"]
    raw = flooder()
    packets = samples()
    lab.claim("every packet of a flood is counted by its reason")(
        lambda: bounded(router, raw, packets))
    lab.claim("memory does not grow")(lambda: steady(
        router, "a flood", lambda: bounded(router, raw, packets)))

    @lab.claim("the tunnel goes on")
    def _():
        lab.holds(wires.pings(TUNNEL, count=20), "no answer to ping")


def soak(seconds):
    router = wires.two_gateways([TUNNEL])["A"]
    raw = flooder()
    packets = samples()
    before = sum(counted(router).values()) + lost_by_kernel()
    memory = resident_kb(router)
    ping = subprocess.Popen(
        wires.inside("lan1", "ping", "-q", "-i", "0.1", "-w", str(seconds),
                     "-I", TUNNEL.address(1), TUNNEL.address(2)),
        stdout=subprocess.PIPE, text=True)
    end = time.monotonic() + seconds
    sent = 0
    while time.monotonic() < end:
        for kind in KINDS:
            sent += send(raw, packets[kind], AT_ONCE * 16)
    answer = ping.communicate()[0]
    after = lab.wait_for("the rest to be counted", lambda: all_of(
        router, before + sent))
    print("sent %d, counted %s, by the kernel %d; ping: %s" % (
        sent, counted(router), lost_by_kernel(),
        re.search(r".*packet loss", answer).group(0)))
    lab.claim("sent is what was counted")(
        lambda: lab.same("counted", after - before, sent))
    lab.claim("memory does not grow")(lambda: lab.holds(
        resident_kb(router) - memory <= GROWTH_KB, "it grew by %d kB" % (
            resident_kb(router) - memory)))
    lab.claim("the tunnel went on")(lambda: lab.holds(
        int(re.search(r"(\d+) received", answer).group(1)) > 0, answer))


def all_of(router, expected):
    total = sum(counted(router).values()) + lost_by_kernel()
    return total if total >= expected else 0


def main():
    wires.need_root("flood")
    # the address sanitizer keeps what was freed, up to so much
    os.environ["ASAN_OPTIONS"] = ":".join(filter(None, (
        os.environ.get("ASAN_OPTIONS"), "quarantine_size_mb=0",
        "thread_local_quarantine_size_kb=0")))
    if sys.argv[1:2] == ["--soak"]:
        lab.tell(lambda: soak(int(sys.argv[2])))
    lab.tell(story)


main()
