#!/usr/bin/python3 -B
"""Messages at the agent's port that are no SNMP, or hardly: it stays alive
and answers, its memory does not grow, and the router beside it is not slowed.

    snmp_ber.py               some thousand messages
    snmp_ber.py --soak 60     as many as go in 60 s
    snmp_ber.py --seed N      another sequence
"""
import argparse
import functools
import os
import pathlib
import random
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import agent  # noqa: E402
import lab  # noqa: E402
import snmp  # noqa: E402

MESSAGES = 4000
ROUNDS = 4  # a leak grows in each, what is only large at times does not
BATCH = 100  # between two looks at its process
ROOM = 100000  # octets that may wait at its port; more would be lost there
WARM = 2000  # messages until its buffers have the size that they need
GROWTH_KB = 1024
UPTIME = (1, 3, 6, 1, 2, 1, 1, 3, 0)
ROOTS = [(1, 3, 6, 1, 2, 1, 2, 2, 1, 2), (1, 3, 6, 1, 2, 1, 1),
         (1, 3, 6, 1, 4, 1, 4874, 2, 2, 70, 1, 1, 2, 1, 2),
         (1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 376463, 1, 2, 1, 1)]
PDUS = [snmp.GET, snmp.GETNEXT, snmp.SET, snmp.GETBULK, snmp.RESPONSE,
        0xa4, 0xa6, 0xa7, 0xa8, 0xa9, 0xbf]


@functools.lru_cache(None)
def nested(tag, depth):
    body = b"\x05\x00"
    for _ in range(depth):
        body = snmp.tlv(tag, body)
    return body


@functools.lru_cache(None)
def crowd(kind, root, size, second):
    return snmp.message(1, "public", snmp.pdu(
        kind, 1, [root] * size, 0, second))


