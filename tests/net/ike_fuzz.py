#!/usr/bin/python3 -B
"""Wrong, mutated and repeated ISAKMP on a gateway's sockets while a negotiated
tunnel carries traffic: no crash, no growth, and the tunnel stays as it is.

    [ fuzzer in gwB's namespace ] -- raw UDP --> 192.0.2.1:500, 4500 [ A ]

What is sent comes from B's own address and from those of strangers.  It is
made from what B said when the tunnel was negotiated: as it was, with bytes
changed, cut, joined; behind the cookies of the IKE SA in use; new first
messages in numbers; and noise.  The same seed sends the same.

Three seconds at a moderate pace are part of `make test`; `ike_fuzz.py --soak
SECONDS` (60 from `make soak`) goes as fast as it can.
"""
import os
import random
import re
import socket
import struct
import subprocess
import sys
import time

import wires
from wires import lab

SECONDS = 3
A_SECOND = 1000  # at the moderate pace
GROWTH_KB = 1024
ROUNDS = 8
WARM_S = 2
PORTS = (500, 4500)
HEADER = 28
EXCHANGES = (2, 4, 5, 6, 32, 33, 0, 255)
PAYLOADS = (0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 20, 21, 130, 132, 255)


class Negotiated:
    """A tunnel between A and B whose SAs are negotiated."""
    number = 1

    def script(self, name):
        here, there = (1, 2) if name == "A" else (2, 1)
        own, peer = wires.WAN[name], wires.WAN["B" if name == "A" else "A"]
        return """
ipsec transform-set strong esp-aes128-hmac-sha
ipsec ike-policy-rule 1
 encryption aes128
 group 14
 aggressive-mode accepted
 exit
ipsec key manual pre-share {peer}
 key "a key of both"
 exit
interface tunnel ipsec:peer
 ip address 172.16.1.{here} 255.255.255.252
 tunnel source {own}
 tunnel destination {peer}
 tunnel transform-set strong
 exit
ip route 10.{there}.1.0 255.255.255.0 tunnel ipsec:peer
""".format(here=here, there=there, own=own, peer=peer)

    def address(self, site):
        return "10.%d.1.10" % site


TUNNEL = Negotiated()


# ---- what B said ----

def is_up(router):
    return router.tunnel("peer")["state"] == "up"


def spis(router):
    """Of the SAs that it sends by: that it had others, it may forget."""
    return {row["spi"] for row in router.rows("show ipsec sa")
            if row["direction"] == "out"}


def renew(routers):
    """The SAs, by a negotiation that B begins, or both."""
    before = {name: spis(router) for name, router in routers.items()}
    routers["B"].shell("-c", "ipsec clear sa tunnel peer phase 1")
    lab.wait_for("new SAs at both ends", lambda: all(
        is_up(router) and not spis(router) & before[name]
        for name, router in routers.items()))


def recorded(routers):
    """The messages of B of whole negotiations, and where the first begins
    that B began."""
    messages = []
    with wires.raw_socket("wanA", socket.IPPROTO_UDP) as raw:
        for _ in range(ROUNDS):
            renew(routers)
            messages += [udp[8:] for udp in wires.heard(raw)
                         if udp[2:4] == struct.pack("!H", PORTS[0])]
            begun = [m for m in messages if not any(m[8:16])]
            if begun:
                return messages, begun[0]
    raise lab.Problem("B began none of %d negotiations" % ROUNDS)


# ---- what is sent ----