class Forger:
    """Each method makes one octet string; which ones are made is a matter of
    the seed alone."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.kinds = [getattr(self, name) for name in dir(self)
                      if name.startswith("make_")]

    def next(self):
        return self.chance.choice(self.kinds)()[:65000]

    def octets(self, most):
        return self.chance.randbytes(self.chance.randint(0, most))

    def root(self):
        return self.chance.choice(ROOTS)

    def valid(self):
        kind = self.chance.choice(PDUS)
        return snmp.message(
            self.chance.choice([0, 1]), "public",
            snmp.pdu(kind, self.chance.randrange(2**31), [self.root()]))

    def wrapped(self, pdu, version=1, community=b"public"):
        return snmp.tlv(0x30, snmp.integer(version)
                        + snmp.tlv(4, community) + pdu)

    def around(self, name, value=b"\x05\x00", first=b"\x02\x01\x00"):
        """A message about one name, in octets of the caller's."""
        body = snmp.integer(1) + first + b"\x02\x01\x0a" + snmp.tlv(
            0x30, snmp.tlv(0x30, name + value))
        return self.wrapped(snmp.tlv(self.chance.choice(PDUS[:4]), body))

    # ---- no SNMP at all ----

    def make_noise(self):
        return self.octets(2000)

    def make_nothing(self):
        return b""

    def make_half(self):
        whole = self.chance.choice([self.valid, self.make_version_3])()
        return whole[:self.chance.randrange(max(len(whole), 1))]

    def make_flipped(self):
        whole = bytearray(self.chance.choice(
            [self.valid, self.make_version_3])())
        for _ in range(self.chance.randint(1, 6)):
            whole[self.chance.randrange(len(whole))] = \
                self.chance.randrange(256)
        return bytes(whole)

    def make_tail(self):
        return self.valid() + self.octets(500)

    # ---- lengths and nesting ----

    def make_length(self):
        """A length that is not the body's, at any of the levels."""
        whole = bytearray(self.valid())
        places = [at for at in range(len(whole) - 1)
                  if whole[at] in (2, 4, 6, 0x30, *PDUS)]
        at = self.chance.choice(places) + 1
        size = self.chance.choice([
            b"\x80", b"\x81\xff", b"\x82\xff\xff", b"\x83\xff\xff\xff",
            b"\x84\x7f\xff\xff\xff", b"\x84\xff\xff\xff\xff", b"\xff",
            b"\x88" + b"\xff" * 8, b"\x84\0\0\0\x01", b"\x85\0\0\0\0\x01"])
        return bytes(whole[:at]) + size + bytes(whole[at + 1:])

    def make_nested(self):
        body = nested(self.chance.choice([0x30, 0xa0, 0x24, 0x04]),
                      self.chance.choice([10, 100, 1000, 3000]))
        return body if self.chance.random() < 0.5 else self.wrapped(
            snmp.tlv(snmp.GET, body))

    def make_open(self):
        """Elements that begin and never end."""
        return self.chance.choice([b"\x30\x80", b"\x30\x84\x7f\xff\xff\xff",
                                   b"\xa0\x82\xff\xf0"]) * \
            self.chance.randint(1, 5000)

    # ---- names ----

    def make_long_name(self):
        arcs = self.root() + tuple(
            self.chance.choice([0, 1, 127, 128, 2**32 - 1])
            for _ in range(self.chance.choice([118, 119, 120, 129, 1000,
                                               9000])))
        return self.around(snmp.oid(arcs))

    def make_large_arc(self):
        arcs = list(self.root())
        arcs[-1] = self.chance.choice([2**32, 2**40, 2**64, 2**400])
        return self.around(snmp.oid(arcs))

    def make_odd_name(self):
        body = self.chance.choice([
            b"", b"\x80", b"\xff" * 7, b"\x2b\x06\x81", b"\x80\x80\x01",
            b"\xff" * 200, b"\x2b" + b"\x80" * 900 + b"\x01"])
        return self.around(snmp.tlv(6, body))

    def make_many_names(self):
        return crowd(self.chance.choice(PDUS[:4]), self.root(),
                     self.chance.choice([128, 1000, 4000]),
                     self.chance.choice([0, 1, 1000]))

    # ---- numbers and values ----

    def make_number(self):
        """Numbers of no size, or of too great a one, or below zero."""
        odd = self.chance.choice([
            b"\x02\x00", b"\x02\x05\xff\xff\xff\xff\xff", b"\x02\x04\x80\0\0\0",
            b"\x02\x09" + b"\x7f" * 9, b"\x02\x81\x80" + b"\x01" * 128,
            b"\x02\x04\x7f\xff\xff\xff", b"\x02\x01\xff", b"\x04\x01\x00"])
        if self.chance.random() < 0.3:
            return snmp.tlv(0x30, odd + snmp.tlv(4, b"public") + snmp.pdu(
                snmp.GET, 1, [UPTIME]))
        return self.around(snmp.oid(self.root()), first=odd)

    def make_value(self):
        tag = self.chance.choice([*snmp.TYPES, 0x45, 0x47, 0x78, 0x9f, 0xff])
        body = self.chance.choice([b"", b"\x00", b"\xff" * 3, b"\xff" * 9,
                                   self.octets(300)])
        return self.around(snmp.oid(self.root() + (1,)), snmp.tlv(tag, body))

    def make_bulk(self):
        most = [-2**31, -1, 0, 1, 100, 2**31 - 1]
        return snmp.message(1, "public", snmp.pdu(
            snmp.GETBULK, 1, [self.root()] * self.chance.randint(0, 20),
            self.chance.choice(most), self.chance.choice(most)))

    def make_community(self):
        name = self.chance.choice([
            b"", b"\0", b"public\0", b"p" * 5000, b"@", b"public@",
            b"public@router", b"public@router99999999999999999999",
            b"public@@router1", b"%s%n%x", self.octets(80)])
        return self.wrapped(snmp.pdu(snmp.GET, 1, [UPTIME]),
                            self.chance.choice([0, 1]), name)

    def make_version(self):
        return self.wrapped(snmp.pdu(snmp.GET, 1, [UPTIME]),
                            self.chance.choice([2, 4, 127, -1, 2**31 - 1]))

    # ---- version 3 ----

    def make_version_3(self):
        chance = self.chance
        odd = [0, 1, 484, 65507, 2**31 - 1, -1, -2**31]
        flags = chance.choice([b"\0", b"\4", b"\1", b"\5", b"\7", b"\xff",
                               b"", b"\4\4"])
        header = snmp.tlv(0x30, snmp.integer(chance.choice(odd))
                          + snmp.integer(chance.choice(odd))
                          + snmp.tlv(4, flags)
                          + snmp.integer(chance.choice([3, 0, 1, 2, -1, 99])))
        engine = chance.choice([b"", b"\x80\x00\x1f\x88", self.octets(40),
                                b"e" * 32, b"e" * 3000])
        security = snmp.tlv(0x30, snmp.tlv(4, engine)
                            + snmp.integer(chance.choice(odd))
                            + snmp.integer(chance.choice(odd))
                            + snmp.tlv(4, self.octets(64))
                            + snmp.tlv(4, self.octets(70))
                            + snmp.tlv(4, self.octets(20)))
        if chance.random() < 0.2:
            security = self.octets(60)
        scoped = snmp.tlv(0x30, snmp.tlv(4, engine)
                          + snmp.tlv(4, self.octets(300))
                          + snmp.pdu(snmp.GET, 1, [UPTIME]))
        if chance.random() < 0.3:
            scoped = snmp.tlv(4, self.octets(200))
        return snmp.tlv(0x30, snmp.integer(3) + header
                        + snmp.tlv(4, security) + scoped)


class Flood:
    def __init__(self, its, router, calm, seed):
        self.its = its
        self.router = router
        self.calm = calm  # another router, on the same machine
        self.forger = Forger(seed)
        self.probe = its.client()
        self.target = its.client()
        self.sent = 0
        self.slow = []  # seconds of each command of the router meanwhile
        self.usual = []  # and of the calm one

    def batch(self):
        waiting = 0
        for _ in range(BATCH):
            octets = self.forger.next()
            if waiting + len(octets) > ROOM:
                self.settle()
                waiting = 0
            self.target.send(octets)
            waiting += len(octets) + 1000  # what the kernel counts, too
            self.sent += 1
        self.settle()

    def settle(self):
        """Until the agent has taken all that waits for it."""
        while self.target.receive(0):
            pass  # it may well answer some
        if self.its.process.poll() is not None:
            raise lab.Problem("ermine-snmp ended with %d after %d messages:"
                              "\n%s" % (self.its.process.returncode, self.sent,
                                        self.its.log.read_text()[-2000:]))
        if not self._answers():
            raise lab.Problem("no answer after %d messages" % self.sent)

    def _answers(self):
        """A request of ours may be lost among so many; not twenty."""
        return any(self.probe.ask(snmp.GET, [UPTIME], seconds=0.5)
                   for _ in range(20))

    def run(self, messages, seconds):
        end = time.monotonic() + seconds
        messages += self.sent
        while self.sent < messages or time.monotonic() < end:
            self.batch()
            if self.sent % (10 * BATCH) == 0:
                self.slow.append(took(self.router))
                self.usual.append(took(self.calm))


def took(router):
    """Seconds that a command of the router takes."""
    start = time.monotonic()
    router.ask("show version")
    return time.monotonic() - start


def flood(options):
    router, its = agent.walker("ber")
    calm = lab.Router("calm").start()
    took(router)
    daemon = agent.resident_kb(router.process.pid)
    storm = Flood(its, router, calm, options.seed)

    @lab.claim("messages that are no SNMP do not end it or keep it busy")
    def _():
        storm.run(WARM, 0)
        for _ in range(ROUNDS):
            before = its.resident_kb()
            storm.run(MESSAGES, options.soak)
            grown = its.resident_kb() - before
            if grown <= GROWTH_KB:
                break
        print("%d messages, seed %d; memory of the agent grew by %d KB"
              % (storm.sent, options.seed, grown))
        lab.holds(grown <= GROWTH_KB, "memory grew by %d KB" % grown)

    @lab.claim("the router is not slowed by them, and does not grow")
    def _():
        during = statistics.median(storm.slow)
        usual = statistics.median(storm.usual)
        print("a command of a calm router: %.1f ms, of this one %.1f ms"
              % (usual * 1e3, during * 1e3))
        lab.holds(during < 3 * usual + 0.1, "%.3f s instead of %.3f s"
                  % (during, usual))
        grown = agent.resident_kb(router.process.pid) - daemon
        lab.holds(grown <= 4 * GROWTH_KB, "it grew by %d KB" % grown)

    @lab.claim("afterwards the whole tree is there, and the agent stops well")
    def _():
        lab.holds(len(its.client().walk((1,), 20)) > 500, "it is not")
        its.process.terminate()
        lab.same("exit status", its.process.wait(lab.WAIT_S), 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--soak", type=float, default=0, metavar="SECONDS")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    # the address sanitizer keeps what was freed, up to so much
    os.environ["ASAN_OPTIONS"] = ":".join(filter(None, (
        os.environ.get("ASAN_OPTIONS"), "quarantine_size_mb=0",
        "thread_local_quarantine_size_kb=0")))
    lab.tell(lambda: flood(options))


main()