class Fuzzer:
    def __init__(self, messages, beginning, seed):
        self.messages = messages
        self.beginning = beginning
        self.cookies = messages[-1][:16]
        self.random = random.Random(seed)
        self.ways = (self.again, self.changed, self.cut, self.joined,
                     self.known, self.first, self.chain, self.noise)

    def some(self):
        return bytearray(self.random.choice(self.messages))

    def again(self):
        return self.some()

    def changed(self):
        message = self.some()
        for _ in range(self.random.choice((1, 1, 2, 8))):
            message[self.random.randrange(len(message))] = \
                self.random.randrange(256)
        return message

    def cut(self):
        message = self.some()
        return self.sized(message[:self.random.randrange(len(message))])

    def joined(self):
        one, other = self.some(), self.some()
        return self.sized(one[:self.random.randrange(len(one))] +
                          other[self.random.randrange(len(other)):])

    def known(self):
        """For the IKE SA in use, encrypted as it seems."""
        length = self.random.choice((16, 32, 64, 76, 160, 1600))
        return self.header(self.cookies, 8, self.random.choice((1, 1, 0, 7)),
                           self.random.randbytes(length))

    def first(self):
        message = bytearray(self.beginning)
        message[:8] = self.random.randbytes(8)
        return message

    def chain(self):
        """Payloads with right and wrong lengths."""
        body = bytearray()
        first = self.random.choice(PAYLOADS)
        for _ in range(self.random.randrange(1, 30)):
            size = self.random.choice((0, 0, 4, 20, 60))
            length = size + 4 + self.random.choice((0, 0, 0, 1, -5, 60000))
            body += struct.pack("!BBH", self.random.choice(PAYLOADS), 0,
                                length & 0xffff) + self.random.randbytes(size)
        cookies = self.random.choice((self.cookies, self.random.randbytes(16),
                                      self.random.randbytes(8) + bytes(8)))
        return self.header(cookies, first, 0, body)

    def noise(self):
        return bytearray(self.random.randbytes(self.random.randrange(1500)))

    def header(self, cookies, first, flags, body):
        number = self.random.choice((0, self.random.getrandbits(32)))
        return bytearray(cookies + struct.pack(
            "!BBBBII", first, 0x10, self.random.choice(EXCHANGES), flags,
            number, HEADER + len(body)) + body)

    def sized(self, message):
        """Half of the time with the length that it has."""
        if len(message) >= HEADER and self.random.random() < 0.5:
            message[24:28] = struct.pack("!I", len(message))
        return message

    def source(self):
        if self.random.random() < 0.7:
            return wires.WAN["B"]
        return "192.0.2.%d" % self.random.randrange(3, 250)

    def packet(self):
        data = bytes(self.random.choice(self.ways)())
        port = self.random.choice(PORTS)
        if port == 4500 and self.random.random() < 0.8:
            data = bytes(4) + data
        udp = struct.pack("!HHHH", self.random.choice((port, port, 1024)),
                          port, 8 + len(data), 0) + data
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17,
                         0, socket.inet_aton(self.source()),
                         socket.inet_aton(wires.WAN["A"]))
        return ip + udp


def send(raw, fuzzer, seconds, a_second):
    """a_second None: as many as can be.  How many there were."""
    start = time.monotonic()
    sent = 0
    while time.monotonic() < start + seconds:
        if a_second and sent > (time.monotonic() - start) * a_second:
            time.sleep(0.002)
            continue
        try:
            raw.sendto(fuzzer.packet(), (wires.WAN["A"], 0))
            sent += 1
        except OSError:
            pass  # no room, or longer than the device takes
    return sent


# ---- what must hold ----

def resident_kb(router):
    status = open("/proc/%d/status" % router.process.pid).read()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1))


def fuzz(seconds, a_second, least):
    routers = wires.two_gateways([TUNNEL])
    lab.wait_for("the tunnel to be up",
                 lambda: all(is_up(one) for one in routers.values()))
    fuzzer = Fuzzer(*recorded(routers), seed=1)
    raw = wires.raw_socket("gwB", socket.IPPROTO_RAW)
    router = routers["A"]
    send(raw, fuzzer, WARM_S, a_second)  # half-open exchanges have their room
    memory = resident_kb(router)
    before = spis(router)
    ping = subprocess.Popen(
        wires.inside("lan1", "ping", "-q", "-i", "0.1", "-w", str(seconds),
                     "-I", TUNNEL.address(1), TUNNEL.address(2)),
        stdout=subprocess.PIPE, text=True)
    sent = send(raw, fuzzer, seconds, a_second)
    answer = ping.communicate()[0]
    lost = float(re.search(r"([\d.]+)% packet loss", answer).group(1))
    grown = resident_kb(router) - memory
    print("sent %d messages; memory grew by %d kB; ping: %g%% lost" % (
        sent, grown, lost))

    @lab.claim("the router lives through wrong ISAKMP")
    def _():
        lab.same("its process", router.process.poll(), None)
        lab.holds(sent > least, "only %d were sent" % sent)

    @lab.claim("its memory does not grow")
    def _():
        lab.holds(grown <= GROWTH_KB, "it grew by %d kB" % grown)

    @lab.claim("the tunnel keeps its SAs, and packets are answered")
    def _():
        lab.holds(is_up(router), "the tunnel is down")
        lab.same("the SAs it sends by", spis(router), before)
        lab.holds(lost <= 10, answer)

    @lab.claim("it still negotiates")
    def _():
        renew(routers)
        # the last message may still be on its way
        lab.wait_for("an answer", lambda: wires.pings(TUNNEL, wait_s=2))


def main():
    wires.need_root("ike_fuzz")
    os.environ["ASAN_OPTIONS"] = ":".join(filter(None, (
        os.environ.get("ASAN_OPTIONS"), "quarantine_size_mb=0",
        "thread_local_quarantine_size_kb=0")))
    if sys.argv[1:2] == ["--soak"]:
        seconds = int(sys.argv[2])
        lab.tell(lambda: fuzz(seconds, None, seconds * A_SECOND))
    lab.tell(lambda: fuzz(SECONDS, A_SECOND, SECONDS * A_SECOND // 4))


main()
